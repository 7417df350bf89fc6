package article

import (
	"html"
	"slices"
	"strconv"
	"strings"
)

// inlineEvent is the start or the end of a span in a text whose spans nest properly.
type inlineEvent struct {
	at   int
	span Span
	end  bool
}

// nest turns spans into starts and ends that nest properly, in order. Spans that are empty, out of bounds or cut
// across an earlier one are left out: their text stays, without its mark.
func nest(spans []Span, size int) []inlineEvent {
	if len(spans) == 0 {
		return nil
	}
	events := make([]inlineEvent, 0, 2*len(spans))
	var open []Span
	closeUntil := func(at int) {
		for len(open) > 0 && open[len(open)-1].End <= at {
			last := open[len(open)-1]
			events = append(events, inlineEvent{last.End, last, true})
			open = open[:len(open)-1]
		}
	}
	at := 0
	for _, s := range spans {
		if s.Start < at || s.End > size || s.Start >= s.End {
			continue
		}
		closeUntil(s.Start)
		if len(open) > 0 && s.End > open[len(open)-1].End || slices.ContainsFunc(open, func(o Span) bool { return o.Kind == s.Kind || o.Kind == CodeSpan }) {
			continue
		}
		at = s.Start
		events = append(events, inlineEvent{s.Start, s, false})
		open = append(open, s)
	}
	closeUntil(size)
	return events
}

// HTML renders the article's body as semantic HTML in one <article> element that carries the language and the
// direction of its script: no scripts, styles, classes or attributes but href, src, alt, width and height, and no
// addresses but http, https and mailto.
func HTML(a *Article) string {
	var sb strings.Builder
	sb.Grow(len(a.Text) + len(a.Text)/4 + 256)
	sb.WriteString("<article")
	writeLanguage(&sb, a.Language)
	sb.WriteString(">\n")
	for i := range a.Body {
		writeHTML(&sb, &a.Body[i])
	}
	sb.WriteString("</article>\n")
	return sb.String()
}

// writeLanguage writes the attributes that say the language of an element and, where that is the less usual one, the
// direction of its script.
func writeLanguage(sb *strings.Builder, language string) {
	if language == "" {
		return
	}
	sb.WriteString(` lang="` + html.EscapeString(language) + `"`)
	if isRTL(language) {
		sb.WriteString(` dir="rtl"`)
	}
}

// isRTL reports whether the language is written from right to left in its usual script.
func isRTL(language string) bool {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	switch primary {
	case "ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi":
		return true
	}
	return false
}

func writeHTML(sb *strings.Builder, n *Node) {
	switch n.Kind {
	case HeadingNode:
		level := strconv.Itoa(min(max(n.Level, 2), 6))
		sb.WriteString("<h" + level)
		writeLanguage(sb, n.Language)
		sb.WriteByte('>')
		WriteInlineHTML(sb, n)
		sb.WriteString("</h" + level + ">\n")
	case ListNode:
		tag, first := "ul", ""
		if n.Ordered {
			tag = "ol"
			if n.FirstNumber() != 1 {
				first = ` start="` + strconv.Itoa(n.First) + `"`
			}
		}
		sb.WriteString("<" + tag + first + ">\n")
		for i := range n.Children {
			writeHTML(sb, &n.Children[i])
		}
		sb.WriteString("</" + tag + ">\n")
	case ItemNode:
		sb.WriteString("<li")
		writeLanguage(sb, n.Language)
		sb.WriteByte('>')
		WriteInlineHTML(sb, n)
		if len(n.Children) > 0 {
			sb.WriteByte('\n')
		}
		for i := range n.Children {
			writeHTML(sb, &n.Children[i])
		}
		sb.WriteString("</li>\n")
	case QuoteNode:
		sb.WriteString("<blockquote>\n")
		for i := range n.Children {
			writeHTML(sb, &n.Children[i])
		}
		sb.WriteString("</blockquote>\n")
	case EmbedNode:
		writeHTML(sb, n.Quoted())
	case TableNode:
		writeTableHTML(sb, n)
	case FigureNode:
		writeFigureHTML(sb, n.Image)
	case PreformattedNode:
		// The parser drops a newline right after <pre>; one more keeps the text's own.
		sb.WriteString("<pre")
		writeLanguage(sb, n.Language)
		sb.WriteString(">\n")
		WriteInlineHTML(sb, n)
		sb.WriteString("</pre>\n")
	default:
		sb.WriteString("<p")
		writeLanguage(sb, n.Language)
		sb.WriteByte('>')
		WriteInlineHTML(sb, n)
		sb.WriteString("</p>\n")
	}
}

func writeTableHTML(sb *strings.Builder, n *Node) {
	sb.WriteString("<table>\n")
	for i, row := range n.Rows {
		cell := "td"
		if n.Header && i == 0 {
			cell = "th"
			sb.WriteString("<thead>\n")
		} else if i == 0 || n.Header && i == 1 {
			sb.WriteString("<tbody>\n")
		}
		sb.WriteString("<tr>")
		for j := range row {
			sb.WriteString("<" + cell + ">")
			WriteInlineHTML(sb, &row[j])
			sb.WriteString("</" + cell + ">")
		}
		sb.WriteString("</tr>\n")
		if n.Header && i == 0 {
			sb.WriteString("</thead>\n")
		}
	}
	if len(n.Rows) > 1 || !n.Header {
		sb.WriteString("</tbody>\n")
	}
	sb.WriteString("</table>\n")
}

func writeFigureHTML(sb *strings.Builder, img *Image) {
	sb.WriteString("<figure>")
	if SafeURL(img.URL) {
		sb.WriteString(`<img src="` + html.EscapeString(img.URL) + `" alt="` + html.EscapeString(img.Alt) + `"`)
		if img.Width > 0 && img.Height > 0 {
			sb.WriteString(` width="` + strconv.Itoa(img.Width) + `" height="` + strconv.Itoa(img.Height) + `"`)
		}
		sb.WriteByte('>')
	}
	if img.Caption != "" || img.Credit != "" {
		sb.WriteString("<figcaption>" + html.EscapeString(img.Caption))
		if img.Credit != "" {
			if img.Caption != "" {
				sb.WriteByte(' ')
			}
			sb.WriteString("<small>" + html.EscapeString(img.Credit) + "</small>")
		}
		sb.WriteString("</figcaption>")
	}
	sb.WriteString("</figure>\n")
}

var htmlTags = [...]string{LinkSpan: "a", StrongSpan: "strong", EmphasisSpan: "em", CodeSpan: "code", SuperscriptSpan: "sup", SubscriptSpan: "sub"}

// WriteInlineHTML writes a node's text with its spans as HTML.
func WriteInlineHTML(sb *strings.Builder, n *Node) {
	at := 0
	for _, e := range nest(n.Spans, len(n.Text)) {
		sb.WriteString(html.EscapeString(n.Text[at:e.at]))
		at = e.at
		switch {
		case e.span.Kind == BreakSpan && n.Kind == PreformattedNode:
		case e.span.Kind == BreakSpan:
			if !e.end {
				sb.WriteString("<br>")
			}
			at = e.span.End
		case e.span.Kind == LinkSpan && !SafeURL(e.span.URL):
		case e.end:
			sb.WriteString("</" + htmlTags[e.span.Kind] + ">")
		case e.span.Kind == LinkSpan:
			sb.WriteString(`<a href="` + html.EscapeString(e.span.URL) + `">`)
		default:
			sb.WriteString("<" + htmlTags[e.span.Kind] + ">")
		}
	}
	sb.WriteString(html.EscapeString(n.Text[at:]))
}

// SafeURL reports whether an address may stand in a page of ours: a scheme that runs nothing.
func SafeURL(u string) bool {
	scheme, rest, ok := strings.Cut(u, ":")
	if !ok || rest == "" {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		return true
	}
	return false
}

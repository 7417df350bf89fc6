package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"newsmill/cleaner/article"
	"newsmill/cmd/newsmill/term"
)

// widestText is how wide running text gets on a wide terminal: longer lines are hard to read.
const widestText = 88

// reading lays an article out for reading in a terminal. Links are escape codes that terminals follow where there
// is colour, and numbers with a list at the end where there is none.
type reading struct {
	w       io.Writer
	width   int
	colored bool
	links   []string
	err     error
}

func (a *app) newReading(w io.Writer) *reading {
	return &reading{w: w, width: min(a.width(), widestText), colored: a.colored()}
}

func (r *reading) line(s string) {
	if r.err == nil {
		_, r.err = fmt.Fprintln(r.w, strings.TrimRight(s, " "))
	}
}

// style puts a text between an escape code and reset, where there is colour.
func (r *reading) style(code, s string) string {
	if !r.colored || s == "" {
		return s
	}
	return code + s + term.Reset
}

// heading is the article's title.
func (r *reading) title(s string) {
	for _, l := range term.Wrap(term.OneLine(s), r.width, term.Width) {
		r.line(r.style(term.Bold, l))
	}
}

// field is a line of metadata; nothing when the value is empty.
func (r *reading) field(name, value string) {
	if value = term.OneLine(value); value == "" {
		return
	}
	const nameWidth = 12
	for i, l := range term.Wrap(value, r.width-nameWidth, term.Width) {
		label := strings.Repeat(" ", nameWidth)
		if i == 0 {
			label = r.style(term.Faint, name+strings.Repeat(" ", max(1, nameWidth-len(name))))
		}
		r.line(label + l)
	}
}

// note is a paragraph beside the text, with what it is in front.
func (r *reading) note(name, value string) {
	if value = term.OneLine(value); value == "" {
		return
	}
	r.line("")
	if len(value) > len(name) && strings.EqualFold(value[:len(name)], name) { // as many write it themselves
		r.paragraph(article.Node{Text: value, Spans: []article.Span{{Kind: article.StrongSpan, End: len(name)}}}, "", "")
		return
	}
	r.paragraph(article.Node{Text: name + ": " + value, Spans: []article.Span{{Kind: article.StrongSpan, End: len(name) + 1}}}, "", "")
}

// body lays out nodes with an empty line before each.
func (r *reading) body(nodes []article.Node, indent string) {
	for _, n := range nodes {
		r.line(strings.TrimRight(indent, " "))
		r.node(n, indent)
	}
}

func (r *reading) node(n article.Node, indent string) {
	switch n.Kind {
	case article.HeadingNode:
		for _, l := range term.Wrap(term.OneLine(n.Plain().Text), r.width-term.Width(indent), term.Width) {
			r.line(indent + r.style(term.Bold+term.Underline, l))
		}
	case article.ListNode:
		for i, item := range n.Children {
			mark := itemMark(&n, i)
			r.paragraph(item, indent+mark, indent+strings.Repeat(" ", term.Width(mark)))
			for _, child := range item.Children {
				r.node(child, indent+strings.Repeat(" ", term.Width(mark)))
			}
		}
	case article.QuoteNode:
		for i, child := range n.Children {
			if i > 0 {
				r.line(indent + "┃")
			}
			r.node(child, indent+"┃ ")
		}
	case article.TableNode:
		r.table(n, indent)
	case article.EmbedNode:
		r.node(*n.Quoted(), indent)
	case article.FigureNode:
		r.figure(n.Image, indent)
	case article.PreformattedNode:
		for _, l := range strings.Split(term.StripControls(n.Text), "\n") {
			r.line(indent + "    " + l)
		}
	default:
		r.paragraph(n, indent, indent)
	}
}

func (r *reading) figure(img *article.Image, indent string) {
	if img == nil {
		return
	}
	caption := img.Caption
	if caption == "" {
		caption = img.Alt
	}
	if img.Credit != "" {
		caption += " (" + img.Credit + ")"
	}
	text := "[picture] " + term.OneLine(caption)
	spans := []article.Span{{Kind: article.EmphasisSpan, Start: len("[picture] "), End: len(text)}}
	if img.URL != "" {
		spans = append([]article.Span{{Kind: article.LinkSpan, End: len("[picture]"), URL: img.URL}}, spans...)
	}
	r.paragraph(article.Node{Text: text, Spans: spans}, indent, indent)
}

func (r *reading) table(n article.Node, indent string) {
	columns := 0
	for _, row := range n.Rows {
		columns = max(columns, len(row))
	}
	if columns == 0 {
		return
	}
	widths := make([]int, columns)
	for _, row := range n.Rows {
		for j, cell := range row {
			widths[j] = max(widths[j], term.Width(term.OneLine(cell.Plain().Text)), 1)
		}
	}
	room := r.width - term.Width(indent) - 2*(columns-1)
	for total := sum(widths); total > room; total-- {
		widest := slices.Index(widths, slices.Max(widths))
		if widths[widest] <= 6 {
			break
		}
		widths[widest]--
	}
	for i, row := range n.Rows {
		var sb strings.Builder
		for j, cell := range row {
			if j > 0 {
				sb.WriteString("  ")
			}
			sb.WriteString(term.Pad(term.Cut(term.OneLine(cell.Plain().Text), widths[j]), widths[j]))
		}
		l := strings.TrimRight(sb.String(), " ")
		if i == 0 && n.Header {
			l = r.style(term.Bold, l)
		}
		r.line(indent + l)
	}
}

func sum(ns []int) int {
	total := 0
	for _, n := range ns {
		total += n
	}
	return total
}

// paragraph lays out text with its spans: first is what the first line begins with, next what the others do.
func (r *reading) paragraph(n article.Node, first, next string) {
	indent := first
	for _, l := range r.wrapStyled(n.Plain(), r.width-term.Width(next)) {
		r.line(indent + l)
		indent = next
	}
}

// wrapStyled breaks styled text into lines. Each line has its own escape codes, so that no style runs over its end.
func (r *reading) wrapStyled(n article.Node, width int) []string {
	var lines []string
	var line strings.Builder
	used, begin, offset := 0, 0, 0
	numbers := r.numberLinks(n)
	for _, paragraph := range strings.SplitAfter(n.Text, "\n") {
		at := offset
		flush := func() {
			if r.colored && used > 0 {
				lines = append(lines, r.styled(n, begin, at))
			} else {
				lines = append(lines, line.String())
			}
			line.Reset()
			used = 0
		}
		for _, p := range term.Pieces(paragraph) {
			start := at + strings.Index(n.Text[at:], p.Text)
			end := start + len(p.Text)
			number := ""
			for i := start + 1; i <= end; i++ {
				number += numbers[i]
			}
			w, gap := term.Width(term.StripControls(p.Text))+len(number), 0
			if p.Space && used > 0 {
				gap = 1
			}
			if used > 0 && used+gap+w > width {
				flush()
				gap = 0
			}
			if used == 0 {
				begin = start
			}
			at = end
			if gap > 0 {
				line.WriteByte(' ')
			}
			line.WriteString(term.StripControls(p.Text) + number)
			used += gap + w
		}
		flush()
		offset += len(paragraph)
	}
	return lines
}

// numberLinks gives each link of a node a number, where there is no colour to make it one that can be followed. It
// returns them by the byte at which the link ends.
func (r *reading) numberLinks(n article.Node) map[int]string {
	if r.colored {
		return nil
	}
	numbers := map[int]string{}
	for _, s := range n.Spans {
		if s.Kind == article.LinkSpan {
			r.links = append(r.links, term.StripControls(s.URL))
			numbers[s.End] = fmt.Sprintf("[%d]", len(r.links))
		}
	}
	return numbers
}

var spaces = regexp.MustCompile(`\s+`)

// styled is a part of a node's text with the escape codes of the spans over it, white space folded.
func (r *reading) styled(n article.Node, start, end int) string {
	var sb strings.Builder
	for at := start; at < end; {
		next, codes, address := end, "", ""
		for _, s := range n.Spans {
			switch {
			case s.End <= at:
			case s.Start > at:
				next = min(next, s.Start)
			default:
				next = min(next, s.End)
				switch s.Kind {
				case article.LinkSpan:
					codes, address = codes+term.Underline, term.StripControls(s.URL)
				case article.StrongSpan:
					codes += term.Bold
				case article.EmphasisSpan:
					codes += term.Italic
				case article.CodeSpan:
					codes += term.Yellow
				}
			}
		}
		text := spaces.ReplaceAllString(term.StripControls(n.Text[at:next]), " ")
		if codes != "" {
			text = codes + text + term.Reset
		}
		if address != "" { // OSC 8, which terminals and less -R understand
			text = "\x1b]8;;" + address + "\x1b\\" + text + "\x1b]8;;\x1b\\"
		}
		sb.WriteString(text)
		at = next
	}
	return sb.String()
}

// references lists the numbered links.
func (r *reading) references() {
	for i, address := range r.links {
		if i == 0 {
			r.line("")
		}
		r.line(fmt.Sprintf("[%d] %s", i+1, address))
	}
}

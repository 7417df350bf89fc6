package main

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"newsmill/cleaner/article"
)

// parseMarkdown reads the Markdown that cleaner.Markdown writes back into nodes: the database keeps an article's
// structure as Markdown. It is no general parser, but takes any text; what it doesn't know is a paragraph.
func parseMarkdown(md string) []article.Node {
	return markdownBlocks(strings.Split(strings.TrimRight(md, "\n"), "\n"), 0)
}

// mostNested is how deep quotes, lists and links may stand in one another: what is deeper is text. Pages that nest lists
// ten deep are rare already; a database of others could hold a million.
const mostNested = 64

var (
	fenceLine   = regexp.MustCompile("^(`{3,})\\s*$")
	headingLine = regexp.MustCompile(`^(#{1,6}) (.*)$`)
	markerLine  = regexp.MustCompile(`^([-*]|\d{1,9}[.)]) `)
	ruleLine    = regexp.MustCompile(`^\|( *:?-+:? *\|)+$`)
)

func markdownBlocks(lines []string, depth int) []article.Node {
	var nodes []article.Node
	for len(lines) > 0 {
		var node article.Node
		taken := 0
		switch first := lines[0]; {
		case strings.TrimSpace(first) == "":
			lines = lines[1:]
			continue
		case fenceLine.MatchString(first):
			node, taken = markdownFence(lines)
		case headingLine.MatchString(first):
			m := headingLine.FindStringSubmatch(first)
			node, taken = markdownText(m[2]), 1
			node.Kind, node.Level = article.HeadingNode, len(m[1])
		case first[0] == '>' && depth < mostNested:
			node, taken = markdownQuote(lines, depth)
		case depth < mostNested && markerLine.MatchString(first):
			node, taken = markdownList(lines, depth)
		case first[0] == '|' && len(lines) > 1 && ruleLine.MatchString(lines[1]):
			node, taken = markdownTable(lines)
		default:
			taken = 1
			for taken < len(lines) && !beginsBlock(lines[taken]) {
				taken++
			}
			node = markdownParagraph(strings.Join(lines[:taken], "\n"))
		}
		nodes = append(nodes, node)
		lines = lines[taken:]
	}
	return nodes
}

// beginsBlock reports whether a line ends the paragraph before it.
func beginsBlock(line string) bool {
	return strings.TrimSpace(line) == "" || line[0] == '>' || fenceLine.MatchString(line) || headingLine.MatchString(line) || markerLine.MatchString(line)
}

func markdownFence(lines []string) (article.Node, int) {
	fence := fenceLine.FindStringSubmatch(lines[0])[1]
	end := 1
	for end < len(lines) && strings.TrimSpace(lines[end]) != fence {
		end++
	}
	return article.Node{Kind: article.PreformattedNode, Text: strings.Join(lines[1:end], "\n"), Block: -1}, min(end+1, len(lines))
}

func markdownQuote(lines []string, depth int) (article.Node, int) {
	var inner []string
	for _, l := range lines {
		if !strings.HasPrefix(l, ">") {
			break
		}
		inner = append(inner, strings.TrimPrefix(l[1:], " "))
	}
	return article.Node{Kind: article.QuoteNode, Children: markdownBlocks(inner, depth+1), Block: -1}, len(inner)
}

func markdownList(lines []string, depth int) (article.Node, int) {
	marker := markerLine.FindString(lines[0])
	kind := marker[len(marker)-2] // -, *, . or ): another one is another list
	list := article.Node{Kind: article.ListNode, Ordered: kind == '.' || kind == ')', Block: -1}
	if n, err := strconv.Atoi(marker[:len(marker)-2]); err == nil && n != 1 {
		list.First = n
	}
	at := 0
	for at < len(lines) {
		marker := markerLine.FindString(lines[at])
		if marker == "" || marker[len(marker)-2] != kind {
			break
		}
		indent := strings.Repeat(" ", len(marker))
		inner := []string{lines[at][len(marker):]}
		at++
		for end := itemEnd(lines, at, indent); at < end; at++ {
			inner = append(inner, strings.TrimPrefix(lines[at], indent))
		}
		item := article.Node{Kind: article.ItemNode, Block: -1}
		item.Children = markdownBlocks(inner, depth+1)
		if len(item.Children) > 0 && item.Children[0].Kind == article.ParagraphNode {
			item.Text, item.Spans = item.Children[0].Text, item.Children[0].Spans
			item.Children = item.Children[1:]
		}
		if len(item.Children) == 0 {
			item.Children = nil
		}
		list.Children = append(list.Children, item)
	}
	return list, at
}

// itemEnd returns where the lines of an item end: those that are indented, and the empty ones between them.
func itemEnd(lines []string, from int, indent string) int {
	end := from
	for at := from; at < len(lines); at++ {
		switch {
		case strings.HasPrefix(lines[at], indent):
			end = at + 1
		case strings.TrimSpace(lines[at]) != "":
			return end
		}
	}
	return end
}

func markdownTable(lines []string) (article.Node, int) {
	table := article.Node{Kind: article.TableNode, Header: true, Block: -1}
	taken := 0
	for ; taken < len(lines) && strings.HasPrefix(lines[taken], "|"); taken++ {
		if taken == 1 {
			continue
		}
		var row []article.Node
		for _, cell := range tableCells(lines[taken]) {
			row = append(row, markdownText(cell))
		}
		table.Rows = append(table.Rows, row)
	}
	empty := true
	for _, cell := range table.Rows[0] {
		empty = empty && cell.Text == ""
	}
	if empty && len(table.Rows) > 1 { // GFM needs a head even where there is none
		table.Header, table.Rows = false, table.Rows[1:]
	}
	return table, taken
}

// tableCells splits a row at its bars, but not at those with a backslash.
func tableCells(line string) []string {
	var cells []string
	from := 1
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			cells = append(cells, strings.TrimSpace(line[from:i]))
			from = i + 1
		}
	}
	return cells
}

func markdownParagraph(text string) article.Node {
	if strings.HasPrefix(text, "![") {
		if alt, rest, ok := cutBracket(text[2:]); ok && strings.HasPrefix(rest, "(") {
			if address, rest, ok := cutAddress(rest[1:]); ok {
				return markdownFigure(alt, address, strings.TrimPrefix(rest, "\\\n"))
			}
		}
	}
	return markdownText(text)
}

// markdownFigure makes a figure of its parts: the caption is emphasised, the credit follows.
func markdownFigure(alt, address, below string) article.Node {
	image := &article.Image{URL: address, Alt: markdownText(alt).Text}
	text := markdownText(below)
	if len(text.Spans) > 0 && text.Spans[0].Kind == article.EmphasisSpan && text.Spans[0].Start == 0 {
		image.Caption = text.Text[:text.Spans[0].End]
		image.Credit = strings.TrimSpace(text.Text[text.Spans[0].End:])
	} else {
		image.Credit = text.Text
	}
	return article.Node{Kind: article.FigureNode, Image: image, Block: -1}
}

// cutBracket splits after the bracket that closes what s begins inside of.
func cutBracket(s string) (inside, after string, ok bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			depth++
		case ']':
			if depth == 0 {
				return s[:i], s[i+1:], true
			}
			depth--
		}
	}
	return "", s, false
}

// closingBrackets returns for each opening bracket, by its place, that of the one that closes it.
func closingBrackets(s string) map[int]int {
	closing := map[int]int{}
	var open []int
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			open = append(open, i)
		case ']':
			if len(open) > 0 {
				closing[open[len(open)-1]] = i
				open = open[:len(open)-1]
			}
		}
	}
	return closing
}

// cutAddress splits after the bracket that closes a link's address, and takes the backslashes out of that. If there is none, after
// begins where that became clear.
func cutAddress(s string) (address, after string, ok bool) {
	var sb strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			sb.WriteByte(s[i])
		case s[i] == ')':
			return sb.String(), s[i+1:], true
		case s[i] == ' ' || s[i] == '\n':
			return "", s[i:], false
		default:
			sb.WriteByte(s[i])
		}
	}
	return "", "", false
}

// inlineReader turns inline Markdown into text and spans.
type inlineReader struct {
	md        string
	closing   map[int]int // of md's brackets
	noAddress int         // up to there no address ends
	text      strings.Builder
	spans     []article.Span             // of an open one, End is -1
	open      map[article.SpanKind][]int // open spans of a kind, the last one last
}

// markdownText is a paragraph of inline Markdown.
func markdownText(md string) article.Node {
	r := inlineReader{md: md, open: map[article.SpanKind][]int{}}
	if strings.Contains(md, "](") {
		r.closing = closingBrackets(md)
	}
	r.read(0, len(md), 0)
	spans := r.spans[:0]
	for _, s := range r.spans {
		if s.End > s.Start { // what was never closed was no mark
			spans = append(spans, s)
		}
	}
	if len(spans) == 0 {
		spans = nil
	}
	return article.Node{Text: r.text.String(), Spans: spans, Block: -1}
}

// read reads md from one place to another, within so many links.
func (r *inlineReader) read(at, end, depth int) {
	for at < end {
		md := r.md[at:end]
		switch {
		case strings.HasPrefix(md, "\\\n"):
			r.spans = append(r.spans, article.Span{Kind: article.BreakSpan, Start: r.text.Len(), End: r.text.Len() + 1})
			r.text.WriteByte('\n')
			at += 2
		case md[0] == '\\' && len(md) > 1 && md[1] < 0x80 && (unicode.IsPunct(rune(md[1])) || unicode.IsSymbol(rune(md[1]))):
			r.text.WriteByte(md[1])
			at += 2
		case md[0] == '\n':
			r.text.WriteByte(' ')
			at++
		case md[0] == '`':
			at += r.code(md)
		case md[0] == '[':
			at = r.link(at, end, depth)
		case strings.HasPrefix(md, "**"):
			r.toggle(article.StrongSpan)
			at += 2
		case md[0] == '*':
			r.toggle(article.EmphasisSpan)
			at++
		case md[0] == '<':
			at += r.tag(md)
		default:
			r.text.WriteByte(md[0])
			at++
		}
	}
}

// toggle ends the last open span of a kind, or begins one.
func (r *inlineReader) toggle(kind article.SpanKind) {
	if open := r.open[kind]; len(open) > 0 {
		r.spans[open[len(open)-1]].End = r.text.Len()
		r.open[kind] = open[:len(open)-1]
		return
	}
	r.open[kind] = append(r.open[kind], len(r.spans))
	r.spans = append(r.spans, article.Span{Kind: kind, Start: r.text.Len(), End: -1})
}

// inlineTags are the tags that stand for marks where there are none or these would not be read as such.
var inlineTags = []struct {
	tag  string
	kind article.SpanKind
}{
	{"<strong>", article.StrongSpan},
	{"</strong>", article.StrongSpan},
	{"<em>", article.EmphasisSpan},
	{"</em>", article.EmphasisSpan},
	{"<sup>", article.SuperscriptSpan},
	{"</sup>", article.SuperscriptSpan},
	{"<sub>", article.SubscriptSpan},
	{"</sub>", article.SubscriptSpan},
}

// tag reads what begins with <, and returns how much that is.
func (r *inlineReader) tag(md string) int {
	for _, t := range inlineTags {
		if strings.HasPrefix(md, t.tag) {
			r.toggle(t.kind)
			return len(t.tag)
		}
	}
	r.text.WriteByte('<')
	return 1
}

// code reads what begins with `, and returns how much that is.
func (r *inlineReader) code(md string) int {
	fence := md[:len(md)-len(strings.TrimLeft(md, "`"))]
	inside, _, ok := strings.Cut(md[len(fence):], fence)
	if !ok {
		r.text.WriteString(fence)
		return len(fence)
	}
	taken := 2*len(fence) + len(inside)
	if len(inside) > 2 && inside[0] == ' ' && inside[len(inside)-1] == ' ' && strings.TrimSpace(inside) != "" {
		inside = inside[1 : len(inside)-1]
	}
	start := r.text.Len()
	r.text.WriteString(inside)
	r.spans = append(r.spans, article.Span{Kind: article.CodeSpan, Start: start, End: r.text.Len()})
	return taken
}

// link reads what begins with [, and returns where it ends.
func (r *inlineReader) link(at, end, depth int) int {
	closing, ok := r.closing[at]
	from := closing + 2
	if ok && from <= end && strings.HasPrefix(r.md[closing:end], "](") && depth < mostNested && from >= r.noAddress {
		address, after, ok := cutAddress(r.md[from:end])
		if ok {
			span := len(r.spans)
			r.spans = append(r.spans, article.Span{Kind: article.LinkSpan, Start: r.text.Len(), URL: address})
			r.read(at+1, closing, depth+1)
			r.spans[span].End = r.text.Len()
			return end - len(after)
		}
		r.noAddress = end - len(after)
	}
	r.text.WriteByte('[')
	return at + 1
}

// itemMark is what item i of a list begins with on a terminal.
func itemMark(list *article.Node, i int) string {
	if list.Ordered {
		return strconv.Itoa(list.FirstNumber()+i) + ". "
	}
	return "• "
}

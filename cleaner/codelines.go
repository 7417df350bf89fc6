package cleaner

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Lines of a <pre>, where each is an element of its own, as programs write them that colour code, and the numbers beside them.

const maxCodeNodes = 20_000 // of a <pre> that are looked at; what has more is taken as it is written

// hasLines reports whether a <pre> holds lines as elements, and no other blocks: one that was never closed holds the page.
func (w *walker) hasLines(pre *html.Node) bool {
	found, visited := false, 0
	for n := range pre.Descendants() {
		w.doc.spend(1)
		if visited++; visited > maxCodeNodes {
			return false
		}
		switch {
		case n.Type != html.ElementNode:
		case isLine(n):
			found = true
		case kindOfTag(n.DataAtom) == blockTag && n.DataAtom != atom.Td:
			return false
		default:
			found = found || followsLine(n)
		}
	}
	return found
}

// isLine reports whether an element in a <pre> is a line or holds lines.
func isLine(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Div, atom.Ol, atom.Ul, atom.Li, atom.Table, atom.Tbody, atom.Tr:
		return true
	}
	return false
}

// followsLine reports whether an inline element is a line after another of its kind, with no line break between.
func followsLine(n *html.Node) bool {
	b := n.PrevSibling
	if b == nil || b.DataAtom != n.DataAtom || attr(b, "class") != attr(n, "class") {
		return false
	}
	return n.DataAtom == atom.Code || n.DataAtom == atom.Span && strings.Contains(attr(n, "class"), "line")
}

// enterLine is enter for what stands in a <pre> that holds lines.
func (w *walker) enterLine(n *html.Node) bool {
	switch {
	case n.Type == html.TextNode:
		if strings.TrimSpace(n.Data) != "" || n.Parent == nil || !holdsLines(n.Parent) {
			w.text(n.Data)
		}
		return false
	case n.Type != html.ElementNode || isLineNumber(n):
		return false
	case n.DataAtom == atom.Br:
		w.text("\n")
		return false
	case isLine(n) || followsLine(n):
		w.newLine()
	}
	switch w.kindOf(n) {
	case inlineTag:
		w.openInline(n, w.classes.facts(attr(n, "class")))
	case skipTag, holdTag:
		return false
	}
	return true
}

// holdsLines reports whether white space in an element is the source's: lines are its children.
func holdsLines(n *html.Node) bool {
	if n.FirstChild == nil {
		return false
	}
	for c, seen := n.FirstChild, 0; c != nil && seen < 4; c, seen = c.NextSibling, seen+1 {
		if c.Type == html.ElementNode && (isLine(c) || c.DataAtom == atom.Td) {
			return true
		}
	}
	return false
}

// newLine ends the line of a <pre>.
func (w *walker) newLine() {
	if len(w.buf) > w.start && w.buf[len(w.buf)-1] != '\n' {
		w.buf = append(w.buf, '\n')
		w.count(1)
	}
}

// isLineNumber reports whether an element holds the numbers of a program's lines, by the names that highlighters give it.
func isLineNumber(n *html.Node) bool {
	for class := range strings.FieldsSeq(classList(n)) {
		switch class {
		case "lineno", "linenos", "linenodiv", "line-number", "linenumber", "hljs-ln-numbers", "hljs-ln-n", "rouge-gutter", "blob-num",
			"react-syntax-highlighter-line-number", "line-numbers-rows":
			return true
		case "ln", "lnt", "gutter": // too short to say it elsewhere
			return n.DataAtom != atom.Td
		}
	}
	return false
}

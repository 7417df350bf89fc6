package cleaner

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// document is a page after its one walk: blocks in order, the elements that hold them, and the raw evidence.
type document struct {
	base     *url.URL // for relative links; nil when the page has no address
	lang     string   // <html lang>
	lines    bool     // made from plain text
	blocks   []block
	elements []element
	links    []Link
	figures  []figure
	raw      rawEvidence
}

// element is an element of the tree that holds text, without its text. Index 0 is the root; parents come first.
type element struct {
	parent int32
	depth  int32
	tag    atom.Atom // 0: a custom element
	node   *html.Node
}

// block is a run of text between two block boundaries.
type block struct {
	text      string // white space folded, as a reader sees it
	spans     []Span // inline structure of text
	el        int32  // the innermost block-level element around it
	kind      blockKind
	level     int   // of a heading; depth of a list item
	figure    int32 // index into figures when inside one; else -1
	linkChars int   // runes inside links

	label  Label
	reason string
	score  float64
}

// blockKind is what the markup claims a block to be.
type blockKind uint8

const (
	textBlock blockKind = iota
	paragraphBlock
	headingBlock
	itemBlock
	quoteBlock
	cellBlock
	captionBlock
	preBlock
)

// figure is a picture with the indices of the blocks that speak of it.
type figure struct {
	image  Image
	el     int32
	before int // index of the block that follows it
}

// segment parses the page and walks it once.
func segment(text string, p Page) (*document, error) {
	doc := &document{}
	if u, err := url.Parse(p.URL); err == nil && u.Host != "" {
		doc.base = u
	}
	if p.Input == TextInput || p.Input == DetectInput && !looksLikeHTML(text) {
		doc.segmentLines(text)
		return doc, nil
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	w := walker{doc: doc}
	w.walk(root)
	w.flush()
	return doc, nil
}

func looksLikeHTML(s string) bool {
	head := strings.ToLower(s[:min(len(s), 4096)])
	for _, mark := range []string{"<!doctype", "<html", "<head", "<body", "<div", "<p>", "<p ", "<article", "<meta", "<title"} {
		if strings.Contains(head, mark) {
			return true
		}
	}
	return false
}

type walker struct {
	doc   *document
	buf   strings.Builder
	spans []Span
	link  int // runes inside links in buf
	stack []int32
	brs   int
	space bool
}

func (w *walker) current() int32 {
	if len(w.stack) == 0 {
		return -1
	}
	return w.stack[len(w.stack)-1]
}

var skipped = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Svg: true, atom.Math: true,
	atom.Select: true, atom.Textarea: true, atom.Object: true, atom.Iframe: true, atom.Head: true, atom.Option: true,
	atom.Canvas: true, atom.Audio: true, atom.Video: true,
}

var inline = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Cite: true, atom.Code: true, atom.Data: true,
	atom.Del: true, atom.Dfn: true, atom.Em: true, atom.Font: true, atom.I: true, atom.Ins: true, atom.Kbd: true, atom.Label: true,
	atom.Mark: true, atom.Q: true, atom.S: true, atom.Samp: true, atom.Small: true, atom.Span: true, atom.Strong: true, atom.Sub: true,
	atom.Sup: true, atom.Time: true, atom.Tt: true, atom.U: true, atom.Var: true, atom.Wbr: true, atom.Img: true, atom.Picture: true, atom.Source: true,
}

// walk visits the tree without recursion, so that depth costs no stack.
func (w *walker) walk(root *html.Node) {
	n := root
	for n != nil {
		if w.enter(n) && n.FirstChild != nil {
			n = n.FirstChild
			continue
		}
		w.leave(n)
		for n != root && n.NextSibling == nil {
			n = n.Parent
			w.leave(n)
		}
		if n == root {
			return
		}
		n = n.NextSibling
	}
}

// enter reports whether to go into the node's children.
func (w *walker) enter(n *html.Node) bool {
	switch n.Type {
	case html.TextNode:
		w.text(n.Data)
		return false
	case html.DocumentNode:
		return true
	case html.ElementNode:
	default:
		return false
	}
	w.doc.observe(n, w.current(), len(w.doc.blocks))
	if n.DataAtom == atom.Head {
		return true
	}
	if skipped[n.DataAtom] {
		return false
	}
	if n.DataAtom == atom.Br {
		w.brs++
		if w.brs >= 2 {
			w.flush()
		} else {
			w.space = true
		}
		return false
	}
	if !inline[n.DataAtom] {
		w.flush()
		depth := int32(len(w.stack))
		w.doc.elements = append(w.doc.elements, element{parent: w.current(), depth: depth, tag: n.DataAtom, node: n})
		w.stack = append(w.stack, int32(len(w.doc.elements)-1))
	}
	if n.DataAtom == atom.A {
		if href := w.doc.resolve(attr(n, "href")); href != "" {
			w.doc.links = append(w.doc.links, Link{URL: href, Rel: attr(n, "rel"), Anchor: fold(textOf(n))})
			w.spans = append(w.spans, Span{Kind: LinkSpan, Start: w.buf.Len(), End: -1, URL: href})
		}
	}
	return true
}

func (w *walker) leave(n *html.Node) {
	if n.Type != html.ElementNode || skipped[n.DataAtom] || n.DataAtom == atom.Br {
		return
	}
	if n.DataAtom == atom.A {
		for i := len(w.spans) - 1; i >= 0; i-- {
			if w.spans[i].End < 0 {
				w.spans[i].End = w.buf.Len()
				w.link += w.spans[i].End - w.spans[i].Start
				break
			}
		}
	}
	if !inline[n.DataAtom] {
		w.flush()
		w.stack = w.stack[:len(w.stack)-1]
	}
}

func (w *walker) text(s string) {
	if w.current() < 0 || w.inHead() {
		return
	}
	for _, r := range s {
		switch r {
		case ' ', '\t', '\n', '\r', '\f', '\u00a0':
			w.space = true
			continue
		case '\u00ad', '\u200b', '\u2060', '\ufeff':
			continue
		}
		if w.space && w.buf.Len() > 0 {
			w.buf.WriteByte(' ')
		}
		w.space = false
		w.brs = 0
		w.buf.WriteRune(r)
	}
}

func (w *walker) inHead() bool {
	for _, el := range w.stack {
		if w.doc.elements[el].tag == atom.Head {
			return true
		}
	}
	return false
}

// flush ends the current block.
func (w *walker) flush() {
	w.brs, w.space = 0, false
	if w.buf.Len() > 0 {
		b := block{text: w.buf.String(), el: w.current(), figure: -1, linkChars: w.link}
		for _, s := range w.spans {
			if s.End < 0 {
				s.End = len(b.text)
			}
			if s.End > s.Start {
				b.spans = append(b.spans, s)
			}
		}
		b.kind, b.level = w.kindOf(b.el)
		w.doc.blocks = append(w.doc.blocks, b)
	}
	w.buf.Reset()
	w.spans, w.link = w.spans[:0], 0
}

func (w *walker) kindOf(el int32) (blockKind, int) {
	for hops := 0; el >= 0 && hops < 4; el, hops = w.doc.elements[el].parent, hops+1 {
		switch w.doc.elements[el].tag {
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			return headingBlock, int(w.doc.elements[el].node.Data[1] - '0')
		case atom.Li, atom.Dd, atom.Dt:
			return itemBlock, 1
		case atom.Blockquote:
			return quoteBlock, 0
		case atom.Td, atom.Th:
			return cellBlock, 0
		case atom.Figcaption, atom.Figure:
			return captionBlock, 0
		case atom.Pre:
			return preBlock, 0
		case atom.P:
			if el >= 0 && w.doc.elements[el].parent >= 0 {
				if k, l := w.kindOf(w.doc.elements[el].parent); k == quoteBlock || k == itemBlock || k == captionBlock {
					return k, l
				}
			}
			return paragraphBlock, 0
		}
	}
	return textBlock, 0
}

func (d *document) resolve(ref string) string {
	ref = strings.TrimSpace(ref)
	if ref == "" || strings.HasPrefix(ref, "#") {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if d.base != nil {
		u = d.base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	u.Fragment = ""
	return u.String()
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var sb strings.Builder
	for c := n.FirstChild; c != nil; {
		if c.Type == html.TextNode {
			sb.WriteString(c.Data)
		}
		if c.FirstChild != nil {
			c = c.FirstChild
			continue
		}
		for c != n && c.NextSibling == nil {
			c = c.Parent
		}
		if c == n {
			break
		}
		c = c.NextSibling
	}
	return sb.String()
}

// fold replaces each run of white space by one space and trims the ends.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

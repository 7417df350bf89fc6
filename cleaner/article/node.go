package article

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// NodeKind is the kind of a part of the body.
type NodeKind uint8

// The kinds of node, and which fields of Node they use besides Text and Spans.
const (
	ParagraphNode    NodeKind = iota
	HeadingNode               // Level 2 to 6
	ListNode                  // Ordered, First; Children are ItemNodes; no text
	ItemNode                  // Children for further paragraphs and nested lists
	QuoteNode                 // Children; no text
	TableNode                 // Rows, Header; no text
	FigureNode                // Image; no text
	PreformattedNode          // Text with its line breaks and indentation
	EmbedNode                 // Spans hold one link, to what was embedded; Children what the page shows of it
)

var nodeKinds = [...]string{"paragraph", "heading", "list", "item", "quote", "table", "figure", "preformatted", "embed"}

// String returns the kind's name as in JSON: "paragraph".
func (k NodeKind) String() string { return nodeKinds[k] }

// MarshalText writes the kind's name.
func (k NodeKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the kind's name.
func (k *NodeKind) UnmarshalText(text []byte) error {
	i := slices.Index(nodeKinds[:], string(text))
	if i < 0 {
		return fmt.Errorf("node kind %q: want one of %s", text, strings.Join(nodeKinds[:], ", "))
	}
	*k = NodeKind(i)
	return nil
}

// Node is a part of the body.
type Node struct {
	Kind     NodeKind `json:"kind"`
	Level    int      `json:"level,omitempty"`
	Ordered  bool     `json:"ordered,omitempty"`
	First    int      `json:"first,omitempty"` // number of the first item of an ordered list, where it is not 1
	Text     string   `json:"text,omitempty"`
	Spans    []Span   `json:"spans,omitempty"` // inline structure of Text, sorted by Start, outer before inner
	Children []Node   `json:"children,omitempty"`
	Rows     [][]Node `json:"rows,omitempty"`   // of ParagraphNodes, one a cell
	Header   bool     `json:"header,omitempty"` // of a table: the first row is its head
	Image    *Image   `json:"image,omitempty"`
	Language string   `json:"language,omitempty"` // where it is not the article's
	Block    int      `json:"block"`              // index into Result.Blocks; -1: none, or several
}

// FirstNumber is the number of an ordered list's first item.
func (n *Node) FirstNumber() int { return cmp.Or(n.First, 1) }

// Quoted is an embed as a quotation of what the page shows of it, with the link below; without such words it is the link alone.
func (n *Node) Quoted() *Node {
	link := Node{Kind: ParagraphNode, Text: n.Text, Spans: n.Spans, Block: n.Block}
	if len(n.Children) == 0 {
		return &link
	}
	return &Node{Kind: QuoteNode, Children: append(slices.Clip(n.Children), link), Block: n.Block}
}

// SpanKind is the kind of a span.
type SpanKind uint8

// The kinds of span.
const (
	LinkSpan SpanKind = iota
	StrongSpan
	EmphasisSpan
	CodeSpan
	BreakSpan       // a line break inside the text, which is a "\n" there
	SuperscriptSpan // letters above the line; see Span.Plain
	SubscriptSpan   // below it
)

var spanKinds = [...]string{"link", "strong", "emphasis", "code", "break", "superscript", "subscript"}

// String returns the kind's name as in JSON: "link".
func (k SpanKind) String() string { return spanKinds[k] }

// MarshalText writes the kind's name.
func (k SpanKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the kind's name.
func (k *SpanKind) UnmarshalText(text []byte) error {
	i := slices.Index(spanKinds[:], string(text))
	if i < 0 {
		return fmt.Errorf("span kind %q: want one of %s", text, strings.Join(spanKinds[:], ", "))
	}
	*k = SpanKind(i)
	return nil
}

// Span marks the bytes [Start, End) of a text.
type Span struct {
	Kind  SpanKind `json:"kind"`
	Start int      `json:"start"`
	End   int      `json:"end"`
	URL   string   `json:"url,omitempty"` // of a LinkSpan, absolute
}

// Image is a picture with what the page says of it.
type Image struct {
	URL     string `json:"url,omitempty"` // absolute; empty where the page gives none
	Alt     string `json:"alt,omitempty"`
	Caption string `json:"caption,omitempty"`
	Credit  string `json:"credit,omitempty"`
	Width   int    `json:"width,omitempty"`  // pixels, 0 unknown
	Height  int    `json:"height,omitempty"` // pixels, 0 unknown
}

package cleaner

import "time"

// Article is what a page holds once everything else is stripped. Every other package stores, prints or exports
// this type as it is. A zero field means that the page does not say.
type Article struct {
	URL          string // as fetched, normalised
	CanonicalURL string // what the page calls its own address, validated; else URL

	Title       string
	Byline      string   // as printed
	Authors     []Person // in printed order
	PublishedAt Moment
	ModifiedAt  Moment
	Language    string // BCP 47
	SiteName    string
	Description string // the standfirst, else the meta description
	Section     string
	Tags        []string
	Image       *Image  // the lead image
	Images      []Image // in reading order, the lead image first if it is among them

	Body []Node // the article's structure, in reading order
	Text string // Body as plain text: blank line between paragraphs, line break between list items; no final newline

	EditorsNote string
	Corrections []string
	SignOff     string
	AuthorBio   string
	Disclaimers []string
	AISummary   string
	Dateline    string // place only: "TOKYO"
	Updates     []Update
	Links       []Link // links inside Body

	PageType   PageType
	Confidence float64 // of PageType, 0 to 1
	IsArticle  bool
	Paywall    Paywall
	WordCount  int // words; in scripts without spaces, characters / 2

	// Sources says where each field's value came from ("jsonld:headline", "h1", …), by JSON field name.
	Sources map[string]string
	// RunnersUp holds the values that lost, best first, by JSON field name.
	RunnersUp map[string][]Value
}

// Person is an author as the page names one.
type Person struct {
	Name         string `json:"name"`
	Role         string `json:"role,omitempty"` // "photographer"; empty: writer
	Organisation string `json:"organisation,omitempty"`
	URL          string `json:"url,omitempty"`
	Email        string `json:"email,omitempty"`
}

// Moment is a point in time as precise as the page gives it.
type Moment struct {
	Time     time.Time // zero: unknown
	HasClock bool      // false: only the day is known
	HasZone  bool      // false: the page gives no offset; Time is then in UTC as if it were local
	Raw      string    // as found
}

// IsZero reports whether the moment is unknown.
func (m Moment) IsZero() bool { return m.Time.IsZero() }

// String returns ISO 8601: a day, a local time, or a time with its offset; "" when unknown.
func (m Moment) String() string {
	switch {
	case m.Time.IsZero():
		return ""
	case !m.HasClock:
		return m.Time.Format("2006-01-02")
	case !m.HasZone:
		return m.Time.Format("2006-01-02T15:04:05")
	default:
		return m.Time.Format(time.RFC3339)
	}
}

// Image is a picture with what the page says of it.
type Image struct {
	URL     string `json:"url"`
	Alt     string `json:"alt,omitempty"`
	Caption string `json:"caption,omitempty"`
	Credit  string `json:"credit,omitempty"`
	Width   int    `json:"width,omitempty"`  // pixels, 0 unknown
	Height  int    `json:"height,omitempty"` // pixels, 0 unknown
}

// Link is a hyperlink with its words.
type Link struct {
	URL    string `json:"url"` // absolute
	Anchor string `json:"anchor,omitempty"`
	Rel    string `json:"rel,omitempty"`
}

// Update is one entry of a live blog.
type Update struct {
	At    Moment
	Title string
	Text  string
}

// Value is one candidate for a field.
type Value struct {
	Value  string `json:"value"`
	Source string `json:"source"`
}

// Paywall says whether the page shows only a part of the article, and why we think so.
type Paywall struct {
	Closed   bool   `json:"closed"`
	Evidence string `json:"evidence,omitempty"` // "jsonld:isAccessibleForFree", "block 14: paywall.en.subscribe"
}

// NodeKind is the kind of a part of the body.
type NodeKind uint8

// The kinds of node.
const (
	ParagraphNode NodeKind = iota
	HeadingNode            // Level 2 to 6
	ListNode               // Children are ItemNodes; Ordered
	ItemNode               // Text, and Children for nested lists
	QuoteNode              // Children
	TableNode              // Rows
	FigureNode             // Image
	PreformattedNode
	EmbedNode // Spans hold one link
)

// Node is a part of the body.
type Node struct {
	Kind     NodeKind
	Level    int
	Ordered  bool
	Text     string
	Spans    []Span // inline structure of Text, sorted by Start
	Children []Node
	Rows     [][]Node // of ParagraphNodes, one a cell
	Header   bool     // of a table: the first row is its head
	Image    *Image
	Block    int // index into Result.Blocks; -1: none
}

// SpanKind is the kind of a span.
type SpanKind uint8

// The kinds of span.
const (
	LinkSpan SpanKind = iota
	StrongSpan
	EmphasisSpan
	CodeSpan
	BreakSpan // a line break inside the text, which is a "\n" there
)

// Span marks the bytes [Start, End) of a text.
type Span struct {
	Kind       SpanKind
	Start, End int
	URL        string // of a LinkSpan, absolute
}

// PageType is the kind of a page.
type PageType string

// The kinds of page.
const (
	PageArticle  PageType = "article"
	PageLiveBlog PageType = "live-blog"
	PageGallery  PageType = "gallery"
	PageVideo    PageType = "video"
	PageListing  PageType = "listing"
	PageHome     PageType = "home"
	PageError    PageType = "error"
	PageStub     PageType = "paywall-stub"
	PageOther    PageType = "other"
)

package article

import (
	"fmt"
	"time"
)

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
	FactBoxes   []string // one a box, a line a block
	Dateline    string   // place only: "TOKYO"
	Updates     []Update
	Links       []Link // links inside Body

	PageType           PageType
	PageTypeConfidence float64 // of PageType, 0 to 1
	Confidence         float64 // probability that Text is right, 0 to 1; 0: not known, as of what an older program stored
	IsArticle          bool
	Paywall            Paywall
	WordCount          int // words; in scripts without spaces, characters / 2

	// Sources says where each field's value came from ("jsonld:headline", "h1", …), by its name in the table of fields.
	Sources map[string]string
	// RunnersUp holds the values that lost, best first, by its name in the table of fields.
	RunnersUp map[string][]Value
}

// Doubtful is the confidence below which a text is likelier wrong than right.
const Doubtful = 0.5

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

// UTC returns the moment in UTC as far as it is known, so that the order of texts is the order of times: a day, a time without a zone, or
// one that ends in Z; "" when unknown.
func (m Moment) UTC() string {
	if m.HasClock && m.HasZone && !m.IsZero() {
		return m.Time.UTC().Format("2006-01-02T15:04:05Z")
	}
	return m.String()
}

// MarshalText writes the moment as String does.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText wrote. The text becomes Raw.
func (m *Moment) UnmarshalText(text []byte) error {
	*m = Moment{}
	s := string(text)
	if s == "" {
		return nil
	}
	layout := time.RFC3339
	switch {
	case len(s) == len("2006-01-02"):
		layout = "2006-01-02"
	case len(s) == len("2006-01-02T15:04:05"):
		layout, m.HasClock = "2006-01-02T15:04:05", true
	default:
		m.HasClock, m.HasZone = true, true
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return fmt.Errorf("moment %q: want ISO 8601, as 2026-05-31 or 2026-05-31T10:00:00+02:00", s)
	}
	m.Time, m.Raw = t, s
	return nil
}

// Link is a hyperlink with its words.
type Link struct {
	URL    string `json:"url"` // absolute
	Anchor string `json:"anchor,omitempty"`
	Rel    string `json:"rel,omitempty"`
}

// Update is one entry of a live blog.
type Update struct {
	At    Moment `json:"at,omitzero"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text"`
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

// Block is a run of text of the page with the verdict on it.
type Block struct {
	Text   string  `json:"text"`
	Label  Label   `json:"label"`
	Reason string  `json:"reason"` // rule id, or "model"
	Score  float64 `json:"score"`  // probability that it is body, 0 to 1
	Path   string  `json:"path"`   // "article>div.content>p"; "line 7" in plain text

	Language string `json:"language,omitempty"` // of a body block that is in another language than the article
}

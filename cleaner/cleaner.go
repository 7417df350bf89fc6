// Package cleaner turns the bytes of a page into an article.
//
// It is pure: bytes and an address in, a [Result] out. It knows no network, database, clock or log, so the same
// input gives the same output, whatever ran before and however many goroutines call it.
//
// The way through the files is the order of the calls in [Clean]: segment.go (one parse, one walk: blocks, links, raw evidence; lines.go
// does the same for plain text), evidence.go (what the page says of itself), decide.go (one label a block), the metadata files (title.go,
// byline.go, date.go, …), structure.go, confidence.go (how probably the text is right). What the article is, and how it becomes text, HTML
// and Markdown, is in cleaner/article; what can be said of bytes, letters, words, dates, names, credits and languages without a page is in
// packages of their own beside it.
package cleaner

import (
	"newsmill/cleaner/article"
	"newsmill/cleaner/charset"
)

// Version rises whenever the output of Clean may change for the same page. It is stored with each article.
const Version = 2

// Input says how to read a page's bytes.
type Input uint8

// The kinds of input.
const (
	DetectInput Input = iota // HTML if it looks like it
	HTMLInput
	TextInput
)

// Page is the input of Clean.
type Page struct {
	Body        []byte // as fetched, in any encoding
	URL         string // address it came from; may be empty
	ContentType string // value of the Content-Type header; may be empty
	Input       Input

	decodedAs string // name of the encoding that Body was found to be in
}

// text returns the page as UTF-8, and the name of the encoding it came in.
func (p Page) text() (text, encoding string, err error) {
	return charset.Decode(p.Body, p.ContentType, p.Input == TextInput)
}

// Options tune Clean. The zero value is the default.
type Options struct {
	Model        *Model           // of blocks; nil: the built-in one
	ReadingModel *ReadingModel    // of ways to read a page; nil: the built-in one
	PageModel    *PageModel       // of page types; nil: the built-in one
	LinesModel   *LinesModel      // of the lines of plain text; nil: the built-in one
	Confidence   *ConfidenceModel // nil: the built-in one
	Site         article.Site
}

// FeedLink is a feed that the page announces.
type FeedLink struct {
	URL, Type, Title string
}

// Result is what Clean makes of a page.
type Result struct {
	Article article.Article
	Blocks  []article.Block // all of the page's visible text, in order
	Links   []article.Link  // all links of the page, in order, absolute, http(s) only

	Encoding   string // name of the encoding that was decoded
	Feeds      []FeedLink
	Sitemaps   []string // addresses of <link rel=sitemap>
	NextPage   string   // address of the next page of a multi-page article or listing; empty: none
	AMP        string   // address of the AMP twin
	RobotsMeta []string // directives of <meta name=robots> and <meta name=newsmill>, lower case: "noindex", …
	TDMOptOut  string   // evidence of a machine-readable opt-out of text mining in the page; empty: none
	RefreshURL string   // target of a <meta http-equiv=refresh> of at most 5 s
	ItemType   []string // schema.org types that the page claims
	Notice     Notice   // what the server sent in place of an article; the page is none then

	judged judged // how the article's confidence came about
}

// Clean makes an article of a page. It returns an error only where nothing can be read: [ErrBinary], [ErrEmpty],
// [ErrTooLarge], or [ErrTooComplex] for a page beyond the other limits; or where the options are wrong.
func Clean(p Page, opt Options) (*Result, error) {
	r, _, err := clean(p, opt)
	return r, err
}

// clean returns the steps that it took, too.
func clean(p Page, opt Options) (r *Result, steps int, err error) {
	text, encoding, err := p.text()
	if err != nil {
		return nil, 0, err
	}
	p.decodedAs = encoding
	doc := &document{work: workFor(len(text))}
	defer func() { steps = doc.spent }()
	defer boundedWork(&err)
	if err := doc.segment(text, p); err != nil { // one parse, one walk
		return nil, 0, err
	}
	ev := gather(doc)                            // JSON-LD, meta, embedded state
	if err := decide(doc, ev, opt); err != nil { // one verdict a block
		return nil, 0, err
	}
	r = &Result{Encoding: encoding}
	describe(r, doc, ev, opt) // metadata, each value with its source
	structure(r, doc)         // body, pictures, notes
	judge(r, doc, opt)        // how probably the text is right
	report(r, doc)
	article.DropControls(r)
	return r, 0, nil
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/cmd/newsmill/term"
)

// pageRecord is what a line of a batch says of a page. Null means that the page doesn't say.
type pageRecord struct {
	URL         *string  `json:"url"`
	Title       *string  `json:"title"`
	Authors     []string `json:"authors"`
	Date        *string  `json:"date"`     // ISO 8601, as precise as the page
	Modified    *string  `json:"modified"` // the same
	Language    *string  `json:"language"`
	Site        *string  `json:"site"`
	Description *string  `json:"description"`
	Image       *string  `json:"image"`
	Section     *string  `json:"section"`
	Tags        []string `json:"tags"`
	Text        string   `json:"text"`
	PageType    *string  `json:"page_type"`
	IsArticle   bool     `json:"is_article"`
	Confidence  *float64 `json:"confidence"` // probability that text is right
}

// articleRecord is all that is known of one article, as JSON.
type articleRecord struct {
	pageRecord
	CanonicalURL   *string           `json:"canonical_url"`
	DateRaw        *string           `json:"date_raw"`     // the date as the page writes it
	ModifiedRaw    *string           `json:"modified_raw"` // the same
	Byline         *string           `json:"byline"`
	Dateline       *string           `json:"dateline"`
	People         []article.Person  `json:"people"`
	LeadImage      *article.Image    `json:"lead_image"` // what is known of image
	Images         []article.Image   `json:"images"`
	EditorsNote    *string           `json:"editors_note"`
	Corrections    []string          `json:"corrections"`
	SignOff        *string           `json:"sign_off"`
	AuthorBio      *string           `json:"author_bio"`
	Disclaimers    []string          `json:"disclaimers"`
	AISummary      *string           `json:"ai_summary"`
	FactBoxes      []string          `json:"fact_boxes"`
	Updates        []updateRecord    `json:"updates"`
	Links          []article.Link    `json:"links"`
	Paywall        article.Paywall   `json:"paywall"`
	TypeConfidence float64           `json:"page_type_confidence"`
	WordCount      int               `json:"word_count"`
	Sources        map[string]string `json:"sources"`
	Body           []article.Node    `json:"body"`

	Removed []article.Block `json:"removed,omitempty"`
}

// updateRecord is an entry of a live blog.
type updateRecord struct {
	At    *string `json:"at"`
	AtRaw *string `json:"at_raw"` // as the page writes it
	Title *string `json:"title"`
	Text  string  `json:"text"`
}

func newPageRecord(art *article.Article) *pageRecord {
	rec := &pageRecord{
		URL: orNull(art.URL), Title: orNull(art.Title), Authors: authorNames(art),
		Date: orNull(art.PublishedAt.String()), Modified: orNull(art.ModifiedAt.String()),
		Language: orNull(art.Language), Site: orNull(art.SiteName), Description: orNull(art.Description),
		Section: orNull(art.Section), Tags: list(art.Tags), Text: art.Text,
		PageType: orNull(string(art.PageType)), IsArticle: art.IsArticle, Confidence: orNull(art.Confidence),
	}
	if art.Image != nil {
		rec.Image = orNull(art.Image.URL)
	}
	return rec
}

func newArticleRecord(art *article.Article) *articleRecord {
	rec := &articleRecord{
		pageRecord:   *newPageRecord(art),
		CanonicalURL: orNull(art.CanonicalURL), DateRaw: orNull(art.PublishedAt.Raw), ModifiedRaw: orNull(art.ModifiedAt.Raw),
		Byline: orNull(art.Byline), Dateline: orNull(art.Dateline), LeadImage: art.Image,
		People: list(art.Authors), Images: list(art.Images), EditorsNote: orNull(art.EditorsNote),
		Corrections: list(art.Corrections), SignOff: orNull(art.SignOff), AuthorBio: orNull(art.AuthorBio),
		Disclaimers: list(art.Disclaimers), AISummary: orNull(art.AISummary), FactBoxes: list(art.FactBoxes), Updates: updateRecords(art.Updates),
		Links: list(art.Links), Paywall: art.Paywall, TypeConfidence: art.PageTypeConfidence, WordCount: art.WordCount,
		Sources: art.Sources, Body: list(art.Body),
	}
	if rec.Sources == nil {
		rec.Sources = map[string]string{}
	}
	return rec
}

func updateRecords(updates []article.Update) []updateRecord {
	records := []updateRecord{}
	for _, u := range updates {
		records = append(records, updateRecord{orNull(u.At.String()), orNull(u.At.Raw), orNull(u.Title), u.Text})
	}
	return records
}

// authorNames are the names of an article's authors.
func authorNames(art *article.Article) []string {
	names := []string{}
	for _, p := range art.Authors {
		names = append(names, p.Name)
	}
	return names
}

// removedBlocks are the blocks that are not in the article's text, in the page's order.
func removedBlocks(r *cleaner.Result) []article.Block {
	removed := []article.Block{}
	for _, b := range r.Blocks {
		if b.Label.Class() != article.Body {
			removed = append(removed, b)
		}
	}
	return removed
}

// orNull is nil for a zero value, which JSON shows as null: unknown.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// list is the slice itself, or an empty one instead of nil, so that JSON always has a list.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// writeJSON writes one value and a newline; pretty means indented. What a terminal would act on is escaped: control
// characters, of which JSON itself leaves half, and marks that turn the direction of writing.
func writeJSON(w io.Writer, v any, pretty bool) error {
	enc := json.NewEncoder(term.EscapeJSON(w))
	enc.SetEscapeHTML(false)
	if pretty {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(v)
}

// marshalLine is the value as a line of JSON. It is for values of ours, which can always be encoded.
func marshalLine(v any) []byte {
	var buf bytes.Buffer
	if err := writeJSON(&buf, v, false); err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return buf.Bytes()
}

// printable is foreign text made safe for where it goes: control characters are stripped, since a page could carry escape codes,
// and on a terminal the marks that turn the direction of writing, too.
func (a *app) printable(s string) string { return a.printing()(s) }

// printing is printable as a function, for many texts: it asks only once what standard output is.
func (a *app) printing() func(string) string {
	if term.IsTerminal(a.stdout) {
		return term.StripControls
	}
	return func(s string) string {
		if strings.ContainsFunc(s, term.IsControl) {
			article.DropControls(&s)
		}
		return s
	}
}

package article

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Field is a row of the table of an article's fields. What is written and read of an article, as JSON, CSV, Parquet and SQL, comes from
// the table: a field that is added there is everywhere once the database has a column of its name.
type Field struct {
	Name  string // in JSON and CSV, and of the column: "published_at"
	About string // what it is, for people

	// Ref points at the field in an article: *string, *[]string, *Moment, *PageType, *bool, *int, *float64, or another type, which is kept
	// as JSON. Nil: the value follows from other fields, and Derived gives it: a string or Names.
	Ref     func(*Article) any
	Derived func(*Article) any

	Unstored string                // why the database has no column of it; empty: it has
	Unshown  bool                  // only for those who ask why: not in JSON
	IsEmpty  bool                  // "" is a value of it, and not "the page does not say"
	Required bool                  // never unknown in a stored article
	Few      bool                  // few values in many articles
	Names    bool                  // of a *[]string: short names, which a cell of a table joins
	Hash     Hash                  // whether another value of it is a change of the article
	HashText func(*Article) string // what is hashed in place of the value; nil: the value
}

// Hash says how a field comes into the hash by which a changed article is known.
type Hash uint8

// How.
const (
	HashLate   Hash = iota // where it says something, after all others: what an article was hashed to before the field was there stays
	HashAlways             // in the order of the table
	HashNever              // it says something of the cleaner, or follows from other fields
)

// fields is the table. Rows that are hashed keep their order.
var fields = []Field{
	{Name: "url", About: "as fetched, normalised", Required: true, Hash: HashNever, Ref: func(a *Article) any { return &a.URL }},
	{Name: "canonical_url", About: "what the page calls its own address, else url", Required: true, Hash: HashNever, Ref: func(a *Article) any { return &a.CanonicalURL }},
	{Name: "title", About: "the headline", Required: true, Hash: HashNever, Ref: func(a *Article) any { return &a.Title }},
	{Name: "authors", About: "names, in printed order", Hash: HashNever, Derived: func(a *Article) any { return a.AuthorNames() }},
	{Name: "byline", About: "as printed", Hash: HashAlways, Ref: func(a *Article) any { return &a.Byline }},
	{Name: "people", About: "the authors: name, role, organisation, url", Hash: HashAlways, Ref: func(a *Article) any { return &a.Authors }, HashText: func(a *Article) string { return JSONText(a.Authors) }},
	{Name: "published_at", About: "ISO 8601, as precise as the page", Hash: HashAlways, Ref: func(a *Article) any { return &a.PublishedAt }},
	{Name: "published_raw", About: "published_at as the page writes it", Hash: HashNever, Ref: func(a *Article) any { return &a.PublishedAt.Raw }},
	{Name: "modified_at", About: "as the publisher says, like published_at", Hash: HashAlways, Ref: func(a *Article) any { return &a.ModifiedAt }},
	{Name: "modified_raw", About: "modified_at as the page writes it", Hash: HashNever, Ref: func(a *Article) any { return &a.ModifiedAt.Raw }},
	{Name: "language", About: "BCP 47", Few: true, Hash: HashAlways, Ref: func(a *Article) any { return &a.Language }},
	{Name: "site_name", About: "as the page says", Few: true, Hash: HashAlways, Ref: func(a *Article) any { return &a.SiteName }},
	{Name: "description", About: "the standfirst, else the meta description", Hash: HashAlways, Ref: func(a *Article) any { return &a.Description }},
	{Name: "section", About: "of the paper: Politics", Few: true, Hash: HashAlways, Ref: func(a *Article) any { return &a.Section }},
	{Name: "tags", About: "as the page says", Names: true, Hash: HashAlways, Ref: func(a *Article) any { return &a.Tags }},
	{Name: "image_url", About: "of the lead image", Hash: HashAlways, Derived: func(a *Article) any { return a.leadURL() }},
	{Name: "images", About: "url, alt, caption, credit, width, height; in reading order", Hash: HashAlways, Ref: func(a *Article) any { return &a.Images }},
	{Name: "editors_note", About: "what the newsroom says of the article", Hash: HashAlways, Ref: func(a *Article) any { return &a.EditorsNote }},
	{Name: "corrections", About: "what was wrong in it before", Hash: HashAlways, Ref: func(a *Article) any { return &a.Corrections }},
	{Name: "sign_off", About: "who reported and edited, or the agency, at the end", Hash: HashAlways, Ref: func(a *Article) any { return &a.SignOff }},
	{Name: "author_bio", About: "who the author is", Hash: HashAlways, Ref: func(a *Article) any { return &a.AuthorBio }},
	{Name: "disclaimers", About: "whose opinion it is, what is no advice", Hash: HashAlways, Ref: func(a *Article) any { return &a.Disclaimers }},
	{Name: "ai_summary", About: "a summary made by a machine, or key points marked as such", Hash: HashAlways, Ref: func(a *Article) any { return &a.AISummary }},
	{Name: "dateline", About: "place only: TOKYO", Hash: HashAlways, Ref: func(a *Article) any { return &a.Dateline }},
	{Name: "updates", About: "entries of a live blog: at, at_raw, title, text", Hash: HashAlways, Ref: func(a *Article) any { return &a.Updates }, HashText: hashOfUpdates},
	{Name: "page_type", About: "article, live-blog, gallery, video, …", Required: true, Few: true, Hash: HashAlways, Ref: func(a *Article) any { return &a.PageType }},
	{Name: "paywalled", About: "the page shows only a part", Hash: HashAlways, Ref: func(a *Article) any { return &a.Paywall.Closed }, HashText: hashOfPaywall},
	{Name: "paywall_evidence", About: "why we think so", Hash: HashNever, Ref: func(a *Article) any { return &a.Paywall.Evidence }},
	{Name: "page_type_confidence", About: "of page_type, 0 to 1", Required: true, Hash: HashNever, Ref: func(a *Article) any { return &a.PageTypeConfidence }},
	{Name: "confidence", About: "probability that text is right, 0 to 1", Hash: HashNever, Ref: func(a *Article) any { return &a.Confidence }},
	{Name: "is_article", About: "whether the page is one", Unstored: "what is stored is an article", Hash: HashNever, Ref: func(a *Article) any { return &a.IsArticle }},
	{Name: "word_count", About: "words; in scripts without spaces, characters / 2", Hash: HashNever, Ref: func(a *Article) any { return &a.WordCount }},
	{Name: "links", About: "in the body: url, anchor, rel", Ref: func(a *Article) any { return &a.Links }, HashText: hashOfLinks},
	{Name: "fact_boxes", About: "one a box, a line a block", Ref: func(a *Article) any { return &a.FactBoxes }},
	{Name: "lead_image", About: "all that is known of the lead image", Ref: func(a *Article) any { return &a.Image }, HashText: (*Article).LeadApart},
	{Name: "evidence", About: "where each field's value came from, by its name", Hash: HashNever, Ref: func(a *Article) any { return &a.Sources }},
	{Name: "text", About: "the article; an empty line between paragraphs", Required: true, IsEmpty: true, Hash: HashNever, Ref: func(a *Article) any { return &a.Text }},
	{Name: "body", About: "the article's structure: nodes with spans; offsets count bytes", Unstored: "markdown has the structure", Hash: HashNever, Ref: func(a *Article) any { return &a.Body }},
	{Name: "runners_up", About: "values that lost, by field", Unstored: "only clean --explain asks for it; cleaning the raw page again finds it", Unshown: true, Hash: HashNever, Ref: func(a *Article) any { return &a.RunnersUp }},
}

// Fields returns the table.
func Fields() []Field { return fields }

// Names are short names, as of authors and tags.
type Names []string

// StoredFields are the rows of the table that the database keeps.
func StoredFields() (list []*Field) {
	for i := range fields {
		if fields[i].Unstored == "" {
			list = append(list, &fields[i])
		}
	}
	return list
}

// AuthorNames are the names of an article's authors.
func (a *Article) AuthorNames() Names {
	names := Names{}
	for _, p := range a.Authors {
		names = append(names, p.Name)
	}
	return names
}

func (a *Article) leadURL() string {
	if a.Image == nil {
		return ""
	}
	return a.Image.URL
}

// LeadApart is the lead image as JSON where it is not among the images as it is; else "".
func (a *Article) LeadApart() string {
	if a.Image == nil {
		return ""
	}
	for i := range a.Images {
		if img := &a.Images[i]; img.URL == a.Image.URL {
			if *img == *a.Image {
				return ""
			}
			break
		}
	}
	return JSONText(a.Image)
}

// hashOfUpdates leaves out how a page writes the times: "5 minutes ago" is another text at each check.
func hashOfUpdates(a *Article) string {
	type update struct {
		At    string `json:"at,omitempty"`
		Title string `json:"title,omitempty"`
		Text  string `json:"text"`
	}
	list := make([]update, 0, len(a.Updates))
	for _, u := range a.Updates {
		list = append(list, update{u.At.UTC(), u.Title, u.Text})
	}
	return JSONText(list)
}

func hashOfPaywall(a *Article) string { return JSONText(a.Paywall) }

// hashOfLinks is what their pages say of the links; their addresses and words are in the text and its Markdown.
func hashOfLinks(a *Article) string {
	var sb strings.Builder
	for _, l := range a.Links {
		sb.WriteString(l.Rel)
	}
	return sb.String()
}

// Value is the field as JSON has it: a string, Names, a []string, a bool, a number or another value; nil where the page does not say.
// A list is never nil.
func (f *Field) Value(a *Article) any {
	v := any(nil)
	if f.Derived != nil {
		v = f.Derived(a)
	} else {
		v = f.Ref(a)
	}
	switch v := v.(type) {
	case string:
		return f.known(v)
	case *string:
		return f.known(*v)
	case *PageType:
		return f.known(string(*v))
	case *Moment:
		return f.known(v.String())
	case *float64:
		if *v == 0 && !f.Required {
			return nil
		}
		return *v
	case *bool:
		return *v
	case *int:
		return *v
	case Names:
		return v
	case *[]string:
		if f.Names {
			return Names(listed(*v))
		}
		return listed(*v)
	case *[]Person:
		return listed(*v)
	case *[]Image:
		return listed(*v)
	case *[]Link:
		return listed(*v)
	case *[]Node:
		return listed(*v)
	case *[]Update:
		return updatesOf(*v)
	case **Image:
		if *v == nil {
			return nil
		}
		return *v
	case *map[string]string:
		if *v == nil {
			return map[string]string{}
		}
		return *v
	case *map[string][]Value:
		return *v
	}
	panic(fmt.Sprintf("article: no value of %T for %s", v, f.Name))
}

// Kind is what the field is as JSON, for people: "text or null".
func (f *Field) Kind() string {
	v := any(Names{})
	if f.Ref != nil {
		v = f.Ref(&Article{})
	} else if _, isText := f.Derived(&Article{}).(string); isText {
		v = new(string)
	}
	kind := ""
	switch v.(type) {
	case *string, *PageType, *Moment:
		kind = "text"
	case *float64:
		kind = "number"
	case *int:
		return "number"
	case *bool:
		return "true or false"
	case Names, *[]string:
		return "list of texts"
	case **Image:
		return "object or null"
	case *map[string]string, *map[string][]Value:
		return "object"
	default:
		return "list of objects"
	}
	if f.IsEmpty || kind == "number" && f.Required {
		return kind
	}
	return kind + " or null"
}

func (f *Field) known(s string) any {
	if s == "" && !f.IsEmpty {
		return nil
	}
	return s
}

// listed is the list itself, or an empty one instead of nil, so that JSON always has a list.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// updateRecord is an entry of a live blog as JSON.
type updateRecord struct {
	At    *string `json:"at"`
	AtRaw *string `json:"at_raw"`
	Title *string `json:"title"`
	Text  string  `json:"text"`
}

func updatesOf(list []Update) []updateRecord {
	known := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	records := make([]updateRecord, 0, len(list))
	for _, u := range list {
		records = append(records, updateRecord{known(u.At.String()), known(u.At.Raw), known(u.Title), u.Text})
	}
	return records
}

// Record is an object of JSON whose members keep their order.
type Record []Member

// Member is a member of a Record.
type Member struct {
	Name  string
	Value any
}

// Record returns what JSON shows of an article: all its fields, null where the page does not say, a list always.
func (a *Article) Record() Record {
	r := make(Record, 0, len(fields)+8)
	for i := range fields {
		if f := &fields[i]; !f.Unshown {
			r = append(r, Member{f.Name, f.Value(a)})
		}
	}
	return r
}

// StoredRecord is Record without the fields that are not stored.
func (a *Article) StoredRecord() Record {
	r := make(Record, 0, len(fields)+8)
	for _, f := range StoredFields() {
		r = append(r, Member{f.Name, f.Value(a)})
	}
	return r
}

// HashOf returns what is hashed of the field, "" where it says nothing.
func (f *Field) HashOf(a *Article) string {
	if f.HashText != nil {
		return f.HashText(a)
	}
	if f.Ref != nil {
		if m, ok := f.Ref(a).(*Moment); ok {
			return m.UTC()
		}
	}
	switch v := f.Value(a).(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		if s := JSONText(v); s != "[]" || f.Hash == HashAlways {
			return s
		}
		return ""
	}
}

// Set gives a member another value, or adds one of the name.
func (r Record) Set(name string, value any) Record {
	for i := range r {
		if r[i].Name == name {
			r[i].Value = value
			return r
		}
	}
	return append(r, Member{name, value})
}

// MarshalJSON writes the members in their order, without escapes for <, > and &.
func (r Record) MarshalJSON() ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	buf.WriteByte('{')
	for i, m := range r {
		if i > 0 {
			buf.WriteByte(',')
		}
		if err := enc.Encode(m.Name); err != nil {
			return nil, err
		}
		buf.Truncate(buf.Len() - 1) // the line break
		buf.WriteByte(':')
		if err := enc.Encode(m.Value); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		buf.Truncate(buf.Len() - 1)
	}
	buf.WriteByte('}')
	return buf.Bytes(), nil
}

// JSONText is a value as JSON that people read: without escapes for & and <. It panics where a value can't be JSON.
func JSONText(v any) string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // only values of ours
	}
	return strings.TrimSuffix(buf.String(), "\n")
}

// Cell is a value of a Record as a cell of a table: lists of names joined by "; ", other lists as JSON; nothing where the page does not
// say, and for an empty list.
func Cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case Names:
		return strings.Join(v, "; ")
	case bool, int, int64:
		return fmt.Sprint(v)
	}
	switch s := JSONText(v); s {
	case "[]", "{}":
		return ""
	default:
		return s
	}
}

package storage

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"newsmill/cleaner/article"
)

// What is written and read of an article comes from the table of its fields, article.Fields: each has a column of its name. Here
// stands how the kinds of field are kept, and which columns are not simply what the field says.

// columns are the columns of articles that hold what the page says.
var columns = func() (list []*article.Field) {
	fields := article.Fields()
	for i := range fields {
		if f := &fields[i]; f.Unstored == "" && f.Name != "links" { // which have a table of their own
			list = append(list, f)
		}
	}
	return list
}()

// storingColumns are those that say how it was stored, after which come id and what insertArticle and updateArticle add.
var storingColumns = []string{"source", "robots_tag", "opt_out", "content_hash", "metadata_hash", "signature", "markdown", "cleaner_version"}

var (
	// insertArticleSQL takes values, then page_id, run_id, id, first_seen_at, fetched_at, story_id.
	insertArticleSQL = fmt.Sprintf(`INSERT INTO articles (%s, page_id, run_id, id, first_seen_at, fetched_at, story_id) VALUES (?%s)`,
		strings.Join(articleColumns(), ", "), strings.Repeat(", ?", len(articleColumns())+5))
	// updateArticleSQL takes values, then page_id, run_id, id.
	updateArticleSQL = fmt.Sprintf(`UPDATE articles SET (%s, page_id, run_id) = (?%s) WHERE id = ?`,
		strings.Join(articleColumns(), ", "), strings.Repeat(", ?", len(articleColumns())+1))
)

// articleColumns are the columns in the order of values.
func articleColumns() []string {
	var names []string
	for _, f := range columns {
		names = append(names, f.Name)
	}
	return append(names, storingColumns...)
}

// values are what the columns of an article hold. Its addresses and its title may stand in for others, and its text is kept already.
func (a *packedArticle) values() []any {
	list := slices.Clone(a.fields)
	for i, f := range columns {
		switch f.Name {
		case "url":
			list[i] = a.url
		case "canonical_url":
			list[i] = a.canonical
		case "title":
			list[i] = a.title
		case "text":
			list[i] = a.Text
		}
	}
	return append(list, a.source, orNull(a.robotsTag), orNull(a.optOut), a.contentHash, a.metadataHash, a.signature, orNull(a.markdown), a.cleanerVersion)
}

// bindAll returns what the columns of fields hold for an article.
func bindAll(a *article.Article) []any {
	list := make([]any, 0, len(columns)+len(storingColumns)+6)
	for _, f := range columns {
		if f.Name == "text" { // which the writer looks at, too
			list = append(list, nil)
			continue
		}
		list = append(list, bind(f, a))
	}
	return list
}

// bind returns a field of an article as its column holds it, in memory of its own: what a page is cleaned to are pieces of the page, and a
// batch of articles would keep a hundred pages.
func bind(f *article.Field, a *article.Article) any {
	if f.Derived != nil {
		switch v := f.Derived(a).(type) {
		case article.Names:
			return jsonList(v)
		case string:
			return orNull(strings.Clone(v))
		}
		panic("storage: no column for " + f.Name)
	}
	switch v := f.Ref(a).(type) {
	case *string:
		if f.Required {
			return strings.Clone(*v)
		}
		return orNull(strings.Clone(*v))
	case *article.PageType:
		if *v == "" {
			return string(article.PageArticle)
		}
		return strings.Clone(string(*v))
	case *article.Moment:
		return orNull(v.UTC())
	case *float64:
		return orNull(*v)
	case *bool:
		if *v {
			return 1
		}
		return 0
	case *int:
		return *v
	case *[]string:
		return jsonList(*v)
	case *[]article.Image:
		return jsonList(*v)
	case *[]article.Update:
		return jsonUpdates(*v)
	case *[]article.Person:
		if len(*v) == 0 {
			return nil
		}
		return article.JSONText(*v)
	case **article.Image: // where images does not have it as it is
		return orNull(a.LeadApart())
	case *map[string]string:
		if len(*v) == 0 {
			return "{}"
		}
		return article.JSONText(*v)
	}
	panic("storage: no column for " + f.Name)
}

// readAs are the fields that are put together from other tables, and how.
var readAs = map[string]string{
	"people": `coalesce(people, (SELECT json_group_array(json_object('name', name, 'role', role, 'organisation', organisation, 'url', url))
		FROM (SELECT au.name, aa.role, au.organisation, au.url FROM article_authors aa JOIN authors au ON au.id = aa.author_id
			WHERE aa.article_id = articles.id ORDER BY aa.position)))`,
	"links": `(SELECT json_group_array(json_object('url', url, 'anchor', anchor, 'rel', rel))
		FROM (SELECT url, anchor, rel FROM links WHERE article_id = articles.id ORDER BY position))`,
}

// readFields are the fields that scanArticle reads: all that are stored, but those that follow from others.
var readFields = func() (list []*article.Field) {
	fields := article.Fields()
	for i := range fields {
		if f := &fields[i]; f.Unstored == "" && f.Derived == nil {
			list = append(list, f)
		}
	}
	return list
}()

// articleSQL selects what scanArticle reads.
var articleSQL = func() string {
	list := []string{
		"id", "source", "first_seen_at", "fetched_at", "version", "coalesce(story_id, 0)", "coalesce(robots_tag, '')", "coalesce(opt_out, '')",
		"coalesce(markdown, text)", "coalesce(page_id, 0)", "cleaner_version", "coalesce(image_url, '')",
	}
	for _, f := range readFields {
		list = append(list, cmp.Or(readAs[f.Name], f.Name))
	}
	return "SELECT " + strings.Join(list, ", ") + fromArticles
}()

const fromArticles = "\n\tFROM articles"

func scanArticle(rows *sql.Rows) (*Article, error) {
	a := &Article{}
	var seen, fetched, image string
	into := []any{&a.ID, &a.Source, &seen, &fetched, &a.Version, &a.StoryID, &a.RobotsTag, &a.OptOut, &a.Markdown, &a.PageID, &a.CleanerVersion, &image}
	for _, f := range readFields {
		into = append(into, sink{f.Ref(&a.Article)})
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	a.FirstSeenAt, a.FetchedAt = parseTime(seen), parseTime(fetched)
	a.IsArticle = true
	if image == "" {
		a.Image = nil
	} else {
		lead := article.Image{}
		if a.Image != nil {
			lead = *a.Image
		} else if i := imageOf(a.Images, image); i != nil {
			lead = *i
		}
		lead.URL, a.Image = image, &lead
	}
	article.DropControls(a) // an older newsmill kept some
	return a, nil
}

// sink is where a column of an article is read to, as bind wrote it. People may have changed it by hand: a list that is none is empty.
type sink struct{ ref any }

// Scan implements sql.Scanner.
func (s sink) Scan(value any) error {
	text := ""
	switch v := value.(type) {
	case string:
		text = v
	case []byte:
		text = string(v)
	}
	switch ref := s.ref.(type) {
	case *string:
		*ref = text
	case *article.PageType:
		*ref = article.PageType(text)
	case *article.Moment:
		*ref = parseMoment(text)
	case *float64:
		switch v := value.(type) {
		case float64:
			*ref = v
		case int64:
			*ref = float64(v)
		}
	case *bool:
		n, _ := value.(int64)
		*ref = n != 0
	case *int:
		n, _ := value.(int64)
		*ref = int(n)
	case *[]string:
		*ref = readList[string](text)
	case *[]article.Person:
		*ref = readList[article.Person](text)
	case *[]article.Image:
		*ref = readList[article.Image](text)
	case *[]article.Link:
		*ref = readList[article.Link](text)
	case *[]article.Update:
		*ref = nil
		for _, u := range readList[update](text) {
			at := parseMoment(u.At)
			at.Raw = u.Raw
			*ref = append(*ref, article.Update{At: at, Title: u.Title, Text: u.Text})
		}
	case **article.Image:
		if text != "" {
			*ref = &article.Image{}
			_ = json.Unmarshal([]byte(text), *ref)
		}
	case *map[string]string:
		_ = json.Unmarshal([]byte(text), ref)
	default:
		return fmt.Errorf("no way to read a %T", ref)
	}
	return nil
}

// imageOf returns the first of the images with an address, nil if there is none.
func imageOf(images []article.Image, address string) *article.Image {
	for i := range images {
		if images[i].URL == address {
			return &images[i]
		}
	}
	return nil
}

// readList reads a JSON list; people may have changed it by hand, so anything else is an empty one.
func readList[T any](s string) []T {
	list := []T{}
	if json.Unmarshal([]byte(s), &list) != nil {
		return []T{}
	}
	return list
}

// parseMoment reads what article.Moment's UTC wrote.
func parseMoment(s string) article.Moment {
	for _, form := range []struct {
		layout      string
		clock, zone bool
	}{{"2006-01-02T15:04:05Z", true, true}, {"2006-01-02T15:04:05", true, false}, {"2006-01-02", false, false}} {
		if t, err := time.Parse(form.layout, s); err == nil {
			return article.Moment{Time: t, HasClock: form.clock, HasZone: form.zone}
		}
	}
	return article.Moment{}
}

// update is an entry of a live blog as the database keeps it.
type update struct {
	At    string `json:"at,omitempty"`
	Raw   string `json:"raw,omitempty"` // what the page says of At
	Title string `json:"title,omitempty"`
	Text  string `json:"text"`
}

func jsonUpdates(list []article.Update) string {
	out := make([]update, 0, len(list))
	for _, u := range list {
		out = append(out, update{u.At.UTC(), u.At.Raw, u.Title, u.Text})
	}
	return jsonList(out)
}

func jsonList[T any](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	return article.JSONText(list)
}

// metadataHash is the SHA-256 of everything that a page says but title and text: what is hashed always, in the order of the table, and
// what later versions of the table brought, as one string more where it says something.
func metadataHash(p *packedArticle) []byte {
	var parts []string
	var late strings.Builder
	fields := article.Fields()
	for i := range fields {
		switch f := &fields[i]; f.Hash {
		case article.HashAlways:
			parts = append(parts, f.HashOf(p.Article))
		case article.HashLate:
			late.WriteString(f.HashOf(p.Article))
		}
	}
	return hashOf(append(parts, p.robotsTag, p.optOut, p.Text, p.markdown, late.String())...)
}

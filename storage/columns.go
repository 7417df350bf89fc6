package storage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"newsmill/cleaner/article"
)

// What is written and read of an article comes from the table of its fields, article.Fields: each has a column of its name. Here
// stands how the kinds of field are kept, and which columns are not simply what the field says.

// columns are the columns of articles that hold what the page says. Links have a table of their own.
var columns = slices.DeleteFunc(article.StoredFields(), func(f *article.Field) bool { return f.Name == "links" })

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

// storingColumns are those that say how it was stored, after which come id and what insertArticle and updateArticle add.
var storingColumns = []string{"source", "robots_tag", "opt_out", "content_hash", "metadata_hash", "signature", "markdown", "cleaner_version"}

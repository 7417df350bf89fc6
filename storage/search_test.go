package storage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"newsmill/cleaner/article"
)

// TestQueriesFindWhatTheyShould runs testdata/queries; its README says how to add one.
func TestQueriesFindWhatTheyShould(t *testing.T) {
	db, run := openTemp(t)
	files, err := filepath.Glob("testdata/queries/*.txt")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d files of queries (%v), want 9 languages", len(files), err)
	}
	type query struct{ where, text, want string }
	var queries []query
	keys := map[int64]string{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			where := fmt.Sprintf("%s:%d", file, i+1)
			switch {
			case strings.HasPrefix(line, "= "):
				f := strings.Split(line[2:], " | ")
				if len(f) != 4 {
					t.Fatalf("%s: want key | title | byline | text", where)
				}
				rec := page("https://q.example/"+f[0], f[1], f[3], noon)
				rec.Cleaned.Article.Byline = strings.TrimPrefix(f[2], "-") // a dash: none
				rec.Cleaned.Article.Authors = nil
				keys[put(t, db, run, rec).ArticleID] = f[0]
			case strings.HasPrefix(line, "? "):
				q, want, ok := strings.Cut(line[2:], "->")
				if !ok {
					t.Fatalf("%s: no ->", where)
				}
				queries = append(queries, query{where, strings.TrimSpace(q), strings.TrimSpace(want)})
			case line != "":
				t.Fatalf("%s: neither an article nor a query", where)
			}
		}
	}
	for _, q := range queries {
		opt := SearchOptions{Limit: 100}
		text, ok := strings.CutPrefix(q.text, "substring:")
		opt.Substring = ok
		want := strings.Fields(q.want)
		slices.Sort(want)
		for _, order := range []Order{ByRelevance, ByDate, ByStored} {
			opt.Order = order
			res, err := db.Search(context.Background(), text, opt)
			if err != nil {
				t.Errorf("%s: %s: %v", q.where, q.text, err)
				continue
			}
			got := []string{}
			for _, it := range res.Items {
				got = append(got, keys[it.ID])
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s (%s): got %v, want %v; %s", q.where, q.text, order, got, want, res.Note)
			}
			if res.Total != len(got) {
				t.Errorf("%s: %s (%s): total %d, want %d", q.where, q.text, order, res.Total, len(got))
			}
		}
		var ids []string
		if err := db.SearchIDs(context.Background(), text, opt, func(id int64) error {
			ids = append(ids, keys[id])
			return nil
		}); err != nil {
			t.Errorf("%s: SearchIDs: %v", q.where, err)
		}
		if slices.Sort(ids); !slices.Equal(ids, want) && len(ids)+len(want) > 0 {
			t.Errorf("%s: SearchIDs(%s): got %v, want %v", q.where, q.text, ids, want)
		}
	}
}

func TestSuggestionsFindSomething(t *testing.T) {
	db, run := openTemp(t)
	put(t, db, run, page("https://a.example/1", "Ferry", "The ferry came back to the harbour. Паром вернулся. Der Fährmann freut sich.", noon))
	put(t, db, run, page("https://a.example/2", "Ferries", "Two ferries and a berry, said the harbourmaster.", noon))
	for query, want := range map[string]string{
		"ferri": "ferry", "harobur": "harbour", "harbor": "harbour", "hharbour": "harbour", "title:ferru OR zeppelin": "title:ferry OR zeppelin",
		"\"ferry cmae bakc\"": "\"ferry came back\"", "паррм": "паром", "fahrman": "fahrmann", "Fährman": "fährmann",
		"ferry": "", "zeppelin": "", "ice": "", "北京大雪": "", "": "", "AND": "",
	} {
		got, err := db.Suggest(context.Background(), query, SearchOptions{})
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", query, got, err, want)
		}
	}
	if got, err := db.Suggest(context.Background(), "ferri", SearchOptions{Filter: Filter{Sources: []string{"b.example"}}}); err != nil || got != "" {
		t.Errorf("of another source: got %q, %v", got, err)
	}
}

func TestFieldsThatAreNone(t *testing.T) {
	for query, want := range map[string]string{
		"titel:ferry": "titel: is no field of the search: did you mean title:?", "source:cgtn": "source: is no field of the search: did you mean --source cgtn?",
		"foo:bar": "", "title:ferry": "", "https://a.example/b": "", "15:30": "", "txt:a": "",
	} {
		if _, note := parseQuery(query); note != want {
			t.Errorf("%s: got %q, want %q", query, note, want)
		}
	}
}

func TestSnippetsMarkHits(t *testing.T) {
	db, run := openTemp(t)
	put(t, db, run, page("https://a.example/1", "雪", strings.Repeat("文章的开头。", 40)+"北京大学举行典礼。"+strings.Repeat("后来。", 60), noon))
	put(t, db, run, page("https://a.example/2", "Snow", strings.Repeat("An opening sentence. ", 60)+"Heavy snow fell."+strings.Repeat(" And then more.", 60), noon))
	for query, want := range map[string]string{
		"北京大学": Mark + "北京大学" + Unmark + "举行典礼", "北京": Mark + "北京" + Unmark + "大学", "heavy": Mark + "Heavy" + Unmark + " snow",
	} {
		res, err := db.Search(context.Background(), query, SearchOptions{})
		if err != nil || len(res.Items) != 1 || !strings.Contains(res.Items[0].Snippet, want) || !strings.HasPrefix(res.Items[0].Snippet, "…") {
			t.Errorf("%s: %+v %v, want a snippet with %q", query, res, err, want)
		}
	}
}

func TestSearchFilters(t *testing.T) {
	db, run := openTemp(t)
	add := func(url, section, lang string, days int) int64 {
		rec := page(url, "Ferry", "The ferry "+url, noon)
		a := &rec.Cleaned.Article
		a.Section, a.Language = section, lang
		a.PublishedAt.Time = noon.AddDate(0, 0, days)
		a.Authors = append(a.Authors, article.Person{Name: "Zoë " + section})
		return put(t, db, run, rec).ArticleID
	}
	a := add("https://a.example/1", "Sport", "en-GB", 0)
	b := add("https://b.example/2", "World", "de", -10)
	c := add("https://b.example/3", "World_News", "en", -20)
	for name, tc := range map[string]struct {
		f    Filter
		want []int64
	}{
		"none":     {Filter{}, []int64{a, b, c}},
		"source":   {Filter{Sources: []string{"b.example"}}, []int64{b, c}},
		"since":    {Filter{Since: noon.AddDate(0, 0, -10)}, []int64{a, b}},
		"until":    {Filter{Until: noon.AddDate(0, 0, -10)}, []int64{c}},
		"between":  {Filter{Since: noon.AddDate(0, 0, -15), Until: noon.AddDate(0, 0, -5)}, []int64{b}},
		"language": {Filter{Languages: []string{"en"}}, []int64{a, c}},
		"section":  {Filter{Section: "world_"}, []int64{c}},
		"author":   {Filter{Author: "zoë sp"}, []int64{a}},
		"nobody":   {Filter{Author: "%"}, nil},
	} {
		list, err := db.List(context.Background(), tc.f, ByStored, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, it := range list {
			got = append(got, it.ID)
		}
		slices.Sort(got)
		if !slices.Equal(got, tc.want) {
			t.Errorf("List by %s: got %v, want %v", name, got, tc.want)
		}
		for _, order := range []Order{ByRelevance, ByDate, ByStored} {
			res, err := db.Search(context.Background(), "ferry", SearchOptions{Filter: tc.f, Order: order})
			if err != nil {
				t.Fatal(err)
			}
			got = nil
			for _, it := range res.Items {
				got = append(got, it.ID)
			}
			if order == ByDate && !slices.Equal(got, tc.want) {
				t.Errorf("by date, %s: got %v, want %v", name, got, tc.want)
			}
			slices.Sort(got)
			if !slices.Equal(got, tc.want) || res.Total != len(tc.want) {
				t.Errorf("Search by %s (%s): got %v of %d, want %v", name, order, got, res.Total, tc.want)
			}
		}
	}
}

// FuzzQuery: whatever is typed, no panic, no error of SQLite's, and nothing is written.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{
		"ferry", `"a b" -c`, "a OR", "((((", "title:", "C++", "北京", "经", "NOT NOT a", "a*", `"`, "-", "*", "\x00", "\xff", "x\ue000", "title:(a OR -b)",
		"'; DROP TABLE articles; --", "a AND (b OR (c NOT d))", "summit 北京 -上海", strings.Repeat("(", 300), strings.Repeat("a ", 300), "กรุง*", "byline:王毅",
	} {
		f.Add(q, false)
		f.Add(q, true)
	}
	db, run := openTemp(f)
	for i, text := range []string{"The ferry came back.", "北京大学举行开学典礼，summit", "น้ำท่วมกรุงเทพมหานคร", "a b c d x y"} {
		put(f, db, run, page(fmt.Sprintf("https://a.example/%d", i), "Title "+text, text, noon))
	}
	reader, err := OpenReader(context.Background(), db.Path())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { reader.Close() })
	f.Fuzz(func(t *testing.T, query string, substring bool) {
		for _, order := range []Order{ByRelevance, ByDate} {
			res, err := reader.Search(context.Background(), query, SearchOptions{Substring: substring, Order: order})
			if err != nil {
				t.Fatalf("%q: %v", query, err)
			}
			if res.Total < len(res.Items) {
				t.Fatalf("%q: %d items of %d", query, len(res.Items), res.Total)
			}
		}
		if _, err := reader.Suggest(context.Background(), query, SearchOptions{Substring: substring}); err != nil {
			t.Fatalf("%q: %v", query, err)
		}
	})
}

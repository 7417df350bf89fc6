package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"newsmill/cleaner/article"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// openTemp returns a database of its own for the test, with a run started.
func openTemp(t testing.TB) (*Writer, int64) {
	t.Helper()
	db, err := Open(context.Background(), filepath.Join(t.TempDir(), "news.db"), Options{Command: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	run, err := db.StartRun(context.Background(), Run{Command: "test", Version: "test", StartedAt: noon})
	if err != nil {
		t.Fatal(err)
	}
	return db, run
}

// page makes the record of a fetched article.
func page(url, title, text string, at time.Time) Record {
	a := article.Article{
		URL: url, CanonicalURL: url, Title: title, Text: text, Byline: "By Ada Quill", Language: "en",
		Authors: []article.Person{{Name: "Ada Quill"}}, Tags: []string{"harbour"}, PageType: article.PageArticle, IsArticle: true,
		PublishedAt: article.Moment{Time: noon, HasClock: true, HasZone: true, Raw: "today at noon"},
		WordCount:   len(strings.Fields(text)), Links: []article.Link{{URL: "https://elsewhere.example/a", Anchor: "elsewhere"}},
	}
	return Record{
		Job:    Job{URL: url, Host: hostOf(url), Source: hostOf(url), Kind: ArticleJob},
		Ending: Ending{State: JobDone, Class: "stored"},
		Fetch: &Fetch{
			URL: url, FinalURL: url, Host: hostOf(url), FetchedAt: at, Status: 200, ContentType: "text/html",
			Body: []byte("<html><title>" + title + "</title><p>" + text),
		},
		Cleaned: &Cleaned{Article: a, Blocks: []article.Block{
			{Text: "We use cookies.", Label: article.CookieNotice, Reason: "cookie-notice.en.use"},
			{Text: text, Label: article.Paragraph, Reason: "model"},
			{Text: "Share", Label: article.Share, Reason: "model"},
		}},
	}
}

func put(t testing.TB, db *Writer, run int64, rec Record) Stored {
	t.Helper()
	s, err := db.Put(context.Background(), run, rec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkIndexes fails the test unless the database is whole.
func checkIndexes(t testing.TB, db *Writer) {
	t.Helper()
	for _, stmt := range []string{
		`INSERT INTO articles_fts(articles_fts, rank) VALUES ('integrity-check', 1)`,
		`INSERT INTO articles_trigram(articles_trigram, rank) VALUES ('integrity-check', 1)`,
	} {
		if _, err := db.conn.ExecContext(context.Background(), stmt); err != nil {
			t.Errorf("%s: %v", stmt, err)
		}
	}
	var ok string
	if err := db.conn.QueryRowContext(context.Background(), `PRAGMA integrity_check`).Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("integrity_check: %s %v", ok, err)
	}
	rows, err := db.conn.QueryContext(context.Background(), `PRAGMA foreign_key_check`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() {
		t.Error("foreign_key_check: rows refer to nothing")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestArticleComesBackAsStored(t *testing.T) {
	db, run := openTemp(t)
	rec := page("https://harbour-post.example/2026/11/ferry", "Ferry returns", "The ferry came back on Monday.\n\nPeople cheered.", noon)
	s := put(t, db, run, rec)
	if s.Change != New || s.ArticleID == 0 {
		t.Fatalf("got %+v, want a new article", s)
	}
	id, err := db.Find(context.Background(), rec.Job.URL)
	if err != nil || id != s.ArticleID {
		t.Fatalf("Find: %d %v, want %d", id, err, s.ArticleID)
	}
	a, err := db.Article(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	want := rec.Cleaned.Article
	if a.Title != want.Title || a.Text != want.Text || a.Byline != want.Byline || a.PublishedAt.String() != want.PublishedAt.String() ||
		fmt.Sprint(a.Authors) != fmt.Sprint(want.Authors) || fmt.Sprint(a.Tags) != fmt.Sprint(want.Tags) || fmt.Sprint(a.Links) != fmt.Sprint(want.Links) {
		t.Errorf("got %+v\nwant %+v", a.Article, want)
	}
	removed, err := db.Removed(context.Background(), id)
	if err != nil || len(removed) != 2 || removed[0].Label != "cookie-notice" || removed[1].Position != 2 {
		t.Errorf("Removed: %+v %v", removed, err)
	}
	res, err := db.Search(context.Background(), "cheered ferry", SearchOptions{})
	if err != nil || len(res.Items) != 1 || !strings.Contains(res.Items[0].Snippet, Mark+"ferry"+Unmark) {
		t.Errorf("Search: %+v %v", res, err)
	}
	checkIndexes(t, db)
}

func TestChangesAreToldApart(t *testing.T) {
	db, run := openTemp(t)
	long := strings.Repeat("The council voted on the new bridge over the river that day. ", 12)
	url := "https://harbour-post.example/bridge"
	step := func(name string, rec Record, want Change, versions int) {
		t.Helper()
		s := put(t, db, run, rec)
		if s.Change != want {
			t.Errorf("%s: got %q, want %q", name, s.Change, want)
		}
		id, err := db.Find(context.Background(), rec.Job.URL)
		if err != nil || id != s.ArticleID {
			t.Errorf("%s: Find(%s) = %d, %v; want %d", name, rec.Job.URL, id, err, s.ArticleID)
		}
		h, err := db.History(context.Background(), s.ArticleID)
		if err != nil || len(h) != versions {
			t.Errorf("%s: %d versions (%v), want %d", name, len(h), err, versions)
		}
		checkIndexes(t, db)
	}
	step("first", page(url, "Bridge", long, noon), New, 1)
	step("again", page(url, "Bridge", long, noon.Add(time.Hour)), Unchanged, 1)
	tagged := page(url, "Bridge", long, noon.Add(2*time.Hour))
	tagged.Cleaned.Article.Tags = []string{"bridge", "council"}
	step("other tags", tagged, Updated, 1)
	longer := page(url, "Bridge approved", long+"It passed by one vote.", noon.Add(3*time.Hour))
	step("longer", longer, Changed, 2)
	print := page(url+"?print=1", "Bridge approved", long+"It passed by one vote, printed.", noon.Add(4*time.Hour))
	print.Cleaned.Article.CanonicalURL = url
	step("print view", print, Alias, 2)
	twin := page(url+"?utm=x", "Bridge approved", long+"It passed by one vote.", noon.Add(5*time.Hour))
	step("same text, other address", twin, Alias, 2)
	other := page("https://harbour-post.example/zoo", "Zoo", strings.Repeat("Otters were born at the city zoo, keepers told visitors on Tuesday. ", 12), noon)
	other.Cleaned.Article.CanonicalURL = url // as a careless template says
	step("another article under the same canonical URL", other, New, 1)
	step("and again", other, Unchanged, 1)
}

func TestSecondWriterIsToldWhoWrites(t *testing.T) {
	db, _ := openTemp(t)
	_, err := Open(context.Background(), db.Path(), Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "newsmill test since ") ||
		!strings.Contains(err.Error(), fmt.Sprintf("pid %d", os.Getpid())) {
		t.Errorf("got %v", err)
	}
	if who := LockHolder(db.Path()); !strings.Contains(who, "newsmill test") {
		t.Errorf("LockHolder: %q", who)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if who := LockHolder(db.Path()); who != "" {
		t.Errorf("LockHolder after Close: %q", who)
	}
	again, err := Open(context.Background(), db.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestWriteCommitsAllOnClose(t *testing.T) {
	db, run := openTemp(t)
	records := make(chan Record)
	go func() {
		defer close(records)
		for i := range 250 {
			records <- page(fmt.Sprintf("https://a.example/%d", i), fmt.Sprint("Title ", i), fmt.Sprint("Text number ", i), noon)
		}
	}()
	var order []string
	if err := db.Write(context.Background(), run, records, func(s Stored) { order = append(order, s.URL) }); err != nil {
		t.Fatal(err)
	}
	if len(order) != 250 || order[0] != "https://a.example/0" || order[249] != "https://a.example/249" {
		t.Errorf("%d records reported, first %s, last %s", len(order), order[0], order[len(order)-1])
	}
	if n, err := db.Count(context.Background(), Filter{}); err != nil || n != 250 {
		t.Errorf("%d articles (%v), want 250", n, err)
	}
	checkIndexes(t, db)
}

func TestHashFoldedIgnoresWhiteSpace(t *testing.T) {
	want := hashOf("a b c", "", "d\u00a0e"[:1]+" e")
	if got := hashFolded(" a\n\tb  c ", " \u00a0", "d\u00a0e"); string(got) != string(want) {
		t.Errorf("hash %x, want %x", got, want)
	}
}

package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

// fill stores n articles, each in two versions, the second a day later, with raw pages of two hosts.
func fill(t testing.TB, db *Writer, run int64, n int) {
	t.Helper()
	for v := range 2 {
		for i := range n {
			host := fmt.Sprintf("host%d.example", i%2)
			url := fmt.Sprintf("https://%s/%d", host, i)
			rec := page(url, fmt.Sprint("Title ", i), fmt.Sprintf("Text %d of version %d.", i, v), noon.AddDate(0, 0, v))
			rec.Fetch.Body = sitePage(host, i*2+v, 3000)
			put(t, db, run, rec)
		}
	}
}

func count(t testing.TB, db *Writer, query string) int {
	t.Helper()
	var n int
	if err := db.read.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestBackupIsACompleteCopy(t *testing.T) {
	db, run := openTemp(t)
	fill(t, db, run, 20)
	target := filepath.Join(t.TempDir(), "back up?#%.db")
	for range 2 { // the second replaces the first
		if err := db.Backup(context.Background(), target); err != nil {
			t.Fatal(err)
		}
	}
	entries, _ := os.ReadDir(filepath.Dir(target))
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	copied, err := Open(context.Background(), target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	checkIndexes(t, copied)
	if n := count(t, copied, `SELECT count(*) FROM articles`); n != 20 {
		t.Errorf("%d articles, want 20", n)
	}
	allBodies(t, copied.DB)
	if err := db.Backup(context.Background(), db.Path()); err == nil {
		t.Error("backed up onto itself")
	}
	if err := db.Backup(context.Background(), "/nowhere/b.db"); !errors.Is(err, ErrMissing) {
		t.Errorf("into no folder: %v", err)
	}
}

func TestPrune(t *testing.T) {
	db, run := openTemp(t)
	fill(t, db, run, 30)
	before := noon.Add(12 * time.Hour)
	would, err := db.Prunable(context.Background(), PruneOptions{RawBefore: before, KeepVersions: 0})
	if err != nil || would.RawPages != 30 || would.Versions != 30 || would.Bodies != 30 {
		t.Errorf("dry run: %+v %v", would, err)
	}
	if n := count(t, db, `SELECT count(*) FROM pages WHERE body_id IS NOT NULL`); n != 60 {
		t.Errorf("after a dry run: %d bodies, want 60", n)
	}
	one, err := db.Prune(context.Background(), run, PruneOptions{RawBefore: before, KeepVersions: -1, Sources: []string{"host0.example"}})
	if err != nil || one.RawPages != 15 || one.Versions != 0 {
		t.Errorf("one source: %+v %v", one, err)
	}
	got, err := db.Prune(context.Background(), run, PruneOptions{RawBefore: before, KeepVersions: 0})
	if err != nil || got.RawPages != 15 || got.Versions != 30 || got.Bodies == 0 {
		t.Errorf("all: %+v %v", got, err)
	}
	if n := count(t, db, `SELECT count(*) FROM pages WHERE body_id IS NOT NULL`); n != 30 {
		t.Errorf("%d pages with a body, want 30", n)
	}
	if n := allBodies(t, db.DB); n < 30 {
		t.Errorf("%d bodies, want 30 and those they are compressed against", n)
	}
	fill(t, db, run, 3) // what the packer knows must not be what was pruned
	allBodies(t, db.DB)
	if _, err := db.Prune(context.Background(), run, PruneOptions{RawBefore: noon.AddDate(1, 0, 0), KeepVersions: -1}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT (SELECT count(*) FROM raw_bodies) + (SELECT count(*) FROM dictionaries) + (SELECT count(*) FROM dictionary_parts)`); n != 0 {
		t.Errorf("%d rows of raw pages after all were pruned", n)
	}
	if err := db.Vacuum(context.Background(), run); err != nil {
		t.Fatal(err)
	}
	checkIndexes(t, db)
}

func healthOf(t *testing.T, path string, opt HealthOptions) map[string]Check {
	t.Helper()
	all := map[string]Check{}
	for _, c := range Health(context.Background(), path, opt) {
		if old, ok := all[c.Name]; !ok || old.State == CheckOK {
			all[c.Name] = c
		}
	}
	return all
}

func TestHealthFindsAndRepairMends(t *testing.T) {
	db, run := openTemp(t)
	fill(t, db, run, 5)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range healthOf(t, db.Path(), HealthOptions{Full: true, MaxAge: 26 * time.Hour, Now: noon.AddDate(0, 0, 1)}) {
		if c.State == CheckFailed {
			t.Errorf("%s: %s", name, c.Message)
		}
	}
	if c := healthOf(t, db.Path(), HealthOptions{MaxAge: time.Hour, Now: noon.AddDate(0, 0, 9)})["freshness"]; c.State != CheckFailed {
		t.Errorf("freshness: %+v", c)
	}
	// By hand: a row that is in no index, and one whose index says something else.
	w, err := Open(context.Background(), db.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, stmt := range []string{
		`INSERT INTO articles (url, canonical_url, source, title, first_seen_at, fetched_at, word_count, content_hash, metadata_hash, run_id, cleaner_version, text)
			VALUES ('u', 'u', 's', 'By hand', '2026-01-01', '2026-01-01', 1, x'', x'', 1, 1, 'handmade')`,
		`PRAGMA foreign_keys = 0`,
		`INSERT INTO doubtful_answers (article_id, url, reason, message, state, first_seen_at, last_seen_at) VALUES (4711, 'u', 'cut', '', 'open', '', '')`,
		`INSERT INTO article_keys VALUES (1, 4711)`,
		`INSERT INTO links (article_id, position, url, anchor, internal) VALUES (4711, 0, 'u', '', 0)`,
	} {
		if _, err := w.conn.ExecContext(context.Background(), stmt); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	if c := healthOf(t, db.Path(), HealthOptions{})["search indexes"]; c.State != CheckFailed {
		t.Errorf("a row that is in no index: %+v", c)
	}
	w, err = Open(context.Background(), db.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Repair(context.Background()); err != nil {
		t.Fatal(err)
	}
	if res, err := w.Search(context.Background(), "handmade", SearchOptions{}); err != nil || len(res.Items) != 1 {
		t.Errorf("not found after the repair: %+v %v", res, err)
	}
	if n := count(t, w, `SELECT count(*) FROM pragma_foreign_key_check`); n > 0 {
		t.Errorf("%d rows whose article is gone are left by the repair", n)
	}
	for _, stmt := range []string{`DROP TRIGGER articles_fts_update`, `UPDATE articles SET text = 'changed behind the index' WHERE id = 2`} {
		if _, err := w.conn.ExecContext(context.Background(), stmt); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	if c := healthOf(t, db.Path(), HealthOptions{Full: true})["search indexes"]; c.State != CheckFailed {
		t.Errorf("an index that says otherwise: %+v", c)
	}
	w, err = Open(context.Background(), db.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Repair(context.Background()); err != nil {
		t.Fatal(err)
	}
	checkIndexes(t, w)
}

func TestRecleanKeepsWhatWas(t *testing.T) {
	db, run := openTemp(t)
	fill(t, db, run, 150)
	noArticle := page("https://host0.example/about", "About", "About us.", noon)
	noArticle.Ending.Class = "not_article"
	put(t, db, run, noArticle)
	cut := errors.New("cut short")
	calls := 0
	clean := func(p RawPage) (*Cleaned, error) {
		if !bytes.HasPrefix(p.Body, []byte("<")) {
			return nil, fmt.Errorf("%s: body is missing", p.URL)
		}
		title := "Title " + p.URL[strings.LastIndex(p.URL, "/")+1:]
		res := page(p.URL, title, "Cleaned again.", p.FetchedAt).Cleaned
		if strings.HasSuffix(p.URL, "/7") {
			res.Article.IsArticle = false
		}
		if strings.HasSuffix(p.URL, "/8") {
			return nil, errors.New("can't be read")
		}
		if strings.HasSuffix(p.URL, "/9") {
			res.Article.Text = "Text 9 of version 1."
			res.Article.WordCount = 5
		}
		return res, nil
	}
	kinds := map[Change]int{}
	report := func(r Recleaned) {
		kinds[r.Change]++
		if r.Err != nil {
			kinds["error"]++
		}
	}
	want := map[Change]int{Changed: 147, Unchanged: 1, NoArticle: 2, New: 1, "error": 1}
	if err := db.Reclean(context.Background(), run, RecleanOptions{Clean: clean, Report: report, DryRun: true}); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("dry run: %v, want %v", kinds, want)
	}
	if n := count(t, db, `SELECT count(*) FROM article_versions WHERE cause = 'reclean'`); n != 0 {
		t.Errorf("a dry run wrote %d versions", n)
	}
	// Cut short after the first batch, then taken up.
	ctx, cancel := context.WithCancelCause(context.Background())
	clear(kinds)
	err := db.Reclean(ctx, run, RecleanOptions{Clean: clean, Report: func(r Recleaned) {
		report(r)
		if calls++; calls == recleanBatch {
			cancel(cut)
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("cut short: %v", err)
	}
	if err := db.Reclean(context.Background(), run, RecleanOptions{Clean: clean, Report: report}); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("in two parts: %v, want %v", kinds, want)
	}
	id, err := db.Find(context.Background(), "https://host1.example/11")
	if err != nil {
		t.Fatal(err)
	}
	h, err := db.History(context.Background(), id)
	if err != nil || len(h) != 3 || h[0].Cause != "publisher" || h[1].Cause != "reclean" || h[2].Text != "Cleaned again." {
		t.Errorf("history: %+v %v", h, err)
	}
	if _, err := db.Find(context.Background(), noArticle.Job.URL); err != nil {
		t.Errorf("the page that became an article: %v", err)
	}
	clear(kinds)
	if err := db.Reclean(context.Background(), run, RecleanOptions{Clean: clean, Report: report}); err != nil {
		t.Fatal(err)
	}
	if kinds[Changed]+kinds[New] != 0 {
		t.Errorf("again: %v, want nothing changed", kinds)
	}
	checkIndexes(t, db)
}

func TestExportGivesAllInOrder(t *testing.T) {
	db, run := openTemp(t)
	fill(t, db, run, 450)
	ids := func(opt ExportOptions) (ids []int64) {
		for a, err := range db.Articles(context.Background(), opt) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, a.ID)
		}
		return ids
	}
	all := ids(ExportOptions{})
	if len(all) != 450 || !slices.IsSorted(all) {
		t.Errorf("%d articles, sorted %v", len(all), slices.IsSorted(all))
	}
	if rest := ids(ExportOptions{SinceID: all[399]}); !slices.Equal(rest, all[400:]) {
		t.Errorf("since the 400th: %v", rest)
	}
	if odd := ids(ExportOptions{Filter: Filter{Sources: []string{"host1.example"}}}); len(odd) != 225 {
		t.Errorf("of one source: %d, want 225", len(odd))
	}
	if found := ids(ExportOptions{Query: "title:17"}); len(found) != 1 {
		t.Errorf("of a query: %v", found)
	}
	var buf bytes.Buffer
	n, last, err := WriteParquet(&buf, db.Articles(context.Background(), ExportOptions{}))
	if err != nil || n != 450 || last != all[449] {
		t.Fatalf("WriteParquet: %d, %d, %v", n, last, err)
	}
	type row struct {
		Title       string     `parquet:"title"`
		Authors     []string   `parquet:"authors,list"`
		PublishedAt *time.Time `parquet:"published_at,optional,timestamp(millisecond)"`
		Text        string     `parquet:"text"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil || len(rows) != 450 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[3]; r.Title != "Title 3" || len(r.Authors) != 1 || r.Authors[0] != "Ada Quill" || !r.PublishedAt.Equal(noon) || r.Text != "Text 3 of version 1." {
		t.Errorf("row: %+v", r)
	}
}

func TestStats(t *testing.T) {
	db, run := openTemp(t)
	fill(t, db, run, 10)
	s, err := db.SourceStats(context.Background(), Filter{}, noon.Add(time.Hour))
	if err != nil || len(s) != 2 || s[0].Articles != 5 || s[0].Changed != 5 || s[0].Last24h != 5 {
		t.Errorf("SourceStats: %+v %v", s, err)
	}
	d, err := db.DayStats(context.Background(), Filter{Sources: []string{"host1.example"}, Since: noon.AddDate(0, 0, -1)})
	if err != nil || len(d) != 1 || d[0].Day != "2026-11-23" || d[0].Articles != 5 {
		t.Errorf("DayStats: %+v %v", d, err)
	}
}

package storage

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestShareLeavesOutWhatIsPrivate: each text of a table that isn't shared has a word that must not be found in the file; what is shared
// is a database that can be searched, shown and crawled into.
func TestShareLeavesOutWhatIsPrivate(t *testing.T) {
	db, run := openTemp(t)
	ctx := context.Background()
	fill(t, db, run, 12)
	ferry := "The ferry came back." + strings.Repeat(" Everybody on the island had waited for it since the end of the long winter.", 6)
	rec := page("https://a.example/noarchive", "Nichts für die Straße", ferry, noon)
	rec.Fetch.NoArchive, rec.Fetch.Body = true, []byte("<p>the Geheimnis raw page</p>")
	rec.Cleaned.Blocks[0].Text = "a Geheimnis comment of a reader"
	put(t, db, run, rec)
	tables, err := texts(ctx, db.read, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		`INSERT INTO frontier (url, fetch_url, host, source, kind, state, found_at, message) VALUES ('https://a.example/Geheimnis', 'https://a.example/Geheimnis', 'Geheimnis.example', 's', 'article', 'waiting', '2026-11-23T12:00:00Z', 'Geheimnis')`,
		`INSERT INTO hubs (frontier_id, format) SELECT id, 'Geheimnis' FROM frontier`,
		`INSERT INTO hosts (host, robots_txt) VALUES ('Geheimnis.example', 'Geheimnis')`,
		`INSERT INTO settings VALUES ('Geheimnis', 'Geheimnis')`,
		`INSERT INTO host_parameters (host, shape, parameter) VALUES ('Geheimnis.example', '/Geheimnis', 'Geheimnis')`,
		`INSERT INTO url_shapes VALUES ('Geheimnis.example', '/Geheimnis', 1, 1)`,
		`INSERT INTO doubtful_answers (article_id, url, reason, message, state, first_seen_at, last_seen_at, text) VALUES (1, 'https://a.example/Geheimnis', 'cut', 'Geheimnis', 'open', '', '', 'Geheimnis')`,
		`UPDATE runs SET arguments = '--proxy Geheimnis', hostname = 'Geheimnis', pid = 4711`,
		`UPDATE pages SET etag = 'Geheimnis', last_modified = 'Geheimnis'`,
		`INSERT INTO sources (source, first_run_at, last_run_at) VALUES ('Geheimnis', '', '')`,
		`INSERT INTO authors (name) VALUES ('Geheimnis author of an article that is gone')`,
	} {
		if _, err := db.conn.ExecContext(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range tables {
		if !slices.Contains(sharedTables, name) && count(t, db, `SELECT count(*) FROM `+name) == 0 {
			t.Errorf("%s has no row that could be shared by mistake", name)
		}
	}
	target := filepath.Join(t.TempDir(), "for others.db")
	if err := db.Share(ctx, target); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	if at := bytes.Index(whole, []byte("Geheimnis")); at >= 0 {
		t.Errorf("what is private is in the file: %q", whole[max(0, at-40):at+40])
	}
	shared, err := Open(ctx, target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	checkIndexes(t, shared)
	for _, name := range tables {
		n := count(t, shared, `SELECT count(*) FROM `+name)
		if is := slices.Contains(sharedTables, name); is != (n > 0) {
			t.Errorf("%d rows of %s, shared: %v", n, name, is)
		}
	}
	if n := count(t, shared, `SELECT freelist_count FROM pragma_freelist_count`); n > 0 {
		t.Errorf("%d unused pages", n)
	}
	for id := int64(1); id <= 13; id++ {
		want, err := db.Article(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		got, err := shared.Article(ctx, id)
		if err != nil || fmt.Sprint(got.Article, got.Markdown, got.Version) != fmt.Sprint(want.Article, want.Markdown, want.Version) {
			t.Errorf("article %d: %v, %v\nwant %v", id, got, err, want)
		}
		history, err := shared.History(ctx, id)
		if before, _ := db.History(ctx, id); err != nil || len(history) != len(before) {
			t.Errorf("article %d: %d versions, %v", id, len(history), err)
		}
	}
	if res, err := shared.Search(ctx, "ferry", SearchOptions{}); err != nil || len(res.Items) != 1 {
		t.Errorf("search: %+v %v", res, err)
	}
	if n, err := shared.WithoutRaw(ctx, RecleanOptions{}); err != nil || n.Total() != 13 {
		t.Errorf("without a raw page: %+v %v", n, err)
	}
	next, err := shared.StartRun(ctx, Run{Command: "crawl"})
	if err != nil {
		t.Fatal(err)
	}
	if s := put(t, shared, next, page("https://a.example/noarchive", "Nichts für die Straße", ferry, noon)); s.Change == New {
		t.Errorf("an article that is there is stored as %s", s.Change)
	}
	for _, c := range Health(ctx, target, HealthOptions{Full: true}) {
		if c.State == CheckFailed {
			t.Errorf("%s: %s", c.Name, c.Message)
		}
	}
	if left, _ := filepath.Glob(filepath.Dir(target) + "/*tmp*"); len(left) > 0 {
		t.Errorf("left behind: %s", strings.Join(left, ", "))
	}
}

func TestReasonsForNoRawPage(t *testing.T) {
	db, run := openTemp(t)
	put(t, db, run, page("https://a.example/1", "One", "With its page.", noon))
	for i, change := range []func(*Record){
		func(r *Record) { r.Fetch.Body = nil },
		func(r *Record) { r.Fetch.Body = nil },
		func(r *Record) { r.Fetch.Body, r.Fetch.RobotsTag = nil, "noarchive" },
		func(r *Record) { r.Fetch.Body, r.Cleaned.RobotsMeta = nil, []string{"index", "nocache"} },
		func(r *Record) { r.Fetch, r.Job.Source = nil, "b" },
	} {
		rec := page(fmt.Sprint("https://a.example/without/", i), fmt.Sprint("Without ", i), fmt.Sprint("Page number ", i), noon.AddDate(0, 0, i))
		change(&rec)
		put(t, db, run, rec)
	}
	rec := page("https://a.example/old", "Old", "Its page is pruned.", noon.AddDate(0, 0, -9))
	rec.Job.Source = "c"
	put(t, db, run, rec)
	if _, err := db.Prune(context.Background(), run, PruneOptions{RawBefore: noon.AddDate(0, 0, -1), KeepVersions: -1}); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		opt  RecleanOptions
		want NoRaw
	}{
		"all":        {RecleanOptions{}, NoRaw{NoArchive: 2, Never: 3, Pruned: 1}},
		"one source": {RecleanOptions{Sources: []string{"b"}}, NoRaw{Never: 1}},
		"since":      {RecleanOptions{Since: noon.AddDate(0, 0, 2)}, NoRaw{NoArchive: 2}},
	} {
		if got, err := db.WithoutRaw(context.Background(), tc.opt); err != nil || got != tc.want {
			t.Errorf("%s: %+v %v, want %+v", name, got, err, tc.want)
		}
	}
}

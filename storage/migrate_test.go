package storage

import (
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// atSchema unpacks a database that the program of an earlier schema wrote: a crawl of a part of the sample site, one of its articles
// cleaned again, and rows in every table. It returns false for the newest schema, which no release may have written yet.
func atSchema(t *testing.T, path string, number int) bool {
	t.Helper()
	packed, err := os.Open(fmt.Sprintf("testdata/schemas/%04d.db.gz", number))
	if errors.Is(err, os.ErrNotExist) && number == SchemaVersion() {
		return false
	}
	if err != nil {
		t.Fatalf("a schema that is not the newest needs a file that was written with it: %v", err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return true
}

// TestEverySchemaMigrates: what every earlier program wrote is brought to the newest schema, with every row as it was.
func TestEverySchemaMigrates(t *testing.T) {
	fresh, _ := openTemp(t)
	want := schemaText(t, fresh)
	ctx := context.Background()
	for number := 1; number <= SchemaVersion(); number++ {
		path := filepath.Join(t.TempDir(), "old.db")
		if !atSchema(t, path, number) {
			continue
		}
		old, err := sql.Open("sqlite3", dsn(path, "mode=ro"))
		if err != nil {
			t.Fatal(err)
		}
		rows := tableRows(t, old, nil)
		old.Close()
		for table, lines := range rows {
			if len(lines) == 1 {
				t.Errorf("schema %d: %s has no row that could be lost", number, table)
			}
		}
		if _, err := OpenReader(ctx, path); number < SchemaVersion() && !errors.Is(err, ErrOlderSchema) {
			t.Errorf("schema %d: a reader gets %v", number, err)
		}
		db, err := Open(ctx, path, Options{})
		if err != nil {
			t.Errorf("schema %d: %v", number, err)
			continue
		}
		defer db.Close()
		if err := db.learnSpellings(ctx, false); err != nil { // beside what does so in the background
			t.Fatal(err)
		}
		db.stopLearning()
		checkIndexes(t, db)
		if got := schemaText(t, db); got != want {
			t.Errorf("schema %d: migrated, it differs from a new database's", number)
		}
		for table, lines := range tableRows(t, db.read, rows) {
			if !slices.Equal(lines, rows[table]) {
				t.Errorf("schema %d: rows of %s are not what they were:\n%s\n%s", number, table, rows[table], lines)
			}
		}
		for _, c := range Health(ctx, path, HealthOptions{Full: true}) {
			if c.State == CheckFailed {
				t.Errorf("schema %d: %s: %s", number, c.Name, c.Message)
			}
		}
		barrier := int64(count(t, db, `SELECT id FROM articles WHERE title LIKE 'Council backs tidal barrier%'`))
		a, err := db.Article(ctx, barrier)
		if err != nil || len(a.Authors) != 2 || a.Version != 2 {
			t.Errorf("schema %d: article %q by %v, version %d, %v", number, a.Title, a.Authors, a.Version, err)
		}
		if h, err := db.History(ctx, barrier); err != nil || len(h) != 2 {
			t.Errorf("schema %d: %d versions, %v", number, len(h), err)
		}
		if res, err := db.Search(ctx, "title:barrier", SearchOptions{}); err != nil || len(res.Items) != 1 {
			t.Errorf("schema %d: %+v %v", number, res, err)
		}
		if res, err := db.Search(ctx, "arrie", SearchOptions{Substring: true}); err != nil || len(res.Items) == 0 {
			t.Errorf("schema %d: of substrings: %+v %v", number, res, err)
		}
		rec := page("https://a.example/new", "Afterwards", "Stored by the program of today.", noon)
		run, err := db.StartRun(ctx, Run{Command: "crawl"})
		if err != nil {
			t.Fatal(err)
		}
		if got := put(t, db, run, rec); got.Change != New {
			t.Errorf("schema %d: storing gives %+v", number, got)
		}
	}
}

// tableRows returns the rows of each table as text, but for the search indexes', the names of its columns first: those that it
// has, or, of a table in like, those that it has there.
func tableRows(t *testing.T, db *sql.DB, like map[string][]string) map[string][]string {
	t.Helper()
	ctx := context.Background()
	names, err := texts(ctx, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'articles_fts%' AND name NOT LIKE 'articles_trigram%' AND name NOT LIKE 'sqlite_%'`)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, name := range names {
		columns, current := "", ""
		if before, ok := like[name]; ok {
			columns = before[0]
			current = columns
			if name == "articles" && !strings.Contains(columns, "page_type_confidence") { // as schema 8 calls it
				current = strings.Replace(columns, "confidence", "page_type_confidence", 1)
			}
		} else if like != nil {
			continue // a new table
		} else {
			list, err := texts(ctx, db, `SELECT name FROM pragma_table_info(?)`, name)
			if err != nil {
				t.Fatal(err)
			}
			columns = strings.Join(list, ", ")
			current = columns
		}
		lines, err := texts(ctx, db, fmt.Sprintf(`SELECT concat_ws('|', %s) FROM %s ORDER BY 1`, "quote("+strings.ReplaceAll(current, ", ", "), quote(")+")", name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = append([]string{columns}, lines...)
	}
	return all
}

func schemaText(t *testing.T, db *Writer) string {
	t.Helper()
	all, err := texts(context.Background(), db.read, `SELECT coalesce(sql, name) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

func TestFilesThatAreNotOursAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	foreign, err := sql.Open("sqlite3", dsn(path("foreign.db")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := foreign.Exec(`CREATE TABLE bookmarks (url)`); err != nil {
		t.Fatal(err)
	}
	foreign.Close()
	atSchema(t, path("newer.db"), 1)
	newer, err := sql.Open("sqlite3", dsn(path("newer.db")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newer.Exec(`PRAGMA user_version = 999`); err != nil {
		t.Fatal(err)
	}
	newer.Close()
	for name, content := range map[string]string{"text.db": strings.Repeat("no database at all\n", 100), "short.db": "x", "empty.db": ""} {
		if err := os.WriteFile(path(name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(path("folder.db"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		write, read error
		says        string
	}{
		"foreign.db":    {ErrNotOurs, ErrNotOurs, "another program's"},
		"newer.db":      {ErrNewerSchema, ErrNewerSchema, "update newsmill; nothing was changed"},
		"text.db":       {ErrNotOurs, ErrNotOurs, "no SQLite file"},
		"short.db":      {ErrNotOurs, ErrNotOurs, ""},
		"folder.db":     {ErrNotOurs, ErrNotOurs, "it is a folder"},
		"nowhere/x.db":  {ErrMissing, ErrMissing, ""},
		"missing.db":    {nil, ErrMissing, "run newsmill crawl first"},
		"empty.db":      {nil, ErrMissing, "it is empty"},
		"a?b#c%20d.db":  {nil, ErrMissing, ""},
		"file:x.db":     {nil, ErrMissing, ""},
		" sp ace\".db":  {nil, ErrMissing, ""},
		"日本語のデータベース.db": {nil, ErrMissing, ""},
	} {
		before, _ := os.ReadFile(path(name))
		_, err := OpenReader(context.Background(), path(name))
		if !errors.Is(err, tc.read) || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("read %s: got %v, want %v", name, err, tc.read)
		}
		db, err := Open(context.Background(), path(name), Options{})
		if !errors.Is(err, tc.write) {
			t.Errorf("write %s: got %v, want %v", name, err, tc.write)
		}
		if err == nil {
			db.Close()
			if !exists(path(name)) {
				t.Errorf("write %s: another file was made", name)
			}
			r, err := OpenReader(context.Background(), path(name))
			if err != nil {
				t.Errorf("read %s once it is made: %v", name, err)
				continue
			}
			if _, err := r.List(context.Background(), Filter{}, ByDate, 10, 0); err != nil {
				t.Errorf("list %s: %v", name, err)
			}
			r.Close()
		} else if after, _ := os.ReadFile(path(name)); string(after) != string(before) {
			t.Errorf("write %s: refused, but changed", name)
		}
	}
}

func TestReadOnlyFolderCanBeRead(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root can write everywhere")
	}
	db, run := openTemp(t)
	fill(t, db, run, 3)
	dir := filepath.Dir(db.Path())
	db.Close()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(dir, 0o755) }()
	r, err := OpenReader(context.Background(), db.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := r.Count(context.Background(), Filter{}); err != nil || n != 3 {
		t.Errorf("%d articles, %v", n, err)
	}
	if _, err := Open(context.Background(), db.Path(), Options{}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("to write: %v", err)
	}
}

func TestDamagedPagesGiveAnErrorAndNoPanic(t *testing.T) {
	db, run := openTemp(t)
	fill(t, db, run, 40)
	db.Close()
	whole, err := os.ReadFile(db.Path())
	if err != nil {
		t.Fatal(err)
	}
	noticed := 0
	for i := range 40 {
		b := append([]byte{}, whole...)
		at := 8192 + (len(b)-8192)/40*i
		copy(b[at:min(len(b), at+3000)], strings.Repeat("\xa5damage", 500))
		path := filepath.Join(t.TempDir(), "damaged.db")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, c := range Health(context.Background(), path, HealthOptions{Full: true}) {
			if c.State == CheckFailed {
				noticed++
				break
			}
		}
		w, err := Open(context.Background(), path, Options{})
		if err != nil {
			continue
		}
		for i := range 5 {
			_, _ = w.Put(context.Background(), 1, page(fmt.Sprint("https://a.example/", i), "T", fmt.Sprint("Text ", i), noon))
		}
		_, _ = w.Search(context.Background(), "text", SearchOptions{})
		_, _ = w.List(context.Background(), Filter{}, ByDate, 10, 0)
		w.Close()
	}
	if noticed < 15 { // the rest hits pages that are empty
		t.Errorf("%d of 40 damaged files were noticed", noticed)
	}
}

// Readers have another SQLite than ours: Debian's of 2022, Python's.
func TestOldShellReadsEverything(t *testing.T) {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("no sqlite3 shell: apt-get install sqlite3")
	}
	db, run := openTemp(t)
	fill(t, db, run, 10)
	put(t, db, run, page("https://zh.example/1", "北京大学", "北京大学举行开学典礼。", noon))
	names, err := texts(context.Background(), db.read, `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'`)
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, n := range names {
		fmt.Fprintf(&script, "SELECT * FROM %s;\n", n)
	}
	script.WriteString(`SELECT 'found ' || count(*) FROM articles_fts WHERE articles_fts MATCH 'version';
SELECT 'substring ' || count(*) FROM articles_trigram WHERE text LIKE '%京大学%';
PRAGMA integrity_check;
`)
	cmd := exec.Command(shell, "-readonly", "-bail", db.Path())
	cmd.Stdin = strings.NewReader(script.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"found 10", "substring 1", "ok"} {
		if !strings.Contains(string(out), want+"\n") {
			t.Errorf("no %q in %s", want, out)
		}
	}
}

// TestDocumentedQueriesRun runs every query of docs/database.md and docs/search.md.
func TestDocumentedQueriesRun(t *testing.T) {
	var doc []byte
	for _, name := range []string{"database.md", "search.md"} {
		text, err := os.ReadFile("../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		doc = append(doc, text...)
	}
	db, run := openTemp(t)
	fill(t, db, run, 5)
	parts := strings.Split(string(doc), "```sql\n")[1:]
	if len(parts) < 10 {
		t.Errorf("%d queries found", len(parts))
	}
	for _, part := range parts {
		query, _, _ := strings.Cut(part, "```")
		rows, err := db.read.Query(query)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Close()
		}
		if err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
	for _, table := range []string{"articles", "article_versions", "removed_blocks", "stories", "hubs", "runs"} {
		if !strings.Contains(string(doc), "`"+table+"`") {
			t.Errorf("%s is not described", table)
		}
	}
}

// FuzzDatabase damages a database: whatever is in the file, no panic and no hang, neither reading nor writing.
func FuzzDatabase(f *testing.F) {
	db, run := openTemp(f)
	fill(f, db, run, 12)
	db.Close()
	whole, err := os.ReadFile(db.Path())
	if err != nil {
		f.Fatal(err)
	}
	for i := range 40 {
		f.Add(uint32(len(whole)/40*i), []byte("\x00\xff\x05damage"), uint32(i))
	}
	f.Fuzz(func(t *testing.T, at uint32, damage []byte, every uint32) {
		b := append([]byte{}, whole...)
		for i := int(at) % len(b); i < len(b); i += int(every%100_000) + 4096 {
			copy(b[i:], damage)
		}
		path := filepath.Join(t.TempDir(), "damaged.db")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		Health(ctx, path, HealthOptions{Full: true})
		db, err := Open(ctx, path, Options{})
		if err != nil {
			return
		}
		defer db.Close()
		_, _ = db.Search(ctx, "text OR 北京", SearchOptions{})
		_, _ = db.List(ctx, Filter{Unique: true}, ByDate, 10, 0)
		for id := range int64(12) {
			_, _ = db.Article(ctx, id)
			_, _ = db.History(ctx, id)
			_, _ = db.Removed(ctx, id)
			_, _ = db.Body(ctx, id)
		}
		_, _ = db.Put(ctx, 1, page("https://host0.example/1", "T", "Other text", noon))
		_, _ = db.Prune(ctx, 1, PruneOptions{RawBefore: noon, KeepVersions: 0})
		_, _ = db.Repair(ctx)
	})
}

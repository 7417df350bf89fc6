package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/storage"
)

// troubled are databases that no command can use as they should be, with what must be said of each.
var troubled = map[string]struct {
	make          func(t *testing.T, path string)
	reading, says string // exit code of commands that read, and what they say
	writing       string // exit code of those that write
	leftAlone     bool   // not a byte may change
}{
	"missing":           {func(*testing.T, string) {}, "3", "no such database", "3", true},
	"in missing folder": {nil, "3", "no such database", "3", true},
	"a folder":          {func(t *testing.T, path string) { mustDo(t, os.Mkdir(path, 0o755)) }, "2", "it is a folder", "2", true},
	"text":              {func(t *testing.T, path string) { mustWrite(t, path, strings.Repeat("no database\n", 500)) }, "2", "not a newsmill database", "2", true},
	"short":             {func(t *testing.T, path string) { mustWrite(t, path, "SQLite format 3\x00") }, "2", "not a newsmill database", "2", true},
	"another program's": {func(t *testing.T, path string) { inDatabase(t, path, `CREATE TABLE bookmarks (url)`) }, "2", "another program's", "2", true},
	"newer": {func(t *testing.T, path string) {
		filled(t, path)
		inDatabase(t, path, `PRAGMA user_version = 999`)
	}, "2", "written by a newer newsmill", "2", true},
	"unreadable": {func(t *testing.T, path string) {
		if os.Geteuid() == 0 {
			t.Skip("root may read everything")
		}
		filled(t, path)
		mustDo(t, os.Chmod(path, 0))
	}, "3", "permission", "3", true},
	"read-only": {func(t *testing.T, path string) {
		if os.Geteuid() == 0 {
			t.Skip("root may write everything")
		}
		filled(t, path)
		mustDo(t, os.Chmod(path, 0o444))
	}, "0", "", "3", true},
	"damaged pages": {func(t *testing.T, path string) {
		filled(t, path)
		b, err := os.ReadFile(path)
		mustDo(t, err)
		for at := 8192; at+8192 <= len(b); at += 8192 {
			copy(b[at:], bytes.Repeat([]byte{0xff, 0x05, 0}, 40))
		}
		mustWrite(t, path, string(b))
	}, "3", "damaged", "3", false},
	"cut short": {func(t *testing.T, path string) {
		filled(t, path)
		b, err := os.ReadFile(path)
		mustDo(t, err)
		mustWrite(t, path, string(b[:len(b)/3]))
	}, "3", "damaged", "3", false},
}

// TestTroubledDatabases runs every command on each of them: one clear line, the right exit code, nothing made worse.
func TestTroubledDatabases(t *testing.T) {
	reading := []string{
		"list", "list --format csv", "search ferry", "show 1", "show 1 --history", "show 1 --removed", "stats", "stats --by-day", "stats --html -", "errors", "errors --summary", "runs",
		"export -", "export --format csv -", "backup copy.db", "datasette-metadata", "prune --keep-versions 0 --dry-run", "vacuum --dry-run",
	}
	writing := []string{"prune --keep-versions 0", "vacuum", "reclean", "reclean --dry-run", "doctor --repair"}
	for name, db := range troubled {
		t.Run(name, func(t *testing.T) {
			for _, command := range append(append([]string{"doctor", "doctor --full"}, reading...), writing...) {
				dir := t.TempDir()
				t.Chdir(dir)
				path := filepath.Join(dir, "news.db")
				if db.make == nil {
					path = filepath.Join(dir, "nowhere", "news.db")
				} else {
					db.make(t, path)
				}
				before, _ := os.ReadFile(path)
				var out, errors strings.Builder
				code := fmt.Sprint(run(context.Background(), append(strings.Fields(command), "--db", path, "--quiet"), strings.NewReader(""), &out, &errors))
				want, said := db.reading, errors.String()
				switch {
				case contains(writing, command):
					want = db.writing
				case strings.HasPrefix(command, "doctor"): // says what it finds as a check
					if want != "0" && db.says != "no such database" {
						want = "1"
					}
					said = out.String()
				}
				// Damage may lie beside what a command reads.
				if code != want && !(db.says == "damaged" && code == "0") {
					t.Errorf("newsmill %s ended with %s, want %s: %s%s", command, code, want, out.String(), errors.String())
				}
				if lines := strings.Count(errors.String(), "\n"); lines > 1 || strings.Contains(errors.String(), "goroutine") {
					t.Errorf("newsmill %s says more than a line: %s", command, errors.String())
				}
				if code != "0" && want == db.reading && !strings.Contains(said, db.says) {
					t.Errorf("newsmill %s says %q, not %q", command, said, db.says)
				}
				if after, _ := os.ReadFile(path); db.leftAlone && !bytes.Equal(before, after) {
					t.Errorf("newsmill %s changed the file", command)
				}
				if _, err := os.Stat("copy.db"); err == nil && code != "0" {
					t.Errorf("newsmill %s left half a copy", command)
				}
			}
		})
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// filled makes a database with an article in it, and no log beside it.
func filled(t *testing.T, path string) {
	t.Helper()
	storeOne(t, path, "https://a.example/ferry", "Ferry returns")
	inDatabase(t, path, `PRAGMA journal_mode = DELETE`)
}

func inDatabase(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	mustDo(t, err)
	defer db.Close()
	_, err = db.Exec(statement)
	mustDo(t, err)
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustWrite(t *testing.T, path, text string) {
	t.Helper()
	mustDo(t, os.WriteFile(path, []byte(text), 0o644))
}

// storeOne makes a database of two articles, of which one has this address and both this title.
func storeOne(t *testing.T, path, address, title string) {
	t.Helper()
	ctx := context.Background()
	db, err := storage.Open(ctx, path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	id, err := db.StartRun(ctx, storage.Run{Command: "crawl", Version: "test", StartedAt: at})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{"https://other.example/1", address} {
		if u == "" {
			u = "https://other.example/2"
		}
		if _, err := db.Put(ctx, id, storage.Record{
			Job:     storage.Job{URL: u, Host: u, Source: u, Kind: storage.ArticleJob},
			Ending:  storage.Ending{State: storage.JobDone, Class: "stored", Message: title},
			Fetch:   &storage.Fetch{URL: u, FinalURL: u, Host: u, FetchedAt: at, Status: 200},
			Cleaned: &storage.Cleaned{Version: cleaner.Version, Article: article.Article{URL: u, CanonicalURL: u, Title: title, Section: title, Language: title, Text: title + " of " + u, PageType: article.PageArticle, IsArticle: true, WordCount: 9}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.FinishRun(ctx, id, 0, at, storage.RunCounts{}); err != nil {
		t.Fatal(err)
	}
}

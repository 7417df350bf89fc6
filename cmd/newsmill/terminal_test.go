//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/storage"
)

// hostile is what a page may put where a title or an address belongs: a new window title, cleared screens by both
// kinds of escape, a link to elsewhere, a bell, backspaces, a turned direction of writing, a fake line.
const hostile = "A\x1b]0;owned\x07B\x1b[2JC\u009b2JD\x1b]8;;https://evil.example\x1b\\E\a\b\bF\u202eG\u2066H\rI\x7fJ\x1bcK\nL"

// TestNothingHostileReachesATerminal runs the reading commands on a terminal, over a database in which every text is hostile:
// but for colours and links of ours, no control character comes out.
func TestNothingHostileReachesATerminal(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	hostileDatabase(t, "news.db")
	page := "<html><title>" + hostile + "</title><body><article><h1>" + hostile + "</h1><p>" + strings.Repeat(hostile+" and more words, ", 40) + "</p></article></body></html>"
	if err := os.WriteFile("page.html", []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	commands := []string{
		"list", "list --format csv", "list --json", "list --format jsonl", "search words", "search words --format csv", "search words --json", "search " + hostile,
		"show 1", "show 1 --format text", "show 1 --format markdown", "show 1 --format html", "show 1 --json", "show 1 --removed", "show 1 --removed --json",
		"show 1 --history", "show 1 --diff", "show " + hostile, "stats", "stats --by-day", "stats --json", "errors", "errors --format csv", "errors --summary",
		"runs", "runs --json", "doctor", "doctor --max-age 1s", "doctor --full", "export -", "export --format csv -", "sources list", "reclean --dry-run", "reclean --dry-run --diff",
		"clean page.html", "clean --format json page.html", "clean --format markdown page.html", "clean --removed page.html", "clean --explain page.html",
		"list --source " + hostile, "list --db " + hostile, "export --query words --format jsonl", "datasette-metadata", "prune --keep-versions 0 --dry-run", "vacuum --dry-run",
	}
	for _, color := range []string{"never", "always"} {
		for _, command := range commands {
			args := strings.Fields(command)
			if i := strings.Index(command, hostile); i >= 0 {
				args = append(strings.Fields(command[:i]), hostile)
			}
			out := onTerminal(t, append(args, "--color", color))
			if left := unexpectedControls(out, color == "always"); left != "" {
				t.Errorf("newsmill %q with --color %s prints %s", args, color, left)
			}
			if strings.TrimSpace(out) == "" {
				t.Errorf("newsmill %q prints nothing", args)
			}
		}
	}
}

// ours are the escape codes that we write: colours, and links to an address without control characters.
var ours = regexp.MustCompile("\x1b\\[[0-9;]*m|\x1b\\]8;;[^\x00-\x1f\x7f]*\x1b\\\\")

// unexpectedControls quotes what surrounds the first control character that we don't write.
func unexpectedControls(out string, colored bool) string {
	out = strings.ReplaceAll(out, "\r\n", "\n") // as terminals have it
	if colored {
		out = ours.ReplaceAllString(out, "")
	}
	for i, r := range out {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\u202e' || r == '\u2066' {
			return fmt.Sprintf("%q", out[max(0, i-20):min(len(out), i+20)])
		}
	}
	return ""
}

// onTerminal runs a command with all streams on a new terminal, and returns what it printed.
func onTerminal(t *testing.T, args []string) string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	defer master.Close()
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 10_000, Col: 100}); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	printed := make(chan string)
	go func() {
		b, _ := io.ReadAll(master) // ends with EIO when the other side is closed
		printed <- string(b)
	}()
	run(context.Background(), args, strings.NewReader(""), tty, tty)
	tty.Close()
	return <-printed
}

// hostileDatabase makes a database of one article with two versions, a failed address and a run, in which every text that a
// site can choose is hostile.
func hostileDatabase(t *testing.T, path string) {
	t.Helper()
	ctx := context.Background()
	db, err := storage.Open(ctx, path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	id, err := db.StartRun(ctx, storage.Run{Command: "crawl", Arguments: "crawl " + hostile, Version: "test", StartedAt: at})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat(hostile+" some more words of it. ", 30)
	for version := range 2 {
		url := "https://a.example/" + hostile
		art := article.Article{
			URL: url, CanonicalURL: url, SiteName: hostile, Title: hostile, Byline: hostile, Authors: []article.Person{{Name: hostile, Role: hostile}}, Language: hostile,
			Section: hostile, Tags: []string{hostile}, Description: hostile, Dateline: hostile, Image: &article.Image{URL: url, Caption: hostile}, EditorsNote: hostile + " note",
			Corrections: []string{hostile + " correction"}, SignOff: hostile, AuthorBio: hostile, AISummary: hostile, PageType: article.PageArticle, IsArticle: true,
			Text: fmt.Sprintf("%s Version %d. %s", text, version, hostile), WordCount: 100, Paywall: article.Paywall{Closed: true, Evidence: hostile},
			Body: []article.Node{
				{Kind: article.HeadingNode, Text: hostile, Level: 2},
				{Kind: article.ParagraphNode, Text: fmt.Sprint(text, " Version ", version), Spans: []article.Span{{Kind: article.LinkSpan, End: 9, URL: url}}},
				{Kind: article.PreformattedNode, Text: hostile},
				{Kind: article.TableNode, Header: true, Rows: [][]article.Node{{{Text: hostile}}, {{Text: hostile}}}},
			},
		}
		result := &storage.Cleaned{Article: art, Version: cleaner.Version, Blocks: []article.Block{{Text: hostile, Label: article.Navigation, Reason: hostile}}}
		stored, err := db.Put(ctx, id, storage.Record{
			Job:     storage.Job{URL: url, Host: "a.example", Source: hostile, Kind: storage.ArticleJob},
			Ending:  storage.Ending{State: storage.JobDone, Class: "stored"},
			Fetch:   &storage.Fetch{URL: url, FinalURL: url, Host: "a.example", FetchedAt: at.Add(time.Duration(version) * time.Hour), Status: 200, ContentType: hostile, Body: []byte("<p>" + text)},
			Cleaned: result,
		})
		if err != nil || stored.ArticleID != 1 {
			t.Fatalf("%+v %v", stored, err)
		}
	}
	if _, err := db.Put(ctx, id, storage.Record{
		Job:    storage.Job{URL: "https://b.example/" + hostile, Host: "b.example", Source: hostile, Kind: storage.ArticleJob},
		Ending: storage.Ending{State: storage.JobFailed, Class: "http_4xx", Message: hostile},
		Fetch:  &storage.Fetch{URL: "https://b.example/" + hostile, FinalURL: hostile, Host: "b.example", FetchedAt: at, Status: 404},
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.FinishRun(ctx, id, 1, at, storage.RunCounts{}); err != nil {
		t.Fatal(err)
	}
}

// FuzzURL: whatever stands where an address belongs, typed or stored, nothing panics, SQL stays SQL, no control character
// reaches a terminal, and no file is written but in the folder that an export names.
func FuzzURL(f *testing.F) {
	for _, u := range []string{
		"https://a.example/b", "https://a.example/" + hostile, "../../../etc/passwd", "https://a.example/../../x", "file:///etc/passwd", "javascript:alert(1)", "'; DROP TABLE articles; --",
		"https://[::1]:99999/", "http://a.example:80/%2e%2e/%00", "\x00", "", "?", "//", "https://xn--/", "https://ä.example/ö?ü#ß", "/", "NUL", "con.txt", strings.Repeat("a/", 500), "https://a.example/\xff",
		"http://user:secret@a.example/", "1", "-1", "9223372036854775808",
	} {
		f.Add(u, u)
	}
	dir := f.TempDir()
	n := 0
	// Making a database costs ten times as much as copying one.
	empty := filepath.Join(dir, "empty.db")
	db, err := storage.Open(context.Background(), empty, storage.Options{})
	if err != nil {
		f.Fatal(err)
	}
	db.Close()
	fresh, err := os.ReadFile(empty)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address, title string) {
		n++
		work := filepath.Join(dir, fmt.Sprint(os.Getpid(), "-", n))
		if err := os.MkdirAll(filepath.Join(work, "in"), 0o755); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(work)
		path := filepath.Join(work, "in", "news.db")
		if err := os.WriteFile(path, fresh, 0o644); err != nil {
			t.Fatal(err)
		}
		storeOne(t, path, address, title)
		folder := filepath.Join(work, "in", "out")
		for _, args := range [][]string{
			{"show", "--", address},
			{"show", "--format", "markdown", "1"},
			{"list", "--format", "csv"},
			{"search", "--", address},
			{"errors"},
			{"stats", "--html", filepath.Join(work, "in", "stats.html")},
			{"export", "--format", "markdown", folder},
			{"export", "--format", "txt", folder},
			{"list", "--source", address},
			{"sources", "show", "--", address},
		} {
			var out strings.Builder
			code := run(context.Background(), append([]string{"--db", path, "--color", "never"}, args...), strings.NewReader(""), &out, &out)
			if strings.Contains(out.String(), "internal error") || strings.Contains(out.String(), "SQL logic error") || code == exitUsage && args[0] != "sources" {
				t.Fatalf("newsmill %q ended with %d: %s", args, code, out.String())
			}
		}
		if entries, err := os.ReadDir(work); err != nil || len(entries) != 1 {
			t.Fatalf("files outside: %v %v", entries, err)
		}
		for _, entry := range mustReadDir(t, folder) {
			if name := entry.Name(); entry.IsDir() || strings.HasPrefix(name, ".") || unexpectedControls(name, false) != "" {
				t.Fatalf("an odd name: %q", name)
			}
		}
		if got := storedTitles(t, path); got != 2 {
			t.Fatalf("%d articles are left of 2", got)
		}
	})
}

func mustReadDir(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func storedTitles(t *testing.T, path string) int {
	t.Helper()
	db, err := storage.OpenReader(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n, err := db.Count(context.Background(), storage.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

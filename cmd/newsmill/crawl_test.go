package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"newsmill/scraper"
)

// newsmill runs the program and returns what it says.
func newsmill(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "newsmill", args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("newsmill %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), errs.String()
}

func TestSecondCrawlAsksForNothingAndAgainAsksForAll(t *testing.T) {
	address, requests := serveSlowly(t)
	db := filepath.Join(t.TempDir(), "news.db")
	metrics := filepath.Join(t.TempDir(), "newsmill.prom")
	crawl := func(more ...string) {
		newsmill(t, append([]string{"crawl", "--db", db, "--quiet", "--allow-private", "--delay", "0", "--metrics", metrics, address}, more...)...)
	}
	crawl()
	first := articlesIn(t, db)
	asked := requests.Load()
	if len(first) < 24 {
		t.Errorf("the first run stores %d of 24 articles", len(first))
	}
	text, err := os.ReadFile(metrics)
	if err != nil || !strings.Contains(string(text), "newsmill_last_run_articles{change=\"new\"} ") || !strings.HasSuffix(string(text), "# EOF\n") {
		t.Errorf("metrics: %v\n%s", err, text)
	}

	requests.Store(0)
	crawl()
	if n := requests.Load(); n != 0 {
		t.Errorf("a second run right after makes %d requests, want none", n)
	}

	requests.Store(0)
	crawl("--again")
	if n := requests.Load(); n < asked/2 {
		t.Errorf("--again makes %d requests, the first run made %d", n, asked)
	}
	if again := articlesIn(t, db); strings.Join(again, "\n") != strings.Join(first, "\n") {
		t.Errorf("--again changed what did not change:\n%s\nwas\n%s", strings.Join(again, "\n"), strings.Join(first, "\n"))
	}
}

func TestScrapePrintsAndStores(t *testing.T) {
	address, _ := serveSlowly(t)
	db := filepath.Join(t.TempDir(), "news.db")
	page := address + "en/2026/11/17/shared-fisheries-table.html"
	net := []string{"--db", db, "--allow-private", "--delay", "0"}
	text, _ := newsmill(t, append([]string{"scrape", page}, net...)...)
	if len(strings.Fields(text)) < 150 {
		t.Errorf("scrape prints %q", text)
	}
	if got := articlesIn(t, db); len(got) != 1 || !strings.HasPrefix(got[0], page+" v1 ") {
		t.Errorf("scrape stores %q", got)
	}
	out, _ := newsmill(t, append([]string{"scrape", "--no-store", "--format", "json", page}, net...)...)
	var rec struct{ Title, Text string }
	if err := json.Unmarshal([]byte(out), &rec); err != nil || rec.Title == "" || strings.TrimSpace(text) != rec.Text {
		t.Errorf("--format json: %v, %+v", err, rec)
	}
	if _, note := newsmill(t, append([]string{"scrape", address}, net...)...); !strings.Contains(note, "no article, so not stored") {
		t.Errorf("a home page is scraped with the note %q", note)
	}
	if got := articlesIn(t, db); len(got) != 1 {
		t.Errorf("after scraping what is no article there are %q", got)
	}
}

func TestSourcesCheckTellsWhatAnswers(t *testing.T) {
	address, _ := serveSlowly(t)
	out, _ := newsmill(t, "sources", "check", "--allow-private", "--delay", "0", "--format", "jsonl", address)
	kinds := map[string]int{}
	for line := range strings.Lines(out) {
		var h struct {
			Kind, Class string
			Entries     int
		}
		if err := json.Unmarshal([]byte(line), &h); err != nil || h.Class != "read" {
			t.Errorf("%s: %v", line, err)
		}
		if h.Entries > 0 {
			kinds[h.Kind]++
		}
	}
	if kinds["section"] == 0 || kinds["sitemap"] == 0 {
		t.Errorf("check finds %v:\n%s", kinds, out)
	}
}

func TestProgressSaysHowLongItTakes(t *testing.T) {
	s := scraper.Stats{Fetched: 120, Stored: 80, Changed: 2, Failed: 1, HostsActive: 3, HostsWaiting: 9, Elapsed: time.Minute}
	const begins = "1m0s  120 requests, 2.0/s  80 new, 2 changed, 1 failed  hosts: 3 asked, 9 waiting"
	for _, c := range []struct {
		left     int
		timeLeft time.Duration
		want     string
	}{
		{0, 0, begins},
		{40, 0, begins + "  40 left"},
		{40, 19500 * time.Millisecond, begins + "  40 left, about 20 s"},
		{4000, 33*time.Minute + 10*time.Second, begins + "  4000 left, about 33 min"},
		{400_000, 55 * time.Hour, begins + "  400000 left, about 2 days"},
	} {
		s.Left, s.TimeLeft = c.left, c.timeLeft
		if got := progressText(s); got != c.want {
			t.Errorf("%d left, %s: %q, want %q", c.left, c.timeLeft, got, c.want)
		}
	}
}

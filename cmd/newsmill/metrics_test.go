package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"newsmill/scraper"
	"newsmill/storage"
)

func TestMetricsKeepTheLastRunWhileTheNextLasts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "newsmill.prom")
	now := time.Date(2026, 11, 17, 3, 0, 0, 0, time.UTC)
	metricsFileOf := func(name string) *metricsFile {
		t.Helper()
		m, err := (&app{}).newMetricsFile(name, false)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if err := metricsFileOf(name).finish(scraper.Stats{Fetched: 40, Stored: 30, Elapsed: 90 * time.Second, Classes: map[string]int{"timeout": 5, "alias": 3}},
		storage.RunOutcome{Classes: []storage.ClassCount{{Class: "timeout", Count: 2}}}, []storage.SourceHealth{
			{Source: "harbour-post", Articles: 30, Newest: now.Add(-time.Hour), AnsweredAt: now, Failed: 2, Requests: 40, Runs: 2}, {Source: "a\"b\\c\nü"},
		}, 1, now); err != nil {
		t.Fatal(err)
	}
	wantMetrics(t, name, "last_run_timestamp_seconds 1794884400", "last_run_duration_seconds 90", "last_run_exit_code 1", "last_run_requests 40",
		`last_run_articles{change="new"} 30`, `last_run_endings{class="timeout"} 2`, `last_run_endings{class="alias"} 3`, "running 0",
		`source_last_article_timestamp_seconds{source="harbour-post"} 1794880800`, `source_last_success_timestamp_seconds{source="harbour-post"} 1794884400`,
		`source_articles{source="harbour-post"} 30`, `source_failures{source="harbour-post"} 2`, `source_requests{source="harbour-post"} 40`,
		`source_crawls{source="harbour-post"} 2`, `source_last_article_timestamp_seconds{source="a\"b\\c\nü"} 0`)

	m := metricsFileOf(name)
	m.show(scraper.Stats{Fetched: 7, Changed: 3, HostsActive: 2, HostsWaiting: 5}, now, slog.Default())
	m.show(scraper.Stats{Fetched: 8}, now.Add(time.Second), slog.Default()) // too soon
	wantMetrics(t, name, "running 1", "run_requests 7", `run_articles{change="changed"} 3`, `run_hosts{state="asked"} 2`, `run_hosts{state="waiting"} 5`,
		"last_run_timestamp_seconds 1794884400", `last_run_endings{class="timeout"} 2`, `source_articles{source="harbour-post"} 30`)
	m.show(scraper.Stats{Fetched: 9}, now.Add(metricsEvery), slog.Default())
	wantMetrics(t, name, "run_requests 9", "last_run_requests 40")

	if _, err := (&app{}).newMetricsFile(filepath.Join(name, "below-a-file"), false); err == nil {
		t.Error("a file that can't be written is no error")
	}
}

// wantMetrics checks that the file has the lines (without "newsmill_"), each family once and with its type before.
func wantMetrics(t *testing.T, name string, lines ...string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	if !strings.HasSuffix(text, "\n# EOF\n") || strings.Count(text, "# EOF") != 1 {
		t.Errorf("no end, or two:\n%s", text)
	}
	for _, l := range lines {
		if !strings.Contains(text, "\nnewsmill_"+l+"\n") {
			t.Errorf("no line %q in\n%s", l, text)
		}
	}
	typed := map[string]bool{}
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			family, _, _ := strings.Cut(rest, " ")
			if typed[family] {
				t.Errorf("%s comes twice", family)
			}
			typed[family] = true
		} else if !strings.HasPrefix(line, "#") {
			family, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			family, _, _ = strings.Cut(family, "{")
			if !typed[family] {
				t.Errorf("%s has no type", family)
			}
		}
	}
}

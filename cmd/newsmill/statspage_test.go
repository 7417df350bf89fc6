package main

import (
	"strings"
	"testing"
	"time"

	"newsmill/storage"
)

// TestSpanOfPlots: what the plots show for what is there and what is asked for.
func TestSpanOfPlots(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, tc := range map[string]struct {
		articles     string // days with articles
		since, until string
		from, to     string
		step, bars   int
	}{
		"nothing":                        {"", "", "", "2026-10-26", "2026-11-24", 1, 30},
		"the last thirty days":           {"2026-01-01 2026-11-20", "", "", "2026-10-26", "2026-11-24", 1, 30},
		"only old articles":              {"2026-01-01 2026-07-12", "", "", "2026-06-13", "2026-07-12", 1, 30},
		"dates in the future don't":      {"2026-07-12 2027-01-01", "", "", "2026-06-13", "2026-07-12", 1, 30},
		"since before there was any":     {"2026-11-01 2026-11-24", "2020-01-01", "", "2026-11-01", "2026-11-24", 1, 24},
		"until":                          {"2026-11-01 2026-11-24", "2026-11-01", "2026-11-11", "2026-11-01", "2026-11-10", 1, 10},
		"half a year is weeks":           {"2026-05-01 2026-11-24", "2026-01-01", "", "2026-05-01", "2026-11-24", 7, 30},
		"ten years are months":           {"2016-11-24 2026-11-24", "2010-01-01", "", "2016-11-24", "2026-11-24", 30, 122},
		"until before there was any":     {"2026-11-20", "", "2026-01-01", "2025-12-02", "2025-12-31", 1, 30},
		"since after there was any more": {"2026-01-01", "2026-11-20", "", "2026-11-20", "2026-11-24", 1, 5},
	} {
		var days []storage.DayStats
		for _, d := range strings.Fields(tc.articles) {
			days = append(days, storage.DayStats{Day: d, Source: "a", Articles: 1})
		}
		var f storage.Filter
		if tc.since != "" {
			f.Since = day(tc.since)
		}
		if tc.until != "" {
			f.Until = day(tc.until)
		}
		s := spanOf(days, f, now)
		if got := s.from.Format(time.DateOnly) + " " + s.to.Format(time.DateOnly); got != tc.from+" "+tc.to || s.step != tc.step || s.steps() != tc.bars {
			t.Errorf("%s: got %s, %d steps of %d days; want %s %s, %d of %d", name, got, s.steps(), s.step, tc.from, tc.to, tc.bars, tc.step)
		}
	}
}

func TestNiceCeiling(t *testing.T) {
	for n, want := range map[int][2]int{0: {1, 1}, 1: {1, 1}, 4: {4, 1}, 6: {6, 2}, 11: {15, 5}, 210: {250, 50}, 1460: {1500, 500}} {
		if ceiling, step := niceCeiling(n, 5); ceiling != want[0] || step != want[1] {
			t.Errorf("%d: got %d by %d, want %d by %d", n, ceiling, step, want[0], want[1])
		}
	}
}

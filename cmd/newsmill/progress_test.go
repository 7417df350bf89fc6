package main

import (
	"testing"
	"time"

	"newsmill/scraper"
)

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

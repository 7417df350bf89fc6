package scraper

import (
	"testing"
	"time"
)

func TestRetriesWaitLongerEachTimeUnlessTheServerSaysWhen(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		attempts int
		asked    time.Duration
		least    time.Duration
		most     time.Duration // with the jitter, rounded up
	}{
		{1, 0, 5 * time.Second, 8 * time.Second},
		{2, 0, 30 * time.Second, 45 * time.Second},
		{3, 0, 10 * time.Minute, 15 * time.Minute},
		{3, 2 * time.Second, 5 * time.Second, 8 * time.Second},
		{4, time.Minute, time.Minute, time.Minute},
		{5, 2 * time.Second, 24 * time.Hour, 36 * time.Hour},
		{1, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour},
	} {
		for range 20 {
			if got := retryAt(c.attempts, c.asked, now).Sub(now); got < c.least || got > c.most {
				t.Errorf("failure %d, asked to wait %v: %v, want %v to %v", c.attempts, c.asked, got, c.least, c.most)
			}
		}
	}
	if at := retryAt(6, 0, now); !at.IsZero() {
		t.Errorf("the sixth failure: tried again at %v", at)
	}
}

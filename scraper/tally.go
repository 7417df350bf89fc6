package scraper

import (
	"sync"
	"sync/atomic"
	"time"

	"newsmill/storage"
)

// tally counts what a run did. It is safe for concurrent use.
type tally struct {
	now   func() time.Time
	start time.Time
	asked atomic.Int64 // requests, robots.txt apart

	mu    sync.Mutex
	stats Stats
}

func newTally(now func() time.Time) *tally {
	return &tally{now: now, start: now(), stats: Stats{Classes: map[string]int{}}}
}

// count adds an ending.
func (t *tally) count(s storage.Stored, retried bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Classes[s.Class]++
	switch {
	case retried:
		t.stats.Retrying++
	case s.Change == storage.New:
		t.stats.Stored++
	case s.Change == storage.Changed:
		t.stats.Changed++
	case s.Change == storage.Doubtful:
		t.stats.Doubtful++
	case s.Class == string(ClassStored) || s.Class == string(ClassAlias):
		t.stats.Unchanged++
	case s.Class == string(ClassNotArticle):
		t.stats.NotArticle++
	default:
		switch Info(Class(s.Class)).State {
		case storage.JobSkipped:
			t.stats.Skipped++
		case storage.JobFailed:
			t.stats.Failed++
		}
	}
}

// leave notes that addresses are left for the next run.
func (t *tally) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.LeftWaiting = true
}

// snapshot is how the run stands.
func (t *tally) snapshot() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.stats
	s.Fetched, s.Elapsed = int(t.asked.Load()), t.now().Sub(t.start)
	s.Classes = map[string]int{}
	for c, n := range t.stats.Classes {
		s.Classes[c] = n
	}
	return s
}

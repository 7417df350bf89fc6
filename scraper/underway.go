package scraper

import (
	"maps"
	"sync"

	"newsmill/storage"
)

// underway are the jobs that are being read or cleaned: what a run may die of. It is safe for concurrent use.
type underway struct {
	db *storage.Writer // nil: nobody must know

	mu   sync.Mutex
	jobs map[int64]string // and their addresses
}

// begin notes that a job is read or cleaned, until done is called.
func (w *underway) begin(j storage.Job) (done func()) {
	if w.db == nil || j.ID == 0 {
		return func() {}
	}
	w.mu.Lock()
	if w.jobs == nil {
		w.jobs = map[int64]string{}
	}
	w.jobs[j.ID] = j.URL
	w.mu.Unlock()
	ended := w.db.Working(j.ID)
	return func() {
		ended()
		w.mu.Lock()
		delete(w.jobs, j.ID)
		w.mu.Unlock()
	}
}

// all are the addresses of these jobs.
func (w *underway) all() map[int64]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.jobs)
}

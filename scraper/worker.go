package scraper

import (
	"context"
	"runtime/debug"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// fetchAll is a fetch worker.
func (r *stages) fetchAll(ctx context.Context) {
	for t := range r.tasks {
		o := r.request(ctx, t, func(rec storage.Record) { r.send(ctx, rec) })
		r.tell(event{kind: hostFree, task: t})
		if f, ok := o.(fetch.Failed); ok && f.Class == fetch.ClassCanceled {
			r.tell(event{kind: dropped, task: t})
			continue
		}
		select {
		case r.pages <- page{t, o}:
		case <-ctx.Done(): // a later stage failed, or the time to finish is over
			r.tell(event{kind: dropped, task: t})
		}
	}
}

// cleanAll is a clean worker.
func (r *stages) cleanAll(ctx context.Context) {
	for p := range r.pages {
		rec, next := r.recordOf(ctx, p)
		if next != nil {
			r.tell(event{kind: resumed, task: *next})
			continue
		}
		r.send(ctx, *rec)
	}
}

// recordOf makes a record of a page. A panic is an error of ours: it costs the page, not the run.
func (r *stages) recordOf(ctx context.Context, p page) (rec *storage.Record, next *task) {
	defer func() {
		if e := recover(); e != nil {
			r.log.Error("internal error", "url", p.URL, "error", e, "stack", string(debug.Stack()))
			rec = &storage.Record{Job: p.Job, Ending: endingOf(fetch.ClassPanic, "%v", e)}
			next = nil
		}
	}()
	if f, ok := p.outcome.(fetch.Fetched); ok && len(f.Page.Body) > fetch.LargeBody {
		r.large.Lock() // one at a time: a page of 6 MB of links takes 140 MB to clean
		defer r.large.Unlock()
	}
	defer r.underway.begin(p.Job)()
	rec, next = r.digest(ctx, p)
	if next == nil {
		lookAgain(rec, r.now())
	}
	return rec, next
}

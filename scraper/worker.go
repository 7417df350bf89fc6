package scraper

import (
	"context"
	"runtime/debug"
	"slices"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// fetchAll is a fetch worker.
func (r *run) fetchAll(ctx context.Context) {
	for t := range r.tasks {
		o := r.request(ctx, t)
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

// mayBeAnother reports whether a task's address may be that of a known article with other parameters.
func (r *run) mayBeAnother(t task) bool {
	isPage := t.Kind == storage.ArticleJob || t.Kind == storage.SectionJob
	return isPage && r.db != nil && len(t.parts) == 0 && t.Class == "" && !r.sources[t.Source].isStart(t.URL)
}

// request asks robots.txt, waits for the host's turn, and fetches.
func (r *run) request(ctx context.Context, t task) fetch.Outcome {
	page := fetch.Page{URL: t.URL, FinalURL: t.URL, Host: t.Host, FetchedAt: r.now()}
	address := t.target()
	page.URL, page.FinalURL = address, address
	if class, why := r.leaveOut(t.Job); class != "" {
		r.asked.Add(-1)
		return fetch.Refused{Page: page, Class: class, Message: why}
	}
	if o := r.robots.Check(ctx, address); o != nil {
		r.asked.Add(-1)
		return o
	}
	if r.mayBeAnother(t) && !r.parameters.worth(ctx, t.URL) {
		r.asked.Add(-1)
		return fetch.Refused{Page: page, Class: ClassAlias, Message: "not asked for: on this host its parameters tell no articles apart"}
	}
	src := r.sources[t.Source]
	if t.Kind == storage.ArticleJob && !src.isStart(t.URL) {
		r.robots.AskReservations(ctx, address, src.Crawl.Delay)
		if evidence := r.robots.OptOut(address); evidence != "" && r.optOuts(t.Source) == SkipOptOuts {
			r.asked.Add(-1)
			return fetch.Refused{Page: page, Class: ClassOptOut, Message: "text mining is reserved: " + evidence}
		}
	}
	ok, again, err := r.polite.Wait(ctx, t.Host, src.Crawl.Delay, patience)
	if err != nil {
		return fetch.Failed{Page: page, Class: fetch.ClassCanceled}
	}
	if !ok {
		r.asked.Add(-1)
		return fetch.Failed{
			Page: page, Class: fetch.ClassRateLimited, Message: "its host asked not to be asked before " + again.UTC().Format(time.RFC3339),
			Retryable: true, RetryAfter: again.Sub(r.now()),
		}
	}
	q := fetch.Request{URL: address, Kind: fetch.Kind(t.Kind), Language: src.Language, MaxBytes: src.Crawl.PageBytes}
	if len(t.parts) == 0 {
		q.ETag, q.LastModified = t.ETag, t.LastModified
	}
	var stream *sitemapStream
	if t.Kind == storage.SitemapJob {
		stream = r.newSitemapStream(t, func(rec storage.Record) { r.send(ctx, rec) })
		q.Stream = stream.read
	}
	o := r.fetcher.Fetch(ctx, q)
	r.polite.End(t.Host, o)
	if f, ok := o.(fetch.Fetched); ok && stream != nil {
		return streamed{f, stream}
	}
	return o
}

// cleanAll is a clean worker.
func (r *run) cleanAll(ctx context.Context) {
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
func (r *run) recordOf(ctx context.Context, p page) (rec *storage.Record, next *task) {
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
	defer r.work(p.Job)()
	rec, next = r.digest(ctx, p)
	if next == nil {
		lookAgain(rec, r.now())
	}
	return rec, next
}

// send passes a record to the writer and remembers what the frontier must hear once it is stored.
func (r *run) send(ctx context.Context, rec storage.Record) {
	s := sent{event: event{kind: committed, task: task{Job: rec.Job}}, ending: rec.Ending, isEnding: rec.Job.ID != 0}
	r.logKnown(ctx, &rec)
	for i := range rec.Found {
		q := storage.Queue{Source: rec.Found[i].Source, Host: rec.Found[i].Host}
		if !slices.Contains(s.queues, q) {
			s.queues = append(s.queues, q)
		}
	}
	if rec.Job.Attempts > 0 {
		s.retry = rec.Ending.DueAt
	}
	r.sendMu.Lock()
	defer r.sendMu.Unlock()
	r.sentMu.Lock()
	r.sent = append(r.sent, s)
	r.sentMu.Unlock()
	select {
	case r.records <- rec:
	case <-ctx.Done():
	}
}

// wasStored is called by the writer for each record, in the order in which they were sent.
func (r *run) wasStored(s storage.Stored) {
	r.sentMu.Lock()
	e := r.sent[0]
	r.sent = r.sent[1:]
	r.sentMu.Unlock()
	if e.isEnding {
		r.parameters.learnFrom(context.Background(), r.db, r.log, s, e.ending.RedirectsTo)
	}
	r.logEnding(e.task.Job, e.ending, s)
	e.isGain = s.Change == storage.New || s.Change == storage.Changed
	if e.isEnding && !isVainGuess(e.task.Job, s) {
		r.count(s, !e.retry.IsZero())
	}
	r.tell(e.event)
}

// isVainGuess reports whether a job was a guess of ours that led to nothing: no failure of the site's.
func isVainGuess(j storage.Job, s storage.Stored) bool {
	return j.FoundOn == guessMark && Info(Class(s.Class)).State == storage.JobFailed
}

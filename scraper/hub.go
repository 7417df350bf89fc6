package scraper

import (
	"context"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/scraper/listing"
	"newsmill/storage"
)

// Waits after failures.
const (
	// hostRetry is the least wait after a host as a whole could not be asked: its name, a connection, its robots.txt.
	// That is left to the next run, which mostly comes in ten minutes.
	hostRetry = 5 * time.Minute

	// A feed, sitemap or section that fails is asked again after an hour, then after twice as long each time, up to a day
	// where the source itself names it, else a week. What may pass is tried again three times before that, as a page is.
	firstHubRetry = time.Hour
	hubSoonTries  = 3
)

// pollEnded is the ending of a hub that was read.
func (r *run) pollEnded(ctx context.Context, rec *storage.Record, l listing.Summary, hash string, fresh time.Duration) {
	before, err := r.db.HubState(ctx, rec.Job.ID)
	if err != nil {
		r.log.Warn("the last poll is not known", "url", rec.Job.URL, "error", err)
	}
	h := storage.HubCheck{Format: l.Format, Entries: l.Entries, NewestAt: l.NewestAt, ContentHash: hash, Changed: hash != before.ContentHash}
	h.Interval = nextInterval(rec.Job, h, before.Interval, fresh, r.now())
	rec.Hub = &h
	rec.Ending = endingOf(ClassRead, "%s with %d addresses", l.Format, l.Entries)
	if l.Format == "sitemap_index" || rec.Job.Depth < maxSitemapDepth {
		rec.Ending.DueAt = r.now().Add(h.Interval)
	}
}

// unchanged is the ending of an address whose page is as it was.
func (r *run) unchanged(ctx context.Context, rec *storage.Record, o fetch.NotModified) {
	j := rec.Job
	if j.Class == string(ClassStored) || j.Class == "" {
		rec.Ending = endingOf(ClassStored, "")
		rec.Ending.DueAt = nextCheck(r.recheck(j.Source), j.FoundAt, j.Hint.PublishedAt, r.now())
		return
	}
	rec.Ending = storage.Ending{State: storage.JobDone, Class: j.Class}
	if j.Kind == storage.ArticleJob {
		return
	}
	h, err := r.db.HubState(ctx, j.ID)
	if err != nil {
		r.log.Warn("the last poll is not known", "url", j.URL, "error", err)
	}
	last := h.Interval
	h.Changed = false
	h.Interval = nextInterval(j, h, last, o.Fresh, r.now())
	rec.Hub = &h
	rec.Ending.DueAt = r.now().Add(h.Interval)
}

// keepAsking sees to it that a feed, sitemap or section that could not be read is asked for again, whatever it answered:
// a server may be in trouble, a feed be forgotten in a move, a robots.txt be too strict for a day. A guess that never
// was one is none.
func (r *run) keepAsking(ctx context.Context, rec *storage.Record, before storage.Job, o fetch.Outcome) {
	j, end := &rec.Job, &rec.Ending
	if j.Kind == storage.ArticleJob || end.State == storage.JobDone || end.RedirectsTo != "" {
		return
	}
	switch Class(end.Class) {
	case ClassBounded, ClassOptOut, fetch.ClassCanceled:
		return
	}
	if before.FoundOn == guessMark {
		if h, err := r.db.HubState(ctx, j.ID); err != nil || h.Interval == 0 {
			return
		}
	}
	most := mostOldInterval
	if r.sources[j.Source].named(j.URL) != "" {
		most = mostInterval
	}
	if Info(Class(end.Class)).State == storage.JobSkipped { // no failure of theirs
		end.State, end.DueAt = storage.JobLater, r.now().Add(mostInterval)
		return
	}
	soon := 0 // failures that were tried again soon, since they may pass
	if end.State == storage.JobLater {
		soon = hubSoonTries
	}
	j.Attempts = before.Attempts + 1
	if j.Attempts <= soon {
		return
	}
	wait := firstHubRetry
	for n := j.Attempts - soon; n > 1 && wait < most; n-- {
		wait *= 2
	}
	if f, ok := o.(fetch.Failed); ok {
		wait = max(wait, f.RetryAfter)
	}
	end.State, end.DueAt = storage.JobLater, r.now().Add(min(wait, most))
}

// isAboutFeeds says whether a page that was taken for a feed leads to feeds, or to what a feed would list: it is no guess, and
// never was a feed.
func (r *run) isAboutFeeds(ctx context.Context, j storage.Job) bool {
	if j.FoundOn == guessMark {
		return false
	}
	before, err := r.db.HubState(ctx, j.ID)
	return err == nil && (before.Format == "" || before.Format == "section")
}

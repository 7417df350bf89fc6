package scraper

import (
	"context"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// mayBeAnother reports whether a task's address may be that of a known article with other parameters.
func (r *run) mayBeAnother(t task) bool {
	isPage := t.Kind == storage.ArticleJob || t.Kind == storage.SectionJob
	return isPage && r.db != nil && len(t.parts) == 0 && t.Class == "" && !r.sources[t.Source].isStart(t.URL)
}

// request asks robots.txt, waits for the host's turn, and fetches. The addresses of a long sitemap are sent in parts, while
// it is read.
func (r *run) request(ctx context.Context, t task, send func(storage.Record)) fetch.Outcome {
	page := fetch.Page{URL: t.URL, FinalURL: t.URL, Host: t.Host, FetchedAt: r.now()}
	address := t.target()
	page.URL, page.FinalURL = address, address
	if class, why := r.leaveOut(t.Job); class != "" {
		r.tally.asked.Add(-1)
		return fetch.Refused{Page: page, Class: class, Message: why}
	}
	if o := r.robots.Check(ctx, address); o != nil {
		r.tally.asked.Add(-1)
		return o
	}
	if r.mayBeAnother(t) && !r.parameters.worth(ctx, t.URL) {
		r.tally.asked.Add(-1)
		return fetch.Refused{Page: page, Class: ClassAlias, Message: "not asked for: on this host its parameters tell no articles apart"}
	}
	src := r.sources[t.Source]
	if t.Kind == storage.ArticleJob && !src.isStart(t.URL) {
		r.robots.AskReservations(ctx, address, src.Crawl.Delay)
		if evidence := r.robots.OptOut(address); evidence != "" && r.optOuts(t.Source) == SkipOptOuts {
			r.tally.asked.Add(-1)
			return fetch.Refused{Page: page, Class: ClassOptOut, Message: "text mining is reserved: " + evidence}
		}
	}
	ok, again, err := r.polite.Wait(ctx, t.Host, src.Crawl.Delay, patience)
	if err != nil {
		return fetch.Failed{Page: page, Class: fetch.ClassCanceled}
	}
	if !ok {
		r.tally.asked.Add(-1)
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
		stream = r.newSitemapStream(t, send)
		q.Stream = stream.read
	}
	o := r.fetcher.Fetch(ctx, q)
	r.polite.End(t.Host, o)
	if f, ok := o.(fetch.Fetched); ok && stream != nil {
		return streamed{f, stream}
	}
	return o
}

package scraper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/scraper/listing"
	"newsmill/storage"
)

// leaveOut says how a job ends that is not worth its request, by its address and what is known of its like, and why;
// empty: it is worth it.
func (r *run) leaveOut(j storage.Job) (c Class, why string) {
	src := r.sources[j.Source]
	u, err := url.Parse(j.URL)
	if err != nil || j.Class != "" || src.isStart(j.URL) {
		return "", ""
	}
	listed := j.Depth == listedDepth
	g := guessURL(u)
	switch {
	case j.Kind != storage.ArticleJob && j.Kind != storage.SectionJob, listed && g.Score >= 0.3:
	case g.Score < 0.5 && r.shapes.closed(u):
		return ClassNotArticle, "not asked for: pages with addresses like it were no articles"
	case listed:
	case j.Depth > 0 && r.dead.closed(j.FoundOn):
		return ClassBounded, fmt.Sprintf("%d links of %s lead nowhere, and none anywhere", deadPatience, fetch.Printable(j.FoundOn))
	case j.Kind == storage.SectionJob && src.sections.Load() >= src.maxSections():
		return ClassBounded, fmt.Sprintf("%d section pages of the source were read in this run", src.sections.Load())
	case (j.Kind == storage.SectionJob || g.Score < 0.4) && r.traps.closed(u):
		return ClassBounded, fmt.Sprintf("%d pages under the same path led to nothing new", trapPatience)
	}
	return "", ""
}

// digest makes a record of what became of a task, or another task where the article goes on on a further page.
func (r *run) digest(ctx context.Context, p page) (*storage.Record, *task) {
	rec, next := r.digestAnswer(ctx, p)
	if rec != nil && len(p.parts) == 0 {
		r.keepAsking(ctx, rec, p.Job, p.outcome)
	}
	return rec, next
}

func (r *run) digestAnswer(ctx context.Context, p page) (*storage.Record, *task) {
	rec := &storage.Record{Job: p.Job, Host: r.hostState(p.Host)}
	if p.Depth > 0 && len(p.parts) == 0 {
		r.dead.followed(p.FoundOn, p.outcome)
	}
	if len(p.parts) > 0 {
		return r.digestPart(ctx, p, rec)
	}
	if p.Kind == storage.ArticleJob && p.Class != "" {
		rec.NextCheck = nextCheck(r.recheck(p.Source), p.FoundAt, p.Hint.PublishedAt, r.now())
	}
	switch o := p.outcome.(type) {
	case streamed:
		if again := r.otherThanSitemap(p, o.list.err); again != nil {
			return nil, again
		}
		r.answered(rec, o.Page)
		r.digestSitemap(ctx, p, rec, o)
	case fetch.Fetched:
		r.answered(rec, o.Page)
		switch {
		case r.sources[p.Source].isStray(p.Job):
			rec.Ending = endingOf(fetch.ClassRedirectRefused, "leads to another site, and not back from there")
			rec.Fetch.Body = nil
		case isListing(p, o):
			r.digestFeed(ctx, p, rec, o)
		case p.Kind == storage.FeedJob && o.Media == "text/html" && r.isAboutFeeds(ctx, p.Job):
			p.Kind = storage.SectionJob
			return r.digestPageForListing(ctx, p, rec, o)
		case p.Kind == storage.FeedJob:
			r.digestFeed(ctx, p, rec, o)
		default:
			return r.digestPageForListing(ctx, p, rec, o)
		}
	case fetch.NotModified:
		r.answered(rec, o.Page)
		r.unchanged(ctx, rec, o)
	case fetch.Redirected:
		r.answered(rec, o.Page)
		if again := r.redirected(ctx, rec, o); again != nil {
			return nil, again
		}
	case fetch.Refused:
		rec.Ending = endingOf(o.Class, "%s", o.Message)
		if o.Page.Status != 0 {
			rec.Fetch = storedFetch(o.Page)
		}
		r.goOnGuessing(rec)
	case fetch.Failed:
		if again := r.perhapsSitemap(p, o); again != nil {
			return nil, again
		}
		if o.Page.Status != 0 || o.Page.Error != "" {
			rec.Fetch = storedFetch(o.Page)
		}
		r.failed(rec, o)
		r.tryInstead(rec, o)
		r.goOnGuessing(rec)
	}
	return rec, nil
}

// answered notes a good answer.
func (r *run) answered(rec *storage.Record, p fetch.Page) {
	rec.Job.Attempts = 0
	rec.Job.ETag, rec.Job.LastModified = p.ETag, p.LastModified
	rec.Fetch = storedFetch(p)
	if rec.Job.Kind == storage.FeedJob || rec.Job.Kind == storage.SitemapJob {
		rec.Fetch.Body = nil // a list of addresses is worth nothing once they are in the frontier
	}
}

// storedFetch is a request as it is stored.
func storedFetch(p fetch.Page) *storage.Fetch {
	return &storage.Fetch{
		URL: p.URL, FinalURL: p.FinalURL, Host: p.Host, FetchedAt: p.FetchedAt, Status: p.Status, ContentType: p.ContentType, ETag: p.ETag,
		LastModified: p.LastModified, RobotsTag: p.RobotsTag, OptOut: p.OptOut, Body: p.Body, Duration: p.Duration, Error: p.Error,
	}
}

// failed is the ending of a request without a usable answer: tried again where that may help.
func (r *run) failed(rec *storage.Record, o fetch.Failed) {
	rec.Job.Attempts++
	rec.Ending = endingOf(o.Class, "%s", o.Message)
	if o.Retryable {
		wait := o.RetryAfter
		if o.Class == ClassRobotsUnavailable || o.Unreached {
			wait = max(wait, hostRetry)
		}
		rec.Ending.DueAt = retryAt(rec.Job.Attempts, wait, r.now())
	}
	if !rec.Ending.DueAt.IsZero() {
		rec.Ending.State = storage.JobLater
	}
}

// isListing says whether an answer is a feed or sitemap: what it is, it says itself, not its address or its label.
func isListing(p page, o fetch.Fetched) bool {
	if p.Kind == storage.ArticleJob && fetch.MediaType(o.Page.ContentType) == "text/html" {
		return false // thousands of pages, of which none ever is one
	}
	return listing.Is(o.Page.Body, o.Page.ContentType)
}

// digestPageForListing reads a page. One that the configuration calls a feed or sitemap and that leads to no article is a
// failure: an error page, most likely.
func (r *run) digestPageForListing(ctx context.Context, p page, rec *storage.Record, o fetch.Fetched) (*storage.Record, *task) {
	rec, again := r.digestHTML(ctx, p, rec, o)
	named := r.sources[p.Source].named(p.URL)
	isNamed := named == storage.FeedJob || named == storage.SitemapJob
	if rec != nil && isNamed && rec.Cleaned == nil && (rec.Hub == nil || rec.Hub.Entries == 0) {
		rec.Ending = endingOf(fetch.ClassBadFeed, "%v, and without links to articles", listing.ErrPage)
	}
	return rec, again
}

// otherThanSitemap is what to do about a page where a sitemap was expected: one that a sitemap lists may be an article
// whose address ends as those of sitemaps do, one that the configuration names a page with links.
func (r *run) otherThanSitemap(p page, err error) *task {
	j := p.Job
	switch {
	case !errors.Is(err, listing.ErrPage):
		return nil
	case j.Depth > 0:
		j.Kind, j.Depth, j.Hint.PublishedAt = storage.ArticleJob, listedDepth, time.Time{}
	case r.sources[j.Source].named(j.URL) == storage.SitemapJob:
		j.Kind = storage.SectionJob
	default:
		return nil
	}
	return &task{Job: j}
}

// perhapsSitemap asks once more for what can't be read as a page, in the way in which sitemaps are read: a start page that
// is a large one, and what a sitemap lists that is one itself.
func (r *run) perhapsSitemap(p page, o fetch.Failed) *task {
	j := p.Job
	media := fetch.MediaType(o.Page.ContentType)
	if !strings.HasSuffix(media, "xml") && !strings.HasSuffix(media, "gzip") && !strings.HasSuffix(media, "octet-stream") {
		return nil
	}
	switch {
	case j.Kind == storage.SectionJob && o.Class == fetch.ClassTooLarge && r.sources[j.Source].isStart(j.URL):
		j.Kind = storage.SitemapJob
	case j.Kind == storage.ArticleJob && o.Class == fetch.ClassNotHTML && j.Depth == listedDepth:
		j.Kind, j.Depth = storage.SitemapJob, maxSitemapDepth
	default:
		return nil
	}
	return &task{Job: j}
}

// digestFeed reads a feed, or a sitemap that came for one or for a page.
func (r *run) digestFeed(ctx context.Context, p page, rec *storage.Record, o fetch.Fetched) {
	base, _ := url.Parse(p.URL)
	c := r.newCollector(p.task)
	l, err := listing.Read(bytes.NewReader(o.Page.Body), o.Page.ContentType, base, c.add)
	if err != nil {
		rec.Ending = endingOf(fetch.ClassBadFeed, "%v", err)
		r.goOnGuessing(rec)
		return
	}
	rec.Found = c.jobs
	r.pollEnded(ctx, rec, l, c.hash(), o.Fresh)
	r.goOnGuessing(rec) // unless it listed something
	if l.Truncated != "" {
		rec.Ending.Message += "; the rest was left out: " + l.Truncated
	}
}

// digestSitemap ends a sitemap that was read. What says that it is a feed is fetched again as one.
func (r *run) digestSitemap(ctx context.Context, p page, rec *storage.Record, o streamed) {
	s := o.list
	if s.err != nil {
		rec.Ending = endingOf(fetch.ClassBadFeed, "%v", s.err)
		r.goOnGuessing(rec)
		return
	}
	rec.Found = s.c.jobs
	r.pollEnded(ctx, rec, s.l, s.c.hash(), o.Fresh)
	if s.l.Format != "sitemap_index" {
		r.goOnGuessing(rec) // unless it listed something
	}
	if s.l.Truncated != "" {
		rec.Ending.Message += "; the rest was left out: " + s.l.Truncated
	}
}

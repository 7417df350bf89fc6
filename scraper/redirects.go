package scraper

import (
	"cmp"
	"context"
	"time"

	"newsmill/cleaner"
	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// redirected is the ending of an address that leads to another, which becomes a job of its own: robots.txt, delays
// and scope hold for it as for any. Where only the form of the address differs, the job itself is asked once more.
func (r *run) redirected(ctx context.Context, rec *storage.Record, o fetch.Redirected) *task {
	j := rec.Job
	src := r.sources[j.Source]
	refuse := func(c Class, format string, args ...any) *task {
		rec.Ending = endingOf(c, format, args...)
		r.goOnGuessing(rec)
		return nil
	}
	to, ok := redirectTarget(o.To)
	if !ok {
		return refuse(fetch.ClassRedirectRefused, "redirects to %s: no address to ask for", fetch.Printable(o.To))
	}
	target := to.url
	if target == j.URL || to.full == j.URL {
		// What we take for the same address the server tells apart, as /a and /a/: ask for what it wants. Or it gave us a cookie
		// to see whether we keep it.
		if j.Hops >= maxHops || o.To == (task{Job: j}).target() && !r.hasNewCookies(o.To) {
			return refuse(ClassTooManyRedirects, "redirects to itself")
		}
		j.FetchURL, j.Hops = o.To, j.Hops+1
		if o.To == j.URL {
			j.FetchURL = ""
		}
		return &task{Job: j}
	}
	switch {
	case j.Hops >= maxHops:
		return refuse(ClassTooManyRedirects, "redirects more than %d times", maxHops)
	case !src.isStart(j.URL) && !src.mayLead(j, to.u):
		return refuse(fetch.ClassRedirectRefused, "redirects to another site: %s", fetch.Printable(target))
	}
	src.moved(j.URL, target)
	next := j
	next.Apart = to.job(j.Source, j.Kind).Apart
	next.ID, next.URL, next.FetchURL, next.Host, next.Hops, next.Attempts = 0, target, to.fetch, hostOf(target), j.Hops+1, 0
	next.ETag, next.LastModified, next.Class, next.DueAt = "", "", "", time.Time{}
	known, _, isKnown, err := r.db.JobOf(ctx, target)
	if err != nil {
		r.log.Warn("what a redirect leads to is not known", "url", j.URL, "error", err)
	}
	next.Anew = isKnown && known.RedirectsTo != "" && r.hasNewCookies((task{Job: known}).target())
	rec.Found = append(rec.Found, next)
	rec.Ending = storage.Ending{State: storage.JobDone, Class: string(ClassRedirected), Message: "redirects to " + target, RedirectsTo: target}
	switch {
	case j.FoundOn == guessMark && isKnown:
		r.goOnGuessing(rec) // as those sites do that lead all to their home page
	case j.Kind == storage.ArticleJob:
	case o.Permanent: // who says so is believed, for a week
		rec.Ending.DueAt = r.now().Add(mostOldInterval)
	default:
		rec.Ending.DueAt = r.now().Add(mostInterval)
	}
	return nil
}

// reloaded asks once more for a page that sets a cookie and then reloads itself, to see whether it comes back; nil: it doesn't.
func (r *run) reloaded(t task, res *cleaner.Result) *task {
	if res.Article.IsArticle || res.RefreshURL != t.target() || t.Hops > 0 || !r.hasNewCookies(t.target()) {
		return nil
	}
	t.Hops++
	return &t
}

// redirectTarget is where a redirect leads. Servers that find no cookie write the number of our session into it, which makes
// no other page of it.
func redirectTarget(raw string) (address, bool) {
	to, ok := addressOf(raw)
	if bare, isLink := linkOf(raw); ok && isLink && bare.url != to.url {
		to.fetch = cmp.Or(to.fetch, to.url)
		to.url, to.full, to.u = bare.url, bare.full, bare.u
	}
	return to, ok
}

// hasNewCookies says whether an address that led back to itself would now get cookies that it didn't get when this was
// asked last.
func (r *run) hasNewCookies(address string) bool {
	u, err := fetch.ParseTarget(address, "")
	if err != nil {
		return false
	}
	return r.knocks.isNew(address, r.fetcher.Cookies(u))
}

package scraper

import (
	"context"
	"log/slog"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// What a run logs at level Debug: each request ("fetched"), each address that is not asked for, or not kept, with the reason
// ("skipped"), and how each other address ended ("ended"). The reasons are classes, and these.
const (
	reasonNotDue   = "not_due"        // it is asked again later
	reasonWindow   = "outside_window" // waits for a run with a wider window, see ClassOutside
	reasonKnown    = "known"          // it is in the frontier already: a duplicate
	reasonOutside  = "other_site"     // the source has nothing to do with its host
	reasonDenied   = "denied"         // allow and deny of the configuration leave it out
	reasonTrap     = "trap"           // addresses like it have no end
	reasonShape    = "no_article"     // by its address: a picture, a login, a search
	reasonNofollow = "nofollow"       // the page says so of the link
	reasonTooDeep  = "too_deep"       // sitemaps of sitemaps of sitemaps, sections of sections
)

// isLogged reports whether anybody reads what is logged at level Debug, which may cost something to find out.
func (r *run) isLogged() bool { return r.log.Enabled(context.Background(), slog.LevelDebug) }

// logEnding logs how a job ended: as skipped where nothing was asked for it, or nothing is kept of it.
func (r *run) logEnding(j storage.Job, e storage.Ending, s storage.Stored) {
	if j.ID == 0 || !r.isLogged() {
		return
	}
	class := Class(s.Class)
	args := []any{"url", j.URL, "kind", j.Kind, "source", j.Source}
	switch {
	case class == ClassAlias:
		r.log.Debug("skipped", append(args, "reason", class, "why", "its article is stored from another address", "article", s.ArticleID)...)
	case Info(class).State == storage.JobSkipped, class == fetch.ClassRedirectRefused, class == ClassNotArticle && j.Kind == storage.ArticleJob:
		r.log.Debug("skipped", append(args, "reason", class, "why", e.Message)...)
	default:
		if e.Failure != "" && e.Failure != s.Class {
			args = append(args, "failure", e.Failure)
		}
		if !e.DueAt.IsZero() {
			args = append(args, "again", e.DueAt.UTC().Format(time.RFC3339))
		}
		r.log.Debug("ended", append(args, "class", class, "message", e.Message)...)
	}
}

// logLink logs an address on a page, or in a feed or sitemap, that does not become a job.
func (r *run) logLink(from, address, reason string) {
	if r.isLogged() {
		r.log.Debug("skipped", "url", address, "found_on", from, "reason", reason)
	}
}

// logKnown logs those addresses of a record that the frontier has already.
func (r *run) logKnown(ctx context.Context, rec *storage.Record) {
	if len(rec.Found) == 0 || r.db == nil || !r.isLogged() {
		return
	}
	urls := make([]string, len(rec.Found))
	for i := range rec.Found {
		urls[i] = rec.Found[i].URL
	}
	known, err := r.db.KnownJobs(ctx, urls)
	if err != nil {
		return // the log is not worth an error; what else is wrong with the database shows elsewhere
	}
	for _, address := range urls {
		if known[address] {
			r.logLink(rec.Job.URL, address, reasonKnown)
		}
	}
}

// logNotDue logs what is not due as the run begins: hubs one by one, articles by their number, since there may be a million.
func (r *run) logNotDue(ctx context.Context) {
	r.eachLeftOut(ctx, func(source string, left storage.LeftOut) {
		for _, h := range left.Hubs {
			r.log.Debug("skipped", "url", h.URL, "kind", h.Kind, "source", source, "reason", reasonNotDue, "again", h.DueAt.UTC().Format(time.RFC3339))
		}
		if left.NotDue > 0 {
			r.log.Debug("skipped", "articles", left.NotDue, "source", source, "reason", reasonNotDue, "again", left.NextAt.UTC().Format(time.RFC3339))
		}
	})
}

// logOutside logs how many addresses still wait as the run ends, since their dates are outside of its window.
func (r *run) logOutside(ctx context.Context) {
	r.eachLeftOut(ctx, func(source string, left storage.LeftOut) {
		if left.Outside > 0 {
			r.log.Debug("skipped", "addresses", left.Outside, "source", source, "reason", reasonWindow, "why", "dated before --since or after --until")
		}
	})
}

// eachLeftOut calls log with what is left out of each source, where anybody reads it.
func (r *run) eachLeftOut(ctx context.Context, log func(source string, left storage.LeftOut)) {
	if !r.isLogged() {
		return
	}
	for key := range r.sources {
		left, err := r.db.LeftOut(ctx, key, storage.Window{Since: r.Since, Until: r.Until})
		if err != nil {
			return // as in logKnown
		}
		log(key, left)
	}
}

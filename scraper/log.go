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

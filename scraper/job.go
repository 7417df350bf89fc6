package scraper

import (
	"net/url"
	"strings"

	"newsmill/cleaner"
	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// task is a job in the hands of the run.
type task struct {
	storage.Job
	parts []part // pages of the same article that were read before this one
}

// target is the address that the task asks for next.
func (t task) target() string {
	if n := len(t.parts); n > 0 {
		return t.parts[n-1].next
	}
	if t.FetchURL != "" {
		return t.FetchURL
	}
	return t.URL
}

// part is a page of an article that goes on on another.
type part struct {
	record *storage.Record
	result *cleaner.Result
	next   string
}

// page is a task with what became of its request.
type page struct {
	task
	outcome fetch.Outcome
}

// hostOf is the host of an address as the frontier names it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// guessMark stands in found_on of an address that was guessed.
const guessMark = "guess"

// maxSitemapDepth bounds the nesting of sitemaps: sitemaps.org allows indexes of sitemaps only; some nest one more.
const maxSitemapDepth = 3

// listedDepth marks jobs that a feed or sitemap lists: links are not followed from them.
const listedDepth = -1

// maxHops bounds redirects in a row; browsers stop at 20, RFC 9110 15.4 only asks for a bound.
const maxHops = 10

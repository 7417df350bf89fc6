package scraper

import (
	"net/url"
	"slices"
	"strings"

	"newsmill/cleaner/article"
	"newsmill/storage"
)

// address is where a job leads: what tells it apart, and what to ask the server for where that is another.
type address struct {
	url   string // normalised
	full  string // with the parameters that on most sites only track; empty: it has none
	fetch string // as found; empty: url
	u     *url.URL
}

// addressOf reads an address that a feed, sitemap or page gives.
func addressOf(raw string) (a address, ok bool) {
	found, err := article.ResolveURL(nil, raw)
	if err != nil {
		return a, false
	}
	if a.url, err = article.NormalizeURL(found); err != nil {
		return a, false
	}
	if a.u, err = url.Parse(a.url); err != nil || a.u.Host == "" {
		return a, false
	}
	if path, query, ok := strings.Cut(found, "?"); ok {
		found = path
		if query = strings.Join(slices.DeleteFunc(strings.Split(query, "&"), needless), "&"); query != "" {
			found += "?" + query
		}
	}
	if found != a.url {
		a.fetch = found
	}
	if full, err := article.FullURL(found); err == nil && full != a.url {
		a.full = full
	}
	return a, true
}

// needless reports whether a parameter need not be asked for. What else identity leaves out (cmp, srsltid, the order of parameters) is
// asked for as it was found: some servers answer nothing else, and some tell their articles apart by it.
func needless(param string) bool {
	name, _, _ := strings.Cut(param, "=")
	return article.TrackingOf(name) == article.OnlyTracking
}

// own is the address where it is not to be taken for one that differs in what on most sites only tracks.
func (a address) own() address {
	if a.full != "" {
		a.url = a.full
	}
	if a.fetch == a.url {
		a.fetch = ""
	}
	return a
}

// linkOf is addressOf for a link on a page, which may carry the number of our session: a feed or sitemap says what its
// addresses are, a page only how to go on from it.
func linkOf(raw string) (address, bool) {
	found, err := article.ResolveURL(nil, raw)
	if err != nil {
		return address{}, false
	}
	u, err := url.Parse(found)
	if err != nil {
		return address{}, false
	}
	withoutSession(u)
	return addressOf(u.String())
}

// job is a job for the address.
func (a address) job(source string, kind storage.JobKind) storage.Job {
	j := storage.Job{URL: a.url, FetchURL: a.fetch, Host: strings.ToLower(a.u.Host), Source: source, Kind: kind}
	if kind == storage.ArticleJob {
		j.Apart = a.full
	}
	return j
}

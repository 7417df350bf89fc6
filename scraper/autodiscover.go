package scraper

import (
	"context"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"newsmill/cleaner"
	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// guesses are the addresses where sites keep sitemaps and feeds that they name nowhere, the likeliest first: the
// conventions of WordPress and its plugins, Drupal, Joomla, Ghost, Hugo, Jekyll, Blogger. They are tried one after
// the other, once per source, and only as long as nothing lists articles.
var guesses = []struct {
	path string
	kind storage.JobKind
}{
	{"/sitemap.xml", storage.SitemapJob},
	{"/feed/", storage.FeedJob},
	{"/sitemap_index.xml", storage.SitemapJob},
	{"/rss.xml", storage.FeedJob},
	{"/news-sitemap.xml", storage.SitemapJob},
	{"/rss", storage.FeedJob},
	{"/feed.xml", storage.FeedJob},
	{"/atom.xml", storage.FeedJob},
	{"/sitemap_news.xml", storage.SitemapJob},
	{"/index.xml", storage.FeedJob},
	{"/feeds/posts/default", storage.FeedJob},
	{"/feed.json", storage.FeedJob},
	{"/sitemap.xml.gz", storage.SitemapJob},
}

// root is the start page that is a host's home page, in the form that it redirects to; empty: there is none.
func (s *source) root() string {
	best := ""
	for _, start := range s.namedAs(storage.SectionJob) {
		u, err := url.Parse(start)
		if err != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
			continue
		}
		// Of http and https, or with and without www, the one that others redirect to is found last and secure.
		if best == "" || strings.HasPrefix(start, "https://") && strings.HasPrefix(best, "http://") {
			best = start
		}
	}
	return best
}

func (r *run) guess(s *source, root string, n int) storage.Job {
	u, _ := url.Parse(root)
	u.Path, u.RawQuery = guesses[n].path, ""
	return storage.Job{
		URL: u.String(), Host: strings.ToLower(u.Host), Source: s.Key, Kind: guesses[n].kind, Priority: float64(guessPriority - n),
		FoundOn: guessMark, FoundAt: r.now(),
	}
}

// goOnGuessing adds the next guess to the record of one that failed, or that led to what did.
func (r *run) goOnGuessing(rec *storage.Record) {
	j := rec.Job
	s := r.sources[j.Source]
	n := guessPriority - int(j.Priority) + 1
	root := s.root()
	isFailedGuess := j.FoundOn == guessMark && rec.Ending.State != storage.JobLater
	hasNext := root != "" && n >= 1 && n < len(guesses)
	if isFailedGuess && hasNext && s.listed.Load() == 0 {
		rec.Found = append(rec.Found, r.guess(s, root, n))
	}
}

// announced are the feeds and sitemaps that a start page and its host's robots.txt name, as jobs.
func (r *run) announced(ctx context.Context, t task, res *cleaner.Result) []storage.Job {
	s := r.sources[t.Source]
	if !s.discover.Load() {
		return nil
	}
	var jobs []storage.Job
	add := func(raw string, kind storage.JobKind, priority float64) {
		a, ok := addressOf(raw)
		if !ok {
			return
		}
		j := a.job(s.Key, kind)
		j.Priority, j.FoundOn, j.FoundAt = priority, t.URL, r.now()
		jobs = append(jobs, j)
	}
	for _, f := range res.Feeds[:min(len(res.Feeds), maxFeeds)] {
		if !isCommentFeed(f.URL) {
			add(f.URL, storage.FeedJob, feedPriority)
		}
	}
	for _, m := range res.Sitemaps[:min(len(res.Sitemaps), maxFeeds)] {
		if s.owns(hostOf(m)) {
			add(m, storage.SitemapJob, sitemapPriority)
		}
	}
	if t.Depth <= 1 { // those that only readers are told of
		before := len(jobs)
		for _, l := range res.Links {
			if len(jobs)-before == maxFeeds {
				break
			}
			switch kind, ok := listingAt(l.URL); {
			case !ok || !s.owns(hostOf(l.URL)) || isCommentFeed(l.URL):
			case kind == storage.FeedJob:
				add(l.URL, kind, feedPriority)
			default:
				add(l.URL, kind, sitemapPriority)
			}
		}
	}
	if u, err := url.Parse(t.URL); err == nil && (u.Path == "/" || u.Path == "") {
		for _, m := range r.robots.Sitemaps(ctx, t.URL) { // at any host: sitemaps.org, "cross submits"
			add(m, storage.SitemapJob, sitemapPriority)
		}
	}
	return jobs
}

// instead is where the site of a bare domain may be found that could not be reached at its https address: under www
// where the bare name does not exist, else by http; empty: nowhere else. A certificate that can't be trusted is no
// reason: who gives one means https.
func (s *source) instead(j storage.Job, o fetch.Failed) string {
	isSilent := o.Class == fetch.ClassConnect || o.Class == fetch.ClassTimeout || o.NoTLS
	if !s.SchemeGuessed || j.Depth != 0 || !s.isStart(j.URL) || !o.Unreached || !isSilent {
		return ""
	}
	u, err := url.Parse(j.URL)
	if err != nil || u.Scheme != "https" {
		return ""
	}
	if o.NoName {
		if strings.HasPrefix(u.Host, "www.") {
			return ""
		}
		u.Host = "www." + u.Host
		return u.String()
	}
	u.Scheme = "http"
	return u.String()
}

// tryInstead adds that address to the record of the failure. The one that was named is tried again in a day.
func (r *run) tryInstead(rec *storage.Record, o fetch.Failed) {
	src := r.sources[rec.Job.Source]
	address := src.instead(rec.Job, o)
	if address == "" {
		return
	}
	src.addStart(address)
	next := rec.Job
	next.ID, next.URL, next.FetchURL, next.Host, next.Attempts = 0, address, "", hostOf(address), 0
	next.ETag, next.LastModified, next.Class, next.DueAt = "", "", "", time.Time{}
	rec.Found = append(rec.Found, next)
	rec.Ending.State, rec.Ending.DueAt, rec.Ending.RedirectsTo = storage.JobLater, r.now().Add(mostInterval), address
	rec.Ending.Message += "; tried instead: " + address
}

// listingAt says whether an address looks like that of a feed or sitemap.
func listingAt(address string) (storage.JobKind, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	p := strings.ToLower(u.Path)
	last := path.Base(p)
	switch ext := path.Ext(last); {
	case ext == ".rss", ext == ".atom", ext == ".rdf":
		return storage.FeedJob, true
	case (ext == ".xml" || ext == ".gz" || ext == ".txt") && strings.Contains(last, "sitemap"):
		return storage.SitemapJob, true
	case (ext == ".xml" || ext == ".php" || ext == ".json" || ext == ".aspx") && feedWord.MatchString(p):
		return storage.FeedJob, true
	case ext == "" && (last == "rss" || last == "rss2" || last == "feed" || last == "atom"):
		return storage.FeedJob, true
	}
	if feedQuery.MatchString(strings.ToLower(u.RawQuery)) {
		return storage.FeedJob, true
	}
	return "", false
}

var (
	feedWord  = regexp.MustCompile(`(?:^|[/_.-])(?:rss|rss2|feed|feeds|atom|rdf)(?:[/_.-]|$)`)
	feedQuery = regexp.MustCompile(`(?:^|&)(?:feed|format|type|output)=(?:rss|rss2|atom|feed)(?:&|$)`)
)

// maxFeeds bounds the feeds of one page: some list one for each of their tags.
const maxFeeds = 20

// isCommentFeed says whether a feed holds readers' comments.
func isCommentFeed(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	return slices.Contains(segments, "comments") || strings.HasPrefix(path.Base(u.Path), "comments")
}

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
	"newsmill/scraper/listing"
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

// guessMark stands in found_on of an address that was guessed.
const guessMark = "guess"

// lookFurther looks at sources that have nothing left to do. Where nothing lists articles, the first guess is added; where all
// that did has failed, or a feed that the configuration names has for days, feeds and sitemaps are looked for anew. It
// reports whether there is something to do now.
func (d *dispatcher) lookFurther(ctx context.Context) (bool, error) {
	var jobs []storage.Job
	isRevived := false
	for s := range d.unscanned {
		if d.frontier.isWorkingOn(s.Key) {
			continue
		}
		delete(d.unscanned, s)
		if !d.revived[s] {
			again, err := d.revive(ctx, s)
			if err != nil {
				return false, err
			}
			jobs = append(jobs, again...)
			if len(again) > 0 {
				d.revived[s] = true
				d.unscanned[s] = true // and then for guesses
				isRevived = true
				continue
			}
		}
		root := s.root()
		if root == "" || s.listed.Load() > 0 || !s.discover.Load() {
			continue
		}
		j, _, ok, err := d.db.JobOf(ctx, root)
		if err != nil {
			return false, err
		}
		switch Class(j.Class) { // a host that does not answer at its root is not asked for more
		case ClassRead, ClassNotArticle, ClassStored, ClassAlias, ClassNoindex, fetch.ClassHTTP4xx:
			if ok {
				jobs = append(jobs, d.guess(s, root, 0))
			}
		}
	}
	if len(jobs) == 0 {
		return false, nil
	}
	n, err := d.db.AddJobs(ctx, d.RunID, jobs)
	for _, j := range jobs {
		d.frontier.open(storage.Queue{Source: j.Source, Host: j.Host})
	}
	return n > 0 || isRevived, err
}

// deadAfter is after how many failures in a row what may pass counts as lasting: a quarter of an hour. namedDeadAfter is
// the same of what the configuration names beside others that still deliver: two days.
const (
	deadAfter      = 4
	namedDeadAfter = 7
)

// revive looks whether what lists the articles of a source still does. If not it says so, and gives the home pages of what
// the source names as jobs, to look there for what has come instead.
func (d *dispatcher) revive(ctx context.Context, s *source) ([]storage.Job, error) {
	hubs, err := d.db.Hubs(ctx, s.Key)
	if err != nil {
		return nil, err
	}
	alive, pending := false, false
	var dead, named *storage.Hub
	for i := range hubs {
		h := &hubs[i]
		info := Info(Class(h.Class))
		switch {
		case h.IsGuess:
		case h.Class == string(ClassRead) && h.Entries > 0:
			alive = true
		case h.Class == "", info.State != storage.JobFailed:
		case info.Retry && h.Attempts < deadAfter:
			pending = true
		default:
			if dead == nil || s.named(h.URL) != "" {
				dead = h
			}
			if h.Attempts >= namedDeadAfter && s.named(h.URL) != "" {
				named = h
			}
		}
	}
	switch {
	case dead != nil && !alive && !pending:
		d.log.Warn("nothing that lists the source's articles can be read: looking for other feeds and sitemaps", "source", s.Key, "url", dead.URL, "class", dead.Class, "message", dead.Message)
		s.listed.Store(0)
		s.mapped.Store(0)
	case named != nil:
		d.log.Warn("what the source names could not be read for days: looking for other feeds and sitemaps", "source", s.Key, "url", named.URL, "class", named.Class, "message", named.Message, "failures", named.Attempts)
	default:
		return nil, nil
	}
	s.discover.Store(true)
	return d.homes(s), nil
}

// homes are the home pages of the hosts of what a source names, as jobs.
func (d *dispatcher) homes(s *source) []storage.Job {
	var jobs []storage.Job
	seen := map[string]bool{}
	for _, raw := range slices.Concat(s.Start, s.Feeds, s.Sitemaps) {
		a, ok := addressOf(raw)
		if !ok || seen[a.u.Host] {
			continue
		}
		seen[a.u.Host] = true
		home := a.u.Scheme + "://" + a.u.Host + "/"
		s.addStart(home)
		jobs = append(jobs, storage.Job{URL: home, Host: hostOf(home), Source: s.Key, Kind: storage.SectionJob, Priority: startPriority, FoundAt: d.now()})
	}
	return jobs
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
	if !s.SchemeGuessed || !o.Unreached || j.Depth != 0 || !s.isStart(j.URL) || o.Class != fetch.ClassConnect && o.Class != fetch.ClassTimeout && !o.NoTLS {
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

// embeddedLinks are addresses of likely articles in the data of a page that a script draws.
func embeddedLinks(body []byte, base *url.URL) []string {
	var all []string
	for _, m := range quotedAddress.FindAllSubmatch(body[:min(len(body), fetch.LargeBody)], maxEmbedded) {
		raw := unescapeJSON.Replace(string(m[1]))
		s, ok := listing.Resolve(base, raw)
		if !ok {
			continue
		}
		if u, err := url.Parse(s); err != nil || guessURL(u).Score < embeddedScore {
			continue
		}
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
		if len(all) == maxLinks {
			break
		}
	}
	return all
}

// Bounds of embeddedLinks: what is not in a link must look the more like an article.
const (
	maxEmbedded   = 20_000
	embeddedScore = 0.5
	fewLinks      = 3 // a page with so many links to articles is not drawn by a script
)

var (
	quotedAddress = regexp.MustCompile(`"((?:https?:(?:\\?/){2}|(?:\\?/|\\u002[Ff]))[^"<>\s]{8,400})"`)
	unescapeJSON  = strings.NewReplacer(`\/`, "/", `\u002F`, "/", `\u002f`, "/", `\u0026`, "&")
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

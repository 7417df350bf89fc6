package scraper

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"newsmill/cleaner"
	"newsmill/configs"
	"newsmill/storage"
)

// Bounds of discovery.
const (
	maxHops         = 10    // redirects in a row; browsers stop at 20, RFC 9110 15.4 only asks for a bound
	maxSitemapDepth = 3     // sitemaps.org allows indexes of sitemaps only; some nest one more
	foundChunk      = 5_000 // addresses of a sitemap in one record: a few megabytes

	// hostRetry is the least wait after a host as a whole could not be asked: its name, a connection, its robots.txt.
	// That is left to the next run, which mostly comes in ten minutes.
	hostRetry = 5 * time.Minute

	// A feed, sitemap or section that fails is asked again after an hour, then after twice as long each time, up to a day
	// where the source itself names it, else a week. What may pass is tried again three times before that, as a page is.
	firstHubRetry = time.Hour
	hubSoonTries  = 3

	maxKnocked = 10_000 // addresses whose cookies are remembered, see hasNewCookies
)

// source is a configured source with what the run knows of it.
type source struct {
	configs.Source
	allow, deny []*regexp.Regexp

	mu    sync.Mutex
	names map[string]storage.JobKind // its start pages (sections), feeds and sitemaps, normalised, and what they redirect to
	sites map[string]bool            // registrable domains that belong to it

	discover atomic.Bool // look for feeds and sitemaps that are not named

	listed atomic.Int64 // articles that its feeds and sitemaps list, as far as this run knows
	mapped atomic.Int64 // of these, by sitemaps

	sections atomic.Int64 // section pages that this run read
}

// Sections that a run reads of a source. Where sitemaps list articles sections are read all the same, since many
// sitemaps have a part of them only: one language, one section, the last two days.
const (
	maxMappedSections = 60
	maxAllSections    = 300
)

func (s *source) maxSections() int64 {
	if s.mapped.Load() > 0 {
		return maxMappedSections
	}
	return maxAllSections
}

func newSource(c *configs.Source) *source {
	s := &source{Source: *c, names: map[string]storage.JobKind{}, sites: map[string]bool{}}
	s.discover.Store(c.Autodiscover)
	for _, raw := range slices.Concat(c.Start, c.Feeds, c.Sitemaps) {
		if a, ok := addressOf(raw); ok {
			s.admit(a.u.Host)
		}
	}
	for _, h := range c.Hosts {
		s.admit(h)
	}
	return s
}

// merge takes in another source of the same key: several addresses of one host on a command line.
func (s *source) merge(o *source) {
	s.Start = append(s.Start, o.Start...)
	s.Feeds = append(s.Feeds, o.Feeds...)
	s.Sitemaps = append(s.Sitemaps, o.Sitemaps...)
	for d := range o.sites {
		s.sites[d] = true
	}
}

// admit makes a host's site part of the source.
func (s *source) admit(host string) {
	if host == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sites[site(host)] = true
}

// owns says whether a host belongs to the source.
func (s *source) owns(host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sites[site(strings.ToLower(host))]
}

// name makes an address one that the source itself names, or that such a one redirects to.
func (s *source) name(address string, kind storage.JobKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.names[address]; !ok {
		s.names[address] = kind
	}
}

// named says as what the source itself names an address; empty: it doesn't.
func (s *source) named(address string) storage.JobKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[address]
}

// namedAs lists what the source itself names as of a kind.
func (s *source) namedAs(kind storage.JobKind) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for a, k := range s.names {
		if k == kind {
			all = append(all, a)
		}
	}
	return all
}

func (s *source) isStart(address string) bool { return s.named(address) == storage.SectionJob }
func (s *source) addStart(address string)     { s.name(address, storage.SectionJob) }

// isTrusted says whether an address is a feed that the configuration names: what it links to is what the owner wants.
func (s *source) isTrusted(address string) bool { return s.named(address) == storage.FeedJob }

// leadsBack says whether an address of another site names a host of the source in its query, as those do that have a
// reader's consent or login to see to and then send them back, and those that count clicks.
func (s *source) leadsBack(u *url.URL) bool {
	if u.RawQuery == "" || s.owns(u.Host) {
		return false
	}
	for _, values := range u.Query() {
		for _, v := range values {
			if a, ok := addressOf(v); ok && s.owns(a.u.Host) {
				return true
			}
		}
	}
	return false
}

// mayLead says whether a job may redirect to an address. Feeds and sitemaps may move to hosts for such things, since of
// what they list only addresses of the source count. A page leads to another site only to come back, or where a
// configured feed links to it.
func (s *source) mayLead(j storage.Job, to *url.URL) bool {
	switch {
	case !s.owns(j.Host), s.owns(to.Host), j.Kind == storage.FeedJob, j.Kind == storage.SitemapJob:
		return true
	}
	return j.Depth == listedDepth && s.isTrusted(j.FoundOn) || s.leadsBack(to)
}

// mayList says whether an address that a feed or sitemap lists is asked for. Of the source's own feeds that is all: they
// may count clicks at another host, or tell of a sister's articles. Of a feed elsewhere, addresses of the source, and those
// of the feed's own site or with a way back: they must lead to the source (isStray).
func (s *source) mayList(from storage.Job, e entry, u *url.URL) bool {
	switch {
	case s.owns(u.Host):
		return true
	case e.IsNested: // a sitemap's parts are where it is, or where the site's own index says
		return s.owns(from.Host) || strings.EqualFold(u.Host, from.Host)
	case from.Kind == storage.SitemapJob:
		return false
	}
	return s.isTrusted(from.URL) || s.owns(from.Host) || site(u.Host) == site(from.Host) || s.leadsBack(u)
}

// isStray says whether a page was only asked for in order to be led on to the source, and didn't.
func (s *source) isStray(j storage.Job) bool {
	if s.owns(j.Host) || s.named(j.URL) != "" || j.Class == string(ClassStored) || j.Kind != storage.ArticleJob && j.Kind != storage.SectionJob {
		return false
	}
	if u, err := url.Parse(j.URL); err == nil && j.Hops > 0 && s.leadsBack(u) {
		return true
	}
	return j.Depth != listedDepth || !s.isTrusted(j.FoundOn) && !s.owns(hostOf(j.FoundOn))
}

// seeds are the source's own addresses as jobs.
func (s *source) seeds(now time.Time) ([]storage.Job, error) {
	var err error
	if s.allow, err = compileAll(s.Allow); err != nil {
		return nil, err
	}
	if s.deny, err = compileAll(s.Deny); err != nil {
		return nil, err
	}
	var jobs []storage.Job
	add := func(raw string, kind storage.JobKind, priority float64) error {
		if _, err := cleaner.NormalizeURL(raw); err != nil {
			return fmt.Errorf("%s: %w", raw, err)
		}
		a, ok := addressOf(raw)
		if !ok {
			return fmt.Errorf("%s: %w", raw, cleaner.ErrURL)
		}
		s.name(a.url, kind)
		j := a.job(s.Key, kind)
		j.Priority, j.FoundAt = priority, now
		jobs = append(jobs, j)
		return nil
	}
	for _, raw := range s.Start {
		err = errors.Join(err, add(raw, storage.SectionJob, startPriority))
	}
	for _, raw := range s.Feeds {
		err = errors.Join(err, add(raw, storage.FeedJob, feedPriority))
	}
	for _, raw := range s.Sitemaps {
		err = errors.Join(err, add(raw, storage.SitemapJob, sitemapPriority))
	}
	return jobs, err
}

func compileAll(patterns []string) ([]*regexp.Regexp, error) {
	var all []*regexp.Regexp
	for _, p := range patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, err
		}
		all = append(all, re)
	}
	return all, nil
}

// restore brings back what earlier runs found: where what it names moved to, and whether anything lists articles.
func (s *source) restore(ctx context.Context, db *storage.DB) error {
	for _, kind := range []storage.JobKind{storage.SectionJob, storage.FeedJob, storage.SitemapJob} {
		for _, address := range s.namedAs(kind) {
			for range maxHops {
				j, _, ok, err := db.JobOf(ctx, address)
				if err != nil {
					return err
				}
				if !ok || j.RedirectsTo == "" {
					break
				}
				s.moved(address, j.RedirectsTo)
				address = j.RedirectsTo
			}
		}
	}
	n, err := db.SourceJobs(ctx, s.Key)
	s.listed.Store(int64(n.Listed))
	s.mapped.Store(int64(n.Mapped))
	return err
}

// moved notes that an address redirects to another: what the source names is named there, too. A start page takes its site
// with it, unless it is only to come back from there.
func (s *source) moved(from, to string) {
	kind := s.named(from)
	u, err := url.Parse(to)
	if err != nil || kind == "" || kind == storage.SectionJob && s.leadsBack(u) {
		return
	}
	s.name(to, kind)
	if kind == storage.SectionJob {
		s.admit(u.Host)
	}
}

// permits applies the source's own patterns to an article's address.
func (s *source) permits(u *url.URL) bool {
	target := u.EscapedPath()
	if u.RawQuery != "" {
		target += "?" + u.RawQuery
	}
	for _, re := range s.deny {
		if re.MatchString(target) {
			return false
		}
	}
	for _, re := range s.allow {
		if re.MatchString(target) {
			return true
		}
	}
	return len(s.allow) == 0
}

// restoreHost brings back what an earlier run learned of a host.
func (r *run) restoreHost(ctx context.Context, host string) error {
	h, ok, err := r.db.Host(ctx, host)
	if err != nil {
		return err
	}
	if ok {
		if r.Again {
			h.RobotsExpiresAt = r.now() // read anew, as all else
		}
		h.NextFetchAt = h.NextFetchAt.Add(-r.setBack)
		r.robots.Restore(h)
		r.polite.Restore(h)
	}
	known, err := r.db.Shapes(ctx, host)
	if err != nil {
		return err
	}
	r.shapes.restore(known)
	learned, err := r.db.Parameters(ctx, host)
	r.parameters.restore(learned)
	return err
}

// hostState is what the run knows of a host, to be kept.
func (r *run) hostState(host string) *storage.HostState {
	h := &storage.HostState{Host: host}
	r.polite.Save(h)
	r.savedMu.Lock()
	defer r.savedMu.Unlock()
	r.robots.Save(h)
	if r.savedRobots[host].Equal(h.RobotsFetchedAt) {
		h.RobotsFetchedAt = time.Time{} // as saved: half a megabyte of comments need not be written with each page
	} else {
		r.savedRobots[host] = h.RobotsFetchedAt
	}
	if r.savedTDM[host].Equal(h.TDMFetchedAt) {
		h.TDMFetchedAt = time.Time{}
	} else {
		r.savedTDM[host] = h.TDMFetchedAt
	}
	return h
}

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
		return ClassBounded, fmt.Sprintf("%d links of %s lead nowhere, and none anywhere", deadPatience, printable(j.FoundOn))
	case j.Kind == storage.SectionJob && src.sections.Load() >= src.maxSections():
		return ClassBounded, fmt.Sprintf("%d section pages of the source were read in this run", src.sections.Load())
	case (j.Kind == storage.SectionJob || g.Score < 0.4) && r.traps.closed(u):
		return ClassBounded, fmt.Sprintf("%d pages under the same path led to nothing new", trapPatience)
	}
	return "", ""
}

// listedDepth marks jobs that a feed or sitemap lists: links are not followed from them.
const listedDepth = -1

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
	case Fetched:
		r.answered(rec, o.Page)
		switch {
		case r.sources[p.Source].isStray(p.Job):
			rec.Ending = ClassRedirectRefused.Ending("leads to another site, and not back from there")
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
	case NotModified:
		r.answered(rec, o.Page)
		r.unchanged(ctx, rec, o)
	case Redirected:
		r.answered(rec, o.Page)
		if again := r.redirected(ctx, rec, o); again != nil {
			return nil, again
		}
	case Refused:
		rec.Ending = o.Class.Ending("%s", o.Message)
		if o.Page.Status != 0 {
			rec.Fetch = &o.Page
		}
		r.goOnGuessing(rec)
	case Failed:
		if again := r.perhapsSitemap(p, o); again != nil {
			return nil, again
		}
		if o.Page.Status != 0 || o.Page.Error != "" {
			rec.Fetch = &o.Page
		}
		r.failed(rec, o)
		r.tryInstead(rec, o)
		r.goOnGuessing(rec)
	}
	return rec, nil
}

// answered notes a good answer.
func (r *run) answered(rec *storage.Record, f storage.Fetch) {
	rec.Job.Attempts = 0
	rec.Job.ETag, rec.Job.LastModified = f.ETag, f.LastModified
	if rec.Job.Kind == storage.FeedJob || rec.Job.Kind == storage.SitemapJob {
		f.Body = nil // a list of addresses is worth nothing once they are in the frontier
	}
	rec.Fetch = &f
}

// unchanged is the ending of an address whose page is as it was.
func (r *run) unchanged(ctx context.Context, rec *storage.Record, o NotModified) {
	j := rec.Job
	if j.Class == string(ClassStored) || j.Class == "" {
		rec.Ending = ClassStored.Ending("")
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

// isAboutFeeds says whether a page that was taken for a feed leads to feeds, or to what a feed would list: it is no guess, and
// never was a feed.
func (r *run) isAboutFeeds(ctx context.Context, j storage.Job) bool {
	if j.FoundOn == guessMark {
		return false
	}
	before, err := r.db.HubState(ctx, j.ID)
	return err == nil && (before.Format == "" || before.Format == "section")
}

// redirected is the ending of an address that leads to another, which becomes a job of its own: robots.txt, delays
// and scope hold for it as for any. Where only the form of the address differs, the job itself is asked once more.
func (r *run) redirected(ctx context.Context, rec *storage.Record, o Redirected) *task {
	j := rec.Job
	src := r.sources[j.Source]
	refuse := func(c Class, format string, args ...any) *task {
		rec.Ending = c.Ending(format, args...)
		r.goOnGuessing(rec)
		return nil
	}
	to, ok := redirectTarget(o.To)
	if !ok {
		return refuse(ClassRedirectRefused, "redirects to %s: no address to ask for", printable(o.To))
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
		return refuse(ClassRedirectRefused, "redirects to another site: %s", printable(target))
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
	u, err := parseTarget(address, "")
	if err != nil {
		return false
	}
	now := r.fetcher.cookies.header(u)
	r.knockedMu.Lock()
	defer r.knockedMu.Unlock()
	if now == "" || r.knocked[address] == now {
		return false
	}
	if r.knocked == nil || len(r.knocked) >= maxKnocked {
		r.knocked = map[string]string{}
	}
	r.knocked[address] = now
	return true
}

// failed is the ending of a request without a usable answer: tried again where that may help.
func (r *run) failed(rec *storage.Record, o Failed) {
	rec.Job.Attempts++
	rec.Ending = o.Class.Ending("%s", o.Message)
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

// keepAsking sees to it that a feed, sitemap or section that could not be read is asked for again, whatever it answered:
// a server may be in trouble, a feed be forgotten in a move, a robots.txt be too strict for a day. A guess that never
// was one is none.
func (r *run) keepAsking(ctx context.Context, rec *storage.Record, before storage.Job, o Outcome) {
	j, end := &rec.Job, &rec.Ending
	if j.Kind == storage.ArticleJob || end.State == storage.JobDone || end.RedirectsTo != "" {
		return
	}
	switch Class(end.Class) {
	case ClassBounded, ClassOptOut, ClassCanceled:
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
	if Class(end.Class).Info().State == storage.JobSkipped { // no failure of theirs
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
	if f, ok := o.(Failed); ok {
		wait = max(wait, f.RetryAfter)
	}
	end.State, end.DueAt = storage.JobLater, r.now().Add(min(wait, most))
}

// isListing says whether an answer is a feed or sitemap: what it is, it says itself, not its address or its label.
func isListing(p page, o Fetched) bool {
	if p.Kind == storage.ArticleJob && mediaType(o.Page.ContentType) == "text/html" {
		return false // thousands of pages, of which none ever is one
	}
	return looksLikeListing(o.Page.Body, o.Page.ContentType)
}

// digestPageForListing reads a page. One that the configuration calls a feed or sitemap and that leads to no article is a
// failure: an error page, most likely.
func (r *run) digestPageForListing(ctx context.Context, p page, rec *storage.Record, o Fetched) (*storage.Record, *task) {
	rec, again := r.digestHTML(ctx, p, rec, o)
	named := r.sources[p.Source].named(p.URL)
	isNamed := named == storage.FeedJob || named == storage.SitemapJob
	if rec != nil && isNamed && rec.Result == nil && (rec.Hub == nil || rec.Hub.Entries == 0) {
		rec.Ending = ClassBadFeed.Ending("%v, and without links to articles", errIsPage)
	}
	return rec, again
}

// otherThanSitemap is what to do about a page where a sitemap was expected: one that a sitemap lists may be an article
// whose address ends as those of sitemaps do, one that the configuration names a page with links.
func (r *run) otherThanSitemap(p page, err error) *task {
	j := p.Job
	switch {
	case !errors.Is(err, errIsPage):
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
func (r *run) perhapsSitemap(p page, o Failed) *task {
	j := p.Job
	media := mediaType(o.Page.ContentType)
	if !strings.HasSuffix(media, "xml") && !strings.HasSuffix(media, "gzip") && !strings.HasSuffix(media, "octet-stream") {
		return nil
	}
	switch {
	case j.Kind == storage.SectionJob && o.Class == ClassTooLarge && r.sources[j.Source].isStart(j.URL):
		j.Kind = storage.SitemapJob
	case j.Kind == storage.ArticleJob && o.Class == ClassNotHTML && j.Depth == listedDepth:
		j.Kind, j.Depth = storage.SitemapJob, maxSitemapDepth
	default:
		return nil
	}
	return &task{Job: j}
}

// digestFeed reads a feed, or a sitemap that came for one or for a page.
func (r *run) digestFeed(ctx context.Context, p page, rec *storage.Record, o Fetched) {
	base, _ := url.Parse(p.URL)
	c := r.newCollector(p.task)
	l, err := readListing(bytes.NewReader(o.Page.Body), o.Page.ContentType, base, c.add)
	if err != nil {
		rec.Ending = ClassBadFeed.Ending("%v", err)
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

// streamed is a sitemap that was read as it came.
type streamed struct {
	Fetched
	list *sitemapStream
}

// sitemapStream reads a sitemap while it is fetched, in constant memory: its addresses go to the writer in chunks.
type sitemapStream struct {
	run *run
	ctx context.Context
	t   task
	c   *collector
	l   listing
	err error
}

func (r *run) newSitemapStream(ctx context.Context, t task) *sitemapStream {
	return &sitemapStream{run: r, ctx: ctx, t: t, c: r.newCollector(t)}
}

func (s *sitemapStream) read(body io.Reader) error {
	base, err := url.Parse(s.t.URL)
	if err != nil {
		return err
	}
	defer s.run.work(s.t.Job)()
	s.l, s.err = readListing(body, "", base, func(e entry) {
		s.c.add(e)
		if s.run.db == nil { // only counted
			s.c.jobs = nil
		}
		if len(s.c.jobs) >= foundChunk {
			s.run.send(s.ctx, storage.Record{Job: storage.Job{URL: s.t.URL}, Found: s.c.jobs})
			s.c.jobs = nil
		}
	})
	return nil // judged when the rest is known
}

// digestSitemap ends a sitemap that was read. What says that it is a feed is fetched again as one.
func (r *run) digestSitemap(ctx context.Context, p page, rec *storage.Record, o streamed) {
	s := o.list
	if s.err != nil {
		rec.Ending = ClassBadFeed.Ending("%v", s.err)
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

// pollEnded is the ending of a hub that was read.
func (r *run) pollEnded(ctx context.Context, rec *storage.Record, l listing, hash string, fresh time.Duration) {
	before, err := r.db.HubState(ctx, rec.Job.ID)
	if err != nil {
		r.log.Warn("the last poll is not known", "url", rec.Job.URL, "error", err)
	}
	h := storage.HubCheck{Format: l.Format, Entries: l.Entries, NewestAt: l.NewestAt, ContentHash: hash, Changed: hash != before.ContentHash}
	h.Interval = nextInterval(rec.Job, h, before.Interval, fresh, r.now())
	rec.Hub = &h
	rec.Ending = ClassRead.Ending("%s with %d addresses", l.Format, l.Entries)
	if l.Format == "sitemap_index" || rec.Job.Depth < maxSitemapDepth {
		rec.Ending.DueAt = r.now().Add(h.Interval)
	}
}

// collector makes jobs of the entries of a feed or sitemap.
type collector struct {
	run   *run
	src   *source
	from  task
	now   time.Time
	jobs  []storage.Job
	sum   [sha256.Size]byte // of all addresses, in order
	fresh int               // entries that claim to be modified in the last minutes
}

func (r *run) newCollector(t task) *collector {
	return &collector{run: r, src: r.sources[t.Source], from: t, now: r.now()}
}

func (c *collector) hash() string {
	if c.sum == ([sha256.Size]byte{}) {
		return ""
	}
	return hex.EncodeToString(c.sum[:8])
}

func (c *collector) add(e entry) {
	c.sum = sha256.Sum256(append(c.sum[:], e.URL...))
	a, ok := addressOf(e.URL)
	if !ok {
		return
	}
	u := a.u
	if !c.src.mayList(c.from.Job, e, u) {
		c.run.logLink(c.from.URL, a.url, reasonOutside)
		return
	}
	// A system that stamps everything with the time of asking says nothing about change.
	if !e.Hint.ModifiedAt.IsZero() && c.now.Sub(e.Hint.ModifiedAt) < 10*time.Minute {
		if c.fresh++; c.fresh > 20 {
			e.Hint.ModifiedAt = time.Time{}
		}
	}
	g := c.run.shapes.adjust(u, guessURL(u))
	nested := c.isNested(e, u, g)
	j := a.job(c.src.Key, storage.ArticleJob)
	j.FoundOn, j.FoundAt, j.Hint = c.from.URL, c.now, e.Hint
	if nested {
		if c.from.Depth+1 > maxSitemapDepth {
			c.run.logLink(c.from.URL, a.url, reasonTooDeep)
			return
		}
		j.Kind, j.Depth = storage.SitemapJob, c.from.Depth+1
		j.Hint.PublishedAt = e.Hint.ModifiedAt // what the window goes by
		j.Priority = nestedPriority + priorityOf(urlGuess{}, e.Hint, c.now) - articlePriority
		c.jobs = append(c.jobs, j)
		return
	}
	if c.src.isStart(a.url) && a.full == "" {
		return
	}
	if reason := c.run.leftOut(c.src, u, g); reason != "" {
		c.run.logLink(c.from.URL, a.url, reason)
		return
	}
	j.Depth, j.Priority = listedDepth, priorityOf(g, e.Hint, c.now)
	c.src.listed.Add(1)
	if c.from.Kind == storage.SitemapJob {
		c.src.mapped.Add(1)
	}
	c.jobs = append(c.jobs, j)
}

// isNested says whether an entry is to be asked for as a sitemap: those of an index, unless they plainly look like articles,
// and those of a urlset that are called like one, as systems make them that know of no index. What it is shows when it
// comes.
func (c *collector) isNested(e entry, u *url.URL, g urlGuess) bool {
	_, looksSo := listingAt(e.URL)
	name := strings.ToLower(u.Path)
	looksSo = looksSo || strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".xml.gz")
	if e.IsNested {
		return looksSo || g.Kind != urlArticle
	}
	return looksSo && c.from.Kind != storage.FeedJob
}

// leftOut says why a listed address does not become a job, by itself and the source's configuration; empty: it does.
func (r *run) leftOut(s *source, u *url.URL, g urlGuess) string {
	switch {
	case g.Kind == urlNever:
		return reasonShape
	case trapReason(u) != "":
		return reasonTrap
	case !s.permits(u):
		return reasonDenied
	}
	return ""
}

// address is where a job leads: what tells it apart, and what to ask the server for where that is another.
type address struct {
	url   string // normalised
	full  string // with the parameters that on most sites only track; empty: it has none
	fetch string // as found; empty: url
	u     *url.URL
}

// addressOf reads an address that a feed, sitemap or page gives.
func addressOf(raw string) (a address, ok bool) {
	found, err := cleaner.ResolveURL(nil, raw)
	if err != nil {
		return a, false
	}
	if a.url, err = cleaner.NormalizeURL(found); err != nil {
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
	if full, err := cleaner.FullURL(found); err == nil && full != a.url {
		a.full = full
	}
	return a, true
}

// needless reports whether a parameter need not be asked for. What else identity leaves out (cmp, srsltid, the order of parameters) is
// asked for as it was found: some servers answer nothing else, and some tell their articles apart by it.
func needless(param string) bool {
	name, _, _ := strings.Cut(param, "=")
	return cleaner.TrackingOf(name) == cleaner.OnlyTracking
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
	found, err := cleaner.ResolveURL(nil, raw)
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

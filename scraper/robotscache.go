package scraper

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

const (
	robotsFresh    = 24 * time.Hour      // RFC 9309 2.4: not longer, unless robots.txt can't be had
	robotsLeast    = 10 * time.Minute    // whatever Cache-Control says
	robotsHops     = 5                   // RFC 9309 2.3.1.2: at least five redirects
	robotsForgiven = 30 * 24 * time.Hour // RFC 9309 2.3.1.4: unreachable for so long counts as none
	robotsBackoff  = 30 * time.Second    // after the first failure, doubled with each further one
	staleFor       = 7 * 24 * time.Hour  // a copy stands in for an unreachable robots.txt
)

// robotsCopy is a robots.txt as it was had. It is not changed once made.
type robotsCopy struct {
	rules     *robotsRules
	body      []byte
	status    int // 0: no answer
	url       string
	etag      string
	modified  string
	fetchedAt time.Time
	expiresAt time.Time
	failedAt  time.Time // first of the failures in a row; zero: none
	failures  int
	class     Class // of the last failure
	message   string
	unreached bool
	noName    bool
	noTLS     bool
	retryable bool
	private   bool // the host's name leads to a private address
}

// conclusive: what the host says is known, be it that there is no robots.txt.
func (c *robotsCopy) conclusive() bool {
	return c.status/100 == 2 || c.status/100 == 4 && c.status != http.StatusTooManyRequests
}

// Robots knows what hosts allow. It is safe for concurrent use; of several that ask about a host, one fetches.
type Robots struct {
	fetcher *fetch.Fetcher
	polite  *Politeness
	ignore  bool
	log     *slog.Logger
	now     func() time.Time

	mu      sync.Mutex
	origins map[string]*robotsOrigin     // by scheme://host:port
	earlier map[string]storage.HostState // of earlier runs, by host
}

type robotsOrigin struct {
	turn     chan struct{} // holds one token: whoever has it may fetch
	mu       sync.Mutex
	copy     *robotsCopy   // nil: never asked
	reserved *reservations // nil: never asked
}

// NewRobots makes it for one run.
func NewRobots(o Options, f *fetch.Fetcher, p *Politeness) *Robots {
	r := &Robots{
		fetcher: f, polite: p, ignore: o.IgnoreRobots, log: o.Log, now: o.Now,
		origins: map[string]*robotsOrigin{}, earlier: map[string]storage.HostState{},
	}
	if r.now == nil {
		r.now = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r
}

// Check is nil if the address may be asked for. Else it says why not: Refused (skipped_disallowed, or the address
// itself is none), or Failed (robots_unavailable, and when to try again). It asks for robots.txt where that is due,
// and so must not be called by who holds the host's turn.
func (r *Robots) Check(ctx context.Context, address string) fetch.Outcome {
	page := fetch.Page{URL: address, FinalURL: address, FetchedAt: r.now()}
	u, err := fetch.ParseTarget(address, "")
	if err != nil {
		return fetch.Refused{Page: page, Class: fetch.ClassBadURL, Message: err.Error()}
	}
	page.Host = u.Host
	if err := r.fetcher.Check(u); err != nil {
		return fetch.Refused{Page: page, Class: fetch.ClassPrivateAddress, Message: err.Error()}
	}
	c, err := r.current(ctx, u)
	if err != nil {
		return fetch.Failed{Page: page, Class: fetch.ClassCanceled, Message: "the run ended before robots.txt was read", Retryable: true}
	}
	if r.ignore {
		return nil
	}
	if c.rules == nil {
		return c.failure(page, r.now())
	}
	if u.Path == "/robots.txt" {
		return nil // RFC 9309 2.2.2
	}
	if k := c.rules.match(pathAndQuery(u)); !k.allow {
		return fetch.Refused{Page: page, Class: ClassDisallowed, Message: fmt.Sprintf("%s line %d: Disallow: %s", c.url, k.line, fetch.Printable(k.pattern))}
	}
	return nil
}

// failure is that of a page whose host's robots.txt can't be had. Where not even a connection came about, the page
// would have fared the same.
func (c *robotsCopy) failure(page fetch.Page, now time.Time) fetch.Outcome {
	f := fetch.Failed{
		Page: page, Class: ClassRobotsUnavailable, Retryable: true, RetryAfter: max(time.Second, c.expiresAt.Sub(now)),
		Message: fmt.Sprintf("%s can't be had (%s), so nothing of the host may be fetched (RFC 9309): it is tried again later", c.url, c.message),
	}
	if c.private { // the name leads there, whatever is asked of it
		return fetch.Refused{Page: page, Class: c.class, Message: c.message}
	}
	if c.unreached {
		f.Class, f.Message, f.Retryable, f.Unreached = c.class, c.message, c.retryable, true
		f.NoName, f.NoTLS = c.noName, c.noTLS
	}
	return f
}

// Sitemaps are those that the robots.txt of the address's host names, absolute.
func (r *Robots) Sitemaps(ctx context.Context, address string) []string {
	u, err := fetch.ParseTarget(address, "")
	if err != nil {
		return nil
	}
	c, err := r.current(ctx, u)
	if err != nil || c.rules == nil {
		return nil
	}
	var all []string
	for _, s := range c.rules.sitemaps {
		if m, err := fetch.ParseTarget(s, c.url); err == nil {
			all = append(all, m.String())
		}
	}
	return all
}

func (r *Robots) origin(u *url.URL) *robotsOrigin {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := u.Scheme + "://" + u.Host
	o := r.origins[key]
	if o == nil {
		o = &robotsOrigin{turn: make(chan struct{}, 1)}
		o.turn <- struct{}{}
		if s, ok := r.earlier[u.Host]; ok {
			o.copy, o.reserved = restoredRobots(s), restoredReservations(s)
		}
		r.origins[key] = o
	}
	return o
}

func (o *robotsOrigin) known() *robotsCopy {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.copy
}

// current is the copy that holds now, fetched if need be. The error is the context's.
func (r *Robots) current(ctx context.Context, u *url.URL) (*robotsCopy, error) {
	o := r.origin(u)
	if c := o.known(); c != nil && r.now().Before(c.expiresAt) {
		return c, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-o.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { o.turn <- struct{}{} }()
	old := o.known()
	if old != nil && r.now().Before(old.expiresAt) {
		return old, nil // somebody else just fetched it
	}
	c, err := r.fetch(ctx, u, old)
	if err != nil {
		return nil, err
	}
	if r.ignore {
		r.log.Warn("robots.txt is ignored", "host", u.Host)
	}
	if c.rules != nil {
		r.polite.setCrawlDelay(u.Host, c.rules.crawlDelay)
	}
	o.mu.Lock()
	o.copy = c
	o.mu.Unlock()
	return c, nil
}

// fetch asks for robots.txt and follows its redirects.
func (r *Robots) fetch(ctx context.Context, u *url.URL, old *robotsCopy) (*robotsCopy, error) {
	first := u.Scheme + "://" + u.Host + "/robots.txt"
	q := fetch.Request{URL: first, Kind: fetch.Robots}
	if old != nil && old.rules != nil && old.url == first {
		q.ETag, q.LastModified = old.etag, old.modified
	}
	for range robotsHops + 1 {
		o, err := r.ask(ctx, q)
		if err != nil {
			return nil, err
		}
		next, ok := o.(fetch.Redirected)
		if !ok {
			return r.concluded(first, o, old), nil
		}
		q = fetch.Request{URL: next.To, Kind: fetch.Robots}
	}
	// RFC 9309 2.3.1.2 lets us take this for "there is none". But who sends us in circles has not said that we may.
	return r.concluded(first, fetch.Failed{Class: ClassTooManyRedirects, Message: fmt.Sprintf("more than %d redirects", robotsHops)}, old), nil
}

// ask makes one request in the host's turn.
func (r *Robots) ask(ctx context.Context, q fetch.Request) (fetch.Outcome, error) {
	u, err := fetch.ParseTarget(q.URL, "")
	if err != nil {
		return fetch.Refused{Class: fetch.ClassBadURL, Message: err.Error()}, nil
	}
	ok, again, err := r.polite.Wait(ctx, u.Host, 0, patience)
	if err != nil {
		return nil, err
	}
	if !ok {
		return fetch.Failed{
			Class: fetch.ClassRateLimited, Retryable: true, RetryAfter: again.Sub(r.now()),
			Message: "its host asked not to be asked before " + again.UTC().Format(time.RFC3339),
		}, nil
	}
	o := r.fetcher.Fetch(ctx, q)
	if f, ok := o.(fetch.Fetched); ok && len(f.Page.Body) >= fetch.MaxRobotsBytes {
		_ = sleep(ctx, hungUp) // if the run ends meanwhile, the next step says so
	}
	r.polite.endRobots(u.Host, fetch.PageOf(o))
	if f, ok := o.(fetch.Failed); ok && f.Class == fetch.ClassCanceled && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return o, nil
}

// concluded is what an answer means (RFC 9309 2.3.1).
func (r *Robots) concluded(first string, o fetch.Outcome, old *robotsCopy) *robotsCopy {
	now := r.now()
	c := &robotsCopy{url: first, fetchedAt: now, expiresAt: now.Add(robotsFresh)}
	fresh := time.Duration(0)
	switch o := o.(type) {
	case fetch.Fetched:
		c.rules, c.body, c.status = parseRobots(o.Page.Body), o.Page.Body, o.Page.Status
		c.etag, c.modified, c.url, fresh = o.Page.ETag, o.Page.LastModified, o.Page.FinalURL, o.Fresh
	case fetch.NotModified:
		k := *old
		k.fetchedAt, k.expiresAt, k.failures, k.failedAt = now, c.expiresAt, 0, time.Time{}
		c, fresh = &k, o.Fresh
	case fetch.Refused:
		c = r.unavailable(c, fetch.Failed{Class: o.Class, Message: o.Message}, old)
		c.private = o.Class == fetch.ClassPrivateAddress && o.Page.Status == 0 && o.Page.URL == first
		return c
	case fetch.Failed:
		c.status = o.Page.Status
		switch {
		case c.conclusive() && c.status/100 == 4:
			c.rules, c.message = &robotsRules{}, o.Message // 4xx: there is none, all is allowed
		case o.Class == fetch.ClassEmpty || o.Class == fetch.ClassChallenge && c.status/100 == 2:
			c.rules = &robotsRules{} // a 204
		default:
			return r.unavailable(c, o, old)
		}
	}
	if fresh > 0 {
		c.expiresAt = now.Add(min(max(fresh, robotsLeast), robotsFresh))
	}
	return c
}

// unavailable is a robots.txt that can't be had: all is forbidden, unless a copy of late stands in for it.
func (r *Robots) unavailable(c *robotsCopy, o fetch.Failed, old *robotsCopy) *robotsCopy {
	now := c.fetchedAt
	c.class, c.message, c.unreached, c.retryable = o.Class, o.Message, o.Unreached, o.Retryable
	c.noName, c.noTLS = o.NoName, o.NoTLS
	c.failures, c.failedAt = 1, now
	if old != nil {
		c.failures += old.failures
		if !old.failedAt.IsZero() {
			c.failedAt = old.failedAt
		}
		if old.rules != nil && now.Sub(old.fetchedAt) < staleFor {
			k := *old
			k.failures, k.failedAt, k.message = c.failures, c.failedAt, c.message
			c = &k
		}
	}
	if c.rules == nil && now.Sub(c.failedAt) >= robotsForgiven {
		c.rules = &robotsRules{}
	}
	c.expiresAt = now.Add(max(min(o.RetryAfter, fetch.MaxRetryAfter), doubled(robotsBackoff, c.failures-1)))
	return c
}

// AskReservations reads the tdmrep.json of the address's host where that is due, in the host's turn. Check must have
// agreed to the address before.
func (r *Robots) AskReservations(ctx context.Context, address string, delay time.Duration) {
	u, err := fetch.ParseTarget(address, "")
	if err != nil {
		return
	}
	o := r.origin(u)
	if k := o.knownReservations(); k != nil && r.now().Before(k.expiresAt) {
		return
	}
	select {
	case <-o.turn:
	case <-ctx.Done():
		return
	}
	defer func() { o.turn <- struct{}{} }()
	old := o.knownReservations()
	if old != nil && r.now().Before(old.expiresAt) {
		return // somebody else just fetched it
	}
	c := o.known()
	if c == nil || c.rules == nil || !r.ignore && !c.rules.match(tdmPath).allow {
		return
	}
	if ok, _, err := r.polite.Wait(ctx, u.Host, delay, patience); !ok || err != nil {
		return
	}
	out := r.fetcher.Fetch(ctx, fetch.Request{URL: u.Scheme + "://" + u.Host + tdmPath, Kind: fetch.Robots, Label: "tdm"})
	r.polite.End(u.Host, out)
	k := &reservations{fetchedAt: r.now(), expiresAt: r.now().Add(tdmFresh)}
	switch out := out.(type) {
	case fetch.Fetched:
		if k.rules = parseTDMRep(out.Page.Body); k.rules != nil {
			k.body = out.Page.Body
		}
	case fetch.Failed:
		if out.Class == fetch.ClassCanceled {
			return
		}
		if out.Page.Status/100 != 4 {
			k.expiresAt = k.fetchedAt.Add(tdmRetry)
			if old != nil {
				k.rules, k.body = old.rules, old.body
			}
		}
	}
	o.mu.Lock()
	o.reserved = k
	o.mu.Unlock()
}

func (o *robotsOrigin) knownReservations() *reservations {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.reserved
}

// OptOut is what the host, as far as its robots.txt and tdmrep.json were read, says against mining of an address;
// empty: nothing.
func (r *Robots) OptOut(address string) string {
	u, err := fetch.ParseTarget(address, "")
	if err != nil {
		return ""
	}
	o, evidence := r.origin(u), ""
	if c := o.known(); c != nil && c.rules != nil {
		evidence = c.rules.optOut
	}
	if k := o.knownReservations(); k != nil {
		if s := k.evidence(pathAndQuery(u)); s != "" {
			evidence = joined(evidence, s)
		}
	}
	return evidence
}

// Restore brings back a host's robots.txt from an earlier run.
func (r *Robots) Restore(s storage.HostState) {
	if s.RobotsFetchedAt.IsZero() && s.TDMFetchedAt.IsZero() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.earlier[s.Host] = s
}

// restoredRobots is the copy of an earlier run; nil: none.
func restoredRobots(s storage.HostState) *robotsCopy {
	if s.RobotsFetchedAt.IsZero() {
		return nil
	}
	c := &robotsCopy{
		body: s.RobotsBody, status: s.RobotsStatus, url: s.RobotsURL, fetchedAt: s.RobotsFetchedAt, expiresAt: s.RobotsExpiresAt, failedAt: s.RobotsFailedAt,
	}
	if !c.conclusive() {
		// For how long it has been so counts, whatever run asked. Where there was no answer at all, the network may have
		// been ours: this run asks anew.
		c.class, c.retryable, c.failures, c.message = fetch.ClassHTTP5xx, true, 1, fmt.Sprintf("answered %d", c.status)
		if c.status == 0 {
			c.expiresAt = time.Time{}
		}
		return c
	}
	c.rules = &robotsRules{}
	if c.status/100 == 2 {
		c.rules = parseRobots(s.RobotsBody)
	}
	return c
}

// forgetBody drops the text of a copy that is being saved: the rules are enough, and files of half a megabyte on a
// thousand hosts are not.
func (o *robotsOrigin) forgetBody(c *robotsCopy) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.copy == c && c.body != nil && c.status/100 == 2 {
		lean := *c
		lean.body = nil
		o.copy = &lean
	}
}

// Save puts the host's robots.txt into s. Where http and https differ, the one that was had last.
func (r *Robots) Save(s *storage.HostState) {
	for _, scheme := range []string{"http", "https"} {
		r.mu.Lock()
		o := r.origins[scheme+"://"+s.Host]
		r.mu.Unlock()
		if o == nil {
			continue
		}
		if c := o.known(); c != nil && (c.conclusive() || s.RobotsFetchedAt.IsZero()) && !c.fetchedAt.Before(s.RobotsFetchedAt) {
			s.RobotsBody, s.RobotsStatus, s.RobotsURL = c.body, c.status, c.url
			s.RobotsFetchedAt, s.RobotsExpiresAt, s.RobotsFailedAt = c.fetchedAt, c.expiresAt, c.failedAt
			o.forgetBody(c)
		}
		if k := o.knownReservations(); k != nil && !k.fetchedAt.Before(s.TDMFetchedAt) {
			s.TDMBody, s.TDMFetchedAt = k.body, k.fetchedAt
		}
	}
}

// savedRobots says when what is in the database of hosts, or on its way there, was fetched. It is safe for concurrent use.
type savedRobots struct {
	mu          sync.Mutex
	robots, tdm map[string]time.Time
}

// save puts the host's robots.txt and tdmrep.json into h, but not what is saved: half a megabyte of comments need not be
// written with each page.
func (s *savedRobots) save(r *Robots, h *storage.HostState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.robots == nil {
		s.robots, s.tdm = map[string]time.Time{}, map[string]time.Time{}
	}
	r.Save(h)
	if s.robots[h.Host].Equal(h.RobotsFetchedAt) {
		h.RobotsFetchedAt = time.Time{}
	} else {
		s.robots[h.Host] = h.RobotsFetchedAt
	}
	if s.tdm[h.Host].Equal(h.TDMFetchedAt) {
		h.TDMFetchedAt = time.Time{}
	} else {
		s.tdm[h.Host] = h.TDMFetchedAt
	}
}

package scraper

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// pace is how a host is asked.
type pace struct {
	delay    time.Duration // least time between the starts of two requests
	fixed    bool          // the user named the delay: no rest is added for a slow host
	inFlight int           // requests at once
}

const (
	defaultDelay  = time.Second
	maxCrawlDelay = time.Minute      // a Crawl-delay above it is obeyed as this: 1,440 pages a day are still polite
	maxRest       = 10 * time.Second // the longest rest for slowness alone
	firstBackoff  = 5 * time.Second  // after a 429 without a usable Retry-After, and after a timeout: the server may still be at it
	maxBackoff    = 6 * time.Hour
	hungUp        = time.Second // until a server has noticed that a transfer was broken off, it counts it as one in flight
	asideAfter    = 5           // failures in a row that set a host aside …
	firstAside    = time.Minute // … for this long, doubled with each further one
	jitterShare   = 0.01        // of the delay, added at random: many crawlers started by the same minute of cron must not march in step
)

// hostPace is what is known of one host.
type hostPace struct {
	nextAt     time.Time // not before
	crawlDelay time.Duration
	latency    time.Duration // of its answers lately; 0: unknown
	failures   int           // in a row
	inFlight   int
	spacing    time.Duration // from the start of the request in flight to that of the next
}

// gap is the least time between the starts of two requests.
func (p pace) gap(h hostPace) time.Duration { return max(p.delay, min(h.crawlDelay, maxCrawlDelay)) }

// began is h after a request began; jitter is from 0 to 1.
func (p pace) began(h hostPace, now time.Time, jitter float64) hostPace {
	gap := p.gap(h)
	h.inFlight++
	h.spacing = gap + time.Duration(jitter*jitterShare*float64(gap))
	h.nextAt = later(h.nextAt, now.Add(h.spacing))
	return h
}

// ended is h after a request ended as o.
func (p pace) ended(h hostPace, now time.Time, o fetch.Outcome) hostPace {
	h.inFlight--
	h.nextAt = later(h.nextAt, now.Add(settling(fetch.PageOf(o).Duration)))
	// The host counts from when a request arrives, which may be long after it was sent: over a new connection, or when
	// a line is crowded. FetchedAt is when the answer began, so the request was there by then, whatever it met with.
	h.nextAt = later(h.nextAt, fetch.PageOf(o).FetchedAt.Add(h.spacing))
	switch o := o.(type) {
	case fetch.Fetched:
		h = p.answered(h, now, o.Page.Duration)
	case fetch.NotModified:
		h = p.answered(h, now, o.Page.Duration)
	case fetch.Redirected:
		h = p.answered(h, now, o.Page.Duration)
	case fetch.Failed:
		h = p.failed(h, now, o)
	}
	return h
}

// settling is the time that a server gets to notice that an exchange is over, before it is asked over what may be
// another connection: else it sees two at once. A loaded server, whose answers take long, needs more of it. One whose
// answer we broke off has a second, see failed.
func settling(took time.Duration) time.Duration {
	return min(max(took/4, 2*time.Millisecond), 50*time.Millisecond)
}

// answered notes a good answer. A host that is slow to answer rests as long as it worked, as Scrapy's AutoThrottle
// and Heritrix's delay factor would have it.
func (p pace) answered(h hostPace, now time.Time, took time.Duration) hostPace {
	h.failures = 0
	if h.latency == 0 {
		h.latency = took
	}
	h.latency += (took - h.latency) * 3 / 10
	if !p.fixed {
		h.nextAt = later(h.nextAt, now.Add(min(h.latency, maxRest)))
	}
	return h
}

// failed sets the host aside, if that is what the failure calls for.
func (p pace) failed(h hostPace, now time.Time, o fetch.Failed) hostPace {
	switch o.Class {
	case fetch.ClassConnect, fetch.ClassTLS, fetch.ClassTimeout, fetch.ClassHTTP5xx, fetch.ClassRateLimited, ClassRobotsUnavailable, fetch.ClassTruncated:
		h.failures++
	case fetch.ClassCanceled, fetch.ClassPanic:
		return h
	default: // the host is well, it only has nothing for us there
		h.failures = 0
	}
	wait := min(o.RetryAfter, fetch.MaxRetryAfter)
	if wait == 0 && (o.Class == fetch.ClassRateLimited || o.Class == fetch.ClassTimeout) {
		wait = doubled(firstBackoff, h.failures-1)
	}
	switch o.Class {
	case fetch.ClassConnect, fetch.ClassTruncated, fetch.ClassDecode, fetch.ClassTooLarge, fetch.ClassNotHTML:
		wait = max(wait, hungUp)
	}
	if h.failures >= asideAfter {
		wait = max(wait, doubled(firstAside, h.failures-asideAfter))
	}
	h.nextAt = later(h.nextAt, now.Add(wait))
	return h
}

// doubled is d, doubled n times, up to maxBackoff.
func doubled(d time.Duration, n int) time.Duration {
	for ; n > 0 && d < maxBackoff; n-- {
		d *= 2
	}
	return min(d, maxBackoff)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Politeness says when a host may be asked. All requests of a run go through one, whatever source they are for.
type Politeness struct {
	pace  pace
	now   func() time.Time
	start time.Time
	mu    sync.Mutex
	hosts map[string]*politeHost
}

type politeHost struct {
	hostPace
	address netip.Addr    // where it was last reached; zero: never, or behind a proxy
	free    chan struct{} // closed when a request ends; nil: nobody waits
}

// NewPoliteness makes it with the run's delay.
func NewPoliteness(o Options) *Politeness {
	p := &Politeness{pace: pace{delay: o.Delay, fixed: o.DelaySet, inFlight: 1}, now: o.Now, hosts: map[string]*politeHost{}}
	if !o.DelaySet && o.Delay == 0 {
		p.pace.delay = defaultDelay
	}
	if p.now == nil {
		p.now = time.Now
	}
	p.start = p.now()
	return p
}

func (p *Politeness) host(name string) *politeHost {
	h := p.hosts[name]
	if h == nil {
		h = &politeHost{}
		p.hosts[name] = h
	}
	return h
}

// ReadyAt is the earliest time at which the host may be asked, as far as is known now. busy: a request is in flight.
func (p *Politeness) ReadyAt(host string) (at time.Time, busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.host(host)
	return h.nextAt, h.inFlight >= p.pace.inFlight
}

// gapOf is the least time between two requests to the host, for a source whose own delay is that (0: the run's).
func (p *Politeness) gapOf(host string, delay time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(delay, p.pace.gap(p.host(host).hostPace))
}

// Begin takes the host's turn if that is now, for a delay of at least delay (a source's own; 0: the run's). Else it
// says when to ask again; zero: when the request in flight has ended.
func (p *Politeness) Begin(host string, delay time.Duration) (ok bool, again time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, now := p.host(host), p.now()
	switch {
	case h.inFlight >= p.pace.inFlight:
		return false, time.Time{}
	case now.Before(h.nextAt):
		return false, h.nextAt
	}
	pc := p.pace
	pc.delay = max(pc.delay, delay)
	h.hostPace = pc.began(h.hostPace, now, rand.Float64())
	return true, time.Time{}
}

// Wait takes the host's turn when it comes, unless that is more than most away: then it says when.
func (p *Politeness) Wait(ctx context.Context, host string, delay, most time.Duration) (ok bool, again time.Time, err error) {
	deadline := p.now().Add(most)
	for {
		ok, again = p.Begin(host, delay)
		if ok || again.After(deadline) {
			return ok, again, nil
		}
		if again.IsZero() {
			err = p.waitFree(ctx, host)
		} else {
			err = sleep(ctx, again.Sub(p.now()))
		}
		if err != nil {
			return false, again, err
		}
	}
}

// waitFree waits until a request to the host has ended.
func (p *Politeness) waitFree(ctx context.Context, host string) error {
	p.mu.Lock()
	h := p.host(host)
	if h.inFlight < p.pace.inFlight {
		p.mu.Unlock()
		return nil
	}
	if h.free == nil {
		h.free = make(chan struct{})
	}
	free := h.free
	p.mu.Unlock()
	select {
	case <-free:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// End gives the turn back and learns from how the request ended.
func (p *Politeness) End(host string, o fetch.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.host(host)
	h.hostPace = p.pace.ended(h.hostPace, p.now(), o)
	h.release()
}

// endRobots gives the turn back that a request for robots.txt took. What its failure means for the host's pages,
// Robots says; here it only counts as a request.
func (p *Politeness) endRobots(host string, page fetch.Page) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.host(host)
	h.inFlight--
	h.nextAt = later(h.nextAt, p.now().Add(settling(page.Duration)))
	h.nextAt = later(h.nextAt, page.FetchedAt.Add(h.spacing))
	h.release()
}

func (h *politeHost) release() {
	if h.free != nil {
		close(h.free)
		h.free = nil
	}
}

// located notes at which IP address a host was reached.
func (p *Politeness) located(host string, at netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.host(host).address = at
}

// Address is where a host was reached; zero: it is not known.
func (p *Politeness) Address(host string) netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.host(host).address
}

// setCrawlDelay notes what the host's robots.txt asks for.
func (p *Politeness) setCrawlDelay(host string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.host(host).crawlDelay = d
}

// Restore brings back what an earlier run learned of a host.
func (p *Politeness) Restore(s storage.HostState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.host(s.Host)
	h.crawlDelay, h.failures, h.latency = s.CrawlDelay, s.Failures, s.Latency
	// That run may have been killed with a request on its way of which nothing is written.
	h.nextAt = later(s.NextFetchAt, p.start.Add(p.pace.gap(h.hostPace)))
}

// Save puts what was learned of the host into s.
func (p *Politeness) Save(s *storage.HostState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.host(s.Host)
	s.NextFetchAt, s.CrawlDelay, s.Failures, s.Latency = h.nextAt.Add(time.Second-1).Truncate(time.Second), h.crawlDelay, h.failures, h.latency // the database keeps whole seconds
}

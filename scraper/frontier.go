package scraper

import (
	"container/heap"
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// Bounds of what the frontier holds in memory.
const (
	// windowJobs is how many jobs of a queue are read from the database at a time: enough that a look-up of about
	// 0.2 ms costs a few microseconds a job, few enough that ten thousand hosts fit in 30 MB.
	windowJobs = 24
	// wakeEvery is how often jobs whose time has come are let back in.
	wakeEvery = time.Second
	// patience is for how long after its last gain a run that has nothing else to do waits for jobs that are to be
	// tried again. What takes longer is left to the next run: of many dead hosts, one or another is always due soon.
	patience = 100 * time.Second
	// defaultPerAddress is how many hosts of one IP address are asked at once: a shared server of small sites bears
	// eight readers, and a network in front of large ones doesn't notice.
	defaultPerAddress = 8
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

// frontier decides what comes next: which host may be asked, and what of it is most urgent. It remembers nothing
// for good (storage does) and is owned by one goroutine.
type frontier struct {
	db     *storage.DB
	window storage.Window
	polite *Politeness
	now    func() time.Time

	restoreHost func(host string) error // brings back what an earlier run learned of a host

	perAddress int // hosts of one IP address that are asked at once
	addresses  map[netip.Addr]*addressLoad

	hosts    map[string]*hostQueue
	ready    hostHeap // hosts with jobs that no task holds
	held     int      // tasks that were handed out and whose record is not committed yet
	bySource map[string]*sourceLoad
}

// hostQueue is a host with the jobs of all sources that wait there. One task at a time goes to a host.
type hostQueue struct {
	host     string
	restored bool
	queues   []*sourceQueue
	turn     int        // whose turn it is
	at       time.Time  // when the host may be asked next
	busy     bool       // a task is with the host
	parked   bool       // as many hosts of its IP address are being asked as may be
	address  netip.Addr // that the present task counts for; zero: none
	index    int        // in the heap; -1: not there
	resumed  []task     // tasks that go on: further pages of an article
	heldByID map[int64]bool
}

// sourceQueue is a window on the waiting jobs of a source on a host.
type sourceQueue struct {
	storage.Queue
	jobs []storage.Job
	more bool // the database may have more than jobs
}

func newFrontier(db *storage.DB, window storage.Window, polite *Politeness, now func() time.Time) *frontier {
	return &frontier{
		db: db, window: window, polite: polite, now: now, hosts: map[string]*hostQueue{}, bySource: map[string]*sourceLoad{},
		perAddress: defaultPerAddress, addresses: map[netip.Addr]*addressLoad{},
	}
}

// addressLoad is how much is asked of one IP address.
type addressLoad struct {
	busy   int
	parked []*hostQueue // hosts that wait until less is
}

// claim counts a host's next task for its IP address, or parks the host until that may be asked.
func (f *frontier) claim(h *hostQueue) bool {
	at := f.polite.Address(h.host)
	if !at.IsValid() {
		return true
	}
	a := f.addresses[at]
	if a == nil {
		a = &addressLoad{}
		f.addresses[at] = a
	}
	if a.busy >= f.perAddress {
		h.parked = true
		a.parked = append(a.parked, h)
		f.settle(h)
		return false
	}
	a.busy++
	h.address = at
	return true
}

// release undoes claim.
func (f *frontier) release(h *hostQueue) {
	a := f.addresses[h.address]
	if a == nil {
		return
	}
	h.address = netip.Addr{}
	if a.busy--; len(a.parked) > 0 {
		next := a.parked[0]
		a.parked = a.parked[1:]
		next.parked = false
		f.settle(next)
	}
}

// sourceLoad is what the frontier has of one source.
type sourceLoad struct {
	held   int
	queues []*sourceQueue
}

func (f *frontier) source(key string) *sourceLoad {
	s := f.bySource[key]
	if s == nil {
		s = &sourceLoad{}
		f.bySource[key] = s
	}
	return s
}

// isWorkingOn reports whether a source has tasks under way or jobs that wait.
func (f *frontier) isWorkingOn(key string) bool {
	s := f.source(key)
	if s.held > 0 {
		return true
	}
	for _, q := range s.queues {
		if len(q.jobs) > 0 || q.more {
			return true
		}
	}
	return false
}

// open takes in a queue of which the database may have jobs.
func (f *frontier) open(q storage.Queue) {
	h := f.host(q.Host)
	for _, s := range h.queues {
		if s.Source == q.Source {
			s.more = true
			f.settle(h)
			return
		}
	}
	s := &sourceQueue{Queue: q, more: true}
	h.queues = append(h.queues, s)
	f.source(q.Source).queues = append(f.source(q.Source).queues, s)
	f.settle(h)
}

func (f *frontier) host(name string) *hostQueue {
	h := f.hosts[name]
	if h == nil {
		h = &hostQueue{host: name, index: -1, heldByID: map[int64]bool{}}
		h.at, _ = f.polite.ReadyAt(name)
		f.hosts[name] = h
	}
	return h
}

// settle puts a host where it belongs: into the heap if it may have a job for the next task, else out of it.
func (f *frontier) settle(h *hostQueue) {
	wanted := !h.busy && !h.parked && h.hasJobs()
	switch {
	case wanted && h.index < 0:
		heap.Push(&f.ready, h)
	case wanted:
		heap.Fix(&f.ready, h.index)
	case h.index >= 0:
		heap.Remove(&f.ready, h.index)
	}
}

func (h *hostQueue) hasJobs() bool {
	if len(h.resumed) > 0 {
		return true
	}
	for _, q := range h.queues {
		if len(q.jobs) > 0 || q.more {
			return true
		}
	}
	return false
}

// next hands out a task whose host may be asked now. Without one, wait says how long until the first may be (negative:
// no host has any).
func (f *frontier) next(ctx context.Context) (t task, ok bool, wait time.Duration, err error) {
	now := f.now()
	for len(f.ready) > 0 {
		h := f.ready[0]
		if wait := h.at.Sub(now); wait > 0 {
			return task{}, false, wait, nil
		}
		if !f.claim(h) {
			continue
		}
		t, ok, err := f.take(ctx, h)
		if !ok {
			f.release(h)
		}
		if err != nil {
			return task{}, false, 0, err
		}
		if !ok {
			f.settle(h) // it turned out to have none, or to be set aside
			continue
		}
		h.busy = true
		f.held++
		f.source(t.Source).held++
		f.settle(h)
		return t, true, 0, nil
	}
	return task{}, false, -1, nil
}

// take removes the most urgent job of the source whose turn it is.
func (f *frontier) take(ctx context.Context, h *hostQueue) (task, bool, error) {
	if !h.restored {
		h.restored = true
		if err := f.restoreHost(h.host); err != nil {
			return task{}, false, err
		}
		h.at, _ = f.polite.ReadyAt(h.host)
		if h.at.After(f.now()) {
			return task{}, false, nil
		}
	}
	if n := len(h.resumed); n > 0 {
		t := h.resumed[0]
		h.resumed = h.resumed[1:]
		return t, true, nil
	}
	for range h.queues {
		h.turn = (h.turn + 1) % len(h.queues)
		q := h.queues[h.turn]
		if len(q.jobs) == 0 && q.more {
			if err := f.refill(ctx, h, q); err != nil {
				return task{}, false, err
			}
		}
		if len(q.jobs) > 0 {
			j := q.jobs[0]
			q.jobs = q.jobs[1:]
			h.heldByID[j.ID] = true
			return task{Job: j}, true, nil
		}
	}
	return task{}, false, nil
}

// refill reads the next jobs of a queue. Those that are done but not committed yet are still waiting in the database.
func (f *frontier) refill(ctx context.Context, h *hostQueue, q *sourceQueue) error {
	limit := windowJobs + len(h.heldByID)
	jobs, err := f.db.WaitingJobs(ctx, q.Queue, f.window, limit)
	if err != nil {
		return err
	}
	q.more = len(jobs) == limit
	q.jobs = q.jobs[:0]
	for _, j := range jobs {
		if !h.heldByID[j.ID] {
			q.jobs = append(q.jobs, j)
		}
	}
	return nil
}

// fetched says that a task's request is over, and the host may be asked again as politeness has it.
func (f *frontier) fetched(host string) {
	h := f.host(host)
	h.busy = false
	f.release(h)
	h.at, _ = f.polite.ReadyAt(host)
	f.settle(h)
}

// resume hands a task back that goes on with another page of the same host.
func (f *frontier) resume(t task) {
	h := f.host(t.Host)
	f.held--
	f.source(t.Source).held--
	h.resumed = append(h.resumed, t)
	f.settle(h)
}

// committed says that a task's record is in the database, with the queues that it may have added to.
func (f *frontier) committed(t storage.Job) {
	f.held--
	f.source(t.Source).held--
	delete(f.host(t.Host).heldByID, t.ID)
}

// load is how many hosts are being asked, how many wait for their turn, and how many jobs are in memory.
func (f *frontier) load() (active, waiting, queued int) {
	for _, h := range f.hosts {
		if h.busy {
			active++
		}
		for _, q := range h.queues {
			queued += len(q.jobs)
		}
	}
	return active, len(f.ready), queued
}

// hostHeap orders hosts by the time they may be asked, so that those that are due take turns: a host that was just
// asked goes behind all others.
type hostHeap []*hostQueue

func (h hostHeap) Len() int           { return len(h) }
func (h hostHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h hostHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *hostHeap) Push(x any) {
	q := x.(*hostQueue)
	q.index = len(*h)
	*h = append(*h, q)
}

func (h *hostHeap) Pop() any {
	old := *h
	q := old[len(old)-1]
	q.index = -1
	*h = old[:len(old)-1]
	return q
}

// Priorities: greater is sooner. Within a kind, what is newer or likelier comes first.
const (
	feedPriority    = 100 // a feed costs one request and gives the newest
	startPriority   = 90
	sitemapPriority = 80
	nestedPriority  = 50 // a sitemap of an index: after what is known to be fresh, before old articles
	articlePriority = 40 // plus freshness and likelihood, at most 39
	sectionPriority = 30
	guessPriority   = 20 // addresses where feeds and sitemaps often are
)

// priorityOf an article: fresh news first, then by how much its address looks like one. An article without a date is
// taken for one of last week.
func priorityOf(g urlGuess, hint storage.Hint, now time.Time) float64 {
	age := 7 * 24 * time.Hour
	if at := later(hint.PublishedAt, hint.ModifiedAt); !at.IsZero() {
		age = max(0, now.Sub(at))
	}
	fresh := 30 / (1 + age.Hours()/24) // 30 now, 15 after a day, 4 after a week
	return articlePriority + fresh + 9*g.Score
}

// Intervals between polls of a hub. Half of it after a poll that brought something, one and a half times after one
// that didn't, within these bounds: a cron job every ten minutes asks a lively feed each time, a quiet site once a day.
const (
	leastInterval   = 5 * time.Minute
	feedInterval    = 15 * time.Minute // the first, for feeds, news sitemaps and start pages
	sectionInterval = time.Hour
	sitemapInterval = 6 * time.Hour
	mostInterval    = 24 * time.Hour
	mostOldInterval = 7 * 24 * time.Hour // of a sitemap whose newest entry is a month old
)

// nextInterval is the time to the next poll; last is the one before (0: this was the first), fresh what the server
// says of how long the answer holds.
func nextInterval(j storage.Job, h storage.HubCheck, last, fresh time.Duration, now time.Time) time.Duration {
	first := sectionInterval
	switch {
	case j.Kind == storage.FeedJob || h.Format == "news_sitemap" || j.Kind == storage.SectionJob && j.Depth == 0:
		first = feedInterval
	case j.Kind == storage.SitemapJob:
		first = sitemapInterval
	}
	next := first
	switch {
	case last == 0:
	case h.Changed:
		next = last / 2
	default:
		next = last * 3 / 2
	}
	most := mostInterval
	if j.Kind == storage.SitemapJob && !h.NewestAt.IsZero() && now.Sub(h.NewestAt) > 30*24*time.Hour {
		most = mostOldInterval
	}
	return min(max(next, leastInterval, min(fresh, first)), most)
}

// recheckAges are the ages, counted from the first fetch, at which an article is fetched again to catch corrections.
var recheckAges = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}

// recheck are the ages for a source: its own, or the run's.
func (r *run) recheck(key string) []time.Duration {
	if src := r.sources[key]; src != nil && len(src.Crawl.Recheck) > 0 {
		return src.Crawl.Recheck
	}
	return r.Recheck
}

// nextCheck is when an article that was first fetched at first is fetched again; zero: no more. What was a month old
// when it was found changes seldom: it is checked once, at the last of the ages.
func nextCheck(ages []time.Duration, first, published, now time.Time) time.Time {
	if len(ages) == 0 {
		return time.Time{}
	}
	if !published.IsZero() && first.Sub(published) > 30*24*time.Hour {
		ages = ages[len(ages)-1:]
	}
	for _, a := range ages {
		if at := first.Add(a); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// A page that is no article, or that may not be had, is so on the day it was asked for: servers in trouble say such things, and
// sites change their minds. It is asked for again after these waits, one for each such answer in a row; after the last it is
// left alone, but for --again.
var (
	troubleAges = []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}           // notices, and what should be an article
	verdictAges = []time.Duration{24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour} // what the site forbids
	unlikelyAge = []time.Duration{7 * 24 * time.Hour}                                      // what hardly was an article to begin with
)

// lookAgain says when an address is looked at again that ended without an article and is not to be tried again anyway.
func lookAgain(rec *storage.Record, now time.Time) {
	j := &rec.Job
	class := Class(rec.Ending.Class)
	if j.Kind != storage.ArticleJob || class == ClassStored {
		j.Verdicts = 0
		return
	}
	ages := agesOf(rec)
	if len(ages) == 0 || !rec.Ending.DueAt.IsZero() {
		return
	}
	if class == ClassDisallowed { // costs the site nothing
		ages = ages[min(j.Verdicts, len(ages)-1):]
	} else {
		ages = ages[min(j.Verdicts, len(ages)):]
	}
	j.Verdicts++
	if len(ages) > 0 {
		rec.Ending.DueAt = now.Add(ages[0])
	}
}

// agesOf are the waits for the class of an ending; none: its retries are all.
func agesOf(rec *storage.Record) []time.Duration {
	u, err := url.Parse(rec.Job.URL)
	isListed := rec.Job.Depth == listedDepth || rec.Job.Hint != (storage.Hint{})
	isLikely := isListed || err == nil && guessURL(u).Score >= 0.5
	wasAsked := rec.Fetch != nil && rec.Fetch.Status != 0
	switch Class(rec.Ending.Class) {
	case ClassNoindex, ClassDisallowed, ClassOptOut:
		return verdictAges
	case ClassNotice, fetch.ClassChallenge:
		return troubleAges
	case ClassNotArticle:
		switch {
		case !wasAsked:
			return nil
		case isLikely:
			return troubleAges
		}
		return unlikelyAge
	case fetch.ClassEmpty:
		return troubleAges
	case fetch.ClassHTTP4xx: // a feed or front page may be ahead of its site
		if isLikely && rec.Job.Depth <= 1 && wasAsked && rec.Fetch.Status != http.StatusGone {
			return troubleAges
		}
	}
	return nil
}

// retryAfterFailures are the waits before the next try of an address that failed so many times in a row, with full
// jitter on top; after the last it is left alone.
var retryAfterFailures = []time.Duration{5 * time.Second, 30 * time.Second, 10 * time.Minute, 6 * time.Hour, 24 * time.Hour}

// soonTries is how many failures in a row may be tried again as soon as the server asks for it, and not only after
// the wait of its number.
const soonTries = 4

// retryAt is when a job that failed for the attempts-th time is tried again; zero: never.
func retryAt(attempts int, asked time.Duration, now time.Time) time.Time {
	if attempts > len(retryAfterFailures) {
		return time.Time{}
	}
	d := retryAfterFailures[max(0, attempts-1)]
	if asked > 0 && attempts <= soonTries {
		d = retryAfterFailures[0] // who says when is taken at their word
	}
	d += time.Duration(rand.Float64() * float64(d) / 2)
	// Rounded up: the database keeps whole seconds.
	return now.Add(time.Duration(math.Ceil(max(d, asked).Seconds())) * time.Second)
}

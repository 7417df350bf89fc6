// Package scraper finds, fetches and hands on the pages of news sites: everything that talks to the network.
//
// [Crawl] is a run. Its stages are bounded and each has one owner:
//
//	frontier -> fetch (many workers) -> clean (one a core) -> storage.Write (one)
//	    ^                                                          |
//	    +---------------- committed: what was found ---------------+
//
// The frontier (frontier.go) hands out a task whose host may be asked; a fetch worker asks robots.txt (robots.go),
// takes the host's turn (politeness.go) and fetches (package fetch), which gives an Outcome. A clean worker
// makes a storage.Record of it (discover.go, redirects.go; package listing, collect.go, section.go for what lists addresses,
// address.go, urlclass.go for what an address is and says by itself, source.go for what is wanted, autodiscover.go for
// where nobody says where to look). The record is written in one transaction with the job's ending and the addresses
// found, so that a run may be killed at any moment.
package scraper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"newsmill/configs"
	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// Options tune a run. Zero values mean the defaults written beside each field.
type Options struct {
	Sources      []configs.Source
	RunID        int64         // the row of runs that records belong to
	Contact      string        // address or e-mail that the User-Agent names; empty: the project's page
	Delay        time.Duration // least time between the starts of two requests to a host; default 1 s, see DelaySet
	DelaySet     bool          // Delay is meant, even if 0
	Concurrency  int           // requests at once over all hosts; default 32. Up to eight times as many pages wait to be stored
	MaxPages     int           // requests; 0: no limit
	MaxDuration  time.Duration // 0: no limit
	Since, Until time.Time     // window of publication; zero: open
	Recheck      []time.Duration
	Proxy        string // http://, https:// or socks5:// address; empty: from the environment
	CAFile       string // PEM file of further certificate authorities; the environment's SSL_CERT_FILE holds too
	AllowPrivate bool   // allow loopback, private and link-local addresses
	IgnoreRobots bool
	OptOuts      OptOuts          // of text and data mining; empty: as each source says, or else RecordOptOuts
	KeepRaw      KeepRaw          // of articles' raw pages; empty: as each source says, or else KeepAlways
	PerAddress   int              // requests at once to the hosts of one IP address; default 8
	Again        bool             // fetch even what is known and not due
	Log          *slog.Logger     // nil: none
	Progress     func(Stats)      // called at most four times a second; nil: none
	Now          func() time.Time // nil: time.Now
}

// Stats is how a run stands, or ended.
type Stats struct {
	Fetched, Stored, Changed, Unchanged, NotArticle, Skipped, Failed int
	Doubtful                                                         int // checks of stored articles that brought something else
	Retrying                                                         int // failures that are tried again
	Bytes                                                            int64
	HostsActive, HostsWaiting, Queued                                int
	Left                                                             int           // addresses that wait to be asked for; 0: none, or not counted
	TimeLeft                                                         time.Duration // until these are asked for, as things go; 0: unknown
	LeftWaiting                                                      bool          // addresses are left for the next run
	Elapsed                                                          time.Duration
	Classes                                                          map[string]int // endings by class; only in the last Stats
}

const (
	// pagesWaiting bounds the pages between fetch and clean: a few megabytes at most in the common case, and enough
	// that a cleaner seldom waits for the network.
	pagesWaiting = 8
	// recordsWaiting bounds the records between clean and store; the writer packs some more. Each holds a page's text.
	recordsWaiting = 4
	// uncommitted is how many pages, as a multiple of Concurrency, may be somewhere between their request and the commit of
	// what came of them: as many as have to be asked for again after a crash. Fewer than two batches and the stages wait for
	// one another.
	uncommitted = 8
	// finishTime is how long requests in flight may take to end after the run was told to stop.
	finishTime = 5 * time.Second
	// abandonTime is how long after that a run waits for what it works on: a page that takes longer to clean is left where it is.
	abandonTime = finishTime + 3*time.Second
	// lookEvery is how often sources without work are looked for.
	lookEvery = 100 * time.Millisecond
	// progressEvery is how often a run says how it stands.
	progressEvery = 250 * time.Millisecond
)

// run is one crawl.
type run struct {
	Options
	db      *storage.DB
	fetcher *fetch.Fetcher
	robots  *Robots
	polite  *Politeness
	log     *slog.Logger
	now     func() time.Time
	sources map[string]*source
	shapes  shapes

	parameters parameters

	traps traps
	dead  deadLinks

	restored map[string]bool // hosts whose stored state a scrape has read

	setBack time.Duration // by how much the clock was set back since the last run, as far as is known

	large sync.Mutex // held while a large page is cleaned

	workingMu sync.Mutex
	working   map[int64]string // jobs that are being read or cleaned, and their addresses

	knockedMu sync.Mutex
	knocked   map[string]string // cookies with which an address was asked again that had led back to itself

	savedMu     sync.Mutex
	savedRobots map[string]time.Time // when the robots.txt was fetched that is in the database, or on its way there
	savedTDM    map[string]time.Time // the same of tdmrep.json

	tasks   chan task           // frontier -> fetch workers
	pages   chan page           // fetch -> clean
	records chan storage.Record // clean -> storage
	events  chan event          // all -> frontier
	stopped chan struct{}       // closed when nobody reads events any more

	sendMu sync.Mutex // keeps records and sent in the same order
	sentMu sync.Mutex
	sent   []sent

	mu    sync.Mutex
	stats Stats
	start time.Time
	asked atomic.Int64 // requests, robots.txt apart
}

// page is a task with what became of its request.
type page struct {
	task
	outcome fetch.Outcome
}

// event is what the frontier must know.
type event struct {
	kind   eventKind
	task   task
	queues []storage.Queue // where jobs were added
	retry  time.Time       // when the job is tried again; zero: not in this run
	isGain bool            // an article that is new or changed
}

type eventKind uint8

const (
	hostFree  eventKind = iota // the request is over
	resumed                    // the task goes on with another page
	committed                  // the record is in the database
	dropped                    // the task ended without a record: the run is stopping
)

// sent is a record on its way to the database.
type sent struct {
	event
	ending   storage.Ending
	isEnding bool
}

// Crawl fetches what the sources have that is new or due, cleans and stores it. When ctx ends it finishes what is in
// flight, for at most five seconds, and returns without an error. db must be open for writing.
func Crawl(ctx context.Context, db *storage.DB, opt Options) (Stats, error) {
	r, err := newRun(db, opt)
	if err != nil {
		return Stats{}, err
	}
	return r.all(ctx)
}

// all is the whole run, from its seeds to what is kept for the next.
func (r *run) all(ctx context.Context) (Stats, error) {
	defer r.fetcher.Close()
	if err := r.seed(ctx); err != nil {
		return r.snapshot(), err
	}
	err := r.crawl(ctx)
	r.keep(context.WithoutCancel(ctx))
	return r.snapshot(), err
}

func newRun(db *storage.DB, opt Options) (*run, error) {
	if opt.Concurrency <= 0 {
		opt.Concurrency = fetch.DefaultConcurrency
	}
	files := mostFiles()
	asked := opt.Concurrency
	opt.Concurrency = affordable(asked, files)
	polite := NewPoliteness(opt)
	f, err := fetch.New(opt.ofFetcher(polite))
	if err != nil {
		return nil, err
	}
	r := &run{
		Options: opt, db: db, fetcher: f, polite: polite, log: opt.Log, now: opt.Now, sources: map[string]*source{}, working: map[int64]string{}, savedRobots: map[string]time.Time{}, savedTDM: map[string]time.Time{},
		tasks: make(chan task), pages: make(chan page, pagesWaiting), records: make(chan storage.Record, recordsWaiting),
		events: make(chan event, pagesWaiting), stopped: make(chan struct{}),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.now == nil {
		r.now = time.Now
	}
	if r.Recheck == nil {
		r.Recheck = recheckAges
	}
	if r.Concurrency < asked {
		r.log.Warn("fewer pages are fetched at once, since few files may be open (ulimit -n)", "files", files, "at_once", r.Concurrency, "wanted", asked)
	}
	if r.PerAddress <= 0 {
		r.PerAddress = defaultPerAddress
	}
	r.robots = NewRobots(opt, f, polite)
	r.start, r.stats.Classes = r.now(), map[string]int{}
	return r, nil
}

// ofFetcher are the options of a run's fetcher.
func (o *Options) ofFetcher(p *Politeness) fetch.Options {
	return fetch.Options{
		Contact: o.Contact, Concurrency: o.Concurrency, Proxy: o.Proxy, CAFile: o.CAFile, AllowPrivate: o.AllowPrivate,
		Log: o.Log, Now: o.Now, Located: p.located,
	}
}

// noFileLimit is more files than we ever open.
const noFileLimit = 1 << 20

// affordable is how many pages may be under way at once where so many files may be open: for each a connection, another for
// the resolver, and four that are kept for the next request; the database and the rest take 40.
func affordable(concurrency, files int) int {
	return max(1, min(concurrency, (files-40)/6))
}

// crawl runs the stages until there is nothing to do, or ctx ends.
func (r *run) crawl(ctx context.Context) error {
	if r.MaxDuration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.MaxDuration)
		defer cancel()
	}
	g, inner := errgroup.WithContext(context.WithoutCancel(ctx)) // ends when a stage fails, not when ctx does
	// Requests in flight get some time after ctx has ended.
	fetchCtx, cancelFetch := context.WithCancel(inner)
	defer cancelFetch()
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(finishTime, cancelFetch)
	})()

	g.Go(func() error { // the frontier
		defer close(r.stopped)
		defer close(r.tasks)
		return r.dispatch(ctx, inner)
	})
	overdue := make(chan struct{})
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(abandonTime, func() { close(overdue) })
	})()
	g.Go(func() error {
		return each(r.Concurrency, overdue, func() { r.fetchAll(fetchCtx) }, func() { close(r.pages) })
	})
	g.Go(func() error {
		return each(runtime.GOMAXPROCS(0), overdue, func() { r.cleanAll(inner) }, func() { close(r.records) })
	})
	g.Go(func() error {
		return r.db.Write(inner, r.RunID, r.records, r.wasStored)
	})
	err := g.Wait()
	switch {
	case errors.Is(err, errOverdue):
		return r.giveUp(context.WithoutCancel(ctx))
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return nil
	}
	return err
}

// errOverdue ends a run that was told to stop and can't wait for what it works on.
var errOverdue = errors.New("still at work")

// each runs f n times at once, waits, and then calls end; or for no longer than until overdue.
func each(n int, overdue <-chan struct{}, f, end func()) error {
	var wg sync.WaitGroup
	for range n {
		wg.Go(f)
	}
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		end()
		return nil
	case <-overdue:
		return errOverdue
	}
}

// work notes that a job is read or cleaned, until done is called.
func (r *run) work(j storage.Job) (done func()) {
	if r.db == nil || j.ID == 0 {
		return func() {}
	}
	r.workingMu.Lock()
	r.working[j.ID] = j.URL
	r.workingMu.Unlock()
	ended := r.db.Working(j.ID)
	return func() {
		ended()
		r.workingMu.Lock()
		delete(r.working, j.ID)
		r.workingMu.Unlock()
	}
}

// giveUp leaves what the run still works on to itself. It counts as if the run had died of it.
func (r *run) giveUp(ctx context.Context) error {
	r.workingMu.Lock()
	var ids []int64
	for id, address := range r.working {
		ids = append(ids, id)
		r.log.Warn("the run ends without this page, which takes too long", "url", address)
	}
	r.workingMu.Unlock()
	died, err := r.db.GaveUp(ctx, ids)
	r.tellDeaths(died)
	return err
}

// tellDeaths says what the run before died of, as it seems.
func (r *run) tellDeaths(died []storage.Died) {
	for _, d := range died {
		if d.IsSetAside {
			r.log.Warn("set aside: several runs in a row ended while they worked on this address", "url", d.URL, "runs", d.Deaths)
			continue
		}
		r.log.Info("a run ended while it worked on this address", "url", d.URL, "runs", d.Deaths)
	}
}

// seed puts the sources' own addresses into the frontier.
func (r *run) seed(ctx context.Context) error {
	r.tellDeaths(r.db.Died())
	if err := r.noticeSetBack(ctx); err != nil {
		return err
	}
	var jobs []storage.Job
	for i := range r.Sources {
		s := newSource(&r.Sources[i])
		if old := r.sources[s.Key]; old != nil {
			old.merge(s)
			s = old
		}
		r.sources[s.Key] = s
	}
	for _, s := range r.sources {
		own, err := s.seeds(r.now())
		if err != nil {
			return fmt.Errorf("source %s: %w", s.Key, err)
		}
		jobs = append(jobs, own...)
	}
	if _, err := r.db.AddJobs(ctx, r.RunID, jobs); err != nil {
		return err
	}
	if err := r.db.WakeFailedHubs(ctx, r.now()); err != nil {
		return err
	}
	sources := slices.Collect(maps.Keys(r.sources))
	if r.Again {
		if err := r.db.WakeAll(ctx, sources); err != nil {
			return err
		}
	}
	if err := r.wakeAllowed(ctx, sources); err != nil {
		return err
	}
	for _, s := range r.sources {
		if err := s.restore(ctx, r.db); err != nil {
			return err
		}
	}
	return nil
}

// wakeAllowed lets in what earlier runs left out of sources by settings of theirs that this run does not have.
func (r *run) wakeAllowed(ctx context.Context, sources []string) error {
	for class, isAllowed := range map[Class]func(source string) bool{
		fetch.ClassPrivateAddress: func(string) bool { return r.AllowPrivate },
		ClassDisallowed:           func(string) bool { return r.IgnoreRobots },
		ClassOptOut:               func(source string) bool { return r.optOuts(source) != SkipOptOuts },
	} {
		allowed := slices.DeleteFunc(slices.Clone(sources), func(source string) bool { return !isAllowed(source) })
		if err := r.db.WakeSkipped(ctx, allowed, string(class)); err != nil {
			return err
		}
	}
	return r.db.WakeOutside(ctx, sources, string(ClassOutside), storage.Window{Since: r.Since, Until: r.Until})
}

// noticeSetBack looks whether the last run was later than now. What it left for later, and the rests of hosts, would else
// have to wait until the clock is there again.
func (r *run) noticeSetBack(ctx context.Context) error {
	last, err := r.db.Runs(ctx, 2) // this one and the one before
	if err != nil {
		return err
	}
	for _, run := range last {
		if run.ID != r.RunID {
			r.setBack = max(0, later(run.StartedAt, run.FinishedAt).Sub(r.now()))
		}
	}
	if r.setBack > time.Minute {
		r.log.Warn("the clock was set back since the last run", "by", r.setBack.Round(time.Second))
	}
	return nil
}

// keep saves what was learned of hosts and addresses, and of where redirects lead in the end.
func (r *run) keep(ctx context.Context) {
	if err := r.db.SaveShapes(ctx, r.shapes.all()); err != nil {
		r.log.Warn("what was learned of addresses is not kept", "error", err)
	}
	if err := r.db.SaveParameters(ctx, r.parameters.all()); err != nil {
		r.log.Warn("what was learned of parameters is not kept", "error", err)
	}
	if err := r.db.CloseCircles(ctx, r.RunID, string(ClassTooManyRedirects)); err != nil {
		r.log.Warn("redirects in a circle are not told apart from others", "error", err)
	}
}

// dispatch owns the frontier: it hands out tasks while ctx lasts, and ends when nothing is left to do. inner ends when
// another stage failed.
func (r *run) dispatch(ctx, inner context.Context) error {
	f := newFrontier(r.db, storage.Window{Since: r.Since, Until: r.Until}, r.polite, r.now)
	f.perAddress = r.PerAddress
	f.restoreHost = func(host string) error { return r.restoreHost(inner, host) }
	d := dispatcher{run: r, frontier: f, unscanned: map[*source]bool{}, revived: map[*source]bool{}, gainedAt: r.now()}
	for _, s := range r.sources {
		d.unscanned[s] = true
	}
	if err := d.wake(inner, r.now().Add(r.setBack)); err != nil {
		return err
	}
	for key := range r.sources {
		if err := d.openAll(inner, key); err != nil {
			return err
		}
	}
	r.logNotDue(inner)
	defer r.logOutside(inner)
	return d.loop(ctx, inner)
}

// dispatcher is the state of dispatch's loop.
type dispatcher struct {
	*run
	frontier  *frontier
	next      *task     // taken, not yet handed out
	retryAt   time.Time // the earliest job to be tried again; zero: none
	gainedAt  time.Time // when the run last had something of its work
	lastWake  time.Time
	lastShown time.Time
	lastLook  time.Time
	counted   time.Time     // when what is left was counted last
	countTook time.Duration // and how long that took
	askedThen int64
	left      int
	timeLeft  time.Duration
	revived   map[*source]bool // sources for which feeds and sitemaps are looked for anew, since theirs failed
	unscanned map[*source]bool // sources of which it was not yet looked whether they have all that lists their articles
}

func (d *dispatcher) loop(ctx, inner context.Context) error {
	tick := time.NewTimer(0)
	defer tick.Stop()
	for {
		wait, done, err := d.prepare(ctx, inner)
		if err != nil || done {
			return err
		}
		d.show(inner)
		tick.Reset(min(wait, progressEvery))
		var out chan<- task
		var t task
		if d.next != nil {
			out, t = d.tasks, *d.next
		}
		done1 := ctx.Done()
		if ctx.Err() != nil {
			done1 = nil // noticed already
		}
		select {
		case out <- t:
			d.next = nil
		case e := <-d.events:
			d.take(e)
		case <-tick.C:
		case <-done1:
		case <-inner.Done():
			return context.Cause(inner)
		}
	}
}

// prepare takes the next task if there is one, or says for how long there won't be, or that all is done.
func (d *dispatcher) prepare(ctx, inner context.Context) (wait time.Duration, done bool, err error) {
	if ctx.Err() != nil || d.MaxPages > 0 && int(d.asked.Load()) >= d.MaxPages {
		d.giveBack()
		d.mu.Lock()
		d.stats.LeftWaiting = true
		d.mu.Unlock()
		return progressEvery, d.frontier.held == 0, nil
	}
	if d.next != nil || d.frontier.held >= uncommitted*d.Concurrency {
		return progressEvery, false, nil
	}
	if d.mayRetry() && !d.now().Before(d.retryAt) && d.now().Sub(d.lastWake) >= wakeEvery {
		if err := d.wake(inner, d.now()); err != nil {
			return 0, false, err
		}
	}
	t, ok, wait, err := d.frontier.next(inner)
	switch {
	case err != nil:
		return 0, false, err
	case ok:
		d.next = &t
		d.asked.Add(1)
		return progressEvery, false, nil
	}
	if len(d.unscanned) > 0 && (d.frontier.held == 0 || d.now().Sub(d.lastLook) > lookEvery) {
		d.lastLook = d.now()
		if found, err := d.lookFurther(inner); err != nil || found {
			return 0, false, err
		}
	}
	if wait >= 0 && wait <= patience {
		return wait, false, nil
	}
	if d.frontier.held > 0 {
		return progressEvery, false, nil
	}
	// Nothing is under way: perhaps there is something to wait for.
	if d.mayRetry() {
		return max(time.Millisecond, d.retryAt.Sub(d.now()), wakeEvery-d.now().Sub(d.lastWake)), false, nil
	}
	if wait > 0 || !d.retryAt.IsZero() {
		d.mu.Lock()
		d.stats.LeftWaiting = true
		d.mu.Unlock()
	}
	return 0, true, nil
}

// mayRetry says whether the next job that is to be tried again is tried in this run.
func (d *dispatcher) mayRetry() bool {
	return !d.retryAt.IsZero() && d.retryAt.Sub(d.gainedAt) <= patience
}

// giveBack forgets the task that was taken and not handed out: in the database it is still waiting.
func (d *dispatcher) giveBack() {
	if d.next != nil {
		d.frontier.fetched(d.next.Host)
		d.frontier.committed(d.next.Job)
		d.next = nil
	}
}

func (d *dispatcher) take(e event) {
	switch e.kind {
	case hostFree:
		d.frontier.fetched(e.task.Host)
	case resumed:
		d.frontier.resume(e.task)
	case dropped:
		d.frontier.committed(e.task.Job)
	case committed:
		if e.isGain {
			d.gainedAt = d.now()
		}
		if e.task.ID != 0 {
			d.frontier.committed(e.task.Job)
		}
		for _, q := range e.queues {
			d.frontier.open(q)
		}
		if !e.retry.IsZero() && (d.retryAt.IsZero() || e.retry.Before(d.retryAt)) {
			d.retryAt = e.retry
		}
	}
}

// wake lets in the jobs that are due by then.
func (d *dispatcher) wake(ctx context.Context, due time.Time) error {
	d.lastWake = d.now()
	queues, err := d.db.WakeJobs(ctx, due)
	if err != nil {
		return err
	}
	for _, q := range queues {
		if d.sources[q.Source] != nil {
			d.frontier.open(q)
		}
	}
	d.retryAt, err = d.db.NextDue(ctx, d.sourceKeys(), true)
	return err
}

func (r *run) sourceKeys() []string {
	keys := make([]string, 0, len(r.sources))
	for k := range r.sources {
		keys = append(keys, k)
	}
	return keys
}

func (d *dispatcher) openAll(ctx context.Context, source string) error {
	queues, err := d.db.Queues(ctx, source)
	if err != nil {
		return err
	}
	for _, q := range queues {
		d.frontier.open(q)
	}
	return nil
}

// countEvery is how often what is left to do is counted.
const countEvery = 5 * time.Second

// countLeft counts what is left to do, if it is time to, and estimates how long that takes: at the rate of late, but no less
// than the host with the most addresses needs for its delays. Of a run with a window it isn't known what lies within.
func (d *dispatcher) countLeft(ctx context.Context) {
	now := d.now()
	since := now.Sub(d.counted)
	if since < max(countEvery, 100*d.countTook) || !d.Since.IsZero() || !d.Until.IsZero() {
		return
	}
	waiting, err := d.db.Waiting(ctx)
	if err != nil {
		return // it is for show; what else is wrong with the database shows elsewhere
	}
	asked, first := d.asked.Load(), d.counted.IsZero()
	rate := float64(asked-d.askedThen) / since.Seconds()
	d.left, d.timeLeft = 0, 0
	for q, n := range waiting {
		if src := d.sources[q.Source]; src != nil {
			d.left += n
			d.timeLeft = max(d.timeLeft, time.Duration(n)*d.polite.gapOf(q.Host, src.Crawl.Delay))
		}
	}
	if first || rate <= 0 {
		d.timeLeft = 0
	} else {
		d.timeLeft = max(d.timeLeft, time.Duration(float64(d.left)/rate*float64(time.Second)))
	}
	d.counted, d.countTook, d.askedThen = now, d.now().Sub(now), asked
}

// show reports how the run stands, if it is time to.
func (d *dispatcher) show(ctx context.Context) {
	if d.Progress == nil || d.now().Sub(d.lastShown) < progressEvery {
		return
	}
	d.lastShown = d.now()
	d.countLeft(ctx)
	s := d.snapshot()
	s.HostsActive, s.HostsWaiting, s.Queued = d.frontier.load()
	s.Left, s.TimeLeft = d.left, max(0, d.timeLeft-d.now().Sub(d.counted))
	d.Progress(s)
}

func (r *run) snapshot() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Fetched, s.Elapsed = int(r.asked.Load()), r.now().Sub(r.start)
	s.Classes = map[string]int{}
	for c, n := range r.stats.Classes {
		s.Classes[c] = n
	}
	return s
}

// tell passes an event to the frontier, unless that is gone.
func (r *run) tell(e event) {
	select {
	case r.events <- e:
	case <-r.stopped:
	}
}

// fetchAll is a fetch worker.
func (r *run) fetchAll(ctx context.Context) {
	for t := range r.tasks {
		o := r.request(ctx, t)
		r.tell(event{kind: hostFree, task: t})
		if f, ok := o.(fetch.Failed); ok && f.Class == fetch.ClassCanceled {
			r.tell(event{kind: dropped, task: t})
			continue
		}
		select {
		case r.pages <- page{t, o}:
		case <-ctx.Done(): // a later stage failed, or the time to finish is over
			r.tell(event{kind: dropped, task: t})
		}
	}
}

// mayBeAnother reports whether a task's address may be that of a known article with other parameters.
func (r *run) mayBeAnother(t task) bool {
	isPage := t.Kind == storage.ArticleJob || t.Kind == storage.SectionJob
	return isPage && r.db != nil && len(t.parts) == 0 && t.Class == "" && !r.sources[t.Source].isStart(t.URL)
}

// request asks robots.txt, waits for the host's turn, and fetches.
func (r *run) request(ctx context.Context, t task) fetch.Outcome {
	page := fetch.Page{URL: t.URL, FinalURL: t.URL, Host: t.Host, FetchedAt: r.now()}
	address := t.target()
	page.URL, page.FinalURL = address, address
	if class, why := r.leaveOut(t.Job); class != "" {
		r.asked.Add(-1)
		return fetch.Refused{Page: page, Class: class, Message: why}
	}
	if o := r.robots.Check(ctx, address); o != nil {
		r.asked.Add(-1)
		return o
	}
	if r.mayBeAnother(t) && !r.parameters.worth(ctx, t.URL) {
		r.asked.Add(-1)
		return fetch.Refused{Page: page, Class: ClassAlias, Message: "not asked for: on this host its parameters tell no articles apart"}
	}
	src := r.sources[t.Source]
	if t.Kind == storage.ArticleJob && !src.isStart(t.URL) {
		r.robots.AskReservations(ctx, address, src.Crawl.Delay)
		if evidence := r.robots.OptOut(address); evidence != "" && r.optOuts(t.Source) == SkipOptOuts {
			r.asked.Add(-1)
			return fetch.Refused{Page: page, Class: ClassOptOut, Message: "text mining is reserved: " + evidence}
		}
	}
	ok, again, err := r.polite.Wait(ctx, t.Host, src.Crawl.Delay, patience)
	if err != nil {
		return fetch.Failed{Page: page, Class: fetch.ClassCanceled}
	}
	if !ok {
		r.asked.Add(-1)
		return fetch.Failed{
			Page: page, Class: fetch.ClassRateLimited, Message: "its host asked not to be asked before " + again.UTC().Format(time.RFC3339),
			Retryable: true, RetryAfter: again.Sub(r.now()),
		}
	}
	q := fetch.Request{URL: address, Kind: fetch.Kind(t.Kind), Language: src.Language, MaxBytes: src.Crawl.PageBytes}
	if len(t.parts) == 0 {
		q.ETag, q.LastModified = t.ETag, t.LastModified
	}
	var stream *sitemapStream
	if t.Kind == storage.SitemapJob {
		stream = r.newSitemapStream(ctx, t)
		q.Stream = stream.read
	}
	o := r.fetcher.Fetch(ctx, q)
	r.polite.End(t.Host, o)
	if f, ok := o.(fetch.Fetched); ok && stream != nil {
		return streamed{f, stream}
	}
	return o
}

// cleanAll is a clean worker.
func (r *run) cleanAll(ctx context.Context) {
	for p := range r.pages {
		rec, next := r.recordOf(ctx, p)
		if next != nil {
			r.tell(event{kind: resumed, task: *next})
			continue
		}
		r.send(ctx, *rec)
	}
}

// recordOf makes a record of a page. A panic is an error of ours: it costs the page, not the run.
func (r *run) recordOf(ctx context.Context, p page) (rec *storage.Record, next *task) {
	defer func() {
		if e := recover(); e != nil {
			r.log.Error("internal error", "url", p.URL, "error", e, "stack", string(debug.Stack()))
			rec = &storage.Record{Job: p.Job, Ending: endingOf(fetch.ClassPanic, "%v", e)}
			next = nil
		}
	}()
	if f, ok := p.outcome.(fetch.Fetched); ok && len(f.Page.Body) > fetch.LargeBody {
		r.large.Lock() // one at a time: a page of 6 MB of links takes 140 MB to clean
		defer r.large.Unlock()
	}
	defer r.work(p.Job)()
	rec, next = r.digest(ctx, p)
	if next == nil {
		lookAgain(rec, r.now())
	}
	return rec, next
}

// send passes a record to the writer and remembers what the frontier must hear once it is stored.
func (r *run) send(ctx context.Context, rec storage.Record) {
	s := sent{event: event{kind: committed, task: task{Job: rec.Job}}, ending: rec.Ending, isEnding: rec.Job.ID != 0}
	r.logKnown(ctx, &rec)
	for i := range rec.Found {
		q := storage.Queue{Source: rec.Found[i].Source, Host: rec.Found[i].Host}
		if !slices.Contains(s.queues, q) {
			s.queues = append(s.queues, q)
		}
	}
	if rec.Job.Attempts > 0 {
		s.retry = rec.Ending.DueAt
	}
	r.sendMu.Lock()
	defer r.sendMu.Unlock()
	r.sentMu.Lock()
	r.sent = append(r.sent, s)
	r.sentMu.Unlock()
	select {
	case r.records <- rec:
	case <-ctx.Done():
	}
}

// wasStored is called by the writer for each record, in the order in which they were sent.
func (r *run) wasStored(s storage.Stored) {
	r.sentMu.Lock()
	e := r.sent[0]
	r.sent = r.sent[1:]
	r.sentMu.Unlock()
	if e.isEnding {
		r.learnParameters(context.Background(), s, e.ending.RedirectsTo)
	}
	r.logEnding(e.task.Job, e.ending, s)
	e.isGain = s.Change == storage.New || s.Change == storage.Changed
	if e.isEnding && !isVainGuess(e.task.Job, s) {
		r.count(s, !e.retry.IsZero())
	}
	r.tell(e.event)
}

// isVainGuess reports whether a job was a guess of ours that led to nothing: no failure of the site's.
func isVainGuess(j storage.Job, s storage.Stored) bool {
	return j.FoundOn == guessMark && Info(Class(s.Class)).State == storage.JobFailed
}

// count adds an ending to the run's figures.
func (r *run) count(s storage.Stored, retried bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Classes[s.Class]++
	switch {
	case retried:
		r.stats.Retrying++
	case s.Change == storage.New:
		r.stats.Stored++
	case s.Change == storage.Changed:
		r.stats.Changed++
	case s.Change == storage.Doubtful:
		r.stats.Doubtful++
	case s.Class == string(ClassStored) || s.Class == string(ClassAlias):
		r.stats.Unchanged++
	case s.Class == string(ClassNotArticle):
		r.stats.NotArticle++
	default:
		switch Info(Class(s.Class)).State {
		case storage.JobSkipped:
			r.stats.Skipped++
		case storage.JobFailed:
			r.stats.Failed++
		}
	}
}

// hostOf is the host of an address as the frontier names it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

package scraper

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

const (
	// pagesWaiting bounds the pages between fetch and clean: a few megabytes at most in the common case, and enough
	// that a cleaner seldom waits for the network.
	pagesWaiting = 8
	// recordsWaiting bounds the records between clean and store; the writer packs some more. Each holds a page's text.
	recordsWaiting = 4
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

// tell passes an event to the frontier, unless that is gone.
func (r *run) tell(e event) {
	select {
	case r.events <- e:
	case <-r.stopped:
	}
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

func (r *run) sourceKeys() []string {
	keys := make([]string, 0, len(r.sources))
	for k := range r.sources {
		keys = append(keys, k)
	}
	return keys
}

// optOuts is how the source's articles with an opt-out are treated: as the run says, or else the source.
func (r *run) optOuts(key string) OptOuts {
	if src := r.sources[key]; src != nil && r.OptOuts == "" {
		return OptOuts(src.Crawl.OptOuts)
	}
	return r.OptOuts
}

// optOut is all evidence against mining of a page that was fetched: of its host, its headers, and itself. Where a page
// says that nothing is reserved, its host's file doesn't count for it.
func (r *run) optOut(o fetch.Fetched, ofPage string) string {
	evidence := r.robots.OptOut(o.Page.URL)
	if strings.TrimSpace(o.Header.Get("TDM-Reservation")) == "0" {
		parts := strings.Split(evidence, "; ")
		evidence = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.HasPrefix(s, "tdmrep.json ") }), "; ")
	}
	for _, s := range []string{o.Page.OptOut, ofPage} {
		if s != "" {
			evidence = joined(evidence, s)
		}
	}
	return evidence
}

// keepRaw is how the source's raw pages are treated: as the run says, or else the source.
func (r *run) keepRaw(key string) KeepRaw {
	if src := r.sources[key]; src != nil && r.KeepRaw == "" {
		return KeepRaw(src.Crawl.KeepRaw)
	}
	return r.KeepRaw
}

// recheck are the ages for a source: its own, or the run's.
func (r *run) recheck(key string) []time.Duration {
	if src := r.sources[key]; src != nil && len(src.Crawl.Recheck) > 0 {
		return src.Crawl.Recheck
	}
	return r.Recheck
}

package scraper

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// run is what a crawl, or a scrape, has and knows. What several goroutines touch has an owner of its own.
type run struct {
	Options
	db      *storage.Writer
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

	setBack time.Duration // by how much the clock was set back since the last run, as far as is known

	tally    *tally
	underway underway
	knocks   knocks
	saved    savedRobots
}

func newRun(db *storage.Writer, opt Options) (*run, error) {
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
		Options: opt, db: db, fetcher: f, polite: polite, log: opt.Log, now: opt.Now, sources: map[string]*source{}, underway: underway{db: db},
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
	r.tally = newTally(r.now)
	for i := range opt.Sources {
		s := newSource(&opt.Sources[i])
		if old := r.sources[s.Key]; old != nil {
			old.merge(s)
		} else {
			r.sources[s.Key] = s
		}
	}
	return r, nil
}

// ofFetcher are the options of a run's fetcher.
func (o *Options) ofFetcher(p *Politeness) fetch.Options {
	return fetch.Options{
		Contact: o.Contact, Concurrency: o.Concurrency, Proxy: o.Proxy, CAFile: o.CAFile, AllowPrivate: o.AllowPrivate,
		Log: o.Log, Now: o.Now, Located: p.located,
	}
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

// recheck are the ages for a source: its own, or the run's.
func (r *run) recheck(key string) []time.Duration {
	if src := r.sources[key]; src != nil && len(src.Crawl.Recheck) > 0 {
		return src.Crawl.Recheck
	}
	return r.Recheck
}

package scraper

import (
	"context"
	"slices"
	"sync"
	"time"

	"newsmill/storage"
)

const (
	// pagesWaiting bounds the pages between fetch and clean: a few megabytes at most in the common case, and enough
	// that a cleaner seldom waits for the network.
	pagesWaiting = 8
	// recordsWaiting bounds the records between clean and store; the writer packs some more. Each holds a page's text.
	recordsWaiting = 4
)

// stages are what runs at once in a crawl, with the channels between them.
type stages struct {
	*run
	tasks   chan task           // frontier -> fetch workers
	pages   chan page           // fetch -> clean
	records chan storage.Record // clean -> storage
	events  chan event          // all -> frontier
	stopped chan struct{}       // closed when nobody reads events any more

	large sync.Mutex // held while a large page is cleaned

	sendMu sync.Mutex // keeps records and sent in the same order
	sentMu sync.Mutex
	sent   []sent
}

func newStages(r *run) *stages {
	return &stages{
		run: r, tasks: make(chan task), pages: make(chan page, pagesWaiting), records: make(chan storage.Record, recordsWaiting),
		events: make(chan event, pagesWaiting), stopped: make(chan struct{}),
	}
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

// tell passes an event to the frontier, unless that is gone.
func (r *stages) tell(e event) {
	select {
	case r.events <- e:
	case <-r.stopped:
	}
}

// send passes a record to the writer and remembers what the frontier must hear once it is stored.
func (r *stages) send(ctx context.Context, rec storage.Record) {
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
func (r *stages) wasStored(s storage.Stored) {
	r.sentMu.Lock()
	e := r.sent[0]
	r.sent = r.sent[1:]
	r.sentMu.Unlock()
	if e.isEnding {
		r.parameters.learnFrom(context.Background(), r.db, r.log, s, e.ending.RedirectsTo)
	}
	r.logEnding(e.task.Job, e.ending, s)
	e.isGain = s.Change == storage.New || s.Change == storage.Changed
	if e.isEnding && !isVainGuess(e.task.Job, s) {
		r.tally.count(s, !e.retry.IsZero())
	}
	r.tell(e.event)
}

// isVainGuess reports whether a job was a guess of ours that led to nothing: no failure of the site's.
func isVainGuess(j storage.Job, s storage.Stored) bool {
	return j.FoundOn == guessMark && Info(Class(s.Class)).State == storage.JobFailed
}

// logKnown logs those addresses of a record that the frontier has already.
func (r *stages) logKnown(ctx context.Context, rec *storage.Record) {
	if len(rec.Found) == 0 || r.db == nil || !r.isLogged() {
		return
	}
	urls := make([]string, len(rec.Found))
	for i := range rec.Found {
		urls[i] = rec.Found[i].URL
	}
	known, err := r.db.KnownJobs(ctx, urls)
	if err != nil {
		return // the log is not worth an error; what else is wrong with the database shows elsewhere
	}
	for _, address := range urls {
		if known[address] {
			r.logLink(rec.Job.URL, address, reasonKnown)
		}
	}
}

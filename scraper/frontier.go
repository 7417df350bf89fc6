package scraper

import (
	"container/heap"
	"context"
	"net/netip"
	"time"

	"newsmill/storage"
)

// Bounds of what the frontier holds in memory.
const (
	// windowJobs is how many jobs of a queue are read from the database at a time: enough that a look-up of about
	// 0.2 ms costs a few microseconds a job, few enough that ten thousand hosts fit in 30 MB.
	windowJobs = 24
	// defaultPerAddress is how many hosts of one IP address are asked at once: a shared server of small sites bears
	// eight readers, and a network in front of large ones doesn't notice.
	defaultPerAddress = 8
)

// frontier decides what comes next: which host may be asked, and what of it is most urgent. It remembers nothing
// for good (storage does) and is owned by one goroutine.
type frontier struct {
	db     *storage.Writer
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

func newFrontier(db *storage.Writer, window storage.Window, polite *Politeness, now func() time.Time) *frontier {
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

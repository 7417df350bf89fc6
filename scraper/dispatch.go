package scraper

import (
	"context"
	"time"

	"newsmill/storage"
)

const (
	// uncommitted is how many pages, as a multiple of Concurrency, may be somewhere between their request and the commit of
	// what came of them: as many as have to be asked for again after a crash. Fewer than two batches and the stages wait for
	// one another.
	uncommitted = 8
)

// How often dispatch looks about.
const (
	// lookEvery is how often sources without work are looked for.
	lookEvery = 100 * time.Millisecond
	// progressEvery is how often a run says how it stands.
	progressEvery = 250 * time.Millisecond
)

// wakeEvery is how often jobs whose time has come are let back in.
const wakeEvery = time.Second

// dispatcher is the state of dispatch's loop.
type dispatcher struct {
	*stages
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
	search    *search
}

// dispatch owns the frontier: it hands out tasks while ctx lasts, and ends when nothing is left to do. inner ends when
// another stage failed.
func (r *stages) dispatch(ctx, inner context.Context) error {
	f := newFrontier(r.db, storage.Window{Since: r.Since, Until: r.Until}, r.polite, r.now)
	f.perAddress = r.PerAddress
	f.restoreHost = func(host string) error { return r.restoreHost(inner, host) }
	d := dispatcher{stages: r, frontier: f, search: newSearch(r.run), gainedAt: r.now()}
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
	if ctx.Err() != nil || d.MaxPages > 0 && int(d.tally.asked.Load()) >= d.MaxPages {
		d.giveBack()
		d.tally.leave()
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
		d.tally.asked.Add(1)
		return progressEvery, false, nil
	}
	if len(d.search.unscanned) > 0 && (d.frontier.held == 0 || d.now().Sub(d.lastLook) > lookEvery) {
		d.lastLook = d.now()
		if found, err := d.search.look(inner, d.frontier); err != nil || found {
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
		d.tally.leave()
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
	asked, first := d.tally.asked.Load(), d.counted.IsZero()
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
	s := d.tally.snapshot()
	s.HostsActive, s.HostsWaiting, s.Queued = d.frontier.load()
	s.Left, s.TimeLeft = d.left, max(0, d.timeLeft-d.now().Sub(d.counted))
	d.Progress(s)
}

// logNotDue logs what is not due as the run begins: hubs one by one, articles by their number, since there may be a million.
func (r *stages) logNotDue(ctx context.Context) {
	r.eachLeftOut(ctx, func(source string, left storage.LeftOut) {
		for _, h := range left.Hubs {
			r.log.Debug("skipped", "url", h.URL, "kind", h.Kind, "source", source, "reason", reasonNotDue, "again", h.DueAt.UTC().Format(time.RFC3339))
		}
		if left.NotDue > 0 {
			r.log.Debug("skipped", "articles", left.NotDue, "source", source, "reason", reasonNotDue, "again", left.NextAt.UTC().Format(time.RFC3339))
		}
	})
}

// logOutside logs how many addresses still wait as the run ends, since their dates are outside of its window.
func (r *stages) logOutside(ctx context.Context) {
	r.eachLeftOut(ctx, func(source string, left storage.LeftOut) {
		if left.Outside > 0 {
			r.log.Debug("skipped", "addresses", left.Outside, "source", source, "reason", reasonWindow, "why", "dated before --since or after --until")
		}
	})
}

// eachLeftOut calls log with what is left out of each source, where anybody reads it.
func (r *stages) eachLeftOut(ctx context.Context, log func(source string, left storage.LeftOut)) {
	if !r.isLogged() {
		return
	}
	for key := range r.sources {
		left, err := r.db.LeftOut(ctx, key, storage.Window{Since: r.Since, Until: r.Until})
		if err != nil {
			return // as in logKnown
		}
		log(key, left)
	}
}

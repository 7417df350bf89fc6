// Package scraper finds, fetches and hands on the pages of news sites: everything that talks to the network.
//
// [Crawl] is a run. Its stages are bounded and each has one owner:
//
//	frontier -> fetch (many workers) -> clean (one a core) -> storage.Write (one)
//	    ^                                                          |
//	    +---------------- committed: what was found ---------------+
//
// dispatch.go owns the frontier (frontier.go), which hands out a task whose host may be asked. A fetch worker (worker.go) asks
// robots.txt (robotscache.go; robots.go and optout.go read such files), takes the host's turn (politeness.go) and fetches
// (package fetch), which gives an Outcome. A clean worker makes a storage.Record of it (digest.go): redirects.go; section.go,
// links.go and parts.go for pages, collect.go and package listing for feeds and sitemaps, hub.go and schedule.go for when
// to ask again. source.go says what is wanted, address.go and urlclass.go what an address is and says by itself, parameters.go
// and traps.go what was learned of its like, autodiscover.go and search.go where to look when nobody says so. The record is
// written in one transaction with the job's ending and the addresses found, so that a run may be killed at any moment.
//
// run.go holds what a run knows, and stands below all that uses it; seeds.go fills it and keeps what it learned. [Scrape] and
// [Check] (scrape.go) go the same way with single pages.
package scraper

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"newsmill/storage"
)

// How long a run takes to end.
const (
	// finishTime is how long requests in flight may take to end after the run was told to stop.
	finishTime = 5 * time.Second
	// abandonTime is how long after that a run waits for what it works on: a page that takes longer to clean is left where it is.
	abandonTime = finishTime + 3*time.Second
)

// Crawl fetches what the sources have that is new or due, cleans and stores it. When ctx ends it finishes what is in
// flight, for at most five seconds, and returns without an error.
func Crawl(ctx context.Context, db *storage.Writer, opt Options) (Stats, error) {
	r, err := newRun(db, opt)
	if err != nil {
		return Stats{}, err
	}
	return newStages(r).all(ctx)
}

// all is the whole run, from its seeds to what is kept for the next.
func (r *stages) all(ctx context.Context) (Stats, error) {
	defer r.fetcher.Close()
	if err := r.seed(ctx); err != nil {
		return r.tally.snapshot(), err
	}
	err := r.crawl(ctx)
	r.keep(context.WithoutCancel(ctx))
	return r.tally.snapshot(), err
}

// crawl runs the stages until there is nothing to do, or ctx ends.
func (r *stages) crawl(ctx context.Context) error {
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

// giveUp leaves what the run still works on to itself. It counts as if the run had died of it.
func (r *stages) giveUp(ctx context.Context) error {
	var ids []int64
	for id, address := range r.underway.all() {
		ids = append(ids, id)
		r.log.Warn("the run ends without this page, which takes too long", "url", address)
	}
	died, err := r.db.GaveUp(ctx, ids)
	r.tellDeaths(died)
	return err
}

package scraper

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// seed puts the sources' own addresses into the frontier.
func (r *stages) seed(ctx context.Context) error {
	r.tellDeaths(r.db.Died())
	if err := r.noticeSetBack(ctx); err != nil {
		return err
	}
	var jobs []storage.Job
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

// tellDeaths says what the run before died of, as it seems.
func (r *stages) tellDeaths(died []storage.Died) {
	for _, d := range died {
		if d.IsSetAside {
			r.log.Warn("set aside: several runs in a row ended while they worked on this address", "url", d.URL, "runs", d.Deaths)
			continue
		}
		r.log.Info("a run ended while it worked on this address", "url", d.URL, "runs", d.Deaths)
	}
}

// wakeAllowed lets in what earlier runs left out of sources by settings of theirs that this run does not have.
func (r *stages) wakeAllowed(ctx context.Context, sources []string) error {
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
func (r *stages) noticeSetBack(ctx context.Context) error {
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
func (r *stages) keep(ctx context.Context) {
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

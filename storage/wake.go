package storage

import (
	"context"
	_ "embed"
	"slices"
	"time"
)

// WakeJobs lets the jobs wait whose time has come, and returns the queues that they are in.
func (db *DB) WakeJobs(ctx context.Context, now time.Time) ([]Queue, error) {
	woken := map[Queue]bool{}
	err := db.update(ctx, 0, func(t *tx) error {
		rows, err := t.query(`UPDATE frontier SET state = 'waiting' WHERE state = 'later' AND due_at <= ?1 RETURNING source, host`, timeText(now))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var q Queue
			if err := rows.Scan(&q.Source, &q.Host); err != nil {
				return err
			}
			woken[q] = true
		}
		return rows.Err()
	})
	var all []Queue
	for q := range woken {
		all = append(all, q)
	}
	return all, err
}

// NextDue returns when the next job of the sources becomes due that failed before and waits to be tried again
// (retries) or any (not retries); zero: none.
func (db *DB) NextDue(ctx context.Context, sources []string, retries bool) (time.Time, error) {
	s, err := db.readStatement(ctx, `SELECT due_at, source FROM frontier WHERE state = 'later' AND (attempts > 0 OR NOT ?1) ORDER BY due_at LIMIT 10000`)
	if err != nil {
		return time.Time{}, db.explain(err)
	}
	rows, err := s.QueryContext(ctx, retries)
	if err != nil {
		return time.Time{}, db.explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		var due, source string
		if err := rows.Scan(&due, &source); err != nil {
			return time.Time{}, db.explain(err)
		}
		if slices.Contains(sources, source) {
			return parseTime(due), nil
		}
	}
	return time.Time{}, db.explain(rows.Err())
}

// WakeAll lets everything of these sources wait again that is worth another fetch before its time: what was stored, what
// is polled, what failed, and what was no article or not to be had by the rules of the day.
func (db *DB) WakeAll(ctx context.Context, sources []string) error {
	return db.wake(ctx, sources, `state = 'later'
		OR class IN ('stored', 'not_article', 'notice', 'skipped_noindex', 'skipped_disallowed', 'skipped_opt_out', 'outside_window')
		OR state = 'failed' AND found_on IS NOT 'guess' OR state = 'done' AND kind <> 'article' AND redirects_to IS NULL`)
}

// wake lets the jobs of sources wait again of which a condition holds; its arguments begin with ?2.
func (db *DB) wake(ctx context.Context, sources []string, condition string, args ...any) error {
	if len(sources) == 0 {
		return nil
	}
	return db.update(ctx, 0, func(t *tx) error {
		_, err := t.exec(`UPDATE frontier SET state = 'waiting' WHERE state <> 'waiting' AND source IN (SELECT value FROM json_each(?1)) AND (`+condition+`)`,
			append([]any{jsonList(sources)}, args...)...)
		return err
	})
}

// WakeFailedHubs lets feeds, sitemaps and sections be asked again that an earlier program had given up or took to have moved
// for good.
func (db *DB) WakeFailedHubs(ctx context.Context, now time.Time) error {
	return db.update(ctx, 0, func(t *tx) error {
		_, err := t.exec(`UPDATE frontier INDEXED BY frontier_hubs SET state = 'later', due_at = ?1 WHERE kind <> 'article' AND class <> 'panic'
			AND (state = 'failed' AND (found_on IS NOT 'guess' OR id IN (SELECT frontier_id FROM hubs WHERE interval_s > 0))
				OR state = 'skipped' AND class IN ('skipped_disallowed', 'skipped_noindex', 'private_address')
				OR state = 'done' AND class = 'redirected' AND found_on IS NOT 'guess')`, timeText(now))
		return err
	})
}

// WakeSkipped lets the addresses of sources wait again that an earlier run left out as of this class, which the present one
// would not.
func (db *DB) WakeSkipped(ctx context.Context, sources []string, class string) error {
	return db.wake(ctx, sources, `class = ?2 AND redirects_to IS NULL`, class)
}

// WakeOutside lets the addresses of sources wait again that were outside the window of an earlier run and are inside this one, by
// the day that their ending names.
func (db *DB) WakeOutside(ctx context.Context, sources []string, class string, w Window) error {
	since, until := w.bounds(func(at time.Time) string { return at.Format(time.DateOnly) })
	return db.wake(ctx, sources, `class = ?2 AND substr(message, -10) >= ?3 AND substr(message, -10) < ?4`, class, since, until)
}

//go:embed sql/circles.sql
var circles string

// CloseCircles makes failures of this class of the redirects of a run that lead back to where they began: each for itself is
// none, and their address is never reached.
func (db *DB) CloseCircles(ctx context.Context, run int64, class string) error {
	return db.update(ctx, 0, func(t *tx) error {
		_, err := t.exec(circles, run, class)
		return err
	})
}

// WakeJob lets one address wait again, whatever became of it; it reports whether it is known.
func (db *DB) WakeJob(ctx context.Context, url string) (known bool, err error) {
	err = db.update(ctx, 0, func(t *tx) error {
		res, err := t.exec(`UPDATE frontier SET state = 'waiting', attempts = 0, deaths = 0 WHERE url = ?1`, url)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		known = n > 0
		return err
	})
	return known, err
}

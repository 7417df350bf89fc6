package storage

import (
	"context"
	"time"
)

// Working notes that the process works on a job, until done is called: see [Writer.Died].
func (w *Writer) Working(id int64) (done func()) {
	if id == 0 {
		return func() {}
	}
	return w.working.begin(id)
}

// Died returns the jobs that the process before this one was working on when it died; none if it ended in order.
func (w *Writer) Died() []Died { return w.died }

// countDeaths counts for each job that a process died of it, as it seems. After mostDeaths in a row it is set aside.
func (w *Writer) countDeaths(ctx context.Context, ids []int64, now time.Time) (died []Died, err error) {
	err = w.update(ctx, 0, func(t *tx) error {
		for _, id := range ids {
			var d Died
			if err := t.scan([]any{&d.URL, &d.Deaths}, `UPDATE frontier SET deaths = deaths + 1 WHERE id = ? RETURNING url, deaths`, id); err != nil {
				continue // not there any more
			}
			if d.Deaths >= mostDeaths {
				d.IsSetAside = true
				wait := min(24*time.Hour<<min(d.Deaths-mostDeaths, 5), 28*24*time.Hour)
				_, err := t.exec(`UPDATE frontier SET state = 'later', due_at = ?2, ended_at = ?3, failure = 'panic',
					class = CASE WHEN class IN ('stored', 'alias') THEN class ELSE 'panic' END,
					check_class = CASE WHEN class IN ('stored', 'alias') THEN 'panic' END,
					message = 'set aside: ' || deaths || ' runs in a row died while they worked on it: please report it'
					WHERE id = ?1`, id, timeText(now.Add(wait)), timeText(now))
				if err != nil {
					return err
				}
			}
			died = append(died, d)
		}
		return nil
	})
	return died, err
}

// GaveUp counts jobs as those of a process that died, since this one ends without waiting for them.
func (w *Writer) GaveUp(ctx context.Context, ids []int64) ([]Died, error) {
	return w.countDeaths(ctx, ids, time.Now())
}

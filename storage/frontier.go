package storage

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"slices"
	"time"

	"newsmill/cleaner/article"
)

//go:embed sql/add_job.sql
var addJob string

//go:embed sql/end_job.sql
var endJob string

//go:embed sql/waiting_jobs.sql
var waitingJobs string

// addBatch is how many jobs AddJobs adds in a transaction: long enough that the commit costs nothing, short enough
// that a reader's snapshot or the writer's batch waits for less than a second.
const addBatch = 10_000

// AddJobs adds addresses to the frontier and returns how many were new. A known one is left as it is, but for three
// things: one that still waits takes a higher priority and better hints, and one whose hint says that it was modified
// after we last fetched it waits again. One without a date takes that of whoever has one.
func (db *DB) AddJobs(ctx context.Context, run int64, jobs []Job) (added int, err error) {
	for batch := range slices.Chunk(jobs, addBatch) {
		err := db.update(ctx, run, func(t *tx) error {
			n, _, err := addJobs(t, batch)
			added += n
			return err
		})
		if err != nil {
			return added, err
		}
	}
	return added, nil
}

// addJobs returns how many of the jobs were new, and how many of these may be articles.
func addJobs(t *tx, jobs []Job) (added, articles int, err error) {
	if len(jobs) == 0 {
		return 0, 0, nil
	}
	var last int64 // rows are only added at the end, so that a greater id is a new row
	if err := t.scan([]any{&last}, `SELECT coalesce(max(id), 0) FROM frontier`); err != nil {
		return 0, 0, err
	}
	for i := range jobs {
		j := &jobs[i]
		if err := setApart(t, j); err != nil {
			return added, articles, err
		}
		state := JobWaiting
		if !j.DueAt.IsZero() {
			state = JobLater
		}
		if j.Class != "" { // known how it ends without a fetch
			state = JobDone
		}
		foundAt := j.FoundAt
		if foundAt.IsZero() {
			foundAt = time.Now()
		}
		res, err := t.exec(addJob, j.URL, j.Host, j.Source, string(j.Kind), string(state), orNull(j.Class), j.Priority, j.Depth, j.Hops,
			orNull(j.FoundOn), timeText(foundAt), orNull(timeText(j.DueAt)), orNull(j.Hint.Title),
			orNull(timeText(j.Hint.PublishedAt)), orNull(timeText(j.Hint.ModifiedAt)), orNull(j.Hint.Language), orNull(j.RedirectsTo), orNull(j.FetchURL), j.Anew)
		if err != nil {
			return added, articles, err
		}
		id, err := res.LastInsertId()
		if err != nil {
			return added, articles, err
		}
		if id <= last && !j.Hint.PublishedAt.IsZero() {
			if err := t.dateJob(j, res); err != nil {
				return added, articles, err
			}
		}
		if id > last {
			last = id
			added++
			if j.Kind == ArticleJob {
				articles++
			}
		}
	}
	return added, articles, nil
}

// setApart gives a found job an address of its own where one that differs in parameters has the shorter one.
func setApart(t *tx, j *Job) error {
	if j.Apart == "" || j.Apart == j.URL {
		return nil
	}
	var taken string
	err := t.scan([]any{&taken}, `SELECT coalesce(fetch_url, url) FROM frontier WHERE url = ?`, j.URL)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if full, err := article.FullURL(taken); err != nil || full == j.Apart {
		return nil
	}
	j.URL, j.Apart = j.Apart, ""
	if j.FetchURL == j.URL {
		j.FetchURL = ""
	}
	return nil
}

// dateJob gives a known address that has no date that of the job, and its article, if it is stored already; res is what
// adding the job came to.
func (t *tx) dateJob(j *Job, res sql.Result) error {
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		res, err = t.exec(`UPDATE frontier SET hint_published_at = ?2 WHERE url = ?1 AND hint_published_at IS NULL`, j.URL, timeText(j.Hint.PublishedAt))
		if err == nil {
			n, err = res.RowsAffected()
		}
	}
	if err != nil || n == 0 {
		return err
	}
	return t.dateLate(j.URL)
}

// finishJob writes how a record's job ended, what was learned of its hub and host, and the addresses found.
func finishJob(t *tx, rec *Record) error {
	_, articles, err := addJobs(t, rec.Found)
	if err != nil {
		return err
	}
	if err := t.saveHost(rec.Host); err != nil {
		return err
	}
	j, end := &rec.Job, &rec.Ending
	if j.ID == 0 {
		return t.addFoundCount(j.URL, articles)
	}
	now := time.Now()
	if rec.Fetch != nil {
		now = rec.Fetch.FetchedAt
	}
	state, due, failure := end.State, end.DueAt, end.Failure
	if failure == "" && state == JobFailed {
		failure = end.Class
	}
	switch {
	case end.Class == aliasClass: // the article is kept, and re-checked, at another address
		state, due, failure = JobDone, time.Time{}, ""
	case !due.IsZero():
		state = JobLater
	}
	if _, err := t.exec(endJob, j.ID, string(state), orNull(end.Class), orNull(end.Message), orNull(timeText(due)), timeText(now), j.Attempts,
		orNull(j.ETag), orNull(j.LastModified), orNull(end.RedirectsTo), j.Priority, t.run, orNull(end.checkClass), j.Verdicts, orNull(failure)); err != nil {
		return err
	}
	if rec.Hub == nil {
		return nil
	}
	h := rec.Hub
	changed := ""
	if h.Changed {
		changed = timeText(now)
	}
	_, err = t.exec(`INSERT INTO hubs (frontier_id, format, entries, articles_found, newest_at, checked_at, changed_at, interval_s, content_hash)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
		ON CONFLICT (frontier_id) DO UPDATE SET format = coalesce(excluded.format, format), entries = CASE WHEN ?10 THEN excluded.entries ELSE entries END,
			articles_found = articles_found + excluded.articles_found, newest_at = coalesce(max(excluded.newest_at, newest_at), excluded.newest_at, newest_at),
			checked_at = excluded.checked_at, changed_at = coalesce(excluded.changed_at, changed_at), interval_s = excluded.interval_s,
			content_hash = coalesce(excluded.content_hash, content_hash)`,
		j.ID, orNull(h.Format), h.Entries, articles, orNull(timeText(h.NewestAt)), timeText(now), orNull(changed), int64(h.Interval/time.Second),
		orNull(h.ContentHash), h.Changed)
	return err
}

// Queue is the jobs of one source on one host.
type Queue struct{ Source, Host string }

// Queues returns where jobs of a source wait. It skips from host to host in the index, so that a million jobs on a
// hundred hosts cost a hundred look-ups.
func (db *DB) Queues(ctx context.Context, source string) ([]Queue, error) {
	next, err := db.read.PrepareContext(ctx, `SELECT host FROM frontier WHERE state = 'waiting' AND source = ?1 AND host > ?2 ORDER BY host LIMIT 1`)
	if err != nil {
		return nil, db.explain(err)
	}
	defer next.Close()
	var all []Queue
	for host := ""; ; {
		err := next.QueryRowContext(ctx, source, host).Scan(&host)
		if errors.Is(err, sql.ErrNoRows) {
			return all, nil
		}
		if err != nil {
			return nil, db.explain(err)
		}
		all = append(all, Queue{source, host})
	}
}

// Waiting counts the jobs that wait, by queue: some 50 ms for a million.
func (db *DB) Waiting(ctx context.Context) (map[Queue]int, error) {
	s, err := db.readStatement(ctx, `SELECT source, host, count(*) FROM frontier WHERE state = 'waiting' GROUP BY source, host`)
	if err != nil {
		return nil, db.explain(err)
	}
	rows, err := s.QueryContext(ctx)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	waiting := map[Queue]int{}
	for rows.Next() {
		var q Queue
		var n int
		if err := rows.Scan(&q.Source, &q.Host, &n); err != nil {
			return nil, db.explain(err)
		}
		waiting[q] = n
	}
	return waiting, db.explain(rows.Err())
}

// LeftOut is what a run does not ask for.
type LeftOut struct {
	Hubs    []Hub     // feeds, sitemaps and sections that are not due: address, kind and when they are
	NotDue  int       // articles that are not due
	NextAt  time.Time // when the first of them is
	Outside int       // addresses that wait, with a date outside of the window
}

// LeftOut returns what of a source is not due, or lies outside of the window.
func (db *DB) LeftOut(ctx context.Context, source string, w Window) (LeftOut, error) {
	var out LeftOut
	hubs, err := db.Hubs(ctx, source)
	if err != nil {
		return out, err
	}
	for i := range hubs {
		if hubs[i].State == JobLater {
			out.Hubs = append(out.Hubs, hubs[i])
		}
	}
	since, until := w.bounds(timeText)
	var next string
	err = db.read.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE state = 'later' AND kind = 'article'), coalesce(min(due_at) FILTER (WHERE state = 'later' AND kind = 'article'), ''),
		count(*) FILTER (WHERE state = 'waiting' AND (hint_published_at < ?2 OR kind = 'article' AND hint_published_at >= ?3)) FROM frontier WHERE source = ?1`,
		source, since, until).Scan(&out.NotDue, &next, &out.Outside)
	out.NextAt = parseTime(next)
	return out, db.explain(err)
}

// Window bounds which waiting jobs a run takes, by the date that a feed or sitemap gives. Zero: open. Jobs without a
// date are always within.
type Window struct{ Since, Until time.Time }

// bounds are the ends of the window, as texts that compare as times do.
func (w Window) bounds(text func(time.Time) string) (since, until string) {
	until = "9999"
	if !w.Since.IsZero() {
		since = text(w.Since)
	}
	if !w.Until.IsZero() {
		until = text(w.Until)
	}
	return since, until
}

// WaitingJobs returns the next jobs of a queue, the most urgent first.
func (db *DB) WaitingJobs(ctx context.Context, q Queue, w Window, limit int) ([]Job, error) {
	since, until := w.bounds(timeText)
	return readAll(ctx, db, func(rows *sql.Rows, j *Job) error {
		var kind, foundAt, published, modified string
		err := rows.Scan(&j.ID, &j.URL, &j.FetchURL, &kind, &j.Class, &j.Priority, &j.Depth, &j.Hops, &j.Attempts, &j.FoundOn, &foundAt, &j.ETag,
			&j.LastModified, &j.Hint.Title, &published, &modified, &j.Hint.Language, &j.Verdicts)
		j.Source, j.Host, j.Kind = q.Source, q.Host, JobKind(kind)
		j.FoundAt, j.Hint.PublishedAt, j.Hint.ModifiedAt = parseTime(foundAt), parseTime(published), parseTime(modified)
		return err
	}, waitingJobs, q.Source, q.Host, since, until, limit)
}

// JobOf returns the job of an address; ok is false where it is unknown.
func (db *DB) JobOf(ctx context.Context, url string) (j Job, state JobState, ok bool, err error) {
	var kind, foundAt, due string
	err = db.read.QueryRowContext(ctx, `SELECT id, url, coalesce(fetch_url, ''), host, source, kind, state, coalesce(class, ''), priority, depth, hops, attempts,
		coalesce(found_on, ''), found_at, coalesce(due_at, ''), coalesce(etag, ''), coalesce(last_modified, ''), coalesce(redirects_to, ''), verdicts FROM frontier WHERE url = ?`, url).
		Scan(&j.ID, &j.URL, &j.FetchURL, &j.Host, &j.Source, &kind, (*string)(&state), &j.Class, &j.Priority, &j.Depth, &j.Hops, &j.Attempts, &j.FoundOn, &foundAt, &due,
			&j.ETag, &j.LastModified, &j.RedirectsTo, &j.Verdicts)
	if errors.Is(err, sql.ErrNoRows) {
		return Job{}, "", false, nil
	}
	j.Kind, j.FoundAt, j.DueAt = JobKind(kind), parseTime(foundAt), parseTime(due)
	return j, state, err == nil, db.explain(err)
}

// KnownJobs returns which of the addresses the frontier already has.
func (db *DB) KnownJobs(ctx context.Context, urls []string) (map[string]bool, error) {
	known := map[string]bool{}
	s, err := db.readStatement(ctx, `SELECT 1 FROM frontier WHERE url = ?`)
	if err != nil {
		return nil, db.explain(err)
	}
	for _, u := range urls {
		var one int
		switch err := s.QueryRowContext(ctx, u).Scan(&one); {
		case err == nil:
			known[u] = true
		case !errors.Is(err, sql.ErrNoRows):
			return nil, db.explain(err)
		}
	}
	return known, nil
}

// ArticleAt returns the article that an address led to, 0 for none.
func (db *DB) ArticleAt(ctx context.Context, address string) (id int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT article_id FROM article_urls WHERE url = ?`, address).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, db.explain(err)
}

package storage

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"newsmill/cleaner/article"
)

//go:embed sql/add_job.sql
var addJob string

//go:embed sql/end_job.sql
var endJob string

//go:embed sql/waiting_jobs.sql
var waitingJobs string

//go:embed sql/endings.sql
var endings string

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

// addFoundCount credits a hub with addresses that were found in a part of it.
func (t *tx) addFoundCount(url string, added int) error {
	if added == 0 || url == "" {
		return nil
	}
	_, err := t.exec(`INSERT INTO hubs (frontier_id, articles_found) SELECT id, ?2 FROM frontier WHERE url = ?1
		ON CONFLICT (frontier_id) DO UPDATE SET articles_found = articles_found + excluded.articles_found`, url, added)
	return err
}

func (t *tx) saveHost(h *HostState) error {
	if h == nil {
		return nil
	}
	if _, err := t.exec(`INSERT INTO hosts (host, crawl_delay, next_fetch_at, failures, latency_ms) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (host) DO UPDATE SET crawl_delay = ?2, next_fetch_at = ?3, failures = ?4, latency_ms = ?5`,
		h.Host, orNull(h.CrawlDelay.Seconds()), orNull(timeText(h.NextFetchAt)), h.Failures, h.Latency.Milliseconds()); err != nil {
		return err
	}
	if !h.TDMFetchedAt.IsZero() {
		if _, err := t.exec(`UPDATE hosts SET tdm_rules = ?2, tdm_fetched_at = ?3 WHERE host = ?1`,
			h.Host, orNull(strings.ToValidUTF8(string(h.TDMBody), "\uFFFD")), timeText(h.TDMFetchedAt)); err != nil {
			return err
		}
	}
	if h.RobotsFetchedAt.IsZero() {
		return nil
	}
	var body any
	if h.RobotsBody != nil {
		body = strings.ToValidUTF8(string(h.RobotsBody), "\uFFFD")
	}
	_, err := t.exec(`UPDATE hosts SET robots_url = ?2, robots_status = ?4,
		robots_txt = CASE WHEN ?3 IS NULL AND ?4 BETWEEN 200 AND 299 THEN robots_txt ELSE ?3 END, robots_fetched_at = ?5, robots_expires_at = ?6,
		robots_failed_at = ?7 WHERE host = ?1`, h.Host, orNull(h.RobotsURL), body, h.RobotsStatus, timeText(h.RobotsFetchedAt),
		orNull(timeText(h.RobotsExpiresAt)), orNull(timeText(h.RobotsFailedAt)))
	return err
}

// SaveHosts keeps the state of hosts for the next run.
func (db *DB) SaveHosts(ctx context.Context, hosts []HostState) error {
	return db.update(ctx, 0, func(t *tx) error {
		for i := range hosts {
			if err := t.saveHost(&hosts[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Host returns what earlier runs knew of a host; ok is false where that is nothing.
func (db *DB) Host(ctx context.Context, host string) (h HostState, ok bool, err error) {
	var body sql.NullString
	var fetched, expires, failed, next, tdm, tdmAt string
	var delay float64
	var latency int64
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(robots_url, ''), robots_txt, coalesce(robots_status, 0), coalesce(robots_fetched_at, ''),
		coalesce(robots_expires_at, ''), coalesce(robots_failed_at, ''), coalesce(crawl_delay, 0), coalesce(next_fetch_at, ''), failures, latency_ms,
		coalesce(tdm_rules, ''), coalesce(tdm_fetched_at, '') FROM hosts WHERE host = ?`, host).
		Scan(&h.RobotsURL, &body, &h.RobotsStatus, &fetched, &expires, &failed, &delay, &next, &h.Failures, &latency, &tdm, &tdmAt)
	if errors.Is(err, sql.ErrNoRows) {
		return HostState{Host: host}, false, nil
	}
	if body.Valid {
		h.RobotsBody = []byte(body.String)
	}
	h.Host, h.RobotsFetchedAt, h.RobotsExpiresAt, h.NextFetchAt = host, parseTime(fetched), parseTime(expires), parseTime(next)
	h.RobotsFailedAt, h.TDMFetchedAt = parseTime(failed), parseTime(tdmAt)
	if tdm != "" {
		h.TDMBody = []byte(tdm)
	}
	h.CrawlDelay, h.Latency = time.Duration(delay*float64(time.Second)), time.Duration(latency)*time.Millisecond
	return h, err == nil, db.explain(err)
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

// SourceJobs counts what lists the articles of a source.
type SourceJobs struct {
	Listed int // articles first found by its feeds and sitemaps
	Mapped int // of these, by sitemaps
}

// SourceJobs returns the counts for a source.
func (db *DB) SourceJobs(ctx context.Context, source string) (n SourceJobs, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(sum(h.articles_found), 0), coalesce(sum(h.articles_found) FILTER (WHERE f.kind = 'sitemap'), 0)
		FROM frontier f JOIN hubs h ON h.frontier_id = f.id WHERE f.source = ?1 AND f.kind <> 'article' AND f.kind IN ('feed', 'sitemap')`, source).
		Scan(&n.Listed, &n.Mapped)
	return n, db.explain(err)
}

// HubState returns what the last polls of a hub brought.
func (db *DB) HubState(ctx context.Context, frontierID int64) (h HubCheck, err error) {
	var seconds int64
	var newest string
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(format, ''), entries, coalesce(newest_at, ''), interval_s, coalesce(content_hash, '')
		FROM hubs WHERE frontier_id = ?`, frontierID).Scan(&h.Format, &h.Entries, &newest, &seconds, &h.ContentHash)
	if errors.Is(err, sql.ErrNoRows) {
		return HubCheck{}, nil
	}
	h.NewestAt, h.Interval = parseTime(newest), time.Duration(seconds)*time.Second
	return h, db.explain(err)
}

// Hub is a feed, sitemap or section page with its record.
type Hub struct {
	URL           string    `json:"url"`
	Source        string    `json:"source"`
	Kind          JobKind   `json:"kind"`
	Format        string    `json:"format,omitempty"`
	State         JobState  `json:"state"`
	Class         string    `json:"class,omitempty"` // empty: never fetched
	Message       string    `json:"message,omitempty"`
	Failed        bool      `json:"failed"`                 // is in the view failed_urls
	RedirectsTo   string    `json:"redirects_to,omitempty"` // address that is asked instead
	isVain        bool      // failed, and is nobody's failure
	Entries       int       `json:"entries"`        // at the last poll
	ArticlesFound int       `json:"articles_found"` // ever, first found here
	NewestAt      time.Time `json:"newest_at,omitzero"`
	CheckedAt     time.Time `json:"checked_at,omitzero"`
	ChangedAt     time.Time `json:"changed_at,omitzero"`
	DueAt         time.Time `json:"due_at,omitzero"`
	Attempts      int       `json:"attempts,omitempty"` // failures in a row
	IsGuess       bool      `json:"-"`                  // of ours, which never was one: nobody's failure
}

// Hubs returns the feeds, sitemaps and section pages of a source (empty: of all).
func (db *DB) Hubs(ctx context.Context, source string) ([]Hub, error) {
	first, last := source, source
	if source == "" {
		last = string(utf8.MaxRune)
	}
	rows, err := db.read.QueryContext(ctx, `SELECT f.url, f.source, f.kind, coalesce(h.format, ''), f.state, coalesce(f.check_class, f.class, ''),
		coalesce(f.message, ''), w.url IS NOT NULL, coalesce(f.redirects_to, ''), f.failure IS NOT NULL AND w.url IS NULL, coalesce(h.entries, 0),
		coalesce(h.articles_found, 0), coalesce(h.newest_at, ''), coalesce(h.checked_at, f.ended_at, ''), coalesce(h.changed_at, ''), coalesce(f.due_at, ''),
		f.attempts, f.found_on IS 'guess' AND coalesce(h.interval_s, 0) = 0
		FROM frontier f LEFT JOIN hubs h ON h.frontier_id = f.id LEFT JOIN failed_urls w ON w.url = f.url
		WHERE f.kind <> 'article' AND f.source BETWEEN ?1 AND ?2 ORDER BY f.source, f.kind, f.url`, first, last)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var all []Hub
	for rows.Next() {
		var h Hub
		var newest, checked, changed, due string
		if err := rows.Scan(&h.URL, &h.Source, (*string)(&h.Kind), &h.Format, (*string)(&h.State), &h.Class, &h.Message, &h.Failed, &h.RedirectsTo, &h.isVain,
			&h.Entries, &h.ArticlesFound, &newest, &checked, &changed, &due, &h.Attempts, &h.IsGuess); err != nil {
			return nil, db.explain(err)
		}
		h.NewestAt, h.CheckedAt, h.ChangedAt, h.DueAt = parseTime(newest), parseTime(checked), parseTime(changed), parseTime(due)
		all = append(all, h)
	}
	return all, db.explain(rows.Err())
}

// Ended is how an address ended, for people.
type Ended struct {
	URL         string    `json:"url"`
	Class       string    `json:"class"`
	Message     string    `json:"message"`
	Source      string    `json:"source"`
	Kind        JobKind   `json:"kind"`
	State       JobState  `json:"state"`
	Attempts    int       `json:"attempts,omitempty"`
	EndedAt     time.Time `json:"ended_at"`
	DueAt       time.Time `json:"due_at,omitzero"` // when it is tried again
	RedirectsTo string    `json:"redirects_to,omitempty"`
}

// EndedFilter selects endings. Zero fields select all.
type EndedFilter struct {
	Class, Source string
	Since         time.Time
	RunID         int64
	Failed        bool // only what is in the view failed_urls
}

// Errors yields each address that did not become an article, or could not be read, with how it ended last: feeds and sitemaps
// too. A redirect has the ending of the address that it leads to: "stored_as" where that is stored, "too_many_redirects" where it
// leads round.
func (db *DB) Errors(ctx context.Context, f EndedFilter) iter.Seq2[Ended, error] {
	return func(yield func(Ended, error) bool) {
		rows, err := db.read.QueryContext(ctx, endings, f.Source, timeText(f.Since), f.RunID, f.Class, f.Failed)
		if err != nil {
			yield(Ended{}, db.explain(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var e Ended
			var ended, due string
			err := rows.Scan(&e.URL, &e.Class, &e.Message, &e.Source, (*string)(&e.Kind), (*string)(&e.State), &e.Attempts, &ended, &due, &e.RedirectsTo)
			e.EndedAt, e.DueAt = parseTime(ended), parseTime(due)
			if !yield(e, db.explain(err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Ended{}, db.explain(err))
		}
	}
}

// Ending returns how an address ended that is in the frontier; Class is empty if it waits for its first fetch. The error
// wraps ErrNotFound if it is not there.
func (db *DB) Ending(ctx context.Context, address string) (Ended, error) {
	var e Ended
	err := sql.ErrNoRows
	for _, u := range formsOf(address) {
		err = db.read.QueryRowContext(ctx, `SELECT url, source, coalesce(class, ''), coalesce(message, '') FROM frontier WHERE url = ?`, u).
			Scan(&e.URL, &e.Source, &e.Class, &e.Message)
		if !errors.Is(err, sql.ErrNoRows) {
			break
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("%s: %w", address, ErrNotFound)
	}
	return e, db.explain(err)
}

// ParameterCount says what pages were that differed in a parameter which on most sites only tracks.
type ParameterCount struct {
	Host, Shape, Parameter string
	Same, Other            int // pairs that were one article, and two
	Unclear                int // trials that brought no two articles to compare
}

// Parameters returns what is known of a host's parameters.
func (db *DB) Parameters(ctx context.Context, host string) ([]ParameterCount, error) {
	return readAll(ctx, db, func(rows *sql.Rows, c *ParameterCount) error {
		return rows.Scan(&c.Host, &c.Shape, &c.Parameter, &c.Same, &c.Other, &c.Unclear)
	}, `SELECT host, shape, parameter, same, other, unclear FROM host_parameters WHERE host = ?`, host)
}

// SaveParameters keeps what was learned of parameters.
func (db *DB) SaveParameters(ctx context.Context, all []ParameterCount) error {
	return db.update(ctx, 0, func(t *tx) error {
		for _, c := range all {
			if _, err := t.exec(`INSERT OR REPLACE INTO host_parameters (host, shape, parameter, same, other, unclear) VALUES (?, ?, ?, ?, ?, ?)`,
				c.Host, c.Shape, c.Parameter, c.Same, c.Other, c.Unclear); err != nil {
				return err
			}
		}
		return nil
	})
}

// ArticleAt returns the article that an address led to, 0 for none.
func (db *DB) ArticleAt(ctx context.Context, address string) (id int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT article_id FROM article_urls WHERE url = ?`, address).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, db.explain(err)
}

// ShapeCount says how often pages with addresses of one shape were articles, and how often not.
type ShapeCount struct {
	Host, Shape      string
	Articles, Others int
}

// Shapes returns what is known of a host's addresses.
func (db *DB) Shapes(ctx context.Context, host string) ([]ShapeCount, error) {
	return readAll(ctx, db, func(rows *sql.Rows, c *ShapeCount) error {
		return rows.Scan(&c.Host, &c.Shape, &c.Articles, &c.Others)
	}, `SELECT host, shape, articles, others FROM url_shapes WHERE host = ?`, host)
}

// SaveShapes keeps what was learned of addresses.
func (db *DB) SaveShapes(ctx context.Context, all []ShapeCount) error {
	return db.update(ctx, 0, func(t *tx) error {
		for _, c := range all {
			if _, err := t.exec(`INSERT OR REPLACE INTO url_shapes (host, shape, articles, others) VALUES (?, ?, ?, ?)`, c.Host, c.Shape, c.Articles, c.Others); err != nil {
				return err
			}
		}
		return nil
	})
}

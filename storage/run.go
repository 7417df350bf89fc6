package storage

import (
	"cmp"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

//go:embed sql/answered.sql
var answered string

//go:embed sql/source_runs.sql
var sourceRuns string

// Run is one run of a command that writes.
type Run struct {
	ID             int64     `json:"id"`
	Command        string    `json:"command"`   // crawl, scrape, reclean, …
	Arguments      string    `json:"arguments"` // as typed, secrets removed
	Version        string    `json:"version"`   // of newsmill
	CleanerVersion int       `json:"cleaner_version"`
	PID            int       `json:"pid"`
	Hostname       string    `json:"hostname"`
	Sources        []string  `json:"-"` // of a crawl: those that it is to visit; only read by StartRun
	StartedAt      time.Time `json:"started_at"`
	FinishedAt     time.Time `json:"finished_at,omitzero"` // zero: still running, or killed
	ExitCode       int       `json:"exit_code"`            // -1: still running, or killed
	RunCounts
}

// RunCounts is what a run did.
type RunCounts struct {
	PagesFetched      int `json:"pages_fetched"`
	ArticlesNew       int `json:"articles_new"`
	ArticlesChanged   int `json:"articles_changed"`
	ArticlesUnchanged int `json:"articles_unchanged"`
	Errors            int `json:"errors"` // addresses that failed
}

// StartRun records that a command starts to write, and returns the id that its records carry. Only Command,
// Arguments, Version, CleanerVersion, Sources and StartedAt of r are read; a zero StartedAt means now.
func (db *DB) StartRun(ctx context.Context, r Run) (int64, error) {
	if r.StartedAt.IsZero() {
		r.StartedAt = time.Now()
	}
	host, _ := os.Hostname()
	var id int64
	err := db.update(ctx, 0, func(t *tx) error {
		res, err := t.exec(`INSERT INTO runs (command, arguments, version, cleaner_version, pid, hostname, started_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Command, orNull(r.Arguments), r.Version, r.CleanerVersion, os.Getpid(), orNull(host), timeText(r.StartedAt))
		if err != nil {
			return err
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
		for _, key := range r.Sources {
			if _, err := t.exec(`INSERT INTO sources (source, runs, first_run_at, last_run_at) VALUES (?1, 1, ?2, ?2)
				ON CONFLICT (source) DO UPDATE SET runs = runs + 1, last_run_at = ?2`, key, timeText(r.StartedAt)); err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}

// FinishRun records how a run ended.
func (db *DB) FinishRun(ctx context.Context, id int64, exitCode int, at time.Time, n RunCounts) error {
	if at.IsZero() {
		at = time.Now()
	}
	return db.update(ctx, id, func(t *tx) error {
		_, err := t.exec(`UPDATE runs SET finished_at = ?2, exit_code = ?3, pages_fetched = ?4, articles_new = ?5, articles_changed = ?6,
			articles_unchanged = ?7, errors = ?8 WHERE id = ?1`, id, timeText(at), exitCode, n.PagesFetched, n.ArticlesNew,
			n.ArticlesChanged, n.ArticlesUnchanged, n.Errors)
		if err != nil {
			return err
		}
		_, err = t.exec(`UPDATE sources SET requests = requests + p.n
			FROM (SELECT source, count(*) AS n FROM pages WHERE run_id = ?1 GROUP BY source) p WHERE sources.source = p.source`, id)
		if err != nil {
			return err
		}
		_, err = t.exec(`UPDATE sources SET answered_at = a.at
			FROM (SELECT source, max(fetched_at) AS at FROM (`+answered+`) GROUP BY source) a WHERE sources.source = a.source`, id)
		return err
	})
}

// RunOutcome is what a run met with. It says what failed by the one definition that there is, the view failed_urls.
type RunOutcome struct {
	Pages    int          // addresses that were asked for, or could not be
	Failed   int          // of these, those that failed
	Retrying int          // of the failed, those that are tried again
	Classes  []ClassCount // the failed by class, the most frequent first
	Nothing  bool         // something was tried, and no source of the run could be reached
}

// ClassCount is how many addresses ended in a class.
type ClassCount struct {
	Class string
	Count int
}

// RunOutcome returns what a run met with at its sources. isUnreached says of a kind of address and the class that it ended
// in whether that speaks of the whole source: that it can't be reached, or lets nobody in.
func (db *DB) RunOutcome(ctx context.Context, run int64, sources []string, isUnreached func(JobKind, string) bool) (RunOutcome, error) {
	rows, err := db.read.QueryContext(ctx, `WITH answered AS (`+answered+`)`+sourceRuns, run, jsonList(sources))
	if err != nil {
		return RunOutcome{}, db.explain(err)
	}
	defer rows.Close()
	var out RunOutcome
	classes := map[string]int{}
	reached, tried := map[string]bool{}, map[string]bool{}
	for rows.Next() {
		var source, class string
		var kind JobKind
		var state JobState
		var n int
		if err := rows.Scan(&source, &kind, &class, &state, &n); err != nil {
			return out, db.explain(err)
		}
		out.Pages += n
		tried[source] = true
		if class == "" || !isUnreached(kind, class) {
			reached[source] = true
		}
		if class == "" || state == JobSkipped {
			continue
		}
		classes[class] += n
		out.Failed += n
		if state == JobLater {
			out.Retrying += n
		}
	}
	if err := rows.Err(); err != nil {
		return out, db.explain(err)
	}
	for class, n := range classes {
		out.Classes = append(out.Classes, ClassCount{class, n})
	}
	slices.SortFunc(out.Classes, func(x, y ClassCount) int { return cmp.Or(y.Count-x.Count, strings.Compare(x.Class, y.Class)) })
	out.Nothing = len(tried) > 0 && len(reached) == 0
	for i := 0; out.Nothing && i < len(sources); i++ {
		if !tried[sources[i]] { // nothing of it was due: it is as it was
			if out.Nothing, err = db.isDead(ctx, sources[i], isUnreached); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// isDead reports whether all that lists a source's articles could not be reached when it was asked last.
func (db *DB) isDead(ctx context.Context, source string, isUnreached func(JobKind, string) bool) (bool, error) {
	hubs, err := db.Hubs(ctx, source)
	if err != nil {
		return false, err
	}
	asked := 0
	for _, h := range hubs {
		if h.Class == "" || h.isVain {
			continue
		}
		if asked++; !isUnreached(h.Kind, h.Class) {
			return false, nil
		}
	}
	return asked > 0, nil
}

const runColumns = `SELECT id, command, coalesce(arguments, ''), version, cleaner_version, coalesce(pid, 0), coalesce(hostname, ''),
	started_at, coalesce(finished_at, ''), coalesce(exit_code, -1), pages_fetched, articles_new, articles_changed, articles_unchanged, errors
	FROM runs`

func scanRun(row interface{ Scan(...any) error }) (Run, error) {
	var r Run
	var started, finished string
	err := row.Scan(&r.ID, &r.Command, &r.Arguments, &r.Version, &r.CleanerVersion, &r.PID, &r.Hostname, &started, &finished,
		&r.ExitCode, &r.PagesFetched, &r.ArticlesNew, &r.ArticlesChanged, &r.ArticlesUnchanged, &r.Errors)
	r.StartedAt, r.FinishedAt = parseTime(started), parseTime(finished)
	return r, err
}

// Runs returns the last runs, newest first; limit 0 means all.
func (db *DB) Runs(ctx context.Context, limit int) ([]Run, error) {
	if limit <= 0 {
		limit = -1
	}
	return db.queryRuns(ctx, runColumns+` ORDER BY id DESC LIMIT ?`, limit)
}

func (db *DB) queryRuns(ctx context.Context, query string, args ...any) ([]Run, error) {
	rows, err := db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var runs []Run
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, db.explain(err)
		}
		runs = append(runs, r)
	}
	return runs, db.explain(rows.Err())
}

// LastRuns returns the last run of each command, in no order.
func (db *DB) LastRuns(ctx context.Context) ([]Run, error) {
	return db.queryRuns(ctx, runColumns+` WHERE id IN (SELECT max(id) FROM runs GROUP BY command)`)
}

// Run returns one run.
func (db *DB) Run(ctx context.Context, id int64) (Run, error) {
	r, err := scanRun(db.read.QueryRowContext(ctx, runColumns+` WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("run %d: %w", id, ErrNotFound)
	}
	return r, db.explain(err)
}

package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"newsmill/cleaner"
)

// Run is one run of a command that writes.
type Run struct {
	ID             int64     `json:"id"`
	Command        string    `json:"command"`   // crawl, scrape, reclean, …
	Arguments      string    `json:"arguments"` // as typed, secrets removed
	Version        string    `json:"version"`   // of newsmill
	CleanerVersion int       `json:"cleaner_version"`
	PID            int       `json:"pid"`
	Hostname       string    `json:"hostname"`
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
// Arguments, Version and StartedAt of r are read; a zero StartedAt means now.
func (db *DB) StartRun(ctx context.Context, r Run) (int64, error) {
	if r.StartedAt.IsZero() {
		r.StartedAt = time.Now()
	}
	host, _ := os.Hostname()
	var id int64
	err := db.update(ctx, 0, func(t *tx) error {
		res, err := t.exec(`INSERT INTO runs (command, arguments, version, cleaner_version, pid, hostname, started_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Command, orNull(r.Arguments), r.Version, cleaner.Version, os.Getpid(), orNull(host), timeText(r.StartedAt))
		if err != nil {
			return err
		}
		id, err = res.LastInsertId()
		return err
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
		return err
	})
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
	rows, err := db.read.QueryContext(ctx, runColumns+` ORDER BY id DESC LIMIT ?`, limit)
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

// Run returns one run.
func (db *DB) Run(ctx context.Context, id int64) (Run, error) {
	r, err := scanRun(db.read.QueryRowContext(ctx, runColumns+` WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("run %d: %w", id, ErrNotFound)
	}
	return r, db.explain(err)
}

package storage

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"time"
)

//go:embed sql/endings.sql
var endings string

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

package storage

import (
	"context"
	"database/sql"
)

// tx is a write transaction. Its statements are prepared once and kept for the connection's life, so SQL text given
// to it must be constant.
type tx struct {
	ctx context.Context
	db  *DB
	run int64 // the run that writes

	committed func() // called when it is, before the next one begins; nil: nothing
}

// exec runs a statement.
func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	s, err := t.db.prepared(t.ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(t.ctx, args...)
}

// query runs a statement that gives rows. They must be closed before the transaction goes on.
func (t *tx) query(query string, args ...any) (*sql.Rows, error) {
	s, err := t.db.prepared(t.ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(t.ctx, args...)
}

// scan runs a statement that gives one row into dest; sql.ErrNoRows if there is none.
func (t *tx) scan(dest []any, query string, args ...any) error {
	s, err := t.db.prepared(t.ctx, query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(t.ctx, args...).Scan(dest...)
}

// update runs f in a transaction (BEGIN IMMEDIATE) of its own on the writing connection, and commits if f returns
// nil. It waits for the batch that Write stores at the moment.
func (db *DB) update(ctx context.Context, run int64, f func(*tx) error) (err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.checkPlace(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	t := &tx{ctx: ctx, db: db, run: run}
	if _, err := t.exec(`BEGIN IMMEDIATE`); err != nil {
		return db.explain(err)
	}
	defer func() {
		if err != nil {
			// The rollback must happen even when ctx has ended.
			_, _ = db.conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		}
	}()
	if err := f(t); err != nil {
		return db.explain(err)
	}
	if _, err = t.exec(`COMMIT`); err != nil {
		return db.explain(err)
	}
	if t.committed != nil {
		t.committed()
	}
	return nil
}

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

	unindexed []*packedArticle // new articles that are not in the full-text indexes yet
	ids       []int64          // theirs

	dictionaries []*dictionary         // written in this transaction
	bodies       map[*packedBody]int64 // their ids
}

// index puts a new article into the full-text indexes, at the end of the transaction: FTS5 collects terms in memory, and
// writes them out as a small segment whenever another statement opens a savepoint, as an UPDATE does. With the two mixed,
// storing took twice as long.
func (t *tx) index(id int64, a *packedArticle) {
	t.unindexed, t.ids = append(t.unindexed, a), append(t.ids, id)
}

// flushIndex does what index put off.
func (t *tx) flushIndex() error {
	for i, a := range t.unindexed {
		if _, err := t.exec(`INSERT INTO articles_fts (rowid, title, byline, text) VALUES (?,?,?,?)`, t.ids[i], a.title, orNull(a.Byline), a.Text); err != nil {
			return err
		}
	}
	for i, a := range t.unindexed {
		if _, err := t.exec(`INSERT INTO articles_trigram (rowid, title, text) VALUES (?,?,?)`, t.ids[i], a.title+"  ", a.Text+"  "); err != nil {
			return err
		}
	}
	t.unindexed, t.ids = nil, nil
	return nil
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
	t := &tx{ctx: ctx, db: db, run: run, bodies: map[*packedBody]int64{}}
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
	if err := t.flushIndex(); err != nil {
		return db.explain(err)
	}
	if _, err = t.exec(`COMMIT`); err != nil {
		return db.explain(err)
	}
	for _, d := range t.dictionaries {
		d.stored, d.parts = true, nil
	}
	if len(t.bodies) > 0 {
		db.warm.packer.wrote(t.bodies)
	}
	return nil
}

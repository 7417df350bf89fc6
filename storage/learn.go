package storage

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"
)

const (
	// spellingsSetting is the id of the last article of an earlier schema whose spellings are known; without it all are.
	spellingsSetting = "spellings"
	// spellingsBatch is how many articles are read for it in a transaction: some 30 ms.
	spellingsBatch = 64
)

// learnSpellings reads the articles that an earlier schema stored, and notes their spellings, in short transactions from where an earlier
// run stopped. With rest it pauses after each, so that whatever else the run does goes on; nobody else waits for it, and a search
// finds meanwhile what it found before.
func (w *Writer) learnSpellings(ctx context.Context, rest bool) error {
	for ctx.Err() == nil {
		last, pending, err := w.spellingsLeft(ctx)
		if err != nil || !pending {
			return err
		}
		start := time.Now()
		found := newSpellings()
		rows, err := w.read.QueryContext(ctx, `SELECT id, title, coalesce(byline, ''), text FROM articles WHERE id > ? ORDER BY id LIMIT ?`, last, spellingsBatch)
		if err != nil {
			return w.explain(err)
		}
		n := 0
		for ; rows.Next(); n++ {
			var title, byline, text string
			if err := rows.Scan(&last, &title, &byline, &text); err != nil {
				rows.Close()
				return w.explain(err)
			}
			found.read(title, byline, text)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return w.explain(err)
		}
		err = w.update(context.WithoutCancel(ctx), 0, func(t *tx) error {
			if err := w.memory.storeSpellings(t, &found); err != nil {
				return err
			}
			if n < spellingsBatch {
				_, err := t.exec(`DELETE FROM settings WHERE name = ?`, spellingsSetting)
				return err
			}
			_, err := t.exec(`UPDATE settings SET value = ?2 WHERE name = ?1`, spellingsSetting, strconv.FormatInt(last, 10))
			return err
		})
		if err != nil {
			w.mu.Lock() // beside a writer that goes on
			w.memory.spellings = spellings{}
			w.mu.Unlock()
			return err
		}
		w.trimLog(ctx)
		if rest {
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Since(start)):
			}
		}
	}
	return ctx.Err()
}

// spellingsLeft returns the last article whose spellings are known, where some are not.
func (db *DB) spellingsLeft(ctx context.Context) (last int64, pending bool, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT CAST(value AS INTEGER) FROM settings WHERE name = ?`, spellingsSetting).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return last, true, db.explain(err)
}

// relearnSpellings notes the spellings of all articles anew, for those that were changed or inserted by hand.
func (w *Writer) relearnSpellings(ctx context.Context) error {
	err := w.update(ctx, 0, func(t *tx) error {
		for _, s := range []string{`DELETE FROM word_spellings`, `DELETE FROM trigram_spellings`} {
			if _, err := t.exec(s); err != nil {
				return err
			}
		}
		w.memory.spellings = spellings{}
		_, err := t.exec(`INSERT OR REPLACE INTO settings (name, value) VALUES (?, '0')`, spellingsSetting)
		return err
	})
	if err != nil {
		return err
	}
	return w.learnSpellings(ctx, false)
}

// checkSpellings reads some articles, the newest and others, and returns how many, and how many of their spellings are not known.
func (db *DB) checkSpellings(ctx context.Context) (read, unknown int, err error) {
	rows, err := db.read.QueryContext(ctx, `SELECT title, coalesce(byline, ''), text FROM articles WHERE id IN (SELECT id FROM articles ORDER BY id DESC LIMIT 100)
		OR id IN (SELECT id FROM articles ORDER BY (id * 2654435761) % 4294967296 LIMIT 100)`)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	found := newSpellings()
	for ; rows.Next(); read++ {
		var title, byline, text string
		if err := rows.Scan(&title, &byline, &text); err != nil {
			return read, 0, err
		}
		found.read(title, byline, text)
	}
	if err := rows.Err(); err != nil {
		return read, 0, err
	}
	for table, all := range map[string]map[spelling]struct{}{"word_spellings": found.words, "trigram_spellings": found.trigrams} {
		for s := range all {
			var known bool
			if err := db.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+table+` WHERE folded = ? AND spelling = ?)`, s.folded, s.as).Scan(&known); err != nil {
				return read, unknown, err
			}
			if !known {
				unknown++
			}
		}
	}
	return read, unknown, nil
}

// learnInBackground goes on with learnSpellings until the database is closed.
func (w *Writer) learnInBackground() {
	ctx, stop := context.WithCancel(context.Background())
	learned := make(chan struct{})
	w.stopLearning = func() {
		stop()
		<-learned
	}
	go func() {
		defer close(learned)
		_ = w.learnSpellings(ctx, true) // the next run goes on; what is wrong with the file, this one meets as well
	}()
}

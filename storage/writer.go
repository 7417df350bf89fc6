package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

const (
	// batchRecords, batchTime and batchIdle say when a batch is committed: when it is large, when its first record has
	// waited so long, or when no other has come for so long; whichever is first. Batches of 10 have 94 % of the speed of
	// large ones, so this is about how much a crash can lose, which is fetched again, and how soon a crawl that waits for
	// its records to be stored goes on.
	batchRecords = 100
	batchTime    = time.Second
	batchIdle    = 20 * time.Millisecond
	batchBytes   = 16 << 20 // and a bound on the memory of a batch of huge pages

	// packing is how many records are hashed and compressed ahead of the writer: a batch, so that those who fetch and clean
	// don't stop while one is written. With 8 a crawl of 6,000 pages took 8.0 s in place of 7.2.
	packing = batchRecords
)

// Writer is a database that is open to write: the one that stores records.
type Writer struct {
	*DB
	lock         *lock
	packer       *bodyPacker
	memory       memory
	stopLearning func() // of spellings; nil: nothing to stop

	working working
	died    []Died
}

// Close ends all connections and lets the next writer in. Records handed to Write before it returned are stored.
func (w *Writer) Close() error {
	if w.stopLearning != nil {
		w.stopLearning()
	}
	return errors.Join(w.DB.Close(), w.working.close(), w.lock.release())
}

func (w *Writer) pack(rec Record) *packed { return pack(w.packer, rec) }

// Write stores records in the order they come, in batches, until the channel is closed; then all are committed. After
// each commit it calls stored for each of the batch's records (nil: doesn't). If ctx ends first, what was received
// is committed and ctx's error returned. Any other error means that the records since the last call of stored are not
// in the database. Everything slow is done on all cores before a transaction begins.
func (w *Writer) Write(ctx context.Context, run int64, records <-chan Record, stored func(Stored)) error {
	futures := make(chan chan *packed, packing)
	failed := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(futures)
		slots := make(chan struct{}, runtime.GOMAXPROCS(0))
		for {
			var rec Record
			var ok bool
			select {
			case <-ctx.Done():
				return
			case <-failed:
				return
			case rec, ok = <-records:
			}
			if !ok {
				return
			}
			future := make(chan *packed, 1)
			slots <- struct{}{}
			go func() {
				future <- w.pack(rec)
				<-slots
			}()
			select {
			case futures <- future:
			case <-failed:
				return
			}
		}
	}()
	// A page brings a hundred rows of blocks with three references each, all to rows of the same transaction or looked up just
	// before: to have SQLite look them up again takes a tenth of the time of writing. Put has it do so.
	err := w.checkReferences(false)
	if err == nil {
		err = w.writeBatches(context.WithoutCancel(ctx), run, futures, stored)
		err = errors.Join(err, w.checkReferences(true))
	}
	close(failed)
	<-done
	if err != nil {
		return err
	}
	return ctx.Err()
}

// checkReferences says whether SQLite checks each reference between rows as it is written.
func (w *Writer) checkReferences(on bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.conn.ExecContext(context.Background(), fmt.Sprintf(`PRAGMA foreign_keys = %t`, on))
	return w.explain(err)
}

// Put stores one record and returns what became of it.
func (w *Writer) Put(ctx context.Context, run int64, rec Record) (Stored, error) {
	out, err := w.writeBatch(ctx, run, []*packed{w.pack(rec)})
	if err != nil {
		return Stored{}, err
	}
	return out[0], nil
}

func (w *Writer) writeBatches(ctx context.Context, run int64, futures <-chan chan *packed, stored func(Stored)) error {
	var batch []*packed
	var bytes int
	var due, idle <-chan time.Time
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		out, err := w.writeBatch(ctx, run, batch)
		if err != nil {
			return err
		}
		batch, bytes, due, idle = batch[:0], 0, nil, nil
		if stored != nil {
			for _, s := range out {
				stored(s)
			}
		}
		return nil
	}
	for {
		select {
		case future, ok := <-futures:
			if !ok {
				return flush()
			}
			p := <-future
			if len(batch) == 0 {
				due = time.After(batchTime)
			}
			batch = append(batch, p)
			if bytes += p.bytes(); len(batch) < batchRecords && bytes < batchBytes {
				idle = time.After(batchIdle)
				continue
			}
		case <-due:
		case <-idle:
		}
		if err := flush(); err != nil {
			return err
		}
	}
}

// store runs f in a transaction that may store records.
func (w *Writer) store(ctx context.Context, run int64, f func(*batch) error) error {
	return w.update(ctx, run, func(t *tx) error {
		b := &batch{tx: t, memory: &w.memory, bodies: storedBodies{ids: map[*packedBody]int64{}}}
		if err := f(b); err != nil {
			return err
		}
		t.committed = func() { w.packer.wrote(&b.bodies) }
		return b.index.flush(t)
	})
}

// writeBatch stores packed records in one transaction.
func (w *Writer) writeBatch(ctx context.Context, run int64, all []*packed) ([]Stored, error) {
	out := make([]Stored, len(all))
	err := w.store(ctx, run, func(t *batch) error {
		for i, p := range all {
			s, err := storeRecord(t, p)
			if err != nil {
				return fmt.Errorf("store %s: %w", p.rec.Job.URL, err)
			}
			out[i] = s
		}
		return nil
	})
	if err != nil {
		w.memory.forget() // what it remembers of rows may have been rolled back
		return nil, err
	}
	w.trimLog(ctx)
	return out, nil
}

// storeRecord writes all that a record holds.
func storeRecord(t *batch, p *packed) (Stored, error) {
	rec := &p.rec
	s := Stored{URL: rec.Job.URL}
	var err error
	var match articleMatch
	if p.article != nil {
		if match, err = matchArticle(t, p.article); err != nil {
			return s, err
		}
	}
	check, err := judge(t.tx, p, &match)
	if err != nil {
		return s, err
	}
	var pageID int64
	if rec.Fetch != nil {
		isNews := match.change != Unchanged && (match.change != Alias || match.keepPage)
		if pageID, err = storePage(t, p, isNews && !check.isKept()); err != nil {
			return s, err
		}
	}
	if p.article != nil && match.change != Doubtful {
		if s, err = storeArticle(t, p, match, pageID); err != nil {
			return s, err
		}
		if s.Change == Alias {
			rec.Ending.Class = aliasClass
		}
	}
	s.URL, s.Class = rec.Job.URL, rec.Ending.Class
	if err := settle(t.tx, p, check, pageID); err != nil {
		return s, err
	}
	if check.isDoubted() {
		s = Stored{URL: rec.Job.URL, Class: doubtfulClass, Change: Doubtful, ArticleID: check.article, Message: rec.Ending.Message}
	}
	return s, finishJob(t.tx, rec)
}

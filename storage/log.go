package storage

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	// maxLogBytes is the size of the write-ahead log from which on we wait for readers to let go of it.
	maxLogBytes = 256 << 20
	// trimEvery is how often we do: beside a reader that keeps its snapshot for minutes the wait is in vain, and after each
	// batch it took nine tenths of a crawl's time.
	trimEvery = 30 * time.Second
)

// trimLog empties the write-ahead log where readers have kept SQLite from reusing it for long.
func (db *DB) trimLog(ctx context.Context) {
	if fi, err := os.Stat(db.real + logEnding); err != nil || fi.Size() < maxLogBytes {
		return
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if time.Since(db.trimmed) < trimEvery {
		return
	}
	defer func() { db.trimmed = time.Now() }()
	for _, stmt := range []string{
		`PRAGMA busy_timeout = 1000`, // not to hold up the crawl for a slow reader
		`PRAGMA wal_checkpoint(RESTART)`,
		fmt.Sprintf(`PRAGMA busy_timeout = %d`, busyTimeout.Milliseconds()),
	} {
		_, _ = db.conn.ExecContext(ctx, stmt)
	}
}

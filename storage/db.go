// Package storage keeps everything newsmill knows in one SQLite file: articles and their versions, what was
// stripped from them, every fetch with its raw page, runs, and the crawl's frontier.
//
// [Open] gives the one process that may write a [Writer] (it holds a lock beside the file, lock.go), [OpenReader] any number of
// readers a [DB]. One connection writes: [Writer.Write] (writer.go) takes [Record] values (record.go) and stores them in batches
// (batch.go), all of a record in one transaction; frontier.go and run.go change single rows over the same connection. Reading is read.go
// (one article, lists), query.go and search.go (the query language), export.go, health.go.
//
// From the ground to the roof: place.go, db.go (both connections), tx.go (a transaction); record.go and pack.go (what is stored);
// body.go, match.go, story.go, article.go, page.go, doubt.go, frontier.go (how); writer.go; open.go.
//
// The schema is migrations/*.sql: read these files, not Go. Everything in the file opens in SQLite 3.40.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// busyTimeout is how long a connection waits for another's lock. Ours are held for a batch, well under a second;
// a checkpoint or a recovery of other people's tools can take longer.
const busyTimeout = 10 * time.Second

// DB is an open database. [Writer] is one that is open to write.
type DB struct {
	path string      // as it was given
	real string      // behind symbolic links: there are the files that SQLite keeps beside it
	read *sql.DB     // mode=ro
	file os.FileInfo // of the file when it was opened to write

	mu      sync.Mutex // guards write and stmts: one transaction at a time
	write   *sql.DB    // nil: a reader
	conn    *sql.Conn  // the only connection of write
	stmts   map[string]*sql.Stmt
	closed  bool
	trimmed time.Time // when the log was last trimmed, or could not be

	readMu    sync.Mutex // guards readStmts
	readStmts map[string]*sql.Stmt

	decoders decoders
}

// Path returns the file's name as it was given.
func (db *DB) Path() string { return db.path }

// Close ends all connections.
func (db *DB) Close() error {
	var errs []error
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.conn != nil {
		for _, s := range db.stmts {
			s.Close()
		}
		if db.read != nil { // opened whole: what was refused is not touched
			_, _ = db.conn.ExecContext(context.Background(), `PRAGMA optimize`) // best effort
		}
		errs = append(errs, db.conn.Close())
		db.conn = nil
	}
	if db.read != nil {
		errs = append(errs, db.read.Close())
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	if !db.closed {
		db.closed = true
		databaseClosed()
	}
	return errors.Join(errs...)
}

// checkPlace says whether the file is still where it was. SQLite would go on to write to one that was deleted, and all of
// it would be lost, or to one that was moved, without its log beside it. The caller holds mu.
func (db *DB) checkPlace(ctx context.Context) error {
	now, err := os.Stat(db.path)
	if err == nil && os.SameFile(now, db.file) {
		return nil
	}
	// SQLite leaves the log of a file that was moved where it is: without this its last pages would be lost.
	_, _ = db.conn.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return fmt.Errorf("%s: %w: what was stored is in that file, wherever it is now: put it back, or run again with --db", db.path, ErrMoved)
}

// dsn returns the driver's name of a file, whatever characters its path has.
func dsn(path string, args ...string) string {
	args = append(args, fmt.Sprintf("_busy_timeout=%d", busyTimeout.Milliseconds()))
	escaped := (&url.URL{Path: path}).EscapedPath()
	// The driver cuts at the first "?", SQLite then decodes %xx: both are escaped in the path.
	return "file:" + escaped + "?" + strings.Join(args, "&")
}

// explain says of an error of SQLite's what happened to which file and what to do.
func (db *DB) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch sqliteCode(err) {
	case codeBusy:
		return fmt.Errorf("%s: %w: another program writes to it for more than %s (%w): close it and try again", db.path, ErrLocked, busyTimeout, err)
	case codeReadOnly:
		return fmt.Errorf("%s: %w: the file or its folder can't be written: check their permissions (%w)", db.path, ErrReadOnly, err)
	case codeFull:
		return fmt.Errorf("%s: %w: nothing stored before is lost: free some space%s and run again (%w)", db.path, ErrFull, db.fullElsewhere(), err)
	case codeCorrupt:
		return fmt.Errorf("%s: %w: run newsmill doctor --full, or go back to a backup (%w)", db.path, ErrCorrupt, err)
	case codeNotADB:
		return fmt.Errorf("%s: %w: it is no SQLite file: choose another name with --db", db.path, ErrNotOurs)
	case codeCantOpen:
		if strings.Contains(err.Error(), "too many open files") { // the driver passes on no errno
			return fmt.Errorf("%s: too many open files: raise the limit (ulimit -n), or lower --concurrency (%w)", db.path, err)
		}
		return fmt.Errorf("%s: can't be opened: check the permissions of the file and its folder (%w)", db.path, err)
	case codeIO:
		return fmt.Errorf("%s: the disk refused to read or write: check the disk and its free space (%w)", db.path, err)
	}
	return fmt.Errorf("database %s: %w", db.path, err)
}

// fullElsewhere names the folder of SQLite's temporary files where it must be that one's disk that is full, and not the
// database's own. SQLite doesn't say.
func (db *DB) fullElsewhere() string {
	const little = 1 << 20 // what SQLite wrote in vain may be gone again by now, but for a few pages
	if free, err := freeBytes(filepath.Dir(db.real)); err != nil || free < little {
		return ""
	}
	for _, dir := range []string{os.Getenv("SQLITE_TMPDIR"), os.Getenv("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp"} { // its own order
		if dir != "" && writable(dir) {
			return " in " + dir + " for temporary files (SQLITE_TMPDIR names another folder)"
		}
	}
	return ""
}

// readAll returns what scan makes of each row of a query of the reading pool, whose statement is kept.
func readAll[T any](ctx context.Context, db *DB, scan func(*sql.Rows, *T) error, query string, args ...any) ([]T, error) {
	s, err := db.readStatement(ctx, query)
	if err != nil {
		return nil, db.explain(err)
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var item T
		if err := scan(rows, &item); err != nil {
			return nil, db.explain(err)
		}
		all = append(all, item)
	}
	return all, db.explain(rows.Err())
}

// readStatement returns a statement of the reading pool, prepared once.
func (db *DB) readStatement(ctx context.Context, query string) (*sql.Stmt, error) {
	db.readMu.Lock()
	defer db.readMu.Unlock()
	if s := db.readStmts[query]; s != nil {
		return s, nil
	}
	s, err := db.read.PrepareContext(ctx, query)
	if err == nil {
		if db.readStmts == nil {
			db.readStmts = map[string]*sql.Stmt{}
		}
		db.readStmts[query] = s
	}
	return s, err
}

// texts returns the only column of a query.
func texts(ctx context.Context, db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			return all, err
		}
		all = append(all, s.String)
	}
	return all, rows.Err()
}

// prepared returns a statement of the writing connection. The caller holds mu.
func (db *DB) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := db.stmts[query]; s != nil {
		return s, nil
	}
	s, err := db.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	db.stmts[query] = s
	return s, nil
}

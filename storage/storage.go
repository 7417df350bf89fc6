// Package storage keeps everything newsmill knows in one SQLite file: articles and their versions, what was
// stripped from them, every fetch with its raw page, runs, and the crawl's frontier.
//
// [Open] gives the one process that may write (it holds a lock beside the file, lock.go), [OpenReader] any number of
// readers. One connection writes, owned by [DB.Write] (writer.go), which takes [Record] values (record.go) and stores
// them in batches; frontier.go and run.go change single rows over the same connection. Reading is article.go (one
// article, lists), query.go and search.go (the query language), export.go, health.go.
//
// The schema is migrations/*.sql: read these files, not Go. Everything in the file opens in SQLite 3.40.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// applicationID marks the file as ours: "nwml".
const applicationID = 0x6E776D6C

// busyTimeout is how long a connection waits for another's lock. Ours are held for a batch, well under a second;
// a checkpoint or a recovery of other people's tools can take longer.
const busyTimeout = 10 * time.Second

// Errors that callers decide by. The error that wraps one says which file and what to do.
var (
	ErrLocked      = errors.New("in use by another run")   // exit code 75
	ErrMissing     = errors.New("no such database")        // to be read, or its folder does not exist
	ErrNotOurs     = errors.New("not a newsmill database") // another program's, or no database at all
	ErrNewerSchema = errors.New("written by a newer newsmill")
	ErrOlderSchema = errors.New("written by an older newsmill") // a reader can't migrate it
	ErrReadOnly    = errors.New("read-only")
	ErrFull        = errors.New("disk full")
	ErrCorrupt     = errors.New("damaged")
	ErrNotFound    = errors.New("not in the database")
	ErrMoved       = errors.New("moved or deleted meanwhile")
)

// DB is an open database.
type DB struct {
	path string      // as it was given
	real string      // behind symbolic links: there are the files that SQLite keeps beside it
	read *sql.DB     // mode=ro
	lock *lock       // nil: a reader
	file os.FileInfo // of the file when it was opened to write

	mu      sync.Mutex // guards write and stmts: one transaction at a time
	write   *sql.DB    // nil: a reader
	conn    *sql.Conn  // the only connection of write
	stmts   map[string]*sql.Stmt
	warm    writerState
	closed  bool
	trimmed time.Time // when the log was last trimmed, or could not be

	stopLearning func() // of spellings; nil: nothing to stop

	readMu    sync.Mutex // guards readStmts
	readStmts map[string]*sql.Stmt

	bodies *bodyReader

	working working
	died    []Died
}

// Options tune Open. The zero value is the default.
type Options struct {
	Command     string        // what to tell others who find the database locked; default: the program's arguments
	LockTimeout time.Duration // how long to wait for another run to end; 0: not at all
}

// Open opens a database to write and to read, creates it if there is none, and brings its schema up to date. One
// process at a time can; another gets an error that wraps ErrLocked.
func Open(ctx context.Context, path string, opt Options) (*DB, error) {
	if err := driverProblem(); err != nil {
		return nil, err
	}
	if dir := filepath.Dir(path); !exists(dir) {
		return nil, fmt.Errorf("%s: %w: the folder %s does not exist: create it, or choose another place with --db", path, ErrMissing, dir)
	}
	if err := checkFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := acquire(ctx, path, opt)
	if err != nil {
		return nil, err
	}
	databaseOpened()
	real := RealPath(path)
	db := &DB{path: path, real: real, lock: l, stmts: map[string]*sql.Stmt{}, working: working{path: real + workingEnding}}
	if err := db.openWriter(ctx); err != nil {
		db.Close()
		return nil, err
	}
	if err := db.openRead(); err != nil {
		db.Close()
		return nil, err
	}
	if db.warm.packer, err = newBodyPacker(db); err != nil {
		db.Close()
		return nil, err
	}
	if ids := db.working.leftover(); len(ids) > 0 {
		if db.died, err = db.countDeaths(ctx, ids, time.Now()); err != nil {
			db.Close()
			return nil, err
		}
		_ = os.Remove(db.working.path) // counted
	}
	db.learnInBackground()
	return db, nil
}

// OpenReader opens a database to read. It never waits for a writer and never changes the file.
func OpenReader(ctx context.Context, path string) (*DB, error) {
	if err := driverProblem(); err != nil {
		return nil, err
	}
	if err := checkFile(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: run newsmill crawl first, or name the file with --db", path, ErrMissing)
	} else if err != nil {
		return nil, err
	}
	databaseOpened()
	db := &DB{path: path, real: RealPath(path)}
	if err := db.openRead(); err != nil {
		db.Close()
		return nil, err
	}
	if err := db.checkReadable(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// minDatabase is the size of the smallest database: one page.
const minDatabase = 512

// checkFile says what keeps a file from being a database. SQLite itself would take one of a few bytes for a new
// database, and write over it. It must not open the file: closing a descriptor drops the locks of all connections that this
// process has to it.
func checkFile(path string) error {
	fi, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("open database: %w", err)
	case fi.IsDir():
		return fmt.Errorf("%s: %w: it is a folder: name a file in it", path, ErrNotOurs)
	case fi.Size() > 0 && fi.Size() < minDatabase:
		return fmt.Errorf("%s: %w: it is no SQLite file: choose another name with --db", path, ErrNotOurs)
	}
	return nil
}

// Path returns the file's name as it was given.
func (db *DB) Path() string { return db.path }

// Close ends all connections and lets the next writer in. Records handed to Write before it returned are stored.
func (db *DB) Close() error {
	var errs []error
	if db.stopLearning != nil {
		db.stopLearning()
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.conn != nil {
		for _, s := range db.stmts {
			s.Close()
		}
		if db.bodies != nil { // opened whole: what was refused is not touched
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
	errs = append(errs, db.working.close())
	if !db.closed {
		db.closed = true
		databaseClosed()
	}
	if db.lock != nil {
		errs = append(errs, db.lock.release())
	}
	return errors.Join(errs...)
}

// openWriter opens the writing connection and migrates.
func (db *DB) openWriter(ctx context.Context) error {
	fi, err := os.Stat(db.real)
	fresh := err != nil || fi.Size() == 0 && !exists(db.real+logEnding)
	// A cache of 24 MB: with 64 a frontier of a million addresses took 95 MB more, and adding to it as long.
	w, err := sql.Open("sqlite3", dsn(db.real, "_txlock=immediate", "_foreign_keys=1", "_synchronous=NORMAL", "_cache_size=-24576"))
	if err != nil {
		return db.explain(err)
	}
	w.SetMaxOpenConns(1)
	db.write = w
	if db.conn, err = w.Conn(ctx); err != nil {
		return db.explain(err)
	}
	if fresh { // before the first table: rows of 2 to 6 KB waste less than with 4096
		if _, err := db.conn.ExecContext(ctx, `PRAGMA page_size = 8192`); err != nil {
			return db.explain(err)
		}
	}
	if err := db.migrate(ctx); err != nil {
		return err
	}
	// After the check that the file is ours. Setting it on a file that is in WAL already changes nothing and locks nobody.
	var mode string
	if err := db.conn.QueryRowContext(ctx, `PRAGMA journal_mode = WAL`).Scan(&mode); err != nil {
		return db.explain(err)
	}
	if _, err := db.conn.ExecContext(ctx, `PRAGMA journal_size_limit = 67108864`); err != nil {
		return db.explain(err)
	}
	db.file, err = os.Stat(db.path)
	return err
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

// openRead opens the pool of reading connections.
func (db *DB) openRead() error {
	args := []string{"mode=ro", "_cache_size=-16384"}
	if db.lock != nil { // beside the writer, reads are look-ups: several connections, each with a cache of its own
		args[1] = "_cache_size=-4096"
	}
	// A database in WAL mode needs its -shm file: on media that can't be written, and where no writer left a log
	// behind, SQLite can only read the file as one that never changes.
	if !exists(db.real+logEnding) && !exists(db.real+sharedEnding) && !writable(filepath.Dir(db.real)) {
		args = append(args, "immutable=1")
	}
	r, err := sql.Open(readDriver, dsn(db.real, args...))
	if err != nil {
		return db.explain(err)
	}
	r.SetMaxIdleConns(4)
	db.read, db.bodies = r, &bodyReader{db: db}
	return nil
}

// dsn returns the driver's name of a file, whatever characters its path has.
func dsn(path string, args ...string) string {
	args = append(args, fmt.Sprintf("_busy_timeout=%d", busyTimeout.Milliseconds()))
	escaped := (&url.URL{Path: path}).EscapedPath()
	// The driver cuts at the first "?", SQLite then decodes %xx: both are escaped in the path.
	return "file:" + escaped + "?" + strings.Join(args, "&")
}

// SQLite's primary result codes that we tell apart.
const (
	codeError      = 1 // such as an integer that overflows
	codeBusy       = 5
	codeReadOnly   = 8
	codeIO         = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeCantOpen   = 14
	codeTooBig     = 18
	codeConstraint = 19
	codeMismatch   = 20
	codeNotADB     = 26
)

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

// timeText returns a moment as the database keeps it; "" for none.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// parseTime reads what timeText wrote; the zero time for anything else.
func parseTime(s string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05Z", s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// orNull makes NULL of a zero value.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

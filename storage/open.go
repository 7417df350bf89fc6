package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Options tune Open. The zero value is the default.
type Options struct {
	Command     string        // what to tell others who find the database locked; default: the program's arguments
	LockTimeout time.Duration // how long to wait for another run to end; 0: not at all
}

// Open opens a database to write and to read, creates it if there is none, and brings its schema up to date. One
// process at a time can; another gets an error that wraps ErrLocked.
func Open(ctx context.Context, path string, opt Options) (*Writer, error) {
	if err := driverProblem(); err != nil {
		return nil, err
	}
	if dir := filepath.Dir(path); !exists(dir) {
		return nil, fmt.Errorf("%s: %w: the folder %s does not exist: create it, or choose another place with --db", path, ErrMissing, dir)
	}
	if err := checkFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := acquire(ctx, path, opt.Command, opt.LockTimeout)
	if err != nil {
		return nil, err
	}
	databaseOpened()
	real := RealPath(path)
	w := &Writer{
		DB:   &DB{path: path, real: real, stmts: map[string]*sql.Stmt{}},
		lock: l, working: working{path: real + workingEnding},
	}
	if err := w.open(ctx); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// open opens both connections, and takes up what the process before left.
func (w *Writer) open(ctx context.Context) error {
	err := w.openWriter(ctx)
	if err != nil {
		return err
	}
	// Beside the writer, reads are look-ups: several connections, each with a cache of its own.
	if err := w.openRead("_cache_size=-4096"); err != nil {
		return err
	}
	if w.packer, err = newBodyPacker(w.DB); err != nil {
		return err
	}
	if ids := w.working.leftover(); len(ids) > 0 {
		if w.died, err = w.countDeaths(ctx, ids, time.Now()); err != nil {
			return err
		}
		_ = os.Remove(w.working.path) // counted
	}
	w.learnInBackground()
	return nil
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
	if err := db.openRead("_cache_size=-16384"); err != nil {
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

// openRead opens the pool of reading connections.
func (db *DB) openRead(cache string) error {
	args := []string{"mode=ro", cache}
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
	db.read = r
	return nil
}

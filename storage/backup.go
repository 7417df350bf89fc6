package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrOther is about a database that holds what no earlier copy of this one can hold.
var ErrOther = errors.New("no earlier backup or share of this database")

// Backup writes a copy of the database as it is at this moment to a file, also while a crawl writes. The copy is made
// beside the target, checked, and then takes the target's name, so that there is never half a backup.
//
// It is VACUUM INTO: SQLite's backup API starts again at every write of another process, and beside a crawl never
// ends.
func (db *DB) Backup(ctx context.Context, target string) error { return db.copyTo(ctx, target, nil) }

// Supersedes says with ErrOther why a copy of the database must not replace a file: it is a newsmill database and no
// earlier copy of this one. Such a copy knows no run that this database does not know by the same number and moment. What is no
// database has nothing to lose here.
func (db *DB) Supersedes(ctx context.Context, name string) error {
	real := RealPath(name)
	if !hasMagic(real, sqliteMagics[0]) {
		return nil
	}
	ours, err := runStarts(ctx, db.read)
	if err != nil {
		return db.explain(err)
	}
	other, err := sql.Open("sqlite3", dsn(real, "mode=ro", "immutable=1"))
	if err != nil {
		return err
	}
	defer other.Close()
	theirs, err := runStarts(ctx, other)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("%w, as far as it can be read (%w)", ErrOther, err)
	}
	for id, started := range theirs {
		if ours[id] != started {
			return fmt.Errorf("%w: its run %d, of %s, is not in %s", ErrOther, id, started, db.path)
		}
	}
	return nil
}

// runStarts is when each run began.
func runStarts(ctx context.Context, c *sql.DB) (map[int64]string, error) {
	rows, err := c.QueryContext(ctx, `SELECT id, started_at FROM runs ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	starts := map[int64]string{}
	for rows.Next() {
		var id int64
		var started string
		if err := rows.Scan(&id, &started); err != nil {
			return nil, err
		}
		starts[id] = started
	}
	return starts, rows.Err()
}

// copyTo makes a copy as Backup does, after change (nil: nothing) has been at it.
func (db *DB) copyTo(ctx context.Context, target string, change func(context.Context, *sql.DB) error) (err error) {
	if PartOf(db.path, target) {
		return fmt.Errorf("%s: that is the database itself, or a file of it: name another file", target)
	}
	if fi, err := os.Stat(target); err == nil && !fi.Mode().IsRegular() {
		return fmt.Errorf("%s: it is no file: name another", target)
	}
	target = RealPath(target)
	dir := filepath.Dir(target)
	if !exists(dir) {
		return fmt.Errorf("%s: %w: the folder %s does not exist: create it first", target, ErrMissing, dir)
	}
	file, err := CreateBeside(target) // SQLite fills a file that is there and empty
	if err != nil {
		return fmt.Errorf("back up to %s: %w", target, err)
	}
	tmp := file.Name()
	file.Close()
	defer func() {
		if err != nil {
			_ = os.Remove(tmp)
			_ = os.Remove(tmp + journalEnding)
		}
	}()
	if _, err := db.read.ExecContext(ctx, `VACUUM INTO ?`, dsn(tmp)); err != nil {
		return fmt.Errorf("back up to %s: %w", target, (&DB{path: target}).explain(err))
	}
	if change != nil {
		if err := changeCopy(ctx, tmp, change); err != nil {
			return fmt.Errorf("back up to %s: %w", target, (&DB{path: target}).explain(err))
		}
	}
	if err := checkCopy(ctx, tmp); err != nil {
		return fmt.Errorf("back up to %s: the copy is not right: %w", target, err)
	}
	if err := syncFile(tmp); err != nil {
		return fmt.Errorf("back up to %s: %w", target, err)
	}
	if err := os.Rename(tmp, target); err != nil {
		return fmt.Errorf("back up to %s: %w", target, err)
	}
	_ = syncFile(dir) // not all systems can sync a folder
	return nil
}

// changeCopy opens a copy that nobody else knows yet, without a journal: if it fails the copy is thrown away.
func changeCopy(ctx context.Context, path string, change func(context.Context, *sql.DB) error) error {
	c, err := sql.Open("sqlite3", dsn(path, "mode=rw", "_journal_mode=OFF", "_synchronous=OFF"))
	if err != nil {
		return err
	}
	c.SetMaxOpenConns(1)
	defer c.Close()
	return change(ctx, c)
}

func checkCopy(ctx context.Context, path string) error {
	c, err := sql.Open("sqlite3", dsn(path, "mode=ro", "immutable=1"))
	if err != nil {
		return err
	}
	defer c.Close()
	var ok string
	if err := c.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&ok); err != nil {
		return err
	}
	if ok != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, ok)
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Replaceable says why a SQLite file must not be replaced by a backup: it is another program's, or in use, or its last
// transactions stand in a log beside it, which would be played into the new file. Nil: it may, or there is none.
func Replaceable(name string) error {
	real := RealPath(name)
	if hasMagic(real, sqliteMagics[0]) && !hasApplicationID(real) {
		return errors.New("another program's database")
	}
	for _, ending := range []string{logEnding, journalEnding} {
		if fi, err := os.Stat(real + ending); err == nil && fi.Size() > 0 {
			return errors.New("a database in use, or one whose last run was killed: " + filepath.Base(real) + ending + " lies beside it")
		}
	}
	if who := LockHolder(real); who != "" {
		return errors.New("a database in use by " + who)
	}
	if !hasMagic(real, sqliteMagics[0]) && IsSQLite(real) {
		return errors.New("a file of a database")
	}
	return nil
}

package storage

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a copy of the database as it is at this moment to a file, also while a crawl writes. The copy is made
// beside the target, checked, and then takes the target's name, so that there is never half a backup.
//
// It is VACUUM INTO: SQLite's backup API starts again at every write of another process, and beside a crawl never
// ends.
func (db *DB) Backup(ctx context.Context, target string) error { return db.copyTo(ctx, target, nil) }

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
			_ = os.Remove(tmp + "-journal")
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

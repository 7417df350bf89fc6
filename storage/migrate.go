package storage

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema; its number is PRAGMA user_version after it.
type migration struct {
	number int
	name   string
	sql    string
}

// migrations returns all steps in order: the files migrations/NNNN_name.sql, numbered from 1 without gaps.
func migrations() []migration {
	entries, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		panic(err) // embedded
	}
	steps := make([]migration, 0, len(entries))
	for i, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.Atoi(number)
		if err != nil || n != i+1 {
			panic("storage: " + e.Name() + " is not migration " + strconv.Itoa(i+1))
		}
		b, err := migrationFiles.ReadFile("migrations/" + e.Name())
		if err != nil {
			panic(err)
		}
		steps = append(steps, migration{n, e.Name(), string(b)})
	}
	return steps
}

// SchemaVersion is the number of the newest schema that this program knows.
func SchemaVersion() int { return len(migrations()) }

// migrate brings the file to the newest schema, each step in a transaction of its own. A file that is not ours, or
// newer than we are, is left as it is.
func (db *DB) migrate(ctx context.Context) error {
	have, err := db.schemaOf(ctx, db.conn)
	if err != nil {
		return err
	}
	for _, step := range migrations()[have:] {
		if err := db.applyStep(ctx, step); err != nil {
			return fmt.Errorf("bring %s to schema %d (%s): %w", db.path, step.number, step.name, err)
		}
	}
	return nil
}

func (db *DB) applyStep(ctx context.Context, step migration) error {
	tx, err := db.conn.BeginTx(ctx, nil)
	if err != nil {
		return db.explain(err)
	}
	defer func() { _ = tx.Rollback() }()
	stmts := fmt.Sprintf("%s\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;", step.sql, applicationID, step.number)
	if _, err := tx.ExecContext(ctx, stmts); err != nil {
		return db.explain(err)
	}
	rows, err := tx.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return db.explain(err)
	}
	broken := rows.Next()
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return db.explain(err)
	}
	if broken {
		return fmt.Errorf("%s: %w: rows refer to rows that are gone: run newsmill doctor --full, or go back to a backup", db.path, ErrCorrupt)
	}
	return db.explain(tx.Commit())
}

// querier is what schemaOf needs of a connection or pool.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// schemaOf returns the number of the file's schema: 0 for an empty file.
func (db *DB) schemaOf(ctx context.Context, q querier) (int, error) {
	var app, version, objects int
	if err := q.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`).Scan(&app, &version, &objects); err != nil {
		return 0, db.explain(err)
	}
	known := SchemaVersion()
	switch {
	case app == 0 && version == 0 && objects == 0:
		return 0, nil
	case app != applicationID:
		return 0, fmt.Errorf("%s: %w: it is another program's: choose another name with --db; nothing was changed", db.path, ErrNotOurs)
	case version > known:
		return 0, fmt.Errorf("%s: %w (schema %d, this one knows %d): update newsmill; nothing was changed", db.path, ErrNewerSchema, version, known)
	}
	return version, nil
}

// checkReadable says what keeps a reader from the file.
func (db *DB) checkReadable(ctx context.Context) error {
	have, err := db.schemaOf(ctx, db.read)
	if err != nil {
		return err
	}
	switch known := SchemaVersion(); {
	case have == 0:
		return fmt.Errorf("%s: %w: it is empty: run newsmill crawl first, or name another file with --db", db.path, ErrMissing)
	case have < known:
		return fmt.Errorf("%s: %w (schema %d, this one reads %d): run newsmill doctor --repair once to bring it up to date", db.path, ErrOlderSchema, have, known)
	}
	return nil
}

//go:build cgo

package fts5

import (
	"database/sql"
	"testing"

	_ "github.com/mattn/go-sqlite3"
)

func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestEveryConnectionHasFTS5(t *testing.T) {
	for range 3 {
		db := open(t)
		for _, stmt := range []string{
			`CREATE VIRTUAL TABLE words USING fts5(text, tokenize="unicode61 remove_diacritics 2")`,
			`INSERT INTO words(text) VALUES ('Café in Zürich')`,
			`CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row)`,
		} {
			if _, err := db.Exec(stmt); err != nil {
				t.Fatalf("%s: %v", stmt, err)
			}
		}
		var snippet string
		if err := db.QueryRow(`SELECT highlight(words, 0, '[', ']') FROM words WHERE words MATCH 'cafe zurich'`).Scan(&snippet); err != nil {
			t.Fatal(err)
		}
		if want := "[Café] in [Zürich]"; snippet != want {
			t.Errorf("highlight: got %q, want %q", snippet, want)
		}
	}
}

// An upgrade of the driver that leaves fts5.c behind would mix two versions of SQLite.
func TestSameSourceAsDriver(t *testing.T) {
	var core, ext string
	if err := open(t).QueryRow(`SELECT sqlite_source_id(), fts5_source_id()`).Scan(&core, &ext); err != nil {
		t.Fatal(err)
	}
	if want := "fts5: " + core; ext != want {
		t.Errorf("FTS5 is of another SQLite than the driver's: run storage/fts5/update.sh\n got %s\nwant %s", ext, want)
	}
}

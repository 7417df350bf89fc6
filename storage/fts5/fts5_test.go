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

// relevance() is bm25() where all is counted.
func TestRelevanceRanksAsBM25(t *testing.T) {
	db := open(t)
	for _, stmt := range []string{
		`CREATE VIRTUAL TABLE words USING fts5(title, text)`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
			INSERT INTO words(title, text) SELECT iif(i % 7 = 0, 'ferry', 'title'), 'the ' || iif(i % 3 = 0, 'ferry ', '') || iif(i % 50 = 0, 'harbour ', '') || substr('a b c d e f g h', 1, i % 15) FROM n`,
	} {
		if _, err := db.Exec(stmt); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
	}
	var rows int
	var worst float64
	if err := db.QueryRow(`SELECT count(*), max(abs(r - m)) FROM (SELECT relevance(words, '11', 8.0, 1.0) AS r, bm25(words, 8.0, 1.0) AS m
		FROM words WHERE words MATCH 'ferry OR harbour' LIMIT -1)`).Scan(&rows, &worst); err != nil {
		t.Fatal(err)
	}
	if rows < 200 || worst > 1e-9 {
		t.Errorf("%d rows, greatest difference %g", rows, worst)
	}
}

// A query may name several spellings of a word, at one place; what is stored is as FTS5's own tokenizer has it.
func TestQueriesWithSpellings(t *testing.T) {
	db := open(t)
	for _, stmt := range []string{
		`CREATE VIRTUAL TABLE words USING fts5(title, text, tokenize="unicode61 remove_diacritics 2")`,
		`CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row)`,
		"INSERT INTO words(rowid, text) VALUES (1, 'Straße nach Sturm gesperrt'), (2, 'Strasse vor dem Sturm'), (3, 'Strom'), (4, 'a\ue002b')",
	} {
		if _, err := db.Exec(stmt); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
	}
	for query, want := range map[string]string{
		"\"strasse\ue002straße\"":                  "1,2",
		"\"strasse\ue002straße nach sturm\"":       "1",
		"\"strasse\ue002straße nach\ue002vor\"":    "1,2",
		"text : \"stras\ue002straß\" *":            "1,2",
		"title : \"strasse\ue002straße\"":          "",
		"sturm NOT \"strasse\ue002straße\"":        "",
		"NEAR(\"strasse\ue002straße\" sturm, 1)":   "1",
		"\"\ue002strom\ue002\ue002x\"":             "3",
		"\"\ue002\"":                               "",
		"\"straße\"":                               "1",
		"\"STRASSE\ue002STRASSE\ue002STRASSE\"":    "2",
		"\"straße\ue002strasse\" OR \"x\ue002y\"*": "1,2",
	} {
		var got sql.NullString
		if err := db.QueryRow(`SELECT group_concat(rowid) FROM (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid)`, query).Scan(&got); err != nil || got.String != want {
			t.Errorf("%q: got %q, %v, want %q", query, got.String, err, want)
		}
	}
	var term, snippet string
	if err := db.QueryRow(`SELECT term FROM vocabulary WHERE term LIKE 'a%'`).Scan(&term); err != nil || term != "a\ue002b" {
		t.Errorf("stored as %q, %v: want it as FTS5 alone does", term, err)
	}
	if err := db.QueryRow("SELECT highlight(words, 1, '[', ']') FROM words WHERE words MATCH '\"strasse\ue002straße nach\"'").Scan(&snippet); err != nil || snippet != "[Straße nach] Sturm gesperrt" {
		t.Errorf("highlight: %q, %v", snippet, err)
	}
}

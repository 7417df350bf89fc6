// Package fts5 adds SQLite's full-text index FTS5 to the driver. Import it for its effect.
//
// The driver compiles FTS5 only under a build tag, and neither go.mod nor a comment can set one, so that a plain
// go build or go test would end in "no such module: fts5". This package holds the same FTS5, cut from the driver's own
// copy of SQLite (update.sh), compiled as an extension that every new connection loads by itself. With the
// driver's tag (sqlite_fts5, fts5) or with the system's SQLite (libsqlite3) that part is empty.
//
// It also adds the function relevance(), by which our searches rank (relevance.c), and lets a query name several spellings of a
// word (synonyms.c). Nothing in a database refers to either.
package fts5

import _ "github.com/mattn/go-sqlite3" // whose SQLite the extension joins

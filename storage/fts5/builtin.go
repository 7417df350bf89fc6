//go:build cgo && (sqlite_fts5 || fts5 || libsqlite3)

package fts5

func init() { register() } // FTS5 itself is in the SQLite that is linked

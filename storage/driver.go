//go:build cgo

package storage

import (
	"errors"

	"github.com/mattn/go-sqlite3"

	_ "newsmill/storage/fts5" // full text without a build tag
)

// driverProblem says why no database can be opened at all; nil: it can.
func driverProblem() error { return nil }

// sqliteCode returns SQLite's primary result code of an error, 0 if it has none.
func sqliteCode(err error) int {
	var e sqlite3.Error
	if errors.As(err, &e) {
		return int(e.Code)
	}
	return 0
}

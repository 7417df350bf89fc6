//go:build cgo

package storage

import (
	"database/sql"
	"errors"

	"github.com/mattn/go-sqlite3"

	_ "newsmill/storage/fts5" // full text without a build tag
)

// readDriver is the driver of connections that read: what a query needs and no schema may refer to, since others have none of it.
const readDriver = "newsmill_sqlite3"

func init() {
	sql.Register(readDriver, &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		return c.RegisterFunc("contains_folded", containsFolded, true)
	}})
}

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

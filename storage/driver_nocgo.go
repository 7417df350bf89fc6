//go:build !cgo

package storage

import (
	"errors"

	_ "newsmill/storage/fts5" // imports the driver, whose stub then registers itself
)

const readDriver = "sqlite3"

func driverProblem() error {
	return errors.New("this newsmill was built without cgo, which SQLite needs: install a C compiler (gcc) and build again with CGO_ENABLED=1")
}

func sqliteCode(error) int { return 0 }

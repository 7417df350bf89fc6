package storage

import "errors"

// Errors that callers decide by. The error that wraps one says which file and what to do.
var (
	ErrLocked      = errors.New("in use by another run")   // exit code 75
	ErrMissing     = errors.New("no such database")        // to be read, or its folder does not exist
	ErrNotOurs     = errors.New("not a newsmill database") // another program's, or no database at all
	ErrNewerSchema = errors.New("written by a newer newsmill")
	ErrOlderSchema = errors.New("written by an older newsmill") // a reader can't migrate it
	ErrReadOnly    = errors.New("read-only")
	ErrFull        = errors.New("disk full")
	ErrCorrupt     = errors.New("damaged")
	ErrNotFound    = errors.New("not in the database")
	ErrMoved       = errors.New("moved or deleted meanwhile")
)

// SQLite's primary result codes that we tell apart.
const (
	codeError      = 1 // such as an integer that overflows
	codeBusy       = 5
	codeReadOnly   = 8
	codeIO         = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeCantOpen   = 14
	codeTooBig     = 18
	codeConstraint = 19
	codeMismatch   = 20
	codeNotADB     = 26
)

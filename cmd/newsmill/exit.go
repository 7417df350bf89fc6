package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"newsmill/cmd/newsmill/term"
	"newsmill/configs"
	"newsmill/storage"
)

// The exit codes, the same for every subcommand.
const (
	exitDone    = 0
	exitPartial = 1  // done, but some of it failed, or a check found trouble
	exitUsage   = 2  // the command line or the configuration is wrong: nothing was begun
	exitNothing = 3  // nothing could be done, or not go on
	exitLocked  = 75 // EX_TEMPFAIL of sysexits.h: another run holds the lock, try later
)

const exitHelp = `Exit codes:
  0   done, nothing failed
  1   done, but some of it failed: a page, an article, a check
  2   usage or configuration error: nothing was begun
  3   nothing could be done: no source could be reached, no such database
  75  another run holds the database's lock`

// codedError is an error that knows its exit code. The message may be empty: then everything was said already.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}
func (e *codedError) Unwrap() error { return e.err }

// toldError is an error of which the command has told already, line by line or in its summary. Only with --quiet, which kept all
// that back, is it printed.
type toldError struct{ error }

func (e toldError) Unwrap() error { return e.error }

// failures is how a command ends that did total things, failed of which went wrong and were told one by one; nil: none
// did. what says what went wrong, and where there is more: "pages can't be read: see newsmill errors".
func failures(failed, total int, what string) error {
	code := exitPartial
	switch failed {
	case 0:
		return nil
	case total:
		code = exitNothing
	}
	return toldError{&codedError{code, fmt.Errorf("%d of %d %s", failed, total, what)}}
}

// usageErrorf is an error of the command line: exit code 2.
func usageErrorf(format string, args ...any) error {
	return &codedError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// partialErrorf ends a command of which a part was done: exit code 1.
func partialErrorf(format string, args ...any) error {
	return &codedError{code: exitPartial, err: fmt.Errorf(format, args...)}
}

// exitCode is the one place where an error of a command becomes an exit code.
func exitCode(err error) int {
	var coded *codedError
	var inConfig *configs.Error
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &inConfig), errors.Is(err, storage.ErrNotOurs), errors.Is(err, storage.ErrNewerSchema), errors.Is(err, storage.ErrOlderSchema):
		return exitUsage
	case errors.Is(err, storage.ErrLocked):
		return exitLocked
	default:
		return exitNothing
	}
}

// oneLine is the error's text on one line, with the system's words put plainly.
func oneLine(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	return term.OneLine(err.Error())
}

// fileError words an error about a file: what happened, to which file, what to do.
func fileError(name string, err error) error {
	if name == "-" {
		name = "standard input"
	}
	var why string
	var isPath *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "no such file: check the path, or use - for standard input"
	case errors.Is(err, fs.ErrPermission):
		why = "permission denied: check who owns the file"
	case errors.Is(err, syscall.EISDIR):
		why = "is a folder: name its files"
	case errors.Is(err, syscall.ENOSPC):
		why = "disk full: free some space and run again"
	case errors.As(err, &isPath):
		why = isPath.Err.Error()
	default:
		return fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Errorf("%s: %w", name, &reworded{why, err})
}

// reworded is an error with a text of ours.
type reworded struct {
	text string
	err  error
}

func (e *reworded) Error() string { return e.text }
func (e *reworded) Unwrap() error { return e.err }

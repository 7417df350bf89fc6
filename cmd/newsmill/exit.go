package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

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

// exitCode is the one place where an error becomes an exit code.
func (a *app) exitCode(err error) int {
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
	case !a.running: // cobra's own: unknown command or flag, wrong number of arguments
		return exitUsage
	default:
		return exitNothing
	}
}

// reportError prints the error, if any, as one line and returns the exit code.
func (a *app) reportError(cmd *cobra.Command, err error) int {
	code := a.exitCode(err)
	if err == nil || errors.Is(err, syscall.EPIPE) { // whoever read our output has seen enough
		return exitDone
	}
	message := oneLine(err)
	var told toldError
	if message == "" || errors.As(err, &told) && !a.global.quiet {
		return code
	}
	if name, isUnknown := unknownCommand(err); isUnknown {
		message = fmt.Sprintf("unknown command %q", name)
		if near := cmd.SuggestionsFor(name); len(near) > 0 {
			message += fmt.Sprintf(": did you mean %s?", near[0])
		}
	}
	if code == exitUsage && !a.running {
		more := ": see "
		if strings.HasSuffix(message, "?") {
			more = " See "
		}
		message += more + cmd.CommandPath() + " --help"
	}
	a.say(slog.LevelError, "newsmill: "+message, "ended", "error", message, "exit_code", code)
	return code
}

// unknownCommand takes the name out of cobra's error about an unknown command, which comes as text only.
func unknownCommand(err error) (name string, ok bool) {
	rest, ok := strings.CutPrefix(err.Error(), "unknown command \"")
	if !ok {
		return "", false
	}
	name, _, ok = strings.Cut(rest, "\"")
	return name, ok
}

// oneLine is the error's text on one line, with the system's words put plainly.
func oneLine(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	return oneCell(err.Error())
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

// reportPanic ends the program after a broken invariant without a stack trace on the terminal: the trace is for
// whoever asks for it.
func (a *app) reportPanic(p any, stack []byte) int {
	message := fmt.Sprintf("internal error: %s: please report it; NEWSMILL_TRACE=1 shows where it happened", oneCell(fmt.Sprint(p)))
	a.say(slog.LevelError, "newsmill: "+message, "ended", "error", message, "exit_code", exitNothing)
	if os.Getenv("NEWSMILL_TRACE") != "" {
		a.stderr.Write(stack)
	}
	return exitNothing
}

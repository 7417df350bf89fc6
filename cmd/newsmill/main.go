// Command newsmill crawls news sites, strips everything that is not the article, and keeps clean articles in a
// SQLite file that people query.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"newsmill/cmd/newsmill/term"
)

func main() {
	// The first signal asks for an orderly end, the second one gets it at once.
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// endSignals are the signals that ask for an end: but not those that were ignored when the program started, as nohup does
// with SIGHUP and a shell with SIGINT for what runs in the background.
func endSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
	return slices.DeleteFunc(signals, signal.Ignored)
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv, now: time.Now}
	a.command = func(ctx context.Context, args []string) int {
		return run(ctx, args, strings.NewReader(""), stdout, stderr)
	}
	defer func() {
		if p := recover(); p != nil {
			code = a.reportPanic(p, debug.Stack())
		}
	}()
	root := newRootCmd(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if a.log == nil && asksForJSON(args) {
		a.global.logFormat = jsonLog
	}
	if a.line != nil {
		a.line.Clear()
	}
	return a.reportError(cmd, err)
}

// asksForJSON reports whether a command line that could not be read asks for a log in JSON.
func asksForJSON(args []string) bool {
	words := strings.Join(args, " ") + " "
	return strings.Contains(words, "--log-format=json ") || strings.Contains(words, "--log-format json ")
}

// reportError prints the error, if any, as one line and returns the exit code.
func (a *app) reportError(cmd *cobra.Command, err error) int {
	code := exitCode(err)
	if code == exitNothing && !a.running { // cobra's own: unknown command or flag, wrong number of arguments
		code = exitUsage
	}
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

// reportPanic ends the program after a broken invariant without a stack trace on the terminal: the trace is for
// whoever asks for it.
func (a *app) reportPanic(p any, stack []byte) int {
	message := fmt.Sprintf("internal error: %s: please report it; NEWSMILL_TRACE=1 shows where it happened", term.OneLine(fmt.Sprint(p)))
	a.say(slog.LevelError, "newsmill: "+message, "ended", "error", message, "exit_code", exitNothing)
	if os.Getenv("NEWSMILL_TRACE") != "" {
		a.stderr.Write(stack)
	}
	return exitNothing
}

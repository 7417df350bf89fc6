package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"newsmill/cmd/newsmill/term"
)

// What goes to standard error: the log, remarks and errors. With --log-format json each of them is a record in JSON, the
// progress of a run apart, which only a terminal sees. With --quiet there is nothing but the line that says how a command ended, if
// its exit code is not 0.

// newLog makes the log of a command.
func newLog(w io.Writer, g *globalFlags) *slog.Logger {
	level := slog.LevelInfo
	switch {
	case g.quiet:
		return slog.New(slog.DiscardHandler)
	case g.verbose:
		level = slog.LevelDebug
	}
	if g.logFormat == jsonLog {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: shortTime}))
}

// shortTime drops the fraction of a second: people read text logs.
func shortTime(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) == 0 && attr.Key == slog.TimeKey {
		return slog.String(slog.TimeKey, attr.Value.Time().Format(time.RFC3339))
	}
	return attr
}

// say prints a line for people on standard error, or the same as a record: a constant message with keys and values.
func (a *app) say(level slog.Level, line, message string, args ...any) {
	if a.global.logFormat == jsonLog {
		log := slog.New(slog.NewJSONHandler(a.errors(), &slog.HandlerOptions{Level: level}))
		log.Log(context.Background(), level, message, args...) //nolint:sloglint // because each caller's message is a constant
		return
	}
	fmt.Fprintln(a.errors(), term.StripControls(line))
}

// errors is standard error, above the progress of a run if that is shown.
func (a *app) errors() io.Writer {
	if a.line == nil { // the command line could not be read
		return a.stderr
	}
	return a.line
}

// note prints a remark, unless --quiet.
func (a *app) note(format string, args ...any) {
	if !a.global.quiet {
		text := fmt.Sprintf(format, args...)
		a.say(slog.LevelInfo, text, "note", "text", text)
	}
}

// complain prints what is wrong with one of several pages or articles, unless --quiet, which counts them at the end.
func (a *app) complain(of, class, problem string) {
	if a.global.quiet {
		return
	}
	line := "newsmill: "
	for _, part := range []string{of, class} {
		if part != "" {
			line += term.OneLine(part) + ": "
		}
	}
	args := []any{"error", term.OneLine(problem)}
	if of != "" {
		args = append(args, "of", of)
	}
	if class != "" {
		args = append(args, "class", class)
	}
	a.say(slog.LevelError, line+term.OneLine(problem), "failed", args...)
}

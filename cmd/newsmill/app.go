package main

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"newsmill/cmd/newsmill/term"
	"newsmill/configs"
)

// app is what the subcommands share: the standard streams, the global flags and the log. run makes one; each
// subcommand's constructor gets it.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time

	global globalFlags
	loaded *configs.Config // see config
	log    *slog.Logger    // set before a subcommand runs
	line   *term.Progress

	running bool                                         // a subcommand's own code has begun: errors from here on are not errors of usage
	command func(ctx context.Context, args []string) int // runs another command line with the same output, as the demo does
}

// globalFlags are the flags that every subcommand has.
type globalFlags struct {
	db, config     string
	dbNamed        bool // --db was given
	quiet, verbose bool
	logFormat      string
	color          string
}

// jsonLog is the word of --log-format for records.
const jsonLog = "json"

func (g *globalFlags) add(flags *pflag.FlagSet, getenv func(string) string) {
	db := getenv("NEWSMILL_DB")
	if db == "" {
		db = "news.db"
	}
	flags.StringVar(&g.db, "db", db, "the database `file`; the default is $NEWSMILL_DB or news.db")
	flags.Lookup("db").DefValue = "" // said in the text, so that the help doesn't depend on the environment
	flags.StringVar(&g.config, "config", "", "the configuration `file`; the default is newsmill.yaml if there is one, else the built-in catalogue")
	flags.BoolVarP(&g.quiet, "quiet", "q", false, "print nothing on standard error but one line if something failed")
	flags.BoolVarP(&g.verbose, "verbose", "v", false, "log every request, and what is left out and why")
	choiceVar(flags, &g.logFormat, "log-format", "text", []string{"text", jsonLog}, "how standard error is written: logs, remarks and errors")
	choiceVar(flags, &g.color, "color", "auto", []string{"auto", "always", "never"}, "colour in the output; auto: on a terminal, unless NO_COLOR is set")
}

// config is the configuration that --config names, read once.
func (a *app) config() (*configs.Config, error) {
	if a.loaded == nil {
		c, err := configs.Load(a.global.config)
		if err != nil {
			return nil, err
		}
		a.loaded = c
	}
	return a.loaded, nil
}

// isTerminal reports whether a stream is a terminal that understands escape codes.
func (a *app) isTerminal(stream any) bool {
	return term.IsTerminal(stream) && a.getenv("TERM") != "dumb"
}

// colored reports whether to write colour and other escape codes to standard output.
func (a *app) colored() bool {
	switch a.global.color {
	case "always":
		return true
	case "never":
		return false
	}
	return a.isTerminal(a.stdout) && a.getenv("NO_COLOR") == ""
}

// plainWidth is how wide text is laid out where there is no terminal.
const plainWidth = 100

// width is the number of columns to lay text out in: those of the terminal, or $COLUMNS.
func (a *app) width() int {
	if w := a.columns(); w > 0 {
		return w
	}
	return plainWidth
}

// columns is the number of columns of the terminal, or $COLUMNS; 0 where there is neither, so that nothing needs to be
// cut: whoever reads a table through a pipe wants all of it.
func (a *app) columns() int {
	if w := term.Columns(a.stdout); w > 0 {
		return w
	}
	if w, err := strconv.Atoi(a.getenv("COLUMNS")); err == nil && w >= 20 {
		return w
	}
	return 0
}

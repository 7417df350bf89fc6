package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"newsmill/configs"
)

// globalFlags are the flags that every subcommand has.
type globalFlags struct {
	db, config     string
	dbNamed        bool // --db was given
	quiet, verbose bool
	logFormat      string
	color          string
}

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

// prepare checks the global flags and sets up the log.
func (a *app) prepare(cmd *cobra.Command) error {
	if a.global.quiet && a.global.verbose {
		return usageErrorf("--quiet and --verbose exclude each other")
	}
	if err := checkValues(cmd.Flags()); err != nil {
		return err
	}
	if err := a.checkStreams(); err != nil {
		return err
	}
	a.global.dbNamed = cmd.Flags().Changed("db")
	a.line = &progressLine{w: a.stderr, on: !a.global.quiet && a.isTerminal(a.stderr)}
	a.log = newLog(a.line, &a.global)
	return nil
}

// checkValues says which flag was given what it can't mean, whatever the command: no name for a file, as an unset
// variable leaves it; less than nothing; times of which the first is not before the second.
func checkValues(flags *pflag.FlagSet) (err error) {
	times := map[string]time.Time{}
	flags.Visit(func(f *pflag.Flag) {
		kind, _ := pflag.UnquoteUsage(f)
		switch f.Value.Type() {
		case "string":
			if kind == "file" && f.Value.String() == "" {
				err = usageErrorf("--%s: the name of the file is empty: name one, or leave out the flag", f.Name)
			}
		case "int", "int64", "duration":
			if strings.HasPrefix(f.Value.String(), "-") {
				err = usageErrorf("--%s %s: it must not be negative", f.Name, f.Value)
			}
		}
		if m, ok := f.Value.(moment); ok {
			times[f.Name] = *m.value
		}
	})
	since, until := times["since"], times["until"]
	if err == nil && !until.IsZero() && !since.Before(until) {
		return usageErrorf("nothing lies between --since %s and --until %s: the first must be the earlier one", since.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	return err
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
	return isDevice(stream) && a.getenv("TERM") != "dumb"
}

// isDevice reports whether a stream is a terminal, whatever it says that it understands.
func isDevice(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
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
	if w := terminalWidth(a.stdout); w > 0 {
		return w
	}
	if w, err := strconv.Atoi(a.getenv("COLUMNS")); err == nil && w >= 20 {
		return w
	}
	return 0
}

// terminalWidth is the number of columns of a terminal, 0 for anything else.
func terminalWidth(stream any) int {
	if f, ok := stream.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	return 0
}

// choice is a flag that takes one of a few words.
type choice struct {
	value   *string
	choices []string
}

func (c choice) String() string { return *c.value }
func (c choice) Type() string   { return strings.Join(c.choices, "|") }
func (c choice) Set(s string) error {
	for _, known := range c.choices {
		if s == known {
			*c.value = s
			return nil
		}
	}
	return fmt.Errorf("use one of %s", strings.Join(c.choices, ", "))
}

func choiceVar(flags *pflag.FlagSet, p *string, name, value string, choices []string, usage string) {
	*p = value
	flags.Var(choice{p, choices}, name, usage)
}

// moment is a flag that takes a point in time: a date, a date and time, or an age.
type moment struct {
	value *time.Time
	now   func() time.Time
	end   bool // a bare date means its end, which is the next one's beginning
}

func (m moment) Type() string { return "when" }
func (m moment) String() string {
	if m.value == nil || m.value.IsZero() {
		return ""
	}
	return m.value.Format(time.RFC3339)
}

func (m moment) Set(s string) error {
	t, err := parseMoment(s, m.now(), m.end)
	if err == nil {
		*m.value = t
	}
	return err
}

// parseMoment reads "2026-11-01", "2026-11-01T15:04", "2026-11-01T15:04:05Z", "24h", "7d", "2w", "today" or
// "yesterday". Dates without an offset are in UTC, as everything in the database is.
func parseMoment(s string, now time.Time, end bool) (time.Time, error) {
	now = now.UTC()
	today := now.Truncate(24 * time.Hour)
	day := func(t time.Time) (time.Time, error) {
		if end {
			t = t.Add(24 * time.Hour)
		}
		return t, nil
	}
	switch s {
	case "now":
		return now, nil
	case "today":
		return day(today)
	case "yesterday":
		return day(today.Add(-24 * time.Hour))
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return day(t)
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	if age, err := configs.ParseDuration(s); err == nil {
		return now.Add(-age), nil
	}
	return time.Time{}, fmt.Errorf("write a date (2026-11-01), a time (2026-11-01T15:04) or an age (24h, 7d, 2w)")
}

// age is a flag that takes a length of time, days and weeks included.
type age struct{ value *time.Duration }

func (d age) Type() string { return "age" }
func (d age) String() string {
	if d.value == nil || *d.value == 0 {
		return ""
	}
	return d.value.String()
}

func (d age) Set(s string) error {
	v, err := configs.ParseDuration(s)
	if err == nil {
		*d.value = v
	}
	return err
}

// commaList is a flag of names with commas between them, which may be given several times. Unlike pflag's own it
// takes quotation marks as they are: no name needs them.
type commaList []string

func (l *commaList) String() string { return strings.Join(*l, ",") }
func (l *commaList) Type() string   { return "names" }

func (l *commaList) Set(names string) error {
	for name := range strings.SplitSeq(names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			*l = append(*l, name)
		}
	}
	return nil
}

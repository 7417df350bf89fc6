package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"newsmill/cmd/newsmill/term"
	"newsmill/storage"
)

type doctorFlags struct {
	write        writeFlags
	full, repair bool
	maxAge       time.Duration
	json         bool
}

func newDoctorCmd(a *app) *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the program, the configuration and the database",
		Long: `Doctor looks at everything that could be wrong, one line a check, and ends with exit code 1 if something is, with 3
if there is no database. It changes nothing unless asked to --repair.

With --max-age it also fails when a source has had nothing new for so long, gave no article in two crawls or more, was never
crawled, or can't be read at all any more: the check for a monitor. The sources that count are those of the configuration; without
one, all that the database knows.`,
		Example: `  newsmill doctor
  newsmill doctor --full
  newsmill doctor --quiet --max-age 26h      for monitoring: silent unless something is wrong
  newsmill doctor --repair                   build the search indexes anew`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.full, "full", false, "read everything: all rows, both search indexes, all raw pages")
	flags.BoolVar(&f.repair, "repair", false, "build all indexes anew and drop rows that belong to nothing, then check")
	flags.Var(age{&f.maxAge}, "max-age", "fail if a source's newest article is older: 26h, 7d")
	flags.BoolVar(&f.json, "json", false, "print the checks as JSON")
	f.write.add(flags)
	return cmd
}

func (a *app) doctor(cmd *cobra.Command, f *doctorFlags) error {
	checks := []storage.Check{{Name: "program", State: storage.CheckOK, Message: "newsmill " + version()}, a.checkConfig()}
	if f.repair {
		err := a.keeping(cmd, f.write, func(ctx context.Context, db *storage.Writer, _ int64) error {
			done, err := db.Repair(ctx)
			if err == nil {
				checks = append(checks, storage.Check{Name: "repair", State: storage.CheckOK, Message: strings.Join(done, "; ")})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	checks = append(checks, storage.Health(cmd.Context(), a.global.db, storage.HealthOptions{Full: f.full, MaxAge: f.maxAge, Sources: a.crawled(), Now: a.now()})...)
	var failed []string
	for _, c := range checks {
		if c.State == storage.CheckFailed {
			failed = append(failed, c.Name)
		}
	}
	if err := a.writeChecks(checks, f.json); err != nil {
		return err
	}
	if len(failed) == 0 {
		return nil
	}
	code := exitPartial
	if _, err := os.Stat(a.global.db); errors.Is(err, fs.ErrNotExist) {
		code = exitNothing
	}
	return toldError{&codedError{code, fmt.Errorf("%d of %d checks failed (%s): see newsmill doctor", len(failed), len(checks), strings.Join(failed, ", "))}}
}

func (a *app) checkConfig() storage.Check {
	c, err := a.config()
	switch {
	case err != nil:
		return storage.Check{Name: "configuration", State: storage.CheckFailed, Message: oneLine(err)}
	case c.Path == "":
		return storage.Check{Name: "configuration", State: storage.CheckOK, Message: fmt.Sprintf("none: the built-in catalogue of %s", plural(len(c.Sources), "source"))}
	}
	return storage.Check{Name: "configuration", State: storage.CheckOK, Message: fmt.Sprintf("%s: %s", c.Path, plural(len(c.Sources), "source"))}
}

// writeChecks prints a line a check. With --quiet only what is wrong is printed.
func (a *app) writeChecks(checks []storage.Check, asJSON bool) error {
	if asJSON {
		return writeJSON(a.stdout, checks, true)
	}
	colors := map[storage.CheckState]string{storage.CheckOK: term.Green, storage.CheckWarning: term.Yellow, storage.CheckFailed: term.Red, storage.CheckSkipped: term.Faint}
	nameWidth := 0
	for _, c := range checks {
		nameWidth = max(nameWidth, len(c.Name))
	}
	for _, c := range checks {
		if a.global.quiet && c.State != storage.CheckFailed {
			continue
		}
		state := fmt.Sprintf("%-7s", c.State)
		if a.colored() {
			state = colors[c.State] + state + term.Reset
		}
		if _, err := fmt.Fprintf(a.stdout, "%s  %-*s  %s\n", state, nameWidth, c.Name, term.OneLine(c.Message)); err != nil {
			return err
		}
	}
	return nil
}

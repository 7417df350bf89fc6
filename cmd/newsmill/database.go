package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"newsmill/cleaner"
	"newsmill/storage"
)

// reader opens the database to read.
func (a *app) reader(ctx context.Context) (*storage.DB, error) {
	return storage.OpenReader(ctx, a.global.db)
}

// openToWrite opens the database for a command that writes; another run that holds it is exit code 75.
func (a *app) openToWrite(ctx context.Context, wait time.Duration) (*storage.Writer, error) {
	db, err := storage.Open(ctx, a.global.db, storage.Options{LockTimeout: wait})
	if errors.Is(err, storage.ErrLocked) {
		return nil, &codedError{exitLocked, err}
	}
	return db, err
}

// writeFlags are the flags of commands that change the database.
type writeFlags struct {
	lockTimeout time.Duration
}

func (f *writeFlags) add(flags *pflag.FlagSet) {
	flags.Var(age{&f.lockTimeout}, "lock-timeout", "how long to wait for another run on the same database")
}

// keeping opens the database to change it, records the run, and does what a command is for.
func (a *app) keeping(cmd *cobra.Command, f writeFlags, do func(ctx context.Context, db *storage.Writer, run int64) error) (err error) {
	ctx := cmd.Context()
	if _, err := os.Stat(a.global.db); err != nil { // these commands have no use for a new database
		if errors.Is(err, os.ErrNotExist) {
			db, err := a.reader(ctx) // which says it best
			if err == nil {
				err = db.Close()
			}
			return err
		}
		return fileError(a.global.db, err)
	}
	db, err := a.openToWrite(ctx, f.lockTimeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	run, err := db.StartRun(ctx, storage.Run{Command: cmd.Name(), Arguments: secretless(os.Args[1:]), Version: version(), CleanerVersion: cleaner.Version, StartedAt: a.now()})
	if err != nil {
		return err
	}
	err = do(ctx, db, run)
	a.line.Clear()
	finished := db.FinishRun(context.WithoutCancel(ctx), run, exitCode(err), a.now(), storage.RunCounts{})
	if err != nil {
		return err
	}
	return finished
}

// secretless is a command line without the passwords that addresses may hold.
func secretless(args []string) string {
	shown := slices.Clone(args)
	for i, arg := range shown {
		if before, rest, ok := strings.Cut(arg, "://"); ok {
			if at := strings.LastIndexByte(rest, '@'); at >= 0 && !strings.Contains(rest[:at], "/") {
				shown[i] = before + "://" + rest[at+1:]
			}
		}
	}
	return strings.Join(shown, " ")
}

// dbFlag is the database as a further command must name it; empty: it need not.
func (a *app) dbFlag() string {
	if !a.global.dbNamed {
		return ""
	}
	return " --db " + quoteArgs([]string{a.global.db})
}

package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"newsmill/cleaner"
	"newsmill/storage"
)

// writeFlags are the flags of commands that change the database.
type writeFlags struct {
	lockTimeout time.Duration
}

func (f *writeFlags) add(flags *pflag.FlagSet) {
	flags.Var(age{&f.lockTimeout}, "lock-timeout", "how long to wait for another run on the same database")
}

// keeping opens the database to change it, records the run, and does what a command is for.
func (a *app) keeping(cmd *cobra.Command, f writeFlags, do func(ctx context.Context, db *storage.DB, run int64) error) (err error) {
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
	a.line.clear()
	finished := db.FinishRun(context.WithoutCancel(ctx), run, a.exitCode(err), a.now(), storage.RunCounts{})
	if err != nil {
		return err
	}
	return finished
}

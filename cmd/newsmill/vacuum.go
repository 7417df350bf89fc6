package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

func newVacuumCmd(a *app) *cobra.Command {
	var write writeFlags
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "vacuum",
		Short: "Make the database as small and as fast as it can be",
		Long: `Vacuum gives the room of deleted rows back to the disk and merges the parts of the search indexes. It needs free disk
of the database's size meanwhile. Reading goes on; a crawl waits, or ends with exit code 75.`,
		Example: `  newsmill vacuum --dry-run
  newsmill prune --raw-older-than 90d && newsmill vacuum`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dryRun {
				return a.sayReclaimable(cmd.Context())
			}
			before := fileSize(a.global.db)
			err := a.keeping(cmd, write, func(ctx context.Context, db *storage.Writer, run int64) error { return db.Vacuum(ctx, run) })
			if err != nil || a.global.quiet {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "%s: %s before, %s now\n", a.global.db, size(before), size(fileSize(a.global.db)))
			return err
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say how much room is free in the file")
	write.add(cmd.Flags())
	return cmd
}

// sayReclaimable prints what a vacuum gives back at least: the pages that are free. Merging the indexes may give more.
func (a *app) sayReclaimable(ctx context.Context) error {
	db, err := a.reader(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	free, err := db.FreeBytes(ctx)
	if err != nil || a.global.quiet {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s, of which at least %s would be given back\n", a.global.db, size(fileSize(a.global.db)), size(free))
	return err
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

func newPruneCmd(a *app) *cobra.Command {
	var (
		write   writeFlags
		rawAge  time.Duration
		keep    int
		sources []string
		dryRun  bool
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Delete raw pages and old versions",
		Long: `Prune deletes what takes room and may no longer be needed. Articles themselves are never deleted.

Without its raw page an article cannot be cleaned again: newsmill reclean leaves it as it is. The file does not get
smaller, the room is used again; newsmill vacuum gives it back.`,
		Example: `  newsmill prune --raw-older-than 90d --dry-run
  newsmill prune --raw-older-than 90d --keep-versions 3
  newsmill prune --keep-versions 0 --source cgtn`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opt := storage.PruneOptions{KeepVersions: -1, Sources: sources}
			if cmd.Flags().Changed("keep-versions") {
				opt.KeepVersions = keep
			}
			if cmd.Flags().Changed("raw-older-than") {
				opt.RawBefore = a.now().Add(-rawAge)
			}
			if opt.RawBefore.IsZero() && opt.KeepVersions < 0 {
				return usageErrorf("say what to delete: --raw-older-than 90d, --keep-versions 3")
			}
			tell := func(done storage.Pruned, err error) error {
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(a.stdout, done, true)
				}
				if a.global.quiet {
					return nil
				}
				verb := "deleted"
				if dryRun {
					verb = "would be deleted"
				}
				_, err = fmt.Fprintf(a.stdout, "%s with %s of compressed data, and %s %s\n", plural(done.RawPages, "raw page"), size(done.Bytes),
					plural(done.Versions, "earlier version"), verb)
				return err
			}
			if !dryRun {
				return a.keeping(cmd, write, func(ctx context.Context, db *storage.Writer, run int64) error {
					return tell(db.Prune(ctx, run, opt))
				})
			}
			db, err := a.reader(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			return tell(db.Prunable(cmd.Context(), opt))
		},
	}
	flags := cmd.Flags()
	flags.Var(age{&rawAge}, "raw-older-than", "raw pages that were fetched longer ago: 90d")
	flags.IntVar(&keep, "keep-versions", 0, "earlier versions of an article but for the newest `N`")
	flags.Var((*commaList)(&sources), "source", "only of these `sources`")
	flags.BoolVar(&dryRun, "dry-run", false, "only say what would be deleted")
	flags.BoolVar(&asJSON, "json", false, "print the figures as JSON")
	write.add(flags)
	return cmd
}

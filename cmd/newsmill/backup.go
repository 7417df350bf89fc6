package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

func newBackupCmd(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database while it is in use",
		Long: `Backup writes a consistent copy of the database to a file, also while a crawl runs. The copy is checked before it takes
the file's name. It needs no newsmill to be read: it is an ordinary SQLite file. Everything is in it, raw pages and private
settings too: to hand articles on there is newsmill export --share.`,
		Example: `  newsmill backup /backup/news-$(date +%F).db
  newsmill backup --force /backup/news.db`,
		Args: takes(1, 1, "the name of the copy"),
		RunE: func(cmd *cobra.Command, args []string) error {
			target := args[0]
			if _, err := os.Stat(target); err == nil && !force {
				return usageErrorf("%s exists: choose another name, or replace it with --force", target)
			} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fileError(target, err)
			}
			db, err := a.reader(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			if err := db.Backup(cmd.Context(), target); err != nil {
				return err
			}
			if a.global.quiet {
				return nil
			}
			_, err = fmt.Fprintf(a.stdout, "%s copied to %s (%s)\n", a.global.db, target, size(fileSize(target)))
			return err
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace the file if it exists")
	return cmd
}

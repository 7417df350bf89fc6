package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

func newBackupCmd(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database while it is in use",
		Long: `Backup writes a consistent copy of the database to a file, also while a crawl runs. The copy is checked before it takes
the file's name. It needs no newsmill to be read: it is an ordinary SQLite file. Everything is in it, raw pages and private
settings too: to hand articles on there is newsmill export --share. With --force it replaces an earlier backup or share
of the same database, or a file that is none; never a database that is in use, another one of newsmill, or another program's.`,
		Example: `  newsmill backup /backup/news-$(date +%F).db
  newsmill backup --force /backup/news.db`,
		Args: takes(1, 1, "the name of the copy"),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if err := a.checkBackup(name, force); err != nil {
				return err
			}
			db, err := a.reader(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			if err := supersedes(cmd.Context(), db, name); err != nil {
				return err
			}
			if fi, err := os.Stat(name); err == nil && !fi.Mode().IsRegular() {
				return a.copyThrough(name, func(copied string) error { return db.Backup(cmd.Context(), copied) })
			}
			if err := db.Backup(cmd.Context(), name); err != nil {
				return err
			}
			if a.global.quiet {
				return nil
			}
			_, err = fmt.Fprintf(a.stdout, "%s copied to %s (%s)\n", a.global.db, name, size(fileSize(name)))
			return err
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace the file if it exists; of databases only an earlier backup or share of this one")
	return cmd
}

// checkBackup says why a copy must not be written to a file of that name.
func (a *app) checkBackup(name string, force bool) error {
	if name == "-" {
		return usageErrorf("a database can't be written to standard output: name a file")
	}
	if storage.PartOf(a.global.db, name) {
		return a.spare(name)
	}
	fi, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := a.spare(name); err != nil {
			return err
		}
		return checkFolder(name)
	case err != nil:
		return outputError(name, err)
	case fi.IsDir():
		return usageErrorf("%s is a folder: name a file in it", name)
	case !fi.Mode().IsRegular():
		return nil
	case !force:
		return usageErrorf("%s exists: choose another name, or replace it with --force", name)
	}
	if err := storage.Replaceable(name); err != nil {
		return usageErrorf("%s is %w: nothing was written: choose another name", name, err)
	}
	return nil
}

// supersedes says why a copy of the database must not replace a file: that holds what the copy would not.
func supersedes(ctx context.Context, db *storage.DB, name string) error {
	err := db.Supersedes(ctx, name)
	if errors.Is(err, storage.ErrOther) {
		return usageErrorf("%s is a newsmill database and %w: nothing was written: choose another name, or move it away", name, err)
	}
	return err
}

// copyThrough writes a copy of the database to a pipe or a device, by way of a temporary file.
func (a *app) copyThrough(name string, copyTo func(file string) error) error {
	dir, err := os.MkdirTemp("", "newsmill-copy-")
	if err != nil {
		return fileError(name, err)
	}
	defer os.RemoveAll(dir)
	copied := filepath.Join(dir, "copy.db")
	if err := copyTo(copied); err != nil {
		return err
	}
	file, err := os.Open(copied)
	if err != nil {
		return fileError(name, err)
	}
	defer file.Close()
	t := &target{app: a, name: name}
	return t.write(func(w io.Writer) error {
		_, err := io.Copy(w, file)
		return err
	})
}

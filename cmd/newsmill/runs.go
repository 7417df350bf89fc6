package main

import (
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

func newRunsCmd(a *app) *cobra.Command {
	var (
		limit int
		rows  rowFlags
		pager pagerFlag
	)
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the runs: when, how long, what they brought",
		Example: `  newsmill runs
  newsmill runs --limit 0 --format jsonl`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			db, err := a.reader(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			runs, err := db.Runs(cmd.Context(), limit)
			if err != nil {
				return err
			}
			return a.paged(pager, func(w io.Writer) error { return writeRows(a, w, rows.chosen(), runColumns, runs) })
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 20, "how many, the last first; 0 for all")
	rows.add(cmd.Flags())
	pager.add(cmd.Flags())
	return cmd
}

var runColumns = []column[storage.Run]{
	{name: "id", value: func(r storage.Run) string { return strconv.FormatInt(r.ID, 10) }, right: true},
	{name: "started", value: func(r storage.Run) string { return r.StartedAt.UTC().Format(time.DateTime) }},
	{name: "took", value: func(r storage.Run) string { return orRunning(&r, r.FinishedAt.Sub(r.StartedAt).String()) }, right: true},
	{name: "exit", value: func(r storage.Run) string { return orRunning(&r, strconv.Itoa(r.ExitCode)) }, right: true},
	{name: "requests", value: func(r storage.Run) string { return strconv.Itoa(r.PagesFetched) }, right: true, spare: true},
	{name: "new", value: func(r storage.Run) string { return strconv.Itoa(r.ArticlesNew) }, right: true},
	{name: "changed", value: func(r storage.Run) string { return strconv.Itoa(r.ArticlesChanged) }, right: true, spare: true},
	{name: "failed", value: func(r storage.Run) string { return strconv.Itoa(r.Errors) }, right: true},
	{name: "version", value: func(r storage.Run) string { return r.Version }, hide: true},
	{name: "host", value: func(r storage.Run) string { return r.Hostname }, hide: true},
	{name: "command", value: func(r storage.Run) string { return r.Arguments }, grow: true},
}

// orRunning is the text, or nothing where the run is still going on or was killed.
func orRunning(r *storage.Run, text string) string {
	if r.FinishedAt.IsZero() {
		return ""
	}
	return text
}

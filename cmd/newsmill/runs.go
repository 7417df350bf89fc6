package main

import (
	"bufio"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

func newRunsCmd(a *app) *cobra.Command {
	var limit int
	var format string
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the runs: when, how long, what they brought",
		Example: `  newsmill runs
  newsmill runs --limit 0 --format jsonl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listRuns(cmd, limit, format) },
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "how many, the last first; 0 for all")
	choiceVar(cmd.Flags(), &format, "format", "table", []string{"table", "jsonl"}, "how to print")
	return cmd
}

func (a *app) listRuns(cmd *cobra.Command, limit int, format string) error {
	db, err := storage.OpenReader(cmd.Context(), a.global.db)
	if err != nil {
		return err
	}
	defer db.Close()
	runs, err := db.Runs(cmd.Context(), limit)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(a.stdout)
	defer out.Flush()
	if format == "jsonl" {
		for _, r := range runs {
			if err := writeJSON(out, r, false); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tSTARTED\tTOOK\tEXIT\tREQUESTS\tNEW\tCHANGED\tFAILED\tCOMMAND")
	for _, r := range runs {
		took, code := "", "" // still running, or killed
		if !r.FinishedAt.IsZero() {
			took, code = r.FinishedAt.Sub(r.StartedAt).String(), fmt.Sprint(r.ExitCode)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", r.ID, r.StartedAt.UTC().Format(time.DateTime), took, code,
			r.PagesFetched, r.ArticlesNew, r.ArticlesChanged, r.Errors, a.printable(r.Arguments))
	}
	return table.Flush()
}

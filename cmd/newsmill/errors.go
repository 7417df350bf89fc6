package main

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"newsmill/scraper"
	"newsmill/storage"
)

type errorsFlags struct {
	class, source, format string
	since                 time.Time
	run                   int64
	summary               bool
}

func newErrorsCmd(a *app) *cobra.Command {
	var f errorsFlags
	var classes []string
	for _, c := range scraper.Classes() {
		classes = append(classes, string(c.Name))
	}
	cmd := &cobra.Command{
		Use:   "errors",
		Short: "List the addresses that did not become articles, and why",
		Long: `Errors lists each address that was asked for, or left out, and did not become an article, with how it ended last: the
class, and a message. Pages that are no articles, redirects and twins are listed too; --class selects.`,
		Example: `  newsmill errors --class timeout
  newsmill errors --source cgtn --since 24h
  newsmill errors --summary
  newsmill errors --format jsonl | jq -r 'select(.class == "http_4xx").url'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listErrors(cmd, &f) },
	}
	flags := cmd.Flags()
	choiceVar(flags, &f.class, "class", "", classes, "only those that ended so")
	flags.StringVar(&f.source, "source", "", "only of this `source`")
	flags.Var(moment{value: &f.since, now: a.now}, "since", "only those that ended since then")
	flags.Int64Var(&f.run, "run", 0, "only those that ended in the run of this `id`: see newsmill runs")
	flags.BoolVar(&f.summary, "summary", false, "count them by source and class")
	choiceVar(flags, &f.format, "format", "table", []string{"table", "jsonl"}, "how to print")
	return cmd
}

func (a *app) listErrors(cmd *cobra.Command, f *errorsFlags) error {
	db, err := storage.OpenReader(cmd.Context(), a.global.db)
	if err != nil {
		return err
	}
	defer db.Close()
	out := bufio.NewWriter(a.stdout)
	defer out.Flush()
	if f.summary {
		return a.summarizeErrors(cmd, db, f, out)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if f.format == "table" {
		fmt.Fprintln(table, "CLASS\tURL\tMESSAGE")
	}
	for e, err := range db.Errors(cmd.Context(), f.filter()) {
		if err != nil {
			return err
		}
		if f.format == "jsonl" {
			err = writeJSON(out, e, false)
		} else {
			_, err = fmt.Fprintf(table, "%s\t%s\t%s\n", e.Class, a.printable(e.URL), a.printable(strings.Join(strings.Fields(e.Message), " ")))
		}
		if err != nil {
			return err
		}
	}
	return table.Flush()
}

func (f *errorsFlags) filter() storage.EndedFilter {
	return storage.EndedFilter{Class: f.class, Source: f.source, Since: f.since, RunID: f.run}
}

// summarizeErrors counts endings, the most frequent first.
func (a *app) summarizeErrors(cmd *cobra.Command, db *storage.DB, f *errorsFlags, out *bufio.Writer) error {
	type key struct{ source, class string }
	counts := map[key]int{}
	var order []key
	for e, err := range db.Errors(cmd.Context(), f.filter()) {
		if err != nil {
			return err
		}
		k := key{e.Source, e.Class}
		if counts[k]++; counts[k] == 1 {
			order = append(order, k)
		}
	}
	slices.SortFunc(order, func(x, y key) int {
		return cmp.Or(counts[y]-counts[x], strings.Compare(x.source, y.source), strings.Compare(x.class, y.class))
	})
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if f.format == "table" {
		fmt.Fprintln(table, "COUNT\tSOURCE\tCLASS")
	}
	for _, k := range order {
		if f.format == "jsonl" {
			if err := writeJSON(out, map[string]any{"source": k.source, "class": k.class, "count": counts[k]}, false); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(table, "%d\t%s\t%s\n", counts[k], a.printable(k.source), k.class)
	}
	return table.Flush()
}

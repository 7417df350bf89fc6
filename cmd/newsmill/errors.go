package main

import (
	"bufio"
	"cmp"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"newsmill/scraper"
	"newsmill/storage"
)

type errorsFlags struct {
	class, source string
	since         time.Time
	rows          rowFlags
	pager         pagerFlag
	run           int64
	failed        bool
	summary       bool
}

func newErrorsCmd(a *app) *cobra.Command {
	var f errorsFlags
	var classes []string
	for _, c := range scraper.Classes() {
		classes = append(classes, string(c.Name))
	}
	cmd := &cobra.Command{
		Use:   "errors",
		Short: "List the addresses that did not become articles or could not be read, and why",
		Long: `Errors lists each address that was asked for, or left out, and did not become an article, with how it ended last: the
class, and a message; and each feed, sitemap and section page that could not be read, with when it is asked again. Pages that
are no articles, redirects and twins are listed too; --class selects, --failed leaves what failed: what a run counts as such. What we
guessed, as /feed/, and is not there, is no failure.`,
		Example: `  newsmill errors --class timeout
  newsmill errors --source cgtn --since 24h
  newsmill errors --failed --run 17
  newsmill errors --summary
  newsmill errors --format jsonl | jq -r 'select(.class == "http_4xx").url'`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listErrors(cmd, &f) },
	}
	flags := cmd.Flags()
	choiceVar(flags, &f.class, "class", "", classes, "only those that ended so")
	flags.StringVar(&f.source, "source", "", "only of this `source`")
	flags.Var(moment{value: &f.since, now: a.now}, "since", "only those that ended since then")
	flags.Int64Var(&f.run, "run", 0, "only those that ended in the run of this `id`: see newsmill runs")
	flags.BoolVar(&f.failed, "failed", false, "only what failed, for good or until it is tried again")
	flags.BoolVar(&f.summary, "summary", false, "count them by source and class")
	f.rows.add(flags)
	f.pager.add(flags)
	return cmd
}

func (a *app) listErrors(cmd *cobra.Command, f *errorsFlags) error {
	db, err := a.reader(cmd.Context())
	if err != nil {
		return err
	}
	defer db.Close()
	endings := db.Errors(cmd.Context(), f.filter())
	return a.paged(f.pager, func(w io.Writer) error {
		out := bufio.NewWriter(w)
		err := a.writeErrors(out, f, endings)
		if flushing := out.Flush(); err == nil {
			err = flushing
		}
		return err
	})
}

func (a *app) writeErrors(out io.Writer, f *errorsFlags, endings iter.Seq2[storage.Ended, error]) error {
	if !f.summary {
		return streamRows(a, out, f.rows.chosen(), endedColumns, endings)
	}
	counts, err := countEndings(endings)
	if err != nil {
		return err
	}
	return writeRows(a, out, f.rows.chosen(), endingCountColumns, counts)
}

var endedColumns = []column[storage.Ended]{
	{name: "class", value: func(e storage.Ended) string { return e.Class }},
	{name: "url", value: func(e storage.Ended) string { return e.URL }, grow: true},
	{name: "message", value: func(e storage.Ended) string { return e.Message }, grow: true},
	{name: "source", value: func(e storage.Ended) string { return e.Source }, hide: true},
	{name: "kind", value: func(e storage.Ended) string { return string(e.Kind) }, hide: true},
	{name: "state", value: func(e storage.Ended) string { return string(e.State) }, hide: true},
	{name: "attempts", value: func(e storage.Ended) string { return strconv.Itoa(e.Attempts) }, hide: true},
	{name: "ended_at", value: func(e storage.Ended) string { return e.EndedAt.UTC().Format(time.RFC3339) }, hide: true},
	{name: "redirects_to", value: func(e storage.Ended) string { return e.RedirectsTo }, hide: true},
	{name: "again_at", value: againAt, spare: true},
}

// againAt is when an address is tried again; empty: it isn't.
func againAt(e storage.Ended) string {
	if e.DueAt.IsZero() || e.State == storage.JobFailed {
		return ""
	}
	return e.DueAt.UTC().Format("2006-01-02 15:04")
}

func (f *errorsFlags) filter() storage.EndedFilter {
	return storage.EndedFilter{Class: f.class, Source: f.source, Since: f.since, RunID: f.run, Failed: f.failed}
}

// endingCount is how many addresses of a source ended so.
type endingCount struct {
	Count  int    `json:"count"`
	Source string `json:"source"`
	Class  string `json:"class"`
}

var endingCountColumns = []column[endingCount]{
	{name: "count", value: func(c endingCount) string { return strconv.Itoa(c.Count) }, right: true},
	{name: "source", value: func(c endingCount) string { return c.Source }, grow: true},
	{name: "class", value: func(c endingCount) string { return c.Class }},
}

// countEndings counts endings by source and class, the most frequent first.
func countEndings(endings iter.Seq2[storage.Ended, error]) ([]endingCount, error) {
	counts := map[endingCount]int{}
	for e, err := range endings {
		if err != nil {
			return nil, err
		}
		counts[endingCount{Source: e.Source, Class: e.Class}]++
	}
	var sorted []endingCount
	for c, n := range counts {
		c.Count = n
		sorted = append(sorted, c)
	}
	slices.SortFunc(sorted, func(x, y endingCount) int {
		return cmp.Or(y.Count-x.Count, strings.Compare(x.Source, y.Source), strings.Compare(x.Class, y.Class))
	})
	return sorted, nil
}

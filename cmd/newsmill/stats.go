package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

type statsFlags struct {
	rows         rowFlags
	pager        pagerFlag
	sources      []string
	since, until time.Time
	byDay        bool
	html         string
	force        bool
}

func newStatsCmd(a *app) *cobra.Command {
	var f statsFlags
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Show how many articles each source brings, and how fresh they are",
		Long: `Stats prints a line for each source: articles, words, what came in the last day and week, what failed, how many texts are
doubtful (their confidence is below 0.5; the mean is in CSV and JSON), and a sparkline of the articles published on each
of the last thirty days. With --by-day it prints a line for each source and day.

With --html it writes one page with plots that needs nothing else, to look at in a browser or to send by mail.`,
		Example: `  newsmill stats
  newsmill stats --source cgtn --by-day --since 14d
  newsmill stats --html stats.html
  newsmill stats --json | jq '.[] | select(.last_24h == 0).source'`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.stats(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.Var((*commaList)(&f.sources), "source", "only these `sources`")
	flags.Var(moment{value: &f.since, now: a.now}, "since", "count only articles published since: 2026-11-01, 30d")
	flags.Var(moment{value: &f.until, now: a.now, end: true}, "until", "count only articles published until then")
	flags.BoolVar(&f.byDay, "by-day", false, "a line for each source and day")
	flags.StringVar(&f.html, "html", "", "write a page with plots to a `file`; - for standard output")
	addForce(cmd, &f.force)
	f.rows.add(flags)
	f.pager.add(flags)
	return cmd
}

// sparkDays is how many days a sparkline shows.
const sparkDays = 30

func (a *app) stats(cmd *cobra.Command, f *statsFlags) error {
	ctx := cmd.Context()
	var page *target
	if f.html != "" {
		var err error
		if page, err = a.newTarget(f.html, targetOptions{force: f.force, wrote: isStatsPage}); err != nil {
			return err
		}
	}
	db, err := a.reader(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	filter := storage.Filter{Sources: f.sources, Since: f.since, Until: f.until}
	format := f.rows.chosen()
	if f.byDay && f.html == "" {
		days, err := db.DayStats(ctx, filter)
		if err != nil {
			return err
		}
		slices.Reverse(days) // newest first, as lists are
		return a.paged(f.pager, func(w io.Writer) error { return writeRows(a, w, format, dayColumns, days) })
	}
	now := a.now()
	sources, err := db.SourceStats(ctx, filter, now)
	if err != nil {
		return err
	}
	if f.html == "" && format != "table" {
		return writeRows(a, a.stdout, format, sourceColumns, sources)
	}
	if f.html != "" {
		return a.writeStatsPage(ctx, page, db, filter, sources)
	}
	window := filter
	if window.Since.IsZero() {
		window.Since = now.AddDate(0, 0, -sparkDays+1)
	}
	days, err := db.DayStats(ctx, window)
	if err != nil {
		return err
	}
	series := seriesBySource(days, now.AddDate(0, 0, -sparkDays+1), now)
	columns := append(slices.Clone(sourceColumns), column[storage.SourceStats]{
		name: fmt.Sprintf("last %d days", sparkDays), value: func(s storage.SourceStats) string { return sparkline(series[s.Source]) }, spare: true,
	})
	if err := a.paged(f.pager, func(w io.Writer) error { return writeRows(a, w, format, columns, sources) }); err != nil {
		return err
	}
	for _, s := range sources {
		if s.Trouble != "" {
			a.note("%s: %s", s.Source, s.Trouble)
		}
	}
	return nil
}

var dayColumns = []column[storage.DayStats]{
	{name: "day", value: func(d storage.DayStats) string { return d.Day }},
	{name: "source", value: func(d storage.DayStats) string { return d.Source }, grow: true},
	{name: "articles", value: func(d storage.DayStats) string { return strconv.Itoa(d.Articles) }, right: true},
	{name: "words", value: func(d storage.DayStats) string { return strconv.FormatInt(d.Words, 10) }, right: true},
	{name: "failed", value: func(d storage.DayStats) string { return strconv.Itoa(d.Failed) }, right: true},
}

var sourceColumns = []column[storage.SourceStats]{
	{name: "source", value: func(s storage.SourceStats) string { return s.Source }, grow: true},
	{name: "articles", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Articles) }, right: true},
	{name: "stories", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Stories) }, right: true, hide: true},
	{name: "words", value: func(s storage.SourceStats) string { return strconv.FormatInt(s.Words, 10) }, right: true, spare: true},
	{name: "last_24h", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Last24h) }, right: true, spare: true},
	{name: "last_7d", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Last7d) }, right: true, spare: true},
	{name: "changed", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Changed) }, right: true, spare: true},
	{name: "failed", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Failed) }, right: true, spare: true},
	{name: "without_date", value: func(s storage.SourceStats) string { return strconv.Itoa(s.WithoutDate) }, right: true, hide: true},
	{name: "confidence", value: func(s storage.SourceStats) string { return confidenceCell(s.Confidence) }, right: true, hide: true},
	{name: "doubtful", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Doubtful) }, right: true, spare: true},
	{name: "newest", value: func(s storage.SourceStats) string { return whenSeen(s.Newest) }},
	{name: "trouble", value: func(s storage.SourceStats) string { return s.Trouble }, hide: true},
}

// seriesBySource are the articles a day of each source, from one day to another, days without any included.
func seriesBySource(days []storage.DayStats, from, to time.Time) map[string][]int {
	from, to = from.UTC().Truncate(24*time.Hour), to.UTC().Truncate(24*time.Hour)
	n := int(to.Sub(from)/(24*time.Hour)) + 1
	series := map[string][]int{}
	for _, d := range days {
		if series[d.Source] == nil {
			series[d.Source] = make([]int, n)
		}
		if day, err := time.Parse(time.DateOnly, d.Day); err == nil {
			if i := int(day.Sub(from) / (24 * time.Hour)); !day.Before(from) && i < n {
				series[d.Source][i] += d.Articles
			}
		}
	}
	return series
}

// sparkline draws numbers as bars of eighths; a day without any is a dot on the ground.
func sparkline(values []int) string {
	if len(values) == 0 {
		return ""
	}
	most := max(slices.Max(values), 1)
	var sb strings.Builder
	for _, v := range values {
		if v == 0 {
			sb.WriteRune('·')
			continue
		}
		sb.WriteRune([]rune("▁▂▃▄▅▆▇█")[(v*8-1)/most])
	}
	return sb.String()
}

package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"os"
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
}

func newStatsCmd(a *app) *cobra.Command {
	var f statsFlags
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Show how many articles each source brings, and how fresh they are",
		Long: `Stats prints a line for each source: articles, words, what came in the last day and week, what failed, and a sparkline
of the articles published on each of the last thirty days. With --by-day it prints a line for each source and day.

With --html it writes one page with plots that needs nothing else, to look at in a browser or to send by mail.`,
		Example: `  newsmill stats
  newsmill stats --source cgtn --by-day --since 14d
  newsmill stats --html stats.html
  newsmill stats --json | jq '.[] | select(.last_24h == 0).source'`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.stats(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.sources, "source", nil, "only these `sources`")
	flags.Var(moment{value: &f.since, now: a.now}, "since", "count only articles published since: 2026-11-01, 30d")
	flags.Var(moment{value: &f.until, now: a.now, end: true}, "until", "count only articles published until then")
	flags.BoolVar(&f.byDay, "by-day", false, "a line for each source and day")
	flags.StringVar(&f.html, "html", "", "write a page with plots to a `file`; - for standard output")
	f.rows.add(flags)
	f.pager.add(flags)
	return cmd
}

// sparkDays is how many days a sparkline shows.
const sparkDays = 30

func (a *app) stats(cmd *cobra.Command, f *statsFlags) error {
	ctx := cmd.Context()
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
	window := filter
	if window.Since.IsZero() {
		window.Since = now.AddDate(0, 0, -sparkDays+1)
	}
	days, err := db.DayStats(ctx, window)
	if err != nil {
		return err
	}
	if f.html != "" {
		return a.writeStatsPage(f.html, newStatsPage(db.Path(), now, sources, days, window))
	}
	series := seriesBySource(days, now.AddDate(0, 0, -sparkDays+1), now)
	columns := append(slices.Clone(sourceColumns), column[storage.SourceStats]{
		name: fmt.Sprintf("last %d days", sparkDays), value: func(s storage.SourceStats) string { return sparkline(series[s.Source]) },
	})
	return a.paged(f.pager, func(w io.Writer) error { return writeRows(a, w, format, columns, sources) })
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
	{name: "words", value: func(s storage.SourceStats) string { return strconv.FormatInt(s.Words, 10) }, right: true},
	{name: "last_24h", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Last24h) }, right: true},
	{name: "last_7d", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Last7d) }, right: true},
	{name: "changed", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Changed) }, right: true},
	{name: "failed", value: func(s storage.SourceStats) string { return strconv.Itoa(s.Failed) }, right: true},
	{name: "without_date", value: func(s storage.SourceStats) string { return strconv.Itoa(s.WithoutDate) }, right: true, hide: true},
	{name: "newest", value: func(s storage.SourceStats) string { return whenSeen(s.Newest) }},
}

// whenSeen is a moment as a table has it; never for none.
func whenSeen(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04")
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

//go:embed stats.html
var statsSource string

var statsTemplate = template.Must(template.New("stats").Funcs(template.FuncMap{"thousands": thousands, "thousands64": func(n int64) string { return thousands(int(n)) }}).Parse(statsSource))

// statsPage is what stats.html shows.
type statsPage struct {
	Database           string
	Made               string
	From, To           string
	Articles, Sources  int
	Words              int64
	Last24h, Last7d    int
	Chart              chart
	Rows               []statsRow
	Failed, NotUpdated int
}

type statsRow struct {
	storage.SourceStats
	Name    string
	Seen    string // when its newest article came
	Age     string
	Stale   bool // nothing for a week
	Bars    []bar
	Color   string
	Largest int
}

// chart is the plot of articles a day, stacked by source.
type chart struct {
	Width, Height int
	Bars          []bar
	Ticks         []tick // of the vertical axis
	Days          []tick // of the horizontal axis
	Legend        []legend
}

type bar struct {
	X, Y, W, H float64
	Color      string
	Title      string
}

type tick struct {
	At    float64
	Label string
}

type legend struct{ Color, Name string }

// palette holds the colours of sources, told apart by most colour-blind people (Okabe and Ito, 2008); the last is for
// all the others.
var palette = []string{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b3a800", "#999999"}

func newStatsPage(path string, now time.Time, sources []storage.SourceStats, days []storage.DayStats, window storage.Filter) *statsPage {
	from, to := window.Since.UTC().Truncate(24*time.Hour), now.UTC().Truncate(24*time.Hour)
	if !window.Until.IsZero() && window.Until.Before(to) {
		to = window.Until.UTC().Add(-time.Nanosecond).Truncate(24 * time.Hour)
	}
	if from.After(to) {
		from = to
	}
	if earliest := to.AddDate(0, 0, -365); from.Before(earliest) { // a bar must be wide enough to be seen
		from = earliest
	}
	series := seriesBySource(days, from, to)
	p := &statsPage{
		Database: path, Made: now.UTC().Format("2 January 2006, 15:04 UTC"),
		From: from.Format("2 January 2006"), To: to.Format("2 January 2006"), Sources: len(sources),
	}
	colors := map[string]string{}
	for i, s := range sources {
		colors[s.Source] = palette[min(i, len(palette)-1)]
		p.Articles, p.Words = p.Articles+s.Articles, p.Words+s.Words
		p.Last24h, p.Last7d, p.Failed = p.Last24h+s.Last24h, p.Last7d+s.Last7d, p.Failed+s.Failed
		row := statsRow{
			SourceStats: s, Name: s.Source, Seen: s.Newest.UTC().Format("2006-01-02 15:04"), Age: roughAge(now.Sub(s.Newest)),
			Stale: now.Sub(s.Newest) > 7*24*time.Hour, Color: colors[s.Source],
		}
		row.Bars, row.Largest = smallBars(series[s.Source], from)
		if row.Stale {
			p.NotUpdated++
		}
		p.Rows = append(p.Rows, row)
	}
	p.Chart = stackedChart(sources, series, colors, from, to)
	return p
}

func smallBars(values []int, from time.Time) (bars []bar, most int) {
	const width, height = 180.0, 24.0
	if len(values) == 0 {
		return nil, 0
	}
	most = slices.Max(values)
	step := width / float64(len(values))
	for i, v := range values {
		if v == 0 {
			continue
		}
		h := height * float64(v) / float64(most)
		bars = append(bars, bar{
			X: round(float64(i) * step), Y: round(height - h), W: round(max(step-1, 0.5)), H: round(h),
			Title: from.AddDate(0, 0, i).Format(time.DateOnly) + ": " + plural(v, "article"),
		})
	}
	return bars, most
}

func stackedChart(sources []storage.SourceStats, series map[string][]int, colors map[string]string, from, to time.Time) chart {
	const left, top, width, height = 46.0, 10.0, 820.0, 220.0
	n := int(to.Sub(from)/(24*time.Hour)) + 1
	totals := make([]int, n)
	for _, values := range series {
		for i, v := range values {
			totals[i] += v
		}
	}
	ceiling, step := niceCeiling(slices.Max(totals))
	c := chart{Width: 880, Height: 260}
	for v := 0; v <= ceiling; v += step {
		c.Ticks = append(c.Ticks, tick{round(top + height - height*float64(v)/float64(ceiling)), thousands(v)})
	}
	day := width / float64(n)
	for i := 0; i < n; i += max(1, (n+9)/10) {
		c.Days = append(c.Days, tick{round(left + (float64(i)+0.5)*day), from.AddDate(0, 0, i).Format("2 Jan")})
	}
	base := make([]int, n)
	for _, s := range sources {
		for i, v := range series[s.Source] {
			if v == 0 {
				continue
			}
			h := height * float64(v) / float64(ceiling)
			y := top + height - height*float64(base[i])/float64(ceiling) - h
			c.Bars = append(c.Bars, bar{
				X: round(left + float64(i)*day), Y: round(y), W: round(max(day-1, 0.5)), H: round(h), Color: colors[s.Source],
				Title: fmt.Sprintf("%s, %s: %s", s.Source, from.AddDate(0, 0, i).Format("2 January"), plural(v, "article")),
			})
			base[i] += v
		}
	}
	for i, s := range sources {
		if i == len(palette)-1 && len(sources) > len(palette) {
			c.Legend = append(c.Legend, legend{palette[i], "others"})
			break
		}
		c.Legend = append(c.Legend, legend{palette[i], s.Source})
	}
	return c
}

// niceCeiling is a round number not below n, and the step of an axis up to it.
func niceCeiling(n int) (ceiling, step int) {
	step = 1
	for scale := 1; ; scale *= 10 {
		for _, m := range []int{1, 2, 5} {
			if step = m * scale; step*5 >= n {
				return max((n+step-1)/step*step, step), step
			}
		}
	}
}

// round keeps a tenth: the page would be twice as long with all digits.
func round(f float64) float64 { return float64(int(f*10+0.5)) / 10 }

func roughAge(d time.Duration) string {
	switch {
	case d < time.Hour:
		return plural(max(0, int(d.Minutes())), "minute")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour")
	}
	return plural(int(d.Hours()/24), "day")
}

func (a *app) writeStatsPage(name string, page *statsPage) error {
	if name == "-" {
		return statsTemplate.Execute(a.stdout, page)
	}
	var sb strings.Builder
	if err := statsTemplate.Execute(&sb, page); err != nil {
		return err
	}
	if err := os.WriteFile(name, []byte(sb.String()), 0o644); err != nil {
		return fileError(name, err)
	}
	a.note("%s written", name)
	return nil
}

package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"newsmill/scraper"
	"newsmill/storage"
)

//go:embed stats.html
var statsSource string

var statsTemplate = template.Must(template.New("stats").Funcs(template.FuncMap{"thousands": thousands, "thousands64": func(n int64) string { return thousands(int(n)) }}).Parse(statsSource))

// statsPage is what stats.html shows.
type statsPage struct {
	Database, Made    string
	From, To, Step    string // of the plots: days, and "day", "week" or "month"
	Articles, Sources int
	Stories           int
	Words             int64
	Last24h, Last7d   int
	Failed, Stale     int
	Chart, Failures   chart
	Rows              []statsRow
	Endings           []endingRow
	Runs              []runRow
}

type statsRow struct {
	storage.SourceStats
	Seen  string // when its newest article came
	Age   string
	Hours int  // the same, to sort by
	Stale bool // nothing for a week
	Path  string
	Color string
	Most  int // in a step of the plot
}

// endingRow is how many addresses ended in a class, as a bar.
type endingRow struct {
	Class, About string
	Count        int
	Percent      float64 // of the most frequent one
	Failed       bool
}

type runRow struct {
	Started, Took, Command          string
	Exit, Requests, New, Changed, N int
	Failed                          bool
}

// chart is a plot of numbers over time, stacked.
type chart struct {
	Width, Height float64
	Left, Right   float64 // where the plot's area begins and ends
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

// palette holds the colours of the sources with the most articles, told apart by most colour-blind people (Okabe and Ito,
// 2008); othersColor is for the rest together.
var palette = []string{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b3a800"}

const (
	othersColor  = "#999999"
	failureColor = "#c0392b"
)

// span is the time that the plots show, in steps of some days.
type span struct {
	from, to time.Time // first and last day
	step     int       // in days
}

// Plots of more days have a bar a week, or of many more a month: bars must be wide enough to be seen.
const (
	mostDays  = 120
	mostWeeks = 120
	plotDays  = 30 // that are shown unless --since says otherwise
)

// spanOf is what the plots show: what the filter asks for, as far as there are articles; else the last thirty days, or, where
// nothing was published in these, the last thirty that have any.
func spanOf(days []storage.DayStats, f storage.Filter, now time.Time) span {
	today := now.UTC().Truncate(24 * time.Hour)
	end := today
	if !f.Until.IsZero() && f.Until.Before(end) {
		end = f.Until.UTC().Add(-time.Nanosecond).Truncate(24 * time.Hour)
	}
	var first, last time.Time
	for _, d := range days {
		day, err := time.Parse(time.DateOnly, d.Day)
		if err != nil || day.After(end) || d.Articles == 0 {
			continue
		}
		if first.IsZero() {
			first = day
		}
		last = day
	}
	s := span{from: end.AddDate(0, 0, 1-plotDays), to: end, step: 1}
	switch {
	case last.IsZero():
	case !f.Since.IsZero():
		s.from = f.Since.UTC().Truncate(24 * time.Hour)
		if first.After(s.from) {
			s.from = first
		}
		if week := last.AddDate(0, 0, 6); f.Until.IsZero() && week.Before(end) && week.After(s.from) {
			s.to = week
		}
	case last.Before(s.from):
		s.from, s.to = last.AddDate(0, 0, 1-plotDays), last
	}
	if s.from.After(s.to) {
		s.from = s.to
	}
	switch n := s.days(); {
	case n > mostWeeks*7:
		s.step = 30
	case n > mostDays:
		s.step = 7
	}
	return s
}

func (s span) days() int { return int(s.to.Sub(s.from)/(24*time.Hour)) + 1 }

// steps is how many bars there are.
func (s span) steps() int { return (s.days() + s.step - 1) / s.step }

// at is the first day of a step.
func (s span) at(i int) time.Time { return s.from.AddDate(0, 0, i*s.step) }

// index is the step of a day; false if it is outside.
func (s span) index(day string) (int, bool) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || t.Before(s.from) || t.After(s.to) {
		return 0, false
	}
	return int(t.Sub(s.from)/(24*time.Hour)) / s.step, true
}

// name is what a step is called in titles.
func (s span) name(i int) string {
	day := s.at(i).Format("2 January")
	if s.step > 1 {
		return s.unit() + " of " + day
	}
	return day
}

func (s span) unit() string {
	switch s.step {
	case 1:
		return "day"
	case 7:
		return "week"
	}
	return "month"
}

// statsPageOf is the page about a database.
func statsPageOf(path string, now time.Time, f storage.Filter, sources []storage.SourceStats, days []storage.DayStats) *statsPage {
	s := spanOf(days, f, now)
	series, failures := map[string][]int{}, make([]int, s.steps())
	for _, d := range days {
		i, ok := s.index(d.Day)
		if !ok {
			continue
		}
		if series[d.Source] == nil {
			series[d.Source] = make([]int, s.steps())
		}
		series[d.Source][i] += d.Articles
		failures[i] += d.Failed
	}
	p := &statsPage{
		Database: path, Made: now.UTC().Format("2 January 2006, 15:04 UTC"), Sources: len(sources),
		From: s.from.Format("2 January 2006"), To: s.to.Format("2 January 2006"), Step: s.unit(),
	}
	for i, src := range sources {
		p.Articles, p.Words, p.Stories = p.Articles+src.Articles, p.Words+src.Words, p.Stories+src.Stories
		p.Last24h, p.Last7d, p.Failed = p.Last24h+src.Last24h, p.Last7d+src.Last7d, p.Failed+src.Failed
		row := statsRow{SourceStats: src, Seen: whenSeen(src.Newest), Age: "never", Hours: 1 << 30, Stale: true, Color: othersColor}
		if i < len(palette) {
			row.Color = palette[i]
		}
		if !src.Newest.IsZero() {
			age := now.Sub(src.Newest)
			row.Age, row.Hours, row.Stale = roughAge(age)+" ago", int(age.Hours()), age > 7*24*time.Hour
		}
		if row.Stale {
			p.Stale++
		}
		row.Path, row.Most = sparkPath(series[src.Source])
		p.Rows = append(p.Rows, row)
	}
	p.Chart = articleChart(sources, series, s)
	if slices.Max(failures) > 0 {
		p.Failures = newChart(140, failures, s)
		p.Failures.stack(make([]int, len(failures)), failures, failureColor, s, func(i int) string { return s.name(i) + ": " + plural(failures[i], "failure") })
	}
	return p
}

// sparkPath draws numbers as bars in a field of 180 by 24, as the path of an SVG.
func sparkPath(values []int) (path string, most int) {
	const width, height = 180.0, 24.0
	if len(values) == 0 {
		return "", 0
	}
	most = slices.Max(values)
	step := width / float64(len(values))
	var sb strings.Builder
	for i, v := range values {
		if v > 0 {
			fmt.Fprintf(&sb, "M%g %gV%gh%gV%gz", round(float64(i)*step), height, round(height-max(height*float64(v)/float64(most), 1)), round(max(step-1, 0.5)), height)
		}
	}
	return sb.String(), most
}

// articleChart stacks the articles of the sources with the most, and of all others together.
func articleChart(sources []storage.SourceStats, series map[string][]int, s span) chart {
	totals := make([]int, s.steps())
	for _, values := range series {
		for i, v := range values {
			totals[i] += v
		}
	}
	c := newChart(260, totals, s)
	base := make([]int, s.steps())
	shown := min(len(sources), len(palette))
	for i, src := range sources[:shown] {
		values := series[src.Source]
		c.stack(base, values, palette[i], s, func(i int) string { return src.Source + ", " + s.name(i) + ": " + plural(values[i], "article") })
		c.Legend = append(c.Legend, legend{palette[i], src.Source})
	}
	others := make([]int, s.steps())
	for i := range others {
		others[i] = totals[i] - base[i]
	}
	if len(sources) > shown {
		c.stack(base, others, othersColor, s, func(i int) string { return "others, " + s.name(i) + ": " + plural(others[i], "article") })
		c.Legend = append(c.Legend, legend{othersColor, plural(len(sources)-shown, "other")})
	}
	return c
}

// newChart is a plot with axes for numbers up to the greatest total.
func newChart(height float64, totals []int, s span) chart {
	c := chart{Width: 880, Height: height, Left: 46, Right: 866}
	ceiling, step := niceCeiling(slices.Max(totals), max(2, int(height)/50))
	for v := 0; v <= ceiling; v += step {
		c.Ticks = append(c.Ticks, tick{c.y(v, ceiling), thousands(v)})
	}
	for i := 0; i < s.steps(); i += max(1, (s.steps()+9)/10) {
		layout := "2 Jan"
		if s.step > 7 {
			layout = "Jan 2006"
		}
		c.Days = append(c.Days, tick{round(c.Left + (float64(i)+0.5)*(c.Right-c.Left)/float64(s.steps())), s.at(i).Format(layout)})
	}
	return c
}

// y is where a number is on the vertical axis, whose area ends 30 above the bottom and begins 10 below the top.
func (c *chart) y(v, ceiling int) float64 {
	return round(c.Height - 30 - (c.Height-40)*float64(v)/float64(ceiling))
}

// stack draws a series on top of those before it, whose sums are in base.
func (c *chart) stack(base, values []int, color string, s span, title func(i int) string) {
	if len(values) == 0 {
		return
	}
	width := (c.Right - c.Left) / float64(s.steps())
	ceiling := c.ceiling()
	for i, v := range values {
		if v == 0 {
			continue
		}
		low, high := c.y(base[i], ceiling), c.y(base[i]+v, ceiling)
		c.Bars = append(c.Bars, bar{X: round(c.Left + float64(i)*width), Y: high, W: round(max(width-min(width/5, 2), 0.5)), H: round(low - high), Color: color, Title: title(i)})
		base[i] += v
	}
}

// ceiling is the number at the top tick.
func (c *chart) ceiling() int {
	n := 0
	fmt.Sscan(strings.ReplaceAll(c.Ticks[len(c.Ticks)-1].Label, ",", ""), &n)
	return max(n, 1)
}

// niceCeiling is a round number not below n, and the step of an axis up to it in at most so many.
func niceCeiling(n, steps int) (ceiling, step int) {
	for scale := 1; ; scale *= 10 {
		for _, m := range []int{1, 2, 5} {
			if step = m * scale; step*steps >= n {
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

// endingRows are the classes in which addresses ended, the most frequent first.
func endingRows(counts map[string]int) []endingRow {
	var rows []endingRow
	for _, c := range scraper.Classes() {
		if n := counts[string(c.Name)]; n > 0 {
			rows = append(rows, endingRow{Class: string(c.Name), About: c.About, Count: n, Failed: c.State == storage.JobFailed})
		}
	}
	slices.SortStableFunc(rows, func(x, y endingRow) int { return cmp.Compare(y.Count, x.Count) })
	for i := range rows {
		rows[i].Percent = round(100 * float64(rows[i].Count) / float64(rows[0].Count))
	}
	return rows
}

func runRows(runs []storage.Run) []runRow {
	var rows []runRow
	for _, r := range runs {
		row := runRow{
			Started: whenSeen(r.StartedAt), Took: "running, or killed", Command: r.Command, Exit: r.ExitCode, Requests: r.PagesFetched,
			New: r.ArticlesNew, Changed: r.ArticlesChanged, N: r.Errors, Failed: r.ExitCode > 1 || r.ExitCode < 0,
		}
		if !r.FinishedAt.IsZero() {
			row.Took = r.FinishedAt.Sub(r.StartedAt).String()
		}
		rows = append(rows, row)
	}
	return rows
}

// shownRuns is how many runs the page lists.
const shownRuns = 12

func (a *app) writeStatsPage(ctx context.Context, to *target, db *storage.DB, f storage.Filter, sources []storage.SourceStats) error {
	days, err := db.DayStats(ctx, f)
	if err != nil {
		return err
	}
	endings, err := db.EndingCounts(ctx, f.Sources)
	if err != nil {
		return err
	}
	runs, err := db.Runs(ctx, shownRuns)
	if err != nil {
		return err
	}
	page := statsPageOf(db.Path(), a.now(), f, sources, days)
	page.Endings, page.Runs = endingRows(endings), runRows(runs)
	if err := to.write(func(w io.Writer) error { return statsTemplate.Execute(w, page) }); err != nil {
		return err
	}
	if to.name != "-" {
		a.note("%s written", to.name)
	}
	return nil
}

// isStatsPage reports whether a file is what stats --html writes.
func isStatsPage(file *os.File) bool {
	head := make([]byte, 1<<10)
	n, _ := file.ReadAt(head, 0)
	return bytes.HasPrefix(head[:n], []byte("<!doctype html>")) && bytes.Contains(head[:n], []byte("\n<title>newsmill: "))
}

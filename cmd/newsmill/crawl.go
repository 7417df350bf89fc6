package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"newsmill/cleaner"
	"newsmill/scraper"
	"newsmill/storage"
)

// crawlMemory is where Go's garbage collector begins to work harder: with SQLite's caches a crawl then stays under
// 300 MB, and pages of megabytes still find room. $GOMEMLIMIT overrides it.
const crawlMemory = 160 << 20

type crawlFlags struct {
	net          netFlags
	from         string
	concurrency  int
	maxPages     int
	maxDuration  time.Duration
	since, until time.Time
	again        bool
	metrics      string
	force        bool
}

func newCrawlCmd(a *app) *cobra.Command {
	var f crawlFlags
	cmd := &cobra.Command{
		Use:   "crawl [SOURCE|DOMAIN|URL ...]",
		Short: "Find, fetch, clean and store new articles: the cron job",
		Long: `Crawl finds the articles of sources by their feeds, sitemaps and section pages, fetches those that are new or due,
cleans and stores them. Without arguments it crawls every source of the configuration. A domain or address needs no
configuration: its feeds and sitemaps are looked for.

A host is asked one thing at a time, with a delay, as its robots.txt permits. The run may be stopped or killed at any
moment: the next one goes on where it was. Feeds, sitemaps and sections are asked again as often as they change, at
most every 5 minutes; an article after 1 h, 6 h, 24 h and 7 d, to catch corrections. --again does not wait for that.

One run at a time uses a database; another exits with code 75.`,
		Example: `  newsmill crawl                                     every source of newsmill.yaml
  newsmill crawl cgtn bbc-news --since 7d            two of the catalogue, only the last week
  newsmill crawl example.org --max-pages 200         a site without configuration
  newsmill crawl --from hosts.txt --quiet            addresses from a file, one a line
  */10 * * * *  newsmill crawl --quiet               (crontab)`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.crawl(cmd, &f, args) },
	}
	flags := cmd.Flags()
	f.net.add(flags)
	flags.StringVar(&f.from, "from", "", "`file` with sources, domains or addresses, one a line; - for standard input")
	flags.IntVar(&f.concurrency, "concurrency", 0, "requests at once, over all hosts (default 32)")
	flags.IntVar(&f.maxPages, "max-pages", 0, "stop after so many requests")
	flags.DurationVar(&f.maxDuration, "max-duration", 0, "stop after so long")
	flags.Var(moment{value: &f.since, now: a.now}, "since", "only articles published since then")
	flags.Var(moment{value: &f.until, now: a.now, end: true}, "until", "only articles published until then")
	flags.BoolVar(&f.again, "again", false, "ask again for all that is known, due or not")
	flags.StringVar(&f.metrics, "metrics", "", "keep the run's figures in a `file` as OpenMetrics, for node exporter's textfile collector")
	flags.BoolVar(&f.force, "force", false, "let --metrics replace a file that holds no metrics of ours; never a database")
	return cmd
}

func (a *app) crawl(cmd *cobra.Command, f *crawlFlags, args []string) (err error) {
	ctx := cmd.Context()
	if cmd.Flags().Changed("concurrency") && f.concurrency == 0 {
		return usageErrorf("--concurrency 0: write how many requests at once, 1 or more")
	}
	config, err := a.config()
	if err != nil {
		return err
	}
	sources, err := a.crawlSources(config, f.from, args)
	if err != nil {
		return err
	}
	opt := f.net.options(cmd, a, config)
	opt.Sources, opt.Since, opt.Until, opt.Again = sources, f.since, f.until, f.again
	if f.concurrency > 0 {
		opt.Concurrency = f.concurrency
	}
	if f.maxPages > 0 {
		opt.MaxPages = f.maxPages
	}
	if f.maxDuration > 0 {
		opt.MaxDuration = f.maxDuration
	}
	metrics, err := a.newMetricsFile(f.metrics, f.force)
	if err != nil {
		return err
	}
	opt.Progress = func(s scraper.Stats) {
		if a.line.Shown {
			a.line.Set(progressText(s))
		}
		metrics.show(s, a.now(), a.log)
	}
	db, err := a.openToWrite(ctx, f.net.lockTimeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	keys := sourceKeys(sources)
	opt.RunID, err = db.StartRun(ctx, storage.Run{Command: "crawl", Arguments: secretless(os.Args[1:]), Version: version(), CleanerVersion: cleaner.Version, Sources: keys, StartedAt: a.now()})
	if err != nil {
		return err
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(crawlMemory)
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(200) // below that limit there is no need to collect as often
		}
	}
	stats, crawlErr := scraper.Crawl(ctx, db, opt)
	a.line.Clear()
	outcome, result := a.crawlResult(ctx, db.DB, opt.RunID, keys, crawlErr)
	if err := a.finishRun(ctx, db, opt.RunID, stats, outcome.Failed, result); err != nil {
		if crawlErr != nil {
			return crawlErr // the other is its consequence
		}
		return errors.Join(result, err)
	}
	if !a.global.quiet {
		a.sayCrawled(stats, outcome, len(keys))
	}
	if f.metrics != "" {
		health, err := a.sourceHealth(ctx, db.DB, keys)
		if err == nil {
			err = metrics.finish(stats, outcome, health, exitCode(result), a.now())
		}
		if err != nil {
			return errors.Join(result, err)
		}
	}
	return result
}

// sourceHealth is how the sources of a run fare, and those of the configuration; of one that was never crawled nothing is known. What
// only the database still names is not watched.
func (a *app) sourceHealth(ctx context.Context, db *storage.DB, keys []string) ([]storage.SourceHealth, error) {
	known, err := db.SourceHealth(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	wanted := append(a.crawled(), keys...)
	slices.Sort(wanted)
	var all []storage.SourceHealth
	for _, key := range slices.Compact(wanted) {
		s := storage.SourceHealth{Source: key}
		if i := slices.IndexFunc(known, func(k storage.SourceHealth) bool { return k.Source == key }); i >= 0 {
			s = known[i]
		}
		all = append(all, s)
	}
	return all, nil
}

// crawlResult is what a run met with, and how it ended, as an error that knows its exit code.
func (a *app) crawlResult(ctx context.Context, db *storage.DB, run int64, sources []string, crawlErr error) (storage.RunOutcome, error) {
	if crawlErr != nil {
		return storage.RunOutcome{}, crawlErr
	}
	out, err := db.RunOutcome(context.WithoutCancel(ctx), run, sources, isUnreached)
	more := fmt.Sprintf("see newsmill errors --run %d --failed%s", run, a.dbFlag())
	switch {
	case err != nil:
		return out, err
	case ctx.Err() != nil:
		return out, partialErrorf("stopped: what was under way is finished, the rest waits for the next run")
	case out.Nothing:
		return out, &codedError{exitNothing, a.nothingError(ctx, db, run, out)}
	case out.Failed > 0:
		return out, toldError{partialErrorf("%s: %s", failedText(out), more)}
	}
	return out, nil
}

// failedText counts what failed by its class: "3 of 120 pages failed (http_4xx 2, timeout 1)".
func failedText(out storage.RunOutcome) string {
	classes := make([]string, len(out.Classes))
	for i, c := range out.Classes {
		classes[i] = fmt.Sprintf("%s %d", c.Class, c.Count)
	}
	return fmt.Sprintf("%d of %s failed (%s)", out.Failed, plural(out.Pages, "page"), strings.Join(classes, ", "))
}

// nothingError says what was in the way of a run that reached no source: the first thing, and how many more.
func (a *app) nothingError(ctx context.Context, db *storage.DB, run int64, out storage.RunOutcome) error {
	first, n, err := firstEnding(ctx, db, run)
	switch {
	case err != nil:
		return err
	case n <= 1:
		return fmt.Errorf("%s: %s: %s (nothing else could be tried: see newsmill errors --run %d%s)", first.URL, first.Class, first.Message, run, a.dbFlag())
	}
	why := "nothing could be reached"
	if out.Failed > 0 {
		why = failedText(out)
	}
	return fmt.Errorf("%s: see newsmill errors --run %d%s: the first is %s: %s: %s", why, run, a.dbFlag(), first.URL, first.Class, first.Message)
}

// firstEnding is the first address of a run that did not become an article, and how many there are.
func firstEnding(ctx context.Context, db *storage.DB, run int64) (first storage.Ended, n int, err error) {
	for e, err := range db.Errors(ctx, storage.EndedFilter{RunID: run}) {
		if err != nil {
			return first, n, err
		}
		if n++; n == 1 {
			first = e
		}
	}
	return first, n, nil
}

// finishRun records how a run ended, failed of whose addresses failed.
func (a *app) finishRun(ctx context.Context, db *storage.Writer, id int64, s scraper.Stats, failed int, result error) error {
	return db.FinishRun(context.WithoutCancel(ctx), id, exitCode(result), a.now(), storage.RunCounts{
		PagesFetched: s.Fetched, ArticlesNew: s.Stored, ArticlesChanged: s.Changed, ArticlesUnchanged: s.Unchanged, Errors: failed,
	})
}

// progressText is the line that is drawn again and again while a crawl runs.
func progressText(s scraper.Stats) string {
	rate := float64(s.Fetched) / max(s.Elapsed.Seconds(), 0.001)
	text := fmt.Sprintf("%s  %d requests, %.1f/s  %d new, %d changed, %d failed  hosts: %d asked, %d waiting",
		s.Elapsed.Truncate(time.Second), s.Fetched, rate, s.Stored, s.Changed, s.Failed, s.HostsActive, s.HostsWaiting)
	if s.Left > 0 {
		text += fmt.Sprintf("  %d left", s.Left)
	}
	if s.TimeLeft > 0 {
		text += ", about " + roughly(s.TimeLeft)
	}
	return text
}

// sayCrawled tells how a crawl ended, for people and cron mails.
func (a *app) sayCrawled(s scraper.Stats, out storage.RunOutcome, sources int) {
	classes := []any{}
	var sb strings.Builder
	tw := tabwriter.NewWriter(&sb, 0, 0, 2, ' ', 0)
	fmt.Fprintf(&sb, "%s, %s in %s: %s, %d changed, %d unchanged, %s, %d skipped, %d failed, %d to be tried again",
		plural(sources, "source"), plural(s.Fetched, "request"), s.Elapsed.Round(100*time.Millisecond), plural(s.Stored, "new article"), s.Changed, s.Unchanged, plural(s.NotArticle, "no article"), s.Skipped,
		out.Failed-out.Retrying, out.Retrying)
	if s.Doubtful > 0 {
		fmt.Fprintf(&sb, "\n%s brought something else than the stored article, which stays: newsmill errors --class doubtful", plural(s.Doubtful, "check"))
	}
	show := func(class string, n int) {
		classes = append(classes, slog.Int(class, n))
		fmt.Fprintf(tw, "\n  %d\t%s\t%s", n, class, scraper.Info(scraper.Class(class)).About)
	}
	for _, c := range out.Classes {
		show(c.Class, c.Count)
	}
	for _, c := range scraper.Classes() {
		if n := s.Classes[string(c.Name)]; n > 0 && c.State == storage.JobSkipped {
			show(string(c.Name), n)
		}
	}
	tw.Flush()
	if s.LeftWaiting {
		sb.WriteString("\nSome addresses wait for the next run.")
	}
	if out.Failed > 0 {
		sb.WriteString("\nnewsmill errors --failed lists what failed.")
	}
	a.say(slog.LevelInfo, sb.String(), "crawled", "sources", sources, "requests", s.Fetched, "ms", s.Elapsed.Milliseconds(), "new", s.Stored,
		"changed", s.Changed, "unchanged", s.Unchanged, "no_article", s.NotArticle, "doubtful", s.Doubtful, "skipped", s.Skipped, "failed", out.Failed-out.Retrying,
		"retrying", out.Retrying, "left_waiting", s.LeftWaiting, slog.Group("classes", classes...))
}

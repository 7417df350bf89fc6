package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/cmd/newsmill/term"
	"newsmill/scraper"
	"newsmill/storage"
)

type scrapeFlags struct {
	net     netFlags
	from    string
	format  string
	noStore bool
}

func newScrapeCmd(a *app) *cobra.Command {
	var f scrapeFlags
	cmd := &cobra.Command{
		Use:   "scrape URL ...",
		Short: "Fetch, clean and print single pages",
		Long: `Scrape fetches the pages at the given addresses, prints what the cleaner makes of them, and stores the articles among
them (not with --no-store). robots.txt and delays hold as in a crawl. A page that is no article is printed all the
same, with a note on standard error, and not stored.`,
		Example: `  newsmill scrape https://example.org/news/1
  newsmill scrape --no-store --format markdown https://example.org/news/1
  newsmill scrape --from urls.txt --format json > articles.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.scrape(cmd, &f, args) },
	}
	f.net.add(cmd.Flags())
	cmd.Flags().StringVar(&f.from, "from", "", "`file` with addresses, one a line; - for standard input")
	cmd.Flags().BoolVar(&f.noStore, "no-store", false, "print only: needs no database")
	choiceVar(cmd.Flags(), &f.format, "format", "text", []string{"text", "markdown", "json", "html"}, "what to print")
	return cmd
}

func (a *app) scrape(cmd *cobra.Command, f *scrapeFlags, args []string) (err error) {
	ctx := cmd.Context()
	config, err := a.config()
	if err != nil {
		return err
	}
	if len(args) == 0 && f.from == "" {
		return usageErrorf("no address given: newsmill scrape https://example.org/news/1")
	}
	opt := f.net.options(cmd, a, config)
	if opt.Sources, err = a.named(config, f.from, args); err != nil {
		return err
	}
	var db *storage.Writer
	if !f.noStore {
		if db, err = a.openToWrite(ctx, f.net.lockTimeout); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		opt.RunID, err = db.StartRun(ctx, storage.Run{Command: "scrape", Arguments: secretless(os.Args[1:]), Version: version(), CleanerVersion: cleaner.Version, StartedAt: a.now()})
		if err != nil {
			return err
		}
	}
	out := bufio.NewWriter(a.stdout)
	failed, unreached, shown, first := 0, 0, 0, ""
	stats, scrapeErr := scraper.Scrape(ctx, db, opt, func(p scraper.Scraped) error {
		if p.Result == nil {
			failed++
			if isUnreached(storage.ArticleJob, p.Ending.Class) {
				unreached++
			}
			first = cmp.Or(first, fmt.Sprintf("%s: %s: %s", p.URL, p.Ending.Class, p.Ending.Message))
			a.complain(p.URL, p.Ending.Class, p.Ending.Message)
			return nil
		}
		if note := p.Note(); note != "" {
			a.note("newsmill: %s: %s", term.OneLine(p.URL), term.OneLine(note))
		}
		if shown++; shown > 1 && f.format != "json" {
			fmt.Fprint(out, "\n")
		}
		if err := a.printScraped(out, p.Result, f.format, len(args) == 1); err != nil {
			return err
		}
		return out.Flush()
	})
	result := scrapeErr
	if scrapeErr == nil && failed > 0 {
		result = scrapeFailures(failed, failed+shown, first, unreached == failed+shown)
	}
	if db != nil {
		if err := a.finishRun(ctx, db, opt.RunID, stats, failed, result); err != nil && scrapeErr == nil { // else its consequence
			return errors.Join(result, err)
		}
	}
	return result
}

// scrapeFailures is how a scrape ends of which failed of total pages could not be had, the first of them as it says.
func scrapeFailures(failed, total int, first string, nothing bool) error {
	code, more := exitPartial, ""
	if nothing {
		code = exitNothing
	}
	if failed > 1 {
		more = fmt.Sprintf(" (and %d more of %d: newsmill scrape without --quiet names each)", failed-1, total)
	}
	return toldError{&codedError{code, errors.New(first + more)}}
}

func (a *app) printScraped(out *bufio.Writer, r *cleaner.Result, format string, pretty bool) error {
	switch format {
	case "json":
		return writeJSON(out, r.Article.Record(), pretty)
	case "markdown":
		_, err := fmt.Fprintln(out, a.printable(strings.TrimRight(article.Markdown(&r.Article), "\n")))
		return err
	case "html":
		_, err := fmt.Fprintln(out, a.printable(article.HTML(&r.Article)))
		return err
	}
	_, err := fmt.Fprintf(out, "%s\n", a.printable(r.Article.Text))
	return err
}

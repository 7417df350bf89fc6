package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/cmd/newsmill/term"
	"newsmill/configs"
	"newsmill/scraper"
	"newsmill/storage"
)

type recleanFlags struct {
	write   writeFlags
	sources []string
	since   time.Time
	dryRun  bool
	restart bool
	diff    bool
	json    bool
}

func newRecleanCmd(a *app) *cobra.Command {
	var f recleanFlags
	cmd := &cobra.Command{
		Use:   "reclean",
		Short: "Clean the stored raw pages again, with today's cleaner and configuration",
		Long: `Reclean runs the cleaner over the raw pages in the database, on all cores and without fetching anything. An article
that comes out differently gets a new version; newsmill show --diff tells them apart, and the old one is kept. A page
that was taken for no article may become one; one that is no article any more stays as it is.

Each change is a line: what changed, the article's id, its address. It may be stopped at any moment: the next run with
the same flags goes on there. Articles on several pages are left as they are, since only a part is in each raw page,
and so are those without a raw page, which are counted at the end (see keep_raw in the configuration).`,
		Example: `  newsmill reclean --dry-run
  newsmill reclean --dry-run --diff --source cgtn | less -R
  newsmill reclean --since 30d`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.reclean(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.Var((*commaList)(&f.sources), "source", "only pages of these `sources`")
	flags.Var(moment{value: &f.since, now: a.now}, "since", "only pages fetched since: 2026-11-01, 30d")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only say what would change")
	flags.BoolVar(&f.restart, "restart", false, "begin with the first page even if the last run was stopped")
	flags.BoolVar(&f.diff, "diff", false, "show what changes, word by word")
	flags.BoolVar(&f.json, "json", false, "print each change as a line of JSON")
	f.write.add(flags)
	return cmd
}

// recleanRecord is a change as JSON.
type recleanRecord struct {
	Change    storage.Change `json:"change"`
	ArticleID int64          `json:"article_id"`
	PageID    int64          `json:"page_id"`
	URL       string         `json:"url"`
	Error     *string        `json:"error"`
	OldTitle  string         `json:"old_title,omitempty"`
	NewTitle  string         `json:"new_title,omitempty"`
	OldText   string         `json:"old_text,omitempty"` // with --diff
	NewText   string         `json:"new_text,omitempty"` // with --diff
}

func (a *app) reclean(cmd *cobra.Command, f *recleanFlags) error {
	config, err := a.config()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(a.stdout)
	counts := map[storage.Change]int{}
	total, failed := 0, 0
	var printing error
	report := func(r storage.Recleaned) {
		total++
		counts[r.Change]++
		if r.Err != nil {
			failed++
		}
		if printing == nil {
			printing = a.printRecleaned(out, f, &r)
		}
		if total%64 == 0 {
			a.line.Set(fmt.Sprintf("%s cleaned, %d changed", plural(total, "page"), counts[storage.Changed]))
		}
	}
	if f.dryRun { // which brings no schema up to date
		db, err := a.reader(cmd.Context())
		if err != nil {
			return err
		}
		if err := db.Close(); err != nil {
			return err
		}
	}
	var without storage.NoRaw
	err = a.keeping(cmd, f.write, func(ctx context.Context, db *storage.Writer, run int64) error {
		opt := storage.RecleanOptions{
			CleanerVersion: cleaner.Version,
			Clean:          a.recleaner(config), Report: report,
			Sources: f.sources, Since: f.since, DryRun: f.dryRun, Restart: f.restart,
		}
		if err := db.Reclean(ctx, run, opt); err != nil {
			return err
		}
		without, err = db.WithoutRaw(ctx, opt)
		return err
	})
	if err == nil {
		err = printing
	}
	if flushing := out.Flush(); err == nil {
		err = flushing
	}
	if err != nil {
		return err
	}
	would := ""
	if f.dryRun {
		would = " would be"
	}
	a.note("%s cleaned:%s %d changed, %d updated (metadata alone), %d new; %d as they were, %d left alone, %d failed", plural(total, "page"), would,
		counts[storage.Changed], counts[storage.Updated], counts[storage.New], counts[storage.Unchanged], counts[storage.NoArticle]-failed, failed)
	if without.Total() > 0 {
		a.note("%s without a raw page left as they are: %d pruned, %d whose page asks for no copy (noarchive) and kept none, %d never kept",
			plural(without.Total(), "article"), without.Pruned, without.NoArchive, without.Never)
	}
	if failed > 0 {
		return toldError{partialErrorf("%d of %d pages could not be cleaned: newsmill reclean without --quiet names each", failed, total)}
	}
	return nil
}

// recleaner cleans a stored page as a crawl would.
func (a *app) recleaner(config *configs.Config) func(storage.RawPage) (*storage.Cleaned, error) {
	known := map[string]article.Site{}
	for _, s := range append(configs.Catalogue(), config.Sources...) {
		known[s.Key] = s.Site()
	}
	return func(p storage.RawPage) (*storage.Cleaned, error) {
		site, ok := known[p.Source]
		if !ok {
			site = config.SiteOf(p.URL)
		}
		address := p.FinalURL
		r, err := a.cleanPage(cleaner.Page{Body: p.Body, URL: address, ContentType: p.ContentType}, site)
		if err != nil || r.NextPage != "" {
			return nil, err
		}
		return scraper.Cleaned(r), nil
	}
}

func (a *app) printRecleaned(out *bufio.Writer, f *recleanFlags, r *storage.Recleaned) error {
	if r.Err == nil && (r.Change == storage.Unchanged || r.Change == storage.NoArticle) {
		return nil
	}
	if f.json {
		rec := recleanRecord{Change: r.Change, ArticleID: r.ArticleID, PageID: r.PageID, URL: r.URL, OldTitle: r.Old.Title, NewTitle: r.New.Title}
		if r.Err != nil {
			message := oneLine(r.Err)
			rec.Error = &message
		}
		if f.diff {
			rec.OldText, rec.NewText = r.Old.Text, r.New.Text
		}
		return writeJSON(out, rec, false)
	}
	if r.Err != nil {
		a.complain(r.URL, "", oneLine(r.Err))
		return nil
	}
	if a.global.quiet {
		return nil
	}
	fmt.Fprintf(out, "%-9s %6d  %s\n", r.Change, r.ArticleID, a.printable(r.URL))
	if !f.diff || r.Change != storage.Changed {
		return nil
	}
	rd := a.newReading(out)
	text := formatDiff(diffWords(r.Old.Title+"\n\n"+r.Old.Text, r.New.Title+"\n\n"+r.New.Text), rd.colored)
	for _, paragraph := range strings.Split(text, "\n") {
		for _, l := range term.Wrap(paragraph, rd.width-4, term.VisibleWidth) {
			rd.line("    " + l)
		}
	}
	rd.line("")
	return rd.err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"newsmill/cmd/newsmill/term"
	"newsmill/storage"
)

func newSearchCmd(a *app) *cobra.Command {
	var (
		filter filterFlags
		rows   rowFlags
		pager  pagerFlag
		opt    storage.SearchOptions
		order  string
		count  bool
	)
	cmd := &cobra.Command{
		Use:   "search QUERY",
		Short: "Search title, byline and text of the stored articles",
		Long: `Search prints the articles that match, the most relevant first, with the words around a hit.

  climate rain           both words, anywhere
  "sea level"            the phrase
  climate OR weather     either; AND and brackets work too
  climate -football      NOT, or a hyphen: without the word
  gov*                   words that begin so
  title:ferry            only in the title; byline: and text: work too
  北京大学                any part of Chinese, Japanese and Thai text; --substring does it for other scripts

These don't matter: case and accents (ΑΘΗΝΑ is Αθήνα, ё is е, but й is not и); how else letters are written (ß as ss,
æ œ þ as ae oe th, ø ł đ ð ı ŋ ħ ə as o l d d i n h e, ς as σ, ﬁ as fi, full width, digits of other scripts); Arabic
vowels, the stretching ـ and أ إ آ for ا, ى ی for ي, ک for ك, ة for ه; Hebrew points; whether an accent is part of its
letter or a character of its own. Hiragana and katakana are two.

A query that can't be read so is taken as plain words. Ranking looks at the newest
10,000 hits (fewer with filters and among substrings) and says so when there are more; --all ranks them all.`,
		Example: `  newsmill search 'climate AND (rain OR flood)' --since 7d
  newsmill search '"foreign ministers" -football' --source cgtn,bbc-news --unique
  newsmill search 'title:ferry' --order date --limit 5
  newsmill search 经济 --json`,
		Args: takes(1, many, "words to look for"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if opt.Limit < 1 || opt.Offset < 0 {
				return usageErrorf("--limit must be at least 1 and --offset at least 0")
			}
			opt.Filter, opt.Order = filter.filter(), storage.Order(order)
			if count { // all of them, in the order that costs least
				opt.All, opt.Order, opt.Limit, opt.Offset = true, storage.ByStored, 1, 0
			}
			db, err := a.reader(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			found, err := db.Search(cmd.Context(), strings.Join(args, " "), opt)
			if err != nil {
				return err
			}
			if found.Note != "" {
				a.note("%s", found.Note)
			}
			if found.Total == 0 {
				a.noteNothing(cmd.Context(), db, strings.Join(args, " "), opt)
			}
			if count {
				_, err := fmt.Fprintln(a.stdout, found.Total)
				return err
			}
			format := rows.chosen()
			err = a.paged(pager, func(w io.Writer) error {
				if format == "table" {
					return a.writeHits(w, found.Items)
				}
				for i := range found.Items {
					found.Items[i].Snippet = strings.NewReplacer(storage.Mark, "", storage.Unmark, "").Replace(found.Items[i].Snippet)
				}
				return writeRows(a, w, format, hitColumns, found.Items)
			})
			if err == nil && format == "table" {
				a.noteHits(found)
			}
			return err
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var unknown *pflag.NotExistError
		err, isUnknown := flagError(cmd, err), errors.As(err, &unknown)
		if isUnknown && unknown.GetSpecifiedShortnames() != "" {
			return fmt.Errorf("%w: a query that begins with a hyphen comes after --", err)
		}
		return err
	})
	flags := cmd.Flags()
	filter.add(flags, a.now)
	choiceVar(flags, &order, "order", "relevance", []string{"relevance", "date", "stored"}, "relevance: best first; date: newest publication first; stored: last stored first")
	flags.IntVarP(&opt.Limit, "limit", "n", 20, "at most `N` articles")
	flags.IntVar(&opt.Offset, "offset", 0, "leave out the first `N`")
	flags.BoolVar(&opt.All, "all", false, "rank all hits, not only the newest 10,000")
	flags.BoolVar(&opt.Substring, "substring", false, "find parts of words too")
	flags.BoolVar(&count, "count", false, "print only how many there are, all counted")
	rows.add(flags)
	pager.add(flags)
	return cmd
}

var hitColumns = append(itemColumns[:len(itemColumns):len(itemColumns)],
	column[storage.Item]{name: "snippet", value: func(it storage.Item) string { return it.Snippet }},
	column[storage.Item]{name: "score", value: func(it storage.Item) string { return fmt.Sprintf("%.4g", it.Score) }})

// noteNothing says that nothing was found, and what may have been meant.
func (a *app) noteNothing(ctx context.Context, db *storage.DB, query string, opt storage.SearchOptions) {
	if a.global.quiet || a.noteEmpty(ctx, db, opt.Sources) {
		return
	}
	if better, err := db.Suggest(ctx, query, opt); err == nil && better != "" {
		a.note("nothing found: did you mean %s?", quoteArgs([]string{better}))
		return
	}
	a.note("nothing found")
}

// noteHits says how many there are, on standard error.
func (a *app) noteHits(found *storage.Results) {
	switch {
	case found.Total == 0: // noteNothing said so
	case found.OnlyFirst:
		a.note("%s of more than %s: only the newest were looked at, --all looks at all", thousands(len(found.Items)), plural(found.Total, "article"))
	case !found.Exact:
		a.note("%s of at least %s", thousands(len(found.Items)), plural(found.Total, "article"))
	case len(found.Items) < found.Total:
		a.note("%s of %s", thousands(len(found.Items)), plural(found.Total, "article"))
	default:
		a.note("%s", plural(found.Total, "article"))
	}
}

// writeHits prints each hit as a line of the table and, under it, the words around it.
func (a *app) writeHits(w io.Writer, items []storage.Item) error {
	width, colored := a.width(), a.colored()
	idWidth, sourceWidth := 2, 6
	for _, it := range items {
		idWidth = max(idWidth, len(fmt.Sprint(it.ID)))
		sourceWidth = min(max(sourceWidth, term.Width(it.Source)), 20)
	}
	indent := strings.Repeat(" ", idWidth+2)
	for _, it := range items {
		lead := fmt.Sprintf("%*d  %s  %s  ", idWidth, it.ID, itemDay(it), term.Pad(term.Cut(term.OneLine(it.Source), sourceWidth), sourceWidth))
		title := term.OneLine(it.Title)
		if a.columns() > 0 {
			title = term.Cut(title, max(width-term.Width(lead), 20))
		}
		if colored {
			title = term.Bold + title + term.Reset
		}
		if _, err := fmt.Fprintln(w, lead+title); err != nil {
			return err
		}
		snippet := term.OneLine(it.Snippet)
		if snippet == "" {
			continue
		}
		for _, line := range wrapMarked(snippet, width-len(indent)) {
			if _, err := fmt.Fprintln(w, indent+highlight(line, colored)); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrapMarked breaks a snippet into lines. A hit that is broken is marked on both lines.
func wrapMarked(snippet string, width int) []string {
	var lines []string
	open := false
	for _, line := range term.Wrap(snippet, width, func(s string) int {
		return term.Width(strings.NewReplacer(storage.Mark, "", storage.Unmark, "").Replace(s))
	}) {
		if open {
			line = storage.Mark + line
		}
		open = strings.Count(line, storage.Mark) > strings.Count(line, storage.Unmark)
		if open {
			line += storage.Unmark
		}
		lines = append(lines, line)
	}
	return lines
}

func highlight(line string, colored bool) string {
	if !colored {
		return strings.NewReplacer(storage.Mark, "", storage.Unmark, "").Replace(line)
	}
	return term.Faint + strings.NewReplacer(storage.Mark, term.Reset+term.Bold+term.Yellow, storage.Unmark, term.Reset+term.Faint).Replace(line) + term.Reset
}

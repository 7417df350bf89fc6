package main

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

// rowsInTable is how many rows a table has when --limit doesn't say.
const rowsInTable = 50

func newListCmd(a *app) *cobra.Command {
	var (
		filter filterFlags
		rows   rowFlags
		pager  pagerFlag
		order  string
		doubt  bool
		limit  int
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the stored articles, newest first",
		Long: `List prints a line for each stored article, the newest first: fifty in a table, all of them in the other
formats, or as many as --limit says (0: all).

With --doubtful those come first whose text is least probably right, by their confidence: look at them with
newsmill show --removed, or clean their pages with newsmill clean --explain, which says why. Articles that an earlier
version stored have no confidence until newsmill reclean, and are left out.`,
		Example: `  newsmill list
  newsmill list --source cgtn --since 7d --unique
  newsmill list --author 'Xiang' --limit 0 --format csv > articles.csv
  newsmill list --doubtful --source cgtn
  newsmill list --format jsonl | jq -r .url`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			format := rows.chosen()
			if !cmd.Flags().Changed("limit") && format == "table" {
				limit = rowsInTable
			}
			db, err := a.reader(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			columns, sorted, isByDoubt := itemColumns, storage.Order(order), doubt || filter.below > 0
			if isByDoubt {
				columns = doubtColumns
			}
			if doubt {
				sorted = storage.ByDoubt
			}
			items, err := db.List(cmd.Context(), filter.filter(), sorted, limit, 0)
			if err != nil {
				return err
			}
			if len(items) == 0 && !a.noteEmpty(cmd.Context(), db, filter.sources) {
				hint := ""
				if isByDoubt {
					hint = ": those of an earlier version have no confidence until newsmill reclean"
				}
				a.note("no articles pass these filters%s", hint)
			}
			err = a.paged(pager, func(w io.Writer) error { return writeRows(a, w, format, columns, items) })
			if err != nil || format != "table" || len(items) < limit || limit == 0 {
				return err
			}
			a.noteMore(cmd.Context(), db, filter.filter(), len(items))
			return nil
		},
	}
	flags := cmd.Flags()
	filter.add(flags, a.now)
	choiceVar(flags, &order, "order", "date", []string{"date", "stored"}, "date: newest publication first; stored: last stored first")
	flags.BoolVar(&doubt, "doubtful", false, "those first whose text is least probably right")
	cmd.MarkFlagsMutuallyExclusive("order", "doubtful")
	flags.IntVarP(&limit, "limit", "n", 0, "at most `N` articles; 0: all")
	rows.add(flags)
	pager.add(flags)
	return cmd
}

// countPatience is how long whoever asked for a list waits for the number of all: with some filters every article is read.
const countPatience = 60 * time.Millisecond

// noteMore says how many articles there are beside those that were listed.
func (a *app) noteMore(ctx context.Context, db *storage.DB, f storage.Filter, listed int) {
	short, cancel := context.WithTimeout(ctx, countPatience)
	defer cancel()
	switch total, err := db.Count(short, f); {
	case err != nil:
		a.note("the first %s: --limit 0 lists all", plural(listed, "article"))
	case total > listed:
		a.note("%s of %s: --limit 0 lists all", thousands(listed), plural(total, "article"))
	}
}

// itemColumns are the columns of lists of articles.
var itemColumns = []column[storage.Item]{
	{name: "id", value: func(it storage.Item) string { return strconv.FormatInt(it.ID, 10) }, right: true},
	{name: "published_at", value: func(it storage.Item) string { return it.PublishedAt }, hide: true},
	{name: "date", value: itemDay, hide: false},
	{name: "source", value: func(it storage.Item) string { return it.Source }, grow: true},
	{name: "title", value: func(it storage.Item) string { return it.Title }, grow: true},
	{name: "words", value: func(it storage.Item) string { return strconv.Itoa(it.WordCount) }, right: true},
	{name: "byline", value: func(it storage.Item) string { return it.Byline }, hide: true},
	{name: "authors", value: func(it storage.Item) string { return strings.Join(it.Authors, "; ") }, hide: true},
	{name: "language", value: func(it storage.Item) string { return it.Language }, hide: true},
	{name: "section", value: func(it storage.Item) string { return it.Section }, hide: true},
	{name: "first_seen_at", value: func(it storage.Item) string { return it.FirstSeenAt.UTC().Format(time.RFC3339) }, hide: true},
	{name: "paywalled", value: func(it storage.Item) string { return strconv.FormatBool(it.Paywalled) }, hide: true},
	{name: "confidence", value: func(it storage.Item) string { return confidenceCell(it.Confidence) }, hide: true, right: true},
	{name: "story_id", value: func(it storage.Item) string { return strconv.FormatInt(it.StoryID, 10) }, hide: true},
	{name: "description", value: func(it storage.Item) string { return it.Description }, hide: true},
	{name: "url", value: func(it storage.Item) string { return it.URL }, hide: true},
}

// doubtColumns are itemColumns with the confidence in tables, too.
var doubtColumns = func() []column[storage.Item] {
	columns := slices.Clone(itemColumns)
	for i := range columns {
		if columns[i].name == "confidence" {
			columns[i].hide = false
		}
	}
	return columns
}()

// itemDay is the day of publication, else of the day on which the article was first seen.
func itemDay(it storage.Item) string {
	if len(it.PublishedAt) >= len(time.DateOnly) {
		return it.PublishedAt[:len(time.DateOnly)]
	}
	return it.FirstSeenAt.UTC().Format(time.DateOnly)
}

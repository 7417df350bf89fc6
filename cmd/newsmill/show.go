package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"newsmill/cleaner/article"
	"newsmill/cmd/newsmill/term"
	"newsmill/storage"
)

type showFlags struct {
	format  string
	json    bool
	removed bool
	history bool
	doubts  bool
	diff    string
	pager   pagerFlag
}

func newShowCmd(a *app) *cobra.Command {
	var f showFlags
	cmd := &cobra.Command{
		Use:   "show ID|URL ...",
		Short: "Read a stored article",
		Long: `Show lays stored articles out for reading: metadata, then the text, wrapped, with headings, lists and links.
An article is named by its id, as list and search print it, or by any address that led to it.`,
		Example: `  newsmill show 42
  newsmill show https://www.example.org/news/ferry-returns
  newsmill show 42 --removed
  newsmill show 42 --history
  newsmill show 42 --doubts
  newsmill show 42 --diff
  newsmill show 42 --diff=1..3
  newsmill show 42 --format markdown > article.md`,
		Args: takes(1, many, "the id or the address of an article"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.json {
				f.format = "json"
			}
			if f.asked() > 1 {
				return usageErrorf("choose one of --removed, --history, --doubts and --diff")
			}
			return a.showArticles(cmd.Context(), &f, args)
		},
	}
	flags := cmd.Flags()
	choiceVar(flags, &f.format, "format", "read", []string{"read", "text", "markdown", "json", "html"}, "read: laid out for reading")
	flags.BoolVar(&f.json, "json", false, "the same as --format json")
	flags.BoolVar(&f.removed, "removed", false, "show what was stripped from the page, with label and reason")
	flags.BoolVar(&f.history, "history", false, "list the article's versions")
	flags.BoolVar(&f.doubts, "doubts", false, "list what later checks brought that was not believed, and did not take the article's place")
	flags.StringVar(&f.diff, "diff", "", "show what changed, word by word: since the version before, or between `FROM..TO`")
	flags.Lookup("diff").NoOptDefVal = "last"
	f.pager.add(flags)
	return cmd
}

// asked counts the flags that show something else than the article.
func (f *showFlags) asked() int {
	n := 0
	for _, isAsked := range []bool{f.removed, f.history, f.doubts, f.diff != ""} {
		if isAsked {
			n++
		}
	}
	return n
}

func (a *app) showArticles(ctx context.Context, f *showFlags, args []string) error {
	db, err := a.reader(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	var ids []int64
	missing := 0
	for _, arg := range args {
		id, err := db.Find(ctx, arg)
		if errors.Is(err, storage.ErrNotFound) {
			a.complain("", "", fmt.Sprintf("no article %s in %s: %s", arg, db.Path(), whyMissing(ctx, db, arg)))
			missing++
			continue
		}
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	missed := failures(missing, len(args), "articles are not in "+db.Path()+": newsmill show without --quiet says why")
	if len(ids) == 0 {
		return missed
	}
	err = a.paged(f.pager, func(w io.Writer) error {
		for i, id := range ids {
			if i > 0 && f.format != "json" {
				fmt.Fprintln(w)
			}
			if err := a.showArticle(ctx, w, f, db, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return missed
	}
	return err
}

// whyMissing says of an address that is no article how it ended, if a crawl knows it.
func whyMissing(ctx context.Context, db *storage.DB, address string) string {
	e, err := db.Ending(ctx, address)
	switch {
	case err != nil:
		return "newsmill list and newsmill search show what there is"
	case e.Class == "":
		return "a crawl found the address and has not fetched it yet"
	case e.Message == "":
		return "it ended as " + e.Class
	}
	return term.OneLine("it ended as " + e.Class + ": " + e.Message)
}

func (a *app) showArticle(ctx context.Context, w io.Writer, f *showFlags, db *storage.DB, id int64) error {
	switch {
	case f.history:
		return a.showHistory(ctx, w, f, db, id)
	case f.doubts:
		return a.showDoubts(ctx, w, f, db, id)
	case f.diff != "":
		return a.showDiff(ctx, w, f, db, id)
	case f.removed:
		return a.showRemoved(ctx, w, f, db, id)
	}
	art, err := db.Article(ctx, id)
	if err != nil {
		return err
	}
	art.Body = parseMarkdown(art.Markdown)
	switch f.format {
	case "read":
		return a.readArticle(w, art)
	case "json":
		return writeJSON(w, art.Record(), true)
	case "markdown":
		_, err = io.WriteString(w, a.printable(strings.TrimRight(art.Markdown, "\n"))+"\n")
	default:
		_, err = io.WriteString(w, a.printable(render(&art.Article, f.format))+"\n")
	}
	return err
}

// readArticle lays an article out: title, what is known of it, text, what stands beside the text.
func (a *app) readArticle(w io.Writer, art *storage.Article) error {
	r := a.newReading(w)
	r.title(art.Title)
	r.line("")
	r.metadata(&art.Article)
	r.field("source", art.Source)
	id := strconv.FormatInt(art.ID, 10)
	if art.Version > 1 {
		id += fmt.Sprintf(" (version %d: --diff shows what changed)", art.Version)
	}
	r.field("id", id)
	r.article(&art.Article)
	return r.err
}

// metadata writes the fields that an article has, a line each.
func (r *reading) metadata(art *article.Article) {
	r.field("byline", art.Byline)
	if art.Byline == "" {
		r.field("by", strings.Join(art.AuthorNames(), ", "))
	}
	r.field("published", momentForPeople(art.PublishedAt))
	if art.ModifiedAt.String() != art.PublishedAt.String() {
		r.field("changed", momentForPeople(art.ModifiedAt))
	}
	r.field("section", art.Section)
	r.field("tags", strings.Join(art.Tags, ", "))
	r.field("language", art.Language)
	if art.WordCount > 0 {
		r.field("length", plural(art.WordCount, "word"))
	}
	r.field("confidence", confidenceForPeople(art.Confidence))
	if art.Paywall.Closed {
		r.field("paywall", "the page shows only a part of the article")
	}
	address := art.CanonicalURL
	if address == "" {
		address = art.URL
	}
	r.field("address", address)
}

// confidenceForPeople is a confidence with what it means; nothing where it is not known.
func confidenceForPeople(p float64) string {
	switch {
	case p == 0:
		return ""
	case p < article.Doubtful:
		return fmt.Sprintf("%.2f: the text is doubtful", p)
	}
	return fmt.Sprintf("%.2f", p)
}

// article writes the text and what stands beside it.
func (r *reading) article(art *article.Article) {
	if art.Description != "" && !strings.Contains(art.Text, art.Description) {
		r.line("")
		r.paragraph(article.Node{Text: art.Description, Spans: []article.Span{{Kind: article.EmphasisSpan, End: len(art.Description)}}}, "", "")
	}
	beside := func(name, text string) { // what the text itself has is not shown twice
		if !strings.Contains(art.Text, text) {
			r.note(name, text)
		}
	}
	beside("Editor's note", art.EditorsNote)
	beside("Summary", art.AISummary)
	r.body(art.Body, "")
	for _, u := range art.Updates {
		beside(strings.TrimSpace(momentForPeople(u.At)+" "+u.Title), u.Text)
	}
	for _, box := range art.FactBoxes {
		beside("Facts", box)
	}
	for _, c := range art.Corrections {
		beside("Correction", c)
	}
	for _, d := range art.Disclaimers {
		beside("Note", d)
	}
	beside("About the author", art.AuthorBio)
	beside("Signed", art.SignOff)
	r.references()
}

// momentForPeople is a moment as people write it.
func momentForPeople(m article.Moment) string {
	switch {
	case m.IsZero():
		return ""
	case !m.HasClock:
		return m.Time.Format("2 January 2006")
	case !m.HasZone:
		return m.Time.Format("2 January 2006, 15:04")
	}
	return m.Time.Format("2 January 2006, 15:04 MST")
}

func (a *app) showRemoved(ctx context.Context, w io.Writer, f *showFlags, db *storage.DB, id int64) error {
	blocks, err := db.Removed(ctx, id)
	if err != nil {
		return err
	}
	if f.format == "json" {
		return writeJSON(w, blocks, true)
	}
	return writeRows(a, w, "table", []column[storage.RemovedBlock]{
		{name: "block", value: func(b storage.RemovedBlock) string { return strconv.Itoa(b.Position) }, right: true},
		{name: "label", value: func(b storage.RemovedBlock) string { return b.Label }},
		{name: "reason", value: func(b storage.RemovedBlock) string { return b.Reason }, spare: true},
		{name: "text", value: func(b storage.RemovedBlock) string { return b.Text }, grow: true},
	}, blocks)
}

func (a *app) showHistory(ctx context.Context, w io.Writer, f *showFlags, db *storage.DB, id int64) error {
	versions, err := db.History(ctx, id)
	if err != nil {
		return err
	}
	if f.format == "json" {
		return writeJSON(w, versions, true)
	}
	return writeRows(a, w, "table", []column[storage.Version]{
		{name: "version", value: func(v storage.Version) string { return strconv.Itoa(v.Version) }, right: true},
		{name: "from", value: func(v storage.Version) string { return v.SeenFrom.UTC().Format(time.DateTime) }},
		{name: "replaced by", value: func(v storage.Version) string { return v.Cause }},
		{name: "words", value: func(v storage.Version) string { return strconv.Itoa(len(strings.Fields(v.Text))) }, right: true},
		{name: "title", value: func(v storage.Version) string { return v.Title }, grow: true},
	}, versions)
}

func (a *app) showDoubts(ctx context.Context, w io.Writer, f *showFlags, db *storage.DB, id int64) error {
	doubts, err := db.Doubts(ctx, id)
	if err != nil {
		return err
	}
	if f.format == "json" {
		return writeJSON(w, doubts, true)
	}
	return writeRows(a, w, "table", []column[storage.Doubt]{
		{name: "from", value: func(d storage.Doubt) string { return d.FirstSeenAt.UTC().Format(time.DateTime) }},
		{name: "state", value: func(d storage.Doubt) string { return d.State }},
		{name: "looks", value: func(d storage.Doubt) string { return strconv.Itoa(d.Times) }, right: true},
		{name: "reason", value: func(d storage.Doubt) string { return string(d.Reason) }},
		{name: "what came", value: func(d storage.Doubt) string { return d.Message }, grow: true},
	}, doubts)
}

func (a *app) showDiff(ctx context.Context, w io.Writer, f *showFlags, db *storage.DB, id int64) error {
	versions, err := db.History(ctx, id)
	if err != nil {
		return err
	}
	before, after, err := versionsToCompare(versions, f.diff)
	if err != nil {
		return err
	}
	r := a.newReading(w)
	r.line(r.style(term.Faint, fmt.Sprintf("version %d, %s -> version %d, %s", before.Version, before.SeenFrom.UTC().Format(time.DateTime),
		after.Version, after.SeenFrom.UTC().Format(time.DateTime))))
	r.line("")
	r.line(formatDiff(diffWords(term.OneLine(before.Title), term.OneLine(after.Title)), r.colored))
	r.line("")
	if before.Text == after.Text {
		note := "(the text is the same)"
		if before.Title == after.Title {
			note = "(title and text are the same: a correction or an editor's note was added or changed, see newsmill show)"
		}
		r.line(r.style(term.Faint, note))
		return r.err
	}
	for _, paragraph := range strings.Split(formatDiff(diffWords(before.Text, after.Text), r.colored), "\n") {
		for _, l := range term.Wrap(paragraph, r.width, term.VisibleWidth) {
			r.line(l)
		}
	}
	return r.err
}

// versionsToCompare finds the two versions that "last", "2" or "1..3" names.
func versionsToCompare(versions []storage.Version, spec string) (before, after storage.Version, err error) {
	if len(versions) < 2 {
		return before, after, &codedError{exitNothing, errors.New("the article has one version only: nothing has changed")}
	}
	from, to := versions[len(versions)-2].Version, versions[len(versions)-1].Version
	if spec != "last" {
		left, right, ranged := strings.Cut(spec, "..")
		if from, err = strconv.Atoi(left); err == nil && ranged {
			to, err = strconv.Atoi(right)
		}
		if err != nil {
			return before, after, usageErrorf("--diff=%s: write --diff, --diff=2 or --diff=1..3", spec)
		}
	}
	i := slices.IndexFunc(versions, func(v storage.Version) bool { return v.Version == from })
	j := slices.IndexFunc(versions, func(v storage.Version) bool { return v.Version == to })
	if i < 0 || j < 0 {
		return before, after, usageErrorf("--diff=%s: there is no such version: --history lists them", spec)
	}
	return versions[i], versions[j], nil
}

package main

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"newsmill/cleaner/article"
	"newsmill/storage"
)

type exportFlags struct {
	filter  filterFlags
	format  string
	sinceID int64
	limit   int
	excel   bool
	share   string
	force   bool

	query     string
	substring bool
}

func newExportCmd(a *app) *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export [FILE|FOLDER|-]",
		Short: "Write the stored articles to files for other programs",
		Long: `Export writes articles in the order of their ids, in constant memory, while a crawl may go on:

  jsonl     a JSON object a line, named as the columns of the database
  csv       with a header line; --excel makes it safe to open in a spreadsheet
  parquet   for pandas, DuckDB, Spark
  markdown  a file an article in a folder, with front matter
  txt       a file an article in a folder, the text alone

With --share it writes a database for others instead: all articles with their versions and the search, but no raw pages, no
stripped blocks, and nothing of how they were crawled (addresses to ask, hosts, arguments of runs). Of databases it replaces,
with --force, only an earlier share or backup of the same one.

The format is told by the name's ending, or by --format; a name without one means jsonl, - or nothing is standard
output. An earlier export of that name is replaced; another file only with --force, and a database never but by --share. The last id
is printed at the end: with it as --since-id, the next export has only what came after. Articles that have changed since keep
their ids.`,
		Example: `  newsmill export articles.jsonl
  newsmill export --since 30d --lang de,fr month.parquet
  newsmill export --query '"sea level" OR flood' floods.csv
  newsmill export --format markdown --source cgtn notes/
  newsmill export --format jsonl --since-id 41200 | jq -r .title
  newsmill export --share for-colleagues.db`,
		Args: takes(0, 1, "one file or folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			target := "-"
			if f.share != "" {
				return a.share(cmd, f.share, args)
			}
			if len(args) > 0 {
				target = args[0]
			}
			return a.export(cmd, &f, target)
		},
	}
	flags := cmd.Flags()
	f.filter.add(flags, a.now)
	choiceVar(flags, &f.format, "format", "", []string{"jsonl", "csv", "parquet", "markdown", "txt"}, "what to write; the default is told by the name's ending, jsonl if it has none")
	flags.Int64Var(&f.sinceID, "since-id", 0, "only articles with a greater `id`")
	flags.IntVarP(&f.limit, "limit", "n", 0, "at most `N` articles; 0: all")
	flags.StringVar(&f.query, "query", "", "only articles that newsmill search finds with this `query`")
	flags.BoolVar(&f.substring, "substring", false, "with --query: find parts of words too")
	flags.StringVar(&f.share, "share", "", "write a database without raw pages and what is private to a new `file`; takes no other flag")
	flags.BoolVar(&f.force, "force", false, "replace a file that this command did not write; of databases only, with --share, an earlier copy of this one")
	flags.BoolVar(&f.excel, "excel", false, "CSV: a byte order mark, and an apostrophe before what a spreadsheet would run as a formula")
	return cmd
}

// writeArticles is one format of export: it writes articles and returns how many there were, and the last one's id.
type writeArticles func(w io.Writer, articles iter.Seq2[*storage.Article, error]) (n int, last int64, err error)

func (a *app) export(cmd *cobra.Command, f *exportFlags, name string) error {
	format, err := a.exportFormat(f.format, name)
	if err != nil {
		return err
	}
	toFolder := format == "markdown" || format == "txt"
	var out *target
	switch {
	case f.excel && format != "csv":
		return usageErrorf("--excel is for CSV, not for %s", format)
	case toFolder && name == "-":
		return usageErrorf("%s is a file for each article: name a folder", format)
	case format == "parquet" && name == "-" && a.isTerminal(a.stdout):
		return usageErrorf("parquet is no text: name a file")
	}
	if toFolder {
		err = a.spare(name)
	} else {
		out, err = a.newTarget(name, targetOptions{force: f.force, wrote: isExport})
	}
	if err != nil {
		return err
	}
	db, err := a.reader(cmd.Context())
	if err != nil {
		return err
	}
	defer db.Close()
	articles := a.watched(f.limit, db.Articles(cmd.Context(), storage.ExportOptions{
		Filter: f.filter.filter(), Query: f.query, Substring: f.substring, SinceID: f.sinceID,
	}))
	var n, foreign int
	var last int64
	if toFolder {
		e := folderExport{app: a, db: db, dir: name, format: format, force: f.force}
		n, last, err = e.write(cmd.Context(), articles)
		foreign = e.foreign
	} else {
		err = out.write(func(w io.Writer) (err error) {
			n, last, err = a.exporter(f, format)(w, articles)
			return err
		})
	}
	a.line.Clear()
	if err != nil {
		return err
	}
	if n == 0 {
		if !a.noteEmpty(cmd.Context(), db, f.filter.sources) {
			a.note("no articles to export")
		}
		return nil
	}
	a.note("%s exported, the last with id %d: --since-id %[2]d goes on from there", plural(n, "article"), last)
	if foreign > 0 {
		return partialErrorf("%s: %s that no export wrote left as they are: choose another folder, or replace them with --force", name, plural(foreign, "file"))
	}
	return nil
}

// share writes a database for others to a new file.
func (a *app) share(cmd *cobra.Command, target string, args []string) error {
	other := ""
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Changed && f.Name != "share" && f.Name != "force" {
			other = "--" + f.Name
		}
	})
	if other != "" || len(args) > 0 {
		return usageErrorf("--share writes all articles to the file that it names: leave out %s", strings.TrimSpace(other+" "+strings.Join(args, " ")))
	}
	force, _ := cmd.Flags().GetBool("force")
	if err := a.checkBackup(target, force); err != nil {
		return err
	}
	db, err := a.reader(cmd.Context())
	if err != nil {
		return err
	}
	defer db.Close()
	if err := supersedes(cmd.Context(), db, target); err != nil {
		return err
	}
	share := func(file string) error { return db.Share(cmd.Context(), file) }
	if fi, e := os.Stat(target); e == nil && !fi.Mode().IsRegular() {
		err = a.copyThrough(target, share)
	} else {
		err = share(target)
	}
	if err != nil {
		return err
	}
	n, err := db.Count(cmd.Context(), storage.Filter{})
	if err != nil {
		return err
	}
	a.note("%s shared in %s (%s), without raw pages and stripped blocks", plural(n, "article"), target, size(fileSize(target)))
	return nil
}

// exporter is the function that writes a format to one file.
func (a *app) exporter(f *exportFlags, format string) writeArticles {
	switch format {
	case "csv":
		return func(w io.Writer, articles iter.Seq2[*storage.Article, error]) (int, int64, error) {
			return writeCSVArticles(w, articles, f.excel, a.printing())
		}
	case "parquet":
		return storage.WriteParquet
	}
	return writeJSONL
}

// watched is the sequence cut to a limit (0: none), with progress on the terminal.
func (a *app) watched(limit int, articles iter.Seq2[*storage.Article, error]) iter.Seq2[*storage.Article, error] {
	return func(yield func(*storage.Article, error) bool) {
		n := 0
		for art, err := range articles {
			if !yield(art, err) {
				return
			}
			if n++; n == limit {
				return
			}
			if n%256 == 0 {
				a.line.Set(plural(n, "article") + " written")
			}
		}
	}
}

// exportEndings are the endings of names that say a format, in any case.
var exportEndings = map[string]string{
	"jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv", "parquet": "parquet",
}

// exportFormat is the format that --format or the name's ending says. What is there and no file has a name without meaning.
func (a *app) exportFormat(format, name string) (string, error) {
	if err := a.spare(name); name != "-" && err != nil {
		return "", err // more to the point than that .db is no format
	}
	fi, err := os.Stat(name)
	switch {
	case format != "":
		return format, nil
	case name == "-" || err == nil && !fi.Mode().IsRegular() && !fi.IsDir():
		return "jsonl", nil
	case err == nil && fi.IsDir():
		return "", usageErrorf("%s is a folder: --format markdown or txt writes a file an article into it", name)
	}
	ending := strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
	if strings.Trim(ending, "0123456789-_") == "" { // none, a date, a number
		return "jsonl", nil
	}
	if format = exportEndings[ending]; format == "" {
		return "", usageErrorf("%s: .%s is no format of export: end the name in .jsonl, .csv or .parquet, or say with --format what to write (markdown and txt: into a folder)", name, ending)
	}
	return format, nil
}

// The beginnings of files that export writes, of all versions.
var (
	exportedJSON = regexp.MustCompile(`^\{"id":\d+,"url":"(?:[^"\\]|\\.)*","canonical_url":"`)
	exportedCSV  = regexp.MustCompile(`^(?:\x{FEFF})?id,url,canonical_url,(?:title|source),`) // as older ones wrote it, too
)

// isExport reports whether a file is what export writes, in whatever format: it is told by its content.
func isExport(file *os.File) bool {
	head := make([]byte, 1<<16)
	n, err := file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return false
	}
	head = head[:n]
	if exportedJSON.Match(head) || exportedCSV.Match(head) {
		return true
	}
	return storage.IsParquet(file)
}

func writeJSONL(w io.Writer, articles iter.Seq2[*storage.Article, error]) (n int, last int64, err error) {
	for art, err := range articles {
		if err != nil {
			return n, last, err
		}
		if err := writeJSON(w, art.Record(), false); err != nil {
			return n, last, err
		}
		n, last = n+1, art.ID
	}
	return n, last, nil
}

// csvCells are the columns of CSV, in order, and what they hold of an article: all of its record but the Markdown.
func csvCells(art *storage.Article) (names, cells []string) {
	for _, m := range art.Record() {
		if m.Name != "markdown" {
			names, cells = append(names, m.Name), append(cells, article.Cell(m.Value))
		}
	}
	return names, cells
}

// writeCSVArticles writes CSV as RFC 4180 has it, but with line feeds alone: the encoder would else put carriage
// returns into the texts, too. With excel a byte order mark says that it is UTF-8, and what a
// spreadsheet would run as a formula gets an apostrophe.
func writeCSVArticles(w io.Writer, articles iter.Seq2[*storage.Article, error], excel bool, printable func(string) string) (n int, last int64, err error) {
	if excel {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return 0, 0, err
		}
	}
	out := csv.NewWriter(w)
	names, _ := csvCells(&storage.Article{})
	out.Write(names) // errors are kept until Flush
	for art, err := range articles {
		if err != nil {
			return n, last, err
		}
		_, record := csvCells(art)
		for i := range record {
			record[i] = printable(record[i])
			if excel && strings.IndexAny(record[i], "=+-@\t\r") == 0 {
				record[i] = "'" + record[i]
			}
		}
		if err := out.Write(record); err != nil {
			return n, last, err
		}
		n, last = n+1, art.ID
	}
	out.Flush()
	return n, last, out.Error()
}

// frontMatter is what stands above the text in a Markdown file.
type frontMatter struct {
	Title     string   `yaml:"title"`
	Date      string   `yaml:"date,omitempty"`
	Authors   []string `yaml:"authors,omitempty"`
	Source    string   `yaml:"source"`
	URL       string   `yaml:"url"`
	Language  string   `yaml:"language,omitempty"`
	Section   string   `yaml:"section,omitempty"`
	Tags      []string `yaml:"tags,omitempty"`
	ID        int64    `yaml:"id"`
	Retrieved string   `yaml:"retrieved"`

	Byline      string   `yaml:"byline,omitempty"`
	Modified    string   `yaml:"modified,omitempty"`
	Site        string   `yaml:"site,omitempty"`
	Description string   `yaml:"description,omitempty"`
	Dateline    string   `yaml:"dateline,omitempty"`
	Image       string   `yaml:"image,omitempty"`
	EditorsNote string   `yaml:"editors_note,omitempty"`
	Corrections []string `yaml:"corrections,omitempty"`
	FactBoxes   []string `yaml:"fact_boxes,omitempty"`
	AuthorBio   string   `yaml:"author_bio,omitempty"`
	SignOff     string   `yaml:"sign_off,omitempty"`
	Disclaimers []string `yaml:"disclaimers,omitempty"`
	AISummary   string   `yaml:"ai_summary,omitempty"`
	Confidence  float64  `yaml:"confidence,omitempty"`
}

// folderExport writes a file an article.
type folderExport struct {
	app         *app
	db          *storage.DB
	dir, format string
	force       bool
	foreign     int // files that no export wrote, and that were left
}

func (e *folderExport) write(ctx context.Context, articles iter.Seq2[*storage.Article, error]) (n int, last int64, err error) {
	if err := e.app.makeFolder(e.dir); err != nil {
		return 0, 0, err
	}
	for art, err := range articles {
		if err != nil {
			return n, last, err
		}
		if err := e.writeFile(ctx, art); errors.Is(err, errForeign) {
			e.foreign++
			e.app.complain("", "", oneLine(err))
		} else if err != nil {
			return n, last, err
		}
		n, last = n+1, art.ID
	}
	return n, last, nil
}

func (e *folderExport) writeFile(ctx context.Context, art *storage.Article) error {
	text, ending := art.Text+"\n", ".txt"
	wrote := func(file *os.File) bool { return e.holds(ctx, art, file) }
	if e.format == "markdown" {
		text = markdownFile(art)
		ending, wrote = ".md", func(file *os.File) bool { return isArticleFile(file, art.ID) }
	}
	t, err := e.app.newTarget(filepath.Join(e.dir, exportName(art)+ending), targetOptions{force: e.force, wrote: wrote})
	if err != nil {
		return err
	}
	return t.writeString(text)
}

// isArticleFile reports whether a file is the Markdown of an article: its front matter has the id.
func isArticleFile(file *os.File, id int64) bool {
	head := make([]byte, 1<<16)
	n, _ := file.ReadAt(head, 0)
	matter, ok := strings.CutPrefix(string(head[:n]), "---\ntitle: ")
	matter, _, ended := strings.Cut(matter, "\n---\n")
	return ok && ended && slices.Contains(strings.Split(matter, "\n"), "id: "+strconv.FormatInt(id, 10))
}

// holds reports whether a file holds the text of an article and nothing else: today's, or that of an earlier version.
func (e *folderExport) holds(ctx context.Context, art *storage.Article, file *os.File) bool {
	same := func(text string) bool {
		fi, err := file.Stat()
		if err != nil || fi.Size() != int64(len(text))+1 {
			return false
		}
		found := make([]byte, fi.Size())
		_, err = file.ReadAt(found, 0)
		return err == nil && string(found) == text+"\n"
	}
	if same(art.Text) {
		return true
	}
	versions, err := e.db.History(ctx, art.ID)
	return err == nil && slices.ContainsFunc(versions, func(v storage.Version) bool { return same(v.Text) })
}

func markdownFile(art *storage.Article) string {
	front := frontMatter{
		Title: art.Title, Date: art.PublishedAt.String(), Authors: art.AuthorNames(), Source: art.Source, URL: art.URL,
		Language: art.Language, Section: art.Section, Tags: art.Tags, ID: art.ID, Retrieved: art.FetchedAt.UTC().Format(time.RFC3339),
		Byline: art.Byline, Modified: art.ModifiedAt.String(), Site: art.SiteName, Description: art.Description, Dateline: art.Dateline,
		EditorsNote: art.EditorsNote, Corrections: art.Corrections, FactBoxes: art.FactBoxes, AuthorBio: art.AuthorBio, SignOff: art.SignOff,
		Disclaimers: art.Disclaimers, AISummary: art.AISummary, Confidence: art.Confidence,
	}
	if art.Image != nil {
		front.Image = art.Image.URL
	}
	var sb strings.Builder
	sb.WriteString("---\n")
	writeFrontMatter(&sb, front)
	sb.WriteString("---\n\n" + strings.TrimRight(art.Markdown, "\n") + "\n")
	return sb.String()
}

// exportName is the name of an article's file: the day, words of the title, the id.
func exportName(art *storage.Article) string {
	day := art.FirstSeenAt.UTC()
	if !art.PublishedAt.IsZero() {
		day = art.PublishedAt.Time
	}
	name := day.Format(time.DateOnly)
	if s := slug(art.Title); s != "" {
		name += "-" + s
	}
	return name + "-" + strconv.FormatInt(art.ID, 10)
}

// slug is a title as part of a file name: letters and digits of any script, small, joined by hyphens, of at most 80
// bytes, since file names end at 255.
func slug(title string) string {
	const most = 80
	var sb strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if sb.Len()+len(string(r)) > most {
				return strings.TrimRight(sb.String(), "-")
			}
			sb.WriteRune(r)
		case sb.Len() > 0 && !strings.HasSuffix(sb.String(), "-") && sb.Len() < most:
			sb.WriteByte('-')
		}
	}
	return strings.TrimRight(sb.String(), "-")
}

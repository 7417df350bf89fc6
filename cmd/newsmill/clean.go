package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/configs"
)

// largestPage bounds what is read of one page: a little more than the cleaner takes, so that it is the cleaner
// that says that a page is too large.
const largestPage = 64<<20 + 1

type cleanFlags struct {
	input, format string
	url           string
	from          string
	removed       bool
	explain       string // "", "text" or "html"
	output        outputFlags
}

func newCleanCmd(a *app) *cobra.Command {
	var f cleanFlags
	cmd := &cobra.Command{
		Use:   "clean [FILE ...|-]",
		Short: "Strip pages that are on disk; needs no network and no database",
		Long: `Clean reads pages (HTML, or text with a block on each line; gzip is unpacked) and prints the articles in them.

With --from jsonl it cleans a whole list, on all cores: each line of the list names a page, as
  {"id": "a1", "url": "https://example.org/news/1", "path": "pages/a1.html.gz"}
or holds it ("html": "<!doctype html>…"). Paths are relative to the list's folder, or to the working directory
when the list comes from standard input. One line of JSON comes out for each, in the same order; a page that
fails has its "error" set, and the others go on.`,
		Example: `  newsmill clean page.html
  newsmill clean --removed --url https://example.org/news/1 page.html.gz
  curl -s https://example.org/news/1 | newsmill clean --format markdown -
  newsmill clean --explain page.html
  newsmill clean --explain=html --output verdicts.html page.html
  newsmill clean --from jsonl list.jsonl --output articles.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error {
			signal.Reset(os.Interrupt, syscall.SIGTERM) // nothing is left half done: end at once, even in the middle of a read
			if f.from != "" {
				return a.cleanList(&f, args)
			}
			return a.cleanFiles(&f, args)
		},
	}
	flags := cmd.Flags()
	choiceVar(flags, &f.input, "input", "auto", []string{"auto", "html", "text"}, "what the pages are")
	choiceVar(flags, &f.format, "format", "text", []string{"text", "markdown", "html", "json", "jsonl"}, "what to print")
	choiceVar(flags, &f.from, "from", "", []string{"jsonl"}, "clean the pages of a list")
	flags.StringVar(&f.url, "url", "", "the page's `address`: makes links absolute and tells the source")
	flags.BoolVar(&f.removed, "removed", false, "print what was stripped, with label and reason")
	choiceVar(flags, &f.explain, "explain", "", []string{"text", "html"}, "print the verdict on every block of the page, and where each field came from; html: as a page to open in a browser")
	flags.Lookup("explain").NoOptDefVal = "text"
	f.output.add(cmd)
	return cmd
}

// inputs are the words of --input.
var inputs = map[string]cleaner.Input{"auto": cleaner.DetectInput, "html": cleaner.HTMLInput, "text": cleaner.TextInput}

// cleanFiles cleans the named files one after the other.
func (a *app) cleanFiles(f *cleanFlags, names []string) error {
	if len(names) == 0 {
		if a.isTerminal(a.stdin) {
			return usageErrorf("no page given: name a file, or - for standard input: see newsmill clean --help")
		}
		names = []string{"-"}
	}
	if f.explain != "" && (len(names) > 1 || f.removed) {
		if names[0] == "html" || names[0] == "text" {
			return usageErrorf("write --explain=%s: after a space, %s is taken for a file", names[0], names[0])
		}
		return usageErrorf("--explain explains one page, and shows all of it: leave the other files and --removed out")
	}
	if f.url != "" && len(names) > 1 {
		return usageErrorf("--url is the address of one page, but %d files are given: use --from jsonl to give each its own", len(names))
	}
	sites, err := a.newSites()
	if err != nil {
		return err
	}
	out, err := f.output.target(a, nil)
	if err != nil {
		return err
	}
	failed := 0
	err = out.write(func(w io.Writer) error {
		for i, name := range names {
			err := a.cleanFile(f, sites, w, name, i, len(names))
			if err != nil && len(names) == 1 {
				return err
			}
			if err != nil {
				failed++
				a.complain("", "", oneLine(err))
			}
		}
		if failed == len(names) { // so that nothing is replaced
			return cleanFailures(failed, len(names))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return cleanFailures(failed, len(names))
}

func cleanFailures(failed, total int) error {
	return failures(failed, total, "pages could not be cleaned: newsmill clean without --quiet names each")
}

func (a *app) cleanFile(f *cleanFlags, sites *siteSettings, out io.Writer, name string, i, of int) error {
	body, err := a.readPage(name)
	if err != nil {
		return fileError(name, err)
	}
	r, err := a.cleanPage(cleaner.Page{Body: body, URL: f.url, Input: inputs[f.input]}, sites.of(f.url))
	if err != nil {
		return fileError(name, err)
	}
	switch f.explain {
	case "text":
		return cleaner.Explain(out, r, cleaner.ExplainOptions{Width: a.width(), Color: a.colored()})
	case "html":
		return cleaner.ExplainHTML(out, r)
	}
	art := &r.Article
	if f.format == "json" || f.format == "jsonl" {
		return writeJSON(out, cleanRecord(r, f.removed), f.format == "json")
	}
	if of > 1 {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "==> %s <==\n", name)
	}
	if len(r.Blocks) == 0 {
		return fmt.Errorf("%s: no article found: the page shows no text; one that a script draws has none before it ran", name)
	}
	if f.removed {
		for _, b := range removedBlocks(r) {
			fmt.Fprintf(out, "%s\t%s\t%s\n", b.Label, b.Reason, strings.ReplaceAll(a.printable(b.Text), "\n", " "))
		}
		return nil
	}
	if art.Text == "" {
		return fmt.Errorf("%s: no article found: --removed shows what was stripped", name)
	}
	_, err = fmt.Fprintln(out, a.printable(render(art, f.format)))
	return err
}

// render is the article's body in one of the formats that are not JSON, without a final newline.
func render(art *article.Article, format string) string {
	switch format {
	case "markdown":
		return strings.TrimRight(article.Markdown(art), "\n")
	case "html":
		return strings.TrimRight(article.HTML(art), "\n")
	}
	return art.Text
}

// cleanPage is cleaner.Clean with errors in the words of the command line.
func (a *app) cleanPage(p cleaner.Page, site article.Site) (r *cleaner.Result, err error) {
	defer func() {
		if v := recover(); v != nil { // a page never ends the batch
			r, err = nil, fmt.Errorf("internal error: %v: please report it with the page", v)
			a.log.Debug("panic", "url", p.URL, "stack", string(debug.Stack()))
		}
	}()
	r, err = cleaner.Clean(p, cleaner.Options{Site: site})
	switch {
	case errors.Is(err, cleaner.ErrBinary):
		return nil, &reworded{"not text but a binary file: give HTML or plain text", err}
	case errors.Is(err, cleaner.ErrEmpty):
		return nil, &reworded{"empty: there is nothing to clean", err}
	case errors.Is(err, cleaner.ErrTooLarge):
		return nil, &reworded{"too large for a page: at most 64 MB", err}
	}
	return r, err
}

// siteSettings tells what is configured for a page's host, looked up once a host.
type siteSettings struct {
	config *configs.Config
	mu     sync.Mutex
	known  map[string]article.Site
}

func (a *app) newSites() (*siteSettings, error) {
	config, err := a.config()
	return &siteSettings{config: config, known: map[string]article.Site{}}, err
}

func (s *siteSettings) of(address string) article.Site {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return article.Site{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	site, ok := s.known[u.Host]
	if !ok {
		site = s.config.SiteOf(address)
		s.known[u.Host] = site
	}
	return site
}

// readPage reads a file, or standard input when the name is "-", and unpacks gzip.
func (a *app) readPage(name string) ([]byte, error) {
	in := a.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	body, err := io.ReadAll(io.LimitReader(in, largestPage))
	if err != nil || !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, err
	}
	return gunzip(body)
}

func gunzip(packed []byte) ([]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, errBadGzip
	}
	body, err := io.ReadAll(io.LimitReader(zr, largestPage))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errCutGzip
	case err != nil:
		return nil, errBadGzip
	}
	return body, nil
}

var (
	errCutGzip = errors.New("the gzip data ends too early: get the file again")
	errBadGzip = errors.New("damaged gzip data: get the file again")
)

// listEntry is a line of a list of pages. Further fields are ignored.
type listEntry struct {
	ID   json.RawMessage `json:"id"`
	URL  string          `json:"url"`
	Path string          `json:"path"`
	HTML *string         `json:"html"`
}

// cleanRecord is what JSON shows of a cleaned page, and what was stripped where that is asked for.
func cleanRecord(r *cleaner.Result, removed bool) article.Record {
	rec := r.Article.Record()
	if removed {
		rec = rec.Set("removed", removedBlocks(r))
	}
	return rec
}

// removedBlocks are the blocks that are not in the article's text, in the page's order.
func removedBlocks(r *cleaner.Result) []article.Block {
	removed := []article.Block{}
	for _, b := range r.Blocks {
		if b.Label.Class() != article.Body {
			removed = append(removed, b)
		}
	}
	return removed
}

// linesWaiting bounds the lines read ahead of the slowest page, for each core: enough to keep the other cores busy
// behind a page of many megabytes, few enough to bound memory.
const linesWaiting = 16

// cleanList cleans the pages that the lines of a list name: one goroutine reads lines, one worker a core cleans,
// and this one writes in the order of the list.
func (a *app) cleanList(f *cleanFlags, args []string) error {
	if len(args) > 1 {
		return usageErrorf("--from jsonl takes one list, not %d: join them with cat, and use -", len(args))
	}
	if f.format != "text" && f.format != "jsonl" {
		return usageErrorf("--from jsonl writes JSON lines: leave --format %s out", f.format)
	}
	if f.explain != "" {
		return usageErrorf("--explain explains pages, not lists: name a file")
	}
	if f.url != "" {
		return usageErrorf(`--url is the address of one page: give "url" in each line of the list`)
	}
	in, folder, name := a.stdin, ".", "standard input"
	if len(args) == 1 && args[0] != "-" {
		file, err := os.Open(args[0])
		if err != nil {
			return fileError(args[0], err)
		}
		defer file.Close()
		in, folder, name = file, filepath.Dir(args[0]), args[0]
	}
	list := pageList{app: a, flags: f, in: in, folder: folder, name: name}
	var err error
	if list.sites, err = a.newSites(); err != nil {
		return err
	}
	out, err := f.output.target(a, nil)
	if err != nil {
		return err
	}
	if err := out.write(list.clean); err != nil {
		return err
	}
	switch list.failed {
	case 0:
		return nil
	case list.total:
		return &codedError{exitNothing, fmt.Errorf("%s: none of %d pages could be cleaned: their error fields say why", name, list.total)}
	}
	return partialErrorf("%s: %d of %d pages could not be cleaned: their error fields say why", name, list.failed, list.total)
}

// pageList is a list of pages, a line each.
type pageList struct {
	app           *app
	flags         *cleanFlags
	sites         *siteSettings
	in            io.Reader
	folder, name  string // what paths in it are relative to; its own name
	total, failed int
}

// clean writes a line of JSON for each page.
func (l *pageList) clean(out io.Writer) error {
	// Cleaning makes much short-lived garbage of a small live heap; collecting less often is worth a fifth of the time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))

	workers := runtime.GOMAXPROCS(0)
	type task struct {
		number int
		line   []byte
		done   chan []byte
		failed bool
	}
	todo, order := make(chan *task), make(chan *task, workers*linesWaiting)
	stop := make(chan struct{})
	var g errgroup.Group
	g.Go(func() error {
		defer close(order)
		defer close(todo)
		lines := bufio.NewReaderSize(l.in, 1<<20)
		for n := 1; ; n++ {
			line, err := lines.ReadBytes('\n')
			if len(bytes.TrimSpace(line)) > 0 {
				t := &task{number: n, line: line, done: make(chan []byte, 1)}
				select {
				case order <- t:
				case <-stop:
					return nil
				}
				todo <- t
			}
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return fileError(l.name, err)
			}
		}
	})
	for range workers {
		g.Go(func() error {
			for t := range todo {
				rec, err := l.app.cleanEntry(l.flags, l.sites, t.line, t.number, l.folder)
				t.line, t.failed = nil, err != nil
				t.done <- marshalLine(rec)
			}
			return nil
		})
	}
	var writing error
	for t := range order {
		if _, err := out.Write(<-t.done); err != nil && writing == nil {
			writing = err
			close(stop)
		}
		l.total++
		if t.failed {
			l.failed++
		}
		if l.total%64 == 0 {
			l.app.line.Set(fmt.Sprintf("%d pages cleaned, %d failed", l.total, l.failed))
		}
	}
	l.app.line.Clear()
	return errors.Join(g.Wait(), writing)
}

// cleanEntry cleans the page that a line of a list names. The record says what went wrong, too.
func (a *app) cleanEntry(f *cleanFlags, sites *siteSettings, line []byte, number int, folder string) (article.Record, error) {
	var e listEntry
	r := &cleaner.Result{}
	err := json.Unmarshal(line, &e)
	if err != nil {
		err = fmt.Errorf(`line %d: %w: write {"id": …, "url": …, "path": …}`, number, err)
	} else if page, failed := a.cleanListed(f, sites, &e, number, folder); failed != nil {
		err = failed
	} else {
		r = page
	}
	return e.record(cleanRecord(r, f.removed && err == nil), err), err
}

// record is the line that comes out for an entry: its id, the article's fields, what went wrong.
func (e *listEntry) record(r article.Record, failed error) article.Record {
	if e.URL != "" {
		r = r.Set("url", e.URL)
	}
	id := any(nil)
	if len(e.ID) > 0 {
		id = e.ID
	}
	message := any(nil)
	if failed != nil {
		message = oneLine(failed)
	}
	return append(article.Record{{Name: "id", Value: id}}, r.Set("error", message)...)
}

// cleanListed reads and cleans the page of an entry.
func (a *app) cleanListed(f *cleanFlags, sites *siteSettings, e *listEntry, number int, folder string) (*cleaner.Result, error) {
	p := cleaner.Page{URL: e.URL, Input: inputs[f.input]}
	switch {
	case e.HTML != nil:
		p.Body = []byte(*e.HTML)
	case e.Path == "":
		return nil, fmt.Errorf(`line %d: has neither "path" nor "html"`, number)
	default:
		path := e.Path
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		body, err := a.readPage(path)
		if err != nil {
			return nil, fileError(path, err)
		}
		p.Body = body
	}
	return a.cleanPage(p, sites.of(p.URL))
}

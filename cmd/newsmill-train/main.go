// Command newsmill-train fits the labeller's model from a corpus of pages with their true text, and says how good it
// is on sites that it was not trained on.
//
//	go run ./cmd/newsmill-train [-out cleaner/model.bin] CORPUS
//	go run ./cmd/newsmill-train -pages [-page-out cleaner/pagetype.bin] CORPUS
//	go run ./cmd/newsmill-train -readings [-readings-out cleaner/reading.bin] CORPUS
//	go run ./cmd/newsmill-train -lines [-lines-out cleaner/lines.bin] CORPUS
//	go run ./cmd/newsmill-train -confidence [-confidence-out cleaner/confidence.bin] CORPUS
//	go run ./cmd/newsmill-train -bars CORPUS
//
// It takes the features of each block from the cleaner itself, so that training and running cannot differ, fits
// LightGBM trees with train.py (Python 3 with lightgbm and numpy), once for each of five groups of sites and once for
// all, cleans the pages of each group with the model that has not seen them, and scores those texts with the corpus's
// score.py. With -pages it does the same for the model that tells articles from other pages, and with
// -lines for the model of plain text. With -confidence, after those, it fits the model of how probably a text is right on
// what they made of pages that they had not seen; with -bars it prints every figure that must hold.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"newsmill/cleaner"
)

//go:embed train.py
var trainPy []byte

// sets are the folders of a corpus that are used.
var sets = []string{"fundus-dev", "traf-dev", "wcxb-dev", "readability", "aed-dev", "mic-dev", "omnivore-dev", "daniel-dev", "dragnet-dev"}

func main() {
	var opt options
	flag.StringVar(&opt.out, "out", "cleaner/model.bin", "where the model goes; empty: only evaluate")
	flag.StringVar(&opt.work, "work", filepath.Join(os.TempDir(), "newsmill-train"), "folder for features, fold models and predictions")
	flag.IntVar(&opt.threads, "threads", 2, "threads for training and cleaning")
	flag.BoolVar(&opt.dump, "dump", true, "compute the features; false: use those of the run before")
	flag.BoolVar(&opt.fit, "fit", true, "train; false: evaluate the models of the run before")
	flag.BoolVar(&opt.pages, "pages", false, "train the model of page types instead")
	flag.StringVar(&opt.pageOut, "page-out", "cleaner/pagetype.bin", "where the model of page types goes; empty: only evaluate")
	flag.BoolVar(&opt.readings, "readings", false, "train the model of ways to read a page instead, on what the run before without it left in the folder")
	flag.StringVar(&opt.readingsOut, "readings-out", "cleaner/reading.bin", "where the model of readings goes; empty: only evaluate")
	flag.BoolVar(&opt.lines, "lines", false, "train the model of plain text instead")
	flag.StringVar(&opt.linesOut, "lines-out", "cleaner/lines.bin", "where the model of plain text goes; empty: only evaluate")
	flag.BoolVar(&opt.confidence, "confidence", false, "train the model of confidence instead, on what the folds of a run before make of their pages")
	flag.StringVar(&opt.confidenceOut, "confidence-out", "cleaner/confidence.bin", "where the model of confidence goes; empty: only evaluate")
	flag.BoolVar(&opt.bars, "bars", false, "print what must hold beside what does, after all models are trained")
	flag.StringVar(&opt.bin, "bin", "bin/newsmill", "newsmill that the cases beside the corpus are tried with; empty: none")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: newsmill-train [flags] CORPUS\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	opt.corpus = flag.Arg(0)
	if err := run(opt); err != nil {
		fmt.Fprintln(os.Stderr, "newsmill-train:", err)
		os.Exit(1)
	}
}

type options struct {
	corpus, out, work string
	pageOut, linesOut string
	readingsOut       string
	confidenceOut     string
	bin               string
	lines, confidence bool
	bars, readings    bool
	threads           int
	dump, fit, pages  bool
}

// truth is what the trainer needs of a line of truth.jsonl.
type truth struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	Text     string `json:"text"`
	PageType string `json:"page_type"`
	Lang     string `json:"lang"`
	set      string
	body     []byte // of a page that was made; else it is read
}

func run(opt options) error {
	if err := os.MkdirAll(opt.work, 0o755); err != nil {
		return err
	}
	if opt.lines {
		return trainLines(opt)
	}
	if opt.confidence {
		return trainConfidence(opt)
	}
	if opt.bars {
		return showBars(opt)
	}
	pages, err := readTruths(opt.corpus, sets)
	if err != nil {
		return err
	}
	if opt.pages {
		return trainPages(opt, pages)
	}
	if opt.readings {
		return trainReadings(opt, pages)
	}
	if opt.dump {
		made, err := makeGrafts(opt.corpus, pages)
		if err != nil {
			return err
		}
		if err := dump(opt, append(slices.Clip(pages), made...), cleaner.Samples); err != nil {
			return err
		}
	}
	if opt.fit {
		if err := fit(opt, "train.py", "all.bin", opt.out); err != nil {
			return err
		}
	}
	return evaluate(opt, pages)
}

func readTruths(corpus string, sets []string) ([]truth, error) {
	var pages []truth
	for _, set := range sets {
		file, err := os.Open(filepath.Join(corpus, set, "truth.jsonl"))
		if err != nil {
			return nil, err
		}
		defer file.Close()
		lines := bufio.NewReader(file)
		for {
			line, err := lines.ReadBytes('\n')
			if len(bytes.TrimSpace(line)) > 0 {
				t := truth{set: set}
				if err := json.Unmarshal(line, &t); err != nil {
					return nil, fmt.Errorf("%s: %w", file.Name(), err)
				}
				pages = append(pages, t)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return pages, nil
}

func readPage(corpus string, t truth) (cleaner.Page, error) {
	input, ending := cleaner.HTMLInput, ".html.gz"
	switch {
	case strings.HasSuffix(t.set, "-text"):
		input, ending = cleaner.TextInput, ".txt.gz"
	case t.set == grafted:
		return cleaner.Page{Body: t.body, URL: t.URL}, nil
	case slices.Contains(madeLines, t.set):
		return cleaner.Page{Body: []byte(t.Text), Input: cleaner.TextInput}, nil
	}
	file, err := os.Open(filepath.Join(corpus, t.set, "pages", t.ID+ending))
	if err != nil {
		return cleaner.Page{}, err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return cleaner.Page{}, fmt.Errorf("%s: %w", file.Name(), err)
	}
	body, err := io.ReadAll(z)
	return cleaner.Page{Body: body, URL: t.URL, Input: input}, err
}

// table is what a trainer in Python reads: rows of float32 in one file, and what they are in another, an object of JSON a line.
type table struct {
	files []*os.File
	rows  *bufio.Writer
	list  *bufio.Writer
	enc   *json.Encoder
}

func newTable(opt options, rows, list string) (*table, error) {
	t := &table{}
	for _, name := range []string{rows, list} {
		file, err := os.Create(filepath.Join(opt.work, name))
		if err != nil {
			t.close()
			return nil, err
		}
		t.files = append(t.files, file)
	}
	t.rows, t.list = bufio.NewWriterSize(t.files[0], 1<<20), bufio.NewWriterSize(t.files[1], 1<<20)
	t.enc = json.NewEncoder(t.list)
	t.enc.SetEscapeHTML(false)
	return t, nil
}

// add writes what rows are, and them.
func (t *table) add(what any, rows ...[]float32) error {
	for _, row := range rows {
		raw := make([]byte, 0, 4*len(row))
		for _, v := range row {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
		if _, err := t.rows.Write(raw); err != nil {
			return err
		}
	}
	return t.enc.Encode(what)
}

func (t *table) flush() error { return errors.Join(t.rows.Flush(), t.list.Flush()) }

func (t *table) close() {
	for _, f := range t.files {
		f.Close()
	}
}

// dump writes the features of all blocks: features.f32, a row of float32 a block; blocks.jsonl, what the block is.
func dump(opt options, pages []truth, sample func(cleaner.Page) ([]cleaner.Sample, error)) error {
	table, err := newTable(opt, "features.f32", "blocks.jsonl")
	if err != nil {
		return err
	}
	defer table.close()
	for _, t := range pages {
		page, err := readPage(opt.corpus, t)
		if err != nil {
			return err
		}
		samples, err := sample(page)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s/%s: %v\n", t.set, t.ID, err)
			continue
		}
		for _, s := range samples {
			if err := table.add(map[string]any{"set": t.set, "id": t.ID, "text": s.Text, "path": s.Path, "tokens": s.Tokens}, s.Features); err != nil {
				return err
			}
		}
	}
	return table.flush()
}

// scripts are the trainers in Python, by file name. They import from one another.
var scripts = map[string][]byte{
	"train.py": trainPy, "lines.py": linesPy, "passages.py": passagesPy, "pages.py": pagesPy, "readings.py": readingsPy, "confidence.py": confidencePy, "languages.py": languagesPy, "bars.py": barsPy,
}

// fit runs a trainer over the features in opt.work, and copies the model of all pages to out, unless that is empty.
func fit(opt options, script, model, out string) error {
	if err := writeScripts(opt); err != nil {
		return err
	}
	if err := python(os.Stderr, filepath.Join(opt.work, script), opt.corpus, opt.work, "--threads", fmt.Sprint(opt.threads)); err != nil {
		return err
	}
	if out == "" {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(opt.work, model))
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}

func writeScripts(opt options) error {
	for name, source := range scripts {
		if err := os.WriteFile(filepath.Join(opt.work, name), source, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// python runs a script, and sends what it prints to out.
func python(out io.Writer, script string, args ...string) error {
	cmd := exec.Command("python3", append([]string{script}, args...)...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(script), err)
	}
	return nil
}

// evaluate cleans every page with the models of the folds that it is held out of, and scores the texts.
func evaluate(opt options, pages []truth) error {
	with, err := unseenPages(opt)
	if err != nil {
		return err
	}
	return score(opt, pages, with)
}

// unseenPages returns a function from a page to options with models that have not seen its site, as far as earlier runs left them in
// opt.work.
func unseenPages(opt options) (func(truth) cleaner.Options, error) {
	model, err := heldOut(opt, "folds.json", "fold-%d.bin", cleaner.ReadModel)
	if err != nil {
		return nil, fmt.Errorf("train the labeller first: %w", err)
	}
	pageModel, err := heldOutPageModels(opt)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "page types by the built-in model, which has seen these sites: run with -pages first")
		pageModel = func(truth) *cleaner.PageModel { return nil }
	} else if err != nil {
		return nil, err
	}
	readingModel, err := heldOutReadingModels(opt)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "readings by the built-in model, which has seen these sites: run with -readings afterwards")
		readingModel = func(truth) *cleaner.ReadingModel { return nil }
	} else if err != nil {
		return nil, err
	}
	return func(t truth) cleaner.Options {
		return cleaner.Options{Model: model(t), PageModel: pageModel(t), ReadingModel: readingModel(t)}
	}, nil
}

// heldOut reads the model of each fold, and returns a function from a page to the one that was trained without its site.
func heldOut[M any](opt options, folds, models string, read func(io.Reader) (*M, error)) (func(truth) *M, error) {
	of := map[string]int{}
	raw, err := os.ReadFile(filepath.Join(opt.work, folds))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &of); err != nil {
		return nil, fmt.Errorf("%s: %w", folds, err)
	}
	byFold := map[int]*M{}
	for _, k := range of {
		if byFold[k] != nil {
			continue
		}
		if byFold[k], err = readModel(filepath.Join(opt.work, fmt.Sprintf(models, k)), read); err != nil {
			return nil, err
		}
	}
	return func(t truth) *M { return byFold[of[t.set+"/"+t.ID]] }, nil
}

func readModel[M any](name string, read func(io.Reader) (*M, error)) (*M, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	m, err := read(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// predictAll cleans the pages, each with its own options, and writes SET.jsonl for each of their sets.
func predictAll(opt options, pages []truth, with func(truth) cleaner.Options) error {
	lines := map[string][][]byte{}
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(opt.threads)
	for _, t := range pages {
		g.Go(func() error {
			page, err := readPage(opt.corpus, t)
			if err != nil {
				return err
			}
			line, err := predict(page, t, with(t))
			mu.Lock()
			defer mu.Unlock()
			lines[t.set] = append(lines[t.set], line)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, set := range slices.Sorted(maps.Keys(lines)) {
		file := filepath.Join(opt.work, set+".jsonl")
		if err := os.WriteFile(file, append(bytes.Join(lines[set], []byte("\n")), '\n'), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// score cleans the pages, each with its own options, and scores the articles.
func score(opt options, pages []truth, with func(truth) cleaner.Options) error {
	if err := predictAll(opt, pages, with); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, t := range pages {
		seen[t.set] = true
	}
	for _, set := range slices.Sorted(maps.Keys(seen)) {
		file := filepath.Join(opt.work, set+".jsonl")
		args := []string{filepath.Join(opt.corpus, set), file}
		switch set {
		case "fundus-dev":
			args = append(args, "--rouge", "--by", "lang")
		case "fundus-dev-text", "daniel-dev", "daniel-dev-text":
			args = append(args, "--by", "lang")
		case "wcxb-dev":
			args = append(args, "--by", "page_type")
		}
		if err := python(os.Stdout, filepath.Join(opt.corpus, "score.py"), args...); err != nil {
			return err
		}
	}
	return nil
}

func predict(page cleaner.Page, t truth, with cleaner.Options) ([]byte, error) {
	prediction := struct {
		ID        string   `json:"id"`
		Text      string   `json:"text"`
		Title     string   `json:"title"`
		Authors   []string `json:"authors"`
		Date      string   `json:"date"`
		IsArticle bool     `json:"is_article"`
	}{ID: t.ID}
	with.Confidence = &cleaner.ConfidenceModel{} // not asked for, and perhaps of other numbers
	r, err := cleaner.Clean(page, with)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s/%s: %v\n", t.set, t.ID, err)
	} else {
		a := &r.Article
		prediction.Text, prediction.Title, prediction.Date, prediction.IsArticle = a.Text, a.Title, a.PublishedAt.String(), a.IsArticle
		for _, person := range a.Authors {
			prediction.Authors = append(prediction.Authors, person.Name)
		}
	}
	return json.Marshal(prediction)
}

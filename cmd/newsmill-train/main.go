// Command newsmill-train fits the labeller's model from a corpus of pages with their true text, and says how good it
// is on sites that it was not trained on.
//
//	go run ./cmd/newsmill-train [-out cleaner/model.bin] CORPUS
//	go run ./cmd/newsmill-train -pages [-page-out cleaner/pagetype.bin] CORPUS
//	go run ./cmd/newsmill-train -lines [-lines-out cleaner/lines.bin] CORPUS
//
// It takes the features of each block from the cleaner itself, so that training and running cannot differ, fits
// LightGBM trees with train.py (Python 3 with lightgbm and numpy), once for each of five groups of sites and once for
// all, cleans the pages of each group with the model that has not seen them, and scores those texts with the corpus's
// score.py. With -pages it does the same for the model that tells articles from other pages, and with
// -lines for the model of plain text.
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
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"newsmill/cleaner"
)

//go:embed train.py
var trainPy []byte

// sets are the folders of a corpus that are used.
var sets = []string{"fundus-dev", "traf-dev", "wcxb-dev", "readability"}

func main() {
	var opt options
	flag.StringVar(&opt.out, "out", "cleaner/model.bin", "where the model goes; empty: only evaluate")
	flag.StringVar(&opt.work, "work", filepath.Join(os.TempDir(), "newsmill-train"), "folder for features, fold models and predictions")
	flag.IntVar(&opt.threads, "threads", 2, "threads for training and cleaning")
	flag.BoolVar(&opt.dump, "dump", true, "compute the features; false: use those of the run before")
	flag.BoolVar(&opt.fit, "fit", true, "train; false: evaluate the models of the run before")
	flag.BoolVar(&opt.pages, "pages", false, "train the model of page types instead")
	flag.StringVar(&opt.pageOut, "page-out", "cleaner/pagetype.bin", "where the model of page types goes; empty: only evaluate")
	flag.BoolVar(&opt.lines, "lines", false, "train the model of plain text instead")
	flag.StringVar(&opt.linesOut, "lines-out", "cleaner/lines.bin", "where the model of plain text goes; empty: only evaluate")
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
	lines             bool
	threads           int
	dump, fit, pages  bool
}

// truth is what the trainer needs of a line of truth.jsonl.
type truth struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	Text     string `json:"text"`
	PageType string `json:"page_type"`
	set      string
}

func run(opt options) error {
	if err := os.MkdirAll(opt.work, 0o755); err != nil {
		return err
	}
	if opt.lines {
		return trainLines(opt)
	}
	pages, err := readTruths(opt.corpus, sets)
	if err != nil {
		return err
	}
	if opt.pages {
		return trainPages(opt, pages)
	}
	if opt.dump {
		if err := dump(opt, pages, cleaner.Samples); err != nil {
			return err
		}
	}
	if opt.fit {
		if err := fit(opt); err != nil {
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
	switch t.set {
	case dumps:
		return readDump(corpus, t)
	case wholeTexts, cutPages:
		return cleaner.Page{Body: []byte(t.Text), Input: cleaner.TextInput}, nil
	}
	file, err := os.Open(filepath.Join(corpus, t.set, "pages", t.ID+".html.gz"))
	if err != nil {
		return cleaner.Page{}, err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return cleaner.Page{}, fmt.Errorf("%s: %w", file.Name(), err)
	}
	body, err := io.ReadAll(z)
	return cleaner.Page{Body: body, URL: t.URL, Input: cleaner.HTMLInput}, err
}

// dump writes the features of all blocks: features.f32, a row of float32 a block; blocks.jsonl, what the block is.
func dump(opt options, pages []truth, sample func(cleaner.Page) ([]cleaner.Sample, error)) error {
	features, err := os.Create(filepath.Join(opt.work, "features.f32"))
	if err != nil {
		return err
	}
	defer features.Close()
	blocks, err := os.Create(filepath.Join(opt.work, "blocks.jsonl"))
	if err != nil {
		return err
	}
	defer blocks.Close()
	rows, list := bufio.NewWriterSize(features, 1<<20), bufio.NewWriterSize(blocks, 1<<20)
	enc := json.NewEncoder(list)
	enc.SetEscapeHTML(false)
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
			raw := make([]byte, 4*len(s.Features))
			for i, v := range s.Features {
				binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(v))
			}
			if _, err := rows.Write(raw); err != nil {
				return err
			}
			if err := enc.Encode(map[string]any{"set": t.set, "id": t.ID, "text": s.Text, "path": s.Path}); err != nil {
				return err
			}
		}
	}
	if err := rows.Flush(); err != nil {
		return err
	}
	return list.Flush()
}

func fit(opt options) error {
	script := filepath.Join(opt.work, "train.py")
	if err := os.WriteFile(script, trainPy, 0o644); err != nil {
		return err
	}
	cmd := exec.Command("python3", script, opt.corpus, opt.work, "--threads", fmt.Sprint(opt.threads))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("train.py: %w", err)
	}
	if opt.out == "" {
		return nil
	}
	model, err := os.ReadFile(filepath.Join(opt.work, "all.bin"))
	if err != nil {
		return err
	}
	return os.WriteFile(opt.out, model, 0o644)
}

// evaluate cleans every page with the model of the fold that it is held out of, and scores the texts.
func evaluate(opt options, pages []truth) error {
	folds, err := readFolds(opt, "folds.json")
	if err != nil {
		return err
	}
	models := map[int]*cleaner.Model{}
	for _, k := range folds {
		if models[k] != nil {
			continue
		}
		if models[k], err = readModel(filepath.Join(opt.work, fmt.Sprintf("fold-%d.bin", k))); err != nil {
			return err
		}
	}
	pageModel, err := heldOutPageModels(opt)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "page types by the built-in model, which has seen these sites: run with -pages first")
		pageModel = func(truth) *cleaner.PageModel { return nil }
	} else if err != nil {
		return err
	}
	return score(opt, pages, func(t truth) cleaner.Options {
		return cleaner.Options{Model: models[folds[t.set+"/"+t.ID]], PageModel: pageModel(t)}
	})
}

// readFolds reads which page is held out of which fold.
func readFolds(opt options, name string) (map[string]int, error) {
	folds := map[string]int{}
	raw, err := os.ReadFile(filepath.Join(opt.work, name))
	if err != nil {
		return nil, err
	}
	return folds, json.Unmarshal(raw, &folds)
}

// score cleans the pages, each with its own options, and scores the articles.
func score(opt options, pages []truth, with func(truth) cleaner.Options) error {
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
	for _, set := range sets {
		file := filepath.Join(opt.work, set+".jsonl")
		if err := os.WriteFile(file, append(bytes.Join(lines[set], []byte("\n")), '\n'), 0o644); err != nil {
			return err
		}
		args := []string{filepath.Join(opt.corpus, "score.py"), filepath.Join(opt.corpus, set), file}
		switch set {
		case "fundus-dev":
			args = append(args, "--rouge", "--by", "lang")
		case "wcxb-dev":
			args = append(args, "--by", "page_type")
		}
		cmd := exec.Command("python3", args...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("score.py: %w", err)
		}
	}
	return nil
}

func readModel(name string) (*cleaner.Model, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	m, err := cleaner.ReadModel(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

func predict(page cleaner.Page, t truth, with cleaner.Options) ([]byte, error) {
	prediction := struct {
		ID        string `json:"id"`
		Text      string `json:"text"`
		IsArticle bool   `json:"is_article"`
	}{ID: t.ID}
	r, err := cleaner.Clean(page, with)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s/%s: %v\n", t.set, t.ID, err)
	} else {
		prediction.Text, prediction.IsArticle = r.Article.Text, r.Article.IsArticle
	}
	return json.Marshal(prediction)
}

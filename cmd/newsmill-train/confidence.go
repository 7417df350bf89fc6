package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"newsmill/cleaner"
)

// trainConfidence fits the model of how probably a text is right, and scores it on sites that it was not trained on. It
// learns from what comes out of pages that the labeller of their fold has not seen, which an earlier run left in opt.work.
func trainConfidence(opt options) error {
	if opt.dump {
		if err := dumpConfidence(opt); err != nil {
			return err
		}
	}
	if !opt.fit {
		return nil
	}
	return fit(opt, "confidence.py", "confidence.bin", opt.confidenceOut)
}

// dumpConfidence writes confidence.jsonl: what the model sees of each page, and the text that came out.
func dumpConfidence(opt options) error {
	pages, err := readTruths(opt.corpus, sets)
	if err != nil {
		return err
	}
	grafts, err := makeGrafts(opt.corpus, pages)
	if err != nil {
		return err
	}
	others, err := readTruths(opt.corpus, slices.Concat(dumps, blindSets, blindDumps))
	if err != nil {
		return err
	}
	with, err := unseeing(opt)
	if err != nil {
		return err
	}
	pages = slices.Concat(pages, grafts, others)
	lines := make([][]byte, len(pages))
	var g errgroup.Group
	g.SetLimit(opt.threads)
	for i, t := range pages {
		g.Go(func() (err error) {
			lines[i], err = confidenceLine(opt.corpus, t, with(t))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(opt.work, "confidence.jsonl"), append(bytes.Join(lines, []byte("\n")), '\n'), 0o644)
}

// unseeing returns a function from a page to options with models that have not seen its site.
func unseeing(opt options) (func(truth) cleaner.Options, error) {
	page, err := unseenPages(opt)
	if err != nil {
		return nil, err
	}
	inLines := opt
	inLines.work = filepath.Join(opt.work, "lines")
	linesModel, err := heldOut(inLines, "folds.json", "fold-%d.bin", cleaner.ReadLinesModel)
	if err != nil {
		return nil, fmt.Errorf("train the model of plain text first: %w", err)
	}
	whole := cleaner.Options{} // none of these has seen a blind site
	if whole.Model, err = readModel(filepath.Join(opt.work, "all.bin"), cleaner.ReadModel); err != nil {
		return nil, err
	}
	if whole.LinesModel, err = readModel(filepath.Join(inLines.work, "all.bin"), cleaner.ReadLinesModel); err != nil {
		return nil, err
	}
	return func(t truth) cleaner.Options {
		switch {
		case slices.Contains(blindSets, t.set), slices.Contains(blindDumps, t.set):
			return whole
		case slices.Contains(dumps, t.set):
			return cleaner.Options{LinesModel: linesModel(t)}
		}
		return page(t)
	}, nil
}

// confidenceLine is what confidence.py reads of a page.
func confidenceLine(corpus string, t truth, with cleaner.Options) ([]byte, error) {
	page, err := readPage(corpus, t)
	if err != nil {
		return nil, err
	}
	line := struct {
		Set     string    `json:"set"`
		ID      string    `json:"id"`
		Lines   bool      `json:"lines"`
		Text    string    `json:"text"`
		Names   []string  `json:"names"`
		Numbers []float32 `json:"numbers"` // null: the page could not be read
	}{Set: t.set, ID: t.ID, Lines: page.Input == cleaner.TextInput}
	a, names, numbers, err := cleaner.ConfidenceSample(page, with)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s/%s: %v\n", t.set, t.ID, err)
	} else {
		line.Text, line.Names, line.Numbers = a.Text, names, numbers
	}
	return json.Marshal(line)
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"newsmill/cleaner"
)

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

// heldOutPageModels returns for each page the model of page types that was trained without its site.
func heldOutPageModels(opt options) (func(truth) *cleaner.PageModel, error) {
	return heldOut(opt, "page-folds.json", "pages-%d.bin", cleaner.ReadPageModel)
}

// heldOutReadingModels returns for each page the model of readings that was trained without its site.
func heldOutReadingModels(opt options) (func(truth) *cleaner.ReadingModel, error) {
	return heldOut(opt, "folds.json", "reading-%d.bin", cleaner.ReadReadingModel)
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"newsmill/cleaner"
)

// shippedSets are scored with the built-in models: those that no model has seen, and metadata, which are not learned.
var shippedSets = slices.Concat(blindSets, blindDumps, []string{"mercury-dev", "htmldate-dev", "fundus-dev", "aed-dev", "mic-dev", "traf-dev", "wcxb-dev"})

// showBars prints what must hold beside what does: texts of the folds that earlier runs left in opt.work, blind sets and metadata
// as this program cleans them, and the cases beside the corpus with the newsmill in opt.bin.
func showBars(opt options) error {
	shipped := opt
	shipped.work = filepath.Join(opt.work, "shipped")
	if err := os.MkdirAll(shipped.work, 0o755); err != nil {
		return err
	}
	pages, err := readTruths(opt.corpus, shippedSets)
	if err != nil {
		return err
	}
	if err := predictAll(shipped, pages, func(truth) cleaner.Options { return cleaner.Options{} }); err != nil {
		return err
	}
	if err := withoutLanguages(opt); err != nil {
		return err
	}
	cases := filepath.Join(opt.corpus, "..", "cases", "run")
	if _, err := os.Stat(cases); err == nil && opt.bin != "" {
		out, _ := exec.Command(cases, "--bin", opt.bin, "extract").Output() // exit code 1: some fail
		if err := os.WriteFile(filepath.Join(opt.work, "cases.txt"), out, 0o644); err != nil {
			return err
		}
	}
	if err := writeScripts(opt); err != nil {
		return err
	}
	return python(os.Stdout, filepath.Join(opt.work, "bars.py"), opt.corpus, opt.work)
}

// withoutLanguages cleans each page of daniel-dev with a labeller that has seen no page of that set in its language.
func withoutLanguages(opt options) error {
	pages, err := readTruths(opt.corpus, []string{"daniel-dev"})
	if err != nil {
		return err
	}
	if opt.fit {
		if err := fit(opt, "languages.py", "", ""); err != nil {
			return err
		}
	}
	models := map[string]*cleaner.Model{}
	for _, t := range pages {
		if models[t.Lang] == nil {
			if models[t.Lang], err = readModel(filepath.Join(opt.work, "lang-"+t.Lang+".bin"), cleaner.ReadModel); err != nil {
				return err
			}
		}
	}
	readingModel, err := heldOutReadingModels(opt)
	if err != nil {
		return fmt.Errorf("train the model of readings first: %w", err)
	}
	opt.work = filepath.Join(opt.work, "languages")
	if err := os.MkdirAll(opt.work, 0o755); err != nil {
		return err
	}
	return predictAll(opt, pages, func(t truth) cleaner.Options {
		return cleaner.Options{Model: models[t.Lang], ReadingModel: readingModel(t)}
	})
}

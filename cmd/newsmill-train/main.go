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
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"newsmill/cleaner"
)

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

package main

import (
	_ "embed"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"newsmill/cleaner"
)

//go:embed lines.py
var linesPy []byte

// dumps are the folders of a corpus that hold plain text.
var dumps = []string{"fundus-dev-text", "aed-dev-text", "mic-dev-text", "daniel-dev-text", "dragnet-dev-text"}

// lineSets are the folders that plain text is learned from: dumps, and pages taken for dumps.
var lineSets = append(slices.Clip(dumps), "fundus-dev", "traf-dev", "wcxb-dev")

// trainLines fits the model for plain text, and scores it on the dumps of sites that it was not trained on.
func trainLines(opt options) error {
	opt.work = filepath.Join(opt.work, "lines")
	if err := os.MkdirAll(opt.work, 0o755); err != nil {
		return err
	}
	pages, err := readTruths(opt.corpus, lineSets)
	if err != nil {
		return err
	}
	// Pages of other kinds teach nothing that articles do not.
	pages = slices.DeleteFunc(pages, func(t truth) bool { return t.PageType != "" && t.PageType != "article" })
	if opt.dump {
		made, err := makeTexts(opt.corpus, pages)
		if err != nil {
			return err
		}
		if err := dump(opt, append(pages, made...), cleaner.LineSamples); err != nil {
			return err
		}
	}
	if opt.fit {
		if err := fit(opt, "lines.py", "all.bin", opt.linesOut); err != nil {
			return err
		}
	}
	model, err := heldOut(opt, "folds.json", "fold-%d.bin", cleaner.ReadLinesModel)
	if err != nil {
		return err
	}
	pages = slices.DeleteFunc(pages, func(t truth) bool { return !slices.Contains(dumps, t.set) })
	return score(opt, pages, func(t truth) cleaner.Options { return cleaner.Options{LinesModel: model(t)} })
}

// Texts that people have are seldom dumps of whole pages. From pages with a true text two more are made for training.
const (
	wholeTexts = "whole" // the true text and nothing else
	cutPages   = "cut"   // the page from some lines before its article to some lines after
	cutReach   = 8       // lines at most
)

// makeTexts returns those texts of articles; lines.py finds the truth by the id, set and all.
func makeTexts(corpus string, pages []truth) ([]truth, error) {
	var made []truth
	for _, t := range pages {
		if t.Text == "" || t.set != "fundus-dev" && t.set != "wcxb-dev" {
			continue
		}
		id := t.set + "/" + t.ID
		made = append(made, truth{ID: id, Text: t.Text, set: wholeTexts})
		page, err := readPage(corpus, t)
		if err != nil {
			return nil, err
		}
		samples, err := cleaner.LineSamples(page)
		if err != nil {
			continue // said when the page itself is dumped
		}
		if text := cut(samples, t); text != "" {
			made = append(made, truth{ID: id, Text: text, set: cutPages})
		}
	}
	return made, nil
}

// cut returns the lines from shortly before the first that stands in the true text to shortly after the last. How
// shortly depends on nothing but the page's id.
func cut(lines []cleaner.Sample, t truth) string {
	const long = 60 // bytes: shorter lines stand in a text by chance
	first, last := -1, -1
	for i, l := range lines {
		if len(l.Text) >= long && strings.Contains(t.Text, l.Text) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return ""
	}
	h := fnv.New32a()
	h.Write([]byte(t.ID))
	before, after := int(h.Sum32()%(cutReach+1)), int(h.Sum32()/97%(cutReach+1))
	var sb strings.Builder
	for _, l := range lines[max(0, first-before):min(len(lines), last+after+1)] {
		sb.WriteString(strings.ReplaceAll(l.Text, "\n", " ") + "\n")
	}
	return sb.String()
}

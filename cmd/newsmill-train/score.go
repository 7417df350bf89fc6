package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"newsmill/cleaner"
)

// evaluate cleans every page with the models of the folds that it is held out of, and scores the texts.
func evaluate(opt options, pages []truth) error {
	with, err := unseenPages(opt)
	if err != nil {
		return err
	}
	return score(opt, pages, with)
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

package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"newsmill/cleaner"
)

//go:embed pages.py
var pagesPy []byte

// trainPages fits the model that tells articles from other pages, and scores it on sites that it was not trained on.
func trainPages(opt options, pages []truth) error {
	if opt.dump {
		if err := dumpPages(opt, pages); err != nil {
			return err
		}
	}
	if opt.fit {
		if err := fitPages(opt); err != nil {
			return err
		}
	}
	pageModel, err := heldOutPageModels(opt)
	if err != nil {
		return err
	}
	return score(opt, pages, func(t truth) cleaner.Options {
		return cleaner.Options{PageModel: pageModel(t)}
	})
}

// heldOutPageModels returns for each page the model that was trained without its site.
func heldOutPageModels(opt options) (func(truth) *cleaner.PageModel, error) {
	folds, err := readFolds(opt, "page-folds.json")
	if err != nil {
		return nil, err
	}
	models := map[int]*cleaner.PageModel{}
	for _, k := range folds {
		if models[k] != nil {
			continue
		}
		file, err := os.Open(filepath.Join(opt.work, fmt.Sprintf("pages-%d.bin", k)))
		if err != nil {
			return nil, err
		}
		models[k], err = cleaner.ReadPageModel(bufio.NewReader(file))
		file.Close()
		if err != nil {
			return nil, err
		}
	}
	return func(t truth) *cleaner.PageModel { return models[folds[t.set+"/"+t.ID]] }, nil
}

// dumpPages writes pages.jsonl: the features of each page.
func dumpPages(opt options, pages []truth) error {
	file, err := os.Create(filepath.Join(opt.work, "pages.jsonl"))
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	enc := json.NewEncoder(w)
	for _, t := range pages {
		page, err := readPage(opt.corpus, t)
		if err != nil {
			return err
		}
		names, values, err := cleaner.PageSample(page)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s/%s: %v\n", t.set, t.ID, err)
			continue
		}
		if err := enc.Encode(map[string]any{"set": t.set, "id": t.ID, "names": names, "features": values}); err != nil {
			return err
		}
	}
	return w.Flush()
}

func fitPages(opt options) error {
	for name, script := range map[string][]byte{"train.py": trainPy, "pages.py": pagesPy} {
		if err := os.WriteFile(filepath.Join(opt.work, name), script, 0o644); err != nil {
			return err
		}
	}
	cmd := exec.Command("python3", filepath.Join(opt.work, "pages.py"), opt.corpus, opt.work, "--threads", fmt.Sprint(opt.threads))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pages.py: %w", err)
	}
	if opt.pageOut == "" {
		return nil
	}
	model, err := os.ReadFile(filepath.Join(opt.work, "pages.bin"))
	if err != nil {
		return err
	}
	return os.WriteFile(opt.pageOut, model, 0o644)
}

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"newsmill/cleaner"
)

// trainPages fits the model that tells articles from other pages, and scores it on sites that it was not trained on.
func trainPages(opt options, pages []truth) error {
	if opt.dump {
		if err := dumpPages(opt, pages); err != nil {
			return err
		}
	}
	if opt.fit {
		if err := fit(opt, "pages.py", "pages.bin", opt.pageOut); err != nil {
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

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"newsmill/cleaner"
)

// trainReadings fits the model that tells which way to read a page is best. The pages are labelled by models that have not seen their
// sites, so that their labels are as wrong as those of a stranger's page.
func trainReadings(opt options, pages []truth) error {
	if opt.dump {
		for k := range folds { // an earlier run's may have other features, and aren't asked here
			if err := os.Remove(filepath.Join(opt.work, fmt.Sprintf("reading-%d.bin", k))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		made, err := makeGrafts(opt.corpus, pages)
		if err != nil {
			return err
		}
		with, err := unseenPages(opt)
		if err != nil {
			return err
		}
		if err := dumpReadings(opt, append(slices.Clip(pages), made...), func(t truth, page cleaner.Page) ([]string, []cleaner.ReadingSample, error) {
			return cleaner.Readings(page, with(t))
		}); err != nil {
			return err
		}
	}
	if opt.fit {
		if err := fit(opt, "readings.py", "readings.bin", opt.readingsOut); err != nil {
			return err
		}
	}
	return evaluate(opt, pages)
}

// dumpReadings writes readings.f32, a row of float32 a reading, and readings.jsonl, the blocks of each page and which of them each of
// its readings keeps.
func dumpReadings(opt options, pages []truth, read func(truth, cleaner.Page) ([]string, []cleaner.ReadingSample, error)) error {
	table, err := newTable(opt, "readings.f32", "readings.jsonl")
	if err != nil {
		return err
	}
	defer table.close()
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(opt.threads)
	for _, t := range pages {
		g.Go(func() error {
			page, err := readPage(opt.corpus, t)
			if err != nil {
				return err
			}
			blocks, readings, err := read(t, page)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s/%s: %v\n", t.set, t.ID, err)
				return nil
			}
			if len(readings) < 2 {
				return nil
			}
			rows, keeps := make([][]float32, len(readings)), make([]string, len(readings))
			for i, r := range readings {
				rows[i] = r.Features
				keep := make([]byte, len(r.Keep))
				for k := range keep {
					keep[k] = '0'
					if r.Keep[k] {
						keep[k] = '1'
					}
				}
				keeps[i] = string(keep)
			}
			mu.Lock()
			defer mu.Unlock()
			return table.add(map[string]any{"set": t.set, "id": t.ID, "blocks": blocks, "keeps": keeps}, rows...)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return table.flush()
}

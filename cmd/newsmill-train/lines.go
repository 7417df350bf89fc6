package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"newsmill/cleaner"
)

//go:embed lines.py
var linesPy []byte

const dumps = "fundus-dev-text"

// lineSets are the folders of a corpus that plain text is learned from: dumps, and pages taken for dumps.
var lineSets = []string{dumps, "fundus-dev", "traf-dev", "wcxb-dev"}

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
	if opt.dump {
		if err := dump(opt, pages, cleaner.LineSamples); err != nil {
			return err
		}
	}
	if opt.fit {
		if err := fitLines(opt); err != nil {
			return err
		}
	}
	return evaluateLines(opt, pages)
}

func fitLines(opt options) error {
	script := filepath.Join(opt.work, "lines.py")
	for name, source := range map[string][]byte{script: linesPy, filepath.Join(opt.work, "train.py"): trainPy} {
		if err := os.WriteFile(name, source, 0o644); err != nil {
			return err
		}
	}
	cmd := exec.Command("python3", script, opt.corpus, opt.work, "--threads", fmt.Sprint(opt.threads))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("lines.py: %w", err)
	}
	if opt.linesOut == "" {
		return nil
	}
	model, err := os.ReadFile(filepath.Join(opt.work, "all.bin"))
	if err != nil {
		return err
	}
	return os.WriteFile(opt.linesOut, model, 0o644)
}

// evaluateLines cleans every dump with the model of the fold that its site is held out of, and scores the texts.
func evaluateLines(opt options, pages []truth) error {
	folds, err := readFolds(opt, "folds.json")
	if err != nil {
		return err
	}
	models := map[int]*cleaner.LinesModel{}
	var lines [][]byte
	for _, t := range pages {
		if t.set != dumps {
			continue
		}
		k := folds[t.set+"/"+t.ID]
		if models[k] == nil {
			if models[k], err = readLinesModel(filepath.Join(opt.work, fmt.Sprintf("fold-%d.bin", k))); err != nil {
				return err
			}
		}
		page, err := readPage(opt.corpus, t)
		if err != nil {
			return err
		}
		line, err := predict(page, t, cleaner.Options{LinesModel: models[k]})
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	file := filepath.Join(opt.work, dumps+".jsonl")
	if err := os.WriteFile(file, append(bytes.Join(lines, []byte("\n")), '\n'), 0o644); err != nil {
		return err
	}
	cmd := exec.Command("python3", filepath.Join(opt.corpus, "score.py"), filepath.Join(opt.corpus, dumps), file, "--by", "lang")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("score.py: %w", err)
	}
	return nil
}

func readLinesModel(name string) (*cleaner.LinesModel, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	m, err := cleaner.ReadLinesModel(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// readDump reads a page of plain text.
func readDump(corpus string, t truth) (cleaner.Page, error) {
	file, err := os.Open(filepath.Join(corpus, t.set, "pages", t.ID+".txt.gz"))
	if err != nil {
		return cleaner.Page{}, err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return cleaner.Page{}, fmt.Errorf("%s: %w", file.Name(), err)
	}
	body, err := io.ReadAll(z)
	return cleaner.Page{Body: body, URL: t.URL, Input: cleaner.TextInput}, err
}

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"newsmill/cleaner"
)

// sets are the folders of a corpus that models of pages are trained on.
var sets = []string{"fundus-dev", "traf-dev", "wcxb-dev", "readability", "aed-dev", "mic-dev", "omnivore-dev", "daniel-dev", "dragnet-dev"}

// dumps are the folders of a corpus that hold plain text.
var dumps = []string{"fundus-dev-text", "aed-dev-text", "mic-dev-text", "daniel-dev-text", "dragnet-dev-text"}

// Sets that no model is trained on: for measuring only.
var (
	blindSets  = []string{"ird-dev", "gn1-dev"}
	blindDumps = []string{"ird-dev-text", "gn1-dev-text"}
)

// options are the flags.
type options struct {
	corpus, out, work string
	pageOut, linesOut string
	readingsOut       string
	confidenceOut     string
	bin               string
	lines, confidence bool
	bars, readings    bool
	threads           int
	dump, fit, pages  bool
}

// truth is what the trainer needs of a line of truth.jsonl.
type truth struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	Text     string `json:"text"`
	PageType string `json:"page_type"`
	Lang     string `json:"lang"`
	set      string
	made     *cleaner.Page // of others' text; nil: it is read
}

// readTruths reads what is true of the pages of some sets.
func readTruths(corpus string, sets []string) ([]truth, error) {
	var pages []truth
	for _, set := range sets {
		file, err := os.Open(filepath.Join(corpus, set, "truth.jsonl"))
		if err != nil {
			return nil, err
		}
		defer file.Close()
		lines := bufio.NewReader(file)
		for {
			line, err := lines.ReadBytes('\n')
			if len(bytes.TrimSpace(line)) > 0 {
				t := truth{set: set}
				if err := json.Unmarshal(line, &t); err != nil {
					return nil, fmt.Errorf("%s: %w", file.Name(), err)
				}
				pages = append(pages, t)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return pages, nil
}

// readPage is the page that a truth is about.
func readPage(corpus string, t truth) (cleaner.Page, error) {
	if t.made != nil {
		return *t.made, nil
	}
	input, ending := cleaner.HTMLInput, ".html.gz"
	if strings.HasSuffix(t.set, "-text") {
		input, ending = cleaner.TextInput, ".txt.gz"
	}
	file, err := os.Open(filepath.Join(corpus, t.set, "pages", t.ID+ending))
	if err != nil {
		return cleaner.Page{}, err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return cleaner.Page{}, fmt.Errorf("%s: %w", file.Name(), err)
	}
	body, err := io.ReadAll(z)
	return cleaner.Page{Body: body, URL: t.URL, Input: input}, err
}

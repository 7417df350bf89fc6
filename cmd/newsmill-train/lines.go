package main

import (
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"newsmill/cleaner"
)

// lineSets are the folders that plain text is learned from: dumps, and pages taken for dumps.
var lineSets = append(slices.Clip(dumps), sets...)

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
	made, err := makeTexts(opt.corpus, pages)
	if err != nil {
		return err
	}
	if opt.dump {
		if err := dump(opt, append(slices.Clip(pages), made...), cleaner.LineSamples); err != nil {
			return err
		}
	}
	if opt.fit {
		if err := fit(opt, "lines.py", "", ""); err != nil {
			return err
		}
		model, err := heldOut(opt, "folds.json", "labels-%d.bin", cleaner.ReadLinesModel)
		if err != nil {
			return err
		}
		made = slices.DeleteFunc(made, func(t truth) bool { return t.set == wholeTexts })
		if err := dumpReadings(opt, append(slices.Clip(pages), made...), func(t truth, page cleaner.Page) ([]string, []cleaner.ReadingSample, error) {
			return cleaner.Passages(page, model(t))
		}); err != nil {
			return err
		}
		if err := fit(opt, "passages.py", "all.bin", opt.linesOut); err != nil {
			return err
		}
	}
	model, err := heldOut(opt, "folds.json", "fold-%d.bin", cleaner.ReadLinesModel)
	if err != nil {
		return err
	}
	whole, err := readModel(filepath.Join(opt.work, "all.bin"), cleaner.ReadLinesModel)
	if err != nil {
		return err
	}
	pages, err = readTruths(opt.corpus, slices.Concat(dumps, blindDumps))
	if err != nil {
		return err
	}
	return score(opt, pages, func(t truth) cleaner.Options {
		if slices.Contains(blindDumps, t.set) {
			return cleaner.Options{LinesModel: whole} // which has seen no site of these
		}
		return cleaner.Options{LinesModel: model(t)}
	})
}

// Texts that people have are seldom dumps of whole pages, and what stands beside an article differs more than the pages of a
// corpus do. From some pages with a true text more are made for training. lines.py finds the truth by the first word of the
// id, set and all; the second names the page that the rest is of, where there is one.
const (
	wholeTexts = "whole"  // the true text and nothing else
	cutPages   = "cut"    // the page from some lines before its article to some lines after
	framed     = "frame"  // the article with what stands above and below another page's
	spliced    = "splice" // the page with lines of others' articles: comments, a next article, a ticker
	cutReach   = 8        // lines at most
)

// lineMaker makes texts of the pages of a corpus.
type lineMaker struct {
	pages  []*dumped
	byLang map[string][]*dumped
}

// dumped is a page as the lines of its dump; its article reaches from first to last.
type dumped struct {
	truth
	lines       []string
	first, last int
}

// makeTexts returns texts made of the articles.
func makeTexts(corpus string, pages []truth) ([]truth, error) {
	m := lineMaker{byLang: map[string][]*dumped{}}
	for _, t := range pages {
		if t.Text == "" || strings.HasSuffix(t.set, "-text") {
			continue
		}
		page, err := readPage(corpus, t)
		if err != nil {
			return nil, err
		}
		samples, err := cleaner.LineSamples(page)
		if err != nil {
			continue // said when the page itself is dumped
		}
		d := &dumped{truth: t}
		for _, s := range samples {
			d.lines = append(d.lines, strings.ReplaceAll(s.Text, "\n", " "))
		}
		if d.first, d.last = articleLines(d.lines, t.Text); d.first >= 0 {
			m.byLang[d.language()] = append(m.byLang[d.language()], d)
		}
		m.pages = append(m.pages, d)
	}
	var made []truth
	for _, d := range m.pages {
		made = append(made, m.of(d)...)
	}
	return made, nil
}

// language is the one that the truth states, in two letters.
func (d *dumped) language() string { return strings.ToLower(d.Lang[:min(2, len(d.Lang))]) }

// of returns the texts made of a page. They depend on nothing but ids.
func (m *lineMaker) of(d *dumped) []truth {
	id := d.set + "/" + d.ID
	h := fnv.New64a()
	h.Write([]byte(id))
	r := rand.New(rand.NewPCG(h.Sum64(), 13))
	var made []truth
	if r.IntN(5) < 2 {
		made = append(made, madeText(id, wholeTexts, d.Text))
	}
	if d.first < 0 {
		return made
	}
	add := func(set, other string, lines ...[]string) {
		made = append(made, madeText(id+other, set, strings.Join(slices.Concat(lines...), "\n")+"\n"))
	}
	article := d.lines[d.first : d.last+1]
	above, below := d.lines[:d.first], d.lines[d.last+1:]
	if r.IntN(2) == 0 {
		add(cutPages, "", above[max(0, len(above)-r.IntN(cutReach+1)):], article, below[:min(len(below), r.IntN(cutReach+1))])
	}
	others := m.byLang[d.language()]
	if o := others[r.IntN(len(others))]; o != d && r.IntN(2) == 0 {
		add(framed, " "+o.set+"/"+o.ID, o.lines[:o.first], article, o.lines[o.last+1:])
	}
	piece := func() string { return others[r.IntN(len(others))].Text }
	switch r.IntN(16) { // a quarter
	case 0, 1:
		add(spliced, "", above, article, lines(comments(piece, r)), below)
	case 2:
		add(spliced, "", above, article, lines(nextArticle(piece(), r)), below)
	case 3:
		add(spliced, "", lines(ticker(piece, r)), above, article, below)
	}
	return made
}

// madeText is a text as one of a set of its own.
func madeText(id, set, text string) truth {
	return truth{ID: id, Text: text, set: set, made: &cleaner.Page{Body: []byte(text), Input: cleaner.TextInput}}
}

// articleLines returns the first line that stands in the true text, and the last; -1 if none does.
func articleLines(lines []string, text string) (first, last int) {
	const long = 60 // bytes: shorter lines stand in a text by chance
	first, last = -1, -1
	for i, l := range lines {
		if len(l) >= long && strings.Contains(text, l) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	return first, last
}

// lines returns the texts of the elements below n that hold one.
func lines(n *html.Node) []string {
	var all []string
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			all = append(all, c.Data)
		}
	}
	return all
}

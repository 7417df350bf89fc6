package cleaner

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"

	"newsmill/cleaner/article"
)

// TestNothingVanishes checks on every golden page, and on a corpus where there is one, that kept and stripped text
// together are all the visible text of the page, and that the article's text is its body blocks and nothing else.
func TestNothingVanishes(t *testing.T) {
	for _, g := range goldenPages(t) {
		t.Run(g.name, func(t *testing.T) { checkProvenance(t, g.page) })
	}
	for _, set := range []string{"fundus-dev", "traf-dev", "readability", "wcxb-dev"} {
		t.Run(set, func(t *testing.T) {
			forCorpus(t, set, func(t *testing.T, p Page) { checkProvenance(t, p) })
		})
	}
}

// corpusFolder is where captured pages may be: they are not part of the project.
func corpusFolder() string {
	if dir := os.Getenv("NEWSMILL_CORPUS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "shared", "corpus")
}

// forCorpus calls do with one page in twenty of a set, with all of them in a long run. Without a corpus the test is
// skipped.
func forCorpus(t *testing.T, set string, do func(t *testing.T, p Page)) {
	t.Helper()
	folder := filepath.Join(corpusFolder(), set)
	list, err := os.Open(filepath.Join(folder, "truth.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no corpus at %s", folder)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	lines := bufio.NewScanner(list)
	lines.Buffer(nil, 16<<20)
	for n := 0; lines.Scan(); n++ {
		if !longRun() && n%20 != 0 {
			continue
		}
		var truth struct{ ID, URL string }
		if err := json.Unmarshal(lines.Bytes(), &truth); err != nil {
			t.Fatal(err)
		}
		t.Run(truth.ID, func(t *testing.T) {
			packed, err := os.ReadFile(filepath.Join(folder, "pages", truth.ID+".html.gz"))
			if err != nil {
				t.Fatal(err)
			}
			zr, err := gzip.NewReader(bytes.NewReader(packed))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(zr)
			if err != nil {
				t.Fatal(err)
			}
			do(t, Page{Body: body, URL: truth.URL, Input: HTMLInput})
		})
	}
}

func checkProvenance(t *testing.T, p Page) {
	t.Helper()
	r, err := Clean(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := p.text()
	if err != nil {
		t.Fatal(err)
	}
	var all, body strings.Builder
	for i := range r.Blocks {
		b := &r.Blocks[i]
		if b.Label == article.Unlabelled || b.Reason == "" {
			t.Errorf("block %d has no label or no reason: %+v", i+1, *b)
		}
		s := letters(b.Text)
		all.WriteString(s)
		if b.Label.Class() == article.Body {
			body.WriteString(s)
		}
	}
	rest := all.String()
	lost := 0
	for _, piece := range visible(text, p.Input) {
		i := strings.Index(rest, piece)
		if i < 0 {
			if lost++; lost < 4 {
				t.Errorf("shown on the page, but in no block: %.200q", piece)
			}
			continue
		}
		rest = rest[i+len(piece):]
	}
	if got := letters(r.Article.Text); got != body.String() {
		t.Errorf("the article's text is not the text of its body blocks, from %.80q (text) and %.80q (blocks) on", after(got, body.String()), after(body.String(), got))
	}
}

// after returns what follows the common beginning of a and b in a.
func after(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return strings.ToValidUTF8(a[n:], "")
}

// visible returns the texts of a page that a browser shows, squeezed by letters, in order. It shares no code with the
// cleaner: it asks for an HTML tree and leaves out what no browser shows.
func visible(text string, input Input) []string {
	var pieces []string
	if input == TextInput {
		for line := range strings.Lines(text) {
			if s := letters(line); s != "" {
				pieces = append(pieces, s)
			}
		}
		return pieces
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return nil
	}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		switch n.Type {
		case html.TextNode:
			if s := letters(n.Data); s != "" {
				pieces = append(pieces, s)
			}
		case html.ElementNode:
			switch n.DataAtom {
			case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Svg, atom.Canvas, atom.Audio, atom.Video,
				atom.Title, atom.Noembed, atom.Noframes, atom.Datalist, atom.Progress, atom.Textarea, atom.Select, atom.Math,
				atom.Rt, atom.Rp: // readings stand beside the words that they are of
				return
			}
			c := attr(n, "class")
			if strings.Contains(c, "lineno") || strings.Contains(c, "MathJax_Preview") { // numbers that a copy of the code has not, and a formula shown until it is drawn
				return
			}
			if n.DataAtom == atom.Span && (strings.Contains(c, "sr-only") || strings.Contains(c, "visually") || strings.Contains(c, "screen-reader")) {
				return
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
	return pieces
}

// letters squeezes a text to its letters, digits and marks in NFKC, in which m² is m2: what a renderer may add or take away (spaces, bullets, bars
// between cells) doesn't count.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, norm.NFKC.String(s))
}

package cleaner

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"newsmill/cleaner/article"
)

// TestConfidence tries the pages of testdata/doubts.txtar. Beside each page stands what must be so: between which bounds its
// confidence is, and parts of the reasons that --explain gives.
func TestConfidence(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/doubts.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		page, want := archive.Files[i], archive.Files[i+1]
		t.Run(page.Name, func(t *testing.T) {
			input := HTMLInput
			if strings.HasSuffix(page.Name, ".txt") {
				input = TextInput
			}
			r, err := Clean(Page{Body: page.Data, Input: input}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var text, html bytes.Buffer
			if err := Explain(&text, r, ExplainOptions{Width: 200}); err != nil {
				t.Fatal(err)
			}
			if err := ExplainHTML(&html, r); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(want.Data)) {
				var low, high float64
				line = strings.TrimSpace(line)
				if n, _ := fmt.Sscanf(line, "from %f to %f", &low, &high); n == 2 {
					if p := r.Article.Confidence; p < low || p > high {
						t.Errorf("confidence %v, want %s", p, line)
					}
				} else if !strings.Contains(text.String(), line) || !strings.Contains(html.String(), line) {
					t.Errorf("confidence %v for the reasons %q, want %q", r.Article.Confidence, r.judged.doubts(), line)
				}
			}
		})
	}
}

// TestEveryArticleHasConfidence: it is a probability, the same each time, and each reason for it a line of words.
func TestEveryArticleHasConfidence(t *testing.T) {
	for _, g := range goldenPages(t) {
		r, err := Clean(g.page, Options{})
		if err != nil {
			continue // TestPages says so
		}
		again, _ := Clean(g.page, Options{})
		p := r.Article.Confidence
		if p <= 0 || p > 1 || p != again.Article.Confidence {
			t.Errorf("%s: confidence %v, then %v", g.name, p, again.Article.Confidence)
		}
		reasons := r.judged.doubts()
		if len(reasons) > mostDoubts || slices.ContainsFunc(reasons, func(s string) bool { return s == "" || strings.ContainsAny(s, "\n\x00") }) {
			t.Errorf("%s: reasons %q", g.name, reasons)
		}
	}
}

// TestReasonsNameNumbers: a number that a reason names is one that the model sees, and each that it sees is in a reason.
func TestReasonsNameNumbers(t *testing.T) {
	names, _ := certaintyOf(&document{}, &article.Article{}).numbers(true)
	left := map[string]int{}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "recovered" }) // which is a reason whatever the model says
	for _, name := range names {
		left[name]++
	}
	for name, n := range left {
		if n > 1 {
			t.Errorf("%d numbers are called %s", n, name)
		}
	}
	for _, r := range reasons {
		for _, name := range r.numbers {
			if left[name] == 0 {
				t.Errorf("a reason names %s, which is no number or in another reason", name)
			}
			delete(left, name)
		}
	}
	for name := range left {
		t.Errorf("no reason names %s", name)
	}
}

// TestBrokenConfidenceModels: a file that is cut, or of another program, is refused.
func TestBrokenConfidenceModels(t *testing.T) {
	if _, err := ReadConfidenceModel(bytes.NewReader(builtInConfidence)); err != nil {
		t.Fatal(err)
	}
	for n := range 400 {
		if _, err := ReadConfidenceModel(bytes.NewReader(builtInConfidence[:n*len(builtInConfidence)/400])); err == nil {
			t.Errorf("a file cut after %d of 400 parts is read", n)
		}
	}
	other := slices.Clone(builtInConfidence)
	binary.LittleEndian.PutUint32(other[len(confidenceMagic):], 7)
	if _, err := ReadConfidenceModel(bytes.NewReader(other)); err == nil || !strings.Contains(err.Error(), "7 features") {
		t.Errorf("a model of other numbers: %v", err)
	}
}

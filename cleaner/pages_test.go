package cleaner

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"newsmill/cleaner/article"
)

var update = flag.Bool("update", false, "rewrite the wanted files of testdata that exist")

// goldenPage is a folder of testdata/pages:
//
//	page.html or page.txt   the page, raw bytes in any encoding
//	case.yaml               why the case is here; the page's address and Content-Type
//	want.txt                the article's text and a final newline
//	want.json               fields of the article by their names in the table of fields, and "notice"; those not named are not compared
//	want.md                 if there is one: the body as Markdown
//	removed.txt             label, reason and text, divided by tabs, one line for each block outside the body;
//	                        a reason of * stands for any
//
// testdata/pages/known.txt lists wanted files that the cleaner does not reach yet.
type goldenPage struct {
	name   string
	folder string
	page   Page
}

type goldenCase struct {
	Why         string `yaml:"why"`
	URL         string `yaml:"url"`
	ContentType string `yaml:"content_type"`
}

const pagesFolder = "testdata/pages"

// goldenPages reads all golden pages, sorted by name.
func goldenPages(t testing.TB) []goldenPage {
	t.Helper()
	var pages []goldenPage
	entries, err := os.ReadDir(pagesFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		g := goldenPage{name: e.Name(), folder: filepath.Join(pagesFolder, e.Name())}
		var c goldenCase
		if err := yaml.UnmarshalWithOptions([]byte(g.read(t, "case.yaml")), &c, yaml.Strict()); err != nil {
			t.Fatalf("%s/case.yaml: %v", g.folder, err)
		}
		if c.Why == "" {
			t.Fatalf("%s/case.yaml: say why the case is here", g.folder)
		}
		g.page = Page{URL: c.URL, ContentType: c.ContentType}
		body, err := os.ReadFile(filepath.Join(g.folder, "page.html"))
		if errors.Is(err, fs.ErrNotExist) {
			body, err = os.ReadFile(filepath.Join(g.folder, "page.txt"))
			g.page.Input = TextInput
		}
		if err != nil {
			t.Fatal(err)
		}
		g.page.Body = body
		pages = append(pages, g)
	}
	if len(pages) == 0 {
		t.Fatalf("no cases in %s", pagesFolder)
	}
	return pages
}

// read returns a file of the case, "" if there is none.
func (g goldenPage) read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(g.folder, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}

// TestPages compares what Clean makes of each golden page with the wanted files beside it.
func TestPages(t *testing.T) {
	known := readKnown(t)
	for _, g := range goldenPages(t) {
		t.Run(g.name, func(t *testing.T) {
			r, err := Clean(g.page, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range goldenFiles {
				want := g.read(t, f.name)
				if want == "" {
					continue
				}
				got, err := f.render(r, want)
				if err != nil {
					t.Fatalf("%s/%s: %v", g.folder, f.name, err)
				}
				id := g.name + "/" + f.name
				switch {
				case got == want && known[id]:
					stale(t, id)
				case got == want || known[id]:
				case *update:
					if err := os.WriteFile(filepath.Join(g.folder, f.name), []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				default:
					t.Errorf("%s is not what comes out (- wanted, + came):\n%s", id, lineDiff(want, got))
				}
				delete(known, id)
			}
		})
	}
	for id := range known {
		if folder, file, _ := strings.Cut(id, "/"); file != "again" && !strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
			t.Errorf("%s/known.txt lists %s, but %s has no such file", pagesFolder, id, folder)
		}
	}
}

// goldenFiles are the wanted files, with what comes out in the form of each.
var goldenFiles = []struct {
	name   string
	render func(r *Result, want string) (string, error)
}{
	{"want.txt", func(r *Result, _ string) (string, error) { return r.Article.Text + "\n", nil }},
	{"want.json", renderFields},
	{"want.md", func(r *Result, _ string) (string, error) { return article.Markdown(&r.Article), nil }},
	{"removed.txt", func(r *Result, want string) (string, error) { return renderRemoved(r, want), nil }},
}

// readKnown reads known.txt: lines "case/file  reason", and comments.
func readKnown(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(pagesFolder, "known.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, why, _ := strings.Cut(line, " ")
		if strings.TrimSpace(why) == "" {
			t.Errorf("%s/known.txt: %s: say what is wrong", pagesFolder, id)
		}
		known[id] = true
	}
	return known
}

// stale says that a case listed in known.txt comes out right. That fails the long run only: who mends something else
// need not mend the list in the same commit.
func stale(t *testing.T, id string) {
	t.Helper()
	report := t.Logf
	if longRun() {
		report = t.Errorf
	}
	report("%s comes out right now: take its line out of %s/known.txt", id, pagesFolder)
}

// longRun reports whether the tests may take minutes: all pages of a corpus, not a sample.
func longRun() bool { return os.Getenv("NEWSMILL_LONG") != "" }

// renderFields returns the fields of the article that the wanted JSON names. In "evidence", the keys named count.
func renderFields(r *Result, want string) (string, error) {
	var wanted, all map[string]any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		return "", err
	}
	if err := json.Unmarshal([]byte(article.JSONText(r.Article.Record())), &all); err != nil {
		return "", err
	}
	all["notice"] = string(r.Notice.Kind)
	got := map[string]any{}
	for key := range wanted {
		got[key] = all[key]
		if sources, ok := wanted[key].(map[string]any); ok && key == "evidence" {
			from, _ := all[key].(map[string]any)
			some := map[string]any{}
			for k := range sources {
				some[k] = from[k]
			}
			got[key] = some
		}
	}
	if reflect.DeepEqual(got, wanted) {
		return want, nil
	}
	var sb strings.Builder
	enc := json.NewEncoder(&sb)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(got)
	return sb.String(), err
}

// renderRemoved lists the blocks outside the body; where the wanted list has * for the reason, so does this one.
func renderRemoved(r *Result, want string) string {
	wanted := strings.Split(want, "\n")
	var sb strings.Builder
	n := 0
	for i := range r.Blocks {
		b := &r.Blocks[i]
		if b.Label.Class() == article.Body {
			continue
		}
		text := strings.ReplaceAll(b.Text, "\n", " ")
		if line := b.Label.String() + "\t*\t" + text; n < len(wanted) && slices.Contains(wanted, line) {
			sb.WriteString(line + "\n")
		} else {
			fmt.Fprintf(&sb, "%s\t%s\t%s\n", b.Label, b.Reason, text)
		}
		n++
	}
	return sb.String()
}

// lineDiff shows the lines that differ, with a line of context around them.
func lineDiff(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	// Longest common subsequence by dynamic programming: the files have a few hundred lines.
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var sb strings.Builder
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			sb.WriteString("- " + a[i] + "\n")
			i++
		default:
			sb.WriteString("+ " + b[j] + "\n")
			j++
		}
	}
	return sb.String()
}

// TestCleanIsPure cleans every golden page twice, forwards and backwards, alone and among others.
func TestCleanIsPure(t *testing.T) {
	pages := goldenPages(t)
	once := make([]string, len(pages))
	for i, g := range pages {
		once[i] = fingerprint(g.page)
	}
	for i, g := range slices.Backward(pages) {
		if got := fingerprint(g.page); got != once[i] {
			t.Errorf("%s: the second time, in another order, something else comes out:\n%s", g.name, lineDiff(once[i], got))
		}
	}
	t.Run("parallel", func(t *testing.T) {
		for worker := range 4 {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				for i := range pages {
					at := (i*7 + worker*11) % len(pages)
					if got := fingerprint(pages[at].page); got != once[at] {
						t.Errorf("%s: among other goroutines something else comes out:\n%s", pages[at].name, lineDiff(once[at], got))
					}
				}
			})
		}
	})
}

// fingerprint is everything that Clean says of a page, and all its renderings.
func fingerprint(p Page) string {
	before := bytes.Clone(p.Body)
	r, err := Clean(p, Options{})
	if err != nil {
		return "error: " + err.Error()
	}
	if !bytes.Equal(before, p.Body) {
		return "Clean changed its input"
	}
	var sb strings.Builder
	a := &r.Article
	sb.WriteString(article.JSONText(a.Record()))
	sb.WriteString(article.Markdown(a))
	sb.WriteString(article.HTML(a))
	for _, b := range r.Blocks {
		fmt.Fprintf(&sb, "%s %s %g %s %q\n", b.Label, b.Reason, b.Score, b.Path, b.Text)
	}
	fmt.Fprintf(&sb, "%q %q %q %q %q %q %q %q", r.Links, r.Encoding, r.Feeds, r.NextPage, r.AMP, r.RobotsMeta, r.TDMOptOut, r.RefreshURL)
	if err := Explain(&sb, r, ExplainOptions{Color: true}); err != nil {
		return err.Error()
	}
	if err := ExplainHTML(&sb, r); err != nil {
		return err.Error()
	}
	return sb.String()
}

// TestTextCleanedAgainStays feeds the text of every golden article to the cleaner as plain text: nothing may change.
func TestTextCleanedAgainStays(t *testing.T) {
	known := readKnown(t)
	for _, g := range goldenPages(t) {
		t.Run(g.name, func(t *testing.T) {
			r, err := Clean(g.page, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Article.Text == "" || !r.Article.IsArticle {
				t.Skip("no article")
			}
			again, err := Clean(Page{Body: []byte(r.Article.Text), Input: TextInput}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			same := again.Article.Text == r.Article.Text
			switch listed := known[g.name+"/again"]; {
			case same && listed:
				stale(t, g.name+"/again")
			case !same && !listed:
				t.Errorf("the article's own text is changed (- before, + after):\n%s", lineDiff(r.Article.Text, again.Article.Text))
			}
		})
	}
}

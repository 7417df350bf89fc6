package cleaner

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"newsmill/cleaner/lexicon"
	"newsmill/cleaner/script"
)

// TestNotices cleans the short pages of notices.txtar: each is named for what it is.
func TestNotices(t *testing.T) {
	pages, err := txtar.ParseFile("testdata/notices.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages.Files {
		t.Run(page.Name, func(t *testing.T) {
			want := NoticeKind(path.Dir(page.Name))
			isArticle := want == "article"
			if isArticle || want == "none" {
				want = ""
			}
			r, err := Clean(Page{Body: page.Data, URL: "https://tidewater.example/news/2026/03/04/ferry-returns-to-the-island.html"}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Notice.Kind != want {
				t.Errorf("notice %q (%s), want %q", r.Notice.Kind, r.Notice.Reason, want)
			}
			if r.Article.IsArticle != isArticle {
				t.Errorf("is an article: %v", r.Article.IsArticle)
			}
		})
	}
}

// TestNoArticleOfTheCorpusIsANotice cleans the articles of the corpus, all of them in the long run.
func TestNoArticleOfTheCorpusIsANotice(t *testing.T) {
	root := os.Getenv("NEWSMILL_CORPUS")
	if root == "" {
		root = "../../shared/corpus"
	}
	truths, _ := filepath.Glob(filepath.Join(root, "*-dev", "truth.jsonl"))
	if len(truths) == 0 {
		t.Skipf("no corpus in %s: set NEWSMILL_CORPUS", root)
	}
	for _, truth := range truths {
		set := filepath.Dir(truth)
		if name := filepath.Base(set); name == "ird-dev" || name == "gn1-dev" {
			continue // sets that nobody looks into
		}
		b, err := os.ReadFile(truth)
		if err != nil {
			t.Fatal(err)
		}
		step := 20
		if longRun() {
			step = 1
		}
		lines := bufio.NewScanner(bytes.NewReader(b))
		lines.Buffer(nil, 16<<20)
		for i := 0; lines.Scan(); i++ {
			var page struct {
				ID, URL  string
				PageType string `json:"page_type"`
				Text     string
			}
			if err := json.Unmarshal(lines.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			if i%step != 0 || page.PageType != "" && page.PageType != "article" {
				continue
			}
			body, err := os.ReadFile(filepath.Join(set, "pages", page.ID+".html.gz"))
			if err != nil {
				t.Fatal(err)
			}
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
			r, err := Clean(Page{Body: body, URL: page.URL}, Options{})
			if err == nil && r.Notice.Kind != "" && (r.Notice.Kind != NoticeEmptyShell || page.Text != "") {
				t.Errorf("%s/%s (%d words, %d of the truth): %s: %s", filepath.Base(set), page.ID, r.Article.WordCount, script.CountWords(page.Text), r.Notice.Kind, r.Notice.Reason)
			}
		}
	}
}

// TestNoticePhrases reads the lexicon by itself: each phrase is found, in a text of nothing else.
func TestNoticePhrases(t *testing.T) {
	kind := ""
	for line := range lexicon.Lines("notices") {
		if strings.HasPrefix(line, "[") {
			kind, _, _ = strings.Cut(line[1:], ".")
			continue
		}
		text := strings.ReplaceAll(strings.TrimPrefix(line, "="), "…", "")
		l := (&placard{}).read(text)
		if at := slices.Index(noticeBook().kinds, NoticeKind(kind)); at < 0 || !l.says.has(at) || !l.heads.has(at) {
			t.Errorf("%s: %q is not found", kind, line)
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
)

// TestMarkdownComesBack reads the Markdown of articles back and writes it again.
func TestMarkdownComesBack(t *testing.T) {
	for name, md := range map[string]string{
		"paragraphs": "One.\n\nTwo with a\\\nbreak.\n",
		"inline":     "A [link](https://a.example/b) with **strong *and* emphasised** text, `code`, 2 \\* 3 and a_b.\n",
		"headings":   "## Two\n\n#### Four\n\ntext\n",
		"lists":      "- a\n- b\n  - c\n    1. d\n    2. e\n- f\n\n* other\n\n3\\. no list\n",
		"quote":      "> One.\n>\n> - a\n> - b\n\nafter\n",
		"table":      "| a | b |\n| --- | --- |\n| 1 | x \\| y |\n| 2 |  |\n",
		"headless":   "|  |  |\n| --- | --- |\n| 1 | 2 |\n",
		"figure":     "![A \\[boat\\]](https://a.example/p.jpg)\\\n*The ferry.* Photo: B\n\n![](https://a.example/q.jpg)\n",
		"fence":      "````\na\n  ```\n\nb\n````\n",
		"numbered":   "3. c\n4. d\n",
		"raised":     "850 m<sup>2</sup> of CO<sub>2</sub>, *10<sup>−3</sup>* at v<sub>max</sub>.\n",
		"item":       "- first\n\n  second paragraph\n- next\n",
	} {
		t.Run(name, func(t *testing.T) {
			nodes := parseMarkdown(md)
			if got := article.Markdown(&article.Article{Body: nodes}); got != md {
				t.Errorf("got\n%s\nwant\n%s\nby %+v", got, md, nodes)
			}
		})
	}
}

// TestMarkdownOfPagesComesBack does the same with the golden pages.
func TestMarkdownOfPagesComesBack(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "cleaner", "testdata", "pages", "*", "page.*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) == 0 {
		t.Skip("no golden pages")
	}
	for _, page := range pages {
		body, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		r, err := cleaner.Clean(cleaner.Page{Body: body, URL: "https://harbour-post.example/news/1"}, cleaner.Options{})
		if err != nil {
			continue
		}
		want := article.Markdown(&r.Article)
		if got := article.Markdown(&article.Article{Body: parseMarkdown(want)}); got != want {
			t.Errorf("%s:\n%s", page, formatDiff(diffWords(want, got), false))
		}
	}
}

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 11, 24, 7, 30, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"2026-11-01":                "2026-11-01T00:00:00Z",
		"2026-11-01T15:04":          "2026-11-01T15:04:00Z",
		"2026-11-01 15:04:05":       "2026-11-01T15:04:05Z",
		"2026-11-01T15:04:05+02:00": "2026-11-01T13:04:05Z",
		"24h":                       "2026-11-23T07:30:00Z",
		"7d":                        "2026-11-17T07:30:00Z",
		"2w":                        "2026-11-10T07:30:00Z",
		"today":                     "2026-11-24T00:00:00Z",
		"yesterday":                 "2026-11-23T00:00:00Z",
	} {
		got, err := parseMoment(in, now, false)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q is %v, %v; want %s", in, got, err, want)
		}
	}
	if got, _ := parseMoment("2026-11-01", now, true); got.Format(time.RFC3339) != "2026-11-02T00:00:00Z" {
		t.Errorf("until a day should mean its end: %v", got)
	}
	for _, in := range []string{"", "x", "-3h", "2026-13-01", "2026-02-30", "7", "1e9d"} {
		if got, err := parseMoment(in, now, false); err == nil {
			t.Errorf("%q is taken as %v", in, got)
		}
	}
}

func TestDiffWords(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"same":    {"a b c", "a b c", "a b c"},
		"replace": {"the old bridge fell", "the new bridge fell", "the [-old-] {+new+} bridge fell"},
		"insert":  {"a c", "a b c", "a {+b+} c"},
		"delete":  {"a b c", "a c", "a [-b-] c"},
		"empty":   {"", "a b", "{+a b+}"},
		"chinese": {"经济增长百分之五", "经济增长百分之六", "经济增长百分之[-五-]{+六+}"},
	} {
		got := formatDiff(diffWords(c.before, c.after), false)
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	// Whatever the texts, taking one side of the difference gives that text back.
	words := strings.Fields("a b c d e a b x y z")
	for i := range 200 {
		var x, y []string
		for j, w := range words {
			if i>>(j%8)&1 == 0 {
				x = append(x, w)
			}
			if i>>((j+3)%8)&1 == 0 {
				y = append(y, w)
			}
		}
		before, after := strings.Join(x, " "), strings.Join(y, " ")
		var gotBefore, gotAfter strings.Builder
		for _, ch := range diffWords(before, after) {
			if ch.kind != '+' {
				gotBefore.WriteString(strings.Join(ch.words, ""))
			}
			if ch.kind != '-' {
				gotAfter.WriteString(strings.Join(ch.words, ""))
			}
		}
		if strings.TrimSpace(gotBefore.String()) != before || strings.TrimSpace(gotAfter.String()) != after {
			t.Fatalf("%q -> %q came back as %q -> %q", before, after, gotBefore.String(), gotAfter.String())
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// hostileMarkdown are texts of about n bytes that a page or a foreign database may hold, each of one thing again and again.
var hostileMarkdown = map[string]func(n int) string{
	"brackets":          func(n int) string { return strings.Repeat("[", n) },
	"closing brackets":  func(n int) string { return strings.Repeat("]", n) },
	"empty links":       func(n int) string { return strings.Repeat("[](", n/3) },
	"addresses no end":  func(n int) string { return strings.Repeat("[a](b", n/5) },
	"links":             func(n int) string { return strings.Repeat("[a](b) ", n/7) },
	"links in links":    func(n int) string { return strings.Repeat("[", n/6) + "a" + strings.Repeat("](b)", n/6) },
	"picture":           func(n int) string { return "![" + strings.Repeat("[", n) },
	"pictures":          func(n int) string { return strings.Repeat("![a](b)\n\n", n/9) },
	"emphasis":          func(n int) string { return strings.Repeat("word *a* ", n/9) },
	"emphasis, strong":  func(n int) string { return strings.Repeat("*a* **b** ", n/10) },
	"stars":             func(n int) string { return strings.Repeat("*", n) },
	"tags":              func(n int) string { return strings.Repeat("<strong>a</strong>", n/18) },
	"open tags":         func(n int) string { return strings.Repeat("<em>", n/4) },
	"less than":         func(n int) string { return strings.Repeat("<", n) },
	"backslashes":       func(n int) string { return strings.Repeat("\\", n) },
	"quotes":            func(n int) string { return strings.Repeat(">", n) },
	"quotes with space": func(n int) string { return strings.Repeat("> ", n/2) },
	"quoted lines":      func(n int) string { return strings.Repeat(strings.Repeat(">", 100)+"a\n", n/102) },
	"list":              func(n int) string { return strings.Repeat("- a\n", n/4) },
	"spaced list":       func(n int) string { return strings.Repeat("- a\n\n", n/5) },
	"lists in lists":    func(n int) string { return strings.Repeat("- ", n/2) },
	"numbers in lists":  func(n int) string { return strings.Repeat("1. > ", n/5) },
	"item, then blank":  func(n int) string { return "- a\n" + strings.Repeat("\n", n) + "x" },
	"items and blanks":  func(n int) string { return strings.Repeat("- a\n"+strings.Repeat("\n", 1000), n/1004) },
	"table": func(n int) string {
		return "|" + strings.Repeat(" a |", n/8) + "\n|" + strings.Repeat(" --- |", n/8) + "\n"
	},
	"rows":     func(n int) string { return "| a |\n| --- |\n" + strings.Repeat("| b |\n", n/6) },
	"fences":   func(n int) string { return strings.Repeat("```\n", n/4) },
	"headings": func(n int) string { return strings.Repeat("# a\n", n/4) },
	"code of each length": func(n int) string {
		var sb strings.Builder
		for i := 1; sb.Len() < n; i++ {
			sb.WriteString(strings.Repeat("`", i%700+1) + "a")
		}
		return sb.String()
	},
}

// TestMarkdownOfAnySizeIsRead reads a megabyte of each: what took the square of that would not end here, and what went deeper
// with each sign would end the process.
func TestMarkdownOfAnySizeIsRead(t *testing.T) {
	for name, text := range hostileMarkdown {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes := parseMarkdown(text(1 << 20))
			if d := depthOf(nodes); d > 2*mostNested+2 {
				t.Errorf("nested %d deep", d)
			}
			art := &article.Article{Body: nodes}
			article.Markdown(art)
			article.HTML(art)
		})
	}
}

func depthOf(nodes []article.Node) int {
	deepest := 0
	for _, n := range nodes {
		deepest = max(deepest, depthOf(n.Children))
	}
	return deepest + 1
}

// FuzzMarkdown: no text of a database makes show write what a browser would run, or fail.
func FuzzMarkdown(f *testing.F) {
	for _, text := range hostileMarkdown {
		f.Add(text(40))
	}
	for _, s := range []string{"# a\n\n> b\n> - c", "[a](b)", "![a](b)\\\n*c* d", "| a | b |\n| --- | --- |\n| c |", "```\na\n```", "1. a\n   - b\n\n     c", "**a*b**c*", "``a`b``"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, md string) {
		art := &article.Article{Body: parseMarkdown(md)}
		html := article.HTML(art)
		if strings.Contains(html, "<script") || strings.Contains(html, "href=\"javascript") {
			t.Errorf("%q becomes %q", md, html)
		}
		parseMarkdown(article.Markdown(art))
	})
}

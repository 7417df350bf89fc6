package cleaner

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
)

// TestMarkdownReadsBack renders bodies as Markdown, lets another program make HTML of it, and compares that with our
// own HTML: the same words in the same paragraphs, headings, lists, quotes and cells, with the same links.
func TestMarkdownReadsBack(t *testing.T) {
	for name, a := range awkwardArticles() {
		t.Run(name, func(t *testing.T) { checkMarkdown(t, a) })
	}
	for _, g := range goldenPages(t) {
		t.Run(g.name, func(t *testing.T) {
			r, err := Clean(g.page, Options{})
			if err != nil {
				t.Fatal(err)
			}
			checkMarkdown(t, &r.Article)
		})
	}
	for _, set := range []string{"fundus-dev", "readability"} {
		t.Run(set, func(t *testing.T) {
			forCorpus(t, set, func(t *testing.T, p Page) {
				if r, err := Clean(p, Options{}); err == nil {
					checkMarkdown(t, &r.Article)
				}
			})
		})
	}
}

func checkMarkdown(t *testing.T, a *article.Article) {
	t.Helper()
	b := *a
	b.Body = withoutFigures(a.Body)
	md := article.Markdown(&b)
	var sb strings.Builder
	gm := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithRendererOptions(goldmarkhtml.WithUnsafe()))
	if err := gm.Convert([]byte(md), &sb); err != nil {
		t.Fatal(err)
	}
	want, got := outline(t, article.HTML(&b)), outline(t, sb.String())
	if want != got {
		t.Errorf("Markdown reads back as something else (- ours, + read back):\n%s\nfrom\n%.3000s", lineDiff(want, got), md)
	}
}

// withoutFigures leaves out pictures, which Markdown has no element for.
func withoutFigures(nodes []article.Node) []article.Node {
	var kept []article.Node
	for _, n := range nodes {
		if n.Kind == article.FigureNode {
			continue
		}
		n.Children = withoutFigures(n.Children)
		kept = append(kept, n)
	}
	return kept
}

// outline lists the texts of a piece of HTML, each with the blocks around it and its link.
func outline(t *testing.T, source string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	var sb strings.Builder
	where := ""
	flush := func() {
		if s := sb.String(); strings.TrimSpace(s) != "" {
			if !strings.HasPrefix(where, "pre") {
				s = strings.TrimSpace(s)
			}
			lines = append(lines, where+": "+strings.Trim(s, "\n"))
		}
		sb.Reset()
	}
	var visit func(n *html.Node, path string)
	visit = func(n *html.Node, path string) {
		if n.Type == html.TextNode {
			where = path
			if s := n.Data; strings.Contains(path, "pre") {
				sb.WriteString(s)
			} else if s = strings.ReplaceAll(s, "\n", " "); !strings.HasSuffix(sb.String(), "/") || n.PrevSibling == nil || n.PrevSibling.DataAtom != atom.Br {
				sb.WriteString(s)
			} else {
				sb.WriteString(strings.TrimLeft(s, " "))
			}
			return
		}
		inline := false
		switch n.DataAtom {
		case atom.A:
			if inline = true; strings.Contains(path, "pre") { // a block of code holds no links
				break
			}
			sb.WriteString("[")
			href := attr(n, "href")
			if plain, err := url.PathUnescape(href); err == nil { // what Markdown can't hold is percent-encoded
				href = plain
			}
			defer func() { fmt.Fprintf(&sb, "](%s)", href) }()
		case atom.Code:
			if inline = true; n.Parent.DataAtom != atom.Pre {
				sb.WriteString("`")
				defer sb.WriteString("`")
			}
		case atom.Strong, atom.Em:
			inline = true
		case atom.Br:
			if strings.Contains(path, "h") || strings.Contains(path, "td") { // a heading or cell is one line
				sb.WriteString(" ")
			} else {
				sb.WriteString("/")
			}
			return
		case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Li, atom.Blockquote, atom.Td, atom.Th, atom.Pre:
			flush()
			path = strings.TrimPrefix(path+">"+n.Data, ">")
			where = path
		default:
			flush()
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c, path)
		}
		if !inline {
			flush()
		}
	}
	visit(root, "")
	return strings.Join(lines, "\n")
}

// awkwardArticles hold what could be taken for markup.
func awkwardArticles() map[string]*article.Article {
	para := func(s string) article.Node { return article.Node{Text: s} }
	articles := map[string]*article.Article{}
	for i, s := range []string{
		"1. April is a date", "2) Second", "# not a heading", "+ plus", "- minus", "* star", "> more", "= equal", "~~~ waves", "``` ticks", "--- rule", "***", "_under_ and snake_case_name and __init__",
		"a * b * c", "**not bold**", "[not](a link)", "![not](an image)", "<b>not a tag</b>", "<https://a.example>", "AT&amp;T &copy; &#169; & co", `back\slash \* star`, "trailing hash #", "a | b | c",
		"~~not struck~~", "`code`", "``two``", "ends with backslash\\", ": colon", "[ ] todo", "[x]: https://a.example", "http://a.example/x_y_z", "www.example.example", "a@b.example", "100% *", "\\", "#", "1.", "-",
		"Ein Satz. 3. Oktober", "№ 5) x", "$5_000_000", "*emph*asis", "==mark==", "^sup^", "{.class}", "&nbsp;", "a  b", "x<y>z", "<!-- c -->", "5 < 6 > 4", "\u202bעברית 1. x",
	} {
		articles[fmt.Sprintf("text %02d", i)] = &article.Article{Body: []article.Node{
			para(s),
			{Kind: article.HeadingNode, Level: 2, Text: s},
			{Kind: article.ListNode, Children: []article.Node{{Kind: article.ItemNode, Text: s}, {Kind: article.ItemNode, Text: s, Children: []article.Node{para(s)}}}},
			{Kind: article.ListNode, Ordered: true, Children: []article.Node{{Kind: article.ItemNode, Text: s, Children: []article.Node{{Kind: article.ListNode, Children: []article.Node{{Kind: article.ItemNode, Text: s}}}}}}},
			{Kind: article.QuoteNode, Children: []article.Node{para(s), para("x " + s)}},
			{Kind: article.TableNode, Header: true, Rows: [][]article.Node{{para("a"), para(s)}, {para(s), para("b")}}},
			{Text: "before\n" + s, Spans: []article.Span{{Kind: article.BreakSpan, Start: 6, End: 7}}},
			{Text: s, Spans: []article.Span{{Kind: article.LinkSpan, End: len(s), URL: "https://a.example/(x)?a=1&copy;=2|3"}}},
			{Text: s + " " + s, Spans: []article.Span{{Kind: article.StrongSpan, End: len(s)}, {Kind: article.EmphasisSpan, Start: len(s) + 1, End: 2*len(s) + 1}}},
			{Text: "x" + s + "y", Spans: []article.Span{{Kind: article.StrongSpan, Start: 1, End: len(s) + 1}}},
			{Text: s, Spans: []article.Span{{Kind: article.CodeSpan, End: len(s)}}},
			{Kind: article.PreformattedNode, Text: s + "\n    indented\n\n" + s},
		}}
	}
	cjk := "他说「注意安全」然后离开。"
	at := strings.Index(cjk, "「")
	articles["cjk emphasis"] = &article.Article{Body: []article.Node{{Text: cjk, Spans: []article.Span{{Kind: article.StrongSpan, Start: at, End: at + len("「注意安全」")}}}}}
	articles["neighbours"] = &article.Article{Body: []article.Node{{Text: "abcdef", Spans: []article.Span{{Kind: article.StrongSpan, End: 2}, {Kind: article.EmphasisSpan, Start: 2, End: 4}, {Kind: article.StrongSpan, Start: 4, End: 6}}}}}
	articles["nested"] = &article.Article{Body: []article.Node{{Text: "a b c d", Spans: []article.Span{{Kind: article.StrongSpan, End: 7}, {Kind: article.LinkSpan, Start: 2, End: 5, URL: "https://a.example/"}, {Kind: article.EmphasisSpan, Start: 2, End: 3}}}}}
	articles["crossing"] = &article.Article{Body: []article.Node{{Text: "a b c d", Spans: []article.Span{{Kind: article.StrongSpan, End: 3}, {Kind: article.EmphasisSpan, Start: 2, End: 5}}}}}
	articles["two lists"] = &article.Article{Body: []article.Node{
		{Kind: article.ListNode, Children: []article.Node{{Kind: article.ItemNode, Text: "a"}}},
		{Kind: article.ListNode, Children: []article.Node{{Kind: article.ItemNode, Text: "b"}}},
		{Kind: article.ListNode, Ordered: true, Children: []article.Node{{Kind: article.ItemNode, Text: "c"}}},
		{Kind: article.ListNode, Ordered: true, Children: []article.Node{{Kind: article.ItemNode, Text: "d"}}},
		{Kind: article.ListNode, Ordered: true, Children: []article.Node{{Kind: article.ItemNode, Text: "e"}}},
	}}
	articles["items without text"] = &article.Article{Body: []article.Node{{Kind: article.ListNode, Children: []article.Node{
		{Kind: article.ItemNode, Children: []article.Node{{Kind: article.HeadingNode, Level: 3, Text: "h"}, {Text: "p"}}},
		{Kind: article.ItemNode, Children: []article.Node{{Kind: article.QuoteNode, Children: []article.Node{{Text: "q"}}}}},
		{Kind: article.ItemNode, Children: []article.Node{{Kind: article.ListNode, Children: []article.Node{{Kind: article.ItemNode, Text: "deep"}}}}},
	}}}}
	articles["table without head"] = &article.Article{Body: []article.Node{{Kind: article.TableNode, Rows: [][]article.Node{{{Text: "a"}}, {{Text: "b"}, {Text: "c"}}, {}}}}}
	return articles
}

// TestHTMLHoldsNothingThatRuns feeds hostile addresses and texts to the renderers.
func TestHTMLHoldsNothingThatRuns(t *testing.T) {
	evil := `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	for _, u := range []string{"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", `https://a.example/" onclick="alert(1)`, "java\tscript:alert(1)", ""} {
		a := &article.Article{Language: `"><script>`, Title: evil, Body: []article.Node{
			{Text: evil, Spans: []article.Span{{Kind: article.LinkSpan, End: len(evil), URL: u}}},
			{Kind: article.FigureNode, Image: &article.Image{URL: u, Alt: evil, Caption: evil, Credit: evil}},
			{Kind: article.EmbedNode, Text: evil, Spans: []article.Span{{Kind: article.LinkSpan, End: 5, URL: u}}},
		}}
		r := &Result{Article: *a, Blocks: []article.Block{{Text: evil, Label: article.Paragraph, Reason: evil, Path: evil}, {Text: evil, Label: article.Navigation, Reason: evil}}}
		var page strings.Builder
		if err := ExplainHTML(&page, r); err != nil {
			t.Fatal(err)
		}
		for name, source := range map[string]string{"HTML": article.HTML(a), "ExplainHTML": page.String()} {
			root, err := html.Parse(strings.NewReader(source))
			if err != nil {
				t.Fatal(err)
			}
			scripts := 0
			for n := range root.Descendants() {
				if n.DataAtom == atom.Script {
					scripts++
				}
				for _, at := range n.Attr {
					if strings.HasPrefix(at.Key, "on") || (at.Key == "href" || at.Key == "src") && !article.SafeURL(at.Val) && !blockLink.MatchString(at.Val) {
						t.Errorf("%s of %q: %s=%q", name, u, at.Key, at.Val)
					}
				}
			}
			if want := map[string]int{"HTML": 0, "ExplainHTML": 1}[name]; scripts != want {
				t.Errorf("%s of %q holds %d scripts, want %d", name, u, scripts, want)
			}
		}
	}
}

// blockLink is the address of a block within the page that explains.
var blockLink = regexp.MustCompile(`^#b[0-9]+$`)

// TestBodyReadsBack: an article's structure that went through JSON is the same.
func TestBodyReadsBack(t *testing.T) {
	for _, g := range goldenPages(t) {
		r, err := Clean(g.page, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var back []article.Node
		if err := json.Unmarshal([]byte(article.JSONText(r.Article.Body)), &back); err != nil {
			t.Fatalf("%s: %v", g.name, err)
		}
		if !reflect.DeepEqual(back, r.Article.Body) {
			t.Errorf("%s: the body changes on its way through JSON", g.name)
		}
	}
}

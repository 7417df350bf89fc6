package cleaner

import (
	"strings"
	"testing"

	"newsmill/cleaner/article"
)

// build makes the article of a page whose blocks get their labels from label, by their text.
func build(t *testing.T, page string, label func(b *block) article.Label) *article.Article {
	t.Helper()
	doc := segmented(t, page, Page{URL: "https://a.example/news/1", Input: HTMLInput})
	for i := range doc.blocks {
		doc.blocks[i].label = label(&doc.blocks[i])
	}
	r := &Result{}
	structure(r, doc)
	return &r.Article
}

// segmented parses a page.
func segmented(t *testing.T, text string, p Page) *document {
	t.Helper()
	doc := &document{}
	if err := doc.segment(text, p); err != nil {
		t.Fatal(err)
	}
	return doc
}

// byKind labels blocks by what the markup claims.
func byKind(b *block) article.Label {
	return map[blockKind]article.Label{
		textBlock: article.Paragraph, paragraphBlock: article.Paragraph, headingBlock: article.Heading, itemBlock: article.ListItem, quoteBlock: article.Quote,
		cellBlock: article.TableCell, captionBlock: article.Caption, preBlock: article.Preformatted,
	}[b.kind]
}

func TestStructure(t *testing.T) {
	for name, c := range map[string]struct{ page, markdown string }{
		"nested lists":           {"<ul><li>a<ol><li>b<li>c</ol><li>d</ul>", "- a\n  1. b\n  2. c\n- d\n"},
		"item with paragraphs":   {"<ol><li><p>a</p><p>b</p></li><li>c</li></ol>", "1. a\n\n   b\n2. c\n"},
		"two lists":              {"<ul><li>a</ul><ul><li>b</ul>", "- a\n\n* b\n"},
		"definitions":            {"<dl><dt>a<dd>b<dt>c<dd>d</dl>", "- a\n- b\n- c\n- d\n"},
		"quote with paragraphs":  {"<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc\n"},
		"list in quote":          {"<blockquote><p>a</p><ul><li>b</ul></blockquote>", "> a\n>\n> - b\n"},
		"table":                  {"<table><tr><th>a<th>b<tr><td>1<td>2</table>", "| a | b |\n| --- | --- |\n| 1 | 2 |\n"},
		"spans":                  {"<table><tr><td colspan=2>a<td>b<tr><td rowspan=2>c<td>d<td>e<tr><td>f<td>g</table>", "|  |  |  |\n| --- | --- | --- |\n| a |  | b |\n| c | d | e |\n|  | f | g |\n"},
		"hostile spans":          {"<table><tr><td colspan=9007199254740991>a<td>b<tr><td rowspan=9007199254740991>c<td>d</table>", "|" + strings.Repeat("  |", 100) + "\n|" + strings.Repeat(" --- |", 100) + "\n| a |" + strings.Repeat("  |", 98) + " b |\n| c | d |" + strings.Repeat("  |", 98) + "\n"},
		"layout by role":         {"<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>", "a\n\nb\n\nc\n\nd\n"},
		"layout by one column":   {"<table><tr><td>a<tr><td>b<tr><td>c</table>", "a\n\nb\n\nc\n"},
		"layout by nested table": {"<table><tr><td>x<td><table><tr><th>a<th>b<tr><td>1<td>2</table></table>", "x\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"},
		"layout by prose":        {"<table><tr><td>a<td>" + strings.Repeat("Long prose. ", 40) + "<tr><td>c<td>d</table>", "a\n\n" + strings.TrimSpace(strings.Repeat("Long prose. ", 40)) + "\n\nc\n\nd\n"},
		"caption of a table":     {"<table><caption>t</caption><tr><th>a<th>b<tr><td>1<td>2</table>", "t\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"},
		"caption below a table":  {"<table><tr><th>a<th>b<tr><td>1<td>2</tr><caption>t</caption></table><p>c", "| a | b |\n| --- | --- |\n| 1 | 2 |\n\nt\n\nc\n"},
		"caption between rows":   {"<table><tr><th>a<th>b</tr><caption>t</caption><tr><td>1<td>2</table><p>c", "| a | b t |\n| --- | --- |\n| 1 | 2 |\n\nc\n"},
		"inline":                 {"<p>a <b>b</b> <i>c</i> <a href=/x>d</a> <code>e</code><br>f</p>", "a **b** *c* [d](https://a.example/x) `e`\\\nf\n"},
		"heading levels":         {"<h1>a</h1><h4>b</h4>", "## a\n\n#### b\n"},
		"figure":                 {"<p>a</p><figure><img src=/i.jpg alt=z><figcaption>The pier. Photo: Ann Bee</figcaption></figure><p>b</p>", "a\n\n![z](https://a.example/i.jpg)\\\n*The pier.* Ann Bee\n\nb\n"},
		"figure inside a list":   {"<ul><li>a<figure><img src=/i.jpg></figure><li>b</ul><p>c</p>", "- a\n- b\n\n![](https://a.example/i.jpg)\n\nc\n"},
		"preformatted":           {"<pre>a\n  b</pre>", "```\na\n  b\n```\n"},
		"video":                  {"<p>a</p><iframe title=T src=https://player.vimeo.com/video/12></iframe><iframe src=https://ads.example/></iframe><p>b</p>", "a\n\n[T](https://vimeo.com/12)\n\nb\n"},
		"icons and links":        {"<p>a</p><img src=/i.png width=16 height=16><img src=/logo.png><a href=/other><img src=/teaser.jpg></a><img src=data:image/png;base64,A><p>b</p>", "a\n\nb\n"},
		"lazy picture":           {"<p>a</p><picture><source srcset='/s.webp 1w, /l.webp 2w'><img src=data:image/gif;base64,A></picture><p>b</p>", "a\n\n![](https://a.example/l.webp)\n\nb\n"},
	} {
		t.Run(name, func(t *testing.T) {
			a := build(t, c.page, byKind)
			if got := article.Markdown(a); got != c.markdown {
				t.Errorf("%s\nbecomes\n%s\nwant\n%s", c.page, got, c.markdown)
			}
		})
	}
}

func TestPlainTextLists(t *testing.T) {
	doc := segmented(t, "First paragraph.\n\n• one\n• two\n\nLast\nparagraph.\n", Page{Input: TextInput})
	for i := range doc.blocks {
		if doc.blocks[i].label = article.Paragraph; strings.HasPrefix(doc.blocks[i].text, "•") {
			doc.blocks[i].label = article.ListItem
		}
	}
	r := &Result{}
	structure(r, doc)
	if got, want := r.Article.Text, "First paragraph.\n\none\ntwo\n\nLast\nparagraph."; got != want {
		t.Errorf("text is %q, want %q", got, want)
	}
	if got, want := article.Markdown(&r.Article), "First paragraph.\n\n- one\n- two\n\nLast\\\nparagraph.\n"; got != want {
		t.Errorf("Markdown is %q, want %q", got, want)
	}
}

func TestUpdates(t *testing.T) {
	entry := `<li class=entry><div><time datetime="2026-05-07T2%s:00:00Z">then</time></div><h3>T%s</h3><p>a%s</p><p>b</p></li>`
	page := "<main><p>Lead <time datetime=2026-05-07>today</time></p><ul>"
	for _, n := range []string{"3", "2", "1", "0"} {
		page += strings.ReplaceAll(entry, "%s", n)
	}
	doc := segmented(t, page+"</ul></main>", Page{Input: HTMLInput})
	for i := range doc.blocks {
		if doc.blocks[i].label = byKind(&doc.blocks[i]); doc.blocks[i].text == "then" {
			doc.blocks[i].label = article.Date
		}
	}
	r := &Result{Article: article.Article{PageType: article.PageLiveBlog}}
	structure(r, doc)
	var got []string
	for _, u := range r.Article.Updates {
		got = append(got, u.At.String()+" "+u.Title+" "+u.Text)
	}
	want := "2026-05-07T23:00:00Z T3 a3\nb|2026-05-07T22:00:00Z T2 a2\nb|2026-05-07T21:00:00Z T1 a1\nb|2026-05-07T20:00:00Z T0 a0\nb"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("updates are\n%q, want\n%q", s, want)
	}
}

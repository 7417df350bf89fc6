package cleaner

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"newsmill/cleaner/article"
)

// FuzzClean cleans any bytes as whatever they look like, as HTML and as text. Nothing may panic or differ the second
// time, all text must be valid and accounted for, and all renderings must hold.
func FuzzClean(f *testing.F) {
	for _, g := range goldenPages(f) {
		f.Add(g.page.Body, g.page.ContentType, uint8(g.page.Input))
	}
	for _, s := range []string{
		"", " ", "<", "<p>", "</p>", "<p>a<br><br>b", "<table><tr><td colspan=99999999999>a<td>b<tr><td rowspan=-1>c", "<ul><li>a<ul><li>b</ul>c</ul>",
		"<figure><img srcset=', ,a 1w'><figcaption>x. /Y</figcaption>", "<p>a<b>b<i>c</b>d</i>e", "<a href=javascript:x>y</a>", "<pre>\n\n a\n\tb</pre>",
		`<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"a`, "<p>\xff\xfe\x00", "\xff\xfe<\x00p\x00>\x00", "a\n\nb\nc\n", "1. a\n2. b\n", "<plaintext>a", "<svg><p>a</svg>b",
		"<p>e\u0301\u0301<b>\u0301</b>", "<blockquote class=twitter-tweet><p>a</p><a href=https://a.example/1>b</a>", "<iframe src=//www.youtube.com/embed/x>", "<template><p>a</template>", "<frameset><frame>",
	} {
		for input := range uint8(3) {
			f.Add([]byte(s), "text/html", input)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string, input uint8) {
		if len(body) > 1<<20 {
			return
		}
		p := Page{Body: body, URL: "https://a.example/news/2026/a", ContentType: contentType, Input: Input(input % 3)}
		r, err := Clean(p, Options{})
		if err != nil {
			return
		}
		checkResult(t, r)
		if len(body)%8 > 0 { // the rest takes most of the time
			return
		}
		again, err := Clean(p, Options{})
		if err != nil {
			t.Fatalf("the second time %v", err)
		}
		if a, b := article.JSONText(r.Article.Record()), article.JSONText(again.Article.Record()); a != b {
			t.Fatalf("the second time something else comes out:\n%s", lineDiff(a, b))
		}
		checkExplained(t, r)
	})
}

// FuzzDataBody cleans pages that show a title alone and carry their text, which is any, in data: its blocks have no
// element. What holds for FuzzClean must hold.
func FuzzDataBody(f *testing.F) {
	for _, g := range goldenPages(f) {
		for form := range uint8(len(dataBodies)) {
			f.Add(strings.ReplaceAll(g.read(f, "want.txt"), "\n\n", "\n\nPhoto: Ada Holm/Skerry Post\n\n"), form)
		}
	}
	for _, s := range []string{
		"Picture credit: Skerry Sound Pilots", "The lamp. (Photo: Ada Holm/Skerry Post)", "Sign up for our newsletter", "<p>A.<p>B<blockquote>C</blockquote><ul><li>D</ul>",
		"Editor's note: Ada Holm is a pilot.", "Correction: it was Monday.", "Summary made by AI", "- a\n- b", "> a", "{{ad}}", "\u2028 \x00 \ufffd", `{"a":"b"}`,
	} {
		for form := range uint8(len(dataBodies)) {
			f.Add(strings.Repeat(s+"\n\n", 30), form)
		}
	}
	f.Fuzz(func(t *testing.T, text string, form uint8) {
		if len(text) > 1<<18 {
			return
		}
		body, input := dataBodies[int(form)%len(dataBodies)](text), HTMLInput
		if form&0x80 != 0 {
			input = DetectInput
		}
		site := article.Site{Body: "article", Remove: "footer", Boilerplate: []article.Phrase{{ID: "lamp", Match: "lamp"}}}
		r, err := Clean(Page{Body: []byte(body), URL: "https://a.example/news/2026/a", Input: input}, Options{Site: site})
		if err != nil {
			return
		}
		checkResult(t, r)
		checkExplained(t, r)
	})
}

// dataBodies are the ways in which a page carries a text that it doesn't show.
var dataBodies = []func(text string) string{
	func(s string) string { return s }, // plain text, or what looks like something else
	func(s string) string {
		return dataPage(`<script type="application/ld+json">{"@type":"NewsArticle","headline":"The night watch","articleBody":` + quoted(s) + `}</script>`)
	},
	func(s string) string { // an update a paragraph
		var updates []string
		for p := range strings.SplitSeq(s, "\n\n") {
			updates = append(updates, `{"@type":"BlogPosting","headline":"An update","articleBody":`+quoted(p)+`}`)
		}
		return dataPage(`<script type="application/ld+json">{"@type":"LiveBlogPosting","headline":"The night watch","liveBlogUpdate":[` + strings.Join(updates, ",") + `]}</script>`)
	},
	func(s string) string {
		return dataPage(`<script>window.__STORY__={"story":{"headline":"The night watch","authors":[{"name":` + quoted(s) + `}],"body":` + quoted(s) + `}};` + strings.Repeat(" ", 2*minData) + `</script>`)
	},
	func(s string) string { // an element a paragraph
		var parts []string
		for p := range strings.SplitSeq(s, "\n\n") {
			parts = append(parts, `{"type":"text","content":`+quoted(p)+`}`)
		}
		return dataPage(`<script id="__NEXT_DATA__" type="application/json">{"article":{"title":"The night watch","content_elements":[` + strings.Join(parts, ",") + `]}}</script>`)
	},
	func(s string) string {
		return dataPage(`<div data-story="` + html.EscapeString(`{"name":"The night watch","text":`+quoted(s)+`,"more":"`+strings.Repeat("-", minData)+`"}`) + `"></div>`)
	},
	func(s string) string { return dataPage(`<script type="application/ld+json">` + s + `</script>`) },
	func(s string) string { return dataPage(`<script id="data" type="application/json">` + s + `</script>`) },
}

func dataPage(data string) string {
	return "<html><head><title>The night watch</title><meta property=og:type content=article></head><body><article><h1>The night watch</h1>" + data + "</article></body></html>"
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// checkResult checks what must hold of every result.
func checkResult(t *testing.T, r *Result) {
	t.Helper()
	var body strings.Builder
	for i, b := range r.Blocks {
		if b.Text == "" || b.Label == article.Unlabelled || b.Reason == "" || !(b.Score >= 0 && b.Score <= 1) {
			t.Errorf("block %d: %+v", i, b)
		}
		if !utf8.ValidString(b.Text) {
			t.Errorf("block %d is not UTF-8: %q", i, b.Text)
		}
		if b.Label.Class() == article.Body {
			body.WriteString(letters(b.Text))
		}
	}
	a := &r.Article
	if got := letters(a.Text); got != body.String() {
		t.Errorf("the text is not that of the body's blocks: %q and %q", after(got, body.String()), after(body.String(), got))
	}
	checkNodes(t, a.Body)
	if source := article.JSONText(a.Record()); !json.Valid([]byte(source)) || !utf8.ValidString(source) {
		t.Errorf("not JSON: %.200q", source)
	}
	if md := article.Markdown(a); !utf8.ValidString(md) {
		t.Errorf("Markdown is not UTF-8: %.200q", md)
	}
	root, err := html.Parse(strings.NewReader(article.HTML(a)))
	if err != nil {
		t.Error(err)
		return
	}
	for n := range root.Descendants() {
		if n.Data == "script" || n.Data == "style" {
			t.Errorf("HTML holds a <%s>", n.Data)
		}
		for _, at := range n.Attr {
			if strings.HasPrefix(at.Key, "on") || (at.Key == "href" || at.Key == "src") && !article.SafeURL(at.Val) {
				t.Errorf("HTML holds %s=%q", at.Key, at.Val)
			}
		}
	}
}

// checkExplained checks what explains a result.
func checkExplained(t *testing.T, r *Result) {
	t.Helper()
	var sb strings.Builder
	if err := Explain(&sb, r, ExplainOptions{Width: 60}); err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(sb.String()) {
		if n := columns.StringWidth(line); n > 220 || strings.ContainsRune(line, '\x1b') {
			t.Errorf("a line of %d columns: %q", n, line)
		}
	}
	if err := ExplainHTML(&sb, r); err != nil {
		t.Error(err)
	}
}

// checkNodes checks that spans lie within their texts, on letter borders, and that nodes hold what their kind says.
func checkNodes(t *testing.T, nodes []article.Node) {
	t.Helper()
	for i := range nodes {
		n := &nodes[i]
		last := 0
		for _, s := range n.Spans {
			if s.Start < last || s.End <= s.Start || s.End > len(n.Text) || !utf8.RuneStart(n.Text[s.Start]) || s.End < len(n.Text) && !utf8.RuneStart(n.Text[s.End]) {
				t.Errorf("span %+v in %q", s, n.Text)
				break
			}
			last = s.Start
		}
		switch {
		case n.Kind == article.FigureNode && n.Image == nil, n.Kind == article.TableNode && len(n.Rows) == 0, n.Kind == article.ListNode && len(n.Children) == 0,
			n.Kind == article.QuoteNode && len(n.Children) == 0, n.Kind == article.HeadingNode && (n.Level < 2 || n.Level > 6),
			n.Kind == article.ItemNode && n.Text == "" && len(n.Children) == 0:
			t.Errorf("an empty node: %+v", *n)
		}
		checkNodes(t, n.Children)
		for _, row := range n.Rows {
			checkNodes(t, row)
		}
	}
}

package htmltree

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// refersInDoctype is what x/net/html replaces character references in, and browsers do not.
var refersInDoctype = regexp.MustCompile("(?i)<!doctype[^>]*&")

// same renders both parsers' trees of a page and compares them.
func same(t *testing.T, name, page string) {
	t.Helper()
	page = strings.ToValidUTF8(page, "\ufffd")
	if refersInDoctype.MatchString(page) || strings.ContainsRune(page, 0) && strings.ContainsRune(page, '\ufffd') {
		return // in names of attributes x/net/html tells NUL and U+FFFD apart, and then makes them one
	}
	if strings.HasSuffix(page, "</") {
		return // which x/net/html takes for a text of its own, and so leaves white space before it in a table
	}
	want, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return // x/net/html refuses what is nested deeply
	}
	got, err := Parse(page)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if g, w := dump(got), dump(want); g != w {
		i := 0
		for i < len(g) && i < len(w) && g[i] == w[i] {
			i++
		}
		t.Errorf("%s: trees differ at %d:\n got …%.300q\nwant …%.300q", name, i, g[max(0, i-100):], w[max(0, i-100):])
	}
}

// dump writes a tree as indented lines.
func dump(n *html.Node) string {
	var sb strings.Builder
	depth := 0
	for n != nil {
		if n.Type == html.CommentNode {
			n.Data = "" // x/net/html replaces character references in comments, browsers do not
		}
		sb.WriteString(strings.Repeat(" ", depth))
		sb.WriteString(n.Type.String() + " " + n.Namespace + " " + n.Data)
		for _, a := range n.Attr {
			sb.WriteString(" " + a.Namespace + ":" + a.Key + "=" + a.Val)
		}
		sb.WriteByte('\n')
		if n.FirstChild != nil {
			n = n.FirstChild
			depth++
			continue
		}
		for n != nil && n.NextSibling == nil {
			n = n.Parent
			depth--
		}
		if n != nil {
			n = n.NextSibling
		}
	}
	return sb.String()
}

var oddPages = []string{
	"", "<", "</", "</>", "<a", "<a b", "<a b=", "<a b='c", "a<b", "<p>a<p>b", "<!doctype html><title>a&amp;b</title>", "<!-->a", "<!--->a", "<!--a--!>b", "<!--a--", "<!--a-", "<!x>", "<?php a>b",
	"<b><p>a</b>b</p>c", "<a href=x>a<a href=y>b", "<table><tr><td>a<table><b>x</table>", "<table>a<tr>b<td>c</table>d", "<ul><li>a<li>b<ul><li>c</ul></ul>",
	"<script>a<b</script>c", "<script><!--<script>a</script>b--></script>c", "<script><!--a--></script>b", "<style>a<b</style>", "<textarea>a&amp;<b></textarea>", "<title>a</titlex>b</title>c",
	"<noscript><img src=x></noscript>a", "<svg><title>a</title><path d=x /><foreignObject><p>a</foreignObject></svg>b", "<math><mi>x</math>", "<svg><![CDATA[a<b]]></svg>",
	"<img src=a alt='b &amp; c &copy=d &copy e &notit; &amp'/>", "<br/><input disabled/ value=a/>", "<p a=1 A=2 b=3 a=4>x", "a&lt;b&#65;&#x41;&nope;&notit;&amp", "<a href='?a=1&copy=2&lt=3&b'>x</a>",
	"<div a='x\r\ny'>a\r\nb\rc</div>", "a\x00b<p\x00c d\x00=e\x00>", "<template><p>a</template>b", "<select><option>a<option>b<div>c</select>d", "<frameset><frame></frameset>", "<form><form></form>x",
	"<head><meta a=b><p>x", "<body a=b><body c=d>x", "</p></br></b>x", "<button><p>a<button>b", "<nobr>a<nobr>b", "<plaintext>a<b>", "<xmp>a<b></xmp>c", "<iframe>a<b></iframe>c", "<font color=1><font color=2><p>x<p>y",
	"<dl><dt>a<dd>b<dt>c</dl>", "<h1>a<h2>b</h1>c", "<ruby>a<rt>b<rp>c</ruby>", "<a/b/c>x", "<a =b>x", "<a b = c d>x", "<a b=c/>x", "<a b=/>x", "<p/>x", "<div / >x", "<a b='c'd>x", "<SCRIPT>x</SCRIPT >y", "<script>x</script", "<title>x", "<!DOCTYPE>x", "<!doctype html public \"-//W3C//DTD HTML 4.01//EN\">x",
}

func TestTreesAreThoseOfNetHTML(t *testing.T) {
	for _, page := range oddPages {
		same(t, page, page)
		same(t, "in a paragraph: "+page, "<div><p>text "+page+" more</p></div>")
	}
}

func TestTreesOfCorpusAreThoseOfNetHTML(t *testing.T) {
	root := os.Getenv("NEWSMILL_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	files, _ := filepath.Glob(filepath.Join(root, "*-dev", "pages", "*.html.gz"))
	if len(files) == 0 {
		t.Skip("no corpus: set NEWSMILL_CORPUS to its folder")
	}
	for i, name := range files {
		if testing.Short() && i%10 != 0 {
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		same(t, filepath.Base(name), string(page))
	}
}

func FuzzParse(f *testing.F) {
	for _, page := range oddPages {
		f.Add(page)
	}
	f.Fuzz(func(t *testing.T, page string) { same(t, "fuzz", page) })
}

// Pages that would cost a parser without bounds seconds or gigabytes.
func TestHostileMarkupIsBounded(t *testing.T) {
	var fonts strings.Builder
	for i := range 3000 {
		fonts.WriteString("<font color=c" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + ">")
	}
	attributes := "<div"
	for i := range 20000 {
		attributes += " a" + strings.Repeat("b", i%50) + string(rune('a'+i%26)) + "=1"
	}
	for name, page := range map[string]string{
		"50 MB of div":       strings.Repeat("<div>", 10<<20),
		"deep":               strings.Repeat("<div>", 100_000) + "text",
		"deep spans":         strings.Repeat("<span class=a>", 100_000) + "text",
		"a million tags":     strings.Repeat("<p>x</p>", 1_000_000),
		"formatting":         fonts.String() + strings.Repeat("<p>x", 200_000),
		"tables":             strings.Repeat("<table><tr><td>", 100_000),
		"foster":             "<table>" + strings.Repeat("<b>x", 100_000),
		"links":              strings.Repeat("<a href=x><div>", 100_000),
		"attributes":         attributes + ">x",
		"comments":           strings.Repeat("<!--", 1_000_000),
		"dashes":             "<!--" + strings.Repeat("-", 5_000_000),
		"quotes":             strings.Repeat("<a b='", 500_000),
		"script comments":    "<script>" + strings.Repeat("<!--<script>", 500_000),
		"unclosed raw":       strings.Repeat("<title></", 500_000),
		"select":             "<select>" + strings.Repeat("<option>", 500_000),
		"lists":              strings.Repeat("<ul><li>", 100_000),
		"end tags":           strings.Repeat("<div>", 500) + strings.Repeat("</p></b></span>", 300_000),
		"ampersands":         strings.Repeat("&", 5_000_000),
		"ampersands, quoted": "<a b='" + strings.Repeat("&a", 2_500_000) + "'>",
	} {
		start := time.Now()
		_, err := Parse(page)
		// Each takes under a second; what grows with the square of the input takes many minutes. The bound lies between,
		// so that the race detector on a busy machine stays under it.
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: took %v (error: %v)", name, took, err)
		} else {
			t.Logf("%s: %v, error %v", name, took, err)
		}
	}
}

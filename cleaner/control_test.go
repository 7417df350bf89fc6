package cleaner

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"newsmill/cleaner/article"
)

// TestNoControlCharacterLeavesAPage puts escape codes everywhere in a page: as they stand, as entities, as escapes in data.
func TestNoControlCharacterLeavesAPage(t *testing.T) {
	const page = `<!doctype html><html lang="en"><head><title>Ferry~ returns - Harbour~ Post</title>
<meta property="og:site_name" content="Harbour~ Post"><meta name="author" content="Ada~ Quill"><meta property="article:section" content="Isl~ands">
<meta property="article:tag" content="fer~ry"><meta name="keywords" content="fe~rry, pi~er"><meta name="description" content="The ferry~ sails again, the office said.">
<meta property="og:image" content="https://harbour-post.example/a~b.jpg"><meta property="og:image:alt" content="The fer~ry"><link rel="alternate" type="application/rss+xml" title="Fe~ed" href="/fe~ed.xml">
<script type="application/ld+json">{"@type":"NewsArticle","headline":"Ferry^ returns","author":{"@type":"Person","name":"Ada^ Quill","jobTitle":"Repor^ter"},
"publisher":{"name":"Harbour^ Post"},"articleSection":"Isl^ands","keywords":["fer^ry"],"datePublished":"2026-11-20T09:30:00Z^"}</script></head>
<body><nav>Ho~me Fish~ing</nav><article><h1>Ferry~ returns</h1><p class="byline">By Ada~ Quill</p>
<figure><img src="/f~.jpg" alt="The fer~ry at the pier"><figcaption>The ferry~ at the old pier on Monday. Photo: Bo~ Reed</figcaption></figure>
<p>The ferry~ to the <b>outer~ islands</b> sails again from <a href="/mon~day">Mon~day</a>, the harbour office said, after a winter in dock.</p>
<p>Islanders had waited eleven~ weeks for the <i>re~pairs</i>, which cost twice what the council had set aside for them, it said.</p>
<ul><li>First~ boat at seven</li><li>Last~ boat at nine</li></ul><blockquote><p>We have missed the ferry~ more than the sun.</p></blockquote>
<table><tr><th>Bo~at</th><th>Time</th></tr><tr><td>Fir~st</td><td>7</td></tr></table><pre>a~b
c</pre>
<p>Correction: an earlier version of this article gave the wrong~ day of the first boat.</p></article></body></html>`
	for name, hostile := range map[string][2]string{
		"nothing":          {"", ""},
		"as they stand":    {"\x1b\x7f\u009b", `\u001b\u0007\u007f\u009b\u0085`},
		"as entities":      {"&#27;&#x7;&#127;&#x01;&#8;", `&#27;&#x7f;`},
		"twice escaped":    {"&amp;#27;&amp;#x7f;", `&amp;#27;`},
		"an escape code":   {"\x1b]0;PWNED\x07\x1b[31m", `\u001b]0;PWNED\u0007`},
		"a null character": {"&#0;", `\u0000`},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.NewReplacer("~", hostile[0], "^", hostile[1]).Replace(page)
			r, err := Clean(Page{Body: []byte(body), URL: "https://harbour-post.example/ferry", ContentType: "text/html; charset=utf-8"}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var all any
			if err := json.Unmarshal(b, &all); err != nil {
				t.Fatal(err)
			}
			forEachText(all, "", func(path, text string) {
				if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
					t.Errorf("%s: %q", path, text)
				}
			})
			if !strings.Contains(r.Article.Text, "harbour office said") || len(r.Article.Authors) == 0 {
				t.Errorf("little is left of the article: %q, authors %v", r.Article.Text, r.Article.Authors)
			}
			if md := article.Markdown(&r.Article); name == "an escape code" && !strings.Contains(md, "sails again from [Mon") || name == "nothing" && !strings.Contains(md, "**outer islands**") {
				t.Errorf("spans don't fit their text any more:\n%s", md)
			}
		})
	}
}

// forEachText calls f for each string of what JSON holds.
func forEachText(v any, path string, f func(path, text string)) {
	switch v := v.(type) {
	case string:
		f(path, v)
	case []any:
		for _, e := range v {
			forEachText(e, path+"[]", f)
		}
	case map[string]any:
		for k, e := range v {
			forEachText(e, path+"."+k, f)
		}
	}
}

func TestDropControlsReachesEveryField(t *testing.T) {
	const bad, good = "a\x1b\u009bb\r\n\tc\x7f", "ab \n\tc"
	type part struct {
		Text string
		List []string
		At   time.Time
	}
	v := struct {
		part
		Part    part
		Pointer *part
		Nothing *part
		Map     map[string][]part
		Array   []part
		Number  int
	}{Part: part{bad, []string{bad}, time.Unix(1, 0)}, Pointer: &part{Text: bad}, Map: map[string][]part{"k": {{Text: bad}}}, Array: []part{{Text: bad}}}
	article.DropControls(&v)
	for i, got := range []string{v.Part.Text, v.Part.List[0], v.Pointer.Text, v.Map["k"][0].Text, v.Array[0].Text} {
		if got != good {
			t.Errorf("%d: %q, want %q", i, got, good)
		}
	}
	n := article.Node{Text: "a\x1b\x1bbé\x7fc \u009bd", Spans: []article.Span{{Kind: article.StrongSpan, Start: 3, End: 6}, {Kind: article.EmphasisSpan, Start: 1, End: 3}, {Kind: article.LinkSpan, Start: 7, End: 12}}}
	article.DropControls(&n)
	if n.Text != "abéc d" || !slices.Equal(n.Spans, []article.Span{{Kind: article.StrongSpan, Start: 1, End: 4}, {Kind: article.LinkSpan, Start: 4, End: 7}}) {
		t.Errorf("%q %+v", n.Text, n.Spans)
	}
}

func TestControlsAreSeenWhereverTheyStand(t *testing.T) {
	for _, c := range []string{"\x00", "\x1f", "\x7f", "\u0080", "\u009f", "\r"} {
		for at := range 20 {
			if s := strings.Repeat("é", at/2) + strings.Repeat("a", at%2) + c + "ü b"; !article.HasControl(s) {
				t.Errorf("%q", s)
			}
			if s := strings.Repeat("\n\t", at/2) + strings.Repeat("~", at%2+9) + "\u00a0Â "; article.HasControl(s) {
				t.Errorf("%q", s)
			}
		}
	}
}

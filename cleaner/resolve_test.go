package cleaner

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"

	"newsmill/cleaner/article"
)

var (
	references = []string{
		"/", "/a", "/a/b.html?x=1&y=%zz#top", "//cdn.example/x", "//cdn.example", "//", "///x", "https://post.example", "https://post.example?x",
		"https://post.example/", "http://post.example:8080/a", "https://me@post.example/a", "https://post.example/a b", "https://post.example/a?b c|ü",
		"https://post.example/%C3%A4", "https://post.example/%zz", "https://post.example/%4", "https://p%20st.example/x", "/ä", "/a/../b", "/a/./b", "/.well-known",
		"story.html", "a/b", "a//b", "../up", ".", "./here", "?page=2", "?", "a:b", "a/b:c", "1a:b", "mailto:me@post.example", "javascript:void(0)", "JavaScript:x",
		"HTTPS://post.example/a", "http:", "http:/a", "http:a", "https:///a", "a?b:c", "tel:+47 2400", "whatsapp://send?text=%C3", "a%2Fb", "a%2", ":x", "/:x",
		"a\x7fb", "/a?\x01", "${url}", "/a?b#c?d", "https://post.example/a//b/", "ftp://post.example/x", "/a//", "//post.example//a", "*", "a;b=c", "-", "http://",
	}
	bases = []string{
		"", "https://post.example", "https://post.example/", "https://post.example/sport/tide.html?x=1", "http://post.example/a//b", "https://post.example/%C3%A4/x",
		"https://post.example/a/../b/c", "https://post.example/ä/x", "https://me@post.example/a/b", "https://post.example:8080/a/b", "file:///home/a.html",
	}
)

// The quick way to an absolute address finds what net/url finds.
func TestResolveIsThatOfURLs(t *testing.T) {
	for _, base := range bases {
		for _, ref := range references {
			checkResolve(t, base, ref)
		}
	}
}

func FuzzResolve(f *testing.F) {
	for _, ref := range references {
		f.Add("https://post.example/sport/tide.html", ref)
	}
	for _, base := range bases {
		f.Add(base, "a/b")
	}
	f.Fuzz(func(t *testing.T, base, ref string) { checkResolve(t, base, ref) })
}

func checkResolve(t *testing.T, base, ref string) {
	var d document
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		d.setBase(u)
	}
	ref, _, _ = strings.Cut(ref, "#")
	if quick, ok := d.resolvePlain(ref); ok && quick != d.resolveAny(ref) {
		t.Errorf("resolvePlain(%q) on %q = %q, want %q", ref, base, quick, d.resolveAny(ref))
	}
}

// References are read as browsers read them, and every address that comes out is one to net/url too.
func TestResolveURLIsThatOfBrowsers(t *testing.T) {
	const page = "https://post.example/sport/tide.html?x=1"
	for ref, want := range map[string]string{
		"/a-100%-rise":                       "https://post.example/a-100%25-rise",
		"/a?share=100%&b=%zz":                "https://post.example/a?share=100%&b=%zz",
		"/story-of-\n\t\tthe-mill.html":      "https://post.example/story-of-the-mill.html",
		" \r\n/a b.html\n":                   "https://post.example/a%20b.html",
		`\news\a.html`:                       "https://post.example/news/a.html",
		`https:\\post.example\a`:             "https://post.example/a",
		"//cdn.example/a":                    "https://cdn.example/a",
		"https:///post.example/a":            "https://post.example/a",
		"HTTPS://POST.Example:443/A":         "https://post.example/A",
		"http://post.example:80":             "http://post.example/",
		"https://post.example./a":            "https://post.example/a",
		"https://me:secret@post.example/a":   "https://post.example/a",
		"https://mühle.example/ü?ü":          "https://xn--mhle-0ra.example/%C3%BC?%C3%BC",
		"https://m%C3%BChle.example/":        "https://xn--mhle-0ra.example/",
		"/m\xfchle?\xfc":                     "https://post.example/m%FChle?%FC",
		"/m%fchle":                           "https://post.example/m%fchle",
		"a/../b/./c/%2e%2E/d":                "https://post.example/sport/b/d",
		"/a;jsessionid=1F":                   "https://post.example/a;jsessionid=1F",
		"/#!/a":                              "https://post.example/",
		"/a|b^c":                             "https://post.example/a|b^c",
		"/{id}/[a]":                          "https://post.example/%7Bid%7D/[a]",
		"/a?q='x'":                           "https://post.example/a?q=%27x%27",
		"feed://post.example/rss":            "http://post.example/rss",
		"feed:https://post.example/rss":      "https://post.example/rss",
		"FEED:/rss":                          "https://post.example/rss",
		"\ufeffhttps://post.example/a\u00a0": "https://post.example/a",
		"?page=2":                            "https://post.example/sport/tide.html?page=2",
		"http://2130706433/":                 "http://127.0.0.1/",
		"https://post example/a":             "",
		"https://m\xfchle.example/":          "",
		"https://post.example:99999/":        "",
		"https://":                           "",
		"javascript:void(0)":                 "",
		"mailto:me@post.example":             "",
		"data:text/html,x":                   "",
		"":                                   "",
	} {
		base, _ := url.Parse(page)
		got, err := article.ResolveURL(base, ref)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", ref, got, err, want)
			continue
		}
		if _, err := url.Parse(got); err != nil {
			t.Errorf("%q: %v", ref, err)
		}
		if again, _ := article.ResolveURL(base, got); again != got {
			t.Errorf("%q: %q, and read again %q", ref, got, again)
		}
	}
}

// Browsers write the query of a link in the encoding of its page, and the rest in UTF-8.
func TestQueriesAreInThePagesEncoding(t *testing.T) {
	const head = `<!doctype html><html><head><meta charset="%s"><title>x</title></head><body><p>` + "%s" + `</p><a href="/&uuml;?q=%s&amp;r=1">a</a></body></html>`
	for name, c := range map[string]struct{ charset, as, words, query, want string }{
		"UTF-8":            {"utf-8", "utf-8", "Zoë", "é", "%C3%A9"},
		"Latin 1":          {"iso-8859-1", "windows-1252", "Zoë à la mode", "é", "%E9"},
		"Latin 1, escaped": {"iso-8859-1", "windows-1252", "Zoe", "&eacute;", "%E9"},
		"Cyrillic":         {"windows-1251", "windows-1251", "Паром возвращается в гавань после зимы", "мост", "%EC%EE%F1%F2"},
		"Japanese":         {"euc-jp", "euc-jp", "港の新しい橋について議会が投票した。", "橋", "%B6%B6"},
		"Chinese":          {"gbk", "gbk", "港口的新桥将于明年春天开通。", "桥", "%C7%C5"},
		"not in it":        {"iso-8859-1", "windows-1252", "Zoë à la mode", "&#26725;", "%26%2326725%3B"},
		"UTF-16":           {"utf-16le", "utf-16le", "Zoë", "é", "%C3%A9"},
	} {
		enc, _ := htmlindex.Get(c.as)
		text := fmt.Sprintf(head, c.charset, c.words, c.query)
		body, err := enc.NewEncoder().String(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r, err := Clean(Page{Body: []byte(body), URL: "https://post.example/"}, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := "https://post.example/%C3%BC?q=" + c.want + "&r=1"
		if len(r.Links) != 1 || r.Links[0].URL != want {
			t.Errorf("%s: links %+v, want %s", name, r.Links, want)
		}
	}
}

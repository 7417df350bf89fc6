package cleaner

import (
	"net/url"
	"strings"
	"testing"
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

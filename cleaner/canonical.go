package cleaner

import (
	"net/url"
	"strings"

	"newsmill/cleaner/article"
	"newsmill/cleaner/langid"
	"newsmill/cleaner/loosejson"
)

// canonical returns the address that the page calls its own, where that can be true: it is of the same site, and no
// home page or listing in place of an article. Else it is the address the page came from.
func (ev *evidence) canonical() (best article.Value, rest []article.Value) {
	var list []article.Value
	add := func(ref, source string) {
		if u := ev.resolve(ref); u != "" {
			list = append(list, article.Value{Value: u, Source: source})
		}
	}
	for _, l := range ev.doc.raw.relLinks {
		if l.rel == "canonical" {
			add(l.href, "link:canonical")
		}
	}
	for _, m := range ev.meta[metaURL] {
		add(m.Value.Value, m.Source)
	}
	for _, key := range [...]string{"mainEntityOfPage", "url"} {
		v := ev.ld.article.Get(key)
		if v.Kind == loosejson.Object {
			v = v.Get("@id")
		}
		add(v.String(), "jsonld:"+key)
	}
	if ev.page != nil {
		if own, err := article.NormalizeURL(ev.page.String()); err == nil {
			list = append(list, article.Value{Value: own, Source: "page"})
		}
	}
	return firstPlausible(list, func(s string) bool { return ev.isCanonical(s) })
}

// resolve returns a reference as an absolute, normalised address; "" where it is none.
func (ev *evidence) resolve(ref string) string {
	ref = strings.TrimSpace(ref)
	if ref == "" || strings.HasPrefix(ref, "#") {
		return ""
	}
	s, err := article.ResolveURLIn(ev.page, ref, ev.doc.queryEncoding(ref))
	if err != nil {
		return ""
	}
	return article.NormalizeQuery(s, article.LikelyTracking)
}

// isCanonical reports whether an address can be the page's own.
func (ev *evidence) isCanonical(s string) bool {
	if ev.page == nil {
		return true
	}
	u, err := url.Parse(s)
	if err != nil || !sameSite(u, ev.page) {
		return false
	}
	if isRoot(u) && !isRoot(ev.page) {
		return false
	}
	// "/news/2024/title" that calls itself "/news/" is a mistake of the template.
	own := strings.Trim(ev.page.Path, "/")
	theirs := strings.Trim(u.Path, "/")
	if u.RawQuery == "" && theirs != own && strings.HasPrefix(own, theirs+"/") && looksLikeSlug(own[len(theirs)+1:]) {
		return false
	}
	return true
}

func isRoot(u *url.URL) bool {
	p := strings.Trim(u.Path, "/")
	return (p == "" || p == "index.html" || p == "index.php" || p == "home") && u.RawQuery == ""
}

// isFrontPage reports whether an address is that of a site's front page, in one of its languages too: "/es/", "/en-gb".
func isFrontPage(u *url.URL) bool {
	if isRoot(u) {
		return true
	}
	p := strings.Trim(u.Path, "/")
	if u.RawQuery != "" || len(p) != 2 && (len(p) != 5 || p[2] != '-' && p[2] != '_') {
		return false
	}
	return langid.Canonical(p) != ""
}

// looksLikeSlug reports whether what a canonical address leaves out names an article: words or a number. A page
// number or a name of a view doesn't.
func looksLikeSlug(s string) bool {
	last := s[strings.LastIndexByte(s, '/')+1:]
	digits := 0
	for i := 0; i < len(last); i++ {
		if last[i] >= '0' && last[i] <= '9' {
			digits++
		}
	}
	return strings.Count(last, "-") >= 3 || digits >= 5
}

// sameSite reports whether two addresses belong to one site.
func sameSite(a, b *url.URL) bool {
	return a.Hostname() == b.Hostname() || article.RegistrableDomain(a.Hostname()) == article.RegistrableDomain(b.Hostname())
}

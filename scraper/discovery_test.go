package scraper

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// madeSite is a site of the discovery corpus: articles, and one way that leads to them.
type madeSite struct {
	host     string
	articles []string // paths
	pages    map[string]string
	traps    []string // beginnings of paths without an end
	redirect string   // all of the host's addresses lead there
}

const perSite = 60

// discoverySites are thirty sites, each with another way to its articles, as sites on the web have them.
func discoverySites() []*madeSite {
	xml := func(s string) string { return `<?xml version="1.0" encoding="UTF-8"?>` + s }
	each := func(s *madeSite, format string) string {
		var b strings.Builder
		for i, a := range s.articles {
			fmt.Fprintf(&b, format, "http://"+s.host+a, i)
		}
		return b.String()
	}
	links := func(paths []string) string {
		var b strings.Builder
		for _, p := range paths {
			fmt.Fprintf(&b, `<h3><a href="%s">%s</a></h3>`+"\n", p, strings.ReplaceAll(p[strings.LastIndexByte(p, '/')+1:], "-", " "))
		}
		return b.String()
	}
	page := func(body string) string {
		return "<!doctype html><html><head><title>Harbour Post</title></head><body><nav><a href=/>Home</a> <a href=/about>About</a></nav><main>" + body + "</main></body></html>"
	}
	feedOf := func(s *madeSite) string {
		return xml(`<rss version="2.0"><channel><title>x</title>` + each(s, "<item><title>t</title><link>%s</link><!--%d--></item>") + "</channel></rss>")
	}
	mapOf := func(s *madeSite) string {
		return xml(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + each(s, "<url><loc>%s</loc><!--%d--></url>") + "</urlset>")
	}
	linked := func(kind, href string) string {
		return `<!doctype html><html><head><link rel="alternate" type="` + kind + `" href="` + href + `"></head><body><p>Harbour Post</p></body></html>`
	}
	gz := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, s)
		z.Close()
		return b.String()
	}
	var all []*madeSite
	add := func(path string, build func(*madeSite)) {
		s := &madeSite{host: fmt.Sprintf("s%02d.test", len(all)), pages: map[string]string{}}
		for i := range perSite {
			s.articles = append(s.articles, fmt.Sprintf(path, i))
		}
		build(s)
		all = append(all, s)
	}
	const dated, slug, id = "/2026/11/02/story-number-%d-of-the-harbour", "/news/story-number-%d-of-the-harbour", "/article/%d00417.html"
	// Feeds, linked from the home page.
	add(dated, func(s *madeSite) {
		s.pages["/"], s.pages["/rss.php"] = linked("application/rss+xml", "/rss.php"), feedOf(s)
	})
	add(slug, func(s *madeSite) {
		s.pages["/"] = linked("application/atom+xml", "/atom")
		s.pages["/atom"] = xml(`<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>` + each(s, `<entry><title>t</title><link href="%s"/><id>%d</id></entry>`) + `</feed>`)
	})
	add(id, func(s *madeSite) {
		s.pages["/"] = linked("application/rdf+xml", "/index.rdf")
		s.pages["/index.rdf"] = xml(`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>x</title></channel>` +
			each(s, `<item><title>t</title><link>%s</link><!--%d--></item>`) + `</rdf:RDF>`)
	})
	add(slug, func(s *madeSite) {
		s.pages["/"] = linked("application/feed+json", "/feed.json")
		s.pages["/feed.json"] = `{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [` + strings.TrimSuffix(each(s, `{"url": "%s", "id": "%d"},`), ",") + `]}`
	})
	add(dated, func(s *madeSite) { // not well-formed
		s.pages["/"], s.pages["/rss"] = linked("application/rss+xml", "/rss"), `<rss><channel><title>Fish & ships</title>`+each(s, "<item><title>a & b</title><link>%s</link><!--%d-->")
	})
	// Feeds that nothing announces: at a usual place, or only as a link for readers.
	add(dated, func(s *madeSite) { s.pages["/"], s.pages["/feed/"] = page("<p>Welcome.</p>"), feedOf(s) })
	add(dated, func(s *madeSite) {
		s.pages["/"], s.pages["/en/export/rss/all.xml"] = page(`<p><a href="/en/export/rss/all.xml">RSS</a></p>`), feedOf(s)
	})
	add(slug, func(s *madeSite) {
		s.pages["/"], s.pages["/feeds"], s.pages["/feeds/news.rss"] = page(`<p><a href="/feeds">RSS feeds</a></p>`), page(`<p><a href="/feeds/news.rss">News</a></p>`), feedOf(s)
	})
	// Sitemaps, named in robots.txt.
	add(slug, func(s *madeSite) {
		s.pages["/robots.txt"], s.pages["/maps/all.xml"] = "Sitemap: /maps/all.xml", mapOf(s)
	})
	add(id, func(s *madeSite) {
		s.pages["/robots.txt"] = "Sitemap: http://" + s.host + "/index.xml"
		s.pages["/index.xml"] = xml(`<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>http://` + s.host + `/1.xml.gz</loc></sitemap><sitemap><loc>http://` + s.host + `/index.xml</loc></sitemap></sitemapindex>`)
		s.pages["/1.xml.gz"] = gz(mapOf(s))
	})
	add(dated, func(s *madeSite) {
		s.pages["/robots.txt"] = "User-agent: *\nDisallow: /intern/\nSitemap: http://" + s.host + "/news.xml"
		s.pages["/news.xml"] = xml(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">` +
			each(s, "<url><loc>%s</loc><n:news><n:publication_date>1999-12-31</n:publication_date><n:title>Story %d</n:title></n:news></url>") + "</urlset>")
	})
	add(slug, func(s *madeSite) {
		s.pages["/robots.txt"], s.pages["/sitemap.txt"] = "Sitemap: http://"+s.host+"/sitemap.txt", each(s, "%[1]s\n")
	})
	// Sitemaps that nothing names.
	add(slug, func(s *madeSite) { s.pages["/sitemap.xml"] = mapOf(s) })
	add(slug, func(s *madeSite) {
		s.pages["/sitemap_index.xml"] = xml(`<sitemapindex><sitemap><loc>/post-sitemap.xml</loc></sitemap></sitemapindex>`)
		s.pages["/post-sitemap.xml"] = mapOf(s)
	})
	add(slug, func(s *madeSite) {
		s.pages["/"], s.pages["/map.xml"] = page(`<link rel="sitemap" type="application/xml" href="/map.xml"><p>Welcome.</p>`), mapOf(s)
	})
	// Links on pages.
	add(dated, func(s *madeSite) { s.pages["/"] = page(links(s.articles)) })
	add(id, func(s *madeSite) { s.pages["/"] = page(links(s.articles)) })
	add("/ferry-%d-returns-from-the-islands-after-winter/", func(s *madeSite) { s.pages["/"] = page(links(s.articles)) })
	add("/index.php?story=%d00417&sec=harbour", func(s *madeSite) { s.pages["/"] = page(links(s.articles)) })
	add(slug, func(s *madeSite) { // sections
		s.pages["/"] = page(links(s.articles[:10]) + `<a href="/islands/">Islands</a> <a href="/mainland/">Mainland</a>`)
		s.pages["/islands/"], s.pages["/mainland/"] = page(links(s.articles[10:40])), page(links(s.articles[40:]))
	})
	add(dated, func(s *madeSite) { // pagination of the home page
		for n := range 6 {
			next := ""
			if n < 5 {
				next = fmt.Sprintf(`<a rel="next" href="/page/%d/">Older stories</a>`, n+2)
			}
			s.pages[[]string{"/", "/page/2/", "/page/3/", "/page/4/", "/page/5/", "/page/6/"}[n]] = page(links(s.articles[n*10:n*10+10]) + next)
		}
	})
	add(slug, func(s *madeSite) { // pagination of a section, by number
		s.pages["/"] = page(`<a href="/harbour/">Harbour</a>`)
		for n := range 6 {
			path := "/harbour/"
			if n > 0 {
				path = fmt.Sprintf("/harbour/?page=%d", n+1)
			}
			s.pages[path] = page(links(s.articles[n*10:n*10+10]) + fmt.Sprintf(`<div class="pager"><a href="/harbour/?page=%d">Next</a></div>`, n+2))
		}
		s.pages["/harbour/?page=7"] = page("<p>No more stories.</p>")
	})
	add(slug, func(s *madeSite) { // subsections
		s.pages["/"] = page(`<a href="/world/">World</a>`)
		s.pages["/world/"] = page(links(s.articles[:10]) + `<a href="/world/north/">North</a> <a href="/world/south/">South</a>`)
		s.pages["/world/north/"], s.pages["/world/south/"] = page(links(s.articles[10:40])), page(links(s.articles[40:]))
	})
	add(dated, func(s *madeSite) { // <base>
		s.pages["/"] = strings.Replace(page(strings.ReplaceAll(links(s.articles), `href="/`, `href="`)), "<head>", `<head><base href="http://`+s.host+`/">`, 1)
	})
	add(dated, func(s *madeSite) { // a page that a script draws, with its data in it
		var b strings.Builder
		for i, a := range s.articles {
			fmt.Fprintf(&b, `{"id":%d,"title":"Story %d","url":"%s"},`, i, i, strings.ReplaceAll(a, "/", `\/`))
		}
		s.pages["/"] = `<!doctype html><html><head><title>Harbour Post</title></head><body><div id="root"></div><script id="__NEXT_DATA__" type="application/json">{"props":{"stories":[` +
			strings.TrimSuffix(b.String(), ",") + `]}}</script></body></html>`
	})
	// Ways that mislead.
	add(dated, func(s *madeSite) { // a calendar
		s.traps = []string{"/calendar/"}
		s.pages["/"] = page(links(s.articles) + `<a href="/calendar/2026/11/">Calendar</a>`)
	})
	add(dated, func(s *madeSite) { // filters in every order, and sessions
		s.traps = []string{"/find"}
		s.pages["/"] = page(links(s.articles) + `<a href="/find?by=date&order=up">Find</a>`)
	})
	add(dated, func(s *madeSite) { // AMP and print twins of each
		s.pages["/"] = page(links(s.articles))
		for _, a := range s.articles {
			s.pages[a] = `<link rel="canonical" href="http://` + s.host + a + `"><link rel="amphtml" href="http://` + s.host + "/amp" + a + `">`
		}
	})
	add(slug, func(s *madeSite) { // the bare name leads to www
		s.redirect = "http://www." + s.host
		s.pages["/robots.txt"], s.pages["/map.xml"] = "Sitemap: http://www."+s.host+"/map.xml", strings.ReplaceAll(mapOf(s), "http://", "http://www.")
	})
	add(dated, func(s *madeSite) { // the home page leads to that of a language
		s.pages["/"] = `<!doctype html><html><head><meta http-equiv="refresh" content="0; url=/en/"></head><body></body></html>`
		s.pages["/en/"] = page(links(s.articles))
	})
	return all
}

func (s *madeSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target := r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	if s.redirect != "" && !strings.HasPrefix(r.Host, "www.") {
		http.Redirect(w, r, s.redirect+target, http.StatusMovedPermanently)
		return
	}
	for _, p := range s.traps {
		if strings.HasPrefix(target, p) {
			fmt.Fprintf(w, `<!doctype html><title>Find</title><p>Nothing on that day.</p>`)
			for i := range 5 {
				switch p {
				case "/calendar/":
					h := len(target)*7 + i*13
					fmt.Fprintf(w, `<a href="/calendar/%d/%02d/">Other day</a> <a href="/calendar/%d/%02d/%02d/">Day</a>`, 1970+h%90, 1+h%12, 1970+(h+len(r.URL.Path))%90, 1+i, 1+h%28)
				default:
					fmt.Fprintf(w, `<a href="%s&f%d=%d">More</a>`, target, i, len(target))
				}
			}
			return
		}
	}
	for _, a := range s.articles {
		if a == target {
			io.WriteString(w, story(s.host+" "+a, s.pages[a]))
			return
		}
	}
	body, ok := s.pages[target]
	switch {
	case ok && strings.HasSuffix(target, ".gz"):
		w.Header().Set("Content-Type", "application/gzip")
	case ok && strings.HasPrefix(body, "<?xml"):
		w.Header().Set("Content-Type", "application/xml")
	case ok && (target == "/robots.txt" || strings.HasSuffix(target, ".txt")):
		w.Header().Set("Content-Type", "text/plain")
	case !ok && target == "/":
		body = "<!doctype html><title>Harbour Post</title><p>Welcome to the Harbour Post.</p>"
	case !ok:
		http.NotFound(w, r)
		return
	}
	io.WriteString(w, body)
}

// TestDiscoveryFindsEverything: of thirty sites, known by their addresses alone, at least 99 % of the articles are
// found with at most one and a half requests an article, and nobody is led astray.
func TestDiscoveryFindsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sites := discoverySites()
		byHost := map[string]*madeSite{}
		var starts []string
		for _, s := range sites {
			byHost[s.host], byHost["www."+s.host] = s, s
			starts = append(starts, "http://"+s.host+"/")
		}
		w := newWeb(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Millisecond)
			byHost[r.Host].ServeHTTP(w, r)
		}))
		defer w.close()
		c := newCrawler(t, w, Options{DelaySet: true})
		defer c.db.Close()
		c.crawl(starts...)
		classes := c.classes()
		var mu sync.Mutex
		mu.Lock()
		defer mu.Unlock()
		found, requests := 0, map[string]int{}
		for _, a := range w.asked {
			requests[strings.TrimPrefix(a.host, "www.")]++
		}
		for _, s := range sites {
			n := 0
			var missing []string
			for _, a := range s.articles {
				if classes["http://"+s.host+a] == "stored" || classes["http://www."+s.host+a] == "stored" {
					n++
				} else {
					missing = append(missing, a+" "+classes["http://"+s.host+a])
				}
			}
			found += n
			if n < len(s.articles) {
				t.Errorf("%s: %d of %d articles, with %d requests; for instance %s is missing", s.host, n, len(s.articles), requests[s.host], missing[0])
			}
			for _, p := range s.traps {
				inside := 0
				for _, a := range w.asked {
					if strings.HasPrefix(a.url, "http://"+s.host+p) {
						inside++
					}
				}
				t.Logf("%s: %d requests under %s", s.host, inside, p)
				if inside > 20 {
					t.Errorf("%s: %d requests under %s, want at most 20", s.host, inside, p)
				}
			}
		}
		whole := len(sites) * perSite
		t.Logf("%d of %d articles on %d sites with %d requests: %.2f an article", found, whole, len(sites), len(w.asked), float64(len(w.asked))/float64(found))
		if len(sites) != 30 || found*100 < whole*99 {
			t.Errorf("%d of %d articles found on %d sites", found, whole, len(sites))
		}
		if len(w.asked)*2 > found*3 {
			t.Errorf("%d requests for %d articles", len(w.asked), found)
		}
	})
}

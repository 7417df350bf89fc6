package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// TestDemoSiteServesEveryLink walks the sample site as a reader would: each page it links to must be there.
func TestDemoSiteServesEveryLink(t *testing.T) {
	site, err := loadDemoSite("http://demo.example")
	if err != nil {
		t.Fatal(err)
	}
	handler := site.handler()
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	href := regexp.MustCompile(`(?:href|src)="(/[^"#]*)"|<loc>http://demo\.example([^<]+)</loc>|Sitemap: http://demo\.example(\S+)`)
	todo, seen := []string{"/", "/robots.txt"}, map[string]bool{}
	articles := 0
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		if seen[path] || strings.HasPrefix(path, "/tag/") || path == "/newsletter" {
			continue
		}
		seen[path] = true
		code, body := get(path)
		if code != http.StatusOK {
			t.Errorf("%s: status %d, want 200", path, code)
		}
		if strings.HasSuffix(path, ".html") {
			articles++
		}
		for _, m := range href.FindAllStringSubmatch(body, -1) {
			todo = append(todo, m[1]+m[2]+m[3])
		}
		if strings.Contains(body, "<no value>") {
			t.Errorf("%s: a layout asks for a value that is not there", path)
		}
	}
	want := 0
	for _, e := range site.Editions {
		want += len(e.Articles)
	}
	if articles != want || want < 20 || len(site.Editions) < 6 {
		t.Errorf("%d articles reached of %d in %d editions; want all, 20 or more, in 6 or more", articles, want, len(site.Editions))
	}
}

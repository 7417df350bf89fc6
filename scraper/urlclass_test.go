package scraper

import (
	"net/url"
	"os"
	"strings"
	"testing"
)

func TestAddressesSayWhatTheyAre(t *testing.T) {
	kinds := map[string]urlKind{"article": urlArticle, "hub": urlHub, "service": urlService, "never": urlNever, "unknown": urlUnknown}
	names := map[urlKind]string{}
	for name, k := range kinds {
		names[k] = name
	}
	text, err := os.ReadFile("testdata/urlclass.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		kind, address, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if g := guessURL(u); g.Kind != kinds[kind] {
			t.Errorf("%s: %s (score %.2f), want %s", address, names[g.Kind], g.Score, kind)
		}
	}
}

func parsed(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestShapesLearnFromWhatPagesWere(t *testing.T) {
	var s shapes
	for range shapeEvidence {
		s.learn(parsed(t, "https://harbour.example/profil/max"), false)
		s.learn(parsed(t, "https://harbour.example/x/4711"), true)
	}
	if !s.closed(parsed(t, "https://harbour.example/profil/eva")) {
		t.Error("a shape that never was an article is not closed")
	}
	if s.closed(parsed(t, "https://harbour.example/x/4712")) || s.closed(parsed(t, "https://other.example/profil/eva")) {
		t.Error("a shape of articles, or another host's, is closed")
	}
	u := parsed(t, "https://harbour.example/x/99")
	if g := s.adjust(u, guessURL(u)); g.Kind != urlArticle || g.Score <= guessURL(u).Score {
		t.Errorf("what was an article twelve times is guessed to be %+v", g)
	}
}

func TestTrapsShowInAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"https://a.example/2026/11/02/ferry":                         false,
		"https://a.example/a/b/a/b/a/b/a/b":                          true,
		"https://a.example/" + strings.Repeat("x1/", 20):             true,
		"https://a.example/shop?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9": true,
	} {
		if got := trapReason(parsed(t, address)) != ""; got != want {
			t.Errorf("%s: a trap %t, want %t", address, got, want)
		}
	}
}

func TestFurtherPagesAreKnownByTheirNumber(t *testing.T) {
	for _, c := range []struct {
		address, of string
		want        bool
	}{
		{"https://a.example/news?page=2", "https://a.example/news", true},
		{"https://a.example/news/page/3/", "https://a.example/news/page/2/", true},
		{"https://a.example/story-long-2.html", "https://a.example/story-long.html", true},
		{"https://a.example/story/seite-2", "https://a.example/story", true},
		{"https://a.example/news", "https://a.example/news", false},
		{"https://a.example/other?page=2", "https://a.example/news", false},
		{"https://a.example/the-next-article", "https://a.example/this-article", false},
		{"https://b.example/news?page=2", "https://a.example/news", false},
	} {
		if got := isPageOf(c.address, c.of); got != c.want {
			t.Errorf("%s is a further page of %s: %t, want %t", c.address, c.of, got, c.want)
		}
	}
}

func TestAddressesAreAskedForAsFound(t *testing.T) {
	for raw, want := range map[string][2]string{
		"https://a.example/1":                               {"https://a.example/1", ""},
		"https://a.example/1#comments":                      {"https://a.example/1", ""},
		"https://a.example/1?utm_source=x&fbclid=y":         {"https://a.example/1", ""},
		"https://a.example/1?cmp=rss":                       {"https://a.example/1", "https://a.example/1?cmp=rss"},
		"https://a.example/1?z=1&a=2":                       {"https://a.example/1?a=2&z=1", "https://a.example/1?z=1&a=2"},
		"HTTPS://A.example:443/1":                           {"https://a.example/1", ""},
		"https://a.example/1?cmp=rss&utm_medium=x&id=3#top": {"https://a.example/1?id=3", "https://a.example/1?cmp=rss&id=3"},
	} {
		a, ok := addressOf(raw)
		if !ok || a.url != want[0] || a.fetch != want[1] {
			t.Errorf("%s: %q, to be asked for as %q, want %q", raw, a.url, a.fetch, want)
		}
	}
	if a, ok := linkOf("https://a.example/list;jsessionid=0123456789abcdef?sid=0123456789abcdef0123"); !ok || a.url != "https://a.example/list" || a.fetch != "" {
		t.Errorf("a link with session ids: %+v, %t", a, ok)
	}
}

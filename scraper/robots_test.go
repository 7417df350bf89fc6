package scraper

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jimsmart/grobotstxt"

	"newsmill/cleaner/article"
	"newsmill/scraper/fetch"
	"newsmill/storage"
)

func TestRobotsRules(t *testing.T) {
	long := strings.Repeat("# nothing to see here\n", 18_000) // 400 kB
	for name, c := range map[string]struct {
		robots string
		paths  map[string]bool // allowed
	}{
		"empty":                     {"", map[string]bool{"/": true, "/x": true}},
		"disallow nothing":          {"User-agent: *\nDisallow:", map[string]bool{"/x": true}},
		"disallow all":              {"User-agent: *\nDisallow: /", map[string]bool{"/": false, "/x?y": false, "/robots.txt": false}},
		"our group":                 {"User-agent: *\nDisallow: /\n\nUser-agent: newsmill\nDisallow: /p/", map[string]bool{"/x": true, "/p/1": false}},
		"our group, other case":     {"User-Agent: NewsMill/1.0\nDisallow: /p/\nUser-agent: *\nDisallow: /", map[string]bool{"/x": true, "/p/1": false}},
		"a prefix is not our name":  {"User-agent: news\nDisallow: /\nUser-agent: newsmill-images\nDisallow: /", map[string]bool{"/x": true}},
		"groups of a name add up":   {"User-agent: newsmill\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: newsmill\nDisallow: /b", map[string]bool{"/a": false, "/b": false, "/c": true}},
		"several names, one group":  {"User-agent: x\nUser-agent: newsmill\nDisallow: /a", map[string]bool{"/a": false, "/b": true}},
		"rules before any group":    {"Disallow: /a\nUser-agent: *\nDisallow: /b", map[string]bool{"/a": true, "/b": false}},
		"longest match":             {"User-agent: *\nDisallow: /news/\nAllow: /news/2026/", map[string]bool{"/news/1": false, "/news/2026/1": true}},
		"a tie allows":              {"User-agent: *\nDisallow: /page\nAllow: /page", map[string]bool{"/page": true}},
		"wildcard":                  {"User-agent: *\nDisallow: /*?print=", map[string]bool{"/a?print=1": false, "/a?b=1&print=1": true, "/a": true}},
		"end":                       {"User-agent: *\nDisallow: /*.php$", map[string]bool{"/a.php": false, "/a.php?b": true}},
		"dollar inside":             {"User-agent: *\nDisallow: /a$b", map[string]bool{"/a$b": false, "/a": true}},
		"escapes are the same":      {"User-agent: *\nDisallow: /foo/bar/%62%61%7A\nDisallow: /ツ\nDisallow: /a%2fb", map[string]bool{"/foo/bar/baz": false, "/%E3%83%84": false, "/%e3%83%84": false, "/a/b": true, "/a%2Fb": false}},
		"escaped star":              {"User-agent: *\nDisallow: /a%2Ab", map[string]bool{"/a*b": false, "/axb": true}},
		"BOM and CRLF":              {"\ufeffUser-agent: * # all\r\nDisallow: /a # ours\r\n", map[string]bool{"/a": false, "/b": true}},
		"CR only":                   {"User-agent: *\rDisallow: /a\r", map[string]bool{"/a": false, "/b": true}},
		"odd lines":                 {"<html>\nUser-agent *\nCrawl-delay: 1s\nDisallow /a\n:::\n\x00\xff\nDisallow: /b", map[string]bool{"/a": false, "/b": false, "/c": true}},
		"typo":                      {"User-agent: *\nDissallow: /a", map[string]bool{"/a": false}},
		"400 kB of comments":        {long + "User-agent: *\nDisallow: /a\n", map[string]bool{"/a": false, "/b": true}},
		"crawl-delay ends a group":  {"User-agent: *\nCrawl-delay: 5\n\nUser-agent: bad\nDisallow: /", map[string]bool{"/x": true}},
		"index page":                {"User-agent: *\nDisallow: /\nAllow: /en/index.html", map[string]bool{"/en/": true, "/en/index.html": true, "/en/x": false}},
		"html":                      {"<!doctype html><html><body><p>Disallow: /</p></body></html>", map[string]bool{"/": true}},
		"sitemap between agents":    {"User-agent: newsmill\nSitemap: https://a.example/s.xml\nDisallow: /a", map[string]bool{"/a": false}},
		"many stars cost no time":   {"User-agent: *\nDisallow: " + strings.Repeat("/*a", 500) + "$", map[string]bool{"/" + strings.Repeat("a/", 500) + "b": true}},
		"what we ask, decoded once": {"User-agent: *\nDisallow: /a%252Fb", map[string]bool{"/a%252Fb": false, "/a%2Fb": true}},
	} {
		r := parseRobots([]byte(c.robots))
		for path, want := range c.paths {
			if k := r.match(path); k.allow != want {
				t.Errorf("%s: %s: allowed %v, want %v (rule %+v)", name, path, k.allow, want, k)
			}
		}
	}
}

func TestRobotsCrawlDelayAndSitemaps(t *testing.T) {
	for robots, want := range map[string]time.Duration{
		"User-agent: *\nCrawl-delay: 2":                                            2 * time.Second,
		"User-agent: *\nCrawl-delay: 0.5":                                          500 * time.Millisecond,
		"User-agent: *\nCrawl-delay: 1s":                                           time.Second,
		"User-agent: *\nCrawl-delay: soon":                                         0,
		"User-agent: *\nCrawl-delay: -1":                                           0,
		"User-agent: *\nCrawl-delay: 9\n\nUser-agent: newsmill\nCrawl-delay: 3":    3 * time.Second,
		"User-agent: *\nCrawl-delay: 9\n\nUser-agent: newsmill\nDisallow: /x":      0,
		"Crawl-delay: 9\nUser-agent: bingbot\nCrawl-delay: 8":                      0,
		"User-agent: newsmill\nCrawl-delay: 4\n\nUser-agent: *\nCrawl-delay: 1000": 4 * time.Second,
	} {
		if got := parseRobots([]byte(robots)).crawlDelay; got != want {
			t.Errorf("%q: %v, want %v", robots, got, want)
		}
	}
	r := parseRobots([]byte("Sitemap: https://a.example/1.xml\nUser-agent: x\nDisallow: /\nsitemap: /2.xml\nSitemap: https://a.example/1.xml"))
	if want := []string{"https://a.example/1.xml", "/2.xml"}; !slices.Equal(r.sitemaps, want) {
		t.Errorf("sitemaps %q, want %q", r.sitemaps, want)
	}
	r = parseRobots([]byte("User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /"))
	if want := "robots.txt Content-Signal: search=yes, ai-train=no"; r.optOut != want {
		t.Errorf("opt-out %q, want %q", r.optOut, want)
	}
}

// FuzzRobots: nothing panics, and where we don't mean to differ from Google's matcher, we don't.
func FuzzRobots(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /a\nAllow: /a/b*c$\n", "/a/bxc")
	f.Add("user-agent: newsmill\r\ndisallow: /*?\r\n\r\nUser-agent: *\nDisallow:\n", "/x?y")
	f.Add("Disallow: /\x00\xff", "/")
	f.Add("User-agent: NEWSMILL # x\nDisallow: /%7e", "/~")
	f.Fuzz(func(t *testing.T, robots, path string) {
		r := parseRobots([]byte(robots))
		got := r.match("/" + path).allow
		lower := strings.ToLower(robots + path)
		for _, s := range []string{"%", "crawl", "content", "$", "*", "index", "\xff", "\x00"} {
			if strings.Contains(lower, s) && s != "*" {
				return
			}
		}
		for _, c := range robots + path {
			if c > 0x7e || c < 0x20 && c != '\n' && c != '\r' || c == '#' || c == '?' || c == ';' || c == '\\' || c == '"' || c == '<' || c == '>' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}' {
				return
			}
		}
		if strings.ContainsAny(path, " *\n\r:[]") || strings.HasPrefix(path, "/") {
			return
		}
		if _, err := url.Parse("http://a.example/" + path); err != nil {
			return
		}
		if want := grobotstxt.AgentAllowed(robots, fetch.ProductToken, "http://a.example/"+path); got != want {
			t.Errorf("%q on %q: allowed %v, Google's matcher says %v", path, robots, got, want)
		}
	})
}

// FuzzRobotsPattern: a pattern matches what Google's matcher says that it matches.
func FuzzRobotsPattern(f *testing.F) {
	for _, pattern := range []string{"/", "/a", "/a*c", "/*a*a*b", "/a$", "/*$", "*", "*$", "$", "", "/**a", "/a*$", "/a*b$", "a", "/*ab*ab$", "/*.php$"} {
		for _, path := range []string{"/", "/abc", "/ab", "/aab", "/abab", "/x.php", "/x.php?b", "/aaaab", "/abaab"} {
			f.Add(pattern, path)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if len(pattern) > 200 || len(path) > 200 || strings.Contains(strings.TrimSuffix(pattern, "$"), "$") {
			return // robotsPattern leaves no other
		}
		if got, want := patternMatches(pattern, path), grobotstxt.Matches(path, pattern); got != want {
			t.Errorf("%q on %q: %v, Google's matcher says %v", pattern, path, got, want)
		}
	})
}

// BenchmarkHostileRobots: the files that cost a check the most.
func BenchmarkHostileRobots(b *testing.B) {
	path := "/" + strings.Repeat("a", article.MaxFetchedURLBytes-1)
	for name, line := range map[string]string{
		"stars":          "Disallow: /" + strings.Repeat("*a", 4_000) + "b\n",
		"many stars":     "Disallow: /*a*a*a*a*b\n",
		"many":           "Disallow: /*ab\n",
		"pieces":         "Disallow: /" + strings.Repeat("*"+strings.Repeat("a", 30)+"b", 10) + "\n",
		"long piece":     "Disallow: /*" + strings.Repeat("a", 1_000) + "b\n",
		"end":            "Disallow: /*" + strings.Repeat("a*", 500) + "b$\n",
		"without a star": "Disallow: /" + strings.Repeat("a", 2_000) + "b\n",
	} {
		b.Run(name, func(b *testing.B) {
			r := parseRobots([]byte("User-agent: *\n" + strings.Repeat(line, fetch.MaxRobotsBytes/len(line)-1)))
			for b.Loop() {
				if !r.match(path).allow {
					b.Fatal("matches")
				}
			}
		})
	}
}

// robotsSite answers for robots.txt as told, counts, and serves pages.
type robotsSite struct {
	answer         http.HandlerFunc
	robots, others atomic.Int32
}

func (s *robotsSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		s.robots.Add(1)
		s.answer(w, r)
		return
	}
	s.others.Add(1)
	http.NotFound(w, r)
}

func newRobotsTest(t *testing.T, answer http.HandlerFunc) (*Robots, *robotsSite, string) {
	t.Helper()
	s := &robotsSite{answer: answer}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	o := Options{AllowPrivate: true, DelaySet: true}
	f := newFetcher(t, fetch.Options{AllowPrivate: true, Timeouts: fetch.Timeouts{Headers: 200 * time.Millisecond}})
	return NewRobots(o, f, NewPoliteness(o)), s, server.URL
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func says(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, s) }
}

func TestWhatAnAnswerForRobotsMeans(t *testing.T) {
	const some = "User-agent: *\nDisallow: /secret/"
	for name, c := range map[string]struct {
		answer       http.HandlerFunc
		page, secret Class // empty: allowed
	}{
		"200":    {says(some), "", ClassDisallowed},
		"204":    {status(204), "", ""},
		"empty":  {says(""), "", ""},
		"html":   {says("<!doctype html><title>Home</title>"), "", ""},
		"401":    {status(401), "", ""},
		"403":    {status(403), "", ""},
		"404":    {status(404), "", ""},
		"410":    {status(410), "", ""},
		"429":    {status(429), ClassRobotsUnavailable, ClassRobotsUnavailable},
		"500":    {status(500), ClassRobotsUnavailable, ClassRobotsUnavailable},
		"503":    {status(503), ClassRobotsUnavailable, ClassRobotsUnavailable},
		"hangs":  {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ClassRobotsUnavailable, ClassRobotsUnavailable},
		"closes": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ClassRobotsUnavailable, ClassRobotsUnavailable},
		"gzip, broken": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write([]byte("\x1f\x8b\x08\x00"))
		}, ClassRobotsUnavailable, ClassRobotsUnavailable},
		"to loopback": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "javascript:1")
			w.WriteHeader(302)
		}, ClassRobotsUnavailable, ClassRobotsUnavailable},
		"in circles": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/robots.txt", http.StatusFound) }, ClassRobotsUnavailable, ClassRobotsUnavailable},
		"rule, then 3M": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, some+"\n")
			w.Write(bytes.Repeat([]byte("# no\n"), 600_000))
		}, "", ClassDisallowed},
		"five hops": {func() http.HandlerFunc {
			hops := 0
			return func(w http.ResponseWriter, r *http.Request) {
				if hops++; hops <= 5 {
					http.Redirect(w, r, fmt.Sprintf("/robots.txt?%d", hops), http.StatusMovedPermanently)
					return
				}
				io.WriteString(w, some)
			}
		}(), "", ClassDisallowed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			robots, site, base := newRobotsTest(t, c.answer)
			for path, want := range map[string]Class{"/news": c.page, "/secret/news": c.secret} {
				if got := classOf(robots.Check(t.Context(), base+path)); got != want {
					t.Errorf("%s: got %q, want %q", path, got, want)
				}
			}
			if n := site.others.Load(); n != 0 {
				t.Errorf("%d pages were asked for", n)
			}
		})
	}
}

func classOf(o fetch.Outcome) Class {
	switch o := o.(type) {
	case fetch.Refused:
		return o.Class
	case fetch.Failed:
		return o.Class
	}
	return ""
}

// Where there is no connection at all, the page would fare the same, and its class says so.
func TestRobotsOfAHostThatCannotBeReached(t *testing.T) {
	robots, _, base := newRobotsTest(t, status(200))
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	if got := classOf(robots.Check(t.Context(), s.URL+"/x")); got != fetch.ClassConnect {
		t.Errorf("got %q, want connect", got)
	}
	if o := robots.Check(t.Context(), base+"/x"); o != nil {
		t.Errorf("another host suffers: %v", o)
	}
}

func TestRobotsIsFetchedOnceForAll(t *testing.T) {
	robots, site, base := newRobotsTest(t, says("User-agent: *\nDisallow: /a"))
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() { robots.Check(t.Context(), fmt.Sprintf("%s/%d", base, i)) })
	}
	wg.Wait()
	if n := site.robots.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

func TestRobotsIsFetchedAgainWhenItExpires(t *testing.T) {
	var conditional atomic.Int32
	broken := false
	robots, site, base := newRobotsTest(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case broken:
			w.WriteHeader(503)
		case r.Header.Get("If-None-Match") == `"1"`:
			conditional.Add(1)
			w.WriteHeader(304)
		default:
			w.Header().Set("ETag", `"1"`)
			io.WriteString(w, "User-agent: *\nDisallow: /a")
		}
	})
	now := time.Now()
	robots.now = func() time.Time { return now }
	robots.fetcher, robots.polite.now = newFetcher(t, fetch.Options{AllowPrivate: true, Now: robots.now}), robots.now
	check := func(when string, fetched int32, a, b Class) {
		t.Helper()
		if got := classOf(robots.Check(t.Context(), base+"/a")); got != a {
			t.Errorf("%s: /a is %q, want %q", when, got, a)
		}
		if got := classOf(robots.Check(t.Context(), base+"/b")); got != b {
			t.Errorf("%s: /b is %q, want %q", when, got, b)
		}
		if n := site.robots.Load(); n != fetched {
			t.Errorf("%s: fetched %d times, want %d", when, n, fetched)
		}
	}
	check("at first", 1, ClassDisallowed, "")
	now = now.Add(23 * time.Hour)
	check("after 23 hours", 1, ClassDisallowed, "")
	now = now.Add(2 * time.Hour)
	check("after 25 hours", 2, ClassDisallowed, "")
	if conditional.Load() != 1 {
		t.Error("not asked whether it has changed")
	}
	broken = true
	now = now.Add(25 * time.Hour)
	check("while it can't be had, a copy of two days", 3, ClassDisallowed, "")
	now = now.Add(time.Second)
	check("a second later", 3, ClassDisallowed, "")
	now = now.Add(8 * 24 * time.Hour)
	check("while it can't be had for a week", 4, ClassRobotsUnavailable, ClassRobotsUnavailable)
	now = now.Add(31 * 24 * time.Hour)
	check("while it can't be had for a month", 5, "", "")
}

func TestRobotsOfAnEarlierRunHolds(t *testing.T) {
	robots, site, base := newRobotsTest(t, says("User-agent: *\nDisallow: /a\nCrawl-delay: 3\nSitemap: /s.xml"))
	if got, want := robots.Sitemaps(t.Context(), base+"/x"), []string{base + "/s.xml"}; !slices.Equal(got, want) {
		t.Errorf("sitemaps %q, want %q", got, want)
	}
	s := storage.HostState{Host: strings.TrimPrefix(base, "http://")}
	robots.Save(&s)
	robots.polite.Save(&s)
	if s.CrawlDelay != 3*time.Second || s.RobotsStatus != 200 || len(s.RobotsBody) == 0 {
		t.Errorf("saved %+v", s)
	}
	o := Options{AllowPrivate: true, DelaySet: true}
	second := NewRobots(o, newFetcher(t, fetch.Options{AllowPrivate: true}), NewPoliteness(o))
	second.Restore(s)
	if got := classOf(second.Check(t.Context(), base+"/a")); got != ClassDisallowed {
		t.Errorf("/a is %q", got)
	}
	if n := site.robots.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	s.RobotsStatus, s.RobotsBody = 503, nil
	third := NewRobots(o, newFetcher(t, fetch.Options{AllowPrivate: true}), NewPoliteness(o))
	third.Restore(s)
	if got := classOf(third.Check(t.Context(), base+"/a")); got != ClassRobotsUnavailable || site.robots.Load() != 1 {
		t.Errorf("a failure of an hour ago that holds for a day: %q", got)
	}
	s.RobotsStatus, s.RobotsFailedAt = 0, time.Now().Add(-29*24*time.Hour)
	fourth := NewRobots(o, newFetcher(t, fetch.Options{AllowPrivate: true}), NewPoliteness(o))
	fourth.Restore(s)
	if got := classOf(fourth.Check(t.Context(), base+"/a")); got != ClassDisallowed || site.robots.Load() != 2 {
		t.Errorf("no answer of an earlier run: %q after %d requests", got, site.robots.Load())
	}
}

// FuzzReservations: nothing that a tdmrep.json may say does harm.
func FuzzReservations(f *testing.F) {
	f.Add("a/b", []byte(`[{"location": "/a*$", "tdm-reservation": 1, "tdm-policy": "x"}]`))
	f.Fuzz(func(_ *testing.T, path string, body []byte) {
		(&reservations{rules: parseTDMRep(body)}).evidence("/" + path)
	})
}

func newFetcher(t testing.TB, o fetch.Options) *fetch.Fetcher {
	t.Helper()
	f, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

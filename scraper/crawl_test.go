package scraper

import (
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/tools/txtar"

	"newsmill/configs"
)

// TestWeb crawls the made-up webs of testdata/web. Each is a txtar file: what to do and what must come out, then the
// answers of the hosts (see pages). The lines:
//
//	crawl ADDRESS … [OPTION=VALUE …]   a run; options: delay, again, and feed and sitemap of a configured source
//	refuse https HOST …                these don't listen there
//	sleep DURATION                     until the next run
//	ends ADDRESS CLASS[|CLASS]         how an address ended, "stored" for an article's; "unknown": it was never heard of
//	asked ADDRESS [<=]N                how often it was asked for in the last run
//	elapsed <=DURATION                 how long the last run took
//	articles N                         how many are stored
//	[not] told TEXT                    whether the last run's log has it
//	sql SELECT … => VALUE              what the database says
func TestWeb(t *testing.T) {
	files, err := filepath.Glob("testdata/web/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runWeb(t, txtar.Parse(text)) })
		})
	}
}

func runWeb(t *testing.T, a *txtar.Archive) {
	p := newPages()
	for _, f := range a.Files {
		if err := p.add(f.Name, string(f.Data)); err != nil {
			t.Fatal(err)
		}
	}
	w := newWeb(t, p)
	defer w.close()
	c := newCrawler(t, w, Options{DelaySet: true})
	defer c.db.Close()
	db, err := sql.Open("sqlite3", "file:"+c.db.Path()+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var classes map[string]string
	var elapsed time.Duration
	for n, line := range strings.Split(string(a.Comment), "\n") {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		words := strings.Fields(rest)
		switch verb {
		case "", "#":
		case "told", "not":
			want := strings.TrimPrefix(rest, "told ")
			if got := c.log.String(); strings.Contains(got, want) != (verb == "told") {
				t.Errorf("line %d: %s: the log of the run is %q", n+1, line, got)
			}
		case "crawl":
			w.forget()
			c.log.Reset()
			s := c.crawl(c.configure(words)...)
			elapsed = s.Elapsed
			classes = c.classes()
			t.Logf("run: %v", s.Classes)
		case "refuse":
			for _, host := range words[1:] {
				w.noTLS[host] = true
			}
		case "sleep":
			d, err := time.ParseDuration(rest)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(d)
		case "ends":
			got := classes[words[0]]
			if got == "" {
				got = "unknown"
			}
			if !slices.Contains(strings.Split(words[1], "|"), got) {
				t.Errorf("line %d: %s ends as %s, want %s: %s", n+1, words[0], got, words[1], c.message(words[0]))
			}
		case "asked":
			got := w.count(words[0])
			limit, most := strings.CutPrefix(words[1], "<=")
			want, err := strconv.Atoi(limit)
			if err != nil {
				t.Fatal(err)
			}
			if most && got > want || !most && got != want {
				t.Errorf("line %d: %s was asked for %d times, want %s", n+1, words[0], got, words[1])
			}
		case "elapsed":
			if most, err := time.ParseDuration(strings.TrimPrefix(rest, "<=")); err != nil || elapsed > most {
				t.Errorf("line %d: the run took %v, want %s", n+1, elapsed, rest)
			}
		case "articles":
			if got := strconv.Itoa(c.count()); got != rest {
				t.Errorf("line %d: %s articles, want %s: %v", n+1, got, rest, classes)
			}
		case "sql":
			query, want, _ := strings.Cut(rest, " => ")
			var got sql.NullString
			if err := db.QueryRow(query).Scan(&got); err != nil {
				got.String = err.Error()
			}
			if got.String != want {
				t.Errorf("line %d: %s is %q, want %q", n+1, query, got.String, want)
			}
		default:
			if !strings.HasPrefix(verb, "#") {
				t.Fatalf("line %d: what is %q?", n+1, verb)
			}
		}
	}
}

// configure takes the options out of a crawl's words.
func (c *crawler) configure(words []string) (addresses []string) {
	c.Options = Options{DelaySet: true, Log: slog.New(slog.NewTextHandler(&c.log, nil))}
	var named configs.Source
	for _, word := range words {
		key, value, isOption := strings.Cut(word, "=")
		switch {
		case !isOption:
			addresses = append(addresses, word)
		case key == "feed":
			named.Feeds = append(named.Feeds, value)
		case key == "sitemap":
			named.Sitemaps = append(named.Sitemaps, value)
		case key == "delay":
			c.Delay, _ = time.ParseDuration(value)
		case key == "opt_outs":
			c.OptOuts = OptOuts(value)
		case key == "keep_raw":
			c.KeepRaw = KeepRaw(value)
		case key == "again":
			c.Again = value == "yes"
		default:
			c.t.Fatalf("no option %s", key)
		}
	}
	if all := slices.Concat(named.Feeds, named.Sitemaps); len(all) > 0 {
		named.Key = "config of " + hostOf(all[0])
		c.Sources = append(c.Sources, named)
	}
	return addresses
}

// message is what the database says of an address's ending.
func (c *crawler) message(address string) string {
	j, _, _, err := c.db.JobOf(c.t.Context(), address)
	return fmt.Sprintf("%+v %v", j, err)
}

// count is how often an address was asked for since forget.
func (w *web) count(address string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, a := range w.asked {
		if a.url == address {
			n++
		}
	}
	return n
}

func (w *web) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = nil
}

// TestSixtyPagesTakeAMinute: politeness costs what was agreed and nothing more, as the server sees it.
func TestSixtyPagesTakeAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sitemap strings.Builder
		sitemap.WriteString(`<?xml version="1.0"?><urlset>`)
		for i := range 56 {
			fmt.Fprintf(&sitemap, "<url><loc>http://a.test/2026/11/02/story-number-%d-of-the-day</loc></url>", i)
		}
		sitemap.WriteString("</urlset>")
		w := newWeb(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(5 * time.Millisecond)
			switch r.URL.Path {
			case "/robots.txt":
				io.WriteString(w, "Sitemap: /sitemap.xml")
			case "/sitemap.xml":
				io.WriteString(w, sitemap.String())
			case "/":
				io.WriteString(w, "<p>Harbour Post</p>")
			case "/.well-known/tdmrep.json":
				http.NotFound(w, r)
			default:
				io.WriteString(w, story(r.URL.Path, ""))
			}
		}))
		defer w.close()
		c := newCrawler(t, w, Options{})
		defer c.db.Close()
		if s := c.crawl("http://a.test/"); s.Stored != 56 || len(w.asked) != 60 {
			t.Fatalf("%d stored of 56 with %d requests: %v", s.Stored, len(w.asked), s.Classes)
		}
		w.checkGaps(t, time.Second)
		whole := w.asked[59].end.Sub(w.asked[0].at)
		t.Logf("60 requests in %v", whole)
		if whole < 59*time.Second || whole > 61*time.Second {
			t.Errorf("60 requests take %v, want 59 to 61 s", whole)
		}
	})
}

// checkGaps reports requests to a host that began less than gap apart, or while another was being answered.
func (w *web) checkGaps(t *testing.T, gap time.Duration) {
	t.Helper()
	last := map[string]asked{}
	for _, a := range w.asked {
		if b, ok := last[a.host]; ok {
			if d := a.at.Sub(b.at); d < gap {
				t.Errorf("%s: %v after %s, want %v", a.url, d, b.url, gap)
			}
			if a.at.Before(b.end) {
				t.Errorf("%s: while %s was answered", a.url, b.url)
			}
		}
		last[a.host] = a
	}
}

// TestStormOf429And503: a hundred hosts that answer three of their ten pages with a request to slow down at first. No
// request comes before its host said that it may, no page is asked for more than once too often, and all are stored.
func TestStormOf429And503(t *testing.T) {
	const pages = 10
	hosts := 100
	if testing.Short() {
		hosts = 20
	}
	retryAfter := []func() string{
		func() string { return "3" },
		func() string { return time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat) },
		func() string { return "" },
		func() string { return "soon" },
	}
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		seen, until := map[string]int{}, map[string]time.Time{}
		w := newWeb(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var host, page int
			fmt.Sscanf(r.Host, "h%d.test", &host)
			time.Sleep(20 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			if left := time.Until(until[r.Host]); left > 0 {
				t.Errorf("%s%s: asked %v too early", r.Host, r.URL.Path, left)
			}
			switch r.URL.Path {
			case "/robots.txt", "/.well-known/tdmrep.json":
				http.NotFound(w, r)
				return
			case "/":
				for i := range pages {
					fmt.Fprintf(w, `<p><a href="/2026/11/02/story-number-%d-of-the-day">Story number %d of the day</a></p>`, i, i)
				}
				return
			}
			if n, _ := fmt.Sscanf(r.URL.Path, "/2026/11/02/story-number-%d", &page); n == 0 {
				http.NotFound(w, r)
				return
			}
			key := r.Host + r.URL.Path
			if seen[key]++; (host+page)%10 >= 3 || seen[key] > 1 {
				io.WriteString(w, story(key, ""))
				return
			}
			if s := retryAfter[(host+page)%len(retryAfter)](); s != "" {
				w.Header().Set("Retry-After", s)
				if n, err := strconv.Atoi(s); err == nil {
					until[r.Host] = time.Now().Add(time.Duration(n) * time.Second)
				} else if at, err := http.ParseTime(s); err == nil {
					until[r.Host] = at
				}
			}
			w.WriteHeader([]int{429, 503}[host%2])
		}))
		defer w.close()
		c := newCrawler(t, w, Options{Delay: 100 * time.Millisecond, DelaySet: true})
		defer c.db.Close()
		var starts []string
		for i := range hosts {
			starts = append(starts, fmt.Sprintf("http://h%d.test/", i))
		}
		s := c.crawl(starts...)
		t.Logf("%d requests in %v: %v", len(w.asked), s.Elapsed, s.Classes)
		if got := c.count(); got != hosts*pages {
			t.Errorf("%d articles, want %d", got, hosts*pages)
		}
		asked := 0
		for _, n := range seen {
			asked += n
		}
		if most := hosts * pages * 13 / 10; asked > most {
			t.Errorf("%d requests for %d pages, want at most %d", asked, hosts*pages, most)
		}
		w.checkGaps(t, 100*time.Millisecond)
	})
}

// TestHostsOfOneAddressTakeTurns: thirty hosts of one IP address, of which eight are asked at once, as soon as it is
// known that they are there.
func TestHostsOfOneAddressTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		busy, most := 0, 0
		w := newWeb(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			isStory := strings.HasPrefix(r.URL.Path, "/2026/")
			mu.Lock()
			if isStory {
				busy++
				most = max(most, busy)
			}
			mu.Unlock()
			time.Sleep(300 * time.Millisecond)
			mu.Lock()
			if isStory {
				busy--
			}
			mu.Unlock()
			switch {
			case r.URL.Path == "/":
				for i := range 5 {
					fmt.Fprintf(w, `<p><a href="/2026/11/02/story-number-%d-of-the-day">Story number %d of the day</a></p>`, i, i)
				}
			case isStory:
				io.WriteString(w, story(r.Host+r.URL.Path, ""))
			default:
				http.NotFound(w, r)
			}
		}))
		w.address = "198.51.100.7:80"
		defer w.close()
		c := newCrawler(t, w, Options{DelaySet: true})
		defer c.db.Close()
		var starts []string
		for i := range 30 {
			starts = append(starts, fmt.Sprintf("http://h%d.test/", i))
		}
		c.crawl(starts...)
		if n := c.count(); n != 150 || most != defaultPerAddress {
			t.Errorf("%d articles of 150, %d stories at once, want %d", n, most, defaultPerAddress)
		}
	})
}

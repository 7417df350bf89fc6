package scraper

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// TestSlowHostsHoldNobodyUp: of a host that sends a byte a second, in its headers or in its body, and one that never
// shakes hands, each request ends in its phase's limit, and the other hosts don't notice.
func TestSlowHostsHoldNobodyUp(t *testing.T) {
	const good, pages = 12, 20
	run := func(t *testing.T, slow ...string) (whole time.Duration, classes map[string]string) {
		w := newWeb(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(50 * time.Millisecond)
			drip := func(text string) {
				c, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					return
				}
				defer c.Close()
				for i := range len(text) {
					if _, err := io.WriteString(c, text[i:i+1]); err != nil {
						return
					}
					time.Sleep(time.Second)
				}
			}
			switch {
			case r.URL.Path == "/robots.txt", strings.HasPrefix(r.URL.Path, "/.well-known/"):
				http.NotFound(w, r)
			case r.Host == "headers.test":
				drip("HTTP/1.1 200 OK\r\nX-Slow: " + strings.Repeat("a", 500))
			case r.Host == "body.test":
				w.Header().Set("Content-Type", "text/html")
				for range 500 {
					if _, err := io.WriteString(w, "<"); err != nil {
						return
					}
					http.NewResponseController(w).Flush()
					time.Sleep(time.Second)
				}
			case r.URL.Path == "/":
				for i := range pages {
					fmt.Fprintf(w, `<p><a href="/2026/11/02/story-number-%d-of-the-day">Story number %d of the day</a></p>`, i, i)
				}
			case strings.HasPrefix(r.URL.Path, "/2026/"):
				io.WriteString(w, story(r.Host+r.URL.Path, ""))
			default:
				http.NotFound(w, r)
			}
		}))
		defer w.close()
		c := newCrawler(t, w, Options{})
		defer c.db.Close()
		var starts []string
		for i := range good {
			starts = append(starts, fmt.Sprintf("http://h%d.test/", i))
		}
		c.crawl(append(starts, slow...)...)
		if n := c.count(); n != good*pages {
			t.Errorf("%d articles, want %d", n, good*pages)
		}
		var first, last time.Time
		for _, a := range w.asked {
			if !strings.HasPrefix(a.host, "h") || a.host == "headers.test" || !strings.HasPrefix(a.url, "http://"+a.host+"/2026/") {
				continue
			}
			if first.IsZero() {
				first = a.at
			}
			last = a.end
		}
		took := map[string]time.Duration{}
		for _, a := range w.asked {
			if a.host == "headers.test" || a.host == "body.test" {
				took[a.host] = max(took[a.host], a.end.Sub(a.at))
			}
		}
		t.Logf("%v: good hosts take %v; slow ones hold on for %v", slow, last.Sub(first), took)
		if took["body.test"] > 25*time.Second {
			t.Errorf("a body of a byte a second held on for %v", took["body.test"])
		}
		return last.Sub(first), c.classes()
	}
	var alone, among time.Duration
	synctest.Test(t, func(t *testing.T) { alone, _ = run(t) })
	synctest.Test(t, func(t *testing.T) {
		var classes map[string]string
		among, classes = run(t, "http://headers.test/", "http://body.test/", "https://handshake.test/", "http://silent.test/")
		for _, a := range []string{"http://headers.test/", "http://body.test/", "https://handshake.test/", "http://silent.test/"} {
			if classes[a] != "timeout" {
				t.Errorf("%s ends as %q, want timeout", a, classes[a])
			}
		}
	})
	if float64(alone) < 0.95*float64(among) {
		t.Errorf("the good hosts take %v among slow ones, %v alone", among, alone)
	}
}

// TestHugePages: endless, one line, nested, full of links: each ends as an error or whole, in a few seconds of work.
func TestHugePages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 10 s")
	}
	text := prose("huge", 6)
	pages := map[string]func(io.Writer){
		"/2026/11/02/a-gigabyte-in-chunks-of-text": func(w io.Writer) {
			chunk := []byte(strings.Repeat("<p>The harbour is long.</p>", 1<<12))
			for range 1 << 30 / len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"/2026/11/02/ten-megabytes-in-one-line": func(w io.Writer) {
			io.WriteString(w, "<title>Ten megabytes in one line</title><article><h1>Ten megabytes in one line</h1><p>"+strings.Repeat("The harbour is long and the ferry is late. ", 220_000)+"</p></article>")
		},
		"/2026/11/02/two-hundred-thousand-nested": func(w io.Writer) {
			io.WriteString(w, "<title>Nested</title>"+strings.Repeat("<div>", 200_000)+text+strings.Repeat("</div>", 200_000))
		},
		"/2026/11/02/five-million-links-on-one-page": func(w io.Writer) {
			for i := range 5_000_000 {
				if _, err := fmt.Fprintf(w, "<a href=/%d>x</a>", i); err != nil {
					return
				}
			}
		},
		"/lots/": func(w io.Writer) {
			for i := range 100_000 {
				fmt.Fprintf(w, "<a href=/2026/10/02/story-number-%d>x</a>\n", i)
			}
			io.WriteString(w, strings.Repeat("<a href=/2026/11/02/the-same-story>x</a>\n", 100_000))
		},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if write := pages[r.URL.Path]; write != nil {
			write(w)
			return
		}
		http.NotFound(w, r)
	}))
	defer s.Close()
	want := map[string]string{
		"/2026/11/02/a-gigabyte-in-chunks-of-text": "too_large", "/2026/11/02/ten-megabytes-in-one-line": "stored",
		"/2026/11/02/two-hundred-thousand-nested": "too_complex|stored|not_article", "/2026/11/02/five-million-links-on-one-page": "too_large",
		"/lots/": "read",
	}
	for path := range pages {
		t.Run(path, func(t *testing.T) {
			c := newCrawler(t, nil, Options{AllowPrivate: true, DelaySet: true})
			defer c.db.Close()
			var logged bytes.Buffer
			c.Log = slog.New(slog.NewTextHandler(&logged, nil))
			c.MaxPages = 1
			before := cpuTime(t)
			c.crawl(s.URL + path)
			cpu := cpuTime(t) - before
			j, _, _, err := c.db.JobOf(context.Background(), s.URL+path)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s after %v of work", j.Class, cpu)
			if !strings.Contains("|"+want[path]+"|", "|"+j.Class+"|") {
				t.Errorf("ends as %s, want %s", j.Class, want[path])
			}
			if cpu > 5*time.Second {
				t.Errorf("takes %v of work", cpu)
			}
			if path == "/lots/" && !strings.Contains(logged.String(), "links left out") {
				t.Errorf("nothing is said of links that were left out: %s", logged.String())
			}
			if j.Class == "stored" {
				items, err := c.db.List(context.Background(), storage.Filter{}, storage.ByStored, 1, 0)
				if err != nil || len(items) != 1 {
					t.Fatalf("%v %v", items, err)
				}
				if path == "/2026/11/02/ten-megabytes-in-one-line" && items[0].WordCount < 9*220_000 {
					t.Errorf("stored with %d of %d words", items[0].WordCount, 9*220_000)
				}
			}
		})
	}
}

// TestPhasesEndInTime asks one request of each slow kind and looks at the clock.
func TestPhasesEndInTime(t *testing.T) {
	for address, most := range map[string]time.Duration{
		"http://headers.test/": 10 * time.Second, "http://body.test/": 21 * time.Second, "https://handshake.test/": 15 * time.Second, "http://silent.test/": 15 * time.Second,
	} {
		t.Run(address, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWeb(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Host == "headers.test" {
						if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
							defer c.Close()
							for range 100 {
								if _, err := io.WriteString(c, "H"); err != nil {
									return
								}
								time.Sleep(time.Second)
							}
						}
						return
					}
					for range 100 {
						if _, err := io.WriteString(w, "<"); err != nil || http.NewResponseController(w).Flush() != nil {
							return
						}
						time.Sleep(time.Second)
					}
				}))
				defer w.close()
				f, err := fetch.New(fetch.Options{AllowPrivate: true, Dial: w.dial})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				o := f.Fetch(t.Context(), fetch.Request{URL: address})
				if took := time.Since(began); classOf(o) != fetch.ClassTimeout || took > most {
					t.Errorf("%s (%v) after %v, want timeout after at most %v", classOf(o), o, took, most)
				}
				f.Close()
			})
		})
	}
}

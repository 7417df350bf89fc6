package scraper

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"newsmill/scraper/fetch"
)

// replay starts the replay proxy that may lie beside the checkout, and returns its address and certificate file.
func replay(t *testing.T, args ...string) (proxy, ca string) {
	t.Helper()
	folder, err := filepath.Abs("../../shared/replay")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "go.mod")); err != nil {
		t.Skip("no replay proxy beside the checkout")
	}
	tmp := t.TempDir()
	build := exec.Command("go", "build", "-C", folder, "-o", filepath.Join(tmp, "replay"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the replay proxy: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	c := exec.Command(filepath.Join(tmp, "replay"), append([]string{"-listen", address, "-ca", tmp, "-sets", ""}, args...)...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
	})
	for range 100 {
		if r, err := http.Get("http://" + address + "/report"); err == nil {
			r.Body.Close()
			return "http://" + address, filepath.Join(tmp, "ca.pem")
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the replay proxy does not answer")
	return "", ""
}

// TestReplayFaults asks each host of the replay proxy that has one thing wrong for its story, with robots.txt,
// delays, redirects and retries as a crawl has them, and compares the endings.
func TestReplayFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 15 s")
	}
	proxy, ca := replay(t)
	r, err := http.Get(proxy + "/truth.json?set=faults")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var truth []struct{ URL, Want string }
	if err := json.NewDecoder(r.Body).Decode(&truth); err != nil {
		t.Fatal(err)
	}
	o := Options{Proxy: proxy, CAFile: ca, DelaySet: true}
	warmUp(t, proxy)
	f, err := fetch.New(fetch.Options{Proxy: proxy, CAFile: ca, Timeouts: fetch.Timeouts{
		Resolve: 2 * time.Second, Connect: 2 * time.Second, Headers: 2 * time.Second, Idle: 2 * time.Second, Total: 20 * time.Second, Window: 3 * time.Second,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := NewPoliteness(o)
	robots := NewRobots(o, f, p)
	var wg sync.WaitGroup
	for _, e := range truth {
		if e.Want == "bounded" || strings.Contains(e.Want, "alias") {
			continue
		}
		wg.Go(func() {
			class, message := visit(t.Context(), f, robots, p, e.URL)
			want := strings.Split(e.Want, "|")
			// What only the cleaner and the database can tell is not told apart here.
			if class == "fetched" && slices.ContainsFunc(want, func(w string) bool {
				return w == "stored" || w == "stored_as" || w == "not_article" || w == "too_complex" || w == "skipped_noindex"
			}) {
				return
			}
			if !slices.Contains(want, class) {
				t.Errorf("%s ended as %s (%s), not as %s", e.URL, class, message, e.Want)
			} else {
				t.Logf("%s: %s: %s", e.URL, class, message)
			}
		})
	}
	wg.Wait()
	rep, err := http.Get(proxy + "/report?format=text")
	if err != nil {
		t.Fatal(err)
	}
	defer rep.Body.Close()
	text, _ := io.ReadAll(rep.Body)
	t.Logf("%s", text)
	for s := bufio.NewScanner(strings.NewReader(string(text))); s.Scan(); {
		if strings.HasPrefix(s.Text(), "no violations") {
			return
		}
	}
	t.Errorf("the hosts complain:\n%s", text)
}

// warmUp has the proxy make its gigabyte of zeros, which takes it longer than our limits here on a busy machine.
func warmUp(t *testing.T, proxy string) {
	t.Helper()
	u, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(u)}, Timeout: 2 * time.Minute}
	defer c.CloseIdleConnections()
	r, err := c.Get("http://gzip-bomb.faults.test/2026/11/02/story.html")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	time.Sleep(100 * time.Millisecond) // the proxy notices that we hung up
	if r, err = http.Post(proxy+"/reset", "", nil); err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
}

// visit is a job's way through this package, without frontier and storage.
func visit(ctx context.Context, f *fetch.Fetcher, robots *Robots, p *Politeness, address string) (class, message string) {
	seen := map[string]bool{}
	q := fetch.Request{URL: address, Kind: fetch.Article}
	attempts := 0
	for {
		if o := robots.Check(ctx, q.URL); o != nil {
			switch o := o.(type) {
			case fetch.Refused:
				return string(o.Class), o.Message
			case fetch.Failed:
				return string(o.Class), o.Message
			}
		}
		u, _ := fetch.ParseTarget(q.URL, "")
		ok, again, err := p.Wait(ctx, u.Host, 0, time.Minute)
		if err != nil {
			return "canceled", err.Error()
		}
		if !ok {
			return message, fmt.Sprintf("host set aside until %s", again)
		}
		o := f.Fetch(ctx, q)
		p.End(u.Host, o)
		switch o := o.(type) {
		case fetch.Fetched:
			if slices.Contains(o.Robots, "noindex") {
				return "skipped_noindex", ""
			}
			return "fetched", o.Media
		case fetch.Redirected:
			seen[q.URL] = true
			if seen[o.To] || len(seen) > 10 {
				return "too_many_redirects", o.To
			}
			q.URL = o.To
		case fetch.Refused:
			return string(o.Class), o.Message
		case fetch.Failed:
			attempts++
			if !o.Retryable || attempts == 3 || attempts == 2 && o.Class == fetch.ClassTimeout || o.RetryAfter > time.Minute {
				return string(o.Class), o.Message
			}
			message = string(o.Class)
		default:
			return fmt.Sprintf("%T", o), ""
		}
	}
}

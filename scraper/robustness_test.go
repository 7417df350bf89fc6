package scraper

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"newsmill/scraper/listing"
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

// TestPhasesEndInTime asks one request of each slow kind and looks at the clock.
func TestPhasesEndInTime(t *testing.T) {
	for address, most := range map[string]time.Duration{
		"http://headers.test/": defaultTimeouts.headers, "http://body.test/": defaultTimeouts.window + time.Second,
		"https://handshake.test/": defaultTimeouts.connect, "http://silent.test/": defaultTimeouts.connect,
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
				f := newTestFetcher(t, local)
				f.transport.base.DialContext = w.dial
				began := time.Now()
				o := f.Fetch(t.Context(), Request{URL: address})
				if took := time.Since(began); classOf(o) != ClassTimeout || took > most {
					t.Errorf("%s (%v) after %v, want timeout after at most %v", classOf(o), o, took, most)
				}
				f.Close()
			})
		})
	}
}

// peakMemory is what the process used at most while f ran, beyond what it used before, in bytes.
func peakMemory(t *testing.T, f func()) int64 {
	t.Helper()
	read := func(key string) int64 {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Skip("no /proc")
		}
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, key+":"); ok {
				kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
				return kb << 10
			}
		}
		return 0
	}
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Skip(err)
	}
	before := read("VmRSS")
	f()
	return read("VmHWM") - before
}

// TestBombsTakeLittleMemory: bodies that unpack to a thousand times their size.
func TestBombsTakeLittleMemory(t *testing.T) {
	zeros := strings.Repeat("<p>0000000000000</p>", 4<<20) // 80 MB
	nested := gzipped(gzipped(zeros))
	small := map[string]string{"gzip": gzipped(zeros), "br": brotlied(zeros), "zstd": zstded(zeros), "gzip, gzip": nested}
	for encoding, body := range small {
		t.Logf("%s: %d bytes, 1 : %d", encoding, len(body), len(zeros)/len(body))
	}
	page := `<?xml version="1.0"?><urlset>`
	urls := gzipped(page + strings.Repeat("<url><loc>http://a.test/x</loc></url>", 3<<20))
	zeros = ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sitemap.xml.gz":
			w.Header().Set("Content-Type", "application/gzip")
			io.WriteString(w, urls)
		case "/robots.txt":
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, small["gzip"])
		default:
			w.Header().Set("Content-Encoding", strings.ReplaceAll(r.URL.Query().Get("e"), "_", ", "))
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, small[strings.ReplaceAll(r.URL.Query().Get("e"), "_", ", ")])
		}
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	for _, c := range []struct {
		request Request
		want    Class
	}{
		{Request{URL: s.URL + "/?e=gzip"}, ClassTooLarge},
		{Request{URL: s.URL + "/?e=br"}, ClassTooLarge},
		{Request{URL: s.URL + "/?e=zstd"}, ClassTooLarge},
		{Request{URL: s.URL + "/?e=gzip_gzip"}, ClassTooLarge},
		{Request{URL: s.URL + "/sitemap.xml.gz", Kind: storage.SitemapJob, Stream: func(r io.Reader) error {
			_, err := listing.Read(r, "", nil, func(listing.Entry) {})
			return err
		}}, ClassTooLarge},
		{Request{URL: s.URL + "/robots.txt", Kind: robotsKind}, ""}, // of which the first 512 kB count
	} {
		peak := peakMemory(t, func() {
			if got := classOf(f.Fetch(t.Context(), c.request)); got != c.want {
				t.Errorf("%s: %q, want %q", c.request.URL, got, c.want)
			}
		})
		t.Logf("%s: %d MB", c.request.URL[len(s.URL):], peak>>20)
		if peak > 64<<20 {
			t.Errorf("%s takes %d MB", c.request.URL, peak>>20)
		}
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

// nameServer answers for names by their first label.
func nameServer(t *testing.T) *net.Resolver {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(b[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Authoritative, m.RecursionAvailable, m.Additionals = true, true, true, nil
			switch name, _, _ := strings.Cut(q.Name.String(), "."); name {
			case "unknown":
				m.RCode = dnsmessage.RCodeNameError
			case "broken":
				m.RCode = dnsmessage.RCodeServerFailure
			case "slow":
				continue
			default:
				if q.Type == dnsmessage.TypeA {
					m.Answers = []dnsmessage.Resource{{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
						Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
					}}
				}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = c.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", c.LocalAddr().String())
	}}
}

// TestNamesThatDoNotResolve: each is told apart, none holds a worker up, and a public name that resolves to a private
// address is refused when it is dialled.
func TestNamesThatDoNotResolve(t *testing.T) {
	r := nameServer(t)
	for name, c := range map[string]struct {
		class Class
		says  string
		wait  bool // the host is left alone for long
	}{
		"unknown.example.org.": {ClassConnect, "can't be resolved", true},
		"broken.example.org.":  {ClassConnect, "can't be resolved", false},
		"slow.example.org.":    {ClassTimeout, "name server", false},
		"rebound.example.org.": {ClassPrivateAddress, "loopback", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newTestFetcher(t, Options{DelaySet: true, Proxy: ""})
			f.transport.proxy = func(*url.URL) (*url.URL, error) { return nil, nil }
			f.transport.dialer.Resolver = r
			f.timeouts.resolve = 2 * time.Second
			began := time.Now()
			o := f.Fetch(t.Context(), Request{URL: "http://" + name + "/"})
			took := time.Since(began)
			message := ""
			switch o := o.(type) {
			case Failed:
				message = o.Message
				if (o.RetryAfter > time.Minute) != c.wait {
					t.Errorf("again after %v", o.RetryAfter)
				}
			case Refused:
				message = o.Message
			}
			if classOf(o) != c.class || !strings.Contains(message, c.says) {
				t.Errorf("%s: %s", classOf(o), message)
			}
			if took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	if defaultTimeouts.resolve > 5*time.Second {
		t.Errorf("a name server may hold a worker for %v", defaultTimeouts.resolve)
	}
}

// TestCertificatesThatCannotBeTrusted: each failure of TLS has its reason, and nothing is asked without TLS instead.
func TestCertificatesThatCannotBeTrusted(t *testing.T) {
	authority, authorityKey := certificate(t, nil, nil, func(c *x509.Certificate) { c.IsCA = true })
	stranger, strangerKey := certificate(t, nil, nil, func(c *x509.Certificate) { c.IsCA = true })
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newTestFetcher(t, Options{AllowPrivate: true, DelaySet: true, CAFile: file})
	for name, c := range map[string]struct {
		signer *x509.Certificate
		key    *ecdsa.PrivateKey
		change func(*x509.Certificate)
		reset  bool
		says   string // empty: it is trusted
	}{
		"good":        {authority, authorityKey, nil, false, ""},
		"expired":     {authority, authorityKey, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, false, "expired"},
		"not yet":     {authority, authorityKey, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }, false, "not valid yet"},
		"other name":  {authority, authorityKey, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }, false, "another name"},
		"self-signed": {nil, nil, nil, false, "nobody we know"},
		"stranger":    {stranger, strangerKey, nil, false, "nobody we know"},
		"reset":       {authority, authorityKey, nil, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			leaf, key := certificate(t, c.signer, c.key, c.change)
			asked := 0
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++; io.WriteString(w, ferry) }))
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}}
			if c.reset {
				s.TLS.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
					_ = h.Conn.(*net.TCPConn).SetLinger(0)
					_ = h.Conn.Close()
					return nil, errors.New("reset")
				}
			}
			s.StartTLS()
			defer s.Close()
			o := f.Fetch(t.Context(), Request{URL: s.URL})
			if c.says == "" && !c.reset {
				if _, ok := o.(Fetched); !ok {
					t.Errorf("%v", o)
				}
				return
			}
			failed, ok := o.(Failed)
			if !ok || failed.Class != ClassTLS && !(c.reset && failed.Class == ClassConnect) || !strings.Contains(failed.Message, c.says) {
				t.Errorf("%T %s: %s", o, classOf(o), failed.Message)
			}
			t.Logf("%s: %s", failed.Class, failed.Message)
			if asked != 0 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// certificate makes one for 127.0.0.1, signed by a signer or by itself.
func certificate(t *testing.T, signer *x509.Certificate, signerKey *ecdsa.PrivateKey, change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: t.Name()}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(c)
	}
	if signer == nil {
		signer, signerKey = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, signer, key.Public(), signerKey)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

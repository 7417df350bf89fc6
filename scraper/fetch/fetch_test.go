package fetch

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

func newTestFetcher(t testing.TB, o Options) *Fetcher {
	t.Helper()
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

var local = Options{AllowPrivate: true}

const ferry = "<!doctype html><html><head><title>Ferry</title></head><body><p>The ferry was late, and so was everybody on it.</p></body></html>"

func packed(w interface {
	io.WriteCloser
}, b *bytes.Buffer, s string,
) string {
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func gzipped(s string) string  { var b bytes.Buffer; return packed(gzip.NewWriter(&b), &b, s) }
func zlibbed(s string) string  { var b bytes.Buffer; return packed(zlib.NewWriter(&b), &b, s) }
func brotlied(s string) string { var b bytes.Buffer; return packed(brotli.NewWriter(&b), &b, s) }
func deflated(s string) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 6)
	return packed(w, &b, s)
}

func zstded(s string) string {
	var b bytes.Buffer
	w, _ := zstd.NewWriter(&b)
	return packed(w, &b, s)
}

// raw answers with these bytes in place of HTTP's, and closes.
func raw(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			io.WriteString(c, s)
			c.Close()
		}
	}
}

func sends(body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"text/html; charset=utf-8"}
		for i := 0; i < len(header); i += 2 {
			w.Header()[header[i]] = []string{header[i+1]}
			if header[i+1] == "" {
				w.Header()[header[i]] = nil
			}
		}
		io.WriteString(w, body)
	}
}

func coded(encoding, body string) http.HandlerFunc { return sends(body, "Content-Encoding", encoding) }

// TestAnswersAndTheirClasses: what a server may answer, and what it is called. The body of a good one is ferry.
func TestAnswersAndTheirClasses(t *testing.T) {
	bomb := strings.Repeat("<p>0</p>", 1<<18)
	hang := func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	cases := map[string]struct {
		answer http.HandlerFunc
		want   string // a class; "": fetched; "-": fetched with another body
		says   string // part of the message
	}{
		"plain":                {sends(ferry), "", ""},
		"gzip":                 {coded("gzip", gzipped(ferry)), "", ""},
		"x-gzip, in capitals":  {coded("X-GZIP", gzipped(ferry)), "", ""},
		"gzip, two members":    {coded("gzip", gzipped(ferry[:50])+gzipped(ferry[50:])), "", ""},
		"gzip and garbage":     {coded("gzip", gzipped(ferry)+"\x00\x00trailing"), "", ""},
		"deflate":              {coded("deflate", zlibbed(ferry)), "", ""},
		"deflate without zlib": {coded("deflate", deflated(ferry)), "", ""},
		"br":                   {coded("br", brotlied(ferry)), "", ""},
		"zstd":                 {coded("zstd", zstded(ferry)), "", ""},
		"two encodings":        {coded("gzip, br", brotlied(gzipped(ferry))), "", ""},
		"identity":             {coded("identity", ferry), "", ""},
		"utf-8 as an encoding": {coded("utf-8", ferry), "", ""},
		"says gzip, is plain":  {coded("gzip", ferry), "", ""},
		"says br, is plain":    {coded("br", ferry), "", ""},
		"says zstd, is plain":  {coded("zstd", ferry), "", ""},
		"unknown, is plain":    {coded("x-squeezed", ferry), "", ""},
		"unknown":              {coded("x-squeezed", ratherRandom(1000)), "decode", "x-squeezed"},
		"three encodings":      {coded("br, br, br", ferry), "decode", "too many"},
		"gzip, cut":            {coded("gzip", gzipped(ferry)[:60]), "truncated", "gzip"},
		"br, cut":              {coded("br", brotlied(ferry)[:60]), "truncated", "br"},
		"zstd, cut":            {coded("zstd", zstded(ferry)[:60]), "truncated", "zstd"},
		"zlib, cut":            {coded("deflate", zlibbed(ferry)[:60]), "truncated", "deflate"},
		"gzip, corrupt":        {coded("gzip", gzipped(ferry)[:40]+"\xff\xff\xff\xff"+gzipped(ferry)[44:]), "decode", "gzip"},
		"gzip bomb":            {coded("gzip", gzipped(bomb)), "too_large", "bomb"},
		"br bomb":              {coded("br", brotlied(bomb)), "too_large", "bomb"},
		"zstd bomb":            {coded("zstd", zstded(bomb)), "too_large", "bomb"},
		"bomb in a bomb":       {coded("gzip, gzip", gzipped(gzipped(bomb))), "too_large", "bomb"},
		"2.5 MB":               {sends(strings.Repeat("<p>ferry</p>", 1<<18)), "too_large", "page_bytes"},
		"2.5 MB, compressed":   {coded("gzip", gzipped(strings.Repeat(ratherRandom(20_000), 128))), "too_large", "once decoded"},
		"5 GB, it says":        {raw("HTTP/1.1 200 OK\r\nContent-Length: 5368709120\r\n\r\n<p>"), "too_large", "5369 MB"},
		"cut at its length":    {raw("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + ferry), "truncated", "of 5000 bytes"},
		"cut in chunks":        {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<html\r\n"), "truncated", ""},
		"broken chunks":        {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<html\r\n"), "decode", "chunk"},
		"until close":          {raw("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + ferry), "", ""},
		"no answer":            {raw(""), "connect", "closed the connection"},
		"no HTTP":              {raw("220 mail.example ESMTP\r\n"), "connect", ""},
		"no number":            {raw("HTTP/1.1 two hundred\r\n\r\n"), "connect", ""},
		"length of no number":  {raw("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n<p>"), "connect", ""},
		"headers of 1 MB":      {sends(ferry, "X-Huge", strings.Repeat("h", 1<<20)), "too_large", "headers"},
		"never answers":        {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "timeout", "no answer"},
		"stalls":               {func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, ferry[:50]); hang(w, r) }, "timeout", "nothing more"},
		"stalls, compressed": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, gzipped(ferry)[:30])
			hang(w, r)
		}, "timeout", "nothing more"},
		"drips": {func(w http.ResponseWriter, r *http.Request) {
			for range 100 {
				if r.Context().Err() != nil {
					return
				}
				io.WriteString(w, "<p>")
				http.NewResponseController(w).Flush()
				time.Sleep(30 * time.Millisecond)
			}
		}, "timeout", "a second"},
		"empty":             {sends(""), "empty", ""},
		"blank":             {sends(" \n\t\r\n"), "empty", ""},
		"empty gzip":        {coded("gzip", ""), "empty", ""},
		"204":               {answers(204), "empty", "204"},
		"203":               {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(203); io.WriteString(w, ferry) }, "", ""},
		"206":               {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(206); io.WriteString(w, ferry) }, "truncated", "206"},
		"304, unasked":      {answers(304), "empty", "304"},
		"400":               {answers(400), "http_4xx", "400 bad request"},
		"404":               {answers(404), "http_4xx", ""},
		"451":               {answers(451), "http_4xx", ""},
		"429":               {answers(429), "rate_limited", ""},
		"999":               {answers(999), "http_4xx", "999"},
		"500":               {answers(500), "http_5xx", ""},
		"599":               {answers(599), "http_5xx", ""},
		"302 without":       {answers(302), "redirect_refused", "without saying where"},
		"300":               {answers(300), "redirect_refused", ""},
		"pdf":               {sends("%PDF-1.7\n", "Content-Type", "application/pdf"), "not_html", "application/pdf"},
		"pdf as html":       {sends("%PDF-1.7\n"), "not_html", "application/pdf"},
		"png as html":       {sends("\x89PNG\r\n\x1a\n\x00\x00"), "not_html", "image/png"},
		"zip as html":       {sends("PK\x03\x04\x14\x00"), "not_html", "zip"},
		"json":              {sends(`{"a": 1}`, "Content-Type", "application/json"), "not_html", "json"},
		"json as html":      {sends(`{"a": [1, 2, "three"]}`), "not_html", "json"},
		"feed":              {sends(`<?xml version="1.0"?><rss version="2.0"><channel/></rss>`, "Content-Type", "text/xml"), "not_html", "rss"},
		"noise":             {sends(ratherRandom(5000)), "not_html", "binary"},
		"html, unlabelled":  {sends(ferry, "Content-Type", ""), "", ""},
		"html as text":      {sends(ferry, "Content-Type", "text/plain"), "", ""},
		"html as bytes":     {sends(ferry, "Content-Type", "application/octet-stream"), "", ""},
		"xhtml":             {sends(ferry, "Content-Type", "application/xhtml+xml; charset=utf-8"), "", ""},
		"label of nonsense": {sends(ferry, "Content-Type", "text/html;;; charset"), "", ""},
		"latin1, untouched": {sends("<html><p>Zo\xeb</p>", "Content-Type", "text/html; charset=iso-8859-1"), "-", ""},
		"utf-16":            {sends("\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00"), "-", ""},
		"NULs in text":      {sends(strings.ReplaceAll(ferry, "<p>", "<p>\x00")), "-", ""},
		"cloudflare": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cf-Mitigated", "challenge")
			w.WriteHeader(403)
		}, "challenge", "Cloudflare"},
		"robot question": {sends("<title>Are you a robot?</title><h1>Are you a robot?</h1>"), "challenge", ""},
		"plain 403":      {answers(403), "http_4xx", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(c.answer)
			defer s.Close()
			f := newTestFetcher(t, local)
			f.timeouts.Headers, f.timeouts.Idle, f.timeouts.Window = 500*time.Millisecond, 500*time.Millisecond, time.Second
			o := f.Fetch(t.Context(), Request{URL: s.URL + "/2026/11/02/ferry.html", MaxBytes: 2 << 20})
			switch o := o.(type) {
			case Fetched:
				if c.want != "" && c.want != "-" {
					t.Fatalf("fetched %q, want %s", o.Page.Body[:min(len(o.Page.Body), 100)], c.want)
				}
				if c.want == "" && string(o.Page.Body) != ferry {
					t.Errorf("got %q", o.Page.Body)
				}
			case Failed:
				if string(o.Class) != c.want || !strings.Contains(o.Message, c.says) || o.Page.Error != c.want {
					t.Errorf("failed as %s (%s), want %q with %q", o.Class, o.Message, c.want, c.says)
				}
			case Refused:
				if string(o.Class) != c.want || !strings.Contains(o.Message, c.says) {
					t.Errorf("refused as %s (%s), want %q with %q", o.Class, o.Message, c.want, c.says)
				}
			default:
				t.Errorf("got %T", o)
			}
		})
	}
}

// ratherRandom bytes don't shrink; the same ones each time.
func ratherRandom(n int) string {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return string(b)
}

func TestRedirectsAreHandedBack(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		code := 302
		fmt.Sscan(r.URL.Query().Get("code"), &code)
		w.Header()["Location"] = []string{r.URL.Query().Get("to")}
		w.WriteHeader(code)
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	for _, c := range []struct {
		code      int
		to, want  string
		permanent bool
	}{
		{301, "/b", s.URL + "/b", true},
		{302, "c?d#e", s.URL + "/a/c?d", false},
		{303, "//x.example/y", "http://x.example/y", false},
		{307, "https://user:pw@x.example/", "https://x.example/", false},
		{308, s.URL + "/a/b", s.URL + "/a/b", true},
		{302, "javascript:alert(1)", "redirect_refused", false},
		{302, "http://%zz/", "redirect_refused", false},
		{302, "file:///etc/passwd", "redirect_refused", false},
	} {
		o := f.Fetch(t.Context(), Request{URL: fmt.Sprintf("%s/a/b?code=%d&to=%s", s.URL, c.code, url.QueryEscape(c.to))})
		switch o := o.(type) {
		case Redirected:
			if o.To != c.want || o.Permanent != c.permanent {
				t.Errorf("%d %s: to %s (permanent %v), want %s", c.code, c.to, o.To, o.Permanent, c.want)
			}
		case Refused:
			if string(o.Class) != c.want {
				t.Errorf("%d %s: refused as %s (%s), want %s", c.code, c.to, o.Class, o.Message, c.want)
			}
		default:
			t.Errorf("%d %s: %T", c.code, c.to, o)
		}
	}
	if asked.Load() != 8 {
		t.Errorf("%d requests for 8 fetches", asked.Load())
	}
	guarded := newTestFetcher(t, Options{Proxy: s.URL})
	o := guarded.Fetch(t.Context(), Request{URL: "http://news.example/?to=http://169.254.169.254/latest/"})
	if got := classIn(o); got != ClassPrivateAddress {
		t.Errorf("to a metadata service: %T %s", o, got)
	}
}

func TestAskedOnlyWhetherItChanged(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=600")
		w.Header().Set("Age", "60")
		if r.Header.Get("If-None-Match") == `W/"7"` && r.Header.Get("If-Modified-Since") != "" {
			w.WriteHeader(304)
			return
		}
		w.Header().Set("ETag", `W/"7"`)
		io.WriteString(w, ferry)
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	first, ok := f.Fetch(t.Context(), Request{URL: s.URL}).(Fetched)
	if !ok || first.Page.ETag != `W/"7"` || first.Fresh != 9*time.Minute {
		t.Fatalf("at first: %+v", first)
	}
	second, ok := f.Fetch(t.Context(), Request{URL: s.URL, ETag: first.Page.ETag, LastModified: "Mon, 02 Nov 2026 12:00:00 GMT"}).(NotModified)
	if !ok || second.Page.ETag != `W/"7"` || second.Page.LastModified != "Mon, 02 Nov 2026 12:00:00 GMT" || second.Fresh != 9*time.Minute {
		t.Errorf("then: %+v", second)
	}
}

func TestWhatIsSaidOfUs(t *testing.T) {
	var got http.Header
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer s.Close()
	for _, name := range []string{"COLLY_USER_AGENT", "COLLY_MAX_BODY_SIZE", "COLLY_IGNORE_ROBOTSTXT", "COLLY_DISALLOWED_DOMAINS", "COLLY_MAX_REQUESTS", "COLLY_CACHE_DIR"} {
		t.Setenv(name, map[string]string{"COLLY_USER_AGENT": "Mozilla/5.0", "COLLY_DISALLOWED_DOMAINS": "127.0.0.1", "COLLY_CACHE_DIR": t.TempDir()}[name]+"")
	}
	f := newTestFetcher(t, Options{AllowPrivate: true, Contact: "https://archive.example/bot"})
	f.Fetch(t.Context(), Request{URL: s.URL, Language: "de"})
	if want := "newsmill/" + version() + " (+https://archive.example/bot)"; got.Get("User-Agent") != want {
		t.Errorf("User-Agent %q, want %q", got.Get("User-Agent"), want)
	}
	if got.Get("Accept-Language") != "de,*;q=0.5" || got.Get("Accept-Encoding") != "gzip, br, zstd" || got.Get("Referer") != "" {
		t.Errorf("headers %v", got)
	}
}

func TestCookiesStayWithTheirSiteAndWithinBounds(t *testing.T) {
	var got string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Cookie")
		n := 1
		fmt.Sscan(r.URL.Query().Get("n"), &n)
		for i := range n {
			http.SetCookie(w, &http.Cookie{Name: fmt.Sprintf("c%d", i), Value: "v", Path: "/"})
		}
		io.WriteString(w, ferry)
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	f.Fetch(t.Context(), Request{URL: s.URL + "/?n=1"})
	f.Fetch(t.Context(), Request{URL: s.URL + "/?n=400"})
	if got != "c0=v" {
		t.Errorf("second request: Cookie %q", got)
	}
	f.Fetch(t.Context(), Request{URL: s.URL + "/?n=0"})
	if got != "" {
		t.Errorf("after a flood: Cookie of %d bytes", len(got))
	}
	j := newJar()
	for i := range cookieSites + 100 {
		u := &url.URL{Scheme: "http", Host: fmt.Sprintf("h%d.example", i)}
		j.SetCookies(u, []*http.Cookie{{Name: "a", Value: "b"}})
	}
	if len(j.sites) != cookieSites || len(j.order) != cookieSites {
		t.Errorf("%d sites, %d in order", len(j.sites), len(j.order))
	}
}

func TestStreamReadsWithoutKeeping(t *testing.T) {
	long := strings.Repeat("<url><loc>https://a.example/x</loc></url>\n", 20_000) + ratherRandom(20_000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sitemap.xml.gz":
			w.Header().Set("Content-Type", "application/gzip")
			io.WriteString(w, gzipped(long))
		case "/twice.xml.gz":
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, gzipped(gzipped(long)))
		case "/not.xml.gz":
			io.WriteString(w, long)
		case "/bomb.xml.gz":
			io.WriteString(w, gzipped(strings.Repeat("<url/>", 1<<19)))
		case "/cut.xml.gz":
			io.WriteString(w, gzipped(long)[:5000])
		case "/404.xml.gz":
			w.WriteHeader(404)
			io.WriteString(w, ferry)
		}
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	for path, want := range map[string]Class{"/sitemap.xml.gz": "", "/twice.xml.gz": "", "/not.xml.gz": "", "/bomb.xml.gz": ClassTooLarge, "/cut.xml.gz": ClassTruncated, "/404.xml.gz": ClassHTTP4xx} {
		var got bytes.Buffer
		o := f.Fetch(t.Context(), Request{URL: s.URL + path, Kind: Sitemap, Stream: func(r io.Reader) error {
			_, err := io.Copy(&got, r)
			return err
		}})
		if c := classIn(o); c != want {
			t.Errorf("%s: %s, want %q", path, c, want)
		}
		if want == "" && got.String() != long {
			t.Errorf("%s: %d bytes, want %d", path, got.Len(), len(long))
		}
		if o, ok := o.(Fetched); ok && o.Page.Body != nil && len(o.Page.Body) > 0 {
			t.Errorf("%s: kept %d bytes", path, len(o.Page.Body))
		}
	}
	o := f.Fetch(t.Context(), Request{URL: s.URL + "/not.xml.gz", Kind: Sitemap, Stream: func(io.Reader) error { return errors.New("no sitemap") }})
	if fail, ok := o.(Failed); !ok || fail.Class != ClassBadFeed || fail.Message != "no sitemap" {
		t.Errorf("a reader's error: %+v", o)
	}
	o = f.Fetch(t.Context(), Request{URL: s.URL + "/not.xml.gz", Kind: Sitemap, Stream: func(io.Reader) error { panic("oh no") }})
	if fail, ok := o.(Failed); !ok || fail.Class != ClassPanic || !strings.Contains(fail.Message, "oh no") {
		t.Errorf("a reader's panic: %+v", o)
	}
}

func TestEndOfTheRunEndsARequest(t *testing.T) {
	began := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, ferry[:20])
		http.NewResponseController(w).Flush()
		close(began)
		<-r.Context().Done()
	}))
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-began; cancel() }()
	o := newTestFetcher(t, local).Fetch(ctx, Request{URL: s.URL})
	if fail, ok := o.(Failed); !ok || fail.Class != ClassCanceled || !fail.Retryable {
		t.Errorf("got %+v", o)
	}
}

// net/http would ask again at once on a new connection; the host's delay would not hold.
func TestALostConnectionIsNotAskedAgainAtOnce(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			io.WriteString(w, ferry)
			return
		}
		raw("")(w, r)
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	f.Fetch(t.Context(), Request{URL: s.URL})
	o := f.Fetch(t.Context(), Request{URL: s.URL})
	if fail, ok := o.(Failed); !ok || fail.Class != ClassConnect || !fail.Retryable {
		t.Errorf("got %+v", o)
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times for 2 fetches", asked.Load())
	}
}

func TestConnectionsAreKept(t *testing.T) {
	var mu sync.Mutex
	conns := map[string]bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		conns[r.RemoteAddr] = true
		mu.Unlock()
		switch r.URL.Path {
		case "/404":
			http.NotFound(w, r)
		case "/302":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/pdf":
			w.Header().Set("Content-Type", "application/pdf")
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "%PDF-1.7\n\n")
		default:
			io.WriteString(w, ferry)
		}
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	for range 5 {
		for _, path := range []string{"/", "/404", "/302", "/pdf"} {
			f.Fetch(t.Context(), Request{URL: s.URL + path})
		}
	}
	if len(conns) != 1 {
		t.Errorf("%d connections for 20 requests in turn", len(conns))
	}
}

func TestTLSAndHTTP2(t *testing.T) {
	var proto atomic.Value
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto.Store(r.Proto)
		if r.URL.Path == "/cut" {
			w.Header().Set("Content-Length", "5000")
			io.WriteString(w, ferry)
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, ferry)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that we rightly refuse
	s.StartTLS()
	defer s.Close()
	if got := classIn(newTestFetcher(t, local).Fetch(t.Context(), Request{URL: s.URL})); got != ClassTLS {
		t.Errorf("an unknown authority: %q", got)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newTestFetcher(t, Options{AllowPrivate: true, CAFile: file})
	if o, ok := f.Fetch(t.Context(), Request{URL: s.URL}).(Fetched); !ok || proto.Load() != "HTTP/2.0" {
		t.Errorf("with the authority: %+v over %v", o, proto.Load())
	}
	if got := classIn(f.Fetch(t.Context(), Request{URL: s.URL + "/cut"})); got != ClassTruncated {
		t.Errorf("a stream that is reset: %q", got)
	}
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	other := "https://" + l.Addr().String()
	second := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: s.Config.ErrorLog, ReadHeaderTimeout: time.Minute}
	go func() { _ = second.Serve(tls.NewListener(l, s.TLS)) }()
	if got := classIn(f.Fetch(t.Context(), Request{URL: other})); got != ClassTLS {
		t.Errorf("another name's certificate: %q", got)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	if got := classIn(f.Fetch(t.Context(), Request{URL: strings.Replace(plain.URL, "http:", "https:", 1)})); got != ClassTLS {
		t.Errorf("no TLS: %q", got)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{CAFile: "nowhere.pem"}, {CAFile: empty}, {Proxy: "ftp://proxy.example"}, {Proxy: "http://"}, {Proxy: "http://%zz"}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v: no error", o)
		} else {
			t.Log(err)
		}
	}
	if _, err := New(Options{Proxy: "http://user:secret@ho st:1"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a proxy's password in an error: %v", err)
	}
}

// TestProxies: HTTP (forwarding and CONNECT) and SOCKS5, on loopback, while loopback is refused to pages.
func TestProxies(t *testing.T) {
	var seen atomic.Value
	seen.Store("")
	httpProxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Method + " " + r.Host)
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		io.WriteString(w, ferry)
	}))
	defer httpProxy.Close()
	socks := newSocks(t)
	for _, c := range []struct{ proxy, url, want, seen string }{
		{httpProxy.URL, "http://news.example/x", "", "GET news.example"},
		{strings.TrimPrefix(httpProxy.URL, "http://"), "http://news.example/x", "", "GET news.example"},
		{httpProxy.URL, "https://news.example/x", "connect", "CONNECT news.example:443"},
		{"socks5://" + socks.address, "http://news.example/x", "", "socks news.example:80"},
		{httpProxy.URL, "http://127.0.0.1/x", "private_address", ""},
		{"socks5://" + socks.address, "http://localhost/x", "private_address", ""},
		{"http://127.0.0.1:1", "http://news.example/x", "connect", ""},
	} {
		seen.Store("")
		socks.seen.Store("")
		o := newTestFetcher(t, Options{Proxy: c.proxy}).Fetch(t.Context(), Request{URL: c.url})
		if got := string(classIn(o)); got != c.want {
			t.Errorf("%s through %s: %q, want %q (%+v)", c.url, c.proxy, got, c.want, o)
		}
		if got := seen.Load().(string) + socks.seen.Load().(string); got != c.seen {
			t.Errorf("%s through %s: the proxy saw %q, want %q", c.url, c.proxy, got, c.seen)
		}
	}
	for _, env := range []string{"HTTP_PROXY", "ALL_PROXY"} {
		t.Run(env, func(t *testing.T) {
			t.Setenv(env, httpProxy.URL)
			seen.Store("")
			newTestFetcher(t, Options{}).Fetch(t.Context(), Request{URL: "http://news.example/x"})
			if seen.Load() != "GET news.example" {
				t.Errorf("the proxy saw %q", seen.Load())
			}
			t.Setenv("NO_PROXY", "news.example")
			seen.Store("")
			newTestFetcher(t, Options{}).Fetch(t.Context(), Request{URL: "http://news.example/x"})
			if seen.Load() != "" {
				t.Errorf("NO_PROXY: the proxy saw %q", seen.Load())
			}
		})
	}
}

// socksServer speaks just enough SOCKS5 (RFC 1928), and answers every request with ferry.
type socksServer struct {
	address string
	seen    atomic.Value
}

func newSocks(t *testing.T) *socksServer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &socksServer{address: l.Addr().String()}
	s.seen.Store("")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *socksServer) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	head := make([]byte, 2)
	io.ReadFull(r, head)
	io.CopyN(io.Discard, r, int64(head[1]))
	c.Write([]byte{5, 0})
	ask := make([]byte, 5)
	io.ReadFull(r, ask)
	name := make([]byte, int(ask[4])+2)
	io.ReadFull(r, name)
	s.seen.Store(fmt.Sprintf("socks %s:%d", name[:ask[4]], binary.BigEndian.Uint16(name[ask[4]:])))
	c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	if _, err := http.ReadRequest(r); err == nil {
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(ferry), ferry)
	}
}

// TestNothingLeaks: after many fetches of every kind, goroutines and open files are as many as before.
func TestNothingLeaks(t *testing.T) {
	n := 2000
	if testing.Short() {
		n = 200
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("k") {
		case "1":
			coded("gzip", gzipped(ferry))(w, r)
		case "2":
			coded("zstd", zstded(ferry))(w, r)
		case "3":
			coded("br", brotlied(ferry)[:40])(w, r)
		case "4":
			raw("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+ferry)(w, r)
		case "5":
			http.Redirect(w, r, "/", http.StatusMovedPermanently)
		case "6":
			sends("%PDF", "Content-Type", "application/pdf")(w, r)
		case "7":
			answers(500)(w, r)
		case "8":
			sends(strings.Repeat("x", 1<<20))(w, r)
		default:
			sends(ferry)(w, r)
		}
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	run := func(n int) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for i := range n / 8 {
					f.Fetch(t.Context(), Request{URL: fmt.Sprintf("%s/?k=%d", s.URL, i%10), MaxBytes: 100_000})
				}
			})
		}
		wg.Wait()
		f.Close()
		s.CloseClientConnections()
	}
	run(80)
	time.Sleep(100 * time.Millisecond)
	goroutines, files := runtime.NumGoroutine(), filesOpen(t)
	run(n)
	var g, o int
	for range 50 {
		time.Sleep(50 * time.Millisecond)
		if g, o = runtime.NumGoroutine(), filesOpen(t); g <= goroutines+2 && o <= files+2 {
			return
		}
	}
	buf := make([]byte, 1<<16)
	t.Errorf("goroutines %d -> %d, open files %d -> %d\n%s", goroutines, g, files, o, buf[:runtime.Stack(buf, true)])
}

func filesOpen(t *testing.T) int {
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	return len(d)
}

// More large bodies than places: they wait for one another, none fails, and the places come free again.
func TestLargeBodiesTakeTurns(t *testing.T) {
	body := "<html>" + strings.Repeat("<p>The ferry was late.</p>", 100_000)
	s := httptest.NewServer(sends(body))
	defer s.Close()
	f := newTestFetcher(t, local)
	var wg sync.WaitGroup
	for range 3 * largeBodies {
		wg.Go(func() {
			if o, ok := f.Fetch(t.Context(), Request{URL: s.URL}).(Fetched); !ok || len(o.Page.Body) != len(body) {
				t.Errorf("got %T", o)
			}
		})
	}
	wg.Wait()
	if len(f.large) != 0 {
		t.Errorf("%d places are still taken", len(f.large))
	}
}

// What seconds don't change is not asked for again in seconds.
func TestUnreachableHostsNeedTime(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	busy := httptest.NewServer(answers(500))
	defer busy.Close()
	for address, want := range map[string]time.Duration{gone.URL: deadHost, untrusted.URL: untrustedBy, busy.URL: 0} {
		o, ok := newTestFetcher(t, local).Fetch(t.Context(), Request{URL: address}).(Failed)
		if !ok || !o.Retryable || o.RetryAfter != want || o.Unreached != (want > 0) {
			t.Errorf("%s: %+v, want to wait %v", address, o, want)
		}
	}
}

// A connection that was dialled for one request and first used by another has no deadline from its dialling.
func TestDialledConnectionsLiveOn(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			time.Sleep(600 * time.Millisecond)
		}
		io.WriteString(w, ferry)
	}))
	defer s.Close()
	f := newTestFetcher(t, local)
	f.transport.base.DialContext = (&dialer{allowPrivate: true, setUp: 400 * time.Millisecond}).DialContext
	var wg sync.WaitGroup
	for range 30 { // some of them are served by a connection that came free while they dialled
		wg.Go(func() { f.Fetch(t.Context(), Request{URL: s.URL}) })
	}
	wg.Wait()
	for range 10 {
		wg.Go(func() {
			if o, ok := f.Fetch(t.Context(), Request{URL: s.URL + "/slow"}).(Fetched); !ok {
				t.Errorf("got %+v", o)
			}
		})
	}
	wg.Wait()
}

// Connections to many HTTP/2 hosts are closed, the one that was used longest ago first; and asking goes on.
func TestIdleConnectionsAreBounded(t *testing.T) {
	f := newTestFetcher(t, local)
	f.idle = newIdleConns(3)
	f.transport.base.TLSClientConfig.InsecureSkipVerify = true
	var open atomic.Int32
	var urls []string
	for range 8 {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ProtoMajor != 2 {
				t.Errorf("asked with %s, want HTTP/2", r.Proto)
			}
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<!doctype html><title>Ferry</title><p>It was late.</p>")
		}))
		s.EnableHTTP2 = true
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed, http.StateHijacked:
				open.Add(-1)
			}
		}
		s.StartTLS()
		defer s.Close()
		urls = append(urls, s.URL+"/")
	}
	for range 3 {
		for _, u := range urls {
			if o, ok := f.Fetch(t.Context(), Request{URL: u}).(Fetched); !ok {
				t.Fatalf("%s: %+v", u, o)
			}
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for open.Load() > 3 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if n := open.Load(); n > 3 {
		t.Errorf("%d connections are kept, want at most 3", n)
	}
}

// Whatever its label says, a page that begins as one is one, unless the label is that of a film or an archive.
func TestPagesUnderWrongLabels(t *testing.T) {
	for label, want := range map[string]bool{
		"text/html, text/html; charset=utf-8": true, "text/css": true, "application/json": true, "application/javascript": true, "application/x-httpd-php": true,
		"html": true, "text": true, "*/*": true, "application/rss+xml": true, "multipart/mixed": true, "text/html;charset": true,
		"image/jpeg": false, "application/pdf": false, "video/mp4": false, "application/zip, application/zip": false,
	} {
		s := httptest.NewServer(sends(ferry, "Content-Type", label))
		o := newTestFetcher(t, local).Fetch(t.Context(), Request{URL: s.URL + "/2026/11/02/ferry.html"})
		s.Close()
		if got, ok := o.(Fetched); ok != want || ok && got.Media != "text/html" {
			t.Errorf("%s: got %T %+v", label, o, o)
		}
	}
}

// classIn is the class of an outcome without a page.
func classIn(o Outcome) Class {
	switch o := o.(type) {
	case Refused:
		return o.Class
	case Failed:
		return o.Class
	}
	return ""
}

func answers(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

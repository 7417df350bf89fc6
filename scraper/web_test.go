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
	"fmt"
	"hash/fnv"
	"html"
	"io"
	"log"
	"math/big"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"newsmill/configs"
	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// web is a made-up internet for tests that run in the made-up time of a synctest bubble: hosts by name, reached over
// connections in memory, and a ledger of how it was asked.
type web struct {
	http.Handler // answers for all hosts
	t            testing.TB
	plain        *http.Server
	secure       *http.Server
	lines        [2]lines // of the two
	noTLS        map[string]bool
	address      string // IP address and port of all hosts; empty: none
	authority    string // file of its certificate
	guard        *fetch.Fetcher

	mu    sync.Mutex
	asked []asked
	dials int
}

// asked is a request as the server saw it.
type asked struct {
	host, url  string
	at, end    time.Time
	status     int
	retryAfter string
	header     http.Header
}

// newWeb serves h until close is called.
func newWeb(t testing.TB, h http.Handler) *web {
	w := &web{Handler: h, t: t, noTLS: map[string]bool{}}
	w.lines = [2]lines{newLines(), newLines()}
	w.guard, _ = fetch.New(fetch.Options{})
	silent := log.New(io.Discard, "", 0)
	w.plain = &http.Server{Handler: w, ErrorLog: silent}
	w.secure = &http.Server{Handler: w, ErrorLog: silent, TLSConfig: w.certify()}
	go w.plain.Serve(w.lines[0])
	go w.secure.ServeTLS(w.lines[1], "", "")
	return w
}

func (w *web) close() {
	w.plain.Close()
	w.secure.Close()
	time.Sleep(time.Minute) // for answers that are still under way to notice
}

// certify makes a certificate for every name under .test.
func (w *web) certify() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "web"}, DNSNames: []string{"*.test", "*.a.test", "*.b.test", "*.unknown.b.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	w.authority = filepath.Join(w.t.TempDir(), "authority.pem")
	if err := os.WriteFile(w.authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	w.mu.Lock()
	n := len(w.asked)
	w.asked = append(w.asked, asked{host: r.Host, url: scheme + "://" + r.Host + r.URL.RequestURI(), at: time.Now(), header: r.Header})
	w.mu.Unlock()
	s := &statusWriter{ResponseWriter: rw, status: 200}
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		a := &w.asked[n]
		a.end, a.status, a.retryAfter = time.Now(), s.status, rw.Header().Get("Retry-After")
	}()
	r.URL.Scheme, r.URL.Host = scheme, r.Host
	w.Handler.ServeHTTP(s, r)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(code int)        { s.status = code; s.ResponseWriter.WriteHeader(code) }
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// dial connects to a host of the web.
func (w *web) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.dials++
	w.mu.Unlock()
	switch {
	case strings.HasPrefix(host, "unknown."):
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	case strings.HasPrefix(host, "inside."): // a name of the public net for a machine of ours
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: w.guard.Check(&url.URL{Scheme: "http", Host: "10.0.0.7"})}
	case strings.HasPrefix(host, "silent."):
		<-ctx.Done()
		return nil, ctx.Err()
	case strings.HasPrefix(host, "handshake."):
		ours, theirs := net.Pipe()
		go io.Copy(io.Discard, theirs) // takes all, and says nothing
		return ours, nil
	case port == "443" && w.noTLS[host]:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("connection refused")}
	}
	ours, theirs := net.Pipe()
	at := w.lines[0]
	if port == "443" {
		at = w.lines[1]
	}
	select {
	case at.conns <- theirs:
		if w.address != "" {
			return connAt{ours, w.address}, nil
		}
		return ours, nil
	case <-at.closed:
		return nil, net.ErrClosed
	}
}

// connAt is a connection that says where it leads.
type connAt struct {
	net.Conn
	address string
}

func (c connAt) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.address))
}

// lines is a listener for connections in memory.
type lines struct {
	conns  chan net.Conn
	closed chan struct{}
	once   *sync.Once
}

func newLines() lines { return lines{make(chan net.Conn), make(chan struct{}), new(sync.Once)} }

func (l lines) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l lines) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l lines) Addr() net.Addr { return &net.TCPAddr{} }

// crawler is a database and how to crawl the web into it, or, without one, the servers of this machine.
type crawler struct {
	t   testing.TB
	web *web
	db  *storage.Writer
	log bytes.Buffer // of a run, where a test wants it
	Options
}

// newCrawler opens a database of its own.
func newCrawler(t testing.TB, w *web, o Options) *crawler {
	t.Helper()
	db, err := storage.Open(context.Background(), filepath.Join(t.TempDir(), "x.db"), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &crawler{t: t, web: w, db: db, Options: o}
}

// crawl makes a run over the addresses, each a source as on the command line.
func (c *crawler) crawl(addresses ...string) Stats {
	c.t.Helper()
	o := c.Options
	for _, a := range addresses {
		s, err := configs.Default().Resolve(a)
		if err != nil {
			c.t.Fatal(err)
		}
		o.Sources = append(o.Sources, s)
	}
	ctx := context.Background()
	var err error
	if o.RunID, err = c.db.StartRun(ctx, storage.Run{Command: "crawl", StartedAt: time.Now()}); err != nil {
		c.t.Fatal(err)
	}
	r, err := newRun(c.db, o)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.web != nil {
		o.CAFile = c.web.authority
		ofWeb := o.ofFetcher(r.polite)
		ofWeb.Dial = c.web.dial
		f, err := fetch.New(ofWeb)
		if err != nil {
			c.t.Fatal(err)
		}
		r.fetcher, r.robots.fetcher = f, f
	}
	s, err := newStages(r).all(ctx)
	if err != nil {
		c.t.Fatalf("crawl: %v", err)
	}
	return s
}

// classes are the endings of all addresses but articles, and "stored" for these.
func (c *crawler) classes() map[string]string {
	c.t.Helper()
	all := map[string]string{}
	for e, err := range c.db.Errors(context.Background(), storage.EndedFilter{}) {
		if err != nil {
			c.t.Fatal(err)
		}
		all[e.URL] = e.Class
	}
	items, err := c.db.List(context.Background(), storage.Filter{}, storage.ByStored, 1_000_000, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, i := range items {
		all[i.URL] = string(ClassStored)
	}
	return all
}

// count is how many articles there are.
func (c *crawler) count() int {
	c.t.Helper()
	n, err := c.db.Count(context.Background(), storage.Filter{})
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// story is a page with a made-up article of several paragraphs, always the same for the same title; head goes into its
// head.
func story(title, head string) string {
	return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>` + html.EscapeString(title) + ` - Harbour Post</title>` + head +
		`<meta property="og:type" content="article"><meta property="article:published_time" content="1999-12-30T07:30:00Z"></head><body>` +
		`<nav><a href="/">Home</a></nav><article><h1>` + html.EscapeString(title) + `</h1><p class="byline">By Ada Marsh</p>` + prose(title, 6) +
		`</article><footer><p>All rights reserved.</p></footer></body></html>`
}

// prose is n paragraphs of made-up news, always the same for the same seed.
func prose(seed string, n int) string {
	h := fnv.New64a()
	io.WriteString(h, seed)
	r := mrand.New(mrand.NewPCG(h.Sum64(), 1))
	pick := func(list string) string { l := strings.Split(list, "|"); return l[r.IntN(len(l))] }
	var b strings.Builder
	for range n {
		b.WriteString("<p>")
		for range 3 {
			fmt.Fprintf(&b, "%s %s %s %s, and %d people came to see it %s. ",
				pick("The harbour board|A retired pilot|The island council|Two surveyors|The ferry company|Her deputy|The court of appeal|A panel of nurses|The night school"),
				pick("turned down|put off|defended|paid for|counted|repaired|opened|described|bought|questioned"),
				pick("the plan for a longer pier|last year's accounts|a report on the water works|the timetable of the night boats|an offer from the mainland|the old fish market|a film about the lighthouse|the rent freeze"),
				pick("on Tuesday evening|after six hours of talks|in heavy rain|for the second time since spring|to the surprise of the neighbours|without giving a reason|by a single vote"),
				20+r.IntN(900), pick("before noon|in the town hall|from all over the county|at their own cost|with their children|once the doors were open"))
		}
		b.WriteString("</p>\n")
	}
	return b.String()
}

// pages are answers by address, as a text describes them. An address may have several: the first request gets the first,
// and so on, later ones the last. An answer is headers, then, perhaps after an empty line, a body. Status is a header
// here, Wait is how long the answer takes, and Cookie what a request must bring to get it, in place of those without. Lines of a body that begin with @ stand for more:
//
//	@article TITLE        a whole page with an article; lines up to the next @ or the end go into its head
//	@links A B …          a page that links to these
//	@sitemap A B …        a sitemap of these; @index the same of sitemaps, @rss a feed
type pages struct {
	mu      sync.Mutex
	answers map[string][]answer
	asked   map[string]int
}

type answer struct {
	status int
	wait   time.Duration
	header http.Header
	body   string
	cookie string
}

func newPages() *pages { return &pages{answers: map[string][]answer{}, asked: map[string]int{}} }

// add takes the description of an answer.
func (p *pages) add(address, text string) error {
	a := answer{status: 200, header: http.Header{}}
	body := text
	for {
		line, rest, _ := strings.Cut(body, "\n")
		m := headerLine.FindStringSubmatch(line)
		if m == nil {
			body = strings.TrimPrefix(body, "\n")
			break
		}
		a.header.Add(m[1], m[2])
		body = rest
	}
	var err error
	if s := a.header.Get("Status"); s != "" {
		if a.status, err = strconv.Atoi(s); err != nil {
			return fmt.Errorf("%s: %w", address, err)
		}
	}
	if s := a.header.Get("Wait"); s != "" {
		if a.wait, err = time.ParseDuration(s); err != nil {
			return fmt.Errorf("%s: %w", address, err)
		}
	}
	a.cookie = a.header.Get("Cookie")
	a.header.Del("Cookie")
	a.header.Del("Status")
	a.header.Del("Wait")
	base, err := url.Parse(address)
	if err != nil {
		return err
	}
	a.body = a.expand(body, base)
	if a.header.Get("Content-Type") == "" {
		a.header.Set("Content-Type", "text/html; charset=utf-8")
	}
	p.answers[address] = append(p.answers[address], a)
	return nil
}

var headerLine = regexp.MustCompile(`^([A-Z][\w-]*): ?(.*)$`)

var directive = regexp.MustCompile(`(?ms)^@(\w+) ([^\n]*)\n(.*?)(?:^@|\z)`)

// expand replaces the directives of a body.
func (a *answer) expand(body string, base *url.URL) string {
	m := directive.FindStringSubmatch(body)
	if m == nil {
		return body
	}
	absolute := func(s string) string {
		u, err := base.Parse(s)
		if err != nil {
			return s
		}
		return html.EscapeString(u.String())
	}
	list := func(before, each, after string) string {
		var b strings.Builder
		b.WriteString(before)
		for _, s := range strings.Fields(m[2] + " " + m[3]) {
			where, when, _ := strings.Cut(s, ",")
			if when != "" {
				b.WriteString(fmt.Sprintf(each, absolute(where), when))
			} else {
				b.WriteString(strings.ReplaceAll(fmt.Sprintf(each, absolute(where), "-"), "<lastmod>-</lastmod>", ""))
			}
		}
		return b.String() + after
	}
	xml := func(s string) string { a.header.Set("Content-Type", "application/xml"); return s }
	switch m[1] {
	case "article":
		return story(m[2], m[3])
	case "links":
		return list("<!doctype html><html><head><title>Harbour Post</title></head><body><main>", "<h2><a href=\"%s\">Read on: %[1]s</a></h2><!--%s-->\n", "</main></body></html>")
	case "sitemap":
		return xml(list(`<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`, "<url><loc>%s</loc><lastmod>%s</lastmod></url>\n", "</urlset>"))
	case "index":
		return xml(list(`<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`, "<sitemap><loc>%s</loc><lastmod>%s</lastmod></sitemap>\n", "</sitemapindex>"))
	case "rss":
		return xml(list(`<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Post</title>`, "<item><title>x</title><link>%s</link><!--%s--></item>\n", "</channel></rss>"))
	}
	panic("no directive @" + m[1])
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := r.URL.String()
	p.mu.Lock()
	var all []answer
	cookies := r.Header.Get("Cookie")
	withCookie := slices.ContainsFunc(p.answers[address], func(a answer) bool { return a.cookie != "" && strings.Contains(cookies, a.cookie) })
	for _, a := range p.answers[address] {
		if withCookie == (a.cookie != "" && strings.Contains(cookies, a.cookie)) {
			all = append(all, a)
		}
	}
	n := p.asked[address]
	p.asked[address]++
	p.mu.Unlock()
	if len(all) == 0 {
		http.NotFound(w, r)
		return
	}
	a := all[min(n, len(all)-1)]
	time.Sleep(a.wait)
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if tag := a.header.Get("ETag"); tag != "" && tag == r.Header.Get("If-None-Match") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(a.status)
	io.WriteString(w, a.body)
}

package scraper

import (
	"container/list"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/publicsuffix"
)

// timeouts bound each phase of a request. A page that is slower than all of them together would be slower than
// readers bear, too.
type timeouts struct {
	resolve time.Duration // the host's name
	connect time.Duration // connect, proxy, TLS
	headers time.Duration // from the request sent to the last header
	idle    time.Duration // without a byte of the body
	total   time.Duration // all of it
	window  time.Duration // over which the transfer rate is measured
	rate    int64         // least bytes in a second, over a window
}

var defaultTimeouts = timeouts{
	resolve: 5 * time.Second,
	connect: 15 * time.Second,
	headers: 10 * time.Second,
	idle:    15 * time.Second,
	total:   2 * time.Minute,
	window:  20 * time.Second,
	rate:    1 << 10,
}

// timeoutError ends a request whose phase took too long.
type timeoutError struct{ why string }

func (e *timeoutError) Error() string { return e.why }

// proxyRefusedError is a proxy's answer to CONNECT that is not 200.
type proxyRefusedError struct{ status int }

func (e *proxyRefusedError) Error() string {
	if e.status == http.StatusProxyAuthRequired {
		return "the proxy wants a user and password (407): put them in its address, http://user:password@host:port"
	}
	return fmt.Sprintf("the proxy can't connect to it (%d %s)", e.status, http.StatusText(e.status))
}

// errLostConnection is a kept connection that ended after the request was sent on it. net/http would ask again at
// once; but then the host is asked twice without the delay that was promised to it.
var errLostConnection = errors.New("the server closed the connection before it answered")

// exchange is what the layers of the transport note about one request.
type exchange struct {
	request  Request
	limits   limits
	timeouts timeouts
	clock    *clock

	largeBodies chan struct{}    // of the fetcher
	now         func() time.Time // of the fetcher
	idle        *idleConns       // of the fetcher

	mu         sync.Mutex
	tlsErr     error
	sentAt     time.Time // the whole request; zero: never
	firstAt    time.Time // first byte of the answer
	asked      int       // attempts by net/http that got as far as a connection
	conn       net.Conn  // the last one's
	answered   bool
	status     int
	header     http.Header // as sent
	refusal    error       // why the body was left unread
	head       []byte      // of the body of an answer that is an error
	wireBytes  int64
	plainBytes int64
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	ex, _ := ctx.Value(exchangeKey{}).(*exchange)
	return ex
}

// clock ends a request whose phase takes too long, with the reason as cause.
type clock struct {
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	timer  *time.Timer
	done   bool
}

// enter ends the phase before and starts one of at most limit; missing is what its end would have brought.
func (c *clock) enter(missing string, limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
	if !c.done {
		c.timer = time.AfterFunc(limit, func() { c.cancel(&timeoutError{fmt.Sprintf("%s within %v", missing, limit)}) })
	}
}

// again starts the present phase anew.
func (c *clock) again(limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.done {
		c.timer.Reset(limit)
	}
}

// pause ends the present phase's limit until it starts anew.
func (c *clock) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
}

func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.cancel(nil)
}

// transport is the way of a request to the network: guard, clock, net/http, then the body (body.go).
type transport struct {
	base         *http.Transport
	dialer       *dialer
	proxy        func(*url.URL) (*url.URL, error)
	proxyAddrs   []string // host:port
	allowPrivate bool
	located      func(host string, at netip.Addr) // hears where a host was reached, if not through a proxy; nil: nobody does
}

func newTransport(o Options) (*transport, error) {
	t := &transport{allowPrivate: o.AllowPrivate}
	var err error
	if t.proxy, t.proxyAddrs, err = proxies(o.Proxy); err != nil {
		return nil, err
	}
	roots, err := authorities(o.CAFile)
	if err != nil {
		return nil, err
	}
	concurrency := o.Concurrency
	if concurrency <= 0 {
		concurrency = defaultConcurrency
	}
	t.dialer = &dialer{
		Dialer:       net.Dialer{Timeout: defaultTimeouts.connect, KeepAlive: 30 * time.Second},
		allowPrivate: o.AllowPrivate, proxies: t.proxyAddrs, setUp: defaultTimeouts.connect,
	}
	t.base = &http.Transport{
		Proxy:                  func(r *http.Request) (*url.URL, error) { return t.proxy(r.URL) },
		OnProxyConnectResponse: proxyConnected,
		DialContext:            t.dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    defaultTimeouts.connect,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // body.go decodes, and limits what comes out
		MaxResponseHeaderBytes: 256 << 10,
		MaxIdleConns:           4 * concurrency,
		MaxIdleConnsPerHost:    concurrency, // of a proxy: all its hosts count as one
		IdleConnTimeout:        60 * time.Second,
	}
	return t, nil
}

// defaultConcurrency is the number of requests in flight over all hosts. A host has one at a time, so it is also
// the number of hosts that are asked at once.
const defaultConcurrency = 32

// proxyConnected runs when a proxy has answered CONNECT.
func proxyConnected(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
	if r.StatusCode != http.StatusOK {
		return &proxyRefusedError{r.StatusCode}
	}
	return nil
}

// proxies says which proxy an address is asked through: the named one, or that of the environment. ALL_PROXY stands
// in for those of the two that are not set, and NO_PROXY holds for all.
func proxies(named string) (func(*url.URL) (*url.URL, error), []string, error) {
	c := httpproxy.FromEnvironment()
	c.CGI = false // REQUEST_METHOD in the environment of a cron job says nothing about a web server
	all := firstEnv("ALL_PROXY", "all_proxy")
	if c.HTTPProxy == "" {
		c.HTTPProxy = all
	}
	if c.HTTPSProxy == "" {
		c.HTTPSProxy = all
	}
	if named != "" {
		c.HTTPProxy, c.HTTPSProxy = named, named
	}
	var addrs []string
	for _, p := range []*string{&c.HTTPProxy, &c.HTTPSProxy} {
		if *p == "" {
			continue
		}
		u, err := proxyURL(*p)
		if err != nil {
			return nil, nil, err
		}
		*p = u.String()
		addrs = append(addrs, net.JoinHostPort(u.Hostname(), proxyPort(u)))
	}
	return c.ProxyFunc(), addrs, nil
}

func firstEnv(names ...string) string {
	for _, n := range names {
		if v := os.Getenv(n); v != "" {
			return v
		}
	}
	return ""
}

// proxyURL reads a proxy's address; host:port alone means http.
func proxyURL(s string) (*url.URL, error) {
	full := s
	if !strings.Contains(s, "://") {
		full = "http://" + s
	}
	u, err := url.Parse(full)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("proxy %s: not an address: use http://host:port, https://host:port or socks5://host:port", printable(redacted(s)))
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, fmt.Errorf("proxy %s: unknown kind %q: use http, https or socks5", u.Redacted(), u.Scheme)
}

// redacted is s without what may be a password.
func redacted(s string) string {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		return "…" + s[i:]
	}
	return s
}

func proxyPort(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
}

// authorities are the system's certificate authorities (SSL_CERT_FILE and SSL_CERT_DIR replace them, as everywhere
// in Go) and those of file.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("certificate authorities: %w: check the path", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificate authorities: %s holds no certificate: it must be PEM, with BEGIN CERTIFICATE lines", file)
	}
	return pool, nil
}

// RoundTrip asks, and gives the answer the body that body.go makes of it. What Colly and http.Client must not act
// upon (redirects, charsets, encodings) is kept from them: the exchange has the headers as sent.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ex := exchangeOf(r.Context())
	if ex == nil {
		return nil, errors.New("a request past the fetcher")
	}
	if err := t.check(r.URL); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	ex.clock = &clock{cancel: cancel}
	trace := ex.trace()
	if got := trace.GotConn; t.located != nil {
		trace.GotConn = func(i httptrace.GotConnInfo) {
			got(i)
			t.locate(r.URL, i.Conn)
		}
	}
	r = r.WithContext(httptrace.WithClientTrace(ctx, trace))
	ex.clock.enter("no connection", ex.timeouts.connect)
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		err = causeOf(ctx, err)
		ex.clock.stop()
		return nil, err
	}
	ex.answer(resp)
	ex.clock.enter("nothing more of the body", ex.timeouts.idle)
	seen := ex.open(ctx, resp)
	if ex.request.Stream == nil || seen.Body == http.NoBody || ex.refusal != nil {
		return seen, nil
	}
	if err := ex.stream(seen.Body); err != nil {
		return nil, err
	}
	seen.Body = http.NoBody
	return seen, nil
}

// idleConns bounds the connections that are kept for the next request. MaxIdleConns of net/http doesn't count those of HTTP/2,
// which take some 60 kB each: a crawl of 1,500 hosts kept 900 of them.
type idleConns struct {
	most int

	mu   sync.Mutex
	conn *list.List // the one that was used last at the end
	at   map[net.Conn]*list.Element
}

func newIdleConns(most int) *idleConns {
	return &idleConns{most: most, conn: list.New(), at: map[net.Conn]*list.Element{}}
}

// take says that a connection is in use.
func (i *idleConns) take(c net.Conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if e := i.at[c]; e != nil {
		i.conn.Remove(e)
		delete(i.at, c)
	}
}

// put says that a request is done with a connection, and closes the one that was used longest ago if there are too many.
func (i *idleConns) put(c net.Conn) {
	if c == nil {
		return
	}
	i.mu.Lock()
	if i.at[c] == nil {
		i.at[c] = i.conn.PushBack(c)
	}
	var oldest net.Conn
	if i.conn.Len() > i.most {
		oldest = i.conn.Remove(i.conn.Front()).(net.Conn)
		delete(i.at, oldest)
	}
	i.mu.Unlock()
	if oldest != nil {
		oldest.Close()
	}
}

// release says that the request is over.
func (ex *exchange) release() {
	ex.mu.Lock()
	c := ex.conn
	ex.mu.Unlock()
	ex.idle.put(c)
}

// locate tells where a host was reached.
func (t *transport) locate(u *url.URL, c net.Conn) {
	if p, err := t.proxy(u); err != nil || p != nil {
		return
	}
	if at, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil {
		t.located(u.Host, at.Addr())
	}
}

// check refuses private addresses. A proxy resolves names itself, out of our sight, so there the name decides.
func (t *transport) check(u *url.URL) error {
	if t.allowPrivate {
		return nil
	}
	if err := checkHost(u.Hostname()); err != nil {
		return err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	for _, p := range t.proxyAddrs { // the dialer lets these through
		if strings.EqualFold(p, net.JoinHostPort(u.Hostname(), port)) {
			return &privateAddressError{u.Host, "local (the configured proxy)"}
		}
	}
	return nil
}

// causeOf is why a request was ended, where it was we who ended it.
func causeOf(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil && ctx.Err() != nil {
		return c
	}
	return err
}

// trace follows the phases of the request.
func (ex *exchange) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			if ex.asked > 0 {
				ex.clock.cancel(errLostConnection)
			}
		},
		DNSStart: func(httptrace.DNSStartInfo) { ex.clock.enter("no answer of a name server", ex.timeouts.resolve) },
		DNSDone:  func(httptrace.DNSDoneInfo) { ex.clock.enter("no connection", ex.timeouts.connect) },
		GotConn: func(i httptrace.GotConnInfo) {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			ex.asked++
			ex.conn = i.Conn
			ex.idle.take(i.Conn)
			// The dialer's deadline, which a connection may still have that was dialled for another request and
			// never used. That this one may be dead, it says soon enough.
			_ = i.Conn.SetDeadline(time.Time{})
			ex.clock.enter("no answer", ex.timeouts.headers)
		},
		WroteRequest: func(httptrace.WroteRequestInfo) {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			ex.sentAt = ex.now()
		},
		GotFirstResponseByte: func() {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			ex.firstAt = ex.now()
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			ex.tlsErr = err
		},
	}
}

// answer notes status and headers.
func (ex *exchange) answer(r *http.Response) {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	ex.answered, ex.status, ex.header = true, r.StatusCode, r.Header
}

// arrived is a time at which the request had surely come to the server, since that had begun to answer or would not;
// zero: it was never sent.
func (ex *exchange) arrived() time.Time {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	if ex.firstAt.IsZero() && !ex.sentAt.IsZero() {
		return ex.now()
	}
	return ex.firstAt
}

// reached says whether there was a connection to ask over.
func (ex *exchange) reached() bool {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	return ex.asked > 0
}

// jar keeps cookies in memory, within bounds that net/http/cookiejar does not have.
type jar struct {
	mu    sync.Mutex
	sites map[string]*cookiejar.Jar // by registrable domain, so that one site's flood is its own loss
	order []string                  // the oldest first
}

// The bounds are what RFC 6265 6.1 asks of a browser at least; sites, what 32 hosts at once can need in a while.
const (
	cookiesPerSite  = 50
	cookieBytes     = 4 << 10
	cookieHeaderMax = 8 << 10 // servers commonly refuse more than 8 KiB of headers
	cookieSites     = 2000
)

func newJar() *jar { return &jar{sites: map[string]*cookiejar.Jar{}} }

func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	site := siteOf(u.Hostname())
	s := j.sites[site]
	if s == nil {
		if len(j.order) >= cookieSites {
			delete(j.sites, j.order[0])
			j.order = j.order[1:]
		}
		s, _ = cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // its error is always nil
		j.sites[site] = s
		j.order = append(j.order, site)
	}
	var good []*http.Cookie
	size := 0
	for _, c := range append(s.Cookies(u), cookies...) {
		size += len(c.Name) + len(c.Value) + len("=; ")
		if len(c.Name)+len(c.Value) <= cookieBytes {
			good = append(good, c)
		}
	}
	if len(good) > cookiesPerSite || size > cookieHeaderMax {
		s, _ = cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
		j.sites[site] = s // more than a reader's browser would bear: begin again without
		return
	}
	s.SetCookies(u, cookies)
}

func (j *jar) Cookies(u *url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s := j.sites[siteOf(u.Hostname())]; s != nil {
		return s.Cookies(u)
	}
	return nil
}

// header is the Cookie header that an address would get.
func (j *jar) header(u *url.URL) string {
	var b strings.Builder
	for _, c := range j.Cookies(u) {
		b.WriteString(c.Name + "=" + c.Value + "; ")
	}
	return b.String()
}

// siteOf is the registrable domain of a host, or the host itself.
func siteOf(host string) string {
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}

// drained reads what little is left of a body, so that the connection can be used again.
func drained(body io.ReadCloser, length int64) {
	const most = 64 << 10
	if length >= 0 && length <= most {
		_, _ = io.CopyN(io.Discard, body, most)
	}
	_ = body.Close()
}

package scraper

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gocolly/colly/v2"

	"newsmill/storage"
)

// Request is one page to ask for.
type Request struct {
	URL          string
	Kind         storage.JobKind // what is expected there: decides the limits, the Accept header and what is refused; default ArticleJob
	ETag         string          // validators of the last answer; empty: none
	LastModified string
	Language     string // BCP 47, for Accept-Language; empty: any
	MaxBytes     int64  // decoded; 0: the kind's limit
	Label        string // what the log calls it; empty: its kind

	// Stream, if set, reads the body of a good answer in place of keeping it in memory: decoded from its content
	// encoding, and from gzip where a sitemap or feed is a .gz file. Its error fails the fetch, as does a limit.
	Stream func(io.Reader) error
}

// Fetcher asks for pages. It is safe for concurrent use. It knows nothing of robots.txt and delays: whoever calls
// it asks Robots and Politeness first, and again for each redirect.
type Fetcher struct {
	base      *colly.Collector
	cookies   *jar
	transport *transport
	timeouts  timeouts
	agent     string
	now       func() time.Time
	log       *slog.Logger
	large     chan struct{} // places for large bodies
	idle      *idleConns
}

// NewFetcher makes a fetcher. The error is one of the options: proxy or certificate file.
func NewFetcher(o Options) (*Fetcher, error) {
	t, err := newTransport(o)
	if err != nil {
		return nil, err
	}
	f := &Fetcher{transport: t, timeouts: defaultTimeouts, agent: UserAgent(o.Contact), now: o.Now, log: o.Log, large: make(chan struct{}, largeBodies), idle: newIdleConns(t.base.MaxIdleConns)}
	if f.now == nil {
		f.now = time.Now
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	f.cookies = newJar()
	f.base = newCollector(f.agent, t, f.cookies)
	return f, nil
}

// newCollector sets Colly up as a pipeline for one request at a time: all that it would do on its own behalf is
// off, since it does so without robots.txt, delays, limits or the guard.
func newCollector(agent string, t http.RoundTripper, cookies *jar) *colly.Collector {
	c := colly.NewCollector() // reads COLLY_* from the environment, so all of it is set below
	c.UserAgent = agent
	c.Headers = nil
	c.MaxDepth, c.MaxRequests = 0, 0
	c.AllowedDomains, c.DisallowedDomains = nil, nil
	c.URLFilters, c.DisallowedURLFilters = nil, nil
	c.AllowURLRevisit = true // the frontier knows what was visited, and when again
	c.MaxBodySize = 0        // body.go limits: Colly cuts silently
	c.CacheDir = ""
	c.IgnoreRobotsTxt = true // robots.go reads them: Colly takes a 503 for permission
	c.Async = false
	c.ParseHTTPErrorResponse = true // Colly takes 203 and 304 for errors
	c.DetectCharset = false
	c.CheckHead, c.TraceHTTP = false, false
	c.SetRequestTimeout(0) // each phase has its own
	c.SetCookieJar(cookies)
	c.SetRedirectHandler(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })
	c.WithTransport(t)
	return c
}

// UserAgent is how we name ourselves; contact is what a webmaster may write to, and empty is none.
func UserAgent(contact string) string {
	if contact == "" {
		return "newsmill/" + version()
	}
	return fmt.Sprintf("newsmill/%s (+%s)", version(), contact)
}

var version = sync.OnceValue(func() string {
	if b, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(b.Main.Version, "v") {
		return strings.TrimPrefix(b.Main.Version, "v")
	}
	return "dev"
})

// Close ends its idle connections.
func (f *Fetcher) Close() { f.transport.base.CloseIdleConnections() }

// Fetch makes one request and reads the answer. It follows no redirect, retries nothing, and never panics.
func (f *Fetcher) Fetch(ctx context.Context, r Request) (o Outcome) {
	if r.Kind == "" {
		r.Kind = storage.ArticleJob
	}
	page := storage.Fetch{URL: r.URL, FinalURL: r.URL, FetchedAt: f.now()}
	u, err := parseTarget(r.URL, "")
	if err != nil {
		return Refused{page, ClassBadURL, err.Error()}
	}
	page.Host, page.FinalURL = u.Host, u.String()
	if err := f.transport.check(u); err != nil {
		return Refused{page, ClassPrivateAddress, err.Error()}
	}
	began := time.Now()
	var ex *exchange
	defer func() { f.logFetched(ctx, r, o, ex.wireBytes) }()
	defer func() {
		if p := recover(); p != nil {
			page.Duration, page.Error = time.Since(began), string(ClassPanic)
			o = Failed{Page: page, Class: ClassPanic, Message: fmt.Sprintf("%v\n%s", p, debug.Stack())}
		}
	}()
	ex = &exchange{request: r, limits: limitsOf(r), timeouts: f.timeouts, largeBodies: f.large, idle: f.idle, now: f.now}
	defer ex.release()
	content, err := f.ask(ctx, ex, u)
	page.Duration = time.Since(began)
	if at := ex.arrived(); !at.IsZero() {
		page.FetchedAt = at
	}
	return f.outcome(ex, page, u, content, err)
}

// ask sends the request through Colly, which gives the answer's body or an error.
func (f *Fetcher) ask(ctx context.Context, ex *exchange, u *url.URL) (content []byte, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeouts.total, &timeoutError{fmt.Sprintf("not complete within %v", f.timeouts.total)})
	defer cancel()
	c := f.base.Clone() // shares transport and cookies; context and callbacks are of this request alone
	c.Context = context.WithValue(ctx, exchangeKey{}, ex)
	c.OnResponseHeaders(func(r *colly.Response) {
		if ex.refusal != nil {
			r.Request.Abort()
		}
	})
	c.OnResponse(func(r *colly.Response) { content = r.Body })
	err = c.Request(http.MethodGet, u.String(), nil, nil, f.headers(ex.request))
	if ex.refusal != nil {
		err = ex.refusal
	}
	return content, causeOf(ctx, err)
}

// headers of a request. What a browser would add to look like one is not there.
func (f *Fetcher) headers(r Request) http.Header {
	h := http.Header{
		"User-Agent":      {f.agent},
		"Accept":          {"text/html,application/xhtml+xml;q=0.9,text/plain;q=0.6,*/*;q=0.1"},
		"Accept-Encoding": {"gzip, br, zstd"},
	}
	switch r.Kind {
	case storage.FeedJob:
		h.Set("Accept", "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,application/json;q=0.8,*/*;q=0.1")
	case storage.SitemapJob:
		h.Set("Accept", "application/xml,text/xml,text/plain;q=0.9,application/gzip;q=0.8,*/*;q=0.1")
	case robotsKind:
		h.Set("Accept", "text/plain,*/*;q=0.1")
	}
	if r.Language != "" {
		h.Set("Accept-Language", r.Language+",*;q=0.5")
	}
	if r.ETag != "" {
		h.Set("If-None-Match", r.ETag)
	}
	if r.LastModified != "" {
		h.Set("If-Modified-Since", r.LastModified)
	}
	return h
}

// outcome says how the exchange ended.
func (f *Fetcher) outcome(ex *exchange, page storage.Fetch, u *url.URL, content []byte, err error) Outcome {
	if ex.answered {
		page.Status = ex.status
		page.ContentType = contentType(ex.header)
		page.ETag, page.LastModified = ex.header.Get("ETag"), ex.header.Get("Last-Modified")
		page.RobotsTag = strings.Join(ex.header["X-Robots-Tag"], "; ")
		page.OptOut = headerOptOut(ex.header)
	}
	fail := func(c Class, retryable bool, message string) Outcome {
		page.Error = string(c)
		var dns *net.DNSError
		var record tls.RecordHeaderError
		return Failed{
			NoName: errors.As(err, &dns) && dns.IsNotFound, NoTLS: errors.As(err, &record),
			Page: page, Class: c, Message: message, Retryable: retryable,
			RetryAfter: max(retryAfter(ex.header, f.now()), deadFor(err)), Unreached: !ex.reached(),
		}
	}
	if err != nil {
		c, retryable, message := classify(ex, err)
		if c == ClassPrivateAddress || c == ClassBadURL {
			return Refused{page, c, message}
		}
		return fail(c, retryable, message)
	}
	switch ex.status {
	case http.StatusMultipleChoices, http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return f.redirect(ex, page, u)
	case http.StatusNotModified:
		if ex.request.ETag == "" && ex.request.LastModified == "" {
			return fail(ClassEmpty, true, "says 304 Not Modified, though nothing was known of it")
		}
		page.ETag, page.LastModified = cmp.Or(page.ETag, ex.request.ETag), cmp.Or(page.LastModified, ex.request.LastModified)
		return NotModified{page, ex.header, freshness(ex.header)}
	case http.StatusPartialContent:
		return fail(ClassTruncated, true, "sends a part (206), though the whole was asked for")
	}
	if ex.status/100 == 2 {
		return f.good(ex, page, content, fail)
	}
	if who := challenge(ex.status, ex.header, ex.head); who != "" {
		return fail(ClassChallenge, false, challenged(ex.status, who))
	}
	c, retryable, message := statusClass(ex.status)
	return fail(c, retryable, message)
}

// good judges an answer of success.
func (f *Fetcher) good(ex *exchange, page storage.Fetch, content []byte, fail func(Class, bool, string) Outcome) Outcome {
	streamed := ex.request.Stream != nil
	if !streamed && ex.request.Kind != robotsKind {
		if len(bytes.TrimSpace(content)) == 0 {
			return fail(ClassEmpty, false, fmt.Sprintf("answers %d without a body", ex.status))
		}
		if who := challenge(ex.status, ex.header, content); who != "" {
			return fail(ClassChallenge, false, challenged(ex.status, who))
		}
	}
	page.Body = content
	got := Fetched{Page: page, Header: ex.header, Fresh: freshness(ex.header), Robots: robotsTag(ex.header, page.FetchedAt), Refresh: refreshTo(ex.header, page.FinalURL)}
	if !streamed {
		got.Media = sniff(content, page.ContentType)
	}
	if (ex.request.Kind == storage.ArticleJob || ex.request.Kind == storage.SectionJob) && !streamed && !usable(ex.request.Kind, got.Media) {
		page.Body = nil
		return fail(ClassNotHTML, false, (&notHTMLError{got.Media}).Error())
	}
	return got
}

// usable says whether a body that was found to be of a media type is what was wanted.
func usable(kind storage.JobKind, media string) bool {
	switch media {
	case "application/octet-stream", "binary data", "image/svg+xml":
		return false
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/sitemap+xml", "application/json":
		return kind == storage.SectionJob // an address may have been given for a section that is a feed
	}
	return readable(kind, media)
}

func challenged(status int, who string) string {
	return fmt.Sprintf("answers %d with a page of %s that asks for a browser or a person: ask the site for access, or for a feed", status, who)
}

// redirect reads where an answer leads.
func (f *Fetcher) redirect(ex *exchange, page storage.Fetch, from *url.URL) Outcome {
	refuse := func(c Class, format string, args ...any) Outcome {
		page.Error = string(c)
		return Refused{page, c, fmt.Sprintf("redirects (%d) ", ex.status) + fmt.Sprintf(format, args...)}
	}
	where := location(ex.header)
	if where == "" {
		return refuse(ClassRedirectRefused, "without saying where")
	}
	to, err := parseTarget(where, from.String())
	if err != nil {
		return refuse(ClassRedirectRefused, "where we can't follow: %v", err)
	}
	if err := f.transport.check(to); err != nil {
		return refuse(ClassPrivateAddress, "to %s: %v", printable(to.String()), err)
	}
	return Redirected{page, to.String(), ex.status == http.StatusMovedPermanently || ex.status == http.StatusPermanentRedirect}
}

// location is where an answer leads: its first Location that says anything. Two programs that each set one may have been
// joined by a comma, which an address may hold as well; of the same twice it is clear.
func location(h http.Header) string {
	for _, v := range h["Location"] {
		if v = strings.TrimSpace(v); v == "" {
			continue
		}
		if first, second, ok := strings.Cut(v, ","); ok && strings.TrimSpace(first) == strings.TrimSpace(second) {
			return strings.TrimSpace(first)
		}
		return v
	}
	return ""
}

// refreshTo is where a header Refresh leads within a few seconds, as a <meta http-equiv=refresh> would; empty: nowhere.
func refreshTo(h http.Header, from string) string {
	m := refresh.FindStringSubmatch(h.Get("Refresh"))
	if m == nil {
		return ""
	}
	if seconds, err := strconv.ParseFloat(m[1], 64); err != nil || seconds > 5 {
		return ""
	}
	to, err := parseTarget(strings.Trim(m[2], ` "'`), from)
	if err != nil {
		return ""
	}
	return to.String()
}

var refresh = regexp.MustCompile(`(?i)^\s*(\d{1,6}(?:\.\d*)?)\s*[;,]\s*(?:url\s*=\s*)?(\S.*)$`)

// statusClass says what a status other than success means.
func statusClass(status int) (Class, bool, string) {
	name := strings.ToLower(http.StatusText(status))
	message := strings.TrimSpace(fmt.Sprintf("answers %d %s", status, name))
	switch {
	case status == http.StatusTooManyRequests, status == 420: // 420: Twitter's, still met
		return ClassRateLimited, true, message + ": raise delay for this source if it goes on"
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return ClassHTTP4xx, true, message
	case status/100 == 4, status == 999: // 999: LinkedIn's refusal
		return ClassHTTP4xx, false, message
	case status/100 == 3:
		return ClassRedirectRefused, false, message + ", which leads nowhere that can be followed"
	case status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported:
		return ClassHTTP5xx, false, message
	}
	return ClassHTTP5xx, true, message
}

// classify says what an error of the transport means.
func classify(ex *exchange, err error) (Class, bool, string) {
	ex.mu.Lock()
	tlsErr := ex.tlsErr
	ex.mu.Unlock()
	var (
		private *privateAddressError
		bad     *badURLError
		slow    *timeoutError
		large   *tooLargeError
		short   *truncatedError
		decode  *decodeError
		kind    *notHTMLError
		stream  *streamError
		proxy   *proxyRefusedError
		dns     *net.DNSError
		network net.Error
	)
	message := bare(err)
	switch {
	case errors.As(err, &private):
		return ClassPrivateAddress, false, private.Error()
	case errors.As(err, &bad):
		return ClassBadURL, false, bad.Error()
	case errors.As(err, &slow):
		return ClassTimeout, true, "too slow: " + slow.Error()
	case errors.As(err, &large):
		return ClassTooLarge, false, large.Error()
	case errors.As(err, &short):
		return ClassTruncated, true, short.Error()
	case errors.As(err, &decode):
		return ClassDecode, false, decode.Error()
	case errors.As(err, &kind):
		return ClassNotHTML, false, kind.Error()
	case errors.As(err, &stream):
		return ClassBadFeed, false, stream.Error()
	case errors.Is(err, context.Canceled):
		return ClassCanceled, true, "the run ended before the answer did"
	case strings.Contains(message, "response headers exceeded"), strings.Contains(message, "response header list larger"):
		return ClassTooLarge, false, "headers of more than 256 kB"
	case errors.As(err, &proxy):
		return ClassConnect, true, proxy.Error()
	case errors.As(err, &dns):
		return ClassConnect, true, fmt.Sprintf("the name %s can't be resolved (%s): check the spelling, or the network", dns.Name, dns.Err)
	case tlsErr != nil && !ex.answered, isTLS(err):
		return tlsClass(cmp.Or(tlsErr, err))
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return ClassTimeout, true, "too slow: " + message
	case ex.answered:
		return ClassTruncated, true, message
	case errors.Is(err, io.EOF), errors.Is(err, errLostConnection), errors.Is(err, io.ErrUnexpectedEOF):
		return ClassConnect, true, errLostConnection.Error()
	}
	return ClassConnect, true, strings.Replace(message, "net/http: HTTP/1.x transport connection broken: ", "its answer is no HTTP: ", 1)
}

const (
	deadHost    = 10 * time.Minute // a name that doesn't exist, a closed port: seconds change nothing, a restart may
	untrustedBy = 6 * time.Hour    // a bad certificate: somebody must renew it
)

// deadFor is how long it makes no sense to try again, by what kept a connection from coming about.
func deadFor(err error) time.Duration {
	var (
		dns     *net.DNSError
		proxy   *proxyRefusedError
		trusted *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound, errors.Is(err, syscall.ECONNREFUSED), errors.As(err, &proxy):
		return deadHost
	case errors.As(err, &trusted):
		return untrustedBy
	}
	return 0
}

// streamError is what the reader of a stream made of it.
type streamError struct{ err error }

func (e *streamError) Error() string { return e.err.Error() }
func (e *streamError) Unwrap() error { return e.err }

// bare is the message of an error without the "Get "https://…": " that http.Client puts before it.
func bare(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

func isTLS(err error) bool {
	var (
		record tls.RecordHeaderError
		alert  tls.AlertError
		verify *tls.CertificateVerificationError
		ech    *tls.ECHRejectionError
	)
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &verify) || errors.As(err, &ech) ||
		strings.Contains(err.Error(), "remote error: tls:")
}

// tlsClass says what is wrong with a host's TLS.
func tlsClass(err error) (Class, bool, string) {
	var (
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		network   net.Error
	)
	switch {
	case errors.As(err, &hostname):
		return ClassTLS, true, "its certificate is for another name: " + hostname.Error()
	case errors.As(err, &authority):
		return ClassTLS, true, "its certificate is signed by nobody we know: name the authority with --ca-file if it can be trusted"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return ClassTLS, true, "its certificate has expired, or is not valid yet: " + invalid.Detail
	case errors.As(err, &record):
		return ClassTLS, false, "it does not speak TLS on this port"
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return ClassTimeout, true, "too slow: TLS handshake"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ClassTLS, true, "it ends the TLS handshake without a word"
	}
	return ClassTLS, false, "the TLS handshake fails: " + bare(err)
}

// freshness is for how long an answer stays the same, as its headers say; 0: they don't.
func freshness(h http.Header) time.Duration {
	for part := range strings.SplitSeq(strings.ToLower(h.Get("Cache-Control")), ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "no-cache", "no-store":
			return 0
		case "max-age":
			if s, err := strconv.Atoi(strings.Trim(value, `"`)); err == nil && s > 0 {
				age, _ := strconv.Atoi(h.Get("Age"))
				return max(0, time.Duration(min(s, 1<<30)-max(age, 0))*time.Second)
			}
		}
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, expires.Sub(date))
}

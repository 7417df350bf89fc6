// Package fetch makes one request and says how it ended: [Fetcher.Fetch] takes a [Request] and gives an [Outcome], which is
// [Fetched], [NotModified], [Redirected], [Refused] or [Failed]. It follows no redirect, tries nothing twice, and knows
// nothing of robots.txt and of delays: whoever calls it sees to these.
//
// What is promised: no request goes to a private address, whatever a name resolves to (guard.go); each phase ends in its
// time (exchange.go); a body is decoded, and within its bounds as sent and as decoded, or there is none (body.go, limits.go); a page that
// asks for a browser or a person is no page (challenge.go); each failure has a [Class] and a message that says what to do
// (failure.go, errors.go). Cookies live as long as the Fetcher (cookies.go). Nothing panics, and the Fetcher may be used by many at once.
//
// A request (request.go) goes through Colly to transport.go, which asks through net/http, over a proxy where one is set (proxy.go).
// headers.go reads what an answer says of itself, outcome.go holds the answers' types, and fetch.go puts them together.
package fetch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/gocolly/colly/v2"
)

// Fetcher asks for pages. It is safe for concurrent use. It knows nothing of robots.txt and delays: whoever calls
// it sees to these first, and again for each redirect.
type Fetcher struct {
	base      *colly.Collector
	cookies   *jar
	transport *transport
	timeouts  Timeouts
	agent     string
	now       func() time.Time
	log       *slog.Logger
	large     chan struct{} // places for large bodies
	idle      *idleConns
}

// New makes a fetcher. The error is one of the options: proxy or certificate file.
func New(o Options) (*Fetcher, error) {
	o.Timeouts = o.Timeouts.orDefault()
	t, err := newTransport(o)
	if err != nil {
		return nil, err
	}
	f := &Fetcher{transport: t, timeouts: o.Timeouts, agent: userAgent(o.Contact), now: o.Now, log: o.Log, large: make(chan struct{}, largeBodies), idle: newIdleConns(t.base.MaxIdleConns)}
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
func userAgent(contact string) string {
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

// Check refuses addresses that lead to private hosts, as Fetch would, by their names. A proxy resolves names itself, out
// of our sight, so there the name alone decides.
func (f *Fetcher) Check(u *url.URL) error { return f.transport.check(u) }

// Cookies is the Cookie header that an address would get now.
func (f *Fetcher) Cookies(u *url.URL) string { return f.cookies.header(u) }

// Close ends its idle connections.
func (f *Fetcher) Close() { f.transport.base.CloseIdleConnections() }

// Fetch makes one request and reads the answer. It follows no redirect, retries nothing, and never panics.
func (f *Fetcher) Fetch(ctx context.Context, r Request) (o Outcome) {
	if r.Kind == "" {
		r.Kind = Article
	}
	page := Page{URL: r.URL, FinalURL: r.URL, FetchedAt: f.now()}
	u, err := ParseTarget(r.URL, "")
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
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeouts.Total, &timeoutError{fmt.Sprintf("not complete within %v", f.timeouts.Total)})
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
	case Feed:
		h.Set("Accept", "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,application/json;q=0.8,*/*;q=0.1")
	case Sitemap:
		h.Set("Accept", "application/xml,text/xml,text/plain;q=0.9,application/gzip;q=0.8,*/*;q=0.1")
	case Robots:
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
func (f *Fetcher) outcome(ex *exchange, page Page, u *url.URL, content []byte, err error) Outcome {
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
func (f *Fetcher) good(ex *exchange, page Page, content []byte, fail func(Class, bool, string) Outcome) Outcome {
	streamed := ex.request.Stream != nil
	if !streamed && ex.request.Kind != Robots {
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
	if (ex.request.Kind == Article || ex.request.Kind == Section) && !streamed && !usable(ex.request.Kind, got.Media) {
		page.Body = nil
		return fail(ClassNotHTML, false, (&notHTMLError{got.Media}).Error())
	}
	return got
}

// usable says whether a body that was found to be of a media type is what was wanted.
func usable(kind Kind, media string) bool {
	switch media {
	case "application/octet-stream", "binary data", "image/svg+xml":
		return false
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/sitemap+xml", "application/json":
		return kind == Section // an address may have been given for a section that is a feed
	}
	return readable(kind, media)
}

func challenged(status int, who string) string {
	return fmt.Sprintf("answers %d with a page of %s that asks for a browser or a person: ask the site for access, or for a feed", status, who)
}

// redirect reads where an answer leads.
func (f *Fetcher) redirect(ex *exchange, page Page, from *url.URL) Outcome {
	refuse := func(c Class, format string, args ...any) Outcome {
		page.Error = string(c)
		return Refused{page, c, fmt.Sprintf("redirects (%d) ", ex.status) + fmt.Sprintf(format, args...)}
	}
	where := location(ex.header)
	if where == "" {
		return refuse(ClassRedirectRefused, "without saying where")
	}
	to, err := ParseTarget(where, from.String())
	if err != nil {
		return refuse(ClassRedirectRefused, "where we can't follow: %v", err)
	}
	if err := f.transport.check(to); err != nil {
		return refuse(ClassPrivateAddress, "to %s: %v", Printable(to.String()), err)
	}
	return Redirected{page, to.String(), ex.status == http.StatusMovedPermanently || ex.status == http.StatusPermanentRedirect}
}

// logFetched logs a request that was made.
func (f *Fetcher) logFetched(ctx context.Context, q Request, o Outcome, bytes int64) {
	if !f.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	p := PageOf(o)
	outcome, class, more := "failed", p.Error, ""
	switch o := o.(type) {
	case Fetched:
		outcome = "fetched"
	case NotModified:
		outcome, class = "not_modified", "not_modified"
	case Redirected:
		outcome, class, more = "redirected", "redirected", Printable(o.To)
	case Refused:
		outcome, class, more = "refused", string(o.Class), o.Message
	case Failed:
		class, more = string(o.Class), o.Message
	}
	args := []any{
		"method", "GET", "url", q.URL, "status", p.Status, "bytes", bytes, "ms", p.Duration.Milliseconds(), "outcome", outcome, "kind", q.label(),
	}
	if class != "" {
		args = append(args, "class", class)
	}
	if more != "" {
		args = append(args, "more", more)
	}
	f.log.DebugContext(ctx, "fetched", args...)
}

package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"
)

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
	t := &transport{allowPrivate: o.AllowPrivate, located: o.Located}
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
		concurrency = DefaultConcurrency
	}
	t.dialer = &dialer{
		Dialer:       net.Dialer{Timeout: o.Timeouts.Connect, KeepAlive: 30 * time.Second},
		allowPrivate: o.AllowPrivate, proxies: t.proxyAddrs, setUp: o.Timeouts.Connect,
	}
	t.base = &http.Transport{
		Proxy:                  func(r *http.Request) (*url.URL, error) { return t.proxy(r.URL) },
		OnProxyConnectResponse: proxyConnected,
		DialContext:            t.dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    o.Timeouts.Connect,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // body.go decodes, and limits what comes out
		MaxResponseHeaderBytes: 256 << 10,
		MaxIdleConns:           4 * concurrency,
		MaxIdleConnsPerHost:    concurrency, // of a proxy: all its hosts count as one
		IdleConnTimeout:        60 * time.Second,
	}
	if o.Dial != nil {
		t.base.DialContext = o.Dial
	}
	return t, nil
}

// DefaultConcurrency is the number of requests in flight over all hosts. A host has one at a time, so it is also
// the number of hosts that are asked at once.
const DefaultConcurrency = 32

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
	ex.clock.enter("no connection", ex.timeouts.Connect)
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		err = causeOf(ctx, err)
		ex.clock.stop()
		return nil, err
	}
	ex.answer(resp)
	ex.clock.enter("nothing more of the body", ex.timeouts.Idle)
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

package fetch

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// Kind is what is expected at an address.
type Kind string

// The kinds.
const (
	Article Kind = "article" // a page
	Section Kind = "section" // a page, or a feed in its place
	Feed    Kind = "feed"
	Sitemap Kind = "sitemap"
	Robots  Kind = "robots" // a robots.txt, of which the first 512 kB count, or what else a host says of itself
)

// Request is one page to ask for.
type Request struct {
	URL          string
	Kind         Kind   // what is expected there: decides the limits, the Accept header and what is refused; default Article
	ETag         string // validators of the last answer; empty: none
	LastModified string
	Language     string // BCP 47, for Accept-Language; empty: any
	MaxBytes     int64  // decoded; 0: the kind's limit
	Label        string // what the log calls it; empty: its kind

	// Stream, if set, reads the body of a good answer in place of keeping it in memory: decoded from its content
	// encoding, and from gzip where a sitemap or feed is a .gz file. Its error fails the fetch, as does a limit.
	Stream func(io.Reader) error
}

// Options say how pages are asked for. The zero value is good.
type Options struct {
	Contact      string           // address or e-mail that the User-Agent names; empty: none
	Concurrency  int              // requests at once, for which connections are kept; default DefaultConcurrency
	Proxy        string           // http://, https:// or socks5:// address; empty: from the environment
	CAFile       string           // PEM file of further certificate authorities
	AllowPrivate bool             // allow loopback, private and link-local addresses
	Timeouts     Timeouts         // what is zero in it has its default
	Log          *slog.Logger     // of each request, at level Debug; nil: none
	Now          func() time.Time // nil: time.Now

	// Located hears at which IP address a host was reached, unless through a proxy; nil: nobody does.
	Located func(host string, at netip.Addr)

	// Dial connects, in place of the guard's dialer, which would refuse private addresses; nil: that does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// label says what a request is for: the kind of its job, "robots" or "tdm".
func (q *Request) label() string { return cmp.Or(q.Label, string(q.Kind)) }

// ProductToken is the name by which robots.txt and X-Robots-Tag address us.
const ProductToken = "newsmill"

// Timeouts bound each phase of a request. A page that is slower than all of them together would be slower than
// readers bear, too.
type Timeouts struct {
	Resolve time.Duration // the host's name
	Connect time.Duration // connect, proxy, TLS
	Headers time.Duration // from the request sent to the last header
	Idle    time.Duration // without a byte of the body
	Total   time.Duration // all of it
	Window  time.Duration // over which the transfer rate is measured
	Rate    int64         // least bytes in a second, over a window
}

// orDefault is t with the defaults for what is zero.
func (t Timeouts) orDefault() Timeouts {
	d := defaultTimeouts
	return Timeouts{
		Resolve: cmp.Or(t.Resolve, d.Resolve), Connect: cmp.Or(t.Connect, d.Connect), Headers: cmp.Or(t.Headers, d.Headers), Idle: cmp.Or(t.Idle, d.Idle),
		Total: cmp.Or(t.Total, d.Total), Window: cmp.Or(t.Window, d.Window), Rate: cmp.Or(t.Rate, d.Rate),
	}
}

var defaultTimeouts = Timeouts{
	Resolve: 5 * time.Second,
	Connect: 15 * time.Second,
	Headers: 10 * time.Second,
	Idle:    15 * time.Second,
	Total:   2 * time.Minute,
	Window:  20 * time.Second,
	Rate:    1 << 10,
}

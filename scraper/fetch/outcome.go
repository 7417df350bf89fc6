package fetch

import (
	"net/http"
	"time"
)

// Class names how a request ended without a page. The names are stored, and never change their meaning.
type Class string

// The classes of requests.
const (
	ClassPrivateAddress  Class = "private_address"
	ClassRedirectRefused Class = "redirect_refused"
	ClassBadURL          Class = "bad_url"
	ClassConnect         Class = "connect"
	ClassTLS             Class = "tls"
	ClassTimeout         Class = "timeout"
	ClassTruncated       Class = "truncated"
	ClassDecode          Class = "decode"
	ClassTooLarge        Class = "too_large"
	ClassEmpty           Class = "empty"
	ClassNotHTML         Class = "not_html"
	ClassHTTP4xx         Class = "http_4xx"
	ClassHTTP5xx         Class = "http_5xx"
	ClassRateLimited     Class = "rate_limited"
	ClassChallenge       Class = "challenge"
	ClassBadFeed         Class = "bad_feed"
	ClassCanceled        Class = "canceled"
	ClassPanic           Class = "panic"
)

// Outcome is how one request ended: Fetched, NotModified, Redirected, Refused or Failed.
type Outcome interface{ outcome() }

// Page is one request with its answer.
type Page struct {
	URL          string // as asked
	FinalURL     string // where it led, in the form in which it was asked for
	Host         string
	FetchedAt    time.Time // when the answer began, or else the request
	Status       int       // 0: no answer
	ContentType  string
	ETag         string
	LastModified string
	RobotsTag    string // X-Robots-Tag
	OptOut       string // evidence of headers against text mining
	Body         []byte // decoded from its content encoding; nil: none
	Duration     time.Duration
	Error        string // class; empty: fetched
}

// Fetched is an answer with a body that can be read. Its body is whole, decoded from its content encoding, and
// within the limits; its text is in whatever charset the server used.
type Fetched struct {
	Page   Page
	Header http.Header   // as sent
	Media  string        // what the body is, by its first bytes and then by its label: "text/html", "application/rss+xml", …
	Robots []string      // directives of X-Robots-Tag that are meant for us, lower case: "noindex", …
	Fresh  time.Duration // for how long the server says that it stays the same; 0: it doesn't say

	Refresh string // where a header Refresh leads within 5 s, absolute; empty: nowhere
}

// NotModified is an answer of 304: the page is as it was.
type NotModified struct {
	Page   Page // its validators are those of the answer, or else of the request
	Header http.Header
	Fresh  time.Duration
}

// Redirected is an answer that leads elsewhere. Nothing was asked of the new address: robots.txt, politeness and
// the guard have yet to agree.
type Redirected struct {
	Page      Page
	To        string // absolute, http or https, of no private host
	Permanent bool   // 301 or 308
}

// Refused is a request that we did not make, or whose answer we did not follow, for a reason of ours.
type Refused struct {
	Page    Page // Status is 0 when nothing was asked
	Class   Class
	Message string
}

// Failed is a request without a usable answer.
type Failed struct {
	Page       Page // Status is 0 when there was no answer
	Class      Class
	Message    string
	Retryable  bool          // the same request may end otherwise later
	RetryAfter time.Duration // what the server asked for, or an unreachable one needs; it holds for the whole host. 0: nothing
	Unreached  bool          // no connection came about: nothing was asked
	NoName     bool          // since the host's name does not exist
	NoTLS      bool          // since the host does not speak TLS on this port
}

func (Fetched) outcome()     {}
func (NotModified) outcome() {}
func (Redirected) outcome()  {}
func (Refused) outcome()     {}
func (Failed) outcome()      {}

// PageOf is the request of an outcome.
func PageOf(o Outcome) Page {
	switch o := o.(type) {
	case Fetched:
		return o.Page
	case NotModified:
		return o.Page
	case Redirected:
		return o.Page
	case Refused:
		return o.Page
	case Failed:
		return o.Page
	}
	return Page{}
}

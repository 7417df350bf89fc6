package scraper

import (
	"fmt"
	"net/http"
	"time"

	"newsmill/storage"
)

// Outcome is how one request ended: Fetched, NotModified, Redirected, Refused or Failed.
type Outcome interface{ outcome() }

// Fetched is an answer with a body that can be read. Its body is whole, decoded from its content encoding, and
// within the limits; its text is in whatever charset the server used.
type Fetched struct {
	Page   storage.Fetch
	Header http.Header   // as sent
	Media  string        // what the body is, by its first bytes and then by its label: "text/html", "application/rss+xml", …
	Robots []string      // directives of X-Robots-Tag that are meant for us, lower case: "noindex", …
	Fresh  time.Duration // for how long the server says that it stays the same; 0: it doesn't say

	Refresh string // where a header Refresh leads within 5 s, absolute; empty: nowhere
}

// NotModified is an answer of 304: the page is as it was.
type NotModified struct {
	Page   storage.Fetch // its validators are those of the answer, or else of the request
	Header http.Header
	Fresh  time.Duration
}

// Redirected is an answer that leads elsewhere. Nothing was asked of the new address: robots.txt, politeness and
// the guard have yet to agree.
type Redirected struct {
	Page      storage.Fetch
	To        string // absolute, http or https, of no private host
	Permanent bool   // 301 or 308
}

// Refused is a request that we did not make, or whose answer we did not follow, for a reason of ours.
type Refused struct {
	Page    storage.Fetch // Status is 0 when nothing was asked
	Class   Class
	Message string
}

// Failed is a request without a usable answer.
type Failed struct {
	Page       storage.Fetch // Status is 0 when there was no answer
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

// pageOf is the request of an outcome.
func pageOf(o Outcome) storage.Fetch {
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
	return storage.Fetch{}
}

// Class names how an address ended. The names are stored in the database, and never change their meaning.
type Class string

// The classes. Their table is classes.
const (
	ClassStored            Class = "stored"
	ClassStoredAs          Class = "stored_as"
	ClassAlias             Class = "alias"
	ClassDoubtful          Class = "doubtful"
	ClassNotArticle        Class = "not_article"
	ClassNotice            Class = "notice"
	ClassRead              Class = "read"
	ClassNotModified       Class = "not_modified"
	ClassRedirected        Class = "redirected"
	ClassOutside           Class = "outside_window"
	ClassDisallowed        Class = "skipped_disallowed"
	ClassNoindex           Class = "skipped_noindex"
	ClassOptOut            Class = "skipped_opt_out"
	ClassBounded           Class = "bounded"
	ClassPrivateAddress    Class = "private_address"
	ClassRedirectRefused   Class = "redirect_refused"
	ClassBadURL            Class = "bad_url"
	ClassRobotsUnavailable Class = "robots_unavailable"
	ClassConnect           Class = "connect"
	ClassTLS               Class = "tls"
	ClassTimeout           Class = "timeout"
	ClassTruncated         Class = "truncated"
	ClassDecode            Class = "decode"
	ClassTooManyRedirects  Class = "too_many_redirects"
	ClassTooLarge          Class = "too_large"
	ClassTooComplex        Class = "too_complex"
	ClassEmpty             Class = "empty"
	ClassNotHTML           Class = "not_html"
	ClassHTTP4xx           Class = "http_4xx"
	ClassHTTP5xx           Class = "http_5xx"
	ClassRateLimited       Class = "rate_limited"
	ClassChallenge         Class = "challenge"
	ClassBadFeed           Class = "bad_feed"
	ClassCanceled          Class = "canceled"
	ClassPanic             Class = "panic"
)

// ClassInfo is what is to know about a class.
type ClassInfo struct {
	Name  Class
	State storage.JobState // of an address that ended so for good
	Retry bool             // a later request may end otherwise; a single failure may know better
	About string
}

// classes is the one table of how an address may end; the documentation's is printed from it.
var classes = [...]ClassInfo{
	{ClassStored, storage.JobDone, false, "an article, stored"},
	{ClassStoredAs, storage.JobDone, false, "redirects to an article that is stored under its own address"},
	{ClassAlias, storage.JobDone, false, "a twin of a stored article: the same text from another address"},
	{ClassDoubtful, storage.JobDone, false, "something else came at a check of a stored article, which stays: see newsmill show --doubts"},
	{ClassNotArticle, storage.JobDone, false, "fetched and read, but no article; looked at again later"},
	{ClassNotice, storage.JobDone, false, "a notice in place of an article: maintenance, login, consent, error page, empty shell; looked at again later"},
	{ClassRead, storage.JobDone, false, "a feed, sitemap or section page, read for its links"},
	{ClassNotModified, storage.JobDone, false, "as it was at the last visit (304)"},
	{ClassRedirected, storage.JobDone, false, "redirects to another address, whose ending counts"},
	{ClassOutside, storage.JobSkipped, false, "published before --since or after --until"},
	{ClassDisallowed, storage.JobSkipped, false, "the host's robots.txt forbids it"},
	{ClassNoindex, storage.JobSkipped, false, "X-Robots-Tag or meta robots forbids to keep it"},
	{ClassOptOut, storage.JobSkipped, false, "its publisher reserves text mining, and opt_outs says skip"},
	{ClassBounded, storage.JobSkipped, false, "left out: one of too many alike, as calendars and filters make them"},
	{ClassPrivateAddress, storage.JobSkipped, false, "leads to a private, loopback, link-local or reserved address"},
	{ClassRedirectRefused, storage.JobFailed, false, "redirects to what can't or mustn't be followed"},
	{ClassBadURL, storage.JobFailed, false, "not an http or https address that can be asked for"},
	{ClassRobotsUnavailable, storage.JobFailed, true, "robots.txt can't be had (5xx, 429, no answer), which forbids all (RFC 9309)"},
	{ClassConnect, storage.JobFailed, true, "no connection, or no HTTP over it"},
	{ClassTLS, storage.JobFailed, true, "no trust: certificate or handshake"},
	{ClassTimeout, storage.JobFailed, true, "too slow: to connect, to answer, or while sending"},
	{ClassTruncated, storage.JobFailed, true, "the answer ends too early"},
	{ClassDecode, storage.JobFailed, false, "the body is not what its Content-Encoding or transfer coding says"},
	{ClassTooManyRedirects, storage.JobFailed, false, "redirects in a circle, or for too long"},
	{ClassTooLarge, storage.JobFailed, false, "larger than the limit, as sent or once decompressed"},
	{ClassTooComplex, storage.JobFailed, false, "beyond the limits of the cleaner: elements, paragraphs, or work for its size"},
	{ClassEmpty, storage.JobFailed, false, "an answer without a body, or with nothing but white space"},
	{ClassNotHTML, storage.JobFailed, false, "something else: PDF, image, JSON, binary data"},
	{ClassHTTP4xx, storage.JobFailed, false, "the server says that there is nothing for us (4xx)"},
	{ClassHTTP5xx, storage.JobFailed, true, "the server fails (5xx)"},
	{ClassRateLimited, storage.JobFailed, true, "the server asks to slow down (429)"},
	{ClassChallenge, storage.JobFailed, false, "a page that asks for a browser or a person"},
	{ClassBadFeed, storage.JobFailed, false, "a feed or sitemap that can't be read as one"},
	{ClassCanceled, storage.JobWaiting, true, "the run ended before the answer did"},
	{ClassPanic, storage.JobFailed, false, "an error of this program: please report it"},
}

// Classes lists the classes in the order of the documentation.
func Classes() []ClassInfo { return append([]ClassInfo(nil), classes[:]...) }

// Info is what is to know about c. An unknown class is a failure for good.
func (c Class) Info() ClassInfo {
	for _, k := range classes {
		if k.Name == c {
			return k
		}
	}
	return ClassInfo{Name: c, State: storage.JobFailed}
}

// IsUnreached says of the class that an address of a kind ended in whether it speaks of the whole source: that it can't be
// reached, or lets nobody in. A page that is not there, or an article that its server fails on, doesn't.
func (c Class) IsUnreached(kind storage.JobKind) bool {
	switch c {
	case ClassConnect, ClassTLS, ClassTimeout, ClassRobotsUnavailable, ClassPrivateAddress, ClassBadURL:
		return true
	case ClassHTTP5xx, ClassRateLimited, ClassChallenge, ClassDisallowed:
		return kind != storage.ArticleJob
	}
	return false
}

// Ending is the ending for good of a job in class c.
func (c Class) Ending(format string, args ...any) storage.Ending {
	e := storage.Ending{State: c.Info().State, Class: string(c), Message: fmt.Sprintf(format, args...)}
	if e.State == storage.JobFailed {
		e.Failure = string(c)
	}
	return e
}

package scraper

import (
	"fmt"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// Class names how an address ended, be it at the request, in which case it is one of package fetch, or later.
type Class = fetch.Class

// The classes that a run gives. Their table is classes.
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
	ClassRobotsUnavailable Class = "robots_unavailable"
	ClassTooManyRedirects  Class = "too_many_redirects"
	ClassTooComplex        Class = "too_complex"
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
	{fetch.ClassPrivateAddress, storage.JobSkipped, false, "leads to a private, loopback, link-local or reserved address"},
	{fetch.ClassRedirectRefused, storage.JobFailed, false, "redirects to what can't or mustn't be followed"},
	{fetch.ClassBadURL, storage.JobFailed, false, "not an http or https address that can be asked for"},
	{ClassRobotsUnavailable, storage.JobFailed, true, "robots.txt can't be had (5xx, 429, no answer), which forbids all (RFC 9309)"},
	{fetch.ClassConnect, storage.JobFailed, true, "no connection, or no HTTP over it"},
	{fetch.ClassTLS, storage.JobFailed, true, "no trust: certificate or handshake"},
	{fetch.ClassTimeout, storage.JobFailed, true, "too slow: to connect, to answer, or while sending"},
	{fetch.ClassTruncated, storage.JobFailed, true, "the answer ends too early"},
	{fetch.ClassDecode, storage.JobFailed, false, "the body is not what its Content-Encoding or transfer coding says"},
	{ClassTooManyRedirects, storage.JobFailed, false, "redirects in a circle, or for too long"},
	{fetch.ClassTooLarge, storage.JobFailed, false, "larger than the limit, as sent or once decompressed"},
	{ClassTooComplex, storage.JobFailed, false, "beyond the limits of the cleaner: elements, paragraphs, or work for its size"},
	{fetch.ClassEmpty, storage.JobFailed, false, "an answer without a body, or with nothing but white space"},
	{fetch.ClassNotHTML, storage.JobFailed, false, "something else: PDF, image, JSON, binary data"},
	{fetch.ClassHTTP4xx, storage.JobFailed, false, "the server says that there is nothing for us (4xx)"},
	{fetch.ClassHTTP5xx, storage.JobFailed, true, "the server fails (5xx)"},
	{fetch.ClassRateLimited, storage.JobFailed, true, "the server asks to slow down (429)"},
	{fetch.ClassChallenge, storage.JobFailed, false, "a page that asks for a browser or a person"},
	{fetch.ClassBadFeed, storage.JobFailed, false, "a feed or sitemap that can't be read as one"},
	{fetch.ClassCanceled, storage.JobWaiting, true, "the run ended before the answer did"},
	{fetch.ClassPanic, storage.JobFailed, false, "an error of this program: please report it"},
}

// Classes lists the classes in the order of the documentation.
func Classes() []ClassInfo { return append([]ClassInfo(nil), classes[:]...) }

// Info is what is to know about c. An unknown class is a failure for good.
func Info(c Class) ClassInfo {
	for _, k := range classes {
		if k.Name == c {
			return k
		}
	}
	return ClassInfo{Name: c, State: storage.JobFailed}
}

// IsUnreached says of the class that an address of a kind ended in whether it speaks of the whole source: that it can't be
// reached, or lets nobody in. A page that is not there, or an article that its server fails on, doesn't.
func IsUnreached(c Class, kind storage.JobKind) bool {
	switch c {
	case fetch.ClassConnect, fetch.ClassTLS, fetch.ClassTimeout, ClassRobotsUnavailable, fetch.ClassPrivateAddress, fetch.ClassBadURL:
		return true
	case fetch.ClassHTTP5xx, fetch.ClassRateLimited, fetch.ClassChallenge, ClassDisallowed:
		return kind != storage.ArticleJob
	}
	return false
}

// endingOf is the ending for good of a job in class c.
func endingOf(c Class, format string, args ...any) storage.Ending {
	e := storage.Ending{State: Info(c).State, Class: string(c), Message: fmt.Sprintf(format, args...)}
	if e.State == storage.JobFailed {
		e.Failure = string(c)
	}
	return e
}

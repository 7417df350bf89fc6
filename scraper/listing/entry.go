package listing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"newsmill/cleaner/article"
	"newsmill/cleaner/datetext"
)

// Bounds of one feed or sitemap. sitemaps.org sets those of sitemaps: "no more than 50,000 URLs and must be no larger
// than 50MB (52,428,800 bytes)", uncompressed.
const (
	maxSitemapURLs  = 50_000
	maxSitemapBytes = 52_428_800
	maxFeedEntries  = 5_000    // the longest that news sites publish hold some hundreds
	maxNesting      = 200      // open elements, or brackets: feeds have some ten, and unclosed tags of HTML in them
	listingHead     = 16 << 10 // within which a document shows what it is
)

// Entry is an address that a feed or sitemap lists, with what it says of it.
type Entry struct {
	URL         string // absolute
	IsNested    bool   // a sitemap in an index
	Title       string // without markup, of at most 500 bytes
	Language    string // a BCP 47 tag, as the document writes it
	PublishedAt time.Time
	ModifiedAt  time.Time
}

// Summary is what is known of a feed or sitemap once it is read.
type Summary struct {
	Format    string // "rss", "atom", "json", "sitemap", "sitemap_index", "news_sitemap", "sitemap_text"
	Entries   int
	NewestAt  time.Time // greatest date of its entries
	Truncated string    // why the rest was left out; empty: it was read whole
}

// isFeed says whether the listing is a feed, whatever was expected.
func (l *Summary) isFeed() bool { return l.Format == "rss" || l.Format == "atom" || l.Format == "json" }

var (
	// errNoListing means that the body is neither a sitemap nor a feed.
	errNoListing = errors.New("neither a sitemap nor a feed")
	// ErrPage means that it is a web page.
	ErrPage    = errors.New("a web page, neither a sitemap nor a feed")
	errNoBody  = errors.New("the answer is empty: neither a sitemap nor a feed")
	errTooDeep = fmt.Errorf("elements nested more than %d deep, as no feed and no sitemap is", maxNesting)
)

// errEnough ends the reading of a listing that has more entries than are wanted.
var errEnough = errors.New("enough entries")

// reader is what the readers of all forms share.
type reader struct {
	Summary
	base *url.URL
	each func(Entry)
}

// add hands on an entry. Its error is errEnough.
func (r *reader) add(e Entry) error {
	most := maxSitemapURLs
	if r.isFeed() {
		most = maxFeedEntries
	}
	if r.Entries == most {
		r.Truncated = fmt.Sprintf("more than %d addresses", most)
		return errEnough
	}
	r.Entries++
	for _, at := range []time.Time{e.PublishedAt, e.ModifiedAt} {
		if at.After(r.NewestAt) {
			r.NewestAt = at
		}
	}
	r.each(e)
	return nil
}

func hasScheme(b []byte) bool {
	return len(b) > len("http://") && (bytes.EqualFold(b[:len("http://")], []byte("http://")) || bytes.EqualFold(b[:len("https://")], []byte("https://")))
}

// noEnd is the error of a reader, but for that of the end.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Resolve makes an absolute http(s) address of what a document says, or reports that it is none.
func Resolve(base *url.URL, raw string) (string, bool) {
	if raw = listedAddress(raw); raw == "" || len(raw) > article.MaxFetchedURLBytes {
		return "", false
	}
	if strings.Contains(raw, " ") && !strings.Contains(raw, ":") && raw[0] != '/' {
		return "", false // words
	}
	u, err := article.ResolveURL(base, raw)
	return u, err == nil
}

// listedAddress is an address as it is meant: without the line breaks of who wrapped the document and with the "&" of
// who escaped it twice.
func listedAddress(raw string) string {
	raw = strings.TrimSpace(raw)
	if strings.ContainsAny(raw, "\n\r\t") {
		raw = wrapped.ReplaceAllString(raw, "")
	}
	for range 2 {
		raw = strings.ReplaceAll(raw, "&amp;", "&")
	}
	return raw
}

var wrapped = regexp.MustCompile(`[ ]*[\n\r\t]\s*`)

// titleText is a title without markup, of bearable length.
func titleText(s string) string {
	if strings.Contains(s, "<") {
		s = tagInTitle.ReplaceAllString(s, "")
	}
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxTitleBytes {
		s = strings.ToValidUTF8(s[:maxTitleBytes], "")
	}
	return s
}

const maxTitleBytes = 500

var tagInTitle = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)

// time reads a date as feeds and sitemaps write them: by RFC 822 or ISO 8601, in part, in other words, in other languages.
// Zero: it is none.
func (r *reader) time(s, language string) time.Time {
	if s == "" {
		return time.Time{}
	}
	m, ok := datetext.ParseMoment(s, language, r.base)
	for _, layout := range []string{"2006-01", "2006"} { // W3C's format allows as little as that
		if t, err := time.Parse(layout, s); err == nil && !ok {
			m.Time = t
		}
	}
	if m.Time.Year() < 1990 { // before there were feeds: zeros of a database
		return time.Time{}
	}
	return m.Time.UTC()
}

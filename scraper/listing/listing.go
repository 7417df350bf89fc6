// Package listing reads what lists a site's articles: feeds (RSS 0.9 to 2.0, RDF, Atom, JSON Feed) and sitemaps (urlset,
// index, news extension, plain text). Bytes come in, each [Entry] is handed on as it is met, and a [Summary] tells of the
// whole.
//
// [Read] asks nobody which of these a document is: its first bytes say. A document may be gzipped, in any charset, cut off,
// and begin with the warnings of the program that made it. Nothing in it is an error as long as it has entries. Memory
// is bounded whatever comes: no tree, no recursion, no entity expanded, 50,000 addresses of a sitemap and 5,000 of a feed.
//
// listing.go finds out what a document is, encoding.go makes text of it, elements.go reads tags over markup.go, and
// jsonfeed.go JSON.
package listing

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/cleaner/charset"
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

// Read reads a feed or a sitemap of any kind: RSS 0.9 to 2.0, RDF, Atom, JSON Feed; urlset, index, news extension,
// plain text. What it is, its first bytes say, not its name or its headers: sitemaps.org lets sites name feeds as
// sitemaps, and much else happens. It may be gzipped, in any charset, and begin with the warnings of a program. Entries
// are handed on as they come, in memory that doesn't grow with their number. Damage ends the reading, not the run:
// what came before it counts.
func Read(body io.Reader, contentType string, base *url.URL, each func(Entry)) (Summary, error) {
	limited := &io.LimitedReader{R: body, N: maxSitemapBytes + 1}
	in := bufio.NewReaderSize(limited, listingHead)
	for range 2 { // a gzipped file that the server gzips once more is common
		if head, _ := in.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
			break
		}
		z, err := gzip.NewReader(in)
		if err != nil {
			return Summary{}, fmt.Errorf("gzip: %w", err)
		}
		defer z.Close()
		limited = &io.LimitedReader{R: z, N: maxSitemapBytes + 1}
		in = bufio.NewReaderSize(limited, listingHead)
	}
	r := &reader{base: base, each: each}
	in, err := decoded(in, contentType)
	if err == nil {
		err = r.read(in)
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	if limited.N <= 0 && r.Truncated == "" {
		r.Truncated = fmt.Sprintf("larger than %d bytes", maxSitemapBytes)
	}
	if r.Entries > 0 {
		if err != nil && r.Truncated == "" {
			r.Truncated = err.Error()
		}
		return r.Summary, nil
	}
	return r.Summary, err
}

// errEnough ends the reading of a listing that has more entries than are wanted.
var errEnough = errors.New("enough entries")

// reader is what the readers of all forms share.
type reader struct {
	Summary
	base *url.URL
	each func(Entry)
}

// read finds out what the document is, and reads it.
func (r *reader) read(in *bufio.Reader) error {
	head, err := in.Peek(listingHead)
	head = bytes.TrimLeft(head, " \t\r\n\f\x00\ufeff")
	switch {
	case len(head) == 0 && err != nil && !errors.Is(err, io.EOF):
		return err
	case len(head) == 0:
		return errNoBody
	case charset.IsBinary(head):
		return errNoListing
	case head[0] == '{' || head[0] == '[':
		return r.readJSON(in)
	case hasScheme(head), textLine.Match(head) && !bytes.Contains(head, []byte("<")):
		return r.readText(in)
	case jsonVersion.Match(head) && !listingRoot.Match(head): // behind the warnings of a program
		if _, err := in.ReadSlice('{'); err != nil {
			return errNoListing
		}
		_ = in.UnreadByte()
		return r.readJSON(in)
	case !bytes.Contains(head, []byte("<")):
		return errNoListing
	}
	return newElementReader(r, in).read()
}

var (
	textLine    = regexp.MustCompile(`(?m)(?:^|\r)[ \t]*https?://[^\s<>"]+[ \t]*\r?$`)
	listingRoot = regexp.MustCompile(`(?i)<(?:[\w.-]+:)?(?:rss|rdf|feed|channel|urlset|sitemapindex)[\s>/]`)
	jsonVersion = regexp.MustCompile(`"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org`)
)

// Is says whether a body that came for a page is a feed or sitemap.
func Is(body []byte, contentType string) bool {
	r := &reader{each: func(Entry) {}}
	in := bufio.NewReaderSize(bytes.NewReader(body[:min(len(body), 4*listingHead)]), listingHead)
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return false
		}
		in = bufio.NewReaderSize(z, listingHead)
	}
	in, err := decoded(in, contentType)
	if err != nil {
		return false
	}
	_ = r.read(in) // cut off
	return r.Format != "" && (r.Format != "sitemap_text" || isListOfAddresses(body))
}

// isListOfAddresses says whether a text has nothing but addresses: one may begin with an address, and be an article.
func isListOfAddresses(text []byte) bool {
	n := 0
	for line := range bytes.FieldsFuncSeq(text[:min(len(text), listingHead)], func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if n++; !hasScheme(line) || bytes.ContainsRune(line, ' ') {
			return false
		}
	}
	return n > 1
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

// readText reads one address a line. What is no address is passed over.
func (r *reader) readText(in *bufio.Reader) error {
	r.Format = "sitemap_text"
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			err = nil // longer than any address, or a file with other ends of lines
		}
		for len(line) > len("http://") { // many servers end their lines in another way than "\n"
			part, rest, _ := bytes.Cut(line, []byte("\r"))
			line = rest
			part, _, _ = bytes.Cut(bytes.TrimLeft(part, " \t\ufeff\x00"), []byte("\t"))
			if !hasScheme(part) {
				continue
			}
			if u, ok := Resolve(r.base, cleanText(part)); ok {
				if err := r.add(Entry{URL: u}); err != nil {
					return err
				}
			}
		}
		if err != nil {
			return noEnd(err)
		}
	}
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
	m, ok := cleaner.ParseMoment(s, language, r.base)
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

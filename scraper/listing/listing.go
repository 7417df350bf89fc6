// Package listing reads what lists a site's articles: feeds (RSS 0.9 to 2.0, RDF, Atom, JSON Feed) and sitemaps (urlset,
// index, news extension, plain text). Bytes come in, each [Entry] is handed on as it is met, and a [Summary] tells of the
// whole.
//
// [Read] asks nobody which of these a document is: its first bytes say. A document may be gzipped, in any charset, cut off,
// and begin with the warnings of the program that made it. Nothing in it is an error as long as it has entries. Memory
// is bounded whatever comes: no tree, no recursion, no entity expanded, 50,000 addresses of a sitemap and 5,000 of a feed.
//
// entry.go has what all forms share, listing.go finds out what a document is, encoding.go makes text of it, elements.go
// reads tags over markup.go, and jsonfeed.go JSON.
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

	"newsmill/cleaner/charset"
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

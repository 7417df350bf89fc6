package scraper

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"newsmill/cleaner"
	"newsmill/storage"
)

// Bounds of one sitemap. sitemaps.org sets both: "no more than 50,000 URLs and must be no larger than 50MB
// (52,428,800 bytes)", uncompressed.
const (
	maxSitemapURLs  = 50_000
	maxSitemapBytes = 52_428_800
)

// entry is an address that a feed or sitemap lists, with what it says of it.
type entry struct {
	URL      string // absolute
	Hint     storage.Hint
	IsNested bool // a sitemap in an index
}

// listing is what is known of a feed or sitemap once it is read.
type listing struct {
	Format    string // "rss", "atom", "json", "sitemap", "sitemap_index", "news_sitemap", "sitemap_text"
	Entries   int
	NewestAt  time.Time // greatest date of its entries
	Truncated string    // why the rest was left out; empty: it was read whole
}

// errNoSitemap means that the body is neither a sitemap nor a feed.
var errNoSitemap = errors.New("neither a sitemap nor a feed")

// readSitemap reads a sitemap of any kind (urlset, index, news extension, plain text; gzipped or not, whatever its
// name and headers say) and hands on its entries as they come, in constant memory. Damage ends the reading, not
// the run: what came before it counts.
func readSitemap(body io.Reader, base *url.URL, each func(entry)) (listing, error) {
	limited := &io.LimitedReader{R: body, N: maxSitemapBytes + 1}
	in := bufio.NewReaderSize(limited, 4096)
	for range 2 { // a gzipped file that the server gzips once more is common
		if head, _ := in.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
			break
		}
		z, err := gzip.NewReader(in)
		if err != nil {
			return listing{}, fmt.Errorf("gzip: %w", err)
		}
		defer z.Close()
		limited = &io.LimitedReader{R: z, N: maxSitemapBytes + 1}
		in = bufio.NewReaderSize(limited, 4096)
	}
	head, err := in.Peek(512)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return listing{}, err
	}
	r := sitemapReader{base: base, each: each}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(head) == 0:
		return listing{}, errNoSitemap
	case bytes.HasPrefix(head, []byte("http://")), bytes.HasPrefix(head, []byte("https://")):
		err = r.readText(in)
	default:
		err = r.readXML(in)
	}
	if limited.N <= 0 && r.Truncated == "" {
		r.Truncated = fmt.Sprintf("larger than %d bytes", maxSitemapBytes)
	}
	if r.Entries > 0 {
		if err != nil && r.Truncated == "" {
			r.Truncated = err.Error()
		}
		return r.listing, nil
	}
	return r.listing, err
}

type sitemapReader struct {
	listing
	base *url.URL
	each func(entry)
}

func (r *sitemapReader) readText(in *bufio.Reader) error {
	r.Format = "sitemap_text"
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<10)
	for lines.Scan() && r.add(strings.TrimPrefix(lines.Text(), "\ufeff"), storage.Hint{}, false) {
	}
	return lines.Err()
}

// readXML goes by the path of local names, whatever the prefixes: url>loc counts, url>image>loc doesn't.
func (r *sitemapReader) readXML(in io.Reader) error {
	d := xml.NewDecoder(in)
	d.Strict = false // entities that nobody declared, bare ampersands; custom entities are never expanded
	d.Entity = xml.HTMLEntity
	d.CharsetReader = charset.NewReaderLabel
	var path []string
	var text strings.Builder
	var loc string
	var hint storage.Hint
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			if r.Format == "" {
				return errNoSitemap
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			name := strings.ToLower(t.Name.Local)
			if len(path) == 0 && !r.begin(name) {
				return errNoSitemap
			}
			if name == "url" || name == "sitemap" {
				loc, hint = "", storage.Hint{}
			}
			path = append(path, name)
			text.Reset()
			if len(path) > 32 {
				return errors.New("elements nested too deeply for a sitemap")
			}
		case xml.CharData:
			if text.Len() < 8<<10 { // an address of more is none
				text.Write(t)
			}
		case xml.EndElement:
			value := strings.TrimSpace(text.String())
			text.Reset()
			switch strings.Join(path[min(1, len(path)):], ">") {
			case "url>loc", "sitemap>loc":
				loc = value
			case "url>lastmod", "sitemap>lastmod":
				hint.ModifiedAt = parseW3CTime(value)
			case "url>news>publication_date":
				hint.PublishedAt = parseW3CTime(value)
				r.Format = "news_sitemap"
			case "url>news>title":
				hint.Title = value
			case "url>news>publication>language":
				hint.Language = value
			case "url", "sitemap":
				if loc != "" && !r.add(loc, hint, path[len(path)-1] == "sitemap") {
					return nil
				}
			}
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		}
	}
}

// begin takes the root element's name, and says whether it is a sitemap's.
func (r *sitemapReader) begin(name string) bool {
	switch name {
	case "urlset":
		r.Format = "sitemap"
	case "sitemapindex":
		r.Format = "sitemap_index"
	default:
		return false
	}
	return true
}

// add hands on an entry and says whether more are wanted.
func (r *sitemapReader) add(raw string, hint storage.Hint, nested bool) bool {
	u, ok := resolve(r.base, raw)
	if !ok {
		return true
	}
	if r.Entries == maxSitemapURLs {
		r.Truncated = fmt.Sprintf("more than %d addresses", maxSitemapURLs)
		return false
	}
	r.Entries++
	for _, at := range []time.Time{hint.PublishedAt, hint.ModifiedAt} {
		if at.After(r.NewestAt) {
			r.NewestAt = at
		}
	}
	r.each(entry{URL: u, Hint: hint, IsNested: nested})
	return true
}

// resolve makes an absolute http(s) address of what a document says, or reports that it is none.
func resolve(base *url.URL, raw string) (string, bool) {
	u, err := cleaner.ResolveURL(base, raw)
	return u, err == nil
}

// w3cLayouts are the forms of W3C's date and time format, and what is written in its place.
var w3cLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05",
	"2006-01-02T15:04:05-0700", "2006-01-02T15:04:05.999-0700", "2006-01-02T15:04", "2006-01", "2006", time.RFC1123Z, time.RFC1123,
}

// parseW3CTime returns the zero time for what is no date.
func parseW3CTime(s string) time.Time {
	for _, layout := range w3cLayouts {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1980 {
			return t.UTC()
		}
	}
	return time.Time{}
}

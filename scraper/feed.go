package scraper

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"newsmill/storage"
)

// maxFeedEntries bounds one feed: the longest that news sites publish hold some hundreds.
const maxFeedEntries = 5_000

// readFeed reads RSS 0.9x to 2.0, RDF, Atom or JSON Feed and hands on its entries. XML that no parser takes is
// read once more as a string of tags.
func readFeed(body []byte, contentType string, base *url.URL, each func(entry)) (listing, error) {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n\x00")
	if len(body) == 0 {
		return listing{}, errors.New("the feed is empty")
	}
	f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err == nil && len(f.Items) > 0 {
		return readItems(f, base, each), nil
	}
	l, ok := scanFeed(body, contentType, base, each)
	switch {
	case ok:
		return l, nil
	case err != nil:
		return listing{}, fmt.Errorf("no feed: %w", err)
	}
	return listing{Format: feedFormat(f)}, nil // a feed without entries
}

func readItems(f *gofeed.Feed, base *url.URL, each func(entry)) listing {
	l := listing{Format: feedFormat(f)}
	for _, it := range f.Items[:min(len(f.Items), maxFeedEntries)] {
		raw := it.Link
		// FeedBurner puts a counter in place of the address, and the address beside it.
		if e := it.Extensions["feedburner"]["origLink"]; len(e) > 0 && e[0].Value != "" {
			raw = e[0].Value
		}
		if raw == "" && (strings.HasPrefix(it.GUID, "http://") || strings.HasPrefix(it.GUID, "https://")) {
			raw = it.GUID // RSS 2.0: a guid is a permalink unless it says otherwise
		}
		u, ok := resolve(base, raw)
		if !ok {
			continue
		}
		h := storage.Hint{Title: strings.TrimSpace(it.Title), Language: f.Language}
		if it.PublishedParsed != nil {
			h.PublishedAt = it.PublishedParsed.UTC()
		}
		if it.UpdatedParsed != nil {
			h.ModifiedAt = it.UpdatedParsed.UTC()
		}
		l.add(u, h, each)
	}
	return l
}

func (l *listing) add(u string, h storage.Hint, each func(entry)) {
	if h.PublishedAt.After(l.NewestAt) {
		l.NewestAt = h.PublishedAt
	}
	if h.ModifiedAt.After(l.NewestAt) {
		l.NewestAt = h.ModifiedAt
	}
	l.Entries++
	each(entry{URL: u, Hint: h})
}

func feedFormat(f *gofeed.Feed) string {
	if f == nil || f.FeedType == "" {
		return "rss"
	}
	return f.FeedType
}

// scanFeed reads a damaged feed with a tokenizer that stops at nothing: an item begins with <item> or <entry>, and
// its link, title and date are the texts of the elements of these names. It reports whether this is a feed at all.
func scanFeed(body []byte, contentType string, base *url.URL, each func(entry)) (listing, bool) {
	in, err := charset.NewReader(bytes.NewReader(body), contentType)
	if err != nil {
		in = bytes.NewReader(body)
	}
	var l listing
	var item *scannedItem
	var field string
	z := html.NewTokenizer(io.LimitReader(in, maxSitemapBytes))
	z.AllowCDATA(true)
	for l.Entries < maxFeedEntries {
		switch z.Next() {
		case html.ErrorToken:
			if item != nil {
				item.emit(&l, base, each)
			}
			return l, l.Format != ""
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			field = ""
			switch t.Data {
			case "rss", "rdf:rdf":
				l.Format = "rss"
			case "feed":
				l.Format = "atom"
			case "html", "body":
				if l.Format == "" {
					return l, false
				}
			case "item", "entry":
				if item != nil {
					item.emit(&l, base, each)
				}
				if l.Format == "" {
					continue // of something else
				}
				item = &scannedItem{about: tokenAttr(t, "rdf:about")}
			case "title", "guid", "pubdate", "dc:date", "published", "updated", "id", "feedburner:origlink":
				field = t.Data
			case "link":
				field = t.Data
				if rel := tokenAttr(t, "rel"); item != nil && (rel == "" || rel == "alternate") && item.texts["href"] == "" {
					item.set("href", tokenAttr(t, "href"))
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			field = ""
			if n := string(name); item != nil && (n == "item" || n == "entry") {
				item.emit(&l, base, each)
				item = nil
			}
		case html.TextToken:
			if item != nil && field != "" {
				item.set(field, item.texts[field]+string(z.Text()))
			}
		}
	}
	return l, l.Format != ""
}

func tokenAttr(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// scannedItem holds the texts of an item by the names of their elements.
type scannedItem struct {
	about string
	texts map[string]string
}

func (s *scannedItem) set(field, value string) {
	if s.texts == nil {
		s.texts = map[string]string{}
	}
	if len(value) < maxURLBytes {
		s.texts[field] = value
	}
}

func (s *scannedItem) emit(l *listing, base *url.URL, each func(entry)) {
	for _, raw := range []string{s.texts["feedburner:origlink"], s.texts["link"], s.texts["href"], s.texts["guid"], s.texts["id"], s.about} {
		if u, ok := resolve(base, html.UnescapeString(raw)); ok && strings.Contains(raw, "/") {
			h := storage.Hint{Title: strings.TrimSpace(html.UnescapeString(s.texts["title"]))}
			for _, d := range []string{s.texts["pubdate"], s.texts["published"], s.texts["dc:date"]} {
				if h.PublishedAt.IsZero() {
					h.PublishedAt = parseFeedTime(d)
				}
			}
			h.ModifiedAt = parseFeedTime(s.texts["updated"])
			l.add(u, h, each)
			return
		}
	}
}

func parseFeedTime(s string) time.Time {
	s = strings.TrimSpace(s)
	if t := parseW3CTime(s); !t.IsZero() {
		return t
	}
	for _, layout := range []string{"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04 -0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

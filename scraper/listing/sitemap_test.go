package listing

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"
)

// shown is an entry as the tables of these tests write it.
func shown(e Entry) string {
	s := e.URL
	if e.IsNested {
		s = "[" + s + "]"
	}
	if !e.PublishedAt.IsZero() {
		s += " " + e.PublishedAt.Format(time.RFC3339)
	}
	if !e.ModifiedAt.IsZero() {
		s += " ~" + e.ModifiedAt.Format("2006-01-02")
	}
	if e.Title != "" {
		s += " " + e.Title
	}
	if e.Language != "" {
		s += " (" + e.Language + ")"
	}
	return s
}

const plainMap = `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://harbour.example/news/ferry
</loc><lastmod>2026-11-02T10:00:00+01:00</lastmod><image:image><image:loc>https://harbour.example/ferry.jpg</image:loc></image:image></url>
<url><loc>/news/tide?a=1&amp;b=2</loc></url>
</urlset>`

func TestSitemapsAreReadInEveryForm(t *testing.T) {
	plain := []string{"https://harbour.example/news/ferry ~2026-11-02", "https://harbour.example/news/tide?a=1&b=2"}
	for name, c := range map[string]struct {
		body   string
		format string
		want   []string
	}{
		"urlset":            {plainMap, "sitemap", plain},
		"gzip":              {zipped(plainMap), "sitemap", plain},
		"gzip twice":        {zipped(zipped(plainMap)), "sitemap", plain},
		"byte order mark":   {"\ufeff" + plainMap, "sitemap", plain},
		"bare ampersand":    {strings.ReplaceAll(plainMap, "&amp;", "&"), "sitemap", plain},
		"cut in the middle": {plainMap[:strings.LastIndex(plainMap, "</url>")+6], "sitemap", plain},
		"index": {
			`<sitemapindex><sitemap><loc>https://harbour.example/a.xml.gz</loc><lastmod>2026-11</lastmod></sitemap></sitemapindex>`, "sitemap_index",
			[]string{"[https://harbour.example/a.xml.gz] ~2026-11-01"},
		},
		"news": {
			`<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://harbour.example/1</loc><n:news><n:publication>
			<n:name>Harbour Post</n:name><n:language>en</n:language></n:publication><n:publication_date>2026-11-03T06:00:00Z</n:publication_date>
			<n:title>The ferry &amp; the tide</n:title></n:news></url></urlset>`, "news_sitemap",
			[]string{"https://harbour.example/1 2026-11-03T06:00:00Z The ferry & the tide (en)"},
		},
		"text":            {"https://harbour.example/1\r\n\r\nhttps://harbour.example/2\r\nnonsense at all\r\n", "sitemap_text", []string{"https://harbour.example/1", "https://harbour.example/2"}},
		"latin1":          {"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><urlset><url><loc>https://harbour.example/caf\xe9</loc></url></urlset>", "sitemap", []string{"https://harbour.example/caf%C3%A9"}},
		"no addresses":    {`<urlset></urlset>`, "sitemap", nil},
		"foreign schemes": {`<urlset><url><loc>ftp://harbour.example/1</loc></url><url><loc>javascript:alert(1)</loc></url></urlset>`, "sitemap", nil},
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := url.Parse("https://harbour.example/sitemap.xml")
			var got []string
			l, err := Read(strings.NewReader(c.body), "", base, func(e Entry) { got = append(got, shown(e)) })
			if err != nil || l.Format != c.format || fmt.Sprint(got) != fmt.Sprint(c.want) || l.Entries != len(c.want) {
				t.Errorf("got %s with %d: %q, %v\nwant %s: %q", l.Format, l.Entries, got, err, c.format, c.want)
			}
		})
	}
}

func TestWhatIsNoSitemapIsRefused(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "page": "<!doctype html><html><body>404</body></html>", "words": "not found", "JSON": `{"a": 1}`, "broken gzip": "\x1f\x8b\x08nonsense",
	} {
		if l, err := Read(strings.NewReader(body), "", nil, func(Entry) {}); err == nil {
			t.Errorf("%s: read as %+v, want an error", name, l)
		}
	}
}

func TestSitemapLimitsHold(t *testing.T) {
	n := 0
	pr, pw := io.Pipe()
	go func() {
		fmt.Fprint(pw, "<urlset>")
		for i := range maxSitemapURLs + 10 {
			fmt.Fprintf(pw, "<url><loc>https://a.example/%d</loc></url>", i)
		}
		pw.Close()
	}()
	l, err := Read(pr, "", nil, func(Entry) { n++ })
	pr.Close()
	if err != nil || n != maxSitemapURLs || l.Truncated == "" {
		t.Errorf("%d addresses, %+v, %v: want %d and a note", n, l, err, maxSitemapURLs)
	}
	// A billionfold entity stays the text that it is.
	bomb := `<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>`
	var got []string
	base, _ := url.Parse("https://a.example/")
	if _, err := Read(strings.NewReader(bomb), "", base, func(e Entry) { got = append(got, e.URL) }); err != nil || len(got) != 1 || strings.Contains(got[0], "aaaa") {
		t.Errorf("entities: %q, %v", got, err)
	}
}

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

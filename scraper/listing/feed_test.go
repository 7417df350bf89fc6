package listing

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestFeedsAreReadInEveryForm(t *testing.T) {
	one := []string{"https://harbour.example/1 2026-11-03T06:00:00Z Ferry & tide"}
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"RSS 2.0": {`<?xml version="1.0"?><rss version="2.0"><channel><title>H</title><item><title>Ferry &amp; tide</title><link>https://harbour.example/1</link>
			<pubDate>Tue, 03 Nov 2026 06:00:00 +0000</pubDate><guid isPermaLink="false">x1</guid></item></channel></rss>`, one},
		"RSS 0.91": {`<rss version="0.91"><channel><title>H</title><item><title>Ferry</title><link>/1</link></item></channel></rss>`, []string{"https://harbour.example/1 Ferry"}},
		"RDF": {
			`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
			<channel rdf:about="https://harbour.example/"><title>H</title></channel>
			<item rdf:about="https://harbour.example/1"><title>Ferry &amp; tide</title><link>https://harbour.example/1</link><dc:date>2026-11-03T07:00:00+01:00</dc:date></item></rdf:RDF>`,
			[]string{"https://harbour.example/1 2026-11-03T06:00:00Z Ferry & tide"},
		},
		"Atom": {`<feed xmlns="http://www.w3.org/2005/Atom"><title>H</title><entry><title>Ferry &amp; tide</title><link rel="self" href="/1.atom"/><link rel="alternate" href="/1"/>
			<published>2026-11-03T06:00:00Z</published><id>tag:x</id></entry></feed>`, one},
		"JSON Feed":  {`{"version":"https://jsonfeed.org/version/1.1","title":"H","items":[{"id":"1","url":"https://harbour.example/1","title":"Ferry & tide","date_published":"2026-11-03T06:00:00Z"}]}`, one},
		"permalink":  {`<rss version="2.0"><channel><item><guid>https://harbour.example/1</guid></item></channel></rss>`, []string{"https://harbour.example/1"}},
		"feedburner": {`<rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><item><link>https://feeds.example/~r/1</link><feedburner:origLink>https://harbour.example/1</feedburner:origLink></item></channel></rss>`, []string{"https://harbour.example/1"}},
		"undeclared entity, unclosed tag": {`<rss version="2.0"><channel><title>H</title><description>News & views &nbsp; <br></description><item><title>Ferry &amp; tide</title><link>https://harbour.example/1</link>
			<pubDate>Tue, 03 Nov 2026 06:00:00 +0000</pubDate></item></channel></rss>`, one},
		"unclosed item": {
			`<rss version="2.0"><channel><item><title>Ferry</title><link>https://harbour.example/1</link><item><title>Tide</title><link>https://harbour.example/2</link></channel>`,
			[]string{"https://harbour.example/1 Ferry", "https://harbour.example/2 Tide"},
		},
		"text before":  {"\n\n  <?xml version=\"1.0\"?><rss version=\"2.0\"><channel><item><link>https://harbour.example/1</link></item></channel></rss>", []string{"https://harbour.example/1"}},
		"windows-1252": {"<?xml version=\"1.0\" encoding=\"windows-1252\"?><rss version=\"2.0\"><channel><item><title>Caf\xe9</title><link>https://harbour.example/1</link></item></channel></rss>", []string{"https://harbour.example/1 Café"}},
		"no entries":   {`<rss version="2.0"><channel><title>H</title></channel></rss>`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := url.Parse("https://harbour.example/feed")
			var got []string
			l, err := Read(strings.NewReader(c.body), "", base, func(e Entry) { got = append(got, shown(e)) })
			if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) || l.Entries != len(c.want) {
				t.Errorf("got %q, %+v, %v\nwant %q", got, l, err, c.want)
			}
		})
	}
}

func TestWhatIsNoFeedIsRefused(t *testing.T) {
	for name, body := range map[string]string{
		"empty": " ", "page": "<!doctype html><html><head><title>404</title></head><body><item><link>https://a.example/1</link></item></body></html>", "words": "not found",
	} {
		if l, err := Read(strings.NewReader(body), "text/html", nil, func(Entry) {}); err == nil {
			t.Errorf("%s: read as %+v, want an error", name, l)
		}
	}
}

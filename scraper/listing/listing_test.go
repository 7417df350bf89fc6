package listing

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func utf16Bytes(s string, endian unicode.Endianness, bom unicode.BOMPolicy) string {
	b, _ := unicode.UTF16(endian, bom).NewEncoder().String(s)
	return b
}

// rssOf is a feed with one item.
func rssOf(item string) string {
	return `<rss version="2.0"><channel><title>H</title><link>https://harbour.example/</link><item>` + item + `</item></channel></rss>`
}

// TestListingsAreReadAsTheyAreMeant: what feeds and sitemaps on the web are like, wherever they are said to be the other.
func TestListingsAreReadAsTheyAreMeant(t *testing.T) {
	const one, two = "https://harbour.example/1", "https://harbour.example/2"
	plainRSS := rssOf("<title>Café</title><link>" + one + "</link>")
	cafe := []string{one + " Café"}
	cyrillic, _ := charmap.Windows1251.NewEncoder().String(`<?xml version="1.0" encoding="windows-1251"?>` + rssOf("<title>Паром</title><link>"+one+"</link>"))
	kanji, _ := japanese.ISO2022JP.NewEncoder().String(`<?xml version="1.0" encoding="iso-2022-jp"?>` + rssOf("<title>船便</title><link>"+one+"</link>"))
	hanzi, _ := simplifiedchinese.GBK.NewEncoder().String(`<?xml version="1.0" encoding="gb2312"?>` + rssOf("<title>渡轮</title><link>"+one+"</link>"))
	warning := "<br />\n<b>Notice</b>:  Undefined variable: x in <b>/srv/map.php</b> on line <b>7</b><br />\n"
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		// What stands before the root.
		"warning":                  {warning + `<?xml version="1.0"?>` + plainRSS, cafe},
		"warning in words":         {"Warning: foo() in /srv/f.php on line 7\n\n" + plainRSS, cafe},
		"warning in a table":       {"<table class='xdebug'><tr><th>( ! )</th><td>Notice</td></tr></table>" + plainMap, []string{"https://harbour.example/news/ferry ~2026-11-02", "https://harbour.example/news/tide?a=1&b=2"}},
		"comment":                  {"<!-- cached <b> 12:00 -->" + plainRSS, cafe},
		"program":                  {"<?php if (1 > 0) { echo '<rss>'; } ?>" + plainRSS, cafe},
		"declaration half open":    {`<?xml version="1.0" encoding="UTF-8">` + plainRSS, cafe},
		"marks, twice":             {"\ufeff\ufeff\n" + plainRSS, cafe},
		"mark written as Latin-1":  {"ï»¿" + plainRSS, cafe},
		"doctype with entities":    {`<!DOCTYPE rss [<!ENTITY nbsp "&#160;"> <!ENTITY % x SYSTEM "file:///etc/passwd">]>` + plainRSS, cafe},
		"old doctype":              {`<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">` + plainRSS, cafe},
		"warning before JSON":      {warning + `{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "` + one + `", "title": "Café"}]}`, cafe},
		"warning before addresses": {"PHP Warning: no cache\n" + one + "\n" + two + "\n", []string{one, two}},
		"no rss element":           {"<channel><item><title>Café</title><link>" + one + "</link></item></channel>", cafe},

		// Charsets.
		"UTF-16":                        {utf16Bytes(`<?xml version="1.0" encoding="utf-16"?>`+plainRSS, unicode.LittleEndian, unicode.UseBOM), cafe},
		"UTF-16, big":                   {utf16Bytes(plainRSS, unicode.BigEndian, unicode.UseBOM), cafe},
		"UTF-16, no mark":               {utf16Bytes(plainRSS, unicode.LittleEndian, unicode.IgnoreBOM), cafe},
		"UTF-16, big, no mark":          {utf16Bytes(plainRSS, unicode.BigEndian, unicode.IgnoreBOM), cafe},
		"said to be UTF-16":             {`<?xml version="1.0" encoding="utf-16"?>` + plainRSS, cafe},
		"mark, and another said":        {"\ufeff" + `<?xml version="1.0" encoding="iso-8859-1"?>` + plainRSS, cafe},
		"UTF-8, and another said":       {`<?xml version="1.0" encoding="windows-1251"?>` + plainRSS, cafe},
		"unknown charset":               {`<?xml version="1.0" encoding="x-unknown"?>` + plainRSS, cafe},
		"Latin-1 in UTF-8":              {`<?xml version="1.0" encoding="utf-8"?>` + strings.ReplaceAll(plainRSS, "é", "\xe9"), cafe},
		"windows-1251":                  {cyrillic, []string{one + " Паром"}},
		"GBK":                           {hanzi, []string{one + " 渡轮"}},
		"ISO-2022-JP":                   {kanji, []string{one + " 船便"}},
		"UTF-16 sitemap":                {utf16Bytes("<urlset><url><loc>"+one+"</loc></url></urlset>", unicode.LittleEndian, unicode.UseBOM), []string{one}},
		"UTF-16 list":                   {utf16Bytes(one+"\r\n"+two+"\r\n", unicode.LittleEndian, unicode.UseBOM), []string{one, two}},
		"UTF-16 JSON":                   {utf16Bytes(`{"version": "https://jsonfeed.org/version/1", "items": [{"url": "/1", "title": "Café"}]}`, unicode.BigEndian, unicode.UseBOM), cafe},
		"control characters":            {rssOf("<title>Ca\x0bf\x00é\x1b</title><link>" + one + "\x08</link>"), cafe},
		"control characters as numbers": {rssOf("<title>Caf&#x1b;é</title><link>" + one + "</link>"), cafe},

		// Markup.
		"entities of HTML":         {rssOf("<title>Caf&eacute;</title><description>&nbsp;&rsquo;</description><link>" + one + "</link>"), cafe},
		"bare ampersands":          {rssOf("<title>A & B</title><link>" + one + "?a=1&copy=2&b</link>"), []string{one + "?a=1&copy=2&b A & B"}},
		"escaped twice":            {rssOf("<link>" + one + "?a=1&amp;amp;b=2</link>"), []string{one + "?a=1&b=2"}},
		"escaped in CDATA":         {rssOf("<title><![CDATA[A <b>&]]></title><link><![CDATA[ " + one + "?a=1&amp;b=2 ]]></link>"), []string{one + "?a=1&b=2 A &"}},
		"bare less-than":           {rssOf("<title>1 < 2 <3</title><link>" + one + "</link>"), []string{one + " 1 < 2 <3"}},
		"CDATA in pieces":          {rssOf("<title>A <![CDATA[B]]> C</title><link>" + one + "</link>"), []string{one + " A B C"}},
		"unclosed fields":          {"<rss><channel><item><title>Ferry<link>" + one + "<pubDate>Tue, 03 Nov 2026 06:00:00 GMT</item><item><link>" + two, []string{one + " 2026-11-03T06:00:00Z Ferry"}},
		"unclosed HTML":            {rssOf("<description><p>a<br><p>b<ul><li>c<li>d</description><link>" + one + "</link>"), []string{one}},
		"upper case":               {"<RSS><CHANNEL><ITEM><TITLE>Ferry</TITLE><LINK>" + one + "</LINK></ITEM></CHANNEL></RSS>", []string{one + " Ferry"}},
		"upper case sitemap":       {"<URLSET><URL><LOC>" + one + "</LOC><LASTMOD>2026-11-02</LASTMOD></URL></URLSET>", []string{one + " ~2026-11-02"}},
		"a title of other things":  {rssOf("<media:title>No</media:title><image><title>No</title><link>" + two + "</link></image><itunes:title>No</itunes:title><title>Ferry</title><link>" + one + "</link>"), []string{one + " Ferry"}},
		"title of markup":          {`<feed><entry><title type="xhtml"><div>The <b>ferry</b></div></title><link href="/1"/></entry></feed>`, []string{one + " The ferry"}},
		"every prefix":             {`<ns0:feed xmlns:ns0="http://www.w3.org/2005/Atom"><ns0:entry><ns0:title>Ferry</ns0:title><ns0:link href="/1"/></ns0:entry></ns0:feed>`, []string{one + " Ferry"}},
		"sitemap with a prefix":    {`<sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"><sm:url><sm:loc>` + one + `</sm:loc></sm:url></sm:urlset>`, []string{one}},
		"image without its parent": {`<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><image:loc>/a.jpg</image:loc><loc>` + one + `</loc></url></urlset>`, []string{one}},
		"video": {
			`<urlset xmlns:v="http://www.google.com/schemas/sitemap-video/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml"><url><loc>` + one + `</loc><xhtml:link rel="alternate" hreflang="de" href="/de"/>
			<v:video><v:title>No</v:title><v:publication_date>2020-01-01</v:publication_date><v:player_loc>/p</v:player_loc></v:video></url></urlset>`, []string{one},
		},
		"unclosed url":            {"<urlset><url><loc>" + one + "<url><loc>" + two + "</url></urlset>", []string{one, two}},
		"two addresses in a url":  {"<urlset><url><loc>" + one + "</loc><loc>" + two + "</loc></url></urlset>", []string{one, two}},
		"loc as CDATA":            {"<urlset><url><loc><![CDATA[\n" + one + "?a&amp;b\n]]></loc></url></urlset>", []string{one + "?a&b"}},
		"loc with a line break":   {"<urlset><url><loc>https://harbour.example/news/\n      ferry</loc></url></urlset>", []string{"https://harbour.example/news/ferry"}},
		"sitemap after a sitemap": {"<urlset><url><loc>" + one + "</loc></url></urlset>\n<?xml version='1.0'?><urlset><url><loc>" + two + "</loc></url></urlset>", []string{one, two}},
		"lines of old Macs":       {one + "\r" + two + "\r", []string{one, two}},
		"lines with more":         {one + "\t2026-11-02\tdaily\n# end\n\n" + two, []string{one, two}},
		"damaged in the middle":   {"<urlset><url><loc>" + one + "</loc></url><url><loc>" + two, []string{one}},

		// Addresses.
		"atom:link in RSS":         {rssOf(`<atom:link href="` + one + `"/>`), []string{one}},
		"a10:link":                 {`<rss xmlns:a10="http://www.w3.org/2005/Atom"><channel><item><a10:link href="/1"/><a10:updated>2026-11-03T06:00:00Z</a10:updated></item></channel></rss>`, []string{one + " 2026-11-03T06:00:00Z ~2026-11-03"}},
		"the full name of a rel":   {`<feed><entry><link rel="http://www.iana.org/assignments/relation/alternate" href="/1"/></entry></feed>`, []string{one}},
		"rels in other case":       {`<feed><entry><link rel="SELF" href="/x"/><link rel="Alternate" href="/1"/></entry></feed>`, []string{one}},
		"links of other kinds":     {`<feed><entry><link rel="replies" href="/r"/><link rel="enclosure" href="/e.mp3"/><link rel="alternate" type="application/json" href="/j"/><link type="text/html" href="/1"/></entry></feed>`, []string{one}},
		"self alone":               {`<feed><entry><id>urn:uuid:1</id><link rel="self" href="/1"/></entry></feed>`, []string{one}},
		"id alone":                 {`<feed><entry><id>` + one + `</id></entry></feed>`, []string{one}},
		"empty link, then guid":    {rssOf("<link/><guid>" + one + "</guid>"), []string{one}},
		"relative guid":            {rssOf(`<guid isPermaLink="true">/1</guid>`), []string{one}},
		"guid that is none":        {rssOf(`<guid isPermaLink="false">/1</guid>`), nil},
		"link with href":           {rssOf(`<link href="/1"/>`), []string{one}},
		"feed: for http:":          {rssOf("<link>feed://harbour.example/1</link>"), []string{"http://harbour.example/1"}},
		"feed: before https:":      {rssOf("<link>feed:" + one + "</link>"), []string{one}},
		"base":                     {`<feed xml:base="https://harbour.example/news/"><entry xml:base="2026/"><link href="1"/></entry></feed>`, []string{"https://harbour.example/news/2026/1"}},
		"base of the link":         {`<feed><entry><link xml:base="/news/" href="1"/></entry></feed>`, []string{"https://harbour.example/news/1"}},
		"carried by another host":  {`<rss><channel><link>https://other.example/</link><item><link>/1</link></item></channel></rss>`, []string{"https://other.example/1"}},
		"about alone":              {`<rdf:RDF><item rdf:about="` + one + `"><title>Ferry</title></item></rdf:RDF>`, []string{one + " Ferry"}},
		"source of an entry":       {`<feed><entry><source><id>x</id><link href="/s"/><title>No</title></source><link href="/1"/><title>Ferry</title></entry></feed>`, []string{one + " Ferry"}},
		"words in place of a link": {rssOf("<link>Read more here</link><guid>" + one + "</guid>"), []string{one}},
		"a stray % and a space":    {rssOf("<link>https://harbour.example/100%-sure thing</link>"), []string{"https://harbour.example/100%25-sure%20thing"}},
		"backslashes":              {rssOf(`<link>https:\\harbour.example\1</link>`), []string{one}},

		// JSON Feed.
		"numbers as ids":   {`{"version":"https://jsonfeed.org/version/1","items":[{"id":1,"url":"/1","title":"Ferry"}]}`, []string{one + " Ferry"}},
		"mark before JSON": {"\ufeff" + `{"version":"https://jsonfeed.org/version/1","items":[{"id":"` + one + `"}]}`, []string{one}},
		"commas too many":  {`{"items":[{"url":"/1","tags":["a",],},],"version":"https://jsonfeed.org/version/1",}`, []string{one}},
		"line in a string": {"{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"content_text\":\"a\nb\tc\",\"title\":\"Ferry \\u0026 \\\"tide\\\"\",\"url\":\"https:\\/\\/harbour.example\\/1\"}]}", []string{one + ` Ferry & "tide"`}},
		"deeper members":   {`{"version":"https://jsonfeed.org/version/1","items":[{"attachments":[{"url":"/no","title":"no"}],"author":{"url":"/no"},"url":"/1"}],"hubs":[{"url":"/no"}]}`, []string{one}},
		"external alone":   {`{"version":"https://jsonfeed.org/version/1","items":[{"external_url":"` + one + `"}]}`, []string{one}},
		"cut JSON":         {`{"version":"https://jsonfeed.org/version/1","items":[{"url":"/1"},{"url":"/2"`, []string{one}},
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := url.Parse("https://harbour.example/feed")
			var got []string
			l, err := Read(strings.NewReader(c.body), "", base, func(e Entry) { got = append(got, shown(e)) })
			if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) || l.Entries != len(c.want) {
				t.Errorf("got %q, %+v, %v\nwant %q", got, l, err, c.want)
			}
			if name != "lines with more" && !strings.HasPrefix(name, "warning before ad") && !strings.HasPrefix(name, "UTF-16 list") && !Is([]byte(c.body), "") {
				t.Error("is not known as what it is")
			}
		})
	}
}

// FuzzRead: whatever comes, what is handed on are addresses, in bounds and counted; and the same whether it comes at
// once or byte by byte.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`<rss version="2.0"><channel><item><link>https://a.example/1</link></item></channel></rss>`,
		`{"version":"https://jsonfeed.org/version/1","items":[{"url":"https://a.example/1"}]}`,
		`<feed xml:base="/x/"><entry><link href="1"><updated>2026-11-03`,
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><item rdf:about="/1"><dc:date>2026</dc:date></item></rdf:RDF>`,
		"<?xml version='1.0' encoding='windows-1251'?><!DOCTYPE rss [<!ENTITY a \"b\">]><rss><item><title><![CDATA[&amp;]]>&nbsp;</title><guid>/1</guid>",
		plainMap, zipped(plainMap), "https://a.example/\n", utf16Bytes(plainMap, unicode.LittleEndian, unicode.UseBOM),
		"<br />\n<b>Notice</b>\n<sitemapindex><sitemap><loc>/a.xml</loc></sitemap></sitemapindex>",
	} {
		f.Add([]byte(s), "text/xml")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		base, _ := url.Parse("https://a.example/")
		var first, second []string
		l, err := Read(bytes.NewReader(body), contentType, base, func(e Entry) {
			first = append(first, e.URL)
			if u, err := url.Parse(e.URL); err != nil || u.Host == "" || len(e.Title) > maxTitleBytes {
				t.Errorf("handed on %+v", e)
			}
		})
		n, most := len(first), maxSitemapURLs
		if l.isFeed() {
			most = maxFeedEntries
		}
		if n != l.Entries || n > most || n > 0 && err != nil {
			t.Errorf("%d addresses, but %+v, %v", n, l, err)
		}
		if _, err := Read(iotest.OneByteReader(bytes.NewReader(body)), contentType, base, func(e Entry) { second = append(second, e.URL) }); !slices.Equal(first, second) {
			t.Errorf("byte by byte %q, %v; at once %q", second, err, first)
		}
		Is(body, contentType)
	})
}

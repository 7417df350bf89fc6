package listing_test

import (
	"fmt"
	"net/url"
	"strings"

	"newsmill/scraper/listing"
)

func ExampleRead() {
	feed := `<rss version="2.0"><channel><title>Harbour Post</title>
		<item><title>The ferry &amp; the tide</title><link>/2026/ferry</link><pubDate>Tue, 03 Nov 2026 07:00:00 +0100</pubDate></item>
		<item><title>Bridge closed</title><link>/2026/bridge</link></item>
	</channel></rss>`
	base, _ := url.Parse("https://harbour.example/feed.xml")
	found, err := listing.Read(strings.NewReader(feed), "application/rss+xml", base, func(e listing.Entry) {
		fmt.Println(e.URL, e.Title)
	})
	fmt.Println(found.Format, found.Entries, found.NewestAt, err)
	// Output:
	// https://harbour.example/2026/ferry The ferry & the tide
	// https://harbour.example/2026/bridge Bridge closed
	// rss 2 2026-11-03 06:00:00 +0000 UTC <nil>
}

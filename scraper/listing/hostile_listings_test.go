package listing

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostileListings are documents of about 10 MB that are made to cost: the emptiest items, the deepest nesting, the
// longest of everything.
func hostileListings() map[string]func() string {
	const size = 9_900_000
	many := func(before, piece, after string) func() string {
		return func() string { return before + strings.Repeat(piece, size/len(piece)) + after }
	}
	const rss, endRSS = `<rss version="2.0" xmlns:a="http://a/"><channel><title>x</title>`, `</channel></rss>`
	const item = rss + `<item><link>https://a.example/1</link>`
	const json = `{"version":"https://jsonfeed.org/version/1","items":[`
	return map[string]func() string{
		"items":                       many(rss, "<item/>", endRSS),
		"items, closed":               many(rss, "<item></item>", endRSS),
		"items, unclosed":             many(rss, "<item>", ""),
		"items with links":            many(rss, "<item><link>/</link></item>", endRSS),
		"entries":                     many("<feed>", "<entry/>", "</feed>"),
		"entries with dates":          many("<feed>", "<entry><updated>1 2 3 4 5 6 7 8 9</updated></entry>", "</feed>"),
		"JSON items":                  many(json, "{},", "{}]}"),
		"JSON arrays":                 many(json, "[],", "{}]}"),
		"JSON, deep":                  many(json, "[", ""),
		"JSON, deep objects":          many(json, `{"a":`, ""),
		"JSON, a string":              many(json+`{"url":"`, "a", `"}]}`),
		"JSON, backslashes":           many(json+`{"url":"`, `\`, `"}]}`),
		"JSON, quotation marks":       many(json+`{"url":"`, `\"`, `"}]}`),
		"JSON, keys":                  many(json+"{", `"":"",`, "}]}"),
		"urls":                        many("<urlset>", "<url/>", "</urlset>"),
		"urls with empty loc":         many("<urlset>", "<url><loc/></url>", "</urlset>"),
		"locs":                        many("<urlset><url>", "<loc>/</loc>", "</url></urlset>"),
		"sitemaps":                    many("<sitemapindex>", "<sitemap/>", "</sitemapindex>"),
		"lines":                       many("https://a.example/\n", "\n", ""),
		"short lines":                 many("https://a.example/\n", "a\n", ""),
		"a line":                      many("https://a.example/", "a", ""),
		"carriage returns":            many("https://a.example/", "\r", ""),
		"categories":                  many(item, "<category/>", "</item>"+endRSS),
		"extensions":                  many(item, "<a:b/>", "</item>"+endRSS),
		"names of their own":          func() string { return item + numbered("<a%d/>", size) + "</item>" + endRSS },
		"name spaces":                 func() string { return "<rss " + numbered(`xmlns:a%d="b" `, size) + ">" },
		"deep":                        many(item+`<x xmlns="http://a/">`, "<b>", ""),
		"deep, and closed":            many(item, "<b></b>", ""),
		"ends of nothing":             many(item, "</b>", ""),
		"ends behind 190 beginnings":  many(item+numbered("<a%d>", 190*5), "</b>", ""),
		"paragraphs":                  many(item, "<p>", ""),
		"attributes":                  many(rss+"<item ", `a="b" `, "/>"+endRSS),
		"attributes that are wanted":  many(rss+"<item ", `href="b" `, "/>"+endRSS),
		"attributes without a value":  many(rss+"<item ", "a ", "/>"+endRSS),
		"slashes":                     many(rss+"<item ", "/", "/>"+endRSS),
		"quotation marks":             many(rss+"<item ", `"`, "/>"+endRSS),
		"equals signs":                many(rss+"<item ", `=`, "/>"+endRSS),
		"an attribute":                many(rss+`<item><link href="`, "a", `"/></item>`+endRSS),
		"an attribute without an end": many(rss+`<item><link href="`, "a", ``),
		"a name":                      many(rss+"<", "a", "/>"+endRSS),
		"a text":                      many(rss+"<item><link>", "a", "</link></item>"+endRSS),
		"a title":                     many(rss+"<item><title>", "a ", "</title></item>"+endRSS),
		"spaces":                      many(rss+"<item><link>", " ", "</link></item>"+endRSS),
		"less-thans":                  many(rss, "<", endRSS),
		"CDATA":                       many(rss+"<item><title><![CDATA[", "]", "]]></title></item>"+endRSS),
		"CDATA, greater-thans":        many(rss+"<item><title><![CDATA[", ">", "]]></title></item>"+endRSS),
		"CDATA sections":              many(rss+"<item><title>", "<![CDATA[]]>", "</title></item>"+endRSS),
		"comments":                    many(rss, "<!---->", endRSS),
		"a comment":                   many(rss+"<!--", "->", ""),
		"instructions":                many(rss, "<??>", endRSS),
		"declarations":                many(rss, "<!>", endRSS),
		"a declaration":               many("<!DOCTYPE rss [", `<!ENTITY a "&a;&a;">`, "]>"+rss+"<item/>"),
		"entities":                    many(rss+"<item><title>", "&amp;", "</title></item>"+endRSS),
		"ampersands":                  many(rss+"<item><title>", "&", "</title></item>"+endRSS),
		"tags before the root":        many("", "<b>", ""),
		"words before the root":       many("<b>", "a ", ""),
		"nothing":                     many("", "\x00", ""),
		"bytes":                       many("", "\xff\xfe", ""),
	}
}

func numbered(format string, size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestHostileListings reads them all. With -v it prints what each took.
func TestHostileListings(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 600 MB")
	}
	made := hostileListings()
	for _, name := range slices.Sorted(maps.Keys(made)) {
		body := made[name]()
		runtime.GC()
		began := processorTime()
		var l Summary
		var err error
		peak := memoryOf(t, func() { l, err = Read(strings.NewReader(body), "", nil, func(Entry) {}) })
		t.Logf("%-28s %5d ms  %4d MB more, %s %d entries, %v", name, (processorTime() - began).Milliseconds(), peak>>20, l.Format, l.Entries, err)
		if peak > 32<<20 {
			t.Errorf("%s: takes %d MB beside the document", name, peak>>20)
		}
	}
}

// processorTime is what the process used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memoryOf is what the process used at most while f ran, beyond what it used before, in bytes.
func memoryOf(t *testing.T, f func()) int64 {
	t.Helper()
	read := func(key string) int64 {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Skip("no /proc")
		}
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, key+":"); ok {
				kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
				return kb << 10
			}
		}
		return 0
	}
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Skip(err)
	}
	before := read("VmRSS")
	f()
	return read("VmHWM") - before
}

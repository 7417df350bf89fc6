package cleaner

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"newsmill/cleaner/article"
)

// TestHugePages cleans pages that no newsroom makes: each must come back within its time with an article or a clear
// error, and without memory out of proportion. What the test guards against is quadratic behaviour, which takes minutes.
func TestHugePages(t *testing.T) {
	if testing.Short() {
		t.Skip("pages of tens of megabytes")
	}
	mega := 2 << 20 // what is quadratic shows at two megabytes
	if longRun() {
		mega = 10 << 20
	}
	rep := strings.Repeat
	prose := "<p>The harbour office said on Friday that the ferry would leave on time, whatever the weather did to the pier.</p>\n"
	pages := map[string]string{
		"megabytes of prose":                    rep(prose, mega/len(prose)),
		"megabytes in one paragraph":            "<p>" + rep("The ferry leaves on time. ", mega/26),
		"megabytes of one word":                 "<p>" + rep("a", mega),
		"megabytes of Chinese":                  "<p>" + rep("渡轮准时离开港口。", mega/27),
		"100,000 deep":                          rep("<div>", 100_000) + prose,
		"100,000 deep and closed":               rep("<div>", 100_000) + prose + rep("</div>", 100_000),
		"100,000 deep quotes":                   rep("<blockquote>", 100_000) + prose,
		"100,000 deep lists":                    rep("<ul><li>", 50_000) + "an item",
		"100,000 deep inline":                   rep("<b>", 100_000) + prose,
		"100,000 deep tables":                   rep("<table><tr><td>", 33_000) + prose,
		"a million tags":                        rep("<i></i>", 500_000) + prose,
		"a million links":                       rep(`<a href="/a">x</a> `, 300_000),
		"a million breaks":                      rep("<br>", 1_000_000) + prose,
		"a million cells":                       "<table>" + rep("<tr>"+rep("<td>1</td>", 100)+"</tr>", 3_500),
		"a million attributes":                  "<div " + rep(`a="b" `, 1_000_000) + ">" + prose,
		"a million different attributes":        "<div " + numbered(300_000, `a%d="b" `) + ">" + prose,
		"attributes on many elements":           rep("<p "+rep(`data-x="y" `, 100)+">x</p>", 10_000),
		"a class of megabytes":                  `<div class="` + rep("teaser ", mega/7) + `">` + prose,
		"an address of megabytes":               `<p>See <a href="https://a.example/` + rep("a", mega) + `">there</a>.</p>` + prose,
		"hostile colspan":                       "<table>" + rep(`<tr><td colspan="9007199254740991" rowspan="9007199254740991">one</td><td>two</td></tr>`, 1000) + "</table>" + prose,
		"negative colspan":                      `<table><tr><td colspan="-5">one</td><td rowspan="99999999999999999999">two</td></tr><tr><td>three</td><td>four</td></tr></table>` + prose,
		"many megabytes of <div>":               rep("<div>", 5*mega/5),
		"many megabytes of <":                   rep("<", 5*mega),
		"many megabytes of unclosed formatting": rep("<p><font>x", 5*mega/10),
		"5 MB of comments":                      rep("<!-- x -->", 500_000) + prose,
		"an open comment of megabytes":          prose + "<!--" + rep("-", mega),
		"an open script of megabytes":           prose + "<script>" + rep("{", mega),
		"JSON-LD of 5 MB":                       `<script type="application/ld+json">` + rep(`{"@type":"NewsArticle","a":[`, 5<<20/28) + "</script>" + prose,
		"JSON-LD nested 100,000 deep":           `<script type="application/ld+json">` + rep("[", 100_000) + rep("]", 100_000) + "</script>" + prose,
		"state of 5 MB":                         `<script id="__NEXT_DATA__" type="application/json">{"a":[` + rep(`{"type":"paragraph","content":"The ferry leaves on time."},`, 5<<20/60) + `0]}</script>`,
		"10,000 pictures":                       rep(`<figure><img src="/a.jpg"><figcaption>The ferry. Photo: A. Bee</figcaption></figure>`, 10_000) + prose,
		"50,000 captions without a picture":     prose + rep("<figure><figcaption>The ferry. Photo: A. Bee</figcaption></figure>", 50_000) + prose,
		"srcset of 5 MB":                        `<img srcset="` + rep("a.jpg 1w, ", 5<<20/10) + `">` + prose,
		"100,000 items":                         prose + "<ul>" + rep("<li>The ferry leaves on time, says the office.", 100_000) + "</ul>" + prose,
		"100,000 times":                         prose + rep(`<div><time datetime="2026-05-07T21:02:00Z">9</time><p>The ferry leaves on time.</p></div>`, 50_000),
		"100,000 combining marks":               "<p>a" + rep("\u0301", 100_000) + "</p>" + prose,
		"100,000 empty headings":                rep("<h2></h2>", 100_000) + prose,
		"text: megabytes of lines":              rep("The ferry leaves on time, says the office.\n", mega/44),
		"text: megabytes of short lines":        rep("a\n", 5<<20),
		"text: one line of megabytes":           rep("The ferry leaves on time. ", mega/26),
		"text: megabytes of spaces":             "a" + rep(" ", mega) + "b",
	}
	for name, body := range pages {
		t.Run(name, func(t *testing.T) {
			p := Page{Body: []byte(body), URL: "https://a.example/news/ferry", Input: HTMLInput}
			if strings.HasPrefix(name, "text:") {
				p.Input = TextInput
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpuTime()
			r, err := Clean(p, Options{})
			took := cpuTime() - start
			runtime.ReadMemStats(&after)
			made := after.TotalAlloc - before.TotalAlloc
			t.Logf("%v, %d MB made, error %v", took.Round(time.Millisecond), made>>20, err)
			if took > maxCPU {
				t.Errorf("took %v", took)
			}
			if limit := uint64(64*len(body) + 512<<20); made > limit {
				t.Errorf("made %d MB of garbage from a page of %d MB", made>>20, len(body)>>20)
			}
			if err != nil {
				if !strings.Contains(err.Error(), "page") {
					t.Errorf("the error doesn't say what is wrong with the page: %v", err)
				}
				return
			}
			start = cpuTime()
			_ = article.Markdown(&r.Article) + article.HTML(&r.Article) + article.JSONText(r.Article.Record())
			if took := cpuTime() - start; took > maxCPU {
				t.Errorf("rendering took %v", took)
			}
		})
	}
}

// maxCPU is a few times what the slowest page takes on an idle machine; collecting garbage counts.
const maxCPU = 6 * time.Second

// cpuTime is the processor time that the process has used: unlike the clock, it doesn't depend on who else is at work.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano())
}

// numbered repeats a format with a number in it.
func numbered(n int, format string) string {
	var sb strings.Builder
	for i := range n {
		fmt.Fprintf(&sb, format, i)
	}
	return sb.String()
}

package cleaner

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// corpusPages reads the pages of some sets of the corpus.
func corpusPages(tb testing.TB, sets ...string) []Page {
	var pages []Page
	for _, set := range sets {
		truth, err := os.ReadFile(corpusOf(tb, set, "truth.jsonl"))
		if err != nil {
			tb.Fatal(err)
		}
		for line := range strings.Lines(string(truth)) {
			var t struct{ ID, URL string }
			if err := json.Unmarshal([]byte(line), &t); err != nil {
				tb.Fatal(err)
			}
			file, err := os.Open(corpusOf(tb, set, "pages", t.ID+".html.gz"))
			if err != nil {
				tb.Fatal(err)
			}
			z, err := gzip.NewReader(file)
			if err != nil {
				tb.Fatal(err)
			}
			body, err := io.ReadAll(z)
			if err != nil {
				tb.Fatal(err)
			}
			file.Close()
			pages = append(pages, Page{Body: body, URL: t.URL, Input: HTMLInput})
		}
	}
	return pages
}

// bareParse is the least that any extractor does: decode, parse, collect the text.
func bareParse(body []byte) string {
	r, err := charset.NewReader(bytes.NewReader(body), "")
	if err != nil {
		return ""
	}
	root, err := html.Parse(r)
	if err != nil {
		return ""
	}
	return textUpTo(root, math.MaxInt)
}

// BenchmarkClean measures Clean against bareParse, page by page in the same run, the best of all rounds for each:
// x-parse is the ratio of the sums, x-parse-p99 the 99th percentile of the pages' ratios, x-p99 the ratio of the 99th
// percentiles of times, x-allocs and x-bytes the ratios of memory.
func BenchmarkClean(b *testing.B) {
	pages := corpusPages(b, "fundus-dev", "traf-dev")
	ratios := make([]float64, len(pages))
	best := make([][2]time.Duration, len(pages))
	var mem [2]runtime.MemStats
	var allocs, bytes [2]float64
	for b.Loop() {
		for i, p := range pages {
			for side, work := range []func(){func() { bareParse(p.Body) }, func() { Clean(p, Options{}) }} {
				start := time.Now()
				work()
				if took := time.Since(start); best[i][side] == 0 || took < best[i][side] {
					best[i][side] = took
				}
			}
		}
	}
	for side, work := range []func(Page){func(p Page) { bareParse(p.Body) }, func(p Page) { Clean(p, Options{}) }} {
		runtime.ReadMemStats(&mem[0])
		for _, p := range pages {
			work(p)
		}
		runtime.ReadMemStats(&mem[1])
		allocs[side] = float64(mem[1].Mallocs - mem[0].Mallocs)
		bytes[side] = float64(mem[1].TotalAlloc - mem[0].TotalAlloc)
	}
	var sum [2]time.Duration
	for i := range pages {
		sum[0] += best[i][0]
		sum[1] += best[i][1]
		ratios[i] = float64(best[i][1]) / float64(best[i][0])
	}
	slices.Sort(ratios)
	b.ReportMetric(float64(sum[1])/float64(sum[0]), "x-parse")
	b.ReportMetric(ratios[len(ratios)*99/100], "x-parse-p99")
	b.ReportMetric(float64(percentile99(best, 1))/float64(percentile99(best, 0)), "x-p99")
	b.ReportMetric(allocs[1]/allocs[0], "x-allocs")
	b.ReportMetric(bytes[1]/bytes[0], "x-bytes")
	b.ReportMetric(float64(sum[1].Microseconds())/float64(len(pages)), "µs/page")
}

// percentile99 returns the time that one page in a hundred takes longer than, on one side.
func percentile99(pages [][2]time.Duration, side int) time.Duration {
	times := make([]time.Duration, len(pages))
	for i, p := range pages {
		times[i] = p[side]
	}
	slices.Sort(times)
	return times[len(times)*99/100]
}

// corpus returns a path in the corpus of captured pages, and skips the test where there is none.
func corpusOf(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("NEWSMILL_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no corpus: %v", err)
	}
	return path
}

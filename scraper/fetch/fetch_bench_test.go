package fetch

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gocolly/colly/v2"
)

// BenchmarkFetch compares a fetch with what bare Colly takes for the same page, in the same run: "x-colly" is the ratio.
func BenchmarkFetch(b *testing.B) {
	body := "<!doctype html><title>Ferry</title>" + strings.Repeat("<p>The ferry was late, and so was everybody on it.</p>\n", 570) // 31 kB
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, body)
	}))
	defer s.Close()
	f := newTestFetcher(b, local)
	c := colly.NewCollector()
	c.AllowURLRevisit = true
	c.WithTransport(&http.Transport{MaxIdleConnsPerHost: 16})
	const batch = 500
	run := func(one func()) time.Duration {
		began := time.Now()
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range batch / 16 {
					one()
				}
			})
		}
		wg.Wait()
		return time.Since(began)
	}
	var ours, bare time.Duration
	for b.Loop() {
		ours += run(func() {
			if _, ok := f.Fetch(b.Context(), Request{URL: s.URL + "/2026/11/02/ferry.html"}).(Fetched); !ok {
				b.Error("not fetched")
			}
		})
		bare += run(func() {
			if err := c.Visit(s.URL + "/2026/11/02/ferry.html"); err != nil {
				b.Error(err)
			}
		})
	}
	b.ReportMetric(float64(ours)/float64(bare), "x-colly")
	b.ReportMetric(float64(batch*b.N)/ours.Seconds(), "pages/s")
}

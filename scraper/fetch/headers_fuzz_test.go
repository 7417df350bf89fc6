package fetch

import (
	"net/http"
	"testing"
	"time"
)

// FuzzAnswer: nothing that a server may say in headers or first bytes does harm.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "noindex, newsmill: none", "120", "max-age=60", "text/html; charset=x", "<!doctype html><p>x")
	f.Add(403, "unavailable_after: 25 Jun 2010 15:00:00 PST", "Mon, 02 Nov 2026 12:00:00 GMT", "no-cache", ";;", "<script>\xff\xfe<")
	f.Add(301, ":,:", "-1e9", "max-age=99999999999999999999", "", "\xff\xfe<\x00")
	f.Add(200, "", "", "", "a/b", `[{"location": "/a*$"}]`)
	f.Fuzz(func(t *testing.T, code int, robots, retry, cache, kind, body string) {
		now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
		h := http.Header{"X-Robots-Tag": {robots}, "Retry-After": {retry}, "Cache-Control": {cache}, "Content-Usage": {robots}, "Content-Encoding": {cache}}
		if d := retryAfter(h, now); d < 0 {
			t.Errorf("Retry-After %q: %v", retry, d)
		}
		if d := freshness(h); d < 0 {
			t.Errorf("Cache-Control %q: %v", cache, d)
		}
		robotsTag(h, now)
		headerOptOut(h)
		contentEncodings(h)
		challenge(code, h, []byte(body))
		if m := sniff([]byte(body), kind); m == "" {
			t.Errorf("%q as %q is nothing", body, kind)
		}
		readable(Article, MediaType(kind))
		if c, _, message := statusClass(code); c == "" || message == "" {
			t.Errorf("status %d: %q %q", code, c, message)
		}
	})
}

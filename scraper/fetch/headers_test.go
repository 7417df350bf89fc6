package fetch

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Programs in a row each set a header of their own; a browser makes one of them.
func TestContentTypesThatAreSeveral(t *testing.T) {
	for _, c := range []struct {
		values []string
		want   string
	}{
		{[]string{"text/html"}, "text/html"},
		{[]string{"text/html, text/html; charset=utf-8"}, "text/html; charset=utf-8"},
		{[]string{"text/html", "text/html; charset=iso-8859-1"}, "text/html; charset=iso-8859-1"},
		{[]string{"text/html; charset=gbk", "text/html"}, "text/html; charset=gbk"},
		{[]string{"text/plain; charset=gbk", "text/html"}, "text/html"},
		{[]string{"text/html; charset=gbk, application/xhtml+xml, text/html"}, "text/html"},
		{[]string{"", "text/html"}, "text/html"},
		{[]string{"text/html", ""}, "text/html"},
		{[]string{"text/html, */*"}, "text/html"},
		{[]string{"text/html, charset=koi8-r"}, "text/html; charset=koi8-r"},
		{[]string{"nonsense", "text/html;charset=utf-8"}, "text/html;charset=utf-8"},
		{[]string{"nonsense"}, "nonsense"},
		{[]string{""}, ""},
		{nil, ""},
	} {
		if got := contentType(http.Header{"Content-Type": c.values}); got != c.want {
			t.Errorf("%q: got %q, want %q", c.values, got, c.want)
		}
	}
}

func TestWhereAnAnswerLeads(t *testing.T) {
	for _, c := range []struct {
		status         int
		header         http.Header
		want, fallback string
	}{
		{300, http.Header{"Location": {"/a"}}, "http://post.test/a", ""},
		{303, http.Header{"Location": {"  a  "}}, "http://post.test/x/a", ""},
		{307, http.Header{"Location": {"//b.test"}}, "http://b.test/", ""},
		{308, http.Header{"Location": {"HTTPS://B.test:443/a#b"}}, "https://b.test/a", ""},
		{302, http.Header{"Location": {"/a", "/a"}}, "http://post.test/a", ""},
		{302, http.Header{"Location": {"", "/a"}}, "http://post.test/a", ""},
		{302, http.Header{"Location": {"http://post.test/a, http://post.test/a"}}, "http://post.test/a", ""},
		{302, http.Header{"Location": {"/a,b"}}, "http://post.test/a,b", ""},
		{302, http.Header{"Location": {"/m\xfchle-100%?\xe9"}}, "http://post.test/m%FChle-100%25?%E9", ""},
		{302, http.Header{"Location": {"/m\u00fchle"}}, "http://post.test/m%C3%BChle", ""},
		{302, http.Header{"Location": {"/\xcc\xee\xf1\xf2"}}, "http://post.test/%CC%EE%F1%F2", ""},
		{302, http.Header{"Location": {`\news\a b`}}, "http://post.test/news/a%20b", ""},
		{302, http.Header{"Location": {"/a|b%2Fc"}}, "http://post.test/a%7Cb%2Fc", ""},
		{302, http.Header{"Location": {"?page=2"}}, "http://post.test/x/y?page=2", ""},
		{302, http.Header{"Location": {" "}}, "", ""},
		{302, http.Header{"Location": {"ftp://post.test/a"}}, "", ""},
		{200, http.Header{"Refresh": {"0; url=/a"}}, "", "http://post.test/a"},
		{200, http.Header{"Refresh": {"1;URL='a b'"}}, "", "http://post.test/x/a%20b"},
		{200, http.Header{"Refresh": {"0, http://b.test/"}}, "", "http://b.test/"},
		{200, http.Header{"Refresh": {"300; url=/a"}}, "", ""},
		{200, http.Header{"Refresh": {"60"}}, "", ""},
		{200, http.Header{"Refresh": {"0; url=javascript:x"}}, "", ""},
	} {
		f := newTestFetcher(t, local)
		page := Page{URL: "http://post.test/x/y", FinalURL: "http://post.test/x/y"}
		from, _ := url.Parse(page.URL)
		c.header.Set("Content-Type", "text/html")
		ex := &exchange{answered: true, status: c.status, header: c.header, request: Request{Kind: Article}}
		switch o := f.outcome(ex, page, from, []byte(ferry), nil).(type) {
		case Redirected:
			if o.To != c.want {
				t.Errorf("%d %v: to %q, want %q", c.status, c.header, o.To, c.want)
			}
		case Fetched:
			if o.Refresh != c.fallback || c.want != "" {
				t.Errorf("%d %v: refreshes to %q, want %q", c.status, c.header, o.Refresh, c.fallback)
			}
		default:
			if c.want != "" {
				t.Errorf("%d %v: got %T %+v, want %s", c.status, c.header, o, o, c.want)
			}
		}
	}
}

func TestRetryAfterIsRead(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for value, want := range map[string]time.Duration{
		"":                     0,
		"120":                  2 * time.Minute,
		" 3 ":                  3 * time.Second,
		"1.5":                  1500 * time.Millisecond,
		"0":                    0,
		"-5":                   0,
		"soon":                 0,
		"NaN":                  0,
		"999999999999999999":   MaxRetryAfter,
		date(time.Minute):      time.Minute,
		date(-time.Minute):     0,
		"Mon, 02 Nov 2026":     0,
		"1e400":                0,
		"Infinity and beyond!": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
	skewed := http.Header{"Retry-After": {date(time.Hour + time.Minute)}, "Date": {date(time.Hour)}}
	if got := retryAfter(skewed, now); got != time.Minute {
		t.Errorf("a server whose clock is an hour ahead: got %v, want 1m", got)
	}
}

func TestRobotsTagsForUs(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ lines, want string }{
		{"noindex", "noindex"},
		{"NoIndex, NOFOLLOW", "nofollow noindex"},
		{"none", "nofollow noindex"},
		{"otherbot: noindex", ""},
		{"newsmill: noindex", "noindex"},
		{"otherbot: noindex|newsmill: noarchive", "noarchive"},
		{"otherbot: noindex, newsmill: nofollow", "nofollow"},
		{"max-snippet: 20, noimageindex", "max-snippet: 20 noimageindex"},
		{"unavailable_after: 25 Jun 2010 15:00:00 GMT", "noindex unavailable_after: 25 jun 2010 15:00:00 gmt"},
		{"unavailable_after: 25 Jun 2030 15:00:00 GMT", "unavailable_after: 25 jun 2030 15:00:00 gmt"},
		{"", ""},
		{",,:,", ""},
	} {
		h := http.Header{"X-Robots-Tag": strings.Split(c.lines, "|")}
		if got := strings.Join(robotsTag(h, now), " "); got != c.want {
			t.Errorf("%q: got %q, want %q", c.lines, got, c.want)
		}
	}
}

func TestOptOutsOfMining(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"Tdm-Reservation", "1", "TDM-Reservation: 1"},
		{"Tdm-Reservation", "0", ""},
		{"Content-Usage", "train-ai=n", "Content-Usage: train-ai=n"},
		{"Content-Usage", "train-ai=y", ""},
		{"X-Robots-Tag", "noai, noimageai", "X-Robots-Tag: noai; X-Robots-Tag: noimageai"},
		{"X-Robots-Tag", "noindex", ""},
	} {
		if got := headerOptOut(http.Header{c.name: {c.value}}); got != c.want {
			t.Errorf("%s: %s: got %q, want %q", c.name, c.value, got, c.want)
		}
	}
}

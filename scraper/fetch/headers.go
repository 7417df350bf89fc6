package fetch

import (
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// contentType is the one of an answer that may have several: two programs each set one, and a proxy joins them by commas.
// The last that is a type counts, with the charset of those before it if it has none of its own and they are of the same
// type (Fetch, "extract a MIME type"). Empty: there is none.
func contentType(h http.Header) string {
	values := h["Content-Type"]
	if len(values) == 1 && !strings.Contains(values[0], ",") {
		return values[0]
	}
	best, charset := "", ""
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			part = strings.TrimSpace(part)
			media := MediaType(part)
			if media == "" || media == "*/*" {
				if best != "" && charset == "" && strings.HasPrefix(strings.ToLower(part), "charset=") { // a comma in place of a semicolon
					best += "; " + part
				}
				continue
			}
			_, params, _ := mime.ParseMediaType(part)
			if media != MediaType(best) {
				charset = ""
			}
			if best = part; params["charset"] != "" {
				charset = params["charset"]
			} else if charset != "" {
				best = media + "; charset=" + charset
			}
		}
	}
	if best == "" && len(values) > 0 {
		return values[0]
	}
	return best
}

// MediaType is the bare type of a Content-Type, lower case; empty if it has none that can be read.
func MediaType(contentType string) string {
	m, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		m, _, _ = strings.Cut(contentType, ";")
		m = strings.ToLower(strings.TrimSpace(m))
	}
	if !strings.Contains(m, "/") {
		return ""
	}
	return m
}

// location is where an answer leads: its first Location that says anything. Two programs that each set one may have been
// joined by a comma, which an address may hold as well; of the same twice it is clear.
func location(h http.Header) string {
	for _, v := range h["Location"] {
		if v = strings.TrimSpace(v); v == "" {
			continue
		}
		if first, second, ok := strings.Cut(v, ","); ok && strings.TrimSpace(first) == strings.TrimSpace(second) {
			return strings.TrimSpace(first)
		}
		return v
	}
	return ""
}

// refreshTo is where a header Refresh leads within a few seconds, as a <meta http-equiv=refresh> would; empty: nowhere.
func refreshTo(h http.Header, from string) string {
	m := refresh.FindStringSubmatch(h.Get("Refresh"))
	if m == nil {
		return ""
	}
	if seconds, err := strconv.ParseFloat(m[1], 64); err != nil || seconds > 5 {
		return ""
	}
	to, err := ParseTarget(strings.Trim(m[2], ` "'`), from)
	if err != nil {
		return ""
	}
	return to.String()
}

var refresh = regexp.MustCompile(`(?i)^\s*(\d{1,6}(?:\.\d*)?)\s*[;,]\s*(?:url\s*=\s*)?(\S.*)$`)

// freshness is for how long an answer stays the same, as its headers say; 0: they don't.
func freshness(h http.Header) time.Duration {
	for part := range strings.SplitSeq(strings.ToLower(h.Get("Cache-Control")), ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "no-cache", "no-store":
			return 0
		case "max-age":
			if s, err := strconv.Atoi(strings.Trim(value, `"`)); err == nil && s > 0 {
				age, _ := strconv.Atoi(h.Get("Age"))
				return max(0, time.Duration(min(s, 1<<30)-max(age, 0))*time.Second)
			}
		}
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, expires.Sub(date))
}

// headerOptOut is what the headers say against text and data mining, as evidence; empty: nothing. TDMRep's header,
// the IETF's Content-Usage, and the directives that some sites made up.
func headerOptOut(h http.Header) string {
	var evidence []string
	if strings.TrimSpace(h.Get("TDM-Reservation")) == "1" {
		evidence = append(evidence, "TDM-Reservation: 1")
		if p := h.Get("TDM-Policy"); p != "" {
			evidence[0] += " (" + Printable(p) + ")"
		}
	}
	for _, v := range h["Content-Usage"] {
		if ForbidsMining(v) {
			evidence = append(evidence, "Content-Usage: "+Printable(v))
		}
	}
	for _, v := range h["X-Robots-Tag"] {
		for part := range strings.SplitSeq(strings.ToLower(v), ",") {
			switch part = strings.TrimSpace(part); part {
			case "noai", "noimageai", "noml", "notrain", "tdm=n":
				evidence = append(evidence, "X-Robots-Tag: "+part)
			}
		}
	}
	return strings.Join(evidence, "; ")
}

// ForbidsMining reads lists such as "search=yes, ai-train=no" or "tdm=n".
func ForbidsMining(v string) bool {
	for part := range strings.FieldsFuncSeq(strings.ToLower(v), func(c rune) bool { return c == ',' || c == ' ' || c == ';' }) {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "tdm", "train-ai", "ai-train", "ai", "train-genai", "genai", "bots", "ai-input", "all":
			if value == "n" || value == "no" {
				return true
			}
		}
	}
	return false
}

// MaxRetryAfter is the longest that a number of seconds in Retry-After is obeyed.
const MaxRetryAfter = 24 * time.Hour

// retryAfter reads Retry-After, in seconds or as a date; 0: none that can be read. A date counts from the server's
// own clock, if it says what it shows.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if !(s > 0) {
			return 0
		}
		return time.Duration(min(s, MaxRetryAfter.Seconds()) * float64(time.Second))
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if d, err := http.ParseTime(h.Get("Date")); err == nil {
		now = d
	}
	return max(0, t.Sub(now))
}

// valued are directives with a colon that is no robot's name.
var valued = []string{"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}

// robotsTag are the directives of X-Robots-Tag for all robots and for us. "none" comes out as what it stands for,
// and an unavailable_after that is over as noindex.
func robotsTag(h http.Header, now time.Time) []string {
	var all []string
	for _, line := range h["X-Robots-Tag"] {
		ours := true
		if date, ok := expiry(line); ok && date.Before(now) {
			all = append(all, "noindex")
		}
		for part := range strings.SplitSeq(strings.ToLower(line), ",") {
			if name, rest, ok := strings.Cut(part, ":"); ok && isToken(strings.TrimSpace(name)) && !slices.Contains(valued, strings.TrimSpace(name)) {
				ours, part = strings.TrimSpace(name) == ProductToken, rest
			}
			if part = strings.Trim(part, " \t:"); !ours || part == "" {
				continue
			}
			if part == "none" {
				all = append(all, "noindex", "nofollow")
				continue
			}
			all = append(all, part)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// expiry is the date of an unavailable_after for all robots.
func expiry(line string) (time.Time, bool) {
	_, date, ok := strings.Cut(strings.ToLower(line), "unavailable_after:")
	if !ok {
		return time.Time{}, false
	}
	date = strings.ToUpper(strings.TrimSpace(date))
	for _, layout := range []string{time.RFC1123, time.RFC1123Z, time.RFC850, "02 Jan 2006 15:04:05 MST", "02-Jan-2006 15:04:05 MST", time.RFC3339, "2006-01-02"} {
		if t, err := time.Parse(layout, date); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// isToken says whether s begins with a letter and goes on with letters, digits, - and _, all lower case.
func isToken(s string) bool {
	return s != "" && s[0] >= 'a' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

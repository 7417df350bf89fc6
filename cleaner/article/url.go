package article

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	whatwg "github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/encoding"

	"newsmill/cleaner/lexicon"
	"newsmill/cleaner/script"
)

// ErrURL says that an address names no page on the web.
var ErrURL = errors.New("not the address of a web page")

// MaxURLBytes: longer addresses are traps or data; servers refuse them (RFC 9110 4.1 asks for at least 8,000).
const MaxURLBytes = 8192

// MaxFetchedURLBytes bounds an address that is asked for: no article's is longer than a tenth of it.
const MaxFetchedURLBytes = 2_048

// Tracking says how surely a parameter of a query is no part of an address's identity.
type Tracking uint8

// How surely.
const (
	NotTracking    Tracking = iota
	LikelyTracking          // on most sites; some tell their articles apart by it
	SurelyTracking          // on all, though some answer nothing without it
	OnlyTracking            // of advertisements and mail: no server needs it
)

// tracking are the parameters that are no part of an address's identity: whole names, and beginnings.
var tracking = func() (t struct {
	names    map[string]Tracking
	prefixes map[string]Tracking
},
) {
	t.names, t.prefixes = map[string]Tracking{}, map[string]Tracking{}
	for line := range lexicon.Lines("tracking") {
		how := SurelyTracking
		line, isDoubtful := strings.CutSuffix(line, " ?")
		line, isVain := strings.CutSuffix(line, " !")
		switch {
		case isDoubtful:
			how = LikelyTracking
		case isVain:
			how = OnlyTracking
		}
		if name, isPrefix := strings.CutSuffix(line, "*"); isPrefix {
			t.prefixes[name] = how
		} else {
			t.names[line] = how
		}
	}
	return t
}()

var urlParser = whatwg.NewParser(whatwg.WithPercentEncodeSinglePercentSign())

// NormalizeURL returns the form of an address by which articles are told apart: parsed as WHATWG says, without
// fragment, default port and tracking parameters, its query sorted. It is idempotent. The error wraps ErrURL and
// says what is wrong with the address.
func NormalizeURL(raw string) (string, error) { return normalizeURL(raw, LikelyTracking) }

// FullURL is NormalizeURL that leaves out no parameter but those that surely track.
func FullURL(raw string) (string, error) { return normalizeURL(raw, SurelyTracking) }

func normalizeURL(raw string, drop Tracking) (string, error) {
	s, err := ResolveURL(nil, raw)
	if err != nil {
		return "", err
	}
	return NormalizeQuery(s, drop), nil
}

// ResolveURL returns the absolute http or https address that a reference means to a browser on a page at base (nil:
// the reference is absolute), without fragment and credentials. Bytes that are no UTF-8 are escaped as they are, and
// feed: is taken for http:, as feed readers do. The error wraps ErrURL and says what is wrong with the address.
func ResolveURL(base *url.URL, ref string) (string, error) { return ResolveURLIn(base, ref, nil) }

// ResolveURLIn is ResolveURL for a page in an encoding other than UTF-8, in which the query of its links is written; nil: UTF-8.
func ResolveURLIn(base *url.URL, ref string, page encoding.Encoding) (string, error) {
	trimmed := withoutFeedScheme(strings.Trim(ref, " \t\r\n\f\v\x00\u00a0\ufeff"))
	switch {
	case trimmed == "":
		return "", fmt.Errorf("%w: empty", ErrURL)
	case len(trimmed) > MaxURLBytes:
		return "", fmt.Errorf("%w: longer than %d bytes: %.60s…", ErrURL, MaxURLBytes, trimmed)
	case IsPlainURL(trimmed):
		return trimmed, nil
	}
	var u *whatwg.Url
	var err error
	escaped := escapeBytes(trimmed, page)
	if base != nil {
		u, err = urlParser.ParseRef(base.String(), escaped)
	}
	if base == nil || err != nil { // a base that is none is nothing to an absolute address
		u, err = urlParser.Parse(escaped)
	}
	if err != nil {
		if !strings.Contains(trimmed, "://") {
			return "", fmt.Errorf("%w: %.100s: no scheme, as in https://", ErrURL, trimmed)
		}
		return "", fmt.Errorf("%w: %.100s: %w", ErrURL, trimmed, err)
	}
	if s := u.Scheme(); s != "http" && s != "https" {
		return "", fmt.Errorf("%w: %.100s: scheme %q, want http or https", ErrURL, trimmed, s)
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if host == "" || host[0] == '.' || host[len(host)-1] == '.' || strings.Contains(host, "..") {
		return "", fmt.Errorf("%w: %.100s: no host", ErrURL, trimmed)
	}
	var sb strings.Builder
	sb.WriteString(u.Scheme())
	sb.WriteString("://")
	sb.WriteString(host)
	if port := u.Port(); port != "" {
		sb.WriteByte(':')
		sb.WriteString(port)
	}
	sb.WriteString(u.Pathname())
	sb.WriteString(u.Search())
	if sb.Len() > MaxURLBytes {
		return "", fmt.Errorf("%w: longer than %d bytes once encoded: %.60s…", ErrURL, MaxURLBytes, sb.String())
	}
	return sb.String(), nil
}

// withoutFeedScheme turns feed://host and feed:https://host, which pages and people write for a feed reader to open, into
// addresses of the web.
func withoutFeedScheme(s string) string {
	const feed = "feed:"
	if len(s) < len(feed) || !strings.EqualFold(s[:len(feed)], feed) {
		return s
	}
	if rest := s[len(feed):]; !strings.HasPrefix(rest, "//") {
		return rest
	}
	return "http:" + s[len(feed):]
}

// escapeBytes escapes what is no UTF-8, and in the query what is no ASCII as it stands in the page's encoding (WHATWG URL,
// "percent-encode after encoding"). The rest is the parser's.
func escapeBytes(s string, page encoding.Encoding) string {
	if page == nil && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	escape := func(bytes string) {
		for i := range len(bytes) {
			fmt.Fprintf(&b, "%%%02X", bytes[i])
		}
	}
	inQuery := false
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			escape(s[i : i+1])
		case inQuery && page != nil && r >= utf8.RuneSelf:
			if in, err := page.NewEncoder().String(s[i : i+n]); err == nil {
				escape(in)
			} else {
				fmt.Fprintf(&b, "%%26%%23%d%%3B", r) // as browsers do: "&#8364;"
			}
		default:
			inQuery = (inQuery || r == '?') && r != '#'
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// IsPlainURL reports whether an address is already as the WHATWG parser would leave it: most are, and the check is a
// tenth of the parse. It errs on the side of parsing.
func IsPlainURL(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return false
		}
	}
	i := 0
	letters, digits, labels := false, false, 0 // of the last label: one with a digit may be read as an IPv4 address
	for ; i < len(rest) && rest[i] != '/'; i++ {
		switch c := rest[i]; {
		case c >= 'a' && c <= 'z':
			letters = true
		case c >= '0' && c <= '9':
			digits = true
		case c == '-':
		case c == '.':
			labels++
			letters, digits = false, false
			if i == 0 || i+1 == len(rest) || rest[i+1] == '.' || rest[i+1] == '/' {
				return false
			}
		default:
			return false
		}
	}
	hasPath, hasDomain := i < len(rest), labels > 0 && letters && !digits
	if i == 0 || !hasPath || !hasDomain || strings.Contains(rest[:i], "xn--") {
		return false
	}
	segment := i + 1
	query := false
	for ; i < len(rest); i++ {
		switch c := rest[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '-', c == '_', c == '~', c == '=', c == ',', c == ';', c == ':', c == '+', c == '!', c == '&', c == '@', c == '$', c == '(', c == ')', c == '*':
		case c == '/':
			segment = i + 1
		case c == '.':
			if !query && i == segment { // "." and ".." segments
				return false
			}
		case c == '%':
			if i+2 >= len(rest) || !script.IsHex(rest[i+1]) || !script.IsHex(rest[i+2]) {
				return false
			}
			if !query && rest[i+1] == '2' && rest[i+2]|0x20 == 'e' { // "%2e" is a dot, which may make a segment of dots
				return false
			}
		case c == '?':
			query = true
		default:
			return false
		}
	}
	return true
}

// NormalizeQuery drops the parameters of an address that track as surely as drop, and sorts the others by name, those of one name in their
// order. Addresses whose query is no list of parameters keep it.
func NormalizeQuery(s string, drop Tracking) string {
	at := strings.IndexByte(s, '?')
	if at < 0 {
		return s
	}
	query := s[at+1:]
	params := strings.Split(query, "&")
	kept := params[:0]
	for _, p := range params {
		name, _, _ := strings.Cut(p, "=")
		if p != "" && TrackingOf(name) < drop {
			kept = append(kept, p)
		}
	}
	if len(kept) == 0 {
		return s[:at]
	}
	slices.SortStableFunc(kept, func(a, b string) int {
		nameA, _, _ := strings.Cut(a, "=")
		nameB, _, _ := strings.Cut(b, "=")
		return strings.Compare(nameA, nameB)
	})
	return s[:at+1] + strings.Join(kept, "&")
}

// TrackingOf says whether a parameter of that name only tracks where readers came from.
func TrackingOf(name string) Tracking {
	name = strings.ToLower(name)
	how := tracking.names[name]
	for prefix, t := range tracking.prefixes {
		if strings.HasPrefix(name, prefix) {
			how = max(how, t)
		}
	}
	return how
}

// RegistrableDomain returns the part of a host that its owner registered: "bbc.co.uk" of "www.bbc.co.uk". A host that
// has none (an IP address, "localhost", a public suffix) is returned as it is.
func RegistrableDomain(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return domain
}

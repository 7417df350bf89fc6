package scraper

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jimsmart/grobotstxt"

	"newsmill/scraper/fetch"
)

// maxSitemaps bounds the sitemaps that one robots.txt may name.
const maxSitemaps = 1000

// rule is an Allow or Disallow line.
type rule struct {
	allow   bool
	pattern string
	line    int
}

// robotsRules are what a robots.txt says to us.
type robotsRules struct {
	rules      []rule // of the groups with our name, or else of those for all, in the order in which they decide
	crawlDelay time.Duration
	sitemaps   []string
	optOut     string // Content-Signal, Content-Usage and License lines, as evidence
}

// parseRobots reads a robots.txt. Anything can be read: what makes no sense is skipped.
func parseRobots(body []byte) *robotsRules {
	h := &robotsHandler{token: fetch.ProductToken, isListed: map[string]bool{}}
	text := strings.ToValidUTF8(string(body[:min(len(body), fetch.MaxRobotsBytes)]), "�")
	grobotstxt.Parse(strings.ReplaceAll(text, "%", hiddenPercent), h)
	r := &robotsRules{sitemaps: h.sitemaps, optOut: h.everyone.optOut}
	g := h.everyone
	if h.named {
		g = h.ours
		r.optOut = g.optOut
	}
	if h.license != "" {
		r.optOut = joined(r.optOut, "robots.txt License: "+fetch.Printable(h.license))
	}
	r.rules, r.crawlDelay = g.rules, g.crawlDelay
	slices.SortStableFunc(r.rules, byWeight)
	return r
}

// hiddenPercent stands for "%" while grobotstxt reads: putting escapes in upper case, it makes "%2f" "%\x12F".
const hiddenPercent = "\x01"

// robotsGroup is what all groups for the same agent say together (RFC 9309 2.2.1).
type robotsGroup struct {
	rules      []rule
	crawlDelay time.Duration
	optOut     string
}

// robotsHandler collects groups as Google's matcher does, with one difference: a Crawl-delay, too, ends the list of
// agents of a group. Otherwise "User-agent: *, Crawl-delay: 5, User-agent: other, Disallow: /" would forbid all.
type robotsHandler struct {
	token          string
	ours, everyone robotsGroup
	named          bool // a group has our name
	isOurs, isAll  bool // the present group's agents
	inRules        bool // the list of agents is over
	sitemaps       []string
	isListed       map[string]bool // is in sitemaps
	license        string
}

func (h *robotsHandler) HandleRobotsStart() {}
func (h *robotsHandler) HandleRobotsEnd()   {}

func (h *robotsHandler) HandleUserAgent(_ int, v string) {
	if h.inRules {
		h.isOurs, h.isAll, h.inRules = false, false, false
	}
	if v == "*" || strings.HasPrefix(v, "* ") || strings.HasPrefix(v, "*\t") {
		h.isAll = true
		return
	}
	end := strings.IndexFunc(v, func(c rune) bool {
		return !isAlphanumeric(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
	if end >= 0 {
		v = v[:end]
	}
	if strings.EqualFold(v, h.token) {
		h.isOurs, h.named = true, true
	}
}

func (h *robotsHandler) group() *robotsGroup {
	h.inRules = h.inRules || h.isOurs || h.isAll
	switch {
	case h.isOurs:
		return &h.ours
	case h.isAll:
		return &h.everyone
	}
	return &robotsGroup{} // of somebody else
}

func (h *robotsHandler) HandleAllow(line int, v string)    { h.rule(rule{true, v, line}) }
func (h *robotsHandler) HandleDisallow(line int, v string) { h.rule(rule{false, v, line}) }

func (h *robotsHandler) rule(r rule) {
	h.inRules = true
	g := h.group()
	if r.pattern == "" {
		return // "Disallow:" alone forbids nothing
	}
	r.pattern = robotsPattern(strings.ReplaceAll(r.pattern, hiddenPercent, "%"))
	g.rules = append(g.rules, r)
	if dir, file, ok := cutLast(r.pattern, "/"); ok && r.allow && strings.HasPrefix(file, "index.htm") {
		g.rules = append(g.rules, rule{true, dir + "/$", r.line}) // Google's: the directory is its index page
	}
}

func (h *robotsHandler) HandleSitemap(_ int, v string) {
	v = strings.ReplaceAll(v, hiddenPercent, "%")
	if len(h.sitemaps) == maxSitemaps || v == "" || h.isListed[v] {
		return
	}
	v = strings.Clone(v)
	h.isListed[v] = true
	h.sitemaps = append(h.sitemaps, v)
}

func (h *robotsHandler) HandleUnknownAction(_ int, key, v string) {
	switch strings.ToLower(key) {
	case "crawl-delay", "crawldelay":
		h.inRules = true
		if s, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(v), "s"), 64); err == nil && s > 0 && s < 1e6 {
			h.group().crawlDelay = time.Duration(s * float64(time.Second))
		}
	case "license": // RSL: what use is allowed stands there
		h.license = strings.Clone(strings.ReplaceAll(v, hiddenPercent, "%"))
	case "content-signal", "content-usage":
		h.inRules = true
		g := h.group()
		if said := "robots.txt " + key + ": " + fetch.Printable(v); fetch.ForbidsMining(v) && !strings.Contains(g.optOut, said) && len(g.optOut) < 500 {
			g.optOut = joined(g.optOut, said)
		}
	}
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// robotsPath is a path and query in the form in which they are compared: what needs no escape has none, what needs
// one has it in upper case (RFC 9309 2.2.2).
func robotsPath(s string) string {
	return strings.NewReplacer("*", "%2A", "$", "%24").Replace(unescaped(s))
}

// robotsPattern is a pattern in that form; its * and its $ at the end keep their meaning.
func robotsPattern(s string) string {
	s = unescaped(s)
	end := strings.HasSuffix(s, "$")
	s = strings.ReplaceAll(strings.TrimSuffix(s, "$"), "$", "%24")
	if end {
		s += "$"
	}
	return s
}

// unescaped decodes escapes of unreserved characters, and escapes what is not ASCII.
func unescaped(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				if d := byte(v); isUnreserved(d) {
					b.WriteByte(d)
				} else {
					b.WriteString(strings.ToUpper(s[i : i+3]))
				}
				i += 2
				continue
			}
		}
		if c < 0x80 && c > 0x20 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	return isAlphanumeric(rune(c)) || strings.IndexByte("-._~", c) >= 0
}

// isAlphanumeric says whether c is a letter or digit of ASCII.
func isAlphanumeric(c rune) bool {
	lower := c | 0x20
	return lower >= 'a' && lower <= 'z' || c >= '0' && c <= '9'
}

// match is the rule that decides about a path and query: the longest, of equals an Allow (RFC 9309 2.2.2). A zero
// rule: none matches, which allows. The rules stand in this order, so the first that matches is the one.
func (r *robotsRules) match(path string) rule {
	path = robotsPath(path)
	for _, k := range r.rules {
		if patternMatches(k.pattern, path) {
			return k
		}
	}
	return rule{allow: true}
}

// byWeight puts rules into the order in which they decide.
func byWeight(a, b rule) int {
	switch {
	case len(a.pattern) != len(b.pattern):
		return len(b.pattern) - len(a.pattern)
	case a.allow == b.allow:
		return 0
	case a.allow:
		return -1
	}
	return 1
}

// patternMatches says whether a pattern matches a path from its beginning, with the verdicts of Google's matcher but in
// time of their lengths' sum, not product: each piece between stars is taken where it is met first, and none is
// looked for twice. A file of half a megabyte of stars would else take a second a page.
func patternMatches(pattern, path string) bool {
	pattern, atEnd := strings.CutSuffix(pattern, "$")
	first, rest, hasStar := strings.Cut(pattern, "*")
	path, ok := strings.CutPrefix(path, first)
	if !ok || !hasStar {
		return ok && (!atEnd || path == "")
	}
	for {
		piece, more, hasStar := strings.Cut(rest, "*")
		if !hasStar && atEnd {
			return strings.HasSuffix(path, piece)
		}
		i := strings.Index(path, piece)
		if i < 0 || !hasStar {
			return i >= 0
		}
		path, rest = path[i+len(piece):], more
	}
}

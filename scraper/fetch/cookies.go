package fetch

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

// jar keeps cookies in memory, within bounds that net/http/cookiejar does not have.
type jar struct {
	mu    sync.Mutex
	sites map[string]*cookiejar.Jar // by registrable domain, so that one site's flood is its own loss
	order []string                  // the oldest first
}

// The bounds are what RFC 6265 6.1 asks of a browser at least; sites, what 32 hosts at once can need in a while.
const (
	cookiesPerSite  = 50
	cookieBytes     = 4 << 10
	cookieHeaderMax = 8 << 10 // servers commonly refuse more than 8 KiB of headers
	cookieSites     = 2000
)

func newJar() *jar { return &jar{sites: map[string]*cookiejar.Jar{}} }

func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	site := siteOf(u.Hostname())
	s := j.sites[site]
	if s == nil {
		if len(j.order) >= cookieSites {
			delete(j.sites, j.order[0])
			j.order = j.order[1:]
		}
		s, _ = cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // its error is always nil
		j.sites[site] = s
		j.order = append(j.order, site)
	}
	var good []*http.Cookie
	size := 0
	for _, c := range append(s.Cookies(u), cookies...) {
		size += len(c.Name) + len(c.Value) + len("=; ")
		if len(c.Name)+len(c.Value) <= cookieBytes {
			good = append(good, c)
		}
	}
	if len(good) > cookiesPerSite || size > cookieHeaderMax {
		s, _ = cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
		j.sites[site] = s // more than a reader's browser would bear: begin again without
		return
	}
	s.SetCookies(u, cookies)
}

func (j *jar) Cookies(u *url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s := j.sites[siteOf(u.Hostname())]; s != nil {
		return s.Cookies(u)
	}
	return nil
}

// header is the Cookie header that an address would get.
func (j *jar) header(u *url.URL) string {
	var b strings.Builder
	for _, c := range j.Cookies(u) {
		b.WriteString(c.Name + "=" + c.Value + "; ")
	}
	return b.String()
}

// siteOf is the registrable domain of a host, or the host itself.
func siteOf(host string) string {
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}

package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// proxyConnected runs when a proxy has answered CONNECT.
func proxyConnected(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
	if r.StatusCode != http.StatusOK {
		return &proxyRefusedError{r.StatusCode}
	}
	return nil
}

// proxies says which proxy an address is asked through: the named one, or that of the environment. ALL_PROXY stands
// in for those of the two that are not set, and NO_PROXY holds for all.
func proxies(named string) (func(*url.URL) (*url.URL, error), []string, error) {
	c := httpproxy.FromEnvironment()
	c.CGI = false // REQUEST_METHOD in the environment of a cron job says nothing about a web server
	all := firstEnv("ALL_PROXY", "all_proxy")
	if c.HTTPProxy == "" {
		c.HTTPProxy = all
	}
	if c.HTTPSProxy == "" {
		c.HTTPSProxy = all
	}
	if named != "" {
		c.HTTPProxy, c.HTTPSProxy = named, named
	}
	var addrs []string
	for _, p := range []*string{&c.HTTPProxy, &c.HTTPSProxy} {
		if *p == "" {
			continue
		}
		u, err := proxyURL(*p)
		if err != nil {
			return nil, nil, err
		}
		*p = u.String()
		addrs = append(addrs, net.JoinHostPort(u.Hostname(), proxyPort(u)))
	}
	return c.ProxyFunc(), addrs, nil
}

func firstEnv(names ...string) string {
	for _, n := range names {
		if v := os.Getenv(n); v != "" {
			return v
		}
	}
	return ""
}

// proxyURL reads a proxy's address; host:port alone means http.
func proxyURL(s string) (*url.URL, error) {
	full := s
	if !strings.Contains(s, "://") {
		full = "http://" + s
	}
	u, err := url.Parse(full)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("proxy %s: not an address: use http://host:port, https://host:port or socks5://host:port", Printable(redacted(s)))
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, fmt.Errorf("proxy %s: unknown kind %q: use http, https or socks5", u.Redacted(), u.Scheme)
}

// redacted is s without what may be a password.
func redacted(s string) string {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		return "…" + s[i:]
	}
	return s
}

func proxyPort(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
}

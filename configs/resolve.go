package configs

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"newsmill/cleaner/article"
)

// Resolve returns the source that a word of the command line means: the key of a source of the configuration or
// the catalogue, a bare domain ("example.org"), or an address. A domain or address is taken as it is, with feeds
// and sitemaps found by looking; where a known source has its host, the cleaner's settings are taken from that.
func (c *Config) Resolve(arg string) (Source, error) {
	arg = strings.TrimSpace(arg)
	if s, ok := c.source(arg); ok {
		return s, nil
	}
	if s, ok := catalogued(arg); ok {
		s.inherit(c.Crawl)
		return s, nil
	}
	if !looksLikeAddress(arg) {
		near := didYouMean(arg, c.Keys())
		if near == "" {
			near = ": `newsmill sources list` shows them; a domain or an address works too"
		}
		return Source{}, fmt.Errorf("no source %q%s", arg, near)
	}
	address, schemeGuessed := arg, false
	if strings.HasPrefix(arg, "//") { // as pages write an address of either scheme
		address, schemeGuessed = "https:"+arg, true
	} else if !hasScheme.MatchString(arg) {
		address, schemeGuessed = "https://"+arg, true
		if host, _, _ := strings.Cut(arg, ":"); host == "localhost" || net.ParseIP(host) != nil {
			address = "http://" + arg // a server of one's own seldom has a certificate
		}
	}
	if err := checkAddress(address); err != nil {
		return Source{}, fmt.Errorf("%s: %w", arg, err)
	}
	address, err := article.FullURL(address)
	if err != nil {
		return Source{}, fmt.Errorf("%s: not an address: %w", arg, err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return Source{}, fmt.Errorf("%s: not an address: %w", arg, err)
	}
	key := strings.TrimPrefix(u.Host, "www.")
	s := Source{Key: key, Name: key, Start: []string{address}, Autodiscover: true, SchemeGuessed: schemeGuessed}
	s.inherit(c.Crawl)
	if known, ok := c.ByHost(u.Host); ok {
		s.Language, s.Country = known.Language, known.Country
		s.Selectors, s.Boilerplate, s.Hosts = known.Selectors, known.Boilerplate, known.Hosts
	}
	return s, nil
}

var bareDomain = regexp.MustCompile(`^(?://)?(localhost|\[[0-9a-fA-F:]+\]|[\pL\pM\pN_-]+(\.[\pL\pM\pN_-]+)+\.?)(:\d+)?([/?#].*)?$`)

// hasScheme matches what begins as an address: "https://", a browser's "https:\\", a feed reader's "feed:https://".
var hasScheme = regexp.MustCompile(`(?i)^\s*(?:[a-z][a-z0-9+.-]*:[/\\]{2}|(?:feed|https?):[/\\]*[^\d/\\])`)

func looksLikeAddress(arg string) bool {
	return hasScheme.MatchString(arg) || bareDomain.MatchString(arg)
}

// Keys are the keys of all sources known: those of the configuration, then those of the catalogue.
func (c *Config) Keys() []string {
	var keys []string
	for _, s := range c.Sources {
		keys = append(keys, s.Key)
	}
	for _, key := range catalogueKeys() {
		if _, ok := c.source(key); !ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// Enabled are the sources that a crawl without arguments visits.
func (c *Config) Enabled() []Source {
	var enabled []Source
	for _, s := range c.Sources {
		if !s.Disabled {
			enabled = append(enabled, s)
		}
	}
	return enabled
}

// ByHost finds the source that a host belongs to, in the configuration first and then in the catalogue: "www." and
// the hosts of its start pages count.
func (c *Config) ByHost(host string) (Source, bool) {
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	for _, sources := range [][]Source{c.Sources, Catalogue()} {
		for _, s := range sources {
			if s.hasHost(host) {
				return s, true
			}
		}
	}
	return Source{}, false
}

func (s *Source) hasHost(host string) bool {
	for _, h := range s.Hosts {
		if strings.TrimPrefix(h, "www.") == host {
			return true
		}
	}
	for _, start := range s.Start {
		if u, err := url.Parse(start); err == nil && strings.TrimPrefix(strings.ToLower(u.Host), "www.") == host {
			return true
		}
	}
	return false
}

// SiteOf is what the cleaner should know of a page's site: the settings of the source that has its host.
func (c *Config) SiteOf(address string) article.Site {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return article.Site{}
	}
	s, _ := c.ByHost(u.Host)
	return s.Site()
}

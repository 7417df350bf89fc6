// Package configs reads newsmill's configuration and holds the built-in catalogue of sources.
//
// A configuration is one YAML file, newsmill.yaml. [Load] reads it, checks it against schema.json and fills in
// what it takes from the catalogue; each error names the file, the line and what to write instead. schema.json
// documents every key, and editors read it for completion. The catalogue is sources/<key>.yaml, one source a
// file, embedded in the program and checked against the same schema.
//
// [Config.Resolve] makes a source of a word of the command line: the key of a source, a domain or an address.
//
// The way through the files, each of which uses only what comes before it: configs.go (the types), units.go (lengths of time,
// bytes), nearest.go (what may have been meant), tree.go (a YAML tree), sources.go (the catalogue's files), check.go (a tree
// against the schema, with line numbers), reader.go (what a checked tree means), catalogue.go, load.go (the user's file),
// resolve.go, template.go (what newsmill init writes).
package configs

import (
	"cmp"
	"fmt"
	"time"

	"newsmill/cleaner/article"
)

// Config is a configuration file, checked and complete.
type Config struct {
	Path    string // where it came from; empty: built in
	Contact string // address or e-mail that the User-Agent names
	Crawl   Crawl
	Sources []Source // in the file's order, those of use first
}

// Crawl holds the settings of a crawl that a source or a flag may override. Zero values mean the defaults, which
// scraper documents. A source has no Concurrency, PerAddress, MaxPages and MaxDuration of its own.
type Crawl struct {
	Delay       time.Duration   // least time between the starts of two requests to a host
	Concurrency int             // requests in flight, over all hosts
	MaxPages    int             // requests in a run; 0: no limit
	MaxDuration time.Duration   // of a run; 0: no limit
	Recheck     []time.Duration // ages at which an article is fetched again to catch corrections
	PageBytes   int64           // largest page, decoded
	PerAddress  int             // hosts of one IP address that are asked at once
	OptOuts     string          // of text mining: record or skip; empty: record
	KeepRaw     string          // of an article's raw page: always, unless-noarchive or never; empty: always
}

// Source is a site, or a part of one, to crawl.
type Source struct {
	Key          string   // short name in the command line and the database: "cgtn"; a bare domain without configuration
	Name         string   // for people
	Start        []string // home and section pages
	Feeds        []string
	Sitemaps     []string
	Allow, Deny  []string // RE2 patterns on the path and query of article addresses; Deny wins
	Hosts        []string // further hosts that belong to the source
	Language     string   // BCP 47
	Country      string   // ISO 3166-1 alpha-2, lower case
	Crawl        Crawl
	Selectors    Selectors
	Boilerplate  []article.Phrase
	Autodiscover bool // look for feeds and sitemaps that are not named: always true without configuration
	Disabled     bool // crawled only when named in the command line

	SchemeGuessed bool `json:"-"` // Start is a bare domain of the command line: where https can't be reached, http may be
}

// Selectors are a source's CSS selectors, for pages that the cleaner alone gets wrong.
type Selectors struct {
	Body, Remove string
}

// Site is what the cleaner needs to know of the source.
func (s *Source) Site() article.Site {
	return article.Site{
		Language: s.Language, Body: s.Selectors.Body, Remove: s.Selectors.Remove, Boilerplate: s.Boilerplate,
	}
}

// Error is a mistake in a configuration.
type Error struct {
	Path    string
	Line    int // 0: the file as a whole
	Message string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Message)
}

// inherit takes from the settings for all sources what the source itself leaves open and the scraper reads there.
func (s *Source) inherit(all Crawl) {
	s.Crawl.PageBytes = cmp.Or(s.Crawl.PageBytes, all.PageBytes)
	s.Crawl.OptOuts = cmp.Or(s.Crawl.OptOuts, all.OptOuts)
	s.Crawl.KeepRaw = cmp.Or(s.Crawl.KeepRaw, all.KeepRaw)
}

func (c *Config) source(key string) (Source, bool) {
	for _, s := range c.Sources {
		if s.Key == key {
			return s, true
		}
	}
	return Source{}, false
}

// put adds a source, or replaces the one with its key.
func (c *Config) put(s Source) {
	for i := range c.Sources {
		if c.Sources[i].Key == s.Key {
			c.Sources[i] = s
			return
		}
	}
	c.Sources = append(c.Sources, s)
}

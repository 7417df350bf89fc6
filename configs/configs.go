// Package configs reads newsmill's configuration and holds the built-in catalogue of sources.
package configs

import (
	"time"

	"newsmill/cleaner"
)

// Config is a configuration file, checked and complete.
type Config struct {
	Path    string // where it came from; empty: built in
	Contact string // address or e-mail that the User-Agent names
	Crawl   Crawl
	Sources []Source // in the file's order
}

// Crawl holds the settings of a crawl that a source or a flag may override. Zero values mean the defaults, which
// scraper documents.
type Crawl struct {
	Delay       time.Duration   // least time between the starts of two requests to a host
	Concurrency int             // requests in flight, over all hosts
	MaxPages    int             // requests in a run; 0: no limit
	MaxDuration time.Duration   // of a run; 0: no limit
	Recheck     []time.Duration // ages at which an article is fetched again to catch corrections
	PageBytes   int64           // largest page, decoded
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
	Boilerplate  []cleaner.Phrase
	Autodiscover bool // look for feeds and sitemaps that are not named: always true without configuration
}

// Selectors are a source's CSS selectors, for pages that the cleaner alone gets wrong.
type Selectors struct {
	Body, Remove string
}

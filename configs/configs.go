// Package configs reads newsmill's configuration and holds the built-in catalogue of sources.
//
// A configuration is one YAML file, newsmill.yaml. [Load] reads it, checks it against schema.json and fills in
// what it takes from the catalogue; each error names the file, the line and what to write instead. schema.json
// documents every key, and editors read it for completion. The catalogue is sources/<key>.yaml, one source a
// file, embedded in the program and checked against the same schema.
//
// [Config.Resolve] makes a source of a word of the command line: the key of a source, a domain or an address.
//
// The way through the files: configs.go (the types, what a file means), check.go (a YAML tree against the schema,
// with line numbers), catalogue.go (the embedded sources), resolve.go.
package configs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"newsmill/cleaner"
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
	Boilerplate  []cleaner.Phrase
	Autodiscover bool // look for feeds and sitemaps that are not named: always true without configuration
	Disabled     bool // crawled only when named in the command line

	SchemeGuessed bool `json:"-"` // Start is a bare domain of the command line: where https can't be reached, http may be
}

// Selectors are a source's CSS selectors, for pages that the cleaner alone gets wrong.
type Selectors struct {
	Body, Remove string
}

// Site is what the cleaner needs to know of the source.
func (s *Source) Site() cleaner.Site {
	return cleaner.Site{
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

// Load reads the configuration file at path. With an empty path it reads newsmill.yaml of the working directory,
// or returns [Default] where there is none. A mistake in the file is an [*Error].
func Load(path string) (*Config, error) {
	name := cmp.Or(path, "newsmill.yaml")
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && path == "":
		return Default(), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{Path: name, Message: "no such file: `newsmill init` writes one"}
	case err != nil:
		return nil, &Error{Path: name, Message: plainFileError(err)}
	}
	return Parse(name, text)
}

// Default is the configuration where there is no file: the whole catalogue.
func Default() *Config { return &Config{Sources: Catalogue()} }

// Parse reads a configuration; name is for messages.
func Parse(name string, text []byte) (*Config, error) {
	root, err := check(name, text, "#")
	if err != nil {
		return nil, err
	}
	c := &Config{Path: name}
	r := reader{name: name}
	each(root, func(key string, value ast.Node) {
		switch key {
		case "contact":
			c.Contact = r.text(value)
		case "crawl":
			c.Crawl = r.crawl(value)
		case "use":
			c.use(r.texts(value))
		}
	})
	each(child(root, "sources"), func(key string, value ast.Node) {
		s, listed := c.source(key)
		if !listed {
			s, _ = catalogued(key)
		}
		s.Key = key
		r.source(&s, value)
		if len(s.Start)+len(s.Feeds)+len(s.Sitemaps) == 0 {
			r.fail(value, fmt.Sprintf("source %q has nothing to start from: give start, feeds or sitemaps", key))
		}
		c.put(s)
	})
	if r.err == nil && len(c.Sources) == 0 && (child(root, "use") != nil || child(root, "sources") != nil) {
		r.fail(root, "no sources: list some under use or sources")
	}
	if r.err != nil {
		return nil, r.err
	}
	if len(c.Sources) == 0 { // a file that only says how to crawl
		c.Sources = Catalogue()
	}
	for i := range c.Sources {
		c.Sources[i].inherit(c.Crawl)
	}
	return c, nil
}

// use adds sources of the catalogue.
func (c *Config) use(keys []string) {
	for _, key := range keys {
		for _, s := range Catalogue() {
			if s.Key == key || key == allSources && !s.Disabled {
				s.Disabled = false // named, so meant
				c.put(s)
			}
		}
	}
}

// inherit takes from the settings for all sources what the source itself leaves open and the scraper reads there.
func (s *Source) inherit(all Crawl) {
	s.Crawl.PageBytes = cmp.Or(s.Crawl.PageBytes, all.PageBytes)
	s.Crawl.OptOuts = cmp.Or(s.Crawl.OptOuts, all.OptOuts)
	s.Crawl.KeepRaw = cmp.Or(s.Crawl.KeepRaw, all.KeepRaw)
}

// allSources in `use` means the whole catalogue.
const allSources = "all"

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

// reader turns nodes that check has approved into values. What check can't see is kept as the first error.
type reader struct {
	name string
	err  error
}

func (r *reader) fail(at ast.Node, message string) {
	if r.err == nil {
		r.err = &Error{Path: r.name, Line: line(at), Message: message}
	}
}

// source sets the fields that the node names and leaves the others, which a source of the catalogue may have set.
func (r *reader) source(s *Source, node ast.Node) {
	inherited, named := s.Name != "", false
	each(node, func(key string, value ast.Node) {
		switch key {
		case "name":
			s.Name = r.text(value)
		case "start":
			s.Start = r.texts(value)
		case "feeds":
			s.Feeds = r.texts(value)
		case "sitemaps":
			s.Sitemaps = r.texts(value)
		case "autodiscover":
			s.Autodiscover, named = r.boolean(value), true
		case "hosts":
			s.Hosts = r.texts(value)
		case "allow":
			s.Allow = r.texts(value)
		case "deny":
			s.Deny = r.texts(value)
		case "language":
			s.Language = r.text(value)
		case "country":
			s.Country = r.text(value)
		case "selectors":
			s.Selectors = r.selectors(value)
		case "boilerplate":
			s.Boilerplate = r.phrases(value)
		case "disabled":
			s.Disabled = r.boolean(value)
		}
	})
	r.settings(&s.Crawl, node)
	if !named && !inherited {
		s.Autodiscover = len(s.Feeds)+len(s.Sitemaps) == 0
	}
	s.Name = cmp.Or(s.Name, s.Key)
}

func (r *reader) crawl(node ast.Node) Crawl {
	var c Crawl
	r.settings(&c, node)
	return c
}

// settings sets the fields of a Crawl that the node names and leaves the others.
func (r *reader) settings(c *Crawl, node ast.Node) {
	each(node, func(key string, value ast.Node) {
		switch key {
		case "delay":
			c.Delay = r.duration(value)
		case "concurrency":
			c.Concurrency = int(r.integer(value))
		case "per_address":
			c.PerAddress = int(r.integer(value))
		case "opt_outs":
			c.OptOuts = r.text(value)
		case "keep_raw":
			c.KeepRaw = r.text(value)
		case "recheck":
			c.Recheck = nil
			for _, item := range items(value) {
				c.Recheck = append(c.Recheck, r.duration(item))
			}
		case "limits":
			r.settings(c, value)
		case "max_pages":
			c.MaxPages = int(r.integer(value))
		case "max_duration":
			c.MaxDuration = r.duration(value)
		case "page_bytes":
			c.PageBytes, _ = parseBytes(r.text(value))
		}
	})
}

func (r *reader) selectors(node ast.Node) Selectors {
	var s Selectors
	each(node, func(key string, value ast.Node) {
		switch key {
		case "body":
			s.Body = r.text(value)
		case "remove":
			s.Remove = r.text(value)
		}
	})
	return s
}

func (r *reader) phrases(node ast.Node) []cleaner.Phrase {
	var phrases []cleaner.Phrase
	for _, item := range items(node) {
		var p cleaner.Phrase
		each(item, func(key string, value ast.Node) {
			switch key {
			case "id":
				p.ID = r.text(value)
			case "match":
				p.Match = r.text(value)
			case "label":
				p.Label, _ = label(r.text(value))
			}
		})
		phrases = append(phrases, p)
	}
	return phrases
}

func (r *reader) texts(node ast.Node) []string {
	var texts []string
	for _, item := range items(node) {
		texts = append(texts, r.text(item))
	}
	return texts
}

func (r *reader) text(node ast.Node) string { return scalar(node) }

func (r *reader) boolean(node ast.Node) bool { return strings.EqualFold(scalar(node), "true") }

func (r *reader) integer(node ast.Node) int64 {
	n, err := strconv.ParseInt(scalar(node), 0, 64)
	if err != nil {
		r.fail(node, fmt.Sprintf("%s is not a number that fits", scalar(node)))
	}
	return n
}

func (r *reader) duration(node ast.Node) time.Duration {
	d, _ := ParseDuration(scalar(node))
	return d
}

// label finds a label by its name.
func label(name string) (article.Label, bool) {
	for _, l := range article.Labels() {
		if l.String() == name {
			return l, true
		}
	}
	return article.Unlabelled, false
}

// ParseDuration reads a length of time as [time.ParseDuration] does, with days ("7d") and weeks ("2w") besides.
func ParseDuration(s string) (time.Duration, error) {
	days := map[byte]time.Duration{'d': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if n := len(s); n > 1 && days[s[n-1]] > 0 {
		if v, err := strconv.ParseFloat(s[:n-1], 64); err == nil && v >= 0 && v < 40_000 { // 40,000 weeks overflow
			return time.Duration(v * float64(days[s[n-1]])), nil
		}
	} else if v, err := time.ParseDuration(s); err == nil && v >= 0 {
		return v, nil
	}
	return 0, errors.New("write a length of time such as 90m, 24h, 7d or 2w")
}

// parseBytes reads a number of bytes: 5000000, 5MB, 5 MiB.
func parseBytes(s string) (int64, error) {
	number := strings.TrimRight(s, " kKMGiB")
	units := map[string]int64{
		"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
	}
	unit, known := units[strings.TrimSpace(s[len(number):])]
	n, err := strconv.ParseFloat(number, 64)
	if !known || err != nil || n < 0 || n*float64(unit) > 1<<40 {
		return 0, errors.New("write a number of bytes such as 5000000 or 5MB")
	}
	return int64(n * float64(unit)), nil
}

func plainFileError(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

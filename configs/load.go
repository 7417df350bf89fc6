package configs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/goccy/go-yaml/ast"
)

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

// Default is the configuration where there is no file: the whole catalogue.
func Default() *Config { return &Config{Sources: Catalogue()} }

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

func plainFileError(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

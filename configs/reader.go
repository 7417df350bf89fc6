package configs

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"newsmill/cleaner/article"
)

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

func (r *reader) phrases(node ast.Node) []article.Phrase {
	var phrases []article.Phrase
	for _, item := range items(node) {
		var p article.Phrase
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

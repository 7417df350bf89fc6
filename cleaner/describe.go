package cleaner

import (
	"fmt"
	"strings"
	"time"
)

// describe fills the article's metadata, each value with its source.
func describe(r *Result, d *document, ev *evidence) {
	a := &r.Article
	if d.base != nil {
		a.URL = d.base.String()
	}
	a.CanonicalURL = a.URL
	a.Language = d.lang
	a.Title = firstOf(ev.said(metaTitle), d.raw.title)
	a.SiteName = ev.said(metaSiteName)
	a.Description = ev.said(metaDescription)
	if raw := ev.said(metaPublished); raw != "" {
		if t, err := time.Parse(time.RFC3339, raw); err == nil {
			a.PublishedAt = Moment{Time: t, HasClock: true, HasZone: true, Raw: raw}
		}
	}
	for _, l := range d.raw.relLinks {
		if l.rel == "canonical" {
			if u := d.resolve(l.href); u != "" {
				a.CanonicalURL = u
			}
		}
		if l.rel == "alternate" && (strings.Contains(l.typ, "rss") || strings.Contains(l.typ, "atom") || strings.Contains(l.typ, "feed+json")) {
			r.Feeds = append(r.Feeds, FeedLink{URL: d.resolve(l.href), Type: l.typ, Title: l.title})
		}
	}
	for _, name := range strings.Split(strings.ToLower(ev.said(metaRobots)), ",") {
		if name = strings.TrimSpace(name); name != "" {
			r.RobotsMeta = append(r.RobotsMeta, name)
		}
	}
	paragraphs := 0
	for _, b := range d.blocks {
		if b.label == Paragraph {
			paragraphs++
			a.WordCount += len(strings.Fields(b.text))
		}
	}
	a.PageType, a.Confidence = PageOther, 0.5
	if a.WordCount > 60 && d.base != nil && strings.Trim(d.base.Path, "/") != "" {
		a.PageType, a.IsArticle = PageArticle, true
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// report turns the document's blocks into the result's.
func report(r *Result, d *document) {
	r.Links = d.links
	r.Blocks = make([]Block, len(d.blocks))
	for i, b := range d.blocks {
		path := fmt.Sprintf("line %d", i+1)
		if !d.lines {
			path = d.path(b.el)
		}
		r.Blocks[i] = Block{Text: b.text, Label: b.label, Reason: b.reason, Score: b.score, Path: path}
	}
}

package cleaner

import (
	"fmt"
	"strconv"
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
	}
	point(r, d)
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

// feedTypes are the media types by which pages announce feeds, correct and usual ones.
var feedTypes = []string{"rss", "atom", "rdf+xml", "feed+json", "text/xml", "application/xml"}

// point fills in where else the page points to: feeds, the next page, the AMP twin, the target of a refresh.
func point(r *Result, d *document) {
	for _, l := range d.raw.relLinks {
		for _, rel := range strings.Fields(strings.ToLower(l.rel)) {
			switch u := d.resolve(l.href); {
			case u == "":
			case rel == "alternate" && containsAny(strings.ToLower(l.typ), feedTypes):
				r.Feeds = append(r.Feeds, FeedLink{URL: u, Type: l.typ, Title: l.title})
			case rel == "next" && r.NextPage == "":
				r.NextPage = u
			case rel == "amphtml" && r.AMP == "":
				r.AMP = u
			}
		}
	}
	for _, l := range d.links {
		if r.NextPage == "" && containsAny(" "+strings.ToLower(l.Rel)+" ", []string{" next "}) {
			r.NextPage = l.URL
		}
	}
	for _, m := range d.raw.metas {
		if m.name != "refresh" {
			continue
		}
		wait, target, ok := strings.Cut(m.content, ";")
		key, target, isURL := strings.Cut(target, "=")
		seconds, err := strconv.ParseFloat(strings.TrimSpace(wait), 64)
		if ok && isURL && err == nil && seconds <= 5 && strings.EqualFold(strings.TrimSpace(key), "url") {
			r.RefreshURL = d.resolve(strings.Trim(strings.TrimSpace(target), `"'`))
		}
	}
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
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

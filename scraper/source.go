package scraper

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"newsmill/cleaner/article"
	"newsmill/configs"
	"newsmill/scraper/listing"
	"newsmill/storage"
)

// Sections that a run reads of a source. Where sitemaps list articles sections are read all the same, since many
// sitemaps have a part of them only: one language, one section, the last two days.
const (
	maxMappedSections = 60
	maxAllSections    = 300
)

// source is a configured source with what the run knows of it.
type source struct {
	configs.Source
	allow, deny []*regexp.Regexp

	mu    sync.Mutex
	names map[string]storage.JobKind // its start pages (sections), feeds and sitemaps, normalised, and what they redirect to
	sites map[string]bool            // registrable domains that belong to it

	discover atomic.Bool // look for feeds and sitemaps that are not named

	listed atomic.Int64 // articles that its feeds and sitemaps list, as far as this run knows
	mapped atomic.Int64 // of these, by sitemaps

	sections atomic.Int64 // section pages that this run read
}

func (s *source) maxSections() int64 {
	if s.mapped.Load() > 0 {
		return maxMappedSections
	}
	return maxAllSections
}

func newSource(c *configs.Source) *source {
	s := &source{Source: *c, names: map[string]storage.JobKind{}, sites: map[string]bool{}}
	s.discover.Store(c.Autodiscover)
	for _, raw := range slices.Concat(c.Start, c.Feeds, c.Sitemaps) {
		if a, ok := addressOf(raw); ok {
			s.admit(a.u.Host)
		}
	}
	for _, h := range c.Hosts {
		s.admit(h)
	}
	return s
}

// merge takes in another source of the same key: several addresses of one host on a command line.
func (s *source) merge(o *source) {
	s.Start = append(s.Start, o.Start...)
	s.Feeds = append(s.Feeds, o.Feeds...)
	s.Sitemaps = append(s.Sitemaps, o.Sitemaps...)
	for d := range o.sites {
		s.sites[d] = true
	}
}

// admit makes a host's site part of the source.
func (s *source) admit(host string) {
	if host == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sites[site(host)] = true
}

// owns says whether a host belongs to the source.
func (s *source) owns(host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sites[site(strings.ToLower(host))]
}

// name makes an address one that the source itself names, or that such a one redirects to.
func (s *source) name(address string, kind storage.JobKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.names[address]; !ok {
		s.names[address] = kind
	}
}

// named says as what the source itself names an address; empty: it doesn't.
func (s *source) named(address string) storage.JobKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[address]
}

// namedAs lists what the source itself names as of a kind.
func (s *source) namedAs(kind storage.JobKind) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for a, k := range s.names {
		if k == kind {
			all = append(all, a)
		}
	}
	return all
}

func (s *source) isStart(address string) bool { return s.named(address) == storage.SectionJob }

func (s *source) addStart(address string) { s.name(address, storage.SectionJob) }

// isTrusted says whether an address is a feed that the configuration names: what it links to is what the owner wants.
func (s *source) isTrusted(address string) bool { return s.named(address) == storage.FeedJob }

// leadsBack says whether an address of another site names a host of the source in its query, as those do that have a
// reader's consent or login to see to and then send them back, and those that count clicks.
func (s *source) leadsBack(u *url.URL) bool {
	if u.RawQuery == "" || s.owns(u.Host) {
		return false
	}
	for _, values := range u.Query() {
		for _, v := range values {
			if a, ok := addressOf(v); ok && s.owns(a.u.Host) {
				return true
			}
		}
	}
	return false
}

// mayLead says whether a job may redirect to an address. Feeds and sitemaps may move to hosts for such things, since of
// what they list only addresses of the source count. A page leads to another site only to come back, or where a
// configured feed links to it.
func (s *source) mayLead(j storage.Job, to *url.URL) bool {
	switch {
	case !s.owns(j.Host), s.owns(to.Host), j.Kind == storage.FeedJob, j.Kind == storage.SitemapJob:
		return true
	}
	return j.Depth == listedDepth && s.isTrusted(j.FoundOn) || s.leadsBack(to)
}

// mayList says whether an address that a feed or sitemap lists is asked for. Of the source's own feeds that is all: they
// may count clicks at another host, or tell of a sister's articles. Of a feed elsewhere, addresses of the source, and those
// of the feed's own site or with a way back: they must lead to the source (isStray).
func (s *source) mayList(from storage.Job, e listing.Entry, u *url.URL) bool {
	switch {
	case s.owns(u.Host):
		return true
	case e.IsNested: // a sitemap's parts are where it is, or where the site's own index says
		return s.owns(from.Host) || strings.EqualFold(u.Host, from.Host)
	case from.Kind == storage.SitemapJob:
		return false
	}
	return s.isTrusted(from.URL) || s.owns(from.Host) || site(u.Host) == site(from.Host) || s.leadsBack(u)
}

// isStray says whether a page was only asked for in order to be led on to the source, and didn't.
func (s *source) isStray(j storage.Job) bool {
	if s.owns(j.Host) || s.named(j.URL) != "" || j.Class == string(ClassStored) || j.Kind != storage.ArticleJob && j.Kind != storage.SectionJob {
		return false
	}
	if u, err := url.Parse(j.URL); err == nil && j.Hops > 0 && s.leadsBack(u) {
		return true
	}
	return j.Depth != listedDepth || !s.isTrusted(j.FoundOn) && !s.owns(hostOf(j.FoundOn))
}

// seeds are the source's own addresses as jobs.
func (s *source) seeds(now time.Time) ([]storage.Job, error) {
	var err error
	if s.allow, err = compileAll(s.Allow); err != nil {
		return nil, err
	}
	if s.deny, err = compileAll(s.Deny); err != nil {
		return nil, err
	}
	var jobs []storage.Job
	add := func(raw string, kind storage.JobKind, priority float64) error {
		if _, err := article.NormalizeURL(raw); err != nil {
			return fmt.Errorf("%s: %w", raw, err)
		}
		a, ok := addressOf(raw)
		if !ok {
			return fmt.Errorf("%s: %w", raw, article.ErrURL)
		}
		s.name(a.url, kind)
		j := a.job(s.Key, kind)
		j.Priority, j.FoundAt = priority, now
		jobs = append(jobs, j)
		return nil
	}
	for _, raw := range s.Start {
		err = errors.Join(err, add(raw, storage.SectionJob, startPriority))
	}
	for _, raw := range s.Feeds {
		err = errors.Join(err, add(raw, storage.FeedJob, feedPriority))
	}
	for _, raw := range s.Sitemaps {
		err = errors.Join(err, add(raw, storage.SitemapJob, sitemapPriority))
	}
	return jobs, err
}

func compileAll(patterns []string) ([]*regexp.Regexp, error) {
	var all []*regexp.Regexp
	for _, p := range patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, err
		}
		all = append(all, re)
	}
	return all, nil
}

// restore brings back what earlier runs found: where what it names moved to, and whether anything lists articles.
func (s *source) restore(ctx context.Context, db *storage.Writer) error {
	for _, kind := range []storage.JobKind{storage.SectionJob, storage.FeedJob, storage.SitemapJob} {
		for _, address := range s.namedAs(kind) {
			for range maxHops {
				j, _, ok, err := db.JobOf(ctx, address)
				if err != nil {
					return err
				}
				if !ok || j.RedirectsTo == "" {
					break
				}
				s.moved(address, j.RedirectsTo)
				address = j.RedirectsTo
			}
		}
	}
	n, err := db.SourceJobs(ctx, s.Key)
	s.listed.Store(int64(n.Listed))
	s.mapped.Store(int64(n.Mapped))
	return err
}

// moved notes that an address redirects to another: what the source names is named there, too. A start page takes its site
// with it, unless it is only to come back from there.
func (s *source) moved(from, to string) {
	kind := s.named(from)
	u, err := url.Parse(to)
	if err != nil || kind == "" || kind == storage.SectionJob && s.leadsBack(u) {
		return
	}
	s.name(to, kind)
	if kind == storage.SectionJob {
		s.admit(u.Host)
	}
}

// permits applies the source's own patterns to an article's address.
func (s *source) permits(u *url.URL) bool {
	target := u.EscapedPath()
	if u.RawQuery != "" {
		target += "?" + u.RawQuery
	}
	for _, re := range s.deny {
		if re.MatchString(target) {
			return false
		}
	}
	for _, re := range s.allow {
		if re.MatchString(target) {
			return true
		}
	}
	return len(s.allow) == 0
}

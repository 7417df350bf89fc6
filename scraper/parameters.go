package scraper

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"newsmill/cleaner/article"
	"newsmill/storage"
)

// Bounds of trials: fetches by which we learn whether a parameter that on most sites only tracks, as cmp, tells a host's
// articles apart.
const (
	enoughSame   = 2               // pairs of addresses of one shape that led to one article each: the parameter tracks
	enoughElse   = 3               // pairs of other shapes of the host, beside one of this
	maxUnclear   = 3               // trials of a shape without two articles to compare: then it is as on most sites
	maxTrials    = 8               // of a parameter on a host, whatever its shapes
	trialTime    = 5 * time.Second // that others wait for a trial under way: cleaning and storing a page takes tenths of that
	maxPostponed = 1000            // trials whose counterpart was not fetched yet
)

// parameters learns per host which parameters tell articles apart that on most sites only track. An address that differs from
// a known one in nothing else is a job of its own. The first of them are asked for: where two such addresses led to different
// articles, so are all others; where they led to one, the others end as its alias.
type parameters struct {
	mu        sync.Mutex
	counts    map[parameter]*storage.ParameterCount
	trials    map[string]trial            // under way, by address
	running   map[[2]string]chan struct{} // by host and shape; closed when the trial has ended
	postponed map[string][]trial          // that led to an article, by the counterpart that did not yet
}

type parameter struct{ host, shape, name string }

// trial is the fetch of an address that may be another's.
type trial struct {
	host, shape string
	names       []string // parameters that the other address may not have
	than        string   // the other address
	article     int64    // that it led to
}

// trialOf reads an address with parameters that may only track; false: it has none.
func trialOf(address string) (t trial, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.RawQuery == "" {
		return t, false
	}
	for p := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(p, "=")
		name = strings.ToLower(name)
		if article.TrackingOf(name) == article.LikelyTracking && !slices.Contains(t.names, name) {
			t.names = append(t.names, name)
		}
	}
	if len(t.names) == 0 {
		return t, false
	}
	if t.than, err = article.NormalizeURL(address); err != nil {
		return t, false
	}
	other, err := url.Parse(t.than)
	if err != nil {
		return t, false
	}
	t.host, t.shape = strings.ToLower(u.Host), urlShape(other)
	return t, true
}

// verdict says what is known of an address's parameters.
type verdict uint8

const (
	unknownYet verdict = iota
	onlyTracks
	tellsApart
)

// of is the verdict on all parameters of an address: one that tells articles apart is enough. The caller holds mu.
func (p *parameters) of(t trial) verdict {
	all := onlyTracks
	for _, name := range t.names {
		switch p.verdict(t, name) {
		case tellsApart:
			return tellsApart
		case unknownYet:
			all = unknownYet
		}
	}
	return all
}

func (p *parameters) verdict(t trial, name string) verdict {
	var own, host storage.ParameterCount
	for at, c := range p.counts {
		if at.host != t.host || at.name != name {
			continue
		}
		host.Same, host.Other, host.Unclear = host.Same+c.Same, host.Other+c.Other, host.Unclear+c.Unclear
		if at.shape == t.shape {
			own = *c
		}
	}
	isSpent := host.Same+host.Other+host.Unclear >= maxTrials
	switch {
	case own.Other > 0, isSpent && host.Other > 0:
		return tellsApart
	case own.Same >= enoughSame, own.Same > 0 && host.Same > enoughElse && host.Other == 0:
		return onlyTracks
	case isSpent, own.Same == 0 && own.Unclear >= maxUnclear:
		return onlyTracks
	}
	return unknownYet
}

// tell reports whether it is known that an address's parameters tell articles apart.
func (p *parameters) tell(address string) bool {
	t, ok := trialOf(address)
	p.mu.Lock()
	defer p.mu.Unlock()
	return ok && p.of(t) == tellsApart
}

// worth reports whether an address is to be asked for that may be another's. If that is not known, it is a trial, and those
// like it wait for its end.
func (p *parameters) worth(ctx context.Context, address string) bool {
	t, ok := trialOf(address)
	if !ok {
		return true
	}
	key := [2]string{t.host, t.shape}
	for late := time.After(trialTime); ; {
		p.mu.Lock()
		running := p.running[key]
		switch v := p.of(t); {
		case v != unknownYet:
			p.mu.Unlock()
			return v == tellsApart
		case running == nil:
			p.start(address, t, key)
			p.mu.Unlock()
			return true
		}
		p.mu.Unlock()
		select {
		case <-running:
		case <-late:
			return true
		case <-ctx.Done():
			return true
		}
	}
}

func (p *parameters) start(address string, t trial, key [2]string) {
	if p.trials == nil {
		p.trials, p.running, p.postponed = map[string]trial{}, map[[2]string]chan struct{}{}, map[string][]trial{}
	}
	p.trials[address] = t
	p.running[key] = make(chan struct{})
}

// learn counts what a trial showed.
func (p *parameters) learn(t trial, count func(*storage.ParameterCount)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range t.names {
		count(p.count(parameter{t.host, t.shape, name}))
	}
}

// count returns the counts of a parameter. The caller holds mu.
func (p *parameters) count(at parameter) *storage.ParameterCount {
	if p.counts == nil {
		p.counts = map[parameter]*storage.ParameterCount{}
	}
	c := p.counts[at]
	if c == nil {
		c = &storage.ParameterCount{Host: at.host, Shape: at.shape, Parameter: at.name}
		p.counts[at] = c
	}
	return c
}

// all is what was learned, to be kept.
func (p *parameters) all() []storage.ParameterCount {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]storage.ParameterCount, 0, len(p.counts))
	for _, c := range p.counts {
		all = append(all, *c)
	}
	return all
}

// restore brings back what earlier runs learned.
func (p *parameters) restore(known []storage.ParameterCount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range known {
		*p.count(parameter{k.Host, k.Shape, k.Parameter}) = k
	}
}

// take returns the trial that an address was, if it was one, and those that waited for it.
func (p *parameters) take(address string) (own trial, isTrial bool, waiting []trial) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own, isTrial = p.trials[address]
	delete(p.trials, address)
	waiting = p.postponed[address]
	delete(p.postponed, address)
	return own, isTrial, waiting
}

// finish lets those go on that wait for a trial.
func (p *parameters) finish(t trial) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := [2]string{t.host, t.shape}
	if running := p.running[key]; running != nil {
		close(running)
		delete(p.running, key)
	}
}

// postpone keeps a trial until its counterpart has ended.
func (p *parameters) postpone(t trial) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.postponed) < maxPostponed {
		p.postponed[t.than] = append(p.postponed[t.than], t)
	}
}

// learnFrom draws what an ending says of the parameters of its address, or of those that were tried beside it.
func (p *parameters) learnFrom(ctx context.Context, db *storage.Writer, log *slog.Logger, s storage.Stored, redirectsTo string) {
	t, isTrial, waiting := p.take(s.URL)
	for _, w := range waiting {
		p.compare(w, s.ArticleID)
	}
	if !isTrial {
		return
	}
	defer p.finish(t)
	t.article = s.ArticleID
	switch {
	case redirectsTo == t.than:
		p.learn(t, func(c *storage.ParameterCount) { c.Same++ })
		return
	case redirectsTo != "":
		p.learn(t, func(c *storage.ParameterCount) { c.Other++ }) // whether it leads elsewhere than another is for that one to show
		return
	}
	other, _, known, err := db.JobOf(ctx, t.than)
	if err == nil && known && other.Class == "" && t.article != 0 {
		p.postpone(t)
		return
	}
	var article int64
	if err == nil {
		article, err = db.ArticleAt(ctx, (task{Job: other}).target())
	}
	if err != nil {
		log.Warn("what a parameter tells apart is not known", "url", s.URL, "error", err)
	}
	if isListing := other.Class == string(ClassRead) || other.Class == string(ClassNotArticle); isListing && t.article != 0 {
		article = noArticle
	}
	p.compare(t, article)
}

// noArticle stands for a page that was read and is no article: another page than one that is.
const noArticle = -1

// compare counts a trial whose counterpart led to an article, or to none: 0.
func (p *parameters) compare(t trial, other int64) {
	p.learn(t, func(c *storage.ParameterCount) {
		switch {
		case t.article == 0 || other == 0:
			c.Unclear++
		case t.article == other:
			c.Same++
		default:
			c.Other++
		}
	})
}

package scraper

import (
	"net/url"
	"strings"
	"sync"

	"newsmill/scraper/fetch"
)

// Bounds of what is left out since its like led nowhere.
const (
	trapPatience  = 8  // pages under one path that bring nothing new, before the rest of it is left out
	deadPatience  = 20 // links of one page that are dead, and none that is alive, before the rest of them is left out
	maxDeadPages  = 20_000
	maxTrapGroups = 2000 // paths of a host that are told apart
)

// traps counts, per host and first part of the path, pages in a row that led to nothing new.
type traps struct {
	mu     sync.Mutex
	barren map[string]int
}

func trapGroup(u *url.URL) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return strings.ToLower(u.Host) + "/" + first
}

func (t *traps) visited(u *url.URL, broughtNew bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.barren == nil {
		t.barren = map[string]int{}
	}
	g := trapGroup(u)
	switch {
	case broughtNew:
		delete(t.barren, g)
	case len(t.barren) < maxTrapGroups || t.barren[g] > 0:
		t.barren[g]++
	}
}

func (t *traps) closed(u *url.URL) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.barren[trapGroup(u)] >= trapPatience
}

// deadLinks counts, per page, the links that turned out to be dead. A page with a thousand links of which the first
// twenty answer 404 is a copy, a cache or an archive of something else, and the rest of them would answer so, too.
type deadLinks struct {
	mu   sync.Mutex
	dead map[string]int // -1: one is alive
}

// followed notes what became of a link of a page.
func (d *deadLinks) followed(page string, o fetch.Outcome) {
	isDead := false
	switch o := o.(type) {
	case fetch.Failed:
		if isDead = o.Class == fetch.ClassHTTP4xx; !isDead {
			return
		}
	case fetch.Refused:
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead == nil {
		d.dead = map[string]int{}
	}
	n, known := d.dead[page]
	switch {
	case !known && len(d.dead) >= maxDeadPages, n < 0:
	case isDead:
		d.dead[page] = n + 1
	default:
		d.dead[page] = -1
	}
}

func (d *deadLinks) closed(page string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead[page] >= deadPatience
}

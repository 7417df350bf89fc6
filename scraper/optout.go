package scraper

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jimsmart/grobotstxt"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// Opt-outs of text and data mining that machines can read, as evidence to be kept with the article, or to be obeyed
// where the user wishes so: robots.txt (Content-Usage, Content-Signal, RSL's License), TDMRep's file, headers, and what
// the page itself says, which the cleaner reads.

// OptOuts says what to do with articles whose publisher reserves text and data mining.
type OptOuts string

// The ways to treat them.
const (
	RecordOptOuts OptOuts = "record" // keep the evidence with the article; the default
	SkipOptOuts   OptOuts = "skip"   // don't store the article, nor ask for it where that is known before
)

// reservations are what a host's /.well-known/tdmrep.json says (W3C TDMRep 6.2).
type reservations struct {
	rules     []tdmRule
	body      []byte // as fetched; nil: there is none
	fetchedAt time.Time
	expiresAt time.Time
}

// tdmRule is one of its objects.
type tdmRule struct {
	location string // a pattern like those of robots.txt
	reserved bool
	policy   string // where a licence may be had; empty: nowhere
}

// Bounds of a tdmrep.json.
const (
	maxTDMRules  = 1000
	tdmFresh     = 24 * time.Hour // as robots.txt
	tdmRetry     = time.Hour      // after a failure
	tdmPath      = "/.well-known/tdmrep.json"
	maxTDMPolicy = 200
)

// parseTDMRep reads a tdmrep.json; what makes no sense is skipped.
func parseTDMRep(body []byte) []tdmRule {
	var raw []struct {
		Location    string          `json:"location"`
		Reservation json.RawMessage `json:"tdm-reservation"`
		Policy      string          `json:"tdm-policy"`
	}
	if json.Unmarshal(body, &raw) != nil {
		return nil
	}
	var rules []tdmRule
	for _, k := range raw[:min(len(raw), maxTDMRules)] {
		if k.Location == "" {
			continue
		}
		value := strings.Trim(string(k.Reservation), `" `)
		rules = append(rules, tdmRule{robotsPattern(k.Location), value == "1" || value == "true", k.Policy})
	}
	return rules
}

// evidence is what the file says of a path; the first rule that matches counts. Empty: nothing is reserved.
func (k *reservations) evidence(path string) string {
	path = robotsPath(path)
	for _, rule := range k.rules {
		if !grobotstxt.Matches(path, rule.location) {
			continue
		}
		if !rule.reserved {
			return ""
		}
		s := "tdmrep.json " + fetch.Printable(rule.location) + ": tdm-reservation 1"
		if rule.policy != "" {
			s += " (" + fetch.Printable(rule.policy[:min(len(rule.policy), maxTDMPolicy)]) + ")"
		}
		return s
	}
	return ""
}

// restoredReservations are those of an earlier run; nil: none.
func restoredReservations(s storage.HostState) *reservations {
	if s.TDMFetchedAt.IsZero() {
		return nil
	}
	return &reservations{rules: parseTDMRep(s.TDMBody), body: s.TDMBody, fetchedAt: s.TDMFetchedAt, expiresAt: s.TDMFetchedAt.Add(tdmFresh)}
}

func (o *robotsOrigin) knownReservations() *reservations {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.reserved
}

// AskReservations reads the tdmrep.json of the address's host where that is due, in the host's turn. Check must have
// agreed to the address before.
func (r *Robots) AskReservations(ctx context.Context, address string, delay time.Duration) {
	u, err := fetch.ParseTarget(address, "")
	if err != nil {
		return
	}
	o := r.origin(u)
	if k := o.knownReservations(); k != nil && r.now().Before(k.expiresAt) {
		return
	}
	select {
	case <-o.turn:
	case <-ctx.Done():
		return
	}
	defer func() { o.turn <- struct{}{} }()
	old := o.knownReservations()
	if old != nil && r.now().Before(old.expiresAt) {
		return // somebody else just fetched it
	}
	c := o.known()
	if c == nil || c.rules == nil || !r.ignore && !c.rules.match(tdmPath).allow {
		return
	}
	if ok, _, err := r.polite.Wait(ctx, u.Host, delay, patience); !ok || err != nil {
		return
	}
	out := r.fetcher.Fetch(ctx, fetch.Request{URL: u.Scheme + "://" + u.Host + tdmPath, Kind: fetch.Robots, Label: "tdm"})
	r.polite.End(u.Host, out)
	k := &reservations{fetchedAt: r.now(), expiresAt: r.now().Add(tdmFresh)}
	switch out := out.(type) {
	case fetch.Fetched:
		if k.rules = parseTDMRep(out.Page.Body); k.rules != nil {
			k.body = out.Page.Body
		}
	case fetch.Failed:
		if out.Class == fetch.ClassCanceled {
			return
		}
		if out.Page.Status/100 != 4 {
			k.expiresAt = k.fetchedAt.Add(tdmRetry)
			if old != nil {
				k.rules, k.body = old.rules, old.body
			}
		}
	}
	o.mu.Lock()
	o.reserved = k
	o.mu.Unlock()
}

// OptOut is what the host, as far as its robots.txt and tdmrep.json were read, says against mining of an address;
// empty: nothing.
func (r *Robots) OptOut(address string) string {
	u, err := fetch.ParseTarget(address, "")
	if err != nil {
		return ""
	}
	o, evidence := r.origin(u), ""
	if c := o.known(); c != nil && c.rules != nil {
		evidence = c.rules.optOut
	}
	if k := o.knownReservations(); k != nil {
		if s := k.evidence(pathAndQuery(u)); s != "" {
			evidence = joined(evidence, s)
		}
	}
	return evidence
}

func pathAndQuery(u *url.URL) string {
	if u.RawQuery != "" || u.ForceQuery {
		return u.EscapedPath() + "?" + u.RawQuery
	}
	return u.EscapedPath()
}

// optOut is all evidence against mining of a page that was fetched: of its host, its headers, and itself. Where a page
// says that nothing is reserved, its host's file doesn't count for it.
func (r *run) optOut(o fetch.Fetched, ofPage string) string {
	evidence := r.robots.OptOut(o.Page.URL)
	if strings.TrimSpace(o.Header.Get("TDM-Reservation")) == "0" {
		parts := strings.Split(evidence, "; ")
		evidence = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.HasPrefix(s, "tdmrep.json ") }), "; ")
	}
	for _, s := range []string{o.Page.OptOut, ofPage} {
		if s != "" {
			evidence = joined(evidence, s)
		}
	}
	return evidence
}

// optOuts is how the source's articles with an opt-out are treated: as the run says, or else the source.
func (r *run) optOuts(key string) OptOuts {
	if src := r.sources[key]; src != nil && r.OptOuts == "" {
		return OptOuts(src.Crawl.OptOuts)
	}
	return r.OptOuts
}

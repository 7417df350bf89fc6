package scraper

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/jimsmart/grobotstxt"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// Opt-outs of text and data mining that machines can read, as evidence to be kept with the article, or to be obeyed
// where the user wishes so: robots.txt (Content-Usage, Content-Signal, RSL's License), TDMRep's file, headers, and what
// the page itself says, which the cleaner reads.

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

func pathAndQuery(u *url.URL) string {
	if u.RawQuery != "" || u.ForceQuery {
		return u.EscapedPath() + "?" + u.RawQuery
	}
	return u.EscapedPath()
}

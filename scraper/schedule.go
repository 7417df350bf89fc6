package scraper

import (
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// Priorities: greater is sooner. Within a kind, what is newer or likelier comes first.
const (
	feedPriority    = 100 // a feed costs one request and gives the newest
	startPriority   = 90
	sitemapPriority = 80
	nestedPriority  = 50 // a sitemap of an index: after what is known to be fresh, before old articles
	articlePriority = 40 // plus freshness and likelihood, at most 39
	sectionPriority = 30
	guessPriority   = 20 // addresses where feeds and sitemaps often are
)

// priorityOf an article: fresh news first, then by how much its address looks like one. An article without a date is
// taken for one of last week.
func priorityOf(g urlGuess, hint storage.Hint, now time.Time) float64 {
	age := 7 * 24 * time.Hour
	if at := later(hint.PublishedAt, hint.ModifiedAt); !at.IsZero() {
		age = max(0, now.Sub(at))
	}
	fresh := 30 / (1 + age.Hours()/24) // 30 now, 15 after a day, 4 after a week
	return articlePriority + fresh + 9*g.Score
}

// Intervals between polls of a hub. Half of it after a poll that brought something, one and a half times after one
// that didn't, within these bounds: a cron job every ten minutes asks a lively feed each time, a quiet site once a day.
const (
	leastInterval   = 5 * time.Minute
	feedInterval    = 15 * time.Minute // the first, for feeds, news sitemaps and start pages
	sectionInterval = time.Hour
	sitemapInterval = 6 * time.Hour
	mostInterval    = 24 * time.Hour
	mostOldInterval = 7 * 24 * time.Hour // of a sitemap whose newest entry is a month old
)

// nextInterval is the time to the next poll; last is the one before (0: this was the first), fresh what the server
// says of how long the answer holds.
func nextInterval(j storage.Job, h storage.HubCheck, last, fresh time.Duration, now time.Time) time.Duration {
	first := sectionInterval
	switch {
	case j.Kind == storage.FeedJob || h.Format == "news_sitemap" || j.Kind == storage.SectionJob && j.Depth == 0:
		first = feedInterval
	case j.Kind == storage.SitemapJob:
		first = sitemapInterval
	}
	next := first
	switch {
	case last == 0:
	case h.Changed:
		next = last / 2
	default:
		next = last * 3 / 2
	}
	most := mostInterval
	if j.Kind == storage.SitemapJob && !h.NewestAt.IsZero() && now.Sub(h.NewestAt) > 30*24*time.Hour {
		most = mostOldInterval
	}
	return min(max(next, leastInterval, min(fresh, first)), most)
}

// recheckAges are the ages, counted from the first fetch, at which an article is fetched again to catch corrections.
var recheckAges = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}

// nextCheck is when an article that was first fetched at first is fetched again; zero: no more. What was a month old
// when it was found changes seldom: it is checked once, at the last of the ages.
func nextCheck(ages []time.Duration, first, published, now time.Time) time.Time {
	if len(ages) == 0 {
		return time.Time{}
	}
	if !published.IsZero() && first.Sub(published) > 30*24*time.Hour {
		ages = ages[len(ages)-1:]
	}
	for _, a := range ages {
		if at := first.Add(a); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// A page that is no article, or that may not be had, is so on the day it was asked for: servers in trouble say such things, and
// sites change their minds. It is asked for again after these waits, one for each such answer in a row; after the last it is
// left alone, but for --again.
var (
	troubleAges = []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}           // notices, and what should be an article
	verdictAges = []time.Duration{24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour} // what the site forbids
	unlikelyAge = []time.Duration{7 * 24 * time.Hour}                                      // what hardly was an article to begin with
)

// lookAgain says when an address is looked at again that ended without an article and is not to be tried again anyway.
func lookAgain(rec *storage.Record, now time.Time) {
	j := &rec.Job
	class := Class(rec.Ending.Class)
	if j.Kind != storage.ArticleJob || class == ClassStored {
		j.Verdicts = 0
		return
	}
	ages := agesOf(rec)
	if len(ages) == 0 || !rec.Ending.DueAt.IsZero() {
		return
	}
	if class == ClassDisallowed { // costs the site nothing
		ages = ages[min(j.Verdicts, len(ages)-1):]
	} else {
		ages = ages[min(j.Verdicts, len(ages)):]
	}
	j.Verdicts++
	if len(ages) > 0 {
		rec.Ending.DueAt = now.Add(ages[0])
	}
}

// agesOf are the waits for the class of an ending; none: its retries are all.
func agesOf(rec *storage.Record) []time.Duration {
	u, err := url.Parse(rec.Job.URL)
	isListed := rec.Job.Depth == listedDepth || rec.Job.Hint != (storage.Hint{})
	isLikely := isListed || err == nil && guessURL(u).Score >= 0.5
	wasAsked := rec.Fetch != nil && rec.Fetch.Status != 0
	switch Class(rec.Ending.Class) {
	case ClassNoindex, ClassDisallowed, ClassOptOut:
		return verdictAges
	case ClassNotice, fetch.ClassChallenge:
		return troubleAges
	case ClassNotArticle:
		switch {
		case !wasAsked:
			return nil
		case isLikely:
			return troubleAges
		}
		return unlikelyAge
	case fetch.ClassEmpty:
		return troubleAges
	case fetch.ClassHTTP4xx: // a feed or front page may be ahead of its site
		if isLikely && rec.Job.Depth <= 1 && wasAsked && rec.Fetch.Status != http.StatusGone {
			return troubleAges
		}
	}
	return nil
}

// retryAfterFailures are the waits before the next try of an address that failed so many times in a row, with full
// jitter on top; after the last it is left alone.
var retryAfterFailures = []time.Duration{5 * time.Second, 30 * time.Second, 10 * time.Minute, 6 * time.Hour, 24 * time.Hour}

// soonTries is how many failures in a row may be tried again as soon as the server asks for it, and not only after
// the wait of its number.
const soonTries = 4

// retryAt is when a job that failed for the attempts-th time is tried again; zero: never.
func retryAt(attempts int, asked time.Duration, now time.Time) time.Time {
	if attempts > len(retryAfterFailures) {
		return time.Time{}
	}
	d := retryAfterFailures[max(0, attempts-1)]
	if asked > 0 && attempts <= soonTries {
		d = retryAfterFailures[0] // who says when is taken at their word
	}
	d += time.Duration(rand.Float64() * float64(d) / 2)
	// Rounded up: the database keeps whole seconds.
	return now.Add(time.Duration(math.Ceil(max(d, asked).Seconds())) * time.Second)
}

// patience is for how long after its last gain a run that has nothing else to do waits for jobs that are to be
// tried again. What takes longer is left to the next run: of many dead hosts, one or another is always due soon.
const patience = 100 * time.Second

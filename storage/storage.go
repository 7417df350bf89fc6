// Package storage keeps everything newsmill knows in one SQLite file: articles and their versions, what was
// stripped from them, every fetch with its raw page, runs, and the crawl's frontier.
//
// One connection writes, owned by one goroutine (writer.go); any number of readers open the file read-only.
// The schema is migrations/*.sql: read these files, not Go.
package storage

import (
	"time"

	"newsmill/cleaner"
)

// Record is everything one finished job leaves behind. It is written in one transaction, so that a crash at any
// moment leaves the job either as it was or completely done.
type Record struct {
	Job    Job
	Ending Ending

	Fetch  *Fetch          // nil: nothing was fetched
	Result *cleaner.Result // nil: not cleaned; else stored as an article when IsArticle and Ending.Class is "stored"
	Found  []Job           // addresses discovered; known ones are ignored
}

// JobKind is what a job's address leads to.
type JobKind string

// The kinds of job.
const (
	ArticleJob JobKind = "article"
	FeedJob    JobKind = "feed"
	SitemapJob JobKind = "sitemap"
	SectionJob JobKind = "section" // home and section pages
)

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobWaiting  JobState = "waiting"
	JobFetching JobState = "fetching" // leased by a run; back to waiting when that run is gone
	JobDone     JobState = "done"
	JobFailed   JobState = "failed"
	JobSkipped  JobState = "skipped"
)

// Job is an address to fetch: a row of the frontier.
type Job struct {
	URL          string // normalised
	Host         string // with port unless default
	Source       string // key in the configuration, or the bare domain
	Kind         JobKind
	Priority     float64 // greater is sooner
	FoundOn      string  // feed, sitemap or page it came from
	FoundAt      time.Time
	DueAt        time.Time // not before
	Attempts     int
	ETag         string // validators of the last answer
	LastModified string
	Depth        int // hops from the source's start
	Hint         Hint
}

// Hint is what a feed or sitemap says of an address before it is fetched.
type Hint struct {
	Title       string
	PublishedAt time.Time
	Language    string
}

// Ending is how a job ended.
type Ending struct {
	State   JobState
	Class   string    // "stored", "not_article", "http_4xx", …: scraper's table of outcomes
	Message string    // what happened, for people
	DueAt   time.Time // when State is JobWaiting: not before
}

// Fetch is one request with its answer: a row of pages.
type Fetch struct {
	URL          string // as asked
	FinalURL     string // after redirects
	Host         string
	FetchedAt    time.Time
	Status       int // 0: no answer
	ContentType  string
	ETag         string
	LastModified string
	Charset      string // used to decode
	RobotsTag    string // X-Robots-Tag
	OptOut       string // evidence of a machine-readable opt-out of text mining
	Body         []byte // decoded from its content encoding; nil: none
	Duration     time.Duration
	Error        string // class; empty: fetched
}

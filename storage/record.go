package storage

import (
	"time"

	"newsmill/cleaner/article"
)

// Record is everything one finished job leaves behind. It is written in one transaction, so that a crash at any
// moment leaves the job either as it was or completely done.
//
// The writer may replace Ending.Class "stored": by "alias", when the article is already there from another address
// (or goes under a canonical URL that isn't the job's), and then only DueAt of the page that the article is kept
// from counts; by "doubtful", when what came is not believed (doubt.go). An address whose article is stored keeps the class
// "stored" whatever a later check of it brings: how that ended is then in the column check_class.
type Record struct {
	Job    Job // ID 0: no job ends, Found alone is written
	Ending Ending

	Fetch   *Fetch     // nil: nothing was fetched
	Cleaned *Cleaned   // nil: not cleaned; else stored as an article when Ending.Class is "stored"
	Found   []Job      // addresses discovered; known ones are ignored
	Hub     *HubCheck  // what polling a feed, sitemap or section page brought; nil: the job is none
	Host    *HostState // to be saved; nil: unchanged
	IsCut   bool       // the page ends in the middle of an element

	NextCheck time.Time // when the job is due if its article is stored and Ending has no DueAt; zero: no more
}

// Cleaned is what cleaning made of a page, as far as it is stored.
type Cleaned struct {
	Article    article.Article
	Blocks     []article.Block // all of the page's visible text, in order
	RobotsMeta []string        // directives of <meta name=robots>
	TDMOptOut  string          // evidence of a machine-readable opt-out of text mining in the page; empty: none
	Version    int             // of the cleaner
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

// The states of a job. A lease is not a state: it lives in the memory of the run, which alone holds the database's
// lock, so that the jobs of a run that died are simply still waiting.
const (
	JobWaiting JobState = "waiting" // to be fetched as soon as its host may be asked
	JobLater   JobState = "later"   // to be fetched again, not before due_at: a retry, a poll, a re-check
	JobDone    JobState = "done"
	JobFailed  JobState = "failed"
	JobSkipped JobState = "skipped"
)

// Job is an address to fetch: a row of the frontier.
type Job struct {
	ID           int64  // of the row; 0: not stored yet
	URL          string // normalised: tells jobs apart
	FetchURL     string // what to ask for, as found, where that is not URL
	Apart        string // URL with parameters that may tell it from others; of a found job: its URL where these others have that; empty: none
	Host         string // with port unless default
	Source       string // key in the configuration, or the bare domain
	Kind         JobKind
	Priority     float64 // greater is sooner
	FoundOn      string  // feed, sitemap or page it came from
	FoundAt      time.Time
	DueAt        time.Time // not before; zero: now
	Attempts     int       // failures in a row
	Verdicts     int       // answers in a row that were no article
	ETag         string    // validators of the last answer
	LastModified string
	Depth        int    // links followed from the source's start; -1: listed by a feed or sitemap
	Hops         int    // redirects followed to get here
	Class        string // how it ended last; empty: never fetched. Of a found job: how it ends without being fetched
	RedirectsTo  string // of a found job with Class: the address that it stands for
	Anew         bool   // of a found job: ask for it again if it is known to redirect, since it may not any more
	Hint         Hint
}

// Ending is how a job ended.
type Ending struct {
	State       JobState
	Class       string    // "stored", "not_article", "http_4xx", …: scraper's table of outcomes
	Failure     string    // the class of a request that failed: Class, but where the article stays all the same; empty: of JobFailed Class, else none
	Message     string    // what happened, for people
	DueAt       time.Time // when State is JobLater: not before
	RedirectsTo string    // address that the page redirects to, itself a job

	checkClass string // class of a check that did not bring the stored article; empty: none
}

// HubCheck is one poll of a feed, sitemap or section page.
type HubCheck struct {
	Format      string // "rss", "atom", "json", "sitemap", "sitemap_index", "news_sitemap", "section", …; empty: as before
	Entries     int    // addresses that it holds
	NewestAt    time.Time
	Changed     bool // false: same as at the last poll
	Interval    time.Duration
	ContentHash string // of the entries; empty: as before
}

// HostState is what a run remembers of a host for the next one.
type HostState struct {
	Host            string
	RobotsBody      []byte    // as fetched; nil: none
	RobotsStatus    int       // HTTP status of robots.txt; 0: no answer
	RobotsFetchedAt time.Time // zero: robots.txt is as saved before
	RobotsExpiresAt time.Time
	RobotsFailedAt  time.Time // since when it can't be had; zero: it can
	RobotsURL       string    // final address, after redirects
	TDMBody         []byte    // of /.well-known/tdmrep.json; nil: none
	TDMFetchedAt    time.Time // zero: it is as saved before
	CrawlDelay      time.Duration
	NextFetchAt     time.Time // polite earliest next request
	Failures        int       // in a row
	Latency         time.Duration
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
	Body         []byte // decoded from its content encoding; nil: none, or none to be kept
	NoArchive    bool   // the page asks that no copy be shown: Body is for cleaning again alone
	Duration     time.Duration
	Error        string // class; empty: fetched
}

// aliasClass is the ending of a page whose article is kept from another address.
const aliasClass = "alias"

// storedClass is the ending of a page whose article is kept from its address, doubtfulClass that of a check of it whose answer
// did not take the article's place.
const (
	storedClass   = "stored"
	doubtfulClass = "doubtful"
)

// Change says what a record did to the stored articles.
type Change string

// The changes.
const (
	NoArticle Change = ""          // the record holds none
	New       Change = "new"       // an article that was not there
	Changed   Change = "changed"   // another title or text: the one before is kept as a version
	Updated   Change = "updated"   // the same title and text, other metadata
	Unchanged Change = "unchanged" // as stored
	Alias     Change = "alias"     // kept from another address, which stays as it is
	Doubtful  Change = "doubtful"  // not believed: what is stored stays, what came is a doubtful answer
)

// Stored is what became of a record.
type Stored struct {
	URL       string // of its job
	Class     string // of its ending: the record's, "alias" or "doubtful"
	Change    Change
	ArticleID int64  // 0: no article
	Message   string // of its ending, where it is doubtful
}

// now is when what the record holds was fetched.
func (rec *Record) now() time.Time {
	if rec.Fetch == nil || rec.Fetch.FetchedAt.IsZero() {
		return time.Now()
	}
	return rec.Fetch.FetchedAt
}

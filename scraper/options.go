package scraper

import (
	"log/slog"
	"time"

	"newsmill/configs"
)

// Options tune a run. Zero values mean the defaults written beside each field.
type Options struct {
	Sources      []configs.Source
	RunID        int64         // the row of runs that records belong to
	Contact      string        // address or e-mail that the User-Agent names; empty: the project's page
	Delay        time.Duration // least time between the starts of two requests to a host; default 1 s, see DelaySet
	DelaySet     bool          // Delay is meant, even if 0
	Concurrency  int           // requests at once over all hosts; default 32. Up to eight times as many pages wait to be stored
	MaxPages     int           // requests; 0: no limit
	MaxDuration  time.Duration // 0: no limit
	Since, Until time.Time     // window of publication; zero: open
	Recheck      []time.Duration
	Proxy        string // http://, https:// or socks5:// address; empty: from the environment
	CAFile       string // PEM file of further certificate authorities; the environment's SSL_CERT_FILE holds too
	AllowPrivate bool   // allow loopback, private and link-local addresses
	IgnoreRobots bool
	OptOuts      OptOuts          // of text and data mining; empty: as each source says, or else RecordOptOuts
	KeepRaw      KeepRaw          // of articles' raw pages; empty: as each source says, or else KeepAlways
	PerAddress   int              // requests at once to the hosts of one IP address; default 8
	Again        bool             // fetch even what is known and not due
	Log          *slog.Logger     // nil: none
	Progress     func(Stats)      // called at most four times a second; nil: none
	Now          func() time.Time // nil: time.Now
}

// OptOuts says what to do with articles whose publisher reserves text and data mining.
type OptOuts string

// The ways to treat them.
const (
	RecordOptOuts OptOuts = "record" // keep the evidence with the article; the default
	SkipOptOuts   OptOuts = "skip"   // don't store the article, nor ask for it where that is known before
)

// KeepRaw says which articles' pages are kept as they came, so that a better cleaner can clean them again.
type KeepRaw string

// The ways. "noarchive" asks search engines to show no copy of a page beside their results. A copy that nothing shows and that
// serves cleaning again alone is none of these, so it is kept unless the user chooses otherwise.
const (
	KeepAlways          KeepRaw = "always" // the default
	KeepUnlessNoArchive KeepRaw = "unless-noarchive"
	KeepNever           KeepRaw = "never"
)

// Stats is how a run stands, or ended.
type Stats struct {
	Fetched, Stored, Changed, Unchanged, NotArticle, Skipped, Failed int
	Doubtful                                                         int // checks of stored articles that brought something else
	Retrying                                                         int // failures that are tried again
	Bytes                                                            int64
	HostsActive, HostsWaiting, Queued                                int
	Left                                                             int           // addresses that wait to be asked for; 0: none, or not counted
	TimeLeft                                                         time.Duration // until these are asked for, as things go; 0: unknown
	LeftWaiting                                                      bool          // addresses are left for the next run
	Elapsed                                                          time.Duration
	Classes                                                          map[string]int // endings by class; only in the last Stats
}

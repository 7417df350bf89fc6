// Package scraper finds, fetches and hands on the pages of news sites: everything that talks to the network.
package scraper

import (
	"log/slog"
	"time"

	"newsmill/configs"
)

// Options tune a run. Zero values mean the defaults written beside each field.
type Options struct {
	Sources      []configs.Source
	Contact      string        // address or e-mail that the User-Agent names; empty: the project's page
	Delay        time.Duration // least time between the starts of two requests to a host; default 1 s, see DelaySet
	DelaySet     bool          // Delay is meant, even if 0
	Concurrency  int           // requests in flight over all hosts; default 32
	MaxPages     int           // 0: no limit
	MaxDuration  time.Duration // 0: no limit
	Since, Until time.Time     // window of publication; zero: open
	Proxy        string        // http://, https:// or socks5:// address; empty: from the environment
	CAFile       string        // PEM file of further certificate authorities; the environment's SSL_CERT_FILE holds too
	AllowPrivate bool          // allow loopback, private and link-local addresses
	IgnoreRobots bool
	Again        bool             // fetch even what is known and not due
	Log          *slog.Logger     // nil: none
	Progress     func(Stats)      // called at most four times a second; nil: none
	Now          func() time.Time // nil: time.Now
}

// Stats is how a run stands, or ended.
type Stats struct {
	Fetched, Stored, Changed, Unchanged, NotArticle, Skipped, Failed int
	Bytes                                                            int64
	HostsActive, HostsWaiting, Queued                                int
	Elapsed                                                          time.Duration
}

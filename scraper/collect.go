package scraper

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"strings"
	"time"

	"newsmill/scraper/fetch"
	"newsmill/scraper/listing"
	"newsmill/storage"
)

// foundChunk is how many addresses of a sitemap go into one record: a few megabytes.
const foundChunk = 5_000

// streamed is a sitemap that was read as it came.
type streamed struct {
	fetch.Fetched
	list *sitemapStream
}

// sitemapStream reads a sitemap while it is fetched, in constant memory: its addresses go to the writer in chunks.
type sitemapStream struct {
	run  *run
	send func(storage.Record) // to the writer
	t    task
	c    *collector
	l    listing.Summary
	err  error
}

func (r *run) newSitemapStream(t task, send func(storage.Record)) *sitemapStream {
	return &sitemapStream{run: r, send: send, t: t, c: r.newCollector(t)}
}

func (s *sitemapStream) read(body io.Reader) error {
	base, err := url.Parse(s.t.URL)
	if err != nil {
		return err
	}
	defer s.run.underway.begin(s.t.Job)()
	s.l, s.err = listing.Read(body, "", base, func(e listing.Entry) {
		s.c.add(e)
		if s.run.db == nil { // only counted
			s.c.jobs = nil
		}
		if len(s.c.jobs) >= foundChunk {
			s.send(storage.Record{Job: storage.Job{URL: s.t.URL}, Found: s.c.jobs})
			s.c.jobs = nil
		}
	})
	return nil // judged when the rest is known
}

// collector makes jobs of the entries of a feed or sitemap.
type collector struct {
	run   *run
	src   *source
	from  task
	now   time.Time
	jobs  []storage.Job
	sum   [sha256.Size]byte // of all addresses, in order
	fresh int               // entries that claim to be modified in the last minutes
}

func (r *run) newCollector(t task) *collector {
	return &collector{run: r, src: r.sources[t.Source], from: t, now: r.now()}
}

func (c *collector) hash() string {
	if c.sum == ([sha256.Size]byte{}) {
		return ""
	}
	return hex.EncodeToString(c.sum[:8])
}

func (c *collector) add(e listing.Entry) {
	c.sum = sha256.Sum256(append(c.sum[:], e.URL...))
	a, ok := addressOf(e.URL)
	if !ok {
		return
	}
	u := a.u
	if !c.src.mayList(c.from.Job, e, u) {
		c.run.logLink(c.from.URL, a.url, reasonOutside)
		return
	}
	// A system that stamps everything with the time of asking says nothing about change.
	if !e.ModifiedAt.IsZero() && c.now.Sub(e.ModifiedAt) < 10*time.Minute {
		if c.fresh++; c.fresh > 20 {
			e.ModifiedAt = time.Time{}
		}
	}
	g := c.run.shapes.adjust(u, guessURL(u))
	nested := c.isNested(e, u, g)
	hint := hintOf(e)
	j := a.job(c.src.Key, storage.ArticleJob)
	j.FoundOn, j.FoundAt, j.Hint = c.from.URL, c.now, hint
	if nested {
		if c.from.Depth+1 > maxSitemapDepth {
			c.run.logLink(c.from.URL, a.url, reasonTooDeep)
			return
		}
		j.Kind, j.Depth = storage.SitemapJob, c.from.Depth+1
		j.Hint.PublishedAt = e.ModifiedAt // what the window goes by
		j.Priority = nestedPriority + priorityOf(urlGuess{}, hint, c.now) - articlePriority
		c.jobs = append(c.jobs, j)
		return
	}
	if c.src.isStart(a.url) && a.full == "" {
		return
	}
	if reason := c.run.leftOut(c.src, u, g); reason != "" {
		c.run.logLink(c.from.URL, a.url, reason)
		return
	}
	j.Depth, j.Priority = listedDepth, priorityOf(g, hint, c.now)
	c.src.listed.Add(1)
	if c.from.Kind == storage.SitemapJob {
		c.src.mapped.Add(1)
	}
	c.jobs = append(c.jobs, j)
}

// hintOf is what a feed or sitemap says of a page.
func hintOf(e listing.Entry) storage.Hint {
	return storage.Hint{Title: e.Title, PublishedAt: e.PublishedAt, ModifiedAt: e.ModifiedAt, Language: e.Language}
}

// isNested says whether an entry is to be asked for as a sitemap: those of an index, unless they plainly look like articles,
// and those of a urlset that are called like one, as systems make them that know of no index. What it is shows when it
// comes.
func (c *collector) isNested(e listing.Entry, u *url.URL, g urlGuess) bool {
	_, looksSo := listingAt(e.URL)
	name := strings.ToLower(u.Path)
	looksSo = looksSo || strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".xml.gz")
	if e.IsNested {
		return looksSo || g.Kind != urlArticle
	}
	return looksSo && c.from.Kind != storage.FeedJob
}

// leftOut says why a listed address does not become a job, by itself and the source's configuration; empty: it does.
func (r *run) leftOut(s *source, u *url.URL, g urlGuess) string {
	switch {
	case g.Kind == urlNever:
		return reasonShape
	case trapReason(u) != "":
		return reasonTrap
	case !s.permits(u):
		return reasonDenied
	}
	return ""
}

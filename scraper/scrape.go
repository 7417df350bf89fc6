package scraper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/scraper/fetch"
	"newsmill/scraper/listing"
	"newsmill/storage"
)

// Scraped is one address of Scrape with what became of it.
type Scraped struct {
	URL    string          // as asked
	Ending storage.Ending  // its class and message
	Result *cleaner.Result // nil: nothing could be read
}

// Note says why a page that is printed is not stored as an article; empty: it is one.
func (s Scraped) Note() string {
	switch Class(s.Ending.Class) {
	case ClassStored, ClassAlias:
		return ""
	case ClassNotArticle:
		return "no article, so not stored: " + s.Ending.Message
	case ClassDoubtful:
		return s.Ending.Message + "; see newsmill show --doubts"
	}
	return "not stored: " + s.Ending.Message
}

// shortRetry is the longest wait for another try of a page that somebody is waiting for.
const shortRetry = 10 * time.Second

// scraping is a run that takes single pages, one after the other, while somebody waits for them.
type scraping struct {
	*run
	restored map[string]bool // hosts whose stored state was read
}

func newScraping(db *storage.Writer, opt Options) (*scraping, error) {
	r, err := newRun(db, opt)
	return &scraping{run: r, restored: map[string]bool{}}, err
}

// Scrape fetches the start addresses of the sources one after the other, redirects included, cleans them and shows
// each as it comes. With a database, articles are stored.
func Scrape(ctx context.Context, db *storage.Writer, opt Options, show func(Scraped) error) (Stats, error) {
	r, err := newScraping(db, opt)
	if err != nil {
		return Stats{}, err
	}
	defer r.fetcher.Close()
	for _, c := range r.Sources {
		for _, raw := range c.Start {
			if ctx.Err() != nil {
				return r.tally.snapshot(), ctx.Err()
			}
			s, err := r.scrape(ctx, c.Key, raw)
			if err != nil {
				return r.tally.snapshot(), err
			}
			if err := show(s); err != nil {
				return r.tally.snapshot(), err
			}
		}
	}
	return r.tally.snapshot(), nil
}

// scrape fetches one address, and stores what it holds.
func (r *scraping) scrape(ctx context.Context, key, raw string) (Scraped, error) {
	if _, err := article.NormalizeURL(raw); err != nil {
		return Scraped{URL: raw, Ending: endingOf(fetch.ClassBadURL, "%v", err)}, nil
	}
	a, ok := addressOf(raw)
	if !ok {
		return Scraped{URL: raw, Ending: endingOf(fetch.ClassBadURL, "%s: no address to ask for", fetch.Printable(raw))}, nil
	}
	a = a.own() // what is asked for is what is wanted
	address := a.url
	r.sources[key].addStart(address)
	t := task{Job: a.job(key, storage.ArticleJob)}
	t.FoundAt = r.now()
	t, o, err := r.through(ctx, t)
	if err != nil {
		return Scraped{URL: raw}, err
	}
	out := Scraped{URL: raw}
	rec := storage.Record{Job: t.Job}
	switch o := o.(type) {
	case fetch.Fetched:
		r.answered(&rec, o.Page)
		out.Result, out.Ending = r.read(ctx, t, o)
		if out.Result != nil {
			rec.Fetch.Charset, rec.IsCut = out.Result.Encoding, isCut(o.Page.Body)
		}
	case fetch.Refused:
		rec.Fetch, out.Ending = storedFetch(o.Page), endingOf(o.Class, "%s", o.Message)
	case fetch.Failed:
		rec.Fetch, out.Ending = storedFetch(o.Page), endingOf(o.Class, "%s", o.Message)
	default:
		return out, fmt.Errorf("%s: unexpected answer %T", raw, o)
	}
	rec.Ending = out.Ending
	if f, ok := o.(fetch.Fetched); ok && out.Result != nil {
		rec.Fetch.OptOut = r.optOut(f, out.Result.TDMOptOut)
		r.keepPage(&rec, slices.Concat(f.Robots, out.Result.RobotsMeta))
		if rec.Fetch.OptOut != "" && r.optOuts(key) == SkipOptOuts && rec.Ending.Class == string(ClassStored) {
			out.Ending = endingOf(ClassOptOut, "text mining is reserved: %s", rec.Fetch.OptOut)
			rec.Ending, rec.Fetch.Body = out.Ending, nil
		}
	}
	if rec.Ending.Class == string(ClassStored) {
		r.store(&rec, out.Result)
	}
	stored, err := r.put(ctx, address, rec)
	if err == nil {
		out.Ending.Class = stored.Class
		if stored.Change == storage.Doubtful {
			out.Ending.Message = stored.Message
		}
		r.tally.count(stored, false)
		r.logEnding(rec.Job, rec.Ending, stored)
	}
	return out, err
}

// put stores a record, if there is a database, and notes the redirect that led to it.
func (r *scraping) put(ctx context.Context, asked string, rec storage.Record) (storage.Stored, error) {
	none := storage.Stored{URL: rec.Job.URL, Class: rec.Ending.Class}
	if r.db == nil {
		return none, nil
	}
	jobs := []storage.Job{rec.Job}
	if asked != rec.Job.URL {
		from := rec.Job
		from.URL, from.Host, from.Class, from.RedirectsTo = asked, hostOf(asked), string(ClassRedirected), rec.Job.URL
		jobs = append(jobs, from)
	}
	if _, err := r.db.AddJobs(ctx, r.RunID, jobs); err != nil {
		return none, err
	}
	j, _, ok, err := r.db.JobOf(ctx, rec.Job.URL)
	if err != nil || !ok {
		return none, err
	}
	rec.Job.ID, rec.Job.FoundAt, rec.Job.Class, rec.Job.Verdicts = j.ID, j.FoundAt, j.Class, j.Verdicts
	rec.NextCheck = nextCheck(r.recheck(rec.Job.Source), j.FoundAt, time.Time{}, r.now())
	lookAgain(&rec, r.now())
	if rec.Fetch != nil && rec.Fetch.Status == 0 && rec.Fetch.Error == "" {
		rec.Fetch = nil
	}
	rec.Host = r.hostState(rec.Job.Host)
	return r.db.Put(ctx, r.RunID, rec)
}

// through fetches what a task leads to, over redirects, each as robots.txt and the host's delay permit, with a
// second try where that may help soon.
func (r *scraping) through(ctx context.Context, t task) (task, fetch.Outcome, error) {
	for hops := 0; ; {
		if r.db != nil && !r.restored[t.Host] { // from then on the run itself knows better
			if err := r.restoreHost(ctx, t.Host); err != nil {
				return t, nil, err
			}
			r.restored[t.Host] = true
		}
		r.tally.asked.Add(1)
		o := r.request(ctx, t, nil)
		switch a := o.(type) {
		case fetch.Redirected:
			if hops++; hops > maxHops || a.To == t.target() && !r.hasNewCookies(a.To) {
				return t, fetch.Refused{Page: a.Page, Class: ClassTooManyRedirects, Message: fmt.Sprintf("redirects %d times, the last time to %s", hops, fetch.Printable(a.To))}, nil
			}
			t.URL, t.FetchURL, t.Host = a.To, "", hostOf(a.To)
		case fetch.Failed:
			wait := max(a.RetryAfter, time.Second)
			if a.Class == fetch.ClassCanceled {
				return t, nil, context.Canceled
			}
			if t.Attempts++; !a.Retryable || t.Attempts > 2 || wait > shortRetry || a.Class == fetch.ClassTimeout {
				return t, o, nil
			}
			if err := sleep(ctx, wait); err != nil {
				return t, nil, err
			}
		default:
			return t, o, nil
		}
	}
}

// read cleans a page, with its further pages if it has some.
func (r *scraping) read(ctx context.Context, t task, o fetch.Fetched) (*cleaner.Result, storage.Ending) {
	site := r.sources[t.Source].Site()
	res, err := cleaner.Clean(cleaner.Page{Body: o.Page.Body, URL: t.URL, ContentType: o.Page.ContentType}, cleaner.Options{Site: site})
	if err != nil {
		return nil, endingOf(classOfCleaning(err), "%v", err)
	}
	directives := slices.Concat(o.Robots, res.RobotsMeta)
	switch {
	case res.Notice.Kind != "":
		return res, noticeEnding(res.Notice)
	case slices.Contains(directives, "noindex"), slices.Contains(directives, "none"):
		return res, endingOf(ClassNoindex, "the page asks not to be indexed: %s", strings.Join(directives, ", "))
	case !res.Article.IsArticle:
		return res, endingOf(ClassNotArticle, "%s", describeType(&res.Article))
	}
	parts := []part{{result: res}}
	for last := res; len(parts) < maxParts; {
		a, ok := addressOf(last.NextPage)
		next := a.url
		if !ok || !strings.EqualFold(a.u.Host, t.Host) || !isPageOf(next, t.URL) || slices.ContainsFunc(parts, func(p part) bool { return p.next == next }) {
			break
		}
		parts[len(parts)-1].next = next
		r.tally.asked.Add(1)
		f, ok := r.request(ctx, task{Job: t.Job, parts: parts}, nil).(fetch.Fetched)
		if !ok {
			break
		}
		if last, err = cleaner.Clean(cleaner.Page{Body: f.Page.Body, URL: next, ContentType: f.Page.ContentType}, cleaner.Options{Site: site}); err != nil {
			break
		}
		parts = append(parts, part{result: last})
	}
	return joinParts(parts), endingOf(ClassStored, "")
}

// Check asks the feeds, sitemaps and start pages of the sources, and what these announce, and tells what they hold.
func Check(ctx context.Context, opt Options) ([]storage.Hub, error) {
	r, err := newScraping(nil, opt)
	if err != nil {
		return nil, err
	}
	defer r.fetcher.Close()
	results := make(chan []storage.Hub)
	var all []storage.Hub
	slots := make(chan struct{}, r.Concurrency)
	for _, s := range r.sources {
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results <- r.check(ctx, s)
		}()
	}
	for range r.sources {
		all = append(all, <-results...)
		if r.Progress != nil {
			r.Progress(r.tally.snapshot())
		}
	}
	return all, ctx.Err()
}

// check asks what a source names, and then what its start pages announce.
func (r *scraping) check(ctx context.Context, s *source) []storage.Hub {
	jobs, err := s.seeds(r.now())
	if err != nil {
		return []storage.Hub{{Source: s.Key, Class: string(fetch.ClassBadURL), Message: err.Error()}}
	}
	var hubs []storage.Hub
	asked := map[string]bool{}
	for len(jobs) > 0 && ctx.Err() == nil {
		j := jobs[0]
		jobs = jobs[1:]
		if asked[j.URL] {
			continue
		}
		asked[j.URL] = true
		h, announced := r.checkHub(ctx, j)
		hubs = append(hubs, h)
		jobs = append(jobs, announced...)
	}
	return hubs
}

func (r *scraping) checkHub(ctx context.Context, j storage.Job) (storage.Hub, []storage.Job) {
	h := storage.Hub{URL: j.URL, Source: j.Source, Kind: j.Kind, CheckedAt: r.now()}
	t, o, err := r.through(ctx, task{Job: j})
	end := func(c Class, message string) (storage.Hub, []storage.Job) {
		h.Class, h.Message, h.State = string(c), message, Info(c).State
		h.Failed = h.State == storage.JobFailed
		return h, nil
	}
	if err != nil {
		return end(fetch.ClassCanceled, err.Error())
	}
	list := func(l listing.Summary, err error) (storage.Hub, []storage.Job) {
		h.Format, h.Entries, h.NewestAt = l.Format, l.Entries, l.NewestAt
		switch {
		case err != nil:
			return end(fetch.ClassBadFeed, err.Error())
		case l.Entries == 0:
			return end(ClassRead, "it holds no addresses")
		}
		return end(ClassRead, l.Truncated)
	}
	base, _ := url.Parse(t.URL)
	switch o := o.(type) {
	case streamed:
		return list(o.list.l, o.list.err)
	case fetch.Fetched:
		if j.Kind == storage.FeedJob || isListing(page{task: t}, o) {
			return list(listing.Read(bytes.NewReader(o.Page.Body), o.Page.ContentType, base, func(listing.Entry) {}))
		}
		res, err := cleaner.Clean(cleaner.Page{Body: o.Page.Body, URL: t.URL, ContentType: o.Page.ContentType}, cleaner.Options{})
		if err != nil {
			return end(classOfCleaning(err), err.Error())
		}
		s := r.sources[j.Source]
		s.addStart(t.URL)
		s.admit(t.Host)
		for _, a := range r.linked(t, res, o.Page.Body) {
			if a.Kind == storage.ArticleJob {
				h.Entries++
			}
		}
		h.Format = "section"
		h, _ = end(ClassRead, "")
		return h, r.announced(ctx, t, res)
	case fetch.Refused:
		return end(o.Class, o.Message)
	case fetch.Failed:
		h, _ := end(o.Class, o.Message)
		src := r.sources[j.Source]
		if address := src.instead(j, o); address != "" {
			src.addStart(address)
			j.URL, j.Host = address, hostOf(address)
			h.Failed, h.RedirectsTo, h.Message = false, address, h.Message+"; tried instead: "+address
			return h, []storage.Job{j}
		}
		return h, nil
	}
	return end(fetch.ClassPanic, errors.New("no answer").Error())
}

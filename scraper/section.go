package scraper

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/scraper/fetch"
	"newsmill/scraper/listing"
	"newsmill/storage"
)

// digestHTML cleans a page: an article is stored, the links of any other are followed.
func (r *run) digestHTML(ctx context.Context, p page, rec *storage.Record, o fetch.Fetched) (*storage.Record, *task) {
	src := r.sources[p.Source]
	res, err := cleaner.Clean(cleaner.Page{Body: o.Page.Body, URL: p.URL, ContentType: o.Page.ContentType}, cleaner.Options{Site: src.Site()})
	if err != nil {
		rec.Ending = endingOf(classOfCleaning(err), "%v", err)
		return rec, nil
	}
	rec.Fetch.Charset, rec.IsCut = res.Encoding, isCut(o.Page.Body)
	res.RefreshURL = cmp.Or(res.RefreshURL, o.Refresh)
	evidence := r.optOut(o, res.TDMOptOut)
	rec.Fetch.OptOut = evidence
	directives := slices.Concat(o.Robots, res.RobotsMeta)
	r.keepPage(rec, directives)
	isStart := src.isStart(p.URL)
	u, _ := url.Parse(p.URL)
	isHome := u.Path == "" || u.Path == "/" && u.RawQuery == ""

	isNone := slices.Contains(directives, "none")
	if !isNone && !slices.Contains(directives, "nofollow") {
		r.follow(ctx, p.task, rec, res, o)
	}
	if again := r.reloaded(p.task, res); again != nil {
		return nil, again
	}
	switch {
	case res.RefreshURL != "" && !res.Article.IsArticle && res.RefreshURL != p.target():
		if again := r.redirected(ctx, rec, fetch.Redirected{Page: o.Page, To: res.RefreshURL}); again != nil {
			return nil, again
		}
	case res.Notice.Kind != "" && !isStart && p.Kind != storage.SectionJob:
		rec.Ending = noticeEnding(res.Notice) // of which nothing is learned about its like
	case isNone, slices.Contains(directives, "noindex"):
		rec.Ending = endingOf(ClassNoindex, "the page asks not to be indexed: %s", strings.Join(directives, ", "))
		rec.Fetch.Body = nil
	case evidence != "" && r.optOuts(p.Source) == SkipOptOuts && res.Article.IsArticle && !isHome:
		rec.Ending = endingOf(ClassOptOut, "text mining is reserved: %s", evidence)
		rec.Fetch.Body = nil
	case isHome, !res.Article.IsArticle:
		rec.Ending = endingOf(ClassNotArticle, "%s", describeType(&res.Article))
		if isStart || p.Kind == storage.SectionJob {
			rec.Ending.Class, rec.Fetch.Body = string(ClassRead), nil
			r.pageRead(ctx, rec, res, o, isStart)
		} else if !isTextless(&res.Article) { // which tells nothing of its like
			r.shapes.learn(u, false)
		}
	case r.isOutside(res.Article.PublishedAt.Time):
		rec.Ending = endingOf(ClassOutside, "published %s", res.Article.PublishedAt.Time.Format("2006-01-02"))
	default:
		r.shapes.learn(u, true)
		if next, ok := r.nextPart(ctx, p.task, res); ok {
			return nil, &task{Job: p.Job, parts: []part{{record: rec, result: res, next: next}}}
		}
		r.store(rec, res)
	}
	return rec, nil
}

// isOutside says whether a date is none of the run's window.
func (r *run) isOutside(at time.Time) bool {
	switch {
	case at.IsZero():
		return false
	case !r.Since.IsZero() && at.Before(r.Since):
		return true
	}
	return !r.Until.IsZero() && !at.Before(r.Until)
}

// cutTail is how much of a page's end is looked at for its last tag: some sites put a script or a comment behind it.
const cutTail = 16 << 10

// isCut reports whether a page of HTML lacks its end.
func isCut(body []byte) bool {
	tail := bytes.ToLower(body[max(0, len(body)-cutTail):])
	return !bytes.Contains(tail, []byte("</html")) && !bytes.Contains(tail, []byte("</body"))
}

// store ends a record with its article.
func (r *run) store(rec *storage.Record, res *cleaner.Result) {
	if rec.Job.FetchURL != "" {
		res.Article.URL = rec.Job.FetchURL // as it was found, and as it opens in a browser
		if rec.Job.Hops > 0 {
			res.Article.URL = sessionless(res.Article.URL) // of ours, that a redirect wrote into it
		}
	}
	rec.Job.Hint.Date(&res.Article, r.now())
	rec.Cleaned = Cleaned(res)
	rec.Ending = endingOf(ClassStored, "")
	published := res.Article.PublishedAt.Time
	if published.IsZero() {
		published = rec.Job.Hint.PublishedAt
	}
	first := rec.Job.FoundAt
	if rec.Job.Class == "" || first.IsZero() {
		first = r.now()
	}
	rec.Ending.DueAt = nextCheck(r.recheck(rec.Job.Source), first, published, r.now())
}

// Cleaned is what storage keeps of a page's result.
func Cleaned(res *cleaner.Result) *storage.Cleaned {
	return &storage.Cleaned{Article: res.Article, Blocks: res.Blocks, RobotsMeta: res.RobotsMeta, TDMOptOut: res.TDMOptOut, Version: cleaner.Version}
}

// classOfCleaning says what an error of the cleaner's means.
func classOfCleaning(err error) Class {
	switch {
	case errors.Is(err, cleaner.ErrBinary):
		return fetch.ClassNotHTML
	case errors.Is(err, cleaner.ErrEmpty):
		return fetch.ClassEmpty
	case errors.Is(err, cleaner.ErrTooLarge):
		return fetch.ClassTooLarge
	case errors.Is(err, cleaner.ErrTooComplex):
		return ClassTooComplex
	}
	return fetch.ClassPanic // options that no configuration passes on
}

// noticeEnding is the ending of an address that a notice came from.
func noticeEnding(n cleaner.Notice) storage.Ending {
	return endingOf(ClassNotice, "%s: %s", n.Kind, n.Reason)
}

// isTextless reports whether nothing was to be read on a page that came as asked.
func isTextless(a *article.Article) bool {
	return a.PageType == article.PageOther && a.WordCount == 0
}

func describeType(a *article.Article) string {
	if a.PageType == "" {
		return "no article was found in it"
	}
	if isTextless(a) {
		return "it shows no text of its own; scripts may"
	}
	return fmt.Sprintf("looks like: %s", a.PageType)
}

// pageRead is the ending of a section or start page: it is polled like a feed, unless it is a further page of one.
func (r *run) pageRead(ctx context.Context, rec *storage.Record, res *cleaner.Result, o fetch.Fetched, isStart bool) {
	sum := sha256.New()
	n := 0
	for _, l := range res.Links {
		if u, err := url.Parse(l.URL); err == nil && guessURL(u).Score >= 0.4 {
			sum.Write([]byte(l.URL))
			n++
		}
	}
	r.pollEnded(ctx, rec, listing.Summary{Format: "section", Entries: n}, hex.EncodeToString(sum.Sum(nil)[:8]), o.Fresh)
	if !isStart && (rec.Job.Depth > 1 || isPageOf(rec.Job.URL, rec.Job.FoundOn)) {
		rec.Ending.DueAt, rec.Ending.State = rec.Job.DueAt, storage.JobDone
	}
}

// follow adds the addresses that a page links to, as far as they are wanted from such a page.
func (r *run) follow(ctx context.Context, t task, rec *storage.Record, res *cleaner.Result, o fetch.Fetched) {
	src := r.sources[t.Source]
	isStart := src.isStart(t.URL)
	isHub := isStart || t.Kind == storage.SectionJob || !res.Article.IsArticle
	if here, err := url.Parse(t.URL); err == nil && res.Article.IsArticle && guessURL(here).Kind == urlArticle {
		isHub = false // page and address agree: it was named for itself, not for what it links to
	}
	if isHub && t.Depth != listedDepth {
		rec.Found = append(rec.Found, r.announced(ctx, t, res)...)
		src.sections.Add(1)
	}
	if t.Depth < 0 || t.Depth >= maxDepth || !isHub {
		return
	}
	jobs := r.linked(t, res, o.Page.Body)
	next, hasNext := furtherPage(t.URL, res)
	if isStart && !hasNext || len(jobs) == 0 && !hasNext {
		rec.Found = append(rec.Found, jobs...)
		return
	}
	// A page that leads to no new address of an article is one of the many that traps are made of.
	fresh := r.countNew(ctx, jobs)
	here, _ := url.Parse(t.URL)
	if !isStart {
		r.traps.visited(here, fresh > 0)
	}
	rec.Found = append(rec.Found, jobs...)
	if hasNext && fresh > 0 {
		j := next.job(t.Source, storage.SectionJob)
		j.Priority, j.FoundOn, j.FoundAt, j.Depth = sectionPriority-1, t.URL, r.now(), t.Depth
		j.Hint.ModifiedAt = r.now() // what was pushed off this page is on that one now
		if src.owns(j.Host) {
			rec.Found = append(rec.Found, j)
		}
	}
}

// furtherPage is the address of a listing's next page: the one that the page calls so, or the link whose number is
// one more than its own.
func furtherPage(of string, res *cleaner.Result) (address, bool) {
	if a, ok := linkOf(res.NextPage); ok && isPageOf(a.url, of) {
		return a, true
	}
	_, number, ok := pageNumber(of)
	if !ok {
		return address{}, false
	}
	for _, l := range res.Links[:min(len(res.Links), maxLinks)] {
		if _, n, ok := pageNumber(l.URL); !ok || n != number+1 || !isPageOf(l.URL, of) {
			continue
		}
		if a, ok := linkOf(l.URL); ok {
			return a, true
		}
	}
	return address{}, false
}

// countNew is how many likely articles among the jobs the frontier doesn't know yet.
func (r *run) countNew(ctx context.Context, jobs []storage.Job) int {
	var urls []string
	for _, j := range jobs {
		if j.Kind != storage.ArticleJob {
			continue
		}
		if j.Apart != "" && r.parameters.tell(j.Apart) {
			j.URL = j.Apart
		}
		urls = append(urls, j.URL)
	}
	known, err := r.db.KnownJobs(ctx, urls)
	if err != nil {
		return 0
	}
	n := 0
	for _, address := range urls {
		u, err := url.Parse(address)
		if err == nil && !known[address] && guessURL(u).Score >= 0.4 {
			n++
		}
	}
	return n
}

// digestPart adds a further page to an article.
func (r *run) digestPart(ctx context.Context, p page, _ *storage.Record) (*storage.Record, *task) {
	first := p.parts[0]
	rec := first.record
	rec.Host = r.hostState(p.Host)
	last := &p.parts[len(p.parts)-1]
	finish := func(note string) (*storage.Record, *task) {
		res := joinParts(p.parts)
		r.store(rec, res)
		rec.Ending.Message = note
		for _, part := range p.parts {
			if part.next != "" {
				rec.Found = append(rec.Found, storage.Job{
					URL: part.next, Host: p.Host, Source: p.Source, Kind: storage.ArticleJob, FoundOn: p.URL,
					FoundAt: r.now(), Class: string(ClassAlias), RedirectsTo: p.URL,
				})
			}
		}
		return rec, nil
	}
	f, ok := p.outcome.(fetch.Fetched)
	if !ok {
		return finish("page " + strconv.Itoa(len(p.parts)+1) + " of the article could not be had")
	}
	res, err := cleaner.Clean(cleaner.Page{Body: f.Page.Body, URL: last.next, ContentType: f.Page.ContentType}, cleaner.Options{Site: r.sources[p.Source].Site()})
	if err != nil || len(res.Article.Body) == 0 || res.Article.Text == last.result.Article.Text {
		return finish("")
	}
	t := p.task
	next, more := r.nextPart(ctx, t, res)
	t.parts = append(t.parts, part{result: res, next: next})
	p.task = t
	if more {
		return nil, &t
	}
	return finish("")
}

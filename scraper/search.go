package scraper

import (
	"context"
	"slices"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// search looks for what lists the articles of sources, where what they name does not.
type search struct {
	*run
	revived   map[*source]bool // sources for which feeds and sitemaps are looked for anew, since theirs failed
	unscanned map[*source]bool // sources of which it was not yet looked whether they have all that lists their articles
}

func newSearch(r *run) *search {
	l := &search{run: r, revived: map[*source]bool{}, unscanned: map[*source]bool{}}
	for _, s := range r.sources {
		l.unscanned[s] = true
	}
	return l
}

// look looks at sources that have nothing left to do. Where nothing lists articles, the first guess is added; where all
// that did has failed, or a feed that the configuration names has for days, feeds and sitemaps are looked for anew. It
// reports whether there is something to do now.
func (l *search) look(ctx context.Context, f *frontier) (bool, error) {
	var jobs []storage.Job
	isRevived := false
	for s := range l.unscanned {
		if f.isWorkingOn(s.Key) {
			continue
		}
		delete(l.unscanned, s)
		if !l.revived[s] {
			again, err := l.revive(ctx, s)
			if err != nil {
				return false, err
			}
			jobs = append(jobs, again...)
			if len(again) > 0 {
				l.revived[s] = true
				l.unscanned[s] = true // and then for guesses
				isRevived = true
				continue
			}
		}
		root := s.root()
		if root == "" || s.listed.Load() > 0 || !s.discover.Load() {
			continue
		}
		j, _, ok, err := l.db.JobOf(ctx, root)
		if err != nil {
			return false, err
		}
		switch Class(j.Class) { // a host that does not answer at its root is not asked for more
		case ClassRead, ClassNotArticle, ClassStored, ClassAlias, ClassNoindex, fetch.ClassHTTP4xx:
			if ok {
				jobs = append(jobs, l.guess(s, root, 0))
			}
		}
	}
	if len(jobs) == 0 {
		return false, nil
	}
	n, err := l.db.AddJobs(ctx, l.RunID, jobs)
	for _, j := range jobs {
		f.open(storage.Queue{Source: j.Source, Host: j.Host})
	}
	return n > 0 || isRevived, err
}

// deadAfter is after how many failures in a row what may pass counts as lasting: a quarter of an hour. namedDeadAfter is
// the same of what the configuration names beside others that still deliver: two days.
const (
	deadAfter      = 4
	namedDeadAfter = 7
)

// revive looks whether what lists the articles of a source still does. If not it says so, and gives the home pages of what
// the source names as jobs, to look there for what has come instead.
func (l *search) revive(ctx context.Context, s *source) ([]storage.Job, error) {
	hubs, err := l.db.Hubs(ctx, s.Key)
	if err != nil {
		return nil, err
	}
	alive, pending := false, false
	var dead, named *storage.Hub
	for i := range hubs {
		h := &hubs[i]
		info := Info(Class(h.Class))
		switch {
		case h.IsGuess:
		case h.Class == string(ClassRead) && h.Entries > 0:
			alive = true
		case h.Class == "", info.State != storage.JobFailed:
		case info.Retry && h.Attempts < deadAfter:
			pending = true
		default:
			if dead == nil || s.named(h.URL) != "" {
				dead = h
			}
			if h.Attempts >= namedDeadAfter && s.named(h.URL) != "" {
				named = h
			}
		}
	}
	switch {
	case dead != nil && !alive && !pending:
		l.log.Warn("nothing that lists the source's articles can be read: looking for other feeds and sitemaps", "source", s.Key, "url", dead.URL, "class", dead.Class, "message", dead.Message)
		s.listed.Store(0)
		s.mapped.Store(0)
	case named != nil:
		l.log.Warn("what the source names could not be read for days: looking for other feeds and sitemaps", "source", s.Key, "url", named.URL, "class", named.Class, "message", named.Message, "failures", named.Attempts)
	default:
		return nil, nil
	}
	s.discover.Store(true)
	return l.homes(s), nil
}

// homes are the home pages of the hosts of what a source names, as jobs.
func (l *search) homes(s *source) []storage.Job {
	var jobs []storage.Job
	seen := map[string]bool{}
	for _, raw := range slices.Concat(s.Start, s.Feeds, s.Sitemaps) {
		a, ok := addressOf(raw)
		if !ok || seen[a.u.Host] {
			continue
		}
		seen[a.u.Host] = true
		home := a.u.Scheme + "://" + a.u.Host + "/"
		s.addStart(home)
		jobs = append(jobs, storage.Job{URL: home, Host: hostOf(home), Source: s.Key, Kind: storage.SectionJob, Priority: startPriority, FoundAt: l.now()})
	}
	return jobs
}

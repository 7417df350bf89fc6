package scraper

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/scraper/fetch"
	"newsmill/scraper/listing"
	"newsmill/storage"
)

// Bounds of what is followed from pages.
const (
	maxDepth = 3    // links from a start page: home, section, page or subsection of it, article
	maxLinks = 1000 // of one page
)

// linked makes jobs of a page's links, each address once, likely articles first; of body those of a page that a script
// draws.
func (r *run) linked(t task, res *cleaner.Result, body []byte) []storage.Job {
	src := r.sources[t.Source]
	here, err := url.Parse(t.URL)
	if err != nil {
		return nil
	}
	seen := map[string]bool{t.URL: true}
	var jobs []storage.Job
	links := res.Links
	forms := formsOf(links[:min(len(links), maxLinks)])
	if !hasArticleLinks(links) {
		for _, address := range embeddedLinks(body, here) {
			links = append(slices.Clip(links), article.Link{URL: address})
		}
	}
	for _, l := range links {
		if len(jobs) >= maxLinks {
			r.log.Info("links left out: more than one page may have", "url", t.URL, "most", maxLinks)
			break
		}
		rel := strings.Fields(strings.ToLower(l.Rel))
		if slices.Contains(rel, "nofollow") || slices.Contains(rel, "sponsored") || slices.Contains(rel, "ugc") {
			r.logLink(t.URL, l.URL, reasonNofollow)
			continue
		}
		a, ok := linkOf(l.URL)
		full := cmp.Or(a.full, a.url)
		if !ok || seen[full] {
			continue
		}
		seen[full] = true
		if !src.owns(a.u.Host) {
			r.logLink(t.URL, a.url, reasonOutside)
			continue
		}
		manyForms := len(forms[a.url]) >= severalForms
		if src.isStart(a.url) && !manyForms {
			continue
		}
		u := a.u
		g := r.shapes.adjust(u, guessURL(u))
		j := a.job(src.Key, storage.ArticleJob)
		j.FoundOn, j.FoundAt, j.Depth = t.URL, r.now(), t.Depth+1
		switch {
		case g.Kind == urlNever || g.Kind == urlService:
			r.logLink(t.URL, a.url, reasonShape)
			continue
		case trapReason(u) != "":
			r.logLink(t.URL, a.url, reasonTrap)
			continue
		case g.Kind == urlHub && !manyForms:
			// Sections are looked for on the start pages and one level below, on the same host: other hosts have their own.
			if t.Depth >= 2 || !sameHost(u.Host, here.Host) {
				r.logLink(t.URL, a.url, reasonTooDeep)
				continue
			}
			j.Kind, j.Apart, j.Priority = storage.SectionJob, "", sectionPriority-float64(t.Depth)
		case !src.permits(u):
			r.logLink(t.URL, a.url, reasonDenied)
			continue
		case g.Kind == urlUnknown:
			j.Priority = sectionPriority + 5*g.Score - float64(t.Depth)
		default:
			j.Priority = priorityOf(g, storage.Hint{}, r.now())
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// severalForms is from how many addresses on one page on, which differ in nothing but what on most sites only tracks, they are
// likely articles, whatever their path is: of a section a page may track links at its head and foot.
const severalForms = 3

// formsOf returns the addresses of links that share one but for what on most sites only tracks.
func formsOf(links []article.Link) map[string]map[string]bool {
	forms := map[string]map[string]bool{}
	for _, l := range links {
		if a, ok := linkOf(l.URL); ok && a.full != "" {
			if forms[a.url] == nil {
				forms[a.url] = map[string]bool{}
			}
			forms[a.url][a.full] = true
		}
	}
	return forms
}

// hasArticleLinks says whether a few of the links look as if they led to articles.
func hasArticleLinks(links []article.Link) bool {
	n := 0
	for _, l := range links {
		if u, err := url.Parse(l.URL); err == nil && guessURL(u).Score >= 0.4 {
			if n++; n >= fewLinks {
				return true
			}
		}
	}
	return false
}

// sameHost ignores a leading www.
func sameHost(a, b string) bool {
	return strings.EqualFold(strings.TrimPrefix(a, "www."), strings.TrimPrefix(b, "www."))
}

// Bounds of embeddedLinks: what is not in a link must look the more like an article.
const (
	maxEmbedded   = 20_000
	embeddedScore = 0.5
	fewLinks      = 3 // a page with so many links to articles is not drawn by a script
)

var (
	quotedAddress = regexp.MustCompile(`"((?:https?:(?:\\?/){2}|(?:\\?/|\\u002[Ff]))[^"<>\s]{8,400})"`)
	unescapeJSON  = strings.NewReplacer(`\/`, "/", `\u002F`, "/", `\u002f`, "/", `\u0026`, "&")
)

// embeddedLinks are addresses of likely articles in the data of a page that a script draws.
func embeddedLinks(body []byte, base *url.URL) []string {
	var all []string
	for _, m := range quotedAddress.FindAllSubmatch(body[:min(len(body), fetch.LargeBody)], maxEmbedded) {
		raw := unescapeJSON.Replace(string(m[1]))
		s, ok := listing.Resolve(base, raw)
		if !ok {
			continue
		}
		if u, err := url.Parse(s); err != nil || guessURL(u).Score < embeddedScore {
			continue
		}
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
		if len(all) == maxLinks {
			break
		}
	}
	return all
}

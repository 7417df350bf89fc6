package cleaner

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
	"newsmill/cleaner/loosejson"
	"newsmill/cleaner/nametext"
	"newsmill/cleaner/script"
)

// describe fills the article's metadata, each value with its source.
func describe(r *Result, d *document, ev *evidence, opt Options) {
	a := &r.Article
	a.Sources, a.RunnersUp = map[string]string{}, map[string][]article.Value{}
	if ev.page != nil {
		if own, err := article.FullURL(ev.page.String()); err == nil {
			a.URL = own
		} else {
			a.URL = ev.page.String()
		}
	}
	set := func(field *string, name string, best article.Value, rest []article.Value) {
		*field = best.Value
		note(a, name, best.Source, rest)
	}
	best, rest := ev.canonical()
	set(&a.CanonicalURL, "canonical_url", best, rest)
	if a.CanonicalURL == "" {
		a.CanonicalURL = a.URL
	}
	best, rest = ev.title()
	set(&a.Title, "title", best, rest)
	ev.describeAuthors(a)
	ev.describeDates(a)
	best, rest = ev.siteName()
	set(&a.SiteName, "site_name", best, rest)
	best, rest = ev.description()
	set(&a.Description, "description", best, rest)
	best, rest = ev.section()
	set(&a.Section, "section", best, rest)
	var source string
	if a.Tags, source = ev.tags(); source != "" {
		a.Sources["tags"] = source
	}
	if a.Image, source, rest = ev.leadImage(); source != "" || len(rest) > 0 {
		note(a, "image_url", source, rest)
	}
	body := d.bodyText(4000)
	best, rest = ev.languageOf(cmp.Or(body, a.Title+" "+a.Description))
	set(&a.Language, "language", best, rest)
	ev.nameLanguages(a.Language)
	a.WordCount = d.bodyWords()
	if a.Dateline = d.dateline(); a.Dateline != "" {
		a.Sources["dateline"] = "text"
	}
	a.Paywall = ev.paywall(a.WordCount)
	ev.classify(a, opt.PageModel)
	if r.Notice = ev.notice(a); r.Notice.Kind != "" {
		refuse(a, r.Notice)
	}
	r.ItemType = ev.ld.types
	point(r, d)
	r.RobotsMeta = ev.robots()
	r.TDMOptOut = ev.optOut()
}

// note records where a field's value came from and which others lost.
func note(a *article.Article, field, source string, rest []article.Value) {
	if source != "" {
		a.Sources[field] = source
	}
	if len(rest) > 0 {
		a.RunnersUp[field] = rest[:min(len(rest), maxRunnersUp)]
	}
}

// maxRunnersUp bounds what is kept for --explain.
const maxRunnersUp = 8

func (ev *evidence) describeAuthors(a *article.Article) {
	best, others := ev.authors()
	if len(best.people) == 0 {
		if best = ev.notedAuthor(); len(best.people) > 0 {
			best.raw = "" // the note names the author, and is no byline
		}
	}
	if signed := ev.signedBelow(); len(signed.people) > 0 && (len(best.people) == 0 || best.isOfStaff(ev.siteWords())) {
		best = signed
	}
	a.Authors, a.Byline = best.people, cmp.Or(ev.printedByline(best.people), script.CleanValue(best.raw))
	var rest []article.Value
	for _, c := range others {
		names := make([]string, len(c.people))
		for i, p := range c.people {
			names[i] = p.Name
		}
		rest = append(rest, article.Value{Value: strings.Join(names, ", "), Source: c.source})
	}
	note(a, "authors", best.source, rest)
}

// printedByline returns the block near the title that names all of the authors, as readers see it; "" where none does.
func (ev *evidence) printedByline(authors []article.Person) string {
	if len(authors) == 0 {
		return ""
	}
	from, to := ev.nearTitle()
	title := ev.titleBlock()
	for i := from; i < to; i++ {
		b := &ev.doc.blocks[i]
		if i == title || len(b.text) > 200 || b.label.Class() == article.Body || b.label.Class() == article.Kept || ev.doc.isInFigure(b) {
			continue
		}
		if b.label == article.Title || b.label == article.Credit {
			continue
		}
		if !slices.ContainsFunc(authors, func(p article.Person) bool { return !strings.Contains(b.text, p.Name) }) {
			return b.text
		}
	}
	return ""
}

func (ev *evidence) describeDates(a *article.Article) {
	published, modified, others := ev.dates()
	a.PublishedAt, a.ModifiedAt = published.Moment, modified.Moment
	var rest []article.Value
	for _, c := range others {
		rest = append(rest, article.Value{Value: c.Moment.String(), Source: c.source})
	}
	note(a, "published_at", published.source, rest)
	note(a, "modified_at", modified.source, nil)
}

// siteName returns what the page calls its site.
func (ev *evidence) siteName() (best article.Value, rest []article.Value) {
	return firstPlausible(ev.siteNames(), func(s string) bool { return len(s) > 1 && !strings.HasPrefix(s, "http") && !strings.HasPrefix(s, "@") })
}

// description returns the page's summary of itself.
func (ev *evidence) description() (best article.Value, rest []article.Value) {
	var list []article.Value
	for _, m := range ev.meta[metaDescription] {
		list = append(list, m.Value)
	}
	if s := script.CleanValue(ev.ld.article.Get("description").First().String()); s != "" {
		list = append(list, article.Value{Value: s, Source: "jsonld:description"})
	}
	for i := range ev.doc.blocks {
		if b := &ev.doc.blocks[i]; b.label == article.Standfirst {
			list = append(list, article.Value{Value: b.text, Source: "text:standfirst"})
			break
		}
	}
	return firstPlausible(list, func(s string) bool { return len(s) > 10 && len(s) < 2000 })
}

// section returns the part of the site that the article belongs to.
func (ev *evidence) section() (best article.Value, rest []article.Value) {
	var list []article.Value
	add := func(s, source string) {
		if s = script.CleanValue(s); s != "" {
			list = append(list, article.Value{Value: s, Source: source})
		}
	}
	add(ev.ld.article.Get("articleSection").First().String(), "jsonld:articleSection")
	for _, m := range ev.meta[metaSection] {
		add(m.Value.Value, m.Source)
	}
	add(ev.breadcrumb(), "jsonld:breadcrumb")
	add(ev.shownSection(), "class:section")
	for i := range ev.doc.raw.marked {
		if m := &ev.doc.raw.marked[i]; m.prop == "articleSection" {
			add(cmp.Or(attr(m.node, "content"), shortText(m.node, 60)), "itemprop:articleSection")
		}
	}
	site := ev.siteWords()
	return firstPlausible(list, func(s string) bool {
		return utf8.RuneCountInString(s) > 1 && len(s) < 60 && !strings.HasPrefix(s, "http") && !site[foldTitle(s)]
	})
}

// maxCrumbs of a path through the site are looked at; none is so deep.
const maxCrumbs = 20

// breadcrumb returns the last step of the page's path through the site that is not the page itself.
func (ev *evidence) breadcrumb() string {
	for _, t := range ev.ld.things {
		if !hasType(t.value, "BreadcrumbList") {
			continue
		}
		items := t.value.Get("itemListElement").List()
		title, _ := ev.title()
		for i := len(items) - 1; i > max(0, len(items)-maxCrumbs); i-- {
			name := script.CleanValue(cmp.Or(items[i].Get("name").String(), ev.ld.follow(items[i].Get("item")).Get("name").String()))
			if name == "" || len(name) > 40 || wordShare(name, title.Value) > 0.5 || i == len(items)-1 && len(items) > 2 && strings.Count(name, " ") > 4 {
				continue
			}
			return name
		}
	}
	return ""
}

// shownSection returns the words of a kicker or the last step of a path that stand above the title.
func (ev *evidence) shownSection() (section string) {
	at := ev.titleBlock()
	title, _ := ev.title()
	for i := range ev.doc.raw.marked {
		m := &ev.doc.raw.marked[i]
		if m.marks&markSection == 0 || m.block < at-6 || m.block > at+1 {
			continue
		}
		s := shortText(m.node, 120)
		if cut := strings.LastIndexAny(s, "›»>/|"); cut >= 0 {
			_, size := utf8.DecodeRuneInString(s[cut:])
			s = strings.TrimSpace(s[cut+size:])
		} else if countLinks(m.node) > 1 { // a menu
			continue
		}
		if s != "" && utf8.RuneCountInString(s) <= 30 && !script.HasDigit(s) && wordShare(s, title.Value) < 0.6 {
			section = s
		}
	}
	return section
}

func countLinks(n *html.Node) (links int) {
	eachElement(n, func(c *html.Node) bool {
		if c.DataAtom == atom.A {
			links++
		}
		return links < 2
	})
	return links
}

// maxTags are kept of the page's topics.
const maxTags = 50

// tags returns the page's topics.
func (ev *evidence) tags() (list []string, source string) {
	add := func(s string) {
		if len(list) == maxTags {
			return
		}
		if s = script.CleanValue(s); s != "" && len(s) < 80 && !slices.ContainsFunc(list, func(t string) bool { return strings.EqualFold(s, t) }) {
			list = append(list, s)
		}
	}
	split := func(s string) {
		sep := ","
		if !strings.Contains(s, ",") {
			sep = ";"
		}
		for part := range strings.SplitSeq(s, sep) {
			add(part)
		}
	}
	keywords := ev.ld.article.Get("keywords").List()
	for i := range keywords {
		if v := &keywords[i]; v.Kind == loosejson.Object {
			add(v.Get("name").String())
		} else if len(keywords) == 1 {
			split(v.String())
		} else {
			add(strings.TrimPrefix(v.String(), "tag:"))
		}
	}
	if len(list) > 0 {
		return list, "jsonld:keywords"
	}
	for _, m := range ev.meta[metaTags] {
		if source != "" && m.Source != source {
			break
		}
		source = m.Source
		split(m.Value.Value)
	}
	if len(list) > 0 {
		return list, source
	}
	for i := range ev.doc.raw.marked {
		if m := &ev.doc.raw.marked[i]; m.node.DataAtom == atom.A && attr(m.node, "rel") != "" && m.marks&markTags != 0 {
			add(strings.TrimPrefix(shortText(m.node, 60), "#"))
		}
	}
	if len(list) > 0 {
		return list, "rel:tag"
	}
	return nil, ""
}

// bodyText returns up to limit bytes of the article's text.
func (d *document) bodyText(limit int) string {
	var sb strings.Builder
	for i := range d.blocks {
		if b := &d.blocks[i]; b.label.Class() == article.Body {
			sb.WriteString(b.text)
			sb.WriteByte('\n')
			if sb.Len() > limit {
				break
			}
		}
	}
	return sb.String()
}

// bodyWords counts the article's words: in scripts without spaces, two letters are one.
func (d *document) bodyWords() int {
	words := 0
	for i := range d.blocks {
		if d.blocks[i].label.Class() == article.Body {
			words += script.CountWords(d.blocks[i].text)
		}
	}
	return words
}

// datelineShape is the start of a report: a place in capitals, perhaps a day and an agency, a dash.
var datelineShape = regexp.MustCompile(`^((?:\p{Lu}[\p{Lu}.'’-]+)(?:[ ,/]+\p{Lu}[\p{Lu}\p{Ll}.'’-]+){0,4})(?:, (?:\p{Lu}\p{Ll}+\.? \d{1,2}|\d{1,2}\.? \p{L}+\.?))?(?:[ ,]+\([^()]{2,40}\))?(?:[ ,]+\d{1,2}[. ]+\p{L}+)?\s*(?:--|[—–-])\s`)

// unspacedDateline is the same in Chinese: 新华社北京4月24日电.
var unspacedDateline = regexp.MustCompile(`^(?:\p{Han}{2,6}(?:社|网|報|报))?\s*(\p{Han}{2,8}?)\s*(?:\d{1,2}月)?\d{1,2}日(?:电|電|讯|訊)`)

// dateline returns the place that the article starts with: "TOKYO" of "TOKYO, March 4 (Reuters) - ".
func (d *document) dateline() string {
	seen := 0
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.label != article.Paragraph && b.label != article.Standfirst || len(b.text) < 40 {
			continue
		}
		head := b.text[:min(len(b.text), 140)]
		first, size := utf8.DecodeRuneInString(head)
		second, _ := utf8.DecodeRuneInString(head[size:])
		if !unicode.IsUpper(first) && !nametext.IsUnspaced(first) || !unicode.IsUpper(second) && !nametext.IsUnspaced(second) || !strings.ContainsAny(head, "-—–日") {
			if seen++; seen == 2 { // the expressions cost more than the look
				break
			}
			continue
		}
		if m := datelineShape.FindStringSubmatch(head); m != nil && utf8.RuneCountInString(m[1]) >= 3 {
			return strings.TrimRight(m[1], " ,/")
		}
		if m := unspacedDateline.FindStringSubmatch(head); m != nil {
			return m[1]
		}
		if seen++; seen == 2 {
			break
		}
	}
	return ""
}

// robots returns the directives to robots that hold for us, lower case: those for all, and those by our name.
func (ev *evidence) robots() []string {
	var list []string
	for _, m := range ev.doc.raw.metas {
		if m.name != "robots" && m.name != "newsmill" {
			continue
		}
		for directive := range strings.SplitSeq(strings.ToLower(m.content), ",") {
			if directive = strings.TrimSpace(directive); directive != "" && len(list) < maxValues && !slices.Contains(list, directive) {
				list = append(list, directive)
			}
		}
	}
	return list
}

// optOut returns the page's machine-readable reservation against text mining; "" where there is none: the TDM
// Reservation Protocol's <meta name=tdm-reservation>, and noai and noimageai among the directives to robots.
func (ev *evidence) optOut() string {
	for _, m := range ev.doc.raw.metas {
		switch {
		case m.name == "tdm-reservation" && strings.TrimSpace(m.content) == "1":
			return "meta:tdm-reservation"
		case m.name == "robots" || m.name == "newsmill":
			for directive := range strings.SplitSeq(strings.ToLower(m.content), ",") {
				if directive = strings.TrimSpace(directive); directive == "noai" || directive == "noimageai" {
					return "meta:" + m.name + " " + directive
				}
			}
		}
	}
	return ""
}

// feedTypes are the media types by which pages announce feeds, correct and usual ones.
var feedTypes = []string{"rss", "atom", "rdf+xml", "feed+json", "text/xml", "application/xml"}

// point fills in where else the page points to: feeds, sitemaps, the next page, the AMP twin, the target of a refresh.
func point(r *Result, d *document) {
	for _, l := range d.raw.relLinks {
		u, rels := d.resolve(l.href), strings.Fields(strings.ToLower(l.rel))
		if u == "" {
			continue
		}
		if slices.Contains(rels, "alternate") && containsAny(strings.ToLower(l.typ), feedTypes) {
			r.Feeds = append(r.Feeds, FeedLink{URL: u, Type: l.typ, Title: l.title})
		}
		if slices.Contains(rels, "sitemap") {
			r.Sitemaps = append(r.Sitemaps, u)
		}
		if slices.Contains(rels, "next") {
			r.NextPage = cmp.Or(r.NextPage, u)
		}
		if slices.Contains(rels, "amphtml") {
			r.AMP = cmp.Or(r.AMP, u)
		}
	}
	for _, l := range d.links {
		if r.NextPage == "" && l.Rel != "" && strings.Contains(" "+strings.ToLower(l.Rel)+" ", " next ") {
			r.NextPage = l.URL
		}
	}
	for _, m := range d.raw.metas {
		if m.name != "refresh" {
			continue
		}
		wait, target, ok := strings.Cut(m.content, ";")
		key, target, isURL := strings.Cut(target, "=")
		seconds, err := strconv.ParseFloat(strings.TrimSpace(wait), 64)
		if ok && isURL && err == nil && seconds <= 5 && strings.EqualFold(strings.TrimSpace(key), "url") {
			r.RefreshURL = d.resolve(strings.Trim(strings.TrimSpace(target), `"'`))
		}
	}
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// report turns the document's blocks into the result's.
func report(r *Result, d *document) {
	r.Links = d.links
	r.Blocks = make([]article.Block, len(d.blocks))
	paths := d.paths()
	for i := range d.blocks {
		b := &d.blocks[i]
		shown := article.Node{Text: b.text, Spans: b.spans}
		r.Blocks[i] = article.Block{Text: shown.PlainText(), Label: b.label, Reason: b.reason, Score: b.score, Path: paths[i], Language: b.lang}
	}
}

// paths names the place of each block, cut out of one text.
func (d *document) paths() []string {
	const usual = 80 // bytes; three in four pages have shorter ones
	all := make([]byte, 0, usual*len(d.blocks))
	ends := make([]int, len(d.blocks))
	around, outer := int32(-1), []byte(nil) // the element around the last block's, and its path
	for i := range d.blocks {
		switch el := d.blocks[i].el; {
		case d.lines:
			all = strconv.AppendInt(append(all, "line "...), int64(i+1), 10)
		case el >= 0 && d.element(el).parent >= 0:
			if p := d.element(el).parent; p != around {
				around, outer = p, append(d.appendSteps(outer[:0], p, pathSteps-1), '>')
			}
			all = d.appendSteps(append(all, outer...), el, 1)
		default:
			all = d.appendPath(all, el)
		}
		ends[i] = len(all)
	}
	text, start := string(all), 0
	paths := make([]string, len(ends))
	for i, end := range ends {
		paths[i], start = text[start:end], end
	}
	return paths
}

package cleaner

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
	"newsmill/cleaner/datetext"
	"newsmill/cleaner/loosejson"
	"newsmill/cleaner/nametext"
	"newsmill/cleaner/script"
)

// people reads the persons in a byline of a page.
func (ev *evidence) people(s string, trust nametext.Trust) []article.Person {
	return nametext.People(s, trust, ev.lang())
}

// authorCandidate is what one place of the page says of the authors.
type authorCandidate struct {
	people []article.Person
	raw    string
	source string
}

// ldPeople reads the author of a thing: names, persons, organisations, references to them.
func (ev *evidence) ldPeople(v *loosejson.Value) (list []article.Person, raw string) {
	items := v.Few(nametext.MaxNames)
	for i := range items {
		a := ev.ld.follow(&items[i])
		if a.Kind == loosejson.String || a.Kind == loosejson.Bare {
			raw = joinRaw(raw, a.Text)
			for _, p := range ev.people(a.Text, nametext.Said) {
				list = nametext.AppendPerson(list, p)
			}
			continue
		}
		names := a.Get("name").Few(nametext.MaxPeople)
		if given, family := a.Get("givenName").String(), a.Get("familyName").String(); len(names) == 0 && family != "" {
			names = []loosejson.Value{{Kind: loosejson.String, Text: strings.TrimSpace(given + " " + family)}}
		}
		for j := range names {
			name := script.CleanValue(ev.nameIn(&names[j]))
			if name == "" {
				continue
			}
			raw = joinRaw(raw, name)
			if hasType(a, "Organization", "NewsMediaOrganization", "Corporation") {
				if nametext.IsName(name, nametext.Said) {
					list = nametext.AppendPerson(list, article.Person{Name: name, Organisation: name})
				}
				continue
			}
			found := ev.people(name, nametext.Said)
			if len(found) == 1 {
				p := &found[0]
				if u := a.Get("url").First().String(); strings.HasPrefix(u, "http") || strings.HasPrefix(u, "/") {
					p.URL = ev.doc.resolve(u)
				}
				if role := script.CleanValue(a.Get("jobTitle").First().String()); role != "" && p.Role == "" {
					p.Role = role
				}
				if org := script.CleanValue(ev.ld.follow(a.Get("worksFor").First()).Get("name").String()); org != "" && p.Organisation == "" {
					p.Organisation = org
				}
				if mail := a.Get("email").First().String(); strings.Contains(mail, "@") {
					p.Email = strings.TrimPrefix(mail, "mailto:")
				}
			}
			for _, p := range found {
				list = nametext.AppendPerson(list, p)
			}
		}
	}
	return list, raw
}

// nameIn returns a name that is a text, or a thing that has one, in a list or not, as some programs nest them.
func (ev *evidence) nameIn(v *loosejson.Value) string {
	for range 4 {
		if s := v.String(); s != "" {
			return s
		}
		v = ev.ld.follow(v).Get("name").First()
	}
	return ""
}

func joinRaw(a, b string) string {
	switch {
	case a == "":
		return b
	case len(a)+len(b) > nametext.MaxRaw:
		return a
	}
	return a + ", " + b
}

// authorCandidates lists what the page says of its authors, the most trusted place first.
func (ev *evidence) authorCandidates() []authorCandidate {
	if ev.known.authors == nil {
		list := ev.findAuthors()
		ev.known.authors = &list
	}
	return *ev.known.authors
}

func (ev *evidence) findAuthors() []authorCandidate {
	site := ev.siteWords()
	var list []authorCandidate
	add := func(people []article.Person, raw, source string) {
		people = withoutOrganisations(people, site)
		if len(people) == 1 && isSite(people[0].Name, site) {
			whole, _ := nametext.TrimBy(script.CleanValue(raw), nametext.Guessed, ev.lang())
			whole, _, _ = strings.Cut(whole, " | ")
			if strings.Contains(raw, "The "+whole) {
				whole = "The " + whole
			}
			if last := whole[strings.LastIndexByte(whole, ' ')+1:]; nametext.Words.Role[strings.ToLower(last)] && strings.Contains(whole, people[0].Name+" ") {
				people = []article.Person{{Name: whole, Organisation: people[0].Name}} // "The Harbour Post Reporter"
			}
		}
		if len(people) > 0 {
			list = append(list, authorCandidate{people, raw, source})
		}
	}
	for _, key := range [...]string{"author", "creator"} {
		p, raw := ev.ldPeople(ev.ld.article.Get(key))
		add(p, raw, "jsonld:"+key)
	}
	if c := ev.stateAuthors(); len(c.people) > 0 {
		add(c.people, c.raw, c.source)
	}
	byTag := map[string]*authorCandidate{}
	var order []string
	for _, m := range ev.meta[metaAuthor] {
		if strings.HasPrefix(m.Value.Value, "http") || strings.HasPrefix(m.Value.Value, "/") {
			continue
		}
		c := byTag[m.Source]
		if c == nil {
			c = &authorCandidate{source: m.Source}
			byTag[m.Source] = c
			order = append(order, m.Source)
		}
		for _, p := range ev.people(givenFirst(m), nametext.Said) {
			c.people = nametext.AppendPerson(c.people, p)
		}
		c.raw = joinRaw(c.raw, m.Value.Value)
	}
	for _, name := range order {
		add(byTag[name].people, byTag[name].raw, name)
	}
	if raw := ev.labelledAuthor(); raw != "" {
		add(ev.people(raw, nametext.Said), raw, "meta:twitter:data")
	}
	for _, c := range ev.markedAuthors() {
		add(c.people, c.raw, c.source)
	}
	if slices.ContainsFunc(list, func(c authorCandidate) bool {
		return c.source == "jsonld:author" && slices.ContainsFunc(c.people, func(p article.Person) bool {
			return !isOrganisation(p, site) && (strings.Contains(p.Name, " ") || nametext.StartsUnspaced(p.Name)) // one word may be a login
		})
	}) {
		return list // the words near the title could not outweigh it
	}
	c := ev.printedAuthors()
	add(c.people, c.raw, c.source)
	if !slices.ContainsFunc(list, func(c authorCandidate) bool {
		return (!strings.HasPrefix(c.source, "meta:") || c.isAgency()) && !c.isOfSite(site)
	}) {
		c := ev.labelledAuthors()
		add(c.people, c.raw, c.source)
	}
	for _, c := range []authorCandidate{ev.signedAuthors(), ev.datelineAuthors()} {
		add(c.people, c.raw, c.source)
	}
	return list
}

// givenFirst returns the name that a <meta> of libraries holds, which write the family name first, as readers say it.
func givenFirst(m metaValue) string {
	family, given, ok := strings.Cut(m.Value.Value, ", ")
	if m.Source != "meta:citation_author" && !strings.HasSuffix(m.Source, ".creator") || !ok || strings.ContainsAny(given, ",;") || !nametext.IsGivenName(given) {
		return m.Value.Value
	}
	return given + " " + family
}

// isOfSite reports whether the candidate names nobody but the site.
func (c authorCandidate) isOfSite(site map[string]bool) bool {
	return !slices.ContainsFunc(c.people, func(p article.Person) bool { return !isSite(p.Name, site) })
}

func (c authorCandidate) isAgency() bool {
	return slices.ContainsFunc(c.people, func(p article.Person) bool { return nametext.Words.Agency[strings.ToLower(p.Name)] })
}

// labelledAuthors reads the first block that says, anywhere outside comments, that the author follows: "Written by Ada
// Moss", or "Author" alone and the name in the next block.
func (ev *evidence) labelledAuthors() (c authorCandidate) {
	blocks := ev.doc.blocks
	for i := range blocks {
		b := &blocks[i]
		if len(b.text) > 250 {
			continue
		}
		n := nametext.LeadingEntry(b.text, nametext.Words.Label)
		if n == 0 || b.label == article.Comment || b.label == article.Related {
			continue
		}
		raw := b.text
		rest := strings.TrimLeft(b.text[n:], " :：·|–-")
		if rest == "" && i+1 < len(blocks) && len(blocks[i+1].text) < 100 {
			rest, raw = blocks[i+1].text, raw+" "+blocks[i+1].text
		}
		if found := ev.people(rest, nametext.Guessed); len(found) > 0 && nametext.StartsLikeName(rest) {
			return authorCandidate{found, raw, "text:label"}
		}
	}
	return c
}

// datelineReporter is a reporter named at the start or end of a Chinese or Japanese report: 本报临川4月23日电（记者 林晚舟）.
var datelineReporter = regexp.MustCompile(`[（(【](?:[\p{Han}]{0,6})(?:记者|記者)[ :：]?([\p{Han}、，, ]{2,30})(?:[／/][\p{Han}]{2,8})?[）)】]`)

// datelineAuthors reads the reporters named in the first and last paragraphs.
func (ev *evidence) datelineAuthors() (c authorCandidate) {
	seen := 0
	for i := range ev.doc.blocks {
		b := &ev.doc.blocks[i]
		if len(b.text) < 60 || !strings.Contains(b.text, "记者") && !strings.Contains(b.text, "記者") {
			continue
		}
		if m := datelineReporter.FindStringSubmatch(b.text); m != nil {
			if found := ev.people(strings.ReplaceAll(m[1], " ", "、"), nametext.Led); len(found) > 0 {
				return authorCandidate{found, m[0], "text:dateline"}
			}
		}
		if seen++; seen == 6 {
			break
		}
	}
	return c
}

// labelledAuthor reads the pairs of <meta name=twitter:label1 content="Written by"> and twitter:data1.
func (ev *evidence) labelledAuthor() string {
	label := ""
	for _, m := range ev.doc.raw.metas {
		if !strings.HasPrefix(m.name, "twitter:") {
			continue
		}
		if strings.HasPrefix(m.name, "twitter:label") {
			label = ""
			if n := nametext.LeadingEntry(script.CleanValue(m.content), nametext.Words.By); n > 0 {
				label = m.name[len("twitter:label"):]
			}
		} else if label != "" && m.name == "twitter:data"+label {
			return m.content
		}
	}
	return ""
}

// signedAuthors reads a name that stands alone after the text, as Vietnamese, Spanish and many local papers sign.
func (ev *evidence) signedAuthors() (c authorCandidate) {
	blocks := ev.doc.blocks
	last := -1
	for i := range blocks {
		if blocks[i].kind == paragraphBlock && len(blocks[i].text) > 200 {
			last = i
		}
	}
	for i := last + 1; last >= 0 && i < min(len(blocks), last+4); i++ {
		b := &blocks[i]
		if b.kind != paragraphBlock || len(b.text) > 60 || b.linkChars > 0 {
			continue
		}
		if found := ev.people(strings.Trim(b.text, "()—–- "), nametext.Guessed); len(found) > 0 && len(found) < 4 && !nametext.StartsUnspaced(found[0].Name) {
			return authorCandidate{found, b.text, "text:signature"}
		}
	}
	return c
}

// authorSteps are steps in the addresses of authors' pages, before the author's own.
var authorSteps = func() map[string]bool {
	m := map[string]bool{}
	for _, s := range strings.Fields("author authors editors autor autoren autores auteur auteurs autore autori people person profile profiles contributor contributors reporter reporters journalist journalists" +
		" journaliste journalistes writer writers staff by redaktion team user users columnist columnists yazar yazarlar penulis forfatter skribent redakteur profil members firmas bio creator producers autorzy editor tac-gia signatures") {
		m[s] = true
	}
	return m
}()

func isAuthorPath(address string) bool {
	at := strings.Index(address, "://")
	if at < 0 {
		return false
	}
	steps := address[at+3:]
	for i := 0; ; i++ {
		step, rest, more := strings.Cut(steps, "/")
		if !more || rest == "" {
			return i > 0 && strings.HasPrefix(step, "author-") || strings.Contains(step, "?author=")
		}
		if i > 0 && authorSteps[step] {
			return true
		}
		steps = rest
	}
}

// isSlugOf reports whether a step of an address is a name of a word or more: "/editors/lawrence-bonk-01/".
func isSlugOf(address, name string) bool {
	words := titleWords(name)
	slug := strings.Join(words, "-")
	return len(words) < 5 && len(slug) > 5 && !nametext.Words.Never[strings.ToLower(name)] && strings.Contains(strings.ToLower(address), "/"+slug)
}

// titleBlock returns the index of the block that shows the title; -1 where none does. Of several (a bar that sticks to
// the top of the window has it too) it is the one that the text follows.
func (ev *evidence) titleBlock() int {
	if ev.known.titleAt != 0 {
		return ev.known.titleAt - 2
	}
	blocks := ev.doc.blocks
	title, _ := ev.title()
	want := foldTitle(title.Value)
	best, bestScore := -1, 0.0
	for i := range blocks {
		b := &blocks[i]
		if len(b.text) > 400 || b.kind != headingBlock && (len(b.text) > len(title.Value)+20 || len(b.text)+20 < len(title.Value)) {
			continue
		}
		score := 0.0
		switch {
		case want != "" && (b.kind == headingBlock || b.linkChars == 0) && foldsTo(b.text, want):
			score = 2.5
			if b.kind == headingBlock {
				score = 3
			}
		case b.kind == headingBlock && b.level == 1:
			score = 1 + wordShare(b.text, title.Value)
		default:
			continue
		}
		for j, seen := i+1, 0; j < len(blocks) && j < i+40 && seen < 2000; j++ {
			if n := len(blocks[j].text); n > 100 {
				seen += n
				score += float64(min(n, 2000)) / 4000
			}
		}
		if score > bestScore {
			best, bestScore = i, score
		}
	}
	ev.known.titleAt = best + 2
	return best
}

// nearProse are the bytes of prose below a title among which its byline and date still stand, where paragraphs are short.
const nearProse = 1000

// nearTitle returns the bounds of the blocks among which a byline and a date stand: a few before the title, and those up
// to the third long paragraph after it.
func (ev *evidence) nearTitle() (from, to int) {
	blocks := ev.doc.blocks
	at := ev.titleBlock()
	from = max(0, at-5)
	long, prose := 0, 0
	for to = at + 1; to < len(blocks) && to < from+45; to++ {
		n := len(blocks[to].text)
		if n > 80 {
			prose += n
		}
		if n > 200 {
			long++
		}
		if long == 3 || prose > nearProse {
			break
		}
	}
	return from, to
}

// printedAuthors reads the byline where readers see it: a block near the title that starts with a by-word, links to
// the page of an author, or names a person beside a date.
func (ev *evidence) printedAuthors() authorCandidate {
	blocks := ev.doc.blocks
	from, to := ev.nearTitle()
	title := ev.titleBlock()
	var linked, named authorCandidate
	dates := datetext.Reader{Lang: ev.lang()}
	for i := from; i < to; i++ {
		b := &blocks[i]
		if len(b.text) > 250 || i == title || ev.isOthers(i) {
			continue
		}
		text := ev.unglued(b)
		if cut, hasBy := nametext.TrimBy(text, nametext.Guessed, ev.lang()); hasBy {
			if ev.inTeaser(ev.doc.element(b.el).node) {
				continue
			}
			if found := ev.people(text, nametext.Guessed); len(found) > 0 && nametext.StartsLikeName(cut) && !(authorCandidate{people: found}).isOfSite(ev.siteWords()) {
				return authorCandidate{found, b.text, "text:byline"}
			}
		} else if rest, ok := nametext.AuthorField(b.text); ok && b.kind != headingBlock {
			if found := ev.people(rest, nametext.Led); len(found) > 0 {
				return authorCandidate{found, b.text, "text:byline"}
			}
		} else if rest, ok := nametext.AfterDate(b.text); ok && b.kind != headingBlock {
			if found := ev.people(rest, nametext.Led); len(found) > 0 {
				return authorCandidate{found, b.text, "text:byline"}
			}
		} else if i+1 < to && i > title && len(blocks[i+1].text) < 100 && nametext.LeadingEntry(b.text, nametext.Words.By) == len(b.text) {
			if found := ev.people(blocks[i+1].text, nametext.Led); len(found) > 0 {
				return authorCandidate{found, b.text + " " + blocks[i+1].text, "text:byline"}
			}
		}
		isBold, isOverText := b.boldChars > 0 && b.boldChars >= b.chars-2, i+1 < to && len(blocks[i+1].text) > 100
		if i > title && isBold && isOverText && !script.HasDigit(b.text) {
			// "Ada Moss/Bela Kern" in bold over the text; one name alone could as well be a heading
			if found := ev.people(b.text, nametext.Guessed); len(found) > 1 && len(found) == len(nametext.SplitNames(b.text)) {
				return authorCandidate{found, b.text, "text:byline"}
			}
		}
		if b.chars < len(b.text) {
			if found := nametext.ReporterLine(b.text); len(found) > 0 {
				return authorCandidate{found, b.text, "text:byline"}
			}
		}
		if i < title && (i < title-2 || !script.HasDigit(b.text)) || ev.doc.inPath(b.el) {
			continue
		}
		for _, s := range b.spans {
			if s.Kind == article.LinkSpan && isAuthorPath(s.URL) && s.End <= len(b.text) && s.End-s.Start < 80 {
				name := b.text[s.Start:s.End]
				found := ev.people(name, nametext.Guessed)
				if len(found) == 0 && isSlugOf(s.URL, name) {
					found = []article.Person{{Name: name}}
				}
				for _, p := range found {
					p.URL = s.URL
					linked.people = nametext.AppendPerson(linked.people, p)
					linked.raw, linked.source = b.text, "text:author-link"
				}
			}
		}
		if len(named.people) == 0 && len(b.text) < 120 && b.kind != headingBlock {
			if found := ev.people(text, nametext.Guessed); len(found) > 0 && !nametext.StartsUnspaced(found[0].Name) && b.kind != quoteBlock && !ev.doc.isInFigure(b) && nametext.MostlyNames(b.text, found) {
				for j := max(from, i-1); j <= min(to-1, i+2); j++ {
					if (j != i || script.HasDigit(b.text)) && len(blocks[j].text) < 120 {
						if _, ok := dates.Parse(ev.unglued(&blocks[j])); ok {
							named = authorCandidate{found, b.text, "text:beside-date"}
						}
					}
				}
			}
		}
	}
	if len(linked.people) > 0 && len(linked.people) <= 6 {
		return linked
	}
	return named
}

func (d *document) isInFigure(b *block) bool {
	return b.kind == captionBlock || d.element(b.el).flags&inFigure != 0
}

// authorWeights say how much each place counts when they differ; equal lists add up. Chosen on 926 pages.
var authorWeights = []struct {
	prefix string
	weight float64
}{
	{"jsonld:author", 3},
	{"state:", 2},
	{"rel:author:far", 0.2},
	{"rel:author", 1.6},
	{"itemprop:author", 1.2},
	{"class:author:far", 0.08},
	{"class:author", 1.1},
	{"text:byline", 0.6},
	{"text:author-link", 0.4},
	{"jsonld:creator", 0.3},
	{"meta:citation_author", 1},
	{"meta:dc.creator", 0.8},
	{"meta:", 0.3},
	{"text:dateline", 0.3},
	{"text:label", 0.35}, // more than a <meta>, which may name the publisher
	{"text:signature", 0.2},
	{"text:beside-date", 0.15},
}

const (
	organisationShare = 0.03 // of its weight has a list without a person: a name of a person nearly anywhere else wins
	agencyShare       = 0.3  // where it is an agency, which does write articles
	loginShare        = 0.1  // of its weight has a login where readers see a name
	shorterShare      = 0.35 // of the weight of a shorter list adds to one that holds all its names and more
)

// authors chooses among the candidates: the list with the most weight behind it.
func (ev *evidence) authors() (best authorCandidate, rest []authorCandidate) {
	site := ev.siteWords()
	var choice []authorCandidate
	var weights []float64
	seen := map[string]bool{}
	for _, c := range ev.authorCandidates() {
		place, weight := "", 0.0
		for _, w := range authorWeights {
			if strings.HasPrefix(c.source, w.prefix) {
				place, weight = w.prefix, w.weight
				break
			}
		}
		if seen[place] {
			continue
		}
		seen[place] = true
		if !slices.ContainsFunc(c.people, func(p article.Person) bool { return !isOrganisation(p, site) }) {
			if c.isAgency() {
				weight *= agencyShare
			} else {
				weight *= organisationShare
			}
		}
		at := slices.IndexFunc(choice, func(o authorCandidate) bool {
			return len(o.people) == len(c.people) && nametext.ContainsPeople(o.people, c.people)
		})
		if at < 0 {
			at = len(choice)
			choice, weights = append(choice, c), append(weights, 0)
		}
		weights[at] += weight
	}
	if len(choice) == 0 {
		return ev.desk(), nil
	}
	if slices.ContainsFunc(choice, func(c authorCandidate) bool { return isShownPerson(c) }) {
		for i := range choice { // the login of whoever put the page in beside the writer's name on it
			if c := choice[i]; len(c.people) == 1 && nametext.LooksLikeLogin(c.people[0].Name) && !c.isAgency() {
				weights[i] *= loginShare
			}
		}
	}
	for i := range choice { // "todd" and "edilson.la.rosa" are the logins of Todd Bates and Edilson La Rosa
		for j := range choice {
			if i != j && isLogin(choice[i].people, choice[j].people) {
				weights[j] += weights[i]
				weights[i] = 0
			}
		}
	}
	for i := range choice { // "Ada Moss Harbour Post" on the page is Ada Moss in its data
		for j := range choice {
			if i != j && weights[j] > 0 && isLonger(choice[i], choice[j]) {
				weights[j] += weights[i]
				weights[i] = 0
			}
		}
	}
	at, top := 0, 0.0
	for i := range choice {
		total := weights[i]
		for j := range choice {
			if len(choice[j].people) < len(choice[i].people) && nametext.ContainsPeople(choice[i].people, choice[j].people) {
				total += shorterShare * weights[j]
			}
		}
		if total > top+1e-9 {
			at, top = i, total
		}
	}
	best = choice[at]
	if len(best.people) > 1 {
		best.people = ev.withoutPhotographers(best.people)
	}
	return best, append(append(rest, choice[:at]...), choice[at+1:]...)
}

// withoutPhotographers drops those of several authors whom a line of the page credits with pictures, style or the like.
func (ev *evidence) withoutPhotographers(people []article.Person) []article.Person {
	credited := func(p article.Person) bool {
		return slices.ContainsFunc(ev.doc.blocks, func(b block) bool {
			return len(b.text) < 120 && strings.HasSuffix(b.text, p.Name) && nametext.LeadingEntry(b.text, nametext.Words.Credit) > 0 && !strings.Contains(b.text, " and ")
		})
	}
	if writers := slices.DeleteFunc(slices.Clone(people), credited); len(writers) > 0 {
		return writers
	}
	return people
}

// desk returns the staff that the page names as its author where it names nobody else.
func (ev *evidence) desk() (c authorCandidate) {
	isOwn := false // in an element that is the author's
	take := func(s, source string) bool {
		s = script.CleanValue(s)
		if rest, led := nametext.TrimBy(s, nametext.Guessed, ev.lang()); led {
			s = rest
		}
		if len(s) > 3 && strings.EqualFold(s[:3], "by ") {
			s = s[3:]
		}
		if lower := strings.ToLower(s); !nametext.Words.Desk[lower] && !(isOwn && nametext.LooksLikeOrganisation(s) && !nametext.Words.Never[lower] && len(s) < 40) {
			return false
		}
		c = authorCandidate{[]article.Person{{Name: s, Organisation: s}}, s, source}
		return true
	}
	authors := ev.ld.article.Get("author").Few(nametext.MaxNames)
	for i := range authors {
		a := ev.ld.follow(&authors[i])
		if take(cmp.Or(a.String(), a.Get("name").First().String()), "jsonld:author") {
			return c
		}
	}
	from, to := ev.nearTitle()
	for i := range ev.doc.raw.marked {
		m := &ev.doc.raw.marked[i]
		isOwn = m.marks&markRelAuthor != 0 || isAuthorElement(m.node)
		if m.marks&(markAuthor|markRelAuthor) != 0 && m.block >= from && m.block < to && !ev.inTeaser(m.node) && take(shortText(m.node, 60), "class:author") {
			return c
		}
	}
	isOwn = false
	for _, m := range ev.meta[metaAuthor] {
		if take(m.Value.Value, m.Source) {
			return c
		}
	}
	for _, v := range ev.siteNames() { // a site that is called by its owner's name and title
		for _, title := range [...]string{"Prof. Dr. ", "Prof. ", "Dr. "} {
			if rest, ok := strings.CutPrefix(v.Value, title); ok {
				return authorCandidate{ev.people(rest, nametext.Guessed), v.Value, v.Source}
			}
		}
	}
	return c
}

// isLonger reports whether the only name of a list on the page is that of a list in its data, with more behind it.
func isLonger(long, short authorCandidate) bool {
	if len(long.people) != 1 || len(short.people) != 1 || !isStatedAuthor(short.source) || isStatedAuthor(long.source) {
		return false
	}
	name := short.people[0].Name
	return strings.Contains(name, " ") && len(long.people[0].Name) > len(name) && strings.HasPrefix(long.people[0].Name, name)
}

func isStatedAuthor(source string) bool {
	return strings.HasPrefix(source, "jsonld:") || strings.HasPrefix(source, "meta:") || strings.HasPrefix(source, "state:")
}

// isShownPerson reports whether readers see the candidate's names, and they are a person's first and last name.
func isShownPerson(c authorCandidate) bool {
	switch c.source {
	case "class:author", "rel:author", "class:author:far", "rel:author:far", "itemprop:author", "text:byline", "text:author-link":
		return len(c.people) > 0 && strings.Contains(c.people[0].Name, " ") && nametext.IsName(c.people[0].Name, nametext.Guessed)
	}
	return false
}

// isOrganisation reports whether the name is the site's, an agency's or a company's.
func isOrganisation(p article.Person, site map[string]bool) bool {
	return p.Organisation == p.Name || isSite(p.Name, site) || nametext.LooksLikeOrganisation(p.Name) || nametext.Words.Agency[strings.ToLower(p.Name)]
}

// markedAuthors reads the elements that claim to name the author.
func (ev *evidence) markedAuthors() []authorCandidate {
	var prop, rel, class authorCandidate
	prop.source, rel.source, class.source = "itemprop:author", "rel:author", "class:author"
	from, to := ev.nearTitle()
	var classNode *html.Node              // that class.people are of
	var inner []article.Person            // in elements inside it that claim to be an author too
	propAt := 0                           // block of the last of prop.people
	var propNear, relNear, classNear bool // one stands near the title: those elsewhere are of comments and other articles
	for i := range ev.doc.raw.marked {
		m := &ev.doc.raw.marked[i]
		near := m.block >= from && m.block < to
		if isLate := !near && (classNear || relNear); m.marks&(markRelAuthor|markAuthor) == 0 || isLate {
			if m.marks&markProp == 0 {
				continue
			}
		} else if ev.inTeaser(m.node) {
			continue
		}
		switch {
		case m.marks&markProp != 0 && (m.prop == "author" || m.prop == "creator" || strings.HasSuffix(m.prop, ":author") || strings.HasSuffix(m.prop, "schema:author")):
			if len(prop.people) > 0 && inComments(m.node) || propNear && !near {
				continue
			}
			if len(prop.people) > 0 && !near && m.block > propAt+3 { // of another part of the page
				continue
			}
			name := microName(m.node)
			found := ev.people(name, nametext.Said)
			if near && !propNear && len(found) > 0 {
				propNear, prop = true, authorCandidate{source: prop.source}
			}
			for _, p := range found {
				if p.URL = ev.doc.resolve(attr(m.node, "href")); len(found) == 1 {
					ev.microDetails(m.node, &p)
				}
				prop.people = nametext.AppendPerson(prop.people, p)
				propAt = m.block
			}
			prop.raw = joinRaw(prop.raw, name)
		case m.marks&markRelAuthor != 0 && !inComments(m.node):
			if relNear && !near {
				continue
			}
			name := script.CleanValue(textOf(m.node))
			found := ev.people(name, nametext.Guessed)
			if near && len(found) == 0 && nametext.IsPseudonym(name) {
				found = []article.Person{{Name: name}}
			}
			if near && !relNear && len(found) > 0 {
				relNear, rel = true, authorCandidate{source: rel.source}
			}
			for _, p := range found {
				p.URL = ev.doc.resolve(attr(m.node, "href"))
				rel.people = nametext.AppendPerson(rel.people, p)
			}
			rel.raw = joinRaw(rel.raw, name)
		case m.marks&markAuthor != 0 && classNode != nil && isInside(m.node, classNode):
			for _, p := range ev.people(shortText(m.node, 100), nametext.Guessed) {
				inner = nametext.AppendPerson(inner, p)
			}
		case m.marks&markAuthor != 0 && near && isSibling(m.node, classNode): // one element an author
			for _, p := range ev.people(shortText(m.node, 100), nametext.Guessed) {
				class.people = nametext.AppendPerson(class.people, p)
			}
		case m.marks&markAuthor != 0 && !inComments(m.node) && !inFigureElement(m.node):
			if isBetter := len(class.people) == 0 || near && !classNear; !isBetter {
				continue
			}
			name := shortText(m.node, 200)
			found := ev.people(name, nametext.Guessed)
			name = strings.Trim(name, " -–—|:,")
			if len(found) == 0 && len(name) < 40 && isAuthorElement(m.node) {
				found = ev.people(name, nametext.Led)
				if len(found) == 0 && near && (nametext.IsPseudonym(name) || m.node.DataAtom == atom.A && isSlugOf(attr(m.node, "href"), name)) {
					found = []article.Person{{Name: name}}
				}
			}
			if len(found) > 0 {
				class.people, class.raw = found, name
				classNode, inner = m.node, nil
				classNear = near
			}
		}
	}
	if len(inner) >= len(class.people) && !nametext.ContainsPeople(inner, class.people) { // a role stood against the name
		class.people = inner
	}
	if !relNear {
		rel.source += farSource
	}
	if !classNear {
		class.source += farSource
	}
	var list []authorCandidate
	for _, c := range []authorCandidate{prop, rel, class} {
		if len(c.people) > 0 {
			list = append(list, c)
		}
	}
	return list
}

// farSource marks places that are not near the title: boxes about the author, and all that is not about this article.
const farSource = ":far"

// isAuthorElement reports whether an element's class is just the name of an author: a pseudonym of one word is a name
// there.
func isAuthorElement(n *html.Node) bool {
	for _, word := range strings.Fields(classList(n)) {
		switch word {
		case "author", "username", "byline", "author-name", "author_name", "authorName", "vcard", "post-author", "entry-author", "fn", "byline-name", "article-author", "byline__name":
			return true
		}
	}
	return false
}

// isSibling reports whether a node stands beside another, with the same classes.
func isSibling(n, of *html.Node) bool {
	return of != nil && n.Parent == of.Parent && classList(n) == classList(of)
}

// isInside reports whether a node stands a few steps below another.
func isInside(n, outer *html.Node) bool {
	for hops := 0; n != nil && hops < 8; n, hops = n.Parent, hops+1 {
		if n.Parent == outer {
			return true
		}
	}
	return false
}

// inFigureElement reports whether an element stands in a figure, where a byline is the photographer's or the speaker's.
func inFigureElement(n *html.Node) bool {
	for hops := 0; n != nil && hops < 6; n, hops = n.Parent, hops+1 {
		if n.DataAtom == atom.Figure || n.DataAtom == atom.Figcaption {
			return true
		}
	}
	return false
}

// inComments reports whether an element stands among readers' comments.
func inComments(n *html.Node) bool {
	for hops := 0; n != nil && hops < 10; n, hops = n.Parent, hops+1 {
		for _, a := range n.Attr {
			if (a.Key == "class" || a.Key == "id") && n.DataAtom != atom.Body && n.DataAtom != atom.Article && n.DataAtom != atom.Main {
				if v := strings.ToLower(script.Cut(a.Val, maxClassBytes)); strings.Contains(v, "comment") || strings.Contains(v, "kommentar") || strings.Contains(v, "respond") {
					return true
				}
			}
		}
	}
	return false
}

// microName returns the name that a microdata author holds.
func microName(n *html.Node) string {
	if c := attr(n, "content"); c != "" {
		return script.CleanValue(c)
	}
	var name string
	eachElement(n, func(c *html.Node) bool {
		if p := attr(c, "itemprop"); p == "name" || strings.HasPrefix(p, "name ") {
			name = attr(c, "content")
			if name == "" {
				name = textOf(c)
			}
			return false
		}
		return true
	})
	if name == "" {
		name = shortText(n, 200)
	}
	return script.CleanValue(name)
}

// maxSiblings of an element are looked at for the heading of a teaser.
const maxSiblings = 30

// inTeaser reports whether an element stands in a box that leads to another article: inside a link to one, or in the
// box of a heading that is one.
func (ev *evidence) inTeaser(n *html.Node) bool {
	inner := n
	for hops := 0; n != nil && hops < 4; n, hops = n.Parent, hops+1 {
		switch n.DataAtom {
		case atom.Body, atom.Main, atom.Header:
			return false
		case atom.A:
			if n != inner && len(titleWords(textUpTo(n, 50))) > len(titleWords(textUpTo(inner, 50)))+3 && !isAuthorPath(ev.doc.resolve(attr(n, "href"))) {
				return true
			}
		}
		siblings := 0
		for c := n.FirstChild; c != nil && siblings < maxSiblings; c, siblings = c.NextSibling, siblings+1 {
			h := headingIn(c)
			if h == nil {
				continue
			}
			text := script.Tidy(textUpTo(h, 50))
			if ev.saysTitle(text) {
				return false
			}
			link := headingLink(h)
			if link != nil && len(titleWords(text)) > 1 && !isAuthorPath(ev.doc.resolve(attr(link, "href"))) {
				return true
			}
		}
	}
	return false
}

// saysTitle reports whether a text has most words of the page's title.
func (ev *evidence) saysTitle(text string) bool {
	title, _ := ev.title()
	if ev.known.titleWords == nil {
		ev.known.titleWords = titleWords(title.Value)
	}
	return commonShare(titleWords(text), ev.known.titleWords) > 0.5 || foldsTo(text, foldTitle(title.Value))
}

// headingIn returns the heading that an element is or starts with, up to two steps inside.
func headingIn(n *html.Node) *html.Node {
	for range 3 {
		for n != nil && n.Type != html.ElementNode {
			n = n.NextSibling
		}
		if n == nil {
			return nil
		}
		switch n.DataAtom {
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5:
			return n
		}
		n = n.FirstChild
	}
	return nil
}

// headingLink returns the link that all of a heading is: inside it, or around it; nil where it is none.
func headingLink(h *html.Node) *html.Node {
	if h.Parent != nil && h.Parent.DataAtom == atom.A {
		return h.Parent
	}
	for c := h.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.A && attr(c, "href") != "" {
			return c
		}
	}
	return nil
}

// microDetails reads what a microdata author has besides a name.
func (ev *evidence) microDetails(n *html.Node, p *article.Person) {
	eachElement(n, func(c *html.Node) bool {
		switch prop := cmp.Or(attr(c, "itemprop"), attr(c, "property")); prop {
		case "jobTitle":
			p.Role = cmp.Or(p.Role, script.CleanValue(cmp.Or(attr(c, "content"), shortText(c, 80))))
		case "worksFor", "affiliation":
			if p.Organisation == "" {
				p.Organisation = microName(c)
			}
		case "url", "sameAs":
			p.URL = cmp.Or(p.URL, ev.doc.resolve(cmp.Or(attr(c, "href"), attr(c, "content"))))
		case "email":
			if mail := strings.TrimPrefix(cmp.Or(attr(c, "href"), attr(c, "content"), shortText(c, 80)), "mailto:"); strings.Contains(mail, "@") {
				p.Email = cmp.Or(p.Email, mail)
			}
		}
		return true
	})
}

// maxVisited bounds the walk through an element that names something: it may be the whole page, and be in many such.
const maxVisited = 10_000 // elements and texts

// eachElement visits the elements below n in order, until visit returns false.
func eachElement(n *html.Node, visit func(*html.Node) bool) {
	visited := 0
	for c := n.FirstChild; c != nil && visited < maxVisited; {
		visited++
		if c.Type == html.ElementNode && !visit(c) {
			return
		}
		if c.FirstChild != nil {
			c = c.FirstChild
			continue
		}
		for c != n && c.NextSibling == nil {
			c = c.Parent
		}
		if c == n {
			return
		}
		c = c.NextSibling
	}
}

// shortText returns the text of an element, a line break for each block and link in it; "" when it is longer than limit
// bytes, since what claims to be a byline and is a page is none.
func shortText(n *html.Node, limit int) string {
	var sb strings.Builder
	visited, last := 0, ""
	for c := n.FirstChild; c != nil; {
		if visited++; sb.Len() > 4*limit || visited > maxVisited {
			return ""
		}
		switch {
		case c.Type == html.TextNode:
			if sb.Len()+len(c.Data) > 4*limit {
				return ""
			}
			if isGlued(last, c.Data) { // a style sheet keeps them apart
				sb.WriteString(" | ")
			}
			sb.WriteString(c.Data)
			last = c.Data
		case c.Type == html.ElementNode && (c.DataAtom == atom.Script || c.DataAtom == atom.Style || c.DataAtom == atom.Svg || c.DataAtom == atom.Noscript):
			for c != n && c.NextSibling == nil {
				c = c.Parent
			}
			if c == n {
				return trimShort(sb.String(), limit)
			}
			c = c.NextSibling
			continue
		case c.Type == html.ElementNode && (kindOfTag(c.DataAtom) == blockTag || c.DataAtom == atom.Br),
			isInlineBox(c) && isInlineBox(c.PrevSibling): // a style sheet keeps them apart
			sb.WriteString(" | ")
		}
		if c.FirstChild != nil {
			c = c.FirstChild
			continue
		}
		for c != n && c.NextSibling == nil {
			c = c.Parent
			if c != n && kindOfTag(c.DataAtom) == blockTag {
				sb.WriteString(" | ")
			}
		}
		if c == n {
			break
		}
		c = c.NextSibling
	}
	return trimShort(sb.String(), limit)
}

// isInlineBox reports whether a node is an element of the kind that names, roles and dates are in.
func isInlineBox(n *html.Node) bool {
	if n == nil || n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.Span, atom.A, atom.Cite, atom.Time, atom.Small, atom.Address:
		return true
	}
	return false
}

// unglued returns the text of a block with bars between what only a style sheet keeps apart: "Ada Moss | Dec 05, 2023".
func (ev *evidence) unglued(b *block) string {
	if b.el < 0 || len(b.text) > 250 || !hasGlue(b.text) || ev.known.unglued > maxUnglued {
		return b.text
	}
	ev.known.unglued++
	parts := strings.Split(shortText(ev.doc.element(b.el).node, 4000), " | ")
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == ' ' || r == '|' || r == '\n' {
				return -1
			}
			return r
		}, s)
	}
	want := plain(b.text)
	for i := range parts { // the block may be some of the element's
		left := want
		for j := i; j < len(parts); j++ {
			rest, ok := strings.CutPrefix(left, plain(parts[j]))
			if !ok {
				break
			}
			if left = rest; left == "" {
				return strings.Join(parts[i:j+1], " | ")
			}
		}
	}
	return b.text
}

// maxUnglued blocks are looked at for what a style sheet keeps apart: near the title there are less.
const maxUnglued = 100

// hasGlue reports whether a small letter stands against a capital or a figure in a text, or a figure against a letter.
func hasGlue(s string) bool {
	before := ' '
	for _, r := range s {
		if unicode.IsLower(before) && (unicode.IsUpper(r) || unicode.IsDigit(r)) || unicode.IsDigit(before) && unicode.IsUpper(r) {
			return true
		}
		before = r
	}
	return false
}

// isGlued reports whether a text begins a word of its own where the text before it ends in one, with elements between
// and no space: "Ivy Moss" and "Culture writer". An initial in an element of its own does not.
func isGlued(before, s string) bool {
	end, size := utf8.DecodeLastRuneInString(before)
	start, _ := utf8.DecodeRuneInString(s)
	if len(before) <= size || !unicode.IsUpper(start) && !unicode.IsDigit(start) {
		return false
	}
	return unicode.IsLower(end) || unicode.IsDigit(end) && unicode.IsLetter(start)
}

func trimShort(s string, limit int) string {
	parts := strings.Split(s, "|")
	out := parts[:0]
	for _, p := range parts {
		if p = script.Tidy(p); p != "" {
			out = append(out, p)
		}
	}
	s = strings.Join(out, " | ")
	if len(s) > limit {
		return ""
	}
	return s
}

// notedAuthor reads the name in an editor's note where the page names its author nowhere else: "Editor's note: Ada
// Moss is a fellow at …".
func (ev *evidence) notedAuthor() (c authorCandidate) {
	for i := range ev.doc.blocks {
		b := &ev.doc.blocks[i]
		if b.label != article.EditorsNote && b.label != article.AuthorBio {
			continue
		}
		s := b.text
		if colon := strings.IndexAny(s[:min(len(s), 40)], ":："); colon >= 0 {
			_, size := utf8.DecodeRuneInString(s[colon:])
			s = strings.TrimSpace(s[colon+size:])
		}
		end := len(s)
		for _, mark := range [...]string{", ", " is ", " was ", " has ", " writes ", " ist ", " est ", " es ", " è ", " (", "，", "是", "系"} {
			if at := strings.Index(s, mark); at > 0 {
				end = min(end, at)
			}
		}
		if end == len(s) {
			continue
		}
		if found := ev.people(s[:end], nametext.Guessed); len(found) > 0 {
			return authorCandidate{found, b.text, "text:" + b.label.String()}
		}
	}
	return c
}

// signedBelow reads a line right below the text that was found to be its byline: "Von Lena Sommer".
func (ev *evidence) signedBelow() (c authorCandidate) {
	blocks := ev.doc.blocks
	last := len(blocks) - 1
	for last >= 0 && blocks[last].label != article.Paragraph {
		last--
	}
	for i := last + 1; last >= 0 && i < min(len(blocks), last+6); i++ {
		if b := &blocks[i]; b.label == article.Byline && len(b.text) < 100 {
			if found := ev.people(b.text, nametext.Guessed); len(found) > 0 {
				return authorCandidate{found, b.text, "text:signature"}
			}
		}
	}
	return c
}

// isOfStaff reports whether the candidate names no person.
func (c authorCandidate) isOfStaff(site map[string]bool) bool {
	return !slices.ContainsFunc(c.people, func(p article.Person) bool { return !isOrganisation(p, site) })
}

// withoutOrganisations drops the publisher and agencies that stand beside reporters; an agency becomes that of the last.
func withoutOrganisations(people []article.Person, site map[string]bool) []article.Person {
	if len(people) < 2 {
		return people
	}
	var persons []article.Person
	for _, p := range people {
		if !isOrganisation(p, site) {
			persons = append(persons, p)
		} else if n := len(persons); n > 0 && persons[n-1].Organisation == "" && !isSite(p.Name, site) {
			persons[n-1].Organisation = p.Name
		}
	}
	if len(persons) == 0 {
		return people
	}
	return persons
}

// isLogin reports whether the only name of one list is a short form of the other's.
func isLogin(short, long []article.Person) bool {
	if len(short) != 1 || len(long) != 1 || strings.Contains(short[0].Name, " ") || !strings.Contains(long[0].Name, " ") {
		return false
	}
	s, l := foldTitle(short[0].Name), foldTitle(long[0].Name)
	return len(s) > 2 && strings.HasPrefix(l, s)
}

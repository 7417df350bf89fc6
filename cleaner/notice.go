package cleaner

import (
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"newsmill/cleaner/article"
	"newsmill/cleaner/lexicon"
	"newsmill/cleaner/nametext"
	"newsmill/cleaner/phrase"
	"newsmill/cleaner/script"
)

// Notice is what a server sent in place of the page that was asked for. The zero value is none.
type Notice struct {
	Kind   NoticeKind `json:"kind"`
	Reason string     `json:"reason"` // what on the page says so: `its heading says "down for maintenance"`
}

// NoticeKind is the kind of a notice.
type NoticeKind string

// The kinds of notice. The wording of most stands in lexicon/notices.txt; an empty shell has none.
const (
	NoticeMaintenance NoticeKind = "maintenance" // back soon, under construction
	NoticeParked      NoticeKind = "parked"      // a domain for sale, a registrar's or web server's first page, a suspended account
	NoticeConsent     NoticeKind = "consent"     // a wall that asks to agree to cookies
	NoticeRegion      NoticeKind = "region"      // not for readers of this country
	NoticeAdBlocker   NoticeKind = "ad_blocker"  // a wall that asks to switch it off
	NoticeLogin       NoticeKind = "login"       // for members or subscribers, in an app, or against an answer only
	NoticeErrorPage   NoticeKind = "error_page"  // not found, gone, or broken, sent as if all were well
	NoticeBotCheck    NoticeKind = "bot_check"   // asks for a person or a browser
	NoticeQueue       NoticeKind = "queue"       // a waiting room, for too many visitors at once
	NoticeAge         NoticeKind = "age"         // asks how old the reader is
	NoticeEmptyShell  NoticeKind = "empty_shell" // a blank page, or a template that scripts fill
)

// Notices are short, and articles speak of what notices say: of outages, walls and domains. So a page with more than a
// few sentences of its own is an article, whatever its title; what is told apart here are pages of a few lines.
const (
	maxNoticeWords = 400 // of a page's text. Walls that ask for consent have up to 350, all else under 150
	titledRest     = 150 // of words that say nothing of the kind, where title and heading both do: lists of advice under "Page not found"
	headedRest     = 60  // where one of them does
	datedRest      = 25  // where the page has a day and an author besides
	soleWords      = 45  // a page with one sentence of the kind has no more
	noticeShare    = 0.5 // of the words stand in sentences of the kind, where no heading says it
	datedShare     = 0.75
	shellWords     = 5 // a page with fewer shows nothing
)

// notice says what the page is in place of an article; the zero Notice where it may be one.
func (ev *evidence) notice(a *article.Article) Notice {
	words := ev.doc.labelledWords(maxNoticeWords)
	if words > maxNoticeWords {
		return Notice{}
	}
	isDated := !a.PublishedAt.IsZero() && (len(a.Authors) > 0 || ev.isStatedNews(a))
	p := ev.placard(false)
	if n := ev.noticeOn(&p, a, isDated); n.Kind != "" {
		return n
	}
	if words < soleWords && !p.hasStory() {
		p = ev.placard(true)
		if n := ev.noticeOn(&p, a, isDated); n.Kind != "" {
			return n
		}
	}
	if ev.isShell(a, &p) {
		return Notice{NoticeEmptyShell, fmt.Sprintf("it shows %d words of text", p.words)}
	}
	return Notice{}
}

// noticeOn says which notice a page is as a placard shows it.
func (ev *evidence) noticeOn(p *placard, a *article.Article, isDated bool) Notice {
	isIndex := a.PageType == article.PageHome || a.PageType == article.PageListing // between links, a dialog is all the text there is
	isBehind := !a.IsArticle && ev.isIntroduced(a)                                 // what came is a page that is no article, behind a dialog
	best, found := Notice{}, noticeEvidence{}
	for k, kind := range noticeBook().kinds {
		e := p.evidence(k)
		isAside := !p.whole && e.words == 0 && e.title == "" // headings of dialogs stand beside articles, too
		isDialog := kind == NoticeConsent || kind == NoticeAdBlocker
		if isAside || isIndex && e.title == "" || isBehind && isDialog {
			continue
		}
		if e.holds(isDated) && e.weight() > found.weight() {
			best, found = Notice{kind, e.reason()}, e
		}
	}
	return best
}

// refuse makes no article of what is a notice.
func refuse(a *article.Article, n Notice) {
	a.IsArticle, a.PageTypeConfidence = false, kindConfidence(0.1)
	a.PageType = article.PageOther
	if n.Kind == NoticeErrorPage {
		a.PageType = article.PageError
	}
}

// isShell reports whether the page shows next to nothing: no text, no picture with a caption, no player, no list of
// links. One whose head says what it is about came as asked, only without its text.
func (ev *evidence) isShell(a *article.Article, p *placard) bool {
	switch a.PageType {
	case article.PageGallery, article.PageVideo, article.PageListing, article.PageHome:
		return false
	}
	if ev.isIntroduced(a) {
		return false
	}
	c := &ev.doc.raw.count
	return a.WordCount < shellWords && p.words < shellWords && c.videos+c.iframes+c.audios == 0 && c.images < 3
}

// isIntroduced reports whether the page's head names and describes this very page: the template that a server sends for
// every address states none of theirs.
func (ev *evidence) isIntroduced(a *article.Article) bool {
	if ev.page == nil || isFrontPage(ev.page) || a.Title == "" || a.Sources["canonical_url"] == "page" {
		return false
	}
	stated, err := url.Parse(a.CanonicalURL)
	return err == nil && stated.Path == ev.page.Path && script.CountWords(a.Description) >= shellWords
}

// placard is a page as a notice is read: what stands large, and the sentences below.
type placard struct {
	host      string       // of the page, without "www."
	titles    []noticeLine // <title>, whole and in parts
	headings  []noticeLine
	sentences []noticeLine
	words     int  // of the sentences
	whole     bool // not of the body alone
}

// noticeLine is a title, heading or sentence with the kinds of notice whose wording it has.
type noticeLine struct {
	text  string // as shown
	words int
	says  kindSet // somewhere in it
	heads kindSet // and it says little else
}

// placard reads what the page says: its body, or (whole) all blocks that are no links and don't belong to the frame of the
// page, since notices look like boilerplate, and are.
func (ev *evidence) placard(whole bool) placard {
	p := placard{whole: whole}
	if ev.page != nil {
		p.host = strings.TrimPrefix(strings.ToLower(ev.page.Hostname()), "www.")
	}
	for _, s := range titleParts(ev.doc.raw.title) {
		p.titles = append(p.titles, p.read(s))
	}
	title := ev.titleBlock()
	for i := range ev.doc.blocks {
		b := &ev.doc.blocks[i]
		isBody := b.isLabelledBody()
		if b.linkChars*2 > b.chars || !isBody && ev.doc.isFrame(b) {
			continue
		}
		words := script.CountWords(b.text)
		isHead := i == title || b.kind == headingBlock && b.level == 1
		isFirst := p.words == 0 && words <= maxHeadingWords && len(p.headings) < maxHeadings
		if isFirst || isHead && len(p.headings) < 2*maxHeadings {
			p.headings = append(p.headings, p.read(b.text))
		}
		switch {
		case isHead:
		case isBody, whole && b.label != article.Comment && b.label != article.Related:
			p.add(b.text)
		}
		if p.words > 2*maxNoticeWords {
			break
		}
	}
	return p
}

// hasStory reports whether the page has text under a headline that its <title> repeats, and neither says what notices say:
// what else does on the page is a dialog beside it.
func (p *placard) hasStory() bool {
	saysIt := func(l noticeLine) bool { return l.says != 0 }
	if p.words == 0 || slices.ContainsFunc(p.sentences, saysIt) {
		return false
	}
	for _, h := range p.headings {
		isTitle := slices.ContainsFunc(p.titles, func(t noticeLine) bool { return strings.Trim(t.text, " .…") == strings.Trim(h.text, " .…") })
		if isTitle && h.words > maxSiteWords && !saysIt(h) {
			return true
		}
	}
	return false
}

const (
	maxHeadingWords = 8 // of a first line that is a heading in all but its markup
	maxHeadings     = 4 // later ones head what else there is to read
)

// isLabelledBody reports whether a block by itself was found to be body, however the page was read then: what another reading finds beside
// a notice is what its template says of other pages.
func (b *block) isLabelledBody() bool {
	return (b.label.Class() == article.Body) != (b.reason == readingReason)
}

// labelledWords counts the words of such blocks, until they are more than most.
func (d *document) labelledWords(most int) int {
	words := 0
	for i := range d.blocks {
		if b := &d.blocks[i]; b.isLabelledBody() && words <= most {
			words += script.CountWords(b.text)
		}
	}
	return words
}

// isFrame reports whether a block stands in what surrounds the content of every page of a site, or is not shown.
func (d *document) isFrame(b *block) bool {
	return d.element(b.el).flags&(inNav|inFooter|inAside|hiddenElement) != 0 || b.label == article.Copyright || b.label == article.Footer
}

// add takes the sentences of a block.
func (p *placard) add(text string) {
	for text != "" {
		end := sentenceEnd(text)
		if s := strings.TrimSpace(text[:end]); s != "" {
			line := p.read(s)
			p.sentences = append(p.sentences, line)
			p.words += line.words
		}
		text = text[end:]
	}
}

// sentenceEnd returns where the first sentence of a text ends.
func sentenceEnd(text string) int {
	for i, r := range text {
		after := i + utf8.RuneLen(r)
		switch r {
		case '。', '！', '？', '।', '؟', '\n':
			return after
		case '.', '!', '?':
			if after == len(text) || text[after] == ' ' || text[after] == '\n' {
				return after
			}
		}
	}
	return len(text)
}

// titleParts returns a <title> whole, and what stands before and behind each mark that divides it, where the rest is no
// longer than the name of a site.
func titleParts(title string) []string {
	all := []string{title}
	for i := range title {
		if i == 0 || title[i-1] != ' ' || !isSeparator(title[i:]) {
			continue
		}
		if script.CountWords(title[i+1:]) <= maxSiteWords {
			all = append(all, title[:i])
		}
		if script.CountWords(title[:i]) <= maxSiteWords {
			all = append(all, strings.TrimLeftFunc(title[i:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
		}
	}
	return all
}

const maxSiteWords = 5 // of a site's name in a title

// noticeEvidence is how much of a page is one kind of notice.
type noticeEvidence struct {
	title, heading, said string // the first that says it, as shown; empty: none
	words, sentences     int    // that say it
	rest                 int    // words that don't
}

func (p *placard) evidence(kind int) noticeEvidence {
	e := noticeEvidence{rest: p.words}
	for _, l := range p.titles {
		if e.title == "" && l.heads.has(kind) {
			e.title = l.text
		}
	}
	for _, l := range p.headings {
		if e.heading == "" && l.heads.has(kind) {
			e.heading = l.text
		}
	}
	for _, l := range p.sentences {
		if !l.says.has(kind) {
			continue
		}
		if e.said == "" {
			e.said = l.text
		}
		e.words += l.words
		e.sentences++
	}
	e.rest -= e.words
	return e
}

// holds reports whether the page is that notice.
func (e *noticeEvidence) holds(isDated bool) bool {
	share := float64(e.words) / float64(max(1, e.words+e.rest))
	switch {
	case e.title == "" && e.heading == "" && e.words == 0:
		return false
	case isDated:
		return e.heading != "" && e.rest <= datedRest || share >= datedShare && e.sentences > 1
	case e.title != "" && e.heading != "":
		return e.rest <= titledRest
	case (e.title != "" || e.heading != "") && e.rest <= headedRest:
		return true
	}
	return share >= noticeShare && (e.sentences > 1 || e.words+e.rest <= soleWords)
}

// weight compares kinds: a login page may also be an error page.
func (e *noticeEvidence) weight() int {
	n := e.words
	if e.title != "" {
		n += 20
	}
	if e.heading != "" {
		n += 30
	}
	return n
}

func (e *noticeEvidence) reason() string {
	switch {
	case e.heading != "":
		return fmt.Sprintf("its heading says %q", shorten(e.heading))
	case e.title != "":
		return fmt.Sprintf("its title says %q", shorten(e.title))
	}
	return fmt.Sprintf("it says %q", shorten(e.said))
}

// shorten cuts a text for a reason.
func shorten(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// kindSet is a set of kinds of notice, by their index in the book.
type kindSet uint16

func (s kindSet) has(kind int) bool { return s&(1<<kind) != 0 }

// noticePhrase is a line of the lexicon: parts that stand in a text in this order, with anything between.
type noticePhrase struct {
	kind  kindSet
	whole bool // the text is nothing else
	parts []string
}

// noticeBook holds the lexicon, by the first letters of the phrases.
var noticeBook = sync.OnceValue(func() notices { return readNotices(lexicon.Lines("notices")) })

type notices struct {
	kinds    []NoticeKind
	phrases  map[string][]noticePhrase
	shortest int // bytes of a key
}

const noticeKey = 4 // bytes of a phrase by which it is looked up; all of a shorter one

// readNotices reads a lexicon of sections "[maintenance.en]" with a phrase a line.
func readNotices(lines iter.Seq[string]) notices {
	book := notices{phrases: map[string][]noticePhrase{}, shortest: noticeKey}
	var kind kindSet
	for line := range lines {
		if section, ok := strings.CutPrefix(line, "["); ok {
			name, _, _ := strings.Cut(section, ".")
			at := len(book.kinds)
			for i, k := range book.kinds {
				if k == NoticeKind(name) {
					at = i
				}
			}
			if at == len(book.kinds) {
				book.kinds = append(book.kinds, NoticeKind(name))
			}
			kind = 1 << at
			continue
		}
		line, whole := strings.CutPrefix(line, "=")
		p := noticePhrase{kind: kind, whole: whole}
		for part := range strings.SplitSeq(line, "…") {
			p.parts = append(p.parts, foldNotice(part))
		}
		key := p.parts[0][:min(noticeKey, len(p.parts[0]))]
		book.phrases[key] = append(book.phrases[key], p)
		book.shortest = min(book.shortest, len(key))
	}
	return book
}

func foldNotice(s string) string {
	const most = 600 // runes; no sentence of a notice is longer
	folded, _ := phrase.Fold(nil, s, most)
	return string(folded)
}

// read says which kinds of notice have the wording of a text. Who offers a domain names it: its name stands for the word.
func (p *placard) read(text string) noticeLine {
	l := noticeLine{text: text, words: script.CountWords(text)}
	folded, book := foldNotice(text), noticeBook()
	if p.host != "" {
		folded = strings.ReplaceAll(strings.ReplaceAll(folded, "www."+p.host, p.host), p.host, "domain")
	}
	for at := range folded {
		if !startsWord(folded, at) {
			continue
		}
		for size := book.shortest; size <= min(noticeKey, len(folded)-at); size++ {
			for _, p := range book.phrases[folded[at:at+size]] {
				end := p.find(folded[at:])
				switch {
				case end == 0:
				case p.whole:
					if at == 0 && end == len(folded) {
						l.says |= p.kind
						l.heads |= p.kind
					}
				default:
					l.says |= p.kind
					if end*2 >= len(folded) {
						l.heads |= p.kind
					}
				}
			}
		}
	}
	return l
}

// find returns where the phrase ends in a text that begins with it; 0: it doesn't.
func (p *noticePhrase) find(s string) (end int) {
	if !strings.HasPrefix(s, p.parts[0]) {
		return 0
	}
	end = len(p.parts[0])
	for _, part := range p.parts[1:] {
		i := indexWord(s[end:], part)
		if i < 0 {
			return 0
		}
		end += i + len(part)
	}
	return end
}

// indexWord is strings.Index where a word begins.
func indexWord(s, part string) int {
	for at := 0; ; {
		i := strings.Index(s[at:], part)
		if i < 0 {
			return -1
		}
		if at += i; startsWord(s, at) {
			return at
		}
		_, size := utf8.DecodeRuneInString(part)
		at += size
	}
}

// startsWord reports whether a word begins there, or may in a script that doesn't divide words.
func startsWord(s string, at int) bool {
	r, _ := utf8.DecodeRuneInString(s[at:])
	before, _ := utf8.DecodeLastRuneInString(s[:at])
	return at == 0 || !unicode.IsLetter(before) && !unicode.IsDigit(before) || nametext.IsUnspaced(r) || unicode.Is(unicode.Thai, r)
}

package cleaner

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// What the structure of a page says of a part of it, whatever its words.

// consentTools are what the elements of consent tools are called, in classes and ids, lower case.
var consentTools = [...]string{
	"onetrust", "ot-sdk", "optanon", "didomi", "usercentrics", "cookiebot", "qc-cmp", "sp_message", "truste", "trustarc", "iubenda", "quantcast", "cookieconsent",
	"cookie-consent", "cookie_consent", "cc-window", "cc-banner", "osano", "klaro", "borlabs", "cookielaw", "cookie-law", "cmplz", "termly", "fc-consent", "evidon",
	"cookie-notice", "cookie-banner", "cookie-modal", "cookie-popup", "cookie-dialog", "consent-modal", "consent-dialog", "consent-banner", "consent-popup",
	"privacy-modal", "privacy-pref", "gdpr-modal", "gdpr-banner", "gdpr-cookie", "cmpbox", "cmp-container", "cmpwrapper", "tc-privacy", "axeptio", "tarteaucitron", "hs-eu-cookie",
}

// isConsentTool reports whether an element is the dialog of a consent tool: by name, without the page's title, and not around its prose.
func (f *featurizer) isConsentTool(el int32) bool {
	e := f.d.element(el)
	if f.h1 >= int(e.firstBlock) && f.h1 < int(e.endBlock) || e.flags&isArticleBody != 0 || f.firstP < 0 && f.h1 < 0 {
		return false
	}
	if 2*f.tree[el].paraChars > f.total.paraChars && (f.home < 0 || f.articles[el] == f.home || f.tree[f.home].paras == 0) {
		return false // the page is about consent, or has none but this
	}
	names := strings.ToLower(cut(attr(e.node, "class"), maxClassBytes) + " " + cut(attr(e.node, "id"), maxClassBytes))
	for _, tool := range consentTools {
		if strings.Contains(names, tool) {
			return true
		}
	}
	return false
}

const (
	maxLinkTitle = 200 // characters of a headline
	minTeasers   = 2
	teaserBlocks = 5 // blocks
	loneProse    = 3 // paragraphs directly in the article's element: then a box with a heading is none of its sections
)

// isTeaser reports whether an element is or is in one of several <article>s below the title that each begin with a linked heading: the
// texts of other posts.
func (f *featurizer) isTeaser(el int32) bool {
	d := f.d
	for level := 0; el >= 0 && level < maxAncestors; el, level = d.element(el).parent, level+1 {
		e := d.element(el)
		if e.tag != atom.Article || el == f.home {
			continue
		}
		first := int(e.firstBlock)
		if f.h1 < 0 || first <= f.h1 || first >= len(d.blocks) || f.firstP < 0 || first <= f.firstP {
			return false
		}
		b := &d.blocks[first]
		if b.kind != headingBlock || b.links != 1 || b.linkChars != b.chars || b.chars > maxLinkTitle || e.endBlock-e.firstBlock > teaserBlocks {
			return false
		}
		return f.isCalledTeaser(el) && f.hasTwin(el)
	}
	return false
}

// isCalledTeaser reports whether an element, or one around it, is called a teaser or related, or stands below a line that says so.
func (f *featurizer) isCalledTeaser(el int32) bool {
	d := f.d
	const teaser = aboutTeaser | aboutRelated | aboutPromo | aboutPopular
	for level := 0; el >= 0 && !f.onBest[el] && level < maxAncestors; el, level = d.element(el).parent, level+1 {
		e := d.element(el)
		if e.words&teaser != 0 || e.firstBlock > 0 && d.blocks[e.firstBlock-1].label == Related {
			return true
		}
	}
	return false
}

// hasTwin reports whether an element of the same tag and class stands beside one.
func (f *featurizer) hasTwin(el int32) bool {
	d := f.d
	e := d.element(el)
	for n := e.node.NextSibling; n != nil; n = n.NextSibling {
		d.spend(1)
		if n.DataAtom == e.tag && firstClass(attr(n, "class")) == e.class {
			return true
		}
	}
	for n := e.node.PrevSibling; n != nil; n = n.PrevSibling {
		d.spend(1)
		if n.DataAtom == e.tag && firstClass(attr(n, "class")) == e.class {
			return true
		}
	}
	return false
}

// isLinkedLines reports whether a block between paragraphs is several lines that are each little but a link.
func (f *featurizer) isLinkedLines(i int) bool {
	b, m := &f.d.blocks[i], &f.m[i]
	if b.links < minTeasers || int(m.lines) < minTeasers || 5*b.linkChars < 3*b.chars || f.firstP < 0 {
		return false
	}
	return i > f.firstP && int(m.ends) < int(m.lines) && 2*b.chars < int(f.total.paraChars)
}

// isFoldOut reports whether an element is a box about somebody or something among the paragraphs: it has a heading of its own and stands
// between paragraphs of the article, which have no such elements around them.
func (f *featurizer) isFoldOut(el int32) bool {
	d := f.d
	e := d.element(el)
	first, end := int(e.firstBlock), int(e.endBlock)
	if e.tag == atom.Section || e.parent != f.best || end-first < 2 || f.firstP < 0 || first <= f.firstP || end > f.lastP || f.alike[e.sig^uint64(e.parent)<<32] > 1 {
		return false
	}
	if d.blocks[first].kind != headingBlock || d.blocks[first].el == el || d.element(d.blocks[first].el).parent != el || 3*f.tree[el].paraChars > f.total.paraChars {
		return false
	}
	if f.tree[el].paras == 0 || d.element(d.blocks[first+1].el).parent == el { // what folds out has an element of its own
		return false
	}
	return f.isOwnParagraph(first-1) && f.isOwnParagraph(end) && f.ownParagraphs() >= loneProse
}

// isOwnParagraph reports whether a block is a paragraph of prose right in the article's element.
func (f *featurizer) isOwnParagraph(i int) bool {
	b := &f.d.blocks[i]
	return b.el >= 0 && b.kind == paragraphBlock && f.d.element(b.el).parent == f.best && f.m[i].prose(b)
}

// ownParagraphs counts the paragraphs of prose right in the article's element, as far as it matters.
func (f *featurizer) ownParagraphs() int {
	n := 0
	for i := f.firstP; i >= 0 && i <= f.lastP && n < loneProse; i++ {
		f.d.spend(1)
		if f.isOwnParagraph(i) {
			n++
		}
	}
	return n
}

// headsSection reports whether a block is the heading of a section of the article, whatever it says: between paragraphs in the
// article's element, or first in one of several elements of a kind that hold the article's text.
func (f *featurizer) headsSection(i int) bool {
	d := f.d
	b := &d.blocks[i]
	if b.kind != headingBlock || b.el < 0 || b.links > 0 || f.firstP < 0 || i <= f.firstP || i+1 >= len(d.blocks) {
		return false
	}
	next := &d.blocks[i+1]
	if next.el < 0 || next.score < bodyScore || !f.m[i+1].prose(next) {
		return false
	}
	parent := d.element(b.el).parent
	if parent < 0 || d.element(next.el).parent != parent {
		return false
	}
	if f.onBest[parent] {
		return true
	}
	top, lead := f.branches[b.el].top, f.branches[d.blocks[f.firstP].el].top
	return top == parent && lead >= 0 && d.element(lead).sig == d.element(top).sig && d.element(lead).parent == d.element(top).parent
}

const maxAnnounced = 40 // characters of an item, in the mean; headlines are longer

// isAnnounced reports whether a list of short items follows a line of the article that ends in a colon, and stands in its element.
func (f *featurizer) isAnnounced(list int32) bool {
	d := f.d
	e := d.element(list)
	i := int(e.firstBlock) - 1
	if i <= f.h1 || i < 0 || e.parent < 0 || !f.onBest[e.parent] || e.flags&(inNav|inFooter|inAside|inForm) != 0 {
		return false
	}
	t := &f.tree[list]
	return d.element(d.blocks[i].el).parent == e.parent && f.announces(i) && t.chars <= maxAnnounced*t.blocks
}

// announces reports whether a block is a line of the article that ends in a colon.
func (f *featurizer) announces(i int) bool {
	b := &f.d.blocks[i]
	return b.label.Class() == Body && f.m[i].last == colonClass && f.m[i].words >= 4
}

// isHeaded reports whether a table without links in the article's element has a heading of its own, or is announced by the text.
func (f *featurizer) isHeaded(table int32) bool {
	d := f.d
	e := d.element(table)
	i := int(e.firstBlock) - 1
	if i < 0 || f.h1 < 0 || i <= f.h1 || e.parent < 0 || !f.onBest[e.parent] || 5*f.tree[table].linkChars > f.tree[table].chars {
		return false
	}
	b := &d.blocks[i]
	return b.el >= 0 && d.element(b.el).parent == e.parent && (b.kind == headingBlock && b.links == 0 || f.announces(i))
}

// closeArticle names what ends the article's text and is none of it: what a company says of itself, and the advertisement that is
// the last paragraph.
func (f *featurizer) closeArticle() {
	d := f.d
	last := -1
	for i := len(d.blocks) - 1; i >= 0 && last < 0; i-- {
		if d.blocks[i].label.Class() == Body {
			last = i
		}
	}
	if last <= f.firstP || f.firstP < 0 || f.article < articleCut {
		return
	}
	if f.isClosingAd(last) {
		d.blocks[last].label, d.blocks[last].reason = Newsletter, "structure:closing-ad"
	}
	f.closeAbout(last)
}

// isClosingAd reports whether the last paragraph is set in bold throughout and ends in a link, as no other paragraph is.
func (f *featurizer) isClosingAd(i int) bool {
	b := &f.d.blocks[i]
	if b.kind != paragraphBlock || b.links != 1 || b.boldChars < b.chars || 5*b.linkChars > 3*b.chars || f.m[i].ends < 2 {
		return false
	}
	if !b.endsInLink() {
		return false
	}
	for j := f.firstP; j < i; j++ {
		if o := &f.d.blocks[j]; o.label.Class() == Body && o.boldChars == o.chars && o.links > 0 {
			return false
		}
	}
	return true
}

// endsInLink reports whether the last words of a block are linked, as far as is known: a link whose address means nothing is no span.
func (b *block) endsInLink() bool {
	last := len(b.text)
	for _, s := range b.spans {
		if s.Kind == LinkSpan {
			last = s.End
		}
	}
	return last == len(b.text)
}

const maxAbout = 80 // characters of a line that says whom what follows is about

// closeAbout names the end of a press release, from a line on that says "About" and a name with which what follows begins.
func (f *featurizer) closeAbout(last int) {
	d := f.d
	chars := int32(0)
	for i := last; i > f.firstP && i > f.h1; i-- {
		b := &d.blocks[i]
		if b.label.Class() != Body {
			continue
		}
		if b.chars <= maxAbout && i < last && chars > 0 && (b.kind == headingBlock || b.boldChars == b.chars) {
			name := aboutWhom(b.text)
			if name != "" && strings.Contains(cut(d.blocks[i+1].text, maxAbout), name) {
				for j := i; j <= last; j++ {
					if o := &d.blocks[j]; o.label.Class() == Body {
						o.label, o.reason = AuthorBio, "structure:about"
					}
				}
				return
			}
			return // a section of the article, or of another kind
		}
		if chars += int32(b.chars); 2*chars > f.total.paraChars {
			return
		}
	}
}

// aboutWords begin the line above what a company, an author or a project says of itself.
var aboutWords = [...]string{
	"about the ", "about ", "über die ", "über den ", "über das ", "über ", "à propos de la ", "à propos de ", "à propos du ", "à propos d'", "a propos de ", "acerca de ",
	"sobre a ", "sobre o ", "sobre la ", "sobre el ", "sobre ", "informazioni su ", "chi è ", "over de ", "over het ", "over ", "om ", "tietoa ", "o firmie ", "o spółce ",
	"o společnosti ", "o компании ", "о компании ", "про компанію ", "hakkında ", "关于", "關於", "會社概要 ", "회사 소개 ",
}

// aboutWhom returns the name in "About Pilingworks"; "" if the line is none of the kind.
func aboutWhom(line string) string {
	line = strings.TrimRight(strings.TrimSpace(line), ":. ")
	lower := strings.ToLower(line)
	for _, w := range aboutWords {
		if strings.HasPrefix(lower, w) && len(lower) == len(line) {
			name := strings.Trim(line[len(w):], " «»“”\"„")
			if name != "" && (strings.ToLower(name) != name || strings.ContainsFunc(name, wideRune)) {
				return name
			}
		}
	}
	return ""
}

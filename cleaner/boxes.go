package cleaner

import (
	"strings"

	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
	"newsmill/cleaner/script"
)

// Boxes: what stands beside the article or among its paragraphs in an element of its own, told by that, whatever it says.

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
	names := strings.ToLower(script.Cut(attr(e.node, "class"), maxClassBytes) + " " + script.Cut(attr(e.node, "id"), maxClassBytes))
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
	if f.articles[el] < 0 {
		return false
	}
	for level := 0; el >= 0 && level < maxAncestors; el, level = d.element(el).parent, level+1 {
		e := d.element(el)
		if e.tag != atom.Article || el == f.home {
			continue
		}
		first := int(e.firstBlock)
		isBelow := f.h1 >= 0 && first > f.h1 && f.firstP >= 0 && first > f.firstP
		if !isBelow || first >= len(d.blocks) || e.endBlock-e.firstBlock > teaserBlocks {
			return false
		}
		b := &d.blocks[first]
		isLinked := b.kind == headingBlock && b.links == 1 && b.linkChars == b.chars && b.chars <= maxLinkTitle
		return isLinked && f.isCalledTeaser(el) && f.hasTwin(el)
	}
	return false
}

// isCalledTeaser reports whether an element, or one around it, is called a teaser or related, or stands below a line that says so.
func (f *featurizer) isCalledTeaser(el int32) bool {
	d := f.d
	const teaser = aboutTeaser | aboutRelated | aboutPromo | aboutPopular
	for level := 0; el >= 0 && !f.onBest[el] && level < maxAncestors; el, level = d.element(el).parent, level+1 {
		e := d.element(el)
		if e.words&teaser != 0 || e.firstBlock > 0 && d.blocks[e.firstBlock-1].label == article.Related {
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
	isAmong := f.firstP >= 0 && first > f.firstP && end <= f.lastP
	if e.tag == atom.Section || e.parent != f.best || !isAmong || end-first < 2 || f.alike[e.sig^uint64(e.parent)<<32] > 1 {
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
	isBelow := f.firstP >= 0 && i > f.firstP && i+1 < len(d.blocks)
	if !isBelow || b.kind != headingBlock || b.el < 0 || b.links > 0 {
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

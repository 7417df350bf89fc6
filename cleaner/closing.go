package cleaner

import (
	"strings"

	"newsmill/cleaner/article"
	"newsmill/cleaner/script"
)

// closeArticle names what ends the article's text and is none of it: what a company says of itself, and the advertisement that is
// the last paragraph.
func (f *featurizer) closeArticle() {
	d := f.d
	last := -1
	for i := len(d.blocks) - 1; i >= 0 && last < 0; i-- {
		if d.blocks[i].label.Class() == article.Body {
			last = i
		}
	}
	if last <= f.firstP || f.firstP < 0 || f.article < articleCut {
		return
	}
	if f.isClosingAd(last) {
		d.blocks[last].label, d.blocks[last].reason = article.Newsletter, "structure:closing-ad"
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
		if o := &f.d.blocks[j]; o.label.Class() == article.Body && o.boldChars == o.chars && o.links > 0 {
			return false
		}
	}
	return true
}

// endsInLink reports whether the last words of a block are linked, as far as is known: a link whose address means nothing is no span.
func (b *block) endsInLink() bool {
	last := len(b.text)
	for _, s := range b.spans {
		if s.Kind == article.LinkSpan {
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
		if b.label.Class() != article.Body {
			continue
		}
		if b.chars <= maxAbout && i < last && chars > 0 && (b.kind == headingBlock || b.boldChars == b.chars) {
			name := aboutWhom(b.text)
			if name != "" && strings.Contains(script.Cut(d.blocks[i+1].text, maxAbout), name) {
				for j := i; j <= last; j++ {
					if o := &d.blocks[j]; o.label.Class() == article.Body {
						o.label, o.reason = article.AuthorBio, "structure:about"
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

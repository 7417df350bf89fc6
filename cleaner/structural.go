package cleaner

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Verdicts that a block's place on the page decides, whatever it says.

const (
	maxCaptionWords = 80 // 60 hold 99 % of those seen
	maxCaptions     = 3  // captions are at most one part in so many of the prose
	captionReason   = "structure:caption"
	hiddenReason    = "structure:hidden"
	twiceReason     = "structure:twice"
	settingsReason  = "structure:settings"
)

// setApart takes out of the body what readers see apart from it, or once only.
func (f *featurizer) setApart() {
	f.captions()
	f.dropHidden()
	f.dropCopies()
	f.dropSecondLead()
	f.keepAnswers()
}

// captions takes captions out of articles, but for those that are most of what there is to read, as under the pictures of a
// travel diary, and those that the model is sure of.
func (f *featurizer) captions() {
	if f.article < articleCut {
		return
	}
	var found []int
	chars := 0
	for i := range f.d.blocks {
		b := &f.d.blocks[i]
		isBody := b.label.Class() == Body
		if b.el >= 0 && (isBody || b.kind == headingBlock && b.reason == "model") && f.isCaptioned(i) {
			found = append(found, i)
			if isBody {
				chars += b.chars
			}
		}
	}
	if maxCaptions*chars > int(f.total.paraChars) {
		return
	}
	for _, i := range found {
		if b := &f.d.blocks[i]; b.score < boxedScore {
			b.label, b.reason = Caption, captionReason
		}
	}
	for _, i := range found {
		f.dropHeadingOf(i)
	}
}

// dropHeadingOf takes out a heading right above a caption that begins an element of captions alone.
func (f *featurizer) dropHeadingOf(caption int) {
	d := f.d
	if caption == 0 {
		return
	}
	head := &d.blocks[caption-1]
	if head.kind != headingBlock || head.label.Class() != Body || head.el < 0 {
		return
	}
	around := d.element(head.el).parent
	if around < 0 || f.onBest[around] {
		return
	}
	end := int(d.element(around).endBlock)
	d.spend(end - caption)
	for i := caption; i < end; i++ {
		if d.blocks[i].label != Caption {
			return
		}
	}
	head.label, head.reason = Boilerplate, captionReason
}

// isCaptioned reports whether a block is a caption by its element: in a <figcaption>, or called a caption beside a picture.
func (f *featurizer) isCaptioned(i int) bool {
	d := f.d
	b := &d.blocks[i]
	if f.m[i].words > maxCaptionWords {
		return false
	}
	for el, level := b.el, 0; el >= 0 && level < 3; el, level = d.element(el).parent, level+1 {
		e := d.element(el)
		switch {
		case f.tree[el].paras >= 2 || f.onBest[el] || e.tag == atom.Table:
			return false
		case e.tag == atom.Figcaption, namesCaption(e.class) && f.besidePicture(el):
			return true
		}
	}
	return false
}

// namesCaption reports whether a class is that of a caption: "wp-caption-text", "bildunterschrift".
func namesCaption(class string) bool {
	last := ""
	for word := range nameWords(class) {
		switch word {
		case "caption", "captions", "figcaption", "cutline", "bildunterschrift", "bildtext", "didascalia", "legende", "piedefoto", "onderschrift", "podpis":
			last = word
		case "text", "txt", "inner", "content", "wrapper", "wrap", "body", "p":
		default:
			last = ""
		}
	}
	return last != ""
}

// besidePicture reports whether a picture stands in the element around an element, before its end.
func (f *featurizer) besidePicture(el int32) bool {
	d := f.d
	around := d.element(el).parent
	if around < 0 || f.onBest[around] && d.element(d.element(el).parent).tag != atom.Figure {
		around = el
	}
	e := d.element(around)
	for i := e.firstBlock; i < min(e.endBlock, e.firstBlock+4); i++ {
		if d.blocks[i].imgs > 0 {
			return true
		}
	}
	return false
}

// isSettings reports whether a block is data of a program that a script should have taken: {"key": …}, .class { … }.
func isSettings(text string) bool {
	if len(text) < 20 || strings.IndexByte(`{[.#@`, text[0]) < 0 && !strings.HasPrefix(text, "var ") && !strings.HasPrefix(text, "window.") {
		return false
	}
	last := text[len(text)-1]
	if last != '}' && last != ']' && last != ';' {
		return false
	}
	signs, letters := 0, 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(`{}[]":;=,_()#`, r):
			signs++
		case unicode.IsLetter(r):
			letters++
		}
	}
	return strings.ContainsAny(text, ":=") && strings.Contains(text, "}") && 5*signs >= letters
}

// Copies. A page may hold the whole text twice, for wide and for narrow screens or for print, and the standfirst once more
// as the first paragraph.

const (
	minCopy      = 5 // a copy holds at least one part in so many of the page's prose
	minCopied    = 2 // paragraphs
	leadDistance = 8 // blocks from the standfirst to the paragraph that repeats it: byline, date and picture stand between
	minLead      = 8 // words
	hashPrime    = 1099511628211
)

// dropCopies leaves one of the elements that hold the same paragraphs: that which the model finds likelier, in doubt the first.
func (f *featurizer) dropCopies() {
	d := f.d
	hash, paras := make([]uint64, len(d.blocks)+1), make([]int32, len(d.blocks)+1) // of the prose before each block
	powers := make([]uint64, len(d.blocks)+1)
	powers[0] = 1
	for i := range d.blocks {
		hash[i+1], paras[i+1], powers[i+1] = hash[i], paras[i], powers[i]*hashPrime
		if f.m[i].prose(&d.blocks[i]) {
			hash[i+1], paras[i+1] = hash[i]*hashPrime+f.m[i].hash, paras[i]+1
		}
	}
	holders := map[uint64]int32{}
	for el := range int32(len(d.elements)) {
		e, t := d.element(el), &f.tree[el]
		if t.paras < minCopied || minCopy*t.paraChars < f.total.paraChars {
			continue
		}
		from, to := e.firstBlock, e.endBlock
		key := hash[to] - hash[from]*powers[paras[to]-paras[from]]
		other, found := holders[key]
		if !found {
			holders[key] = el
		}
		if !found || d.element(other).endBlock > from {
			continue
		}
		if f.sumScores(e) > 1.1*f.sumScores(d.element(other)) {
			holders[key] = el
			e = d.element(other)
		}
		f.strip(e, twiceReason)
	}
}

func (f *featurizer) sumScores(e *element) float64 {
	sum := 0.0
	f.d.spend(int(e.endBlock - e.firstBlock))
	for i := e.firstBlock; i < e.endBlock; i++ {
		sum += f.d.blocks[i].score
	}
	return sum
}

// strip takes an element out of the body.
func (f *featurizer) strip(e *element, reason string) {
	f.d.spend(int(e.endBlock - e.firstBlock))
	for i := e.firstBlock; i < e.endBlock; i++ {
		if b := &f.d.blocks[i]; b.label.Class() == Body {
			b.label, b.reason = Boilerplate, reason
		}
	}
}

// dropSecondLead takes out the paragraph that says the same as the standfirst, or the standfirst that breaks off where the
// paragraph goes on.
func (f *featurizer) dropSecondLead() {
	d := f.d
	lead := 0
	for lead < len(d.blocks) && (d.blocks[lead].label.Class() != Body || d.blocks[lead].kind == headingBlock) {
		lead++
	}
	if lead == len(d.blocks) || f.m[lead].words < minLead {
		return
	}
	for i := lead + 1; i < min(lead+1+leadDistance, len(d.blocks)); i++ {
		b := &d.blocks[i]
		if b.label.Class() != Body || b.kind == headingBlock {
			continue
		}
		switch {
		case f.blockSig[i] == f.blockSig[lead]: // a refrain
		case f.m[i].hash == f.m[lead].hash:
			b.label, b.reason = Boilerplate, twiceReason
		case breaksOff(d.blocks[lead].text, b.text):
			d.blocks[lead].label, d.blocks[lead].reason = Boilerplate, twiceReason
		}
		return
	}
}

// breaksOff reports whether a text is the beginning of another, with an ellipsis.
func breaksOff(text, whole string) bool {
	text = strings.TrimRight(text, " ]")
	isBroken := strings.HasSuffix(text, "…") || strings.HasSuffix(text, "...")
	return isBroken && strings.HasPrefix(whole, strings.TrimRight(text, ". …["))
}

// Hidden text. What a button shows is the article's, as is what is hidden until the page has loaded; a paragraph that is
// hidden between others, and other articles behind their teasers, are not.

// dropHidden takes out what is never seen where the article is.
func (f *featurizer) dropHidden() {
	for i := range f.d.blocks {
		b := &f.d.blocks[i]
		if b.label.Class() != Body {
			continue
		}
		if top := f.hiddenTop(b.el); top >= 0 && (f.isElsewhere(top) || f.isBetweenShown(top)) {
			b.label, b.reason = Boilerplate, hiddenReason
		}
	}
}

// hiddenTop returns the outermost element at or above an element that is off the screen by its own attributes, where that is
// not on the way to the prose; -1 if there is none.
func (f *featurizer) hiddenTop(el int32) int32 {
	top := int32(-1)
	for ; el >= 0 && f.d.element(el).flags&hiddenElement != 0; el = f.d.element(el).parent {
		f.d.spend(1)
		if n := f.d.element(el).node; hasAttr(n, "hidden") || hides(attr(n, "style")) {
			top = el
		}
	}
	if top >= 0 && f.onBest[top] {
		return -1
	}
	return top
}

// isElsewhere reports whether an element stands outside of the <article> that the title or the prose is in.
func (f *featurizer) isElsewhere(el int32) bool {
	return f.home >= 0 && f.articles[el] != f.home && f.tree[f.home].paras >= minCopied
}

// isBetweenShown reports whether an element of a block or two stands between paragraphs of its parent that are shown.
func (f *featurizer) isBetweenShown(el int32) bool {
	d := f.d
	e := d.element(el)
	if e.endBlock-e.firstBlock > 2 || e.firstBlock == 0 || int(e.endBlock) >= len(d.blocks) {
		return false
	}
	for _, i := range [...]int32{e.firstBlock - 1, e.endBlock} {
		b := &d.blocks[i]
		if b.label.Class() != Body || !f.m[i].prose(b) || d.element(b.el).parent != e.parent || f.hiddenTop(b.el) >= 0 {
			return false
		}
	}
	return true
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// isSetInProse reports whether a table, or the figure that holds it alone, stands right between paragraphs of the article.
func (f *featurizer) isSetInProse(table int32) bool {
	d := f.d
	e := d.element(table)
	first, end := int(e.firstBlock)-1, int(e.endBlock)
	if first < 0 || end >= len(d.blocks) {
		return false
	}
	holder := e
	for holder.parent >= 0 && !f.onBest[holder.parent] && d.element(holder.parent).firstBlock == e.firstBlock && d.element(holder.parent).endBlock == e.endBlock {
		holder = d.element(holder.parent)
	}
	for _, i := range [...]int{first, end} {
		b := &d.blocks[i]
		if b.label.Class() != Body || b.el < 0 || d.element(b.el).parent != holder.parent || b.kind == headingBlock && i == end {
			return false
		}
	}
	return true
}

const maxAnswer = 80 // characters

// keepAnswers keeps the short sentences of interviews, "No." and "Of course.", which phrases take for words of the page's
// controls: paragraphs like others that stay, right below one that stays.
func (f *featurizer) keepAnswers() {
	d := f.d
	kept := map[*signature]int32{}
	for i := range d.blocks {
		if d.blocks[i].label.Class() == Body {
			kept[f.blockSig[i]]++
		}
	}
	for i := 1; i < len(d.blocks); i++ {
		b, before := &d.blocks[i], &d.blocks[i-1]
		isShort := b.chars <= maxAnswer && f.m[i].ended && b.links == 0 && b.imgs == 0
		if !isShort || b.kind != paragraphBlock || b.label != Interface && b.reason != "model" || b.label.Class() != Noise {
			continue
		}
		sig := f.blockSig[i]
		goesOn := i+1 < len(d.blocks) && d.blocks[i+1].label.Class() == Body || strings.HasSuffix(before.text, "?")
		isBelow := before.label.Class() == Body && before.el >= 0 && d.element(before.el).parent == d.element(b.el).parent
		if isBelow && goesOn && 2*kept[sig] >= sig.blocks {
			b.label, b.reason = f.bodyLabel(i), "model:alike"
		}
	}
}

package cleaner

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
	"newsmill/cleaner/script"
)

// Verdicts that a block's place on the page decides, whatever it says.

const (
	maxCaptionWords = 80 // 60 hold 99 % of those seen
	maxCaptionParas = 3  // paragraphs: a <figcaption> with more was never closed
	maxCaptionDepth = 3  // elements from the text to that which is called a caption
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
	f.dropExcerpts()
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
		if b.label.Class() != article.Body || b.el < 0 || !f.isCaptioned(i) {
			continue
		}
		if i > 0 && b.kind != headingBlock {
			if head := &f.d.blocks[i-1]; head.kind == headingBlock && head.el >= 0 && head.reason == "model" && head.label.Class() == article.Noise && f.isCaptioned(i-1) {
				found = append(found, i-1)
			}
		}
		found = append(found, i)
		chars += b.chars
	}
	if maxCaptions*chars > int(f.total.paraChars) {
		return
	}
	for _, i := range found {
		if b := &f.d.blocks[i]; b.score < boxedScore || b.imgs > 0 && b.score < sureScore {
			b.label, b.reason = article.Caption, captionReason
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
	if head.kind != headingBlock || head.label.Class() != article.Body || head.el < 0 {
		return
	}
	around := d.element(head.el).parent
	if around < 0 || f.onBest[around] {
		return
	}
	end := int(d.element(around).endBlock)
	if d.spend(end - caption); end-caption < minAlikeGroup {
		return
	}
	for i := caption; i < end; i++ {
		if d.blocks[i].label != article.Caption {
			return
		}
	}
	head.label, head.reason = article.Boilerplate, captionReason
}

// isCaptioned reports whether a block is a caption by its element: in a <figcaption>, called a caption beside a picture, or in
// a gallery.
func (f *featurizer) isCaptioned(i int) bool {
	d := f.d
	b := &d.blocks[i]
	if f.m[i].words > maxCaptionWords {
		return false
	}
	if b.wrap&aboutCaption != 0 && !f.onBest[b.el] && f.hasPicture(b.el) {
		return true
	}
	for el, level := b.el, 0; el >= 0 && level < maxCaptionDepth; el, level = d.element(el).parent, level+1 {
		e := d.element(el)
		switch {
		case e.tag == atom.Figcaption && f.tree[el].paras <= maxCaptionParas && !f.onBest[el]:
			return true
		case f.tree[el].paras >= 2 || f.onBest[el] || e.tag == atom.Table:
			return f.inGallery(b.el)
		case e.tag == atom.Figure && f.hasPicture(el) && b.kind == captionBlock:
			return true
		case namesCaption(classList(e.node)) && (f.hasPicture(el) || e.parent >= 0 && !f.onBest[e.parent] && f.hasPicture(e.parent)):
			return true
		}
	}
	return f.inGallery(b.el)
}

// namesCaption reports whether a class list has one of a caption: "wp-caption-text", "bildunterschrift".
func namesCaption(classes string) bool {
	for class := range strings.FieldsSeq(classes) {
		isCaption := false
		for word := range nameWords(class) {
			switch word {
			case "caption", "captions", "figcaption", "cutline", "bildunterschrift", "bildtext", "didascalia", "legende", "onderschrift", "podpis":
				isCaption = true
			case "text", "txt", "inner", "content", "wrapper", "wrap", "body", "p":
			default:
				isCaption = false
			}
		}
		if isCaption {
			return true
		}
	}
	return false
}

// hasPicture reports whether an element begins with a picture, or a picture stands right before its text.
func (f *featurizer) hasPicture(el int32) bool {
	e := f.d.element(el)
	for i := e.firstBlock; i < min(e.endBlock, e.firstBlock+4); i++ {
		if f.d.blocks[i].imgs > 0 {
			return true
		}
	}
	return false
}

// inGallery reports whether an element stands in one that is called a gallery, beside the prose, and shows several pictures.
func (f *featurizer) inGallery(el int32) bool {
	d := f.d
	top := f.branches[el].top
	if top < 0 || maxCaptions*f.tree[top].paraChars > f.total.paraChars {
		return false
	}
	for isGallery := false; !isGallery; el = d.element(el).parent {
		d.spend(1)
		for word := range nameWords(classList(d.element(el).node)) {
			isGallery = isGallery || galleryWords[word]
		}
		if el == top && !isGallery {
			return false
		}
	}
	pictures := 0
	e := d.element(top)
	for i := e.firstBlock; i < min(e.endBlock, e.firstBlock+20); i++ {
		pictures += min(int(d.blocks[i].imgs), 1)
	}
	return pictures >= minGallery
}

// galleryWords are what classes call a gallery.
var galleryWords = map[string]bool{
	"gallery": true, "galerie": true, "galeria": true, "galleria": true, "bildergalerie": true, "fotogalerie": true, "fotostrecke": true, "slideshow": true,
	"carousel": true, "swiper": true, "diaporama": true, "bildspel": true,
}

const minGallery = 3 // pictures

// isSettings reports whether a block is data of a program that a script should have taken: {"key": …}, .class { … }.
func isSettings(text string) bool {
	if len(text) < 20 || strings.IndexByte(`{[.#@`, text[0]) < 0 && !strings.HasPrefix(text, "var ") && !strings.HasPrefix(text, "window.") {
		return false
	}
	last := text[len(text)-1]
	if last != '}' && last != ']' && last != ';' {
		return false
	}
	if json.Valid([]byte(text)) {
		return true
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

// findCopies finds the elements that hold the same paragraphs and headings as another: of the two, the hidden one is the copy,
// else the later one. What stays then says what nobody else says.
func (f *featurizer) findCopies() {
	d := f.d
	hash, paras := make([]uint64, len(d.blocks)+1), make([]int32, len(d.blocks)+1) // of prose and headings before each block
	powers := make([]uint64, len(d.blocks)+1)
	powers[0] = 1
	for i := range d.blocks {
		hash[i+1], paras[i+1], powers[i+1] = hash[i], paras[i], powers[i]*hashPrime
		if b := &d.blocks[i]; f.m[i].prose(b) || b.kind == headingBlock {
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
		if !found || d.element(other).endBlock > from || 5*t.paraChars < 2*f.total.paraChars && d.isLike(el, other) {
			continue
		}
		const unseen = hiddenElement | noscriptElement
		kept, out := other, el
		if d.element(other).flags&unseen != 0 && e.flags&unseen == 0 {
			kept, out = el, other
			holders[key] = el
		}
		f.copies = append(f.copies, twins{kept, out})
		f.isSaidOnce(d.element(kept))
	}
}

// isSaidOnce takes back of the blocks of an element that others say the same.
func (f *featurizer) isSaidOnce(e *element) {
	f.d.spend(int(e.endBlock - e.firstBlock))
	for i := e.firstBlock; i < e.endBlock; i++ {
		m := &f.m[i]
		m.before, m.again, m.echoed, m.same, m.sameBefore = 0, 0, 0, 1, 0
	}
}

// twins are two elements that say the same.
type twins struct{ kept, out int32 }

const twinKept = 0.4 // what a page says twice is its article from this mean score on; the model looks for what is said once

// dropCopies takes copies out of the body, and lets the paragraphs stay of what they are copies of.
func (f *featurizer) dropCopies() {
	d := f.d
	for _, t := range f.copies {
		f.strip(d.element(t.out), twiceReason)
		e := d.element(t.kept)
		if mean, links := f.meanScore(e.firstBlock, e.endBlock); mean < twinKept || links > 0.5 {
			continue
		}
		for i := e.firstBlock; i < e.endBlock; i++ {
			b := &d.blocks[i]
			if isText := f.m[i].prose(b) || b.kind == headingBlock; isText && b.reason == "model" && b.label.Class() == article.Noise {
				b.label, b.reason = f.bodyLabel(int(i)), twiceReason
			}
		}
	}
}

// dropExcerpts takes out elements beside the prose whose paragraphs all stand in the prose, too: the beginning of the text for
// narrow screens, before all of it for wide ones.
func (f *featurizer) dropExcerpts() {
	d := f.d
	if f.best < 0 {
		return
	}
	at := map[uint64]int32{} // blocks of the prose, by what they say
	best := d.element(f.best)
	for i := best.firstBlock; i < best.endBlock; i++ {
		if f.m[i].prose(&d.blocks[i]) && d.blocks[i].label.Class() == article.Body {
			at[f.m[i].hash] = i
		}
	}
	for el := range int32(len(d.elements)) {
		if f.branches[el].top != el || f.tree[el].paras < minCopied {
			continue
		}
		e := d.element(el)
		isExcerpt := true
		for i := e.firstBlock; i < e.endBlock && isExcerpt; i++ {
			if d.spend(1); f.m[i].prose(&d.blocks[i]) {
				twin, found := at[f.m[i].hash]
				isExcerpt = found && (twin < e.firstBlock || twin >= e.endBlock) && !d.isLike(d.blocks[i].el, d.blocks[twin].el)
			}
		}
		if isExcerpt {
			f.strip(e, twiceReason)
		}
	}
}

// isLike reports whether two elements, and those around them up to what holds both, have the same tags and classes: days of
// a plan rather than copies.
func (d *document) isLike(a, b int32) bool {
	for ; a >= 0 && b >= 0 && a != b; a, b = d.element(a).parent, d.element(b).parent {
		d.spend(1)
		if d.element(a).sig != d.element(b).sig {
			return false
		}
	}
	return a == b
}

// strip takes an element out of the body.
func (f *featurizer) strip(e *element, reason string) {
	f.d.spend(int(e.endBlock - e.firstBlock))
	for i := e.firstBlock; i < e.endBlock; i++ {
		if b := &f.d.blocks[i]; b.label.Class() == article.Body {
			b.label, b.reason = article.Boilerplate, reason
		}
	}
}

// dropSecondLead takes out the paragraph that says the same as the standfirst, or the standfirst that breaks off where the
// paragraph goes on.
func (f *featurizer) dropSecondLead() {
	d := f.d
	lead := nextBody(d, 0)
	next := nextBody(d, lead+1)
	if next >= len(d.blocks) || next > lead+leadDistance || f.m[lead].words < minLead {
		return
	}
	first, second := &d.blocks[lead], &d.blocks[next]
	isLead := first.label == article.Standfirst || first.kind == headingBlock || first.boldChars == first.chars || f.blockSig[lead] != f.blockSig[next]
	switch {
	case !isLead: // a refrain
	case f.m[lead].hash == f.m[next].hash && first.kind != headingBlock:
		second.label, second.reason = article.Boilerplate, twiceReason
	case f.m[lead].hash == f.m[next].hash || breaksOff(first.text, second.text):
		first.label, first.reason = article.Boilerplate, twiceReason
	}
}

// nextBody returns the first block of the body from one on.
func nextBody(d *document, i int) int {
	for i < len(d.blocks) && d.blocks[i].label.Class() != article.Body {
		i++
	}
	return i
}

// breaksOff reports whether a text is the beginning of another, with an ellipsis.
func breaksOff(text, whole string) bool {
	text = strings.TrimRight(text, " ]")
	isBroken := strings.HasSuffix(text, "…") || strings.HasSuffix(text, "...")
	return isBroken && strings.HasPrefix(whole, strings.TrimRight(text, ". …["))
}

// Hidden text. What a button shows is the article's, as is what is hidden until the page has loaded; a paragraph that is
// hidden between others, and other articles behind their teasers, are not.

// dropHidden takes out what is never seen where the article is, unless that is most of the text: then something shows it.
func (f *featurizer) dropHidden() {
	var found []int
	hidden, all := 0, 0
	for i := range f.d.blocks {
		b := &f.d.blocks[i]
		if b.label.Class() != article.Body {
			continue
		}
		all += b.chars
		if top := f.hiddenTop(b.el); top >= 0 && (f.isElsewhere(top) || f.isBetweenShown(top)) {
			found = append(found, i)
			hidden += b.chars
		}
	}
	if 5*hidden > maxHidden*all {
		return
	}
	for _, i := range found {
		f.d.blocks[i].label, f.d.blocks[i].reason = article.Boilerplate, hiddenReason
	}
}

const maxHidden = 4 // fifths of the text: of pages that show the beginning and hide the rest, that is more

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

// isElsewhere reports whether an element stands outside of the <article> that the title or the prose is in, or beside the prose
// and among what is called related or a dialog.
func (f *featurizer) isElsewhere(el int32) bool {
	d := f.d
	if f.home >= 0 && f.articles[el] != f.home {
		return f.tree[f.home].paras >= minCopied
	}
	for ; el >= 0 && !f.onBest[el]; el = d.element(el).parent {
		d.spend(1)
		switch words := d.element(el).words; {
		case words&(aboutPaywall|aboutNewsletter) != 0: // subscribers'
			return false
		case words&(aboutRelated|aboutPopular|aboutPopup|aboutConsent) != 0:
			return f.article >= articleCut
		}
	}
	return false
}

// isBetweenShown reports whether an element of a block or two stands between paragraphs of its parent that are shown, or at
// the begin or end of them and is not called the rest of the text.
func (f *featurizer) isBetweenShown(el int32) bool {
	d := f.d
	e := d.element(el)
	if e.endBlock-e.firstBlock > 2 || namesRest(e.node) {
		return false
	}
	beside, edges := 0, 0
	for _, i := range [...]int{int(e.firstBlock) - 1, int(e.endBlock)} {
		if i < 0 || i >= len(d.blocks) {
			edges++
			continue
		}
		b := &d.blocks[i]
		switch {
		case b.el >= 0 && b.label.Class() == article.Body && f.m[i].prose(b) && d.element(b.el).parent == e.parent && f.hiddenTop(b.el) < 0:
			beside++
		case b.label == article.Title || b.label == article.Byline || b.label == article.Date || i >= int(d.element(max(e.parent, 0)).endBlock):
			edges++
		}
	}
	return beside == 2 || beside == 1 && edges == 1
}

// namesRest reports whether a class or id calls an element what a button unfolds.
func namesRest(n *html.Node) bool {
	for _, key := range [...]string{"class", "id"} {
		for word := range nameWords(script.Cut(attr(n, key), maxClassBytes)) {
			switch word {
			case "more", "rest", "full", "read", "expand", "expanded", "collapse", "collapsed", "collapsible", "toggle", "truncated", "continue", "remaining",
				"mehr", "suite", "mas", "altro", "premium", "subscriber", "subscribers", "paywall", "paid", "content":
				return true
			}
		}
	}
	return false
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

const maxAnswer = 80 // characters

// keepAnswers keeps the short sentences of interviews, "No." and "Of course.", which phrases take for words of the page's
// controls: paragraphs like others that stay, right below one that stays.
func (f *featurizer) keepAnswers() {
	d := f.d
	kept := map[*signature]int32{}
	for i := range d.blocks {
		if d.blocks[i].label.Class() == article.Body {
			kept[f.blockSig[i]]++
		}
	}
	for i := 1; i < len(d.blocks); i++ {
		b, before := &d.blocks[i], &d.blocks[i-1]
		isShort := b.chars <= maxAnswer && f.m[i].ended && b.links == 0 && b.imgs == 0
		isBelow := before.label.Class() == article.Body && b.el >= 0 && before.el >= 0 && d.element(before.el).parent == d.element(b.el).parent
		if !isShort || !isBelow || b.label != article.Interface && b.reason != "model" || b.label.Class() != article.Noise {
			continue
		}
		sig := f.blockSig[i]
		isAnswer := strings.HasSuffix(before.text, "?") || strings.HasSuffix(before.text, "？")
		isAmong := b.kind == paragraphBlock && 2*kept[sig] >= sig.blocks && i+1 < len(d.blocks) && d.blocks[i+1].label.Class() == article.Body
		if isAnswer || isAmong {
			b.label, b.reason = f.bodyLabel(i), "model:alike"
		}
	}
}

package cleaner

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"newsmill/cleaner/article"
	"newsmill/cleaner/datetext"
	"newsmill/cleaner/nametext"
	"newsmill/cleaner/phrase"
	"newsmill/cleaner/script"
)

const (
	bodyScore       = 0.48 // blocks of at least this probability are body
	newsBodyScore   = 0.55 // on news pages
	otherBodyScore  = 0.31 // on pages that are no articles
	otherPage       = 0.25 // probability of an article below which a page is none
	boxedScore      = 0.8  // prose of at least this probability stays, outside news pages, though a phrase calls it a box of facts
	sureScore       = 0.95 // loose phrase rules do not strip blocks that the model is this sure of
	standfirstScore = 0.15 // what stands and is marked as a standfirst on a news page is one from here on
	siteScore       = 0.1  // inside the element that the site's configuration calls the article
	statedShare     = 0.3  // of a stated article text: if the page shows less than this of it, the statement is the body
	maxTrace        = 100  // bytes: what shows no more than words of a menu shows nothing
	maxShown        = 3000 // bytes: a page that shows more shows its article
	minStated       = 400  // bytes; shorter statements are descriptions
	newsClaim       = 12   // featurizer.claims of pages whose JSON-LD says NewsArticle
)

// decide gives each block its label, reason and score.
func decide(d *document, ev *evidence, opt Options) error {
	site, err := compileSite(d, opt.Site)
	if err != nil {
		return err
	}
	if d.lines {
		decideLines(d, site, opt.LinesModel)
		return nil
	}
	f := labelled(d, ev, opt)
	f.read(opt.ReadingModel)
	site.apply(f)
	f.recover(ev)
	d.measures, d.features = f.m, f
	return nil
}

// labelled gives each block the label that it has by itself.
func labelled(d *document, ev *evidence, opt Options) *featurizer {
	model := opt.Model
	if model == nil {
		model = defaultModel()
	}
	f := featurize(d, ev)
	f.byline = f.findByline(ev)
	f.article = ev.articleScore(opt.PageModel)
	f.enough = enough(f.claims, f.article)
	f.authors = map[string]bool{}
	for _, a := range ev.meta[metaAuthor] {
		f.authors[a.Value.Value] = true
	}
	model.scoreAll(f)
	f.findFirstSure()
	for i := range d.blocks {
		f.label(i)
	}
	f.closeBoxes()
	f.setApart()
	f.closeArticle()
	f.evenParagraphs()
	f.evenHeadings()
	f.evenOut()
	return f
}

// scoreAll gives each block the probability that it is body.
func (m *Model) scoreAll(f *featurizer) {
	f.early = make([]bool, len(f.d.blocks))
	x := make([]float32, featureCount)
	for i := range f.d.blocks {
		clear(x)
		f.row(i, x)
		p, early := m.probability(x)
		f.d.blocks[i].score, f.early[i] = float64(p), early
	}
}

// label gives block i its label: what phrase rules and the page's structure are sure of, else what the model says.
func (f *featurizer) label(i int) {
	b, m := &f.d.blocks[i], &f.m[i]
	b.label, b.reason = article.Unlabelled, "model"
	switch {
	case i == f.h1 && f.isTitle(i):
		b.label, b.reason = article.Title, "title"
	case m.rule != nil && f.ruleHolds(i):
		b.label, b.reason = m.rule.Label, m.rule.ID
		if b.label == article.Footer && i < f.h1 {
			b.label = article.Navigation // menus use the same words
		}
		f.openBox(i)
	case f.isDateLine(i):
		b.label, b.reason = article.Date, "structure:date"
	case i == f.byline:
		b.label, b.reason = article.Byline, "structure:byline"
	case f.box(i) != nil && (b.score < bodyScore || f.box(i).label.Class() == article.Kept && (f.claims >= newsClaim || b.score < boxedScore)):
		b.label, b.reason = f.box(i).label, f.box(i).reason
	default:
		b.label, b.reason = f.structural(i)
	}
	switch {
	case b.label != article.Unlabelled:
	case b.score >= f.enough:
		b.label, b.reason = f.bodyLabel(i), "model"
	default:
		b.label, b.reason = f.noiseLabel(i), "model"
	}
}

// isDateLine reports whether a block right below the title that its markup calls a date holds little else.
func (f *featurizer) isDateLine(i int) bool {
	b, m := &f.d.blocks[i], &f.m[i]
	if f.h1 < 0 || i <= f.h1 || i > f.h1+belowTitle || b.chars > maxDateLine || (b.wrap|f.d.element(b.el).words)&aboutDate == 0 {
		return false
	}
	return m.isDated(b)
}

// findByline returns the block between title and text that names who wrote it and when, and holds little else; -1 if there is none.
func (f *featurizer) findByline(ev *evidence) int {
	dates := datetext.Reader{Lang: ev.lang()}
	for i := f.h1 + 1; f.h1 >= 0 && i <= f.h1+belowTitle && i < f.firstP; i++ {
		b, m := &f.d.blocks[i], &f.m[i]
		if b.imgs > 0 || b.kind == headingBlock || b.kind == captionBlock { // below a picture it may say who and what is shown
			continue
		}
		if b.chars > maxDateLine || m.digits == 0 || m.ended {
			continue
		}
		if _, dated := dates.Parse(b.text); !dated {
			continue
		}
		text, how := b.text, nametext.Guessed
		if rest, ok := nametext.AfterDate(text); ok {
			text, how = rest, nametext.Led
		} else if rest, ok := nametext.TrimBy(text, nametext.Guessed, ev.lang()); ok {
			text = rest
		}
		if found := ev.people(text, how); len(found) > 0 && nametext.MostlyNames(b.text, found) {
			return i
		}
	}
	return -1
}

const (
	maxDateLine = 80 // characters: a date, and when it was updated
	belowTitle  = 6  // blocks: kicker, standfirst, byline, picture stand there, too; further down dates may head entries
)

// isDated reports whether most of a block is figures, as of a day or an hour.
func (m *measure) isDated(b *block) bool {
	return m.digits >= 4 && (m.clock || m.year) && 5*int(m.digits) >= b.chars
}

// isTitle reports whether the block likest the page's title is its headline: a heading of the first level, or the very
// words above the text, in whatever element.
func (f *featurizer) isTitle(i int) bool {
	b, m := &f.d.blocks[i], &f.m[i]
	return b.kind == headingBlock && b.level == 1 || i < f.firstP && m.titled >= 0.9 && m.titleShare >= 0.9
}

// enough returns the score from which a block is body. The short lines of news pages are more often noise than the
// model thinks; pages that are no articles have texts that look less like one.
func enough(claims float32, article float64) float64 {
	switch {
	case claims >= newsClaim:
		return newsBodyScore
	case article < otherPage:
		return otherBodyScore
	}
	return bodyScore
}

// ruleHolds reports whether the phrase rule that matches block i decides. Rules for whole phrases and those anchored in
// long ones do; loose beginnings and bare dates must not strip what the model is sure of.
func (f *featurizer) ruleHolds(i int) bool {
	r := f.m[i].rule
	switch {
	case r.Label.Class() == article.Body || leads[r.Label] && f.headsSection(i):
		return false
	case phrase.LongLabels[r.Label]:
		return true
	case r.Label == article.Date && i > f.h1 && i < f.firstP: // between title and text it is no list of dates
		return true
	case r.Open || r.Label == article.Date:
		return f.d.blocks[i].score < sureScore
	}
	return true
}

// leads are the labels of phrases that, standing first in a box, say what the box is: all of it where that is kept apart,
// else what the model doesn't take for body.
var leads = [article.LabelCount]bool{
	article.AISummary: true, article.FactBox: true, article.Related: true, article.Newsletter: true, article.Comment: true, article.AuthorBio: true, article.Follow: true, article.Tags: true,
	article.AppPromo: true, article.PaywallNotice: true, article.LanguageMenu: true,
}

const maxLead = 100 // characters of a phrase that names a box

// holdsProse reports whether sentences without links that look like the article's are among blocks [from, to). A
// read-more line at the head of a chunk of the article leads no box.
func (f *featurizer) holdsProse(from, to int) bool {
	for i := from; i < to; i++ {
		f.d.spend(1)
		if b := &f.d.blocks[i]; b.score >= bodyScore && f.m[i].prose(b) && 4*b.linkChars < b.chars {
			return true
		}
	}
	return false
}

// leadBox is a box that a phrase leads.
type leadBox struct {
	end    int // the block after it
	label  article.Label
	reason string
}

// box returns the innermost box around block i; nil if there is none.
func (f *featurizer) box(i int) *leadBox {
	for len(f.boxes) > 0 && f.boxes[len(f.boxes)-1].end <= i {
		f.boxes = f.boxes[:len(f.boxes)-1]
	}
	if len(f.boxes) == 0 {
		return nil
	}
	return &f.boxes[len(f.boxes)-1]
}

// openBox starts a box when the phrase that is block i leads one: the innermost element that begins with it and holds
// more, but not the article's prose.
func (f *featurizer) openBox(i int) {
	d := f.d
	b := &d.blocks[i]
	if !leads[b.label] || f.m[i].rule.Open || b.links > 0 || b.chars > maxLead || b.el < 0 {
		return
	}
	if outer := f.box(i); outer != nil && (outer.label == b.label || outer.label.Class() != article.Noise || b.label.Class() != article.Noise) {
		return
	}
	box := int32(-1)
	for el := b.el; el >= 0 && !f.onBest[el] && d.element(el).firstBlock == int32(i); el = d.element(el).parent {
		if box = el; f.tree[el].blocks > 1 {
			break
		}
	}
	if box < 0 || 5*f.tree[box].paraChars > 2*f.total.paraChars || b.label.Class() == article.Noise && f.holdsProse(i+1, int(d.element(box).endBlock)) {
		return
	}
	f.boxes = append(f.boxes, leadBox{int(d.element(box).endBlock), b.label, b.reason})
}

// closeBoxes gives the whole of a box to the phrase that ends it, where that says how all of it was made: "This summary
// was made by a language model".
func (f *featurizer) closeBoxes() {
	d := f.d
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.label != article.AISummary || f.m[i].rule == nil || b.el < 0 {
			continue
		}
		box := int32(-1)
		for el := b.el; el >= 0 && !f.onBest[el] && d.element(el).endBlock == int32(i)+1; el = d.element(el).parent {
			if box = el; f.tree[el].blocks > 1 {
				break
			}
		}
		if box < 0 || 5*f.tree[box].paraChars > 2*f.total.paraChars {
			continue
		}
		d.spend(i - int(d.element(box).firstBlock))
		for j := int(d.element(box).firstBlock); j < i; j++ {
			d.blocks[j].label, d.blocks[j].reason = b.label, b.reason
		}
	}
}

// structural returns the label that a block's place decides, and why; Unlabelled if the model shall.
func (f *featurizer) structural(i int) (article.Label, string) {
	d := f.d
	b := &d.blocks[i]
	if b.el < 0 {
		return article.Unlabelled, ""
	}
	switch {
	case b.kind != preBlock && isSettings(b.text):
		return article.Interface, settingsReason
	case f.branches[b.el].consent:
		return article.CookieNotice, "structure:consent"
	case f.endsInCredit(i):
		return article.Caption, creditTailReason
	case f.branches[b.el].embed:
		return article.Embed, "structure:embed"
	case f.isPullQuote(i):
		return article.PullQuote, pullQuoteReason
	case f.inOtherArticle(i) && (f.claims >= newsClaim || f.article >= articleCut && f.isSigned(f.articles[b.el])):
		return article.Related, "structure:another-article"
	case f.article >= articleCut && (f.isTeaser(b.el) || f.isLinkedLines(i)):
		return article.Related, "structure:teaser"
	case f.article >= articleCut && f.isBelowArticle(f.branches[b.el].comments):
		return article.Comment, "structure:comments"
	case f.branches[b.el].foldOut:
		return article.FactBox, "structure:fold-out"
	case f.branches[b.el].facts:
		return article.FactBox, "structure:fact-box"
	case f.claims >= newsClaim && b.kind == captionBlock && b.score < newsBodyScore:
		return f.noiseLabel(i), captionReason
	case b.score >= standfirstScore && (b.score >= bodyScore || f.claims == 1 || f.claims >= newsClaim) && f.isStandfirst(i):
		return article.Standfirst, "structure:standfirst"
	}
	return article.Unlabelled, ""
}

// isBelowArticle reports whether an element stands below the title and a paragraph that the model takes for the article's.
func (f *featurizer) isBelowArticle(el int32) bool {
	return el >= 0 && f.firstSure >= 0 && f.firstSure < int(f.d.element(el).firstBlock)
}

// findFirstSure finds the first paragraph below the title that the model takes for the article's.
func (f *featurizer) findFirstSure() {
	f.firstSure = -1
	for i := f.h1 + 1; f.h1 >= 0 && i < len(f.d.blocks); i++ {
		if b := &f.d.blocks[i]; b.score >= bodyScore && f.m[i].prose(b) {
			f.firstSure = i
			return
		}
	}
}

const (
	pullQuoteReason = "structure:pull-quote"
	maxCite         = 80 // characters of a name and what the person is
)

// isPullQuote reports whether a block says once more what another says, set apart as a quote.
func (f *featurizer) isPullQuote(i int) bool {
	b, m := &f.d.blocks[i], &f.m[i]
	e := f.d.element(b.el)
	if b.chars <= maxCite && i > 0 && e.flags&inQuote != 0 {
		if before := &f.d.blocks[i-1]; before.reason == pullQuoteReason && before.el >= 0 && f.branches[b.el].quote == f.branches[before.el].quote {
			return true // whose words they are
		}
	}
	return b.kind != preBlock && m.words >= 6 && m.echoed >= 0.95 && (e.flags&(inQuote|inAside) != 0 || (b.wrap|e.words)&aboutQuote != 0)
}

// endsInCredit reports whether a block without markup of its own is a caption by the credit at its end. Several sentences
// before a source in brackets are a paragraph, unless the model doubts it.
func (f *featurizer) endsInCredit(i int) bool {
	b, m := &f.d.blocks[i], &f.m[i]
	switch m.credit {
	case sureCredit:
		return true
	case likelyCredit:
		switch {
		case b.imgs > 0 && m.ends <= 2:
			return true
		case m.ends > 2:
			return b.score < bodyScore && f.claims >= newsClaim
		}
		return b.score < creditedScore && f.claims >= newsClaim
	}
	return false
}

// inOtherArticle reports whether block i stands in an <article> of its own, below that of the title and with a title
// of its own: sites append the next article for readers who scroll on.
func (f *featurizer) inOtherArticle(i int) bool {
	a := f.articles[f.d.blocks[i].el]
	return a >= 0 && f.home >= 0 && a != f.home && f.h1 >= 0 && i > f.h1 && f.h1s[i] > f.h1s[f.h1]
}

// isSigned reports whether an <article> begins with a byline or a date of its own, below one with text of its own.
func (f *featurizer) isSigned(el int32) bool {
	if f.tree[f.home].paraChars < f.tree[el].paraChars {
		return false
	}
	e := f.d.element(el)
	for i := e.firstBlock; i < min(e.endBlock, e.firstBlock+6); i++ {
		if f.m[i].rule != nil && (f.m[i].phrase == article.Byline || f.m[i].phrase == article.Date) {
			return true
		}
	}
	return false
}

// isStandfirst reports whether block i stands between title and prose and is marked or described as the summary.
func (f *featurizer) isStandfirst(i int) bool {
	d := f.d
	b, m := &d.blocks[i], &f.m[i]
	if f.h1 < 0 || i <= f.h1 || i > f.h1+8 || f.firstP >= 0 && i > f.firstP || b.chars < 30 || b.chars > 600 || 3*b.linkChars > b.chars || b.kind == captionBlock {
		return false
	}
	words := b.wrap | d.element(b.el).words
	if p := d.element(b.el).parent; p >= 0 && !f.onBest[p] {
		words |= d.element(p).words
	}
	return m.described > 0.7 || words&aboutStandfirst != 0
}

// bodyLabel tells what part of the body block i is.
func (f *featurizer) bodyLabel(i int) article.Label {
	b := &f.d.blocks[i]
	switch b.kind {
	case headingBlock:
		return article.Heading
	case itemBlock:
		return article.ListItem
	case quoteBlock:
		return article.Quote
	case cellBlock:
		return article.TableCell
	case preBlock:
		return article.Preformatted
	case paragraphBlock, textBlock:
		if f.isBoldHeading(i) {
			return article.Heading
		}
	}
	return article.Paragraph
}

// isBoldHeading reports whether a paragraph is a heading in all but its tag: short, bold, no sentence, prose after it.
func (f *featurizer) isBoldHeading(i int) bool {
	b, m := &f.d.blocks[i], &f.m[i]
	if b.boldChars < b.chars || b.chars > 120 || m.ended && m.last != otherClass || m.last == colonClass || i+1 >= len(f.m) {
		return false
	}
	next := &f.d.blocks[i+1]
	return next.score >= bodyScore && f.m[i+1].prose(next) && next.boldChars < next.chars
}

// subjectLabels are the labels of blocks that are not body by what the classes around them speak of, the most telling
// first.
var subjectLabels = [...]struct {
	about vocabulary
	label article.Label
	chars int // longest block; 0: any
}{
	{aboutConsent, article.CookieNotice, 0},
	{aboutComment, article.Comment, 0},
	{aboutNewsletter, article.Newsletter, 0},
	{aboutShare, article.Share, 80},
	{aboutAd, article.Advertisement, 0},
	{aboutCredit, article.Credit, 120},
	{aboutCaption, article.Caption, 0},
	{aboutBio, article.AuthorBio, 0},
	{aboutAuthor, article.Byline, 120},
	{aboutAuthor, article.AuthorBio, 0},
	{aboutRelated | aboutPopular | aboutTeaser | aboutPromo, article.Related, 0},
	{aboutDate, article.Date, 60},
	{aboutTags, article.Tags, 120},
	{aboutPlayer, article.MediaPlayer, 0},
	{aboutNav, article.Navigation, 0},
	{aboutFooter, article.Footer, 0},
	{aboutBox, article.FactBox, 0},
	{aboutButton | aboutForm | aboutTools, article.Interface, 120},
}

// noiseLabel names a block that is not body.
func (f *featurizer) noiseLabel(i int) article.Label {
	d := f.d
	b, m := &d.blocks[i], &f.m[i]
	if b.el < 0 {
		return article.Boilerplate
	}
	flags := d.element(b.el).flags
	near := b.wrap | d.element(b.el).words
	isLink := b.linkChars*10 > b.chars*9
	switch {
	case isLink && b.chars <= 40 && f.continuesMenu(i):
		return article.LanguageMenu
	case b.chars <= 60 && f.authors[b.text]:
		return article.Byline
	case flags&inNav != 0:
		if near&aboutNav == 0 && i < f.h1 && i > f.h1-8 && !f.isMenu(i) {
			return article.Breadcrumb
		}
		return article.Navigation
	case flags&inFooter != 0 && flags&inArticle == 0:
		return article.Footer
	case b.chars <= 120 && (near|b.opens)&aboutCredit != 0 && (b.kind == captionBlock || b.imgs > 0 || near&aboutCaption != 0):
		return article.Credit
	case b.kind == captionBlock:
		return article.Caption
	case b.chars <= 60 && m.isDated(b):
		return article.Date
	case m.words >= 6 && m.before > 0.8 && f.firstP >= 0 && i > f.firstP && i < f.lastP:
		return article.PullQuote
	case i < f.h1 && i >= f.h1-2 && b.chars <= 40 && !m.ended:
		if f.isMenu(i) {
			return article.Navigation
		}
		return article.Breadcrumb
	}
	words := b.wrap
	for el, level := b.el, 0; el >= 0 && level < 5; el, level = d.element(el).parent, level+1 {
		words |= d.element(el).words
		if words == 0 {
			continue
		}
		for k := range subjectLabels {
			if s := &subjectLabels[k]; words&s.about != 0 && (s.chars == 0 || b.chars <= s.chars) {
				return s.label
			}
		}
	}
	switch {
	case flags&inButton != 0:
		return article.Interface
	case isLink:
		return article.Related
	}
	return article.Boilerplate
}

// isMenu reports whether a block of links is one of several of their kind, or holds several with nothing that leads from
// one to the next.
func (f *featurizer) isMenu(i int) bool {
	b := &f.d.blocks[i]
	return b.links > 1 && !f.m[i].bar && f.m[i].others == 0 || b.links > 0 && f.blockSig[i].blocks > 3
}

// continuesMenu reports whether block i is an entry of the list of languages that the block before it heads or is in.
func (f *featurizer) continuesMenu(i int) bool {
	if i == 0 || f.d.blocks[i-1].label != article.LanguageMenu {
		return false
	}
	if f.m[i-1].rule != nil {
		return f.d.blocks[i-1].links == 0
	}
	before, now := f.d.blocks[i-1].el, f.d.blocks[i].el
	return before >= 0 && f.d.element(before).parent == f.d.element(now).parent
}

// compiledSite is what a site's configuration says of one page.
type compiledSite struct {
	body, remove []bool // by element
	phrases      []sitePhrase
}

type sitePhrase struct {
	id    string
	match *regexp.Regexp
	label article.Label
}

func compileSite(d *document, s article.Site) (*compiledSite, error) {
	c := &compiledSite{}
	var err error
	if c.body, err = d.selected(s.Body); err != nil {
		return nil, err
	}
	if c.remove, err = d.selected(s.Remove); err != nil {
		return nil, err
	}
	for _, p := range s.Boilerplate {
		re, err := regexp.Compile(p.Match)
		if err != nil {
			return nil, fmt.Errorf("boilerplate phrase %q: %w", p.ID, err)
		}
		label := p.Label
		if label == article.Unlabelled {
			label = article.Boilerplate
		}
		c.phrases = append(c.phrases, sitePhrase{p.ID, re, label})
	}
	return c, nil
}

// selected marks the elements that a CSS selector matches and those inside them; nil if none matches.
func (d *document) selected(selector string) ([]bool, error) {
	if selector == "" {
		return nil, nil
	}
	sel, err := cascadia.Compile(selector)
	if err != nil {
		return nil, fmt.Errorf("selector %q: %w", selector, err)
	}
	if len(d.elements) == 0 {
		return nil, nil
	}
	found := map[*html.Node]bool{}
	for _, n := range goquery.NewDocumentFromNode(d.element(0).node).FindMatcher(sel).Nodes {
		found[n] = true
	}
	if len(found) == 0 {
		return nil, nil
	}
	marks := make([]bool, len(d.elements))
	for i := range d.elements {
		e := d.element(int32(i))
		marks[i] = found[e.node] || e.parent >= 0 && marks[e.parent]
	}
	return marks, nil
}

// apply lets the site's configuration overrule the model. A body selector that matches nothing says nothing: sites
// change their markup.
func (c *compiledSite) apply(f *featurizer) {
	d := f.d
	for i := range d.blocks {
		b := &d.blocks[i]
		isBody := b.label.Class() == article.Body
		switch {
		case b.el >= 0 && c.remove != nil && c.remove[b.el]:
			b.label, b.reason = article.Boilerplate, "site:remove"
			continue
		case b.el < 0 || c.body == nil:
		case !c.body[b.el] && isBody:
			b.label, b.reason = article.Boilerplate, "site:body"
		case c.body[b.el] && b.label == article.Boilerplate && b.reason == "model" && b.score >= siteScore:
			b.label, b.reason = f.bodyLabel(i), "site:body"
		}
		c.applyPhrases(b)
	}
}

// applyPhrases strips a block that one of the site's own phrases matches.
func (c *compiledSite) applyPhrases(b *block) {
	if len(c.phrases) == 0 {
		return
	}
	folded := strings.ToLower(script.Fold(b.text))
	for _, p := range c.phrases {
		if p.match.MatchString(folded) {
			b.label, b.reason = p.label, p.id
			return
		}
	}
}

// recover takes the body from the page's data where the page shows little or nothing of it.
func (f *featurizer) recover(ev *evidence) {
	d := f.d
	shown := 0
	for i := range d.blocks {
		if b := &d.blocks[i]; b.label.Class() == article.Body && b.reason != readingReason { // a reading of a page that shows little is no proof
			shown += len(b.text)
		}
	}
	var bodies []statedBody
	if shown < 2*minStated {
		bodies = ev.bodies() // reads the embedded state too
	} else if f.hasBody && shown < maxShown {
		bodies = ev.ld.bodies()
	}
	for _, s := range bodies {
		size := 0
		for _, p := range s.paragraphs {
			size += len(p)
		}
		if size < minStated || float64(shown) >= statedShare*float64(size) || !s.titled && shown > maxTrace {
			continue
		}
		if s.source == liveUpdates && shown >= 2*minStated { // the updates of the day beside an article
			continue
		}
		for i := range d.blocks {
			if b := &d.blocks[i]; b.label.Class() == article.Body {
				b.label, b.reason = article.Boilerplate, "instead:"+s.source
			}
		}
		rules := phrase.NewMatcher(phraseLanguage(d))
		for _, p := range s.paragraphs {
			b := block{text: p, el: -1, figure: -1, kind: paragraphBlock, chars: utf8.RuneCountInString(p), label: article.Paragraph, reason: s.source, score: 1}
			if r := rules.Match(p); r != nil && r.Label.Class() != article.Body {
				b.label, b.reason = r.Label, r.ID
			} else if creditTailOf(p) != noCredit {
				b.label, b.reason = article.Caption, creditTailReason
			} else if strings.HasPrefix(p, "$$") || strings.HasPrefix(p, "{{") || strings.HasPrefix(p, "[[") { // where a script would put something
				b.label = article.Interface
			}
			d.blocks = append(d.blocks, b)
		}
		ev.takeState(s.article)
		return
	}
}

// pathSteps are the elements that the name of a place in the tree has at most.
const pathSteps = 5

// appendPath appends the name of an element's place in the tree: "article>div.content>p".
func (d *document) appendPath(b []byte, el int32) []byte { return d.appendSteps(b, el, pathSteps) }

// appendSteps appends the last steps of that, n at most.
func (d *document) appendSteps(b []byte, el int32, n int) []byte {
	if el < 0 || n == 0 {
		return b
	}
	e := d.element(el)
	if e.parent >= 0 && n > 1 {
		b = append(d.appendSteps(b, e.parent, n-1), '>')
	}
	if b = append(b, script.Cut(e.node.Data, maxNameBytes)...); e.class != "" {
		b = append(append(b, '.'), script.Cut(e.class, maxNameBytes)...)
	}
	return b
}

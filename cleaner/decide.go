package cleaner

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html/atom"
)

const (
	bodyScore   = 0.5  // blocks of at least this probability are body
	sureScore   = 0.85 // phrase rules do not strip blocks that the model is this sure of
	siteScore   = 0.1  // inside the element that the site's configuration calls the article
	statedShare = 0.3  // of a stated article text: if the page shows less than this of it, the statement is the body
	minStated   = 400  // bytes; shorter statements are descriptions
)

// decide gives each block its label, reason and score.
func decide(d *document, ev *evidence, opt Options) error {
	if d.lines {
		decideLines(d, opt.Site)
		return nil
	}
	site, err := compileSite(d, opt.Site)
	if err != nil {
		return err
	}
	model := opt.Model
	if model == nil {
		model = defaultModel()
	}
	f := featurize(d, ev)
	scores := model.scores(f)
	for i := range d.blocks {
		d.blocks[i].score = float64(scores[i])
		f.label(i)
	}
	site.apply(d)
	f.recover(ev)
	return nil
}

// scores returns for each block the probability that it is body: a forest on the block's features, then one that also
// sees what the first said of the blocks around.
func (m *Model) scores(f *featurizer) []float32 {
	n := len(f.d.blocks)
	wide := featureCount + around
	rows := make([]float32, n*wide)
	first := make([]float32, n)
	for i := range n {
		x := rows[i*wide : (i+1)*wide]
		f.row(i, x)
		first[i] = m.forests[bodyForest].score(x)
	}
	run, total := float32(0), float32(0)
	for _, s := range first {
		total += s
	}
	final := make([]float32, n)
	for i := range n {
		x := rows[i*wide : (i+1)*wide]
		y := x[featureCount:]
		for k := -window; k <= window; k++ {
			if j := i + k; j < 0 || j >= n {
				y[k+window] = -1
			} else {
				y[k+window] = first[j]
			}
		}
		y[2*window+1] = run
		run += first[i]
		y[2*window+2] = total - run
		y[2*window+3] = total / float32(n)
		y[2*window+4] = total
		final[i] = m.forests[finalForest].score(x)
	}
	return final
}

const (
	window = 5                // blocks on each side whose first scores the final forest sees
	around = 2*window + 1 + 4 // those, the block's own, and sums on the page
)

// label turns the score of block i into a label.
func (f *featurizer) label(i int) {
	d := f.d
	b, m := &d.blocks[i], &f.m[i]
	b.reason = "model"
	ruled := m.rule != nil && m.rule.label.Class() != Body
	switch {
	case i == f.h1 && b.kind == headingBlock && b.level == 1:
		b.label, b.reason = Title, "title"
	case b.score >= bodyScore && !(ruled && b.score < sureScore):
		b.label = bodyLabel(b)
	case ruled:
		b.label, b.reason = m.rule.label, m.rule.id
	default:
		b.label = f.noiseLabel(i)
	}
}

func bodyLabel(b *block) Label {
	switch b.kind {
	case headingBlock:
		return Heading
	case itemBlock:
		return ListItem
	case quoteBlock:
		return Quote
	case cellBlock:
		return TableCell
	case preBlock:
		return Preformatted
	}
	return Paragraph
}

// subjectLabels are the labels of blocks that are not body by what the classes around them speak of, the most telling
// first.
var subjectLabels = [...]struct {
	about vocabulary
	label Label
	chars int // longest block; 0: any
}{
	{aboutConsent, CookieNotice, 0},
	{aboutComment, Comment, 0},
	{aboutNewsletter, Newsletter, 0},
	{aboutShare, Share, 80},
	{aboutAd, Advertisement, 0},
	{aboutCredit, Credit, 120},
	{aboutCaption, Caption, 0},
	{aboutBio, AuthorBio, 0},
	{aboutAuthor, Byline, 120},
	{aboutAuthor, AuthorBio, 0},
	{aboutRelated | aboutPopular | aboutTeaser | aboutPromo, Related, 0},
	{aboutDate, Date, 60},
	{aboutTags, Tags, 120},
	{aboutPlayer, MediaPlayer, 0},
	{aboutNav, Navigation, 0},
	{aboutFooter, Footer, 0},
	{aboutBox, FactBox, 0},
	{aboutButton | aboutForm | aboutTools, Interface, 120},
}

// noiseLabel names a block that is not body.
func (f *featurizer) noiseLabel(i int) Label {
	d := f.d
	b := &d.blocks[i]
	if b.el < 0 {
		return Boilerplate
	}
	flags := d.elements[b.el].flags
	switch {
	case flags&inNav != 0:
		return Navigation
	case flags&inFooter != 0 && flags&inArticle == 0:
		return Footer
	case b.kind == captionBlock:
		return Caption
	}
	words := b.wrap
	for el, level := b.el, 0; el >= 0 && level < 5; el, level = d.elements[el].parent, level+1 {
		words |= d.elements[el].words
		if words == 0 {
			continue
		}
		for _, s := range &subjectLabels {
			if words&s.about != 0 && (s.chars == 0 || b.chars <= s.chars) {
				return s.label
			}
		}
	}
	switch {
	case flags&inButton != 0:
		return Interface
	case b.linkChars*10 > b.chars*9:
		return Related
	}
	return Boilerplate
}

// compiledSite is what a site's configuration says of one page.
type compiledSite struct {
	body, remove []bool // by element
	phrases      []sitePhrase
}

type sitePhrase struct {
	id    string
	match *regexp.Regexp
	label Label
}

func compileSite(d *document, s Site) (*compiledSite, error) {
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
		if label == Unlabelled {
			label = Boilerplate
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
	sel, err := cascadia.ParseGroup(selector)
	if err != nil {
		return nil, fmt.Errorf("selector %q: %w", selector, err)
	}
	var marks []bool
	for i := range d.elements {
		e := &d.elements[i]
		if e.parent >= 0 && marks != nil && marks[e.parent] || sel.Match(e.node) {
			if marks == nil {
				marks = make([]bool, len(d.elements))
			}
			marks[i] = true
		}
	}
	return marks, nil
}

// apply lets the site's configuration overrule the model. A body selector that matches nothing says nothing: sites
// change their markup.
func (c *compiledSite) apply(d *document) {
	for i := range d.blocks {
		b := &d.blocks[i]
		isBody := b.label.Class() == Body
		switch {
		case b.el >= 0 && c.remove != nil && c.remove[b.el]:
			b.label, b.reason = Boilerplate, "site:remove"
			continue
		case b.el < 0 || c.body == nil:
		case !c.body[b.el] && isBody:
			b.label, b.reason = Boilerplate, "site:body"
		case c.body[b.el] && b.label == Boilerplate && b.reason == "model" && b.score >= siteScore:
			b.label, b.reason = bodyLabel(b), "site:body"
		}
		if len(c.phrases) == 0 {
			continue
		}
		folded := strings.ToLower(fold(b.text))
		for _, p := range c.phrases {
			if p.match.MatchString(folded) {
				b.label, b.reason = p.label, p.id
				break
			}
		}
	}
}

// recover takes the body from the page's data where the page shows little or nothing of it.
func (f *featurizer) recover(ev *evidence) {
	d := f.d
	shown := 0
	for i := range d.blocks {
		if d.blocks[i].label.Class() == Body {
			shown += len(d.blocks[i].text)
		}
	}
	var bodies []statedBody
	if shown < 2*minStated {
		bodies = ev.bodies() // reads the embedded state too
	} else if f.hasBody {
		bodies = ev.ld.bodies()
	}
	for _, s := range bodies {
		size := 0
		for _, p := range s.paragraphs {
			size += len(p)
		}
		if size < minStated || float64(shown) >= statedShare*float64(size) || !s.titled && shown > 0 {
			continue
		}
		for i := range d.blocks {
			if b := &d.blocks[i]; b.label.Class() == Body {
				b.label, b.reason = Boilerplate, "instead:"+s.source
			}
		}
		for _, p := range s.paragraphs {
			d.blocks = append(d.blocks, block{text: p, el: -1, figure: -1, kind: paragraphBlock, chars: len([]rune(p)), label: Paragraph, reason: s.source, score: 1})
		}
		return
	}
}

func (d *document) inside(el, ancestor int32) bool {
	for ; el >= 0; el = d.elements[el].parent {
		if el == ancestor {
			return true
		}
	}
	return false
}

func (d *document) insideTag(el int32, tags ...atom.Atom) bool {
	for ; el >= 0; el = d.elements[el].parent {
		for _, t := range tags {
			if d.elements[el].tag == t {
				return true
			}
		}
	}
	return false
}

// path names the block's place in the tree: "article>div.content>p".
func (d *document) path(el int32) string {
	var parts []string
	for ; el >= 0 && len(parts) < 5; el = d.elements[el].parent {
		n := d.elements[el].node
		part := n.Data
		if c := strings.Fields(attr(n, "class")); len(c) > 0 {
			part += "." + c[0]
		}
		parts = append(parts, part)
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ">")
}

package cleaner

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
)

// How sure the cleaner is of a text: the probability that it is right, by what the decoder knows of the page once every block
// has its label. A model is learned from pages that the labeller had not seen, so that its scores were as unsure as they
// are on a stranger's page (see cmd/newsmill-train). None of the numbers is a word of a language or an address.

// Doubtful is the confidence below which a text is likelier wrong than right.
const Doubtful = 0.5

// ConfidenceModel tells by the numbers of a page how probably its text is right.
type ConfidenceModel struct {
	pages, lines calibrated
}

// calibrated is a forest for one form of input.
type calibrated struct {
	forest  forest
	knots   []knot    // rising in both; what the sum of leaves means is between them
	typical []float32 // the median of each number on pages with the right text
}

// knot is a point of the calibration.
type knot struct{ Sum, Probability float32 }

const confidenceMagic = "newsmill confidence 1\n"

//go:embed confidence.bin
var builtInConfidence []byte

var defaultConfidence = sync.OnceValue(func() *ConfidenceModel {
	m, err := ReadConfidenceModel(bytes.NewReader(builtInConfidence))
	if err != nil {
		panic(err) // an embedded file: a test reads it
	}
	return m
})

// ReadConfidenceModel reads a model as cmd/newsmill-train writes it.
func ReadConfidenceModel(r io.Reader) (*ConfidenceModel, error) {
	magic := make([]byte, len(confidenceMagic))
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != confidenceMagic {
		return nil, errors.New("not a model of confidence: train one with newsmill-train -confidence")
	}
	m := &ConfidenceModel{}
	for _, j := range []*calibrated{&m.pages, &m.lines} {
		if err := j.read(r); err != nil {
			return nil, fmt.Errorf("model of confidence: %w", err)
		}
	}
	return m, nil
}

const maxKnots = 1000

func (j *calibrated) read(r io.Reader) error {
	var head struct{ Features, Knots uint32 }
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil {
		return err
	}
	if names, _ := certaintyOf(&document{}, &Article{}).numbers(true); int(head.Features) != len(names) {
		return fmt.Errorf("it has %d features, this program %d: train it again", head.Features, len(names))
	}
	if head.Knots < 2 || head.Knots > maxKnots {
		return fmt.Errorf("%d points of calibration", head.Knots)
	}
	j.knots, j.typical = make([]knot, head.Knots), make([]float32, head.Features)
	if err := binary.Read(r, binary.LittleEndian, j.knots); err != nil {
		return err
	}
	if err := binary.Read(r, binary.LittleEndian, j.typical); err != nil {
		return err
	}
	var err error
	j.forest, err = readForest(r)
	return err
}

// probability is the calibrated word of the forest.
func (j *calibrated) probability(x []float32) float64 {
	sum := float32(0)
	for i := range j.forest {
		sum += j.forest[i].value(x)
	}
	k := j.knots
	if len(k) == 0 {
		return 0 // never trained
	}
	at, _ := slices.BinarySearchFunc(k, sum, func(k knot, sum float32) int {
		if k.Sum < sum {
			return -1
		}
		return 1
	})
	switch at {
	case 0:
		return float64(k[0].Probability)
	case len(k):
		return float64(k[len(k)-1].Probability)
	}
	low, high := k[at-1], k[at]
	return float64(low.Probability + (high.Probability-low.Probability)*(sum-low.Sum)/(high.Sum-low.Sum))
}

// certainty is what is known of a page once its blocks have labels.
type certainty struct {
	d *document
	a *Article
	m []measure   // by block; blocks that the page's data gave have none
	f *featurizer // nil: plain text

	kept   []bool    // by block: it is body
	gain   []float64 // by block, the sum of (score - 0.5) * characters of those before it
	prose  []float64 // the same of characters of prose
	body   []float64 // the same of characters that are kept
	both   []float64 // the same of characters of prose that are kept
	chars  float64   // that are kept
	first  int       // kept block; -1: none
	last   int
	about  []vocabulary // by element, what it and those around it are called
	best   int32        // element with the greatest gain; -1: none
	second int32        // that of those apart from it
	page   []float32    // what the model of page types sees
}

func certaintyOf(d *document, a *Article) *certainty {
	c := &certainty{d: d, a: a, m: d.measures, f: d.features, first: -1, last: -1, best: -1, second: -1}
	n := len(d.blocks)
	c.kept = make([]bool, n)
	sums := make([]float64, 4*(n+1))
	c.gain, c.prose, c.body, c.both = sums[:n+1], sums[n+1:2*(n+1)], sums[2*(n+1):3*(n+1)], sums[3*(n+1):]
	for i := range d.blocks {
		b := &d.blocks[i]
		chars := float64(b.chars)
		c.gain[i+1], c.prose[i+1], c.body[i+1], c.both[i+1] = c.gain[i]+(b.score-0.5)*chars, c.prose[i], c.body[i], c.both[i]
		isProse := c.isProse(i)
		if isProse {
			c.prose[i+1] += chars
		}
		if b.label.Class() != Body {
			continue
		}
		c.kept[i] = true
		c.body[i+1] += chars
		if isProse {
			c.both[i+1] += chars
		}
		if c.first < 0 {
			c.first = i
		}
		c.last = i
	}
	c.chars = c.body[n]
	if c.f != nil {
		c.findRegions()
	}
	return c
}

// isProse reports whether block i reads as running text.
func (c *certainty) isProse(i int) bool {
	return i < len(c.m) && c.m[i].prose(&c.d.blocks[i])
}

// findRegions finds the element whose blocks are likeliest body, all in all, and the next best apart from it.
func (c *certainty) findRegions() {
	d := c.d
	c.about = make([]vocabulary, len(d.elements))
	most := 0.0
	for i := range d.elements {
		e := d.element(int32(i))
		c.about[i] = e.words
		if e.parent >= 0 {
			c.about[i] |= c.about[e.parent]
		}
		if gain := c.gainOf(int32(i)); gain > 0 && gain >= most { // of those with the same blocks the innermost
			most, c.best = gain, int32(i)
		}
	}
	if c.best < 0 {
		return
	}
	best := d.element(c.best)
	most = 0
	for i := range d.elements {
		e := d.element(int32(i))
		if e.endBlock > best.firstBlock && e.firstBlock < best.endBlock {
			continue
		}
		if gain := c.gainOf(int32(i)); gain > most {
			most, c.second = gain, int32(i)
		}
	}
}

func (c *certainty) gainOf(el int32) float64 { return c.within(c.gain, el) }

// within returns the part of a sum over blocks that an element holds; 0 for none.
func (c *certainty) within(sums []float64, el int32) float64 {
	if el < 0 {
		return 0
	}
	e := c.d.element(el)
	return sums[e.endBlock] - sums[e.firstBlock]
}

// numbers returns what the model sees, with names where they are wanted.
func (c *certainty) numbers(named bool) ([]string, []float32) {
	p := &pageFeatures{values: make([]float32, 0, 128)}
	if named {
		p.names = []string{}
	}
	c.amounts(p)
	c.scores(p)
	c.stability(p)
	c.runs(p)
	c.edges(p)
	c.regions(p)
	c.stated(p)
	c.kinds(p)
	c.words(p)
	c.text(p)
	return p.names, p.values
}

// share is a part of a whole; 0 of nothing.
func share(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return part / whole
}

// ratio is a part of a whole that it may exceed by far.
func ratio(part, whole float64) float64 { return min(share(part, whole), 20) }

// overlap is the F1 of two sets of characters by their sizes and what they have in common.
func overlap(common, one, other float64) float64 { return share(2*common, one+other) }

func (c *certainty) amounts(p *pageFeatures) {
	n := len(c.d.blocks)
	all, keptBlocks, weight := 0, 0, 0
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		all += b.chars
		if c.kept[i] {
			keptBlocks++
			weight += b.weight()
		}
	}
	p.log("chars", weight)
	p.log("words", c.a.WordCount)
	p.log("page_chars", all)
	p.add("kept_share", share(c.chars, float64(all)))
	p.log("blocks", n)
	p.log("kept_blocks", keptBlocks)
	p.add("kept_mean", share(float64(weight), float64(keptBlocks)))
	p.log("elements", len(c.d.elements))
	p.add("prose_kept", share(c.both[n], c.prose[n]))
	p.add("kept_prose", share(c.both[n], c.chars))
}

// unsure is where a score is no answer.
const unsureLow, unsureHigh = 0.2, 0.8

func (c *certainty) scores(p *pageFeatures) {
	var right, missed, unsure, keptUnsure, below90, below98, overruled, lifted, logit, doubtful, strippedMost, strippedUnsure, entropy float64
	least, near := 1.0, 0
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		chars, s := float64(b.chars), b.score
		class := b.label.Class()
		isUnsure := s > unsureLow && s < unsureHigh
		if isUnsure {
			unsure += chars
			near++
		}
		entropy += chars * s * (1 - s)
		switch {
		case c.kept[i]:
			right += s * chars
			least = min(least, s)
			if isUnsure {
				keptUnsure += chars
			}
			if s < 0.9 {
				below90 += chars
			}
			if s < 0.98 {
				below98 += chars
			}
			if s < bodyScore {
				lifted += chars
			}
			q := min(max(s, 0.001), 0.999)
			logit += chars * math.Log(q/(1-q))
		case class == Noise:
			missed += s * chars
			if s >= bodyScore {
				overruled += chars
			}
			if s > 0.1 {
				doubtful += chars
			}
			if isUnsure {
				strippedUnsure += chars
			}
			strippedMost = max(strippedMost, s*chars)
		}
	}
	p.add("precision", share(right, c.chars))
	p.add("recall", share(right, right+missed))
	p.add("f1", overlap(right, c.chars, right+missed))
	p.add("unsure", ratio(unsure, c.chars))
	p.log("unsure_blocks", near)
	p.add("kept_unsure", share(keptUnsure, c.chars))
	p.add("stripped_unsure", ratio(strippedUnsure, c.chars))
	p.add("below_90", share(below90, c.chars))
	p.add("below_98", share(below98, c.chars))
	p.add("least", least)
	p.add("lifted", share(lifted, c.chars))
	p.add("overruled", ratio(overruled, c.chars))
	p.add("doubtful", ratio(doubtful, c.chars))
	p.add("stripped_most", ratio(strippedMost, c.chars))
	p.add("logit", share(logit, c.chars))
	p.add("entropy", ratio(entropy, c.chars))
}

// stability is how much the text would differ with another threshold.
func (c *certainty) stability(p *pageFeatures) {
	var size, common [len(cuts)]float64 // of blocks between a threshold and the next
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		k := -1
		for k+1 < len(cuts) && b.score >= cuts[k+1].score {
			k++
		}
		if k < 0 || b.label.Class() == Metadata {
			continue
		}
		size[k] += float64(b.chars)
		if c.kept[i] {
			common[k] += float64(b.chars)
		}
	}
	for k := len(cuts) - 2; k >= 0; k-- {
		size[k] += size[k+1]
		common[k] += common[k+1]
	}
	for k := range cuts {
		p.add(cuts[k].name, overlap(common[k], size[k], c.chars))
	}
}

// cuts are other thresholds than those of decide.go.
var cuts = [...]struct {
	score float64
	name  string
}{{0.1, "at_0.10"}, {0.25, "at_0.25"}, {0.4, "at_0.40"}, {0.6, "at_0.60"}, {0.75, "at_0.75"}, {0.9, "at_0.90"}}

// runs are the kept blocks without a stripped one between them, and what lies between the runs.
func (c *certainty) runs(p *pageFeatures) {
	var runs, wideGaps int
	var longest, weakest, weak, gapMost, gapProse, gapLinks float64
	var strippedRun, strippedScore float64 // the longest run of stripped prose
	var prose, score, gapBlocks, gap float64
	weakest = 1
	at := -1
	end := func(i int) { // the run of kept blocks from at to i ends
		chars := c.body[i] - c.body[at]
		mean := 0.5 + share(c.gain[i]-c.gain[at], chars)
		longest = max(longest, chars)
		if chars >= 0.03*c.chars {
			weakest = min(weakest, mean)
		}
		if mean < 0.75 {
			weak += chars
		}
		runs++
		at = -1
	}
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		chars := float64(b.chars)
		if c.kept[i] {
			if at < 0 {
				at = i
				if i > c.first {
					gapMost = max(gapMost, gap)
					if gapBlocks >= 5 {
						wideGaps++
					}
				}
			}
			gap, gapBlocks, prose, score = 0, 0, 0, 0
			continue
		}
		if at >= 0 {
			end(i)
		}
		gap += chars
		gapBlocks++
		inside := i > c.first && i < c.last
		if inside {
			gapLinks += float64(b.linkChars)
		}
		if c.isProse(i) {
			prose += chars
			score += chars * b.score
			if prose > strippedRun {
				strippedRun, strippedScore = prose, score/prose
			}
			if inside {
				gapProse += chars
			}
		}
	}
	if at >= 0 {
		end(len(c.d.blocks))
	}
	p.log("runs", runs)
	p.log("wide_gaps", wideGaps)
	p.add("longest_run", share(longest, c.chars))
	p.add("weakest_run", weakest)
	p.add("weak_runs", share(weak, c.chars))
	p.add("gap_most", ratio(gapMost, c.chars))
	p.add("gap_prose", ratio(gapProse, c.chars))
	p.add("gap_links", ratio(gapLinks, c.chars))
	p.add("stripped_run", ratio(strippedRun, c.chars))
	p.log("stripped_run_chars", int(strippedRun))
	p.add("stripped_run_score", strippedScore)
}

// edgeReach is how many blocks on each side of the first and last kept ones count for how sharp the text's ends are.
const edgeReach = 5

// edges are where the text begins and ends.
func (c *certainty) edges(p *pageFeatures) {
	n := len(c.d.blocks)
	most := func(from, to int) (score float64) {
		for i := max(0, from); i < min(n, to); i++ {
			if c.d.blocks[i].label.Class() == Noise {
				score = max(score, c.d.blocks[i].score)
			}
		}
		return score
	}
	mean := func(from, to int) float64 {
		from, to = max(0, from), min(n, to)
		score, blocks := 0.0, 0.0
		for i := from; i < to; i++ {
			if c.kept[i] {
				score += c.d.blocks[i].score
				blocks++
			}
		}
		return share(score, blocks)
	}
	if c.first < 0 {
		for _, name := range [...]string{"before_score", "after_score", "first_score", "last_score", "first_three", "last_three", "prose_before", "prose_after", "first_at", "last_at", "from_title", "title_after", "begins", "ends"} {
			p.add(name, -1)
		}
		return
	}
	p.add("before_score", most(c.first-edgeReach, c.first))
	p.add("after_score", most(c.last+1, c.last+1+edgeReach))
	p.add("first_score", c.d.blocks[c.first].score)
	p.add("last_score", c.d.blocks[c.last].score)
	p.add("first_three", mean(c.first, c.first+3))
	p.add("last_three", mean(c.last-2, c.last+1))
	p.add("prose_before", ratio(c.prose[c.first], c.chars))
	p.add("prose_after", ratio(c.prose[n]-c.prose[c.last+1], c.chars))
	p.add("first_at", share(float64(c.first), float64(n)))
	p.add("last_at", share(float64(c.last), float64(n)))
	away, after := 100.0, 0.0
	if c.f != nil && c.f.h1 >= 0 {
		away = max(-100, min(100, float64(c.first-c.f.h1)))
		if c.f.h1 > c.first {
			after = share(c.body[min(n, c.f.h1)], c.chars)
		}
	}
	p.add("from_title", away)
	p.add("title_after", after)
	begins, ends := 0.0, 0.0
	if c.first < len(c.m) {
		begins = float64(c.m[c.first].first)
	}
	if c.last < len(c.m) && c.m[c.last].ended {
		ends = 1
	}
	p.add("begins", begins)
	p.add("ends", ends)
}

// regions compare what was taken with what a choice of one element would have taken.
func (c *certainty) regions(p *pageFeatures) {
	gain := c.gainOf(c.best)
	p.add("second_gain", share(c.gainOf(c.second), gain))
	p.add("second_kept", share(c.within(c.body, c.second), c.chars))
	p.add("outside_best", share(c.chars-c.within(c.body, c.best), c.chars))
	p.add("missing_in_best", ratio(c.within(c.prose, c.best)-c.within(c.both, c.best), c.chars))
	p.add("gain", share(gain, c.chars))
	all := len(c.d.blocks)
	pick := int32(-1)
	if c.f != nil {
		pick = c.f.best
	}
	prose := c.within(c.prose, pick)
	p.add("pick_f1", overlap(c.within(c.both, pick), c.both[all], prose))
	p.add("pick_more", ratio(prose-c.within(c.both, pick), c.chars))
	p.add("pick_less", share(c.both[all]-c.within(c.both, pick), c.chars))
	p.add("pick_links", c.linkedIn(pick))
	// The element right around the paragraphs that has most of the kept text.
	parents := map[int32]float64{}
	signed := map[*signature]float64{}
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		if !c.kept[i] || b.el < 0 || c.f == nil {
			continue
		}
		parents[c.d.element(b.el).parent] += float64(b.chars)
		if i < len(c.f.blockSig) {
			signed[c.f.blockSig[i]] += float64(b.chars)
		}
	}
	parent, most := int32(-1), 0.0
	for el, chars := range parents {
		if chars > most || chars == most && el < parent {
			parent, most = el, chars
		}
	}
	p.add("parent", share(most, c.chars))
	p.log("parents", len(parents))
	p.add("parent_missing", ratio(c.within(c.prose, parent)-c.within(c.both, parent), c.chars))
	most = 0
	for _, chars := range signed {
		most = max(most, chars)
	}
	p.add("alike", share(most, c.chars))
	home, articles, titles := 0.0, 0, 0
	if c.f != nil {
		home = c.within(c.body, c.f.home)
		seen := map[int32]bool{}
		for i := range c.d.blocks {
			b := &c.d.blocks[i]
			if c.kept[i] && b.el >= 0 && !seen[c.f.articles[b.el]] {
				seen[c.f.articles[b.el]] = true
				articles++
			}
		}
		if c.first >= 0 && c.last < len(c.f.h1s) {
			titles = int(c.f.h1s[c.last] - c.f.h1s[c.first])
		}
	}
	p.add("home", share(home, c.chars))
	p.log("articles", articles)
	p.log("titles_inside", titles)
}

// linkedIn is the share of an element's characters that are links.
func (c *certainty) linkedIn(el int32) float64 {
	if el < 0 {
		return 0
	}
	t := &c.f.tree[el]
	return share(float64(t.linkChars), float64(t.chars))
}

// stated is how far the text agrees with what the page says of it elsewhere.
func (c *certainty) stated(p *pageFeatures) {
	var kept, missing, described, describedAway, bodyLen, titled float64
	for i := range c.m {
		m, chars := &c.m[i], float64(c.d.blocks[i].chars)
		if c.kept[i] {
			kept += float64(m.stated) * chars
			described = max(described, float64(m.described))
			titled = max(titled, float64(m.titled*m.titleShare))
		} else {
			missing += float64(m.stated) * chars
			describedAway = max(describedAway, float64(m.described))
		}
	}
	has := c.f != nil && c.f.hasBody
	if has {
		bodyLen = float64(c.f.bodyLen)
	}
	p.is("has_body", has)
	p.add("stated", share(kept, c.chars))
	p.add("stated_missing", ratio(missing, c.chars))
	p.add("body_len", ratio(bodyLen, c.chars))
	p.add("described", described)
	p.add("described_away", describedAway)
	p.add("titled", titled)
	recovered := 0.0
	for i := len(c.m); i < len(c.d.blocks); i++ {
		if c.kept[i] {
			recovered += float64(c.d.blocks[i].chars)
		}
	}
	p.add("recovered", share(recovered, c.chars))
	p.log("authors", len(c.a.Authors))
	p.is("dated", !c.a.PublishedAt.IsZero())
	p.is("paywalled", c.a.Paywall.Closed)
}

func (c *certainty) kinds(p *pageFeatures) {
	article, claims, h1 := 0.0, 0.0, false
	if c.f != nil {
		article, claims, h1 = c.f.article, float64(c.f.claims), c.f.h1 >= 0
	}
	p.add("article", article)
	p.add("claims", claims)
	p.is("h1", h1)
	p.is("is_article", c.a.IsArticle)
	for _, kind := range kindNumbers {
		p.is(kind.name, c.a.PageType == kind.kind)
	}
}

// kindNumbers are the kinds of page that the model tells apart.
var kindNumbers = [...]struct {
	kind PageType
	name string
}{
	{PageArticle, "kind_article"},
	{PageLiveBlog, "kind_live_blog"},
	{PageGallery, "kind_gallery"},
	{PageVideo, "kind_video"},
	{PageListing, "kind_listing"},
	{PageHome, "kind_home"},
	{PageStub, "kind_stub"},
}

// doubtfulWords are subjects of classes whose elements an article's text seldom stands in.
var doubtfulWords = [...]struct {
	about          vocabulary
	name           string // of what speaks against the text; "": it does not
	kept, stripped string
}{
	{aboutComment, "comments", "kept_comments", "stripped_comments"},
	{aboutRelated | aboutPopular | aboutTeaser | aboutPromo, "related articles", "kept_related", "stripped_related"},
	{aboutHidden | aboutPopup, "popups", "kept_popups", "stripped_popups"},
	{aboutSidebar | aboutNav | aboutFooter, "sidebars", "kept_sidebars", "stripped_sidebars"},
	{aboutProduct, "products", "kept_products", "stripped_products"},
	{aboutList, "", "kept_lists", "stripped_lists"},
	{aboutBody | aboutText, "", "kept_body", "stripped_body"},
}

// words are what the elements around kept and stripped prose are called.
func (c *certainty) words(p *pageFeatures) {
	var kept, stripped [len(doubtfulWords)]float64
	var aside, table, list, quote, hidden float64
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		if b.el < 0 || c.f == nil {
			continue
		}
		chars, words := float64(b.chars), c.about[b.el]|b.wrap
		for k := range doubtfulWords {
			if words&doubtfulWords[k].about == 0 {
				continue
			}
			if c.kept[i] {
				kept[k] += chars
			} else if c.isProse(i) {
				stripped[k] += chars
			}
		}
		if !c.kept[i] {
			continue
		}
		flags := c.d.element(b.el).flags
		for _, part := range [...]struct {
			flags elementFlags
			sum   *float64
		}{{inAside | inNav | inFooter | inForm, &aside}, {inTable, &table}, {inList, &list}, {inQuote, &quote}, {hiddenElement | noscriptElement, &hidden}} {
			if flags&part.flags != 0 {
				*part.sum += chars
			}
		}
	}
	for k := range doubtfulWords {
		p.add(doubtfulWords[k].kept, share(kept[k], c.chars))
		p.add(doubtfulWords[k].stripped, ratio(stripped[k], c.chars))
	}
	p.add("aside", share(aside, c.chars))
	p.add("table", share(table, c.chars))
	p.add("in_list", share(list, c.chars))
	p.add("in_quote", share(quote, c.chars))
	p.add("hidden", share(hidden, c.chars))
}

// text is what the kept text itself looks like.
func (c *certainty) text(p *pageFeatures) {
	var links, bold, echoed, ended, short, digits, cjk, letters, upper, wide float64
	var headings, items, cells, paras, phrases, dates, questions, same, linked int
	longest := 0.0
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		if !c.kept[i] {
			continue
		}
		chars := float64(b.chars)
		links += float64(b.linkChars)
		bold += float64(b.boldChars)
		longest = max(longest, chars)
		switch b.kind {
		case headingBlock:
			headings++
		case itemBlock:
			items++
		case cellBlock:
			cells++
		}
		if b.linkChars*2 > b.chars {
			linked++
		}
		if i >= len(c.m) {
			continue
		}
		m := &c.m[i]
		echoed += float64(m.echoed) * chars
		if m.ended {
			ended += chars
		}
		if m.words < 8 {
			short++
		}
		if m.prose(b) {
			paras++
		}
		if m.rule != nil {
			phrases++
		}
		if m.isDated(b) || m.phrase == Date || m.phrase == Byline {
			dates++
		}
		if m.same > 1 {
			same++
		}
		questions += int(m.quotes)
		digits += float64(m.digits)
		cjk += float64(m.cjk)
		letters += float64(m.letters)
		upper += float64(m.upper)
		wide += float64(len(b.text))
	}
	p.add("links", share(links, c.chars))
	p.add("bold", share(bold, c.chars))
	p.add("echoed", share(echoed, c.chars))
	p.add("ended", share(ended, c.chars))
	p.log("short", int(short))
	p.add("digits", share(digits, letters+digits))
	p.add("cjk", share(cjk, letters))
	p.add("upper", share(upper, letters))
	p.add("wide", share(wide, c.chars))
	p.add("longest", share(longest, c.chars))
	p.log("headings", headings)
	p.log("items", items)
	p.log("cells", cells)
	p.log("paras", paras)
	p.log("phrases", phrases)
	p.log("dates", dates)
	p.log("same", same)
	p.log("quotes", questions)
	p.log("linked", linked)
}

// judged is what an article's confidence was told by.
type judged struct {
	by                 *calibrated
	numbers            []float32
	isLines            bool
	best, second, pick string // elements, as "div.comments"; "": none
}

// judge fills in how probably the article's text is right.
func judge(r *Result, d *document, opt Options) {
	model := opt.Confidence
	if model == nil {
		model = defaultConfidence()
	}
	c := certaintyOf(d, &r.Article)
	j := judged{by: model.of(d.lines), isLines: d.lines, best: d.elementName(c.best), second: d.elementName(c.second)}
	if d.features != nil {
		j.pick = d.elementName(d.features.best)
	}
	_, j.numbers = c.numbers(false)
	r.judged = j
	r.Article.Confidence = math.Round(1000*j.by.probability(j.numbers)) / 1000
}

// elementName is the last step of an element's path: "div.comments"; "" for none.
func (d *document) elementName(el int32) string {
	if el < 0 {
		return ""
	}
	e := d.element(el)
	if e.class == "" {
		return cut(e.node.Data, maxNameBytes)
	}
	return cut(e.node.Data, maxNameBytes) + "." + cut(e.class, maxNameBytes)
}

// of is the part of a model for pages or for plain text.
func (m *ConfidenceModel) of(lines bool) *calibrated {
	if lines {
		return &m.lines
	}
	return &m.pages
}

// ConfidenceSample returns the article of a page, without a confidence, and the numbers that its model sees, for training.
func ConfidenceSample(p Page, opt Options) (a *Article, names []string, values []float32, err error) {
	opt.Confidence = &ConfidenceModel{} // the built-in one may know other numbers
	r, err := Clean(p, opt)
	if err != nil {
		return nil, nil, nil, err
	}
	names, _ = certaintyOf(&document{}, &Article{}).numbers(true)
	return &r.Article, names, r.judged.numbers, nil
}

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
	"strings"
	"sync"

	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
	"newsmill/cleaner/forest"
)

// A block's own score does not know what the page is taken for: comments below a short post, a second article, a form's terms look like
// prose each, and the paragraphs of an odd page stay under the threshold together. So a page is read in several ways: as labelled; one
// element of it alone, or without one; up to a gap, or from there on. A second model, learned on pages that the first had not seen, says
// of each reading how much better it would be than the labels (shingle F1), and the best one stands.

// reading is a choice of blocks to be the body.
type reading struct {
	keep []bool // by block
	ways wayBits
}

// wayBits tell how a reading was found; several ways may lead to the same.
type wayBits uint32

// way is one way to read a page.
type way uint8

const (
	asLabelled way = iota
	inRegion       // what is labelled body in an element
	ofRegion       // and what may be
	inParent       // of most paragraphs: what is labelled body
	ofParent       // and what may be
	without        // an element
	upTo           // a gap
	from           // a gap on
	filled         // up between the first and last block
	withWhole      // list or table
	wayCount
)

const trainingOnly way = 31 // a bit that is no feature

const readingReason = "reading"

const (
	readingGain  = 0.015 // of shingle F1, that a reading must promise to be taken in place of the labels
	readingsMax  = 40    // of a page
	plainBody    = 0.7   // score of a block that is surely body
	exactness    = 1e-4  // of sums in another order
	leastChange  = 0.02  // of the characters labelled body: less cannot gain as much
	regionsTried = 6     // elements, for each bound on the score
	parentsTried = 4
	branchesCut  = 5
	gapsCut      = 3
	wholesTried  = 3
	surelyNot    = 0.03 // scores of blocks that left the forest early, whose sum says no more than their side
	surelyBody   = 0.97
	looseScore   = 0.15 // of a block that may be body in a region
	looseProse   = 80   // characters of a paragraph that may, with whatever score
)

//go:embed reading.bin
var builtInReadings []byte

var defaultReadingModel = sync.OnceValue(func() *ReadingModel {
	m, err := ReadReadingModel(bytes.NewReader(builtInReadings))
	if err != nil {
		panic(err) // an embedded file: a test reads it
	}
	return m
})

// ReadingModel tells how much better a reading of a page is than its labels. The built-in one is trained by cmd/newsmill-train.
type ReadingModel struct{ forest forest.Forest }

const readingMagic = "newsmill readings 1\n"

// ReadReadingModel reads a model as cmd/newsmill-train writes it.
func ReadReadingModel(r io.Reader) (*ReadingModel, error) {
	if !forest.Begins(r, readingMagic) {
		return nil, errors.New("not a newsmill model of readings: train one with newsmill-train -readings")
	}
	var features uint16
	if err := binary.Read(r, binary.LittleEndian, &features); err != nil {
		return nil, fmt.Errorf("model of readings: %w", err)
	}
	if features != uint16(readingFeatures) {
		return nil, fmt.Errorf("model of readings has %d features, this program %d: train it again", features, readingFeatures)
	}
	m := &ReadingModel{}
	var err error
	if m.forest, err = forest.Read(r); err != nil {
		return nil, fmt.Errorf("model of readings: %w", err)
	}
	return m, nil
}

// read gives the blocks the labels of the best reading of the page.
func (f *featurizer) read(m *ReadingModel) {
	if m == nil {
		m = defaultReadingModel()
	}
	r := newReader(f, false)
	if len(r.readings) < 2 {
		return
	}
	best, most, x := 0, float32(math.Inf(-1)), make([]float32, readingFeatures)
	for i := range r.readings {
		clear(x)
		r.row(i, x)
		gain := m.forest.Sum(x, most-exactness) // of shingle F1, over the labels
		if i == 0 {
			most = gain + readingGain
		} else if gain > most {
			best, most = i, gain
		}
	}
	for i, keep := range r.readings[best].keep {
		b := &f.d.blocks[i]
		switch {
		case keep == (b.label.Class() == article.Body):
		case keep:
			b.label, b.reason = f.bodyLabel(i), readingReason
		default:
			b.label, b.reason = f.noiseLabel(i), readingReason
		}
	}
}

// channels are numbers of a block, 0 to 1, whose means over the blocks of a reading say what it is made of.
const (
	chSoft = iota
	chLink
	chEnded
	chProse
	chStated
	chAgain
	chPhrase
	chApart
	chHeading
	chItem
	chCell
	chCaption
	chDigits
	chHome
	chOther
	chBest
	chBold
	chFlags
	chWords      = chFlags + len(readingFlags)
	channelCount = chWords + len(readingWords)
)

var readingFlags = [...]elementFlags{hiddenElement, noscriptElement, inForm, inNav, inAside, inFooter, inHeader, inArticle, inMain, isArticleBody}

var readingWords = [...]vocabulary{
	aboutArticle | aboutBody | aboutText, aboutPost, aboutRelated | aboutTeaser | aboutPopular, aboutPromo | aboutAd, aboutNewsletter,
	aboutFooter, aboutSidebar, aboutComment, aboutConsent, aboutPaywall, aboutBox | aboutFacts, aboutPopup, aboutHidden, aboutForm,
	aboutBio | aboutAuthor, aboutLive, aboutProduct, aboutList,
}

// The features of a reading.
const (
	overallCount    = 24
	groupExtras     = 6
	groupFeatures   = groupExtras + channelCount
	groupsAt        = 2 * overallCount
	restAt          = groupsAt + 3*groupFeatures
	pageAt          = restAt + groupExtras
	pageCount       = 10
	waysAt          = pageAt + pageCount
	readingFeatures = waysAt + int(wayCount)
)

// reader holds the readings of one page and what their features are computed from.
type reader struct {
	f        *featurizer
	soft     []float32 // by block: its score, clipped where it left the forest early
	chars    []float32
	prose    []bool
	stays    []bool // a cell of a table of data that is kept, among or below the article's paragraphs
	mayAdd   []bool // it was the model that made it no body
	mayBe    []bool // and it might be
	channels [][channelCount]float32
	readings []reading
	isEmpty  bool    // nothing is labelled body
	nowChars float32 // that are labelled body
	spare    []bool  // of a reading that was there already
	hashes   map[uint64]int

	allSoft, allProse, allChars, margin float32
	labelled                            [overallCount]float32
	now, others                         group // of the labels: body, and not
}

// newReader reads the page in all ways, for training in some that are never taken, too: a model that has seen more of what may be wrong is surer.
func newReader(f *featurizer, isTraining bool) *reader {
	n := len(f.d.blocks)
	r := &reader{f: f, soft: make([]float32, n), chars: make([]float32, n), prose: make([]bool, n), mayAdd: make([]bool, n), mayBe: make([]bool, n), stays: make([]bool, n), hashes: map[uint64]int{}}
	r.readings = make([]reading, 0, readingsMax)
	if isTraining {
		r.readings = make([]reading, 0, 2*readingsMax)
	}
	now := make([]bool, n)
	for i := range f.d.blocks {
		now[i] = f.d.blocks[i].label.Class() == article.Body
	}
	r.isEmpty = !slices.Contains(now, true)
	for i := range f.d.blocks {
		b := &f.d.blocks[i]
		r.chars[i] = float32(b.chars)
		r.soft[i] = float32(b.score)
		if f.early[i] {
			r.soft[i] = surelyNot
			if b.score > 0.5 {
				r.soft[i] = surelyBody
			}
		}
		r.prose[i] = f.m[i].prose(b) || b.chars >= 60 && f.m[i].ended && 2*b.linkChars < b.chars
		isWord := b.kind == cellBlock && (b.label == article.Interface || b.label == article.Navigation) // "Name" heads a column
		r.mayAdd[i] = strings.HasPrefix(b.reason, "model") || isWord || b.reason == creditTailReason && r.isEmpty
		r.mayBe[i] = r.mayAdd[i] && (r.soft[i] >= looseScore || b.chars >= looseProse && 4*b.linkChars < b.chars)
		r.stays[i] = b.label == article.TableCell && b.reason == "model:alike" && f.firstP >= 0 && i > f.firstP
		if now[i] {
			r.nowChars += r.chars[i]
		}
		r.allChars += r.chars[i]
		r.allSoft += r.chars[i] * r.soft[i]
		r.margin += r.chars[i] * max(0, r.soft[i]-0.5)
		if r.prose[i] {
			r.allProse += r.chars[i]
		}
	}
	r.add(now, 0, asLabelled)
	if !isTraining && r.isPlain() {
		return r
	}
	r.find()
	if isTraining {
		r.findOthers()
	}
	if len(r.readings) > 1 {
		r.measure()
		for i, k := range r.readings[0].keep {
			if k {
				r.now.add(r, i)
			} else {
				r.others.add(r, i)
			}
		}
		r.overall(r.readings[0].keep, &r.labelled)
	}
	return r
}

// isPlain reports whether the labels leave nothing to read otherwise: nearly all of the body stands in one element, whose blocks the model
// is sure of, and nothing else may be any.
func (r *reader) isPlain() bool {
	d := r.f.d
	parent, doubt := int32(-2), float32(0)
	for i, k := range r.readings[0].keep {
		b := &d.blocks[i]
		switch {
		case k:
			if p := d.element(b.el).parent; parent == -2 {
				parent = p
			} else if p != parent {
				doubt += r.chars[i]
				continue
			}
			if r.soft[i] < plainBody {
				doubt += r.chars[i]
			}
		case r.mayBe[i]:
			doubt += r.chars[i]
		}
	}
	return !r.isEmpty && doubt < leastChange*r.nowChars
}

// add notes a reading, unless there is one that differs from the labels in the same blocks.
func (r *reader) add(keep []bool, differs uint64, w way) bool {
	if i, ok := r.hashes[differs]; ok {
		r.readings[i].ways |= 1 << w
		return false
	}
	if len(r.readings) == cap(r.readings) {
		return false
	}
	r.hashes[differs] = len(r.readings)
	r.readings = append(r.readings, reading{keep, 1 << w})
	return true
}

// make makes a reading block by block.
func (r *reader) make(w way, keep func(i int, now bool) bool) {
	r.makeOf(w, 0, len(r.chars), keep)
}

// makeOf makes a reading of the blocks [from, to).
func (r *reader) makeOf(w way, from, to int, keep func(i int, now bool) bool) {
	now := r.readings[0].keep
	mask := r.spare
	if mask == nil {
		mask = make([]bool, len(now))
	}
	hasSome := false // where nothing is labelled body, only what reads as text is some
	chars, hash := float32(0), uint64(0)
	for i := range mask {
		k := r.stays[i] || i >= from && i < to && keep(i, now[i])
		mask[i] = k
		hasSome = hasSome || k && (r.prose[i] || !r.isEmpty)
		if k != now[i] {
			chars += r.chars[i]
			hash += mixed(uint64(i))
		}
	}
	r.spare = mask
	if hasSome && chars >= leastChange*r.nowChars && r.add(mask, hash, w) {
		r.spare = nil
	}
}

// mixed is a number whose bits depend on all of another's, so that sums of some of them tell which (SplitMix64).
func mixed(n uint64) uint64 {
	n = (n + 1) * 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// find finds the readings.
func (r *reader) find() {
	d := r.f.d
	if len(d.elements) == 0 {
		return
	}
	r.findParents()
	var tried [][2]int
	for _, least := range [...]float32{0.3, 0.1, 0.5} {
		for _, el := range r.regions(least) {
			e := d.element(el)
			from, to := int(e.firstBlock), int(e.endBlock)
			if slices.Contains(tried, [2]int{from, to}) {
				continue
			}
			tried = append(tried, [2]int{from, to})
			r.makeOf(inRegion, from, to, func(_ int, now bool) bool { return now })
			r.makeOf(ofRegion, from, to, func(i int, now bool) bool { return now || r.mayBe[i] })
		}
	}
	r.findParts()
}

// findOthers reads the page with more and less than what is labelled body, everywhere and in further elements.
func (r *reader) findOthers() {
	d := r.f.d
	if len(d.elements) == 0 {
		return
	}
	for _, least := range [...]float32{0.1, 0.15, 0.25, 0.35, 0.65, 0.8} {
		r.make(trainingOnly, func(i int, now bool) bool {
			if r.mayAdd[i] {
				return r.soft[i] >= least
			}
			return now
		})
	}
	for _, least := range [...]float32{0.2, 0.4, 0.7} {
		for _, el := range r.regions(least) {
			e := d.element(el)
			from, to := int(e.firstBlock), int(e.endBlock)
			r.makeOf(trainingOnly, from, to, func(i int, now bool) bool { return now })
			r.makeOf(trainingOnly, from, to, func(i int, now bool) bool { return now || r.soft[i] >= least && r.mayAdd[i] })
			r.make(trainingOnly, func(i int, now bool) bool { return now && (i < from || i >= to) })
		}
	}
}

// findParents reads the elements that hold most paragraphs closely.
func (r *reader) findParents() {
	d := r.f.d
	weight := make([]float32, len(d.elements))
	var parents []int32
	add := func(el int32, chars float32) {
		if weight[el] == 0 {
			parents = append(parents, el)
		}
		weight[el] += chars
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.el < 0 || b.chars < 60 || 3*b.linkChars > b.chars {
			continue
		}
		p := d.element(b.el).parent
		if p < 0 {
			continue
		}
		add(p, r.chars[i])
		if above := d.element(p).parent; above >= 0 {
			add(above, r.chars[i]/2)
		}
	}
	slices.SortFunc(parents, func(a, b int32) int { return more(weight[a], weight[b], a, b) })
	for _, el := range parents[:min(len(parents), parentsTried)] {
		e := d.element(el)
		from, to := int(e.firstBlock), int(e.endBlock)
		r.makeOf(inParent, from, to, func(_ int, now bool) bool { return now })
		r.makeOf(ofParent, from, to, func(i int, now bool) bool {
			return now || r.mayAdd[i] && 2*d.blocks[i].linkChars < d.blocks[i].chars
		})
	}
}

// more orders by weight, the largest first, then by index.
func more(a, b float32, i, j int32) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return int(i - j)
}

// regions returns the elements with the largest sums of characters times score above a bound. Of elements of the same blocks it is the
// outermost.
func (r *reader) regions(least float32) []int32 {
	d := r.f.d
	sums := make([]float32, len(d.blocks)+1)
	for i := range d.blocks {
		sums[i+1] = sums[i] + r.chars[i]*(r.soft[i]-least)
	}
	score := func(el int32) float32 { e := d.element(el); return sums[e.endBlock] - sums[e.firstBlock] }
	var best []int32
	for el := range int32(len(d.elements)) {
		e := d.element(el)
		if s := score(el); s <= 0 || len(best) == regionsTried && s <= score(best[len(best)-1]) {
			continue
		}
		if p := e.parent; p >= 0 && d.element(p).firstBlock == e.firstBlock && d.element(p).endBlock == e.endBlock {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, el, func(a, b int32) int { return more(score(a), score(b), a, b) })
		best = slices.Insert(best, at, el)
		best = best[:min(len(best), regionsTried)]
	}
	return best
}

// findParts reads what is labelled body without one of the elements below all of it, up to and from its widest gaps, with the gaps
// filled, and with lists and tables as wholes.
func (r *reader) findParts() {
	d, now := r.f.d, r.readings[0].keep
	first, last := slices.Index(now, true), len(now)-1
	if first < 0 {
		return
	}
	for !now[last] {
		last--
	}
	all := d.holds(d.blocks[first].el, last)
	var branches []int32 // of the elements below all of it, those with much of the body
	weight := make([]float32, len(d.elements))
	type gap struct{ from, to, width int32 }
	var gaps []gap
	before := int32(first)
	for i := first; i <= last; i++ {
		if !now[i] {
			continue
		}
		if w := int32(i) - before; w > 1 {
			gaps = append(gaps, gap{before, int32(i), w})
		}
		before = int32(i)
		for el, level := d.blocks[i].el, 0; el >= 0 && el != all && level < maxAncestors; el, level = d.element(el).parent, level+1 {
			if weight[el] == 0 {
				branches = append(branches, el)
			}
			weight[el] += r.chars[i]
		}
	}
	whole := float32(0)
	for i, k := range now {
		if k {
			whole += r.chars[i]
		}
	}
	slices.SortFunc(branches, func(a, b int32) int { return more(weight[a], weight[b], a, b) })
	cut, lastCut := 0, [2]int32{-1, -1}
	for _, el := range branches {
		e := d.element(el)
		if weight[el] > 0.7*whole || [2]int32{e.firstBlock, e.endBlock} == lastCut {
			continue
		}
		if cut++; cut > branchesCut || weight[el] < 0.03*whole {
			break
		}
		lastCut = [2]int32{e.firstBlock, e.endBlock}
		r.make(without, func(i int, now bool) bool { return now && (i < int(e.firstBlock) || i >= int(e.endBlock)) })
	}
	slices.SortFunc(gaps, func(a, b gap) int { return int(b.width - a.width) })
	for _, g := range gaps[:min(len(gaps), gapsCut)] {
		r.makeOf(upTo, 0, int(g.from)+1, func(_ int, now bool) bool { return now })
		r.makeOf(from, int(g.to), len(now), func(_ int, now bool) bool { return now })
	}
	r.make(filled, func(i int, now bool) bool {
		return now || i > first && i < last && r.mayAdd[i] && 3*d.blocks[i].linkChars < d.blocks[i].chars
	})
	r.findWholes(all)
}

// findWholes reads what is labelled body with each of the largest lists and tables beside it.
func (r *reader) findWholes(all int32) {
	d, now := r.f.d, r.readings[0].keep
	type part struct {
		el    int32
		chars int32
	}
	var parts []part
	end := int32(0)
	for el := all; el >= 0 && el < int32(len(d.elements)); el++ {
		e := d.element(el)
		if e.firstBlock >= d.element(all).endBlock {
			break
		}
		switch e.tag {
		case atom.Ul, atom.Ol, atom.Dl, atom.Table:
		default:
			continue
		}
		if t := &r.f.tree[el]; e.firstBlock >= end && t.blocks >= minAlikeGroup && 2*t.linkChars < t.chars && !allKept(now[e.firstBlock:e.endBlock]) {
			parts = append(parts, part{el, t.chars})
			end = e.endBlock
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return int(b.chars - a.chars) })
	for _, p := range parts[:min(len(parts), wholesTried)] {
		e := d.element(p.el)
		r.make(withWhole, func(i int, now bool) bool {
			return now || i >= int(e.firstBlock) && i < int(e.endBlock) && r.mayAdd[i]
		})
	}
}

func allKept(keep []bool) bool { return !slices.Contains(keep, false) }

// holds returns the innermost element at or above el that holds a block, too.
func (d *document) holds(el int32, block int) int32 {
	for el >= 0 && int(d.element(el).endBlock) <= block && d.element(el).parent >= 0 {
		el = d.element(el).parent
	}
	return el
}

// measure fills in the channels of all blocks that readings differ in or keep.
func (r *reader) measure() {
	f, d := r.f, r.f.d
	words := make([]vocabulary, len(d.elements)) // of the elements at and above each but those with nearly all of the page
	for i := range d.elements {
		e := d.element(int32(i))
		if float32(f.tree[i].chars) < 0.9*r.allChars {
			words[i] = e.words
		}
		if e.parent >= 0 {
			words[i] |= words[e.parent]
		}
	}
	inBest := [2]int32{-1, -1}
	if f.best >= 0 {
		inBest = [2]int32{d.element(f.best).firstBlock, d.element(f.best).endBlock}
	}
	r.channels = make([][channelCount]float32, len(d.blocks))
	for i := range d.blocks {
		b, m, c := &d.blocks[i], &f.m[i], &r.channels[i]
		chars := max(1, r.chars[i])
		c[chSoft] = r.soft[i]
		c[chLink] = float32(b.linkChars) / chars
		c[chEnded] = truth(m.ended)
		c[chProse] = truth(r.prose[i])
		c[chStated] = m.stated
		c[chAgain] = m.again
		c[chPhrase] = truth(m.rule != nil && m.phrase.Class() != article.Body)
		c[chApart] = truth(b.label.Class() == article.Kept || b.label.Class() == article.Metadata)
		c[chHeading] = truth(b.kind == headingBlock)
		c[chItem] = truth(b.kind == itemBlock)
		c[chCell] = truth(b.kind == cellBlock)
		c[chCaption] = truth(b.kind == captionBlock || b.label == article.Caption)
		c[chDigits] = float32(m.digits) / chars
		c[chBest] = truth(int32(i) >= inBest[0] && int32(i) < inBest[1])
		c[chBold] = float32(b.boldChars) / chars
		if b.el < 0 {
			continue
		}
		if a := f.articles[b.el]; a >= 0 && f.home >= 0 {
			c[chHome], c[chOther] = truth(a == f.home), truth(a != f.home)
		}
		flags, about := d.element(b.el).flags, words[b.el]|b.wrap
		for k, bit := range readingFlags {
			c[chFlags+k] = truth(flags&bit != 0)
		}
		for k, bits := range readingWords {
			c[chWords+k] = truth(about&bits != 0)
		}
	}
}

// row fills in the features of a reading.
func (r *reader) row(at int, x []float32) {
	f := r.f
	keep, now := r.readings[at].keep, r.readings[0].keep
	var own [overallCount]float32
	r.overall(keep, &own)
	for i := range own {
		x[i], x[overallCount+i] = own[i], own[i]-r.labelled[i]
	}
	added, dropped := group{}, group{}
	kept, rest := r.now, r.others // of these the blocks that differ are taken, not all summed up again
	kept.most, rest.most = 0, 0
	for i, k := range keep {
		switch {
		case k && !now[i]:
			added.add(r, i)
			kept.most = max(kept.most, r.soft[i])
		case k:
			kept.most = max(kept.most, r.soft[i])
		case now[i]:
			dropped.add(r, i)
		default:
			rest.most = max(rest.most, r.soft[i])
		}
	}
	kept.take(&added, 1)
	kept.take(&dropped, -1)
	rest.take(&added, -1)
	for i, g := range [...]*group{&kept, &added, &dropped} {
		g.put(r, x[groupsAt+i*groupFeatures:])
	}
	rest.extras(r, x[restAt:])
	page := x[pageAt:]
	page[0] = f.claims
	page[1] = float32(f.article)
	page[2] = log(float32(len(keep)))
	page[3] = log(r.allChars)
	page[4] = r.allProse / max(1, r.allChars)
	page[5] = r.allSoft / max(1, r.allChars)
	page[6] = truth(f.hasBody)
	page[7] = min(4, f.bodyLen/max(1, r.allProse))
	page[8] = float32(len(r.readings))
	page[9] = f.cjk
	for w := range wayCount {
		x[waysAt+int(w)] = truth(r.readings[at].ways&(1<<w) != 0)
	}
}

// group sums up blocks of a reading.
type group struct {
	chars, prose, most float32
	blocks             int
	sums               [channelCount]float32
}

func (g *group) add(r *reader, i int) {
	w := r.chars[i]
	g.chars += w
	g.blocks++
	if r.prose[i] {
		g.prose += w
	}
	c := &r.channels[i]
	g.most = max(g.most, c[chSoft])
	for k := range g.sums {
		g.sums[k] += w * c[k]
	}
}

// take adds the sums of another group n times.
func (g *group) take(o *group, n float32) {
	g.chars, g.prose, g.blocks = g.chars+n*o.chars, g.prose+n*o.prose, g.blocks+int(n)*o.blocks
	if g.blocks == 0 {
		g.chars, g.prose = 0, 0
	}
	for k := range g.sums {
		g.sums[k] += n * o.sums[k]
	}
}

// extras fills in what a group has besides its channels.
func (g *group) extras(r *reader, x []float32) {
	x[0] = g.chars / max(1, r.allChars)
	x[1] = log(g.chars)
	x[2] = g.prose / max(1, r.allProse)
	x[3] = float32(g.blocks)
	x[4] = g.most
	x[5] = g.prose / max(1, g.chars)
}

func (g *group) put(r *reader, x []float32) {
	g.extras(r, x)
	for k, sum := range g.sums {
		x[groupExtras+k] = -1
		if g.chars > 0 {
			x[groupExtras+k] = sum / g.chars
		}
	}
}

// choice is what the blocks that a reading or a passage keeps come to, in characters and blocks.
type choice struct {
	chars, soft, prose, margin float32 // of the choice
	both, either, low          float32 // of it and the labels, of either, of its doubtful blocks
	least                      float32 // score
	first, last, blocks        int     // -1, -1, 0: none
	runs, widest               int     // of blocks in a row; of a step from one to the next
}

// choiceOf sums up the blocks that a choice keeps, beside what the labels keep.
func choiceOf(keep, now, prose []bool, chars, soft []float32) choice {
	t := choice{first: -1, last: -1}
	for i, k := range keep {
		if k && now[i] {
			t.both += chars[i]
		}
		if k || now[i] {
			t.either += chars[i]
		}
		if !k {
			continue
		}
		if t.blocks++; t.blocks == 1 {
			t.first, t.least, t.runs = i, soft[i], 1
		} else {
			t.least, t.widest = min(t.least, soft[i]), max(t.widest, i-t.last)
			if t.last != i-1 {
				t.runs++
			}
		}
		t.last = i
		t.chars += chars[i]
		t.soft += chars[i] * soft[i]
		t.margin += chars[i] * (soft[i] - 0.5)
		if soft[i] < 0.6 {
			t.low += chars[i]
		}
		if prose[i] {
			t.prose += chars[i]
		}
	}
	return t
}

// overall are the features of a reading as a whole, which are compared with those of the labels, too.
func (r *reader) overall(keep []bool, x *[overallCount]float32) {
	f, d := r.f, r.f.d
	t := choiceOf(keep, r.readings[0].keep, r.prose, r.chars, r.soft)
	precision, recall := t.soft/max(1, t.chars), t.soft/max(1, r.allSoft)
	x[0] = 2 * precision * recall / max(1e-6, precision+recall)
	x[1], x[2] = precision, recall
	x[3] = t.margin / max(1, r.margin)
	x[4] = t.both / max(1, t.either)
	x[5] = t.prose / max(1, r.allProse)
	x[6] = t.prose / max(1, t.chars)
	x[7] = log(t.chars)
	x[8] = -99
	if t.blocks == 0 {
		return
	}
	if f.h1 >= 0 {
		x[8] = clip(float32(t.first-f.h1), 99)
	}
	x[9] = float32(t.last - t.first + 1)
	x[10] = float32(t.blocks) / x[9]
	x[11] = float32(t.runs)
	x[12] = float32(t.widest)
	x[13] = t.least
	x[14] = t.low / max(1, t.chars)
	x[15] = truth(f.m[t.last].ended)
	x[16] = float32(t.blocks)
	if el := d.holds(d.blocks[t.first].el, t.last); el >= 0 {
		tree := &f.tree[el]
		x[17] = float32(tree.chars) / max(1, r.allChars)
		x[18] = t.chars / max(1, float32(tree.chars))
		x[19] = float32(tree.linkChars) / max(1, float32(tree.chars))
		x[20] = float32(d.element(el).depth)
		x[21] = float32(tree.paraChars) / max(1, float32(f.total.paraChars))
		x[22] = t.prose / max(1, float32(tree.paraChars))
		x[23] = truth(f.onBest[el]) - truth(f.h1 >= 0 && d.element(el).firstBlock <= int32(f.h1) && int32(f.h1) < d.element(el).endBlock)
	}
}

// ReadingSample is a way to read a page as the model sees it; the first of a page is that of the labels.
type ReadingSample struct {
	Keep     []bool // by block
	Features []float32
}

// Readings returns the blocks of a page and the ways to read it, for training.
func Readings(p Page, opt Options) (blocks []string, readings []ReadingSample, err error) {
	text, _, err := p.text()
	if err != nil {
		return nil, nil, err
	}
	doc := &document{}
	if err := doc.segment(text, p); err != nil || doc.lines {
		return nil, nil, err
	}
	f := labelled(doc, gather(doc), opt)
	for i := range doc.blocks {
		blocks = append(blocks, doc.blocks[i].text)
	}
	r := newReader(f, true)
	for i := range r.readings {
		s := ReadingSample{r.readings[i].keep, make([]float32, readingFeatures)}
		if len(r.readings) > 1 {
			r.row(i, s.Features)
		}
		readings = append(readings, s)
	}
	return blocks, readings, nil
}

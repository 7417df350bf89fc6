package cleaner

import (
	"math"
	"slices"

	"newsmill/cleaner/article"
)

// A line's score does not know what the text is taken for: comments below a short post and a second article look like prose, each line
// of them, and all lines of an odd article stay under the threshold together. So a plain text is read in several ways, as a page is (see
// reading.go): as labelled; the run of lines that a bound on the score leaves; up to a gap, or from there on. A third forest, learned on
// texts that the others had not seen, says of each passage how much better it would be than the labels (shingle F1).

// passage is a choice of lines to be the body.
type passage struct {
	keep        []bool
	ways        passageBits
	first, last int // -1: none
}

// passageBits tell how a passage was found.
type passageBits uint32

type passageWay uint8

const (
	ofLabels   passageWay = iota
	ofBound               // on the score, other than the usual one
	ofRun                 // what is labelled body in the run of lines with most above a bound
	ofLooseRun            // and what is near it
	ofWideRun             // and what may be
	ofProseRun            // and its prose
	ofFilled              // up between the first and last line
	ofUpTo                // a gap
	ofFrom                // a gap on
	ofPiece               // one run of body lines
	ofOthers              // without one
	passageWays
)

const (
	passagesMax   = 80
	leastPassage  = 0.01 // of the characters labelled body: less cannot gain as much
	claimedWeight = -20  // of a line that a phrase claims, in sums over runs
	maybeLine     = 0.08 // score of a line that may be body in a run
	faintLine     = 0.05
)

// The features of a passage.
const (
	passageOverall  = 30
	passageGroup    = 5 + lineChannels
	passageRest     = 4
	passageEdges    = 8*4 + 7
	passagePage     = 6
	passageGroupsAt = 2 * passageOverall
	passageRestAt   = passageGroupsAt + 3*passageGroup
	passageEdgesAt  = passageRestAt + passageRest
	passagePageAt   = passageEdgesAt + passageEdges
	passageWaysAt   = passagePageAt + passagePage
	passageFeatures = passageWaysAt + int(passageWays)
)

// lineChannels are numbers of a line whose means over the lines of a passage say what it is made of.
const lineChannels = 44

// passager holds the passages of one text and what their features are computed from.
type passager struct {
	f                 *lineFeaturizer
	rows              [][]float32 // the lines' features
	soft, chars       []float32
	prose, claimed    []bool
	sumChars, sumSoft []float32 // over the lines before
	sumProse          []float32
	metas, comments   []int32 // such lines before
	channels          [][lineChannels]float32
	passages          []passage
	hashes            map[uint64]int
	spare             []bool
	nowChars, margin  float32
	labelled          [passageOverall]float32
	heads             map[int]*lineHead
}

// newPassager reads a text in all ways; now are the lines labelled body, claimed those that are none whatever the model says.
func newPassager(f *lineFeaturizer, rows [][]float32, scores []float32, now, claimed []bool) *passager {
	n := len(f.m)
	p := &passager{
		f: f, rows: rows, soft: scores, claimed: claimed, chars: make([]float32, n), prose: make([]bool, n), hashes: map[uint64]int{},
		sumChars: make([]float32, n+1), sumSoft: make([]float32, n+1), sumProse: make([]float32, n+1), metas: make([]int32, n+1), comments: make([]int32, n+1),
	}
	for i := range n {
		b, m, x := &f.d.blocks[i], &f.m[i], rows[i]
		c := float32(b.chars)
		p.chars[i] = c
		p.prose[i] = m.ended && b.chars >= 60 || m.words >= 25
		p.sumChars[i+1] = p.sumChars[i] + c
		p.sumSoft[i+1] = p.sumSoft[i] + c*p.soft[i]
		p.sumProse[i+1] = p.sumProse[i]
		if p.prose[i] {
			p.sumProse[i+1] += c
		}
		p.margin += c * max(0, p.soft[i]-0.5)
		if now[i] {
			p.nowChars += c
		}
		isMeta := x[lPhraseClass] == 1+float32(article.Metadata) || m.clock && m.words < 12 || m.year && m.words < 8
		p.metas[i+1] = p.metas[i] + int32(truth(isMeta))
		p.comments[i+1] = p.comments[i] + int32(truth(m.phrase == article.Comment))
	}
	p.add(slices.Clone(now), ofLabels)
	return p
}

// isPlain reports whether the labels leave nothing to read otherwise.
func (p *passager) isPlain() bool {
	doubt := float32(0)
	for i, k := range p.passages[0].keep {
		if k && p.soft[i] < 0.9 || !k && !p.claimed[i] && p.soft[i] > maybeLine {
			doubt += p.chars[i]
		}
	}
	return p.nowChars > 0 && doubt < leastPassage*p.nowChars
}

// add notes a passage, unless there is one of the same lines.
func (p *passager) add(keep []bool, w passageWay) bool {
	hash := uint64(14695981039346656037)
	found := passage{keep, 1 << w, -1, -1}
	for i, k := range keep {
		if k {
			hash = (hash ^ uint64(i)) * 1099511628211
			hash ^= hash >> 29
			if found.last = i; found.first < 0 {
				found.first = i
			}
		}
	}
	if i, ok := p.hashes[hash]; ok {
		p.passages[i].ways |= 1 << w
		return false
	}
	if len(p.passages) == passagesMax {
		return false
	}
	p.hashes[hash] = len(p.passages)
	p.passages = append(p.passages, found)
	return true
}

// make makes a passage line by line.
func (p *passager) make(w passageWay, keep func(i int, now bool) bool) {
	now := p.passages[0].keep
	mask := p.spare
	if mask == nil {
		mask = make([]bool, len(now))
	}
	hasProse, differs := false, float32(0)
	for i := range mask {
		k := keep(i, now[i])
		mask[i] = k
		hasProse = hasProse || k && p.prose[i]
		if k != now[i] {
			differs += p.chars[i]
		}
	}
	p.spare = mask
	if hasProse && differs >= leastPassage*max(1, p.nowChars) && p.add(mask, w) {
		p.spare = nil
	}
}

// find finds the passages.
func (p *passager) find() {
	for _, least := range [...]float32{0.8, 0.65, 0.4, 0.3, 0.2, 0.1, 0.05} {
		p.make(ofBound, func(i int, _ bool) bool { return !p.claimed[i] && p.soft[i] >= least })
	}
	for _, b := range [...]struct {
		least float32
		runs  int
	}{{0.9, 1}, {0.75, 1}, {lineScore, 2}, {0.35, 2}, {0.2, 3}, {0.1, 3}, {0.05, 2}} {
		for _, r := range p.runs(b.least, b.runs) {
			in := func(i int) bool { return i >= r.from && i < r.to }
			may := func(i int) bool { return in(i) && !p.claimed[i] }
			p.make(ofRun, func(i int, now bool) bool { return now && in(i) })
			p.make(ofLooseRun, func(i int, _ bool) bool { return may(i) && p.soft[i] >= min(b.least, 0.3) })
			p.make(ofWideRun, func(i int, _ bool) bool { return may(i) && p.soft[i] >= maybeLine })
			p.make(ofProseRun, func(i int, now bool) bool { return now && in(i) || may(i) && p.prose[i] })
		}
	}
	p.findParts()
}

type lineRun struct {
	from, to int
	weight   float32
}

// runs returns the runs of lines with the largest sums of characters times score above a bound.
func (p *passager) runs(least float32, count int) []lineRun {
	var found []lineRun
	taken := func(i int) bool {
		return slices.ContainsFunc(found, func(r lineRun) bool { return i >= r.from && i < r.to })
	}
	for range count {
		best, start, sum := lineRun{}, 0, float32(0)
		for i := range p.soft {
			if taken(i) {
				sum, start = 0, i+1
				continue
			}
			if p.claimed[i] {
				sum += claimedWeight
			} else {
				sum += p.chars[i] * (p.soft[i] - least)
			}
			if sum <= 0 {
				sum, start = 0, i+1
			} else if sum > best.weight {
				best = lineRun{start, i + 1, sum}
			}
		}
		if best.weight == 0 {
			break
		}
		found = append(found, best)
	}
	return found
}

// findParts reads what is labelled body filled up, up to and from its widest gaps, and with each of its runs alone or left out.
func (p *passager) findParts() {
	labels := p.passages[0]
	first, last := labels.first, labels.last
	if first == last {
		return
	}
	within := func(i int) bool { return i >= first && i <= last && !p.claimed[i] }
	p.make(ofFilled, func(i int, now bool) bool { return now || within(i) && p.soft[i] >= faintLine })
	p.make(ofFilled, func(i int, _ bool) bool { return within(i) })
	var gaps, pieces []lineRun // a gap reaches from the last line before it to the first one after
	for i := first; i <= last; {
		end := i
		for end <= last && labels.keep[end] {
			end++
		}
		pieces = append(pieces, lineRun{i, end, p.sumChars[end] - p.sumChars[i]})
		for i = end; i <= last && !labels.keep[i]; i++ {
		}
		if i <= last {
			gaps = append(gaps, lineRun{end - 1, i, p.sumChars[i] - p.sumChars[end]})
		}
	}
	byWeight := func(a, b lineRun) int { return more(a.weight, b.weight, int32(a.from), int32(b.from)) }
	byLines := func(a, b lineRun) int {
		return more(float32(a.to-a.from), float32(b.to-b.from), int32(a.from), int32(b.from))
	}
	cut := func(count int) {
		for _, g := range gaps[:min(len(gaps), count)] {
			p.make(ofUpTo, func(i int, now bool) bool { return now && i <= g.from })
			p.make(ofFrom, func(i int, now bool) bool { return now && i >= g.to })
		}
	}
	slices.SortFunc(gaps, byLines)
	cut(4)
	slices.SortFunc(gaps, byWeight)
	cut(3)
	if len(pieces) < 2 {
		return
	}
	ends := []lineRun{pieces[0], pieces[len(pieces)-1]}
	slices.SortFunc(pieces, byWeight)
	for k, r := range append(pieces[:min(len(pieces), 3):min(len(pieces), 3)], ends...) {
		in := func(i int) bool { return i >= r.from && i < r.to }
		if k < 3 {
			p.make(ofPiece, func(i int, now bool) bool { return now && in(i) })
		}
		p.make(ofOthers, func(i int, now bool) bool { return now && !in(i) })
	}
}

// measure fills in the channels of all lines.
func (p *passager) measure() {
	p.channels = make([][lineChannels]float32, len(p.rows))
	for i, x := range p.rows {
		m, words := &p.f.m[i], max(1, x[lWords])
		p.channels[i] = [lineChannels]float32{
			p.soft[i], p.soft[i] * p.soft[i], x[lEnded], truth(p.f.sentence(i)), truth(m.prose(&p.f.d.blocks[i])),
			truth(x[lPhraseClass] == 1+float32(article.Noise)), truth(x[lPhraseClass] == 1+float32(article.Kept)), truth(x[lPhraseClass] == 1+float32(article.Metadata)),
			x[lDigitShare], x[lUpperShare], x[lCapShare], min(x[lQuotes], 4) / 4,
			x[lAt], x[lURL], x[lOwned], x[lBar], x[lClock], x[lYear], x[lColon],
			x[lBefore], x[lAgain], truth(x[lSame] > 1), x[lCommon], x[lShared], x[lTopic], x[lTopicAround], x[lAlien], truth(x[lStarts] > 2),
			x[lCredit], x[lItem], x[lSpeech], min(x[lGlued], 1),
			truth(x[lSinceComment] < 60), truth(x[lSinceRelated] < 60), truth(x[lSinceComment] < 15), truth(x[lSinceByline] < 15), truth(x[lSinceDate] < 15),
			truth(x[lWords] < 10), x[lCommas] / words, x[lEnds] / words, x[lInSpan],
			x[lExclaims] / words, x[lAsks] / words, truth(m.first == lowerClass),
		}
	}
	p.findHeads()
	p.overall(0, &p.labelled)
}

// lineHead is a line that may be a headline: where its terms stand elsewhere, and how rare they are.
type lineHead struct {
	terms []headTerm
	sum   float32
}

type headTerm struct {
	lines  []int32
	weight float32
}

// A headline stands at most so many lines above a passage, or is its first lines.
const (
	headReach = 15
	headDepth = 3
)

// findHeads notes the lines that may be headlines of passages.
func (p *passager) findHeads() {
	n := len(p.f.m)
	p.heads = map[int]*lineHead{}
	where := map[uint32][]int32{}
	for k := range p.passages {
		first := p.passages[k].first
		for i := max(0, first-headReach); first >= 0 && i < min(n, first+headDepth); i++ {
			m := &p.f.m[i]
			if p.heads[i] != nil || m.words < 3 || m.words > 30 || m.ended && m.words > 15 {
				continue
			}
			p.heads[i] = &lineHead{}
			for _, t := range p.f.terms[i] {
				where[t] = nil
			}
		}
	}
	for i := range n {
		for _, t := range p.f.terms[i] {
			if lines, ok := where[t]; ok {
				where[t] = append(lines, int32(i))
			}
		}
	}
	for i, h := range p.heads {
		for _, t := range p.f.terms[i] {
			term := headTerm{where[t], 0.1 + float32(math.Log(float64(n)/float64(len(where[t]))))}
			h.terms = append(h.terms, term)
			h.sum += term.weight
		}
	}
}

// headOf returns how much a passage is about the best headline of those at its beginning, with short ones for less and as such, and how
// many lines above it stands.
func (p *passager) headOf(k int) (best, share, away float32) {
	keep, first := p.passages[k].keep, p.passages[k].first
	away = 99
	for i := max(0, first-headReach); i < min(len(keep), first+headDepth); i++ {
		h := p.heads[i]
		if h == nil || h.sum == 0 {
			continue
		}
		has := float32(0)
		for _, t := range h.terms {
			if slices.ContainsFunc(t.lines, func(j int32) bool { return keep[j] && int(j) != i }) {
				has += t.weight
			}
		}
		if v := has / h.sum * min(1, float32(len(h.terms))/5); v > best {
			best, share, away = v, has/h.sum, float32(first-i)
		}
	}
	return best, share, away
}

// overall are the features of a passage as a whole, which are compared with those of the labels, too.
func (p *passager) overall(k int, x *[passageOverall]float32) {
	s := &p.passages[k]
	n := len(s.keep)
	t := choiceOf(s.keep, p.passages[0].keep, p.prose, p.chars, p.soft)
	from, to := max(0, s.first), s.last+1
	allChars, allSoft, allProse := max(1, p.sumChars[n]), max(1, p.sumSoft[n]), max(1, p.sumProse[n])
	span := max(1, p.sumChars[to]-p.sumChars[from])
	precision, recall := t.soft/max(1, t.chars), t.soft/allSoft
	best, share, away := p.headOf(k)
	*x = [passageOverall]float32{
		2 * precision * recall / max(1e-6, precision+recall), precision, recall, t.margin / max(1, p.margin), t.both / max(1, t.either),
		t.prose / allProse, t.prose / max(1, t.chars), log(t.chars),
		float32(s.first) / float32(n), float32(s.last) / float32(n), p.sumChars[from] / allChars, p.sumChars[to] / allChars,
		float32(t.blocks) / float32(max(1, to-s.first)), float32(t.runs), float32(min(t.widest, 60)), t.least, t.low / max(1, t.chars),
		float32(t.blocks), log(float32(to - s.first)),
		t.chars / span, (p.sumSoft[to] - p.sumSoft[from]) / span, (p.sumProse[to] - p.sumProse[from]) / span,
		p.sumSoft[from] / allSoft, 1 - p.sumSoft[to]/allSoft, p.sumProse[from] / allProse, 1 - p.sumProse[to]/allProse,
		t.chars / float32(max(1, t.blocks)), best, share, away,
	}
}

// row fills in the features of a passage.
func (p *passager) row(at int, x []float32) {
	s, now := &p.passages[at], p.passages[0].keep
	var own [passageOverall]float32
	p.overall(at, &own)
	for i := range own {
		x[i], x[passageOverall+i] = own[i], own[i]-p.labelled[i]
	}
	var kept, added, dropped, rest lineGroup
	for i, k := range s.keep {
		switch {
		case k && !now[i]:
			added.add(p, i)
			kept.add(p, i)
		case k:
			kept.add(p, i)
		case now[i]:
			dropped.add(p, i)
		default:
			rest.count(p, i)
		}
	}
	for i, g := range [...]*lineGroup{&kept, &added, &dropped} {
		g.put(p, x[passageGroupsAt+i*passageGroup:])
	}
	n := len(now)
	r := x[passageRestAt:]
	r[0], r[1], r[2] = rest.chars/max(1, p.sumChars[n]), rest.soft/max(1, p.sumSoft[n]), rest.prose/max(1, p.sumProse[n])
	r[3] = rest.most
	p.edges(s, x[passageEdgesAt:])
	g := x[passagePageAt:]
	g[0], g[1] = log(float32(n)), log(p.sumChars[n])
	g[2], g[3] = p.sumProse[n]/max(1, p.sumChars[n]), p.sumSoft[n]/max(1, p.sumChars[n])
	g[4] = float32(len(p.passages))
	g[5] = float32(p.f.cjk) / max(1, p.sumChars[n])
	for w := range passageWays {
		x[passageWaysAt+int(w)] = truth(s.ways&(1<<w) != 0)
	}
}

// edges are the features of the lines where a passage begins and ends, and of what stands before, in and behind it.
func (p *passager) edges(s *passage, x []float32) {
	n := len(s.keep)
	at := 0
	for _, i := range [...]int{s.first - 3, s.first - 2, s.first - 1, s.first, s.last, s.last + 1, s.last + 2, s.last + 3} {
		x[at], x[at+1], x[at+2], x[at+3] = -1, -1, -1, -1
		if s.first >= 0 && i >= 0 && i < n {
			x[at], x[at+1], x[at+2], x[at+3] = p.soft[i], log(p.chars[i]), float32(p.f.m[i].phrase), truth(p.f.m[i].ended)
		}
		at += 4
	}
	const near = 8
	x = x[at:]
	from, to := max(0, s.first), s.last+1
	x[0] = 20
	for i := from; i >= max(0, from-near); i-- {
		if p.metas[i+1] > p.metas[i] {
			x[0] = float32(from - i)
			break
		}
	}
	metas := float32(p.metas[to] - p.metas[from])
	x[1], x[2], x[3] = metas, metas/float32(max(1, to-from)), float32(p.metas[from])/float32(max(1, p.metas[n]))
	x[4], x[5], x[6] = float32(p.comments[to]-p.comments[from]), float32(p.comments[from]), float32(p.comments[n]-p.comments[to])
}

// lineGroup sums up lines of a passage.
type lineGroup struct {
	chars, soft, prose, most float32
	lines                    int
	sums                     [lineChannels]float32
}

func (g *lineGroup) count(p *passager, i int) {
	g.lines++
	g.chars += p.chars[i]
	g.soft += p.chars[i] * p.soft[i]
	if p.prose[i] {
		g.prose += p.chars[i]
	}
	g.most = max(g.most, p.soft[i])
}

func (g *lineGroup) add(p *passager, i int) {
	g.count(p, i)
	for k, v := range &p.channels[i] {
		g.sums[k] += p.chars[i] * v
	}
}

func (g *lineGroup) put(p *passager, x []float32) {
	n := len(p.chars)
	x[0], x[1], x[2] = g.chars/max(1, p.sumChars[n]), log(g.chars), g.prose/max(1, p.sumProse[n])
	x[3], x[4] = float32(g.lines), g.most
	for k, sum := range g.sums {
		x[5+k] = -1
		if g.chars > 0 {
			x[5+k] = sum / g.chars
		}
	}
}

// pick returns the lines of the best passage.
func (m *LinesModel) pick(p *passager) []bool {
	if m.passages.Trees() == 0 || p.isPlain() {
		return p.passages[0].keep
	}
	p.find()
	if len(p.passages) == 1 {
		return p.passages[0].keep
	}
	p.measure()
	best, most, x := 0, float32(math.Inf(-1)), make([]float32, passageFeatures)
	for k := range p.passages {
		clear(x)
		p.row(k, x)
		gain := m.passages.Sum(x, most-exactness)
		if gain > most {
			best, most = k, gain
		}
	}
	return p.passages[best].keep
}

// Passages returns the lines of a plain text and the ways to read it, for training. The blocks of an HTML page are taken for the lines of
// its dump.
func Passages(page Page, model *LinesModel) (lines []string, readings []ReadingSample, err error) {
	doc, err := dumpOf(page)
	if err != nil {
		return nil, nil, err
	}
	f := measureLines(doc)
	p := f.passager(model)
	p.find()
	if len(p.passages) < 2 {
		return nil, nil, nil
	}
	p.measure()
	for i := range doc.blocks {
		lines = append(lines, doc.blocks[i].text)
	}
	for k := range p.passages {
		s := ReadingSample{p.passages[k].keep, make([]float32, passageFeatures)}
		p.row(k, s.Features)
		readings = append(readings, s)
	}
	return lines, readings, nil
}

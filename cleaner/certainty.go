package cleaner

import (
	"math"

	"newsmill/cleaner/article"
)

// certainty is what is known of a page once its blocks have labels.
type certainty struct {
	d *document
	a *article.Article
	m []measure   // by block; blocks that the page's data gave have none
	f *featurizer // nil: plain text

	blocks    []fact
	gain      []float64 // by block, the sum of (score - 0.5) * characters of those before it
	mass      []float64 // the same of (score - rivalScore) * characters
	prose     []float64 // the same of characters of prose
	body      []float64 // the same of characters that are kept
	both      []float64 // the same of characters of prose that are kept
	chars     float64   // that are kept
	recovered float64   // of them, those that the page's data gave
	first     int       // kept block; -1: none
	last      int
	best      int32 // element with the greatest gain; -1: none
	heart     int32 // element of several blocks that has most of it
	second    int32 // element with the greatest mass of those apart from the heart; -1: none
}

// fact is what most numbers need of a block, close together in memory: blocks are large.
type fact struct {
	chars, linked, score float64
	el                   int32
	class                article.Class
	kept, prose          bool
}

func certaintyOf(d *document, a *article.Article) *certainty {
	c := &certainty{d: d, a: a, m: d.measures, f: d.features, first: -1, last: -1, best: -1, heart: -1, second: -1}
	n := len(d.blocks)
	c.blocks = make([]fact, n)
	sums := make([]float64, 5*(n+1))
	for i, sum := range []*[]float64{&c.gain, &c.mass, &c.prose, &c.body, &c.both} {
		*sum = sums[i*(n+1) : (i+1)*(n+1)]
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		f := &c.blocks[i]
		*f = fact{chars: float64(b.chars), linked: float64(b.linkChars), score: b.score, el: b.el, class: b.label.Class()}
		f.kept, f.prose = f.class == article.Body, i < len(c.m) && c.m[i].prose(b)
		c.gain[i+1], c.mass[i+1] = c.gain[i]+(f.score-0.5)*f.chars, c.mass[i]+(f.score-rivalScore)*f.chars
		c.prose[i+1], c.body[i+1], c.both[i+1] = c.prose[i], c.body[i], c.both[i]
		if f.prose {
			c.prose[i+1] += f.chars
		}
		if !f.kept {
			continue
		}
		c.body[i+1] += f.chars
		if f.prose {
			c.both[i+1] += f.chars
		}
		if c.first < 0 {
			c.first = i
		}
		c.last = i
	}
	c.chars = c.body[n]
	c.recovered = c.chars - c.body[min(n, len(c.m))]
	if c.f != nil {
		c.findRegions()
	}
	return c
}

// rivalScore is what the blocks of a second region score in the mean, at least: most of them are stripped.
const rivalScore = 0.2

// findRegions finds the element whose blocks are likeliest body, all in all, and the next best apart from it.
func (c *certainty) findRegions() {
	d := c.d
	most := 0.0
	for i := range d.elements {
		if gain := c.gainOf(int32(i)); gain > 0 && gain >= most { // of those with the same blocks the innermost
			most, c.best = gain, int32(i)
		}
	}
	if c.best < 0 {
		return
	}
	// The heart of the best region is the innermost element of several blocks with more than half of it: what stands beside that
	// may be a second one, also where one element is around both.
	heart := c.best
	for i := int(heart) + 1; i < len(d.elements); i++ {
		if e := d.element(int32(i)); e.parent == heart && e.endBlock-e.firstBlock > 1 && 2*c.gainOf(int32(i)) > c.gainOf(heart) {
			heart = int32(i)
		}
	}
	c.heart = heart
	most = 0
	first, end := d.element(heart).firstBlock, d.element(heart).endBlock
	for i := range d.elements {
		e := d.element(int32(i))
		if e.endBlock > first && e.firstBlock < end || e.endBlock-e.firstBlock < 2 {
			continue
		}
		if mass := c.within(c.mass, int32(i)); mass > most {
			most, c.second = mass, int32(i)
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
	var all, weight float64
	keptBlocks, after, paras := 0, 0, 0
	for i := range c.blocks {
		b := &c.blocks[i]
		all += b.chars
		switch {
		case b.kept:
			keptBlocks++
			weight += b.chars
			if i < len(c.m) {
				weight += 1.5 * float64(c.m[i].cjk) // a letter that is a word counts as two and a half
			}
		case b.prose:
			paras++
		case i > c.last && c.dates(i):
			after++
		}
	}
	p.log("chars", int(weight))
	p.log("words", c.a.WordCount)
	p.log("page_chars", int(all))
	p.add("kept_share", share(c.chars, all))
	p.log("blocks", n)
	p.log("kept_blocks", keptBlocks)
	p.add("kept_mean", share(weight, float64(keptBlocks)))
	p.log("elements", len(c.d.elements))
	p.add("prose_kept", share(c.both[n], c.prose[n]))
	p.add("kept_prose", share(c.both[n], c.chars))
	p.log("dates_after", after)
	p.log("paras_away", paras)
}

// dates reports whether block i is a date or a byline, as those of other articles and of comments are.
func (c *certainty) dates(i int) bool {
	if i >= len(c.m) {
		return false
	}
	m := &c.m[i]
	return m.phrase == article.Date || m.phrase == article.Byline || c.blocks[i].chars <= maxDateLine && m.isDated(&c.d.blocks[i])
}

// unsure is where a score is no answer.
const unsureLow, unsureHigh = 0.2, 0.8

func (c *certainty) scores(p *pageFeatures) {
	var right, missed, unsure, keptUnsure, below90, logit, doubtful, strippedMost, strippedUnsure, entropy float64
	var keptMost, apart, apartScore, spread float64
	least, near := 1.0, 0
	for i := range c.blocks {
		b := &c.blocks[i]
		chars, s := b.chars, b.score
		isUnsure := s > unsureLow && s < unsureHigh
		if isUnsure {
			unsure += chars
			near++
		}
		entropy += chars * s * (1 - s)
		spread += chars * chars * s * (1 - s)
		switch {
		case b.kept:
			right += s * chars
			keptMost = max(keptMost, (1-s)*chars)
			least = min(least, s)
			if isUnsure {
				keptUnsure += chars
			}
			if s < 0.9 {
				below90 += chars
			}
			q := min(max(s, 0.001), 0.999)
			logit += chars * math.Log(q/(1-q))
		case b.class == article.Noise:
			missed += s * chars
			if s > 0.1 {
				doubtful += chars
			}
			if isUnsure {
				strippedUnsure += chars
			}
			strippedMost = max(strippedMost, s*chars)
		case b.class == article.Kept:
			apart += chars
			apartScore += s * chars
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
	p.add("least", least)
	p.add("doubtful", ratio(doubtful, c.chars))
	p.add("stripped_most", ratio(strippedMost, c.chars))
	p.add("logit", share(logit, c.chars))
	p.add("entropy", ratio(entropy, c.chars))
	p.add("kept_most", share(keptMost, c.chars))
	p.add("apart", ratio(apart, c.chars))
	p.add("apart_score", ratio(apartScore, c.chars))
	p.add("spread", ratio(math.Sqrt(spread), c.chars))
}

// stability is how much the text would differ with another threshold.
func (c *certainty) stability(p *pageFeatures) {
	var size, common [len(cuts)]float64 // of blocks between a threshold and the next
	for i := range c.blocks {
		b := &c.blocks[i]
		k := -1
		for k+1 < len(cuts) && b.score >= cuts[k+1].score {
			k++
		}
		if k < 0 || b.class == article.Metadata {
			continue
		}
		size[k] += b.chars
		if b.kept {
			common[k] += b.chars
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
	var strippedRun, strippedScore float64       // the longest run of stripped prose
	var runLoss, gapLoss, variance, mass float64 // what runs are likeliest to cost
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
		loss := (1 - mean) * chars
		runLoss = max(runLoss, loss)
		variance += mean * (1 - mean) * chars * chars
		runs++
		at = -1
	}
	for i := range c.blocks {
		b := &c.blocks[i]
		chars := b.chars
		if b.kept {
			if at < 0 {
				at = i
				if i > c.first {
					gapMost = max(gapMost, gap)
					if gapBlocks >= 5 {
						wideGaps++
					}
				}
			}
			gap, gapBlocks, prose, score, mass = 0, 0, 0, 0, 0
			continue
		}
		if b.score < 0.05 {
			variance += mass * mass / 4
			mass = 0
		}
		if b.class == article.Noise {
			mass += chars * b.score
			gapLoss = max(gapLoss, mass)
		}
		if at >= 0 {
			end(i)
		}
		gap += chars
		gapBlocks++
		inside := i > c.first && i < c.last
		if inside {
			gapLinks += b.linked
		}
		if b.prose {
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
		end(len(c.blocks))
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
	c.between(p)
	p.add("run_loss", share(runLoss, c.chars))
	p.add("gap_loss", ratio(gapLoss, c.chars))
	p.add("run_spread", ratio(math.Sqrt(variance), c.chars))
}

// between counts what stands between the text's blocks.
func (c *certainty) between(p *pageFeatures) {
	tags, blocks := 0, 0
	for i := max(0, c.first); i < c.last; i++ {
		if c.blocks[i].kept {
			continue
		}
		blocks++
		if label := c.d.blocks[i].label; label == article.Tags || label == article.ReadingTime {
			tags++
		}
	}
	p.log("tags_inside", tags)
	p.log("blocks_inside", blocks)
}

// edgeReach is how many blocks on each side of the first and last kept ones count for how sharp the text's ends are.
const edgeReach = 5

// edges are where the text begins and ends.
func (c *certainty) edges(p *pageFeatures) {
	n := len(c.blocks)
	most := func(from, to int) (score float64) {
		for i := max(0, from); i < min(n, to); i++ {
			if c.blocks[i].class == article.Noise {
				score = max(score, c.blocks[i].score)
			}
		}
		return score
	}
	mean := func(from, to int) float64 {
		from, to = max(0, from), min(n, to)
		score, blocks := 0.0, 0.0
		for i := from; i < to; i++ {
			if c.blocks[i].kept {
				score += c.blocks[i].score
				blocks++
			}
		}
		return share(score, blocks)
	}
	if c.first < 0 {
		for _, name := range [...]string{"before_score", "after_score", "first_score", "last_score", "first_three", "last_three", "prose_before", "prose_after", "first_at", "last_at", "from_title", "ends", "lead_in", "tail", "weakest_three", "chars_from_title"} {
			p.add(name, -1)
		}
		return
	}
	p.add("before_score", most(c.first-edgeReach, c.first))
	p.add("after_score", most(c.last+1, c.last+1+edgeReach))
	p.add("first_score", c.blocks[c.first].score)
	p.add("last_score", c.blocks[c.last].score)
	p.add("first_three", mean(c.first, c.first+3))
	p.add("last_three", mean(c.last-2, c.last+1))
	p.add("prose_before", ratio(c.prose[c.first], c.chars))
	p.add("prose_after", ratio(c.prose[n]-c.prose[c.last+1], c.chars))
	p.add("first_at", share(float64(c.first), float64(n)))
	p.add("last_at", share(float64(c.last), float64(n)))
	away := 100.0
	if c.f != nil && c.f.h1 >= 0 {
		away = max(-100, min(100, float64(c.first-c.f.h1)))
	}
	p.add("from_title", away)
	p.is("ends", c.last < len(c.m) && c.m[c.last].ended)
	// What is no prose before the first and behind the last prose, and the weakest three blocks in a row.
	leadIn, tail := -1, n
	for i := c.first; i <= c.last; i++ {
		if c.blocks[i].kept && c.blocks[i].prose {
			if leadIn < 0 {
				leadIn = i
			}
			tail = i
		}
	}
	if leadIn < 0 {
		leadIn, tail = c.last, c.first
	}
	p.add("lead_in", share(c.body[leadIn]-c.body[c.first], c.chars))
	p.add("tail", share(c.body[c.last+1]-c.body[min(tail+1, c.last+1)], c.chars))
	weakest, last := 1.0, [3]float64{1, 1, 1}
	for i := c.first; i <= c.last; i++ {
		if c.blocks[i].kept {
			last[0], last[1], last[2] = last[1], last[2], c.blocks[i].score
			weakest = min(weakest, (last[0]+last[1]+last[2])/3)
		}
	}
	p.add("weakest_three", weakest)
	between := -1.0
	if c.f != nil && c.f.h1 >= 0 && c.f.h1 < c.first && c.first < len(c.f.before) { // a text from the page's data stands nowhere
		between = float64(c.f.before[c.first] - c.f.before[c.f.h1+1])
	}
	p.add("chars_from_title", min(between, 5000))
}

// regions compare what was taken with what a choice of one element would have taken.
func (c *certainty) regions(p *pageFeatures) {
	gain := c.gainOf(c.best)
	p.add("second_gain", ratio(c.within(c.mass, c.second), c.within(c.mass, c.heart)))
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
	c.neighbours(p)
}

// held is what of the text and of other prose something has.
type held struct{ kept, stripped, score float64 }

// tallies keep what each of several things has, in the order in which they are met.
type tallies[K comparable] struct {
	at   map[K]int
	list []held
	key  K // of the last one asked for, as most often the next one is
	last int
}

func (t *tallies[K]) of(key K) *held {
	if len(t.list) > 0 && key == t.key {
		return &t.list[t.last]
	}
	if t.at == nil {
		t.at, t.list = make(map[K]int, 16), make([]held, 0, 16)
	}
	i, known := t.at[key]
	if !known {
		i = len(t.list)
		t.at[key] = i
		t.list = append(t.list, held{})
	}
	t.key, t.last = key, i
	return &t.list[i]
}

// neighbours compares the text with what stands around it: under the same element, and in the same markup.
func (c *certainty) neighbours(p *pageFeatures) {
	var parents tallies[int32]
	var signed tallies[*signature]
	for i := range c.blocks {
		b := &c.blocks[i]
		if c.f == nil || b.el < 0 || !b.kept && !b.prose {
			continue
		}
		byEl, bySign := parents.of(c.d.element(b.el).parent), signed.of(c.f.blockSig[i])
		if b.kept {
			byEl.kept += b.chars
			bySign.kept += b.chars
		} else {
			byEl.stripped += b.chars
			byEl.score += b.chars * b.score
			bySign.stripped += b.chars
		}
	}
	var parent, other held
	n := 0
	for _, h := range parents.list {
		if h.kept > 0 {
			n++
		}
		if h.kept > parent.kept || h.kept == parent.kept && h.stripped > parent.stripped {
			parent = h
		}
		if h.stripped > other.stripped || h.stripped == other.stripped && h.score > other.score {
			other = h
		}
	}
	p.add("parent", share(parent.kept, c.chars))
	p.log("parents", n)
	p.add("parent_missing", ratio(parent.stripped, c.chars))
	p.add("other_parent", ratio(other.stripped, c.chars))
	p.add("other_parent_score", share(other.score, other.stripped))
	var alike, mixedSigns float64
	for _, h := range signed.list {
		alike = max(alike, h.kept)
		mixedSigns += min(h.kept, h.stripped)
	}
	p.add("alike", share(alike, c.chars))
	p.add("mixed_signs", ratio(mixedSigns, c.chars))
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
	var kept, missing, described, describedAway, titleIn, titleOut float64
	for i := range c.m {
		m, chars := &c.m[i], c.blocks[i].chars
		if c.blocks[i].kept {
			kept += float64(m.stated) * chars
			described = max(described, float64(m.described))
			titleIn = max(titleIn, float64(m.titleShare))
		} else {
			if c.blocks[i].prose {
				titleOut = max(titleOut, float64(m.titleShare))
			}
			missing += float64(m.stated) * chars
			describedAway = max(describedAway, float64(m.described))
		}
	}
	if c.f == nil || !c.f.hasBody {
		kept = -c.chars
	}
	p.add("stated", share(kept, c.chars))
	p.add("stated_missing", ratio(missing, c.chars))
	p.add("described", described)
	p.add("described_away", describedAway)
	p.add("title_in", titleIn)
	p.add("title_out", titleOut)
	p.add("recovered", share(c.recovered, c.chars))
	p.log("authors", len(c.a.Authors))
	p.is("paywalled", c.a.Paywall.Closed)
}

func (c *certainty) kinds(p *pageFeatures) {
	article, claims := 0.0, 0.0
	if c.f != nil {
		article, claims = c.f.article, float64(c.f.claims)
	}
	p.add("article", article)
	p.add("claims", claims)
	p.is("is_article", c.a.IsArticle)
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
	var list, hidden float64
	el, about := int32(-1), vocabulary(0)
	for i := range c.blocks {
		b := &c.blocks[i]
		if b.el < 0 || c.f == nil || !b.kept && !b.prose {
			continue
		}
		if b.el != el {
			el, about = b.el, c.d.namesAround(b.el)
		}
		chars, words := b.chars, about|c.d.blocks[i].wrap
		for k := range doubtfulWords {
			switch {
			case words&doubtfulWords[k].about == 0:
			case b.kept:
				kept[k] += chars
			default:
				stripped[k] += chars
			}
		}
		if !b.kept {
			continue
		}
		flags := c.d.element(b.el).flags
		if flags&inList != 0 {
			list += chars
		}
		if flags&(hiddenElement|noscriptElement) != 0 {
			hidden += chars
		}
	}
	for k := range doubtfulWords {
		p.add(doubtfulWords[k].kept, share(kept[k], c.chars))
		p.add(doubtfulWords[k].stripped, ratio(stripped[k], c.chars))
	}
	p.add("in_list", share(list, c.chars))
	p.add("hidden", share(hidden, c.chars))
}

// namesAround is what an element and those around it are called, as far as that is telling.
func (d *document) namesAround(el int32) (words vocabulary) {
	const levels = 40
	for n := 0; el >= 0 && n < levels; n++ {
		words |= d.element(el).words
		el = d.element(el).parent
	}
	return words
}

// text is what the kept text itself looks like.
func (c *certainty) text(p *pageFeatures) {
	var links, bold, echoed, ended, digits, letters, upper, wide float64
	var headings, items, paras, quotes, short int
	longest := 0.0
	for i := range c.d.blocks {
		if !c.blocks[i].kept {
			continue
		}
		b := &c.d.blocks[i]
		chars := float64(b.chars)
		links += float64(b.linkChars)
		bold += float64(b.boldChars)
		longest = max(longest, chars)
		switch b.kind {
		case headingBlock:
			headings++
		case itemBlock:
			items++
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
		if c.blocks[i].prose {
			paras++
		}
		quotes += int(m.quotes)
		digits += float64(m.digits)
		letters += float64(m.letters)
		upper += float64(m.upper)
		wide += float64(len(b.text))
	}
	p.add("links", share(links, c.chars))
	p.add("bold", share(bold, c.chars))
	p.add("echoed", share(echoed, c.chars))
	p.add("ended", share(ended, c.chars))
	p.log("short", short)
	p.add("digits", share(digits, letters+digits))
	p.add("upper", share(upper, letters))
	p.add("wide", share(wide, c.chars))
	p.add("longest", share(longest, c.chars))
	p.log("headings", headings)
	p.log("items", items)
	p.log("paras", paras)
	p.log("quotes", quotes)
}

package cleaner

import (
	"math"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"

	"newsmill/cleaner/article"
	"newsmill/cleaner/loosejson"
	"newsmill/cleaner/phrase"
	"newsmill/cleaner/script"
)

// The numbers by which the model knows a block. They are cheap: a pass over the text of each block, a pass over the
// elements from the leaves to the root, and a walk up from each block. The trainer takes them from here, so training
// and running cannot differ.

// measure is what the text of a block alone says.
type measure struct {
	words    float32 // in scripts without spaces 1.7 characters count as one
	letters  int32
	upper    int32
	digits   int32
	cjk      int32
	commas   int32
	ends     int32 // marks that end a sentence
	quotes   int32
	others   int32 // other signs
	capWords int32 // words that begin with a capital
	lines    int32 // line breaks
	first    runeClass
	last     runeClass
	ended    bool // ends as a sentence does
	at, url  bool
	owned    bool // © or the like
	bar      bool // | or ›
	clock    bool // 12:30
	year     bool
	colon    bool   // among the first 30 characters
	hash     uint64 // of its letters and digits, lower case

	titled, described float32 // share of its words that the title, and of its 3-grams that the description, has
	titleShare        float32 // share of the title's words that it has
	stated            float32 // share of its 3-grams that the article text in the page's data has
	before, again     float32 // share of its 3-grams that an earlier block, and any other block, has
	echoed            float32 // share of its 3-grams that blocks of another text have
	credit            creditTail
	rule              *phrase.Rule  // the phrase rule that matches it
	phrase            article.Label // of that
	same, sameBefore  int32         // blocks of the same text on the page, and before it
}

// runeClass tells how a block begins and ends.
type runeClass uint8

const (
	noneClass runeClass = iota
	lowerClass
	upperClass
	letterClass // of a script without case
	digitClass
	quoteClass
	bracketClass
	bulletClass
	stopClass
	colonClass
	commaClass
	ellipsisClass
	otherClass
)

// tree is what the elements' subtrees hold.
type subtree struct {
	chars, linkChars int32
	paraChars        int32 // characters of blocks that read as prose
	blocks, paras    int32
	weight           float32 // prose near below it
}

// featurizer holds what the features of one page are computed from.
type featurizer struct {
	d         *document
	m         []measure
	tree      []subtree
	best      int32    // the element that holds most prose closely
	onBest    []bool   // by element: best or above it
	branches  []branch // by element
	grams     []uint32 // hashes of 3-grams of all blocks
	sigs      map[uint64]*signature
	blockSig  []*signature
	firstP    int // first and last blocks of prose inside best
	lastP     int
	h1        int // block of the page's title; -1: none
	firstSure int // see findFirstSure
	byline    int // block between title and text that says who wrote it and when; -1: none
	total     subtree
	before    []int32 // characters before each block
	prosed    []int32 // characters of prose before each block
	headed    []int32 // by block, the last heading before it; -1: none
	hasBody   bool
	bodyLen   float32
	articles  []int32 // by element, the outermost <article> around it; -1: none
	home      int32   // that of the title, else of the prose
	alike     map[uint64]int32
	h1s       []int32         // by block, the headings of the first level before it
	usual     float32         // words of the prose's blocks, in the mean
	cjk       float32         // share of characters of scripts without spaces
	article   float64         // probability that the page is an article
	authors   map[string]bool // as the page's data have them
	enough    float64         // score from which a block is body
	early     []bool          // by block: the model let it go early
	copies    []twins         // elements that say the same
	boxes     []leadBox       // while labelling: those around the block, the innermost last
	claims    float32         // what the page says it is: 0 nothing, 1 og:type article, more: how sure JSON-LD is of an article
}

// branch is an element's place below the elements that are on the way to the prose.
type branch struct {
	top      int32 // the element at or above it whose parent is on the way; -1: it is itself
	depth    int32 // of it below top
	consent  bool  // it is part of a consent tool's dialog
	foldOut  bool  // it is the one box among the paragraphs that has a heading of its own
	facts    bool  // it or one at or below top is called a box of facts and doesn't hold the article's prose
	comments int32 // the outermost element at or above it that is called one of comments; -1: none
	quote    int32 // the innermost blockquote at or above it; -1: none
	embed    bool  // that is a post of another site
}

// signature is what blocks of the same tag and class, three levels up, have in common.
type signature struct {
	blocks, chars, linkChars, ended int32
	first, last                     int32
}

// prose reports whether a block reads as running text.
func (m *measure) prose(b *block) bool {
	return m.words >= 10 && (m.ended || m.ends > 0 || m.words >= 25) && b.linkChars*2 < b.chars
}

// featurize computes what the features of all blocks need.
func featurize(d *document, ev *evidence) *featurizer {
	f := &featurizer{d: d, m: make([]measure, len(d.blocks)), tree: make([]subtree, len(d.elements)), h1: -1, best: -1}
	f.measureAll(ev)
	f.sumTrees()
	f.freeFigures()
	f.findTitle()
	f.findArticles()
	f.findBest()
	f.sign()
	f.findCopies()
	return f
}

func (f *featurizer) measureAll(ev *evidence) {
	d := f.d
	title := newWordSet(pageTitle(d, ev))
	described := newGramSet(ev.said(metaDescription))
	var stated *gramSet
	bodies := ev.ld.bodies()
	if len(bodies) > 0 {
		stated = newGramSet(bodies[0].paragraphs...)
		f.hasBody = true
		for _, p := range bodies[0].paragraphs {
			f.bodyLen += float32(len(p))
		}
	}
	chars := 0
	for i := range d.blocks {
		chars += len(d.blocks[i].text)
	}
	if ev.said(metaType) == "article" {
		f.claims++
	}
	if ev.ld.article.Kind == loosejson.Object {
		f.claims += 2
		for _, t := range typesOf(ev.ld.article) {
			f.claims = max(f.claims, float32(articleTypes[schemaName(t.String())])*2)
		}
	}
	seen := newGramCount(chars / 4)
	rules := phrase.NewMatcher(phraseLanguage(d))
	texts := make(map[uint64]int32, len(d.blocks)) // the first block of each text
	f.before = make([]int32, len(d.blocks)+1)
	var words []uint32
	type run struct{ from, to, first int32 }
	runs := make([]run, len(d.blocks))
	for i := range d.blocks {
		b, m := &d.blocks[i], &f.m[i]
		words = m.read(b.text, words[:0])
		first, isKnown := texts[m.hash]
		if !isKnown {
			first = int32(i)
			texts[m.hash] = first
		}
		m.sameBefore = f.m[first].same
		f.m[first].same++
		m.titled, m.titleShare = title.overlap(words)
		from := int32(len(f.grams))
		f.grams = appendGrams(f.grams, words)
		runs[i] = run{from, int32(len(f.grams)), first}
		grams := f.grams[from:]
		m.described = described.share(grams)
		m.stated = stated.share(grams)
		m.before = seen.share(grams, 1)
		seen.add(grams)
		f.before[i+1] = f.before[i] + int32(b.chars)
		if mayBeCaption(b) {
			m.credit = creditTailOf(b.text)
		}
		switch {
		case isKnown && d.blocks[first].text == b.text:
			m.rule, m.phrase = f.m[first].rule, f.m[first].phrase
		case b.chars <= 400:
			if r := rules.Match(b.text); r != nil {
				m.rule, m.phrase = r, r.Label
			} else if r = rules.MatchParts(b.text); r != nil {
				m.rule, m.phrase = r, r.Label
			}
		}
	}
	for i := range f.m {
		m := &f.m[i]
		m.same = f.m[runs[i].first].same
		grams := f.grams[runs[i].from:runs[i].to]
		m.again = seen.share(grams, 2)
		if m.echoed = m.again; m.same > 1 {
			m.echoed = seen.share(grams, uint8(min(m.same, 254))+1)
		}
	}
}

const minCredited = 40 // letters: shorter blocks with a slash are addresses, codes and sums

// mayBeCaption reports whether a block has no markup of its own that speaks against its being a caption.
func mayBeCaption(b *block) bool {
	return (b.kind == paragraphBlock || b.kind == textBlock || b.kind == captionBlock) && b.linkChars == 0 && b.chars*5/2 >= minCredited && b.weight() >= minCredited
}

// pageTitle is the title that the page gives itself, for comparison with its blocks.
func pageTitle(d *document, ev *evidence) string {
	if t := ev.ld.article.Get("headline").String(); t != "" {
		return t
	}
	if t := ev.said(metaTitle); t != "" {
		return t
	}
	return d.raw.title
}

// read fills in what the text says, and appends the hashes of its words to words.
func (m *measure) read(text string, words []uint32) []uint32 {
	const offset, prime = 2166136261, 16777619
	var (
		h       uint32 = offset
		hash    uint64 = 14695981039346656037
		inWord  bool
		digits4 int
		pos     int
		prev    rune
	)
	for i, r := range text {
		pos++
		switch {
		case r < utf8.RuneSelf:
			c := byte(r)
			switch asciiClass[c] {
			case lowerClass, upperClass:
				if c <= 'Z' {
					m.upper++
					if !inWord {
						m.capWords++
					}
					c += 'a' - 'A'
				}
				m.letters++
				h = (h ^ uint32(c)) * prime
				hash = (hash ^ uint64(c)) * 1099511628211
				inWord = true
				digits4 = 0
				prev = r
				continue
			case digitClass:
				m.digits++
				h = (h ^ uint32(c)) * prime
				hash = (hash ^ uint64(c)) * 1099511628211
				inWord = true
				if digits4++; digits4 == 4 {
					m.year = true
				}
				if prev == ':' && digits4 == 1 && m.digits > 1 {
					m.clock = true
				}
				prev = r
				continue
			case stopClass:
				m.ends++
				if c == '.' && strings.HasPrefix(text[i:], "...") {
					m.ends--
				}
			case commaClass:
				m.commas++
			case colonClass:
				if pos <= 30 {
					m.colon = true
				}
				if c == ':' && strings.HasPrefix(text[i:], "://") {
					m.url = true
				}
			case quoteClass:
				m.quotes++
			case noneClass: // white space
				if c == '\n' {
					m.lines++
				}
			default:
				m.others++
				switch c {
				case '@':
					m.at = true
				case '|', '>':
					m.bar = true
				}
			}
		default:
			switch class := classOf(r); class {
			case lowerClass, upperClass, letterClass:
				if class == upperClass {
					m.upper++
					if !inWord {
						m.capWords++
					}
					r = unicode.ToLower(r)
				}
				m.letters++
				if class == letterClass && wideRune(r) {
					m.cjk++
					if inWord {
						words = append(words, h)
						m.words++
						inWord = false
					}
					words = append(words, (offset^uint32(r))*prime)
					h = offset
					hash = (hash ^ uint64(r)) * 1099511628211
					prev = r
					continue
				}
				h = (h ^ uint32(r)) * prime
				hash = (hash ^ uint64(r)) * 1099511628211
				inWord = true
				prev = r
				continue
			case stopClass:
				m.ends++
			case commaClass:
				m.commas++
			case quoteClass:
				m.quotes++
			case otherClass, bulletClass:
				m.others++
				switch r {
				case '©', '®':
					m.owned = true
				case '›', '»':
					m.bar = true
				}
			}
		}
		digits4 = 0
		prev = r
		if inWord {
			words = append(words, h)
			h = offset
			m.words++
			inWord = false
		}
	}
	if inWord {
		words = append(words, h)
		m.words++
	}
	m.words += float32(m.cjk) / 1.7
	m.hash = hash
	r, _ := utf8.DecodeRuneInString(text)
	m.first = classOf(r)
	r, _ = utf8.DecodeLastRuneInString(text)
	m.last = classOf(r)
	m.ended = endsSentence(text)
	return words
}

// wideRune reports whether a letter belongs to a script that sets no spaces between words.
func wideRune(r rune) bool {
	return r >= 0x2e80 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r >= 0x0e00 && r <= 0x0eff || r >= 0x1780 && r <= 0x17ff || r >= 0x1000 && r <= 0x109f || r >= 0x20000
}

var asciiClass = func() (t [128]runeClass) {
	for i := range t {
		switch c := byte(i); {
		case c <= ' ':
		case c >= 'a' && c <= 'z':
			t[i] = lowerClass
		case c >= 'A' && c <= 'Z':
			t[i] = upperClass
		case c >= '0' && c <= '9':
			t[i] = digitClass
		case c == '"' || c == '\'' || c == '`':
			t[i] = quoteClass
		case c == '(' || c == '[' || c == '{' || c == ')' || c == ']' || c == '}':
			t[i] = bracketClass
		case c == '.' || c == '!' || c == '?':
			t[i] = stopClass
		case c == ':':
			t[i] = colonClass
		case c == ',' || c == ';':
			t[i] = commaClass
		case c == '*' || c == '-':
			t[i] = bulletClass
		default:
			t[i] = otherClass
		}
	}
	return t
}()

func classOf(r rune) runeClass {
	if r < utf8.RuneSelf {
		return asciiClass[r]
	}
	switch r {
	case '“', '”', '„', '«', '»', '‘', '’', '‚', '‹', '›', '「', '」', '『', '』', '《', '》':
		return quoteClass
	case '。', '！', '？', '।', '؟', '۔', '։', '．', '…':
		if r == '…' {
			return ellipsisClass
		}
		return stopClass
	case '，', '、', '،', '；', '؛', '､':
		return commaClass
	case '：':
		return colonClass
	case '（', '）', '【', '】', '［', '］':
		return bracketClass
	case '•', '·', '–', '—', '■', '●', '▶', '►', '→', '▸', '◆', '・', '※', '○', '▲', '▼', '□', '☞':
		return bulletClass
	}
	switch {
	case r >= 0xc0 && r < 0x250 || r >= 0x370 && r < 0x530:
		switch {
		case unicode.IsUpper(r):
			return upperClass
		case unicode.IsLower(r):
			return lowerClass
		}
		return otherClass
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3, r >= 0x3041 && r <= 0x30ff, unicode.IsLetter(r), unicode.IsMark(r):
		return letterClass
	case unicode.IsDigit(r):
		return digitClass
	}
	return otherClass
}

// wordSet tells which words a title has.
type wordSet struct {
	words []uint32
}

func newWordSet(text string) wordSet {
	var m measure
	return wordSet{m.read(norm.NFC.String(script.Cut(text, maxTitleBytes)), nil)}
}

// overlap returns the share of words that the set has, and the share of the set that words have.
func (s wordSet) overlap(words []uint32) (of, cover float32) {
	if len(s.words) == 0 || len(words) == 0 || len(words) > 4*len(s.words)+20 {
		return 0, 0
	}
	hits := 0
	for _, w := range words {
		for _, v := range s.words {
			if v == w {
				hits++
				break
			}
		}
	}
	covered := 0
	for _, v := range s.words {
		for _, w := range words {
			if v == w {
				covered++
				break
			}
		}
	}
	return float32(hits) / float32(len(words)), float32(covered) / float32(len(s.words))
}

// appendGrams appends the hashes of the 3-grams of words; fewer words than three are one gram.
func appendGrams(dst, words []uint32) []uint32 {
	if len(words) == 0 {
		return dst
	}
	if len(words) < 3 {
		h := uint32(7)
		for _, w := range words {
			h = (h ^ w) * 0x9e3779b1
		}
		return append(dst, h)
	}
	for i := 0; i+3 <= len(words); i++ {
		h := (words[i]*0x85ebca6b ^ words[i+1]) * 0xc2b2ae35
		h ^= h >> 15
		dst = append(dst, (h^words[i+2])*0x9e3779b1)
	}
	return dst
}

// gramSet is a set of 3-grams, as bits by their hashes.
type gramSet struct {
	bits  []uint64
	shift uint
}

func newGramSet(texts ...string) *gramSet {
	n := 0
	for _, t := range texts {
		n += len(t)
	}
	if n == 0 {
		return nil
	}
	size := uint(max(6, bits.Len(uint(n)*4)))
	s := &gramSet{bits: make([]uint64, 1<<(size-6)), shift: 32 - size}
	var words, grams []uint32
	for _, t := range texts {
		var m measure
		words = m.read(norm.NFC.String(t), words[:0])
		grams = appendGrams(grams[:0], words)
		for _, g := range grams {
			h := g >> s.shift
			s.bits[h>>6] |= 1 << (h & 63)
		}
	}
	return s
}

// share returns the share of grams that the set has.
func (s *gramSet) share(grams []uint32) float32 {
	if s == nil || len(grams) == 0 {
		return 0
	}
	hits := 0
	for _, g := range grams {
		h := g >> s.shift
		hits += int(s.bits[h>>6] >> (h & 63) & 1)
	}
	return float32(hits) / float32(len(grams))
}

// gramCount counts 3-grams, up to 255, by their hashes.
type gramCount struct {
	counts []uint8
	shift  uint
}

func newGramCount(n int) *gramCount {
	size := uint(min(22, max(10, bits.Len(uint(n)*4))))
	return &gramCount{make([]uint8, 1<<size), 32 - size}
}

func (c *gramCount) add(grams []uint32) {
	for _, g := range grams {
		if p := &c.counts[g>>c.shift]; *p < 255 {
			*p++
		}
	}
}

// share returns the share of grams that were counted at least n times.
func (c *gramCount) share(grams []uint32, n uint8) float32 {
	if len(grams) == 0 {
		return 0
	}
	hits := 0
	for _, g := range grams {
		if c.counts[g>>c.shift] >= n {
			hits++
		}
	}
	return float32(hits) / float32(len(grams))
}

// sumTrees adds up what each element's subtree holds, leaves first.
func (f *featurizer) sumTrees() {
	d := f.d
	f.prosed = make([]int32, len(d.blocks)+1)
	for i := range d.blocks {
		b, m := &d.blocks[i], &f.m[i]
		f.prosed[i+1] = f.prosed[i]
		var t *subtree
		if b.el >= 0 {
			t = &f.tree[b.el]
		} else {
			t = &f.total
		}
		t.chars += int32(b.chars)
		t.linkChars += int32(b.linkChars)
		t.blocks++
		if !m.prose(b) {
			continue
		}
		t.paraChars += int32(b.chars)
		t.paras++
		f.prosed[i+1] += int32(b.chars)
		if b.el < 0 {
			continue
		}
		p, w := b.el, float32(b.chars)
		if d.element(p).flags&(hiddenElement|inFooter|inNav|inAside) != 0 {
			w /= 2
		}
		if tag := d.element(p).tag; tag == atom.P || tag == atom.Li || tag == atom.Blockquote {
			p = d.element(p).parent
		}
		for share := float32(1); p >= 0 && share > 0.2; share *= 0.7 {
			f.tree[p].weight += w * share
			p = d.element(p).parent
		}
	}
	for i := len(f.tree) - 1; i >= 0; i-- {
		t := f.tree[i]
		up := &f.total
		if p := d.element(int32(i)).parent; p >= 0 {
			up = &f.tree[p]
		}
		up.chars += t.chars
		up.linkChars += t.linkChars
		up.paraChars += t.paraChars
		up.blocks += t.blocks
		up.paras += t.paras
	}
}

// freeFigures takes paragraphs out of figures that were never closed: no caption has two of them.
func (f *featurizer) freeFigures() {
	d := f.d
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.kind != captionBlock {
			continue
		}
		for el := b.el; el >= 0 && d.element(el).tag != atom.Figcaption; el = d.element(el).parent {
			d.spend(1)
			if d.element(el).tag == atom.Figure {
				if f.tree[el].paras >= 2 && f.m[i].prose(b) {
					b.kind = paragraphBlock
				}
				break
			}
		}
	}
}

// findTitle finds the block that is the page's title.
func (f *featurizer) findTitle() {
	best := float32(0)
	for i := range f.d.blocks {
		b, m := &f.d.blocks[i], &f.m[i]
		score := m.titled * m.titleShare
		if b.kind == headingBlock {
			score *= 1.5
			if b.level == 1 {
				score *= 1.3
			}
		}
		if score > best && score > 0.4 {
			best, f.h1 = score, i
		}
	}
}

// findArticles tells the articles of a page apart: sites append the next one for readers who scroll on.
func (f *featurizer) findArticles() {
	d := f.d
	f.articles = make([]int32, len(d.elements))
	for i := range d.elements {
		e := d.element(int32(i))
		f.articles[i] = -1
		if e.parent >= 0 {
			f.articles[i] = f.articles[e.parent]
		}
		if e.tag == atom.Article && f.articles[i] < 0 {
			f.articles[i] = int32(i)
		}
	}
	f.home = -1
	if f.h1 >= 0 && d.blocks[f.h1].el >= 0 {
		f.home = f.articles[d.blocks[f.h1].el]
	}
	f.h1s, f.headed = make([]int32, len(d.blocks)), make([]int32, len(d.blocks))
	n, cjk, heading := int32(0), int32(0), int32(-1)
	for i := range d.blocks {
		f.h1s[i], f.headed[i] = n, heading
		if d.blocks[i].kind == headingBlock {
			heading = int32(i)
			if d.blocks[i].level == 1 {
				n++
			}
		}
		cjk += f.m[i].cjk
	}
	f.cjk = float32(cjk) / float32(max(1, f.total.chars))
}

// isAppended reports whether an element begins in another article than the title's, below it and under a title of its
// own.
func (f *featurizer) isAppended(el int32) bool {
	a := f.articles[el]
	if a < 0 || f.home < 0 || a == f.home || f.h1 < 0 {
		return false
	}
	i := int(f.d.element(el).firstBlock)
	return i > f.h1 && i < len(f.h1s) && f.h1s[i] > f.h1s[f.h1] && f.tree[f.home].paras > 0
}

// findBest finds the element that holds most prose closely, and what stands in it.
func (f *featurizer) findBest() {
	d := f.d
	for i := range f.tree {
		if f.tree[i].weight > 0 && (f.best < 0 || f.tree[i].weight > f.tree[f.best].weight) && !f.isAppended(int32(i)) {
			f.best = int32(i)
		}
	}
	f.onBest = make([]bool, len(d.elements))
	for el := f.best; el >= 0; el = d.element(el).parent {
		f.onBest[el] = true
	}
	if f.home < 0 && f.best >= 0 {
		f.home = f.articles[f.best]
	}
	f.alike = make(map[uint64]int32)
	for i := range d.elements {
		if e := d.element(int32(i)); e.parent >= 0 && f.onBest[e.parent] && !f.onBest[i] && e.endBlock > e.firstBlock {
			f.alike[e.sig^uint64(e.parent)<<32]++
		}
	}
	f.firstP, f.lastP, f.usual = -1, -1, 30
	defer f.findBranches()
	if f.best < 0 {
		return
	}
	words, paras := float32(0), float32(0)
	for i := int(d.element(f.best).firstBlock); i < int(d.element(f.best).endBlock); i++ {
		if f.m[i].prose(&d.blocks[i]) {
			if f.firstP < 0 {
				f.firstP = i
			}
			f.lastP = i
			words, paras = words+f.m[i].words, paras+1
		}
	}
	if paras > 0 {
		f.usual = words / paras
	}
}

// findBranches fills in branches, from the root to the leaves.
func (f *featurizer) findBranches() {
	f.branches = make([]branch, len(f.d.elements))
	for i := range f.branches {
		e, b := f.d.element(int32(i)), branch{top: -1, quote: -1, comments: -1}
		if e.parent >= 0 {
			b = f.branches[e.parent]
		}
		switch {
		case f.onBest[i]:
			b.top = -1
		case b.top < 0:
			b.top = int32(i)
		default:
			b.depth++
		}
		if b.top == int32(i) {
			b.foldOut = f.isFoldOut(int32(i))
		}
		if e.words&aboutConsent != 0 && !b.consent {
			b.consent = f.isConsentTool(int32(i))
		}
		if b.comments < 0 && e.words&aboutComment != 0 && e.words&(aboutArticle|aboutBody|aboutText) == 0 && e.tag != atom.Article && e.tag != atom.Main {
			b.comments = int32(i)
		}
		if b.top >= 0 && e.words&aboutFacts != 0 && 5*f.tree[i].paraChars < 4*f.total.paraChars {
			b.facts = true
		}
		if e.tag == atom.Blockquote {
			b.quote, b.embed = int32(i), embedClass(classList(e.node)) != ""
		}
		f.branches[i] = b
	}
}

// sign groups blocks by signature.
func (f *featurizer) sign() {
	d := f.d
	f.sigs = make(map[uint64]*signature, 64)
	f.blockSig = make([]*signature, len(d.blocks))
	var lastKey uint64
	var last *signature
	for i := range d.blocks {
		b := &d.blocks[i]
		key, el := uint64(1469598103934665603), b.el
		for level := 0; level < 3 && el >= 0; level++ {
			key = (key ^ d.element(el).sig) * 0x9e3779b97f4a7c15
			key ^= key >> 29
			el = d.element(el).parent
		}
		key ^= uint64(b.wrap)
		s := last
		if s == nil || key != lastKey {
			if s = f.sigs[key]; s == nil {
				s = &signature{first: int32(i)}
				f.sigs[key] = s
			}
			last, lastKey = s, key
		}
		s.blocks++
		s.last = int32(i)
		s.chars += int32(b.chars)
		s.linkChars += int32(b.linkChars)
		if f.m[i].ended {
			s.ended++
		}
		f.blockSig[i] = s
	}
}

// The features of a block, by index into its row.
const (
	fTag = iota
	fKind
	fLevel
	fChars
	fWords
	fWordLength
	fEnds
	fCommas
	fDigitShare
	fUpperShare
	fCapShare
	fCJKShare
	fQuotes
	fOtherShare
	fLinkShare
	fBoldShare
	fLinks
	fLines
	fFirst
	fLast
	fEnded
	fAt
	fURL
	fOwned
	fBar
	fClock
	fYear
	fColon
	fTitled
	fTitleShare
	fDescribed
	fStated
	fStatedPage
	fBefore
	fAgain
	fSame
	fSameBefore
	fPhrase
	fPhraseClass
	fImages
	fInFigure
	fHidden
	fNoscript
	fForm
	fNav
	fAside
	fFooter
	fHeader
	fArticle
	fMain
	fTable
	fList
	fQuote
	fButton
	fSection
	fArticleBody
	fDepth
	fSiblings
	fFirstChild
	fLastChild
	fUp
	fDown
	fInBest
	fBestShare
	fBestLink
	fSigBlocks
	fSigChars
	fSigLink
	fSigEnded
	fSigSpan
	fPlace
	fPlaceChars
	fAfterTitle
	fAfterFirst
	fBeforeLast
	fPageBlocks
	fPageChars
	fPageProse
	fPageLink
	fPageParas
	fPageType
	fPageItems
	fHeadingAway
	fHeadingLevel
	fHeadingRun
	fProseNear
	fProseAfter

	fPageCJK
	fSameArticle
	fTitlesSince
	fBranchTag
	fBranchChars
	fBranchLink
	fBranchBlocks
	fBranchParas
	fBranchImages
	fBranchSame
	fBranchFirst
	fBranchPhrase
	fBranchDepth
	fBranchPlace
	fCredit
	fUsual

	fTree        // 4 ancestors of treeFeatures each
	fNeighbour   = fTree + 4*treeFeatures
	fWrap        = fNeighbour + 2*reach*neighbourFeatures
	fOpens       = fWrap + 8
	fWordsAt     = fOpens + 8
	featureCount = fWordsAt + subjectCount
)

const (
	treeFeatures      = 6
	reach             = 3 // neighbours on each side
	neighbourFeatures = 8
	decay             = 0.8 // of what an ancestor's class says, a level
	maxAncestors      = 24  // further ones hold the whole page
)

// row fills in the features of block i.
func (f *featurizer) row(i int, x []float32) {
	f.own(i, x)
	f.place(i, x)
	f.ancestors(i, x)
	f.neighbours(i, x)
}

// own are the features of the block itself.
func (f *featurizer) own(i int, x []float32) {
	b, m := &f.d.blocks[i], &f.m[i]
	chars := float32(max(1, b.chars))
	x[fKind] = float32(b.kind)
	x[fLevel] = float32(b.level)
	x[fChars] = log(chars)
	x[fWords] = m.words
	x[fWordLength] = float32(m.letters) / max(1, m.words)
	x[fEnds] = float32(m.ends)
	x[fCommas] = float32(m.commas)
	x[fDigitShare] = float32(m.digits) / chars
	x[fUpperShare] = float32(m.upper) / float32(max(1, m.letters))
	x[fCapShare] = float32(m.capWords) / max(1, m.words)
	x[fCJKShare] = float32(m.cjk) / chars
	x[fQuotes] = float32(m.quotes)
	x[fOtherShare] = float32(m.others) / chars
	x[fLinkShare] = float32(b.linkChars) / chars
	x[fBoldShare] = float32(b.boldChars) / chars
	x[fLinks] = float32(b.links)
	x[fLines] = float32(m.lines)
	x[fFirst] = float32(m.first)
	x[fLast] = float32(m.last)
	x[fEnded] = truth(m.ended)
	x[fAt] = truth(m.at)
	x[fURL] = truth(m.url)
	x[fOwned] = truth(m.owned)
	x[fBar] = truth(m.bar)
	x[fClock] = truth(m.clock)
	x[fYear] = truth(m.year)
	x[fColon] = truth(m.colon)
	x[fTitled] = m.titled
	x[fTitleShare] = m.titleShare
	x[fDescribed] = m.described
	x[fStated] = -1
	if f.hasBody {
		x[fStated] = m.stated
		x[fStatedPage] = min(4, f.bodyLen/float32(max(1, f.total.paraChars)))
	}
	x[fBefore] = m.before
	x[fAgain] = m.again
	x[fSame] = float32(m.same)
	x[fSameBefore] = float32(m.sameBefore)
	x[fPhrase] = float32(m.phrase)
	if m.phrase != article.Unlabelled {
		x[fPhraseClass] = 1 + float32(m.phrase.Class())
	}
	x[fImages] = float32(b.imgs)
	x[fCredit] = float32(m.credit)
	x[fUsual] = clip(m.words/f.usual, 4)
	x[fInFigure] = truth(b.figure >= 0)
	for k, bit := range wrapSubjects {
		x[fWrap+k] = truth(b.wrap&bit != 0)
		x[fOpens+k] = truth(b.opens&bit != 0)
	}
}

// wrapSubjects are the subjects that matter of inline elements around a block.
var wrapSubjects = [8]vocabulary{
	aboutCaption | aboutCredit | aboutImage, aboutAuthor | aboutBio, aboutDate, aboutRelated | aboutLink | aboutTeaser, aboutTitle | aboutStandfirst,
	aboutAd | aboutPromo | aboutNewsletter | aboutShare, aboutHidden | aboutButton | aboutForm, aboutText | aboutBody | aboutQuote,
}

// place are the features of where it stands on the page.
func (f *featurizer) place(i int, x []float32) {
	d := f.d
	n := len(d.blocks)
	x[fPlace] = float32(i) / float32(n)
	x[fPlaceChars] = float32(f.before[i]) / float32(max(1, f.total.chars))
	x[fAfterTitle], x[fAfterFirst], x[fBeforeLast] = -999, -999, -999
	if f.h1 >= 0 {
		x[fAfterTitle] = clip(float32(i-f.h1), 60)
	}
	if f.firstP >= 0 {
		x[fAfterFirst] = clip(float32(i-f.firstP), 60)
		x[fBeforeLast] = clip(float32(f.lastP-i), 60)
	}
	x[fPageBlocks] = log(float32(n))
	x[fPageChars] = log(float32(f.total.chars))
	x[fPageProse] = float32(f.total.paraChars) / float32(max(1, f.total.chars))
	x[fPageLink] = float32(f.total.linkChars) / float32(max(1, f.total.chars))
	x[fPageParas] = float32(f.total.paras)
	x[fPageType] = f.claims
	x[fPageCJK] = f.cjk
	x[fTitlesSince] = float32(f.h1s[i])
	if f.h1 >= 0 {
		x[fTitlesSince] -= float32(f.h1s[f.h1])
	}
	x[fPageItems] = float32(d.raw.count.articles)
	s := f.blockSig[i]
	x[fSigBlocks] = float32(s.blocks)
	x[fSigChars] = float32(s.chars) / float32(max(1, f.total.chars))
	x[fSigLink] = float32(s.linkChars) / float32(max(1, s.chars))
	x[fSigEnded] = float32(s.ended) / float32(s.blocks)
	x[fSigSpan] = float32(s.blocks) / float32(s.last-s.first+1)
	x[fHeadingAway] = 30
	if j := int(f.headed[i]); j >= 0 && j > i-30 {
		x[fHeadingAway], x[fHeadingLevel] = float32(i-j), float32(d.blocks[j].level)
		x[fHeadingRun] = float32(f.m[j].phrase)
	}
	end := min(n, i+6)
	after := f.prosed[end] - f.prosed[i+1]
	near := after + f.prosed[i] - f.prosed[max(0, i-5)]
	x[fProseNear], x[fProseAfter] = log(float32(near)), log(float32(after))
}

// ancestors are the features of the elements around it.
func (f *featurizer) ancestors(i int, x []float32) {
	d := f.d
	el := d.blocks[i].el
	if el < 0 {
		return
	}
	e := d.element(el)
	x[fTag] = tagNumber(e.tag)
	x[fDepth] = float32(e.depth)
	for k := range flagFeatures {
		x[fHidden+k] = truth(e.flags&flagFeatures[k] != 0)
	}
	if p := e.parent; p >= 0 {
		x[fSiblings] = float32(f.tree[p].blocks)
		x[fFirstChild] = truth(d.element(p).firstBlock == int32(i))
		x[fLastChild] = truth(d.element(p).endBlock == int32(i)+1)
	}
	x[fSameArticle] = 0
	if a := f.articles[el]; f.home >= 0 && a >= 0 {
		x[fSameArticle] = 1
		if a != f.home {
			x[fSameArticle] = -1
		}
	}
	f.branch(i, x)
	var seen vocabulary
	value := float32(1)
	up, level := 0, 0
	tree, child := fTree, el
	for a := el; a >= 0 && level < maxAncestors; a, level = d.element(a).parent, level+1 {
		anc := d.element(a)
		fresh := anc.words &^ seen
		if level == 0 {
			fresh |= d.blocks[i].wrap
		}
		seen |= fresh
		for fresh != 0 {
			k := bits.TrailingZeros64(uint64(fresh))
			x[fWordsAt+k] = value
			if !f.onBest[a] {
				x[fWordsAt+k]++ // what is above the prose holds for the page, not for the block
			}
			fresh &= fresh - 1
		}
		value *= decay
		if level > 0 && tree < fTree+4*treeFeatures && f.tree[a].blocks > f.tree[child].blocks { // wrappers that add nothing are passed over
			f.subtree(a, x[tree:tree+treeFeatures])
			tree, child = tree+treeFeatures, a
		}
		if !f.onBest[a] {
			up++
		}
	}
	if f.best >= 0 {
		x[fUp] = float32(up)
		common := el
		if top := f.branches[el].top; top >= 0 {
			common = d.element(top).parent
		}
		if common >= 0 {
			x[fDown] = float32(d.element(f.best).depth - d.element(common).depth)
		}
		x[fInBest] = truth(common == f.best)
		x[fBestShare] = float32(f.tree[f.best].paraChars) / float32(max(1, f.total.paraChars))
		x[fBestLink] = float32(f.tree[f.best].linkChars) / float32(max(1, f.tree[f.best].chars))
	}
}

// branch describes the child of the elements on the way to the prose that leads to the block: a box, a teaser, an
// advertisement, or the prose's own paragraph.
func (f *featurizer) branch(i int, x []float32) {
	d := f.d
	at := &f.branches[d.blocks[i].el]
	a := at.top
	if a < 0 {
		return
	}
	e, t := d.element(a), &f.tree[a]
	x[fBranchTag] = tagNumber(e.tag)
	x[fBranchChars] = log(float32(t.chars))
	x[fBranchLink] = float32(t.linkChars) / float32(max(1, t.chars))
	x[fBranchBlocks] = float32(t.blocks)
	x[fBranchParas] = float32(t.paraChars) / float32(max(1, t.chars))
	x[fBranchDepth] = float32(at.depth)
	x[fBranchPlace] = float32(int32(i) - e.firstBlock)
	if e.parent >= 0 {
		x[fBranchSame] = float32(f.alike[e.sig^uint64(e.parent)<<32])
	}
	first := e.firstBlock
	x[fBranchFirst] = float32(d.blocks[first].kind)
	if d.blocks[first].chars > 200 {
		x[fBranchFirst] = -1
	}
	x[fBranchPhrase] = float32(f.m[first].phrase)
	x[fBranchImages] = float32(d.blocks[first].imgs)
}

func (f *featurizer) subtree(a int32, x []float32) {
	t := &f.tree[a]
	x[0] = log(float32(t.chars))
	x[1] = float32(t.linkChars) / float32(max(1, t.chars))
	x[2] = float32(t.blocks)
	x[3] = float32(t.paras)
	x[4] = float32(t.paraChars) / float32(max(1, f.total.paraChars))
	x[5] = float32(t.paraChars) / float32(max(1, t.chars))
}

var flagFeatures = [...]elementFlags{
	hiddenElement, noscriptElement, inForm, inNav, inAside, inFooter, inHeader, inArticle, inMain, inTable, inList, inQuote, inButton, inSection, isArticleBody,
}

// neighbours are the features of the blocks beside it.
func (f *featurizer) neighbours(i int, x []float32) {
	d := f.d
	at := fNeighbour
	for _, step := range [...]int{-1, 1} {
		for k := 1; k <= reach; k, at = k+1, at+neighbourFeatures {
			j := i + step*k
			if j < 0 || j >= len(d.blocks) {
				x[at] = -1
				continue
			}
			b, m := &d.blocks[j], &f.m[j]
			x[at] = log(float32(b.chars))
			x[at+1] = float32(b.linkChars) / float32(max(1, b.chars))
			x[at+2] = truth(m.ended)
			x[at+3] = truth(f.blockSig[j] == f.blockSig[i])
			x[at+4] = truth(d.blocks[i].el >= 0 && b.el >= 0 && d.element(b.el).parent == d.element(d.blocks[i].el).parent)
			x[at+5] = float32(b.kind)
			x[at+6] = m.stated
			x[at+7] = float32(m.phrase)
		}
	}
}

// tagNumber groups tags for the model.
func tagNumber(tag atom.Atom) float32 {
	switch tag {
	case atom.P:
		return 1
	case atom.Div:
		return 2
	case atom.Li:
		return 3
	case atom.H1:
		return 4
	case atom.H2:
		return 5
	case atom.H3:
		return 6
	case atom.H4, atom.H5, atom.H6:
		return 7
	case atom.Td, atom.Th:
		return 8
	case atom.Figcaption:
		return 9
	case atom.Blockquote:
		return 10
	case atom.Section, atom.Article, atom.Main:
		return 11
	case atom.Header, atom.Footer, atom.Nav, atom.Aside:
		return 12
	case atom.Dt, atom.Dd:
		return 13
	case atom.Button, atom.Select, atom.Textarea:
		return 14
	case atom.Pre:
		return 15
	case atom.Figure:
		return 16
	case 0:
		return 17
	case atom.Body, atom.Html:
		return 18
	case atom.Address:
		return 19
	}
	return 20
}

func truth(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

func clip(v, limit float32) float32 { return max(-limit, min(limit, v)) }

// log is the logarithm to base 2 of 1 + v, exact enough for a model and quick: linear between powers of two.
func log(v float32) float32 {
	u := math.Float32bits(1 + v)
	return float32(int32(u>>23)-127) + float32(u&0x7fffff)/(1<<23)
}

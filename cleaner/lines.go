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
	"unicode"
	"unicode/utf8"

	"newsmill/cleaner/article"
	"newsmill/cleaner/credittext"
	"newsmill/cleaner/forest"
	"newsmill/cleaner/langid"
	"newsmill/cleaner/phrase"
	"newsmill/cleaner/script"
)

// segmentLines makes blocks of plain text.
func (d *document) segmentLines(text string) error {
	rows := 0
	for _, end := range rowEnds {
		rows += strings.Count(text, end)
	}
	if rows > 2*maxBlocks { // an empty line after each is usual
		return fmt.Errorf("%w: more than %d lines", ErrTooLong, 2*maxBlocks)
	}
	d.lines = true
	gaps := 0
	for _, l := range plainLines(text) {
		b := block{text: l.text, spans: l.spans, el: -1, figure: -1, kind: textBlock, tight: !l.gap && len(d.blocks) > 0}
		switch {
		case l.listed:
			b.kind = listedBlock
		case l.heading > 0:
			b.kind, b.level = headingBlock, l.heading
		case l.quote:
			b.kind = quoteBlock
		}
		if l.gap && len(d.blocks) > 0 {
			gaps++
		}
		d.blocks = append(d.blocks, b)
	}
	// A stray empty line in a dump of one block a line doesn't make one paragraph of the lines between: only in a text
	// of many are lines without one a list or the lines of a verse.
	for i := range d.blocks {
		b := &d.blocks[i]
		if gaps == 0 || gaps*4 < len(d.blocks) && len(b.text) > maxTightLine {
			b.tight = false
		}
	}
	if len(d.blocks) > maxBlocks {
		return fmt.Errorf("%w: more than %d", ErrTooLong, maxBlocks)
	}
	return nil
}

const maxTightLine = 120 // bytes: longer lines are paragraphs, where few empty lines are

// endsSentence reports whether a text ends as a sentence does, closing quotes and brackets set aside.
func endsSentence(s string) bool {
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		switch r {
		case '.', '!', '?', '…', '。', '！', '？', '।', '؟', '۔', '։', '።', '．':
			return true
		case '"', '\'', '”', '’', '»', '«', '“', '‘', ')', ']', '」', '』', '）', '】', '›', '‹', '*', ' ':
			s = s[:len(s)-size]
		default:
			return false
		}
	}
	return false
}

// decideLines gives each line of plain text its label: the model's word on whether it is body, and the phrase packs'
// on what it is.
func decideLines(d *document, site *compiledSite, model *LinesModel) {
	if model == nil {
		model = linesModel()
	}
	f := measureLines(d)
	d.measures = f.m
	keep := model.pick(f.passager(model))
	f.first = f.from
	for i := range d.blocks {
		if keep[i] && !f.begun {
			f.begun, f.first = true, i
		}
		f.label(i, keep[i])
		site.applyPhrases(&d.blocks[i])
	}
	if i := f.headline(); i >= 0 {
		d.blocks[i].label, d.blocks[i].reason = article.Title, "headline"
	}
}

// A headline stands at most so many lines before the article, and at least this share of its words comes again there.
// In 118 of 142 dumps of pages a line is found so; 28 times it isn't the title of the page's metadata nor part of it,
// of which some 18 are what the page itself shows as its headline.
const (
	headlineReach = 15
	headlineShare = 0.6
)

// headline returns the line before the article that has most words of the article, -1 if none has many.
func (f *lineFeaturizer) headline() int {
	first := f.first
	best, most := -1, float32(headlineShare)
	for i := first - 1; i >= max(0, first-headlineReach); i-- {
		b, m := &f.d.blocks[i], &f.m[i]
		isNamed := b.reason != "model" && b.reason != readingReason // by a phrase
		if isNamed || m.words < 4 || m.words > 30 || m.bar || strings.HasSuffix(b.text, ".") {
			continue
		}
		if f.shared[i] > most {
			best, most = i, f.shared[i]
		}
	}
	return best
}

// A sentence alone has no neighbours that the model could judge by. A text that shows nothing of a page around it is an
// article, or a part of one: its sentences stay unless a phrase claims them. What that is was measured on 142 dumps of
// pages: no more than 92 % of their characters are in sentences, and few begin and end with a sentence.
const (
	pageShare  = 0.90 // of the characters in sentences: may be a page
	cleanShare = 0.94 // nothing but an article

	outerLines     = 3   // so many lines before the first sentence and after the last make a page
	bareShare      = 0.7 // of the characters in sentences: an article, if no line is outside of them
	scatteredShare = 0.5 // no article even then

	sentenceTrust = 5 // added to the log-odds of sentences of a text that is nothing but an article
	innerTrust    = 4 // and of the headings, items of lists and rows of tables between them
)

// trust raises the scores of lines in texts that show nothing of a page.
func (f *lineFeaturizer) trust(scores []float32) {
	chars, total := 0, 0
	first, last := -1, -1
	for i := range f.m {
		b := &f.d.blocks[i]
		switch {
		case f.claimed(i):
			continue
		case f.sentence(i):
			chars += b.chars
			if first < 0 {
				first = i
			}
			last = i
		}
		total += b.chars
	}
	if first < 0 {
		return
	}
	f.behead(scores, first)
	share, outside := float32(chars)/float32(total), float32(first+len(f.m)-1-last)
	clean := max(ramp(share, pageShare, cleanShare), ramp(-outside, -outerLines, 0)*ramp(share, scatteredShare, bareShare))
	for i := range f.m {
		switch {
		case f.claimed(i):
		case f.sentence(i):
			scores[i] = raise(scores[i], sentenceTrust*clean)
		case first < i && i < last && f.m[i].lettered():
			scores[i] = raise(scores[i], innerTrust*clean)
		}
	}
}

// behead lowers the scores of lines that a byline or a date parts from the first sentence: they are headlines, and what
// else stands above an article.
func (f *lineFeaturizer) behead(scores []float32, first int) {
	head := -1
	for i := first - 1; i >= max(0, first-headlineReach) && head < 0; i-- {
		if f.m[i].phrase == article.Byline || f.m[i].phrase == article.Date {
			head = i
		}
	}
	for i := range max(0, head) {
		scores[i] = raise(scores[i], -sentenceTrust)
	}
}

// raise adds to the log-odds of a probability.
func raise(p, odds float32) float32 {
	grown := p * float32(math.Exp(float64(odds)))
	return grown / (grown + 1 - p)
}

// claimed reports whether a phrase or a credit says that line i is none of the article.
func (f *lineFeaturizer) claimed(i int) bool {
	return f.m[i].rule != nil && f.m[i].rule.Label.Class() != article.Body || f.credit[i] != noCredit
}

// sentence reports whether line i is one sentence at least, or as long as one.
func (f *lineFeaturizer) sentence(i int) bool {
	m := &f.m[i]
	return m.ended && m.words >= 3 || m.words >= 25
}

// ramp goes from 0 where x is low to 1 where it is high.
func ramp(x, low, high float32) float32 { return min(1, max(0, (x-low)/(high-low))) }

// lineScore is the probability from which a line is body.
const lineScore = 0.53

// creditedScore: a line that ends in a credit and is this surely body is a paragraph that names a source.
const creditedScore = 0.9

// passager scores the lines and notes what they make of the text.
func (f *lineFeaturizer) passager(model *LinesModel) *passager {
	rows, scores := model.scores(f)
	f.trust(scores)
	now, claimed := make([]bool, len(scores)), make([]bool, len(scores))
	for i, score := range scores {
		b := &f.d.blocks[i]
		b.score = float64(score)
		claimed[i] = b.kind == listedBlock || f.ruled(i) || f.credited(i)
		now[i] = b.score >= lineScore && !claimed[i]
	}
	return newPassager(f, rows, scores, now, claimed)
}

// ruled reports whether a phrase says that line i is none of the article, and the model is not sure that it is.
func (f *lineFeaturizer) ruled(i int) bool {
	r := f.m[i].rule
	return r != nil && r.Label.Class() != article.Body && (f.d.blocks[i].score < sureScore || phrase.LongLabels[r.Label])
}

// credited reports whether line i is a caption by its credit.
func (f *lineFeaturizer) credited(i int) bool {
	return f.credit[i] == sureCredit || f.credit[i] == likelyCredit && f.d.blocks[i].score < creditedScore
}

// label gives line i its label; keep: it is of the passage that is the article.
func (f *lineFeaturizer) label(i int, keep bool) {
	b, m := &f.d.blocks[i], &f.m[i]
	b.reason = "model"
	if keep != (b.score >= lineScore) {
		b.reason = readingReason
	}
	switch {
	case b.kind == listedBlock:
		b.label, b.reason = article.Navigation, "listed-addresses"
	case f.ruled(i):
		b.label, b.reason = m.rule.Label, m.rule.ID
	case f.credited(i):
		b.label, b.reason = article.Caption, creditTailReason
	case keep:
		b.label = f.bodyLabel(i)
	default:
		b.label = f.noiseLabel(i)
	}
}

// bodyLabel tells paragraphs, headings and items of lists apart.
func (f *lineFeaturizer) bodyLabel(i int) article.Label {
	b, m := &f.d.blocks[i], &f.m[i]
	switch {
	case b.kind == headingBlock:
		return article.Heading
	case b.kind == quoteBlock:
		return article.Quote
	case startsItem(b.text) && !(startsSpeech(b.text) && m.ended):
		return article.ListItem
	}
	return article.Paragraph
}

// noiseLabel names a line that is not body by its shape and place.
func (f *lineFeaturizer) noiseLabel(i int) article.Label {
	m := &f.m[i]
	before, after := i < f.from && !f.begun, i >= f.to || f.begun // the article, as far as it is known
	switch {
	case !m.lettered():
		return article.Separator
	case strings.HasPrefix(f.d.blocks[i].text, "/") && m.words <= 3:
		return article.Credit
	case m.clock && m.year && m.words <= 12:
		return article.Date
	case m.owned && after:
		return article.Copyright
	case m.words <= 5 && before:
		return article.Navigation
	case m.words <= 5 && after:
		return article.Footer
	case !before && !after && m.words >= 4:
		return article.Related
	}
	return article.Boilerplate
}

func (m *measure) lettered() bool { return m.letters > 0 || m.digits > 0 || m.cjk > 0 }

// lineFeaturizer holds what the features of plain text's lines are computed from.
type lineFeaturizer struct {
	d      *document
	m      []measure
	lang   string
	before []int32 // characters before each line
	total  int32
	paras  int
	prose  int32 // characters of lines that read as prose

	common []float32 // share of the line's words that prose lines use often: articles, prepositions
	shared []float32 // share of its words that the article's span has
	topic  []float32 // the same with words counting for more the fewer lines of prose have them, so that articles count for nothing
	around []float32 // topic of the line and of those around it together
	credit []creditTail
	alien  []float32 // share of its letters that are not in the page's script
	words  [][]uint32
	terms  [][]uint32
	cjk    int32
	since  [][len(sinceLabels)]uint8 // lines since the last above that a phrase of each label matches
	starts []int32                   // lines that begin with the same two words
	from   int                       // the run of lines that holds most prose and least else
	to     int

	first int  // once they are labelled, the first line that the model holds for body; without one, from
	begun bool // while they are labelled: there was one
}

// The features of a line, by index into its row.
const (
	lChars = iota
	lWords
	lWordLength
	lEnds
	lCommas
	lDigitShare
	lUpperShare
	lCapShare
	lCJKShare
	lQuotes
	lOtherShare
	lExclaims
	lAsks
	lFirst
	lLast
	lEnded
	lAt
	lURL
	lOwned
	lBar
	lClock
	lYear
	lColon
	lBefore
	lAgain
	lSame
	lSameBefore
	lPhrase
	lPhraseClass
	lCommon
	lShared
	lTopic
	lTopicAround
	lAlien
	lStarts
	lCredit
	lItem
	lSpeech
	lGlued
	lPlace
	lPlaceChars
	lFromSpan
	lToSpan
	lInSpan
	lShortBefore
	lShortAfter
	lProseBefore
	lProseAfter
	lProseBeforeChars
	lProseAfterChars
	lProseNear
	lPageLines
	lPageChars
	lPageProse
	lPageParas
	lSpanShare
	lRuleAbove
	lRuleAboveAway
	lSinceComment // distances to the last lines above that phrases of some labels match

	lSinceRelated = lSinceComment + 4
	lSinceByline  = lSinceComment + 6
	lSinceDate    = lSinceComment + 7

	lNeighbour       = lSinceComment + len(sinceLabels)
	lineFeatureCount = lNeighbour + 2*lineReach*lineNeighbourFeatures
)

const (
	lineReach             = 3 // neighbours on each side
	topicReach            = 4 // lines on each side that count for what the lines around are about
	lineNeighbourFeatures = 9
)

// sinceLabels are labels of phrases after which an article is often over, or not begun.
var sinceLabels = [...]article.Label{article.Comment, article.Tags, article.Share, article.Copyright, article.Related, article.Newsletter, article.Byline, article.Date}

const sinceFar = 60

// measureLines computes what the features of all lines need.
func measureLines(d *document) *lineFeaturizer {
	n := len(d.blocks)
	f := &lineFeaturizer{
		d: d, m: make([]measure, n), before: make([]int32, n+1), common: make([]float32, n), shared: make([]float32, n),
		alien: make([]float32, n), starts: make([]int32, n), credit: make([]creditTail, n),
	}
	f.lang = phraseLanguage(d)
	rules := phrase.NewMatcher(f.lang)
	grams := make([][]uint32, n)
	words := make([][]uint32, n)
	f.words = words
	texts := make(map[uint64]int32, n)
	begins := make(map[uint64]int32, n)
	size := 0
	for i := range d.blocks {
		size += len(d.blocks[i].text)
	}
	seen := newGramCount(size / 4)
	inProse := map[uint32]int32{}
	f.terms = make([][]uint32, n)
	termProse := map[uint32]int32{}
	for i := range d.blocks {
		b, m := &d.blocks[i], &f.m[i]
		b.chars = utf8.RuneCountInString(b.text)
		words[i] = m.read(b.text, nil)
		m.sameBefore = texts[m.hash]
		texts[m.hash]++
		if len(words[i]) > 2 {
			begins[begin(words[i])]++
		}
		grams[i] = appendGrams(nil, words[i])
		m.before = seen.share(grams[i], 1)
		seen.add(grams[i])
		f.before[i+1] = f.before[i] + int32(b.chars)
		if r := rules.Match(b.text); r != nil {
			m.rule, m.phrase = r, r.Label
		}
		f.credit[i] = creditTailOf(b.text)
		f.terms[i] = m.terms(words[i])
		f.cjk += m.cjk
		if m.prose(b) {
			f.paras++
			f.prose += int32(b.chars)
			for _, w := range f.distinct(i) {
				inProse[w]++
			}
			for _, t := range f.terms[i] {
				termProse[t]++
			}
		}
	}
	f.total = f.before[n]
	f.findSince()
	f.findSpan()
	inSpan := map[uint32]int32{}
	for i := f.from; i < f.to; i++ {
		if f.m[i].prose(&d.blocks[i]) {
			for _, w := range f.distinct(i) {
				inSpan[w]++
			}
		}
	}
	f.findTopics(termProse)
	main := f.mainScript()
	often := int32(max(2, f.paras/6))
	for i := range d.blocks {
		b, m := &d.blocks[i], &f.m[i]
		m.same = texts[m.hash]
		m.again = seen.share(grams[i], 2)
		if len(words[i]) > 2 {
			f.starts[i] = begins[begin(words[i])]
		}
		f.alien[i] = main.alien(b.text)
		own := int32(0)
		if i >= f.from && i < f.to && m.prose(b) {
			own = 1
		}
		if len(words[i]) == 0 {
			continue
		}
		for _, w := range words[i] {
			if inProse[w] >= often {
				f.common[i]++
			}
			if inSpan[w] > own {
				f.shared[i]++
			}
		}
		f.common[i] /= float32(len(words[i]))
		f.shared[i] /= float32(len(words[i]))
	}
	return f
}

// findSince counts the lines since phrases of some labels.
func (f *lineFeaturizer) findSince() {
	f.since = make([][len(sinceLabels)]uint8, len(f.m))
	for s, label := range sinceLabels {
		lines := uint8(sinceFar)
		for i := range f.m {
			f.since[i][s] = lines
			if f.m[i].phrase == label {
				lines = 0
			}
			lines = min(lines+1, sinceFar)
		}
	}
}

// terms returns what a line can be about: its words or, in scripts without spaces, its pairs of characters.
func (m *measure) terms(words []uint32) []uint32 {
	if !m.inPairs() || len(words) < 2 {
		return distinct(words)
	}
	pairs := make([]uint32, len(words)-1)
	for i := range pairs {
		pairs[i] = (words[i] ^ words[i+1]*0x85ebca6b) * 0xc2b2ae35
	}
	slices.Sort(pairs)
	return slices.Compact(pairs)
}

// inPairs reports whether a line is about pairs of characters, not words.
func (m *measure) inPairs() bool { return m.cjk*2 > m.letters }

// distinct returns the words of line i without repetitions.
func (f *lineFeaturizer) distinct(i int) []uint32 {
	if f.m[i].inPairs() {
		return distinct(f.words[i])
	}
	return f.terms[i]
}

// findTopics measures how much of what lines are about the prose of the span is about. inProse counts the lines of
// prose that have a term.
func (f *lineFeaturizer) findTopics(inProse map[uint32]int32) {
	terms, n := f.terms, len(f.terms)
	f.topic, f.around = make([]float32, n), make([]float32, n)
	inSpan := map[uint32]int32{}
	for i := f.from; i < f.to; i++ {
		if f.m[i].prose(&f.d.blocks[i]) {
			for _, t := range terms[i] {
				inSpan[t]++
			}
		}
	}
	weights := make([]float32, f.paras+1) // by the number of lines of prose
	for k := range weights {
		weights[k] = log(float32(f.paras+1) / float32(max(1, k)))
	}
	found, all := make([]float32, n+1), make([]float32, n+1) // sums over the lines before
	for i := range terms {
		own := int32(0)
		if i >= f.from && i < f.to && f.m[i].prose(&f.d.blocks[i]) {
			own = 1
		}
		has, sum := float32(0), float32(0)
		for _, t := range terms[i] {
			w := weights[inProse[t]]
			sum += w
			if inSpan[t] > own {
				has += w
			}
		}
		f.topic[i] = has / max(1, sum)
		found[i+1], all[i+1] = found[i]+has, all[i]+sum
	}
	for i := range terms {
		a, b := max(0, i-topicReach), min(n, i+topicReach+1)
		f.around[i] = (found[b] - found[a]) / max(1, all[b]-all[a])
	}
}

func begin(words []uint32) uint64 { return uint64(words[0])<<32 | uint64(words[1]) }

// distinct returns the words without repetitions, sorted.
func distinct(words []uint32) []uint32 {
	return slices.Compact(slices.Sorted(slices.Values(words)))
}

// findSpan finds the run of lines with most prose and least else: what prose holds counts for it, every other line
// against it, as far as its length goes.
func (f *lineFeaturizer) findSpan() {
	best, sum, start := float32(0), float32(0), 0
	for i := range f.m {
		b := &f.d.blocks[i]
		if f.m[i].prose(b) {
			sum += min(float32(b.chars), 600)
		} else {
			sum -= 40
		}
		if sum <= 0 {
			sum, start = 0, i+1
			continue
		}
		if sum > best {
			best, f.from, f.to = sum, start, i+1
		}
	}
}

// mainScript returns the script of most of the prose, or of everything where there is none.
func (f *lineFeaturizer) mainScript() scriptShare {
	var s scriptShare
	for i := range f.d.blocks {
		if f.paras == 0 || f.m[i].prose(&f.d.blocks[i]) {
			s.count(f.d.blocks[i].text)
		}
	}
	for i, n := range s.letters {
		if n > s.letters[s.main] {
			s.main = script.Script(i)
		}
	}
	return s
}

// scriptShare counts letters by script; ideographs and kana are one.
type scriptShare struct {
	letters [script.Count]int
	main    script.Script
}

func (s *scriptShare) count(text string) {
	for _, r := range text {
		if unicode.IsLetter(r) {
			s.letters[script.Of(r)]++
		}
	}
}

// alien returns the share of a text's letters that are in a script that the page is not in.
func (s *scriptShare) alien(text string) float32 {
	other, all := 0, 0
	for _, r := range text {
		if r < utf8.RuneSelf && s.main == script.LatinOrNone || !unicode.IsLetter(r) {
			if r < utf8.RuneSelf && ('a' <= r|0x20 && r|0x20 <= 'z') {
				all++
			}
			continue
		}
		all++
		if own := script.Of(r); own != s.main && (s.letters[own] == 0 || own == script.LatinOrNone || s.main == script.LatinOrNone) {
			other++
		}
	}
	return float32(other) / float32(max(1, all))
}

// row fills in the features of line i.
func (f *lineFeaturizer) row(i int, x []float32) {
	b, m := &f.d.blocks[i], &f.m[i]
	n := len(f.m)
	chars := float32(max(1, b.chars))
	x[lChars] = log(chars)
	x[lWords] = m.words
	x[lWordLength] = float32(m.letters) / max(1, m.words)
	x[lEnds] = float32(m.ends)
	x[lCommas] = float32(m.commas)
	x[lDigitShare] = float32(m.digits) / chars
	x[lUpperShare] = float32(m.upper) / float32(max(1, m.letters))
	x[lCapShare] = float32(m.capWords) / max(1, m.words)
	x[lCJKShare] = float32(m.cjk) / chars
	x[lQuotes] = float32(m.quotes)
	x[lOtherShare] = float32(m.others) / chars
	x[lExclaims] = float32(strings.Count(b.text, "!"))
	x[lAsks] = float32(strings.Count(b.text, "?"))
	x[lFirst] = float32(m.first)
	x[lLast] = float32(m.last)
	x[lEnded] = truth(m.ended)
	x[lAt] = truth(m.at)
	x[lURL] = truth(m.url)
	x[lOwned] = truth(m.owned)
	x[lBar] = truth(m.bar)
	x[lClock] = truth(m.clock)
	x[lYear] = truth(m.year)
	x[lColon] = truth(m.colon)
	x[lBefore] = m.before
	x[lAgain] = m.again
	x[lSame] = float32(m.same)
	x[lSameBefore] = float32(m.sameBefore)
	x[lPhrase] = float32(m.phrase)
	if m.phrase != article.Unlabelled {
		x[lPhraseClass] = 1 + float32(m.phrase.Class())
	}
	x[lCommon] = f.common[i]
	x[lShared] = f.shared[i]
	x[lTopic] = f.topic[i]
	x[lTopicAround] = f.around[i]
	x[lAlien] = f.alien[i]
	x[lStarts] = float32(f.starts[i])
	x[lCredit] = truth(f.credit[i] != noCredit)
	x[lItem] = truth(startsItem(b.text))
	x[lSpeech] = truth(startsSpeech(b.text))
	x[lGlued] = float32(gluedWords(b.text)) / max(1, m.words)
	x[lPlace] = float32(i) / float32(n)
	x[lPlaceChars] = float32(f.before[i]) / float32(max(1, f.total))
	x[lFromSpan] = clip(float32(i-f.from), 60)
	x[lToSpan] = clip(float32(f.to-1-i), 60)
	x[lInSpan] = truth(i >= f.from && i < f.to)
	f.surroundings(i, x)
	x[lPageLines] = log(float32(n))
	x[lPageChars] = log(float32(f.total))
	x[lPageProse] = float32(f.prose) / float32(max(1, f.total))
	x[lPageParas] = float32(f.paras)
	x[lSpanShare] = float32(f.before[f.to]-f.before[f.from]) / float32(max(1, f.total))
	at := lNeighbour
	for _, step := range [...]int{-1, 1} {
		for k := 1; k <= lineReach; k, at = k+1, at+lineNeighbourFeatures {
			j := i + step*k
			if j < 0 || j >= n {
				x[at] = -1
				continue
			}
			o := &f.m[j]
			x[at] = log(float32(f.d.blocks[j].chars))
			x[at+1] = truth(o.ended)
			x[at+2] = float32(o.phrase)
			x[at+3] = float32(o.first)
			x[at+4] = float32(o.capWords) / max(1, o.words)
			x[at+5] = f.shared[j]
			x[at+6] = float32(o.same)
			x[at+7] = f.common[j]
			x[at+8] = truth(f.credit[j] != noCredit)
		}
	}
}

// surroundings are the features of the lines before and after: runs of short ones, the nearest prose, the nearest line
// above that a phrase matches ("Related articles").
func (f *lineFeaturizer) surroundings(i int, x []float32) {
	const far = 30
	n := len(f.m)
	prose := func(j int) bool { return f.m[j].prose(&f.d.blocks[j]) }
	short := func(j int) bool { return f.m[j].words < 10 && !f.m[j].ended }
	k := i - 1
	for ; k >= 0 && i-k <= far && short(k); k-- {
	}
	x[lShortBefore] = float32(i - 1 - k)
	for k = i + 1; k < n && k-i <= far && short(k); k++ {
	}
	x[lShortAfter] = float32(k - 1 - i)
	x[lProseBefore], x[lProseAfter] = far, far
	for k = i - 1; k >= 0 && i-k < far; k-- {
		if prose(k) {
			x[lProseBefore], x[lProseBeforeChars] = float32(i-k), log(float32(f.d.blocks[k].chars))
			break
		}
	}
	for k = i + 1; k < n && k-i < far; k++ {
		if prose(k) {
			x[lProseAfter], x[lProseAfterChars] = float32(k-i), log(float32(f.d.blocks[k].chars))
			break
		}
	}
	near := int32(0)
	for k = max(0, i-5); k < min(n, i+6); k++ {
		if k != i && prose(k) {
			near += int32(f.d.blocks[k].chars)
		}
	}
	x[lProseNear] = log(float32(near))
	for s, lines := range f.since[i] {
		x[lSinceComment+s] = float32(lines)
	}
	x[lRuleAboveAway] = far
	for k = i - 1; k >= 0 && i-k < far; k-- {
		if f.m[k].phrase != article.Unlabelled {
			x[lRuleAbove], x[lRuleAboveAway] = float32(f.m[k].phrase), float32(i-k)
			break
		}
	}
}

// gluedWords counts capitals after small letters or digits, which dumps of menus are full of: "FacebookXWhatsApp".
func gluedWords(text string) int {
	n := 0
	prev := byte(' ')
	for i := 0; i < len(text); i++ {
		c := text[i]
		if 'A' <= c && c <= 'Z' && ('a' <= prev && prev <= 'z' || '0' <= prev && prev <= '9') {
			n++
		}
		prev = c
	}
	return n
}

// LinesModel tells which lines of a plain text are its article: a forest on a line's own features and those of its
// neighbours; what its words say beyond that; then a forest that also sees what these say of the lines around. Without markup
// the neighbours matter more than in a page, so the second look pays here. The built-in one is trained by cmd/newsmill-train.
type LinesModel struct {
	first, final Model
	wording      wording
	passages     forest.Forest // says which passage is the article; none: what is labelled body
}

// wording says how much likelier words, pairs of words, and the first and last pair of a line make it body, by their hash.
type wording struct {
	Scale   float32
	Weights [1 << tokenBits]int8
}

const (
	linesMagic   = "newsmill lines 3\n"
	tokenBits    = 16
	wordedWords  = 80                   // of a line: what follows says the same
	lineWindow   = 5                    // lines on each side whose first scores the final forest sees
	lineCluster  = 10                   // lines on each side that count for how much body there is about
	wordingReach = 5                    // lines on each side that count for what the words about say
	wordingCount = 6                    // features of words: the line's own, four neighbours', the mean of those about
	linesAround  = 2*lineWindow + 1 + 6 // the first scores, and sums on the page
)

// appendTokens appends what the wording of a line is known by.
func appendTokens(tokens []uint16, words []uint32) []uint16 {
	const pair, begins, ends = 0x85ebca6b, 0x27d4eb2f, 0x165667b1
	mixed := func(h uint32) uint16 { return uint16((h ^ h>>15) * 0x2c1b3c6d >> (32 - tokenBits)) }
	for i, w := range words[:min(len(words), wordedWords)] {
		tokens = append(tokens, mixed(w))
		if i > 0 {
			tokens = append(tokens, mixed(words[i-1]*pair^w))
		}
	}
	if n := len(words); n > 1 {
		tokens = append(tokens, mixed((words[0]*pair^words[1])*begins), mixed((words[n-2]*pair^words[n-1])*ends))
	}
	return tokens
}

// odds returns what the tokens of a line add to its log-odds.
func (w *wording) odds(tokens []uint16) float32 {
	sum := 0
	for _, t := range tokens {
		sum += int(w.Weights[t])
	}
	return float32(sum) * w.Scale / float32(math.Sqrt(float64(max(1, len(tokens)))))
}

//go:embed lines.bin
var builtInLinesModel []byte

var linesModel = sync.OnceValue(func() *LinesModel {
	m, err := ReadLinesModel(bytes.NewReader(builtInLinesModel))
	if err != nil {
		panic(err) // an embedded file: a test reads it
	}
	return m
})

// ReadLinesModel reads a model for plain text as cmd/newsmill-train writes it.
func ReadLinesModel(r io.Reader) (*LinesModel, error) {
	if !forest.Begins(r, linesMagic) {
		return nil, errors.New("not a newsmill model of lines: train one with newsmill-train -lines")
	}
	var features uint32
	if err := binary.Read(r, binary.LittleEndian, &features); err != nil {
		return nil, fmt.Errorf("model of lines: %w", err)
	}
	if features != uint32(lineFeatureCount) {
		return nil, fmt.Errorf("model of lines has %d features, this program %d: train it again", features, lineFeatureCount)
	}
	m := &LinesModel{}
	for _, half := range []*Model{&m.first, &m.final} {
		f, err := forest.Read(r)
		if err != nil {
			return nil, fmt.Errorf("model of lines: %w", err)
		}
		*half = Model{forest: f}
	}
	if err := binary.Read(r, binary.LittleEndian, &m.wording); err != nil {
		return nil, fmt.Errorf("model of lines: %w", err)
	}
	if err := binary.Read(r, binary.LittleEndian, &features); err != nil {
		return nil, fmt.Errorf("model of lines: %w", err)
	}
	var err error
	if m.passages, err = forest.Read(r); err != nil {
		return nil, fmt.Errorf("model of lines: %w", err)
	}
	if m.passages.Trees() > 0 && features != uint32(passageFeatures) {
		return nil, fmt.Errorf("model of lines has %d features of passages, this program %d: train it again", features, passageFeatures)
	}
	return m, nil
}

// scores returns for each line its features and the probability that it is body.
func (m *LinesModel) scores(f *lineFeaturizer) (features [][]float32, scores []float32) {
	const wide = lineFeatureCount + linesAround + wordingCount
	n := len(f.m)
	rows := make([]float32, n*wide)
	features = make([][]float32, n)
	first, worded, total := make([]float32, n), make([]float32, n), float32(0)
	var tokens []uint16
	for i := range n {
		x := rows[i*wide : (i+1)*wide]
		f.row(i, x)
		features[i] = x
		tokens = appendTokens(tokens[:0], f.words[i])
		worded[i] = m.wording.odds(tokens)
		first[i] = raise(m.first.score(x), worded[i])
		total += first[i]
	}
	sums, wordings := make([]float32, n+1), make([]float32, n+1)
	for i, v := range first {
		sums[i+1], wordings[i+1] = sums[i]+v, wordings[i]+worded[i]
	}
	about := func(i, reach int) float32 { return sums[min(n, i+reach+1)] - sums[max(0, i-reach)] }
	largest := float32(0)
	for i := range n {
		largest = max(largest, about(i, lineCluster))
	}
	final, run := make([]float32, n), float32(0)
	for i := range n {
		x := rows[i*wide : (i+1)*wide]
		y := x[lineFeatureCount:]
		for k := -lineWindow; k <= lineWindow; k++ {
			if j := i + k; j < 0 || j >= n {
				y[k+lineWindow] = -1
			} else {
				y[k+lineWindow] = first[j]
			}
		}
		y[2*lineWindow+1] = run
		run += first[i]
		y[2*lineWindow+2] = total - run
		y[2*lineWindow+3] = total / float32(n)
		y[2*lineWindow+4] = total
		y[2*lineWindow+5] = about(i, lineCluster) / max(1, largest)
		y[2*lineWindow+6] = about(i, 2)
		y = y[linesAround:]
		for k, step := range [...]int{0, -1, 1, -2, 2} {
			if j := i + step; j >= 0 && j < n {
				y[k] = worded[j]
			}
		}
		y[5] = (wordings[min(n, i+wordingReach+1)] - wordings[max(0, i-wordingReach)]) / (2*wordingReach + 1)
		final[i] = m.final.score(x)
	}
	return features, final
}

// LineSamples returns the lines of a plain text with their features, for training. The blocks of an HTML page are
// taken for the lines of its dump.
func LineSamples(p Page) ([]Sample, error) {
	doc, err := dumpOf(p)
	if err != nil {
		return nil, err
	}
	f := measureLines(doc)
	samples := make([]Sample, len(doc.blocks))
	for i := range doc.blocks {
		x := make([]float32, lineFeatureCount)
		f.row(i, x)
		samples[i] = Sample{Text: doc.blocks[i].text, Features: x, Tokens: appendTokens(nil, f.words[i])}
	}
	return samples, nil
}

// dumpOf returns a plain text, or a page as if it were one, a line a block.
func dumpOf(p Page) (*document, error) {
	text, _, err := p.text()
	if err != nil {
		return nil, err
	}
	doc := &document{}
	if err := doc.segment(text, p); err != nil {
		return nil, err
	}
	if !doc.lines {
		dump := &document{lines: true}
		for i := range doc.blocks {
			if t := script.Fold(doc.blocks[i].text); t != "" {
				dump.blocks = append(dump.blocks, block{text: t, el: -1, figure: -1, kind: textBlock})
			}
		}
		doc = dump
	}
	return doc, nil
}

// phraseLanguage returns the language to read a page's phrases in: the one it declares, else that of its text.
func phraseLanguage(d *document) string {
	if d.lang != "" && langid.Primary(d.lang) != "en" { // which templates say that nobody has changed
		return d.lang
	}
	var sb strings.Builder
	for _, least := range [...]int{80, 0} { // long lines are the article's; a text of short ones only has no others
		for i := range d.blocks {
			if t := d.blocks[i].text; len(t) > least && sb.Len() < 3000 {
				sb.WriteString(t)
				sb.WriteByte('\n')
			}
		}
		if sb.Len() > 0 {
			break
		}
	}
	tag, sure := langid.Detect(sb.String(), nil)
	if d.lang != "" && !sure {
		return d.lang
	}
	return tag
}

// maxCaption is the length in bytes of a line that may be a caption: longer ones are paragraphs that name a source.
const maxCaption = 600

// creditTail tells how a line that is a caption with its credit ends: not so, likely so ("The King arrives (Picture:
// Agency)"), or surely so ("A car leaves, May 26. /VCG"). Of 30,000 lines of dumps, 322 of the 329 that end so are none
// of the article.
type creditTail uint8

const (
	noCredit creditTail = iota
	likelyCredit
	sureCredit
)

// creditTailReason is the reason of captions that are known by their credit alone.
const creditTailReason = "credit-tail"

func creditTailOf(text string) creditTail {
	if len(text) > maxCaption || strings.HasSuffix(text, ".") {
		return noCredit
	}
	if endsInTakenOn(text) {
		return sureCredit
	}
	caption, credit := credittext.Split(text)
	switch {
	case caption == "" || credit == "":
		return noCredit
	case strings.HasSuffix(text, "/"+credit) && endsSentence(caption) && !strings.Contains(credit, " "):
		return sureCredit
	}
	return likelyCredit
}

// endsInTakenOn reports whether a text ends as captions of Japanese papers do: ＝, the day the picture was taken, the
// place, no full stop ("…会見する市長＝13日、東京都千代田区").
func endsInTakenOn(text string) bool {
	at := strings.LastIndex(text, "＝")
	if at <= 0 || strings.HasSuffix(text, "。") {
		return false
	}
	tail := text[at+len("＝"):]
	first, _ := utf8.DecodeRuneInString(tail)
	return (first >= '0' && first <= '9' || first >= '０' && first <= '９') && strings.Contains(tail, "日") && utf8.RuneCountInString(tail) <= 50
}

// startsSpeech reports whether a line begins with a dash as direct speech does in many languages.
func startsSpeech(l string) bool {
	for _, mark := range []string{"- ", "– ", "— ", "― "} {
		if strings.HasPrefix(l, mark) {
			return true
		}
	}
	return false
}

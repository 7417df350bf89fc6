package storage

import (
	"slices"
	"unicode/utf8"
)

// bond is what the addresses of two pages say of their being one article, from nothing to much.
type bond uint8

const (
	noBond      bond = iota // pages of one source
	namesSame               // both name one canonical address: careless templates name the section, or yesterday's article
	namesOther              // one names the other's address as canonical
	sameAddress             // forms of one address (print, AMP, www, http), or it led to this article before
)

const (
	// runWords is how many words in a row must be in both texts to count as common: a headline's worth, since texts of one
	// newsroom share shorter phrases. In short texts it is a quarter of them, beside a much longer one half of them.
	runWords = 12
	// fewWords: texts of fewer words have so little to tell them apart that a number, or the title, does.
	fewWords = 60
	// fullerWords: a text that has so many words more than another, and half as many as that again, is the whole of which
	// that is the teaser.
	fullerWords = 25
)

// word is a word of a text that is compared.
type word struct {
	hash     uint64
	isNumber bool
}

// side is what one text has that the other doesn't.
type side struct {
	words   int // in all; of scripts without spaces, characters / 2
	own     int // that the other text doesn't have, or not within such words
	places  int // in how many places these stand
	numbers int // how many of these are numbers
}

// overlap is how much two texts have in common.
type overlap struct{ a, b side }

// compareTexts finds what each of two texts has that the other doesn't, whatever the order of its parts.
func compareTexts(a, b string) overlap {
	wa, unspaced := wordsOf(a)
	wb, _ := wordsOf(b)
	short, long := min(len(wa), len(wb)), max(len(wa), len(wb))
	run, most := short/4, runWords
	if short < 12 {
		run = 1
	}
	if long > 2*short {
		run = short / 2
	}
	if unspaced {
		most *= 2
	}
	run = max(1, min(run, most))
	l := overlap{ownOf(wa, readText(wb, run), run), ownOf(wb, readText(wa, run), run)}
	if unspaced {
		for _, s := range []*side{&l.a, &l.b} {
			s.words, s.own = (s.words+1)/2, (s.own+1)/2
		}
	}
	return l
}

// wordsOf returns the words of a text, and whether most are characters of a script that puts no spaces between words.
func wordsOf(text string) (words []word, unspaced bool) {
	words = make([]word, 0, len(text)/5)
	eachWord(text, func(hash uint64, isNumber bool) { words = append(words, word{hash, isNumber}) })
	return words, utf8.RuneCountInString(text) < 2*len(words)
}

// eachRun calls f with the hash of each n words in a row and the place of its first.
func eachRun(words []word, n int, f func(hash uint64, at int)) {
	const base = 0x9E3779B97F4A7C15
	out := uint64(1)
	for range n {
		out *= base
	}
	hash := uint64(0)
	for i, w := range words {
		hash = hash*base + mix(w.hash)
		if i >= n {
			hash -= out * mix(words[i-n].hash)
		}
		if i+1 >= n {
			f(hash, i+1-n)
		}
	}
}

// text is the words of a text with where each run of them begins.
type text struct {
	words []word
	runs  map[uint64]int
}

func readText(words []word, run int) text {
	t := text{words, make(map[uint64]int, len(words))}
	eachRun(words, run, func(hash uint64, at int) { t.runs[hash] = at })
	return t
}

// ownOf finds the words of a text that the other doesn't have: not in a run, nor in the same order where a gap between such
// runs is shorter than one.
func ownOf(words []word, other text, run int) side {
	s := side{words: len(words)}
	common := 0 // words before this one are common
	from := 0   // and this is what comes next in the other text
	gap := func(to, end int) {
		if common >= to {
			return
		}
		own := words[common:to]
		near := other.words[max(0, min(from, end)):min(max(from, end), len(other.words))]
		n := len(own)
		if 2*n <= 3*run+2 && len(near) <= 4*run {
			n -= commonWords(own, near)
		}
		if n == 0 {
			return
		}
		s.own += n
		s.places++
		for _, w := range own {
			if w.isNumber && (n == len(own) || !slices.Contains(near, w)) {
				s.numbers++
			}
		}
	}
	eachRun(words, run, func(hash uint64, at int) {
		there, ok := other.runs[hash]
		if !ok {
			return
		}
		if common == 0 {
			from = max(0, there-2*run)
		}
		gap(at, there)
		common, from = at+run, there+run
	})
	gap(len(words), from+2*run)
	return s
}

// commonWords is how many words two short texts have in the same order.
func commonWords(a, b []word) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

// isOne reports whether pages with such texts are one article, by what their addresses say of it, and whether their titles
// agree and their dates don't. In doubt they are two: what is stored twice is a nuisance, what isn't stored is lost.
func (l overlap) isOne(by bond, sameTitle, otherDay bool) bool {
	s, long := l.a, l.b
	if long.words < s.words {
		s, long = long, s
	}
	s.own = max(s.own, long.own-(long.words-s.words)) // the longer may have more, but not other words in place of the shorter's
	words := float64(s.words)
	if by == sameAddress {
		return s.words == 0 || float64(s.own) <= words/4 || float64(s.own) <= words/2 && s.words >= fewWords
	}
	if s.words < fewWords && (by == noBond || !sameTitle) {
		return false
	}
	most := words / 12 // what the shorter may have of its own: corrections, a caption, a line of the template
	switch isEqual := l.a.own+l.b.own == 0; {
	case by < namesOther && otherDay, by == noBond && !sameTitle: // much the same each day, as the forecast; or under each headline
		return isEqual
	case by == noBond:
		s.own, most = max(s.own, long.own), words/20
	case by == namesOther && sameTitle && !otherDay:
		most = words / 5
	}
	// Words that differ here and there are the blanks of a form, and so are numbers: tides, results, prices.
	if s.numbers > 1 || s.numbers == 1 && s.words < fewWords || s.places > 2+s.words/150 {
		return false
	}
	return float64(s.own) <= most
}

// isFuller reports whether a text that has all of another, or nearly, is the whole of what that is the teaser of.
func (s side) isFuller(than side) bool {
	more := s.words - than.words
	return more >= fullerWords && 2*more >= than.words
}

// hasMore reports whether a text has anything that the other doesn't have.
func (s side) hasMore(than side) bool { return s.own > 0 || s.words > than.words }

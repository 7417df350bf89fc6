package storage

import (
	"slices"
	"unicode/utf8"
)

// The words index has words, and the substring index trigrams, as they were published, all but their case and the accents of Latin letters. Those that are
// otherwise than search compares them (fold.go) stand, each spelling once, beside what they are folded to in word_spellings
// and trigram_spellings, and a query asks for every spelling that there is.

// longestWord is in letters: what is longer is no word, but text in a script without spaces, or data.
const longestWord = 64

// spelling is a word or trigram as it stands in an index, and as search compares it.
type spelling struct{ folded, as string }

// spellings are those of an article, or of several.
type spellings struct{ words, trigrams map[spelling]struct{} }

func newSpellings() spellings {
	return spellings{map[spelling]struct{}{}, map[spelling]struct{}{}}
}

// read adds what an article has that is spelled otherwise than it is looked for.
func (s *spellings) read(title, byline, text string) {
	for _, field := range []string{title, byline, text} {
		if isASCII(field) {
			continue
		}
		t := foldText(field + "  ") // as the substring index has it
		t.words(s.words)
		if field != byline {
			t.trigrams(s.trigrams)
		}
	}
}

// words collects words that the index has otherwise than folded.
func (t *foldedText) words(into map[spelling]struct{}) {
	var indexed []rune
	for i := 0; i < len(t.text); i++ {
		if !isIndexedRune(t.text[i]) {
			continue
		}
		start, all := i, rune(0)
		for ; i < len(t.text) && isIndexedRune(t.text[i]); i++ {
			all |= t.text[i]
		}
		word, folded := t.text[start:i], t.folded[t.start[start]:t.start[i]]
		if all < utf8.RuneSelf || len(word) > longestWord || len(folded) == 0 || slices.ContainsFunc(word, isUnspaced) {
			continue
		}
		indexed = indexed[:0]
		for _, r := range word {
			indexed = appendIndexed(indexed, r)
		}
		if slices.Equal(folded, indexed) {
			continue
		}
		into[spelling{string(folded), string(indexed)}] = struct{}{}
	}
}

// trigrams collects trigrams that the index has otherwise than folded, by the three folded letters that begin in the first of
// them; by fewer where marks fold to nothing, or a text ends.
func (t *foldedText) trigrams(into map[spelling]struct{}) {
	var small [3]rune
	for i := range len(t.text) - 2 {
		if t.text[i]|t.text[i+1]|t.text[i+2] < utf8.RuneSelf {
			continue
		}
		for j := range small {
			small[j] = indexedLower(t.text[i+j])
		}
		from, next, end := t.start[i], t.start[i+1], t.start[i+3]
		if from == next || slices.Equal(t.folded[from:end], small[:]) {
			continue
		}
		as := string(small[:])
		for at := from; at < next; at++ {
			into[spelling{string(t.folded[at:min(at+3, end)]), as}] = struct{}{}
		}
	}
}

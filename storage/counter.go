package storage

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"newsmill/cleaner/lexicon"
)

// counterWords bounds a line that counts something; longer ones are sentences. In scripts without spaces, two characters are a word.
const counterWords = 10

// counters are the words of lexicon/counters.txt.
var counters = sync.OnceValue(func() (list struct{ spaced, unspaced []string }) {
	for line := range lexicon.Lines("counters") {
		lang, words, _ := strings.Cut(line, ":")
		for word := range strings.SplitSeq(words, "|") {
			if word = strings.TrimSpace(word); slices.Contains([]string{"zh", "ja", "th"}, lang) {
				list.unspaced = append(list.unspaced, word)
			} else {
				list.spaced = append(list.spaced, " "+word+" ")
			}
		}
	}
	return list
})

// isCounter reports whether a line of text counts its readers, shares or comments, or says how long ago something was: what
// changes between two looks at a page while the article stays as it is. A line without a number is none.
func isCounter(line string) bool {
	if !strings.ContainsFunc(line, unicode.IsDigit) {
		return false
	}
	var b strings.Builder
	b.WriteByte(' ')
	halves, inWord := 0, false
	for _, r := range strings.ToLower(line) {
		isPart := unicode.IsLetter(r) || unicode.IsMark(r) || r == '\''
		isAlone := r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
		switch {
		case isPart && isAlone:
			halves++
		case isPart && !inWord:
			halves += 2
		}
		switch {
		case isPart:
			b.WriteRune(r)
		case inWord:
			b.WriteByte(' ')
		}
		inWord = isPart
	}
	b.WriteByte(' ')
	if halves > 2*counterWords {
		return false
	}
	folded := b.String()
	has := func(word string) bool { return strings.Contains(folded, word) }
	return slices.ContainsFunc(counters().spaced, has) || slices.ContainsFunc(counters().unspaced, has)
}

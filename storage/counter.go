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

// onlyCounters reports whether two texts differ in nothing but the numbers of lines that count readers or tell the time since.
func onlyCounters(before, after string) bool {
	b, a := strings.Split(before, "\n"), strings.Split(after, "\n")
	if len(b) != len(a) {
		return false
	}
	differ := false
	for i := range b {
		if b[i] == a[i] {
			continue
		}
		if !isSameButNumbers(b[i], a[i]) || !isCounter(a[i]) {
			return false
		}
		differ = true
	}
	return differ
}

// isSameButNumbers compares two lines without their digits, and the marks between these.
func isSameButNumbers(a, b string) bool { return withoutNumbers(a) == withoutNumbers(b) }

func withoutNumbers(line string) string {
	words := strings.Fields(line)
	kept := words[:0]
	for _, w := range words {
		w = strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) || strings.ContainsRune(".,'’ ", r) {
				return -1
			}
			return r
		}, w)
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

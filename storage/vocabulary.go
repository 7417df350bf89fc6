package storage

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shinglesOf returns the hashes of all runs of three words; of a text with fewer, of the whole.
func shinglesOf(text string) map[uint64]bool {
	all := map[uint64]bool{}
	var window [shingleWords]uint64
	words := 0
	eachWord(text, func(word uint64, _ bool) {
		copy(window[:], window[1:])
		window[shingleWords-1] = word
		if words++; words >= shingleWords {
			all[mix(window[0]^mix(window[1]^mix(window[2])))] = true
		}
	})
	if words > 0 && words < shingleWords {
		all[mix(window[0]^mix(window[1]^mix(window[2])))] = true
	}
	return all
}

// shared counts what two sets have in common.
func shared[K comparable](a, b map[K]bool) int {
	n := 0
	for k := range a {
		if b[k] {
			n++
		}
	}
	return n
}

func share(part, whole int) float64 { return float64(part) / float64(max(1, whole)) }

// vocabulary is the set of words by which texts on one subject are known: not the short ones that stand in all texts. Of scripts
// that don't put spaces between words, pairs of characters.
type vocabulary map[string]bool

// shortWord is the length in letters up to which words say little about the subject.
const shortWord = 4

func vocabularyOf(text string) vocabulary {
	v := vocabulary{}
	var last rune // the character before, of a script without spaces
	start := -1
	end := func(i int) {
		if start >= 0 {
			word := strings.ToLower(text[start:i])
			if utf8.RuneCountInString(word) > shortWord || strings.ContainsAny(word, "0123456789") {
				v[word] = true
			}
		}
		start = -1
	}
	for i, r := range text {
		switch {
		case isUnspaced(r):
			end(i)
			if last != 0 && !unicode.In(r, unicode.Hiragana) && !unicode.In(last, unicode.Hiragana) { // which spells endings and particles
				v[string([]rune{last, r})] = true
			}
			last = r
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if start < 0 {
				start = i
			}
		default:
			end(i)
		}
		last = 0
	}
	end(len(text))
	return v
}

// likeness is the cosine of two sets, 0 to 1.
func (v vocabulary) likeness(other vocabulary) float64 {
	if len(v) == 0 || len(other) == 0 {
		return 0
	}
	return float64(shared(v, other)) / math.Sqrt(float64(len(v))*float64(len(other)))
}

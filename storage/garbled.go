package storage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// someLetters are enough letters beyond ASCII to tell that they are gone.
const someLetters = 10

// garbledRunes counts replacement characters, and runs of two or three that are UTF-8 taken for Latin-1 or Windows-1252: Ã¤, â€œ. A
// letter before a closing quotation mark is none: quedará», là».
func garbledRunes(text string) int {
	n := 0
	runes := append([]rune(text), 0, 0)
	for i, r := range runes[:len(runes)-2] {
		second, third := runes[i+1], runes[i+2]
		isPair := strings.ContainsRune("ÂÃÐÑÎÏØÙ×ÄÅ", r) && isMisread(second) && (!isClosingMark(second) || unicode.IsLetter(third))
		isTriple := strings.ContainsRune("âàáãä", r) && isMisread(second) && isMisread(third) && !(isClosingMark(second) && isClosingMark(third))
		if r == utf8.RuneError || isPair || isTriple {
			n++
		}
	}
	return n
}

// isMisread reports whether a character may be a later byte of UTF-8, as Latin-1 or Windows-1252 read it.
func isMisread(r rune) bool {
	return r >= 0x80 && r <= 0xBF && r != '\u00A0' || r > 0xFF && strings.ContainsRune("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ", r)
}

// isClosingMark reports whether a character stands behind words as it is.
func isClosingMark(r rune) bool {
	return strings.ContainsRune("«»‘’“”„‹›…–—·", r)
}

// hasLostLetters reports whether most letters beyond ASCII of a text are gone while its words are still there: "f?r", "fr", "f&#252;r".
func hasLostLetters(before, after string) bool {
	letters := func(text string) (n int) {
		for _, r := range text {
			if r >= utf8.RuneSelf && unicode.IsLetter(r) {
				n++
			}
		}
		return n
	}
	old := letters(before)
	return old >= someLetters && letters(after)*2 < old
}

// misreadRunes counts the characters of a text that stand where another one had its own, most of which are gone: UTF-8 read as
// Latin-1 loses the control characters among them, and what is left is the first letter of each: itâs, cafÃ©.
func misreadRunes(before, after string) int {
	old, now := beyondASCII(before), beyondASCII(after)
	all, gone, came := 0, 0, 0
	for r, n := range old {
		all += n
		gone += max(0, n-now[r])
	}
	for r, n := range now {
		if r >= 0xC2 && r <= 0xF4 && old[r] == 0 {
			came += n
		}
	}
	if gone*2 < all || came*2 < gone {
		return 0
	}
	return came
}

func beyondASCII(text string) map[rune]int {
	count := map[rune]int{}
	for _, r := range text {
		if r >= utf8.RuneSelf && r != '\u00A0' {
			count[r]++
		}
	}
	return count
}

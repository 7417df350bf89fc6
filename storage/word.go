package storage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// eachWord calls f with the hash (FNV-1a) of each word of a text, in lower case, and whether there is a digit in it: runs of
// letters, marks and digits; in scripts that don't put spaces between words, each character.
func eachWord(text string, f func(word uint64, hasDigit bool)) {
	const offset, prime = 0xCBF29CE484222325, 0x100000001B3
	hash, inWord, hasDigit := uint64(offset), false, false
	flush := func() {
		if inWord {
			f(hash, hasDigit)
			hash, inWord, hasDigit = offset, false, false
		}
	}
	var buf [utf8.UTFMax]byte
	add := func(r rune) {
		inWord = true
		for _, b := range buf[:utf8.EncodeRune(buf[:], r)] {
			hash = (hash ^ uint64(b)) * prime
		}
	}
	for _, r := range text {
		switch {
		case 'a' <= r && r <= 'z':
			hash, inWord = (hash^uint64(r))*prime, true
		case '0' <= r && r <= '9':
			hash, inWord, hasDigit = (hash^uint64(r))*prime, true, true
		case r < utf8.RuneSelf && (r < 'A' || r > 'Z'):
			flush()
		case isUnspaced(r):
			flush()
			add(r)
			flush()
		case unicode.IsLetter(r) || unicode.IsMark(r):
			add(unicode.ToLower(r))
		case unicode.IsDigit(r):
			hasDigit = true
			add(r)
		default:
			flush()
		}
	}
	flush()
}

// isUnspaced reports whether a character is of a script that doesn't put spaces between words.
func isUnspaced(r rune) bool {
	if r < 0x0E00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xFF51AFD7ED558CCD
	x = (x ^ x>>33) * 0xC4CEB9FE1A85EC53
	return x ^ x>>33
}

// fold replaces each run of white space by one space and trims the ends.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

package script

import (
	"unicode"
	"unicode/utf8"
)

// HasDigit reports whether a text has one of the digits 0 to 9.
func HasDigit(s string) bool {
	for i := range len(s) {
		if '0' <= s[i] && s[i] <= '9' {
			return true
		}
	}
	return false
}

// IsLetterByte reports whether a byte is an ASCII letter, or of a letter beyond ASCII.
func IsLetterByte(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= 0x80 }

// CountWords counts words; in scripts without spaces, two characters are one.
func CountWords(s string) int {
	words, unspaced := 0, 0
	inside := false
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			i++
			if c > ' ' {
				if !inside {
					words++
				}
				inside = true
			} else {
				inside = false
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case isHalfWord(r):
			if unicode.IsLetter(r) {
				unspaced++
			}
			inside = false
		case unicode.IsSpace(r):
			inside = false
		default:
			if !inside {
				words++
			}
			inside = true
		}
	}
	return words + (unspaced+1)/2
}

// isHalfWord reports whether two letters of the rune's script count for a word, as it has no spaces: ideographs and kana; Thai, Lao, Tibetan;
// Khmer; rare ideographs.
func isHalfWord(r rune) bool {
	switch {
	case r >= 0x2e80 && r < 0xac00, r >= 0x0e00 && r < 0x1000, r >= 0x1780 && r < 0x1800, r >= 0x20000:
		return true
	}
	return false
}

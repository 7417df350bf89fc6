// Package script answers questions about letters: which script they are of, and what that means for words and lines.
package script

func IsASCIIDigit(r rune) bool { return '0' <= r && r <= '9' }

func IsHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

package script

// For texts that are looked at eight bytes at once: with Ones taken off, the high bit of a byte that was zero, or of one below n with n*Ones
// taken off, is set.
const Ones, Highs = 0x0101010101010101, 0x8080808080808080

// Eight returns the first eight bytes of a text as one number.
func Eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// IsASCIIDigit reports whether a letter is one of 0 to 9.
func IsASCIIDigit(r rune) bool { return '0' <= r && r <= '9' }

// IsHex reports whether a byte is a hexadecimal digit.
func IsHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// IsWordByte reports whether a byte is an ASCII letter or digit.
func IsWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// Package script answers questions about letters and bytes: which script they are of, and what that means for words and lines.
package script

// Script is a script that tells languages apart.
type Script uint8

// The scripts. LatinOrNone is also that of signs, and of letters of scripts that are not listed.
const (
	LatinOrNone Script = iota
	Cyrillic
	Arabic
	Han
	Kana
	Hangul
	Hebrew
	Greek
	Thai
	Devanagari

	Count // of scripts
)

// Of returns the script of a letter.
func Of(r rune) Script {
	switch {
	case r < 0x370:
	case r <= 0x3ff, 0x1f00 <= r && r <= 0x1fff:
		return Greek
	case r <= 0x52f:
		return Cyrillic
	case 0x590 <= r && r <= 0x5ff:
		return Hebrew
	case 0x600 <= r && r <= 0x6ff:
		return Arabic
	case 0x900 <= r && r <= 0x97f:
		return Devanagari
	case 0xe00 <= r && r <= 0xe7f:
		return Thai
	case 0x3041 <= r && r <= 0x30ff:
		return Kana
	case 0x4e00 <= r && r <= 0x9fff:
		return Han
	case 0xac00 <= r && r <= 0xd7af:
		return Hangul
	}
	return LatinOrNone
}

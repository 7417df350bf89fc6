package storage

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What search takes for the same: a reader types a word without its accents, in capitals, as another country or an older
// spelling writes it, or with the letters that the keyboard has. The texts stay as they were published, and so do both indexes,
// which any SQLite reads and checks; spelling.go has how a query finds the words that are spelled otherwise.

// foldedLetters are small letters that stand for others and that Unicode doesn't decompose into them.
var foldedLetters = map[rune]string{
	'ß': "ss", 'ſ': "s", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ı': "i", 'ĸ': "k", 'ə': "e",
	'ƒ': "f", 'ɓ': "b", 'ɗ': "d", 'ɖ': "d", 'ƙ': "k", 'ƴ': "y", // Hausa, Ewe
	'ʻ': "", 'ʼ': "", 'ʽ': "", 'ʾ': "", 'ʿ': "", 'ʹ': "", // marks of Hawaiian, Uzbek and of transliterations: Hawaiʻi, Qurʾan
	'ς': "σ",
	'ё': "е", 'ѐ': "е", 'ѝ': "и", // but not й, ї, ў, ґ, ѓ and ќ, which are letters of their own
	'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ک': "ك", 'ة': "ه", 'ـ': "", 'ؤ': "ؤ", 'ئ': "ئ",
}

// droppedMarks are marks that a word is the same without: accents of Latin, Greek and Cyrillic letters (those that make another
// letter of it are composed before), Hebrew and Arabic vowels, selectors of variants. The vowels of Indian scripts and the
// voice marks of kana are none.
var droppedMarks = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0300, 0x036f, 1},
		{0x0483, 0x0487, 1},
		{0x0591, 0x05bd, 1},
		{0x05bf, 0x05bf, 1},
		{0x05c1, 0x05c2, 1},
		{0x05c4, 0x05c5, 1},
		{0x05c7, 0x05c7, 1},
		{0x0610, 0x061a, 1},
		{0x064b, 0x065f, 1},
		{0x0670, 0x0670, 1},
		{0x06d6, 0x06dc, 1},
		{0x06df, 0x06e4, 1},
		{0x06e7, 0x06e8, 1},
		{0x06ea, 0x06ed, 1},
		{0x08ca, 0x08e1, 1},
		{0x08e3, 0x08ff, 1},
		{0x1ab0, 0x1aff, 1},
		{0x1dc0, 0x1dff, 1},
		{0x20d0, 0x20f0, 1},
		{0xfe00, 0xfe0f, 1},
		{0xfe20, 0xfe2f, 1},
	},
}

// foldedScripts are those of which compatibility forms (ﬁ, ﻻ, ǆ) and accents are folded.
var foldedScripts = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Arabic, unicode.Hebrew}

// appendFolded appends what search takes a letter for: nothing, itself in small, or others.
func appendFolded(dst []rune, r rune) []rune {
	switch {
	case r < utf8.RuneSelf:
		return append(dst, unicode.ToLower(r))
	case r >= 0x2e80 && r < 0xa500, r >= 0xac00 && r < 0xf900: // Han, kana, Hangul: no case, and what they are made of are letters of their own
		return append(dst, r)
	}
	small := unicode.ToLower(r)
	if s, ok := foldedLetters[small]; ok {
		return append(dst, []rune(s)...)
	}
	switch {
	case small < utf8.RuneSelf:
		return append(dst, small)
	case unicode.Is(droppedMarks, r):
		return dst
	case unicode.Is(unicode.Nd, r): // as everybody types digits; each script's stand in a row from 0
		for _, t := range unicode.Nd.R16 {
			if r >= rune(t.Lo) && r <= rune(t.Hi) {
				return append(dst, '0'+(r-rune(t.Lo))%10)
			}
		}
		return append(dst, r)
	case !unicode.IsLetter(r) && !unicode.IsNumber(r):
		return append(dst, r)
	}
	var buf [utf8.UTFMax]byte
	parts := []rune(string(norm.NFKD.Properties(buf[:utf8.EncodeRune(buf[:], small)]).Decomposition()))
	halfWidth := r >= 0xff66 && r <= 0xff9d
	if len(parts) == 0 || !halfWidth && !unicode.In(parts[0], foldedScripts...) && parts[0] >= utf8.RuneSelf || slices.ContainsFunc(parts, isMark) {
		return append(dst, small)
	}
	for _, p := range parts {
		p = unicode.ToLower(p)
		if s, ok := foldedLetters[p]; ok {
			dst = append(dst, []rune(s)...)
		} else if !unicode.Is(droppedMarks, p) {
			dst = append(dst, p)
		}
	}
	return dst
}

// isMark says of a part of a letter that it belongs to no word: ½ has a stroke, ℅ a slash.
func isMark(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }

// foldedText is a text as search compares it, beside the text itself.
type foldedText struct {
	text   []rune
	start  []int32 // of each rune of text, and of its end: where it begins in folded
	folded []rune
}

// foldText folds a text. A letter and a mark after it are folded as the one letter that they make, whether they are written so
// or not.
func foldText(s string) foldedText {
	t := foldedText{text: []rune(s)}
	t.start, t.folded = make([]int32, len(t.text)+1), make([]rune, 0, len(t.text)+8)
	for i := 0; i < len(t.text); {
		r, n := t.text[i], 1
		for ; i+n < len(t.text) && t.text[i+n] >= firstMark && unicode.In(t.text[i+n], unicode.Mn, halfWidthMarks); n++ {
			c := compose(r, t.text[i+n])
			if c == 0 {
				break
			}
			r = c
		}
		t.start[i] = int32(len(t.folded))
		t.folded = appendFolded(t.folded, r)
		for j := 1; j < n; j++ {
			t.start[i+j] = int32(len(t.folded))
		}
		i += n
	}
	t.start[len(t.text)] = int32(len(t.folded))
	return t
}

const firstMark = 0x300 // no mark comes before

// halfWidthMarks are the voice marks of half-width kana.
var halfWidthMarks = &unicode.RangeTable{R16: []unicode.Range16{{0xff9e, 0xff9f, 1}}}

// compose returns the letter that a letter and a mark make; 0 if they make none.
func compose(r, mark rune) rune {
	form := norm.NFC
	if mark >= 0xff00 {
		form = norm.NFKC
	}
	made := form.String(string([]rune{r, mark}))
	c, size := utf8.DecodeRuneInString(made)
	if size < len(made) {
		return 0
	}
	return c
}

// String returns the text as search compares it.
func (t *foldedText) String() string { return string(t.folded) }

// origin returns which rune of the text the i-th folded one comes from.
func (t *foldedText) origin(i int) int {
	at, _ := slices.BinarySearchFunc(t.start, int32(i)+1, func(a, b int32) int { return int(a - b) })
	return at - 1
}

// foldWord folds a word.
func foldWord(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	t := foldText(s)
	return t.String()
}

// containsFolded is the SQL function contains_folded: whether a text has, folded, what is folded already.
func containsFolded(text any, part string) bool {
	s, _ := text.(string)
	if strings.Contains(s, part) {
		return true
	}
	return strings.Contains(foldWord(s), part)
}

// isIndexedRune says which characters the words index makes words of, and marks, at some of which it breaks them.
func isIndexedRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || unicode.Is(unicode.Co, r)
}

// youngCapitals are capitals that FTS5 takes for letters of their own: they are younger than its tables (Unicode 6.1), or, as those of
// Georgian headlines, younger than their small letters.
var youngCapitals = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x037f, 0x037f, 1},
		{0x0528, 0x052f, 1},
		{0x13a0, 0x13f5, 1},
		{0x1c90, 0x1cbf, 1},
		{0x2c2f, 0x2c2f, 1},
		{0xa698, 0xa69b, 1},
		{0xa796, 0xa79f, 1},
		{0xa7ab, 0xa7ff, 1},
	},
	R32: []unicode.Range32{{0x104b0, 0x104d3, 1}, {0x10570, 0x10595, 1}, {0x10c80, 0x10cb2, 1}},
}

// indexedLower returns a letter in small as both indexes have it.
func indexedLower(r rune) rune {
	if r >= 0x37f && unicode.Is(youngCapitals, r) {
		return r
	}
	return unicode.ToLower(r)
}

// appendIndexed appends a letter as the words index has it: FTS5's unicode61 takes accents off Latin letters alone.
func appendIndexed(dst []rune, r rune) []rune {
	r = indexedLower(r)
	switch {
	case r >= 0x300 && r <= 0x331 && isIndexDiacritic(r):
		return dst
	case r == 'ǡ': // which FTS5's table leaves out
	case r >= 0xc0 && r < 0x250, r >= 0x1e00 && r < 0x1efa:
		var buf [utf8.UTFMax]byte
		if d := norm.NFD.Properties(buf[:utf8.EncodeRune(buf[:], r)]).Decomposition(); len(d) > 0 && d[0] < utf8.RuneSelf {
			return append(dst, rune(d[0]))
		}
	}
	return append(dst, r)
}

// isIndexDiacritic is sqlite3Fts5UnicodeIsdiacritic.
func isIndexDiacritic(r rune) bool {
	const low, high = 0x08029FDF, 0x000361F8
	if r < 0x320 {
		return low>>(r-0x300)&1 == 1
	}
	return high>>(r-0x320)&1 == 1
}

// breaksIndexed says of a mark that the words index breaks a word at it.
func breaksIndexed(r rune) bool {
	return unicode.IsMark(r) && !(r >= 0x300 && r <= 0x331 && isIndexDiacritic(r))
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

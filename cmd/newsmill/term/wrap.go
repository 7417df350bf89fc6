package term

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Wrap breaks a text into lines of at most a width, at white space, and between characters of scripts that put no
// space between words. A single word that is wider stays whole. It measures with Width or VisibleWidth, or what knows of marks in
// the text. A width of less than 20 is 20.
func Wrap(text string, width int, measure func(string) int) []string {
	if width < 20 {
		width = 20
	}
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		var line strings.Builder
		used := 0
		for _, p := range Pieces(paragraph) {
			w := measure(p.Text)
			gap := 0
			if p.Space && used > 0 {
				gap = 1
			}
			if used > 0 && used+gap+w > width {
				lines = append(lines, line.String())
				line.Reset()
				used, gap = 0, 0
			}
			if gap > 0 {
				line.WriteByte(' ')
			}
			line.WriteString(p.Text)
			used += gap + w
		}
		lines = append(lines, line.String())
	}
	return lines
}

// Piece is what may not be broken: a word, or one character of a script without spaces.
type Piece struct {
	Text  string
	Space bool // white space before it
}

// Pieces are those of one line. White space at its end belongs to none.
func Pieces(s string) []Piece {
	var out []Piece
	begin, space := 0, false
	end := func(at int) {
		if at > begin {
			out = append(out, Piece{s[begin:at], space})
			space = false
		}
		begin = at
	}
	var before rune
	for i, r := range s {
		switch {
		case unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f':
			end(i)
			space = true
			begin = i + utf8.RuneLen(r)
		case i > begin && breakable(before, r):
			end(i)
		}
		before = r
	}
	end(len(s))
	return out
}

// breakable reports whether a line may end between two characters without white space: one of them is of a script
// that has none, and the second is no mark that must not begin a line.
func breakable(before, after rune) bool {
	if strings.ContainsRune("、。，．：；！？）」』】〉》”’％‥…ー々)]}.,:;!?%", after) || strings.ContainsRune("（「『【〈《“‘([{", before) {
		return false
	}
	return unspaced(before) || unspaced(after)
}

// unspaced reports whether a character is of a script that puts no space between words, or a mark of one.
func unspaced(r rune) bool {
	return r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, wideMarks)
}

// wideMarks are the punctuation of Chinese and Japanese, and full-width forms of what is on a keyboard.
var wideMarks = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x3000, Hi: 0x303f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1}}}

package cleaner

import (
	"strings"
	"unicode/utf8"
)

// segmentLines makes blocks of plain text: one a line or, where the text is clearly set in paragraphs with hard line
// breaks, one a paragraph.
func (d *document) segmentLines(text string) {
	d.lines = true
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\v' || r == '\f' || r == '\u2028' || r == '\u2029' || r == '\x85' })
	if len(lines) == 1 {
		lines = splitLines(text)
	} else {
		var all []string
		for _, l := range lines {
			all = append(all, append(splitLines(l), "")...)
		}
		lines = all
	}
	for i := range lines {
		lines[i] = fold(lines[i])
	}
	if hardWrapped(lines) {
		lines = unwrap(lines)
	}
	gap, gaps := true, 0
	for _, line := range lines {
		if line == "" {
			gap = true
			continue
		}
		if gap && len(d.blocks) > 0 {
			gaps++
		}
		d.blocks = append(d.blocks, block{text: line, el: -1, figure: -1, kind: textBlock, tight: !gap})
		gap = false
	}
	// A stray empty line in a dump of one block a line doesn't make one paragraph of the lines between: only in a text
	// of many are lines without one a list or the lines of a verse.
	for i := range d.blocks {
		b := &d.blocks[i]
		if gaps == 0 || gaps*4 < len(d.blocks) && len(b.text) > maxTightLine {
			b.tight = false
		}
	}
}

const maxTightLine = 120 // bytes: longer lines are paragraphs, where few empty lines are

func splitLines(text string) []string {
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n")
}

// Hard-wrapped text, as in mail and old archives: lines of much the same length, in groups between blank lines, that
// mostly break off inside a sentence.
const (
	wrapMin    = 40  // shorter lines are headings and verse, not measure
	wrapMax    = 120 // no typist sets a longer line by hand
	wrapLines  = 4   // fewer lines than this prove nothing
	wrapSpread = 0.72
)

// hardWrapped reports whether lines (folded, blank ones empty) are broken by width rather than by paragraph.
func hardWrapped(lines []string) bool {
	longest := 0
	blanks := 0
	for _, l := range lines {
		longest = max(longest, utf8.RuneCountInString(l))
		if l == "" {
			blanks++
		}
	}
	if longest < wrapMin || longest > wrapMax || blanks == 0 {
		return false
	}
	inner, full, ended := 0, 0, 0 // lines that another of the same group follows
	for i, l := range lines[:len(lines)-1] {
		if l == "" || lines[i+1] == "" {
			continue
		}
		inner++
		if float64(utf8.RuneCountInString(l)) >= wrapSpread*float64(longest) {
			full++
		}
		if endsSentence(l) {
			ended++
		}
	}
	return inner >= wrapLines && full*10 >= inner*8 && ended*10 <= inner*4
}

// unwrap joins the lines of each group. A word divided at the line's end by a hyphen keeps it: whether it belongs to
// the word, only a dictionary knows.
func unwrap(lines []string) []string {
	var out []string
	open := false
	for _, l := range lines {
		switch {
		case l == "":
			open = false
		case open && !startsItem(l):
			last := &out[len(out)-1]
			if strings.HasSuffix(*last, "-") || unspaced(*last) && unspaced(l) {
				*last += l
			} else {
				*last += " " + l
			}
		default:
			out = append(out, l)
			open = true
		}
	}
	return out
}

// startsItem reports whether a line begins like an item of a list.
func startsItem(l string) bool {
	for _, mark := range []string{"- ", "* ", "• ", "· ", "– ", "■ ", "○ ", "● "} {
		if strings.HasPrefix(l, mark) {
			return true
		}
	}
	return false
}

// unspaced reports whether the text ends or begins in a script that sets no spaces between words.
func unspaced(l string) bool {
	r, _ := utf8.DecodeLastRuneInString(l)
	return r >= 0x2e80 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xff65
}

// endsSentence reports whether a text ends as a sentence does, closing quotes and brackets set aside.
func endsSentence(s string) bool {
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		switch r {
		case '.', '!', '?', '…', '。', '！', '？', '।', '؟', '۔', '։', '።', '．':
			return true
		case '"', '\'', '”', '’', '»', '«', '“', '‘', ')', ']', '」', '』', '）', '】', '›', '‹', '*', ' ':
			s = s[:len(s)-size]
		default:
			return false
		}
	}
	return false
}

// decideLines gives each line of plain text its label.
func decideLines(d *document, site Site) {
	m := newMatcher(d.lang)
	first, last := -1, -1
	for i := range d.blocks {
		b := &d.blocks[i]
		b.label, b.reason, b.score = Boilerplate, "short", 0.2
		n := utf8.RuneCountInString(b.text)
		if r := m.matchRule(b.text); r != nil {
			b.label, b.reason, b.score = r.label, r.id, 0.02
		} else if caption, credit := splitCredit(b.text); credit != "" && caption != "" {
			b.label, b.reason, b.score = Caption, "credit-tail", 0.1
		} else if n >= 80 && endsSentence(b.text) {
			b.label, b.reason, b.score = Paragraph, "sentences", 0.9
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	for i := first + 1; first >= 0 && i < last; i++ {
		if b := &d.blocks[i]; b.reason == "short" {
			if endsSentence(b.text) {
				b.label, b.reason, b.score = Paragraph, "between", 0.7
			} else {
				b.label, b.reason, b.score = Heading, "between", 0.6
			}
		}
	}
}

// splitCredit tells a caption from the credit at its end: "A car leaves, May 26. /VCG". credit is empty without one.
func splitCredit(text string) (caption, credit string) {
	i := strings.LastIndexAny(text, ".!?。)”\"")
	if i < 0 {
		return text, ""
	}
	tail := strings.TrimSpace(text[i+1:])
	if !strings.HasPrefix(tail, "/") || len(tail) > 40 {
		return text, ""
	}
	credit = strings.TrimSpace(strings.TrimLeft(tail, "/ "))
	if credit == "" || strings.ContainsAny(credit, ".!?,:;") && len(strings.Fields(credit)) > 4 {
		return text, ""
	}
	return strings.TrimSpace(text[:i+1]), credit
}

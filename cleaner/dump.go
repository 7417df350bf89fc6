package cleaner

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"newsmill/cleaner/article"
	"newsmill/cleaner/script"
)

// plainLine is a paragraph, heading, item or other line of a plain text, whatever lines the text sets it in.
type plainLine struct {
	text    string
	spans   []article.Span
	gap     bool // an empty line is above it
	heading int  // its level, where marked as one
	quote   bool // marked as a quotation
	listed  bool // one of the addresses that text browsers list after a page
}

// plainLines takes a text apart. Texts come in many forms: a block a line, paragraphs between empty lines, lines broken
// at some width with or without indents, as text browsers print pages (with numbers for links and their addresses at
// the end), as Markdown, or a line for each text node, so that a link breaks its sentence in three.
func plainLines(text string) []plainLine {
	rows := splitRows(text)
	form := formOf(rows)
	lines := joinRows(rows, wrapOf(rows, form))
	if form.markdown {
		lines = readMarkdown(lines)
	} else {
		lines = joinPieces(lines)
	}
	return dropReferences(lines, form)
}

// row is one line of the text as it stands there.
type row struct {
	text        string // folded
	left, right int    // the columns where it begins, and after its end
}

// rowEnds end the rows of a text.
var rowEnds = [...]string{"\n", "\r", "\v", "\f", "\u2028", "\u2029", "\u0085"}

func splitRows(text string) []row {
	var rows []row
	for _, part := range strings.FieldsFunc(text, func(r rune) bool {
		return r == '\v' || r == '\f' || r == '\u2028' || r == '\u2029' || r == '\x85'
	}) {
		for line := range strings.SplitSeq(strings.ReplaceAll(strings.ReplaceAll(part, "\r\n", "\n"), "\r", "\n"), "\n") {
			rows = append(rows, newRow(line))
		}
		rows = append(rows, row{})
	}
	return rows
}

func newRow(line string) row {
	line = article.WithoutControls(line) // which nobody sees
	for i := 0; i < len(line); i++ {
		if line[i] >= utf8.RuneSelf {
			line = norm.NFC.String(strings.Map(shown, line))
			break
		}
	}
	r := row{text: script.Fold(line)}
	if r.text == "" {
		return r
	}
	at := strings.IndexFunc(line, func(c rune) bool { return !unicode.IsSpace(c) })
	for _, c := range line[:at] {
		if c == '\t' {
			r.left += 8 - r.left%8
		} else {
			r.left++
		}
	}
	r.right = r.left + textWidth(strings.TrimRightFunc(line[at:], unicode.IsSpace))
	return r
}

// shown drops what no reader sees: soft hyphens and marks of no width, but those that join or part letters.
func shown(r rune) rune {
	switch r {
	case 0xad, 0x200b, 0x2060, 0xfeff:
		return -1
	}
	return r
}

// textWidth returns how many columns a terminal shows a text in.
func textWidth(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return columns.StringWidth(s)
		}
	}
	return len(s)
}

// plainForm is what a text looks like a dump of.
type plainForm struct {
	markdown bool
	numbers  int // links are numbered up to this, as [1]
	list     int // the row that their addresses are listed from on
}

var (
	inlineLink  = regexp.MustCompile(`(!?)\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\(\s*<?([^\s<>()]*(?:\([^\s()]*\)[^\s<>()]*)*)>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)`)
	namedLink   = regexp.MustCompile(`\[([^\[\]]+)\]\s?\[[^\[\]]*\]`)
	linkTarget  = regexp.MustCompile(`^\[[^\[\]]+\]: ?<?\S+>?(?: ["'(].*)?$`)
	listedLink  = regexp.MustCompile(`^\[?(\d{1,4})[.\]]:? (?:[a-z][a-z0-9+.-]*:|/|#)\S*$`)
	linkNumber  = regexp.MustCompile(`\[(\d{1,4})\]`)
	hashHeading = regexp.MustCompile(`^(#{1,6}) +(.*?)(?: +#+)?$`)
	strong      = regexp.MustCompile(`\*\*([^\s*](?:[^*]*[^\s*])?)\*\*|__([^\s_](?:[^_]*[^\s_])?)__`)
	codeMark    = regexp.MustCompile("`([^`]+)`")
	spacedStop  = regexp.MustCompile(`([^\s*_][*_]+) ([,.])`) // what some converters make of </b>,
	emphasis    = regexp.MustCompile(`(^|[\s(“"„«»'\[])(?:\*([^\s*](?:[^*]*[^\s*])?)\*|_([^\s_](?:[^_]*[^\s_])?)_)`)
	escapedSign = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
	tableRule   = regexp.MustCompile(`^\|?[\s|:-]*-{2,}[\s|:-]*\|[\s|:-]*$`)
)

// A text is Markdown when so much of it is marked: two links, or two headings, or a heading and a link. A hash or an
// asterisk stands in other texts too.
const minMarks = 2

// maxMarkdownBytes: the marks of a longer text stay in it. A book has as much, and to look for them takes long.
const maxMarkdownBytes = 1 << 20

func formOf(rows []row) plainForm {
	var f plainForm
	marks, references, bytes := 0, 0, 0
	for i := range rows {
		t := rows[i].text
		if bytes += len(t); bytes > maxMarkdownBytes {
			marks, references = 0, 0
			break
		}
		switch {
		case t == "":
		case t[0] == '#' && hashHeading.MatchString(t):
			marks++
		case strings.Contains(t, "](") && inlineLink.MatchString(t):
			marks += len(inlineLink.FindAllString(t, minMarks))
		case t[0] == '[' && linkTarget.MatchString(t):
			references++
		}
	}
	f.markdown = marks >= minMarks || references >= minMarks && marks > 0
	f.findList(rows)
	return f
}

// listHeads are the lines over the addresses that text browsers list after a page.
var listHeads = map[string]bool{"References": true, "Visible links": true, "Links:": true, "Visible links:": true}

// findList finds the list of numbered addresses at the end of the text.
func (f *plainForm) findList(rows []row) {
	for i := len(rows) - 1; i >= 0; i-- {
		t := rows[i].text
		m := listedLink.FindStringSubmatch(t)
		switch {
		case m != nil:
			n, _ := strconv.Atoi(m[1])
			f.numbers, f.list = max(f.numbers, n), i
		case t == "" || strings.HasPrefix(t, "Hidden links"):
		case listHeads[t] && f.numbers >= minMarks:
			f.list = i
		default:
			if f.numbers < minMarks || len(rows)-f.list < f.numbers {
				*f = plainForm{markdown: f.markdown}
			}
			return
		}
	}
	*f = plainForm{markdown: f.markdown} // nothing but addresses
}

// wrapping is how the lines of a text are broken.
type wrapping struct {
	measure int  // a line ends where the next word would have passed this column; 0: lines are not broken so
	ragged  bool // lines end somewhere before the measure: all lines of a group are one
}

// Lines broken at some width, as in mail, old archives and what text browsers print.
const (
	wrapMin    = 40  // columns: shorter lines are headings and verse, not measure
	wrapMax    = 132 // no typist or terminal sets longer ones
	wrapLines  = 3   // fewer lines than this prove nothing
	wrapSpread = 0.72
)

// wrapOf tells how the lines are broken. The sign of a width is that the first word of the next line would not have
// fitted; that continued lines begin with small letters, where a script has them, tells sentences from lists of headlines.
func wrapOf(rows []row, form plainForm) wrapping {
	measure, over, filled, blanks := 0, 0, 0, 0
	for i, r := range rows {
		switch {
		case form.list > 0 && i >= form.list:
		case r.text == "":
			blanks++
		case opensLine(r.text): // some that break paragraphs leave items alone
		case strings.Contains(r.text, " ") || unspaced(r.text):
			filled++
			if r.right > wrapMax {
				over++
			}
			if r.right <= wrapMax && i+1 < len(rows) && rows[i+1].text != "" {
				measure = max(measure, r.right)
			}
		}
	}
	if measure < wrapMin || over > filled/50 {
		return wrapping{}
	}
	inner, full, near, ended, small, cased := 0, 0, 0, 0, 0, 0 // rows that another of the same group follows
	for i, r := range rows[:len(rows)-1] {
		next := rows[i+1]
		if r.text == "" || next.text == "" || opensLine(next.text) || r.right*2 < measure || form.list > 0 && i >= form.list {
			continue // short rows are headings and menus
		}
		inner++
		if r.right+1+firstWord(next.text) > measure {
			full++
			c, _ := utf8.DecodeRuneInString(next.text)
			if unicode.IsLower(c) {
				small++
			}
			if unicode.IsLower(c) || unicode.IsUpper(c) {
				cased++
			}
		}
		if float64(r.right) >= wrapSpread*float64(measure) {
			near++
		}
		if endsSentence(r.text) {
			ended++
		}
	}
	switch {
	case inner < wrapLines || small*5 < cased || cased == 0 && blanks == 0 && full < inner:
	case full*4 >= inner*3:
		return wrapping{measure: measure}
	case blanks > 0 && near*10 >= inner*8 && ended*10 <= inner*4:
		return wrapping{ragged: true}
	}
	return wrapping{}
}

// firstWord returns the columns that a text needs before it can be broken.
func firstWord(text string) int {
	if c, _ := utf8.DecodeRuneInString(text); breaksAnywhere(c) {
		return 0 // between any two characters, if no mark may begin a line there: that takes up to two columns more
	}
	word, _, _ := strings.Cut(text, " ")
	return textWidth(word)
}

// joins reports whether the next row goes on where this one was broken.
func (w wrapping) joins(r, next row) bool {
	switch {
	case opensLine(next.text):
		return false
	case w.ragged:
		return true
	}
	slack := 0
	if unspaced(r.text) {
		slack = 4 // a wide character, or two with a mark that may not begin a line
	}
	return w.measure > 0 && r.right+1+firstWord(next.text)+slack > w.measure
}

// joinRows makes lines of rows. A word divided at the line's end by a hyphen keeps it: whether it belongs to the word,
// only a dictionary knows.
func joinRows(rows []row, w wrapping) []plainLine {
	var lines []plainLine
	gap := false
	for i := 0; i < len(rows); i++ {
		if rows[i].text == "" {
			gap = true
			continue
		}
		end := i + 1 // of the rows that are one line
		for end < len(rows) && rows[end].text != "" && w.joins(rows[end-1], rows[end]) {
			end++
		}
		lines = append(lines, plainLine{text: joinedRows(rows[i:end]), gap: gap})
		gap = false
		i = end - 1
	}
	return lines
}

// joinedRows returns the text of rows that were one line.
func joinedRows(rows []row) string {
	if len(rows) == 1 {
		return rows[0].text
	}
	var sb strings.Builder
	for i, r := range rows {
		if i > 0 {
			before := rows[i-1].text
			first, _ := utf8.DecodeRuneInString(r.text)
			if !strings.HasSuffix(before, "-") && !(unspaced(before) && breaksAnywhere(first)) {
				sb.WriteByte(' ')
			}
		}
		sb.WriteString(r.text)
	}
	return sb.String()
}

// opensLine reports whether a row begins something of its own: an item of a list, a heading, a quotation, a row of a table.
func opensLine(s string) bool {
	return startsItem(s) || strings.Contains(s, "| ") || s[0] == '|' || s[0] == '#' && hashHeading.MatchString(s) || s[0] == '>' || linkTarget.MatchString(s) || startsNumber(s)
}

// startsNumber reports whether a row begins like an item of a numbered list.
func startsNumber(s string) bool {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	return digits > 0 && digits <= 2 && (strings.HasPrefix(s[digits:], ". ") || strings.HasPrefix(s[digits:], ") "))
}

// startsItem reports whether a line begins like an item of a list.
func startsItem(l string) bool {
	for _, mark := range []string{"- ", "* ", "+ ", "• ", "· ", "– ", "■ ", "○ ", "● ", "▪ ", "◦ "} {
		if strings.HasPrefix(l, mark) {
			return true
		}
	}
	return false
}

// unspaced reports whether the text ends in a script that may be broken between any two characters.
func unspaced(l string) bool {
	r, _ := utf8.DecodeLastRuneInString(l)
	return breaksAnywhere(r)
}

func breaksAnywhere(r rune) bool {
	return r >= 0x2e80 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xff65
}

// readMarkdown takes the marks of Markdown out of the lines. The characters of marks are no text: as little as tags are.
func readMarkdown(lines []plainLine) []plainLine {
	var out []plainLine
	for _, l := range lines {
		if m := hashHeading.FindStringSubmatch(l.text); m != nil {
			l.heading, l.text = len(m[1]), m[2]
		}
		for strings.HasPrefix(l.text, ">") {
			l.text, l.quote = strings.TrimLeft(l.text[1:], " "), true
		}
		switch {
		case linkTarget.MatchString(l.text):
			l.listed = true
		case tableRule.MatchString(l.text):
			continue
		case strings.HasPrefix(l.text, "|"):
			l.text = strings.TrimSpace(strings.Trim(l.text, "|"))
		}
		if !l.listed {
			l.readInline()
		}
		if l.text != "" {
			out = append(out, l)
		}
	}
	return out
}

// readInline takes links, emphasis and escapes out of a line; links to absolute addresses stay as spans.
func (l *plainLine) readInline() {
	var sb strings.Builder
	rest := l.text
	for {
		m := inlineLink.FindStringSubmatchIndex(rest)
		if m == nil {
			break
		}
		sb.WriteString(unmark(rest[:m[0]]))
		if m[2] == m[3] { // pictures have no text
			text := withoutPictures(unmark(rest[m[4]:m[5]]))
			start, end := sb.Len(), sb.Len()+len(text)
			if u, err := url.Parse(rest[m[6]:m[7]]); err == nil && u.Host != "" && article.SafeURL(u.String()) && strings.TrimSpace(text) == text && text != "" {
				l.spans = append(l.spans, article.Span{Kind: article.LinkSpan, Start: start, End: end, URL: u.String()})
			}
			sb.WriteString(text)
		}
		rest = rest[m[1]:]
	}
	sb.WriteString(unmark(rest))
	l.text = sb.String()
	if folded := script.Fold(l.text); folded != l.text {
		l.text, l.spans = folded, nil // a picture stood between two spaces: rare enough to forget the links
	}
}

// withoutPictures takes the pictures out of the text of a link, up to the first link in it.
func withoutPictures(text string) string {
	if !strings.Contains(text, "![") {
		return text
	}
	var sb strings.Builder
	for {
		inner := inlineLink.FindStringSubmatchIndex(text)
		if inner == nil || text[inner[0]] != '!' {
			break
		}
		sb.WriteString(text[:inner[0]])
		text = text[inner[1]:]
	}
	sb.WriteString(text)
	return sb.String()
}

// unmark takes emphasis, named links and escapes out of a text.
func unmark(s string) string {
	if !strings.ContainsAny(s, "*_[\\`") {
		return s
	}
	s = namedLink.ReplaceAllString(s, "$1")
	s = spacedStop.ReplaceAllString(s, "$1$2")
	s = strong.ReplaceAllString(s, "$1$2")
	s = emphasis.ReplaceAllString(s, "$1$2$3")
	s = codeMark.ReplaceAllString(s, "$1")
	return escapedSign.ReplaceAllString(s, "$1")
}

// dropReferences takes the numbers of links out of the text and marks the list of their addresses.
func dropReferences(lines []plainLine, form plainForm) []plainLine {
	if form.numbers == 0 {
		return lines
	}
	list := len(lines)
	for list > 0 && (listedLink.MatchString(lines[list-1].text) || listHeads[lines[list-1].text] || strings.HasPrefix(lines[list-1].text, "Hidden links")) {
		list--
		lines[list].listed = true
	}
	out := lines[:0]
	for i, l := range lines {
		if i < list && strings.Contains(l.text, "[") {
			l.text = script.Fold(linkNumber.ReplaceAllStringFunc(l.text, func(mark string) string {
				if n, err := strconv.Atoi(mark[1 : len(mark)-1]); err == nil && n <= form.numbers {
					return ""
				}
				return mark
			}))
			l.spans = nil
		}
		if l.text != "" {
			out = append(out, l)
		}
	}
	return out
}

// Text nodes as lines.
const (
	pieceLong  = 40 // bytes: a longer one is no label or link of a menu
	pieceSigns = 2  // so many sentences that are taken apart are no accident
	maxPieces  = 60 // of a sentence, or of some that have no line of their own; more are a list
)

// joinPieces puts sentences together that a line a text node took apart: a line that begins with a small letter or a
// comma goes on with the one before, if a full stop comes in the end. (A headline and "di Anna Rossi" stay two lines.)
func joinPieces(lines []plainLine) []plainLine {
	signs := 0
	for i := 0; i < len(lines); i++ {
		last := lastPiece(lines, i)
		if last > i && len(lines[i].text) >= pieceLong {
			signs++
		}
		i = last
	}
	if signs < pieceSigns {
		return lines
	}
	var out []plainLine
	for i := 0; i < len(lines); i++ {
		l, last := lines[i], lastPiece(lines, i)
		for ; i < last; i++ {
			if next := lines[i+1].text; startsPause(next) || strings.HasSuffix(l.text, "(") {
				l.text += next
			} else {
				l.text += " " + next
			}
		}
		out = append(out, l)
	}
	return out
}

// lastPiece returns the last of the lines that make one sentence or more with line i: itself where it stands alone.
func lastPiece(lines []plainLine, i int) int {
	last := i
	for last+1 < len(lines) && last-i < maxPieces && goesOn(lines, last, last > i) {
		last++
	}
	if last > i && !endsSentence(lines[last].text) {
		return i
	}
	return last
}

// goesOn reports whether a sentence goes on from line i, which may be a piece itself, to the next.
func goesOn(lines []plainLine, i int, piece bool) bool {
	before, l := lines[i].text, &lines[i+1]
	if l.gap || endsSentence(before) || strings.HasSuffix(before, ":") {
		return false
	}
	long := piece || len(before) >= pieceLong
	c, _ := utf8.DecodeRuneInString(l.text)
	switch {
	case startsPause(l.text):
		return true
	case unicode.IsLower(c):
		return long || len(l.text) >= pieceLong && len(before) >= 3
	case !long || len(l.text) >= pieceLong || i+2 >= len(lines) || lines[i+2].gap || endsSentence(l.text):
		return false
	}
	// A name between the halves of a sentence.
	r, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(lines[i+2].text)
	return (unicode.IsLower(r) || r == ',' || r == '(') && (unicode.IsLower(next) || startsPause(lines[i+2].text))
}

// startsPause reports whether a line begins with a mark that never begins a sentence.
func startsPause(l string) bool {
	for _, mark := range []string{", ", ". ", "; ", ": ", ") ", "),", ").", "、", "。", "，"} {
		if strings.HasPrefix(l, mark) {
			return true
		}
	}
	return l == "." || l == "," || l == ")" || l == ")."
}

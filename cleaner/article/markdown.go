package article

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"newsmill/cleaner/script"
)

// Markdown renders the article's body as CommonMark with GFM tables. Parsed back it gives the same text and
// structure: whatever could be read as markup is escaped. A final newline ends it, unless it is empty.
func Markdown(a *Article) string {
	md := markdown{}
	md.sb.Grow(len(a.Text) + len(a.Text)/8 + 64)
	md.blocks(a.Body)
	if md.sb.Len() == 0 {
		return ""
	}
	md.sb.WriteByte('\n')
	return md.sb.String()
}

// markdown writes nodes; prefix is what each line of the current container starts with ("> ", four spaces).
type markdown struct {
	sb     strings.Builder
	prefix string
}

// blocks writes nodes with an empty line between them.
func (m *markdown) blocks(nodes []Node) {
	swap := false // lists in a row would be one list, but for another bullet
	for i := range nodes {
		if i > 0 {
			m.gap()
			swap = nodes[i].Kind == ListNode && nodes[i-1].Kind == ListNode && nodes[i].Ordered == nodes[i-1].Ordered && !swap
		}
		m.block(&nodes[i], swap)
	}
}

// gap ends a line and leaves one empty.
func (m *markdown) gap() {
	m.sb.WriteByte('\n')
	m.sb.WriteString(strings.TrimRight(m.prefix, " "))
	m.line()
}

// line ends a line and starts the next.
func (m *markdown) line() {
	m.sb.WriteByte('\n')
	m.sb.WriteString(m.prefix)
}

func (m *markdown) block(n *Node, swap bool) {
	switch n.Kind {
	case HeadingNode:
		m.sb.WriteString("######"[:min(max(n.Level, 2), 6)] + " ")
		m.inline(n.Text, n.Spans, " ")
	case ListNode:
		m.list(n, swap)
	case QuoteNode:
		outer := m.prefix
		m.sb.WriteString("> ")
		m.prefix += "> "
		m.blocks(n.Children)
		m.prefix = outer
	case EmbedNode:
		m.block(n.Quoted(), swap)
	case TableNode:
		m.table(n)
	case FigureNode:
		m.figure(n.Image)
	case PreformattedNode:
		fence := strings.Repeat("`", max(3, longestRun(n.Text, '`')+1))
		m.sb.WriteString(fence)
		for l := range strings.SplitSeq(n.Text, "\n") {
			m.line()
			m.sb.WriteString(l)
		}
		m.line()
		m.sb.WriteString(fence)
	default:
		m.inline(n.Text, n.Spans, "\\\n"+m.prefix)
	}
}

func (m *markdown) list(n *Node, swap bool) {
	outer := m.prefix
	for i := range n.Children {
		if i > 0 {
			m.line()
		}
		marker := "- "
		switch {
		case n.Ordered && swap:
			marker = strconv.Itoa(n.FirstNumber()+i) + ") "
		case n.Ordered:
			marker = strconv.Itoa(n.FirstNumber()+i) + ". "
		case swap:
			marker = "* "
		}
		m.sb.WriteString(marker)
		m.prefix += strings.Repeat(" ", len(marker))
		item := &n.Children[i]
		m.inline(item.Text, item.Spans, "\\\n"+m.prefix)
		if len(item.Children) > 0 {
			// A list may follow its item's text at once; anything else needs an empty line.
			if item.Text != "" {
				if item.Children[0].Kind == ListNode {
					m.line()
				} else {
					m.gap()
				}
			}
			m.blocks(item.Children)
		}
		m.prefix = outer
	}
}

func (m *markdown) table(n *Node) {
	columns := 0
	for _, row := range n.Rows {
		columns = max(columns, len(row))
	}
	rows := n.Rows
	var head []Node // GFM knows no table without a head
	if n.Header {
		head, rows = rows[0], rows[1:]
	}
	write := func(row []Node) {
		m.sb.WriteByte('|')
		for i := range columns {
			m.sb.WriteByte(' ')
			if i < len(row) {
				m.inline(row[i].Text, row[i].Spans, " ")
			}
			m.sb.WriteString(" |")
		}
	}
	write(head)
	m.line()
	m.sb.WriteByte('|')
	m.sb.WriteString(strings.Repeat(" --- |", columns))
	for _, row := range rows {
		m.line()
		write(row)
	}
}

func (m *markdown) figure(img *Image) {
	written := false
	if SafeURL(img.URL) {
		m.sb.WriteString("![")
		m.inline(img.Alt, nil, " ")
		m.sb.WriteString("](" + markdownURL(img.URL) + ")")
		written = true
	}
	if img.Caption != "" {
		if written {
			m.sb.WriteString("\\\n" + m.prefix)
		}
		caption := strings.Join(strings.Fields(img.Caption), " ")
		m.inline(caption, []Span{{Kind: EmphasisSpan, End: len(caption)}}, " ")
		written = true
	}
	if img.Credit != "" {
		if written && img.Caption != "" {
			m.sb.WriteByte(' ')
		} else if written {
			m.sb.WriteString("\\\n" + m.prefix)
		}
		m.inline(strings.Join(strings.Fields(img.Credit), " "), nil, " ")
	}
}

// inline writes text with its spans; lineBreak is what a line break becomes.
func (m *markdown) inline(text string, spans []Span, lineBreak string) {
	first := true // of a line
	at := 0
	code := false
	closed := -1 // where the last emphasis ended in the output: another mark right there would join it
	events := nest(trimEmphasis(text, spans), len(text))
	tags := make(map[Span]string, 0)
	for _, e := range events {
		m.escape(text[at:e.at], first, lineBreak)
		first = first && at == e.at
		at = e.at
		switch e.span.Kind {
		case BreakSpan:
			if !e.end && text[e.span.Start:e.span.End] == "\n" {
				m.sb.WriteString(lineBreak)
				at = e.span.End
				first = true
			}
			continue
		case LinkSpan:
			if !SafeURL(e.span.URL) {
				continue
			}
			if e.end {
				m.sb.WriteString("](" + markdownURL(e.span.URL) + ")")
			} else {
				m.sb.WriteByte('[')
			}
		case CodeSpan:
			if !e.end && !code {
				m.code(strings.ReplaceAll(text[e.span.Start:e.span.End], "\n", " "))
				at = e.span.End
			}
			code = !e.end
		case SuperscriptSpan, SubscriptSpan:
			if e.end {
				m.sb.WriteString("</" + htmlTags[e.span.Kind] + ">")
			} else {
				m.sb.WriteString("<" + htmlTags[e.span.Kind] + ">")
			}
		case StrongSpan, EmphasisSpan:
			mark, tag := "**", "strong"
			if e.span.Kind == EmphasisSpan {
				mark, tag = "*", "em"
			}
			if e.end {
				if tags[e.span] == "" {
					m.sb.WriteString(mark)
					closed = m.sb.Len()
				} else {
					m.sb.WriteString("</" + tag + ">")
				}
				continue
			}
			if closed == m.sb.Len() {
				tags[e.span] = tag
				m.sb.WriteString("<" + tag + ">")
				continue
			}
			m.sb.WriteString(mark)
		}
	}
	m.escape(text[at:], first, lineBreak)
}

// trimEmphasis moves the ends of strong and emphasised spans to where CommonMark sees them as such: not at white
// space, and at punctuation only where white space, punctuation or the text's end is on the other side (0.31.2,
// 6.2: left- and right-flanking). That matters most in CJK, where 「…」 is marked without spaces around it.
func trimEmphasis(text string, spans []Span) []Span {
	moved := false
	for i, s := range spans {
		if s.Kind != StrongSpan && s.Kind != EmphasisSpan || s.Start < 0 || s.End > len(text) || s.Start >= s.End {
			continue
		}
		start, end := s.Start, s.End
		for start < end {
			r, size := utf8.DecodeRuneInString(text[start:])
			before, _ := utf8.DecodeLastRuneInString(text[:start])
			if !unicode.IsSpace(r) && (!isMarkPunct(r) || start == 0 || unicode.IsSpace(before) || isMarkPunct(before)) {
				break
			}
			start += size
		}
		for start < end {
			r, size := utf8.DecodeLastRuneInString(text[:end])
			after, _ := utf8.DecodeRuneInString(text[end:])
			if !unicode.IsSpace(r) && (!isMarkPunct(r) || end == len(text) || unicode.IsSpace(after) || isMarkPunct(after)) {
				break
			}
			end -= size
		}
		if start == s.Start && end == s.End {
			continue
		}
		if !moved {
			spans, moved = slices.Clone(spans), true
		}
		spans[i].Start, spans[i].End = start, end
	}
	if moved {
		slices.SortStableFunc(spans, func(a, b Span) int {
			if a.Start != b.Start {
				return a.Start - b.Start
			}
			return b.End - a.End
		})
	}
	return spans
}

func isMarkPunct(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

func (m *markdown) code(s string) {
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	pad := ""
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") && strings.TrimSpace(s) != "" {
		pad = " "
	}
	m.sb.WriteString(fence + pad + s + pad + fence)
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// escape writes text so that Markdown reads it as text. first says that it begins a block.
func (m *markdown) escape(s string, first bool, lineBreak string) {
	if s == "" {
		return
	}
	from := 0
	if first {
		if n := blockMarker(s); n >= 0 {
			m.sb.WriteString(s[:n])
			m.sb.WriteByte('\\')
			m.sb.WriteByte(s[n])
			from = n + 1
		}
	}
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '\n':
			m.sb.WriteString(s[from:i])
			m.sb.WriteString(lineBreak)
			from = i + 1
			if n := blockMarker(s[from:]); n >= 0 {
				m.sb.WriteString(s[from : from+n])
				m.sb.WriteByte('\\')
				from, i = from+n, from+n // the marker itself follows as text
			}
			continue
		case '\\', '`', '*', '[', ']', '|', '<', '~': // one tilde is enough for GitHub to strike out
		case '_':
			// Inside a word an underscore is a letter.
			if i > 0 && i+1 < len(s) && script.IsWordByte(s[i-1]) && script.IsWordByte(s[i+1]) {
				continue
			}
		case '&':
			if !looksLikeEntity(s[i:]) {
				continue
			}
		case '#':
			if i+1 < len(s) {
				continue // only a heading's last one could close it
			}
		default:
			continue
		}
		m.sb.WriteString(s[from:i])
		m.sb.WriteByte('\\')
		from = i
	}
	m.sb.WriteString(s[from:])
}

// blockMarker returns where a text that begins a line needs a backslash so as not to begin a heading, list, quote,
// fence or rule; -1 if nowhere.
func blockMarker(s string) int {
	if s == "" {
		return -1
	}
	ends := func(i int) bool { return i == len(s) || s[i] == ' ' || s[i] == '\n' }
	switch s[0] {
	case '>', '~':
		return 0
	case '#':
		if n := len(s) - len(strings.TrimLeft(s, "#")); n <= 6 && ends(n) {
			return 0
		}
	case '+', '-', '=':
		if ends(1) || s[1] == s[0] {
			return 0
		}
	}
	digits := 0
	for digits < len(s) && digits < 10 && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')') && ends(digits+1) {
		return digits
	}
	return -1
}

// looksLikeEntity reports whether s, which starts with "&", could be read as a character reference.
func looksLikeEntity(s string) bool {
	end := strings.IndexByte(s[:min(len(s), 40)], ';')
	if end < 2 {
		return false
	}
	for _, c := range []byte(s[1:end]) {
		if !script.IsWordByte(c) && c != '#' {
			return false
		}
	}
	return true
}

// markdownURL writes an address as a link destination.
func markdownURL(u string) string {
	plain := true
	for i := range len(u) {
		if c := u[i]; c <= ' ' || c == 0x7f || c == '(' || c == ')' || c == '\\' || c == '<' || c == '>' || c == '&' || c == '|' {
			plain = false
			break
		}
	}
	if plain {
		return u
	}
	var sb strings.Builder
	sb.Grow(len(u) + 8)
	for i := range len(u) {
		switch c := u[i]; {
		case c <= ' ' || c == 0x7f || c == '|' || c == '<' || c == '>' || c == '\\':
			const hex = "0123456789ABCDEF"
			sb.WriteByte('%')
			sb.WriteByte(hex[c>>4])
			sb.WriteByte(hex[c&15])
		case c == '(' || c == ')':
			sb.WriteByte('\\')
			sb.WriteByte(c)
		case c == '&' && looksLikeEntity(u[i:]):
			sb.WriteString("&amp;")
		default:
			sb.WriteByte(c)
		}
	}
	return sb.String()
}

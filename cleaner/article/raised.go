package article

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text above and below the line: 100², CO₂, x^(a+b), v_max. In a node it stands as it is written, with a span over it; plain
// text has a sign for it, since 100² is no 1002.

var (
	superscripts = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹",
		"+", "⁺", "-", "⁻", "−", "⁻", "–", "⁻", "=", "⁼", "(", "⁽", ")", "⁾", "n", "ⁿ")
	subscripts = strings.NewReplacer("0", "₀", "1", "₁", "2", "₂", "3", "₃", "4", "₄", "5", "₅", "6", "₆", "7", "₇", "8", "₈", "9", "₉",
		"+", "₊", "-", "₋", "−", "₋", "–", "₋", "=", "₌", "(", "₍", ")", "₎")
)

const (
	MaxRaised = 16 // letters: what is longer is small print, not an exponent
	maxMark   = 3  // of what touches no base: the mark before a footnote
	maxIndex  = 5  // of a word below the line, "max"
	maxSymbol = 3  // of what it is an index of; what is longer is a word with small print
)

// Plain returns the part of a text under a span as plain text shows it: digits and signs above and below the line as the
// characters that Unicode has for them, other exponents after ^ and indices after _. Letters above the line that are no
// exponent, as in 1st, Mme and ™, stay.
func (s Span) Plain(text string) string {
	part := text[s.Start:s.End]
	if s.Kind != SuperscriptSpan && s.Kind != SubscriptSpan || utf8.RuneCountInString(part) > MaxRaised {
		return part
	}
	base, letters := baseOf(text[:s.Start])
	small, sign, signs := superscripts, "^", "0123456789+-−–=()n ,"
	if s.Kind == SubscriptSpan {
		small, sign, signs = subscripts, "_", "0123456789+-−–=() ,"
	}
	size := utf8.RuneCountInString(part)
	switch {
	case strings.HasPrefix(part, "(") && strings.HasSuffix(part, ")"):
		return part // the mark of a footnote
	case strings.Trim(part, signs) == "":
		if base == 0 && size > maxMark {
			return part
		}
		return small.Replace(part)
	case base == 0 || strings.ContainsAny(part, "[]*†‡§ \n"): // likewise
		return part
	case strings.Trim(part, "′″'’*") == "": // s′
		return part
	case strings.ContainsFunc(part, isOperator):
		if size > 1 {
			part = "(" + part + ")"
		}
		return sign + part
	case s.Kind == SubscriptSpan && (letters > 0 || unicode.IsSymbol(base)) && letters <= maxSymbol && size <= maxIndex:
		return sign + part
	case letters == 1 && unicode.IsLower(base) && size == 1 && !strings.ContainsAny(part, "aeors®™"): // nᵒ and nᵃ are words
		return sign + part
	}
	return part
}

// isOperator reports whether a sign is one of sums, not of words.
func isOperator(r rune) bool { return r == '-' || r == '/' || unicode.In(r, unicode.Sm, unicode.Nd) }

// baseOf returns the letter before an exponent, 0 if none touches it, and how many letters its word has.
func baseOf(before string) (base rune, letters int) {
	for size := 0; len(before) > 0 && letters <= maxSymbol; before = before[:len(before)-size] {
		var r rune
		if r, size = utf8.DecodeLastRuneInString(before); base == 0 {
			base = r
		}
		if !unicode.IsLetter(r) {
			break
		}
		letters++
	}
	if unicode.IsSpace(base) {
		return 0, 0
	}
	return base, letters
}

// raised is a part of a node's text that plain text shows with a sign.
type raised struct {
	start, end int
	plain      string
}

// raisedParts returns what stands above and below the line, in order.
func (n *Node) raisedParts() []raised {
	var parts []raised
	at := 0
	for _, s := range n.Spans {
		if (s.Kind == SuperscriptSpan || s.Kind == SubscriptSpan) && s.Start >= at && s.End <= len(n.Text) {
			parts = append(parts, raised{s.Start, s.End, s.Plain(n.Text)})
			at = s.End
		}
	}
	return parts
}

// PlainText returns the text of a node with signs for what stands above and below the line.
func (n *Node) PlainText() string {
	parts := n.raisedParts()
	if len(parts) == 0 {
		return n.Text
	}
	var sb strings.Builder
	at := 0
	for _, p := range parts {
		sb.WriteString(n.Text[at:p.start])
		sb.WriteString(p.plain)
		at = p.end
	}
	sb.WriteString(n.Text[at:])
	return sb.String()
}

// Plain returns the node as plain text shows it: with signs in its text, and no spans above and below the line.
func (n Node) Plain() Node {
	parts := n.raisedParts()
	if len(parts) == 0 {
		return n
	}
	text, spans := n.PlainText(), make([]Span, 0, len(n.Spans))
	next, shift := 0, 0
	for _, s := range n.Spans { // sorted by their starts
		if s.Kind == SuperscriptSpan || s.Kind == SubscriptSpan {
			continue
		}
		for ; next < len(parts) && parts[next].end <= s.Start; next++ {
			shift += len(parts[next].plain) - (parts[next].end - parts[next].start)
		}
		end, grown := s.End, shift
		if next < len(parts) && parts[next].start < s.Start { // what begins or ends within a sign is over all of it
			s.Start = parts[next].start
		}
		for _, p := range parts[next:] {
			if p.start >= s.End {
				break
			}
			end, grown = max(end, p.end), grown+len(p.plain)-(p.end-p.start)
		}
		s.Start, s.End = s.Start+shift, min(end+grown, len(text))
		spans = append(spans, s)
	}
	n.Text, n.Spans = text, spans
	return n
}

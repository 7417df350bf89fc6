// Package credittext parts captions of pictures from the credit that ends them, in the languages of lexicon/credit.txt.
package credittext

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"newsmill/cleaner/lexicon"
)

// creditWords are what newsrooms write before the name of a photographer or agency, by language and lower case; see
// lexicon/credit.txt.
var (
	creditMarkers, creditAgencies, endings = readCredits(lexicon.Lines("credit"))
	creditEndings                          = longestFirst(endings)
)

func longestFirst(words map[string]bool) []string {
	return slices.SortedFunc(maps.Keys(words), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
}

func readCredits(lines iter.Seq[string]) (markers, agencies, after map[string]bool) {
	markers, agencies, after = map[string]bool{}, map[string]bool{}, map[string]bool{}
	into := markers
	for line := range lines {
		switch line {
		case "[agencies]":
			into = agencies
		case "[endings]":
			into = after
		case "[markers]":
			into = markers
		default:
			for w := range strings.SplitSeq(line, ",") {
				if w = strings.TrimSpace(w); w != "" {
					into[w] = true
				}
			}
		}
	}
	return markers, agencies, after
}

// maxCredit is the length of the longest credit: more is a sentence of the caption. 90 runes hold 99 % of those seen.
const maxCredit = 90

// Split parts a caption from the credit at its end: "… /VCG", "(Photo: …)", "Foto: …", "© …", or a known
// agency after the last sentence.
func Split(s string) (caption, credit string) {
	return splitCaption(s, 2)
}

// splitCaption is captionParts for captions with up to so many credits after slashes, one behind the other.
func splitCaption(s string, credits int) (caption, credit string) {
	s = strings.TrimSuffix(s, " All rights reserved.")
	if c, rest, ok := cutBracketCredit(s); ok {
		return rest, c
	}
	if i := strings.Index(s, "Copyright "); i > 0 && s[i-1] == ' ' {
		if c := Trim(s[i:]); isCreditName(c) {
			return trimCaption(s[:i]), c
		}
	}
	for i, tail := len(s), 0; i > 0 && tail < maxCredit+20; tail++ { // letters
		r, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
		switch r {
		case '©':
			if c := Trim(s[i:]); isCreditName(c) {
				return trimCaption(s[:i]), c
			}
		case ':', '：', '＝', '=', '|':
			if from := markerBefore(s, i); from >= 0 {
				if c := Trim(s[i+size:]); isCreditName(c) {
					return trimCaption(s[:from]), c
				}
			}
		case '/', '／':
			before, _ := utf8.DecodeLastRuneInString(s[:i])
			// A slash that follows a space or the end of a sentence; one between two names joins them.
			if i == 0 || unicode.IsSpace(before) || isSentenceEnd(before) || before == ')' {
				if c := Trim(s[i+size:]); isCreditName(c) {
					caption = trimCaption(s[:i])
					if credits == 0 {
						return caption, c
					}
					if rest, who := splitCaption(caption, credits-1); who != "" { // "Photo by Ann Bee /Agency"
						return rest, who + "/" + c
					}
					return caption, c
				}
			}
		}
	}
	if c, rest, ok := cutMarkedTail(s); ok {
		return rest, c
	}
	// The last sentence is the name of an agency.
	if cut := lastSentence(s); cut > 0 {
		if c := strings.TrimSpace(s[cut:]); isCreditName(c) && namesAgency(c) {
			return trimCaption(s[:cut]), Trim(c)
		}
	}
	if isCreditOnly(s) {
		return "", Trim(s)
	}
	return s, ""
}

// cutMarkedTail finds a credit in the last sentence: a marker that needs no colon ("Fot. A. Bee", "Foto A. Bee/dpa"), or
// words that follow the name ("A. Bee 摄").
func cutMarkedTail(s string) (credit, rest string, ok bool) {
	cut := lastSentence(s)
	tail := s[cut:]
	for _, e := range creditEndings {
		if name, found := strings.CutSuffix(strings.TrimRight(tail, " .。"), e); found {
			// The name is what follows the last space, comma or full stop before the ending.
			name = strings.TrimSpace(name)
			at := strings.LastIndexAny(name, " 　，。、＝=で")
			for at >= 0 && at < len(name) && !utf8.RuneStart(name[at]) {
				at--
			}
			from := 0
			if at >= 0 {
				_, size := utf8.DecodeRuneInString(name[at:])
				from = at + size
			}
			if c := strings.TrimSpace(name[from:]); utf8.RuneCountInString(c) >= 2 && isCreditName(c) && len(c) <= 40 {
				return c, trimCaption(s[:cut] + name[:from]), true
			}
		}
	}
	if cut == 0 {
		return "", "", false
	}
	word, after, found := strings.Cut(tail, " ")
	if !found || !creditMarkers[strings.ToLower(strings.TrimSuffix(word, "."))] && !creditMarkers[strings.ToLower(word)] {
		// The marker's own full stop may have ended the sentence: "… 640 ton. Fot. Iga".
		before := strings.TrimRight(s[:cut], " ")
		at := strings.LastIndexByte(before, ' ') + 1
		if !creditMarkers[strings.ToLower(before[at:])] || !strings.HasSuffix(before, ".") {
			return "", "", false
		}
		after, cut = tail, at
	}
	if n := markerLength(s[cut:]); n > 0 { // a marker of several words
		after = s[cut+n:]
	}
	c := Trim(after)
	if !isCreditName(c) || strings.Count(c, " ") > 6 {
		return "", "", false
	}
	return c, trimCaption(s[:cut]), true
}

// cutBracketCredit finds a credit in brackets at the end: "… (Photo by A. Bee/Agency)".
func cutBracketCredit(s string) (credit, rest string, ok bool) {
	t := strings.TrimRight(s, " .。")
	last, size := utf8.DecodeLastRuneInString(t)
	open, closing := "", ""
	switch last {
	case ')':
		open, closing = "(", ")"
	case '）':
		open, closing = "（", "）"
	case ']':
		open, closing = "[", "]"
	case '】':
		open, closing = "【", "】"
	default:
		return "", "", false
	}
	i := strings.LastIndex(t, open)
	if i < 0 {
		return "", "", false
	}
	inside := strings.TrimSpace(strings.TrimSuffix(t[i+len(open):], closing))
	_ = size
	name := Trim(inside)
	if name == "" || !isCreditName(name) || name == inside && !namesAgency(inside) && !strings.Contains(inside, "/") {
		return "", "", false
	}
	return name, trimCaption(t[:i]), true
}

// Trim takes marks and markers off a credit: "/VCG", "(Photo by A)", "© B", "Foto: C".
func Trim(s string) string {
	for range 4 {
		was := s
		s = strings.Trim(s, " /／|–—-·•:：＝=,;()（）[]【】")
		for _, sign := range [...]string{"©", "(c)", "(C)", "Ⓒ", "ⓒ", "c)"} {
			s = strings.TrimSpace(strings.TrimPrefix(s, sign))
		}
		if n := markerLength(s); n > 0 {
			s = s[n:]
		}
		if s == was {
			break
		}
	}
	s = strings.TrimRight(s, ".。 ")
	if a, b, two := strings.Cut(s, " | "); two && strings.EqualFold(a, b) {
		return a
	}
	return s
}

// markerLength returns the length of the marker that s begins with, with the sign or "by" after it; 0 if there is none.
func markerLength(s string) int {
	words := 0
	for i, r := range s {
		if words > 3 || i > 40 {
			return 0
		}
		sign := r == ':' || r == '：' || r == '＝' || r == '='
		if !sign && r != ' ' {
			continue
		}
		if r == ' ' {
			words++
		}
		word := strings.ToLower(strings.TrimSpace(s[:i]))
		if !creditMarkers[word] {
			continue
		}
		rest := s[i:]
		if sign {
			return i + utf8.RuneLen(r)
		}
		if t := strings.TrimLeft(rest, " "); strings.HasPrefix(t, ":") || strings.HasPrefix(t, "：") || strings.HasPrefix(t, "/") {
			return len(s) - len(t) + len(t[:1])
		}
		if word == "copyright" || strings.HasSuffix(word, " by") || strings.HasSuffix(word, " von") || strings.HasSuffix(word, " par") || strings.HasSuffix(word, " de") {
			return i
		}
	}
	return 0
}

// markerBefore returns where the marker begins that ends at s[:end]; -1 if there is none. It may be glued to the
// caption, as where two inline elements met: "im StadionBild: …".
func markerBefore(s string, end int) int {
	t := strings.TrimRight(s[:end], " ")
	for i, words := len(t), 0; i > 0 && words <= 3; {
		r, size := utf8.DecodeLastRuneInString(t[:i])
		i -= size
		if len(t)-i > 40 {
			break
		}
		if creditMarkers[strings.ToLower(t[i:])] {
			before, _ := utf8.DecodeLastRuneInString(t[:i])
			if i == 0 || !unicode.IsLetter(before) || unicode.IsUpper(r) && unicode.IsLower(before) || isWide(r) {
				return i
			}
		}
		if r == ' ' {
			words++
		}
	}
	return -1
}

// isWide reports whether a rune is of a script written without spaces.
func isWide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func isSentenceEnd(r rune) bool { return strings.ContainsRune(".!?。！？؟।…”\"」»", r) }

// lastSentence returns where the text after the last sentence end begins; 0 if it is one sentence.
func lastSentence(s string) int {
	for i := len(s) - 2; i > 0; i-- {
		if s[i] == ' ' && (strings.IndexByte(".!?\"", s[i-1]) >= 0 || strings.HasSuffix(s[:i], "”") || strings.HasSuffix(s[:i], "»")) {
			return i + 1
		}
		if strings.HasPrefix(s[i:], "。") && i+len("。") < len(s) {
			return i + len("。")
		}
		// Two inline elements met: "… that day.The Agency".
		if i > 1 && s[i-1] == '.' && isLower(s[i-2]) && isUpper(s[i]) && isLower(s[i+1]) {
			return i
		}
	}
	return 0
}

// isCreditName reports whether s can be the name of people or agencies: short, no sentence, not lower case throughout.
func isCreditName(s string) bool {
	n := utf8.RuneCountInString(s)
	isSentences := strings.Contains(s, ". ") && len(s) > 40 && strings.Count(s, " ") > 8
	if n < 2 || n > maxCredit || isSentences || strings.ContainsAny(s, "?!;。") {
		return false
	}
	capital := false
	for _, r := range s {
		if unicode.IsUpper(r) || unicode.IsLetter(r) && !unicode.IsLower(r) {
			capital = true
			break
		}
	}
	return (capital || namesAgency(s)) && strings.Count(s, " ") <= 10
}

// namesAgency reports whether a known picture agency is named in s.
func namesAgency(s string) bool {
	lower := strings.ToLower(s)
	if creditAgencies[lower] {
		return true
	}
	from := -1
	for i, r := range lower + " " {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if letter && from < 0 {
			from = i
		}
		if !letter && from >= 0 {
			if creditAgencies[lower[from:i]] {
				return true
			}
			from = -1
		}
	}
	for _, a := range [...]string{"getty images", "picture alliance", "ap photo", "associated press", "canadian press", "新华社", "中新社", "共同通信", "時事通信", "연합뉴스", "뉴시스"} {
		if strings.Contains(lower, a) {
			return true
		}
	}
	return false
}

// isCreditOnly reports whether a caption is nothing but a credit.
func isCreditOnly(s string) bool {
	if markerLength(s) > 0 && isCreditName(Trim(s)) {
		return true
	}
	isShort := utf8.RuneCountInString(s) <= 40 && strings.Count(s, " ") <= 4
	return isShort && namesAgency(s) && !strings.HasSuffix(s, ".")
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func trimCaption(s string) string { return strings.TrimRight(s, " |/–—-·•,;:、，＝=") }

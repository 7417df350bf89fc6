package script

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// CleanValue makes a value out of data readable: entities that were escaped twice, tags, white space, invisible
// characters.
func CleanValue(s string) string {
	s = UnescapeHTML(s)
	if strings.IndexByte(s, '<') >= 0 && strings.IndexByte(s, '>') > 0 {
		s = stripTags(s)
	}
	return Tidy(s)
}

// UnescapeHTML resolves entities, also those escaped twice ("&amp;#039;").
func UnescapeHTML(s string) string {
	for range 2 {
		if strings.IndexByte(s, '&') < 0 {
			return s
		}
		s = html.UnescapeString(s)
	}
	return s
}

// invisibles are marks that nobody sees: soft hyphens, spaces of no width, directions.
const invisibles = "\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

// Tidy folds white space and drops soft hyphens and other characters that nobody sees.
func Tidy(s string) string {
	if !IsASCII(s) && strings.ContainsAny(s, invisibles) {
		s = strings.Map(func(r rune) rune {
			if strings.ContainsRune(invisibles, r) {
				return -1
			}
			return r
		}, s)
	}
	return Fold(s)
}

// IsASCII reports whether a text has no byte beyond ASCII.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// stripTags removes what looks like a tag: "<" and a letter or slash, up to ">".
func stripTags(s string) string {
	var sb strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 || open+1 >= len(s) {
			break
		}
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			break
		}
		if c := s[open+1]; c != '/' && c != '!' && (c|0x20 < 'a' || c|0x20 > 'z') {
			sb.WriteString(s[:open+1])
			s = s[open+1:]
			continue
		}
		sb.WriteString(s[:open])
		s = s[open+end+1:]
	}
	sb.WriteString(s)
	return sb.String()
}

// Fold replaces each run of white space by one space and trims the ends.
func Fold(s string) string {
	isAfter := true       // the next rune, a space or the beginning
	for _, r := range s { // most texts are folded
		isSpace := unicode.IsSpace(r)
		if isSpace && (isAfter || r != ' ') {
			return strings.Join(strings.Fields(s), " ")
		}
		isAfter = isSpace
	}
	return strings.TrimSuffix(s, " ")
}

// Cut returns at most n bytes of a text, whole characters.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

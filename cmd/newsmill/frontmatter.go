package main

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"newsmill/cmd/newsmill/term"
)

// writeFrontMatter writes a struct of strings, lists of strings and numbers as YAML, by its tags, in a way that YAML 1.1 and 1.2
// read alike: what is no plain word to both is quoted, and what either refuses is escaped.
func writeFrontMatter(sb *strings.Builder, matter any) {
	v := reflect.ValueOf(matter)
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		field := v.Field(i)
		if option == "omitempty" && (field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0) {
			continue
		}
		switch value := field.Interface().(type) {
		case string:
			fmt.Fprintf(sb, "%s: %s\n", name, yamlText(value))
		case []string:
			fmt.Fprintf(sb, "%s:\n", name)
			for _, s := range value {
				fmt.Fprintf(sb, "- %s\n", yamlText(s))
			}
		default:
			fmt.Fprintf(sb, "%s: %v\n", name, value)
		}
	}
}

// plainYAML is a text that no YAML parser takes for anything but itself: it begins with a letter, and has no colon at the end of
// a word, no number sign behind one, and nothing that must be escaped.
var plainYAML = regexp.MustCompile(`^\p{L}(?:[\p{L}\p{M}\p{N} ,;.!?'’‘“”"()/&%+_=@~*–—-]|:[\p{L}\p{N}/])*$`)

// yamlWords are words that are more than text to some parser, in any case.
var yamlWords = []string{"y", "yes", "n", "no", "true", "false", "on", "off", "null", "nan", "inf"}

func yamlText(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if plainYAML.MatchString(s) && !strings.HasSuffix(s, " ") && !slices.Contains(yamlWords, strings.ToLower(s)) && !strings.ContainsFunc(s, mustEscape) {
		return s
	}
	var sb strings.Builder
	sb.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			sb.WriteByte('\\')
			sb.WriteRune(r)
		case r == '\n':
			sb.WriteString(`\n`)
		case r == '\t':
			sb.WriteString(`\t`)
		case !mustEscape(r):
			sb.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&sb, `\U%08x`, r)
		default:
			fmt.Fprintf(&sb, `\u%04x`, r)
		}
	}
	sb.WriteByte('"')
	return sb.String()
}

// mustEscape reports whether a character is refused, folded or acted upon by some parser or terminal where it stands as it is:
// controls, marks that turn the direction of writing, breaks that are not ASCII's, the byte order mark, and what is no character.
func mustEscape(r rune) bool {
	return term.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r&0xfffe == 0xfffe
}

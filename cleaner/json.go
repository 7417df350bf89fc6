package cleaner

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonKind is the kind of a jsonValue.
type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonBare          // number, true, false, or a bare word
	jsonString
	jsonArray
	jsonObject
)

// jsonValue is a parsed value. Its zero value is null, and looking into null gives null, so that a path through a
// page's data needs no checks.
type jsonValue struct {
	kind  jsonKind
	text  string // of a string, decoded; of a bare word, as written
	keys  []string
	items []jsonValue      // elements of an array; members of an object, in the order of keys
	index map[string]int32 // of the first item with a key, in an object of more than fewKeys
}

const (
	fewKeys    = 32            // are quicker compared than looked up
	maxMembers = 20_000        // of an object; further ones are left out: it is a catalogue
	maxItems   = 2 * maxBlocks // of an array, likewise; no page may have as many blocks
)

var nullJSON = &jsonValue{}

// get returns the member of an object.
func (v *jsonValue) get(key string) *jsonValue {
	if v.index != nil {
		if i, ok := v.index[key]; ok {
			return &v.items[i]
		}
		return nullJSON
	}
	if v.kind == jsonObject {
		for i, k := range v.keys {
			if k == key {
				return &v.items[i]
			}
		}
	}
	return nullJSON
}

// add adds a member to an object.
func (v *jsonValue) add(key string, item jsonValue) {
	if len(v.keys) == maxMembers {
		return
	}
	v.keys, v.items = append(v.keys, key), append(v.items, item)
	if len(v.keys) <= fewKeys {
		return
	}
	if v.index == nil {
		v.index = make(map[string]int32, 2*fewKeys)
		for i := len(v.keys) - 1; i >= 0; i-- {
			v.index[v.keys[i]] = int32(i)
		}
	} else if _, twice := v.index[key]; !twice {
		v.index[key] = int32(len(v.keys) - 1)
	}
}

// list returns the elements of an array, or the value itself as the only one; nothing for null.
func (v *jsonValue) list() []jsonValue {
	switch v.kind {
	case jsonNull:
		return nil
	case jsonArray:
		return v.items
	default:
		return []jsonValue{*v}
	}
}

// few returns the first elements of an array, up to n, or the value itself as the only one.
func (v *jsonValue) few(n int) []jsonValue {
	list := v.list()
	return list[:min(len(list), n)]
}

// first returns the first element of an array, else the value itself.
func (v *jsonValue) first() *jsonValue {
	if v.kind == jsonArray {
		if len(v.items) == 0 {
			return nullJSON
		}
		return &v.items[0]
	}
	return v
}

// string returns the text of a string or a bare word.
func (v *jsonValue) string() string {
	if v.kind == jsonString || v.kind == jsonBare {
		return v.text
	}
	return ""
}

// maxJSONDepth: deeper values are read as null. Published data is under 30 deep (1,891 pages).
const maxJSONDepth = 200

// parseJSON reads the values in a text, one after the other. It takes what pages really hold: comments, CDATA and
// HTML comment marks, trailing and missing commas, raw line breaks and quotes in strings, bare and single-quoted
// keys, several values in a row, a cut end. It is linear in the text, and what can't be read is left out.
func parseJSON(s string) []jsonValue {
	if strings.Contains(s[:min(len(s), 200)], "{&quot;") {
		s = unescapeHTML(s)
	}
	p := jsonParser{s: s}
	var values []jsonValue
	for p.skipTo("{[") {
		values = append(values, p.value(0))
	}
	return values
}

type jsonParser struct {
	s string
	i int
}

// skipTo moves to the next byte of a set, past comments.
func (p *jsonParser) skipTo(set string) bool {
	for p.i < len(p.s) {
		if p.comment() {
			continue
		}
		if strings.IndexByte(set, p.s[p.i]) >= 0 {
			return true
		}
		p.i++
	}
	return false
}

// comment skips a comment or the marks that hide a script from old browsers.
func (p *jsonParser) comment() bool {
	rest := p.s[p.i:]
	switch {
	case strings.HasPrefix(rest, "/*"):
		end := strings.Index(rest, "*/")
		if end < 0 {
			end = len(rest) - 2
		}
		p.i += end + 2
	case strings.HasPrefix(rest, "<![CDATA["):
		p.i += len("<![CDATA[")
	case strings.HasPrefix(rest, "//"):
		if cd := strings.Index(rest[:min(len(rest), 20)], "<![CDATA["); cd >= 0 {
			p.i += cd + len("<![CDATA[")
			return true
		}
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		p.i += end
	default:
		return false
	}
	return true
}

func (p *jsonParser) space() {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			p.i++
		case c == '/' || c == '<':
			if !p.comment() {
				return
			}
		case c == 0xc2 && strings.HasPrefix(p.s[p.i:], "\u00a0"):
			p.i += 2
		default:
			return
		}
	}
}

func (p *jsonParser) value(depth int) jsonValue {
	p.space()
	if p.i >= len(p.s) {
		return jsonValue{}
	}
	switch c := p.s[p.i]; c {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"', '\'', '`':
		return jsonValue{kind: jsonString, text: p.str(c)}
	}
	start := p.i
	for p.i < len(p.s) && strings.IndexByte(",]}:\n\r\t ;", p.s[p.i]) < 0 {
		p.i++
	}
	word := p.s[start:p.i]
	if word == "" || word == "null" || word == "undefined" {
		return jsonValue{}
	}
	return jsonValue{kind: jsonBare, text: word}
}

// skipDeep passes over a value that is too deep, counting brackets only.
func (p *jsonParser) skipDeep() jsonValue {
	for depth := 0; p.i < len(p.s); p.i++ {
		switch p.s[p.i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				p.i++
				return jsonValue{}
			}
		}
	}
	return jsonValue{}
}

func (p *jsonParser) object(depth int) jsonValue {
	if depth > maxJSONDepth {
		return p.skipDeep()
	}
	v := jsonValue{kind: jsonObject}
	p.i++
	for {
		p.space()
		if p.i >= len(p.s) {
			return v
		}
		switch c := p.s[p.i]; c {
		case '}':
			p.i++
			return v
		case ']': // closes an array around us: the brace is missing
			return v
		case ',', ';', ':':
			p.i++
			continue
		case '"', '\'':
			key := p.str(c)
			v.member(p, key, depth)
		case '{', '[': // a value where a key belongs: keep going inside
			p.value(depth + 1)
		default:
			start := p.i
			for p.i < len(p.s) && strings.IndexByte(":,{}[]\"' \n\r\t", p.s[p.i]) < 0 {
				p.i++
			}
			if p.i == start {
				p.i++
				continue
			}
			v.member(p, p.s[start:p.i], depth)
		}
	}
}

// member reads the value that follows a key.
func (v *jsonValue) member(p *jsonParser, key string, depth int) {
	p.space()
	if p.i >= len(p.s) || p.s[p.i] != ':' {
		return
	}
	p.i++
	v.add(key, p.value(depth+1))
}

func (p *jsonParser) array(depth int) jsonValue {
	if depth > maxJSONDepth {
		return p.skipDeep()
	}
	v := jsonValue{kind: jsonArray}
	p.i++
	for {
		p.space()
		if p.i >= len(p.s) {
			return v
		}
		switch p.s[p.i] {
		case ']':
			p.i++
			return v
		case '}': // closes an object around us: the bracket is missing
			return v
		case ',', ';', ':':
			p.i++
		default:
			before := p.i
			item := p.value(depth + 1)
			if p.i == before {
				p.i++
				continue
			}
			if len(v.items) < maxItems {
				v.items = append(v.items, item)
			}
		}
	}
}

// str reads a string that starts with the given quote.
func (p *jsonParser) str(quote byte) string {
	p.i++
	start := p.i
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '\\':
			return p.escaped(quote, start)
		case c == quote:
			if p.closes() {
				s := p.s[start:p.i]
				p.i++
				return s
			}
			p.i++
		default:
			p.i++
		}
	}
	return p.s[start:]
}

// closes reports whether the quote at hand ends its string: what comes next is what may follow a string. A quote
// that the author of a headline forgot to escape is followed by a letter.
func (p *jsonParser) closes() bool {
	line := false
	for j, end := p.i+1, min(len(p.s), p.i+200); j < end; j++ {
		switch p.s[j] {
		case ' ', '\t', '\r':
		case '\n':
			line = true
		case ',', ':', '}', ']', ';', ')', '/', '<':
			return true
		case '"', '\'':
			return line // a comma is missing between lines
		default:
			return false
		}
	}
	return true
}

// escaped reads the rest of a string that holds escapes.
func (p *jsonParser) escaped(quote byte, start int) string {
	var sb strings.Builder
	sb.WriteString(p.s[start:p.i])
	for p.i < len(p.s) {
		c := p.s[p.i]
		if c == quote && p.closes() {
			p.i++
			break
		}
		if c != '\\' {
			next := p.i + 1
			for next < len(p.s) && p.s[next] != '\\' && p.s[next] != quote {
				next++
			}
			sb.WriteString(p.s[p.i:next])
			p.i = next
			continue
		}
		if p.i+1 >= len(p.s) {
			p.i++
			break
		}
		p.i += 2
		switch e := p.s[p.i-1]; e {
		case 'n':
			sb.WriteByte('\n')
		case 't':
			sb.WriteByte('\t')
		case 'r':
			sb.WriteByte('\r')
		case 'b', 'f':
			sb.WriteByte(' ')
		case 'u':
			p.i-- // at the u
			r := p.hex4()
			if utf16.IsSurrogate(r) && strings.HasPrefix(p.s[p.i:], `\u`) {
				p.i++
				r = utf16.DecodeRune(r, p.hex4())
			}
			if utf16.IsSurrogate(r) {
				r = utf8.RuneError
			}
			sb.WriteRune(r)
		case 'x':
			if p.i+2 <= len(p.s) {
				if r, ok := hexRune(p.s[p.i : p.i+2]); ok {
					sb.WriteRune(r)
					p.i += 2
				}
			}
		default: // \" \\ \/ \' and a line break that was escaped
			sb.WriteByte(e)
		}
	}
	return sb.String()
}

// hex4 reads the four digits after the u at hand; the replacement character where there are none.
func (p *jsonParser) hex4() rune {
	p.i++
	if p.i+4 > len(p.s) {
		return utf8.RuneError
	}
	r, ok := hexRune(p.s[p.i : p.i+4])
	if !ok {
		return utf8.RuneError
	}
	p.i += 4
	return r
}

func hexRune(s string) (rune, bool) {
	var r rune
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

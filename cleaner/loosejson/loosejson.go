// Package loosejson reads the JSON that pages really hold: with comments, trailing commas, bare keys, raw line breaks in strings, cut ends.
// What can't be read is left out, and looking into what is not there gives nothing, so that a path through a page's data needs no checks.
package loosejson

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Kind is the kind of a value.
type Kind uint8

const (
	Null Kind = iota
	Bare      // number, true, false, or a bare word
	String
	Array
	Object
)

// Value is a parsed value. Its zero value is null, and looking into null gives null, so that a path through a
// page's data needs no checks.
type Value struct {
	Kind  Kind
	Text  string // of a string, decoded; of a bare word, as written
	Keys  []string
	Items []Value          // elements of an array; members of an object, in the order of keys
	index map[string]int32 // of the first item with a key, in an object of more than fewKeys
}

const (
	fewKeys    = 32      // are quicker compared than looked up
	MaxMembers = 20_000  // of an object; further ones are left out: it is a catalogue
	maxItems   = 100_000 // of an array, likewise; no page may have as many paragraphs
)

// Nothing is null: what looking into a value that is not there gives.
var Nothing = &Value{}

// Get returns the member of an object.
func (v *Value) Get(key string) *Value {
	if v.index != nil {
		if i, ok := v.index[key]; ok {
			return &v.Items[i]
		}
		return Nothing
	}
	if v.Kind == Object {
		for i, k := range v.Keys {
			if k == key {
				return &v.Items[i]
			}
		}
	}
	return Nothing
}

// Add adds a member to an object.
func (v *Value) Add(key string, item Value) {
	if len(v.Keys) == MaxMembers {
		return
	}
	v.Keys, v.Items = append(v.Keys, key), append(v.Items, item)
	if len(v.Keys) <= fewKeys {
		return
	}
	if v.index == nil {
		v.index = make(map[string]int32, 2*fewKeys)
		for i := len(v.Keys) - 1; i >= 0; i-- {
			v.index[v.Keys[i]] = int32(i)
		}
	} else if _, twice := v.index[key]; !twice {
		v.index[key] = int32(len(v.Keys) - 1)
	}
}

// List returns the elements of an array, or the value itself as the only one; nothing for null.
func (v *Value) List() []Value {
	switch v.Kind {
	case Null:
		return nil
	case Array:
		return v.Items
	default:
		return []Value{*v}
	}
}

// Few returns the first elements of an array, up to n, or the value itself as the only one.
func (v *Value) Few(n int) []Value {
	list := v.List()
	return list[:min(len(list), n)]
}

// First returns the first element of an array, else the value itself.
func (v *Value) First() *Value {
	if v.Kind == Array {
		if len(v.Items) == 0 {
			return Nothing
		}
		return &v.Items[0]
	}
	return v
}

// String returns the text of a string or a bare word.
func (v *Value) String() string {
	if v.Kind == String || v.Kind == Bare {
		return v.Text
	}
	return ""
}

// MaxDepth: deeper values are read as null. Published data is under 30 deep (1,891 pages).
const MaxDepth = 200

// Parse reads the values in a text, one after the other. It takes what pages really hold: comments, CDATA and
// HTML comment marks, trailing and missing commas, raw line breaks and quotes in strings, bare and single-quoted
// keys, several values in a row, a cut end. It is linear in the text, and what can't be read is left out.
func Parse(s string) []Value {
	if strings.Contains(s[:min(len(s), 200)], "{&quot;") {
		s = html.UnescapeString(html.UnescapeString(s)) // also what is escaped twice
	}
	p := Parser{Source: s}
	var values []Value
	for p.skipTo("{[") {
		values = append(values, p.Value(0))
	}
	return values
}

// Parser reads values one after the other in a text, from a place on.
type Parser struct {
	Source string
	Pos    int
}

// skipTo moves to the next byte of a set, past comments.
func (p *Parser) skipTo(set string) bool {
	for p.Pos < len(p.Source) {
		if p.comment() {
			continue
		}
		if strings.IndexByte(set, p.Source[p.Pos]) >= 0 {
			return true
		}
		p.Pos++
	}
	return false
}

// comment skips a comment or the marks that hide a script from old browsers.
func (p *Parser) comment() bool {
	rest := p.Source[p.Pos:]
	switch {
	case strings.HasPrefix(rest, "/*"):
		end := strings.Index(rest, "*/")
		if end < 0 {
			end = len(rest) - 2
		}
		p.Pos += end + 2
	case strings.HasPrefix(rest, "<![CDATA["):
		p.Pos += len("<![CDATA[")
	case strings.HasPrefix(rest, "//"):
		if cd := strings.Index(rest[:min(len(rest), 20)], "<![CDATA["); cd >= 0 {
			p.Pos += cd + len("<![CDATA[")
			return true
		}
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		p.Pos += end
	default:
		return false
	}
	return true
}

// Space moves past white space and comments.
func (p *Parser) Space() {
	for p.Pos < len(p.Source) {
		switch c := p.Source[p.Pos]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			p.Pos++
		case c == '/' || c == '<':
			if !p.comment() {
				return
			}
		case c == 0xc2 && strings.HasPrefix(p.Source[p.Pos:], "\u00a0"):
			p.Pos += 2
		default:
			return
		}
	}
}

// Value reads the value at hand, which is so deep within others.
func (p *Parser) Value(depth int) Value {
	p.Space()
	if p.Pos >= len(p.Source) {
		return Value{}
	}
	switch c := p.Source[p.Pos]; c {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"', '\'', '`':
		return Value{Kind: String, Text: p.str(c)}
	}
	start := p.Pos
	for p.Pos < len(p.Source) && strings.IndexByte(",]}:\n\r\t ;", p.Source[p.Pos]) < 0 {
		p.Pos++
	}
	word := p.Source[start:p.Pos]
	if word == "" || word == "null" || word == "undefined" {
		return Value{}
	}
	return Value{Kind: Bare, Text: word}
}

// skipDeep passes over a value that is too deep, counting brackets only.
func (p *Parser) skipDeep() Value {
	for depth := 0; p.Pos < len(p.Source); p.Pos++ {
		switch p.Source[p.Pos] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				p.Pos++
				return Value{}
			}
		}
	}
	return Value{}
}

func (p *Parser) object(depth int) Value {
	if depth > MaxDepth {
		return p.skipDeep()
	}
	v := Value{Kind: Object}
	p.Pos++
	for {
		p.Space()
		if p.Pos >= len(p.Source) {
			return v
		}
		switch c := p.Source[p.Pos]; c {
		case '}':
			p.Pos++
			return v
		case ']': // closes an array around us: the brace is missing
			return v
		case ',', ';', ':':
			p.Pos++
			continue
		case '"', '\'':
			key := p.str(c)
			v.member(p, key, depth)
		case '{', '[': // a value where a key belongs: keep going inside
			p.Value(depth + 1)
		default:
			start := p.Pos
			for p.Pos < len(p.Source) && strings.IndexByte(":,{}[]\"' \n\r\t", p.Source[p.Pos]) < 0 {
				p.Pos++
			}
			if p.Pos == start {
				p.Pos++
				continue
			}
			v.member(p, p.Source[start:p.Pos], depth)
		}
	}
}

// member reads the value that follows a key.
func (v *Value) member(p *Parser, key string, depth int) {
	p.Space()
	if p.Pos >= len(p.Source) || p.Source[p.Pos] != ':' {
		return
	}
	p.Pos++
	v.Add(key, p.Value(depth+1))
}

func (p *Parser) array(depth int) Value {
	if depth > MaxDepth {
		return p.skipDeep()
	}
	v := Value{Kind: Array}
	p.Pos++
	for {
		p.Space()
		if p.Pos >= len(p.Source) {
			return v
		}
		switch p.Source[p.Pos] {
		case ']':
			p.Pos++
			return v
		case '}': // closes an object around us: the bracket is missing
			return v
		case ',', ';', ':':
			p.Pos++
		default:
			before := p.Pos
			item := p.Value(depth + 1)
			if p.Pos == before {
				p.Pos++
				continue
			}
			if len(v.Items) < maxItems {
				v.Items = append(v.Items, item)
			}
		}
	}
}

// str reads a string that starts with the given quote.
func (p *Parser) str(quote byte) string {
	p.Pos++
	start := p.Pos
	for p.Pos < len(p.Source) {
		switch c := p.Source[p.Pos]; {
		case c == '\\':
			return p.escaped(quote, start)
		case c == quote:
			if p.closes() {
				s := p.Source[start:p.Pos]
				p.Pos++
				return s
			}
			p.Pos++
		default:
			p.Pos++
		}
	}
	return p.Source[start:]
}

// closes reports whether the quote at hand ends its string: what comes next is what may follow a string. A quote
// that the author of a headline forgot to escape is followed by a letter.
func (p *Parser) closes() bool {
	line := false
	for j, end := p.Pos+1, min(len(p.Source), p.Pos+200); j < end; j++ {
		switch p.Source[j] {
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
func (p *Parser) escaped(quote byte, start int) string {
	var sb strings.Builder
	sb.WriteString(p.Source[start:p.Pos])
	for p.Pos < len(p.Source) {
		c := p.Source[p.Pos]
		if c == quote && p.closes() {
			p.Pos++
			break
		}
		if c != '\\' {
			next := p.Pos + 1
			for next < len(p.Source) && p.Source[next] != '\\' && p.Source[next] != quote {
				next++
			}
			sb.WriteString(p.Source[p.Pos:next])
			p.Pos = next
			continue
		}
		if p.Pos+1 >= len(p.Source) {
			p.Pos++
			break
		}
		p.Pos += 2
		switch e := p.Source[p.Pos-1]; e {
		case 'n':
			sb.WriteByte('\n')
		case 't':
			sb.WriteByte('\t')
		case 'r':
			sb.WriteByte('\r')
		case 'b', 'f':
			sb.WriteByte(' ')
		case 'u':
			p.Pos-- // at the u
			r := p.hex4()
			if utf16.IsSurrogate(r) && strings.HasPrefix(p.Source[p.Pos:], `\u`) {
				p.Pos++
				r = utf16.DecodeRune(r, p.hex4())
			}
			if utf16.IsSurrogate(r) {
				r = utf8.RuneError
			}
			sb.WriteRune(r)
		case 'x':
			if p.Pos+2 <= len(p.Source) {
				if r, ok := hexRune(p.Source[p.Pos : p.Pos+2]); ok {
					sb.WriteRune(r)
					p.Pos += 2
				}
			}
		default: // \" \\ \/ \' and a line break that was escaped
			sb.WriteByte(e)
		}
	}
	return sb.String()
}

// hex4 reads the four digits after the u at hand; the replacement character where there are none.
func (p *Parser) hex4() rune {
	p.Pos++
	if p.Pos+4 > len(p.Source) {
		return utf8.RuneError
	}
	r, ok := hexRune(p.Source[p.Pos : p.Pos+4])
	if !ok {
		return utf8.RuneError
	}
	p.Pos += 4
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

package htmltree

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tokenizer cuts a page into tokens. It holds the whole page as a string, so text, names and values are parts of that
// and not copied unless a character reference or a line end makes them differ.
type tokenizer struct {
	s          string
	pos        int
	rawTag     string // the element whose text is not markup: "script", "style", …
	allowCDATA bool
	attrs      []Attribute // what is left of the slab that attributes are taken from
	names      []byte
}

const slabAttributes = 256

func newTokenizer(s string) *tokenizer {
	return &tokenizer{s: normalizeNewlines(s)}
}

// normalizeNewlines turns CR and CR LF into LF (HTML standard, 13.2.3.5).
func normalizeNewlines(s string) string {
	first := strings.IndexByte(s, '\r')
	if first < 0 {
		return s
	}
	var sb strings.Builder
	sb.Grow(len(s))
	for first >= 0 {
		sb.WriteString(s[:first])
		sb.WriteByte('\n')
		s = s[first+1:]
		if len(s) > 0 && s[0] == '\n' {
			s = s[1:]
		}
		first = strings.IndexByte(s, '\r')
	}
	sb.WriteString(s)
	return sb.String()
}

// next reads the next token; ErrorToken means the end.
func (z *tokenizer) next(t *Token) {
	*t = Token{}
	start := z.pos
	if z.rawTag != "" {
		end := z.rawEnd()
		if end > start {
			t.Type, t.Data = TextToken, z.s[start:end]
			if z.rawTag == "title" || z.rawTag == "textarea" {
				t.Data = unescape(t.Data)
			}
			t.Data = replaceNUL(t.Data)
			z.pos = end
			z.rawTag = ""
			return
		}
		z.rawTag = ""
	}
	for i := start; ; {
		k := strings.IndexByte(z.s[i:], '<')
		if k < 0 || i+k+1 >= len(z.s) {
			z.pos = len(z.s)
			z.text(t, start, z.pos)
			return
		}
		i += k
		c := z.s[i+1]
		if !letter(c) && c != '/' && c != '!' && c != '?' {
			i++
			continue
		}
		if c == '/' && i+2 >= len(z.s) {
			z.pos = len(z.s)
			z.text(t, start, z.pos)
			return
		}
		if i > start {
			z.pos = i
			z.text(t, start, i)
			return
		}
		z.pos = i + 2
		switch {
		case letter(c):
			z.startTag(t, i+1)
		case c == '!':
			z.declaration(t)
		case c == '?':
			z.bogus(t, i+1)
		case z.s[z.pos] == '>':
			z.pos++
			t.Type = CommentToken
		case letter(z.s[z.pos]):
			z.endTag(t)
		default:
			z.bogus(t, i+2)
		}
		return
	}
}

func (z *tokenizer) text(t *Token, start, end int) {
	if start == end {
		t.Type = ErrorToken
		return
	}
	t.Type, t.Data = TextToken, unescape(z.s[start:end])
}

// bogus reads a comment that is none: <?php …>, </ …>.
func (z *tokenizer) bogus(t *Token, start int) {
	end := len(z.s)
	z.pos = end
	if k := strings.IndexByte(z.s[start:], '>'); k >= 0 {
		end = start + k
		z.pos = end + 1
	}
	t.Type, t.Data = CommentToken, z.s[start:end]
}

// declaration reads what follows "<!".
func (z *tokenizer) declaration(t *Token) {
	rest := z.s[z.pos:]
	switch {
	case strings.HasPrefix(rest, "--"):
		z.comment(t)
	case len(rest) >= 7 && strings.EqualFold(rest[:7], "doctype"):
		z.pos += 7
		z.space()
		z.bogus(t, z.pos)
		t.Type = DoctypeToken
	case z.allowCDATA && strings.HasPrefix(rest, "[CDATA["):
		start := z.pos + len("[CDATA[")
		end := len(z.s)
		z.pos = end
		if k := strings.Index(z.s[start:], "]]>"); k >= 0 {
			end = start + k
			z.pos = end + len("]]>")
		}
		t.Type, t.Data = TextToken, replaceNUL(z.s[start:end])
	default:
		z.bogus(t, z.pos)
	}
}

// comment reads a comment (13.2.5.43 and following); pos is at its "--".
func (z *tokenizer) comment(t *Token) {
	t.Type = CommentToken
	start := z.pos + 2
	rest := z.s[start:]
	if strings.HasPrefix(rest, ">") {
		z.pos = start + 1
		return
	}
	if strings.HasPrefix(rest, "->") {
		z.pos = start + 2
		return
	}
	for i := 0; ; {
		k := strings.Index(rest[i:], "--")
		if k < 0 {
			break
		}
		i += k
		after := rest[i+2:]
		switch {
		case strings.HasPrefix(after, ">"):
			t.Data, z.pos = rest[:i], start+i+3
			return
		case strings.HasPrefix(after, "!>"):
			t.Data, z.pos = rest[:i], start+i+4
			return
		}
		i++
	}
	z.pos = len(z.s)
	for _, end := range [...]string{"--!", "--", "-"} {
		if strings.HasSuffix(rest, end) {
			rest = rest[:len(rest)-len(end)]
			break
		}
	}
	t.Data = rest
}

// startTag reads a start tag whose name begins at start.
func (z *tokenizer) startTag(t *Token, start int) {
	z.pos = start
	name := z.tagName(t)
	if !z.attributes(t) {
		*t = Token{Type: ErrorToken}
		return
	}
	if t.Type != SelfClosingTagToken {
		t.Type = StartTagToken
	}
	switch t.DataAtom {
	case atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Plaintext, atom.Script, atom.Style, atom.Textarea, atom.Title, atom.Xmp:
		z.rawTag = name
	}
}

// endTag reads an end tag whose name begins at pos.
func (z *tokenizer) endTag(t *Token) {
	z.tagName(t)
	slab := z.attrs
	if !z.attributes(t) {
		*t = Token{Type: ErrorToken}
		return
	}
	t.Type, t.Attr = EndTagToken, nil
	z.attrs = slab
}

// tagName reads the name at pos into t.
func (z *tokenizer) tagName(t *Token) string {
	start := z.pos
	for z.pos < len(z.s) && !nameEnd[z.s[z.pos]] {
		z.pos++
	}
	z.names = lower(z.names[:0], z.s[start:z.pos])
	if t.DataAtom = atom.Lookup(z.names); t.DataAtom != 0 {
		t.Data = t.DataAtom.String()
	} else {
		t.Data = replaceNUL(string(z.names))
	}
	return t.Data
}

// attributes reads up to and with the ">" of a tag. It returns false where the page ends before that.
func (z *tokenizer) attributes(t *Token) bool {
	if len(z.attrs) == 0 {
		z.attrs = make([]Attribute, z.slab())
	}
	n := 0
	for {
		z.space()
		if z.pos >= len(z.s) {
			return false
		}
		if z.s[z.pos] == '>' {
			z.pos++
			if n > 0 {
				t.Attr = z.attrs[:n:n]
				z.attrs = z.attrs[n:]
			}
			return true
		}
		// A tag closes itself when its last sign before the ">" is a solidus that no value holds.
		slash := z.s[z.pos] == '/'
		start := z.pos
		for z.pos < len(z.s) && (!keyEnd[z.s[z.pos]] || z.s[z.pos] == '=' && z.pos == start) {
			z.pos++
		}
		end := z.pos
		value, ok := z.value(&slash)
		if !ok {
			return false
		}
		if slash && z.pos < len(z.s) && z.s[z.pos] == '>' {
			t.Type = SelfClosingTagToken
		}
		if start == end {
			continue
		}
		z.names = lower(z.names[:0], z.s[start:end])
		key := z.s[start:end]
		if string(z.names) != key || strings.IndexByte(key, 0) >= 0 {
			key = replaceNUL(string(z.names))
		}
		if n == maxAttributes || hasKey(z.attrs[:n], key) { // the first of its name counts
			continue
		}
		if n == len(z.attrs) { // the slab is full: move on to a new one
			more := make([]Attribute, max(z.slab(), 2*n))
			copy(more, z.attrs[:n])
			z.attrs = more
		}
		z.attrs[n] = Attribute{Key: key, Val: replaceNUL(unescapeValue(value))}
		n++
	}
}

// slab is how many attributes are made at once: a short text has few.
func (z *tokenizer) slab() int { return min(slabAttributes, 8+len(z.s)/16) }

// maxAttributes of one element are kept; no page has more, and to look for doubles among many takes long.
const maxAttributes = 256

func hasKey(attrs []Attribute, key string) bool {
	for i := range attrs {
		if attrs[i].Key == key {
			return true
		}
	}
	return false
}

// value reads "= value" after an attribute's name. slash is set where a solidus stands instead.
func (z *tokenizer) value(slash *bool) (string, bool) {
	z.space()
	if z.pos >= len(z.s) {
		return "", false
	}
	switch z.s[z.pos] {
	case '/':
		z.pos++
		*slash = true
		return "", true
	case '=':
		*slash = false
	default:
		*slash = false
		return "", true
	}
	z.pos++
	z.space()
	if z.pos >= len(z.s) {
		return "", false
	}
	switch quote := z.s[z.pos]; quote {
	case '>':
		return "", true
	case '"', '\'':
		z.pos++
		k := strings.IndexByte(z.s[z.pos:], quote)
		if k < 0 {
			z.pos = len(z.s)
			return "", false
		}
		v := z.s[z.pos : z.pos+k]
		z.pos += k + 1
		return v, true
	}
	start := z.pos
	for z.pos < len(z.s) && !valueEnd[z.s[z.pos]] {
		z.pos++
	}
	return z.s[start:z.pos], z.pos < len(z.s)
}

func (z *tokenizer) space() {
	for z.pos < len(z.s) {
		switch z.s[z.pos] {
		case ' ', '\n', '\t', '\f', '\r':
			z.pos++
		default:
			return
		}
	}
}

// rawEnd returns where the text of the raw element ends: before its end tag, or at the end of the page.
func (z *tokenizer) rawEnd() int {
	if z.rawTag == "plaintext" {
		return len(z.s)
	}
	if z.rawTag == "script" {
		return z.scriptEnd()
	}
	if end := z.endTagAfter(z.pos); end >= 0 {
		return end
	}
	return len(z.s)
}

// endTagAfter returns where the next end tag of the raw element begins; -1: nowhere.
func (z *tokenizer) endTagAfter(from int) int {
	for {
		k := strings.Index(z.s[from:], "</")
		if k < 0 {
			return -1
		}
		from += k
		if z.isEndTag(from) {
			return from
		}
		from += 2
	}
}

func (z *tokenizer) isEndTag(at int) bool {
	rest := z.s[at:]
	n := 2 + len(z.rawTag)
	if len(rest) <= n || rest[0] != '<' || rest[1] != '/' || !strings.EqualFold(rest[2:n], z.rawTag) {
		return false
	}
	switch rest[n] {
	case ' ', '\n', '\r', '\t', '\f', '/', '>':
		return true
	}
	return false
}

// scriptEnd finds the end of a script, which may hold a comment with scripts of its own (13.2.5.17 and following).
func (z *tokenizer) scriptEnd() int {
	const (
		plain = iota
		escaped
		twice
	)
	state := plain
	for i := z.pos; ; {
		k := strings.IndexAny(z.s[i:], "<-")
		if state == plain {
			k = strings.IndexByte(z.s[i:], '<')
		}
		if k < 0 {
			return len(z.s)
		}
		i += k
		rest := z.s[i:]
		switch {
		case rest[0] == '-':
			if state != plain && strings.HasPrefix(rest, "--") {
				i += 2
				for i < len(z.s) && z.s[i] == '-' {
					i++
				}
				if i < len(z.s) && z.s[i] == '>' {
					state = plain
				}
				continue
			}
			i++
		case state != twice && z.isEndTag(i):
			return i
		case state == plain && strings.HasPrefix(rest, "<!--"):
			state = escaped
			i += 2 // "<!-->" ends it at once
		case state == escaped && opensScript(rest[1:]):
			state = twice
			i += len("<script")
		case state == twice && z.isEndTag(i):
			state = escaped
			i += len("</script")
		default:
			i++
		}
	}
}

func opensScript(s string) bool {
	if len(s) < 7 || !strings.EqualFold(s[:6], "script") {
		return false
	}
	switch s[6] {
	case ' ', '\n', '\r', '\t', '\f', '/', '>':
		return true
	}
	return false
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// Where names of tags, names of attributes and values without quotes end.
var (
	nameEnd  = signs(" \n\r\t\f/>")
	keyEnd   = signs(" \n\r\t\f/>=")
	valueEnd = signs(" \n\r\t\f>")
)

func signs(s string) (t [256]bool) {
	for i := range len(s) {
		t[s[i]] = true
	}
	return t
}

func lower(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func replaceNUL(s string) string {
	if strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\x00", "\ufffd")
}

func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return html.UnescapeString(s)
}

// unescapeValue replaces the character references in an attribute's value. One without its semicolon stays as it is
// before a letter, a digit or an equals sign: it is the parameter of an address (13.2.5.73).
func unescapeValue(s string) string {
	k := strings.IndexByte(s, '&')
	if k < 0 {
		return s
	}
	var sb strings.Builder
	sb.Grow(len(s))
	for k >= 0 {
		sb.WriteString(s[:k])
		s = s[k:]
		n := 1
		for n < len(s) && (letter(s[n]) || '0' <= s[n] && s[n] <= '9' || n == 1 && s[n] == '#') {
			n++
		}
		switch {
		case n < len(s) && s[n] == ';':
			n++
			sb.WriteString(unescapeWhole(s[:n]))
		case n > 1 && s[1] == '#':
			sb.WriteString(html.UnescapeString(s[:n]))
		case n < len(s) && s[n] == '=':
			sb.WriteString(s[:n])
		default:
			sb.WriteString(unescapeWhole(s[:n]))
		}
		s = s[n:]
		k = strings.IndexByte(s, '&')
	}
	sb.WriteString(s)
	return sb.String()
}

// unescapeWhole replaces a reference only if all of its letters belong to it: "&copysr" is not "©sr" in a value.
func unescapeWhole(s string) string {
	out := html.UnescapeString(s)
	if len(out) > 1 && out[len(out)-1] == s[len(s)-1] {
		return s
	}
	return out
}

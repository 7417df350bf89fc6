package listing

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/charmap"
)

// Bounds of what markup keeps of a tag. All else is read and forgotten, so that its memory is the same for any input.
const (
	maxTagName   = 100
	maxAttrs     = 64      // of those that are wanted; feeds declare some twenty name spaces
	maxAttrBytes = 4 << 10 // an address of more is none
)

// markup reads XML, and what servers send as such, as a stream of tags and texts: no tree, no recursion, one pass.
// Nothing is an error but the end: a "<" that begins no tag is text, a tag without its end goes to the next one,
// entities that nobody knows stay as they are, and custom ones are never expanded.
type markup struct {
	in     *bufio.Reader
	atTag  bool // a "<" was read
	cdata  bool // within <![CDATA[
	names  map[string]string
	name   string // of the tag, lower case, with its prefix
	attrs  []markupAttr
	closes bool // the tag is its own end
	head   [maxTagName]byte
	text   []byte // a piece of text, as it stands in the document; valid until the next call
}

// markupAttr is an attribute with its value, entities resolved.
type markupAttr struct{ name, value string }

// markupKind is what markup met.
type markupKind uint8

const (
	openTag     markupKind = iota
	closeTag               // only name is set
	plainText              // a piece of text; entities are as in the document
	cdataText              // a piece of a CDATA section
	declaration            // <!DOCTYPE … >; text is its beginning
)

func newMarkup(in *bufio.Reader) *markup { return &markup{in: in, names: map[string]string{}} }

// attr is the value of an attribute; empty: none.
func (m *markup) attr(name string) string {
	for _, a := range m.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// next reads on to the next tag or piece of text. Its error is the reader's: io.EOF at the end.
func (m *markup) next() (markupKind, error) {
	for {
		switch {
		case m.cdata:
			text, err := m.in.ReadSlice('>')
			if errors.Is(err, bufio.ErrBufferFull) {
				err = nil
			}
			if end, ok := bytes.CutSuffix(text, []byte("]]>")); ok {
				m.cdata, text = false, end
			}
			if len(text) > 0 {
				m.text = text
				return cdataText, nil
			}
			if err != nil {
				return 0, err
			}
		case m.atTag:
			m.atTag = false
			kind, ok, err := m.tag()
			if err != nil || ok {
				return kind, err
			}
		default:
			text, err := m.in.ReadSlice('<')
			if err == nil {
				text, m.atTag = text[:len(text)-1], true
			}
			if len(text) > 0 {
				m.text = text
				return plainText, nil
			}
			if err != nil {
				return 0, err
			}
		}
	}
}

// tag reads what follows a "<"; false: nothing that counts.
func (m *markup) tag() (markupKind, bool, error) {
	c, err := m.in.ReadByte()
	if err != nil {
		m.text = []byte("<")
		return plainText, true, nil
	}
	switch {
	case c == '!':
		return m.bang()
	case c == '?':
		return 0, false, m.instruction()
	case c == '/':
		if m.name, err = m.tagName(); err != nil {
			return 0, false, err
		}
		return closeTag, m.name != "", m.skipAttrs(nil)
	case isNameStart(c):
		_ = m.in.UnreadByte()
		if m.name, err = m.tagName(); err != nil {
			return 0, false, err
		}
		m.attrs, m.closes = m.attrs[:0], false
		return openTag, true, m.skipAttrs(m.keep)
	}
	_ = m.in.UnreadByte()
	m.text = []byte("<")
	return plainText, true, nil
}

func isNameStart(c byte) bool {
	lower := c | 0x20
	return lower >= 'a' && lower <= 'z' || c == '_' || c == ':' || c >= 0x80
}

func isMarkupSpace(c byte) bool {
	switch c {
	case ' ', '\n', '\t', '\r', '\f', 0:
		return true
	}
	return false
}

// tagName reads a name, in lower case.
func (m *markup) tagName() (string, error) {
	var buf [maxTagName]byte
	n := 0
	for {
		c, err := m.in.ReadByte()
		if err != nil {
			return "", err
		}
		if isMarkupSpace(c) || c == '/' || c == '>' || c == '<' {
			_ = m.in.UnreadByte()
			break
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if n < len(buf) {
			buf[n] = c
			n++
		}
	}
	if s, ok := m.names[string(buf[:n])]; ok {
		return s, nil
	}
	s := string(buf[:n])
	if len(m.names) < 1000 { // documents have some fifty
		m.names[s] = s
	}
	return s, nil
}

// skipAttrs reads the rest of a tag and hands on its attributes. A "<" ends it, too: its own end is missing.
func (m *markup) skipAttrs(keep func(name, value string)) error {
	var name [maxTagName]byte
	for {
		c, err := m.in.ReadByte()
		switch {
		case err != nil:
			return err
		case c == '>':
			return nil
		case c == '<':
			m.atTag = true
			return nil
		case c == '/':
			if next, _ := m.in.Peek(1); len(next) == 1 && next[0] == '>' {
				m.closes = true
			}
			continue
		case isMarkupSpace(c):
			continue
		}
		n := 0
		for ; err == nil && !isMarkupSpace(c) && strings.IndexByte("=></", c) < 0; c, err = m.in.ReadByte() {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			if n < len(name) {
				name[n] = c
				n++
			}
		}
		for err == nil && isMarkupSpace(c) {
			c, err = m.in.ReadByte()
		}
		if err != nil {
			return err
		}
		if c != '=' {
			_ = m.in.UnreadByte()
			continue
		}
		value, err := m.attrValue(keep != nil && isWanted(name[:n]))
		if err != nil {
			return err
		}
		if value != "" && keep != nil {
			keep(string(name[:n]), value)
		}
	}
}

// isWanted names the attributes that feeds and sitemaps use to say something.
func isWanted(name []byte) bool {
	switch string(name) {
	case "href", "rel", "type", "ispermalink", "xml:base", "xml:lang", "rdf:about", "rdf:resource", "url":
		return true
	}
	return bytes.HasPrefix(name, []byte("xmlns"))
}

func (m *markup) keep(name, value string) {
	if len(m.attrs) < maxAttrs {
		m.attrs = append(m.attrs, markupAttr{name, value})
	}
}

// attrValue reads the value behind an "="; empty: it isn't wanted, or too long.
func (m *markup) attrValue(wanted bool) (string, error) {
	c, err := m.in.ReadByte()
	for err == nil && isMarkupSpace(c) {
		c, err = m.in.ReadByte()
	}
	if err != nil {
		return "", err
	}
	var value []byte
	add := func(b ...byte) {
		if wanted && len(value) <= maxAttrBytes {
			value = append(value, b[:min(len(b), maxAttrBytes+1)]...)
		}
	}
	if c == '"' || c == '\'' {
		for {
			b, err := m.in.ReadSlice(c)
			if err == nil {
				add(b[:len(b)-1]...)
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				return "", err
			}
			add(b...)
		}
	} else {
		for ; !isMarkupSpace(c) && c != '>' && c != '<'; c, err = m.in.ReadByte() {
			if err != nil {
				return "", err
			}
			add(c)
		}
		_ = m.in.UnreadByte()
	}
	if len(value) > maxAttrBytes {
		return "", nil
	}
	return cleanText(appendDecoded(nil, value)), nil
}

// bang reads what begins with "<!": a comment, a CDATA section, or a declaration.
func (m *markup) bang() (markupKind, bool, error) {
	if head, _ := m.in.Peek(len("[CDATA[")); strings.EqualFold(string(head), "[CDATA[") {
		m.cdata = true
		_, err := m.in.Discard(len(head))
		return 0, false, err
	}
	if head, _ := m.in.Peek(2); string(head) == "--" {
		return 0, false, m.skipTo("-->")
	}
	// An internal subset ends in "]>".
	m.text = m.head[:0]
	inSubset, last := false, byte(0)
	for {
		c, err := m.in.ReadByte()
		if err != nil {
			return 0, false, err
		}
		if len(m.text) < maxTagName {
			m.text = append(m.text, c)
		}
		switch {
		case c == '[':
			inSubset = true
		case c == '>' && (!inSubset || last == ']'):
			return declaration, true, nil
		}
		if !isMarkupSpace(c) {
			last = c
		}
	}
}

// instruction skips a processing instruction. An XML declaration ends at the first ">", since its own "?" is
// forgotten now and then; others may hold code.
func (m *markup) instruction() error {
	if head, _ := m.in.Peek(3); strings.EqualFold(string(head), "xml") {
		return m.skipTo(">")
	}
	return m.skipTo("?>")
}

// skipTo reads up to and with a mark that ends in ">".
func (m *markup) skipTo(mark string) error {
	var tail []byte // of what was read before
	for {
		b, err := m.in.ReadSlice('>')
		tail = append(tail[max(0, len(tail)-len(mark)):], b[max(0, len(b)-len(mark)):]...)
		if bytes.HasSuffix(tail, []byte(mark)) {
			return nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// appendDecoded adds text to b with its entities resolved: those of XML and HTML that end in ";", so that the "&copy="
// of an address stays.
func appendDecoded(b, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(b, text...)
		}
		b, text = append(b, text[:i]...), text[i:]
		end := bytes.IndexByte(text[:min(len(text), 34)], ';')
		if end < 0 {
			b, text = append(b, '&'), text[1:]
			continue
		}
		b, text = append(b, html.UnescapeString(string(text[:end+1]))...), text[end+1:]
	}
}

// cleanText makes a string of what stands in a document that says nothing of its charset, or is wrong about it: UTF-8,
// and what isn't as Windows-1252. Control characters are left out.
func cleanText(b []byte) string {
	b = bytes.TrimSpace(b)
	if !utf8.Valid(b) {
		var fixed []byte
		for len(b) > 0 {
			r, n := utf8.DecodeRune(b)
			if r == utf8.RuneError && n == 1 {
				r = charmap.Windows1252.DecodeByte(b[0])
			}
			fixed, b = utf8.AppendRune(fixed, r), b[n:]
		}
		b = fixed
	}
	return strings.Map(func(r rune) rune {
		const byteOrderMark = '\ufeff'
		if r == byteOrderMark || unicode.IsControl(r) && !strings.ContainsRune("\n\t\r", r) {
			return -1
		}
		return r
	}, string(b))
}

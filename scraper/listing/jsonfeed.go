package listing

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// errNoJSONFeed means that a body is JSON of another kind.
var errNoJSONFeed = errors.New("JSON, but no feed: neither the version of JSON Feed nor items")

// jsonFeedReader reads a JSON Feed as a stream of tokens. It looks at the members of the feed and of its items, and
// passes over what is deeper; commas too many, control characters and comments are no matter.
type jsonFeedReader struct {
	*reader
	in       *bufio.Reader
	open     []byte // "{" and "[", the outermost first
	key      string // of the member under way
	atKey    bool   // a string that comes now is a key
	inItems  bool   // within the member "items" of the feed
	language string
	inItem   bool
	item     map[string]string // its members
}

func (r *reader) readJSON(in *bufio.Reader) error {
	j := &jsonFeedReader{reader: r, in: in, item: map[string]string{}}
	err := j.read()
	if r.Format == "" && (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) {
		return errNoJSONFeed
	}
	return err
}

func (r *jsonFeedReader) read() error {
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			if len(r.open) > 0 && errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return noEnd(err)
		}
		switch c {
		case '{', '[':
			if err := r.push(c); err != nil {
				return err
			}
		case '}', ']':
			if err := r.pop(); err != nil || len(r.open) == 0 {
				return err
			}
		case ',':
			r.atKey = len(r.open) > 0 && r.open[len(r.open)-1] == '{'
		case ':':
			r.atKey = false
		case '"':
			s, err := r.text()
			if err != nil {
				return err
			}
			if r.atKey {
				r.key = s
			} else {
				r.value(s)
			}
		}
	}
}

func (r *jsonFeedReader) push(c byte) error {
	if len(r.open) >= maxNesting {
		return errTooDeep
	}
	r.open = append(r.open, c)
	r.atKey = c == '{'
	switch {
	case c == '[' && len(r.open) == 2 && r.open[0] == '{' && r.key == "items":
		r.inItems, r.Format = true, "json"
	case c == '{' && len(r.open) == 3 && r.inItems:
		r.inItem = true
		clear(r.item)
	}
	return nil
}

func (r *jsonFeedReader) pop() error {
	if len(r.open) == 0 {
		return nil
	}
	r.open = r.open[:len(r.open)-1]
	r.atKey = false
	switch len(r.open) {
	case 1:
		r.inItems = false
	case 2:
		if r.inItem {
			r.inItem = false
			return r.emit(r.item)
		}
	}
	return nil
}

// value takes a string that is the value of a member.
func (r *jsonFeedReader) value(s string) {
	switch {
	case len(r.open) == 1 && r.key == "version" && strings.Contains(s, "jsonfeed.org/"):
		r.Format = "json"
	case len(r.open) == 1 && r.key == "language":
		r.language = s
	case len(r.open) == 3 && r.inItem:
		switch r.key {
		case "url", "external_url", "id", "title", "date_published", "date_modified", "language":
			r.item[r.key] = s
		}
	}
}

func (r *jsonFeedReader) emit(it map[string]string) error {
	if len(it) == 0 {
		return nil
	}
	e, ok := Entry{Title: titleText(it["title"]), Language: it["language"]}, false
	if e.Language == "" {
		e.Language = r.language
	}
	e.PublishedAt, e.ModifiedAt = r.time(it["date_published"], e.Language), r.time(it["date_modified"], e.Language)
	if e.PublishedAt.IsZero() {
		e.PublishedAt = e.ModifiedAt
	}
	id := it["id"]
	if !hasScheme([]byte(id)) {
		id = ""
	}
	for _, raw := range []string{it["url"], id, it["external_url"]} {
		if e.URL, ok = Resolve(r.base, raw); ok {
			return r.add(e)
		}
	}
	return nil
}

// text reads a string up to its quotation mark; empty: it is longer than any that is wanted.
func (r *jsonFeedReader) text() (string, error) {
	var buf []byte
	for {
		b, err := r.in.ReadSlice('"')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return "", io.ErrUnexpectedEOF
		}
		if len(buf) <= maxFieldBytes {
			buf = append(buf, b...)
		} else { // only how it ends matters
			buf = append(buf[:maxFieldBytes+1], b[max(0, len(b)-maxFieldBytes):]...)
		}
		if err != nil || isEscaped(buf[:max(0, len(buf)-1)]) {
			continue
		}
		if len(buf) > maxFieldBytes {
			return "", nil
		}
		return cleanText([]byte(unquoted(string(buf[:len(buf)-1])))), nil
	}
}

// isEscaped says whether what follows b is escaped: it ends in an odd number of backslashes.
func isEscaped(b []byte) bool {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// unquoted resolves the escapes of a string.
func unquoted(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	plain := strings.Map(func(r rune) rune { // what json.Unmarshal doesn't take, though some send it
		if r < 0x20 {
			return ' '
		}
		return r
	}, s)
	var out string
	if json.Unmarshal([]byte(`"`+plain+`"`), &out) != nil {
		return s
	}
	return out
}

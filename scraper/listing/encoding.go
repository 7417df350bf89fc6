package listing

import (
	"bufio"
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var declaredCharset = regexp.MustCompile(`(?i)<\?xml[^>]{0,200}?encoding\s*=\s*["']?\s*([\w.:-]+)`)

// decoded gives a document's text. A byte order mark says most, then the bytes themselves, then the document, then the
// header: labels are wrong more often than text is UTF-8 by chance. What is left as it is, is UTF-8 or nearly so:
// cleanText mends the rest, value by value.
func decoded(in *bufio.Reader, contentType string) (*bufio.Reader, error) {
	head, err := in.Peek(listingHead)
	if len(head) == 0 && err != nil {
		return in, noEnd(err)
	}
	endian, marked := utf16Of(head)
	switch {
	case marked == "utf-8":
		_, err := in.Discard(3)
		return in, err
	case marked == "utf-16":
		d := unicode.UTF16(endian, unicode.UseBOM).NewDecoder()
		return bufio.NewReaderSize(transform.NewReader(in, d), listingHead), nil
	}
	label := ""
	if m := declaredCharset.FindSubmatch(head); m != nil {
		label = string(m[1])
	}
	if _, p, ok := strings.Cut(strings.ToLower(contentType), "charset="); ok && isPlainCharset(label) {
		p, _, _ = strings.Cut(p, ";")
		label = strings.Trim(p, ` "'`)
	}
	if isPlainCharset(label) || isUTF8(head) {
		return in, nil
	}
	e, _ := charset.Lookup(label)
	return bufio.NewReaderSize(transform.NewReader(in, e.NewDecoder()), listingHead), nil
}

// utf16Of recognises UTF-16 by its mark, or by the zeros of Latin letters, and UTF-8 by its mark.
func utf16Of(head []byte) (endian unicode.Endianness, charset string) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return unicode.BigEndian, "utf-8"
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return unicode.LittleEndian, "utf-16"
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.BigEndian, "utf-16"
	}
	var zeros [2]int // at even and odd places
	few := head[:min(len(head), 200)&^1]
	for i, c := range few {
		if c == 0 {
			zeros[i&1]++
		}
	}
	switch {
	case len(few) < 8:
	case zeros[1] > len(few)/4 && zeros[0] <= len(few)/20:
		return unicode.LittleEndian, "utf-16"
	case zeros[0] > len(few)/4 && zeros[1] <= len(few)/20:
		return unicode.BigEndian, "utf-16"
	}
	return unicode.BigEndian, ""
}

// isPlainCharset says whether text under this label is read as UTF-8, and what isn't as Windows-1252: Latin-1 is what
// servers say that were never told, and a document that says "utf-16" in ASCII is not.
func isPlainCharset(label string) bool {
	_, name := charset.Lookup(label)
	switch name {
	case "", "utf-8", "windows-1252", "utf-16le", "utf-16be", "replacement", "x-user-defined":
		return true
	}
	return false
}

// isUTF8 says whether the beginning of a text has letters beyond ASCII, and all are UTF-8.
func isUTF8(head []byte) bool {
	if i := bytes.LastIndexByte(head, '\n'); i > len(head)/2 {
		head = head[:i]
	} else {
		for n := 1; n < utf8.UTFMax && n < len(head); n++ { // the last letter may be cut
			if c := head[len(head)-n]; utf8.RuneStart(c) {
				if c >= 0x80 {
					head = head[:len(head)-n]
				}
				break
			}
		}
	}
	beyond := bytes.ContainsFunc(head, func(r rune) bool { return r >= 0x80 })
	return beyond && utf8.Valid(head)
}

package term

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// IsControl reports whether a terminal would act on a character of foreign text: C0 but tab and newline, DEL, C1,
// bidirectional overrides and isolates.
func IsControl(r rune) bool {
	turns := r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	return turns || unicode.IsControl(r) && r != '\n' && r != '\t'
}

// StripControls is a text without the characters that IsControl tells.
func StripControls(s string) string {
	return strings.Map(func(r rune) rune {
		if IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// OneLine is foreign text made fit for a cell: one line, no control characters.
func OneLine(s string) string { return strings.Join(strings.Fields(StripControls(s)), " ") }

// EscapeJSON is a writer that escapes, in JSON, what StripControls drops: JSON itself leaves half of it as it is. Each Write must be
// whole characters, as those of an encoder are.
func EscapeJSON(w io.Writer) io.Writer { return escapingWriter{w} }

type escapingWriter struct{ w io.Writer }

func (e escapingWriter) Write(b []byte) (int, error) {
	if at := bytes.IndexFunc(b, IsControl); at >= 0 {
		var sb bytes.Buffer
		for _, r := range string(b) {
			if IsControl(r) {
				fmt.Fprintf(&sb, `\u%04x`, r)
			} else {
				sb.WriteRune(r)
			}
		}
		_, err := e.w.Write(sb.Bytes())
		return len(b), err
	}
	return e.w.Write(b)
}

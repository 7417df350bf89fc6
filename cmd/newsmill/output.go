package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"newsmill/cleaner/article"
	"newsmill/cmd/newsmill/term"
)

// orNull is nil for a zero value, which JSON shows as null: unknown.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// list is the slice itself, or an empty one instead of nil, so that JSON always has a list.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// writeJSON writes one value and a newline; pretty means indented. What a terminal would act on is escaped: control
// characters, of which JSON itself leaves half, and marks that turn the direction of writing.
func writeJSON(w io.Writer, v any, pretty bool) error {
	enc := json.NewEncoder(term.EscapeJSON(w))
	enc.SetEscapeHTML(false)
	if pretty {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(v)
}

// marshalLine is the value as a line of JSON. It is for values of ours, which can always be encoded.
func marshalLine(v any) []byte {
	var buf bytes.Buffer
	if err := writeJSON(&buf, v, false); err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return buf.Bytes()
}

// printable is foreign text made safe for where it goes: control characters are stripped, since a page could carry escape codes,
// and on a terminal the marks that turn the direction of writing, too.
func (a *app) printable(s string) string { return a.printing()(s) }

// printing is printable as a function, for many texts: it asks only once what standard output is.
func (a *app) printing() func(string) string {
	if term.IsTerminal(a.stdout) {
		return term.StripControls
	}
	return func(s string) string {
		if strings.ContainsFunc(s, term.IsControl) {
			article.DropControls(&s)
		}
		return s
	}
}

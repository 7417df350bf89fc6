package cleaner

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// Errors of Clean that callers tell apart with errors.Is.
var (
	ErrBinary   = errors.New("not text: a binary file")
	ErrTooLarge = errors.New("page is too large")
	ErrEmpty    = errors.New("page is empty")
)

// decode returns the page's bytes as UTF-8 and the name of the encoding they came in.
func decode(p Page) (string, string, error) {
	if len(p.Body) > maxBodyBytes {
		return "", "", ErrTooLarge
	}
	if len(bytes.TrimSpace(p.Body)) == 0 {
		return "", "", ErrEmpty
	}
	enc, name, _ := charset.DetermineEncoding(p.Body, p.ContentType)
	if utf8.Valid(p.Body) {
		name = "utf-8"
		return string(bytes.TrimPrefix(p.Body, []byte("\xef\xbb\xbf"))), name, nil
	}
	out, err := enc.NewDecoder().Bytes(p.Body)
	if err != nil {
		return "", name, err
	}
	if bytes.IndexByte(out, 0) >= 0 {
		return "", name, ErrBinary
	}
	return string(out), name, nil
}

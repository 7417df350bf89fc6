package term

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// Width is how many columns of a terminal a text takes.
func Width(s string) int { return narrow.StringWidth(s) }

// VisibleWidth is the width of a text without its escape codes.
func VisibleWidth(s string) int {
	w := 0
	for s != "" {
		before, after, ok := strings.Cut(s, "\x1b[")
		w += Width(before)
		if !ok {
			return w
		}
		_, s, _ = strings.Cut(after, "m")
	}
	return w
}

// Pad is a text with spaces behind it, up to a width.
func Pad(s string, width int) string { return narrow.FillRight(s, width) }

// Cut shortens a text to a width, with an ellipsis where something is missing.
func Cut(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	return narrow.Truncate(s, width, "…")
}

// narrow measures text as terminals do; ambiguous characters (quotes, dashes, Greek) take one column, whatever
// the locale, so that output does not depend on it.
var narrow = func() *runewidth.Condition {
	c := runewidth.NewCondition()
	c.EastAsianWidth = false
	return c
}()

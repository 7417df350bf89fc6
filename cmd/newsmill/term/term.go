// Package term lays text out for terminals, and keeps foreign text from acting on them.
//
// Widths are those of a terminal: a Chinese character takes two columns, a mark over a letter none ([Width], [Wrap], [Cut],
// [Pad]). A [Table] fits a width; [Page] hands what is longer than the screen to a pager; [Progress] is a last line that is
// drawn again and again, with the log above it.
//
// What a web page says may hold escape codes: [OneLine] and [StripControls] drop them from text, [EscapeJSON] escapes them in
// JSON. Nothing else in the package looks for them but [Table] and [Progress]: what is given to [Wrap] is written as it is.
//
//	term.go      which stream is a terminal, and how wide
//	width.go     widths of text, without or with escape codes of ours in it
//	wrap.go      lines of a paragraph, also of scripts without spaces
//	escape.go    control characters
//	style.go     the escape codes of ours
//	table.go     columns and cells
//	pager.go     $PAGER
//	progress.go  the line of progress
package term

import (
	"os"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"
)

// IsTerminal reports whether a stream is a terminal, whatever it says that it understands.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// Columns is the number of columns of a terminal, 0 for anything else.
func Columns(stream any) int {
	if f, ok := stream.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	return 0
}

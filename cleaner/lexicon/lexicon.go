// Package lexicon holds the words of many languages by which the cleaner reads dates, bylines, counters and notices. The files are
// for linguists and journalists: an entry a line; # begins a comment at the start of a line, or after two spaces. What an entry looks like
// stands at the top of each file.
package lexicon

import (
	"embed"
	"iter"
	"strings"
)

//go:embed *.txt
var files embed.FS

// Lines returns the entries of a file, by its name without ".txt": its lines without comments, trimmed; no empty ones. It panics where
// there is no such file, which the name of a constant can't cause.
func Lines(name string) iter.Seq[string] {
	text, err := files.ReadFile(name + ".txt")
	if err != nil {
		panic("lexicon: " + err.Error())
	}
	return Entries(string(text))
}

// Entries returns the entries of a text that is written as the files are, such as tables of test cases.
func Entries(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "  #")
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

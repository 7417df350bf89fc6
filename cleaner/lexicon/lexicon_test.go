package lexicon_test

import (
	"fmt"
	"slices"
	"testing"

	"newsmill/cleaner/lexicon"
)

func ExampleLines() {
	for entry := range lexicon.Lines("zones") {
		fmt.Println(entry)
		break
	}
	// Output: utc 0
}

func TestNoEntryTwice(t *testing.T) {
	for _, name := range []string{"counters", "months", "zones", "datewords", "stopwords", "meta", "tracking", "views"} {
		entries := slices.Sorted(lexicon.Lines(name))
		for i := range entries[1:] {
			if entries[i] == entries[i+1] {
				t.Errorf("%s.txt has %q twice", name, entries[i])
			}
		}
	}
}

package phrase_test

import (
	"fmt"

	"newsmill/cleaner/phrase"
)

func ExampleMatcher_Match() {
	m := phrase.NewMatcher("de")
	for _, text := range []string{"▶ Lesen Sie auch: Der Hafen schläft nie", "Die Fähre fährt ab Montag wieder."} {
		if r := m.Match(text); r != nil {
			fmt.Println(r.Label, r.ID)
		} else {
			fmt.Println("no phrase")
		}
	}
	// Output:
	// related related.de.prefix
	// no phrase
}

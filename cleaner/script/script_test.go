package script_test

import (
	"fmt"
	"testing"

	"newsmill/cleaner/script"
)

func ExampleCountWords() {
	fmt.Println(script.CountWords("The ferry sails again."), script.CountWords("港は月曜日に閉鎖された。"))
	// Output: 4 6
}

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		" a\n\tb\u00a0 c ":               "a b c",
		"Harrow\u200bgate hun\u00addred": "Harrowgate hundred",
		"\u202eferry\u202c":              "ferry",
		"":                               "",
	} {
		if got := script.Tidy(in); got != want {
			t.Errorf("Tidy(%q) is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"Rock &amp;amp; Roll": "Rock & Roll", "<b>Ferry</b> sails": "Ferry sails", "a < b": "a < b"} {
		if got := script.CleanValue(in); got != want {
			t.Errorf("CleanValue(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestOf(t *testing.T) {
	for r, want := range map[rune]script.Script{
		'a': script.LatinOrNone, 'ж': script.Cyrillic, 'λ': script.Greek, 'ح': script.Arabic, 'ש': script.Hebrew, 'ก': script.Thai, '港': script.Han, 'は': script.Kana,
		'항': script.Hangul, 'म': script.Devanagari, '1': script.LatinOrNone, '。': script.LatinOrNone,
	} {
		if got := script.Of(r); got != want {
			t.Errorf("Of(%q) is %d, want %d", r, got, want)
		}
	}
}

package nametext

import (
	_ "embed"
	"strings"
	"testing"

	"newsmill/cleaner/lexicon"
)

//go:embed testdata/bylines.txt
var bylines string

func TestBylinesBecomePersons(t *testing.T) {
	trust := map[string]Trust{"said": Said, "led": Led, "guessed": Guessed}
	for line := range lexicon.Entries(bylines) {
		row := strings.Split(line, " | ")
		in, want := strings.Join(row[1:len(row)-1], " | "), row[len(row)-1]
		trustOf, lang, _ := strings.Cut(row[0], ".") // "guessed.de": on a page in German
		var names []string
		for _, p := range People(in, trust[trustOf], lang) {
			s := p.Name
			if p.Role != "" {
				s += " [" + p.Role + "]"
			}
			if p.Organisation != "" {
				s += " {" + p.Organisation + "}"
			}
			if p.Email != "" {
				s += " <" + p.Email + ">"
			}
			names = append(names, s)
		}
		got := strings.Join(names, "; ")
		if got == "" {
			got = "-"
		}
		if got != want {
			t.Errorf("%s: %q names %s, want %s", row[0], in, got, want)
		}
	}
}

func FuzzPeople(f *testing.F) {
	for _, s := range []string{"By Ada Moss and Ben Okafor", "記者・森下千尋", "a@b.c (x) [y", "İ by", "ByA.", "文/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, trust := range []Trust{Said, Led, Guessed} {
			for _, p := range People(s, trust, "") {
				if p.Name == "" {
					t.Fatalf("%q names a person without a name", s)
				}
			}
		}
	})
}

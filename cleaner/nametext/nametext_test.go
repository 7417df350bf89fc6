package nametext

import (
	"os"
	"strings"
	"testing"
)

// tableLines returns the fields of each line of a file of test data that is not empty or a comment.
func tableLines(t *testing.T, name, separator string) [][]string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		if line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, separator))
		}
	}
	return rows
}

func TestBylinesBecomePersons(t *testing.T) {
	trust := map[string]Trust{"said": Said, "led": Led, "guessed": Guessed}
	for _, row := range tableLines(t, "bylines.txt", " | ") {
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

package credittext_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"newsmill/cleaner/credittext"
)

func ExampleSplit() {
	caption, credit := credittext.Split("Unter dem Glasdach wächst Moos. Foto: Henrike Saß")
	fmt.Printf("%s\n%s\n", caption, credit)
	// Output:
	// Unter dem Glasdach wächst Moos.
	// Henrike Saß
}

// TestSplit reads testdata/credits.txt.
func TestSplit(t *testing.T) {
	raw, err := os.ReadFile("testdata/credits.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		row := strings.Split(line, "\t")
		if caption, credit := credittext.Split(row[0]); caption != row[1] || credit != row[2] {
			t.Errorf("%q is %q by %q, want %q by %q", row[0], caption, credit, row[1], row[2])
		}
	}
}

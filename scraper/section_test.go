package scraper

import (
	"strings"
	"testing"

	"newsmill/cleaner"
	"newsmill/scraper/fetch"
)

// TestClassOfCleaning gives the cleaner what it can't read: each ends in the class that says why.
func TestClassOfCleaning(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want Class
	}{
		"PDF":         {"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", fetch.ClassNotHTML},
		"PNG":         {"\x89PNG\r\n\x1a\n\x00\x00", fetch.ClassNotHTML},
		"gzip":        {"\x1f\x8b\x08\x00\x00", fetch.ClassNotHTML},
		"zero bytes":  {"a" + strings.Repeat("\x00", 500) + "\xff\xfe\x01", fetch.ClassNotHTML},
		"white space": {" \n\t ", fetch.ClassEmpty},
		"nothing":     {"", fetch.ClassEmpty},
		"too large":   {strings.Repeat("a", 64<<20+1), fetch.ClassTooLarge},
		"elements":    {strings.Repeat("<i>a</i>", 600_000), ClassTooComplex},
		"paragraphs":  {strings.Repeat("<p>a</p>", 100_001), ClassTooComplex},
		"lines":       {strings.Repeat("a\n", 300_000), ClassTooComplex},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cleaner.Clean(cleaner.Page{Body: []byte(c.body)}, cleaner.Options{})
			if err == nil {
				t.Fatal("it was cleaned")
			}
			if got := classOfCleaning(err); got != c.want {
				t.Errorf("%v: %s, want %s", err, got, c.want)
			}
		})
	}
}

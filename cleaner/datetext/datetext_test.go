package datetext

import (
	_ "embed"
	"strings"
	"testing"

	"newsmill/cleaner/lexicon"
)

//go:embed testdata/dates.txt
var dates string

// TestDatesAsPagesWriteThem reads testdata/dates.txt: the page's language, a date, and what it is.
func TestDatesAsPagesWriteThem(t *testing.T) {
	for line := range lexicon.Entries(dates) {
		row := strings.Split(line, " | ")
		lang, in, want := row[0], strings.Join(row[1:len(row)-1], " | "), row[len(row)-1]
		primary, _, _ := strings.Cut(lang, "-")
		got := "-"
		if m, ok := (Reader{Lang: primary, Order: OrderOf(lang, nil)}).Parse(in); ok {
			got = m.String()
			if m.Raw != in {
				t.Errorf("%s: %q keeps %q as found", lang, in, m.Raw)
			}
		}
		if got != want {
			t.Errorf("%s: %q is read as %s, want %s", lang, in, got, want)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2024-03-05T10:00:00+01:00", "5 มี.ค. 2567 10:30", "2024年3月5日 午後3時04分", "05-Mar-24", "(GMT+7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if m, ok := (Reader{}).Parse(s); ok && (m.Time.Year() < 1900 || m.Time.Year() > 2100) {
			t.Fatalf("%q is read as %s", s, m)
		}
	})
}

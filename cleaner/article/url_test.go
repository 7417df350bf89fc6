package article

import (
	"errors"
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

func TestNormalizeURL(t *testing.T) {
	for _, row := range tableLines(t, "urls.txt", "\t") {
		got, err := NormalizeURL(row[0])
		switch {
		case row[1] == "!" && err == nil:
			t.Errorf("%q is %q, want an error", row[0], got)
		case row[1] == "!" && !errors.Is(err, ErrURL):
			t.Errorf("%q: error %v is no ErrURL", row[0], err)
		case row[1] != "!" && got != row[1]:
			t.Errorf("%q is %q (%v), want %q", row[0], got, err, row[1])
		}
		if again, err := NormalizeURL(got); row[1] != "!" && (err != nil || again != got) {
			t.Errorf("%q becomes %q and then %q (%v)", row[0], got, again, err)
		}
	}
}

func TestRegistrableDomain(t *testing.T) {
	for host, want := range map[string]string{
		"www.harbour.example": "harbour.example", "news.harbour.co.uk": "harbour.co.uk", "harbour.co.uk.": "harbour.co.uk",
		"a.b.github.io": "b.github.io", "localhost": "localhost", "127.0.0.1": "127.0.0.1", "NEWS.Harbour.Example": "harbour.example",
	} {
		if got := RegistrableDomain(host); got != want {
			t.Errorf("RegistrableDomain(%q) = %q, want %q", host, got, want)
		}
	}
}

func FuzzNormalizeURL(f *testing.F) {
	raw, err := os.ReadFile("testdata/urls.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		address, _, _ := strings.Cut(line, "\t")
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := NormalizeURL(s)
		if err != nil {
			if !errors.Is(err, ErrURL) {
				t.Fatalf("%q: error %v is no ErrURL", s, err)
			}
			return
		}
		twice, err := NormalizeURL(once)
		if err != nil || twice != once {
			t.Fatalf("%q becomes %q and then %q (%v)", s, once, twice, err)
		}
		if IsPlainURL(strings.Trim(s, " \t\r\n\f\v\u00a0\ufeff")) { // the short way must end where the parser does
			u, err := urlParser.Parse(s)
			if err != nil {
				t.Fatalf("%q is taken as plain, but: %v", s, err)
			}
			if slow := NormalizeQuery(u.Href(true), LikelyTracking); slow != once {
				t.Fatalf("%q: the short way gives %q, the parser %q", s, once, slow)
			}
		}
	})
}

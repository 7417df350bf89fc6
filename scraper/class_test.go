package scraper

import (
	"strings"
	"testing"

	"newsmill/scraper/fetch"
	"newsmill/storage"
)

func TestClassesAreATable(t *testing.T) {
	seen := map[Class]bool{}
	for _, c := range Classes() {
		if seen[c.Name] || c.About == "" || c.State == "" || strings.ToLower(string(c.Name)) != string(c.Name) || strings.ContainsAny(string(c.Name), " -") {
			t.Errorf("%+v", c)
		}
		seen[c.Name] = true
	}
	if e := endingOf(fetch.ClassTLS, "no %s", "trust"); e.State != storage.JobFailed || e.Class != "tls" || e.Message != "no trust" {
		t.Errorf("%+v", e)
	}
}

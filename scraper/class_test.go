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

// A job's kind is passed on as the request's.
func TestKindsOfJobsAreKindsOfRequests(t *testing.T) {
	for job, request := range map[storage.JobKind]fetch.Kind{
		storage.ArticleJob: fetch.Article, storage.SectionJob: fetch.Section, storage.FeedJob: fetch.Feed, storage.SitemapJob: fetch.Sitemap,
	} {
		if string(job) != string(request) {
			t.Errorf("a job %q makes a request %q", job, request)
		}
	}
}

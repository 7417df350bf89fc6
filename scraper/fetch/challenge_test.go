package fetch

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestChallengesAreTold(t *testing.T) {
	article := "<!doctype html><title>Ferry</title><article>" + strings.Repeat("<p>The ferry was late, and so was everybody on it.</p>", 60) + "</article>"
	for name, c := range map[string]struct {
		status int
		header []string
		body   string
		want   string
	}{
		"cloudflare by header":              {403, []string{"Cf-Mitigated", "challenge"}, "", "Cloudflare"},
		"cloudflare by markup":              {503, nil, `<title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/h/g/orchestrate"></script>`, "Cloudflare"},
		"cloudflare, status 200":            {200, nil, `<title>Just a moment...</title><script>a="/cdn-cgi/challenge-platform/"</script>`, "Cloudflare"},
		"aws":                               {202, []string{"X-Amzn-Waf-Action", "challenge"}, "", "AWS WAF"},
		"datadome":                          {403, nil, `<script src="https://ct.captcha-delivery.com/c.js"></script><p>Please enable JS and disable any ad blocker</p>`, "DataDome"},
		"imperva":                           {200, nil, `<html><iframe src="/_Incapsula_Resource?SWUDNSAI=31">Request unsuccessful.</iframe></html>`, "Imperva"},
		"human":                             {403, nil, `<div id="px-captcha"></div>`, "HUMAN"},
		"anubis":                            {200, nil, `<title>Making sure you're not a bot!</title><script id="anubis_challenge" type="application/json">{}</script>`, "Anubis"},
		"in words":                          {200, nil, `<h1>Are you a robot?</h1><p>Block reference ID: 7</p>`, "the site"},
		"in words, curly":                   {403, nil, `<p>Confirm you’re not a bot</p>`, "the site"},
		"in German":                         {403, nil, `<p>Bitte bestätigen Sie, dass Sie kein Roboter sind.</p>`, "the site"},
		"a plain 403":                       {403, nil, `<title>403</title><h1>Forbidden</h1>`, ""},
		"a 404 that loads a captcha":        {404, nil, `<title>Not found</title><script src="/recaptcha/g-recaptcha.js"></script>`, ""},
		"an article with a comment form":    {200, nil, article + `<div class="g-recaptcha"></div>`, ""},
		"an article behind datadome":        {200, []string{"X-Datadome", "protected"}, article, ""},
		"an article behind cloudflare":      {200, []string{"Server", "cloudflare"}, article + `<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>`, ""},
		"an article about robots":           {200, nil, strings.Replace(article, "<p>", "<h1>Are you a robot?</h1><p>", 1), ""},
		"a consent wall is none":            {200, nil, `<title>Before you continue</title><p>We and our 842 partners store information. Accept all</p>`, ""},
		"a redirect page":                   {200, nil, `<title>Moved</title><a href="/x">here</a>`, ""},
		"a phrase in a script is not shown": {200, nil, `<p>The ferry was late.</p><script>t = "are you a robot?"</script>`, ""},
	} {
		h := http.Header{}
		for i := 0; i < len(c.header); i += 2 {
			h.Set(c.header[i], c.header[i+1])
		}
		if got := challenge(c.status, h, []byte(c.body)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// No page of the sample site, nor any captured one where a corpus lies beside the checkout, is taken for a challenge.
func TestArticlesAreNoChallenges(t *testing.T) {
	files, _ := filepath.Glob("../cleaner/testdata/pages/*/page.html")
	demo, _ := filepath.Glob("../cmd/newsmill/demo/*/*.html")
	captured, _ := filepath.Glob("../../shared/corpus/*/pages/*.html.gz")
	files = append(append(files, demo...), captured...)
	if testing.Short() {
		files = files[:min(len(files), 200)]
	}
	t.Logf("%d pages", len(files))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if b, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if who := challenge(200, http.Header{}, b); who != "" {
			text, _ := visibleText(b, challengeText)
			t.Errorf("%s: taken for a challenge of %s: %q", file, who, text)
		}
		if m := sniff(b, "text/html"); m != "text/html" && m != "application/xhtml+xml" {
			t.Errorf("%s: taken for %s", file, m)
		}
	}
}

func BenchmarkChallenge(b *testing.B) {
	page := []byte("<!doctype html><title>Ferry</title>" + strings.Repeat("<p>The ferry was late, and so was everybody on it.</p>", 600))
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		challenge(200, http.Header{}, page)
	}
}

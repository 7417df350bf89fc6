package configs

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed template.yaml
var template string

// Template is a configuration to begin with, full of comments, that crawls the given sources; none means those
// that the comments speak of.
func Template(sources []Source) string {
	if len(sources) == 0 {
		return template
	}
	var use []string
	var own strings.Builder
	for _, s := range sources {
		if _, ok := catalogued(s.Key); ok {
			use = append(use, s.Key)
			continue
		}
		fmt.Fprintf(&own, "  %s:\n    name: %s\n    start: [%s]\n    autodiscover: true\n", ownKey(s.Key), s.Name, strings.Join(s.Start, ", "))
	}
	text := strings.Replace(template, "use: [cgtn, bbc-news]\n", useLine(use), 1)
	if own.Len() > 0 {
		text = strings.Replace(text, "#sources:\n", "sources:\n"+own.String()+"\n", 1)
	}
	return text
}

func useLine(keys []string) string {
	if len(keys) == 0 {
		return "#use: [cgtn, bbc-news]\n"
	}
	return "use: [" + strings.Join(keys, ", ") + "]\n"
}

// ownKey makes a key of a domain: "news.example.org" becomes "news-example-org".
func ownKey(domain string) string {
	var sb strings.Builder
	for _, r := range strings.ToLower(domain) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			sb.WriteRune(r)
		} else if sb.Len() > 0 && !strings.HasSuffix(sb.String(), "-") {
			sb.WriteByte('-')
		}
	}
	return strings.TrimSuffix(sb.String(), "-")
}

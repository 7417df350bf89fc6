package configs

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted configurations")

// TestParse runs testdata/*.txtar: newsmill.yaml, and the wanted error or the wanted configuration as JSON.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string][]byte{}
			for _, f := range archive.Files {
				parts[f.Name] = f.Data
			}
			c, err := Parse("newsmill.yaml", parts["newsmill.yaml"])
			if want, ok := parts["error"]; ok {
				if err == nil || err.Error() != strings.TrimSpace(string(want)) {
					t.Fatalf("error\n got %v\nwant %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(c, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				for i := range archive.Files {
					if archive.Files[i].Name == "want.json" {
						archive.Files[i].Data = append(got, '\n')
					}
				}
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := bytes.TrimSpace(parts["want.json"]); !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestCatalogue(t *testing.T) {
	files, err := os.ReadDir("sources")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	names := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile("sources/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		s, err := parseSource(file.Name(), text)
		switch {
		case err != nil:
			t.Error(err)
			continue
		case !key.MatchString(s.Key):
			t.Errorf("%s: not a key", file.Name())
		case !strings.HasPrefix(string(text), "name: "):
			t.Errorf("%s: does not begin with its name", file.Name())
		case len(s.Start) == 0:
			t.Errorf("%s: has no start page", file.Name())
		case names[s.Name+s.Country] != "":
			t.Errorf("%s: %s has the same name and country", file.Name(), names[s.Name+s.Country])
		}
		names[s.Name+s.Country] = file.Name()
		for _, l := range [][]string{s.Start, s.Feeds, s.Sitemaps, s.Hosts} {
			if sorted := slices.Compact(slices.Sorted(slices.Values(l))); len(sorted) != len(l) {
				t.Errorf("%s: lists an address twice", file.Name())
			}
		}
	}
	if len(Catalogue()) != len(files) || len(files) < 181 {
		t.Errorf("%d sources from %d files, want at least 181", len(Catalogue()), len(files))
	}
}

// TestSchemaIsWhatTheCheckerKnows fails when schema.json uses a keyword or format that the checker would skip, or
// leaves a key without a description.
func TestSchemaIsWhatTheCheckerKnows(t *testing.T) {
	dec := json.NewDecoder(bytes.NewReader(schemaText))
	dec.DisallowUnknownFields()
	var r rule
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("schema.json uses what check.go doesn't know: %v", err)
	}
	var walk func(path string, r *rule)
	walk = func(path string, r *rule) {
		if r.Ref != "" {
			if r.resolve() == nil || r.resolve() == r {
				t.Errorf("%s: %s leads nowhere", path, r.Ref)
			}
			return
		}
		if len(r.Type) == 0 {
			t.Errorf("%s: has no type", path)
		}
		if r.Format != "" && formats[r.Format] == nil {
			t.Errorf("%s: format %q is not checked", path, r.Format)
		}
		if r.Type[0] == "object" && r.AdditionalProperties == nil {
			t.Errorf("%s: takes any key", path)
		}
		for name, p := range r.Properties {
			if p.Ref == "" && p.Description == "" {
				t.Errorf("%s.%s: has no description", path, name)
			}
			walk(path+"."+name, p)
		}
		if r.Items != nil {
			walk(path+"[]", r.Items)
		}
		if r.AdditionalProperties != nil && r.AdditionalProperties.rule != nil {
			walk(path+".*", r.AdditionalProperties.rule)
		}
	}
	walk("", schema)
	for name, def := range schema.Defs {
		walk(name, def)
	}
}

// TestEveryKeyIsRead sets each key of the schema in turn and expects the configuration to change.
func TestEveryKeyIsRead(t *testing.T) {
	values := map[string]string{
		"contact": "a@example.org", "name": "N", "start": "[https://b.example/]", "feeds": "[https://b.example/f]",
		"sitemaps": "[https://b.example/s]", "autodiscover": "true", "hosts": "[h.example]", "allow": "[x]", "deny": "[x]",
		"language": "fr", "country": "fr", "delay": "7s", "recheck": "[7h]", "max_pages": "7", "max_duration": "7h",
		"page_bytes": "7MB", "body": "main", "remove": "aside", "id": "i", "match": "m", "label": "share", "disabled": "true",
		"concurrency": "7", "per_address": "7", "opt_outs": "skip", "keep_raw": "never",
	}
	const source = "sources:\n  s:\n    start: [https://a.example/]\n    feeds: [https://a.example/f]\n"
	try := func(path, before, after string) {
		t.Run(path, func(t *testing.T) {
			a, err := Parse("a", []byte(before))
			if err != nil {
				t.Fatal(err)
			}
			b, err := Parse("a", []byte(after))
			if err != nil {
				t.Fatal(err)
			}
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			if bytes.Equal(x, y) {
				t.Errorf("%s changes nothing:\n%s", path, after)
			}
		})
	}
	var leaves func(path string, r *rule, indent, before string)
	leaves = func(path string, r *rule, indent, before string) {
		for name, p := range r.resolve().Properties {
			p = p.resolve()
			switch {
			case len(p.Properties) > 0:
				leaves(path+"."+name, p, indent+"  ", before+indent+name+":\n")
			case name == "boilerplate", name == "sources", name == "use":
			case values[name] == "":
				t.Errorf("%s.%s: the test has no value for it", path, name)
			default:
				base := before
				if i := strings.Index(before, source); i >= 0 { // the same without the key's own lines
					base = before[:i+len(source)]
				} else {
					base = ""
				}
				doc := before + indent + name + ": " + values[name] + "\n"
				if name == "start" || name == "feeds" {
					doc = strings.Replace(before, "    "+name+": [https://a.example/", "    "+name+": [https://other.example/", 1)
				}
				try(path+"."+name, base, doc)
			}
		}
	}
	top := &rule{Properties: map[string]*rule{}}
	for name, p := range schema.Properties {
		if name != "sources" && name != "use" {
			top.Properties[name] = p
		}
	}
	leaves("", top, "", "")
	leaves("source", schema.Defs["source"], "    ", source)
	try("boilerplate", source, source+"    boilerplate: [{id: i, match: m}]\n")
	try("boilerplate.label", source+"    boilerplate: [{id: i, match: m}]\n", source+"    boilerplate: [{id: i, match: m, label: share}]\n")
	try("use", "use: [cgtn]", "use: [nzz]")
}

func TestResolve(t *testing.T) {
	c, err := Parse("newsmill.yaml", []byte("use: [cgtn]\nsources:\n  harbour:\n    start: [https://harbour.example/]\n    language: en\n    boilerplate: [{id: tide, match: '^high water'}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ key, start, err string }{
		"harbour":                          {key: "harbour", start: "https://harbour.example/"},
		"cgtn":                             {key: "cgtn", start: "https://www.cgtn.com/"},
		"bbc-news":                         {key: "bbc-news", start: "https://www.bbc.co.uk/"}, // of the catalogue
		"example.org":                      {key: "example.org", start: "https://example.org/"},
		"www.Example.org":                  {key: "example.org", start: "https://www.example.org/"},
		"http://localhost:8080/news?a=1":   {key: "localhost:8080", start: "http://localhost:8080/news?a=1"},
		"127.0.0.1:8080":                   {key: "127.0.0.1:8080", start: "http://127.0.0.1:8080/"},
		"https://example.org/a-100%-rise":  {key: "example.org", start: "https://example.org/a-100%25-rise"},
		"HTTPS://EXAMPLE.org:443/a/../b#c": {key: "example.org", start: "https://example.org/b"},
		`https:\\example.org\b`:            {key: "example.org", start: "https://example.org/b"},
		"http:///example.org/b":            {key: "example.org", start: "http://example.org/b"},
		"feed://example.org/rss":           {key: "example.org", start: "http://example.org/rss"},
		"feed:https://example.org/rss":     {key: "example.org", start: "https://example.org/rss"},
		"//example.org/b":                  {key: "example.org", start: "https://example.org/b"},
		"example.org.":                     {key: "example.org", start: "https://example.org/"},
		"example.org?page=1":               {key: "example.org", start: "https://example.org/?page=1"},
		"https://example.org/@ada":         {key: "example.org", start: "https://example.org/@ada"},
		"https://müll.example/ü":           {key: "xn--mll-hoa.example", start: "https://xn--mll-hoa.example/%C3%BC"},
		"हिन्दी.example":                   {key: "xn--j2bd4cyah0f.example", start: "https://xn--j2bd4cyah0f.example/"},
		" https://example.org/x ":          {key: "example.org", start: "https://example.org/x"},
		"feed:":                            {err: "no source \"feed:\": `newsmill sources list` shows them; a domain or an address works too"},
		"mailto:me@example.org":            {err: "no source \"mailto:me@example.org\": `newsmill sources list` shows them; a domain or an address works too"},
		"harbor":                           {err: `no source "harbor": did you mean "harbour"?`},
		"bbc":                              {err: `no source "bbc": did you mean "bbc-news"?`},
		"zzzzzzzz":                         {err: "no source \"zzzzzzzz\": `newsmill sources list` shows them; a domain or an address works too"},
		"ftp://example.org/":               {err: "ftp://example.org/: not an address: write it with https:// and the host"},
		"https://u:p@example.org/":         {err: "https://u:p@example.org/: not an address: write it with https:// and the host"},
		"":                                 {err: "no source \"\": `newsmill sources list` shows them; a domain or an address works too"},
	}
	for arg, want := range cases {
		s, err := c.Resolve(arg)
		switch {
		case want.err != "":
			if err == nil || err.Error() != want.err {
				t.Errorf("Resolve(%q): error %v, want %s", arg, err, want.err)
			}
		case err != nil:
			t.Errorf("Resolve(%q): %v", arg, err)
		case s.Key != want.key || s.Start[0] != want.start:
			t.Errorf("Resolve(%q) = %s from %s, want %s from %s", arg, s.Key, s.Start[0], want.key, want.start)
		}
	}
	if s, _ := c.Resolve("www.harbour.example"); s.Language != "en" || len(s.Boilerplate) != 1 || len(s.Feeds) != 0 || !s.Autodiscover {
		t.Errorf("a configured host should bring the cleaner's settings, not the feeds: %+v", s)
	}
	if site := c.SiteOf("https://news.cgtn.com/news/2026-11-23/x/p.html"); site.Body != "#cmsMainContent" {
		t.Errorf("SiteOf a host of cgtn has body %q", site.Body)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("use: [cgtn]\nsources:\n  a:\n    start: [https://a.example/]\n    limits: {page_bytes: 5MB}\n"))
	f.Add(schemaText)
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := Parse("f", text); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("an error of several lines: %q", err)
		}
	})
}

func TestTemplate(t *testing.T) {
	c, err := Parse("template.yaml", []byte(Template(nil)))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != 2 {
		t.Errorf("the template uses %d sources, want 2", len(c.Sources))
	}
	// With every comment that is YAML opened, it must be a valid file that shows each key of the schema.
	open := regexp.MustCompile(`(?m)^#((?:  )*[a-z-])`).ReplaceAllString(template, "$1")
	if _, err := Parse("template.yaml", []byte(open)); err != nil {
		t.Errorf("the template with its comments opened: %v", err)
	}
	for _, name := range regexp.MustCompile(`"([a-z_]+)": \{`).FindAllStringSubmatch(string(schemaText), -1) {
		if slices.Contains([]string{"properties", "items", "source"}, name[1]) {
			continue
		}
		if !regexp.MustCompile(`[\s#{]` + name[1] + `:`).MatchString(template) {
			t.Errorf("the template does not show %q", name[1])
		}
	}
	var sources []Source
	for _, arg := range []string{"nzz", "example.org"} {
		s, err := Default().Resolve(arg)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, s)
	}
	c, err = Parse("template.yaml", []byte(Template(sources)))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != 2 || c.Sources[0].Key != "nzz" || c.Sources[1].Key != "example-org" || c.Sources[1].Start[0] != "https://example.org/" {
		t.Errorf("Template of nzz and example.org has %+v", c.Sources)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"newsmill/cleaner/article"
	"newsmill/storage"
)

// oddValues are what a title, a name or a tag of a page may be, and YAML has a meaning of its own for.
func oddValues() []string {
	values := []string{
		"Ferry returns", "Fährbetrieb läuft wieder", "Лавина в горах", "渔民返港", "عودة العبارة", "می\u200cخواهم", "It's here", "a: b", "a:b", "a :b", "a:", ": a", "- a", "-a", "--- a", "---", "...", "# x", "a #b", "a#b",
		"a' # b", "'q'", "\"q\"", "'", "\"", "''", "it's: \"x\"", "a: 'b", "\"a\": b", "a\"b: c", "%a", "%YAML 1.2", "@a", "`a", "&a b", "&x", "*a", "*x", "!a", "!!binary x",
		"!!python/object/apply:os.system [x]", "| a", "> a", "|\nx", ">-\nx", "{a}", "[a]", "[", "]", "{", "}", "a, b", "? a", "?", "~", "null", "Null", "NULL", "true", "TRUE", "True", "false",
		"yes", "Yes", "no", "No", "on", "On", "off", "y", "Y", "n", "N", "1e3", "0x1F", "012", "0o7", "0b1", "1_000", "1,000", "-1", "+1", "-.5", ".5", "1.", "1.5", "12:30", "1:2:3", "190:20:30.15",
		"2026-11-25", "2026-11-25 10:00:00", "2026-11-25T10:00:00Z", "=", "<<", ".inf", "-.INF", ".nan", "inf", "nan", "a\nb", "a\n---\nb: c", "---\nx", "x\n---\n", "x\n...\ny", "a\n", "\na", "a\n\nb", "a\n  b",
		"a:\n  b", "- \n", "a ", " a", "  a", "a\tb", "\ta", "a\t", "a\rb", "a\r\nb", "a\\b", "\\n", "\\", "\\x41", "a\u0085b", "\u0085", "a\u2028b", "\u2029", "a\u00a0b", "a\u200bb", "a\u200db", "a\u202eb",
		"\ufeffa", "a\ufeffb", "a\ufffeb", "a\uffffb", "a\ufffdb", "\ue000", "a\x00b", "a\x07b", "a\x1b[31mb", "a\x7fb", "a\u009bb", "😀: x", "\U0001F600", "a\U0001FFFEb", "\U000E0001", "ß", "ﬁ", "é", "e\u0301",
		"C: the letter", "http://a.example/x?a=b#c", "a://b", "mailto:a@b.example", "a=b", "a*b", "a|b", "a>b", "a<b", "<b>a</b>", "100 %", "$1", "(a)", "“a”: b", "«a»", "…", "–", "a – b", "a - b", "-", "--", "_", "/", ";", ",a", ".", "!",
	}
	for _, c := range "\"'\\:#-?*&!|>%@`[]{},=<~\x01\x1f\u0080\u009f\u2066" {
		values = append(values, string(c)+" a", "a"+string(c), "a "+string(c)+" b", "a"+string(c)+" b")
	}
	return values
}

// oddFrontMatter is the front matter of an article of which every field is a value.
func oddFrontMatter(value string) string {
	art := &storage.Article{ID: 1, Source: value}
	art.Title, art.URL, art.Section, art.Language, art.SiteName, art.Byline, art.Description = value, value, value, value, value, value, value
	art.Tags, art.Authors, art.FetchedAt = []string{value, "z"}, []article.Person{{Name: value}}, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	head, _, _ := strings.Cut(strings.TrimPrefix(markdownFile(art), "---\n"), "\n---\n")
	return head + "\n"
}

func TestFrontMatterIsYAMLForAnyValue(t *testing.T) {
	values := oddValues()
	if len(values) < 200 {
		t.Fatalf("%d values", len(values))
	}
	for _, value := range values {
		head := oddFrontMatter(value)
		if strings.ContainsFunc(head, mustEscape) {
			t.Errorf("%q: has a control character: %q", value, head)
		}
		var back frontMatter
		if err := yaml.Unmarshal([]byte(head), &back); err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		for _, got := range []string{back.Title, back.URL, back.Section, back.Source, back.Language, strings.Join(back.Authors, ""), strings.TrimSuffix(strings.Join(back.Tags, ""), "z")} {
			if got != value {
				t.Errorf("%q comes back as %q from %q", value, got, head)
				break
			}
		}
	}
}

// TestFrontMatterIsPyYAMLsToo asks the other parser that many read such files with.
func TestFrontMatterIsPyYAMLsToo(t *testing.T) {
	if err := exec.Command("python3", "-c", "import yaml").Run(); err != nil {
		t.Skip("no PyYAML here")
	}
	var in strings.Builder
	for _, value := range oddValues() {
		b, err := json.Marshal(map[string]string{"value": value, "head": oddFrontMatter(value)})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&in, "%s\n", b)
	}
	cmd := exec.Command("python3", "-c", `
import json, sys, yaml
for line in sys.stdin.buffer:
    case = json.loads(line)
    value = case["value"]
    try:
        m = yaml.safe_load(case["head"])
        got = [m[k] for k in ("title", "url", "section", "source", "language")] + m["authors"] + m["tags"][:1]
        if got != [value] * len(got) or m["id"] != 1:
            print(json.dumps(value), "comes back as", json.dumps(got))
    except Exception as e:
        print(json.dumps(value), "fails:", str(e).replace("\n", " "))
`)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("PyYAML: %v\n%s", err, out)
	}
}

package phrase

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"newsmill/cleaner/article"
)

func allRules() []Rule {
	var all []Rule
	for _, lang := range slices.Sorted(maps.Keys(phrasebooks)) {
		all = append(all, phrasebooks[lang]().rules...)
	}
	return all
}

// Every rule matches its own examples and none of its counter-examples, and no other rule claims an example for
// another label.
func TestRulesKeepTheirExamples(t *testing.T) {
	for _, r := range allRules() {
		if len(r.must) == 0 || len(r.mustNot) == 0 {
			t.Errorf("%s: %s: needs a “+” and a “-” example", r.line, r.ID)
		}
		lang := r.Lang
		if lang == "any" {
			lang = "en"
		}
		m := NewMatcher(lang)
		for _, text := range r.must {
			switch got := m.Match(text); {
			case got == nil:
				t.Errorf("%s: %s does not match %q", r.line, r.ID, text)
			case got.Label != r.Label:
				t.Errorf("%s: %q of %s is taken by %s", r.line, text, r.ID, got.ID)
			case got.ID != r.ID && !ruleMatches(&r, text):
				t.Errorf("%s: %s does not match %q, only %s does", r.line, r.ID, text, got.ID)
			}
		}
		for _, text := range r.mustNot {
			if ruleMatches(&r, text) {
				t.Errorf("%s: %s matches %q", r.line, r.ID, text)
			}
		}
	}
}

// What a pattern is thought to need is in every text that it matches.
func TestNeedsAreInWhatMatches(t *testing.T) {
	for _, lang := range []string{"any", "de", "ja"} { // to compile all takes seconds
		book := phrasebooks[lang]()
		for i := range book.branches {
			b := &book.branches[i]
			for _, text := range book.rules[b.Rule].must {
				if buf, _ := Fold(nil, text, maxPhraseRunes); b.match().Match(buf) && !b.matches(buf) {
					t.Errorf("%s: %q has none of a list in %q", book.rules[b.Rule].line, buf, b.needs)
				}
			}
		}
	}
	for pattern, want := range map[string]string{
		`^get .{0,90}\b(in your inbox|by e-?mail)$`:   `in your inbox\x00by e`,
		`^[a-z]{2,4}(/[a-z]{2,4}){1,3}\)$`:            `/\x01)`,
		`^(comments?|replies)( are closed)?$`:         `comment\x00replies`,
		`^all (of it|.{3,40})$`:                       ``,
		`^read (more|(all|some) of (it|them)) today$`: ` today\x01more\x00 of `,
	} {
		tree, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%q", neededIn(tree.Sub)); got != `"`+want+`"` {
			t.Errorf("neededIn(%s) = %s, want %q", pattern, got, want)
		}
	}
}

// ruleMatches tries one rule alone.
func ruleMatches(r *Rule, text string) bool {
	buf, whole := Fold(nil, text, maxPhraseRunes)
	return (whole || r.long) && regexp.MustCompile(r.pattern).Match(buf)
}

// No rule claims a paragraph of a golden article.
func TestRulesSpareGoldenBodies(t *testing.T) {
	wants, err := filepath.Glob("../testdata/pages/*/want.txt")
	if err != nil {
		t.Fatal(err)
	}
	langs := map[string]bool{"": true}
	for _, r := range allRules() {
		langs[r.Lang] = true
	}
	for _, want := range wants {
		data, err := os.ReadFile(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range strings.Split(strings.TrimSpace(string(data)), "\n") {
			for lang := range langs {
				m := NewMatcher(lang)
				r := m.Match(text)
				if r != nil && r.Label == article.FactBox && len(text) <= 100 { // a section of the article may have the heading of a box: see headsSection
					continue
				}
				if r != nil && r.Label.Class() != article.Body && text != "" {
					t.Errorf("%s: %s claims %q", want, r.ID, text)
				}
			}
		}
	}
}

func TestRulesSayWhereTheyAreWrong(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"no equals sign":    {"share.en.x ^share$", "en.rules:1: want"},
		"no such label":     {"shout.en.x = ^share$", `no label "shout"`},
		"wrong language":    {"share.de.x = ^share$", "language is not that of the file"},
		"twice":             {"share.en.x = ^share$\nshare.en.x = ^print$", "en.rules:2"},
		"not anchored":      {"share.en.x = share$", "must begin with ^"},
		"half anchored":     {"share.en.x = ^share|print$", "must begin with ^"},
		"nothing to go by":  {"share.en.x = ^.*$", "at the beginning or at the end"},
		"broken expression": {"share.en.x = ^(share$", "missing closing"},
		"orphaned example":  {"+ Share", "before the first rule"},
	} {
		_, err := readRules(fstest.MapFS{"en.rules": {Data: []byte(c.data)}}, "en.rules")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestFoldPhrase(t *testing.T) {
	for text, want := range map[string]string{
		"  ▶ Read  more: ":         "read more",
		"【関連記事】首相が会見":              "関連記事】首相が会見",
		"ΔΙΑΒΑΣΤΕ ΕΠΙΣΗΣ: Όλα":     "διαβαστε επισησ: ολα",
		"YAZI BOYUTU":              "yazi boyutu",
		"Yazı Boyutu":              "yazi boyutu",
		"Editor’s\u00a0note – “x”": `editor's note - "x"`,
		"Ｐｈｏｔｏ：ＡＰ":                 "photo:ap",
		"© 2024 Harbour.":          "© 2024 harbour",
		"مُقترحات":                 "مقترحات",
		"* * *":                    "",
		"Distribuie ştirea":        "distribuie știrea",
	} {
		if got, _ := Fold(nil, text, maxPhraseRunes); string(got) != want {
			t.Errorf("foldPhrase(%q) = %q, want %q", text, got, want)
		}
	}
}

func BenchmarkMatchRule(b *testing.B) {
	blocks := []string{
		"Politik", "Lesen Sie auch: Der Hafen schläft nie", "Von Anna Müller", "12.12.2025, 05:07 Uhr", "© 2024 Harbour",
		"Die Küstenwache und andere Einheiten hatten am Mittwoch vor der Küste einen Öltanker unter ihre Kontrolle gebracht, was in der Hauptstadt als Piraterie bezeichnet wurde, und der Präsident sprach von einem Angriff.",
		"Get the Harbour Weekly in your inbox", "Newsletter", "Aktien & Indizes", "Champions League",
	}
	m := NewMatcher("de")
	b.ReportAllocs()
	for b.Loop() {
		for range 30 { // 300 blocks: a page
			for _, t := range blocks {
				m.Match(t)
			}
		}
	}
}

func BenchmarkReadRules(b *testing.B) {
	for b.Loop() {
		if _, err := readRules(ruleFiles, "en.rules"); err != nil {
			b.Fatal(err)
		}
	}
}

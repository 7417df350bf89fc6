package cleaner

import (
	"bytes"
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"newsmill/cleaner/article"
)

func TestHardWrapsAreJoined(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"one block a line": {
			"A short line\nThe harbour was closed on Monday.\nIt opened on Tuesday.\n",
			[]string{"A short line", "The harbour was closed on Monday.", "It opened on Tuesday."},
		},
		"blank lines between unwrapped paragraphs": {
			"The harbour was closed on Monday.\n\nIt opened on Tuesday.\r\n\r\nNobody came.",
			[]string{"The harbour was closed on Monday.", "It opened on Tuesday.", "Nobody came."},
		},
		"wrapped": {
			"HARBOUR CLOSED\n\nThe harbour was closed on Monday after a ship ran into\nthe pier and lost most of its cargo of oranges, which\nnow float in the bay.\n\n" +
				"“Nobody was hurt,” said the harbour master, who had\nseen the ship come in much too fast from his window\nand had run down to the pier.\n",
			[]string{
				"HARBOUR CLOSED",
				"The harbour was closed on Monday after a ship ran into the pier and lost most of its cargo of oranges, which now float in the bay.",
				"“Nobody was hurt,” said the harbour master, who had seen the ship come in much too fast from his window and had run down to the pier.",
			},
		},
		"verse stays in lines": {
			"The sea is calm tonight.\nThe tide is full.\nThe moon lies fair.\nUpon the straits.\nCome to the window.\n\nSweet is the night-air!",
			[]string{"The sea is calm tonight.", "The tide is full.", "The moon lies fair.", "Upon the straits.", "Come to the window.", "Sweet is the night-air!"},
		},
	} {
		d := &document{}
		d.segmentLines(c.in)
		if len(d.blocks) != len(c.want) {
			t.Errorf("%s: got %d blocks, want %d: %q", name, len(d.blocks), len(c.want), texts(d.blocks))
			continue
		}
		for i, b := range d.blocks {
			if b.text != c.want[i] {
				t.Errorf("%s: block %d is %q, want %q", name, i, b.text, c.want[i])
			}
		}
	}
}

func TestCreditTail(t *testing.T) {
	for text, want := range map[string]creditTail{
		"会見する港町市の市長＝１３日午後、東京都千代田区":                                        sureCredit,
		"市長は「工事費＝１３日までに決める」と述べた。":                                         noCredit,
		"A car leaves the base, May 26, 2024. /VCG":                       sureCredit,
		"The King arrives at the gate (Picture: Reuters)":                 likelyCredit,
		"Der Hafen bei Nacht Foto: Anna Müller/dpa":                       likelyCredit,
		"The harbour was closed on Monday.":                               noCredit,
		"The harbour was closed on Monday, the agency said (see page 3).": noCredit,
	} {
		if got := creditTailOf(text); got != want {
			t.Errorf("creditTailOf(%q) = %d, want %d", text, got, want)
		}
	}
}

// Whatever the scores, a text with a gap is read up to it and from there on, and no passage holds what a phrase claims.
func TestPassagesAtAGap(t *testing.T) {
	text := "The harbour was closed on Monday after a ship ran into the pier and lost its cargo.\n" +
		"It opened again on Tuesday, the harbour master said in the evening to those who waited.\n" +
		"Anna\n12 May\nShare on Facebook\n" +
		"I saw that ship come in from my window, and it was much too fast for the narrow bay.\n" +
		"They never learn, and the same will happen again next year when nobody looks at it.\n"
	d := &document{}
	if err := d.segmentLines(text); err != nil {
		t.Fatal(err)
	}
	f := measureLines(d)
	rows, scores, now, claimed := make([][]float32, 7), []float32{0.9, 0.8, 0.3, 0.1, 0.6, 0.7, 0.8}, make([]bool, 7), make([]bool, 7)
	for i := range rows {
		rows[i] = make([]float32, lineFeatureCount)
		f.row(i, rows[i])
		claimed[i] = i == 4
		now[i] = scores[i] >= lineScore && !claimed[i]
	}
	p := newPassager(f, rows, scores, now, claimed)
	p.find()
	found := map[string]bool{}
	for _, s := range p.passages {
		mask := ""
		for i, k := range s.keep {
			if k && claimed[i] {
				t.Errorf("a passage holds %q, which a phrase claims", d.blocks[i].text)
			}
			mask += string('0' + rune(truth(k)))
		}
		found[mask] = true
	}
	for _, want := range []string{"1100011", "1100000", "0000011", "1110011"} {
		if !found[want] {
			t.Errorf("no passage keeps the lines %s", want)
		}
	}
}

func TestBrokenLinesModels(t *testing.T) {
	for name, broken := range map[string][]byte{
		"empty":           nil,
		"another model":   builtInModel,
		"a forest of two": builtInLinesModel[:len(builtInLinesModel)/10],
		"no passages":     builtInLinesModel[:len(builtInLinesModel)-1],
	} {
		if _, err := ReadLinesModel(bytes.NewReader(broken)); err == nil {
			t.Errorf("%s: read without an error", name)
		}
	}
}

// seed returns the lines of the dump that the project began with and the text that must come out. It is kept beside
// the checkout; without it the test is skipped.
func seed(t *testing.T) (lines []string, want string) {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "seed")
	data, err := os.ReadFile(filepath.Join(dir, "cgtn-opinion.txt"))
	if err != nil {
		t.Skipf("no seed page: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "cgtn-opinion.want.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n"), string(text)
}

// checkSeed compares what is made of the seed page, in whatever form, with what its editors say of it.
func checkSeed(t *testing.T, name string, p Page, want string) *Result {
	t.Helper()
	r, err := Clean(p, Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	a := &r.Article
	got, wanted := strings.Split(a.Text+"\n", "\n\n"), strings.Split(want, "\n\n")
	for i := range max(len(got), len(wanted)) {
		if i >= len(got) || i >= len(wanted) || got[i] != wanted[i] {
			t.Errorf("%s: %d paragraphs, want %d; first other one:\n%q", name, len(got), len(wanted), append(got, "")[i])
			break
		}
	}
	if a.Language != "en" {
		t.Errorf("%s: language is %q", name, a.Language)
	}
	if len(a.Authors) != 1 || a.Authors[0].Name != "Xiang Haoyu" {
		t.Errorf("%s: authors are %v, want Xiang Haoyu", name, a.Authors)
	}
	if !strings.HasPrefix(a.EditorsNote, "Editor's note: Xiang Haoyu") || !strings.HasSuffix(a.EditorsNote, "the views of CGTN.") {
		t.Errorf("%s: editor's note is %q", name, a.EditorsNote)
	}
	captions := 0
	for _, img := range a.Images {
		if img.Caption != "" {
			captions++
			if img.Caption != "A car transporting Chinese Premier Li Qiang prepares to leave after his arrival at the Seoul Air Base in Seongnam, Republic of Korea, May 26, 2024." || img.Credit != "VCG" {
				t.Errorf("%s: caption is %q, credit %q", name, img.Caption, img.Credit)
			}
		}
	}
	if captions != 1 {
		t.Errorf("%s: %d captions, want one: %v", name, captions, a.Images)
	}
	return r
}

func TestOpinionDump(t *testing.T) {
	lines, want := seed(t)
	r := checkSeed(t, "dump", Page{Body: []byte(strings.Join(lines, "\n") + "\n")}, want)
	if r.Article.Title != "" || !r.Article.PublishedAt.IsZero() {
		t.Errorf("title %q and date %v are guessed", r.Article.Title, r.Article.PublishedAt)
	}
	labels, err := os.ReadFile(filepath.Join("..", "..", "shared", "seed", "cgtn-opinion.labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(labels)), "\n") {
		var l struct{ Label, Text string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if b := r.Blocks[i]; b.Label.String() != l.Label || b.Text != l.Text || b.Reason == "" {
			t.Errorf("line %d is %s (%s) %q, want %s %q", i+1, b.Label, b.Reason, b.Text, l.Label, l.Text)
		}
	}
}

// The same text in other forms gives the same article.
func TestOpinionDumpInOtherForms(t *testing.T) {
	lines, want := seed(t)
	const first, picture, last = 7, 13, 20 // the first paragraph, the caption, the line after the last paragraph
	esc := func(s string) string { return html.EscapeString(s) }
	wrap := func(lines []string, before, after string) string {
		var sb strings.Builder
		for _, l := range lines {
			sb.WriteString(before + esc(l) + after + "\n")
		}
		return sb.String()
	}
	const head = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"></head>\n<body>\n"
	links := "<ul><li><a href=\"/world\">World</a></li><li><a href=\"/business\">Business</a></li><li><a href=\"/opinions\">Opinions</a></li></ul>"
	teasers := "<h3>Related stories</h3><ul><li><a href=\"/news/1\">Ministers to meet again in autumn</a></li><li><a href=\"/news/2\">Trade between the three neighbours grows</a></li></ul>"
	body := func(from, to int) string { return wrap(lines[from:to], "<p>", "</p>") }
	for name, page := range map[string]string{
		"blank lines between": strings.Join(lines, "\n\n"),
		"Windows line ends":   strings.Join(lines, "\r\n"),
		"indented":            "   " + strings.Join(lines, "\n   "),
		"paragraphs":          head + body(0, len(lines)) + "</body></html>",
		"breaks":              head + "<div>" + wrap(lines, "", "<br><br>") + "</div></body></html>",
		"divisions":           head + wrap(lines, "<div>", "</div>") + "</body></html>",
		"article": head + "<div class=\"cookie\">" + body(0, 1) + "</div><header><nav>" + links + "</nav>" + wrap(lines[1:3], "<span>", "</span><br>") + "</header>" +
			"<main><article><figure><img src=\"/a.jpg\"><figcaption>" + esc(lines[5]) + "</figcaption></figure>" + wrap(lines[6:7], "<p><em>", "</em></p>") +
			body(first, picture) + "<figure><img src=\"/b.jpg\"><figcaption>" + esc(lines[picture]) + "</figcaption></figure>" + body(picture+1, last) +
			wrap(lines[last:], "<p><em>", "</em></p>") + "</article><aside>" + teasers + "</aside></main><footer>" + wrap(lines[3:5], "<p>", "</p>") + "</footer></body></html>",
		"portal": head + "<div class=\"cookie-alert\"><div class=\"txt\">" + esc(lines[0]) + "</div></div><div class=\"lang-m\">" + esc(lines[1]) + "</div><div class=\"nav\">" + links + "</div>" +
			"<div class=\"lang-pc\">" + esc(lines[2]) + "</div><div class=\"content\"><div class=\"top-image\"><img src=\"/a.jpg\"><div class=\"desc\">" + esc(lines[5]) + "</div></div>" +
			"<div id=\"main-content\">" + wrap(lines[6:picture], "<div class=\"text en\"><p>", "</p></div>") +
			"<div class=\"image\"><img src=\"/b.jpg\"><div class=\"image-desc\">" + esc(lines[picture]) + "</div></div>" + wrap(lines[picture+1:], "<div class=\"text en\"><p>", "</p></div>") +
			"</div></div><div class=\"recommend\">" + teasers + "</div><div class=\"foot\">" + wrap(lines[3:5], "<div>", "</div>") + "</div></body></html>",
	} {
		checkSeed(t, name, Page{Body: []byte(page)}, want)
		if undeclared := strings.Replace(page, " lang=\"en\"", "", 1); undeclared != page {
			checkSeed(t, name+", no language declared", Page{Body: []byte(undeclared)}, want)
		}
	}
}

func texts(blocks []block) []string {
	var out []string
	for _, b := range blocks {
		out = append(out, b.text)
	}
	return out
}

// Whatever the text, every line is in one block, in order, with a label and a reason, and cleaning twice is the same.
func FuzzLines(f *testing.F) {
	f.Add("By continuing to browse our site you agree to our use of cookies.\nCHOOSE YOUR LANGUAGE\n/VCG\nThe harbour was closed on Monday.\n")
	f.Add("HARBOUR CLOSED\n\nThe harbour was closed on Monday after a ship ran into\nthe pier and lost most of its cargo of oranges, which\nnow float in the bay.\n")
	f.Add("# Tides\n\nSee the [table](https://a.example/) and **the [other](/b)**.\n\n> High.\n")
	f.Add("   The [1]harbour was [2]closed.\n\nReferences\n\n   1. https://a.example/\n   2. https://a.example/b\n")
	f.Add("The harbour was closed on Monday after a\nship\nran into the pier and lost its\ncargo\n, it was said.\n")
	f.Add("• one\n• two\n– Nei, sa han.\n© 2024\n***\n\u2028\u2029\x0b\x0c\x85")
	f.Add("【関連記事】首相が会見\n港は月曜日に閉鎖された。\n＝ＡＰ")
	f.Fuzz(func(t *testing.T, text string) {
		p := Page{Body: []byte(text), Input: TextInput}
		r, err := Clean(p, Options{})
		if err != nil {
			return
		}
		decoded, _, err := p.text()
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for i, b := range r.Blocks {
			if b.Label == article.Unlabelled || b.Reason == "" {
				t.Fatalf("line %d has label %s and reason %q", i, b.Label, b.Reason)
			}
			got.WriteString(b.Text)
		}
		squeeze := func(s string) string { // controls, which nobody sees, are in no block
			return norm.NFC.String(strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' {
					return -1
				}
				return shown(r)
			}, article.WithoutControls(s)))
		}
		g, w := squeeze(got.String()), squeeze(decoded)
		switch form := formOf(splitRows(decoded)); {
		case form.markdown || form.numbers > 0: // the marks of links are gone
			if !isSubsequence(g, w) {
				t.Fatalf("blocks hold %q, which is not in order in the text %q", g, w)
			}
		case g != w:
			t.Fatalf("blocks hold %q, the text %q", g, w)
		}
		again, err := Clean(p, Options{})
		if err != nil || again.Article.Text != r.Article.Text {
			t.Fatal("a second time gives another article")
		}
	})
}

// isSubsequence reports whether the characters of part stand in whole in this order.
func isSubsequence(part, whole string) bool {
	for _, r := range whole {
		if first, size := utf8.DecodeRuneInString(part); size > 0 && first == r {
			part = part[size:]
		}
	}
	return part == ""
}

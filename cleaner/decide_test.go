package cleaner

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"newsmill/cleaner/article"
)

const (
	firstParagraph = "Am Dienstagabend ging in Harkensiel um 18 Uhr das Licht aus, und die Feuerwehr begann mit ihrer bisher größten Übung am Deich."
	lastParagraph  = "Nach Angaben der Stadt kostete der Abend rund 190.000 Kronen, die Hälfte davon trägt das Land, den Rest teilen sich die Gemeinden."
)

// A line that points elsewhere is stripped, and the prose beside it is not, however the page divides itself.
func TestReadMoreLineStripsNothingElse(t *testing.T) {
	for name, body := range map[string]string{
		"paragraphs of one element": "<div><p>A</p><p>Lesen Sie auch: <a href=/x>Der neue Deich ist fertig</a></p><p>B</p></div>",
		"sibling elements":          "<div class=text-block><p>A</p></div><div class=text-block><p>Lesen Sie auch: <a href=/x>Der neue Deich ist fertig</a></p><p>B</p></div>",
		"after an advertisement":    "<div class=text-block><p>A</p></div><div class=ad>Anzeige</div><div class=text-block><p>Lesen Sie auch: Der neue Deich ist fertig</p><p>B</p></div>",
	} {
		t.Run(name, func(t *testing.T) {
			page := "<html lang=de><title>Sturmflut-Übung</title><body><nav><a href=/h>Hafen</a> <a href=/s>Stadt</a></nav><article><h1>Sturmflut-Übung</h1>" +
				strings.NewReplacer(">A<", ">"+firstParagraph+"<", ">B<", ">"+lastParagraph+"<").Replace(body) + "</article></body></html>"
			r, err := Clean(Page{Body: []byte(page), URL: "https://post.example/stadt/uebung"}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if want := firstParagraph + "\n\n" + lastParagraph; r.Article.Text != want {
				t.Errorf("text is\n%s\nwant\n%s", r.Article.Text, want)
				for _, b := range r.Blocks {
					t.Logf("%-12s %.2f %s: %.60s", b.Label, b.Score, b.Reason, b.Text)
				}
			}
		})
	}
}

// What a site's configuration says goes before everything else.
func TestSiteSelectorsAndPhrases(t *testing.T) {
	page := "<html lang=de><title>Sturmflut-Übung</title><body><div id=story><h1>Sturmflut-Übung</h1><p>" + firstParagraph + "</p><p class=promo>Der Hafenbrief erscheint jeden Freitag und kostet nichts, sagt der Verlag.</p><p>Hochwasser 17.12 Uhr, Niedrigwasser 23.40 Uhr.</p><p>" + lastParagraph + "</p></div><div id=other><p>" + strings.ToUpper(firstParagraph) + "</p></div></body></html>"
	site := Site{Body: "#story", Remove: ".promo", Boilerplate: []Phrase{{ID: "tide-table", Match: "^hochwasser ", Label: article.Interface}}}
	r, err := Clean(Page{Body: []byte(page), URL: "https://post.example/stadt/uebung"}, Options{Site: site})
	if err != nil {
		t.Fatal(err)
	}
	if want := firstParagraph + "\n\n" + lastParagraph; r.Article.Text != want {
		t.Errorf("text is\n%s\nwant\n%s", r.Article.Text, want)
	}
	reasons := map[string]bool{}
	for _, b := range r.Blocks {
		reasons[b.Reason] = true
	}
	for _, want := range []string{"site:remove", "tide-table"} {
		if !reasons[want] {
			t.Errorf("no block was stripped by %s", want)
		}
	}
	for _, bad := range []Site{{Body: "p["}, {Boilerplate: []Phrase{{ID: "x", Match: "("}}}} {
		if _, err := Clean(Page{Body: []byte(page)}, Options{Site: bad}); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

func TestBuiltInModelIsReadable(t *testing.T) {
	if m := defaultModel(); len(m.forest.roots) == 0 {
		t.Error("the built-in model has no trees")
	}
	if _, err := ReadModel(strings.NewReader("something else")); err == nil {
		t.Error("no error for what is no model")
	}
}

// TestForest reads trees as files have them, and those that are none.
func TestForest(t *testing.T) {
	write := func(trees ...any) *bytes.Buffer {
		b := new(bytes.Buffer)
		for _, part := range trees {
			if err := binary.Write(b, binary.LittleEndian, part); err != nil {
				t.Fatal(err)
			}
		}
		return b
	}
	f, err := readForest(write(uint32(3),
		uint16(2), decision{Feature: 1, Left: -1, Right: -2, Split: 0.5}, []float32{-1, 2},
		uint16(1), []float32{7}, // always the same: left out
		uint16(3), []decision{{Feature: 0, Left: 1, Right: -1, Split: 3}, {Feature: 1, Left: -3, Right: -2, Split: -1}}, []float32{10, 20, 30}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ first, second, want float32 }{{4, 0, 9}, {4, 1, 12}, {3, 0, 19}, {3, -1, 29}, {0, 0.5, 19}, {0, 0.6, 22}} {
		x := []float32{c.first, c.second}
		if got := f.sum(x, float32(math.Inf(-1))); got != c.want {
			t.Errorf("sum of %v is %g, want %g", x, got, c.want)
		}
		if got := f.sum(x, c.want); got != c.want {
			t.Errorf("sum of %v is %g where %g is asked for", x, got, c.want)
		}
		if got := f.sum(x, c.want+0.5); got >= c.want+0.5 {
			t.Errorf("sum of %v is %g, more than it can be", x, got)
		}
	}
	for name, file := range map[string]*bytes.Buffer{
		"grown together": write(uint32(1), uint16(3), []decision{{Left: 1, Right: 1}, {Left: -1, Right: -2}}, []float32{1, 2, 3}),
		"a circle":       write(uint32(1), uint16(3), []decision{{Left: 1, Right: -1}, {Left: 0, Right: -2}}, []float32{1, 2, 3}),
		"no such branch": write(uint32(1), uint16(2), decision{Left: 1, Right: -2}, []float32{1, 2}),
		"no such leaf":   write(uint32(1), uint16(2), decision{Left: -1, Right: -3}, []float32{1, 2}),
		"cut off":        write(uint32(1), uint16(2), decision{Left: -1, Right: -2}),
	} {
		if _, err := readForest(file); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

package cleaner

import (
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
	site := article.Site{Body: "#story", Remove: ".promo", Boilerplate: []article.Phrase{{ID: "tide-table", Match: "^hochwasser ", Label: article.Interface}}}
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
	for _, bad := range []article.Site{{Body: "p["}, {Boilerplate: []article.Phrase{{ID: "x", Match: "("}}}} {
		if _, err := Clean(Page{Body: []byte(page)}, Options{Site: bad}); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

func TestBuiltInModelIsReadable(t *testing.T) {
	if m := defaultModel(); m.forest.Trees() == 0 {
		t.Error("the built-in model has no trees")
	}
	if _, err := ReadModel(strings.NewReader("something else")); err == nil {
		t.Error("no error for what is no model")
	}
}

package cleaner

import (
	"strings"
	"testing"
)

// TestShortAnswersStay: a word that phrases know from the page's controls is an answer where it is a paragraph among others.
func TestShortAnswersStay(t *testing.T) {
	for answer, page := range map[string]string{
		"No.":   `<p><b>Will you leave the hall if the council asks you to?</b></p><p>No.</p><p><b>And if the rent goes up again next year?</b></p><p>I would pay it, as my father did, and complain about it to everyone who buys a herring from me.</p>`,
		"Ja.":   `<h3>Bleiben Sie im Hafen, wenn die Pacht im nächsten Jahr steigt?</h3><p>Ja.</p><h3>Und wer soll die Halle dann bezahlen, wenn das Dach undicht ist?</h3><p>Alle, die darin Fisch kaufen, so wie es immer war, seit mein Großvater hier den ersten Stand hatte.</p>`,
		"Oui.":  `<p>Resterez-vous au port si le loyer augmente encore l’an prochain ?</p><p>Oui.</p><p>Et qui paiera la halle, si le toit est à refaire une troisième fois ?</p><p>Tous ceux qui y achètent leur poisson, comme toujours depuis que mon grand-père y tient un étal.</p>`,
		"はい。":   `<p>来年また家賃が上がっても、この港で店を続けるつもりですか。</p><p>はい。</p><p>屋根の修理の費用は、いったい誰が払うべきだと思いますか。</p><p>ここで魚を買う人みんなです。祖父の代からずっとそうでしたし、これからもそうであってほしいと思います。</p>`,
		"Sure.": `<p>Will the hall stay open for the whole of the winter, as it did in other years?</p><p>The mayor has said so twice, and I was there and heard it with my own ears, both times.</p><p>Are you sure that he meant this winter and not the next one?</p><p>Sure.</p>`,
	} {
		r, err := Clean(Page{Body: []byte("<!doctype html><title>A talk in the market hall</title><main><article><h1>A talk in the market hall</h1>" + page + "</article></main>"), URL: "https://post.example/talk"}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains("\n"+r.Article.Text+"\n", "\n"+answer+"\n") {
			t.Errorf("%s is not in\n%s", answer, r.Article.Text)
		}
	}
}

func TestSettingsAreNoText(t *testing.T) {
	for text, want := range map[string]bool{
		`{"layoutMobile": 2, "buttonText": "Buy now", "hidden": false}`: true,
		`[{"id":7,"label":"Ferry"},{"id":8,"label":"Quay"}]`:            true,
		`.box { color: #333; margin: 0 auto; }`:                         true,
		`var slots = {"top": [300, 250], "side": [160, 600]};`:          true,
		`[Correction: the vote was on Tuesday, not on Monday.]`:         false,
		`{The author has lived in Westmere since 1998}`:                 false,
		`[…] as the mayor (who was not asked) put it: “We will see.”]`:  false,
		`#harbour: all that was said on Tuesday; more tomorrow;`:        false,
	} {
		if got := isSettings(text); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

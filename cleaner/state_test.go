package cleaner

import (
	"strings"
	"testing"

	"newsmill/cleaner/script"
)

// TestStateForms reads an article from the forms that frameworks write their data in. {T} stands for its title, {1} to {3} for
// its paragraphs.
func TestStateForms(t *testing.T) {
	paragraphs := []string{
		"Rada města Slanova v úterý rozhodla, že stará rybí tržnice zůstane otevřená ještě další dva roky, a to po debatě, která trvala až do noci.",
		"Prodejci se obávali, že budova na jaře zmizí, protože do ní zatéká a město nemá peníze na novou střechu ani na nový hřeben.",
		"Oprava bude stát asi dva miliony korun, z nichž polovinu zaplatí kraj. Zbytek přinese poplatek za kotviště, který se loni zvýšil.",
	}
	for name, script := range map[string]string{
		"functions of Nuxt 2":           `<script>window.__NUXT__=(function(a,b){return {data:[{post:{title:a,body:[{text:b},{text:"{2}"},{text:"{3}"}]}}]}}("{T}","{1}"));</script>`,
		"older ones":                    `<script>window.__NUXT__=function(a,b){return{data:[{post:{title:a,content:[b,"{2}","{3}"]}}]}}("{T}","{1}");</script>`,
		"arrows":                        `<script>window.__NUXT__=((a,b)=>({data:[{post:{title:a,content:["{1}","{2}",b]}}]}))("{T}","{3}");</script>`,
		"bare keys":                     `<script>window.__INITIAL_STATE__={page:{headline:'{T}',content:[{type:"p",text:"{1}"},{type:"p",text:"{2}"},{type:"p",text:"{3}"}]}};</script>`,
		"escaped for an address":        `<script>window.__STATE__=JSON.parse(decodeURIComponent("%7B%22title%22:%22{T}%22,%22body%22:[%22{1}%22,%22{2}%22,%22{3}%22]%7D"));</script>`,
		"spans of rich text":            `<script id="__NEXT_DATA__" type="application/json">{"post":{"title":"{T}","body":[{"children":[{"text":"Rada města Slanova "},{"text":"v úterý","marks":["b"]},{"text":"{1'}"}]},{"children":[{"text":"{2}"}]},{"children":[{"text":"{3}"}]}]}}</script>`,
		"elements of React":             `<script>self.__next_f.push([1,"3:[\"$\",\"div\",null,{\"children\":[[\"$\",\"h1\",null,{\"children\":\"{T}\"}],[\"$\",\"p\",null,{\"children\":\"{1}\"}],[\"$\",\"p\",null,{\"children\":[\"{2}\"]}],[\"$\",\"p\",null,{\"children\":\"{3}\"}]]}]\n"])</script>`,
		"numbers of places in an array": `<script type="application/json" id="__NUXT_DATA__">[["Reactive",1],{"post":2},{"title":3,"body":4},"{T}",[5,6,7],"{1}","{2}","{3}"]</script>`,
	} {
		fill := strings.NewReplacer("{T}", "Tržnice zůstane otevřená", "{1}", paragraphs[0], "{2}", paragraphs[1], "{3}", paragraphs[2],
			"{1'}", strings.TrimPrefix(paragraphs[0], "Rada města Slanova v úterý"))
		page := `<!doctype html><html lang="cs"><title>Tržnice zůstane otevřená | Slanovské listy</title><div id="app"></div>` + fill.Replace(script)
		r, err := Clean(Page{Body: []byte(page), URL: "https://slanov.example/trznice", ContentType: "text/html; charset=utf-8"}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Join(paragraphs, "\n\n"); r.Article.Text != want {
			t.Errorf("%s: got %q, want %q", name, r.Article.Text, want)
		}
	}
}

func TestFolding(t *testing.T) {
	texts := []string{"", " ", "Tide & Mud", "Tide &amp; Mud", "tide  mud", " Tide Mud", "Tide Mud ", "Tide\u00a0Mud", "tidemud2", "TIDE—MUD", "İs", "\xff tide", "潮", "tide\tmud", strings.Repeat("tide ", 130)}
	for _, s := range texts {
		if got, want := script.Fold(s), strings.Join(strings.Fields(s), " "); got != want {
			t.Errorf("fold(%q) is %q, want %q", s, got, want)
		}
		for _, other := range texts {
			if folded := foldTitle(other); foldsTo(s, folded) != (foldTitle(s) == folded) {
				t.Errorf("foldsTo(%q, %q) is not what foldTitle says", s, folded)
			}
		}
	}
}

// TestParagraphsOf reads texts from data as a reader would see them.
func TestParagraphsOf(t *testing.T) {
	for text, want := range map[string]string{
		"<p>900 m<sup>2</sup> of CO<sub>2</sub></p><p>1<sup>er</sup> mai</p>":           "900 m² of CO₂|1er mai",
		"<p><ruby>汐見<rp>(</rp><rt>しおみ</rt><rp>)</rp></ruby>の<ruby>港<rt>みなと</ruby>町</p>": "汐見の港町",
		"<p><ruby><rb>魚<rt>うお<rb>市<rt>いち</ruby>が</p><p>開く</p>":                          "魚市が|開く",
		"One.<br><br>Two.<br>Three.": "One.|Two. Three.",
		"One.\n\nTwo\nlines.":        "One.|Two lines.",
	} {
		if got := strings.Join(paragraphsOf(text), "|"); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

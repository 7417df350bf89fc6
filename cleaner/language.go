package cleaner

import (
	"golang.org/x/net/html/atom"
	"golang.org/x/text/language"

	"newsmill/cleaner/article"
	"newsmill/cleaner/langid"
)

// lang returns the primary subtag of the language that the page declares: "pt" of "pt-BR".
func (ev *evidence) lang() string {
	tag := ev.doc.lang
	if tag == "" {
		tag = ev.said(metaLanguage)
	}
	return langid.Primary(tag)
}

// languageOf chooses the language of the article: what the page declares, unless its text is plainly in another.
// Templates declare "en" around any language.
func (ev *evidence) languageOf(text string) (best article.Value, rest []article.Value) {
	var declared []article.Value
	add := func(tag, source string) {
		if t := langid.Canonical(tag); t != "" {
			declared = append(declared, article.Value{Value: t, Source: source})
		}
	}
	add(ev.ld.article.Get("inLanguage").First().String(), "jsonld:inLanguage")
	if own := ev.articleLang(); own != "" {
		add(own, "lang")
	}
	add(ev.doc.lang, "html:lang")
	for _, m := range ev.meta[metaLanguage] {
		if m.Source == "meta:og:locale" { // needs a country, so one is made up
			add(langid.Primary(m.Value.Value), m.Source)
			continue
		}
		add(m.Value.Value, m.Source)
	}
	tags := make([]string, len(declared))
	for i, v := range declared {
		tags[i] = langid.Primary(v.Value)
	}
	detected, sure := langid.Detect(text, tags)
	if len(declared) > 1 && declared[0].Source == "jsonld:inLanguage" && langid.Primary(declared[0].Value) == langid.Primary(declared[1].Value) && len(declared[1].Value) > len(declared[0].Value) {
		declared[0], declared[1] = declared[1], declared[0] // "de-AT" says more than "de"
	}
	told := ""
	if detected == "" || langid.HasAlike(detected) {
		told = langid.TellApart(text)
	}
	if told != "" && (detected == "" || langid.Same(told, detected)) { // Ukrainian where the template says Russian
		for i, v := range declared {
			if langid.Primary(v.Value) == told {
				return v, append(append(rest, declared[:i]...), declared[i+1:]...)
			}
		}
		return article.Value{Value: told, Source: "text"}, declared
	}
	if detected == "" {
		return firstPlausible(declared, func(string) bool { return true })
	}
	for i, v := range declared {
		if langid.Same(langid.Primary(v.Value), detected) {
			rest = append(append(rest, declared[:i]...), declared[i+1:]...)
			return v, rest
		}
	}
	if sure || len(declared) == 0 {
		return article.Value{Value: detected, Source: "text"}, declared
	}
	return declared[0], append([]article.Value{{Value: detected, Source: "text"}}, declared[1:]...)
}

// articleLang returns the lang attribute of the element that holds the title, or of one around it, below <html>.
func (ev *evidence) articleLang() string {
	at := ev.titleBlock()
	if at < 0 || ev.doc.blocks[at].el < 0 {
		return ""
	}
	for n := ev.doc.element(ev.doc.blocks[at].el).node; n != nil && n.Parent != nil && n.Parent.Parent != nil; n = n.Parent {
		if l := attr(n, "lang"); l != "" && n.Data != "html" {
			return l
		}
	}
	return ""
}

// nameLanguages notes the language of the body's blocks that are not in the article's: quotations, songs, the other half
// of a bilingual page. Markup is believed unless the words speak for the article's language.
func (ev *evidence) nameLanguages(lang string) {
	own := langid.Primary(lang)
	if own == "" {
		return
	}
	script, _ := language.Make(own).Script()
	isLatin := script.String() == "Latn"
	var ownBits uint64
	for i, tag := range langid.Languages {
		if langid.Same(tag, own) {
			ownBits |= 1 << i
		}
	}
	stated := ev.doc.declaredLangs()
	for i := range ev.doc.blocks {
		b := &ev.doc.blocks[i]
		if b.label.Class() != article.Body || len(b.text) < 24 {
			continue
		}
		found := langid.ForeignWords(b.text, own, ownBits, isLatin)
		if ev.doc.raw.langs == 0 {
			b.lang = found
			continue
		}
		declared := ""
		if b.el >= 0 && stated[b.el] >= 0 {
			declared = langid.Canonical(attr(ev.doc.element(stated[b.el]).node, "lang"))
		}
		switch {
		case declared == "" || langid.Same(langid.Primary(declared), own):
			b.lang = found
		case found != "" && !langid.Same(found, langid.Primary(declared)):
			b.lang = found
		case found != "" || !langid.Speaks(b.text, ownBits):
			b.lang = declared
		}
	}
}

// declaredLangs returns for each element the nearest one at or above it, below <html>, that has a lang attribute; -1: none.
func (d *document) declaredLangs() []int32 {
	if d.raw.langs == 0 {
		return nil
	}
	at := make([]int32, len(d.elements))
	for i := range at {
		e := d.element(int32(i))
		at[i] = -1
		if e.tag == atom.Html {
			continue
		}
		if e.parent >= 0 {
			at[i] = at[e.parent]
		}
		if attr(e.node, "lang") != "" {
			at[i] = int32(i)
		}
	}
	return at
}

package cleaner

import (
	_ "embed"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/abadojack/whatlanggo"
	"golang.org/x/text/language"
)

// lang returns the primary subtag of the language that the page declares: "pt" of "pt-BR".
func (ev *evidence) lang() string {
	tag := ev.doc.lang
	if tag == "" {
		tag = ev.said(metaLanguage)
	}
	return primarySubtag(tag)
}

func primarySubtag(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(tag))
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	return tag
}

// languageOf chooses the language of the article: what the page declares, unless its text is plainly in another.
// Templates declare "en" around any language.
func (ev *evidence) languageOf(text string) (best Value, rest []Value) {
	var declared []Value
	add := func(tag, source string) {
		if t := canonicalTag(tag); t != "" {
			declared = append(declared, Value{t, source})
		}
	}
	add(ev.ld.article.get("inLanguage").first().string(), "jsonld:inLanguage")
	if own := ev.articleLang(); own != "" {
		add(own, "lang")
	}
	add(ev.doc.lang, "html:lang")
	for _, m := range ev.meta[metaLanguage] {
		if m.Source == "meta:og:locale" { // needs a country, so one is made up
			add(primarySubtag(m.Value.Value), m.Source)
			continue
		}
		add(m.Value.Value, m.Source)
	}
	if len(declared) > 1 && declared[0].Source == "jsonld:inLanguage" && primarySubtag(declared[0].Value) == primarySubtag(declared[1].Value) && len(declared[1].Value) > len(declared[0].Value) {
		declared[0], declared[1] = declared[1], declared[0] // "de-AT" says more than "de"
	}
	if len(declared) > 0 && isPlainly(primarySubtag(declared[0].Value), text) {
		return declared[0], declared[1:] // most pages: to count trigrams takes longer than to parse
	}
	detected, sure := detectLanguage(text)
	if detected == "" {
		return firstPlausible(declared, func(string) bool { return true })
	}
	for i, v := range declared {
		if sameLanguage(primarySubtag(v.Value), detected) {
			rest = append(append(rest, declared[:i]...), declared[i+1:]...)
			return v, rest
		}
	}
	if sure || len(declared) == 0 {
		return Value{detected, "text"}, declared
	}
	return declared[0], append([]Value{{detected, "text"}}, declared[1:]...)
}

// articleLang returns the lang attribute of the element that holds the title, or of one around it, below <html>.
func (ev *evidence) articleLang() string {
	at := ev.titleBlock()
	if at < 0 || ev.doc.blocks[at].el < 0 {
		return ""
	}
	for n := ev.doc.elements[ev.doc.blocks[at].el].node; n != nil && n.Parent != nil && n.Parent.Parent != nil; n = n.Parent {
		if l := attr(n, "lang"); l != "" && n.Data != "html" {
			return l
		}
	}
	return ""
}

// canonicalTag writes a declaration as BCP 47: "pt_BR" as "pt-BR"; "" for what is none ("English", "x").
func canonicalTag(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, ",;."); i >= 0 {
		s = s[:i]
	}
	if len(s) < 2 || len(s) > 20 {
		return ""
	}
	t, err := language.Parse(strings.ReplaceAll(s, "_", "-"))
	if err != nil || t == language.Und {
		return ""
	}
	base, _ := t.Base()
	if region, known := t.Region(); known == language.Exact && !strings.Contains(" en es pt zh ", " "+base.String()+" ") { // these are written differently
		if usual, _ := language.Make(base.String()).Region(); usual == region { // "fr-FR" says no more than "fr"
			if script, known := t.Script(); known != language.Exact {
				return base.String()
			} else if t, err = language.Compose(base, script); err != nil {
				return base.String()
			}
		}
	}
	return t.String()
}

// sameLanguage reports whether two primary subtags are of one language, or of two that a detector can't tell apart.
func sameLanguage(a, b string) bool {
	if a == b {
		return true
	}
	for _, group := range [...]string{"no nb nn da", "id ms", "hr sr bs sh me", "fa prs", "zu xh ss nr", "cs sk", "az tr", "hi mr ne", "ru uk be bg mk", "af nl", "fil tl", "pt gl", "es gl ca", "ur pa", "ku ckb", "zh yue wuu", "st nso tn", "rw rn"} {
		list := " " + group + " "
		if strings.Contains(list, " "+a+" ") && strings.Contains(list, " "+b+" ") {
			return true
		}
	}
	return false
}

//go:embed lexicon/stopwords.txt
var stopWordText string

// stopWords are the most frequent words of languages, with the languages of each as bits in the order of stopLanguages.
var stopWords, stopLanguages = func() (map[string]uint32, []string) {
	words, languages := map[string]uint32{}, []string(nil)
	for line := range lexiconLines(stopWordText) {
		lang, list, _ := strings.Cut(line, ":")
		for _, w := range strings.Fields(list) {
			words[w] |= 1 << len(languages)
		}
		languages = append(languages, lang)
	}
	return words, languages
}()

// isPlainly reports whether a text is beyond doubt in a language: a sixth of its first words are among the language's
// most frequent, and fewer among those of every other. Of 640 pages it is sure of 587.
func isPlainly(lang, text string) bool {
	const sample = 150
	own := slices.Index(stopLanguages, lang)
	if own < 0 {
		return false
	}
	var hits [32]int
	words, start := 0, -1
	for i := 0; i < len(text) && words < sample; i++ {
		c := text[i]
		isLetter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
		switch {
		case isLetter && start < 0:
			start = i
		case !isLetter && start >= 0:
			words++
			if i-start <= 12 {
				for set := stopWords[text[start:i]]; set != 0; set &= set - 1 {
					hits[bits.TrailingZeros32(set)]++
				}
			}
			start = -1
		}
	}
	if words < sample/2 || 6*hits[own] < words {
		return false
	}
	for l, n := range hits {
		if l != own && 10*n > 9*hits[own] && !sameLanguage(stopLanguages[l], lang) {
			return false
		}
	}
	return true
}

// detectLanguage tells the language of a text by its script and trigrams; sure is false where it may well be another.
func detectLanguage(text string) (tag string, sure bool) {
	const enough = 1500 // bytes
	if len(text) > enough {
		from := len(text) / 10
		text = strings.ToValidUTF8(text[from:from+min(enough, len(text)-from)], "")
	}
	var kana, hangul, han, letters int
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r):
			continue
		case r >= 0x3040 && r <= 0x30ff:
			kana++
		case r >= 0xac00 && r <= 0xd7a3:
			hangul++
		case r >= 0x4e00 && r <= 0x9fff:
			han++
		}
		letters++
	}
	switch {
	case letters < 20:
		return "", false
	case kana*10 > letters:
		return "ja", true
	case hangul*3 > letters:
		return "ko", true
	case han*3 > letters:
		return "zh", true
	}
	info := whatlanggo.Detect(text)
	code := info.Lang.Iso6391()
	if code == "" {
		return "", false
	}
	return code, letters > 300 && info.Confidence > 0.9
}

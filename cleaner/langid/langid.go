// Package langid tells which language a text is in, and puts what pages declare into BCP 47. Few words are told by their stop words, more by
// whatlanggo, languages that are much alike by the words that only one of them has.
package langid

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/abadojack/whatlanggo"
	"golang.org/x/text/language"

	"newsmill/cleaner/lexicon"
	"newsmill/cleaner/script"
)

// Primary returns the language of a tag, without script and country: "de" of "de-AT".
func Primary(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(script.Cut(tag, maxTagBytes)))
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	return tag
}

// alikes are groups of like languages that their commonest words tell apart.
var alikes = [...]string{"es ca gl pt", "cs sk", "ru uk be bg mk"}

// toldWords are the words of its own that a text must have of one language of a group, fourfold those of each other.
const toldWords = 5

// TellApart returns the one of a group of like languages that a text is plainly in: by letters that only one has, or by
// words that of their group only one has among its commonest; "" where it is in doubt, or in none of them.
func TellApart(text string) string {
	if tag := cyrillicLanguage(text); tag != "" {
		return tag
	}
	var own [len(alikes)][64]int // by group and language
	for w := range strings.FieldsFuncSeq(text, isNoWord) {
		mask := stopwordBits(w)
		if mask == 0 || len(w) < 2 {
			continue
		}
		for i, group := range alikeBits {
			if one := mask & group; one != 0 && one&(one-1) == 0 {
				own[i][bits.TrailingZeros64(one)]++
			}
		}
	}
	for _, hits := range own {
		best, second := 0, 0
		for i, n := range hits {
			switch {
			case n > hits[best]:
				best, second = i, hits[best]
			case i != best:
				second = max(second, n)
			}
		}
		if hits[best] >= toldWords && hits[best] >= 4*second {
			return Languages[best]
		}
	}
	return ""
}

// HasAlike reports whether a language is one of the alikes, or may be taken for one.
func HasAlike(tag string) bool {
	for _, list := range alikes {
		for one := range strings.FieldsSeq(list) {
			if Same(tag, one) {
				return true
			}
		}
	}
	return false
}

// alikeBits are the alikes as bits of stopwordLanguages.
var alikeBits = func() (groups [len(alikes)]uint64) {
	for i, list := range alikes {
		for j, tag := range Languages {
			if strings.Contains(" "+list+" ", " "+tag+" ") {
				groups[i] |= 1 << j
			}
		}
	}
	return groups
}()

// cyrillicLanguage tells languages in Cyrillic script apart by letters that only one of them has; "" where there are
// too few, or letters of others.
func cyrillicLanguage(text string) string {
	var ukrainian, dotted, belarusian, russian, hard, macedonian, others int
	for _, r := range text {
		if r < 0x400 || r > 0x52f {
			continue
		}
		switch unicode.ToLower(r) {
		case 'ї', 'є', 'ґ':
			ukrainian++
		case 'і':
			dotted++
		case 'ў':
			belarusian++
		case 'ы', 'э', 'ё':
			russian++
		case 'ъ':
			hard++
		case 'ѓ', 'ќ', 'ѕ':
			macedonian++
		case 'ә', 'ғ', 'қ', 'ң', 'ө', 'ұ', 'ү', 'һ', 'ҳ', 'ҷ', 'ӣ', 'ӯ', 'ђ', 'ћ', 'ј':
			others++
		}
	}
	switch {
	case macedonian > 1 && russian+dotted == 0:
		return "mk"
	case others > 0:
		return ""
	case belarusian > 1 && dotted > 0 && ukrainian == 0:
		return "be"
	case ukrainian > 1 && dotted > 1 && (dotted+ukrainian) > 8*russian:
		return "uk"
	case russian > 3 && dotted+ukrainian+belarusian == 0:
		return "ru"
	case hard > 3 && russian+dotted == 0:
		return "bg"
	}
	return ""
}

// maxTagBytes of a declaration are looked at: a list of languages names the page's first.
const maxTagBytes = 200

// Canonical writes a declaration as BCP 47: "pt_BR" as "pt-BR"; "" for what is none ("English", "x").
func Canonical(s string) string {
	s = strings.TrimSpace(script.Cut(s, maxTagBytes))
	if i := strings.IndexAny(s, ",;."); i >= 0 {
		s = s[:i]
	}
	if len(s) < 2 || len(s) > 20 {
		return ""
	}
	if len(s) == 2 && stopwordTags[s] { // most are so, and the parse is long
		return s
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

// Same reports whether two primary subtags are of one language, or of two that a detector can't tell apart.
func Same(a, b string) bool { return a == b || languageGroups[a]&languageGroups[b] != 0 }

// languageGroups holds the groups of like languages that each is in, as bits.
var languageGroups = func() map[string]uint32 {
	groups := map[string]uint32{}
	for i, list := range [...]string{"no nb nn da", "id ms", "hr sr bs sh me", "fa prs", "zu xh ss nr", "cs sk", "az tr", "hi mr ne", "ru uk be bg mk", "af nl", "fil tl", "pt gl", "es gl ca", "ur pa", "ku ckb", "zh yue wuu", "st nso tn", "rw rn"} {
		for tag := range strings.FieldsSeq(list) {
			groups[tag] |= 1 << i
		}
	}
	return groups
}()

// Languages are the languages of the list, stopwords the languages of each word, as bits.
var Languages, stopwords = func() (languages []string, words map[string]uint64) {
	words = map[string]uint64{}
	for line := range lexicon.Lines("stopwords") {
		tag, list, _ := strings.Cut(line, ": ")
		for _, w := range strings.Fields(list) {
			words[w] |= 1 << len(languages)
		}
		languages = append(languages, tag)
	}
	return languages, words
}()

// stopwordBits returns the languages that a word, in any case, is among the commonest of.
func stopwordBits(word string) uint64 {
	if mask, ok := stopwords[word]; ok {
		return mask
	}
	var lower [24]byte // the usual word is of ASCII and not long: no garbage for it
	changed := false
	for i := range len(word) {
		c := word[i]
		if c >= utf8.RuneSelf || i == len(lower) {
			return stopwords[strings.ToLower(word)]
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
			changed = true
		}
		lower[i] = c
	}
	if !changed {
		return 0
	}
	return stopwords[string(lower[:len(word)])]
}

// stopwordTags are the languages of the list.
var stopwordTags = func() map[string]bool {
	m := map[string]bool{}
	for _, tag := range Languages {
		m[tag] = true
	}
	return m
}()

// scripts that one language of the news is written in, by the first letter of the script's block.
var scripts = []struct {
	from, to rune
	tag      string
}{
	{0x370, 0x3ff, "el"},
	{0x530, 0x58f, "hy"},
	{0x590, 0x5ff, "he"},
	{0x980, 0x9ff, "bn"},
	{0xa00, 0xa7f, "pa"},
	{0xa80, 0xaff, "gu"},
	{0xb00, 0xb7f, "or"},
	{0xb80, 0xbff, "ta"},
	{0xc00, 0xc7f, "te"},
	{0xc80, 0xcff, "kn"},
	{0xd00, 0xd7f, "ml"},
	{0xd80, 0xdff, "si"},
	{0xe00, 0xe7f, "th"},
	{0xe80, 0xeff, "lo"},
	{0x1000, 0x109f, "my"},
	{0x10a0, 0x10ff, "ka"},
	{0x1200, 0x137f, "am"},
	{0x1780, 0x17ff, "km"},
	{0x3040, 0x30ff, "ja"},
	{0xac00, 0xd7a3, "ko"},
}

// Detect tells the language of a text by its script, its commonest words, and trigrams where those say too
// little. It prefers one of the declared languages where the words allow it; sure is false where it may be another.
func Detect(text string, declared []string) (tag string, sure bool) {
	const enough = 800 // bytes
	if len(text) > enough {
		from := len(text) / 10
		text = strings.ToValidUTF8(text[from:from+min(enough, len(text)-from)], "")
	}
	var byScript [32]int
	letters, han := 0, 0
	for _, r := range text {
		if r < utf8.RuneSelf {
			if r|0x20 >= 'a' && r|0x20 <= 'z' {
				letters++
			}
			continue
		}
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if r >= 0x4e00 && r <= 0x9fff {
			han++
			continue
		}
		if r < 0x370 || r >= 0x400 && r < 0x530 {
			continue
		}
		for i := range scripts {
			if r >= scripts[i].from && r <= scripts[i].to {
				byScript[i]++
				break
			}
		}
	}
	if letters < 20 {
		return "", false
	}
	for i := range scripts {
		if share := byScript[i] * 10; share > letters*3 || scripts[i].tag == "ja" && share > letters {
			return scripts[i].tag, true
		}
	}
	if han*3 > letters {
		return "zh", true
	}
	var hits [64]int
	words := 0
	for w := range strings.FieldsFuncSeq(text, isNoWord) {
		words++
		mask := stopwordBits(w)
		for ; mask != 0; mask &= mask - 1 {
			hits[bits.TrailingZeros64(mask)]++
		}
	}
	best, second := 0, 0
	for i := range Languages {
		if hits[i] > hits[best] {
			best = i
		}
	}
	for i := range Languages {
		if i != best && hits[i] > second && !Same(Languages[i], Languages[best]) {
			second = hits[i]
		}
	}
	for _, d := range declared {
		for i, tag := range Languages {
			if hits[i]*10 >= hits[best]*7 && hits[i]*20 > words && Same(tag, d) {
				return d, true
			}
		}
	}
	if hits[best]*10 > words && hits[best]*2 > second*3 {
		return Languages[best], words > 40
	}
	info := whatlanggo.Detect(text)
	code := info.Lang.Iso6391()
	if code == "" || info.Confidence == 0 { // of languages at the same distance, whatlanggo names any
		return "", false
	}
	return code, letters > 300 && info.Confidence > 0.9
}

// Speaks reports whether many of a text's first words are among the commonest of the languages.
func Speaks(text string, languages uint64) bool {
	const most = 16 // words
	words, hits := 0, 0
	for w := range strings.FieldsFuncSeq(text, isNoWord) {
		mask := stopwordBits(w)
		if mask&languages != 0 {
			hits++
		}
		if words++; words == most || hits*6 >= most {
			break
		}
	}
	return hits*6 >= words
}

func isNoWord(r rune) bool {
	if r < utf8.RuneSelf {
		return (r|0x20 < 'a' || r|0x20 > 'z') && r != '\''
	}
	return !unicode.IsLetter(r) && !unicode.IsMark(r)
}

// ForeignWords returns the language of a text that is plainly not in the article's; "" where it may be.
func ForeignWords(text, own string, ownBits uint64, isLatin bool) string {
	if ownBits != 0 && Speaks(text, ownBits) {
		return ""
	}
	letters, wide := 0, 0 // letters of other scripts than Latin
	for _, r := range text[:min(len(text), 400)] {
		if r < utf8.RuneSelf {
			if r|0x20 >= 'a' && r|0x20 <= 'z' {
				letters++
			}
		} else if unicode.IsLetter(r) {
			letters++
			if r >= 0x370 && r != utf8.RuneError {
				wide++
			}
		}
	}
	if wide*5 > letters*3 {
		if tag, sure := Detect(text, []string{own}); (sure || isLatin) && !Same(tag, own) {
			return tag
		}
		return ""
	}
	if wide*5 > letters {
		return ""
	}
	var hits [64]int
	words, ours := 0, 0
	for w := range strings.FieldsFuncSeq(text, isNoWord) {
		mask := stopwordBits(w)
		if len(w) == 1 { // "a", "s" and "i" are words of many languages, and formulas
			mask = 0
		}
		if mask&ownBits != 0 {
			ours++
		}
		for ; mask != 0; mask &= mask - 1 {
			hits[bits.TrailingZeros64(mask)]++
		}
		if words++; words == 80 {
			break
		}
	}
	best := 0
	for i := range Languages {
		if hits[i] > hits[best] {
			best = i
		}
	}
	second := 0
	for i := range Languages {
		if hits[i] > second && !Same(Languages[i], Languages[best]) {
			second = hits[i]
		}
	}
	// Eight words: fewer are a title or a name, which an article quotes without changing its language.
	if words < 8 || hits[best] < 2*ours+3 || hits[best]*2 < second*3 || Same(Languages[best], own) ||
		hits[best]*4 < words && (ours > 0 || hits[best] < 4 || hits[best]*6 < words) {
		return ""
	}
	return Languages[best]
}

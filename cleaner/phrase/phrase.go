// Package phrase knows what newsrooms all over the world write around their articles, as data in <language>.rules.
//
// A line "label.language.slug = pattern" is a rule; lines that begin with "+" and "-" after it are texts that it must
// and must not match. Patterns are RE2 and see a block as [Fold] leaves it: lower case, white space folded,
// quotes and dashes plain, decoration at both ends gone. They must begin with ^; those that also end with $ match
// whole blocks, the others whatever goes on.
//
// A page has hundreds of blocks and the packs thousands of phrases, so no pattern is tried unless the block begins
// (or ends) with one of the literals that the pattern needs there: a walk down a trie finds them all at once. Most
// rules are nothing but literals; they never reach a regular expression.
package phrase

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"newsmill/cleaner/article"
	"newsmill/cleaner/script"
)

//go:embed *.rules
var ruleFiles embed.FS

// Rule is a phrase that tells what a block is.
type Rule struct {
	ID      string // "cookie-notice.en.agree"
	Label   article.Label
	Lang    string // "any": every language
	pattern string // folded
	line    string // file:line, for messages

	Open bool // matches whatever follows
	long bool // open, and allowed on blocks of any length

	must, mustNot []string
}

const (
	maxPhraseRunes = 160 // longer blocks are prose; only rules for labels in longLabels look at their beginning
	boundLiteral   = 8   // what is found by a shorter literal than this many bytes counts in its own language only
	maxLiterals    = 64  // that lead to one pattern
)

// LongLabels are the labels of blocks that are long by nature and known by how they begin.
var LongLabels = [article.LabelCount]bool{
	article.CookieNotice: true, article.EditorsNote: true, article.Correction: true, article.Disclaimer: true, article.Contact: true, article.AISummary: true,
	article.Newsletter: true, article.Copyright: true, article.SignOff: true, article.Hotline: true, article.Follow: true, article.PaywallNotice: true,
	article.Embed: true, article.MediaPlayer: true, article.Licence: true, article.AppPromo: true, article.Comment: true, article.AuthorBio: true,
}

// phrasebook is a pack of rules with the tries that lead to them.
type phrasebook struct {
	Lang     string
	rules    []Rule
	branches []branchOf
	forward  trie // by how a block begins
	back     trie // by how it ends
}

// branchOf is one of the alternatives that a rule's pattern splits into.
type branchOf struct {
	Rule  int32
	needs []byte                // see neededIn
	match func() *regexp.Regexp // compiled when first needed
}

// matches reports whether the pattern matches a folded block. Nine in ten blocks that lead to a pattern don't have the
// words that it needs further on, and finding that out takes a tenth of trying the pattern.
func (b *branchOf) matches(text []byte) bool {
	for lists := b.needs; len(lists) > 0; {
		var list []byte
		list, lists, _ = bytes.Cut(lists, endOfList)
		if !containsOne(text, list) {
			return false
		}
	}
	return b.match().Match(text)
}

// containsOne reports whether text has one of a list of literals.
func containsOne(text, list []byte) bool {
	for len(list) > 0 {
		var literal []byte
		literal, list, _ = bytes.Cut(list, endOfLiteral)
		if bytes.Contains(text, literal) {
			return true
		}
	}
	return false
}

// phrasebooks holds the built-in packs by language, each read when a page first needs it.
var phrasebooks = func() map[string]func() *phrasebook {
	names, err := fs.Glob(ruleFiles, "*.rules")
	if err != nil {
		panic(err) // the pattern is constant
	}
	books := map[string]func() *phrasebook{}
	for _, name := range names {
		books[packLanguage(name)] = sync.OnceValue(func() *phrasebook {
			book, err := readRules(ruleFiles, name)
			if err != nil {
				panic(err) // embedded files: a test reads them all
			}
			return book
		})
	}
	return books
}()

func packLanguage(name string) string { return strings.TrimSuffix(path.Base(name), ".rules") }

// Matcher finds the rules that match the blocks of one page.
type Matcher struct {
	Lang  string
	packs []*phrasebook               // for blocks in the page's own script, and for Latin ones
	other [script.Count][]*phrasebook // for blocks in other scripts
	buf   []byte
}

// scriptPacks are the languages whose phrases a block in a script is compared with, whatever the page's language: a
// page in English may end with a licence in Chinese.
var scriptPacks = [script.Count][]string{
	script.Cyrillic: {"ru", "uk", "bg"}, script.Arabic: {"ar", "fa"}, script.Han: {"zh", "ja"}, script.Kana: {"ja"}, script.Hangul: {"ko"}, script.Hebrew: {"he"}, script.Greek: {"el"},
	script.Thai: {"th"}, script.Devanagari: {"hi"},
}

// NewMatcher returns a matcher for a page in a language (BCP 47, "" unknown).
func NewMatcher(lang string) *Matcher {
	m := &Matcher{Lang: ruleLanguage(lang), buf: make([]byte, 0, 1024)}
	names := []string{m.Lang, "any", "en"}
	if phrasebooks[m.Lang] == nil { // unknown: the languages of most pages
		names = []string{"any", "en", "de", "fr", "es", "pt", "it"}
	}
	m.packs = appendPacks(nil, names)
	return m
}

// appendPacks appends the packs of languages that are not there yet.
func appendPacks(packs []*phrasebook, langs []string) []*phrasebook {
	for _, lang := range langs {
		if load := phrasebooks[lang]; load != nil && !slices.Contains(packs, load()) {
			packs = append(packs, load())
		}
	}
	return packs
}

// packsFor returns the packs that a folded block is compared with.
func (m *Matcher) packsFor(folded []byte) []*phrasebook {
	s := scriptOf(folded)
	if s == script.LatinOrNone {
		return m.packs
	}
	if m.other[s] == nil {
		m.other[s] = appendPacks(slices.Clone(m.packs), scriptPacks[s])
	}
	return m.other[s]
}

// scriptOf returns the script of the first letter that is not Latin.
func scriptOf(folded []byte) script.Script {
	for i := 0; i < len(folded); {
		if folded[i] < 0xc8 { // up to U+01FF all is Latin or no letter
			i++
			continue
		}
		r, size := utf8.DecodeRune(folded[i:])
		if s := script.Of(r); s != script.LatinOrNone {
			return s
		}
		i += size
	}
	return script.LatinOrNone
}

// ruleLanguage returns the name of the rule file for a language.
func ruleLanguage(lang string) string {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	base, _, _ = strings.Cut(base, "_")
	switch base {
	case "nb", "nn":
		return "no"
	case "iw":
		return "he"
	case "in", "ms", "msa", "zsm":
		return "id"
	case "bs", "sh", "sr", "cnr":
		return "hr"
	case "zho", "cmn", "yue":
		return "zh"
	}
	return base
}

const (
	maxParts = 6
	maxPlace = 30 // bytes of the place before a date
)

// MatchParts returns the rule that matches the first line of a block that holds nothing but phrases, each on a line of its
// own or between bars: "By Ann Bee / Port Anna, 20 April 2026", "Print | Send to a friend".
func (m *Matcher) MatchParts(text string) *Rule {
	if len(text) > maxPhraseRunes {
		return nil
	}
	separator := "\n"
	if strings.IndexByte(text, '\n') < 0 {
		if separator = " | "; !strings.Contains(text, separator) {
			return nil
		}
	}
	var first *Rule
	parts := 0
	for part := range strings.SplitSeq(text, separator) {
		r := m.Match(part)
		if r == nil {
			if place, day, _ := strings.Cut(part, ", "); len(place) <= maxPlace {
				if r = m.Match(day); r != nil && r.Label != article.Date {
					r = nil
				}
			}
		}
		if parts++; r == nil || r.Open || r.Label.Class() == article.Body || parts > maxParts {
			return nil
		}
		if first == nil {
			first = r
		}
	}
	return first
}

// Match returns the rule that matches the block best, nil if none does.
func (m *Matcher) Match(text string) *Rule {
	var whole bool
	m.buf, whole = Fold(m.buf[:0], text, maxPhraseRunes)
	if len(m.buf) == 0 {
		return nil
	}
	var best *Rule
	literal := int16(-1)
	for _, book := range m.packsFor(m.buf) {
		consider := func(h *hit) {
			if h.literal <= literal || h.bound && book.Lang != m.Lang || !whole && !h.long {
				return
			}
			if b := &book.branches[h.branch]; h.kind == hitOpen || h.kind == hitEnd || b.matches(m.buf) {
				best, literal = &book.rules[b.Rule], h.literal
			}
		}
		book.forward.walk(m.buf, false, consider)
		if whole {
			book.back.walk(m.buf, true, consider)
		}
	}
	return best
}

// Fold appends the form of text that patterns see: lower case, each run of white space one space, typographic
// quotes, dashes, full-width and presentation forms plain, accents of Greek capitals and marks of Arabic gone,
// decoration at both ends gone ("▶ Read more:" is "read more"). whole is false if it was cut at maxRunes.
func Fold(dst []byte, text string, maxRunes int) (out []byte, whole bool) {
	runes, space := 0, false
	for i, r := range text {
		if runes == 0 && decoration(r) {
			continue
		}
		if runes >= maxRunes {
			return trimPhrase(dst), strings.TrimSpace(text[i:]) == ""
		}
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
		} else if r = foldRune(r); r < 0 {
			continue
		}
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' {
			space = true
			continue
		}
		if space {
			dst = append(dst, ' ')
			runes++
			space = false
		}
		if r < utf8.RuneSelf {
			dst = append(dst, byte(r))
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		runes++
	}
	return trimPhrase(dst), true
}

// trimPhrase takes decoration and full stops off the end.
func trimPhrase(b []byte) []byte {
	for len(b) > 0 {
		r, size := utf8.DecodeLastRune(b)
		if r != '.' && r != '!' && r != '。' && r != '।' && r != ']' && !decoration(r) {
			break
		}
		b = b[:len(b)-size]
	}
	return b
}

// decoration reports whether a sign at the edge of a block is ornament.
func decoration(r rune) bool {
	if r < utf8.RuneSelf {
		return r <= ' ' || strings.IndexByte("|*-<>[:_~=^", byte(r)) >= 0
	}
	switch r {
	case '©', '®', '™', '℗':
		return false
	case '•', '·', '–', '—', '―', '»', '›', '«', '‹', '…', '【', '】', '［', '］', '：', '・', '※', '〉', '〈', '》', '《', '\u00a0', '\u200b', '\ufeff', '\u3000', '\ufe0f', '\u200d', '\u200e', '\u200f':
		return true
	}
	return r >= 0x2000 && unicode.In(r, unicode.So, unicode.Sm)
}

// foldRune returns the plain form of a rune beyond ASCII, -1 for one that patterns never see.
func foldRune(r rune) rune {
	switch {
	case r == 0xa0 || r == 0x3000 || 0x2000 <= r && r <= 0x200a || r == 0x202f:
		return ' '
	case r == 0xad || 0x200b <= r && r <= 0x200f || r == 0xfeff || r == 0x2060 || 0xfe00 <= r && r <= 0xfe0f:
		return -1
	case 0xff01 <= r && r <= 0xff5e: // full-width ASCII
		return unicode.ToLower(r - 0xfee0)
	case 0x660 <= r && r <= 0x669: // Arabic digits
		return r - 0x660 + '0'
	case 0x6f0 <= r && r <= 0x6f9: // Persian digits
		return r - 0x6f0 + '0'
	case 0x966 <= r && r <= 0x96f: // Devanagari digits
		return r - 0x966 + '0'
	}
	switch r {
	case '’', '‘', '‚', '′', '´', 'ʼ', '‛', '՚', '׳':
		return '\''
	case '“', '”', '„', '″', '‟', '״', '＂':
		return '"'
	case '–', '—', '‐', '‑', '―', '−', '‒':
		return '-'
	case 'ı', 'İ':
		return 'i'
	case 'ς':
		return 'σ'
	case 'ё', 'Ё':
		return 'е'
	case 'ά', 'Ά':
		return 'α'
	case 'έ', 'Έ':
		return 'ε'
	case 'ή', 'Ή':
		return 'η'
	case 'ί', 'Ί', 'ϊ', 'ΐ':
		return 'ι'
	case 'ό', 'Ό':
		return 'ο'
	case 'ύ', 'Ύ', 'ϋ', 'ΰ':
		return 'υ'
	case 'ώ', 'Ώ':
		return 'ω'
	case 'أ', 'إ', 'آ', 'ٱ':
		return 'ا'
	case 'ی', 'ى':
		return 'ي'
	case 'ک':
		return 'ك'
	case 'ـ':
		return -1
	case 'ş':
		return 'ș' // one letter, two code points, in Romanian and Turkish pages alike
	case 'Ş':
		return 'ș'
	case 'ţ', 'Ţ':
		return 'ț'
	}
	if 0x64b <= r && r <= 0x65f || 0x591 <= r && r <= 0x5c7 { // Arabic and Hebrew points
		return -1
	}
	return unicode.ToLower(r)
}

// readRules reads a rule file.
func readRules(files fs.FS, name string) (*phrasebook, error) {
	book := &phrasebook{Lang: packLanguage(name)}
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	if err := book.read(name, string(data)); err != nil {
		return nil, err
	}
	var errs []error
	var forward, back seedling
	for i := range book.rules {
		errs = append(errs, book.index(int32(i), &forward, &back))
	}
	book.forward, book.back = forward.grown(), back.grown()
	return book, errors.Join(errs...)
}

func (p *phrasebook) read(name, data string) error {
	seen := map[string]string{} // Rule ids
	n := 0
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimSpace(line)
		where := fmt.Sprintf("%s:%d", name, n)
		switch {
		case line == "" || strings.HasPrefix(line, "# ") || line == "#":
		case strings.HasPrefix(line, "+ ") || strings.HasPrefix(line, "- "):
			if len(p.rules) == 0 {
				return fmt.Errorf("%s: an example before the first rule", where)
			}
			r := &p.rules[len(p.rules)-1]
			if line[0] == '+' {
				r.must = append(r.must, line[2:])
			} else {
				r.mustNot = append(r.mustNot, line[2:])
			}
		default:
			id, pattern, ok := strings.Cut(line, " = ")
			if !ok {
				return fmt.Errorf("%s: want “label.language.slug = pattern”, or an example after “+ ” or “- ”", where)
			}
			parts := strings.Split(id, ".")
			if len(parts) != 3 {
				return fmt.Errorf("%s: rule %q: want label.language.slug", where, id)
			}
			label, ok := labelNamed(parts[0])
			if !ok {
				return fmt.Errorf("%s: rule %q: no label %q", where, id, parts[0])
			}
			if parts[1] != p.Lang {
				return fmt.Errorf("%s: rule %q: its language is not that of the file", where, id)
			}
			if seen[id] != "" {
				return fmt.Errorf("%s: rule %q: is also at %s", where, id, seen[id])
			}
			seen[id] = where
			p.rules = append(p.rules, Rule{ID: id, Label: label, Lang: p.Lang, pattern: foldPattern(pattern), line: where})
		}
	}
	return nil
}

// labelNamed returns the label with a name.
func labelNamed(name string) (article.Label, bool) {
	for l := article.Unlabelled + 1; l < article.LabelCount; l++ {
		if l.String() == name {
			return l, true
		}
	}
	return article.Unlabelled, false
}

// foldPattern folds the letters of a pattern as foldPhrase does those of a block, and leaves its escapes alone.
func foldPattern(pattern string) string {
	var sb strings.Builder
	escaped := false
	for _, r := range pattern {
		if escaped || r < utf8.RuneSelf && !unicode.IsUpper(r) {
			sb.WriteRune(r)
			escaped = !escaped && r == '\\'
			continue
		}
		if r < utf8.RuneSelf {
			r = unicode.ToLower(r)
		} else if r = foldRune(r); r < 0 {
			continue
		}
		sb.WriteRune(r)
	}
	return sb.String()
}

// index puts a rule into the tries that lead to it.
func (p *phrasebook) index(i int32, forward, back *seedling) error {
	r := &p.rules[i]
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s: rule %q: %s", r.line, r.ID, fmt.Sprintf(format, args...))
	}
	tree, err := syntax.Parse(r.pattern, syntax.Perl)
	if err != nil {
		return fail("%v", err)
	}
	if tree.Op != syntax.OpConcat || tree.Sub[0].Op != syntax.OpBeginText {
		return fail("the pattern must begin with ^, and alternatives stand in parentheses")
	}
	r.Open = tree.Sub[len(tree.Sub)-1].Op != syntax.OpEndText
	r.long = r.Open && LongLabels[r.Label]
	var errs []error
	for _, parts := range alternatives(tree.Sub) {
		if !p.indexBranch(i, parts, forward, back) {
			errs = append(errs, fail("%q needs a letter of its own at the beginning or at the end, to be found by", string([]rune(joined(parts))[:min(60, len([]rune(joined(parts))))])))
		}
	}
	return errors.Join(errs...)
}

// indexBranch puts one of a rule's alternatives into the tries. It returns false if it has no letter to be found by.
func (p *phrasebook) indexBranch(i int32, parts []*syntax.Regexp, forward, back *seedling) bool {
	r := &p.rules[i]
	whole := parts
	branch := int32(len(p.branches))
	p.branches = append(p.branches, branchOf{
		Rule:  i,
		needs: neededIn(whole),
		match: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(joined(whole)) }),
	})
	if !r.Open {
		parts = parts[:len(parts)-1] // the end of the text: what hitEnd says
	}
	add := func(t *seedling, set literalSet) (all bool) {
		all = true
		for _, w := range set.words {
			if w == "" {
				all = false
				continue
			}
			ends := set.whole && !r.Open
			kind := hitOpen
			switch {
			case ends && set.verify:
				kind = hitEndCheck
			case ends:
				kind = hitEnd
			case set.verify || !set.whole:
				kind = hitCheck
			}
			bound := r.Lang != "any" && len(w) < boundLiteral && !ends
			t.add(w, hit{branch: branch, kind: kind, bound: bound, long: r.long, literal: int16(len(w))})
		}
		return all
	}
	if add(forward, literals{}.concat(parts)) {
		return true
	}
	return !r.Open && add(back, literals{reverse: true}.concat(parts))
}

// Splitting a pattern at its first choices leaves many small patterns, of which few are tried and each is cheap: Go's
// Matcher slows with a pattern's size.
const (
	branchSize    = 80  // letters and operators: patterns up to this size stay whole
	branchLetters = 5   // and larger ones that so many letters lead to
	maxBranches   = 500 // of one rule
)

// alternatives splits a pattern, given as its parts, at its first choices.
func alternatives(parts []*syntax.Regexp) [][]*syntax.Regexp {
	todo := [][]*syntax.Regexp{parts}
	var done [][]*syntax.Regexp
	for len(todo) > 0 {
		parts, todo = todo[0], todo[1:]
		at, letters := 0, 0
		for at < len(parts) && (parts[at].Op == syntax.OpLiteral || parts[at].Op == syntax.OpBeginText) {
			letters += len(parts[at].Rune)
			at++
		}
		n := 0
		for _, p := range parts {
			n += size(p)
		}
		small := at > 1 && n <= branchSize || letters >= branchLetters && n <= 10*branchSize
		if at == len(parts) || small || len(done)+len(todo) > maxBranches {
			done = append(done, parts)
			continue
		}
		with := func(middle ...*syntax.Regexp) {
			next := append([]*syntax.Regexp{}, parts[:at]...)
			todo = append(todo, append(append(next, middle...), parts[at+1:]...))
		}
		switch p := parts[at]; p.Op {
		case syntax.OpCapture, syntax.OpConcat:
			with(p.Sub...)
		case syntax.OpAlternate:
			for _, sub := range p.Sub {
				with(sub)
			}
		case syntax.OpQuest:
			with()
			with(p.Sub[0])
		case syntax.OpStar:
			if at > 1 {
				done = append(done, parts)
				continue
			}
			with()
			with(p.Sub[0], p)
		default:
			done = append(done, parts)
		}
	}
	return done
}

// size returns the number of letters and operators in an expression.
func size(re *syntax.Regexp) int {
	n := 1 + min(len(re.Rune), 64)
	for _, sub := range re.Sub {
		n += size(sub)
	}
	return n
}

func joined(parts []*syntax.Regexp) string {
	return (&syntax.Regexp{Op: syntax.OpConcat, Sub: parts}).String()
}

// maxNeeds bounds a list of literals: to look for more takes longer than to try the pattern.
const maxNeeds = 32

var endOfLiteral, endOfList = []byte{0}, []byte{1}

// neededIn returns what a text must have for a pattern, given as its parts, to match it: one literal of each list, all
// in one place, since looking it up costs more than comparing. What the pattern begins with is left out, the trie has
// seen that.
func neededIn(parts []*syntax.Regexp) []byte {
	for len(parts) > 0 && (parts[0].Op == syntax.OpBeginText || parts[0].Op == syntax.OpLiteral) {
		parts = parts[1:]
	}
	lists := slices.DeleteFunc(needsOfAll(parts), func(list [][]byte) bool { return weakest(list) == 0 || len(list) > maxNeeds })
	slices.SortStableFunc(lists, func(a, b [][]byte) int { return cmp.Compare(len(a), len(b)) })
	joined := make([][]byte, len(lists))
	for i, list := range lists {
		joined[i] = bytes.Join(list, endOfLiteral)
	}
	return bytes.Join(joined, endOfList)
}

func needsOfAll(parts []*syntax.Regexp) (lists [][][]byte) {
	for _, part := range parts {
		lists = append(lists, needsOf(part)...)
	}
	return lists
}

func needsOf(re *syntax.Regexp) [][][]byte {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return [][][]byte{{[]byte(string(re.Rune))}}
		}
	case syntax.OpCapture, syntax.OpPlus, syntax.OpConcat:
		return needsOfAll(re.Sub)
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needsOfAll(re.Sub)
		}
	case syntax.OpAlternate:
		var either [][]byte
		for _, sub := range re.Sub {
			lists := needsOf(sub)
			if len(lists) == 0 {
				return nil
			}
			either = append(either, slices.MaxFunc(lists, func(a, b [][]byte) int { return cmp.Compare(weakest(a), weakest(b)) })...)
		}
		return [][][]byte{either}
	}
	return nil
}

// weakest returns how much the literal of a list says that says least: its length, but nothing for a letter or space,
// which most texts have.
func weakest(list [][]byte) int {
	least := math.MaxInt
	for _, literal := range list {
		n := len(literal)
		if n == 1 && (literal[0] == ' ' || 'a' <= literal[0] && literal[0] <= 'z') {
			n = 0
		}
		least = min(least, n)
	}
	return least
}

// literals lists the strings that a pattern's matches begin with, or end with when reverse (then spelt backwards).
// Each run of digits is one '#'.
type literals struct{ reverse bool }

type literalSet struct {
	words  []string
	whole  bool // the words are all that the pattern matches
	verify bool // the words say more than the pattern: try it
}

func (l literals) of(re *syntax.Regexp) literalSet {
	switch re.Op {
	case syntax.OpLiteral:
		return l.literal(re.Rune)
	case syntax.OpCharClass:
		return l.class(re.Rune)
	case syntax.OpCapture:
		return l.of(re.Sub[0])
	case syntax.OpBeginText, syntax.OpEmptyMatch:
		return literalSet{words: []string{""}, whole: true}
	case syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return literalSet{words: []string{""}, whole: true, verify: true}
	case syntax.OpQuest:
		s := l.of(re.Sub[0])
		s.words = append(s.words[:len(s.words):len(s.words)], "")
		return s
	case syntax.OpPlus, syntax.OpRepeat:
		s := l.of(re.Sub[0])
		if re.Op == syntax.OpRepeat && re.Min == 0 {
			return literalSet{words: []string{""}, verify: true}
		}
		if len(s.words) == 1 && s.words[0] == "#" { // a run of digits is one sign
			return s
		}
		s.whole, s.verify = false, true
		return s
	case syntax.OpAlternate:
		s := literalSet{whole: true}
		for _, sub := range re.Sub {
			t := l.of(sub)
			s.words = append(s.words, t.words...)
			s.whole = s.whole && t.whole
			s.verify = s.verify || t.verify
		}
		return s
	case syntax.OpConcat:
		return l.concat(re.Sub)
	}
	return literalSet{words: []string{""}, verify: true}
}

func (l literals) concat(parts []*syntax.Regexp) literalSet {
	s := literalSet{words: []string{""}, whole: true}
	for i := range parts {
		part := parts[i]
		if l.reverse {
			part = parts[len(parts)-1-i]
		}
		t := l.of(part)
		s.verify = s.verify || t.verify
		if n := len(s.words) * len(t.words); n > maxLiterals && !slices.Contains(s.words, "") || n > 16*maxLiterals || n > 1 && longEnough(s.words) {
			s.whole, s.verify = false, true
			return s
		}
		var words []string
		for _, a := range s.words {
			for _, b := range t.words {
				if strings.HasSuffix(a, "#") && strings.HasPrefix(b, "#") {
					b = b[1:]
				}
				words = append(words, a+b)
			}
		}
		s.words = words
		if !t.whole {
			s.whole, s.verify = false, true
			return s
		}
	}
	return s
}

// longEnough reports whether literals are so long already that few texts beside the wanted ones begin with them.
func longEnough(words []string) bool {
	for _, w := range words {
		if len(w) < 6 {
			return false
		}
	}
	return true
}

func (l literals) literal(runes []rune) literalSet {
	s := literalSet{whole: true}
	var b []byte
	for _, r := range runes {
		if script.IsASCIIDigit(r) {
			s.verify = true
			if len(b) == 0 || b[len(b)-1] != '#' {
				b = append(b, '#')
			}
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	if l.reverse {
		b = reversed(b)
	}
	s.words = []string{string(b)}
	return s
}

func (l literals) class(ranges []rune) literalSet {
	if len(ranges) == 2 && ranges[0] == '0' && ranges[1] == '9' {
		return literalSet{words: []string{"#"}, whole: true, verify: true}
	}
	s := literalSet{whole: true}
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] > 40 || len(s.words) > 40 {
			return literalSet{words: []string{""}, verify: true}
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			t := l.literal([]rune{r})
			s.words = append(s.words, t.words...)
			s.verify = s.verify || t.verify
		}
	}
	return s
}

// reversed returns b backwards, byte by byte: the trie for endings walks bytes.
func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[len(b)-1-i] = c
	}
	return out
}

// trie leads from the first bytes of a text to rules. Its nodes stand level by level, the children of one side by side:
// most texts leave it after two or three letters, and what those touch shares a few cache lines. Node 0 is the root.
type trie struct {
	labels []byte     // by node, the byte that leads to it
	nodes  []trieNode // with one more, where the last one's children and hits end
	hits   []hit
}

// trieNode has its first child and first hit; they end where those of the next node begin.
type trieNode struct{ child, hit int32 }

// hit says what a text has found that leads to a node.
type hit struct {
	branch  int32
	literal int16 // bytes of the literal
	kind    hitKind
	bound   bool // counts in its own language only
	long    bool // counts in blocks of any length
}

type hitKind uint8

const (
	hitOpen     hitKind = iota // matches whatever goes on
	hitCheck                   // try the pattern, whatever goes on
	hitEnd                     // matches if the text ends here
	hitEndCheck                // try the pattern if the text ends here
)

// seedling is a trie that still grows: its nodes stand in the order in which they were added.
type seedling struct {
	nodes []seedlingNode
	hits  []hit
	older []int32 // by hit, index + 1 of the hit of the same node before it
}

type seedlingNode struct {
	label          byte
	child, sibling int32
	hit            int32 // index + 1 of the newest
}

func (t *seedling) add(word string, h hit) {
	if len(t.nodes) == 0 {
		t.nodes = make([]seedlingNode, 1)
	}
	at := int32(0)
	for i := range len(word) {
		to := t.nodes[at].child
		for to != 0 && t.nodes[to].label != word[i] {
			to = t.nodes[to].sibling
		}
		if to == 0 {
			to = int32(len(t.nodes))
			t.nodes = append(t.nodes, seedlingNode{label: word[i], sibling: t.nodes[at].child})
			t.nodes[at].child = to
		}
		at = to
	}
	t.hits, t.older = append(t.hits, h), append(t.older, t.nodes[at].hit)
	t.nodes[at].hit = int32(len(t.hits))
}

// grown returns the trie; the newest hit of a node comes first.
func (t *seedling) grown() trie {
	if len(t.nodes) == 0 {
		return trie{}
	}
	g := trie{labels: []byte{0}, nodes: make([]trieNode, 0, len(t.nodes)+1), hits: make([]hit, 0, len(t.hits))}
	order := []int32{0}
	for i := 0; i < len(order); i++ {
		n := &t.nodes[order[i]]
		g.nodes = append(g.nodes, trieNode{int32(len(order)), int32(len(g.hits))})
		for to := n.child; to != 0; to = t.nodes[to].sibling {
			order = append(order, to)
			g.labels = append(g.labels, t.nodes[to].label)
		}
		for h := n.hit; h != 0; h = t.older[h-1] {
			g.hits = append(g.hits, t.hits[h-1])
		}
	}
	g.nodes = append(g.nodes, trieNode{int32(len(order)), int32(len(g.hits))})
	return g
}

// walk calls found for each hit that text leads to from its beginning or, if back, from its end.
func (t *trie) walk(text []byte, back bool, found func(*hit)) {
	if len(t.nodes) == 0 {
		return
	}
	at := int32(0)
	for i := 0; i < len(text); {
		b := text[i]
		if back {
			b = text[len(text)-1-i]
		}
		i++
		if script.IsASCIIDigit(rune(b)) {
			for i < len(text) && (back && script.IsASCIIDigit(rune(text[len(text)-1-i])) || !back && script.IsASCIIDigit(rune(text[i]))) {
				i++
			}
			b = '#'
		}
		first := t.nodes[at].child
		k := bytes.IndexByte(t.labels[first:t.nodes[at+1].child], b)
		if k < 0 {
			return
		}
		at = first + int32(k)
		for h := t.nodes[at].hit; h < t.nodes[at+1].hit; h++ {
			if hit := &t.hits[h]; hit.kind < hitEnd || i == len(text) {
				found(hit)
			}
		}
	}
}

// Package nametext reads the persons that a byline names, in the languages of lexicon/bylines.txt: names, roles, organisations, addresses. How much
// is taken for a name depends on how sure one is before looking that people are named there.
package nametext

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"newsmill/cleaner/article"
	"newsmill/cleaner/datetext"
	"newsmill/cleaner/lexicon"
	"newsmill/cleaner/script"
)

// bylineWords are what stands around names in bylines, by kind.
type bylineWords struct {
	By           entries
	and          map[string]bool
	Role         map[string]bool
	Credit       entries
	Never        map[string]bool
	organisation []string
	Agency       map[string]bool
	degree       map[string]bool
	writer       map[string]bool
	job          map[string]bool
	noise        map[string]bool
	Label        entries
	weekday      map[string]bool
	tongue       map[string][]string // by-words that are parts of names, too: the languages in which they are by-words
	particle     map[string]bool
	Desk         map[string]bool
	forWords     []string
}

// Words are what stands around names in bylines, from lexicon/bylines.txt.
var Words = func() (w bylineWords) {
	set := func(list []string) map[string]bool {
		m := make(map[string]bool, len(list))
		for _, s := range list {
			m[s] = true
		}
		return m
	}
	for line := range lexicon.Lines("bylines") {
		kind, entries, _ := strings.Cut(line, ": ")
		list := strings.Split(entries, "|")
		switch kind {
		case "by":
			w.By = newEntries(list)
		case "and":
			w.and = set(list)
		case "role":
			w.Role = set(list)
		case "credit":
			w.Credit = newEntries(list)
		case "never":
			w.Never = set(list)
		case "organisation":
			w.organisation = list
		case "agency":
			w.Agency = set(list)
		case "degree":
			w.degree = set(list)
		case "writer":
			w.writer = set(list)
		case "job":
			w.job = set(list)
		case "noise":
			w.noise = set(list)
		case "weekday":
			w.weekday = set(list)
		case "label":
			w.Label = newEntries(list)
		case "tongue":
			w.tongue = map[string][]string{}
			for _, e := range list {
				languages := strings.Fields(e)
				w.tongue[languages[0]] = languages[1:]
			}
		case "particle":
			w.particle = set(list)
		case "desk":
			w.Desk = set(list)
		case "for":
			w.forWords = list
		default:
			panic("lexicon/bylines.txt: there is no kind " + kind) // any test notices
		}
	}
	return w
}()

// entries are words and phrases by their first letter, the longest first.
type entries map[rune][]string

func newEntries(list []string) entries {
	sort.SliceStable(list, func(i, j int) bool { return len(list[i]) > len(list[j]) })
	m := entries{}
	for _, e := range list {
		r, _ := utf8.DecodeRuneInString(e)
		m[r] = append(m[r], e)
	}
	return m
}

// Trust says how sure we are, before looking at a text, that it holds a name.
type Trust uint8

const (
	Said    Trust = iota // the page's data call it an author: it is one unless it can't be
	Led                  // it follows a by-word
	Guessed              // it stands where a byline may stand: it must look like a person's name
)

// People reads the persons in a byline in a language ("": unknown).
func People(s string, trust Trust, lang string) []article.Person {
	if strings.IndexByte(s, '\n') >= 0 && trust != Said {
		s = strings.ReplaceAll(s, "\n", " | ")
	}
	s = script.CleanValue(s)
	if s == "" || len(s) > 500 || strings.HasPrefix(s, "http") {
		return nil
	}
	hasBy := false
	if trust == Guessed {
		if rest, ok := AuthorField(s); ok {
			s, hasBy = rest, true
		}
	}
	if !hasBy {
		s, hasBy = TrimBy(s, trust, lang)
	}
	if !hasBy && trust == Guessed {
		if rest, ok := AfterDate(s); ok {
			s, hasBy = rest, true
		}
	}
	if hasBy && trust == Guessed {
		trust = Led
	}
	if _, writer, ok := strings.Cut(s, " as told to "); ok { // the other one speaks
		s = writer
	}
	var list []article.Person
	parts := SplitNames(s)
	if trust == Said {
		parts = withoutPlaces(parts, s)
	}
	for i, part := range parts {
		if Words.and[strings.ToLower(part)] { // in an element of its own
			continue
		}
		if len(list) > 0 && isOffice(part) {
			if list = AppendPerson(list, article.Person{Role: part}); trust != Said {
				return list
			}
			continue
		}
		p, ok := person(part, trust)
		switch {
		case ok && len(list) == 1 && i == len(parts)-1 && Words.Agency[strings.ToLower(p.Name)] && list[0].Organisation == "": // "Ada Moss, Reuters"
			list[len(list)-1].Organisation = p.Name
		case ok:
			list = AppendPerson(list, p)
			if isCut(part, trust) { // what follows is no name
				return list
			}
			if trust == Led {
				trust = Guessed
			}
		case trust == Said:
		case len(list) > 0: // what follows the names in a byline: a date, a reading time, who reviewed it
			return list
		case !script.HasDigit(part): // before a name, only a date is read over
			return nil
		}
	}
	return list
}

// withoutPlaces drops the places from "Ada Moss, London, Ben Okafor", and all of an address behind a site's name.
func withoutPlaces(parts []string, s string) []string {
	if len(parts) < 2 {
		return parts
	}
	if first := parts[0]; !strings.Contains(first, " ") && strings.Contains(first, ".") && LooksLikeOrganisation(first) {
		return parts[:1]
	}
	if !strings.Contains(parts[0], " ") || StartsUnspaced(parts[0]) {
		return parts
	}
	return slices.DeleteFunc(slices.Clone(parts), func(p string) bool {
		lower := strings.ToLower(p)
		isKnown := Words.Agency[lower] || Words.Role[lower] || Words.degree[strings.Trim(lower, ".")]
		return !isKnown && !strings.Contains(p, " ") && isCapitalised(p) && strings.Contains(s, ", "+p)
	})
}

// AfterDate returns what follows the by-word in "Posted on 21 September 2020 by Ada Moss".
func AfterDate(s string) (string, bool) {
	if !script.HasDigit(s) || len(s) > 160 {
		return "", false
	}
	for _, word := range [...]string{" by ", " von ", " par ", " por ", " di ", " door ", " av ", " af ", " od ", " by: ", " By "} {
		if i := strings.Index(s, word); i > 0 && script.HasDigit(s[:i]) && StartsLikeName(s[i+len(word):]) {
			return s[i+len(word):], true
		}
	}
	return "", false
}

// AuthorField returns the names in a line of several fields where the script has no spaces, so that a gap ends a field:
// "2024-03-03　来源：海湾日报　作者：林书澜　编辑：王芳" names one author.
func AuthorField(s string) (string, bool) {
	if len(s) > 250 || !strings.ContainsFunc(s, IsUnspaced) || !script.HasDigit(s) && !strings.ContainsAny(s, ":：") { // a menu
		return "", false
	}
	const fieldSigns = ":：/／＝・" // between a label and its value
	fields := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '|' || r == '｜' || r == '┃' || r == '丨' })
	for i, f := range fields {
		n := LeadingEntry(f, Words.By)
		if first, _ := utf8.DecodeRuneInString(f); n == 0 || !IsUnspaced(first) {
			continue
		}
		var names []string
		label := strings.TrimRight(f[:n], fieldSigns)
		switch name := strings.TrimLeft(f[len(label):], fieldSigns); {
		case name == "":
		case len(label)+len(name) == len(f) && utf8.RuneCountInString(label) < 4: // 记者手记 is a column, 本报记者林书澜 a reporter
			continue
		default:
			names = append(names, name)
		}
		for _, f := range fields[i+1:] {
			if !StartsUnspaced(f) || script.HasDigit(f) || utf8.RuneCountInString(f) > maxUnspacedName || strings.ContainsAny(f, ":：。，、/／") || LeadingEntry(f, Words.By) == len(f) {
				break
			}
			names = append(names, f)
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			return Words.Role[name] || slices.ContainsFunc(gluedOffices[:], func(office string) bool { return strings.HasSuffix(name, office) })
		})
		if len(names) > 0 && (i > 0 || i+len(names) < len(fields)) {
			return strings.Join(names, "、"), true
		}
	}
	return "", false
}

// maxUnspacedName is how many letters a person's name has where it is written without a space.
const maxUnspacedName = 5

// Bounds on authors. Papers of physicists name thousands; a reader has enough of these.
const (
	MaxPeople = 200
	MaxNames  = 1000  // entries of a list that are read, names or not
	MaxRaw    = 4_000 // bytes of a byline that is put together from many places
)

// AppendPerson adds a person unless the list has the name.
func AppendPerson(list []article.Person, p article.Person) []article.Person {
	if p.Name == "" { // a role or an organisation that belongs to the one before
		if n := len(list); n > 0 {
			if list[n-1].Role == "" {
				list[n-1].Role = p.Role
			}
			if list[n-1].Organisation == "" {
				list[n-1].Organisation = p.Organisation
			}
			if list[n-1].Email == "" {
				list[n-1].Email = p.Email
			}
		}
		return list
	}
	for i := range list {
		if strings.EqualFold(list[i].Name, p.Name) {
			if list[i].URL == "" {
				list[i].URL = p.URL
			}
			return list
		}
	}
	if len(list) == MaxPeople {
		return list
	}
	return append(list, p)
}

// TrimBy takes the by-word off the start; led reports whether there was one. A by-word that is a part of names, too
// (Per, Di, Theo), is one in its own languages only, before two words at least, and never behind another.
func TrimBy(s string, trust Trust, lang string) (rest string, led bool) {
	if isGluedBy(s) {
		s, led = s[2:], true
	}
	for range 3 {
		cut := LeadingEntry(s, Words.By)
		if cut == 0 {
			return s, led
		}
		rest := strings.TrimLeft(s[cut:], " :：/＝=·・-–|")
		if rest == "" || rest == s {
			return s, led
		}
		word := strings.ToLower(s[:cut])
		if gap := s[cut : len(s)-len(rest)]; strings.Contains(gap, "|") && strings.HasPrefix(word, "by ") && Words.Never[word[3:]] { // "By Staff Writer | Port Alder"
			return s, led
		}
		if languages := Words.tongue[word]; languages != nil && isCapitalised(s) && (led || !slices.Contains(languages, lang)) {
			return s, led
		}
		if trust == Said && Words.particle[word] { // Von Trapp; van der Bergh, Anna
			name, _, _ := strings.Cut(rest, ",")
			first, _, isLonger := strings.Cut(name, " ")
			if !isLonger || Words.particle[first] {
				return s, led
			}
		}
		s, led = rest, true
	}
	return s, led
}

// isGluedBy reports whether a by-word stands against its name for want of a space between two elements: "ByAda Moss".
func isGluedBy(s string) bool {
	if len(s) <= 4 || s[2] < 'A' || s[2] > 'Z' {
		return false
	}
	return strings.HasPrefix(s, "By") || strings.HasPrefix(s, "BY") && s[3] == '.'
}

// LeadingEntry returns the length of the entry that starts s as a whole word; 0 where none does.
func LeadingEntry(s string, list entries) int {
	first, _ := utf8.DecodeRuneInString(s)
	candidates := list[unicode.ToLower(first)]
	if len(candidates) == 0 {
		return 0
	}
	head := s[:min(len(s), 60)]
	lower := strings.ToLower(head)
	if len(lower) != len(head) { // a letter changed its length: compare what is certain
		lower = head
	}
	for _, e := range candidates {
		if !strings.HasPrefix(lower, e) {
			continue
		}
		if len(e) == len(lower) {
			return len(e)
		}
		last, _ := utf8.DecodeLastRuneInString(e)
		next, _ := utf8.DecodeRuneInString(lower[len(e):])
		isLonger := unicode.IsLetter(next) && !IsUnspaced(last) || strings.ContainsRune(".'’", next) || next == '-' && last != 'y'
		if unicode.IsLetter(last) && isLonger {
			continue
		}
		if IsUnspaced(last) && IsUnspaced(next) { // 文 in a name; after 記者 a name may follow at once
			if utf8.RuneCountInString(e) < 2 {
				continue
			}
		}
		return len(e)
	}
	return 0
}

// IsUnspaced reports whether the letter belongs to a script without spaces or cases.
func IsUnspaced(r rune) bool { return r >= 0x2e80 && r < 0xfb00 }

// SplitNames divides a list of names: "A, B and C", "A/B", "A | B", "A · B", "A und B".
func SplitNames(s string) []string {
	var parts []string
	add := func(p string) {
		if p = strings.Trim(p, " ,;|/·•\t"); p != "" {
			parts = append(parts, p)
		}
	}
	start, depth := 0, 0
	for i, r := range s {
		switch r {
		case '(', '[', '（':
			depth++
		case ')', ']', '）':
			depth = max(0, depth-1)
		case ',', ';', '|', '•', '·', '、', '，', '／', '،', '；', '\n', '/':
			if depth == 0 {
				if r == '·' && start < i && IsHangul(s[:i]) && !strings.HasPrefix(s[i+2:], " ") && false {
					continue
				}
				add(s[start:i])
				start = i + utf8.RuneLen(r)
			}
		}
	}
	add(s[start:])
	var out []string
	for _, p := range parts {
		out = append(out, splitAnd(p)...)
	}
	return rejoin(out)
}

// IsHangul reports whether a text is in Korean letters.
func IsHangul(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r >= 0xac00 && r <= 0xd7a3
}

// splitAnd divides a part at its joining words. Words of a letter or two are also parts of names ("Ortega y Gasset",
// "Maria de Lurdes e Silva"), so there both sides must be names of two words.
func splitAnd(p string) []string {
	words := strings.Fields(p)
	if len(words) < 3 {
		if len(words) == 2 && (words[0] == "&" || Words.and[strings.ToLower(words[0])] && len(words[0]) > 2 && strings.ToLower(words[0]) == words[0]) {
			return words[1:]
		}
		return []string{p}
	}
	if w := words[0]; w == strings.ToLower(w) && Words.and[w] && len(w) > 1 {
		words = words[1:]
	}
	var out []string
	start := 0
	for i := 1; i < len(words)-1; i++ {
		w := words[i]
		lower := strings.ToLower(w)
		if !Words.and[lower] || lower != w && lower != "and" && lower != "und" {
			continue
		}
		if i-start == 1 && Words.Role[words[start]] { // "rédactrice en chef"
			continue
		}
		if w == "in" { // "Carla Neuhaus in Berlin"
			if i-start < 2 {
				continue
			}
			return append(out, strings.Join(words[start:i], " "))
		}
		isBetweenNames := i-start >= 2 && len(words)-i-1 >= 2
		if utf8.RuneCountInString(w) <= 2 && !isBetweenNames && !slices.Contains(shortAnds[:], w) {
			continue
		}
		rest := strings.ToLower(strings.Join(words[i+1:], " "))
		if slices.Contains(withs[:], w) && (Words.Agency[rest] || Words.Never[rest]) {
			return append(out, strings.Join(words[start:i], " ")) // "Harbour Post with agencies"
		}
		if w == "mit" || w == "con" || w == "med" || w == "with" || w == "avec" {
			if i-start < 2 {
				continue
			}
		}
		out = append(out, strings.Join(words[start:i], " "))
		start = i + 1
	}
	return append(out, strings.Join(words[start:], " "))
}

// shortAnds join names of one word, too; other words of two letters only whole names.
var shortAnds = [...]string{"&", "+", "et", "og", "és", "ve", "ja"}

// withs come before whom a name was helped by.
var withs = [...]string{"with", "mit", "avec", "con", "med", "met"}

// rejoin puts "Smith, John" right and keeps suffixes with their names ("King, Jr.").
func rejoin(parts []string) []string {
	var out []string
	for _, p := range parts {
		switch strings.ToLower(strings.Trim(p, ". ")) {
		case "jr", "sr", "ii", "iii":
			if len(out) > 0 {
				out[len(out)-1] += " " + p
				continue
			}
		}
		out = append(out, p)
	}
	if len(out) == 2 && isFamilyName(out[0]) && IsGivenName(out[1]) {
		return []string{out[1] + " " + out[0]}
	}
	if len(out) == 2 && isHalfName(out[0]) && isHalfName(out[1]) && !StartsUnspaced(out[0]) && !Words.Role[strings.ToLower(out[1])] {
		return []string{out[1] + " " + out[0]}
	}
	return out
}

// isHalfName reports whether a part of a byline may be one of a person's names, alone.
func isHalfName(s string) bool {
	return len(s) > 2 && !strings.Contains(s, " ") && isCapitalised(s) && !Words.Agency[strings.ToLower(s)]
}

// isFamilyName reports whether a part of a byline is plainly the family name alone: one word behind particles ("van der
// Bergh"), or the kind of word that no given name is ("O'Neill").
func isFamilyName(s string) bool {
	words := strings.Fields(s)
	last := len(words) - 1
	if last < 0 || !isCapitalised(words[last]) {
		return false
	}
	for _, w := range words[:last] {
		if !Words.particle[strings.ToLower(w)] {
			return false
		}
	}
	return last > 0 || strings.HasPrefix(s, "O'") || strings.HasPrefix(s, "O’")
}

// IsGivenName reports whether a part of a byline can be given names: one to three capitalised words.
func IsGivenName(s string) bool {
	words := strings.Fields(s)
	if len(words) > 3 || Words.Agency[strings.ToLower(s)] || Words.Role[strings.ToLower(s)] {
		return false
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !isCapitalised(w) })
}

// StartsUnspaced reports whether a text begins with a letter of a script without spaces or cases.
func StartsUnspaced(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return IsUnspaced(r)
}

func isCapitalised(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// person reads one name with what hangs on it: role, organisation, mail address. A person without a name is a role or
// an organisation that belongs to the one before.
func person(s string, trust Trust) (p article.Person, ok bool) {
	s = strings.Trim(s, " ,;:|-–—·•・\"")
	if cut, ok := strings.CutSuffix(s, "."); ok && len(cut)-strings.LastIndexByte(cut, ' ') > 4 { // no initial, no "Jr."
		s = cut
	}
	if at := strings.IndexByte(s, '@'); at > 0 && at+1 < len(s) {
		from := strings.LastIndexAny(s[:at], " (<\t：:") + 1
		to := len(s)
		if n := strings.IndexAny(s[at:], " )>,;"); n >= 0 {
			to = at + n
		}
		if mail := s[from:to]; strings.Contains(mail[at-from:], ".") {
			p.Email = mail
			s = strings.Trim(s[:from]+" "+strings.TrimLeft(s[to:], ")> "), " (<,:：-|")
		}
	} else if at == 0 {
		return p, false
	}
	s = withoutHandles(s)
	if open := strings.IndexAny(s, "(（["); open >= 0 {
		inside := strings.Trim(s[open:], "()（）[] ")
		s = strings.TrimSpace(s[:open])
		attach(&p, inside)
	}
	if dash := strings.Index(s, " - "); dash > 0 {
		attach(&p, s[dash+3:])
		s = s[:dash]
	} else if dash := strings.Index(s, " – "); dash > 0 {
		attach(&p, s[dash+len(" – "):])
		s = s[:dash]
	}
	if n := LeadingEntry(s, Words.Credit); n > 0 {
		return p, false
	}
	if cut, hasBy := TrimBy(s, Said, ""); hasBy {
		s = cut
	}
	if n := cutPoint(s); n > 0 {
		s = s[:n]
	}
	if trust != Said {
		s = strings.TrimRight(beforeDate(s), " –—-|")
	}
	if s != "" && LeadingEntry(s, Words.By) == len(s) && !Words.Role[strings.ToLower(s)] { // the by-word alone
		return p, false
	}
	s = stripRole(&p, s)
	if Words.writer[strings.ToLower(p.Role)] {
		p.Role = ""
	}
	lower := strings.ToLower(s)
	switch {
	case s == "":
		return p, p.Role != "" || p.Organisation != "" || p.Email != ""
	case Words.Never[lower]:
		return p, false
	case Words.Role[lower] || Words.degree[strings.Trim(lower, ".®™")]:
		p.Role = s
		return p, true
	case Words.Agency[lower]:
		p.Organisation = s
		p.Name = s
		return p, true
	}
	if name, agency := cutAgency(s); agency != "" {
		s, p.Organisation = name, cmp.Or(p.Organisation, agency)
	}
	if !IsName(s, trust) {
		return p, false
	}
	p.Name = s
	return p, true
}

// withoutHandles drops names of accounts from a byline: "Ada Moss @adamoss".
func withoutHandles(s string) string {
	for {
		at := strings.Index(s, " @")
		if at < 0 {
			return s
		}
		end := strings.IndexByte(s[at+1:], ' ')
		if end < 0 {
			return s[:at]
		}
		s = s[:at] + s[at+1+end:]
	}
}

// isCut reports whether a part of a byline goes on with something that is no name.
func isCut(s string, trust Trust) bool {
	return cutPoint(s) > 0 || trust != Said && beforeDate(s) != s
}

// cutPoint returns where two words or more of a byline are over and it goes on with the day of a change, or whom it was
// written for: "Ada Moss Updated 10:15", "Ada Moss for the Courier"; 0: nowhere.
func cutPoint(s string) int {
	first := strings.IndexByte(s, ' ')
	if first < 0 || len(s) > 200 || strings.IndexByte(s[first+1:], ' ') < 0 {
		return 0
	}
	lower := strings.ToLower(s)
	if len(lower) != len(s) {
		return 0
	}
	cut := len(s)
	for _, list := range [...]*datetext.PhraseList{&datetext.ModifiedWords, &datetext.PublishedWords} {
		if !list.IsIn(lower[first+1:]) {
			continue
		}
		for word := range list.All() {
			if i := strings.Index(lower[first+1:], " "+word); i >= 0 && isWordEnd(s[first+1+i+1+len(word):]) {
				cut = min(cut, first+1+i)
			}
		}
	}
	for _, word := range Words.forWords {
		i := strings.Index(lower[first+1:], " "+word+" ")
		if i < 0 {
			continue
		}
		if at := first + 1 + i; isCapitalised(s[at+len(word)+2:]) && s[at+1:at+1+len(word)] == word {
			cut = min(cut, at)
		}
	}
	if cut == len(s) {
		return 0
	}
	return cut
}

func isWordEnd(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s == "" || !unicode.IsLetter(r) || unicode.IsUpper(r)
}

// cutAgency takes an agency off the end of a name of two words and more: "John Barr The Associated Press".
func cutAgency(s string) (name, agency string) {
	words := strings.Fields(s)
	for n := min(3, len(words)-2); n > 0; n-- {
		tail := strings.Join(words[len(words)-n:], " ")
		if Words.Agency[strings.ToLower(tail)] && (n > 1 || len(tail) > 4) {
			return strings.Join(words[:len(words)-n], " "), tail
		}
	}
	return s, ""
}

// isOffice reports whether a part of a byline behind a name is what that person does: "Film Editor", "Head of Tides".
func isOffice(s string) bool {
	words := strings.Fields(strings.ToLower(s))
	if len(words) < 2 || len(words) > 8 {
		return false
	}
	last := words[len(words)-1]
	if Words.Role[last] && Words.job[last] || strings.HasSuffix(last, "redakteur") || strings.HasSuffix(last, "redakteurin") {
		return true
	}
	if Words.Role[words[0]] && words[0] == s[:len(words[0])] { // "rédactrice en chef"
		return true
	}
	switch words[0] {
	case "head", "chief", "director", "professor", "editor", "leiter", "leiterin", "chef", "cheffe", "director-general", "president", "jefe", "jefa", "direttore":
		return true
	}
	return false
}

// beforeDate cuts a name before the date that a small word ties to it: "Ada Moss on Jan 22, 2025", "Ada Moss am Samstag".
func beforeDate(s string) string {
	words := strings.Fields(s)
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "on", "am", "le", "el", "il", "em", "op", "den", "på", "at", "um", "dne":
			if i == len(words)-1 { // the date is in an element of its own
				return strings.Join(words[:i], " ")
			}
			next := strings.ToLower(strings.Trim(words[i+1], ".,"))
			if next == "" {
				continue
			}
			if _, isMonth := datetext.MonthNames[next]; isMonth || next[0] >= '0' && next[0] <= '9' || Words.weekday[next] {
				return strings.Join(words[:i], " ")
			}
		}
	}
	for i, w := range words { // "Ada MossNovember 20", for want of a space between two elements
		if at := strings.LastIndexFunc(w, unicode.IsUpper); at > 2 && unicode.IsLower(rune(w[at-1])) && isDateWord(w[at:]) && len(w)-at > 2 {
			return strings.TrimSuffix(strings.Join(append(slices.Clone(words[:i]), w[:at]), " "), " Updated")
		}
	}
	for i := 2; i < len(words); i++ { // "Ada Moss 10:15 AM, November 20, 2025"
		if script.HasDigit(words[i]) {
			end := i
			for end > 1 && isDateWord(words[end-1]) {
				end--
			}
			return strings.TrimRight(strings.Join(words[:end], " "), " –—-|")
		}
	}
	if n := len(words); n > 2 && Words.weekday[strings.ToLower(strings.Trim(words[n-1], ".,"))] { // "By Ada Moss Thursday"
		return strings.Join(words[:n-1], " ")
	}
	return s
}

// isDateWord reports whether a word stands before the figures of a date: a month, a day of the week.
func isDateWord(w string) bool {
	w = strings.ToLower(strings.Trim(w, ".,"))
	_, isMonth := datetext.MonthNames[w]
	return isMonth || Words.weekday[w]
}

// attach notes what stands beside a name: an organisation, or a role.
func attach(p *article.Person, s string) {
	lower := strings.ToLower(s)
	switch {
	case s == "" || len(s) > 60:
	case Words.Role[lower]:
		p.Role = s
	case Words.Agency[lower] || LooksLikeOrganisation(s):
		p.Organisation = s
	}
}

// stripRole takes a role off either end of a name: "구현모 기자", "Reporterin Lena Sommer", "Nora Finn, BBC News".
func stripRole(p *article.Person, s string) string {
	words := strings.Fields(s)
	for n := min(4, len(words)-2); n > 0; n-- { // a name of one word and a role is a pseudonym: "Rasender Reporter"
		if tail := strings.Join(words[len(words)-n:], " "); Words.Role[strings.ToLower(tail)] && !(n == 1 && len(tail) <= 3) {
			p.Role = tail
			return strings.Join(words[:len(words)-n], " ")
		}
		if head := strings.Join(words[:n], " "); Words.Role[strings.ToLower(head)] && !(n == 1 && len(head) <= 3) {
			p.Role = head
			return strings.Join(words[n:], " ")
		}
	}
	if head, rest, ok := strings.Cut(s, " "); ok && strings.Contains(rest, " ") && isGermanOffice(head) {
		p.Role = head
		return rest
	}
	for _, glued := range gluedOffices {
		if len(s) > len(glued) && strings.HasSuffix(s, glued) {
			p.Role = glued
			return strings.TrimSpace(strings.TrimSuffix(s, glued))
		}
	}
	return s
}

// gluedOffices stand against the name before them, and at the end of an office: 见习编辑.
var gluedOffices = [...]string{"記者", "记者", "编辑", "編輯", "기자", "특파원"}

// isGermanOffice reports whether a word is an office put together with another word: "Politikredakteurin",
// "Post-Experte".
func isGermanOffice(w string) bool {
	w = strings.ToLower(w)
	for _, office := range [...]string{"redakteur", "redakteurin", "korrespondent", "korrespondentin", "reporter", "reporterin", "experte", "expertin", "kolumnist", "kolumnistin", "journalist", "journalistin"} {
		if strings.HasSuffix(w, office) && len(w) > len(office)+2 {
			return true
		}
	}
	return false
}

// LooksLikeOrganisation reports whether a name holds a word that only organisations have in theirs.
func LooksLikeOrganisation(s string) bool {
	lower := strings.ToLower(s)
	for _, w := range Words.organisation {
		if w[0] == '.' && strings.HasSuffix(lower, w) && !strings.Contains(lower, " ") {
			return true
		}
		if w[0] == '.' {
			continue
		}
		if before, ok := strings.CutSuffix(lower, w); ok && (before == "" || before[len(before)-1] == ' ' || before[len(before)-1] == '-') {
			return true
		}
		if after, ok := strings.CutPrefix(lower, w); ok && after != "" && after[0] == ' ' {
			return true
		}
	}
	return false
}

// isGluedOffice reports whether a text is an office with a place glued to it for want of a space between two elements:
// "StaffPort Alder".
func isGluedOffice(s string) bool {
	for _, office := range [...]string{"Staff", "Redaktion", "Reporter", "Newsroom", "Newsdesk", "Editors", "Agencies", "Agenturen", "Correspondent"} {
		if rest, ok := strings.CutPrefix(s, office); ok && rest != "" && isCapitalised(rest) {
			return true
		}
	}
	return false
}

// IsName reports whether a text can be a person's or, where the page says so, an author's name.
func IsName(s string, trust Trust) bool {
	strict := trust != Said
	if lower := strings.ToLower(s); len(s) < 2 || len(s) > 80 || Words.Never[lower] || Words.weekday[lower] {
		return false
	}
	if isGluedOffice(s) {
		return false
	}
	if strings.ContainsAny(s, "@#%$€=<>{}[]?!_\\") || strings.Contains(s, "://") || strings.Contains(s, "www.") {
		return false
	}
	digits, letters, wide := 0, 0, 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case IsUnspaced(r):
			wide++
			letters++
		case unicode.IsLetter(r):
			letters++
		}
	}
	if letters == 0 || digits > 0 && (strict || digits > 4 || digits >= letters) {
		return false
	}
	words := strings.Fields(s)
	if len(words) > 6 && strict || len(words) > 9 {
		return false
	}
	if digits > 0 {
		for _, w := range words {
			if _, isMonth := datetext.MonthNames[strings.ToLower(w)]; isMonth {
				return false
			}
		}
	}
	if !strict {
		return letters > 1
	}
	if wide*2 > letters {
		if first, _ := utf8.DecodeRuneInString(s); strings.ContainsRune("のがはをにとへもで", first) { // 編集委員の目 is a column
			return false
		}
		return wide >= 2 && wide <= 8 && trust == Led || wide >= 2 && wide <= 5
	}
	if trust == Guessed && (len(words) < 2 || LooksLikeOrganisation(s)) || strings.ContainsAny(s, ":;|©→←…⋅") {
		return false
	}
	upper := 0
	for i, w := range words {
		lower := strings.ToLower(strings.Trim(w, ".,'\""))
		if Words.noise[lower] && (i == 0 || lower != "del" && lower != "no") || Words.job[lower] {
			return false
		}
		r, _ := utf8.DecodeRuneInString(strings.TrimLeft(w, "'’\"("))
		cased := unicode.IsUpper(r) || unicode.IsTitle(r) || unicode.IsLetter(r) && !unicode.IsLower(r)
		switch {
		case cased:
			upper++
		case len(w) > 4 && !strings.Contains(w, "'"), script.IsASCII(w) && !strings.Contains(w, "'") && !Words.particle[lower]: // "van den", "bin", "dos" are short
			return false
		}
	}
	return upper >= 2 || trust == Led && upper >= 1
}

// MostlyNames reports whether the names found in a text make up most of its letters; dates have few.
func MostlyNames(s string, found []article.Person) bool {
	letters, named := 0, 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	for _, p := range found {
		named += utf8.RuneCountInString(p.Name) + utf8.RuneCountInString(p.Role) + utf8.RuneCountInString(p.Organisation)
	}
	return named*4 > letters
}

// StartsLikeName reports whether what follows a by-word can be a name: it starts with a capital, or its script has none.
func StartsLikeName(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) || unicode.IsTitle(r) || unicode.IsLetter(r) && !unicode.IsLower(r)
}

// ReporterLine reads a line in which a name stands before its office, as in Korean, Japanese and Chinese papers:
// "구현모 기자 ninek@paper.example".
func ReporterLine(s string) []article.Person {
	if len(s) > 120 || !strings.Contains(s, "기자") && !strings.Contains(s, "特派員") && !strings.Contains(s, "記者") && !strings.Contains(s, "특파원") {
		return nil
	}
	var list []article.Person
	for _, part := range SplitNames(s) {
		p, ok := person(part, Led)
		if ok && p.Name != "" && p.Name != strings.TrimSpace(part) && utf8.RuneCountInString(p.Name) <= 5 && StartsUnspaced(p.Name) {
			list = AppendPerson(list, p)
		}
	}
	return list
}

// LooksLikeLogin reports whether a name is one word as programs know their users: "ada.moss", "amoss2", "AdaM".
func LooksLikeLogin(s string) bool {
	if strings.Contains(s, " ") || StartsUnspaced(s) {
		return false
	}
	if strings.ContainsAny(s, "._-0123456789") || s == strings.ToLower(s) {
		return true
	}
	inner := strings.IndexFunc(s[1:], unicode.IsUpper)
	return inner >= 0 && s != strings.ToUpper(s)
}

// ContainsPeople reports whether all people of the second list are in the first, by their names.
func ContainsPeople(all, some []article.Person) bool {
	for _, p := range some {
		if !slices.ContainsFunc(all, func(q article.Person) bool { return strings.EqualFold(p.Name, q.Name) }) {
			return false
		}
	}
	return true
}

// IsPseudonym reports whether a word in an element that is the author's can be what a writer calls himself: "oz", "r23".
func IsPseudonym(s string) bool {
	if words := strings.Fields(s); len(words) > 1 && len(words) < 5 && words[0] == "The" && !Words.Never[strings.ToLower(s)] { // The Angry Foreigner
		return !slices.ContainsFunc(words, func(w string) bool { return !isCapitalised(w) || script.HasDigit(w) })
	}
	lower := strings.ToLower(s)
	if n := utf8.RuneCountInString(s); n < 2 || n > 20 || strings.Contains(lower, "admin") {
		return false
	}
	if Words.Never[lower] || Words.noise[lower] || Words.weekday[lower] {
		return false
	}
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case !unicode.IsDigit(r) && r != '_' && r != '-':
			return false
		}
	}
	return letters > 0 && LeadingEntry(s, Words.By) != len(s)
}

// Package datetext reads days and times as pages of many languages write them: in whole lines, within lines, in addresses and in JSON. It knows no
// clock: what is said relative to now is not read.
package datetext

import (
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"newsmill/cleaner/article"
	"newsmill/cleaner/lexicon"
	"newsmill/cleaner/script"
)

// monthName is what a word means in a language's dates.
type monthName struct {
	lang  string
	month time.Month
}

// MonthNames are the words for months, lower case, with what they mean in each language.
var MonthNames = func() map[string][]monthName {
	names := map[string][]monthName{}
	for line := range lexicon.Lines("months") {
		lang, groups, _ := strings.Cut(line, ":")
		for i, group := range strings.Split(groups, ",") {
			for _, word := range strings.Fields(group) {
				names[word] = append(names[word], monthName{lang, time.Month(i + 1)})
			}
		}
	}
	return names
}()

var zoneOffsets = func() map[string]int {
	offsets := map[string]int{}
	for line := range lexicon.Lines("zones") {
		name, minutes, _ := strings.Cut(line, " ")
		offsets[name], _ = strconv.Atoi(minutes)
	}
	return offsets
}()

// Order says how a page writes 3/4/2024.
type Order uint8

const (
	dayFirst Order = iota
	monthFirst
)

// Reader reads dates as a page in its language writes them.
type Reader struct {
	Lang  string // primary language subtag
	Order Order
	Swap  bool // reads 3/4/2024 and 3.4.2024 the other way round
}

// Parse reads the first date of a text that says little else; false where there is none.
func (r Reader) Parse(s string) (article.Moment, bool) {
	raw := s
	s = strings.TrimSpace(s)
	if len(s) > 400 {
		s = s[:400]
	}
	if m, ok := ParseISO(s); ok {
		m.Raw = raw
		return m, true
	}
	m, _, ok := r.Find(s)
	m.Raw = raw
	return m, ok
}

// ParseISO reads ISO 8601 and what is meant as such: "2024-03-05T10:00:00+0100", "2024-03-05 10:00:00 +01:00",
// "20240305", "2024/03/05", Unix times in seconds and milliseconds.
func ParseISO(s string) (m article.Moment, ok bool) {
	if len(s) < 8 || s[0] < '0' || s[0] > '9' {
		return m, false
	}
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if digits == len(s) && (digits == 10 || digits == 13) && s[0] == '1' {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return m, false
		}
		if digits == 13 {
			n /= 1000
		}
		return article.Moment{Time: time.Unix(n, 0).UTC(), HasClock: true, HasZone: true}, true
	}
	var year, month, day int
	rest := ""
	switch {
	case digits == 8 || digits == 14 || digits == 12:
		year, month, day, rest = number(s[:4]), number(s[4:6]), number(s[6:8]), s[8:]
		if digits > 8 {
			rest = "T" + rest[:2] + ":" + rest[2:4] + rest[4:]
			if digits == 14 {
				rest = rest[:6] + ":" + rest[6:]
			}
		} else if len(rest) >= 7 && rest[0] == 'T' && isDigits(rest[1:7]) {
			rest = "T" + rest[1:3] + ":" + rest[3:5] + ":" + rest[5:]
		}
	case digits == 4 && (s[4] == '-' || s[4] == '/' || s[4] == '.'):
		sep := s[4]
		parts := s[5:]
		month, parts = leadingNumber(parts)
		if parts == "" || parts[0] != sep {
			return m, false
		}
		day, rest = leadingNumber(parts[1:])
		year = number(s[:4])
	default:
		return m, false
	}
	if !isDay(year, month, day) {
		return m, false
	}
	m.Time = time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if rest == "" {
		return m, true
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' || addClock(&m, strings.TrimLeft(rest[1:], " ")) == 0 {
		return article.Moment{}, false // words: not ISO after all
	}
	return m, true
}

// addClock reads "10:00", "10:00:00.123+0100", "10:00 pm CET", "10.30 Uhr", "10h30", and sets the time of day where
// there is one. It returns how many bytes it used.
func addClock(m *article.Moment, s string) int {
	hour, rest := leadingNumber(s)
	if hour < 0 || hour > 24 || rest == "" || len(s)-len(rest) > 2 {
		return 0
	}
	minute, second := 0, 0
	var nanos int
	switch c := rest[0]; {
	case strings.IndexByte(":.hH", c) >= 0 && len(rest) >= 3 && isDigits(rest[1:3]):
		minute, rest = number(rest[1:3]), rest[3:]
		if rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return 0
		}
		if c == '.' && len(rest) > 1 && rest[0] == '.' && isDigits(rest[1:2]) {
			return 0 // the day and month of another date
		}
		if len(rest) >= 3 && (rest[0] == ':' || rest[0] == '.') && isDigits(rest[1:3]) && c != 'h' {
			second, rest = number(rest[1:3]), rest[3:]
			if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && isDigits(rest[1:2]) {
				i := 1
				scale := int(time.Second)
				for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
					if scale >= 10 {
						scale /= 10
						nanos += int(rest[i]-'0') * scale
					}
					i++
				}
				rest = rest[i:]
			}
		}
	case strings.HasPrefix(rest, "时") || strings.HasPrefix(rest, "時") || strings.HasPrefix(rest, "시"):
		minute, rest = leadingNumber(strings.TrimLeft(rest[3:], " "))
		if minute < 0 {
			minute = 0
		}
		for _, unit := range []string{"分", "분"} {
			rest = strings.TrimPrefix(rest, unit)
		}
	default:
		trimmed := strings.TrimLeft(rest, " \u00a0\u202f")
		if !startsMeridiem(trimmed) || hour > 12 {
			return 0
		}
	}
	if minute > 59 || second > 60 {
		return 0
	}
	tail := strings.TrimLeft(rest, " \u00a0\u202f")
	if half, n := meridiem(tail); n > 0 && hour <= 12 {
		hour = hour%12 + half
		tail = strings.TrimLeft(tail[n:], " ")
		rest = tail
	}
	if hour == 24 {
		hour = 0
	}
	day := m.Time
	zone, used := zoneOf(tail)
	if used > 0 {
		rest = tail[used:]
		m.HasZone = true
	} else {
		zone = time.UTC
	}
	m.HasClock = true
	m.Time = time.Date(day.Year(), day.Month(), day.Day(), hour, minute, second, nanos, zone)
	return len(s) - len(rest)
}

func startsMeridiem(s string) bool {
	_, n := meridiem(s)
	return n > 0
}

// meridiem reads "pm", "a.m." and the like: the hours to add and the bytes used.
func meridiem(s string) (half, used int) {
	if len(s) < 2 {
		return 0, 0
	}
	for _, mark := range halfDaysAfter {
		if strings.HasPrefix(s, mark.word) && (len(s) == len(mark.word) || !script.IsLetterByte(s[len(mark.word)])) {
			return mark.hours, len(mark.word)
		}
	}
	switch s[0] | 0x20 {
	case 'a':
	case 'p':
		half = 12
	default:
		return 0, 0
	}
	i := 1
	if s[i] == '.' {
		i++
		for _, space := range [...]string{" ", "\u00a0", "\u202f"} { // "3:38 p. m."
			if strings.HasPrefix(s[i:], space) {
				i += len(space)
			}
		}
	}
	if i < len(s) && s[i]|0x20 == 'm' {
		i++
		if i < len(s) && s[i] == '.' {
			i++
		}
		if i >= len(s) || !script.IsLetterByte(s[i]) {
			return half, i
		}
	}
	return 0, 0
}

// zoneOf reads an offset or an abbreviation of one at the start of s.
func zoneOf(s string) (*time.Location, int) {
	if s == "" {
		return nil, 0
	}
	skip := 0
	if s[0] == '(' {
		skip = 1
		if s = s[1:]; s == "" {
			return nil, 0
		}
	}
	word := 0
	for word < len(s) && script.IsLetterByte(s[word]) {
		word++
	}
	if word > 0 && word <= 6 {
		minutes, ok := zoneOffsets[strings.ToLower(s[:word])]
		if !ok {
			return nil, 0
		}
		if minutes == 0 && word < len(s) && (s[word] == '+' || s[word] == '-') { // GMT+2
			if loc, n := zoneOf(s[word:]); n > 0 {
				return loc, word + n + skip
			}
		}
		if minutes == 0 {
			return time.UTC, word + skip
		}
		return time.FixedZone("", minutes*60), word + skip
	}
	sign, i := 1, 1
	switch {
	case s[0] == '+':
	case s[0] == '-':
		sign = -1
	case strings.HasPrefix(s, "−"):
		sign, i = -1, len("−")
	default:
		return nil, 0
	}
	start := i
	for i < len(s) && i < start+5 && (s[i] >= '0' && s[i] <= '9' || s[i] == ':') {
		i++
	}
	digits := strings.ReplaceAll(s[start:i], ":", "")
	hours, minutes := 0, 0
	switch len(digits) {
	case 1, 2:
		hours = number(digits)
	case 4:
		hours, minutes = number(digits[:2]), number(digits[2:])
	default:
		return nil, 0
	}
	isFar := hours > 14 || sign < 0 && hours > 12
	isSpan := sign < 0 && minutes == 30 && hours != 2 && hours != 3 && hours != 9 // "10:00-11:30"
	if isFar || isSpan || minutes%15 != 0 {
		return nil, 0
	}
	offset := sign * (hours*60 + minutes) * 60
	if offset == 0 {
		return time.UTC, i + skip
	}
	return time.FixedZone("", offset), i + skip
}

// Find returns the first date in a text and where it ends, with the time of day that stands beside it.
func (r Reader) Find(s string) (m article.Moment, end int, ok bool) {
	m, _, end, ok = r.findAt(AsciiDigits(s))
	return m, end, ok
}

// findAt returns the first date in a text of ASCII figures, where it starts and ends.
func (r Reader) findAt(s string) (m article.Moment, start, end int, ok bool) {
	if !script.HasDigit(s) {
		return m, 0, 0, false
	}
	var buf [60]dateToken
	tokens := r.tokens(s, buf[:0])
	for i := range tokens {
		day, used, found := r.dayAt(s, tokens[i:])
		if !found {
			continue
		}
		m.Time = day
		last := tokens[i+used-1]
		end = last.end
		if used > 3 && tokens[i].month > 0 && s[tokens[i+2].end] == ':' {
			addClock(&m, s[tokens[i+2].start:])
		} else if n := clockAfter(&m, s[end:]); n > 0 {
			end += n
		} else if i > 0 {
			clockBefore(&m, s, tokens[:i])
		}
		return m, tokens[i].start, end, true
	}
	return m, 0, 0, false
}

// AsciiDigits writes the digits of other scripts, full-width ones included, as ASCII.
func AsciiDigits(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0xd9 {
			return strings.Map(func(r rune) rune {
				if r >= 0x660 && unicode.Is(unicode.Nd, r) {
					for _, zero := range [...]rune{0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xff10} {
						if r >= zero && r < zero+10 {
							return '0' + r - zero
						}
					}
				}
				if r == '：' {
					return ':'
				}
				return r
			}, s)
		}
	}
	return s
}

func (r Reader) tokens(s string, tokens []dateToken) []dateToken {
	for i := 0; i < len(s) && len(tokens) < 60; {
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c >= '0' && c <= '9':
			j := i
			for j < len(s) && s[j] >= '0' && s[j] <= '9' {
				j++
			}
			if j-i >= 5 && j-i <= 6 && len(tokens) > 0 && (s[i:i+2] == "20" || s[i:i+2] == "19") {
				j = i + 4 // "28. Juni 201914. Januar 2020": two dates without a space between
			}
			n := -2
			if j-i <= 4 {
				n = number(s[i:j])
			}
			tokens = append(tokens, dateToken{start: i, end: j, num: n, digits: j - i})
			i = j
		case strings.ContainsRune("年月日년월일", c):
			tokens = append(tokens, dateToken{start: i, end: i + size, num: -1})
			i += size
		case unicode.IsLetter(c) || unicode.IsMark(c):
			j := i
			for j < len(s) {
				c, size := utf8.DecodeRuneInString(s[j:])
				// "ม.ค." is one word; so is what a zero-width non-joiner holds together.
				isInThai := c == '.' && j > i && s[i] == 0xe0 && j+1 < len(s) && s[j+1] == 0xe0
				if !isInThai && !unicode.IsLetter(c) && !unicode.IsMark(c) && c != '\u200c' {
					break
				}
				j += size
			}
			tokens = append(tokens, dateToken{start: i, end: j, num: -1, month: r.monthOf(s[i:j]), solar: solarMonths[s[i:j]]})
			i = j
		default:
			i += size
		}
	}
	return tokens
}

// monthOf returns the month that a word names in the reader's language, else in any.
func (r Reader) monthOf(word string) time.Month {
	if len(word) < 3 || len(word) > 60 {
		return 0
	}
	names, ok := MonthNames[word]
	if !ok {
		lower := strings.ToLower(word)
		if r.Lang == "tr" || r.Lang == "az" {
			lower = strings.ToLowerSpecial(unicode.TurkishCase, word)
		}
		if names, ok = MonthNames[lower]; !ok {
			return 0
		}
	}
	for _, n := range names {
		if n.lang == r.Lang {
			return n.month
		}
	}
	return names[0].month
}

// dayAt reads a day at the first of the tokens: which, and how many tokens it took.
func (r Reader) dayAt(s string, t []dateToken) (day time.Time, used int, ok bool) {
	make3 := func(y, mo, d, used int) (time.Time, int, bool) {
		switch {
		case y >= 2400 && y < 2700: // Buddhist era
			y -= 543
		case y >= 1300 && y < 1500 && isIranian(r.Lang):
			return ofSolar(y, mo, d, used)
		case y > 2060 && r.Lang == "ne": // the Nepalese calendar, which has no rule
			return time.Time{}, 0, false
		}
		if !isDay(y, mo, d) {
			return time.Time{}, 0, false
		}
		return time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC), used, true
	}
	gap := func(i int) string { return s[t[i].end:t[i+1].start] }
	if len(t) < 3 {
		return day, 0, false
	}
	first := t[0]
	if day, used, ok := eraDayAt(s, t, r.Lang); ok {
		return day, used, true
	}
	switch {
	case first.num >= 0 && first.digits == 4 && t[1].num == -1 && len(t) >= 5 && isUnit(s, t[1], "年", "년"):
		if t[2].num > 0 && isUnit(s, t[3], "月", "월") && t[4].num > 0 {
			used := 5
			if len(t) > 5 && isUnit(s, t[5], "日", "일") {
				used = 6
			}
			return make3(first.num, t[2].num, t[4].num, used)
		}
	case first.isNumber(4) && t[1].isShort() && t[2].isShort():
		if isDateGap(gap(0)) && isDateGap(gap(1)) {
			return make3(first.num, t[1].num, t[2].num, 3)
		}
	case first.isShort() && t[1].isShort() && (t[2].isNumber(4) || t[2].isNumber(2)):
		if !isDateGap(gap(0)) || gap(0) != gap(1) && strings.TrimSpace(gap(0)) != strings.TrimSpace(gap(1)) {
			break
		}
		if rest := s[t[2].end:]; len(rest) > 1 && rest[0] == '.' && isDigits(rest[1:2]) {
			break // the number of a version
		}
		y, d, mo := t[2].num, first.num, t[1].num
		if t[2].digits == 2 {
			if gap(0) == "-" || !strings.ContainsAny(gap(0), "./") {
				break
			}
			y += 2000
		}
		if (r.Order == monthFirst && strings.TrimSpace(gap(0)) != "." && d <= 12) || mo > 12 {
			d, mo = mo, d
		}
		if r.Swap && d <= 12 {
			d, mo = mo, d
		}
		return make3(y, mo, d, 3)
	case first.num > 0 && first.num <= 31 && first.digits <= 2:
		// 5 March 2024, 5. März 2024, 5 de marzo de 2024, 5th of March, 2024, 05-Mar-24, 5 tháng 3, 2024
		for i := 1; i < min(len(t), 4); i++ {
			if isUnit(s, t[i], "tháng", "Tháng") && i+1 < len(t) && t[i+1].num > 0 {
				if y, at := yearAfter(s, t, i+2); at > 0 {
					return make3(y, t[i+1].num, first.num, at+1)
				}
			}
			if t[i].num >= 0 {
				break
			}
			if t[i].month == 0 || t[i].start-first.end > 16 {
				continue
			}
			if y, at := yearAfter(s, t, i+1); at > 0 && (t[at].digits == 4 || i == 1 && t[i].start-first.end <= 3) {
				return make3(y, int(t[i].month), first.num, at+1)
			}
			break
		}
	case first.month > 0:
		// March 5, 2024; Mar. 5th 2024
		if t[1].num > 0 && t[1].num <= 31 && t[1].digits <= 2 && len(strings.Trim(gap(0), " .,\u00a0\u202f")) == 0 {
			if y, at := yearAfter(s, t, 2); at > 0 {
				return make3(y, int(first.month), t[1].num, at+1)
			}
			if at := yearAfterClock(s, t); at > 0 { // Aug 03 12:45:00 EDT 2015
				return make3(t[at].num, int(first.month), t[1].num, at+1)
			}
		}
	case first.num > 1900 && first.digits == 4:
		// 2024. március 5.; 2025 m. sausio 3 d.; 2024 March 5; 2024. gada 6. maijs
		isDayNumber := len(t) > 3 && t[2].num > 0 && t[2].digits <= 2
		if isDayNumber && t[1].num < 0 && t[3].month > 0 && t[3].start-first.end < 14 {
			return make3(first.num, int(t[3].month), t[2].num, 4)
		}
		for i := 1; i < min(len(t), 4); i++ {
			if t[i].num >= 0 {
				break
			}
			if t[i].month == 0 || t[i].start-first.end >= 10 || i+1 >= len(t) {
				continue
			}
			if day := t[i+1]; day.num > 0 && day.digits <= 2 && day.start-t[i].end < 6 {
				return make3(first.num, int(t[i].month), day.num, i+2)
			}
		}
	}
	return day, 0, false
}

// yearAfterClock returns the index of the year behind a time of day, and perhaps a zone, that follows a month and a day,
// as programs write dates; 0 where there is none.
func yearAfterClock(s string, t []dateToken) int {
	at := 2
	for at+1 < len(t) && at < 5 && t[at].num >= 0 && t[at].digits <= 2 && s[t[at].end] == ':' {
		at++
	}
	if at++; at < 4 || at >= len(t) {
		return 0
	}
	if t[at].num < 0 && t[at].end-t[at].start <= 5 {
		at++
	}
	if at < len(t) && t[at].digits == 4 && t[at].num > 1900 {
		return at
	}
	return 0
}

// yearAfter looks for a year at token i or after small words ("de", "of", "th", a weekday); returns it and its index.
func yearAfter(s string, t []dateToken, i int) (year, at int) {
	for j := i; j < min(len(t), i+3); j++ {
		if t[j].start-t[i-1].end > 16 {
			return 0, 0
		}
		if t[j].num < 0 {
			continue
		}
		switch {
		case t[j].digits == 4 && t[j].num > 1900:
			return t[j].num, j
		case j == i && t[j].isNumber(2) && !strings.HasPrefix(s[t[j].end:], ":") && strings.ContainsAny(s[t[j-1].end:t[j].start], "-'’ "):
			if strings.HasPrefix(s[t[j].end:], ".") && t[j].end+1 < len(s) && s[t[j].end+1] >= '0' && s[t[j].end+1] <= '9' {
				return 0, 0 // 10.30 is a time
			}
			return 2000 + t[j].num, j
		}
		return 0, 0
	}
	return 0, 0
}

// halfDays are the words for before and after noon that stand before the hour.
var halfDays = []struct {
	word  string
	hours int
}{{"下午", 12}, {"午後", 12}, {"오후", 12}, {"上午", 0}, {"午前", 0}, {"오전", 0}}

// halfDaysAfter are those that stand behind it.
var halfDaysAfter = []struct {
	word  string
	hours int
}{
	{"μ.μ.", 12},
	{"μμ", 12},
	{"π.μ.", 0},
	{"πμ", 0},
	{"ب.ظ", 12},
	{"ق.ظ", 0},
	{"بعدازظهر", 12},
	{"مساءً", 12},
	{"مساء", 12},
	{"صباحًا", 0},
	{"صباحا", 0},
	{"م", 12},
	{"ص", 0},
	{"CH", 12},
	{"SA", 0},
	{"ÖS", 12},
	{"ÖÖ", 0},
}

// clockAfter reads the time of day that follows a day, past a few words ("at", "um", "às", "kl.", "|", a weekday).
func clockAfter(m *article.Moment, s string) int {
	limit := min(len(s), 40)
	half, day := -1, m.Time
	for i := 0; i < limit; i++ {
		if s[i] >= '0' && s[i] <= '9' {
			if i > 0 && s[i-1] >= '0' && s[i-1] <= '9' {
				continue
			}
			n := addClock(m, s[i:])
			if n == 0 {
				return 0
			}
			if IsChange(s[:i]) { // "2 November 2023 Updated at 16:58"
				m.Time, m.HasClock, m.HasZone = day, false, false
				return 0
			}
			if half >= 0 && m.Time.Hour() <= 12 {
				t := m.Time
				m.Time = time.Date(t.Year(), t.Month(), t.Day(), t.Hour()%12+half, t.Minute(), t.Second(), 0, t.Location())
			}
			return i + n
		}
		for _, mark := range halfDays {
			if s[i] >= 0x80 && strings.HasPrefix(s[i:], mark.word) {
				half = mark.hours
			}
		}
	}
	return 0
}

// clockBefore reads the time of day that stands before a day: "14:32, 3 March 2024", "10:15 am EDT May 3, 2024".
func clockBefore(m *article.Moment, s string, before []dateToken) {
	end := before[len(before)-1].end
	for i := len(before) - 1; i >= 0 && i >= len(before)-4; i-- {
		t := before[i]
		if t.num < 0 || t.digits > 2 || end-t.start > 20 {
			continue
		}
		if i > 0 && before[i-1].num >= 0 && before[i-1].digits <= 2 && t.start-before[i-1].end == 1 && s[t.start-1] == ':' {
			continue
		}
		if addClock(m, s[t.start:]) > 0 {
			return
		}
	}
}

// OrderOf is how 3/4/2024 is written in a language, by its tag as somebody wrote it, on a site.
func OrderOf(tag string, page *url.URL) Order {
	switch strings.ReplaceAll(strings.ToLower(tag), "_", "-") {
	case "en", "en-us", "en-ph", "":
	default:
		return dayFirst
	}
	if page == nil {
		return monthFirst
	}
	host := page.Hostname()
	// English is written day first nearly everywhere but in the United States.
	switch tld := host[strings.LastIndexByte(host, '.')+1:]; tld {
	case "us", "io", "ai", "co", "tv", "me", "ph":
		return monthFirst
	default:
		if len(tld) == 2 {
			return dayFirst
		}
		return monthFirst
	}
}

// ParseMoment reads a date that stands by itself, as a feed gives it: by ISO 8601 or RFC 822, or as people write
// dates in a language (a BCP 47 tag; empty: unknown). Of zones whose abbreviation means another one elsewhere, and of
// 3/4/2024, the site decides (nil: unknown). It is false where there is no date.
func ParseMoment(text, language string, site *url.URL) (article.Moment, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(language, "_", "-")), "-")
	r := Reader{Lang: primary, Order: OrderOf(language, site)}
	text = strings.Join(strings.Fields(text), " ")
	if m := cTime.FindStringSubmatch(text); m != nil {
		text = strings.TrimSpace(m[2] + " " + m[1] + " " + m[5] + " " + m[3] + " " + m[4])
	}
	if offset, name := localZone(text, site); name != "" {
		text = strings.TrimSpace(strings.TrimSuffix(text, name)) + " " + offset
	}
	if weekday, rest, ok := strings.Cut(text, ","); ok && !script.HasDigit(weekday) { // "mar." is a day of the week here, and a month else
		if m, ok := r.Parse(rest); ok {
			return m, true
		}
	}
	return r.Parse(text)
}

// cTime is the form in which programs write dates for people: "Tue Nov 3 06:00:00 CET 2026".
var cTime = regexp.MustCompile(`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d?) (\d\d:\d\d:\d\d) (?:([A-Z]{1,5}|[+-]\d{4}) )?(\d{4})$`)

// localZones are abbreviations that mean another zone in a country, by its top-level domain: IST is India's, Ireland's
// and Israel's. Those without a country mean one zone, but are words, too, or too rare for the dates of pages.
var localZones = map[string]map[string]string{
	"": {
		"UT": "+0000", "MET": "+0100", "MEST": "+0200", "IDT": "+0300", "GST": "+0400", "IRST": "+0330", "AZT": "+0400", "GET": "+0400", "AMT": "+0400",
		"SAMT": "+0400", "YEKT": "+0500", "UZT": "+0500", "ALMT": "+0500", "OMST": "+0600", "NOVT": "+0700", "KRAT": "+0700", "IRKT": "+0800",
		"VLAT": "+1000", "MYT": "+0800", "NST": "-0330", "NDT": "-0230", "BRST": "-0200", "UYT": "-0300", "CLST": "-0300", "CLT": "-0400", "VET": "-0400",
		"COT": "-0500", "PET": "-0500", "AKST": "-0900", "AKDT": "-0800", "HST": "-1000",
	},
	"ae": {"GST": "+0400"},
	"au": {"EST": "+1000", "EDT": "+1100", "CST": "+0930", "CDT": "+1030", "WST": "+0800"},
	"bd": {"BST": "+0600"},
	"cn": {"CST": "+0800"},
	"cu": {"CST": "-0500", "CDT": "-0400"},
	"ie": {"IST": "+0100"},
	"il": {"IST": "+0200", "IDT": "+0300"},
	"iq": {"AST": "+0300"},
	"kw": {"AST": "+0300"},
	"my": {"MST": "+0800"},
	"ph": {"PST": "+0800"},
	"sa": {"AST": "+0300"},
	"tw": {"CST": "+0800"},
}

// localZone is the offset of a zone at the end of a text that means another one on the site; its name is empty where it
// doesn't.
func localZone(text string, site *url.URL) (offset, name string) {
	host := ""
	if site != nil {
		host = strings.ToLower(site.Hostname())
	}
	word := text[strings.LastIndexByte(text, ' ')+1:]
	for _, country := range []string{host[strings.LastIndexByte(host, '.')+1:], ""} {
		if offset := localZones[country][strings.ToUpper(word)]; offset != "" {
			return offset, word
		}
	}
	return "", ""
}

// SaidDay is a day in a text, with what the words around it say happened then.
type SaidDay struct {
	article.Moment
	IsChange bool
}

// maxDays of a line are looked at: of publication, of change, of a review.
const maxDays = 4

// DaysIn returns the days in a short text that can be the article's, each told by the words before it, or behind it
// where the first has none before: "Updated 6 May, first published 3 May", "5月3日公開 5月6日更新". What a sentence tells is
// none of them.
func (r Reader) DaysIn(text string) (days []SaidDay) {
	rest := AsciiDigits(text)
	behind := false
	m, start, end, ok := r.findAt(rest)
	for ok && len(days) < maxDays {
		day, before := m, rest[:start]
		day.Raw = rest[start:end]
		rest = rest[end:]
		next := rest
		if m, start, end, ok = r.findAt(rest); ok {
			next = rest[:start]
		}
		if len(days) == 0 {
			if IsProse(text, before, next) {
				return nil
			}
			behind = !IsChange(before) && !IsPublication(before) && !script.HasDigit(next) && startsWithDateWord(next)
		}
		words := before
		if behind {
			words = next
		}
		days = append(days, SaidDay{day, IsChange(words) && !IsPublication(words)})
	}
	if len(days) < 2 || behind {
		return days
	}
	if !slices.ContainsFunc(days, func(d SaidDay) bool { return d.IsChange }) { // a list of days says which only by its first
		return days[:1]
	}
	return days
}

// IsChange and isPublication report whether a text speaks of a change, or of publication.
func IsChange(s string) bool { return hasDateWord(s, &ModifiedWords) }

// IsPublication reports whether a text says that a date beside it is of publication.
func IsPublication(s string) bool { return hasDateWord(s, &PublishedWords) }

func hasDateWord(s string, words *PhraseList) bool {
	return len(s) <= 200 && words.IsIn(strings.ToLower(s))
}

func startsWithDateWord(s string) bool {
	s = strings.ToLower(strings.TrimLeft(s, " :()[]（，,"))
	return ModifiedWords.Leads(s) || PublishedWords.Leads(s)
}

// IsClock reports whether a text begins with a time of day, as 10:30.
func IsClock(s string) bool {
	return len(s) >= 5 && isDigits(s[:2]) && (s[2] == ':' || s[2] == '.') && isDigits(s[3:5])
}

// ModifiedWords, PublishedWords and the joined ones are words beside a date that say whether it is of publication, of change, or of somebody's joining.
var ModifiedWords, PublishedWords, JoinedWords = func() (modified, published, joined PhraseList) {
	for line := range lexicon.Lines("datewords") {
		kind, list, _ := strings.Cut(line, ": ")
		for w := range strings.SplitSeq(list, "|") {
			switch kind {
			case "modified":
				modified.add(w)
			case "published":
				published.add(w)
			case "joined":
				joined.add(w)
			}
		}
	}
	return modified, published, joined
}()

// PhraseList holds phrases by their first byte.
type PhraseList [256][]string

// NewPhraseList returns a list of phrases, which are lower case.
func NewPhraseList(phrases ...string) *PhraseList {
	l := new(PhraseList)
	for _, p := range phrases {
		l.add(p)
	}
	return l
}

func (l *PhraseList) add(phrase string) { l[phrase[0]] = append(l[phrase[0]], phrase) }

// All returns the phrases, by their first bytes.
func (l *PhraseList) All() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, list := range l {
			for _, p := range list {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// Leads reports whether a text begins with one of the phrases.
func (l *PhraseList) Leads(s string) bool {
	return s != "" && slices.ContainsFunc(l[s[0]], func(p string) bool { return strings.HasPrefix(s, p) })
}

// IsIn reports whether one of the phrases stands in a text.
func (l *PhraseList) IsIn(s string) bool {
	for i := range len(s) {
		for _, p := range l[s[i]] {
			if strings.HasPrefix(s[i:], p) {
				return true
			}
		}
	}
	return false
}

// ModifiedFirst reports whether the words before the end of a text's first date speak of a change, and none of
// publication.
func ModifiedFirst(s string, end int) bool {
	if len(s) > 200 {
		return false
	}
	s = strings.ToLower(s)
	s = s[:min(end, len(s))]
	return ModifiedWords.IsIn(s) && !PublishedWords.IsIn(s)
}

// UrlDate reads a day in an address: /2024/03/05/, /2024-03-05-title, /20240305/. A year and month alone, or digits
// inside a longer number, are an identifier as often as a date.
func UrlDate(u *url.URL) (m article.Moment, ok bool) {
	if u == nil {
		return m, false
	}
	p := u.Path
	for i := 0; i+8 <= len(p); i++ {
		if p[i] < '1' || p[i] > '2' || i > 0 && p[i-1] >= '0' && p[i-1] <= '9' {
			continue
		}
		year := number(p[i : i+4])
		if year < 1990 || year > 2099 {
			continue
		}
		rest := p[i+4:]
		month, day := -1, -1
		end := i + 8
		if sep := rest[0]; sep == '/' || sep == '-' || sep == '_' || sep == '.' {
			rest = rest[1:]
			if word := strings.IndexByte(rest, sep); word > 2 && script.IsLetterByte(rest[0]) { // /2024/march/05/
				month, rest = int(Reader{}.monthOf(rest[:word])), rest[word:]
			} else {
				month, rest = leadingNumber(rest)
			}
			if rest == "" || rest[0] != sep {
				continue
			}
			day, rest = leadingNumber(rest[1:])
			end = len(p) - len(rest)
		} else if isDigits(rest[:4]) {
			month, day = number(rest[:2]), number(rest[2:4])
		}
		if end < len(p) && p[end] >= '0' && p[end] <= '9' || !isDay(year, month, day) {
			continue
		}
		return article.Moment{Time: time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), Raw: p[i:end]}, true
	}
	return m, false
}

// IsUTC reports whether a moment is given in UTC, as programs give them whatever their readers' zone.
func IsUTC(m article.Moment) bool { return m.HasZone && m.HasClock && OffsetOf(m.Time) == 0 }

// IsNextDoor reports whether an instant in UTC can be of the day before or after where people live.
func IsNextDoor(m article.Moment, apart int) bool {
	if apart < 0 {
		return m.Time.Hour() < 12
	}
	return m.Time.Hour() >= 10
}

// OnDay returns an instant that the page gives in UTC and shows as of the day before or after, in the nearest zone in
// which it is of that day: the zone is a guess, the instant and the day are what the page says.
func OnDay(m article.Moment, apart int) article.Moment {
	hours := 24 - m.Time.Hour()
	if apart < 0 {
		hours = -m.Time.Hour() - 1
	}
	m.Time = m.Time.In(time.FixedZone("", hours*3600))
	return m
}

// OffsetOf returns the seconds that a time's zone is east of Greenwich.
func OffsetOf(t time.Time) int {
	_, offset := t.Zone()
	return offset
}

// DayNumber counts the days of the calendar that t shows.
func DayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// SameDay reports whether two times are of one day, each in its own zone.
func SameDay(a, b time.Time) bool { return DayNumber(a) == DayNumber(b) }

// proseWords are as many words around a date as make it part of a sentence, where no word says what it is the day of.
const proseWords = 8

// IsProse reports whether a date stands in a sentence: it tells of that day, and was not written on it. The start of a
// report may have the day of writing: "PORT ALDER, 3 March 2024 – The council …".
func IsProse(text, before, after string) bool {
	if IsChange(before) || IsPublication(before) {
		return false
	}
	words := script.CountWords(before) + script.CountWords(after)
	ends := strings.HasSuffix(strings.TrimRight(text, " \"”“’»)"), ".") || strings.HasSuffix(text, "。") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "।")
	if words < proseWords || !ends && words < 2*proseWords {
		return false
	}
	if gap := strings.TrimLeft(after, " "); len(before) <= 40 && gap != "" {
		if i := strings.IndexAny(gap[:min(len(gap), 30)], "-–—:|(（"); i >= 0 && script.CountWords(gap[:i]) < 3 {
			return false
		}
	}
	return true
}

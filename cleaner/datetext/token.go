package datetext

import (
	"strings"
	"time"
)

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}

func number(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// leadingNumber reads up to four digits.
func leadingNumber(s string) (int, string) {
	i := 0
	for i < len(s) && i < 4 && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == 0 {
		return -1, s
	}
	return number(s[:i]), s[i:]
}

// isDay reports whether there is such a day in the time that pages speak of. Zero dates of databases and programs
// (0001, 1900, 1970-01-01) are none.
func isDay(year, month, day int) bool {
	if year < 1901 || year > 2099 {
		return false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Year() != year || int(date.Month()) != month || date.Day() != day { // no such month, or no such day of it
		return false
	}
	isEpoch := date.Unix() == 0 || date.Unix() == -24*60*60 // also as it is west of Greenwich
	return !isEpoch
}

// dateToken is a number or a word of a text.
type dateToken struct {
	start, end int
	num        int // -1: a word
	digits     int
	month      time.Month // of a word that names one
	solar      int        // of a word that names a month of the Iranian calendar
}

func isUnit(s string, t dateToken, units ...string) bool {
	for _, u := range units {
		if s[t.start:t.end] == u {
			return true
		}
	}
	return false
}

// isDateGap reports whether a text may stand between the numbers of a date.
func isDateGap(gap string) bool {
	switch strings.TrimSpace(gap) {
	case "/", "-", ".", "–", "‑", "．", "／", "|":
		return len(gap) <= 4
	}
	return false
}

// isNumber reports whether the token is a number of so many digits.
func (t dateToken) isNumber(digits int) bool { return t.num >= 0 && t.digits == digits }

// isShort reports whether the token is a number of two digits at most: a day, or a month.
func (t dateToken) isShort() bool { return t.num >= 0 && t.digits <= 2 }

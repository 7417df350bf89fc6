package datetext

import (
	"strings"
	"time"
)

// Days in calendars other than the Gregorian: the Iranian solar one, and years counted from a reign or a republic.

// solarMonths are the months of the Iranian calendar, in Persian and in Dari.
var solarMonths = func() map[string]int {
	months := map[string]int{}
	for i, names := range [...]string{
		"فروردین فروردين حمل", "اردیبهشت ارديبهشت اردی‌بهشت ثور", "خرداد جوزا", "تیر تير سرطان", "مرداد امرداد اسد", "شهریور شهريور سنبله",
		"مهر میزان", "آبان ابان عقرب", "آذر اذر قوس", "دی دي جدی", "بهمن دلو", "اسفند حوت",
	} {
		for name := range strings.FieldsSeq(names) {
			months[name] = i + 1
		}
	}
	return months
}()

// isIranian reports whether pages in a language count years by the Iranian calendar where they say no other.
func isIranian(lang string) bool {
	return lang == "fa" || lang == "prs" || lang == "ps" || lang == "mzn" || lang == "glk"
}

// solarLength returns the days of a month of the Iranian calendar. Its leap years follow the sun; eight of 33 years are
// right from 1799 to 2256.
func solarLength(year, month int) int {
	switch {
	case month < 1 || month > 12:
		return 0
	case month <= 6:
		return 31
	case month < 12:
		return 30
	case (year*8+29)%33 < 8:
		return 30
	}
	return 29
}

// ofSolar returns the day of a date in the Iranian calendar.
func ofSolar(year, month, day, used int) (time.Time, int, bool) {
	if year < 1300 || year >= 1500 || day < 1 || day > solarLength(year, month) {
		return time.Time{}, 0, false
	}
	days := day - 1
	for m := 1; m < month; m++ {
		days += solarLength(year, m)
	}
	for y := 1300; y < year; y++ {
		days += 336 + solarLength(y, 12)
	}
	return time.Date(1921, time.March, 21+days, 0, 0, 0, 0, time.UTC), used, true // 1 Farvardin 1300
}

// eras are years that others are counted from, by the word before the number.
var eras = []struct {
	word string
	zero int
}{{"民國", 1911}, {"民国", 1911}, {"令和", 2018}, {"平成", 1988}, {"昭和", 1925}, {"大正", 1911}}

// eraDayAt reads a day whose month or year is of another calendar at the first of the tokens: 2 خرداد 1400,
// 令和6年5月6日, 民國113年5月6日, on Chinese pages 113年5月6日 and 113/05/06.
func eraDayAt(s string, t []dateToken, lang string) (day time.Time, used int, ok bool) {
	first := t[0]
	if first.num > 0 && first.digits <= 2 && t[1].solar > 0 {
		for at := 2; at < min(len(t), 4); at++ { // "ماه" may stand before the year
			if t[at].digits == 4 {
				return ofSolar(t[at].num, t[1].solar, first.num, at+1)
			}
			if t[at].num >= 0 {
				break
			}
		}
		return day, 0, false
	}
	if first.num > 100 && first.digits == 3 && lang == "zh" && len(t) > 2 {
		if isDateGap(s[first.end:t[1].start]) && isDateGap(s[t[1].end:t[2].start]) && t[1].num > 0 && t[2].num > 0 {
			return ofYear(1911+first.num, t[1].num, t[2].num, 3)
		}
		if year, used, ok := unitDay(s, t); ok {
			return ofYear(1911+first.num, year.month, year.day, used)
		}
	}
	if first.num >= 0 || len(t) < 4 {
		return day, 0, false
	}
	word := s[first.start:first.end]
	for _, era := range eras {
		if strings.HasSuffix(word, era.word+"元年") && t[1].num > 0 && isUnit(s, t[2], "月") && t[3].num > 0 {
			return ofYear(era.zero+1, t[1].num, t[3].num, 4)
		}
		if strings.HasSuffix(word, era.word) && t[1].num > 0 && t[1].digits <= 3 {
			if parts, used, ok := unitDay(s, t[1:]); ok {
				return ofYear(era.zero+t[1].num, parts.month, parts.day, used+1)
			}
		}
	}
	return day, 0, false
}

// monthDay is a month and its day.
type monthDay struct{ month, day int }

// unitDay reads the month and the day of 113年5月6日.
func unitDay(s string, t []dateToken) (parts monthDay, used int, ok bool) {
	if len(t) < 5 || !isUnit(s, t[1], "年") || t[2].num < 1 || !isUnit(s, t[3], "月") || t[4].num < 1 {
		return parts, 0, false
	}
	if used = 5; len(t) > 5 && isUnit(s, t[5], "日") {
		used = 6
	}
	return monthDay{t[2].num, t[4].num}, used, true
}

func ofYear(year, month, day, used int) (time.Time, int, bool) {
	if !isDay(year, month, day) {
		return time.Time{}, 0, false
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), used, true
}

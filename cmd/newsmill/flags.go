package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"newsmill/configs"
)

// checkValues says which flag was given what it can't mean, whatever the command: no name for a file, as an unset
// variable leaves it; less than nothing; times of which the first is not before the second.
func checkValues(flags *pflag.FlagSet) (err error) {
	times := map[string]time.Time{}
	flags.Visit(func(f *pflag.Flag) {
		kind, _ := pflag.UnquoteUsage(f)
		switch f.Value.Type() {
		case "string":
			if kind == "file" && f.Value.String() == "" {
				err = usageErrorf("--%s: the name of the file is empty: name one, or leave out the flag", f.Name)
			}
		case "int", "int64", "duration":
			if strings.HasPrefix(f.Value.String(), "-") {
				err = usageErrorf("--%s %s: it must not be negative", f.Name, f.Value)
			}
		}
		if m, ok := f.Value.(moment); ok {
			times[f.Name] = *m.value
		}
	})
	since, until := times["since"], times["until"]
	if err == nil && !until.IsZero() && !since.Before(until) {
		return usageErrorf("nothing lies between --since %s and --until %s: the first must be the earlier one", since.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	return err
}

// choice is a flag that takes one of a few words.
type choice struct {
	value   *string
	choices []string
}

func (c choice) String() string { return *c.value }
func (c choice) Type() string   { return strings.Join(c.choices, "|") }
func (c choice) Set(s string) error {
	for _, known := range c.choices {
		if s == known {
			*c.value = s
			return nil
		}
	}
	return fmt.Errorf("use one of %s", strings.Join(c.choices, ", "))
}

func choiceVar(flags *pflag.FlagSet, p *string, name, value string, choices []string, usage string) {
	*p = value
	flags.Var(choice{p, choices}, name, usage)
}

// moment is a flag that takes a point in time: a date, a date and time, or an age.
type moment struct {
	value *time.Time
	now   func() time.Time
	end   bool // a bare date means its end, which is the next one's beginning
}

func (m moment) Type() string { return "when" }
func (m moment) String() string {
	if m.value == nil || m.value.IsZero() {
		return ""
	}
	return m.value.Format(time.RFC3339)
}

func (m moment) Set(s string) error {
	t, err := parseMoment(s, m.now(), m.end)
	if err == nil {
		*m.value = t
	}
	return err
}

// parseMoment reads "2026-11-01", "2026-11-01T15:04", "2026-11-01T15:04:05Z", "24h", "7d", "2w", "today" or
// "yesterday". Dates without an offset are in UTC, as everything in the database is.
func parseMoment(s string, now time.Time, end bool) (time.Time, error) {
	now = now.UTC()
	today := now.Truncate(24 * time.Hour)
	day := func(t time.Time) (time.Time, error) {
		if end {
			t = t.Add(24 * time.Hour)
		}
		return t, nil
	}
	switch s {
	case "now":
		return now, nil
	case "today":
		return day(today)
	case "yesterday":
		return day(today.Add(-24 * time.Hour))
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return day(t)
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	if age, err := configs.ParseDuration(s); err == nil {
		return now.Add(-age), nil
	}
	return time.Time{}, fmt.Errorf("write a date (2026-11-01), a time (2026-11-01T15:04) or an age (24h, 7d, 2w)")
}

// age is a flag that takes a length of time, days and weeks included.
type age struct{ value *time.Duration }

func (d age) Type() string { return "age" }
func (d age) String() string {
	if d.value == nil || *d.value == 0 {
		return ""
	}
	return d.value.String()
}

func (d age) Set(s string) error {
	v, err := configs.ParseDuration(s)
	if err == nil {
		*d.value = v
	}
	return err
}

// commaList is a flag of names with commas between them, which may be given several times. Unlike pflag's own it
// takes quotation marks as they are: no name needs them.
type commaList []string

func (l *commaList) String() string { return strings.Join(*l, ",") }
func (l *commaList) Type() string   { return "names" }

func (l *commaList) Set(names string) error {
	for name := range strings.SplitSeq(names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			*l = append(*l, name)
		}
	}
	return nil
}

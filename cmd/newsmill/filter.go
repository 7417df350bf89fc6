package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"newsmill/storage"
)

// filterFlags choose articles: the same flags for every command that reads many of them.
type filterFlags struct {
	sources, languages []string
	since, until       time.Time
	author, section    string
	below              float64
	unique             bool
}

func (f *filterFlags) add(flags *pflag.FlagSet, now func() time.Time) {
	flags.Var((*commaList)(&f.sources), "source", "only of these `sources`, by key")
	flags.Var(moment{value: &f.since, now: now}, "since", "only published since: 2026-11-01, 2026-11-01T15:04, 24h, 7d")
	flags.Var(moment{value: &f.until, now: now, end: true}, "until", "only published until; a date includes its whole day")
	flags.Var((*commaList)(&f.languages), "lang", "only in these `languages`: en finds en-GB too")
	flags.StringVar(&f.author, "author", "", "only by authors whose name has this `text` in it")
	flags.StringVar(&f.section, "section", "", "only of sections whose name has this `text` in it")
	flags.Var((*confidence)(&f.below), "confidence-below", "only with a confidence below `P`, above 0 and up to 1: 0.5 leaves the doubtful ones")
	flags.BoolVar(&f.unique, "unique", false, "of the same story in several articles, only the first")
}

// confidence is a probability that something is below: nothing is below 0. Zero: not asked for.
type confidence float64

func (c *confidence) String() string {
	if *c == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*c), 'g', -1, 64)
}

func (c *confidence) Set(s string) error {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v > 0 && v <= 1) {
		return errors.New("want a probability above 0 and up to 1, as 0.5")
	}
	*c = confidence(v)
	return nil
}

// Type names the value in the help.
func (c *confidence) Type() string { return "P" }

func (f *filterFlags) filter() storage.Filter {
	return storage.Filter{
		Sources: f.sources, Since: f.since, Until: f.until, Languages: f.languages,
		Author: f.author, Section: f.section, Below: f.below, Unique: f.unique,
	}
}

// noteEmpty says why a filter may have let nothing through: a source that has no articles, or a database that has none. It
// reports whether it said anything.
func (a *app) noteEmpty(ctx context.Context, db *storage.DB, sources []string) bool {
	known, err := db.SourceKeys(ctx)
	if err != nil || a.global.quiet {
		return false
	}
	if len(known) == 0 {
		a.note("%s has no articles yet: newsmill crawl fetches some", db.Path())
		return true
	}
	said := false
	for _, s := range sources {
		if !slices.Contains(known, s) {
			a.note("no articles of source %q in %s%s", s, db.Path(), didYouMean("", s, known))
			said = true
		}
	}
	return said
}

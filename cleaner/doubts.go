package cleaner

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"newsmill/cleaner/article"
)

// Why a text is doubtful, in words. A reason is a group of numbers of the model of confidence: it counts as much as the
// confidence would rise if the page had the usual ones instead, those of pages whose text is right.

// reason is what a group of numbers says.
type reason struct {
	numbers []string
	words   func(judged) string // "" where the numbers are nothing to speak of
}

const (
	fewestDoubt = 0.02 // a reason that lowers the confidence by less is none
	mostDoubts  = 4    // reasons that are given
)

var reasons = []reason{
	{[]string{"second_gain", "second_kept"}, func(j judged) string {
		switch gain := j.number("second_gain"); {
		case j.second == "":
			return ""
		case gain > 0.75:
			return "a second region scores nearly as high: " + j.second
		case gain > 0.1:
			return fmt.Sprintf("a second region scores %s as high: %s", percent(gain), j.second)
		}
		return ""
	}},
	{[]string{"outside_best", "gain"}, func(j judged) string {
		if outside := j.number("outside_best"); outside > 0.02 && j.best != "" {
			return fmt.Sprintf("%s of the text stands outside of the best region, %s", percent(outside), j.best)
		}
		return ""
	}},
	{[]string{"pick_f1", "pick_more", "pick_less", "pick_links", "prose_kept", "kept_prose", "missing_in_best"}, func(j judged) string {
		more, less := j.number("pick_more"), j.number("pick_less")
		switch {
		case j.pick == "":
			return "no element holds running text"
		case more > 0.1 && more >= less:
			return fmt.Sprintf("the element that holds most running text, %s, has %s more of it than was taken", j.pick, percent(more))
		case less > 0.05:
			return fmt.Sprintf("%s of the text is not in the element that holds most running text, %s", percent(less), j.pick)
		}
		return ""
	}},
	{[]string{"unsure", "unsure_blocks", "kept_unsure", "precision", "below_90", "least", "kept_most", "spread", "logit", "entropy", "at_0.60", "at_0.75", "at_0.90"}, func(j judged) string {
		if below := j.number("below_90"); below > 0.05 {
			return fmt.Sprintf("%s of the text scores below 0.9", percent(below))
		}
		return ""
	}},
	{[]string{"recall", "f1", "stripped_unsure", "stripped_most", "gap_loss", "doubtful", "at_0.10", "at_0.25", "at_0.40"}, func(j judged) string {
		if unsure := j.number("stripped_unsure"); unsure > 0.05 {
			return fmt.Sprintf("stripped blocks that may belong to it are %s of its length", percent(unsure))
		}
		if doubtful := j.number("doubtful"); doubtful > 0.1 {
			return fmt.Sprintf("stripped blocks that score above 0.1 are %s of its length", percent(doubtful))
		}
		return ""
	}},
	{[]string{"runs", "wide_gaps", "longest_run", "gap_most", "gap_prose", "gap_links", "tags_inside", "blocks_inside"}, func(j judged) string {
		if runs := j.count("runs"); runs > 1 {
			return fmt.Sprintf("the text is in %d pieces with other things between them", runs)
		}
		return ""
	}},
	{[]string{"weakest_run", "weak_runs", "weakest_three", "run_loss", "run_spread"}, func(j judged) string {
		if weakest := j.number("weakest_run"); weakest < 0.9 {
			return fmt.Sprintf("a piece of the text scores %.2f in the mean", weakest)
		}
		return ""
	}},
	{[]string{"alike", "parent", "parents", "parent_missing", "other_parent", "other_parent_score", "mixed_signs"}, func(j judged) string {
		if n := j.count("parents"); n > 1 {
			return fmt.Sprintf("the text comes from %d elements, the largest with %s of it", n, percent(j.number("parent")))
		}
		return ""
	}},
	{[]string{"before_score", "first_score", "first_three", "prose_before", "first_at", "from_title", "chars_from_title", "lead_in"}, func(j judged) string {
		switch {
		case j.number("from_title") < 0:
			return "text was taken from above the title"
		case j.number("before_score") > 0.2 || j.number("first_score") < 0.8:
			return "where the text begins is unclear"
		case j.number("prose_before") > 0.05:
			return "running text before it was stripped"
		}
		return ""
	}},
	{[]string{"after_score", "last_score", "last_three", "prose_after", "last_at", "ends", "tail", "dates_after"}, func(j judged) string {
		switch {
		case j.number("after_score") > 0.2 || j.number("last_three") < 0.8:
			return "where the text ends is unclear"
		case j.number("prose_after") > 0.05:
			return fmt.Sprintf("running text after it, %s of its length, was stripped", percent(j.number("prose_after")))
		case j.number("ends") == 0:
			return "the text does not end with a sentence"
		}
		return ""
	}},
	{[]string{"stripped_run", "stripped_run_chars", "stripped_run_score", "paras_away"}, func(j judged) string {
		if n := j.count("stripped_run_chars"); n > 200 {
			return fmt.Sprintf("%d characters of running text in a row were stripped", n)
		}
		return ""
	}},
	{[]string{"stated", "stated_missing", "described", "described_away", "title_in", "title_out"}, func(j judged) string {
		switch {
		case j.number("stated") >= 0 && j.number("stated") < 0.9:
			return fmt.Sprintf("only %s of the text is in the article text of the page's data", percent(j.number("stated")))
		case j.number("stated_missing") > 0.05:
			return "the article text of the page's data has more"
		case j.number("described_away") > 0.5 && j.number("described") < 0.5:
			return "what the page's description says was stripped"
		}
		return ""
	}},
	{[]string{"article", "claims", "is_article"}, func(j judged) string {
		switch {
		case j.number("is_article") == 0:
			return "the page is no article"
		case j.number("article") < 0.8 && !j.isLines:
			return "the page may be no article"
		}
		return ""
	}},
	{keptWords(), func(j judged) string {
		var called []string
		for i := range doubtfulWords {
			if w := &doubtfulWords[i]; w.name != "" && j.number(w.kept) > 0.05 {
				called = append(called, w.name)
			}
		}
		if len(called) == 0 {
			return ""
		}
		return "text was taken from elements whose names speak of " + strings.Join(called, ", ")
	}},
	{append(strippedWords(), "in_list", "hidden", "apart", "apart_score"), func(j judged) string {
		for _, part := range [...]struct{ name, is string }{{"hidden", "hidden"}, {"in_list", "in lists"}} {
			if s := j.number(part.name); s > 0.2 {
				return fmt.Sprintf("%s of the text is %s", percent(s), part.is)
			}
		}
		return ""
	}},
	{[]string{"chars", "words", "kept_blocks", "kept_share", "kept_mean", "page_chars", "blocks", "elements", "paras"}, func(j judged) string {
		switch n := j.count("words"); {
		case n < 150:
			return fmt.Sprintf("the text is short: %d words", n)
		case j.number("kept_share") < 0.15:
			return fmt.Sprintf("the text is only %s of what the page shows", percent(j.number("kept_share")))
		}
		return ""
	}},
	{[]string{"links", "bold", "ended", "short", "headings", "items", "longest", "digits", "upper", "wide", "quotes"}, func(j judged) string {
		switch {
		case j.number("links") > 0.1:
			return fmt.Sprintf("%s of the text is links", percent(j.number("links")))
		case j.count("short") > 5:
			return fmt.Sprintf("%d blocks of the text are a few words long", j.count("short"))
		case j.number("ended") < 0.7:
			return "much of the text is not in sentences"
		}
		return ""
	}},
	{[]string{"echoed"}, func(j judged) string {
		if echoed := j.number("echoed"); echoed > 0.1 {
			return fmt.Sprintf("%s of the text stands on the page more than once", percent(echoed))
		}
		return ""
	}},
	{[]string{"paywalled", "authors"}, func(j judged) string {
		if j.number("paywalled") > 0 {
			return "the page shows only a part of the article"
		}
		return ""
	}},
}

func keptWords() (names []string) {
	for i := range doubtfulWords {
		names = append(names, doubtfulWords[i].kept)
	}
	return names
}

func strippedWords() (names []string) {
	for i := range doubtfulWords {
		names = append(names, doubtfulWords[i].stripped)
	}
	return names
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// numberAt are the places of the numbers, by name.
var numberAt = sync.OnceValue(func() map[string]int {
	names, _ := certaintyOf(&document{}, &article.Article{}).numbers(true)
	at := make(map[string]int, len(names))
	for i, name := range names {
		at[name] = i
	}
	return at
})

func (j *judged) number(name string) float64 { return float64(j.numbers[numberAt()[name]]) }

// count is a number that stands there as its logarithm.
func (j *judged) count(name string) int { return int(math.Round(math.Expm1(j.number(name)))) }

// doubts are the reasons that lower the confidence most.
func (j judged) doubts() []string {
	if j.by == nil || len(j.by.typical) == 0 {
		return nil
	}
	switch {
	case j.count("chars") == 0:
		return []string{"no text was found"}
	case j.number("recovered") > 0.5:
		return []string{"the text was taken from the page's data: the page does not show it"}
	}
	type doubt struct {
		words string
		rise  float64
	}
	var found []doubt
	now := j.by.probability(j.numbers)
	x := make([]float32, len(j.numbers))
	for _, r := range reasons {
		copy(x, j.numbers)
		for _, name := range r.numbers {
			x[numberAt()[name]] = j.by.typical[numberAt()[name]]
		}
		if rise := j.by.probability(x) - now; rise >= fewestDoubt {
			if words := r.words(j); words != "" {
				found = append(found, doubt{words, rise})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b doubt) int { return cmp.Compare(b.rise, a.rise) })
	var words []string
	for _, d := range found[:min(len(found), mostDoubts)] {
		words = append(words, d.words)
	}
	return words
}

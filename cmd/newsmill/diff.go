package main

import (
	"slices"
	"strings"

	"newsmill/cmd/newsmill/term"
)

// change is a run of words that two texts share, or that only one of them has.
type change struct {
	kind  byte // ' ' in both, '-' only in the old one, '+' only in the new one
	words []string
}

// mostEdits bounds the search for the shortest difference: its memory grows with the square. Texts that differ in
// more words than that are shown as replaced from their first to their last difference.
const mostEdits = 1500

// diffWords compares two texts word by word; a line break is a word, too.
func diffWords(before, after string) []change {
	x, y := diffTokens(before), diffTokens(after)
	start := 0
	for start < len(x) && start < len(y) && x[start] == y[start] {
		start++
	}
	end := 0
	for end < len(x)-start && end < len(y)-start && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	var out []change
	add := func(kind byte, words ...string) {
		if len(words) == 0 {
			return
		}
		if n := len(out); n > 0 && out[n-1].kind == kind {
			out[n-1].words = append(out[n-1].words, words...)
			return
		}
		out = append(out, change{kind, words[:len(words):len(words)]})
	}
	add(' ', x[:start]...)
	myers(x[start:len(x)-end], y[start:len(y)-end], func(kind byte, word string) { add(kind, word) })
	add(' ', x[len(x)-end:]...)
	return out
}

func diffTokens(s string) []string {
	var tokens []string
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			tokens = append(tokens, "\n")
		}
		for _, p := range term.Pieces(line) {
			if p.Space && len(tokens) > 0 && tokens[len(tokens)-1] != "\n" {
				tokens = append(tokens, " "+p.Text)
				continue
			}
			tokens = append(tokens, p.Text)
		}
	}
	return tokens
}

// myers emits the shortest script that makes y of x (E. Myers, An O(ND) difference algorithm, 1986), removals first.
func myers(x, y []string, emit func(kind byte, word string)) {
	reached := editsNeeded(x, y)
	if reached == nil {
		for _, w := range x {
			emit('-', w)
		}
		for _, w := range y {
			emit('+', w)
		}
		return
	}
	type step struct {
		kind byte
		word string
	}
	var steps []step // the last first
	i, j := len(x), len(y)
	both := func(untilX, untilY int) {
		for i > untilX && j > untilY {
			i, j = i-1, j-1
			steps = append(steps, step{' ', x[i]})
		}
	}
	for d := len(reached) - 1; d > 0; d-- {
		at := func(k int) int { return reached[d][d+k] }
		k := i - j
		if isInsertion(k, d, at) {
			both(at(k+1), at(k+1)-k-1)
			j--
			steps = append(steps, step{'+', y[j]})
		} else {
			both(at(k-1), at(k-1)-k+1)
			i--
			steps = append(steps, step{'-', x[i]})
		}
	}
	both(0, 0)
	for n := len(steps) - 1; n >= 0; n-- {
		emit(steps[n].kind, steps[n].word)
	}
}

// editsNeeded finds the least number d of words to remove or insert to make y of x. For each number up to it, it returns how far in
// x the diagonals from -d to d+1 (a diagonal is a place in x less the place in y) were reached with fewer; nil: mostEdits do not do.
func editsNeeded(x, y []string) [][]int {
	most := min(len(x)+len(y), mostEdits)
	far := make([]int, 2*most+2)
	at := func(k int) int { return far[most+k] }
	var reached [][]int
	for d := 0; d <= most; d++ {
		reached = append(reached, slices.Clone(far[most-d:most+d+2]))
		for k := -d; k <= d; k += 2 {
			i := 0
			switch {
			case d == 0:
			case isInsertion(k, d, at):
				i = at(k + 1)
			default:
				i = at(k-1) + 1
			}
			for i < len(x) && i-k < len(y) && i-k >= 0 && x[i] == y[i-k] {
				i++
			}
			far[most+k] = i
			if i >= len(x) && i-k >= len(y) {
				return reached
			}
		}
	}
	return nil
}

// isInsertion reports whether the farthest way to diagonal k with d edits ends with a word of y, and not without one of x.
func isInsertion(k, d int, at func(k int) int) bool { return k == -d || k != d && at(k-1) < at(k+1) }

// diffContext is how many words around a difference are shown.
const diffContext = 12

// formatDiff renders a difference as one text: in colour, or with [-removed-] and {+added+} as git's word diff has
// it. What is the same is cut down to a few words around each change.
func formatDiff(changes []change, colored bool) string {
	var sb strings.Builder
	for i, c := range changes {
		words := c.words
		text := term.StripControls(strings.Join(words, ""))
		switch {
		case c.kind == ' ' && len(changes) == 1:
		case c.kind == ' ':
			text = shortened(words, i > 0, i < len(changes)-1)
		case colored && c.kind == '-':
			text = term.Red + term.Struck + text + term.Reset
		case colored:
			text = term.Green + text + term.Reset
		case c.kind == '-':
			text = leadingSpace(text, "[-", "-]")
		default:
			text = leadingSpace(text, "{+", "+}")
		}
		sb.WriteString(text)
	}
	return sb.String()
}

// leadingSpace puts marks around a text, its leading space before them.
func leadingSpace(text, open, shut string) string {
	trimmed := strings.TrimLeft(text, " ")
	return text[:len(text)-len(trimmed)] + open + trimmed + shut
}

// shortened is the same text with its middle left out: words are kept after a change before it and before one after.
func shortened(words []string, after, before bool) string {
	head, tail := 0, 0
	if after {
		head = diffContext
	}
	if before {
		tail = diffContext
	}
	if len(words) <= head+tail+2 {
		return term.StripControls(strings.Join(words, ""))
	}
	return term.StripControls(strings.Join(words[:head], "")) + " … " + term.StripControls(strings.TrimLeft(strings.Join(words[len(words)-tail:], ""), " "))
}

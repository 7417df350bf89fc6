package configs

import (
	"fmt"
	"strings"
)

// Nearest is the known word that needs the fewest edits to become s; empty where even that one is far off.
func Nearest(s string, known []string) string {
	best, bestEdits := "", min(max(2, len(s)/3), len(s)-1)+1
	for _, k := range known {
		edits := distance(strings.ToLower(s), k)
		if strings.HasPrefix(k, s) && len(s) > 2 { // an abbreviation is the likeliest mistake
			edits = 1
		}
		if edits < bestEdits {
			best, bestEdits = k, edits
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with the next to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := [3][]int{make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(x); i++ {
		before, prev, cur := rows[0], rows[1], rows[2]
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		rows = [3][]int{prev, cur, before}
	}
	return rows[1][len(y)]
}

// didYouMean is a suggestion to append to a message; empty: nothing is near.
func didYouMean(s string, known []string) string {
	if near := Nearest(s, known); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ""
}

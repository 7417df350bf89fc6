package main

import (
	"strings"
	"testing"
)

func TestDiffWords(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"same":    {"a b c", "a b c", "a b c"},
		"replace": {"the old bridge fell", "the new bridge fell", "the [-old-] {+new+} bridge fell"},
		"insert":  {"a c", "a b c", "a {+b+} c"},
		"delete":  {"a b c", "a c", "a [-b-] c"},
		"empty":   {"", "a b", "{+a b+}"},
		"chinese": {"经济增长百分之五", "经济增长百分之六", "经济增长百分之[-五-]{+六+}"},
	} {
		got := formatDiff(diffWords(c.before, c.after), false)
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	// Whatever the texts, taking one side of the difference gives that text back.
	words := strings.Fields("a b c d e a b x y z")
	for i := range 200 {
		var x, y []string
		for j, w := range words {
			if i>>(j%8)&1 == 0 {
				x = append(x, w)
			}
			if i>>((j+3)%8)&1 == 0 {
				y = append(y, w)
			}
		}
		before, after := strings.Join(x, " "), strings.Join(y, " ")
		var gotBefore, gotAfter strings.Builder
		for _, ch := range diffWords(before, after) {
			if ch.kind != '+' {
				gotBefore.WriteString(strings.Join(ch.words, ""))
			}
			if ch.kind != '-' {
				gotAfter.WriteString(strings.Join(ch.words, ""))
			}
		}
		if strings.TrimSpace(gotBefore.String()) != before || strings.TrimSpace(gotAfter.String()) != after {
			t.Fatalf("%q -> %q came back as %q -> %q", before, after, gotBefore.String(), gotAfter.String())
		}
	}
}

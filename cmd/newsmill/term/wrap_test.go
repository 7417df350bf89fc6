package term

import (
	"reflect"
	"testing"
)

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		width int
		want  []string
	}{
		"words":       {"the quick brown fox jumps", 20, []string{"the quick brown fox", "jumps"}},
		"exact":       {"twenty letters wide.", 20, []string{"twenty letters wide."}},
		"long word":   {"a antidisestablishmentarianism b", 20, []string{"a", "antidisestablishmentarianism", "b"}},
		"chinese":     {"国家统计局周一公布的数据显示，上半年", 20, []string{"国家统计局周一公布的", "数据显示，上半年"}},
		"punctuation": {"国家统计局周一公布的，数据", 20, []string{"国家统计局周一公布", "的，数据"}},
		"lines":       {"a\n\nb", 20, []string{"a", "", "b"}},
		"spaces":      {"  a   b ", 20, []string{"a b"}},
		"empty":       {"", 20, []string{""}},
	} {
		if got := Wrap(c.text, c.width, Width); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

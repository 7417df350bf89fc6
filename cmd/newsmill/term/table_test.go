package term

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	columns := []Column{{Name: "id", Right: true}, {Name: "title", Grow: true}, {Name: "last_seen", Spare: true}}
	rows := [][]string{{"7", "The harbour opens\nagain after the storm", "2026-11-23"}, {"112", "渔民", "never"}}
	for name, c := range map[string]struct {
		width int
		want  string
	}{
		"as wide as it gets": {0, `
 ID  TITLE                                    LAST SEEN
  7  The harbour opens again after the storm  2026-11-23
112  渔民                                     never
`},
		"a column that grows is cut": {40, `
 ID  TITLE                    LAST SEEN
  7  The harbour opens agai…  2026-11-23
112  渔民                     never
`},
		"a spare column is left out": {25, `
 ID  TITLE
  7  The harbour opens a…
112  渔民
`},
		"nothing is narrower than this": {3, `
 ID  TITLE
  7  The harbour…
112  渔民
`},
	} {
		var sb strings.Builder
		if err := (Table{Columns: columns, Rows: rows, Width: c.width}).Print(&sb); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + sb.String(); got != c.want {
			t.Errorf("%s:%s\nwant%s", name, got, c.want)
		}
	}
}

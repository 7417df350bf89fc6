package term_test

import (
	"fmt"
	"os"

	"newsmill/cmd/newsmill/term"
)

func ExampleTable() {
	table := term.Table{
		Columns: []term.Column{{Name: "id", Right: true}, {Name: "published_at"}, {Name: "title", Grow: true}},
		Rows:    [][]string{{"42", "2026-11-23", "Herring quotas rise for the third year"}},
		Width:   40,
	}
	table.Print(os.Stdout)
	// Output:
	// ID  PUBLISHED AT  TITLE
	// 42  2026-11-23    Herring quotas rise f…
}

func ExampleWrap() {
	for _, line := range term.Wrap("国家统计局周一公布的数据显示，上半年 growth was 5 %.", 24, term.Width) {
		fmt.Println(line)
	}
	// Output:
	// 国家统计局周一公布的数据
	// 显示，上半年 growth was
	// 5 %.
}

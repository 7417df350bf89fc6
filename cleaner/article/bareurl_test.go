package article

import "testing"

func TestFormsOfAPageShareTheirBareAddress(t *testing.T) {
	const bare = "a.example/news/ferry-returns"
	for address, marks := range map[string]int{
		"https://a.example/news/ferry-returns":                0,
		"https://www.a.example/news/ferry-returns/":           0,
		"http://a.example/news/ferry-returns":                 1,
		"https://amp.a.example/news/ferry-returns":            1,
		"https://m.a.example/news/ferry-returns?m=1":          2,
		"https://a.example/amp/news/ferry-returns":            1,
		"https://a.example/news/ferry-returns/amp/":           1,
		"https://a.example/news/ferry-returns.amp":            1,
		"https://a.example/news/ferry-returns?print=1":        1,
		"https://a.example/news/ferry-returns?outputType=amp": 1,
		"https://a.example/drucken/news/ferry-returns":        1,
		"https://a.example/news/ferry-returns/print.html":     1,
		"https://a.example/news/ferry-returns/index.html":     0,
	} {
		if got, n := BareURL(address); got != bare || n != marks {
			t.Errorf("%s: %s with %d marks, want %s with %d", address, got, n, bare, marks)
		}
	}
	for _, address := range []string{
		"https://a.example/news/ferry-returns-again", "https://b.a.example/news/ferry-returns", "https://a.example/news/ferry-returns?id=2",
		"https://a.example/news/ferry-returns?cmp=2", "https://a.example/news/ferry-returns?print=0", "https://a.example/print", "https://m.example/news/ferry-returns",
	} {
		if got, _ := BareURL(address); got == bare {
			t.Errorf("%s: is no form of %s", address, bare)
		}
	}
}

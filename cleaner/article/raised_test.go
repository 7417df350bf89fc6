package article

import "testing"

// TestPlain says which sign plain text has for what stands above and below the line.
func TestPlain(t *testing.T) {
	for _, c := range []struct {
		before, part string
		kind         SpanKind
		want         string
	}{
		{"900 m", "2", SuperscriptSpan, "²"},
		{"CO", "2", SubscriptSpan, "₂"},
		{"10", "−12", SuperscriptSpan, "⁻¹²"},
		{"Ca", "2+", SuperscriptSpan, "²⁺"},
		{"1", "er", SuperscriptSpan, "er"},
		{"XIX", "e", SuperscriptSpan, "e"},
		{"n", "o", SuperscriptSpan, "o"},
		{"Halden", "TM", SuperscriptSpan, "TM"},
		{"e", "x", SuperscriptSpan, "^x"},
		{"e", "2x+1", SuperscriptSpan, "^(2x+1)"},
		{"s", "′", SuperscriptSpan, "′"},
		{"v", "max", SubscriptSpan, "_max"},
		{"NO", "x", SubscriptSpan, "_x"},
		{"Leuchtturm", "beta", SubscriptSpan, "beta"},
		{"word", "12", SuperscriptSpan, "¹²"},
		{"word", "[12]", SuperscriptSpan, "[12]"},
		{"word", "(3)", SuperscriptSpan, "(3)"},
		{"", "1", SuperscriptSpan, "¹"},
		{"", "2024", SuperscriptSpan, "2024"},
		{"Photo: ", "Ada Brink, Westmere", SubscriptSpan, "Ada Brink, Westmere"},
	} {
		text := c.before + c.part + "."
		s := Span{Kind: c.kind, Start: len(c.before), End: len(c.before) + len(c.part)}
		if got := s.Plain(text); got != c.want {
			t.Errorf("%s{%s}: got %q, want %q", c.before, c.part, got, c.want)
		}
	}
	linked := Node{Text: "a2 b1", Spans: []Span{{Kind: SuperscriptSpan, Start: 1, End: 2}, {Kind: LinkSpan, Start: 3, End: 5, URL: "x"}, {Kind: SuperscriptSpan, Start: 4, End: 5}}}
	if p := linked.Plain(); p.Text != "a² b¹" || len(p.Spans) != 1 || p.Text[p.Spans[0].Start:p.Spans[0].End] != "b¹" {
		t.Errorf("got %+v", p)
	}
	within := Node{Text: "a12 b", Spans: []Span{{Kind: SuperscriptSpan, Start: 1, End: 3}, {Kind: LinkSpan, Start: 1, End: 2, URL: "x"}, {Kind: LinkSpan, Start: 0, End: 2, URL: "y"}, {Kind: LinkSpan, Start: 2, End: 5, URL: "z"}}}
	p := within.Plain()
	for i, want := range []string{"¹²", "a¹²", "¹² b"} {
		if got := p.Text[p.Spans[i].Start:p.Spans[i].End]; got != want {
			t.Errorf("link %d of part of an exponent: over %q, want %q", i, got, want)
		}
	}
}

package cleaner

import (
	"strings"
	"testing"
)

func TestParseJSONReadsWhatPagesHold(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":                  {`{"a": "x", "b": [1, true, null]}`, `{a:"x" b:[1 true null]}`},
		"trailing commas":        {`{"a": [1, 2, ], }`, `{a:[1 2]}`},
		"missing comma":          {"{\"a\": \"x\"\n\"b\": \"y\"}", `{a:"x" b:"y"}`},
		"raw line break":         {"{\"a\": \"one\ntwo\"}", `{a:"one|two"}`},
		"unescaped quotes":       {`{"headline": "The "Harbour" vote", "b": "y"}`, `{headline:"The "Harbour" vote" b:"y"}`},
		"escapes":                {`{"a": "\u0041\/\"\n\ud83d\ude00\x41"}`, `{a:"A/"|😀A"}`},
		"broken surrogate":       {`{"a": "\ud83d!"}`, `{a:"�!"}`},
		"html comment":           {`<!-- {"a": "x"} -->`, `{a:"x"}`},
		"cdata":                  {"//<![CDATA[\n{\"a\": \"x\"}\n//]]>", `{a:"x"}`},
		"comment inside":         {"{\"a\": /* why */ \"x\", // that\n \"b\": \"y\"}", `{a:"x" b:"y"}`},
		"address is no comment":  {`{"a": "https://harbour.example/x"}`, `{a:"https://harbour.example/x"}`},
		"several in a row":       {`{"a": "x"} {"b": "y"}`, `{a:"x"} {b:"y"}`},
		"entities for quotes":    {`{&quot;a&quot;: &quot;x&quot;}`, `{a:"x"}`},
		"bare and single-quoted": {`{a: 'x', 'b': undefined}`, `{a:"x" b:null}`},
		"cut off":                {`{"a": {"b": ["x", "y`, `{a:{b:["x" "y"]}}`},
		"brace missing":          {`[{"a": "x", {"b": "y"}]`, `[{a:"x"}]`},
		"text before and after":  {`window.x = {"a": "x"};`, `{a:"x"}`},
		"nothing":                {`  `, ``},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, v := range parseJSON(c.in) {
				got = append(got, show(&v))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("parseJSON(%s) = %s, want %s", c.in, s, c.want)
			}
		})
	}
}

func show(v *jsonValue) string {
	var parts []string
	for i := range v.items {
		s := show(&v.items[i])
		if v.kind == jsonObject {
			s = v.keys[i] + ":" + s
		}
		parts = append(parts, s)
	}
	switch v.kind {
	case jsonNull:
		return "null"
	case jsonBare:
		return v.text
	case jsonString:
		return `"` + strings.ReplaceAll(v.text, "\n", "|") + `"`
	case jsonArray:
		return "[" + strings.Join(parts, " ") + "]"
	default:
		return "{" + strings.Join(parts, " ") + "}"
	}
}

func TestParseJSONIsLinear(t *testing.T) {
	for name, unit := range map[string]string{
		"open brackets": "[", "open braces": `{"a":`, "quotes": `"`, "quoted quotes": `["" `, "spaces after quotes": `"` + strings.Repeat(" ", 150), "comments": "{/*", "backslashes": `["\`, "surrogates": `["\ud83d`,
	} {
		s := "[" + strings.Repeat(unit, 4<<20/len(unit))
		t.Run(name, func(t *testing.T) { parseJSON(s) }) // quadratic code would run into the test's time limit
	}
}

// TestParagraphsOf reads texts from data as a reader would see them.
func TestParagraphsOf(t *testing.T) {
	for text, want := range map[string]string{
		"<p>900 m<sup>2</sup> of CO<sub>2</sub></p><p>1<sup>er</sup> mai</p>":           "900 m² of CO₂|1er mai",
		"<p><ruby>汐見<rp>(</rp><rt>しおみ</rt><rp>)</rp></ruby>の<ruby>港<rt>みなと</ruby>町</p>": "汐見の港町",
		"<p><ruby><rb>魚<rt>うお<rb>市<rt>いち</ruby>が</p><p>開く</p>":                          "魚市が|開く",
		"One.<br><br>Two.<br>Three.": "One.|Two. Three.",
		"One.\n\nTwo\nlines.":        "One.|Two lines.",
	} {
		if got := strings.Join(paragraphsOf(text), "|"); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

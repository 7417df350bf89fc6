package loosejson

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
			for _, v := range Parse(c.in) {
				got = append(got, show(&v))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("parseJSON(%s) = %s, want %s", c.in, s, c.want)
			}
		})
	}
}

func show(v *Value) string {
	var parts []string
	for i := range v.Items {
		s := show(&v.Items[i])
		if v.Kind == Object {
			s = v.Keys[i] + ":" + s
		}
		parts = append(parts, s)
	}
	switch v.Kind {
	case Null:
		return "null"
	case Bare:
		return v.Text
	case String:
		return `"` + strings.ReplaceAll(v.Text, "\n", "|") + `"`
	case Array:
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
		t.Run(name, func(t *testing.T) { Parse(s) }) // quadratic code would run into the test's time limit
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a": [1, "x"]}`, "//<![CDATA[\n{}", `{"a": "x" "b": '`, `[{"\ud83d": /*`, `{&quot;a&quot;: 1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { Parse(s) })
}

package main

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"newsmill/configs"
)

// Lists come from any editor, mail or spreadsheet.
func TestListsNameSources(t *testing.T) {
	const three = "https://one.example/ https://two.example/a%20b https://three.example/c"
	plain := "https://one.example/\nhttps://two.example/a%20b\nhttps://three.example/c\n"
	in16 := func(e unicode.Endianness, mark unicode.BOMPolicy) string {
		s, err := unicode.UTF16(e, mark).NewEncoder().String(plain)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, c := range map[string]struct{ list, want, err string }{
		"plain":                   {list: plain, want: three},
		"byte order mark":         {list: "\ufeff" + plain, want: three},
		"Windows":                 {list: "\ufeff" + strings.ReplaceAll(plain, "\n", "\r\n"), want: three},
		"old Mac":                 {list: strings.ReplaceAll(plain, "\n", "\r"), want: three},
		"no last line break":      {list: strings.TrimSpace(plain), want: three},
		"UTF-16, little endian":   {list: in16(unicode.LittleEndian, unicode.UseBOM), want: three},
		"UTF-16, big endian":      {list: in16(unicode.BigEndian, unicode.UseBOM), want: three},
		"UTF-16LE without a mark": {list: in16(unicode.LittleEndian, unicode.IgnoreBOM), want: three},
		"UTF-16BE without a mark": {list: in16(unicode.BigEndian, unicode.IgnoreBOM), want: three},
		"comments":                {list: "# all of them\n" + strings.ReplaceAll(plain, "\n", "  # good\n\n \t\n") + "\t# end", want: three},
		"a comment behind a tab":  {list: strings.ReplaceAll(plain, "\n", "\t#good\n"), want: three},
		"quotes and brackets":     {list: "<https://one.example/>\n\"https://two.example/a%20b\"\n  'https://three.example/c'  \n", want: three},
		"commas":                  {list: "\"https://one.example/\",\n'https://two.example/a%20b' ; # good\nhttps://three.example/c,\n", want: three},
		"semicolons, CJK":         {list: "https://one.example/;\n<https://two.example/a%20b>；\n“https://three.example/c”、\n", want: three},
		"commas that lead":        {list: "  https://one.example/\n, https://two.example/a%20b\n,https://three.example/c", want: three},
		"JSON":                    {list: "[\n  \"https://one.example/\",\n  \"https://two.example/a%20b\",\n  \"https://three.example/c\"\n]\n", want: three},
		"JSON, tight":             {list: "[\"https://one.example/\",\n\"https://two.example/a%20b\",\n\"https://three.example/c\"],", want: three},
		"an address's own":        {list: "https://one.example/a,b;c,\n\"https://two.example/d,\",\n", want: "https://one.example/a,b;c https://two.example/d,"},
		"an address of numbers":   {list: "https://[2001:db8::1],\n\"https://[2001:db8::2]\"", want: "https://[2001:db8::1]/ https://[2001:db8::2]/"},
		"two quoted in a line":    {list: `"https://one.example/","https://two.example/"`, err: "-:1: more than one word: write one source, domain or address a line, a space within it as %20, a comment behind #"},
		"lists joined by cat":     {list: "https://one.example/\n\ufeffhttps://two.example/a%20b\n\ufeffhttps://three.example/c", want: three},
		"a fragment":              {list: "https://one.example/#top", want: "https://one.example/"},
		"two in a line":           {list: "\n# a\nhttps://one.example/ https://two.example/", err: "-:3: more than one word: write one source, domain or address a line, a space within it as %20, a comment behind #"},
		"columns":                 {list: "https://one.example/\tOne", err: "-:1: more than one word: write one source, domain or address a line, a space within it as %20, a comment behind #"},
		"a mistake":               {list: "https://one.example/\r\n\r\nbbc\r\n", err: `-:3: no source "bbc": did you mean "bbc-news"?`},
		"nothing":                 {list: "\ufeff# nothing\r\n", err: "-: names no source, domain or address: write one a line"},
	} {
		a := &app{stdin: strings.NewReader(c.list)}
		sources, err := a.named(configs.Default(), "-", nil)
		if err != nil || c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: error %v, want %s", name, err, c.err)
			}
			continue
		}
		var got []string
		for _, s := range sources {
			got = append(got, s.Start...)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got, " "), c.want)
		}
	}
}

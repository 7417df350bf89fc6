package charset

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"
)

// whatwgEncodings are the names of the Encoding Standard's encodings, but "replacement", which decodes nothing.
var whatwgEncodings = strings.Fields(`utf-8 ibm866 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-8-i
	iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 koi8-r koi8-u macintosh windows-874 windows-1250 windows-1251 windows-1252
	windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 windows-1258 x-mac-cyrillic gbk gb18030 big5 euc-jp iso-2022-jp shift_jis
	euc-kr utf-16be utf-16le x-user-defined us-ascii latin1`)

// charsetSamples are texts of languages that charsetTexts does not have, for encodings that were made for them.
var charsetSamples = map[string]string{
	"mt": "Il-vapur lejn il-gżejjer jerġa' jbaħħar mit-Tnejn, qal l-uffiċċju tal-port wara xitwa twila fil-baċir.",
	"et": "Praam saartele sõidab jälle esmaspäevast, ütles sadamaamet pärast pikka talve dokis; õhtune väljumine jääb ära.",
	"cy": "Mae’r fferi i’r ynysoedd yn hwylio eto o ddydd Llun, meddai swyddfa’r harbwr; bydd y tŷ bach ar gau, a’r dŵr hefyd.",
	"is": "Ferjan til eyjanna siglir aftur frá mánudegi, segir hafnarstjórnin; þetta hefur verið löng bið fyrir þá sem búa þar.",
	"ro": "Feribotul către insule circulă din nou de luni, a spus căpitănia portului; mulți locuitori au așteptat până acum.",
	"vi": "Phà ra các đảo chạy lại từ thứ hai.",
	"en": "The ferry to the outer islands sails again from Monday, the harbour office said, after a long winter in dock.",
}

// TestEveryEncodingOfTheWeb: each encoding of the Encoding Standard, declared rightly in a header or in the page, or by
// a byte order mark, with another declaration that lies or without; none of them is refused.
func TestEveryEncodingOfTheWeb(t *testing.T) {
	texts := map[string]string{}
	for lang, c := range charsetTexts {
		texts[lang] = c.text
	}
	for lang, text := range charsetSamples {
		texts[lang] = text
	}
	tried, right, encodings := 0, 0, 0
	for _, name := range whatwgEncodings {
		enc, err := htmlindex.Get(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fits := 0
		for lang, text := range texts {
			if _, err := enc.NewEncoder().String(text); err != nil {
				continue
			}
			if name == "x-user-defined" && lang != "en" {
				continue
			}
			fits++
			encode := func(page string) []byte {
				b, err := enc.NewEncoder().Bytes([]byte(page))
				if err != nil {
					t.Fatalf("%s in %s: %v", lang, name, err)
				}
				return b
			}
			cases := map[string]source{
				"header": {Body: encode(wrapPage(text, "")), ContentType: "text/html; charset=" + name},
				"meta":   {Body: encode(wrapPage(text, name))},
				"both":   {Body: encode(wrapPage(text, name)), ContentType: "text/html; charset=" + name},
			}
			if name != "utf-8" && lang != "en" {
				cases["meta, and a header that lies"] = source{Body: encode(wrapPage(text, name)), ContentType: "text/html; charset=utf-8"}
			}
			switch name {
			case "utf-8":
				cases["mark"] = source{Body: []byte("\xef\xbb\xbf" + wrapPage(text, "")), ContentType: "text/html; charset=iso-8859-1"}
			case "utf-16le":
				cases["mark"] = source{Body: append([]byte("\xff\xfe"), encode(wrapPage(text, ""))...), ContentType: "text/html; charset=utf-8"}
			case "utf-16be":
				cases["mark"] = source{Body: append([]byte("\xfe\xff"), encode(wrapPage(text, ""))...)}
			}
			for label, in := range cases {
				tried++
				switch got, as, err := read(in); {
				case err != nil:
					t.Errorf("%s in %s, %s: %v", lang, name, label, err)
				case strings.Contains(got, text):
					right++
				default:
					t.Logf("%s in %s, %s: decoded as %s", lang, name, label, as)
				}
			}
			if _, _, err := read(source{Body: encode(wrapPage(text, "")), ContentType: "text/html; charset=shift_jis"}); err != nil {
				t.Errorf("%s in %s, labelled shift_jis: %v", lang, name, err)
			}
		}
		if fits == 0 {
			t.Errorf("%s: no text for it", name)
		}
		encodings++
	}
	t.Logf("%d encodings: %d of %d texts that are declared rightly once come out right", encodings, right, tried)
	if encodings < 40 || right*100 < tried*99 {
		t.Errorf("%d encodings: %d of %d come out right, want 99 %%", encodings, right, tried)
	}
}

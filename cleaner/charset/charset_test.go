package charset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	utf16 "golang.org/x/text/encoding/unicode"
)

// source is a page as it came.
type source struct {
	Body        []byte
	ContentType string
}

func read(s source) (text, name string, err error) { return Decode(s.Body, s.ContentType, false) }

// corpus returns a path in the corpus of captured pages, and skips the test where there is none.
func corpus(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("NEWSMILL_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no corpus: %v", err)
	}
	return path
}

// charsetTexts are a paragraph a language, with the encodings that its pages once came in.
var charsetTexts = map[string]struct {
	encodings string
	text      string
}{
	"de": {"windows-1252", "Die Fähre zum Süden fährt wieder, teilte die Reederei am Dienstag mit. „Wir müssen prüfen, ob die Brücke hält“, sagte der Bürgermeister. Für Fußgänger bleibt sie gesperrt; das Gebäude gehört der Stadt, die größere Schäden befürchtet."},
	"fr": {"windows-1252", "Le marché aux fleurs a été fermé à la suite de l’incendie, a annoncé la préfecture. « Les commerçants n’ont rien reçu », déplore le maire, qui espère une réouverture à Noël. L’enquête, confiée à la gendarmerie, a déjà coûté très cher aux contribuables français."},
	"es": {"windows-1252", "El alcalde confirmó que la presa no volverá a abrirse este año. «La situación es difícil», señaló en una rueda de prensa. Según los vecinos, el agua llegó a las casas en menos de una hora; ningún niño resultó herido. ¿Cuándo acabará esto?, preguntó una anciana."},
	"pt": {"windows-1252", "A ponte sobre o rio não será reaberta antes de março, informou a câmara municipal. As inundações já causaram prejuízos de milhões de euros na região, e a população espera soluções. «É uma situação difícil», disse o presidente da associação de moradores."},
	"it": {"windows-1252", "La città è rimasta senz’acqua per più di dodici ore. «Non è la prima volta e così non si può andare avanti», ha detto il sindaco, che lunedì sarà a Roma. Perché la società non abbia avvertito nessuno, però, nessuno lo sa."},
	"sv": {"windows-1252", "Färjan till öarna går igen efter stormen, säger rederiet. Många hus är utan ström och vägen är avstängd på grund av fallna träd. – Vi får hjälpas åt, det är så vi gör här ute, säger en åttioårig fiskare som aldrig har sett något liknande."},
	"da": {"windows-1252", "Færgen til øerne sejler igen, oplyser rederiet. Mange huse er stadig uden strøm, og vejen er spærret på grund af væltede træer. Borgmesteren håber, at skolerne kan åbne på mandag, når børnene kommer hjem."},
	"pl": {"windows-1250 iso-8859-2", "Most nad rzeką zostanie zamknięty jeszcze w tym miesiącu, zapowiedział burmistrz. Mieszkańcy żądają wyjaśnień, ponieważ objazd wydłuży drogę do szkoły o ponad godzinę. Część radnych uważa, że można było tego uniknąć. Źródło pożaru nie jest znane."},
	"cs": {"windows-1250 iso-8859-2", "Most přes řeku bude uzavřen ještě tento měsíc, oznámil starosta. Lidé žádají vysvětlení, protože objížďka prodlouží cestu do školy o více než hodinu. Část zastupitelů říká, že šlo o zbytečnou chybu. Déšť má pokračovat až do úterý."},
	"hu": {"windows-1250 iso-8859-2", "A hidat még ebben a hónapban lezárják, közölte a polgármester. A lakók magyarázatot követelnek, mert a kerülő több mint egy órával hosszabbítja meg az utat az iskoláig. A képviselők szerint ez elkerülhető lett volna, és a költségek tovább nőnek."},
	"tr": {"windows-1254", "Köprü bu ay içinde trafiğe kapatılacak, diye açıkladı belediye başkanı. Halk açıklama bekliyor; çünkü çocukların okula giden yolu bir saatten fazla uzayacak. Meclis üyeleri ise yanlış yapıldığını söylüyor ve İstanbul’dan yardım istiyor."},
	"lt": {"windows-1257", "Tiltas per upę bus uždarytas dar šį mėnesį, pranešė meras. Žmonės reikalauja paaiškinimų, nes kelias į mokyklą pailgės daugiau kaip valanda. Dalis tarybos narių sako, kad šios klaidos buvo galima išvengti, o išlaidų našta tik didėja."},
	"ru": {"windows-1251 koi8-r iso-8859-5 ibm866", "Мост через реку закроют ещё в этом месяце, сообщил мэр города. Жители требуют объяснений, поскольку дорога в школу станет длиннее больше чем на час. Часть депутатов считает, что этого можно было избежать, а расходы продолжают расти."},
	"uk": {"windows-1251 koi8-u", "Міст через річку закриють ще цього місяця, повідомив міський голова. Жителі вимагають пояснень, оскільки дорога до школи стане довшою більше ніж на годину. Частина депутатів вважає, що цього можна було уникнути, а її гроші пішли на інше."},
	"bg": {"windows-1251", "Мостът над реката ще бъде затворен още този месец, съобщи кметът на града. Жителите искат обяснение, защото пътят до училището ще стане по-дълъг с повече от час. Част от съветниците смятат, че това е можело да бъде избегнато."},
	"el": {"windows-1253 iso-8859-7", "Η γέφυρα πάνω από το ποτάμι θα κλείσει αυτόν τον μήνα, ανακοίνωσε ο δήμαρχος. Οι κάτοικοι ζητούν εξηγήσεις, καθώς ο δρόμος προς το σχολείο θα γίνει πάνω από μία ώρα μακρύτερος. Ορισμένοι σύμβουλοι θεωρούν ότι αυτό μπορούσε να αποφευχθεί."},
	"he": {"windows-1255", "הגשר שמעל הנהר ייסגר עוד החודש, הודיע ראש העיר. התושבים דורשים הסברים, משום שהדרך לבית הספר תתארך ביותר משעה. חלק מחברי המועצה סבורים שאפשר היה להימנע מכך, וההוצאות ממשיכות לגדול."},
	"ar": {"windows-1256 iso-8859-6", "أعلن رئيس البلدية أن الجسر فوق النهر سيغلق خلال هذا الشهر. ويطالب السكان بتفسير لأن الطريق إلى المدرسة ستصبح أطول بأكثر من ساعة. ويرى بعض أعضاء المجلس أنه كان من الممكن تجنب ذلك، فيما تستمر النفقات في الارتفاع."},
	"th": {"windows-874", "นายกเทศมนตรีประกาศว่าสะพานข้ามแม่น้ำจะปิดภายในเดือนนี้ ชาวบ้านเรียกร้องให้ชี้แจงเพราะเส้นทางไปโรงเรียนจะใช้เวลานานขึ้นกว่าหนึ่งชั่วโมง สมาชิกสภาบางคนเห็นว่าเรื่องนี้หลีกเลี่ยงได้"},
	"zh": {"gbk gb18030", "市长星期二宣布，河上的大桥将在本月内关闭。居民要求政府作出解释，因为孩子们上学的路程将增加一个多小时。部分议员认为这本来是可以避免的，而维修费用还在不断上升。专家表示，这座桥已经使用了五十多年。"},
	"tw": {"big5", "市長星期二宣布，河上的大橋將在本月內關閉。居民要求政府作出解釋，因為孩子們上學的路程將增加一個多小時。部分議員認為這本來是可以避免的，而維修費用還在不斷上升。專家表示，這座橋已經使用了五十多年。"},
	"ja": {"shift_jis euc-jp iso-2022-jp", "市長は火曜日、川にかかる橋を今月中に閉鎖すると発表した。通学路が一時間以上長くなるため、住民は説明を求めている。一部の議員は「避けられたはずだ」と話し、修理の費用はさらに増える見通しだ。橋は完成から五十年以上がたっている。"},
	"ko": {"euc-kr", "시장은 화요일 강 위의 다리를 이달 안에 폐쇄한다고 발표했다. 아이들의 통학 시간이 한 시간 이상 길어지기 때문에 주민들은 설명을 요구하고 있다. 일부 의원은 피할 수 있었던 일이라며 수리 비용이 계속 늘고 있다고 지적했다."},
}

// wrapPage makes a page of a text, with a declaration or without.
func wrapPage(text, label string) string {
	meta := ""
	if label != "" {
		meta = `<meta charset="` + label + `">`
	}
	return "<!DOCTYPE html><html><head>" + meta + "<title>x</title></head><body><nav><a href=/>Home</a> <a href=/news>News</a></nav><article><p>" + text + "</p>\n<p>" + text + "</p></article></body></html>"
}

func encodeAs(t *testing.T, name, text string) []byte {
	t.Helper()
	enc, _ := lookupEncoding(name)
	if enc == nil {
		t.Fatalf("no encoding %q", name)
	}
	out, err := enc.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// wrongLabels are labels that servers send for anything.
var wrongLabels = []string{"utf-8", "iso-8859-1", "windows-1252", "gb2312", "shift_jis", "euc-kr", "windows-1251", "big5"}

func TestLegacyEncodings(t *testing.T) {
	wrong, wrongRight := 0, 0
	for lang, c := range charsetTexts {
		for _, name := range strings.Fields(c.encodings) {
			for _, page := range []string{c.text, wrapPage(c.text, "")} {
				body := encodeAs(t, name, page)
				for label, in := range map[string]source{
					"right header": {Body: body, ContentType: "text/html; charset=" + name},
					"right meta":   {Body: encodeAs(t, name, wrapPage(c.text, name))},
					"no label":     {Body: body},
				} {
					got, enc, err := read(in)
					if err != nil || !strings.Contains(got, c.text) {
						t.Errorf("%s in %s, %s: decoded as %s (%v): %.80q", lang, name, label, enc, err, got)
					}
				}
				for _, label := range wrongLabels {
					got, enc, err := read(source{Body: body, ContentType: "text/html; charset=" + label})
					wrong++
					if err == nil && got == page {
						wrongRight++
					} else {
						t.Logf("%s in %s, labelled %s: decoded as %s (%v)", lang, name, label, enc, err)
					}
				}
			}
		}
	}
	if wrongRight*100 < wrong*95 {
		t.Errorf("%d of %d wrongly labelled texts come out right, want 95 %%", wrongRight, wrong)
	}
	t.Logf("%d of %d wrongly labelled texts come out right", wrongRight, wrong)
}

// Encodings that are hard to guess come out right where the page says what it is in, under any of their names.
func TestRareEncodingsWithLabels(t *testing.T) {
	texts := map[string]string{
		"ro": "Podul peste râu va fi închis încă în această lună, a anunțat primarul. Locuitorii cer explicații, fiindcă drumul până la școală va dura cu o oră mai mult.",
		"et": "Jõe kohal olev sild suletakse veel sel kuul, teatas linnapea. Elanikud nõuavad selgitusi, sest koolitee pikeneb üle tunni aja.",
		"ga": "Dúnfar an droichead thar an abhainn an mhí seo, arsa an méara. Tá míniú á lorg ag muintir na háite mar go mbeidh an bóthar go dtí an scoil níos faide.",
		"mt": "Il-pont fuq ix-xmara se jingħalaq dan ix-xahar, ħabbar is-sindku. Ir-residenti jitolbu spjegazzjoni għax it-triq lejn l-iskola se ttul.",
		"fi": "Joen ylittävä silta suljetaan vielä tässä kuussa, kertoi kaupunginjohtaja. Asukkaat vaativat selitystä, koska koulumatka pitenee yli tunnilla.",
	}
	for name, c := range map[string]struct{ lang, labels string }{
		"iso-8859-2": {"pl", "latin2 iso_8859-2 l2"}, "iso-8859-3": {"mt", "latin3"}, "iso-8859-4": {"et", "latin4 iso8859-4"}, "iso-8859-5": {"ru", "cyrillic"},
		"iso-8859-6": {"ar", "arabic asmo-708"}, "iso-8859-7": {"el", "greek8 elot_928"}, "iso-8859-8": {"he", "visual csiso88598e"}, "iso-8859-8-i": {"he", "logical csiso88598i"},
		"iso-8859-10": {"fi", "latin6"}, "iso-8859-13": {"lt", "iso8859-13"}, "iso-8859-14": {"ga", "iso885914"}, "iso-8859-15": {"fr", "latin-9 l9"}, "iso-8859-16": {"ro", "iso-8859-16"},
		"macintosh": {"de", "mac x-mac-roman"}, "x-mac-cyrillic": {"ru", "x-mac-ukrainian"}, "koi8-r": {"ru", "koi koi8"}, "koi8-u": {"uk", "koi8-ru"}, "ibm866": {"ru", "cp866 866"},
		"windows-874": {"th", "tis-620 dos-874 iso-8859-11"}, "windows-1250": {"cs", "cp1250 x-cp1250"}, "windows-1251": {"bg", "cp1251"}, "windows-1252": {"es", "latin1 ascii us-ascii iso-8859-1 l1"},
		"windows-1253": {"el", "cp1253"}, "windows-1254": {"tr", "iso-8859-9 latin5 l5"}, "windows-1255": {"he", "cp1255"}, "windows-1256": {"ar", "x-cp1256"}, "windows-1257": {"lt", "cp1257"},
		"gbk": {"zh", "gb2312 chinese gb_2312-80 x-gbk"}, "gb18030": {"zh", "gb18030"}, "big5": {"tw", "big5-hkscs cn-big5 x-x-big5"}, "shift_jis": {"ja", "sjis x-sjis ms_kanji windows-31j"},
		"euc-jp": {"ja", "x-euc-jp"}, "iso-2022-jp": {"ja", "csiso2022jp"}, "euc-kr": {"ko", "ks_c_5601-1987 korean windows-949"},
	} {
		text, ok := texts[c.lang]
		if !ok {
			text = charsetTexts[c.lang].text
		}
		text = strings.NewReplacer("„", "»", "“", "«", "”", "«", "’", "'", "–", "-").Replace(text) // old encodings lack typographic quotes
		for _, label := range append(strings.Fields(c.labels), name) {
			body, want := transcode(t, name, wrapPage(text, ""))
			withMeta, wantMeta := transcode(t, name, wrapPage(text, strings.ToUpper(label)))
			for where, in := range map[string]source{
				"header": {Body: body, ContentType: `text/html; charset="` + label + `"`},
				"meta":   {Body: withMeta},
			} {
				expect := want
				if where == "meta" {
					expect = wantMeta
				}
				if got, enc, err := read(in); err != nil || got != expect {
					t.Errorf("%s in %s, %s says %s: decoded as %s (%v): %.120q", c.lang, name, where, label, enc, err, rest(got, expect))
				}
			}
		}
	}
}

func TestDecode(t *testing.T) {
	le := utf16.UTF16(utf16.LittleEndian, utf16.IgnoreBOM)
	be := utf16.UTF16(utf16.BigEndian, utf16.IgnoreBOM)
	utf16Bytes := func(bom string, big bool, s string) string {
		enc := le
		if big {
			enc = be
		}
		out, err := enc.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return bom + out
	}
	long := strings.Repeat("The ferry has sailed. ", 50)
	for name, c := range map[string]struct {
		body, contentType, want, enc string
	}{
		"plain":                            {"Hello", "", "Hello", "utf-8"},
		"mark of UTF-8":                    {"\xef\xbb\xbfHéllo", "text/html; charset=iso-8859-1", "Héllo", "utf-8"},
		"UTF-8 under another label":        {"Héllo, ça va?", "text/html; charset=iso-8859-1", "Héllo, ça va?", "utf-8"},
		"UTF-16 with mark":                 {utf16Bytes("\xff\xfe", false, "Hé 橋"), "", "Hé 橋", "utf-16le"},
		"UTF-16 big end first with mark":   {utf16Bytes("\xfe\xff", true, "Hé 橋"), "text/html; charset=utf-8", "Hé 橋", "utf-16be"},
		"UTF-16 without mark":              {utf16Bytes("", false, "<p>Hé 橋</p>"), "", "<p>Hé 橋</p>", "utf-16le"},
		"UTF-16 big, without mark":         {utf16Bytes("", true, "<p>橋は閉鎖された。</p>\n<p>橋</p>"), "", "<p>橋は閉鎖された。</p>\n<p>橋</p>", "utf-16be"},
		"cut inside a character":           {long + "à côté, ça va, caf\xc3", "", long + "à côté, ça va, caf\ufffd", "utf-8"},
		"a broken byte in UTF-8":           {long + "été à la mer, \xe9 très tôt", "text/html; charset=utf-8", long + "été à la mer, \ufffd très tôt", "utf-8"},
		"two broken bytes, six times":      {long + strings.Repeat("\xff\xc3The pier. ", 6) + "Zoë Müller ate crème brûlée in Málaga", "text/html; charset=utf-8", long + strings.Repeat("\ufffd\ufffdThe pier. ", 6) + "Zoë Müller ate crème brûlée in Málaga", "utf-8"},
		"a broken byte in Hindi":           {"यह पुल इसी महीने बंद होगा, \xe9 महापौर ने कहा।", "", "यह पुल इसी महीने बंद होगा, \ufffd महापौर ने कहा।", "utf-8"},
		"a zero byte":                      {long + "a\x00b", "", long + "ab", "utf-8"},
		"few letters, no label":            {long + "a caf\xe9 on the quay", "", long + "a café on the quay", "windows-1252"},
		"latin-1 means windows-1252":       {"It\x92s the caf\xe9\x92s", "text/html; charset=iso-8859-1", "It’s the café’s", "windows-1252"},
		"unknown label":                    {"caf\xe9", "text/html; charset=klingon", "café", "windows-1252"},
		"broken content type":              {"caf\xe9", "text/html; charset=", "café", "windows-1252"},
		"meta in a comment does not count": {"<!-- <meta charset=koi8-r> --><meta charset=windows-1251><p>\xcc\xee\xf1\xf2 \xef\xf0\xe8", "", "<!-- <meta charset=koi8-r> --><meta charset=windows-1251><p>Мост при", "windows-1251"},
		"meta http-equiv":                  {"<meta content='text/html; charset=koi8-r' http-equiv=Content-Type>\xed\xcf\xd3\xd4", "", "<meta content='text/html; charset=koi8-r' http-equiv=Content-Type>Мост", "koi8-r"},
		"UTF-16 by the header, no mark":    {utf16Bytes("", false, "<p>Tide</p>"), "text/html; charset=utf-16", "<p>Tide</p>", "utf-16le"},
		"UTF-16 claimed in ASCII":          {"<meta charset=utf-16><p>Hé", "", "<meta charset=utf-16><p>Hé", "utf-8"},
		"UTF-16 claimed by the header":     {"<p>Hé", "text/html; charset=utf-16le", "<p>Hé", "utf-8"},
		"a mark beats header and meta":     {"\xff\xfe" + utf16Bytes("", false, "<meta charset=koi8-r>Hé"), "text/html; charset=big5", "<meta charset=koi8-r>Hé", "utf-16le"},
		"a mark of UTF-8 before bad bytes": {"\xef\xbb\xbf" + long + "caf\xe9", "text/html; charset=iso-8859-1", long + "caf\ufffd", "utf-8"},
		"header beats meta":                {"<meta charset=koi8-r><p>\xcc\xee\xf1\xf2 \xef\xf0\xe8", "text/html; charset=windows-1251", "<meta charset=koi8-r><p>Мост при", "windows-1251"},
		"first meta counts":                {"<meta charset=windows-1251><meta charset=koi8-r><p>\xcc\xee\xf1\xf2", "", "<meta charset=windows-1251><meta charset=koi8-r><p>Мост", "windows-1251"},
		"meta far down the head":           {"<head><script>" + strings.Repeat("a();", 1000) + "</script><meta charset=koi8-r><p>\xed\xcf\xd3\xd4", "", "<head><script>" + strings.Repeat("a();", 1000) + "</script><meta charset=koi8-r><p>Мост", "koi8-r"},
		"x-user-defined means 1252":        {"<meta charset=x-user-defined><p>caf\xe9", "", "<meta charset=x-user-defined><p>café", "windows-1252"},
		"a label of HZ on ASCII":           {"<p>Tide at noon", "text/html; charset=hz-gb-2312", "<p>Tide at noon", "utf-8"},
		"a label of ISO-2022-KR on UTF-8":  {"<p>다리", "text/html; charset=iso-2022-kr", "<p>다리", "utf-8"},
		"cut inside a character of GBK":    {"<meta charset=gbk>" + string(encodeAs(t, "gbk", "河上的大桥将在本月内关闭。")) + "\xba", "", "<meta charset=gbk>河上的大桥将在本月内关闭。\ufffd", "gbk"},
		"cut inside a character of JIS":    {"<meta charset=shift_jis>" + string(encodeAs(t, "shift_jis", "橋を今月中に閉鎖する。")) + "\x8b", "", "<meta charset=shift_jis>橋を今月中に閉鎖する。\ufffd", "shift_jis"},
		"cut inside a character of Big5":   {"<meta charset=big5>" + string(encodeAs(t, "big5", "河上的大橋將在本月內關閉。")) + "\xa4", "", "<meta charset=big5>河上的大橋將在本月內關閉。\ufffd", "big5"},
		"cut inside a character of EUC-KR": {"<meta charset=euc-kr>" + string(encodeAs(t, "euc-kr", "다리를 이달 안에 폐쇄한다.")) + "\xb4", "", "<meta charset=euc-kr>다리를 이달 안에 폐쇄한다.\ufffd", "euc-kr"},
		"four bytes of GB18030":            {"<meta charset=gb18030>" + string(encodeAs(t, "gb18030", "㐂记餐厅的老板说，大桥关闭。😀")), "", "<meta charset=gb18030>㐂记餐厅的老板说，大桥关闭。😀", "gb18030"},
		"XML declaration":                  {"<?xml version='1.0' encoding='shift_jis'?><p>\x8b\xb4", "", "<?xml version='1.0' encoding='shift_jis'?><p>橋", "shift_jis"},
	} {
		got, enc, err := read(source{Body: []byte(c.body), ContentType: c.contentType})
		if err != nil || got != c.want || enc != c.enc {
			t.Errorf("%s: got %q in %s, %v, want %q in %s", name, got, enc, err, c.want, c.enc)
		}
	}
}

func TestDecodeRefusesWhatIsNoText(t *testing.T) {
	noise := make([]byte, 4000)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	for name, c := range map[string]struct {
		body string
		err  error
		says string
	}{
		"nothing":             {"", ErrEmpty, "empty"},
		"white space":         {" \n\t ", ErrEmpty, "empty"},
		"only a mark":         {"\xef\xbb\xbf\n", ErrEmpty, "empty"},
		"PDF":                 {"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ErrBinary, "PDF"},
		"PNG":                 {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ErrBinary, "PNG"},
		"JPEG":                {"\xff\xd8\xff\xe0\x00\x10JFIF", ErrBinary, "JPEG"},
		"zip":                 {"PK\x03\x04\x14\x00", ErrBinary, "zip"},
		"gzip":                {"\x1f\x8b\x08\x00", ErrBinary, "gzip"},
		"MP4":                 {"\x00\x00\x00\x20ftypisom", ErrBinary, "MP4"},
		"zeros":               {strings.Repeat("ab\x00\x00\x00", 100), ErrBinary, "zero bytes"},
		"noise":               {string(noise), ErrBinary, "binary"},
		"noise without zeros": {string(bytes.ReplaceAll(noise, []byte{0}, nil)), ErrBinary, "binary"},
	} {
		_, _, err := read(source{Body: []byte(c.body)})
		if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got error %v, want %v that says %q", name, err, c.err, c.says)
		}
	}
}

// Captured pages, written down in the legacy encodings of their languages, come out as they were.
func TestLegacyEncodingsOfCapturedPages(t *testing.T) {
	f, err := os.Open(corpus(t, "fundus-dev", "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	byLang := map[string]string{
		"de": "windows-1252 iso-8859-1", "en": "windows-1252", "fr": "windows-1252", "es": "windows-1252", "it": "windows-1252", "ja": "shift_jis euc-jp",
		"ko": "euc-kr", "ru": "windows-1251 koi8-r", "tr": "windows-1254", "cs": "windows-1250 iso-8859-2", "pl": "windows-1250 iso-8859-2",
		"lt": "windows-1257", "no": "windows-1252", "nb": "windows-1252", "da": "windows-1252", "sv": "windows-1252", "is": "windows-1252", "zh": "gbk", "nl": "windows-1252",
	}
	pages, right, rightOK, wrong, wrongOK := 0, 0, 0, 0, 0
	perLang := map[string]int{}
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var page struct{ ID, Lang string }
		if err := json.Unmarshal(in.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		lang, _, _ := strings.Cut(page.Lang, "-")
		if perLang[lang]++; perLang[lang] > 6 || byLang[lang] == "" {
			continue
		}
		text, _, err := read(source{Body: unzip(t, filepath.Join(filepath.Dir(f.Name()), "pages", page.ID+".html.gz"))})
		if err != nil {
			t.Fatal(err)
		}
		text = metaCharsetRemoved(text)
		for _, name := range strings.Fields(byLang[lang]) {
			body, want := transcode(t, name, text)
			if body == nil {
				continue
			}
			pages++
			for _, label := range []string{name, ""} {
				got, enc, err := read(source{Body: body, ContentType: "text/html; charset=" + label})
				right++
				if err == nil && got == want {
					rightOK++
				} else {
					t.Errorf("%s in %s, labelled %q: decoded as %s, %v", page.ID, name, label, enc, err)
				}
			}
			for _, label := range wrongLabels {
				got, enc, err := read(source{Body: body, ContentType: "text/html; charset=" + label})
				wrong++
				if err == nil && got == want {
					wrongOK++
				} else {
					t.Logf("%s in %s, labelled %s: decoded as %s, %v", page.ID, name, label, enc, err)
				}
			}
		}
	}
	t.Logf("%d pages; right or missing label: %d of %d; wrong label: %d of %d", pages, rightOK, right, wrongOK, wrong)
	if wrongOK*100 < wrong*95 {
		t.Errorf("%d of %d wrongly labelled pages come out right, want 95 %%", wrongOK, wrong)
	}
}

// transcode writes a page in an encoding, signs that it lacks as a question mark, and returns what must come back.
func transcode(t *testing.T, name, text string) ([]byte, string) {
	t.Helper()
	enc, _ := lookupEncoding(name)
	e := enc.NewEncoder()
	var body []byte
	var want strings.Builder
	high := 0
	for _, r := range text {
		if r < 0x80 {
			body = append(body, byte(r))
			want.WriteRune(r)
			continue
		}
		b, err := e.Bytes([]byte(string(r)))
		back, err2 := enc.NewDecoder().Bytes(b)
		if err != nil || err2 != nil || string(back) != string(r) {
			body = append(body, '?')
			want.WriteByte('?')
			continue
		}
		high++
		body = append(body, b...)
		want.WriteRune(r)
	}
	if high == 0 {
		return nil, ""
	}
	return body, want.String()
}

func metaCharsetRemoved(s string) string {
	for _, x := range []string{"utf-8", "UTF-8", "iso-8859-1", "ISO-8859-1", "iso-8859-15", "ISO-8859-15", "gb2312"} {
		s = strings.ReplaceAll(s, x, "")
	}
	return s
}

func unzip(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestIsHTML(t *testing.T) {
	prose := strings.Repeat("The ferry has sailed for the last time, and nobody knows who will bring the post. ", 30)
	for name, c := range map[string]struct {
		text, contentType string
		want              bool
	}{
		"a page":                      {"<!DOCTYPE html><html><p>Hello", "", true},
		"a page after blank lines":    {"\n\n <HTML><p>Hello", "", true},
		"XHTML":                       {"<?xml version='1.0'?><!DOCTYPE html><html><p>Hello", "", true},
		"a fragment":                  {"<p>Hello <b>there</b></p>", "", true},
		"a fragment that begins bare": {"Hello<br>there<br>and<br><b>everywhere</b>", "", true},
		"a page sent as text":         {"<!doctype html><p>Hello", "text/plain", true},
		"prose":                       {prose, "", false},
		"prose sent as HTML":          {prose, "text/html; charset=utf-8", false},
		"prose about tags":            {prose + "She wrote <b> and </b> and <p> by hand." + prose, "", false},
		"sums":                        {"if a<b and c>d then 3 < 4", "", false},
		"source code sent as text":    {"use <div> and <p> and <br> here", "text/plain", false},
		"an address in brackets":      {"<https://post.example/a> says so", "", false},
	} {
		if got := IsHTML(c.text, c.contentType); got != c.want {
			t.Errorf("%s: isHTML is %v", name, got)
		}
	}
}

// Whatever the bytes, decode gives valid text or says what is wrong, and the same each time.
func FuzzDecode(f *testing.F) {
	for _, c := range charsetTexts {
		for _, name := range strings.Fields(c.encodings) {
			enc, _ := lookupEncoding(name)
			if out, err := enc.NewEncoder().Bytes([]byte(c.text)); err == nil {
				f.Add(out, "text/html; charset="+name)
				f.Add(out[:len(out)-1], "")
			}
		}
	}
	for _, s := range []string{"", "\xff\xfe", "\xfe\xff\x00", "\xef\xbb\xbf", "a\x00b\x00", "%PDF-", "\x1b$B", "<meta charset=", "<meta http-equiv=content-type content='text/html;charset=", "<!--", "<?xml encoding='"} {
		f.Add([]byte(s), "text/html")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		p := source{Body: body, ContentType: contentType}
		text, name, err := read(p)
		if err != nil {
			if !errors.Is(err, ErrBinary) && !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("error %v is of no documented kind", err)
			}
			return
		}
		if !utf8.ValidString(text) {
			t.Fatalf("text in %s is no valid UTF-8", name)
		}
		if strings.IndexByte(text, 0) >= 0 && name == "utf-8" {
			t.Fatal("text holds a zero byte")
		}
		again, name2, err := read(p)
		if again != text || name2 != name || err != nil {
			t.Fatal("a second time gives another text")
		}
		IsHTML(text, contentType)
	})
}

// rest returns where one text goes on after another begins to differ.
func rest(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return strings.ToValidUTF8(a[n:], "")
}

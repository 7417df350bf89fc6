package storage

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// tongue makes texts of a language out of few phrases, as a newsroom's templates do: texts share many of them.
type tongue struct {
	space   string // between words
	subject []string
	verb    []string
	object  []string
	tail    []string
}

var tongues = map[string]tongue{
	"en": {
		" ", strings.Split("The city council|A regional court|The harbour authority|Two engineers|The school board|Farmers in the valley|An independent panel|The rescue service", "|"),
		strings.Split("rejected|welcomed|postponed|questioned|approved|measured|abandoned|revised", "|"),
		strings.Split("the plan for a new bridge|last year's accounts|a report on drinking water|the timetable of the night trains|a film about the mine|the rent freeze|a contract worth nine million|the results of the harvest", "|"),
		strings.Split("on Tuesday evening|after six hours of debate|despite heavy rain|for the second time since spring|to the surprise of many neighbours|without giving a reason|with a majority of one vote|as the deadline drew near", "|"),
	},
	"de": {
		" ", strings.Split("Der Stadtrat|Ein Landgericht|Die Hafenbehörde|Zwei Ingenieurinnen|Der Elternbeirat|Die Feuerwehr|Ein Gutachter", "|"),
		strings.Split("verwarf|begrüßte|vertagte|prüfte|genehmigte|vermaß|überarbeitete", "|"),
		strings.Split("den Plan für eine neue Brücke|die Rechnungen des Vorjahres|einen Bericht über das Trinkwasser|den Fahrplan der Nachtzüge|die Mietbremse|einen Vertrag über neun Millionen", "|"),
		strings.Split("am Dienstagabend|nach sechs Stunden Debatte|trotz heftigen Regens|zum zweiten Mal seit dem Frühjahr|ohne einen Grund zu nennen|mit einer Stimme Mehrheit", "|"),
	},
	"ru": {
		" ", strings.Split("Городской совет|Областной суд|Портовое управление|Два инженера|Школьный комитет|Спасательная служба", "|"),
		strings.Split("отклонил|отложил|одобрил|проверил|пересмотрел|обсудил", "|"),
		strings.Split("план нового моста|отчёт о питьевой воде|расписание ночных поездов|договор на девять миллионов|итоги уборки урожая|фильм о шахте", "|"),
		strings.Split("во вторник вечером|после шести часов споров|несмотря на сильный дождь|во второй раз с весны|без объяснения причин|большинством в один голос", "|"),
	},
	"ar": {
		" ", strings.Split("مجلس المدينة|محكمة إقليمية|هيئة الميناء|مهندسان|مجلس المدرسة|خدمة الإنقاذ", "|"),
		strings.Split("رفض|أجل|ناقش|وافق على|راجع|قاس", "|"),
		strings.Split("خطة الجسر الجديد|تقرير مياه الشرب|جدول القطارات الليلية|عقدا بتسعة ملايين|نتائج الحصاد|فيلما عن المنجم", "|"),
		strings.Split("مساء الثلاثاء|بعد ست ساعات من النقاش|رغم المطر الغزير|للمرة الثانية منذ الربيع|دون ذكر السبب|بأغلبية صوت واحد", "|"),
	},
	"zh": {
		"", strings.Split("市议会|地区法院|港务局|两名工程师|学校董事会|救援队|独立小组", "|"),
		strings.Split("否决了|推迟了|批准了|讨论了|修改了|测量了", "|"),
		strings.Split("新桥的计划|去年的账目|关于饮用水的报告|夜班列车的时刻表|价值九百万的合同|收成的结果", "|"),
		strings.Split("在周二晚上|经过六小时的辩论|尽管下着大雨|自春天以来第二次|没有说明理由|以一票的多数", "|"),
	},
	"th": {
		"", strings.Split("สภาเมือง|ศาลภูมิภาค|การท่าเรือ|วิศวกรสองคน|คณะกรรมการโรงเรียน|หน่วยกู้ภัย", "|"),
		strings.Split("ปฏิเสธ|เลื่อน|อนุมัติ|ตรวจสอบ|แก้ไข|อภิปราย", "|"),
		strings.Split("แผนสะพานใหม่|รายงานน้ำดื่ม|ตารางรถไฟกลางคืน|สัญญาเก้าล้าน|ผลการเก็บเกี่ยว|ภาพยนตร์เกี่ยวกับเหมือง", "|"),
		strings.Split("ในเย็นวันอังคาร|หลังถกเถียงหกชั่วโมง|แม้ฝนตกหนัก|เป็นครั้งที่สองตั้งแต่ฤดูใบไม้ผลิ|โดยไม่ให้เหตุผล|ด้วยเสียงข้างมากหนึ่งเสียง", "|"),
	},
}

// write makes a text of n words, or of 2n characters where words have no spaces.
func (g tongue) write(r *rand.Rand, n int) string {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	var units []string // words or characters
	for {
		s := strings.Join([]string{pick(g.subject), pick(g.verb), pick(g.object), pick(g.tail)}, g.space)
		if g.space != "" {
			units = append(units, strings.Fields(s+".")...)
		} else {
			units = append(units, strings.Split(s+"。", "")...)
		}
		if want := n; g.space == "" && len(units) >= 2*want || g.space != "" && len(units) >= want {
			if g.space == "" {
				want *= 2
			}
			units = units[:want]
			break
		}
	}
	for i := 30; i < len(units); i += 60 { // paragraphs
		units[i] = "\n\n" + units[i]
	}
	return strings.Join(units, g.space)
}

// twin is a page of a pair.
type twin struct {
	url, canonical, title, text string
	published                   time.Time
	paywalled                   bool
}

// pair is what a kind of pair is made from: addresses of one host, its titles and texts, in a language.
type pair struct {
	host  string
	r     *rand.Rand
	g     tongue
	words int
	title string
	text  string
	other string // a text that is another's, of the same length
}

func (p pair) url(path string) string { return "https://" + p.host + path }

// lead joins the opening of the text, a share of it, and the rest of the other.
func (p pair) lead(share float64) string {
	cut := func(s string) int {
		i := int(float64(len(s)) * share)
		for i < len(s) && (!utf8.RuneStart(s[i]) || p.g.space != "" && s[i] != ' ') {
			i++
		}
		return i
	}
	return p.text[:cut(p.text)] + p.other[cut(p.other):]
}

// different are pairs of articles that have much in common and are two.
var different = map[string]func(p pair) (a, b twin){
	"title": func(p pair) (a, b twin) {
		return twin{url: p.url("/1/a"), title: p.title, text: p.text}, twin{url: p.url("/2/b"), title: p.title, text: p.other}
	},
	"canonical": func(p pair) (a, b twin) {
		return twin{url: p.url("/1/a"), canonical: p.url("/news/"), title: p.title, text: p.text}, twin{url: p.url("/2/b"), canonical: p.url("/news/"), title: "Another " + p.title, text: p.other}
	},
	"canonical and title": func(p pair) (a, b twin) {
		return twin{url: p.url("/1/a"), canonical: p.url("/news/"), title: p.title, text: p.text}, twin{url: p.url("/2/b"), canonical: p.url("/news/"), title: p.title, text: p.other}
	},
	"one names the other, title": func(p pair) (a, b twin) {
		return twin{url: p.url("/1/a"), title: p.title, text: p.text}, twin{url: p.url("/2/b"), canonical: p.url("/1/a"), title: p.title, text: p.other}
	},
	"canonical, title, a third of the text": func(p pair) (a, b twin) {
		return twin{url: p.url("/1/a"), canonical: p.url("/news/"), title: p.title, text: p.text}, twin{url: p.url("/2/b"), canonical: p.url("/news/"), title: p.title, text: p.lead(1. / 3)}
	},
	"one names the other, title, half of the text": func(p pair) (a, b twin) {
		return twin{url: p.url("/1/a"), title: p.title, text: p.text}, twin{url: p.url("/2/b"), canonical: p.url("/1/a"), title: p.title, text: p.lead(.5)}
	},
	"title and half of the text": func(p pair) (a, b twin) {
		return twin{url: p.url("/1/a"), title: p.title, text: p.text}, twin{url: p.url("/2/b"), title: p.title, text: p.lead(.5)}
	},
	"a form with other figures": func(p pair) (a, b twin) {
		at := func(n int) string { return fmt.Sprintf(" %d.%02d m, %d.%02d m. ", n%9, n*7%100, n%5, n*3%100) }
		return twin{url: p.url("/1/a"), canonical: p.url("/news/"), title: p.title, text: p.text + at(p.words)},
			twin{url: p.url("/2/b"), canonical: p.url("/news/"), title: p.title, text: p.text + at(p.words+3)}
	},
	"a notice under each headline": func(p pair) (a, b twin) {
		notice := p.g.write(p.r, 12)
		return twin{url: p.url("/1/a"), canonical: p.url("/news/"), title: p.title, text: notice}, twin{url: p.url("/2/b"), canonical: p.url("/news/"), title: p.g.write(p.r, 9), text: notice}
	},
	"a parameter": func(p pair) (a, b twin) {
		return twin{url: p.url("/a.php?cmp=1"), canonical: p.url("/a.php"), title: p.title, text: p.text}, twin{url: p.url("/a.php?cmp=2"), canonical: p.url("/a.php"), title: p.title, text: p.other}
	},
	"forms of one address": func(p pair) (a, b twin) {
		return twin{url: p.url("/latest"), title: p.title, text: p.text}, twin{url: p.url("/latest?print=1"), canonical: p.url("/latest"), title: p.title, text: p.other}
	},
}

// edit changes what lies at a share of a text: a word of it, or two characters.
func (p pair) edit(share float64, word string) string {
	if p.g.space == "" {
		r := []rune(p.text)
		i := int(float64(len(r)-3) * share)
		return string(r[:i]) + word + string(r[i+2:])
	}
	w := strings.Split(p.text, " ")
	w[int(float64(len(w)-1)*share)] = word
	return strings.Join(w, " ")
}

// same are pairs of pages of one article, from that length on.
var same = map[string]struct {
	from  int
	pages func(p pair) (a, b twin)
}{
	"AMP": {8, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text}, twin{url: p.url("/amp/x"), canonical: p.url("/x"), title: p.title, text: p.text}
	}},
	"AMP that names itself": {8, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text}, twin{url: p.url("/x/amp"), title: p.title + " - The Post", text: p.text}
	}},
	"print": {8, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text}, twin{url: p.url("/x?print=1"), title: p.title, text: p.text + "\n\nhttps://post.example/x"}
	}},
	"http and https": {8, func(p pair) (a, b twin) {
		return twin{url: "https://" + p.host + "/x", title: p.title, text: p.text}, twin{url: "http://" + p.host + "/x", title: p.title, text: p.text}
	}},
	"www and not": {8, func(p pair) (a, b twin) {
		return twin{url: "https://www." + p.host + "/x/", title: p.title, text: p.text}, twin{url: "https://" + p.host + "/x", title: p.title, text: p.text}
	}},
	"another section": {60, func(p pair) (a, b twin) {
		return twin{url: p.url("/politics/x"), title: p.title, text: p.text}, twin{url: p.url("/business/x"), title: p.title, text: p.text}
	}},
	"another section, another headline": {60, func(p pair) (a, b twin) {
		return twin{url: p.url("/politics/x"), title: p.title, text: p.text}, twin{url: p.url("/business/x"), title: "Others " + p.title, text: p.text}
	}},
	"another section that names the first": {8, func(p pair) (a, b twin) {
		return twin{url: p.url("/politics/x"), title: p.title, text: p.text}, twin{url: p.url("/business/x"), canonical: p.url("/politics/x"), title: p.title, text: p.text}
	}},
	"a parameter that tracks": {8, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text}, twin{url: p.url("/x?cmp=feed"), canonical: p.url("/x"), title: p.title, text: p.text}
	}},
	"a word corrected": {8, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text}, twin{url: p.url("/1/x"), canonical: p.url("/x"), title: p.title, text: p.edit(p.r.Float64(), "更正")}
	}},
	"a word corrected, other section": {60, func(p pair) (a, b twin) {
		return twin{url: p.url("/politics/x"), title: p.title, text: p.text}, twin{url: p.url("/business/x"), title: p.title, text: p.edit(p.r.Float64(), "更正")}
	}},
	"a new headline": {60, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text}, twin{url: p.url("/1/x"), canonical: p.url("/x"), title: p.g.write(p.r, 6), text: p.edit(.5, "更正")}
	}},
	"lines of the template": {20, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text}, twin{url: p.url("/1/x"), canonical: p.url("/x"), title: p.title, text: "Share this article\n\n" + p.text + "\n\nRead more of our news in the app"}
	}},
	"teaser and full": {60, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text[:strings.Index(p.text, "\n")], paywalled: true}, twin{url: p.url("/amp/x"), canonical: p.url("/x"), title: p.title, text: p.text}
	}},
	"a counter of views": {60, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text + " 12345"}, twin{url: p.url("/m/x"), canonical: p.url("/x"), title: p.title, text: p.text + " 12399"}
	}},
	"a live blog that grows": {60, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text}, twin{url: p.url("/x?outputType=amp"), canonical: p.url("/x"), title: p.title, text: p.other + "\n\n" + p.text}
	}},
	"no headline of its own": {60, func(p pair) (a, b twin) {
		return twin{url: p.url("/x"), title: p.title, text: p.text}, twin{url: p.url("/embed/x"), canonical: p.url("/x"), title: "The Post", text: p.text}
	}},
}

func (w twin) record(at time.Time) Record {
	rec := page(w.url, w.title, w.text, at)
	a := &rec.Cleaned.Article
	if _, unspaced := wordsOf(w.text); unspaced {
		a.WordCount = utf8.RuneCountInString(w.text) / 2
	}
	if w.canonical != "" {
		a.CanonicalURL = w.canonical
	}
	if !w.published.IsZero() {
		a.PublishedAt.Time = w.published
	}
	a.Paywall.Closed = w.paywalled
	rec.Job.Source = strings.TrimPrefix(hostOf(w.url), "www.")
	return rec
}

// rewrite makes a text of which more than a third of the words differ from another's, where both have so many.
func (g tongue) rewrite(r *rand.Rand, text string, n int) string {
	for {
		other := g.write(r, n)
		a, _ := wordsOf(text)
		b, _ := wordsOf(other)
		if half := len(a) / 2; 3*commonWords(a[half:], b[half:]) < 2*(len(a)-half) || n > 60 {
			return other
		}
	}
}

// TestTwins stores pairs of pages, each in both orders, and then both pages again: 500 pairs of different articles that have
// title, canonical address or opening in common are all stored; 500 pairs of one article under two addresses are one each, with
// the text of the longer page. In short: a few pairs of each kind.
func TestTwins(t *testing.T) {
	db, run := openTemp(t)
	lengths := []int{8, 12, 20, 40, 60, 120, 300, 800}
	languages := slices.Sorted(maps.Keys(tongues))
	pairs := 500
	if testing.Short() {
		pairs = 100
	}
	n := 0
	each := func(kind string, from, rounds int, f func(pair) (twin, twin), want int) {
		var seen []string
		var shown [][2]twin
		var batch []*packed
		for i := range 2 * rounds { // each in both orders
			n++
			r := rand.New(rand.NewPCG(uint64(i/2), uint64(len(kind))))
			language := languages[i/2%len(languages)]
			p := pair{host: fmt.Sprintf("host%d.example", n), r: r, g: tongues[language], words: max(from*5/4, lengths[i/2*3%len(lengths)])}
			p.title, p.text = p.g.write(r, 7), p.g.write(r, p.words)
			p.other = p.g.rewrite(r, p.text, p.words)
			a, b := f(p)
			if i%2 == 1 {
				a, b = b, a
			}
			seen, shown = append(seen, fmt.Sprintf("%s, %s, %d words", kind, language, p.words)), append(shown, [2]twin{a, b})
			for hour, w := range []twin{a, b, b, a} { // later either is looked at again
				batch = append(batch, db.pack(w.record(noon.Add(time.Duration(hour)*time.Hour))))
			}
		}
		stored, err := db.writeBatch(t.Context(), run, batch)
		if err != nil {
			t.Fatal(err)
		}
		good := 0
		for i, name := range seen {
			ids := map[int64]bool{}
			four := stored[4*i : 4*i+4]
			for _, s := range four {
				ids[s.ArticleID] = true
			}
			again := four[2].Change == Unchanged && four[3].Change == Unchanged
			switch {
			case len(ids) != want, want == 2 && !again:
			case want == 1 && !hasLonger(t, db, four[0].ArticleID, shown[i]):
			default:
				good++
				continue
			}
			t.Errorf("%s: %d articles, want %d: %v\n%.100s\n%.100s", name, len(ids), want, four, shown[i][0].text, shown[i][1].text)
		}
		t.Logf("%-56s %4d of %4d", kind, good, len(seen))
	}
	for _, kind := range slices.Sorted(maps.Keys(different)) {
		each("different: "+kind, 8, (pairs+len(different)-1)/len(different), different[kind], 2)
	}
	for _, kind := range slices.Sorted(maps.Keys(same)) {
		each("same: "+kind, same[kind].from, (pairs+len(same)-1)/len(same), same[kind].pages, 1)
	}
	checkIndexes(t, db)
}

// hasLonger reports whether an article has the text of the longer of two pages, or one near as long.
func hasLonger(t *testing.T, db *Writer, id int64, pages [2]twin) bool {
	t.Helper()
	stored, err := db.Article(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	long := pages[0].text
	if len(pages[1].text) > len(long) {
		long = pages[1].text
	}
	have, _ := wordsOf(stored.Text)
	want, _ := wordsOf(long)
	return 5*len(have) >= 3*len(want)
}

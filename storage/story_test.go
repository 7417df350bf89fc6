package storage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// words makes a text of n words that no other seed makes.
func words(seed, n int) string {
	rng := rand.New(rand.NewPCG(uint64(seed), 9))
	var sb strings.Builder
	for i := range n {
		if i > 0 {
			sb.WriteByte(' ')
		}
		fmt.Fprintf(&sb, "w%d", rng.IntN(5000))
	}
	return sb.String()
}

func TestNearDuplicatesShareAStory(t *testing.T) {
	db, run := openTemp(t)
	add := func(host, text string, days int) int64 {
		t.Helper()
		rec := page("https://"+host+"/"+fmt.Sprint(len(text))+fmt.Sprint(days), "Title at "+host, text, noon)
		rec.Cleaned.Article.PublishedAt.Time = noon.AddDate(0, 0, days)
		return put(t, db, run, rec).ArticleID
	}
	storyOf := func(id int64) int64 {
		t.Helper()
		a, err := db.Article(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		return a.StoryID
	}
	wire := words(1, 300)
	first := add("a.example", wire, 0)
	copied := add("b.example", "TOKYO (Wire) "+wire+" End of the report.", 1)
	shorter := add("c.example", strings.Join(strings.Fields(wire)[:200], " "), 0)
	other := add("d.example", words(2, 300), 0)
	yearly := add("e.example", wire+" Again this year.", 300)
	brief := add("f.example", "Too short to compare.", 0)
	briefToo := add("g.example", "Too short to compare!", 0)
	if storyOf(copied) != first || storyOf(shorter) != first {
		t.Errorf("copies are of stories %d and %d, want %d", storyOf(copied), storyOf(shorter), first)
	}
	for name, id := range map[string]int64{"another article": other, "a year later": yearly, "short": brief, "short too": briefToo} {
		if storyOf(id) != id {
			t.Errorf("%s: of story %d, want its own", name, storyOf(id))
		}
	}
	res, err := db.Search(context.Background(), strings.Fields(wire)[5], SearchOptions{Filter: Filter{Unique: true, Until: noon.AddDate(0, 0, 30)}})
	if err != nil || len(res.Items) == 0 {
		t.Fatal(res, err)
	}
	seen := map[int64]bool{}
	for _, it := range res.Items {
		if seen[it.StoryID] {
			t.Errorf("story %d is listed twice", it.StoryID)
		}
		seen[it.StoryID] = true
	}
	list, err := db.List(context.Background(), Filter{Unique: true}, ByStored, 0, 0)
	if err != nil || len(list) != 5 {
		t.Errorf("%d unique articles, want 5 (%v)", len(list), err)
	}
}

// A third article that is like two stories shows that they are one.
func TestStoriesMerge(t *testing.T) {
	db, run := openTemp(t)
	a, b := words(1, 200), words(2, 200)
	first := put(t, db, run, page("https://a.example/1", "A", a, noon)).ArticleID
	second := put(t, db, run, page("https://b.example/1", "B", b, noon)).ArticleID
	third := put(t, db, run, page("https://c.example/1", "C", a+" "+b, noon)).ArticleID
	for _, id := range []int64{first, second, third} {
		x, err := db.Article(context.Background(), id)
		if err != nil || x.StoryID != first {
			t.Errorf("article %d: story %d, want %d (%v)", id, x.StoryID, first, err)
		}
	}
	if n := count(t, db, fmt.Sprintf(`SELECT merged_into FROM stories WHERE id = %d`, second)); n != int(first) {
		t.Errorf("story %d was merged into %d, want %d", second, n, first)
	}
}

// Signatures are part of the file format.
func TestSignatureStaysAsItIs(t *testing.T) {
	text := strings.Repeat("Ärger in der Straße von Ōsaka: 3 Fähren, 12 Gäste, naïve Cafés. 大阪で船が遅れた。 ", 12)
	for i := range 60 {
		text += fmt.Sprint("Wort", i, " и Слово ")
	}
	sig, ok := minHash(text)
	const want = "00aac43a01dbce2c01181cda014e4b5902e7d80200b28e27001f25fc010019e600495d9c00d5dc190015da8b02fe02e802c448f8016870d600f6bf1e0052702a0156cef7000164b300772d190008594f0305e9e50194b953000f4a6b0022ece300a07fe502132fbf006c1f60005e22380037c5fc001db23500b0ba8100c50b72"
	if got := fmt.Sprintf("%x", sig.bytes()); !ok || got != want {
		t.Errorf("%v, %s, want %s", ok, got, want)
	}
}

// What the writer remembers of other articles changes nothing: not with crowded bands, merged stories, or corrections.
func TestStoriesAreTheSameWithoutMemory(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	sentences := make([]string, 60) // so few that all articles are somewhat alike
	for i := range sentences {
		sentences[i] = words(1000+i, 12)
	}
	template := words(999, 70) // on all pages
	var records []Record
	for i := range 500 {
		text := []string{template}
		for range 14 {
			text = append(text, sentences[rng.IntN(len(sentences))])
		}
		n := i
		if i%10 == 9 { // a correction of an earlier one
			n = rng.IntN(i)
		}
		url := fmt.Sprintf("https://a%d.example/%d", n%7, n)
		rec := page(url, "Title of "+url, strings.Join(text, ". "), noon.Add(time.Duration(i)*time.Minute))
		rec.Cleaned.Article.PublishedAt.Time = noon.AddDate(0, 0, n%40)
		records = append(records, rec)
	}
	stories := func(forget bool) (all []string) {
		db, run := openTemp(t)
		for batch := range slices.Chunk(records, 5) {
			var all []*packed
			for _, rec := range batch {
				all = append(all, db.pack(rec))
			}
			if _, err := db.writeBatch(context.Background(), run, all); err != nil {
				t.Fatal(err)
			}
			if forget {
				db.memory.forget()
			}
		}
		rows, err := db.read.Query(`SELECT url, story_id FROM articles ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var url string
			var story int64
			if err := rows.Scan(&url, &story); err != nil {
				t.Fatal(err)
			}
			all = append(all, fmt.Sprint(url, " ", story))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, `SELECT count(*) FROM stories WHERE merged_into IS NOT NULL`); n == 0 {
			t.Error("no stories were merged: the test is too easy")
		}
		if n := count(t, db, `SELECT max(n) FROM (SELECT count(*) AS n FROM fingerprints GROUP BY band)`); n <= crowdedBand {
			t.Errorf("the largest band has %d articles: the test is too easy", n)
		}
		return all
	}
	remembered, read := stories(false), stories(true)
	if len(remembered) != len(read) {
		t.Fatalf("%d articles, without memory %d", len(remembered), len(read))
	}
	for i := range read {
		if remembered[i] != read[i] {
			t.Errorf("stories differ: %s, without memory %s", remembered[i], read[i])
		}
	}
}

// changes are the ways in which the same story comes again.
var changes = []struct {
	name   string
	change func(rng *rand.Rand, text string) string
}{
	{"new lead", func(_ *rand.Rand, s string) string {
		return "This report came in overnight from our partners and was edited for length. " + s
	}},
	{"10 % dropped", func(rng *rand.Rand, s string) string { return dropSentences(rng, s, 0.1) }},
	{"20 % dropped", func(rng *rand.Rand, s string) string { return dropSentences(rng, s, 0.2) }},
	{"30 % dropped", func(rng *rand.Rand, s string) string { return dropSentences(rng, s, 0.3) }},
	{"30 % dropped, new lead", func(rng *rand.Rand, s string) string {
		return "This report came in overnight from our partners. " + dropSentences(rng, s, 0.3)
	}},
	{"cut at 60 %", func(_ *rand.Rand, s string) string { r := []rune(s); return string(r[:len(r)*6/10]) }},
	{"5 % of words replaced", func(rng *rand.Rand, s string) string {
		w := strings.Fields(s)
		for i := range w {
			if rng.IntN(20) == 0 {
				w[i] = "otherwise"
			}
		}
		return strings.Join(w, " ")
	}},
}

var sentence = regexp.MustCompile(`[^.!?。！？\n]+[.!?。！？\n]*`)

func dropSentences(rng *rand.Rand, s string, share float64) string {
	return sentence.ReplaceAllStringFunc(s, func(m string) string {
		if rng.Float64() < share {
			return ""
		}
		return m
	})
}

// TestNearDuplicatesOnCorpus measures recall on changed articles of the corpus, and false pairs among different ones, among
// them all that share a site.
func TestNearDuplicatesOnCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the whole corpus")
	}
	type article struct {
		truth
		sig   signature
		bands [bands]int64
	}
	var all []article
	seen := map[string]bool{}
	for _, tr := range truths(t, "fundus-dev", "wcxb-dev") {
		if len([]rune(tr.Text)) < 800 || seen[tr.Text] {
			continue
		}
		seen[tr.Text] = true
		if sig, ok := minHash(tr.Text); ok {
			all = append(all, article{tr, sig, sig.bandKeys()})
		}
	}
	start := time.Now()
	like := func(a, b signature) bool {
		ka, kb := a.bandKeys(), b.bandKeys()
		for i := range ka {
			if ka[i] == kb[i] {
				return a.similarity(&b) >= sameStory
			}
		}
		return false
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range changes {
		found := 0
		for _, a := range all {
			if sig, _ := minHash(c.change(rng, a.Text)); like(a.sig, sig) {
				found++
			}
		}
		recall := float64(found) / float64(len(all))
		t.Logf("%-24s recall %.3f", c.name, recall)
		if recall < 0.95 {
			t.Errorf("%s: recall %.3f, want 0.95", c.name, recall)
		}
	}
	pairs, sameHost, wrong := 0, 0, 0
	for i := range all {
		for j := range i {
			pairs++
			if hostOf(all[i].URL) == hostOf(all[j].URL) {
				sameHost++
			}
			if like(all[i].sig, all[j].sig) {
				wrong++
				t.Logf("taken for one story, similarity %.2f: %s and %s", all[i].sig.similarity(&all[j].sig), all[i].URL, all[j].URL)
			}
		}
	}
	t.Logf("%d articles, %d pairs of different ones, %d of them of one host: %d taken for one story; %s", len(all), pairs, sameHost, wrong, time.Since(start).Round(time.Millisecond))
	if wrong > 10 {
		t.Errorf("%d pairs of different articles taken for one story", wrong)
	}
}

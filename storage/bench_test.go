package storage

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// corpusDir returns the folder of the corpus; it skips the test where there is none.
func corpusDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("NEWSMILL_CORPUS")
	if dir == "" {
		dir = "../../shared/corpus"
	}
	if !exists(filepath.Join(dir, "fundus-dev", "truth.jsonl")) {
		t.Skipf("no corpus in %s: set NEWSMILL_CORPUS", dir)
	}
	return dir
}

type truth struct {
	ID, URL, Text, Title, Lang, Date string
	Authors                          []string
}

// truths returns the wanted articles of sets of the corpus.
func truths(t testing.TB, sets ...string) []truth {
	t.Helper()
	var all []truth
	for _, set := range sets {
		f, err := os.Open(filepath.Join(corpusDir(t), set, "truth.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 64<<20)
		for sc.Scan() {
			var tr truth
			if err := json.Unmarshal(sc.Bytes(), &tr); err != nil {
				t.Fatal(err)
			}
			all = append(all, tr)
		}
		if err := sc.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// mixer makes articles by mixing the paragraphs of the corpus, 4 in 100 of them Chinese or Japanese.
type mixer struct {
	rng        *rand.Rand
	latin, cjk []string
	titles     []string
}

func newMixer(t testing.TB) *mixer {
	m := &mixer{rng: rand.New(rand.NewPCG(1, 2))}
	for _, tr := range truths(t, "fundus-dev", "wcxb-dev") {
		m.titles = append(m.titles, tr.Title)
		for p := range strings.SplitSeq(tr.Text, "\n") {
			switch {
			case len(p) < 80 || len(p) > 1500:
			case strings.IndexFunc(p, isUnspaced) >= 0:
				m.cjk = append(m.cjk, p)
			default:
				m.latin = append(m.latin, p)
			}
		}
	}
	return m
}

func (m *mixer) record(i int) Record {
	pool, lang := m.latin, "en"
	if m.rng.IntN(100) < 4 {
		pool, lang = m.cjk, "zh"
	}
	var text []string
	for size := 0; size < 2200 && len(text) < 40; {
		p := pool[m.rng.IntN(len(pool))]
		text, size = append(text, p), size+len(p)
		if m.rng.IntN(8) == 0 {
			break
		}
	}
	// Zipf: some sources have thousands of articles, some a handful.
	source := fmt.Sprintf("source-%d", int(200*m.rng.Float64()*m.rng.Float64()*m.rng.Float64()))
	rec := page(fmt.Sprintf("https://%s.example/%d", source, i), m.titles[m.rng.IntN(len(m.titles))], strings.Join(text, "\n\n"), noon)
	at := noon.Add(-time.Duration(500_000-i) * time.Minute)
	rec.Fetch.FetchedAt, rec.Fetch.Body = at, nil
	rec.Job.Source = source
	a := &rec.Result.Article
	a.Language, a.PublishedAt.Time, a.Section = lang, at.Add(-time.Duration(m.rng.IntN(600))*time.Minute), []string{"World", "Sport", "Culture"}[m.rng.IntN(3)]
	a.WordCount = len(strings.Fields(a.Text))
	return rec
}

// bigDB returns a database of generated articles, kept in $NEWSMILL_BENCH_DIR between runs if that is set. How many
// is in $NEWSMILL_BENCH_ARTICLES, 20,000 by default.
func bigDB(b testing.TB) *DB {
	b.Helper()
	n, err := strconv.Atoi(os.Getenv("NEWSMILL_BENCH_ARTICLES"))
	if err != nil {
		n = 20_000
	}
	dir := os.Getenv("NEWSMILL_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("bench-%d.db", n))
	if !exists(path) {
		m := newMixer(b)
		tmp := path + ".tmp"
		db, err := Open(context.Background(), tmp, Options{Command: "generate"})
		if err != nil {
			b.Fatal(err)
		}
		run, err := db.StartRun(context.Background(), Run{Command: "generate"})
		if err != nil {
			b.Fatal(err)
		}
		records := make(chan Record, packing)
		go func() {
			defer close(records)
			for i := range n {
				records <- m.record(i)
			}
		}()
		start := time.Now()
		if err := db.Write(context.Background(), run, records, nil); err != nil {
			b.Fatal(err)
		}
		b.Logf("%d articles in %s, %.0f a second", n, time.Since(start).Round(time.Second), float64(n)/time.Since(start).Seconds())
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		if err := os.Rename(tmp, path); err != nil {
			b.Fatal(err)
		}
	}
	db, err := OpenReader(context.Background(), path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

// searchKinds are the kinds of search that are measured, with queries of each.
var searchKinds = []struct {
	name    string
	opt     SearchOptions
	queries []string
}{
	{"rare word", SearchOptions{}, []string{"volcano", "archipelago", "zeppelin", "quarantine", "cathedral"}},
	{"common word", SearchOptions{}, []string{"the", "government", "said", "people", "year"}},
	{"two words", SearchOptions{}, []string{"climate change", "prime minister", "new york", "white house", "health care"}},
	{"phrase", SearchOptions{}, []string{`"of the"`, `"prime minister"`, `"according to"`, `"last year"`, `"climate change"`}},
	{"prefix", SearchOptions{}, []string{"gov*", "inter*", "pol*", "con*", "un*"}},
	{"operators", SearchOptions{}, []string{"police OR court", "election -trump", "title:ukraine", "russia NOT (ukraine OR war)", "byline:quill police"}},
	{"newest first", SearchOptions{Order: ByStored}, []string{"the", "government", "climate change", "volcano", "gov*"}},
	{"by date", SearchOptions{Order: ByDate}, []string{"the", "government", "climate change", "volcano", "gov*"}},
	{"of a large source", SearchOptions{Filter: Filter{Sources: []string{"source-0"}}}, []string{"the", "government", "climate change", "volcano", "gov*"}},
	{"of a small source", SearchOptions{Filter: Filter{Sources: []string{"source-190"}}}, []string{"the", "government", "climate change", "volcano", "gov*"}},
	{"of a month", SearchOptions{Filter: Filter{Since: noon.AddDate(0, -3, 0), Until: noon.AddDate(0, -2, 0)}}, []string{"the", "government", "climate change", "volcano", "gov*"}},
	{"unique", SearchOptions{Filter: Filter{Unique: true}}, []string{"the", "government", "climate change", "volcano", "gov*"}},
	{"Chinese, 2 characters", SearchOptions{}, []string{"经济", "中国", "北京", "发展", "世界"}},
	{"Chinese, 1 character", SearchOptions{}, []string{"水", "人", "中", "火", "国"}},
	{"Chinese and Japanese, 3 and more", SearchOptions{}, []string{"经济发展", "日本語", "大統領", "国际合作", "しました"}},
	{"substring", SearchOptions{Substring: true}, []string{"volcan", "ernmen", "klima", "ation", "bahn"}},
	{"both indexes", SearchOptions{}, []string{"中国 2024", "経済 OR volcano", "中国 -the", "the 中国", "北京 summit"}},
}

// BenchmarkSearch prints median and 99th percentile of the time to the first 20 results with snippets, by kind of query.
func BenchmarkSearch(b *testing.B) {
	db := bigDB(b)
	var all []time.Duration
	for b.Loop() {
		all = all[:0]
		for _, kind := range searchKinds {
			var times []time.Duration
			found := 0
			for _, q := range kind.queries {
				for range 5 {
					start := time.Now()
					res, err := db.Search(context.Background(), q, kind.opt)
					if err != nil {
						b.Fatalf("%s: %v", q, err)
					}
					times = append(times, time.Since(start))
					found += len(res.Items)
				}
			}
			all = append(all, times...)
			slices.Sort(times)
			b.Logf("%-34s median %6.1f ms, worst %6.1f ms, %d shown", kind.name, ms(times[len(times)/2]), ms(times[len(times)-1]), found)
		}
	}
	slices.Sort(all)
	b.ReportMetric(ms(all[len(all)/2]), "ms-median")
	b.ReportMetric(ms(all[len(all)*99/100]), "ms-p99")
	b.ReportMetric(0, "ns/op")
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

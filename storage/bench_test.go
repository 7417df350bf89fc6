package storage

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"newsmill/cleaner/article"
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
	a := &rec.Cleaned.Article
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
	if errors.Is(err, ErrOlderSchema) { // one of an earlier day
		var w *Writer
		if w, err = Open(context.Background(), path, Options{}); err == nil {
			err = w.Close()
		}
		if err == nil {
			db, err = OpenReader(context.Background(), path)
		}
	}
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

// searchRepeats is how often each query is run: its time is the median.
const searchRepeats = 5

// BenchmarkSearch prints median and 99th percentile of the time to the first 20 results with snippets, by kind of query, and of the
// processor time, which other programs on the machine don't change. Where there is a sqlite3 shell it runs there what a user
// would write for the same question, in one process whose start is not counted, and prints by how much a search is slower
// than that at the most: go test ./storage -run - -bench Search -benchtime 1x -v.
func BenchmarkSearch(b *testing.B) {
	db := bigDB(b)
	var all, allCPU []time.Duration
	worst, worstQuery := time.Duration(math.MinInt64), ""
	for b.Loop() {
		all, allCPU = all[:0], allCPU[:0]
		for _, kind := range searchKinds {
			var times, cpu, medians []time.Duration
			found := 0
			for _, q := range kind.queries {
				var busyTimes []time.Duration
				for range searchRepeats {
					start, busy := time.Now(), processorTime(b)
					res, err := db.Search(context.Background(), q, kind.opt)
					if err != nil {
						b.Fatalf("%s: %v", q, err)
					}
					times, busyTimes = append(times, time.Since(start)), append(busyTimes, processorTime(b)-busy)
					found += len(res.Items)
				}
				cpu = append(cpu, busyTimes...)
				medians = append(medians, percentile(busyTimes, 50))
			}
			all, allCPU = append(all, times...), append(allCPU, cpu...)
			line := fmt.Sprintf("%-34s median %6.1f ms, p99 %6.1f ms; of processor time %6.1f and %6.1f ms; %4d shown", kind.name, ms(percentile(times, 50)),
				ms(percentile(times, 99)), ms(percentile(cpu, 50)), ms(percentile(cpu, 99)), found)
			if shell := shellTimes(b, db.Path(), kind.opt, kind.queries); shell != nil {
				line += fmt.Sprintf("; shell %7.1f and %7.1f ms", ms(percentile(slices.Concat(shell...), 50)), ms(percentile(slices.Concat(shell...), 99)))
				for i, q := range kind.queries {
					if slower := medians[i] - percentile(shell[i], 50); slower > worst {
						worst, worstQuery = slower, kind.name+": "+q
					}
				}
			}
			b.Log(line)
		}
	}
	b.ReportMetric(ms(percentile(allCPU, 50)), "cpu-ms-median")
	b.ReportMetric(ms(percentile(allCPU, 99)), "cpu-ms-p99")
	b.ReportMetric(ms(percentile(all, 50)), "ms-median")
	b.ReportMetric(ms(percentile(all, 99)), "ms-p99")
	if worstQuery != "" {
		b.Logf("slowest beside the shell, by %.1f ms of processor time: %s", ms(worst), worstQuery)
		b.ReportMetric(ms(worst), "ms-over-shell")
	}
	b.ReportMetric(0, "ns/op")
}

// percentile is the least time that so many in a hundred don't exceed.
func percentile(times []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

// shellTimes runs queries in a sqlite3 shell, each searchRepeats times, and returns the processor time of each; nil where there is no
// shell, or nothing that can be written in SQL alone.
func shellTimes(b *testing.B, path string, opt SearchOptions, queries []string) [][]time.Duration {
	b.Helper()
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		return nil
	}
	var script strings.Builder
	script.WriteString(".output /dev/null\nSELECT max(length(title)) FROM articles WHERE id < 100;\n.timer on\n")
	for _, q := range queries {
		statement := inShell(q, opt)
		if statement == "" {
			return nil
		}
		script.WriteString(strings.Repeat(statement+";\n", searchRepeats))
	}
	cmd := exec.Command(shell, "-readonly", "-batch", path)
	cmd.Stdin = strings.NewReader(script.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	var times [][]time.Duration
	for i, m := range timerLine.FindAllStringSubmatch(string(out), -1) {
		user, _ := strconv.ParseFloat(m[1], 64)
		system, _ := strconv.ParseFloat(m[2], 64)
		if i%searchRepeats == 0 {
			times = append(times, nil)
		}
		times[len(times)-1] = append(times[len(times)-1], time.Duration((user+system)*float64(time.Second)))
	}
	if len(times) != len(queries) {
		b.Fatalf("the shell timed %d of %d queries: %s", len(times), len(queries), out)
	}
	return times
}

var timerLine = regexp.MustCompile(`(?m)^Run Time: real [0-9.]+ user ([0-9.]+) sys ([0-9.]+)$`)

// inShell is what docs/search.md tells users to write in SQL for a search; "" for what it has no way for.
func inShell(q string, opt SearchOptions) string {
	tree, _ := parseQuery(q)
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	where := ""
	if len(opt.Sources) > 0 {
		where += " AND a.source = " + quote(opt.Sources[0])
	}
	if !opt.Since.IsZero() {
		where += " AND a.published_at >= " + quote(boundText(opt.Since)) + " AND a.published_at < " + quote(boundText(opt.Until))
	}
	if opt.Unique {
		where += " AND a.id = (SELECT min(s.id) FROM articles s WHERE s.story_id = a.story_id)"
	}
	switch tree.uses(opt.Substring) {
	case wordIndex:
		order := "bm25(articles_fts, 8.0, 3.0, 1.0)"
		switch opt.Order {
		case ByDate:
			order = "a.published_at DESC"
		case ByStored:
			order = "articles_fts.rowid DESC"
		}
		return "SELECT a.id, a.title, a.url, snippet(articles_fts, 2, '[', ']', '…', 28) FROM articles_fts JOIN articles a ON a.id = articles_fts.rowid WHERE articles_fts MATCH " +
			quote(tree.words()) + where + " ORDER BY " + order + " LIMIT 20"
	case substringIndex:
		if tree.op != leafOp {
			return ""
		}
		order := "bm25(articles_trigram, 8.0, 1.0)"
		if opt.Order == ByStored {
			order = "articles_trigram.rowid DESC"
		}
		like := " LIKE " + quote("%"+tree.text+"%")
		if len([]rune(tree.text)) < 3 {
			return "SELECT a.id, a.title, a.url, substr(a.text, instr(a.text, " + quote(tree.text) + "), 100) FROM articles a WHERE a.text" + like + where + " ORDER BY a.id DESC LIMIT 20"
		}
		return "SELECT a.id, a.title, a.url, substr(a.text, instr(a.text, " + quote(tree.text) + "), 100) FROM articles_trigram JOIN articles a ON a.id = articles_trigram.rowid WHERE articles_trigram.text" + like + where +
			" ORDER BY " + order + " LIMIT 20"
	}
	return ""
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// writeRecords are what BenchmarkWrite stores: pages of 12 KB, articles of 2 KB, 20 stripped blocks, half of them on every
// page of the site.
func writeRecords(b testing.TB, n, round int) []Record {
	m := newMixer(b)
	m.rng = rand.New(rand.NewPCG(3, uint64(round)))
	records := make([]Record, n)
	for i := range records {
		rec := m.record(i)
		url := fmt.Sprintf("https://%s.example/%d/%d", rec.Job.Source, round, i)
		rec.Job.URL, rec.Fetch.URL, rec.Fetch.FinalURL = url, url, url
		rec.Cleaned.Article.URL, rec.Cleaned.Article.CanonicalURL = url, url
		rec.Fetch.Body = sitePage(rec.Job.Source, round*n+i, 12_000)
		rec.Cleaned.Blocks = nil
		for j := range 20 {
			text := fmt.Sprintf("A menu entry of %s with the number %d", rec.Job.Source, j)
			if j%2 == 1 {
				text = fmt.Sprintf("%s, and %d of page %d in round %d", text, j, i, round)
			}
			rec.Cleaned.Blocks = append(rec.Cleaned.Blocks, article.Block{Text: text, Label: article.Navigation, Reason: "model"})
		}
		records[i] = rec
	}
	return records
}

// statement is one write that the store made.
type statement struct {
	sql  string
	args []any
}

// BenchmarkWrite compares storing records with a bare loop of prepared statements that inserts the very same rows in the same
// transactions, for several sizes of batch, by processor time, which other programs on the machine don't change:
// go test ./storage -run - -bench Write -benchtime 1x -v.
func BenchmarkWrite(b *testing.B) {
	const n = 1500
	ctx := context.Background()
	for b.Loop() {
		for _, size := range []int{1, 10, 100, 500} {
			var ratios, bareRates, rates []float64
			for round := range 3 {
				records := writeRecords(b, n, round)
				if size == 1 {
					records = records[:300]
				}
				dir := b.TempDir()
				// The store, its packing apart: that runs on other cores while the batch before is written.
				db, err := Open(ctx, filepath.Join(dir, "store.db"), Options{Command: "bench"})
				if err != nil {
					b.Fatal(err)
				}
				run, err := db.StartRun(ctx, Run{Command: "bench"})
				if err != nil {
					b.Fatal(err)
				}
				all := make([]*packed, len(records))
				for i, rec := range records {
					all[i] = db.pack(rec)
				}
				start := processorTime(b)
				for batch := range slices.Chunk(all, size) {
					if _, err := db.writeBatch(ctx, run, batch); err != nil {
						b.Fatal(err)
					}
				}
				took := processorTime(b) - start

				// The same rows, read back, into an empty database.
				path := db.Path()
				if err := db.Close(); err != nil {
					b.Fatal(err)
				}
				bare := bareLoop(b, path, filepath.Join(dir, "bare.db"), size)
				rates = append(rates, float64(len(records))/took.Seconds())
				bareRates = append(bareRates, float64(len(records))/bare.Seconds())
				ratios = append(ratios, bare.Seconds()/took.Seconds())
			}
			slices.Sort(ratios)
			slices.Sort(rates)
			slices.Sort(bareRates)
			b.Logf("batches of %3d: %4.0f articles/s, bare loop %4.0f, ratio %.2f (%.2f to %.2f)", size, rates[1], bareRates[1], ratios[1], ratios[0], ratios[2])
			b.ReportMetric(ratios[1], fmt.Sprintf("x-bare-%d", size))
		}
	}
	b.ReportMetric(0, "ns/op")
}

// bareLoop inserts all rows of one database into a new one, an article with all that belongs to it after the other, and returns
// how long the inserting took.
func bareLoop(b *testing.B, from, to string, size int) time.Duration {
	b.Helper()
	ctx := context.Background()
	target, err := Open(ctx, to, Options{Command: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer target.Close()
	source, err := OpenReader(ctx, from)
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	// What an article brings along, in the order of storing. Shared rows come with the first article that has them.
	tables := []struct{ name, ofArticle string }{
		{"runs", "SELECT * FROM runs WHERE ?1 = 1"},
		{"dictionaries", "SELECT d.* FROM dictionaries d WHERE id IN (SELECT min(b.dictionary_id) FROM raw_bodies b JOIN pages p ON p.body_id = b.id JOIN articles a ON a.page_id = p.id WHERE a.id = ?1) AND NOT EXISTS (SELECT 1 FROM articles o JOIN pages q ON q.id = o.page_id JOIN raw_bodies c ON c.id = q.body_id WHERE o.id < ?1 AND c.dictionary_id = d.id)"},
		{"raw_bodies", "SELECT b.* FROM raw_bodies b JOIN pages p ON p.body_id = b.id JOIN articles a ON a.page_id = p.id WHERE a.id = ?1"},
		{"pages", "SELECT p.* FROM pages p JOIN articles a ON a.page_id = p.id WHERE a.id = ?1"},
		{"stories", "SELECT * FROM stories WHERE id = ?1"},
		{"articles", "SELECT " + strings.Join(append([]string{"id", "first_seen_at", "fetched_at", "story_id", "page_id", "run_id"}, articleColumns()...), ", ") + " FROM articles WHERE id = ?1"},
		{"articles_fts", "SELECT id, title, byline, text FROM articles WHERE id = ?1"},
		{"articles_trigram", "SELECT id, title, text FROM articles_trigram_content WHERE id = ?1"},
		{"word_spellings", "SELECT * FROM word_spellings WHERE ?1 = 1"},
		{"trigram_spellings", "SELECT * FROM trigram_spellings WHERE ?1 = 1"},
		{"article_urls", "SELECT * FROM article_urls WHERE article_id = ?1"},
		{"article_keys", "SELECT * FROM article_keys WHERE article_id = ?1"},
		{"authors", "SELECT u.* FROM authors u WHERE u.id IN (SELECT author_id FROM article_authors WHERE article_id = ?1) AND NOT EXISTS (SELECT 1 FROM article_authors WHERE author_id = u.id AND article_id < ?1)"},
		{"article_authors", "SELECT * FROM article_authors WHERE article_id = ?1"},
		{"tags", "SELECT u.* FROM tags u WHERE u.id IN (SELECT tag_id FROM article_tags WHERE article_id = ?1) AND NOT EXISTS (SELECT 1 FROM article_tags WHERE tag_id = u.id AND article_id < ?1)"},
		{"article_tags", "SELECT * FROM article_tags WHERE article_id = ?1"},
		{"links", "SELECT * FROM links WHERE article_id = ?1"},
		{"block_texts", "SELECT t.* FROM block_texts t WHERE t.id IN (SELECT block_id FROM article_blocks WHERE article_id = ?1) AND NOT EXISTS (SELECT 1 FROM article_blocks WHERE block_id = t.id AND article_id < ?1)"},
		{"block_rules", "SELECT r.* FROM block_rules r WHERE ?1 = 1"},
		{"article_blocks", "SELECT * FROM article_blocks WHERE article_id = ?1"},
		{"fingerprints", "SELECT * FROM fingerprints WHERE article_id = ?1"},
	}
	var articles [][]statement
	var last int
	if err := source.read.QueryRow(`SELECT max(id) FROM articles`).Scan(&last); err != nil {
		b.Fatal(err)
	}
	for id := 1; id <= last; id++ {
		var stmts []statement
		for _, table := range tables {
			rows, err := source.read.Query(table.ofArticle, id)
			if err != nil {
				b.Fatal(err)
			}
			columns, _ := rows.Columns()
			names := strings.Join(columns, ", ")
			if strings.HasPrefix(table.name, "articles_") {
				names = "rowid, " + strings.Join(columns[1:], ", ")
			}
			insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", table.name, names, strings.Repeat(",?", len(columns)-1))
			for rows.Next() {
				args, dest := make([]any, len(columns)), make([]any, len(columns))
				for i := range args {
					dest[i] = &args[i]
				}
				if err := rows.Scan(dest...); err != nil {
					b.Fatal(err)
				}
				stmts = append(stmts, statement{insert, args})
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				b.Fatal(err)
			}
		}
		articles = append(articles, stmts)
	}
	// Rows of bodies that are only in dictionaries come whenever; the check comes at the end.
	if _, err := target.conn.ExecContext(ctx, `PRAGMA foreign_keys = 0`); err != nil {
		b.Fatal(err)
	}
	start := processorTime(b)
	for batch := range slices.Chunk(articles, size) {
		if err := target.update(ctx, 0, func(t *tx) error {
			for _, stmts := range batch {
				for _, s := range stmts {
					if _, err := t.exec(s.sql, s.args...); err != nil {
						return fmt.Errorf("%s: %w", s.sql, err)
					}
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	return processorTime(b) - start
}

// processorTime returns what this process has used of processors so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

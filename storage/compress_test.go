package storage

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sitePage makes a page of a site whose pages share most of their bytes.
func sitePage(host string, n, size int) []byte {
	rng := rand.New(rand.NewPCG(uint64(len(host)), uint64(host[0])))
	var sb strings.Builder
	for sb.Len() < size {
		fmt.Fprintf(&sb, "<div class=%q>%x</div>\n", host, rng.Uint64())
	}
	own := rand.New(rand.NewPCG(uint64(n), 7))
	for range 20 {
		fmt.Fprintf(&sb, "<p>%x %d</p>", own.Uint64(), n)
	}
	return []byte(sb.String())
}

// allBodies fails the test unless all stored bodies read back as their checksums say, and returns how many there are.
func allBodies(t testing.TB, db *DB) int {
	t.Helper()
	rows, err := db.read.Query(`SELECT id, sha256 FROM raw_bodies`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var id int64
		var sum []byte
		if err := rows.Scan(&id, &sum); err != nil {
			t.Fatal(err)
		}
		b, err := db.Body(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(b); !bytes.Equal(got[:], sum) {
			t.Fatalf("body %d reads back otherwise", id)
		}
		n++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestBodiesReadBackAcrossRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	want := map[string][]byte{}
	for round := range 3 {
		db, err := Open(context.Background(), path, Options{Command: "test"})
		if err != nil {
			t.Fatal(err)
		}
		run, err := db.StartRun(context.Background(), Run{Command: "test"})
		if err != nil {
			t.Fatal(err)
		}
		records := make(chan Record)
		go func() {
			defer close(records)
			for i := range 120 {
				host := fmt.Sprintf("host%d.example", i%40)
				url := fmt.Sprintf("https://%s/%d-%d", host, round, i)
				rec := page(url, "T "+url, "Text of "+url, noon)
				rec.Fetch.Body = sitePage(host, i*3+round, 4000+i*50)
				want[url] = rec.Fetch.Body
				records <- rec
			}
		}()
		if err := db.Write(context.Background(), run, records, nil); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db, err := OpenReader(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	allBodies(t, db)
	rows, err := db.read.Query(`SELECT url, body_id FROM pages`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var url string
		var id int64
		if err := rows.Scan(&url, &id); err != nil {
			t.Fatal(err)
		}
		if b, err := db.Body(context.Background(), id); err != nil || !bytes.Equal(b, want[url]) {
			t.Errorf("%s: %d bytes, %v", url, len(b), err)
		}
		delete(want, url)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(want) > 0 {
		t.Errorf("%d pages without a body", len(want))
	}
	var stored, plain int
	if err := db.read.QueryRow(`SELECT sum(length(data)), sum(size) FROM raw_bodies`).Scan(&stored, &plain); err != nil || stored*4 > plain {
		t.Errorf("%d bytes stored of %d (%v): what pages share is not used", stored, plain, err)
	}
}

// A page that wasn't kept, since its article was unchanged, may still be what later pages are compressed against.
func TestDictionaryOfPagesThatWereNotKept(t *testing.T) {
	db, run := openTemp(t)
	for i := range 6 {
		rec := page("https://a.example/same", "T", "Text", noon.Add(time.Duration(i)*time.Hour))
		rec.Fetch.Body = sitePage("a.example", i, 5000)
		put(t, db, run, rec)
	}
	rec := page("https://a.example/other", "U", "Other text", noon)
	rec.Fetch.Body = sitePage("a.example", 99, 5000)
	put(t, db, run, rec)
	allBodies(t, db.DB)
	checkIndexes(t, db)
}

// BenchmarkRawSize measures the size of the corpus's pages as stored against gzip -9 of each:
// go test ./storage -run - -bench RawSize -benchtime 1x.
func BenchmarkRawSize(t *testing.B) {
	dir := corpusDir(t)
	db, run := openTemp(t)
	hosts := map[string]int{}
	gz := map[string]int{}
	total := 0
	var spent time.Duration
	for _, set := range []string{"fundus-dev", "traf-dev", "wcxb-dev"} {
		for _, tr := range truths(t, set) {
			f, err := os.Open(filepath.Join(dir, set, "pages", tr.ID+".html.gz"))
			if err != nil {
				t.Fatal(err)
			}
			z, err := gzip.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(z)
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			var buf bytes.Buffer
			w, _ := gzip.NewWriterLevel(&buf, 9)
			_, _ = w.Write(body)
			_ = w.Close()
			rec := page(tr.URL, tr.Title, tr.Text+tr.ID, noon)
			rec.Fetch.Body = body
			host := rec.Job.Host
			if hosts[host]++; hosts[host] == 1 && gz[host] > 0 {
				t.Fatal("same host twice")
			}
			gz[host] += buf.Len()
			total += len(body)
			start := time.Now()
			p := db.packer.pack(host, body)
			spent += time.Since(start)
			if err := db.store(context.Background(), run, func(t *batch) error {
				id, err := t.bodies.store(t.tx, p)
				if err == nil {
					_, err = t.exec(`INSERT INTO pages (run_id, url, host, source, fetched_at, body_id) VALUES (?,?,?,?,?,?)`, run, tr.URL, host, host, timeText(noon), id)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	rows, err := db.read.Query(`SELECT host, sum(length(data)) FROM pages JOIN raw_bodies b ON b.id = body_id GROUP BY host`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all, allGzip, many, manyGzip, pages int
	for rows.Next() {
		var host string
		var size int
		if err := rows.Scan(&host, &size); err != nil {
			t.Fatal(err)
		}
		all, allGzip = all+size, allGzip+gz[host]
		if hosts[host] >= 5 {
			many, manyGzip, pages = many+size, manyGzip+gz[host], pages+hosts[host]
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	n := allBodies(t, db.DB)
	t.Logf("%d bodies of %.1f MB, %d of them of hosts with five or more", n, float64(total)/1e6, pages)
	t.ReportMetric(float64(all)/float64(allGzip), "x-gzip")
	t.ReportMetric(float64(many)/float64(manyGzip), "x-gzip-5-pages")
	t.ReportMetric(float64(total)/1e6/spent.Seconds(), "MB/s")
	t.ReportMetric(0, "ns/op")
	if r := float64(all) / float64(allGzip); r > 0.85 {
		t.Errorf("all pages: %.3f of gzip -9, want at most 0.85", r)
	}
	if r := float64(many) / float64(manyGzip); r > 0.60 {
		t.Errorf("pages of hosts with five or more: %.3f of gzip -9, want at most 0.60", r)
	}
}

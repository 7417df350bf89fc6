package storage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"newsmill/cleaner"
)

// childCommand, in the environment, makes of the test program a process that writes until it is killed.
const childCommand = "NEWSMILL_STORAGE_CHILD"

func TestMain(m *testing.M) {
	if command := os.Getenv(childCommand); command != "" {
		if err := child(command, os.Getenv("NEWSMILL_STORAGE_DB")); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child writes to a database as a command does, and prints "stored URL" for each article once it is committed.
func child(command, path string) error {
	ctx := context.Background()
	db, err := Open(ctx, path, Options{Command: command, LockTimeout: 5 * time.Second})
	if err != nil {
		return err
	}
	defer db.Close()
	run, err := db.StartRun(ctx, Run{Command: command})
	if err != nil {
		return err
	}
	fmt.Println("open")
	switch command {
	case "crawl":
		records := make(chan Record)
		ended := untilStdinCloses()
		go func() {
			defer close(records)
			rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
			for !ended() {
				url := fmt.Sprintf("https://host%d.example/%d", rng.IntN(5), rng.IntN(300))
				text := strings.Repeat(fmt.Sprintf("The text of version %d of %s, with some words 北京大学. ", rng.IntN(4), url), 15)
				rec := page(url, "Title of "+url, text, time.Now())
				rec.Fetch.Body = sitePage(rec.Job.Host, rng.IntN(100000), 6000)
				rec.Found = []Job{{URL: url, Host: rec.Job.Host, Source: rec.Job.Source, Kind: ArticleJob, FoundAt: noon}}
				records <- rec
			}
		}()
		return db.Write(ctx, run, records, func(s Stored) { fmt.Println("stored", s.URL) })
	case "reclean":
		for i := 0; ; i++ {
			if err := db.Reclean(ctx, run, RecleanOptions{Clean: func(p RawPage) (*cleaner.Result, error) {
				return page(p.URL, "Title", fmt.Sprintf("Cleaned the %d. time at %s: %x", i, time.Now(), p.Body[:200]), p.FetchedAt).Result, nil
			}}); err != nil {
				return err
			}
		}
	case "prune":
		for i := 0; ; i++ {
			if _, err := db.Prune(ctx, run, PruneOptions{RawBefore: time.Now().Add(-time.Second), KeepVersions: i % 3}); err != nil {
				return err
			}
			if err := db.Vacuum(ctx, run); err != nil {
				return err
			}
		}
	case "backup":
		for {
			if err := db.Backup(ctx, path+".backup"); err != nil {
				return err
			}
			fmt.Println("backup")
		}
	}
	return errors.New("no such command")
}

// untilStdinCloses returns a function that reports whether the parent wants the process to end in good order.
func untilStdinCloses() func() bool {
	var ended atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ended.Store(true)
	}()
	return ended.Load
}

// startChild starts the process and returns what it prints.
func startChild(t *testing.T, command, path string) (*exec.Cmd, *bufio.Scanner, io.Closer) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childCommand+"="+command, "NEWSMILL_STORAGE_DB="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(out)
	if !sc.Scan() || sc.Text() != "open" {
		t.Fatalf("%s: %q", command, sc.Text())
	}
	return cmd, sc, in
}

// TestKilledAtAnyMoment kills writers with SIGKILL, $NEWSMILL_KILLS times (default 8): go test -run Killed ./storage.
func TestKilledAtAnyMoment(t *testing.T) {
	kills := 8
	if n, err := strconv.Atoi(os.Getenv("NEWSMILL_KILLS")); err == nil {
		kills = n
	}
	path := filepath.Join(t.TempDir(), "news.db")
	stored := map[string]bool{}
	rng := rand.New(rand.NewPCG(uint64(kills), 2))
	for i := range kills {
		command := []string{"crawl", "reclean", "crawl", "prune", "crawl", "backup"}[i%6]
		cmd, sc, _ := startChild(t, command, path)
		time.AfterFunc(time.Duration(rng.IntN(400))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for sc.Scan() {
			if url, ok := strings.CutPrefix(sc.Text(), "stored "); ok {
				stored[url] = true
			} else if strings.HasPrefix(sc.Text(), "failed") {
				t.Errorf("kill %d, %s: %s", i, command, sc.Text())
			}
		}
		_ = cmd.Wait()
		db, err := Open(context.Background(), path, Options{})
		if err != nil {
			t.Fatalf("kill %d, %s: %v", i, command, err)
		}
		checkIndexes(t, db)
		if i%5 == 0 {
			allBodies(t, db)
		}
		for url := range stored {
			if _, err := db.Find(context.Background(), url); err != nil {
				t.Fatalf("kill %d, %s: %v", i, command, err)
			}
		}
		if n := count(t, db, `SELECT count(*) - count(DISTINCT canonical_url) FROM articles`); n != 0 {
			t.Errorf("kill %d, %s: %d articles twice", i, command, n)
		}
		db.Close()
		if exists(path + ".backup") {
			if err := checkCopy(context.Background(), path+".backup"); err != nil {
				t.Errorf("kill %d, %s: backup: %v", i, command, err)
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d kills, %d articles stored", kills, len(stored))
}

// TestReadersAreNeverLockedOut has ten readers search and list beside a crawl: six of ours, two Python loops, and two of
// sqlite3 -readonly. $NEWSMILL_READ_SECONDS (default 2) is how long.
func TestReadersAreNeverLockedOut(t *testing.T) {
	seconds := 2
	if n, err := strconv.Atoi(os.Getenv("NEWSMILL_READ_SECONDS")); err == nil {
		seconds = n
	}
	path := filepath.Join(t.TempDir(), "news.db")
	beside := func(command string, f func()) (written int64) {
		t.Helper()
		writer, sc, in := startChild(t, command, path)
		var n atomic.Int64
		go func() {
			for sc.Scan() {
				n.Add(1)
			}
		}()
		f()
		in.Close()
		if command != "crawl" {
			_ = writer.Process.Kill()
		}
		if err := writer.Wait(); err != nil && command == "crawl" {
			t.Errorf("%s: %v", command, err)
		}
		return n.Load()
	}
	beside("crawl", func() { time.Sleep(time.Duration(seconds) * time.Second) })
	var crawl, reclean readers
	before := readFor(t, path, seconds)
	written := beside("crawl", func() { crawl = readFor(t, path, seconds) })
	between := readFor(t, path, seconds)
	beside("reclean", func() { reclean = readFor(t, path, seconds) })
	if written == 0 {
		t.Error("the crawl wrote nothing meanwhile")
	}
	t.Logf("without a writer: %s", before)
	t.Logf("beside a crawl (%d records): %s", written, crawl)
	t.Logf("without a writer: %s", between)
	t.Logf("beside a reclean: %s", reclean)
}

// readers is what ten readers met.
type readers struct {
	times  []time.Duration
	others int // runs of Python and the shell
}

func (r readers) String() string {
	return fmt.Sprintf("%d queries, median %.1f ms, p99 %.1f ms, worst %.1f ms, %d runs of others", len(r.times), ms(r.times[len(r.times)/2]),
		ms(r.times[len(r.times)*99/100]), ms(r.times[len(r.times)-1]), r.others)
}

func readFor(t *testing.T, path string, seconds int) readers {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second)
	defer cancel()
	const ours = 6
	type result struct {
		times  []time.Duration
		others int
		err    error
	}
	results := make(chan result)
	for i := range ours {
		go func() {
			var r result
			defer func() { results <- r }()
			for n := i; ctx.Err() == nil; n++ {
				start := time.Now()
				db, err := OpenReader(context.Background(), path) // as each command does
				if err == nil {
					switch n % 3 {
					case 0:
						_, err = db.Search(context.Background(), "version words", SearchOptions{})
					case 1:
						_, err = db.Search(context.Background(), "北京", SearchOptions{})
					default:
						_, err = db.List(context.Background(), Filter{}, ByDate, 20, 0)
					}
					db.Close()
				}
				r.times = append(r.times, time.Since(start))
				if err != nil {
					r.err = err
					return
				}
			}
		}()
	}
	commands := 0
	for _, c := range [][]string{
		{"python3", "-c", "import sqlite3,sys\nc=sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True,timeout=10)\nfor i in range(20): c.execute(\"select count(*) from articles_fts where articles_fts match 'version'\").fetchall(); c.execute('select * from recent_articles limit 20').fetchall()", path},
		{"sqlite3", "-readonly", path, "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'version'; SELECT * FROM recent_articles LIMIT 20;"},
	} {
		if _, err := exec.LookPath(c[0]); err != nil {
			t.Logf("no %s here", c[0])
			continue
		}
		for range 2 {
			commands++
			go func() {
				var r result
				defer func() { results <- r }()
				for ctx.Err() == nil {
					if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
						r.err = fmt.Errorf("%s: %w: %s", c[0], err, out)
						return
					}
					r.others++
				}
			}()
		}
	}
	var all readers
	for range ours + commands {
		r := <-results
		if r.err != nil {
			t.Error(r.err)
		}
		all.times, all.others = append(all.times, r.times...), all.others+r.others
	}
	slices.Sort(all.times)
	return all
}

func TestFullDiskLosesNothingStored(t *testing.T) {
	db, run := openTemp(t)
	fill(t, db, run, 50)
	if _, err := db.conn.ExecContext(context.Background(), fmt.Sprintf(`PRAGMA max_page_count = %d`, count(t, db, `SELECT page_count FROM pragma_page_count`)+20)); err != nil {
		t.Fatal(err)
	}
	records := make(chan Record)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(records)
		for i := 0; ; i++ {
			select {
			case records <- page(fmt.Sprintf("https://big.example/%d", i), fmt.Sprint("Big ", i), words(i, 2000), noon):
			case <-ctx.Done():
				return
			}
		}
	}()
	stored := map[string]bool{}
	err := db.Write(ctx, run, records, func(s Stored) { stored[s.URL] = true })
	cancel()
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "free some space") {
		t.Fatalf("got %v, want ErrFull", err)
	}
	db.Close()
	again, err := Open(context.Background(), db.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	checkIndexes(t, again)
	if n := count(t, again, `SELECT count(*) FROM articles`); n != 50+len(stored) {
		t.Errorf("%d articles, want 50 and the %d that were reported", n, len(stored))
	}
	put(t, again, run, page("https://big.example/after", "After", "There is room again.", noon))
}

// TestMovedOrDeletedFileEndsTheRun: what was stored is in the file that was moved, and nothing more is written to one that is gone.
func TestMovedOrDeletedFileEndsTheRun(t *testing.T) {
	for name, away := range map[string]func(path string) error{
		"moved":   func(path string) error { return os.Rename(path, path+".old") },
		"deleted": os.Remove,
		"replaced": func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, nil, 0o644))
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, run := openTemp(t)
			fill(t, db, run, 20)
			if err := away(db.Path()); err != nil {
				t.Fatal(err)
			}
			_, err := db.Put(context.Background(), run, page("https://late.example/1", "Late", "This comes too late.", noon))
			if !errors.Is(err, ErrMoved) || !strings.Contains(err.Error(), db.Path()) {
				t.Fatalf("got %v, want ErrMoved", err)
			}
			db.Close()
			if name == "deleted" {
				return
			}
			old, err := Open(context.Background(), db.Path()+".old", Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer old.Close()
			checkIndexes(t, old)
			if n := count(t, old, `SELECT count(*) FROM articles`); n != 20 {
				t.Errorf("%d articles in the file that was moved, want 20", n)
			}
		})
	}
}

package storage

import (
	"bufio"
	"context"
	"database/sql"
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
	"sync"
	"sync/atomic"
	"testing"
	"time"
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
	case "migrate": // that was Open's
		return nil
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
			if err := db.Reclean(ctx, run, RecleanOptions{Clean: func(p RawPage) (*Cleaned, error) {
				return page(p.URL, "Title", fmt.Sprintf("Cleaned the %d. time at %s: %x", i, time.Now(), p.Body[:200]), p.FetchedAt).Cleaned, nil
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
			allBodies(t, db.DB)
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

// TestKilledWhileMigrating kills a program with SIGKILL, $NEWSMILL_KILLS times (default 8), while it brings a large database of the
// first schema up to date: the file is at one schema or another, whole, and the next program ends the work.
func TestKilledWhileMigrating(t *testing.T) {
	kills := 8
	if n, err := strconv.Atoi(os.Getenv("NEWSMILL_KILLS")); err == nil {
		kills = n
	}
	old := filepath.Join(t.TempDir(), "old.db")
	if !atSchema(t, old, 1) {
		t.Skip("there is one schema only")
	}
	addRows(t, old)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	migrate := func(i int) (*exec.Cmd, string) {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", i))
		b, err := os.ReadFile(old)
		if err == nil {
			err = os.WriteFile(path, b, 0o644)
		}
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), childCommand+"=migrate", "NEWSMILL_STORAGE_DB="+path)
		if err != nil {
			t.Fatal(err)
		}
		return cmd, path
	}
	var times []time.Duration // the second is not slowed down by what the system reads for the first time
	for i := range 2 {
		cmd, _ := migrate(-1 - i)
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("undisturbed: %v: %s", err, out)
		}
		times = append(times, time.Since(began))
	}
	whole := slices.Min(times)
	found := map[int]int{}
	rng := rand.New(rand.NewPCG(uint64(kills), 3))
	for i := range kills {
		cmd, path := migrate(i)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// From the first moment to a little after the last: each kill has its own slice of it.
		at := (time.Duration(i)*whole + time.Duration(rng.Int64N(int64(whole)))) / time.Duration(kills) * 11 / 10
		time.AfterFunc(at, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		found[schemaNumber(t, path)]++
		db, err := Open(context.Background(), path, Options{})
		if err != nil {
			t.Fatalf("kill %d, after %s: %v", i, at, err)
		}
		checkIndexes(t, db)
		if n := count(t, db, `SELECT (SELECT count(*) FROM hosts WHERE host LIKE 'h%.example' AND robots_txt LIKE 'User-agent%') + (SELECT count(*) FROM frontier WHERE url LIKE 'https://many.example/%')`); n != 2*manyRows {
			t.Errorf("kill %d, after %s: %d rows, want %d", i, at, n, 2*manyRows)
		}
		if n := count(t, db, `SELECT user_version FROM pragma_user_version`); n != SchemaVersion() {
			t.Errorf("kill %d, after %s: schema %d", i, at, n)
		}
		db.Close()
		if t.Failed() {
			t.FailNow()
		}
		for _, file := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
			_ = os.Remove(file)
		}
	}
	t.Logf("%d kills within %s; after them, files at each schema: %v", kills, whole, found)
}

// manyRows is how many hosts and addresses make a migration long enough to be killed in it.
const manyRows = 20_000

// addRows makes a database of the first schema large.
func addRows(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, stmt := range []string{
		`INSERT INTO hosts (host, robots_txt) SELECT 'h' || value || '.example', 'User-agent: *' || char(10) || hex(randomblob(400)) FROM generate`,
		`INSERT INTO frontier (url, host, source, kind, state, found_at) SELECT 'https://many.example/' || value, 'many.example', 'many', 'article', 'waiting', '2026-11-01T00:00:00Z' FROM generate`,
	} {
		if _, err := db.Exec(fmt.Sprintf(`WITH RECURSIVE generate (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM generate WHERE value < %d) %s`, manyRows, stmt)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
}

// schemaNumber is the schema of the file as it is, after its log is recovered, and checks that it is whole.
func schemaNumber(t *testing.T, path string) (number int) {
	t.Helper()
	db, err := sql.Open("sqlite3", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var state string
	if err := db.QueryRow(`SELECT user_version, (SELECT group_concat(integrity_check) FROM pragma_integrity_check) FROM pragma_user_version`).Scan(&number, &state); err != nil || state != "ok" {
		t.Fatalf("integrity_check: %s, %v", state, err)
	}
	return number
}

// TestReadersAreNeverLockedOut has ten readers search and list beside a crawl and a reclean: six of ours, three Python loops
// with a timeout, and a loop of sqlite3 -readonly and then sqlite3 with .timeout 5000: not beside one another, since the last shell to
// close a file that it may write to locks it for a moment, which one without a timeout can meet. $NEWSMILL_READ_SECONDS (default 2)
// is how long.
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
	const queries = "SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'version'; SELECT * FROM recent_articles LIMIT 20;"
	for _, c := range []struct {
		loops    int
		commands [][]string
	}{
		{3, [][]string{{"python3", "-c", "import sqlite3,sys\nc=sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True,timeout=10)\nfor i in range(20): c.execute(\"select count(*) from articles_fts where articles_fts match 'version'\").fetchall(); c.execute('select * from recent_articles limit 20').fetchall()", path}}},
		{1, [][]string{{"sqlite3", "-readonly", path, queries}, {"sqlite3", "-cmd", ".timeout 5000", path, queries}}},
	} {
		if _, err := exec.LookPath(c.commands[0][0]); err != nil {
			t.Logf("no %s here", c.commands[0][0])
			continue
		}
		for range c.loops {
			commands++
			go func() {
				var r result
				defer func() { results <- r }()
				for n := 0; ctx.Err() == nil; n++ {
					words := c.commands[n%len(c.commands)]
					if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
						r.err = fmt.Errorf("%s: %w: %s", strings.Join(words[:3], " "), err, out)
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

// TestManyWritersAndALongReader: eight goroutines of one program store articles, another program writes too, and a reader keeps its
// snapshot all the while: nobody is told that the database is busy. It logs how long a commit took; $NEWSMILL_COMMITS (default 160) is how many.
func TestManyWritersAndALongReader(t *testing.T) {
	commits := 160
	if n, err := strconv.Atoi(os.Getenv("NEWSMILL_COMMITS")); err == nil {
		commits = n
	}
	db, run := openTemp(t)
	fill(t, db, run, 50)
	ctx := context.Background()
	reader, err := sql.Open("sqlite3", dsn(db.Path(), "mode=ro"))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	snapshot, err := reader.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = snapshot.Rollback() }()
	read := func() (n int) {
		if err := snapshot.QueryRow(`SELECT count(*) FROM articles`).Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	if n := read(); n != 50 {
		t.Fatalf("%d articles to begin with, want 50", n)
	}
	other, err := sql.Open("sqlite3", dsn(db.Path(), "_txlock=immediate"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	done := make(chan struct{})
	otherDone := make(chan int)
	go func() { // what a user's shell does: a small change now and then
		n := 0
		defer func() { otherDone <- n }()
		for ; ; n++ {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
			if _, err := other.Exec(`UPDATE articles SET section = 'by hand' WHERE id = ?`, 1+n%50); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	const writers = 8
	times := make([]time.Duration, commits)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= commits {
					return
				}
				began := time.Now()
				if _, err := db.Put(ctx, run, page(fmt.Sprintf("https://busy.example/%d", i), fmt.Sprint("Busy ", i), words(i, 400), noon)); err != nil {
					t.Error(err)
					return
				}
				times[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	close(done)
	byHand := <-otherDone
	if n := read(); n != 50 {
		t.Errorf("the reader's snapshot has %d articles now", n)
	}
	if n := count(t, db, `SELECT count(*) FROM articles`); n != 50+commits {
		t.Errorf("%d articles, want %d", n, 50+commits)
	}
	slices.Sort(times)
	t.Logf("%d commits of %d writers beside %d by another program and a long reader: median %.1f ms, p99 %.1f ms, worst %.1f ms", commits, writers,
		byHand, ms(times[commits/2]), ms(times[commits*99/100]), ms(times[commits-1]))
}

// TestPowerLossTakesAwayOnlyTheLastCommits: with the power the end of the log may be gone, or be rubbish, since commits are not
// synced one by one. What is left is whole, and each address is stored with its article or waits to be asked for again.
func TestPowerLossTakesAwayOnlyTheLastCommits(t *testing.T) {
	ctx := context.Background()
	db, run := openTemp(t)
	var jobs []Job
	for i := range 40 {
		jobs = append(jobs, Job{URL: fmt.Sprintf("https://power.example/%d", i), Host: "power.example", Source: "power", Kind: ArticleJob})
	}
	if _, err := db.AddJobs(ctx, run, jobs); err != nil {
		t.Fatal(err)
	}
	if _, err := db.conn.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil { // synced, that is
		t.Fatal(err)
	}
	waiting, err := db.WaitingJobs(ctx, Queue{"power", "power.example"}, Window{}, 40)
	if err != nil {
		t.Fatal(err)
	}
	for i, j := range waiting {
		rec := page(j.URL, fmt.Sprint("Power ", i), words(i, 200), noon)
		rec.Job = j
		put(t, db, run, rec)
	}
	file, err := os.ReadFile(db.Path())
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(db.Path() + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(40, 4))
	seen := map[int]bool{}
	for i := range 12 {
		path := filepath.Join(t.TempDir(), "news.db")
		cut := rng.IntN(len(log))
		left := slices.Clone(log[:cut])
		if i%2 == 1 { // a sector that was never written
			for range min(4096, len(log)-cut) {
				left = append(left, byte(rng.IntN(256)))
			}
		}
		if err := errors.Join(os.WriteFile(path, file, 0o644), os.WriteFile(path+"-wal", left, 0o644)); err != nil {
			t.Fatal(err)
		}
		after, err := Open(ctx, path, Options{})
		if err != nil {
			t.Fatalf("the log cut at %d of %d bytes: %v", cut, len(log), err)
		}
		checkIndexes(t, after)
		articles := count(t, after, `SELECT count(*) FROM articles`)
		seen[articles] = true
		if stored := count(t, after, `SELECT count(*) FROM frontier f JOIN articles a ON a.url = f.url WHERE f.class = 'stored'`); stored != articles {
			t.Errorf("the log cut at %d: %d articles, %d addresses that are stored", cut, articles, stored)
		}
		if left := count(t, after, `SELECT count(*) FROM frontier WHERE state = 'waiting'`); left != 40-articles {
			t.Errorf("the log cut at %d: %d articles, and %d addresses wait of 40", cut, articles, left)
		}
		after.Close()
	}
	if len(seen) < 3 {
		t.Errorf("all cuts left as many articles: %v", seen)
	}
}

package scraper

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	_ "github.com/mattn/go-sqlite3"

	"newsmill/configs"
	"newsmill/scraper/fetch"
	"newsmill/storage"
)

// smallWeb answers, as a proxy, for any number of hosts h000.example, h001.example, … with a start page, a sitemap and the same
// number of articles each. All have validators.
type smallWeb struct {
	perHost  int
	before   func(r *http.Request) // called before each answer; nil: nothing
	mu       sync.Mutex
	starts   map[string][]time.Time // of all requests to a host
	statuses map[string]int         // "article 200", "hub 304", …: how many
	requests atomic.Int64
	server   *httptest.Server
}

func newSmallWeb(t testing.TB, perHost int, before func(r *http.Request)) *smallWeb {
	w := &smallWeb{perHost: perHost, before: before, starts: map[string][]time.Time{}, statuses: map[string]int{}}
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	return w
}

func (s *smallWeb) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	s.requests.Add(1)
	if s.before != nil {
		s.before(r)
	}
	kind, body := "hub", ""
	switch p := r.URL.Path; {
	case p == "/robots.txt":
		kind, body = "robots", "User-agent: *\nAllow: /\n"
		if s.perHost > 0 {
			body += "Sitemap: http://" + r.Host + "/sitemap.xml\n"
		}
	case p == "/":
		body = "<!doctype html><html lang=en><title>The Harbour Post</title><h1>The Harbour Post</h1>"
	case p == "/sitemap.xml" && s.perHost > 0:
		var b strings.Builder
		b.WriteString(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
		for i := range s.perHost {
			fmt.Fprintf(&b, "<url><loc>http://%s/2026/11/02/story-%d.html</loc></url>", r.Host, i)
		}
		body = b.String() + "</urlset>"
	case strings.HasPrefix(p, "/2026/"):
		kind, body = "article", smallArticle(r.Host+p)
	default:
		http.NotFound(w, r)
		return
	}
	etag := fmt.Sprintf(`"%x"`, len(body))
	status := http.StatusOK
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		status = http.StatusNotModified
	}
	s.mu.Lock()
	s.starts[r.Host] = append(s.starts[r.Host], began)
	s.statuses[kind+" "+strconv.Itoa(status)]++
	s.mu.Unlock()
	w.WriteHeader(status)
	if status == http.StatusOK {
		_, _ = w.Write([]byte(body))
	}
}

// smallArticle is a page whose text is its own: another number in every sentence.
func smallArticle(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html><html lang=en><title>Ferry %s sails again</title><meta property="og:type" content="article"><body><article><h1>Ferry %[1]s sails again</h1>`, name)
	for i := range 4 {
		fmt.Fprintf(&b, "<p>The %d. ferry of %s left the harbour on Monday morning with its usual crew, and the passengers on deck counted %d gulls before the lighthouse of %[2]s came into sight, as they have on each of the %[3]d days since the storm.</p>", i, name, len(name)*7+i)
	}
	return b.String() + "</article></body></html>"
}

func (s *smallWeb) sources(hosts int) []configs.Source {
	all := make([]configs.Source, hosts)
	for i := range all {
		host := fmt.Sprintf("h%03d.example", i)
		all[i] = configs.Source{Key: host, Start: []string{"http://" + host + "/"}, Autodiscover: true}
	}
	return all
}

func (s *smallWeb) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.statuses[what]
}

// options for a crawl of so many hosts.
func (s *smallWeb) options(hosts int) Options {
	return Options{Sources: s.sources(hosts), Proxy: s.server.URL, DelaySet: true}
}

func openDB(t testing.TB, path string) *storage.Writer {
	t.Helper()
	db, err := storage.Open(context.Background(), path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// mustCrawl crawls and returns how that ended.
func mustCrawl(t testing.TB, db *storage.Writer, o Options) Stats {
	t.Helper()
	now := o.Now
	if now == nil {
		now = time.Now
	}
	var err error
	if o.RunID, err = db.StartRun(t.Context(), storage.Run{Command: "crawl", StartedAt: now()}); err != nil {
		t.Fatal(err)
	}
	stats, err := Crawl(t.Context(), db, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.FinishRun(t.Context(), o.RunID, 0, now(), storage.RunCounts{}); err != nil {
		t.Fatal(err)
	}
	return stats
}

// TestCrawlLeaksNothing: crawls, $NEWSMILL_LEAK_PAGES (default 1,000) pages of 50 hosts altogether, leave no goroutine and no open
// file behind.
func TestCrawlLeaksNothing(t *testing.T) {
	pages := 1000
	if testing.Short() {
		pages = 200
	}
	if n, err := strconv.Atoi(os.Getenv("NEWSMILL_LEAK_PAGES")); err == nil {
		pages = n
	}
	const hosts, crawls = 50, 4
	web := newSmallWeb(t, pages/hosts/crawls, nil)
	crawl := func() {
		db := openDB(t, filepath.Join(t.TempDir(), "news.db"))
		stats := mustCrawl(t, db, web.options(hosts))
		if stats.Stored != web.perHost*hosts {
			t.Fatalf("%d articles stored, want %d: %v", stats.Stored, web.perHost*hosts, stats.Classes)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		web.server.CloseClientConnections()
	}
	settled := func(goroutines, files int) (int, int) {
		var g, f int
		for range 50 { // the server's side needs a moment
			if g, f = runtime.NumGoroutine(), openFiles(t); g <= goroutines && f <= files {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		return g, f
	}
	first := web.perHost
	web.perHost = 1
	crawl() // what is made once and kept
	goroutines, files := settled(0, 0)
	web.perHost = first
	for range crawls {
		crawl()
	}
	g, f := settled(goroutines, files)
	t.Logf("%d pages: goroutines %d -> %d, open files %d -> %d", web.count("article 200"), goroutines, g, files, f)
	if g > goroutines || f > files {
		buf := make([]byte, 1<<16)
		t.Errorf("goroutines or files are left\n%s", buf[:runtime.Stack(buf, true)])
	}
}

// TestASlowStoreSlowsFetching: while nothing can be written, no more is fetched than may be under way at once.
func TestASlowStoreSlowsFetching(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	db := openDB(t, path)
	other, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var web *smallWeb
	locked := make(chan *sql.Tx, 1)
	var once sync.Once
	web = newSmallWeb(t, 20, func(r *http.Request) {
		if web.count("article 200") < 40 {
			return
		}
		once.Do(func() {
			tx, err := other.Begin()
			if err != nil {
				t.Error(err)
			}
			locked <- tx
		})
	})
	o := web.options(10)
	o.Concurrency = 4
	var during int64
	go func() {
		tx := <-locked
		before := web.requests.Load()
		time.Sleep(700 * time.Millisecond)
		during = web.requests.Load() - before
		_ = tx.Rollback()
	}()
	stats := mustCrawl(t, db, o)
	if stats.Stored != 200 {
		t.Errorf("%d articles stored, want 200: %v", stats.Stored, stats.Classes)
	}
	if during > int64(uncommitted*o.Concurrency) {
		t.Errorf("%d requests while nothing could be written, with %d pages uncommitted at most", during, uncommitted*o.Concurrency)
	}
}

// TestIdleRunCostsAlmostNothing: a run over an unchanged site of 1,000 articles, when its hubs are due, asks for these alone.
func TestIdleRunCostsAlmostNothing(t *testing.T) {
	articles := 1000
	if testing.Short() {
		articles = 100
	}
	web := newSmallWeb(t, articles, nil)
	db := openDB(t, filepath.Join(t.TempDir(), "news.db"))
	o := web.options(1)
	o.Recheck = []time.Duration{24 * time.Hour}
	if stats := mustCrawl(t, db, o); stats.Stored != articles {
		t.Fatalf("%d articles stored: %v", stats.Stored, stats.Classes)
	}
	o.Now = func() time.Time { return time.Now().Add(7 * time.Hour) } // start page and sitemap are due
	web.statuses = map[string]int{}
	before := cpuTime(t)
	stats := mustCrawl(t, db, o)
	took := cpuTime(t) - before
	if n := web.count("article 200") + web.count("article 304"); n != 0 {
		t.Errorf("%d requests for articles", n)
	}
	if web.count("hub 304") != 2 || web.count("hub 200") != 0 {
		t.Errorf("hubs that are due: %v, want two answers 304", web.statuses)
	}
	t.Logf("%d articles, unchanged: %d requests, %v, %s of processor time, the server's among it", articles, stats.Fetched, web.statuses, took)
}

// cpuTime is the processor time that this process has used.
func cpuTime(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestOneHugeHostDoesNotHoldUpTheOthers simulates a host with 100,000 addresses beside 99 with 100 each, on a clock of
// its own: the 99 must end within 1.2 times the time that they need without it.
func TestOneHugeHostDoesNotHoldUpTheOthers(t *testing.T) {
	huge, hosts, each := 100_000, 100, 100
	if testing.Short() {
		huge, each = 5_000, 10
	}
	for name, c := range map[string]struct {
		workers int
		latency time.Duration
		ideal   time.Duration // with the work of the 99 alone
	}{
		"the delay is the limit":        {32, 100 * time.Millisecond, time.Duration(each) * time.Second},
		"the number of workers is, too": {16, 500 * time.Millisecond, time.Duration(each) * time.Duration(hosts-1) * 500 * time.Millisecond / 16},
	} {
		t.Run(name, func(t *testing.T) {
			db := openDB(t, filepath.Join(t.TempDir(), "news.db"))
			var jobs []storage.Job
			add := func(host string, n int) {
				for i := range n {
					jobs = append(jobs, storage.Job{URL: fmt.Sprintf("http://%s/%d", host, i), Host: host, Source: host, Kind: storage.ArticleJob})
				}
			}
			add("huge.example", huge)
			for i := range hosts - 1 {
				add(fmt.Sprintf("h%02d.example", i), each)
			}
			if _, err := db.AddJobs(t.Context(), 0, jobs); err != nil {
				t.Fatal(err)
			}
			start := time.Date(2026, 11, 17, 3, 0, 0, 0, time.UTC)
			now := start
			clock := func() time.Time { return now }
			polite := NewPoliteness(Options{Delay: time.Second, DelaySet: true, Now: clock})
			f := newFrontier(db, storage.Window{}, polite, clock)
			f.restoreHost = func(string) error { return nil }
			for _, j := range jobs {
				f.open(storage.Queue{Source: j.Source, Host: j.Host})
			}
			type flight struct {
				task
				ends time.Time
			}
			var flying []flight // in the order in which they end: all take the same time
			var done []storage.Record
			left, asked := each*(hosts-1), 0
			for left > 0 {
				if len(flying) < c.workers {
					task, ok, wait, err := f.next(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if ok {
						if began, again := polite.Begin(task.Host, 0); !began {
							t.Fatalf("%s is handed out before %s", task.URL, again.Sub(start))
						}
						flying = append(flying, flight{task, now.Add(c.latency)})
						asked++
						continue
					}
					if len(flying) == 0 || wait > 0 && now.Add(wait).Before(flying[0].ends) {
						now = now.Add(wait)
						continue
					}
				}
				over := flying[0]
				flying, now = flying[1:], over.ends
				polite.End(over.Host, fetch.Fetched{Page: fetch.Page{FetchedAt: over.ends, Duration: c.latency, Status: 200}})
				f.fetched(over.Host)
				done = append(done, storage.Record{Job: over.Job, Ending: storage.Ending{State: storage.JobDone, Class: "not_article"}})
				if len(done) == 32 || left == 1 {
					records := make(chan storage.Record, len(done))
					for _, r := range done {
						records <- r
					}
					close(records)
					if err := db.Write(t.Context(), 0, records, func(storage.Stored) {}); err != nil {
						t.Fatal(err)
					}
					for _, r := range done {
						f.committed(r.Job)
					}
					done = done[:0]
				}
				if over.Host != "huge.example" {
					left--
				}
			}
			took := now.Sub(start)
			t.Logf("%d hosts with %d pages beside one with %d: %s, %.2f times the ideal %s; %d of the huge one meanwhile", hosts-1, each, huge,
				took.Round(time.Second), took.Seconds()/c.ideal.Seconds(), c.ideal, asked-each*(hosts-1))
			if took > c.ideal*12/10 {
				t.Errorf("the others took %s, more than 1.2 times %s", took, c.ideal)
			}
		})
	}
}

// wallClock is a clock whose time of day can be set, as by an administrator or NTP, while its monotonic part goes on.
type wallClock struct{ ahead atomic.Int64 } // nanoseconds

func (c *wallClock) now() time.Time {
	t := time.Now()
	// The first word of a time.Time with a monotonic reading: 1 bit that there is one, 33 bits of seconds, 30 of
	// nanoseconds. Nothing public sets the one without the other.
	(*[1]uint64)(unsafe.Pointer(&t))[0] += uint64(time.Duration(c.ahead.Load())/time.Second) << 30
	return t
}

func TestWallClockOfTheTests(t *testing.T) {
	var c wallClock
	before := c.now()
	c.ahead.Store(int64(-time.Hour))
	if after := c.now(); after.Sub(before) < 0 || after.Sub(before) > time.Minute || before.Round(0).Sub(after.Round(0)) < 59*time.Minute {
		t.Errorf("%s -> %s: the time of day must go back, the monotonic part must not", before, after)
	}
}

// TestTheClockMayJump: the time of day is set back, or ahead, by an hour in the middle of a crawl. It neither waits for the
// hour to pass nor asks a host too soon.
func TestTheClockMayJump(t *testing.T) {
	const delay, hosts = 60 * time.Millisecond, 4
	for name, jump := range map[string]time.Duration{"back": -time.Hour, "ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var clock wallClock
			var web *smallWeb
			web = newSmallWeb(t, 12, func(*http.Request) {
				if web.requests.Load() == 25 {
					clock.ahead.Store(int64(jump))
				}
			})
			o := web.options(hosts)
			o.Delay, o.Now = delay, clock.now
			db := openDB(t, filepath.Join(t.TempDir(), "news.db"))
			began := time.Now()
			stats := mustCrawl(t, db, o)
			if stats.Stored != 12*hosts {
				t.Errorf("%d articles stored: %v", stats.Stored, stats.Classes)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("the crawl took %s", took)
			}
			for host, starts := range web.starts {
				slices.SortFunc(starts, time.Time.Compare)
				for i := 1; i < len(starts); i++ {
					if gap := starts[i].Sub(starts[i-1]); gap < delay-5*time.Millisecond {
						t.Errorf("%s: asked again after %s", host, gap)
					}
				}
			}
			if stats.Elapsed < 0 || stats.Elapsed > time.Minute {
				t.Errorf("the run says that it took %s", stats.Elapsed)
			}
		})
	}
}

// TestRunAfterTheClockWentBack: a run that begins an hour before the last one's end, as it seems, still fetches what is new.
func TestRunAfterTheClockWentBack(t *testing.T) {
	web := newSmallWeb(t, 5, nil)
	db := openDB(t, filepath.Join(t.TempDir(), "news.db"))
	o := web.options(1)
	ahead := o
	ahead.Now = func() time.Time { return time.Now().Add(time.Hour) }
	mustCrawl(t, db, ahead)
	web.perHost = 8
	o.Again = true
	if stats := mustCrawl(t, db, o); stats.Stored != 3 {
		t.Errorf("%d new articles, want 3: %v, left for the next run: %v", stats.Stored, stats.Classes, stats.LeftWaiting)
	}
}

func TestFewFilesMeanFewPagesAtOnce(t *testing.T) {
	for _, c := range []struct{ concurrency, files, want int }{{32, 1024, 32}, {32, 256, 32}, {32, 64, 4}, {2, 64, 2}, {32, 20, 1}, {500, noFileLimit, 500}} {
		if got := affordable(c.concurrency, c.files); got != c.want {
			t.Errorf("with %d files %d of %d pages at once, want %d", c.files, got, c.concurrency, c.want)
		}
	}
}

// TestGuessesAreNoFailures: that a site has no feed where we guessed one is nothing that went wrong.
func TestGuessesAreNoFailures(t *testing.T) {
	web := newSmallWeb(t, 0, nil)
	stats := mustCrawl(t, openDB(t, filepath.Join(t.TempDir(), "news.db")), web.options(1))
	if stats.Fetched < 10 || stats.Failed != 0 || stats.Classes[string(fetch.ClassHTTP4xx)] != 0 {
		t.Errorf("%d requests, %d failed: %v; want the guesses asked for, and none counted", stats.Fetched, stats.Failed, stats.Classes)
	}
}

func openFiles(t *testing.T) int {
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	return len(d)
}

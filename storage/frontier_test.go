package storage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"syscall"
	"testing"
	"time"
)

func openTest(t testing.TB) (*Writer, int64) {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "news.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	run, err := db.StartRun(t.Context(), Run{Command: "test", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return db, run
}

func jobFor(url string, priority float64) Job {
	return Job{URL: url, Host: "a.example", Source: "a", Kind: ArticleJob, Priority: priority, FoundAt: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)}
}

func waiting(t *testing.T, db *Writer, w Window) []string {
	t.Helper()
	jobs, err := db.WaitingJobs(t.Context(), Queue{"a", "a.example"}, w, 100)
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, j := range jobs {
		urls = append(urls, j.URL)
	}
	return urls
}

func wantURLs(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v wait, want %v", what, got, want)
	}
}

func TestJobsWaitInOrderOfPriorityAndOnce(t *testing.T) {
	db, run := openTest(t)
	ctx := t.Context()
	n, err := db.AddJobs(ctx, run, []Job{jobFor("https://a.example/1", 1), jobFor("https://a.example/2", 9), jobFor("https://a.example/1", 1)})
	if err != nil || n != 2 {
		t.Fatalf("added %d, %v, want 2", n, err)
	}
	wantURLs(t, "by priority", waiting(t, db, Window{}), "https://a.example/2", "https://a.example/1")
	if n, err = db.AddJobs(ctx, run, []Job{jobFor("https://a.example/1", 20)}); err != nil || n != 0 {
		t.Fatalf("added %d, %v, want none: it is known", n, err)
	}
	wantURLs(t, "a greater priority counts", waiting(t, db, Window{}), "https://a.example/1", "https://a.example/2")
	queues, err := db.Queues(ctx, "a")
	if err != nil || len(queues) != 1 || queues[0] != (Queue{"a", "a.example"}) {
		t.Errorf("queues %v, %v", queues, err)
	}
}

func TestWindowHoldsForDatedArticlesOnly(t *testing.T) {
	db, run := openTest(t)
	day := func(url string, d int) Job {
		j := jobFor(url, 1)
		j.Hint.PublishedAt = time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC)
		return j
	}
	sitemap := day("https://a.example/map.xml", 20)
	sitemap.Kind = SitemapJob
	if _, err := db.AddJobs(t.Context(), run, []Job{
		day("https://a.example/old", 1), day("https://a.example/in", 10), day("https://a.example/late", 20),
		jobFor("https://a.example/undated", 1), sitemap,
	}); err != nil {
		t.Fatal(err)
	}
	w := Window{Since: time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)}
	wantURLs(t, "window", waiting(t, db, w), "https://a.example/in", "https://a.example/undated", "https://a.example/map.xml")
}

// end puts a record for the first job that waits.
func end(t *testing.T, db *Writer, run int64, e Ending, found ...Job) Stored {
	t.Helper()
	jobs, err := db.WaitingJobs(t.Context(), Queue{"a", "a.example"}, Window{}, 1)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("no job waits: %v", err)
	}
	s, err := db.Put(t.Context(), run, Record{Job: jobs[0], Ending: e, Found: found})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestJobEndsTogetherWithWhatItFound(t *testing.T) {
	db, run := openTest(t)
	if _, err := db.AddJobs(t.Context(), run, []Job{jobFor("https://a.example/", 1)}); err != nil {
		t.Fatal(err)
	}
	end(t, db, run, Ending{State: JobDone, Class: "read"}, jobFor("https://a.example/1", 1))
	wantURLs(t, "found", waiting(t, db, Window{}), "https://a.example/1")
}

func TestLaterJobsWakeWhenDueOrModified(t *testing.T) {
	db, run := openTest(t)
	ctx := t.Context()
	now := time.Now()
	if _, err := db.AddJobs(ctx, run, []Job{jobFor("https://a.example/1", 1)}); err != nil {
		t.Fatal(err)
	}
	end(t, db, run, Ending{State: JobLater, Class: "stored", DueAt: now.Add(time.Hour)})
	if q, err := db.WakeJobs(ctx, now); err != nil || len(q) != 0 {
		t.Errorf("woke %v, %v: an hour too early", q, err)
	}
	wantURLs(t, "not due", waiting(t, db, Window{}))

	j := jobFor("https://a.example/1", 1)
	j.Hint.ModifiedAt = now.Add(-time.Hour)
	if _, err := db.AddJobs(ctx, run, []Job{j}); err != nil {
		t.Fatal(err)
	}
	wantURLs(t, "modified before the fetch", waiting(t, db, Window{}))
	j.Hint.ModifiedAt = now.Add(time.Minute)
	if _, err := db.AddJobs(ctx, run, []Job{j}); err != nil {
		t.Fatal(err)
	}
	wantURLs(t, "modified since", waiting(t, db, Window{}), "https://a.example/1")

	end(t, db, run, Ending{State: JobLater, Class: "stored", DueAt: now.Add(time.Hour)})
	if q, err := db.WakeJobs(ctx, now.Add(2*time.Hour)); err != nil || len(q) != 1 {
		t.Errorf("woke %v, %v, want one queue", q, err)
	}
	wantURLs(t, "due", waiting(t, db, Window{}), "https://a.example/1")
}

func TestRedirectsEndAsTheirTargets(t *testing.T) {
	db, run := openTest(t)
	ctx := t.Context()
	put := func(url string, e Ending) {
		t.Helper()
		if _, err := db.AddJobs(ctx, run, []Job{jobFor(url, 1)}); err != nil {
			t.Fatal(err)
		}
		j, _, ok, err := db.JobOf(ctx, url)
		if err != nil || !ok {
			t.Fatal(url, ok, err)
		}
		if _, err := db.Put(ctx, run, Record{Job: j, Ending: e}); err != nil {
			t.Fatal(err)
		}
	}
	to := func(url string) Ending { return Ending{State: JobDone, Class: "redirected", RedirectsTo: url} }
	put("https://a.example/a", to("https://a.example/b"))
	put("https://a.example/b", to("https://a.example/c"))
	put("https://a.example/c", Ending{State: JobDone, Class: "stored"})
	put("https://a.example/x", to("https://a.example/y"))
	put("https://a.example/y", to("https://a.example/x"))
	put("https://a.example/gone", to("https://a.example/404"))
	put("https://a.example/404", Ending{State: JobFailed, Class: "http_4xx", Message: "answers 404"})
	want := map[string]string{
		"https://a.example/a": "stored_as", "https://a.example/b": "stored_as", "https://a.example/x": "too_many_redirects",
		"https://a.example/y": "too_many_redirects", "https://a.example/gone": "http_4xx", "https://a.example/404": "http_4xx",
	}
	for e, err := range db.Errors(ctx, EndedFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if want[e.URL] != e.Class {
			t.Errorf("%s ended as %s (%s), want %q", e.URL, e.Class, e.Message, want[e.URL])
		}
		delete(want, e.URL)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
}

func TestHostStateIsKeptAndRobotsOnlyWhenGiven(t *testing.T) {
	db, _ := openTest(t)
	ctx := t.Context()
	at := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	first := HostState{
		Host: "a.example", RobotsBody: []byte("User-agent: *\n"), RobotsStatus: 200, RobotsFetchedAt: at, RobotsExpiresAt: at.Add(time.Hour),
		RobotsURL: "https://a.example/robots.txt", CrawlDelay: 2 * time.Second, Failures: 1, Latency: 300 * time.Millisecond,
	}
	if err := db.SaveHosts(ctx, []HostState{first, {Host: "a.example", Failures: 2, NextFetchAt: at}}); err != nil {
		t.Fatal(err)
	}
	got, ok, err := db.Host(ctx, "a.example")
	want := first
	want.Failures, want.NextFetchAt, want.CrawlDelay, want.Latency = 2, at, 0, 0
	if err != nil || !ok || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got %+v, %v, %v\nwant %+v", got, ok, err, want)
	}
}

// What the frontier may cost.
const (
	leastAdds     = 30_000                // a second, half of them known
	mostOpening   = 2 * time.Second       // of a million addresses
	mostNext      = 50 * time.Microsecond // for the next address
	mostLease     = 5 * time.Millisecond  // for the next addresses of a host, 99 of 100 times
	mostOf100k    = 40                    // MB more than an empty one, with 100,000 addresses
	mostOfMillion = 60                    // … with a million
)

// BenchmarkFrontier measures what the frontier of a million addresses costs: adding (half of what is added is known), opening, taking
// the next, and memory. go test ./storage -run - -bench Frontier -benchtime 1x.
func BenchmarkFrontier(b *testing.B) {
	const hosts, total = 200, 2_000_000
	atMost := func(what string, got, most float64) {
		b.Helper()
		b.Logf("%.3g %s, at most %.3g", got, what, most)
		if b.ReportMetric(got, what); got > most {
			b.Errorf("%.3g %s, want at most %.3g", got, what, most)
		}
	}
	for b.Loop() {
		db, run := openTest(b)
		ctx := context.Background()
		empty := residentMB(b)
		jobs := make([]Job, 0, addBatch)
		began, cpu := time.Now(), cpuTime(b)
		for i := range total {
			host := fmt.Sprintf("host%03d.example", i/2%hosts)
			jobs = append(jobs, Job{
				URL: fmt.Sprintf("https://%s/2026/%02d/story-%d.html", host, i/2%12, i/2), Host: host, Source: "bench",
				Kind: ArticleJob, Priority: float64(i / 2 % 90), FoundOn: "https://" + host + "/sitemap.xml", FoundAt: began,
				Hint: Hint{PublishedAt: began.Add(-time.Duration(i) * time.Second)},
			})
			if len(jobs) == cap(jobs) {
				if _, err := db.AddJobs(ctx, run, jobs); err != nil {
					b.Fatal(err)
				}
				jobs = jobs[:0]
			}
			if i == 200_000-1 {
				atMost("MB-100k", residentMB(b)-empty, mostOf100k)
			}
		}
		adds := total / (cpuTime(b) - cpu).Seconds()
		atMost("MB-1M", residentMB(b)-empty, mostOfMillion)
		b.Logf("%.0f adds/cpu-s", adds)
		if b.ReportMetric(adds, "adds/cpu-s"); adds < leastAdds {
			b.Errorf("%.0f addresses are added a second, want %d", adds, leastAdds)
		}
		if n := count(b, db, `SELECT count(*) FROM frontier`); n != total/2 {
			b.Fatalf("%d addresses, want %d", n, total/2)
		}
		cpu = cpuTime(b)
		queues, err := db.Queues(ctx, "bench")
		if err != nil || len(queues) != hosts {
			b.Fatal(len(queues), err)
		}
		atMost("open-cpu-ms", ms(cpuTime(b)-cpu), ms(mostOpening))
		var leases []time.Duration
		const window = 24 // the run reads as many at a time
		for i := range 2000 {
			cpu = cpuTime(b)
			got, err := db.WaitingJobs(ctx, queues[i%hosts], Window{}, window)
			if err != nil || len(got) != window {
				b.Fatal(len(got), err)
			}
			leases = append(leases, cpuTime(b)-cpu)
		}
		var all time.Duration
		for _, d := range leases {
			all += d
		}
		slices.Sort(leases)
		atMost("next-cpu-µs", ms(all)*1000/float64(len(leases)*window), ms(mostNext)*1000)
		atMost("lease-p99-cpu-ms", ms(leases[len(leases)*99/100]), ms(mostLease))
	}
	b.ReportMetric(0, "ns/op")
}

// residentMB is how much memory the process has, what Go could give back apart.
func residentMB(tb testing.TB) float64 {
	tb.Helper()
	debug.FreeOSMemory()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		tb.Skip("no /proc: ", err)
	}
	var size, resident int
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		tb.Fatal(err)
	}
	return float64(resident*os.Getpagesize()) / (1 << 20)
}

// cpuTime is the processor time that this process has had, which other processes on the machine don't change.
func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestWaitingIsCountedByQueue(t *testing.T) {
	db, run := openTemp(t)
	jobs := []Job{
		{URL: "https://a.example/1", Host: "a.example", Source: "a", Kind: ArticleJob},
		{URL: "https://a.example/2", Host: "a.example", Source: "a", Kind: ArticleJob},
		{URL: "https://b.example/1", Host: "b.example", Source: "a", Kind: ArticleJob},
		{URL: "https://b.example/2", Host: "b.example", Source: "b", Kind: ArticleJob, DueAt: noon},
	}
	if _, err := db.AddJobs(context.Background(), run, jobs); err != nil {
		t.Fatal(err)
	}
	got, err := db.Waiting(context.Background())
	if err != nil || len(got) != 2 || got[Queue{"a", "a.example"}] != 2 || got[Queue{"a", "b.example"}] != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

// What an earlier program gave up is asked again; what was guessed, and what lists nothing, stays as it is.
func TestHubsThatWereGivenUpAreAskedAgain(t *testing.T) {
	db, _ := openTemp(t)
	ctx := context.Background()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for i, row := range []struct{ kind, state, class, foundOn, want string }{
		{"feed", "failed", "http_4xx", "", "later"},
		{"sitemap", "failed", "bad_feed", "https://a.example/", "later"},
		{"section", "skipped", "skipped_disallowed", "https://a.example/", "later"},
		{"feed", "done", "redirected", "", "later"},
		{"feed", "failed", "http_4xx", "guess", "failed"},
		{"feed", "failed", "panic", "", "failed"},
		{"section", "skipped", "bounded", "https://a.example/", "skipped"},
		{"feed", "done", "read", "", "done"},
		{"article", "failed", "http_4xx", "https://a.example/", "failed"},
		{"article", "done", "redirected", "https://a.example/", "done"},
	} {
		address := fmt.Sprintf("https://a.example/%d", i)
		if _, err := db.AddJobs(ctx, 0, []Job{{URL: address, Host: "a.example", Source: "a", Kind: JobKind(row.kind), FoundOn: row.foundOn}}); err != nil {
			t.Fatal(err)
		}
		err := db.update(ctx, 0, func(w *tx) error {
			_, err := w.exec(`UPDATE frontier SET state = ?2, class = ?3 WHERE url = ?1`, address, row.state, row.class)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.WakeFailedHubs(ctx, now); err != nil {
			t.Fatal(err)
		}
		j, state, _, err := db.JobOf(ctx, address)
		if err != nil || string(state) != row.want || (state == JobLater) != j.DueAt.Equal(now) {
			t.Errorf("%+v: %s, due %v, %v", row, state, j.DueAt, err)
		}
	}
}

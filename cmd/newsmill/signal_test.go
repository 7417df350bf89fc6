package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	ossignal "os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"newsmill/storage"
)

// hangingSite serves the sample site, but answers for no article after the first few until the test ends.
func hangingSite(t *testing.T) (address string, hanging *atomic.Int64) {
	t.Helper()
	hanging = new(atomic.Int64)
	ended := make(chan struct{})
	server := httptest.NewUnstartedServer(nil)
	demo, err := loadDemoSite("http://" + server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	site := demo.handler()
	var articles atomic.Int64
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/2026/") && articles.Add(1) > 5 {
			hanging.Add(1)
			select {
			case <-ended:
			case <-r.Context().Done():
			}
			return
		}
		site.ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(func() { close(ended); server.Close() })
	return server.URL + "/", hanging
}

// crawlUntilItHangs starts a crawl and returns when a request of it hangs.
func crawlUntilItHangs(t *testing.T, db string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	address, hanging := hangingSite(t)
	cmd := exec.CommandContext(t.Context(), "newsmill", "crawl", "--db", db, "--quiet", "--allow-private", "--delay", "0", address)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 6000 {
		if hanging.Load() > 0 {
			return cmd, &stderr
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the crawl never came to an article that hangs")
	return nil, nil
}

// waitForArticle waits until a crawl has committed an article.
func waitForArticle(t *testing.T, path string) {
	t.Helper()
	for range 3000 {
		if db, err := storage.OpenReader(t.Context(), path); err == nil {
			found, err := db.List(t.Context(), storage.Filter{}, storage.ByDate, 1, 0)
			db.Close()
			if err == nil && len(found) > 0 {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the crawl stores nothing")
}

// exitOf waits for the end, and says how long that took.
func exitOf(t *testing.T, cmd *exec.Cmd) (code int, took time.Duration) {
	t.Helper()
	began := time.Now()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), time.Since(began)
}

func TestFirstSignalEndsACrawlInOrder(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			if ossignal.Ignored(signal) {
				t.Skip("nohup or the like started these tests: what is ignored here is ignored in programs that they start, too")
			}
			t.Parallel()
			db := filepath.Join(t.TempDir(), "news.db")
			cmd, stderr := crawlUntilItHangs(t, db)
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			code, took := exitOf(t, cmd)
			t.Logf("exit %d after %s", code, took.Round(10*time.Millisecond))
			if code != exitPartial || took > 30*time.Second || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "newsmill: stopped:") {
				t.Errorf("exit %d after %s, saying %q", code, took, stderr.String())
			}
			if who := storage.LockHolder(db); who != "" {
				t.Errorf("the lock is still held: %s", who)
			}
			if finished, waiting := leftBehind(t, db); finished != 1 || waiting == 0 {
				t.Errorf("%d runs are finished, want 1; %d addresses wait, want some: what was in flight must be among them", finished, waiting)
			}
		})
	}
}

func TestSecondSignalEndsACrawlAtOnce(t *testing.T) {
	db := filepath.Join(t.TempDir(), "news.db")
	cmd, _ := crawlUntilItHangs(t, db)
	waitForArticle(t, db)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	time.Sleep(300 * time.Millisecond) // the first must have been taken in
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if code, took := exitOf(t, cmd); code != -1 || took > 2*time.Second {
		t.Errorf("exit %d after %s, want the end by a signal, now", code, took)
	}
	articlesIn(t, db) // the file is whole
	if _, err := storage.Open(context.Background(), db, storage.Options{}); err != nil {
		t.Errorf("the next run can't begin: %v", err)
	}
}

// leftBehind counts the runs that ended in order, and the addresses that wait.
func leftBehind(t *testing.T, path string) (finished, waiting int) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(`SELECT (SELECT count(*) FROM runs WHERE exit_code = 1), (SELECT count(*) FROM frontier WHERE state = 'waiting')`).Scan(&finished, &waiting); err != nil {
		t.Fatal(err)
	}
	return finished, waiting
}

// TestNohupIsObeyed: who started the program with a signal ignored wants it to live on.
func TestNohupIsObeyed(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	address, hanging := hangingSite(t)
	db := filepath.Join(t.TempDir(), "news.db")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `trap "" HUP; exec newsmill crawl --db "$0" --quiet --allow-private --delay 0 "$1"`, db, address)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 6000 {
		if hanging.Load() > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = cmd.Process.Signal(syscall.SIGHUP)
	time.Sleep(300 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.Signal(0)); err != nil || storage.LockHolder(db) == "" {
		t.Errorf("SIGHUP ended a crawl that was told to ignore it: %v", err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// TestCronOverlap: of five crawls that start in the same second one runs, and the others leave at once.
func TestCronOverlap(t *testing.T) {
	address, hanging := hangingSite(t)
	db := filepath.Join(t.TempDir(), "news.db")
	type ending struct {
		code int
		took time.Duration
		said string
	}
	var mu sync.Mutex
	var others []ending
	var wg sync.WaitGroup
	var crawls []*exec.Cmd
	for range 5 {
		cmd := exec.CommandContext(t.Context(), "newsmill", "crawl", "--db", db, "--quiet", "--allow-private", "--delay", "0", address)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		crawls = append(crawls, cmd)
		wg.Go(func() {
			_ = cmd.Wait()
			mu.Lock()
			defer mu.Unlock()
			others = append(others, ending{cmd.ProcessState.ExitCode(), time.Since(began), stderr.String()})
		})
	}
	for range 6000 {
		mu.Lock()
		n := len(others)
		mu.Unlock()
		if n == 4 && hanging.Load() > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	mu.Lock()
	if len(others) != 4 {
		t.Errorf("%d of five crawls have left, want 4", len(others))
	}
	for _, o := range others {
		t.Logf("exit %d after %s", o.code, o.took.Round(time.Millisecond))
		if o.code != exitLocked || !strings.Contains(o.said, "in use by another run (newsmill crawl") || strings.Count(o.said, "\n") != 1 {
			t.Errorf("exit %d after %s: %s", o.code, o.took, o.said)
		}
	}
	mu.Unlock()
	waitForArticle(t, db) // of the one that runs
	for _, c := range crawls {
		_ = c.Process.Signal(os.Kill)
	}
	wg.Wait()
}

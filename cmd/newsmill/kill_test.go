package main

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// TestCrawlKilledAnywhereEndsLikeOneLeftAlone kills crawls of the sample site with SIGKILL at random moments, each
// followed by another run on the same database, and compares what is there in the end with an undisturbed run's.
// NEWSMILL_KILLS says how often, and with NEWSMILL_KILL_SEED a run that failed is had again.
func TestCrawlKilledAnywhereEndsLikeOneLeftAlone(t *testing.T) {
	kills := 6
	if testing.Short() {
		kills = 2
	}
	if n, err := strconv.Atoi(os.Getenv("NEWSMILL_KILLS")); err == nil {
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("NEWSMILL_KILL_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	address, requests := serveSlowly(t)
	crawl := func(ctx context.Context, db string) error {
		return exec.CommandContext(ctx, "newsmill", "crawl", "--db", db, "--quiet", "--allow-private", "--delay", "0", address).Run()
	}
	finish := func(db string) {
		t.Helper()
		var exit *exec.ExitError
		if err := crawl(t.Context(), db); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
			t.Fatalf("crawl: %v", err)
		}
	}
	alone := filepath.Join(t.TempDir(), "alone.db")
	began := time.Now()
	finish(alone)
	whole := time.Since(began)
	want, needed := articlesIn(t, alone), requests.Load()
	if len(want) < 20 {
		t.Fatalf("an undisturbed run stores only %d articles", len(want))
	}
	killed := 0
	for round := 0; killed < kills; round++ {
		db := filepath.Join(t.TempDir(), strconv.Itoa(round)+".db")
		requests.Store(0)
		for range 1 + random.IntN(3) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(whole))))
			err := crawl(ctx, db)
			cancel()
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() < 0 {
				killed++
			}
		}
		finish(db)
		got := articlesIn(t, db)
		if !slices.Equal(got, want) {
			t.Errorf("after kills (seed %d, round %d) %d articles, want %d:\n%s\nwant\n%s", seed, round, len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if n := requests.Load(); n > 4*needed+40 {
			t.Errorf("%d requests over all runs, where one needs %d: work is thrown away", n, needed)
		}
	}
}

// serveSlowly serves the sample site, a little slowly, and counts the requests.
func serveSlowly(t *testing.T) (address string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	server := httptest.NewUnstartedServer(nil)
	demo, err := loadDemoSite("http://" + server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	site := demo.handler()
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		time.Sleep(3 * time.Millisecond)
		site.ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	return server.URL + "/", requests
}

// articlesIn lists a database's articles with their versions and a part of their hash, after checking the file.
func articlesIn(t *testing.T, path string) []string {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var state string
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&state); err != nil || state != "ok" {
		t.Fatalf("integrity_check: %s, %v", state, err)
	}
	rows, err := db.Query(`SELECT canonical_url || ' v' || version || ' ' || substr(hex(content_hash), 1, 12) FROM articles ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

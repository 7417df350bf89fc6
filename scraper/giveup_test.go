package scraper

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"newsmill/configs"
	"newsmill/storage"
)

// stuckHandler never returns from a log record that says so: whoever logs it is as a cleaner that finds no end.
type stuckHandler struct {
	slog.Handler
	message string
	release chan struct{}
}

func (h stuckHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h stuckHandler) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, h.message) {
		<-h.release
	}
	return nil
}

// TestStuckPageEndsRun: a run that is to end does so in its time, whatever it works on, with everything else stored; the page that
// it could not wait for counts as one that killed it.
func TestStuckPageEndsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for eight seconds")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/":
			fmt.Fprint(w, `<a href="/2026/11/02/a-story-of-the-harbour.html">A story of the harbour</a><a href="/section/many">Many links</a>`)
		case strings.HasPrefix(r.URL.Path, "/2026/"):
			fmt.Fprint(w, smallArticle(r.URL.Path))
		case r.URL.Path == "/section/many":
			for i := range maxLinks + 1 {
				fmt.Fprintf(w, `<a href="/page/of/many/%d.html">A page of many</a>`, i)
			}
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	db, err := storage.Open(context.Background(), filepath.Join(t.TempDir(), "news.db"), storage.Options{Command: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	release := make(chan struct{})
	defer close(release)
	start := time.Now()
	stats, err := Crawl(context.Background(), db, Options{
		Sources: []configs.Source{{Key: "stuck.example", Start: []string{"http://stuck.example/"}}},
		Proxy:   server.URL, DelaySet: true, MaxDuration: 2 * time.Second,
		Log: slog.New(stuckHandler{slog.DiscardHandler, "links left out", release}),
	})
	if took := time.Since(start); err != nil || took > 2*time.Second+abandonTime+3*time.Second {
		t.Errorf("ends after %s, %v", took, err)
	}
	if stats.Stored != 1 {
		t.Errorf("%d articles stored, want the other page's", stats.Stored)
	}
	j, state, ok, err := db.JobOf(context.Background(), "http://stuck.example/section/many")
	if err != nil || !ok || state != storage.JobWaiting {
		t.Fatalf("%s %v %v", state, ok, err)
	}
	if died, err := db.GaveUp(context.Background(), []int64{j.ID}); err != nil || len(died) != 1 || died[0].Deaths != 2 {
		t.Errorf("%+v %v: want this to be the second", died, err)
	}
}

package storage

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestJobThatKillsIsSetAside: a job that three processes in a row were working on when they died is left alone for a day; one that
// came to an end in between is not.
func TestJobThatKillsIsSetAside(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "news.db")
	open := func() *Writer {
		db, err := Open(ctx, path, Options{Command: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open()
	jobs := []Job{{URL: "https://a.example/feed", Host: "a.example", Source: "a", Kind: FeedJob}, {URL: "https://a.example/1", Host: "a.example", Source: "a", Kind: ArticleJob}}
	if _, err := db.AddJobs(ctx, 0, jobs); err != nil {
		t.Fatal(err)
	}
	feed, _, _, _ := db.JobOf(ctx, jobs[0].URL)
	article, _, _, _ := db.JobOf(ctx, jobs[1].URL)
	die := func() { // what a process leaves that ends here
		db.Working(article.ID)()
		db.Working(feed.ID)
		db.Working(article.ID)
		b, err := os.ReadFile(path + workingEnding)
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		if err := os.WriteFile(path+workingEnding, b, 0o644); err != nil {
			t.Fatal(err)
		}
		db = open()
	}
	for n := 1; n <= 3; n++ {
		die()
		if n == 2 { // the article's page is read in the end
			run, err := db.StartRun(ctx, Run{Command: "test", Version: "test"})
			if err != nil {
				t.Fatal(err)
			}
			rec := page(jobs[1].URL, "Ferry sails", millText, noon)
			rec.Job = article
			put(t, db, run, rec)
		}
		died := db.Died()
		if len(died) != 2 || died[0].URL != jobs[0].URL || died[0].Deaths != n || died[0].IsSetAside != (n == 3) {
			t.Errorf("after %d: %+v", n, died)
		}
		if n == 3 && (died[1].Deaths != 1 || died[1].IsSetAside) {
			t.Errorf("the article: %+v", died[1])
		}
	}
	e, err := db.Ending(ctx, jobs[0].URL)
	if err != nil || e.Class != "panic" {
		t.Errorf("%+v %v", e, err)
	}
	j, state, _, err := db.JobOf(ctx, jobs[0].URL)
	if wait := time.Until(j.DueAt); err != nil || state != JobLater || wait < 23*time.Hour || wait > 25*time.Hour {
		t.Errorf("%s, due in %s, %v", state, wait, err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if exists(path + workingEnding) {
		t.Error("the file stays after an end in order")
	}
}

// TestWorkingSparesFiles: a file or link of that name that is not ours is not written to.
func TestWorkingSparesFiles(t *testing.T) {
	for name, make := range map[string]func(precious, at string) error{
		"a file": func(_, at string) error { return os.WriteFile(at, []byte("precious"), 0o644) },
		"a link": os.Symlink,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			precious, path := filepath.Join(dir, "precious.txt"), filepath.Join(dir, "news.db")
			if err := os.WriteFile(precious, []byte("precious"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := make(precious, path+workingEnding); err != nil {
				t.Fatal(err)
			}
			db, err := Open(context.Background(), path, Options{Command: "test"})
			if err != nil {
				t.Fatal(err)
			}
			db.Working(1)()
			db.Close()
			for _, f := range []string{precious, path + workingEnding} {
				if b, err := os.ReadFile(f); err != nil || string(b) != "precious" {
					t.Errorf("%s: %q %v", f, b, err)
				}
			}
		})
	}
}

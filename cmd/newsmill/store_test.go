package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/storage"
)

// wantedArticle is a line of the file that the script command store reads.
type wantedArticle struct {
	URL, Source, Title, Byline, Language, Section, Description, Text, Markdown string
	Published, Fetched                                                         string // RFC 3339 or a day
	Authors, Tags                                                              []string
	Removed                                                                    []struct{ Label, Reason, Text string }
	HTML                                                                       string   // the raw page
	Confidence                                                                 *float64 // nil: 1; 0: none, as an older program stored it
}

// storeArticles is "store DB articles.jsonl": puts articles into a database as a crawl would, without a crawl.
func storeArticles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: store DB articles.jsonl")
	}
	ctx := context.Background()
	db, err := storage.Open(ctx, ts.MkAbs(args[0]), storage.Options{Command: "store"})
	ts.Check(err)
	defer db.Close()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	run, err := db.StartRun(ctx, storage.Run{Command: "crawl", Version: "test", StartedAt: at})
	ts.Check(err)
	var counts storage.RunCounts
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[1])))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var w wantedArticle
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			ts.Fatalf("%s: %v in %s", args[1], err, lines.Text())
		}
		stored, err := db.Put(ctx, run, w.record(ts, at))
		ts.Check(err)
		counts.PagesFetched++
		switch stored.Change {
		case storage.New:
			counts.ArticlesNew++
		case storage.Changed:
			counts.ArticlesChanged++
		}
	}
	ts.Check(lines.Err())
	ts.Check(db.FinishRun(ctx, run, 0, at.Add(time.Minute), counts))
}

func (w *wantedArticle) record(ts *testscript.TestScript, at time.Time) storage.Record {
	u, err := url.Parse(w.URL)
	ts.Check(err)
	if w.Fetched != "" {
		at, err = time.Parse(time.RFC3339, w.Fetched)
		ts.Check(err)
	}
	art := article.Article{
		URL: w.URL, CanonicalURL: w.URL, Title: w.Title, Byline: w.Byline, Language: cmp.Or(w.Language, "en"), Section: w.Section,
		Description: w.Description, Text: w.Text, Tags: w.Tags, PageType: article.PageArticle, IsArticle: true, Confidence: 1,
		WordCount: len(strings.Fields(w.Text)),
	}
	if w.Confidence != nil {
		art.Confidence = *w.Confidence
	}
	if art.Body = parseMarkdown(w.Markdown); w.Markdown == "" {
		art.Body = parseMarkdown(w.Text)
	}
	for _, name := range w.Authors {
		art.Authors = append(art.Authors, article.Person{Name: name})
	}
	if t, err := time.Parse(time.RFC3339, w.Published); err == nil {
		art.PublishedAt = article.Moment{Time: t, HasClock: true, HasZone: true, Raw: w.Published}
	} else if t, err := time.Parse(time.DateOnly, w.Published); err == nil {
		art.PublishedAt = article.Moment{Time: t, Raw: w.Published}
	}
	result := &storage.Cleaned{Article: art, Version: cleaner.Version}
	for _, b := range w.Removed {
		for _, l := range article.Labels() {
			if l.String() == b.Label {
				result.Blocks = append(result.Blocks, article.Block{Text: b.Text, Label: l, Reason: b.Reason})
			}
		}
	}
	body := cmp.Or(w.HTML, "<html><title>"+w.Title+"</title><p>"+w.Text)
	return storage.Record{
		Job:    storage.Job{URL: w.URL, Host: u.Host, Source: cmp.Or(w.Source, u.Host), Kind: storage.ArticleJob},
		Ending: storage.Ending{State: storage.JobDone, Class: "stored"},
		Fetch: &storage.Fetch{
			URL: w.URL, FinalURL: w.URL, Host: u.Host, FetchedAt: at, Status: 200, ContentType: "text/html; charset=utf-8", Body: []byte(body),
		},
		Cleaned: result,
	}
}

// lockDatabase is "lock DB": holds the database's lock, as a run does, until "unlock DB" or the script's end.
func lockDatabase(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: lock DB")
	}
	db, err := storage.Open(context.Background(), ts.MkAbs(args[0]), storage.Options{Command: "crawl"})
	ts.Check(err)
	locked.Store(ts.MkAbs(args[0]), db)
	ts.Defer(func() { unlock(ts.MkAbs(args[0])) })
}

func unlockDatabase(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unlock DB")
	}
	unlock(ts.MkAbs(args[0]))
}

func unlock(path string) {
	if db, ok := locked.LoadAndDelete(path); ok {
		db.(*storage.Writer).Close()
	}
}

// locked are the databases that scripts hold.
var locked sync.Map

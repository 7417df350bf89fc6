package storage

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// TestDamagedRowsAreNamed writes into a file what only a damaged or foreign one has. doctor --full names table, row and address;
// reclean goes on past it, and everything else keeps working.
func TestDamagedRowsAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		sql      string
		named    string // in what doctor says
		recleans int    // pages that reclean gets through; of 6
	}{
		"negative size":           {`UPDATE raw_bodies SET size = -1 WHERE id = 6`, "raw_bodies 6 (https://harbour-post.example/5", 5},
		"enormous size":           {`UPDATE raw_bodies SET size = 4611686018427387904`, "raw_bodies 6 (https://", 0},
		"size a little off":       {`UPDATE raw_bodies SET size = size + 1 WHERE id = 6`, "raw_bodies 6 (https://", 5},
		"negative part":           {`UPDATE dictionary_parts SET length = -1`, "dictionary_parts 1/0", 1},
		"part beyond its page":    {`UPDATE dictionary_parts SET length = 1 << 40`, "dictionary_parts 1/0", 1},
		"negative dictionary":     {`UPDATE dictionaries SET size = -1`, "dictionaries 1 (harbour-post.example)", 6},
		"dictionary gone":         {`PRAGMA foreign_keys = 0; DELETE FROM dictionaries`, "its dictionary is gone", 1},
		"made of itself":          {`UPDATE dictionary_parts SET body_id = 3`, "is made of itself", 1},
		"raw page cut":            {`UPDATE raw_bodies SET data = substr(data, 1, length(data) / 2) WHERE id = 4`, "raw_bodies 4 (https://", 5},
		"raw page of other bytes": {`UPDATE raw_bodies SET data = randomblob(length(data)) WHERE id = 4`, "raw_bodies 4 (https://", 5},
		"raw page empty":          {`UPDATE raw_bodies SET data = x'' WHERE id = 4`, "raw_bodies 4 (https://", 5},
		"unknown encoding":        {`PRAGMA ignore_check_constraints = 1; UPDATE raw_bodies SET encoding = 'rot13' WHERE id = 4`, "encoding is unknown", 5},
		"raw page gone":           {`PRAGMA foreign_keys = 0; DELETE FROM raw_bodies WHERE id = 5`, "its raw page is gone", 5},
		"word count":              {`UPDATE articles SET word_count = -9223372036854775808`, "articles 1 (https://harbour-post.example/0): word_count is none", 6},
		"version":                 {`UPDATE articles SET version = 9223372036854775807 WHERE id = 3`, "articles 3 (https://harbour-post.example/2): version is none", 5},
		"lists":                   {`PRAGMA ignore_check_constraints = 1; UPDATE articles SET authors = '[[[', tags = '{}', images = '[1', evidence = '[]' WHERE id = 3`, "articles 3 (https://harbour-post.example/2): authors is no JSON list", 6},
		"times":                   {`UPDATE articles SET first_seen_at = 'x', fetched_at = '' WHERE id = 3`, "articles 3 (https://harbour-post.example/2): first_seen_at is no time", 6},
		"frontier":                {`UPDATE frontier SET attempts = -5 WHERE id = 1`, "frontier 1 (https://", 6},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			db, run := openTemp(t)
			path := db.Path()
			var records []Record
			for i := range 6 {
				rec := page(fmt.Sprintf("https://harbour-post.example/%d", i), fmt.Sprintf("Title %d", i), strings.Repeat(fmt.Sprintf("Words of the article %d, told at length. ", i), 20), noon)
				rec.Fetch.Body = sitePage("harbour-post.example", i, 4000)
				rec.Found = []Job{{URL: rec.Job.URL, Host: rec.Job.Host, Source: rec.Job.Source, Kind: ArticleJob, FoundAt: noon}}
				records = append(records, rec)
			}
			for _, rec := range records {
				put(t, db, run, rec)
			}
			db.Close()
			raw, err := sql.Open("sqlite3", dsn(path))
			if err != nil {
				t.Fatal(err)
			}
			raw.SetMaxOpenConns(1)
			if _, err := raw.Exec(c.sql); err != nil {
				t.Fatal(err)
			}
			raw.Close()

			var said []string
			for _, check := range Health(ctx, path, HealthOptions{Full: true, Now: noon}) {
				if check.State == CheckFailed {
					said = append(said, check.Name+": "+check.Message)
				}
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, c.named) {
				t.Errorf("doctor says\n%s\nand not %q", all, c.named)
			}
			db, err = Open(ctx, path, Options{Command: "reclean"})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			run, err = db.StartRun(ctx, Run{Command: "reclean", StartedAt: noon})
			if err != nil {
				t.Fatal(err)
			}
			cleaned, failed := 0, 0
			err = db.Reclean(ctx, run, RecleanOptions{
				Clean: func(p RawPage) (*Cleaned, error) {
					return page(p.URL, "Another title", "Another text of "+p.URL, p.FetchedAt).Cleaned, nil
				},
				Report: func(r Recleaned) {
					if r.Err != nil {
						failed++
						return
					}
					cleaned++
				},
			})
			if err != nil {
				t.Errorf("Reclean: %v", err)
			}
			if want := c.recleans; cleaned != want || cleaned+failed != 6 {
				t.Errorf("reclean: %d cleaned, %d failed; want %d of 6 cleaned", cleaned, failed, want)
			}
			for _, look := range []func() error{
				func() error { _, err := db.List(ctx, Filter{}, ByDate, 0, 0); return err },
				func() error { _, err := db.SourceStats(ctx, Filter{}, noon); return err },
				func() error { _, err := db.DayStats(ctx, Filter{}); return err },
				func() error { _, err := db.Article(ctx, 3); return err },
				func() error { _, _, err := WriteParquet(io.Discard, db.Articles(ctx, ExportOptions{})); return err },
				func() error {
					put(t, db, run, page("https://harbour-post.example/new", "New", "A new text, after the damage, of a few words.", noon.Add(time.Hour)))
					return nil
				},
			} {
				if err := look(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

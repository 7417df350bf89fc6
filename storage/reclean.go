package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"time"

	"newsmill/cleaner/article"
)

// RawPage is a stored fetch with its body, to be cleaned again.
type RawPage struct {
	ID          int64
	URL         string // as asked
	FinalURL    string // after redirects
	Source      string
	ContentType string
	RobotsTag   string
	OptOut      string
	FetchedAt   time.Time
	Hint        Hint  // the date that a feed gives
	ArticleID   int64 // the article that it is; 0: none
	BodyID      int64
	Body        []byte
}

// RecleanOptions say what is cleaned again.
type RecleanOptions struct {
	// Clean makes an article of a page. It is called from many goroutines. A nil result, or one that is no article,
	// leaves what is stored as it is.
	Clean func(RawPage) (*Cleaned, error)
	// Report hears of each page, in order; nil: nobody.
	Report func(Recleaned)

	Sources        []string  // only of these; empty: of all
	Since          time.Time // only pages fetched since
	DryRun         bool      // only report
	CleanerVersion int       // of Clean: what an older one began is not taken up
	Restart        bool      // from the first page, even if an earlier run with the same Sources and Since was cut short
}

// Recleaned is what cleaning a page again brought.
type Recleaned struct {
	PageID    int64
	ArticleID int64 // 0: no article
	URL       string
	Change    Change // New, Changed, Updated, Unchanged; NoArticle: what is stored stays
	Err       error  // of Clean; what is stored stays
	Old, New  Version
}

// recleanProgress is kept in settings, so that a run that was cut short is taken up.
type recleanProgress struct {
	Sources []string `json:"sources,omitempty"`
	Since   string   `json:"since,omitempty"`
	Cleaner int      `json:"cleaner"`
	Page    int64    `json:"page"` // done up to this one
}

const (
	recleanSetting = "reclean"
	recleanBatch   = 64 // pages in a transaction
	maxVersion     = 1 << 30
)

// Reclean cleans the stored raw pages again, each address's latest, and stores what comes out: an article that differs gets
// a version whose cause is "reclean", a page that had been taken for none may become one. It goes by the id of pages, in
// batches, and goes on where an earlier run with the same options was cut short.
func (w *Writer) Reclean(ctx context.Context, run int64, opt RecleanOptions) error {
	p := recleanProgress{Sources: opt.Sources, Since: timeText(opt.Since), Cleaner: opt.CleanerVersion}
	if !opt.Restart && !opt.DryRun {
		p.Page = w.recleanFrom(ctx, p)
	}
	for {
		pages, err := w.rawPages(ctx, opt, p.Page)
		if err != nil {
			return err
		}
		if len(pages) == 0 {
			break
		}
		packed, err := w.cleanAgain(ctx, opt, pages)
		if err != nil {
			return err
		}
		done, err := w.storeRecleaned(context.WithoutCancel(ctx), run, pages, packed, opt.DryRun, &p)
		if err != nil {
			return err
		}
		w.trimLog(ctx)
		if opt.Report != nil {
			for _, d := range done {
				opt.Report(d)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if opt.DryRun {
		return nil
	}
	return w.update(ctx, run, func(t *tx) error {
		_, err := t.exec(`DELETE FROM settings WHERE name = ?`, recleanSetting)
		return err
	})
}

// storeRecleaned stores what came out of pages in one transaction. If a row of one of them can't be stored, as in a file that is
// damaged or was changed by hand, each goes in a transaction of its own, and those that can't be say why.
func (w *Writer) storeRecleaned(ctx context.Context, run int64, pages []RawPage, now []recleanedPage, dryRun bool, p *recleanProgress) ([]Recleaned, error) {
	done := make([]Recleaned, len(pages))
	err := w.store(ctx, run, func(t *batch) (err error) {
		for i := range pages {
			if done[i], err = recleanPage(t, &pages[i], now[i], dryRun); err != nil {
				return fmt.Errorf("store %s: %w", pages[i].URL, err)
			}
		}
		p.Page = pages[len(pages)-1].ID
		if dryRun {
			return nil
		}
		_, err = t.exec(`INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)`, recleanSetting, article.JSONText(p))
		return err
	})
	if err == nil {
		return done, nil
	}
	w.memory.forget()
	switch {
	case !isRowsFault(err):
		return nil, err
	case len(pages) == 1:
		p.Page = pages[0].ID // on past it
		return []Recleaned{{PageID: pages[0].ID, ArticleID: pages[0].ArticleID, URL: pages[0].URL, Err: err}}, nil
	}
	done = done[:0]
	for i := range pages {
		one, err := w.storeRecleaned(ctx, run, pages[i:i+1], now[i:i+1], dryRun, p)
		if err != nil {
			return nil, err
		}
		done = append(done, one...)
	}
	return done, nil
}

// isRowsFault reports whether an error is about the row and not about the file, the disk or another program.
func isRowsFault(err error) bool {
	switch sqliteCode(err) {
	case codeError, codeCorrupt, codeTooBig, codeConstraint, codeMismatch:
		return true
	case 0: // of reading the row
		return errors.Is(err, ErrCorrupt)
	}
	return false
}

// recleanFrom returns the page up to which an earlier run with the same options came.
func (db *DB) recleanFrom(ctx context.Context, want recleanProgress) int64 {
	var value string
	var have recleanProgress
	if db.read.QueryRowContext(ctx, `SELECT value FROM settings WHERE name = ?`, recleanSetting).Scan(&value) != nil ||
		json.Unmarshal([]byte(value), &have) != nil {
		return 0
	}
	want.Page = have.Page
	if article.JSONText(want) != article.JSONText(have) {
		return 0
	}
	return have.Page
}

// rawPages returns the next pages to clean, without their bodies.
func (db *DB) rawPages(ctx context.Context, opt RecleanOptions, after int64) ([]RawPage, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT p.id, p.url, coalesce(p.final_url, p.url), p.source, coalesce(p.content_type, ''), coalesce(p.robots_tag, ''),
		coalesce(p.opt_out, ''), p.fetched_at, p.body_id, coalesce(a.id, 0),
		coalesce((SELECT hint_published_at FROM frontier f WHERE f.url = p.url), '')
		FROM pages p LEFT JOIN articles a ON a.page_id = p.id
		WHERE p.id > ?1 AND p.body_id IS NOT NULL AND p.fetched_at >= ?2 AND (?3 = '[]' OR p.source IN (SELECT value FROM json_each(?3)))
		AND (a.id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM article_urls u WHERE u.url = p.url)
			AND NOT EXISTS (SELECT 1 FROM pages q WHERE q.url = p.url AND q.id > p.id AND q.body_id IS NOT NULL))
		ORDER BY p.id LIMIT ?4`, after, timeText(opt.Since), jsonList(opt.Sources), recleanBatch)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var pages []RawPage
	for rows.Next() {
		var p RawPage
		var fetched, published string
		if err := rows.Scan(&p.ID, &p.URL, &p.FinalURL, &p.Source, &p.ContentType, &p.RobotsTag, &p.OptOut, &fetched, &p.BodyID, &p.ArticleID, &published); err != nil {
			return nil, db.explain(err)
		}
		p.FetchedAt, p.Hint.PublishedAt = parseTime(fetched), parseTime(published)
		pages = append(pages, p)
	}
	return pages, db.explain(rows.Err())
}

// recleanedPage is what came out of cleaning a page again.
type recleanedPage struct {
	article *packedArticle // nil: no article
	err     error
}

// cleanAgain reads and cleans pages on all cores.
func (db *DB) cleanAgain(ctx context.Context, opt RecleanOptions, pages []RawPage) ([]recleanedPage, error) {
	out := make([]recleanedPage, len(pages))
	next := make(chan int)
	workers := runtime.GOMAXPROCS(0)
	finished := make(chan error, workers)
	for range workers {
		go func() {
			var failed error
			for i := range next {
				page := pages[i]
				if page.Body, failed = db.Body(ctx, page.BodyID); failed != nil {
					if isRowsFault(failed) { // one page's trouble
						out[i].err, failed = failed, nil
						continue
					}
					out[i].err = failed
					continue
				}
				res, err := opt.Clean(page)
				switch {
				case err != nil:
					out[i].err = err
				case res != nil && res.Article.IsArticle:
					page.Hint.Date(&res.Article, page.FetchedAt)
					out[i].article = packArticle(&Record{
						Job:     Job{URL: page.URL, Source: page.Source},
						Fetch:   &Fetch{URL: page.URL, FinalURL: page.FinalURL, FetchedAt: page.FetchedAt, RobotsTag: page.RobotsTag, OptOut: page.OptOut},
						Cleaned: res,
					})
				}
			}
			finished <- failed
		}()
	}
	for i := range pages {
		next <- i
	}
	close(next)
	var err error
	for range workers {
		err = errors.Join(err, <-finished)
	}
	return out, err
}

// recleanPage compares what came out with what is stored, and stores it unless only that is wanted.
func recleanPage(t *batch, page *RawPage, now recleanedPage, dryRun bool) (Recleaned, error) {
	r := Recleaned{PageID: page.ID, ArticleID: page.ArticleID, URL: page.URL, Err: now.err}
	a := now.article
	if a == nil {
		return r, nil
	}
	r.New = Version{Title: a.title, Byline: a.Byline, Text: a.Text, Markdown: a.markdown, CleanerVersion: a.cleanerVersion}
	if page.ArticleID == 0 {
		m, err := matchArticle(t, a)
		if err != nil || m.change != New {
			return r, err // a twin of an article that is kept from another page
		}
		r.Change = New
		if dryRun {
			return r, nil
		}
		s, err := storeArticle(t, &packed{article: a, rec: Record{Job: Job{URL: page.URL}}}, m, page.ID)
		r.ArticleID = s.ArticleID
		return r, err
	}
	m := articleMatch{id: page.ArticleID, change: Unchanged}
	var content, metadata []byte
	err := t.scan([]any{
		&content, &metadata, &m.story, &r.Old.Version, &r.Old.Title, &r.Old.Byline, &r.Old.Text, &r.Old.Markdown, &r.Old.CleanerVersion,
		&a.url, &a.canonical,
	}, `SELECT content_hash, metadata_hash, coalesce(story_id, 0), version, title, coalesce(byline, ''), text, coalesce(markdown, ''),
		cleaner_version, url, canonical_url FROM articles WHERE id = ?`, page.ArticleID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return r, nil
	case err != nil && sqliteCode(err) == 0 && t.ctx.Err() == nil: // a value of another kind than the column's
		return r, fmt.Errorf("article %d: %w: %w", page.ArticleID, ErrCorrupt, err)
	case err != nil:
		return r, err
	case r.Old.Version < 1 || r.Old.Version > maxVersion:
		return r, fmt.Errorf("article %d: %w: its version is %d", page.ArticleID, ErrCorrupt, r.Old.Version)
	}
	switch {
	case string(content) != string(a.contentHash):
		m.change, m.text = Changed, true
	case string(metadata) != string(a.metadataHash):
		m.change = Updated
	}
	if r.Change = m.change; dryRun {
		return r, nil
	}
	if m.change == Unchanged { // but what says of the cleaner only
		_, err := t.exec(`UPDATE articles SET confidence = ?1, page_type_confidence = ?2 WHERE id = ?3 AND (confidence IS NOT ?1 OR page_type_confidence IS NOT ?2)`,
			orNull(a.Confidence), orNull(a.PageTypeConfidence), page.ArticleID)
		return r, err
	}
	return r, updateArticle(t, a, m, page.ID, byReclean)
}

// NoRaw counts the articles that can't be cleaned again, by the reason why they have no raw page.
type NoRaw struct {
	Pruned    int // by newsmill prune
	NoArchive int // the page asks for no copy, and none was kept
	Never     int // kept by nobody, or pruned by an earlier newsmill, which took no note of it
}

// Total returns how many there are.
func (n NoRaw) Total() int { return n.Pruned + n.NoArchive + n.Never }

// WithoutRaw counts the articles that Reclean with the same options leaves as they are, since they have no raw page.
func (db *DB) WithoutRaw(ctx context.Context, opt RecleanOptions) (NoRaw, error) {
	var n NoRaw
	var all int
	err := db.read.QueryRowContext(ctx, `SELECT count(*), count(p.pruned_at),
		coalesce(sum(p.pruned_at IS NULL AND (a.robots_tag LIKE '%noarchive%' OR a.robots_tag LIKE '%nocache%')), 0)
		FROM articles a LEFT JOIN pages p ON p.id = a.page_id WHERE p.body_id IS NULL
		AND coalesce(p.fetched_at, a.fetched_at) >= ?1 AND (?2 = '[]' OR a.source IN (SELECT value FROM json_each(?2)))`,
		timeText(opt.Since), jsonList(opt.Sources)).Scan(&all, &n.Pruned, &n.NoArchive)
	n.Never = all - n.Pruned - n.NoArchive
	return n, db.explain(err)
}

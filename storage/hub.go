package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"
	"unicode/utf8"
)

// SourceJobs counts what lists the articles of a source.
type SourceJobs struct {
	Listed int // articles first found by its feeds and sitemaps
	Mapped int // of these, by sitemaps
}

// SourceJobs returns the counts for a source.
func (db *DB) SourceJobs(ctx context.Context, source string) (n SourceJobs, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(sum(h.articles_found), 0), coalesce(sum(h.articles_found) FILTER (WHERE f.kind = 'sitemap'), 0)
		FROM frontier f JOIN hubs h ON h.frontier_id = f.id WHERE f.source = ?1 AND f.kind <> 'article' AND f.kind IN ('feed', 'sitemap')`, source).
		Scan(&n.Listed, &n.Mapped)
	return n, db.explain(err)
}

// HubState returns what the last polls of a hub brought.
func (db *DB) HubState(ctx context.Context, frontierID int64) (h HubCheck, err error) {
	var seconds int64
	var newest string
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(format, ''), entries, coalesce(newest_at, ''), interval_s, coalesce(content_hash, '')
		FROM hubs WHERE frontier_id = ?`, frontierID).Scan(&h.Format, &h.Entries, &newest, &seconds, &h.ContentHash)
	if errors.Is(err, sql.ErrNoRows) {
		return HubCheck{}, nil
	}
	h.NewestAt, h.Interval = parseTime(newest), time.Duration(seconds)*time.Second
	return h, db.explain(err)
}

// Hub is a feed, sitemap or section page with its record.
type Hub struct {
	URL           string    `json:"url"`
	Source        string    `json:"source"`
	Kind          JobKind   `json:"kind"`
	Format        string    `json:"format,omitempty"`
	State         JobState  `json:"state"`
	Class         string    `json:"class,omitempty"` // empty: never fetched
	Message       string    `json:"message,omitempty"`
	Failed        bool      `json:"failed"`                 // is in the view failed_urls
	RedirectsTo   string    `json:"redirects_to,omitempty"` // address that is asked instead
	isVain        bool      // failed, and is nobody's failure
	Entries       int       `json:"entries"`        // at the last poll
	ArticlesFound int       `json:"articles_found"` // ever, first found here
	NewestAt      time.Time `json:"newest_at,omitzero"`
	CheckedAt     time.Time `json:"checked_at,omitzero"`
	ChangedAt     time.Time `json:"changed_at,omitzero"`
	DueAt         time.Time `json:"due_at,omitzero"`
	Attempts      int       `json:"attempts,omitempty"` // failures in a row
	IsGuess       bool      `json:"-"`                  // of ours, which never was one: nobody's failure
}

// Hubs returns the feeds, sitemaps and section pages of a source (empty: of all).
func (db *DB) Hubs(ctx context.Context, source string) ([]Hub, error) {
	first, last := source, source
	if source == "" {
		last = string(utf8.MaxRune)
	}
	rows, err := db.read.QueryContext(ctx, `SELECT f.url, f.source, f.kind, coalesce(h.format, ''), f.state, coalesce(f.check_class, f.class, ''),
		coalesce(f.message, ''), w.url IS NOT NULL, coalesce(f.redirects_to, ''), f.failure IS NOT NULL AND w.url IS NULL, coalesce(h.entries, 0),
		coalesce(h.articles_found, 0), coalesce(h.newest_at, ''), coalesce(h.checked_at, f.ended_at, ''), coalesce(h.changed_at, ''), coalesce(f.due_at, ''),
		f.attempts, f.found_on IS 'guess' AND coalesce(h.interval_s, 0) = 0
		FROM frontier f LEFT JOIN hubs h ON h.frontier_id = f.id LEFT JOIN failed_urls w ON w.url = f.url
		WHERE f.kind <> 'article' AND f.source BETWEEN ?1 AND ?2 ORDER BY f.source, f.kind, f.url`, first, last)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var all []Hub
	for rows.Next() {
		var h Hub
		var newest, checked, changed, due string
		if err := rows.Scan(&h.URL, &h.Source, (*string)(&h.Kind), &h.Format, (*string)(&h.State), &h.Class, &h.Message, &h.Failed, &h.RedirectsTo, &h.isVain,
			&h.Entries, &h.ArticlesFound, &newest, &checked, &changed, &due, &h.Attempts, &h.IsGuess); err != nil {
			return nil, db.explain(err)
		}
		h.NewestAt, h.CheckedAt, h.ChangedAt, h.DueAt = parseTime(newest), parseTime(checked), parseTime(changed), parseTime(due)
		all = append(all, h)
	}
	return all, db.explain(rows.Err())
}

// addFoundCount credits a hub with addresses that were found in a part of it.
func (t *tx) addFoundCount(url string, added int) error {
	if added == 0 || url == "" {
		return nil
	}
	_, err := t.exec(`INSERT INTO hubs (frontier_id, articles_found) SELECT id, ?2 FROM frontier WHERE url = ?1
		ON CONFLICT (frontier_id) DO UPDATE SET articles_found = articles_found + excluded.articles_found`, url, added)
	return err
}

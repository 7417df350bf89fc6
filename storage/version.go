package storage

import (
	"context"
	"time"

	"newsmill/cleaner/article"
)

// Version is one state of an article: of its title and text.
type Version struct {
	Version        int       `json:"version"` // 1 is the first seen
	SeenFrom       time.Time `json:"seen_from"`
	SeenUntil      time.Time `json:"seen_until,omitzero"` // zero: the latest
	Cause          string    `json:"cause,omitempty"`     // who replaced it: "publisher" or "reclean" (our cleaner); empty: the latest
	Title          string    `json:"title"`
	Byline         string    `json:"byline,omitempty"`
	ModifiedAt     string    `json:"modified_at,omitempty"` // as the publisher says
	Description    string    `json:"description,omitempty"`
	CleanerVersion int       `json:"cleaner_version"`
	Text           string    `json:"text"`
	Markdown       string    `json:"markdown"`
}

// History returns all versions of an article that are kept, the first seen first, the latest last.
func (db *DB) History(ctx context.Context, articleID int64) ([]Version, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT version, seen_from, seen_until, cause, title, coalesce(byline, ''), coalesce(modified_at, ''),
		coalesce(description, ''), cleaner_version, text, coalesce(markdown, text) FROM article_versions WHERE article_id = ?1
		UNION ALL SELECT version, fetched_at, '', '', title, coalesce(byline, ''), coalesce(modified_at, ''), coalesce(description, ''),
		cleaner_version, text, coalesce(markdown, text) FROM articles WHERE id = ?1 ORDER BY 1`, articleID)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var versions []Version
	for rows.Next() {
		var v Version
		var from, until string
		if err := rows.Scan(&v.Version, &from, &until, &v.Cause, &v.Title, &v.Byline, &v.ModifiedAt, &v.Description, &v.CleanerVersion,
			&v.Text, &v.Markdown); err != nil {
			return nil, db.explain(err)
		}
		v.SeenFrom, v.SeenUntil = parseTime(from), parseTime(until)
		article.DropControls(&v)
		versions = append(versions, v)
	}
	return versions, db.explain(rows.Err())
}

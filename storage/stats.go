package storage

import (
	"context"
	"time"
)

// SourceStats is how a source stands.
type SourceStats struct {
	Source      string    `json:"source"`
	Articles    int       `json:"articles"`
	Words       int64     `json:"words"`
	Stories     int       `json:"stories"`      // of its articles, near-duplicates counted once
	Newest      time.Time `json:"newest"`       // first sight of its newest article
	Last24h     int       `json:"last_24h"`     // articles first seen in the last day
	Last7d      int       `json:"last_7d"`      // and in the last week
	WithoutDate int       `json:"without_date"` // articles whose publication is unknown
	Changed     int       `json:"changed"`      // versions that publishers replaced
	Failed      int       `json:"failed"`       // addresses that ended otherwise than as an article or a page read, and may yet
}

// SourceStats returns how each source stands, those with the most articles first. Of f only Sources, Since and Until count.
func (db *DB) SourceStats(ctx context.Context, f Filter, now time.Time) ([]SourceStats, error) {
	where, args := statsWhere(f)
	rows, err := db.read.QueryContext(ctx, `WITH failures AS (SELECT source, count(*) AS n FROM frontier WHERE state = 'failed' GROUP BY source),
		changes AS (SELECT a.source, count(*) AS n FROM article_versions v JOIN articles a ON a.id = v.article_id WHERE v.cause = 'publisher' GROUP BY a.source)
		SELECT a.source, count(*), sum(a.word_count), count(DISTINCT a.story_id), max(a.first_seen_at), sum(a.first_seen_at >= ?), sum(a.first_seen_at >= ?),
		sum(a.published_at IS NULL), coalesce((SELECT n FROM changes WHERE source = a.source), 0), coalesce((SELECT n FROM failures WHERE source = a.source), 0)
		FROM articles a`+where+` GROUP BY a.source ORDER BY count(*) DESC, a.source`,
		append([]any{timeText(now.Add(-24 * time.Hour)), timeText(now.AddDate(0, 0, -7))}, args...)...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	all := []SourceStats{}
	for rows.Next() {
		var s SourceStats
		var newest string
		if err := rows.Scan(&s.Source, &s.Articles, &s.Words, &s.Stories, &newest, &s.Last24h, &s.Last7d, &s.WithoutDate, &s.Changed, &s.Failed); err != nil {
			return nil, db.explain(err)
		}
		s.Newest = parseTime(newest)
		all = append(all, s)
	}
	return all, db.explain(rows.Err())
}

// DayStats is what a source published on a day.
type DayStats struct {
	Day      string `json:"day"` // 2026-11-23
	Source   string `json:"source"`
	Articles int    `json:"articles"`
	Words    int64  `json:"words"`
}

// DayStats returns what each source published each day, by day and source. Of f only Sources, Since and Until count.
func (db *DB) DayStats(ctx context.Context, f Filter) ([]DayStats, error) {
	where, args := statsWhere(f)
	rows, err := db.read.QueryContext(ctx, `SELECT day, source, count(*), sum(word_count) FROM articles a`+where+` GROUP BY day, source ORDER BY day, source`, args...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	all := []DayStats{}
	for rows.Next() {
		var d DayStats
		if err := rows.Scan(&d.Day, &d.Source, &d.Articles, &d.Words); err != nil {
			return nil, db.explain(err)
		}
		all = append(all, d)
	}
	return all, db.explain(rows.Err())
}

// statsWhere is the filter by source and day, which the covering index articles_day answers alone.
func statsWhere(f Filter) (string, []any) {
	where, args := " WHERE 1", []any{}
	if len(f.Sources) > 0 {
		where += " AND a.source IN (SELECT value FROM json_each(?))"
		args = append(args, jsonList(f.Sources))
	}
	if !f.Since.IsZero() {
		where, args = where+" AND a.day >= ?", append(args, timeText(f.Since)[:10])
	}
	if !f.Until.IsZero() {
		where, args = where+" AND a.day < ?", append(args, timeText(f.Until)[:10])
	}
	return where, args
}

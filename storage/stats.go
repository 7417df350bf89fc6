package storage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"newsmill/cleaner/article"
)

// SourceStats is how a source stands.
type SourceStats struct {
	Source      string    `json:"source"`
	Articles    int       `json:"articles"`
	Words       int64     `json:"words"`
	Stories     int       `json:"stories"`      // of its articles, near-duplicates counted once
	Newest      time.Time `json:"newest"`       // first sight of its newest article; zero: it has none
	Last24h     int       `json:"last_24h"`     // articles first seen in the last day
	Last7d      int       `json:"last_7d"`      // and in the last week
	WithoutDate int       `json:"without_date"` // articles whose publication is unknown
	Changed     int       `json:"changed"`      // versions that publishers replaced
	Failed      int       `json:"failed"`       // addresses in the view failed_urls
	Trouble     string    `json:"trouble"`      // why it is not well, see SourceHealth; empty: it is
	Confidence  float64   `json:"confidence"`   // the mean of its articles; 0: none has one
	Doubtful    int       `json:"doubtful"`     // articles with a confidence below article.Doubtful
}

// wordsSum is the number of words of articles. What no article has, a damaged or foreign file may have, and sum would overflow.
const wordsSum = `sum(CASE WHEN a.word_count BETWEEN 0 AND 1000000000 THEN a.word_count ELSE 0 END)`

// SourceKeys returns the sources of the stored articles, sorted.
func (db *DB) SourceKeys(ctx context.Context) ([]string, error) {
	// From one to the next by the index on source: as many steps as there are sources.
	keys, err := texts(ctx, db.read, `WITH RECURSIVE next(source) AS (SELECT min(source) FROM articles
		UNION ALL SELECT (SELECT min(source) FROM articles WHERE source > next.source) FROM next WHERE next.source IS NOT NULL)
		SELECT source FROM next WHERE source IS NOT NULL`)
	return keys, db.explain(err)
}

// SourceStats returns how each source stands, those with the most articles first, those without any at the end. Of f only Sources,
// Since and Until count.
func (db *DB) SourceStats(ctx context.Context, f Filter, now time.Time) ([]SourceStats, error) {
	where, args := statsWhere(f)
	health, err := db.SourceHealth(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string]*SourceHealth{}
	for i := range health {
		of[health[i].Source] = &health[i]
	}
	changes, err := db.numbers(ctx, `SELECT a.source, count(*) FROM article_versions v JOIN articles a ON a.id = v.article_id WHERE v.cause = 'publisher' GROUP BY a.source`)
	if err != nil {
		return nil, err
	}
	// The number of stories is that of articles less the copies: so the index articles_health has all that is counted below.
	copies, err := db.numbers(ctx, `SELECT a.source, count(*) - count(DISTINCT a.story_id) FROM articles a`+where+` AND a.story_id IN
		(SELECT story_id FROM articles WHERE story_id IS NOT NULL GROUP BY story_id HAVING count(*) > 1) GROUP BY a.source`, args...)
	if err != nil {
		return nil, err
	}
	rows, err := db.read.QueryContext(ctx, `SELECT a.source, count(*), `+wordsSum+`, max(a.first_seen_at), sum(a.first_seen_at >= ?), sum(a.first_seen_at >= ?),
		sum(a.published_at IS NULL), coalesce(round(avg(a.confidence), 3), 0), coalesce(sum(a.confidence < ?), 0) FROM articles a`+where+` GROUP BY a.source`,
		append([]any{timeText(now.Add(-24 * time.Hour)), timeText(now.AddDate(0, 0, -7)), article.Doubtful}, args...)...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	all := []SourceStats{}
	seen := map[string]bool{}
	for rows.Next() {
		var s SourceStats
		var newest string
		if err := rows.Scan(&s.Source, &s.Articles, &s.Words, &newest, &s.Last24h, &s.Last7d, &s.WithoutDate, &s.Confidence, &s.Doubtful); err != nil {
			return nil, db.explain(err)
		}
		s.Newest, s.Changed, s.Stories = parseTime(newest), changes[s.Source], s.Articles-copies[s.Source]
		if h := of[s.Source]; h != nil {
			s.Failed, s.Trouble = h.Failed, h.Trouble(0, now)
		}
		seen[s.Source] = true
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		return nil, db.explain(err)
	}
	for i := range health {
		h := &health[i]
		wanted := len(f.Sources) == 0 || slices.Contains(f.Sources, h.Source)
		if wanted && !seen[h.Source] && f.Since.IsZero() && f.Until.IsZero() {
			all = append(all, SourceStats{Source: h.Source, Failed: h.Failed, Trouble: h.Trouble(0, now)})
		}
	}
	slices.SortStableFunc(all, func(x, y SourceStats) int {
		return cmp.Or(y.Articles-x.Articles, y.Failed-x.Failed, strings.Compare(x.Source, y.Source))
	})
	return all, nil
}

// DayStats is what a source published on a day.
type DayStats struct {
	Day      string `json:"day"` // 2026-11-23
	Source   string `json:"source"`
	Articles int    `json:"articles"`
	Words    int64  `json:"words"`
	Failed   int    `json:"failed"` // addresses that failed on this day, and not since otherwise
}

// numbers returns what a query of names and numbers finds.
func (db *DB) numbers(ctx context.Context, query string, args ...any) (map[string]int, error) {
	rows, err := db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	found := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return nil, db.explain(err)
		}
		found[name] = n
	}
	return found, db.explain(rows.Err())
}

// DayStats returns what each source published and what failed each day, by day and source. Of f only Sources, Since and Until
// count.
func (db *DB) DayStats(ctx context.Context, f Filter) ([]DayStats, error) {
	where, args := statsWhere(f)
	failedWhere := strings.ReplaceAll(where, "a.day", "substr(a.ended_at, 1, 10)")
	rows, err := db.read.QueryContext(ctx, `SELECT day, source, sum(articles), sum(words), sum(failed) FROM (
			SELECT a.day AS day, a.source AS source, count(*) AS articles, `+wordsSum+` AS words, 0 AS failed FROM articles a`+where+` GROUP BY 1, 2
			UNION ALL SELECT substr(a.ended_at, 1, 10), a.source, 0, 0, count(*) FROM failed_urls a`+failedWhere+` AND a.ended_at IS NOT NULL GROUP BY 1, 2
		) GROUP BY day, source ORDER BY day, source`, append(slices.Clone(args), args...)...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	all := []DayStats{}
	for rows.Next() {
		var d DayStats
		if err := rows.Scan(&d.Day, &d.Source, &d.Articles, &d.Words, &d.Failed); err != nil {
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

// EndingCounts returns how many addresses ended last in each class, of all sources or of those given; failures that are nobody's
// apart, see the view failed_urls.
func (db *DB) EndingCounts(ctx context.Context, sources []string) (map[string]int, error) {
	where, args := statsWhere(Filter{Sources: sources})
	return db.numbers(ctx, `SELECT class, count(*) FROM frontier a`+where+` AND class IS NOT NULL
		AND (failure IS NULL OR check_class IS NOT NULL OR url IN (SELECT url FROM failed_urls)) GROUP BY class`, args...)
}

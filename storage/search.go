package storage

import (
	"context"
	"strings"
)

// Mark and Unmark stand around each hit in a snippet. They are no characters of any text.
const (
	Mark   = "\ue000"
	Unmark = "\ue001"
)

// SearchOptions tune a search. The zero value is the default.
type SearchOptions struct {
	Filter
	Order     Order // default ByRelevance
	Limit     int   // default 20
	Offset    int
	All       bool // rank all hits, not only the newest 10,000
	Substring bool // find parts of words: by the substring index alone
}

// Results is what a search found.
type Results struct {
	Items  []Item
	Total  int    // hits, all pages of them counted; see Ranked
	Ranked int    // hits that were ranked, the newest; less than Total when that was cut
	Note   string // what was done about a query that was mistyped; empty: nothing
}

// Search finds articles. The query is words, all of which must be there, "phrases", AND, OR, NOT, -word, prefix*, and
// title: byline: text: before a word or phrase. Whatever can't be read so is taken as plain words, and Note says it.
func (db *DB) Search(ctx context.Context, query string, opt SearchOptions) (*Results, error) {
	var words []string
	for _, w := range strings.Fields(query) {
		words = append(words, `"`+strings.ReplaceAll(w, `"`, `""`)+`"`)
	}
	if opt.Limit <= 0 {
		opt.Limit = 20
	}
	conds, args := opt.where()
	conds = append([]string{"articles_fts MATCH ?"}, conds...)
	args = append([]any{strings.Join(words, " ")}, args...)
	rows, err := db.read.QueryContext(ctx, `SELECT `+itemColumns+`, snippet(articles_fts, 2, '`+Mark+`', '`+Unmark+`', '…', 24), -bm25(articles_fts, 8.0, 3.0, 1.0)
		FROM articles_fts CROSS JOIN articles a ON a.id = articles_fts.rowid WHERE `+strings.Join(conds, " AND ")+
		` ORDER BY bm25(articles_fts, 8.0, 3.0, 1.0) LIMIT ? OFFSET ?`, append(args, opt.Limit, opt.Offset)...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	res := &Results{Items: []Item{}}
	for rows.Next() {
		var it Item
		var snippet string
		var score float64
		if it, err = scanItem(rows, &snippet, &score); err != nil {
			return nil, db.explain(err)
		}
		it.Snippet, it.Score = snippet, score
		res.Items = append(res.Items, it)
	}
	res.Total, res.Ranked = len(res.Items), len(res.Items)
	return res, db.explain(rows.Err())
}

package storage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Mark and Unmark stand around each hit in a snippet. They are private-use characters, which no text needs.
const (
	Mark   = "\ue000"
	Unmark = "\ue001"
)

const (
	// rankedHits is how many hits, the newest, a search by relevance ranks: bm25 has to visit each one, 0.4 to 1.4 µs
	// each, and a common word has hundreds of thousands.
	rankedHits = 10_000
	// datedHits is how many of the last stored hits a search by date sorts.
	datedHits = 2_000
	// fewArticles is the number of articles up to which a filter is turned into a list of ids.
	fewArticles = 20_000
	// maxExpansion bounds the trigrams that a word of one or two characters stands for.
	maxExpansion = 2_000
	// snippetWords is the length of a snippet in words, snippetRunes in characters where no words can be told.
	snippetWords = 28
	snippetRunes = 120
)

// SearchOptions tune a search. The zero value is the default.
type SearchOptions struct {
	Filter
	Order     Order // default ByRelevance; queries that need both indexes, such as 北京 summit, are ordered ByStored
	Limit     int   // default 20
	Offset    int
	All       bool // rank all hits, not only the newest 10,000
	Substring bool // find parts of words, by the substring index alone
}

// Results is what a search found.
type Results struct {
	Items     []Item `json:"items"`
	Total     int    `json:"total"`          // hits, those beyond Items included; at least so many unless TotalExact
	Exact     bool   `json:"exact"`          // Total is exact
	OnlyFirst bool   `json:"only_first"`     // only the newest Total hits were ranked or sorted: there are more; All lifts it
	Note      string `json:"note,omitempty"` // what was done about a query that was mistyped; empty: nothing
}

// Search finds articles. The query is words, all of which must be there, "phrases", AND, OR, NOT, -word, prefix*, and
// title: byline: text: before a word or phrase (see query.go). Whatever can't be read so is taken as plain words, and
// Note says it. Relevance is bm25 with the title counting 8 and the byline 3 times as much as the text, over the newest
// 10,000 hits unless All.
func (db *DB) Search(ctx context.Context, query string, opt SearchOptions) (*Results, error) {
	s, err := db.search(ctx, query, opt)
	if err != nil {
		return nil, err
	}
	defer s.conn.Close()
	res := &Results{Items: []Item{}, Exact: true, Note: s.note}
	if s.from == "" {
		return res, nil
	}
	if err := s.window(ctx, res); err != nil {
		return nil, db.explain(err)
	}
	if err := s.fetch(ctx, res); err != nil {
		return nil, db.explain(err)
	}
	return res, nil
}

// SearchIDs calls f with the ids of all articles that a search finds, in rising order, until f returns an error. Limit,
// Offset and Order don't matter.
func (db *DB) SearchIDs(ctx context.Context, query string, opt SearchOptions, f func(id int64) error) error {
	s, err := db.search(ctx, query, opt)
	if err != nil {
		return err
	}
	defer s.conn.Close()
	if s.from == "" {
		return nil
	}
	conds := append([]string{"1"}, s.conds...)
	rows, err := s.conn.QueryContext(ctx, `SELECT a.id FROM `+s.from+` WHERE `+strings.Join(conds, " AND ")+` ORDER BY `+s.rowid, s.args...)
	if err != nil {
		return db.explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return db.explain(err)
		}
		if err := f(id); err != nil {
			return err
		}
	}
	return db.explain(rows.Err())
}

// searcher is a search as SQL: SELECT … FROM from WHERE conds. The index is always the outer loop, so that MATCH runs
// once, and walks from the newest article down.
type searcher struct {
	opt   SearchOptions
	conn  *sql.Conn
	tree  *queryNode
	note  string
	from  string // empty: nothing to find
	rowid string // the column that the index walks
	rank  string // expression that sorts the best first; empty: can't be ranked
	table string // of the index; empty: both
	conds []string
	args  []any
}

func (db *DB) search(ctx context.Context, query string, opt SearchOptions) (*searcher, error) {
	if opt.Limit <= 0 {
		opt.Limit = 20
	}
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return nil, db.explain(err)
	}
	s := &searcher{opt: opt, conn: conn}
	if err := s.prepare(ctx, query); err != nil {
		conn.Close()
		return nil, db.explain(err)
	}
	return s, nil
}

func (s *searcher) prepare(ctx context.Context, query string) error {
	s.tree, s.note = parseQuery(query)
	if s.tree == nil {
		if s.note == "" {
			s.note = "nothing to search for: a query needs a word"
		}
		return nil
	}
	switch s.tree.uses(s.opt.Substring) {
	case wordIndex:
		s.table, s.rowid = "articles_fts", "articles_fts.rowid"
		s.rank = "bm25(articles_fts, 8.0, 3.0, 1.0)"
		s.from = "articles_fts CROSS JOIN articles a ON a.id = articles_fts.rowid"
		s.conds, s.args = []string{"articles_fts MATCH ?"}, []any{s.tree.words()}
	case substringIndex:
		s.table, s.rowid = "articles_trigram", "articles_trigram.rowid"
		s.from = "articles_trigram CROSS JOIN articles a ON a.id = articles_trigram.rowid"
		m, exact, err := s.trigrams(ctx, s.tree)
		if err != nil {
			return err
		}
		if m == "" {
			s.from = "" // none of its trigrams is in the index
			return nil
		}
		s.rank = "bm25(articles_trigram, 8.0, 1.0)"
		s.conds, s.args = []string{"articles_trigram MATCH ?"}, []any{m}
		if !exact {
			cond, args := substringCondition(s.tree)
			s.conds, s.args = append(s.conds, cond), append(s.args, args...)
		}
	default:
		set, args, err := s.set(ctx, s.tree)
		if err != nil {
			return err
		}
		s.rowid = "hits.id"
		s.from, s.args = "("+set+") AS hits CROSS JOIN articles a ON a.id = hits.id", args
	}
	return s.filter(ctx)
}

// filter adds the conditions of the filter, and bounds on the row ids where few articles pass: these cost nothing, whereas
// every hit outside would have to be looked up.
func (s *searcher) filter(ctx context.Context) error {
	f := s.opt.Filter
	f.Unique = false // of the hits, not of all articles
	if conds, args := f.where(); len(conds) > 0 {
		s.conds, s.args = append(s.conds, conds...), append(s.args, args...)
	} else {
		return nil
	}
	var conds []string
	var args []any
	if len(f.Sources) > 0 {
		conds = append(conds, "source IN (?"+strings.Repeat(",?", len(f.Sources)-1)+")")
		for _, v := range f.Sources {
			args = append(args, v)
		}
	}
	if !f.Since.IsZero() {
		conds, args = append(conds, "day >= ?"), append(args, timeText(f.Since)[:10])
	}
	if !f.Until.IsZero() {
		conds, args = append(conds, "day <= ?"), append(args, timeText(f.Until)[:10])
	}
	if len(conds) == 0 {
		return nil
	}
	few := `SELECT id FROM articles WHERE ` + strings.Join(conds, " AND ")
	var n int
	var low, high sql.NullInt64
	if err := s.conn.QueryRowContext(ctx, `SELECT count(*), min(id), max(id) FROM (`+few+` LIMIT ?)`, append(args, fewArticles+1)...).Scan(&n, &low, &high); err != nil {
		return err
	}
	if n > fewArticles {
		return nil
	}
	s.conds = append(s.conds, s.rowid+" BETWEEN ? AND ?", "+"+s.rowid+" IN ("+few+")")
	s.args = append(append(s.args, low.Int64, high.Int64), args...)
	return nil
}

// window finds out how many hits there are, up to the number that is ranked, and keeps to these.
func (s *searcher) window(ctx context.Context, res *Results) error {
	size := rankedHits
	switch {
	case s.opt.Order == ByDate:
		size = datedHits
	case s.opt.Order == ByStored || s.rank == "":
		s.opt.Order = ByStored
	}
	if s.opt.All {
		size = -1
	}
	var low sql.NullInt64
	q := `SELECT count(*), min(id) FROM (SELECT a.id FROM ` + s.from + s.where() + ` ORDER BY ` + s.rowid + ` DESC LIMIT ?)`
	if len(s.conds) == 1 && s.table != "" { // without a filter the index knows all: articles needs no look
		q = `SELECT count(*), min(id) FROM (SELECT rowid AS id FROM ` + s.table + s.where() + ` ORDER BY rowid DESC LIMIT ?)`
	}
	limit := size
	if size > 0 {
		limit = size + 1
	}
	if err := s.conn.QueryRowContext(ctx, q, append(slices.Clone(s.args), limit)...).Scan(&res.Total, &low); err != nil {
		return err
	}
	if size > 0 && res.Total > size {
		res.Total, res.Exact, res.OnlyFirst = size, false, s.opt.Order != ByStored
	}
	if s.opt.Order != ByStored && low.Valid {
		s.conds, s.args = append(s.conds, s.rowid+" >= ?"), append(s.args, low.Int64)
	}
	return nil
}

func (s *searcher) where() string {
	if len(s.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.conds, " AND ")
}

// fetch reads the wanted hits with their snippets.
func (s *searcher) fetch(ctx context.Context, res *Results) error {
	order, score := s.rowid+" DESC", "0.0"
	switch s.opt.Order {
	case ByStored:
	case ByDate:
		order = "coalesce(a.published_at, a.first_seen_at) DESC, " + order
	default:
		order, score = s.rank+", "+order, "-"+s.rank
	}
	snippet := "a.text"
	if s.table == "articles_fts" {
		snippet = fmt.Sprintf("snippet(articles_fts, 2, '%s', '%s', '…', %d)", Mark, Unmark, snippetWords)
	}
	limit, offset := s.opt.Limit, s.opt.Offset
	if s.opt.Unique { // the copies among them are passed over here
		limit, offset = (limit+offset)*4+20, 0
	}
	rows, err := s.conn.QueryContext(ctx, `SELECT `+itemColumns+`, `+snippet+`, `+score+` FROM `+s.from+s.where()+
		` ORDER BY `+order+` LIMIT ? OFFSET ?`, append(slices.Clone(s.args), limit, offset)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	seen := map[int64]bool{}
	skip := s.opt.Offset
	for rows.Next() {
		var text string
		var score float64
		it, err := scanItem(rows, &text, &score)
		if err != nil {
			return err
		}
		if s.opt.Unique {
			if seen[it.StoryID] && it.StoryID != 0 {
				continue
			}
			seen[it.StoryID] = true
			if skip > 0 {
				skip--
				continue
			}
		}
		it.Snippet, it.Score = text, score
		if s.table != "articles_fts" {
			it.Snippet = snippetOf(text, s.tree)
		}
		if res.Items = append(res.Items, it); len(res.Items) == s.opt.Limit {
			break
		}
	}
	return rows.Err()
}

// trigrams prints a tree for MATCH on the substring index, which knows which trigrams an article holds but not where.
// The hits are all articles wanted; exact says that they are no others.
func (s *searcher) trigrams(ctx context.Context, n *queryNode) (match string, exact bool, err error) {
	switch n.op {
	case leafOp:
		return s.leafTrigrams(ctx, n)
	case notOp:
		must, e1, err := s.trigrams(ctx, n.children[0])
		if err != nil || must == "" {
			return must, e1, err
		}
		not, e2, err := s.trigrams(ctx, n.children[1])
		if err != nil || not == "" {
			return must, e1, err
		}
		if !e2 { // would leave out too many
			return must, false, nil
		}
		return "(" + must + ") NOT (" + not + ")", e1, nil
	}
	exact = true
	var parts []string
	for _, c := range n.children {
		m, e, err := s.trigrams(ctx, c)
		if err != nil {
			return "", false, err
		}
		if m == "" {
			if n.op == andOp {
				return "", true, nil
			}
			continue
		}
		exact = exact && e
		parts = append(parts, "("+m+")")
	}
	op := " OR "
	if n.op == andOp {
		op = " AND "
	}
	return strings.Join(parts, op), exact, nil
}

// leafTrigrams returns the trigrams of a leaf: all of them must be there; a shorter word stands for all trigrams of the
// index that begin with it. "" if none does.
func (s *searcher) leafTrigrams(ctx context.Context, n *queryNode) (string, bool, error) {
	runes := []rune(n.text)
	if len(runes) >= 3 {
		var parts []string
		for i := range len(runes) - 2 {
			if t := quoteFTS(string(runes[i : i+3])); !slices.Contains(parts, t) {
				parts = append(parts, t)
			}
		}
		return strings.Join(parts, " AND "), len(runes) == 3 && n.field == "", nil
	}
	if _, err := s.conn.ExecContext(ctx, `CREATE VIRTUAL TABLE IF NOT EXISTS temp.trigram_vocabulary USING fts5vocab(main, articles_trigram, row)`); err != nil {
		return "", false, err
	}
	low := strings.ToLower(n.text)
	rows, err := s.conn.QueryContext(ctx, `SELECT term FROM temp.trigram_vocabulary WHERE term >= ?1 AND term < ?2 ORDER BY doc DESC LIMIT ?3`,
		low, low+string(utf8.MaxRune), maxExpansion)
	if err != nil {
		return "", false, err
	}
	defer rows.Close()
	var parts []string
	for rows.Next() {
		var term string
		if err := rows.Scan(&term); err != nil {
			return "", false, err
		}
		parts = append(parts, quoteFTS(term))
	}
	return strings.Join(parts, " OR "), n.field == "", rows.Err()
}

// substringCondition prints a tree as a condition on the columns of the substring index.
func substringCondition(n *queryNode) (cond string, args []any) {
	switch n.op {
	case notOp:
		must, a1 := substringCondition(n.children[0])
		not, a2 := substringCondition(n.children[1])
		return "(" + must + " AND NOT " + not + ")", append(a1, a2...)
	case andOp, orOp:
		op := " AND "
		if n.op == orOp {
			op = " OR "
		}
		var parts []string
		for _, c := range n.children {
			p, a := substringCondition(c)
			parts, args = append(parts, p), append(args, a...)
		}
		return "(" + strings.Join(parts, op) + ")", args
	}
	columns := []string{"title", "text"}
	if n.field != "" {
		columns = []string{n.field}
	}
	// LIKE folds the case of ASCII alone, the index of all letters.
	spellings := []string{n.text}
	for _, v := range []string{strings.ToLower(n.text), strings.ToUpper(n.text), titleCase(n.text)} {
		if !slices.Contains(spellings, v) {
			spellings = append(spellings, v)
		}
	}
	var parts []string
	for _, c := range columns {
		for _, v := range spellings {
			// The plus keeps SQLite from using LIKE as the index's own constraint.
			parts, args = append(parts, `+articles_trigram.`+c+` LIKE ? ESCAPE '\'`), append(args, "%"+likePattern(v)+"%")
		}
	}
	return "(" + strings.Join(parts, " OR ") + ")", args
}

func titleCase(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + strings.ToLower(s[size:])
}

// set prints a tree whose leaves need both indexes as a compound SELECT of ids.
func (s *searcher) set(ctx context.Context, n *queryNode) (string, []any, error) {
	switch n.uses(s.opt.Substring) {
	case wordIndex:
		return `SELECT rowid AS id FROM articles_fts WHERE articles_fts MATCH ?`, []any{n.words()}, nil
	case substringIndex:
		m, exact, err := s.trigrams(ctx, n)
		if err != nil || m == "" {
			return `SELECT 0 AS id WHERE 0`, nil, err
		}
		q, args := `SELECT rowid AS id FROM articles_trigram WHERE articles_trigram MATCH ?`, []any{m}
		if !exact {
			cond, more := substringCondition(n)
			q, args = q+" AND "+cond, append(args, more...)
		}
		return q, args, nil
	}
	op := map[queryOp]string{andOp: " INTERSECT ", orOp: " UNION ", notOp: " EXCEPT "}[n.op]
	var parts []string
	var args []any
	for _, c := range n.children {
		q, a, err := s.set(ctx, c)
		if err != nil {
			return "", nil, err
		}
		parts, args = append(parts, "SELECT id FROM ("+q+")"), append(args, a...)
	}
	return strings.Join(parts, op), args, nil
}

// snippetOf cuts the part of a text where a query's words stand first, with each hit between Mark and Unmark.
func snippetOf(text string, tree *queryNode) string {
	var words []string
	tree.leafNodes(func(n *queryNode) {
		if n.field != "title" && n.field != "byline" {
			words = append(words, strings.ToLower(n.text))
		}
	})
	runes := []rune(text)
	lower := []rune(strings.ToLower(text))
	if len(lower) != len(runes) { // a letter whose lower case is longer
		lower = runes
	}
	hits := make([]bool, len(runes))
	first := -1
	for _, w := range words {
		pattern := []rune(w)
		for i := 0; i+len(pattern) <= len(lower); i++ {
			if lower[i] != pattern[0] || !slices.Equal(lower[i:i+len(pattern)], pattern) {
				continue
			}
			if first < 0 || i < first {
				first = i
			}
			for j := range pattern {
				hits[i+j] = true
			}
			i += len(pattern) - 1
		}
	}
	start := max(0, first-snippetRunes/4)
	end := min(len(runes), start+snippetRunes)
	var sb strings.Builder
	if start > 0 {
		sb.WriteString("…")
	}
	for i := start; i < end; i++ {
		if hits[i] && (i == start || !hits[i-1]) {
			sb.WriteString(Mark)
		}
		if runes[i] == '\n' {
			sb.WriteByte(' ')
		} else {
			sb.WriteRune(runes[i])
		}
		if hits[i] && (i == end-1 || !hits[i+1]) {
			sb.WriteString(Unmark)
		}
	}
	if end < len(runes) {
		sb.WriteString("…")
	}
	return sb.String()
}

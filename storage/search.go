package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mark and Unmark stand around each hit in a snippet. They are private-use characters, which no text needs.
const (
	Mark   = "\ue000"
	Unmark = "\ue001"
)

const (
	// rankedHits is how many hits, the newest, a search by relevance ranks: each has to be visited, at 1 µs or so, and a
	// common word has hundreds of thousands. With a filter each costs a look at its article too. The substring index keeps no
	// positions: to rank a hit, its text is read and cut into trigrams again, at 20 µs.
	rankedHits    = 10_000
	filteredHits  = 3_000
	substringHits = 200
	// datedHits is how many of the last stored hits a search by date sorts, and one by storing counts.
	datedHits = 2_000
	// fewArticles is the number of articles up to which a filter is turned into a list of ids.
	fewArticles = 20_000
	// boundedArticles is the number of articles of a filter's days up to which their ids are looked at: 10 ms or so.
	boundedArticles = 100_000
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
// Note says it. Relevance is BM25 with the title counting 8 and the byline 3 times as much as the text, over the newest
// 10,000 hits (3,000 with a filter, 200 in the substring index) unless All.
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
	hits, err := s.rank(ctx, res)
	if err != nil {
		return nil, db.explain(err)
	}
	if res.Items, err = s.items(ctx, hits); err != nil {
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
	score string // expression that is least for the best; empty: can't be ranked
	table string // of the index; empty: both
	match string // what the index is asked
	conds []string
	args  []any
	size  int // hits that are ranked
}

func (db *DB) search(ctx context.Context, query string, opt SearchOptions) (*searcher, error) {
	if opt.Limit <= 0 {
		opt.Limit = 20
	}
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return nil, db.explain(err)
	}
	s := &searcher{opt: opt, conn: conn, size: rankedHits}
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
	if err := spell(ctx, s.conn, s.tree, s.opt.Substring); err != nil {
		return err
	}
	switch s.tree.uses(s.opt.Substring) {
	case wordIndex:
		s.table, s.rowid, s.match = "articles_fts", "articles_fts.rowid", s.tree.words()
		s.score = "relevance(articles_fts, '" + s.tree.counted() + "', 8.0, 3.0, 1.0)"
		s.from = "articles_fts CROSS JOIN articles a ON a.id = articles_fts.rowid"
		s.conds, s.args = []string{"articles_fts MATCH ?"}, []any{s.match}
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
		s.score = "relevance(articles_trigram, '', 8.0, 1.0)"
		s.conds, s.args = []string{"articles_trigram MATCH ?"}, []any{m}
		if s.size = substringHits; !exact {
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
	if !f.Since.IsZero() || !f.Until.IsZero() {
		if err := s.boundIDs(ctx, f); err != nil {
			return err
		}
	}
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

// boundIDs bounds the ids by a filter's days: ids rise with the time of storing, so that most of what is older or newer is
// beyond them.
func (s *searcher) boundIDs(ctx context.Context, f Filter) error {
	since, until := "0000", "9999"
	if !f.Since.IsZero() {
		since = timeText(f.Since)[:10]
	}
	if !f.Until.IsZero() {
		until = timeText(f.Until)[:10]
	}
	var n int
	var low, high sql.NullInt64
	if err := s.conn.QueryRowContext(ctx, `SELECT count(*), min(id), max(id) FROM (SELECT id FROM articles WHERE day BETWEEN ? AND ? LIMIT ?)`,
		since, until, boundedArticles+1).Scan(&n, &low, &high); err != nil || n > boundedArticles {
		return err
	}
	s.conds, s.args = append(s.conds, s.rowid+" BETWEEN ? AND ?"), append(s.args, low.Int64, high.Int64)
	return nil
}

// hit is an article that was found.
type hit struct {
	id    int64
	score float64
}

// rank finds the hits, walking from the newest down to as many as are ranked, and returns the wanted ones in order. It asks the
// index once: a second time would cost as much again.
func (s *searcher) rank(ctx context.Context, res *Results) ([]hit, error) {
	size := s.size
	if len(s.conds) > 1 {
		size = min(size, filteredHits)
	}
	from, score, order := s.from, "0.0", "id DESC"
	switch {
	case s.opt.Order == ByDate:
		size = min(size, datedHits)
		order = "date DESC, id DESC"
	case s.opt.Order == ByStored || s.score == "":
		size = min(size, datedHits) // which are only counted
	default:
		score, order = s.score, "score, id DESC"
	}
	date := "''"
	if s.opt.Order == ByDate {
		date = "coalesce(a.published_at, a.first_seen_at)"
	} else if len(s.conds) == 1 && s.table != "" { // the index alone knows
		from = s.table
	}
	limit := size + 1
	if s.opt.All {
		limit = -1
	}
	wanted, offset := s.opt.Limit, s.opt.Offset
	if s.opt.Unique { // copies among them are passed over later
		wanted, offset = (wanted+offset)*4+20, 0
	}
	where := ""
	if len(s.conds) > 0 {
		where = " WHERE " + strings.Join(s.conds, " AND ")
	}
	rows, err := s.conn.QueryContext(ctx, `SELECT id, score, count(*) OVER () FROM (SELECT `+s.rowid+` AS id, `+score+` AS score, `+date+` AS date FROM `+from+
		where+` ORDER BY `+s.rowid+` DESC LIMIT ?) ORDER BY `+order+` LIMIT ? OFFSET ?`, append(slices.Clone(s.args), limit, wanted, offset)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var hits []hit
	for rows.Next() {
		var h hit
		if err := rows.Scan(&h.id, &h.score, &res.Total); err != nil {
			return nil, err
		}
		hits = append(hits, h)
	}
	if limit > 0 && res.Total == limit {
		res.Total, res.Exact, res.OnlyFirst = size, false, order != "id DESC"
	}
	return hits, rows.Err()
}

// items reads the articles of hits, with snippets.
func (s *searcher) items(ctx context.Context, hits []hit) ([]Item, error) {
	items := []Item{}
	article, err := s.conn.PrepareContext(ctx, `SELECT `+itemColumns+`, a.text FROM articles a WHERE a.id = ?`)
	if err != nil {
		return nil, err
	}
	defer article.Close()
	var snippet *sql.Stmt
	if s.table == "articles_fts" && !s.tree.hasPrefix() { // with a prefix each would cost as much as the search
		if snippet, err = s.conn.PrepareContext(ctx, fmt.Sprintf(`SELECT snippet(articles_fts, 2, '%s', '%s', '…', %d) FROM articles_fts
			WHERE articles_fts MATCH ? AND rowid = ?`, Mark, Unmark, snippetWords)); err != nil {
			return nil, err
		}
		defer snippet.Close()
	}
	seen := map[int64]bool{}
	skip := 0
	if s.opt.Unique {
		skip = s.opt.Offset
	}
	for _, h := range hits {
		it, text, err := readHit(ctx, article, h)
		if err != nil {
			return nil, err
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
		it.Snippet = ""
		if snippet != nil {
			if err := snippet.QueryRowContext(ctx, s.match, h.id).Scan(&it.Snippet); err != nil && !errors.Is(err, sql.ErrNoRows) {
				return nil, err
			}
		}
		if it.Snippet == "" {
			it.Snippet = snippetOf(text, s.tree, s.opt.Substring)
		}
		if items = append(items, it); len(items) == s.opt.Limit {
			break
		}
	}
	return items, nil
}

func readHit(ctx context.Context, article *sql.Stmt, h hit) (Item, string, error) {
	rows, err := article.QueryContext(ctx, h.id)
	if err != nil {
		return Item{}, "", err
	}
	defer rows.Close()
	if !rows.Next() { // deleted by hand since
		return Item{ID: h.id}, "", rows.Err()
	}
	var text string
	it, err := scanItem(rows, &text)
	it.Score = -h.score
	return it, text, err
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

// leafTrigrams returns the trigrams of a leaf: all of them must be there, in any spelling; a shorter word stands for all trigrams of the
// index that begin with it. "" if none does.
func (s *searcher) leafTrigrams(ctx context.Context, n *queryNode) (string, bool, error) {
	folded := foldWord(n.text)
	runes := []rune(folded)
	if len(runes) >= 3 {
		return s.longTrigrams(ctx, runes, n.field == "")
	}
	if len(runes) == 0 {
		return "", true, nil
	}
	if _, err := s.conn.ExecContext(ctx, `CREATE VIRTUAL TABLE IF NOT EXISTS temp.trigram_vocabulary USING fts5vocab(main, articles_trigram, row)`); err != nil {
		return "", false, err
	}
	rows, err := s.conn.QueryContext(ctx, `SELECT * FROM (SELECT term FROM temp.trigram_vocabulary WHERE term >= ?1 AND term < ?2 ORDER BY doc DESC LIMIT ?3)
		UNION SELECT * FROM (SELECT spelling FROM trigram_spellings WHERE folded >= ?1 AND folded < ?2 LIMIT ?3)`,
		folded, folded+string(utf8.MaxRune), maxExpansion)
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

// longTrigrams returns the trigrams of three letters or more; exact says that three are all there is to find.
func (s *searcher) longTrigrams(ctx context.Context, folded []rune, exact bool) (string, bool, error) {
	var parts, seen []string
	for i := range len(folded) - 2 {
		t := string(folded[i : i+3])
		if slices.Contains(seen, t) {
			continue
		}
		seen = append(seen, t)
		as, same, err := spelledTrigrams(ctx, s.conn, t)
		if err != nil {
			return "", false, err
		}
		exact = exact && same
		for j := range as {
			as[j] = quoteFTS(as[j])
		}
		part := strings.Join(as, " OR ")
		if len(as) > 1 {
			part = "(" + part + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " AND "), exact && len(folded) == 3, nil
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
	var parts []string
	for _, c := range columns {
		parts, args = append(parts, `contains_folded(articles_trigram.`+c+`, ?)`), append(args, foldWord(n.text))
	}
	return "(" + strings.Join(parts, " OR ") + ")", args
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
func snippetOf(text string, tree *queryNode, substring bool) string {
	t := foldText(text)
	runes, folded := t.text, t.folded
	hits := make([]bool, len(runes))
	first := -1
	tree.leafNodes(func(n *queryNode) {
		if n.field == "title" || n.field == "byline" {
			return
		}
		pattern := []rune(foldWord(n.text))
		if len(pattern) == 0 {
			return
		}
		whole := n.index(substring) == wordIndex
		for i := 0; i+len(pattern) <= len(folded); i++ {
			if folded[i] != pattern[0] || !slices.Equal(folded[i:i+len(pattern)], pattern) {
				continue
			}
			from, end := t.origin(i), t.origin(i+len(pattern)-1)+1
			for end < len(runes) && t.start[end] == t.start[end+1] { // marks of the last letter
				end++
			}
			startsInWord := from > 0 && isWordRune(runes[from-1])
			endsInWord := end < len(runes) && isWordRune(runes[end])
			if whole && (startsInWord || endsInWord && !n.isPrefix()) {
				continue
			}
			if first < 0 || from < first {
				first = from
			}
			for ; whole && end < len(runes) && isWordRune(runes[end]); end++ {
			}
			for j := from; j < end; j++ {
				hits[j] = true
			}
			i += len(pattern) - 1
		}
	})
	start := max(0, first-snippetRunes/4)
	for start > 0 && first >= 0 && start < first && isWordRune(runes[start]) && !isUnspaced(runes[start]) { // not within a word
		start++
	}
	length := snippetRunes
	if len(text) < 2*len(runes) { // mostly letters, which take less room than Chinese
		length += length / 2
	}
	end := min(len(runes), start+length)
	for start < end && unicode.IsSpace(runes[start]) {
		start++
	}
	for end < len(runes) && end > start && unicode.IsSpace(runes[end-1]) {
		end--
	}
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

package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"newsmill/cleaner/article"
)

// Article is a stored article, its latest version. Body and RunnersUp are not stored: Markdown has the structure.
type Article struct {
	ID int64
	article.Article
	Source         string // key in the configuration, or the bare domain
	Markdown       string // the text with its structure
	FirstSeenAt    time.Time
	FetchedAt      time.Time // of this version
	Version        int       // 1: never changed
	StoryID        int64     // the id of the story's first article
	RobotsTag      string    // directives of X-Robots-Tag and meta robots
	OptOut         string    // evidence of a machine-readable opt-out of text mining
	CleanerVersion int
	PageID         int64 // the fetch that it was cleaned from; 0: none
}

// Item is an article in a list or in the results of a search.
type Item struct {
	ID           int64     `json:"id"`
	URL          string    `json:"url"`
	CanonicalURL string    `json:"canonical_url"`
	Source       string    `json:"source"`
	Title        string    `json:"title"`
	Byline       string    `json:"byline,omitempty"`
	Authors      []string  `json:"authors"`
	PublishedAt  string    `json:"published_at,omitempty"` // as stored: UTC, or only the day; empty: unknown
	FirstSeenAt  time.Time `json:"first_seen_at"`
	Language     string    `json:"language,omitempty"`
	Section      string    `json:"section,omitempty"`
	WordCount    int       `json:"word_count"`
	Paywalled    bool      `json:"paywalled"`
	Confidence   float64   `json:"confidence,omitempty"` // probability that the text is right; 0: an older newsmill cleaned it
	StoryID      int64     `json:"story_id"`
	Description  string    `json:"description,omitempty"`
	Snippet      string    `json:"snippet,omitempty"` // of a search: the words around a hit, each hit between Mark and Unmark
	Score        float64   `json:"score,omitempty"`   // of a search by relevance: greater is better
}

// Filter narrows a list, a search or an export. Zero values don't.
type Filter struct {
	Sources      []string  // any of them
	Since, Until time.Time // of publication, else of first sight; Since included, Until not
	Languages    []string  // any of them: "en" also finds "en-GB"
	Author       string    // a part of a name or of the byline
	Section      string    // a part of it
	Below        float64   // only with a confidence below this
	Unique       bool      // of each story only the first article
}

// where returns the filter as SQL on the table articles, which goes by the name a.
func (f Filter) where() (conds []string, args []any) {
	in := func(expr string, values []string) {
		conds = append(conds, expr+" IN (?"+strings.Repeat(",?", len(values)-1)+")")
		for _, v := range values {
			args = append(args, v)
		}
	}
	if len(f.Sources) > 0 {
		in("a.source", f.Sources)
	}
	if !f.Since.IsZero() {
		conds, args = append(conds, "coalesce(a.published_at, a.first_seen_at) >= ?"), append(args, boundText(f.Since))
	}
	if !f.Until.IsZero() {
		conds, args = append(conds, "coalesce(a.published_at, a.first_seen_at) < ?"), append(args, boundText(f.Until))
	}
	if len(f.Languages) > 0 {
		var any []string
		for _, l := range f.Languages {
			any = append(any, `a.language = ? OR a.language LIKE ? ESCAPE '\'`)
			args = append(args, l, likePattern(l)+"-%")
		}
		conds = append(conds, "("+strings.Join(any, " OR ")+")")
	}
	if f.Author != "" {
		p := "%" + likePattern(f.Author) + "%"
		conds = append(conds, `(a.byline LIKE ? ESCAPE '\' OR EXISTS (SELECT 1 FROM article_authors aa JOIN authors au ON au.id = aa.author_id
			WHERE aa.article_id = a.id AND au.name LIKE ? ESCAPE '\'))`)
		args = append(args, p, p)
	}
	if f.Section != "" {
		conds, args = append(conds, `a.section LIKE ? ESCAPE '\'`), append(args, "%"+likePattern(f.Section)+"%")
	}
	if f.Below > 0 {
		conds, args = append(conds, "a.confidence < ?"), append(args, f.Below)
	}
	if f.Unique {
		conds = append(conds, "(a.story_id IS NULL OR a.story_id = a.id OR a.id = (SELECT min(s.id) FROM articles s WHERE s.story_id = a.story_id))")
	}
	return conds, args
}

// boundText writes a bound so that it compares rightly with days and times: midnight UTC is the day itself.
func boundText(t time.Time) string {
	if u := t.UTC(); u.Equal(u.Truncate(24 * time.Hour)) {
		return u.Format("2006-01-02")
	}
	return timeText(t)
}

// likePattern escapes what LIKE … ESCAPE '\' would take for more than itself.
func likePattern(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// Order is the order of a list or search.
type Order string

// The orders.
const (
	ByRelevance Order = "relevance" // of a search: best first; of a list: ByDate
	ByDate      Order = "date"      // newest publication first
	ByStored    Order = "stored"    // last stored first
	ByDoubt     Order = "doubt"     // of a list: the least confidence first, articles without one left out
)

const itemColumns = `a.id, a.url, a.canonical_url, a.source, a.title, coalesce(a.byline, ''), a.authors, coalesce(a.published_at, ''), a.first_seen_at,
	coalesce(a.language, ''), coalesce(a.section, ''), a.word_count, a.paywalled, coalesce(a.confidence, 0), coalesce(a.story_id, 0),
	coalesce(a.description, '')`

func scanItem(rows *sql.Rows, more ...any) (Item, error) {
	var it Item
	var authors, seen string
	err := rows.Scan(append([]any{
		&it.ID, &it.URL, &it.CanonicalURL, &it.Source, &it.Title, &it.Byline, &authors, &it.PublishedAt, &seen,
		&it.Language, &it.Section, &it.WordCount, &it.Paywalled, &it.Confidence, &it.StoryID, &it.Description,
	}, more...)...)
	it.FirstSeenAt = parseTime(seen)
	it.Authors = readList[string](authors)
	article.DropControls(&it)
	return it, err
}

// List returns articles, at most limit (0: all) after skipping the first offset ones.
func (db *DB) List(ctx context.Context, f Filter, order Order, limit, offset int) ([]Item, error) {
	conds, args := f.where()
	q := `SELECT ` + itemColumns + ` FROM articles a`
	if order == ByDoubt {
		conds = append(conds, "a.confidence IS NOT NULL")
	}
	if len(conds) > 0 {
		q += ` WHERE ` + strings.Join(conds, " AND ")
	}
	switch order {
	case ByStored:
		q += ` ORDER BY a.id DESC`
	case ByDoubt:
		q += ` ORDER BY a.confidence, a.id DESC`
	default:
		q += ` ORDER BY a.published_at DESC, a.id DESC`
	}
	if limit <= 0 {
		limit = -1
	}
	return db.items(ctx, q+` LIMIT ? OFFSET ?`, append(args, limit, offset)...)
}

func (db *DB) items(ctx context.Context, q string, args ...any) ([]Item, error) {
	rows, err := db.read.QueryContext(ctx, q, args...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	items := []Item{}
	for rows.Next() {
		it, err := scanItem(rows)
		if err != nil {
			return nil, db.explain(err)
		}
		items = append(items, it)
	}
	return items, db.explain(rows.Err())
}

// Count returns how many articles pass the filter.
func (db *DB) Count(ctx context.Context, f Filter) (int, error) {
	conds, args := f.where()
	q := `SELECT count(*) FROM articles a`
	if len(conds) > 0 {
		q += ` WHERE ` + strings.Join(conds, " AND ")
	}
	var n int
	return n, db.explain(db.read.QueryRowContext(ctx, q, args...).Scan(&n))
}

// formsOf returns what an address may be kept under: itself, and with fewer and fewer of the parameters that only track.
func formsOf(address string) []string {
	forms := []string{address}
	for _, normalize := range []func(string) (string, error){article.FullURL, article.NormalizeURL} {
		if u, err := normalize(address); err == nil && !slices.Contains(forms, u) {
			forms = append(forms, u)
		}
	}
	return forms
}

// Find returns the id of an article by its id or by any address that led to it. The error wraps ErrNotFound.
func (db *DB) Find(ctx context.Context, idOrURL string) (int64, error) {
	var id int64
	err := sql.ErrNoRows
	if n, e := strconv.ParseInt(idOrURL, 10, 64); e == nil {
		err = db.read.QueryRowContext(ctx, `SELECT id FROM articles WHERE id = ?`, n).Scan(&id)
	} else {
		for _, u := range formsOf(idOrURL) {
			err = db.read.QueryRowContext(ctx, `SELECT article_id FROM article_urls WHERE url = ?1
				UNION ALL SELECT id FROM articles WHERE canonical_url = ?1 LIMIT 1`, u).Scan(&id)
			if !errors.Is(err, sql.ErrNoRows) {
				break
			}
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("article %s: %w", idOrURL, ErrNotFound)
	}
	return id, db.explain(err)
}

// Article returns one article. The error wraps ErrNotFound if there is none.
func (db *DB) Article(ctx context.Context, id int64) (*Article, error) {
	rows, err := db.read.QueryContext(ctx, articleSQL+` WHERE id = ?`, id)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, db.explain(err)
		}
		return nil, fmt.Errorf("article %d: %w", id, ErrNotFound)
	}
	a, err := scanArticle(rows)
	return a, db.explain(err)
}

// RemovedBlock is a block of an article's page that is not in its text.
type RemovedBlock struct {
	Position int    `json:"position"` // in the page, all blocks counted
	Label    string `json:"label"`
	Reason   string `json:"reason"` // rule id, or "model"
	Text     string `json:"text"`
}

// Removed returns what was stripped from an article, in the order of the page.
func (db *DB) Removed(ctx context.Context, articleID int64) ([]RemovedBlock, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT position, label, reason, text FROM removed_blocks WHERE article_id = ? ORDER BY position`, articleID)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	blocks := []RemovedBlock{}
	for rows.Next() {
		var b RemovedBlock
		if err := rows.Scan(&b.Position, &b.Label, &b.Reason, &b.Text); err != nil {
			return nil, db.explain(err)
		}
		article.DropControls(&b)
		blocks = append(blocks, b)
	}
	return blocks, db.explain(rows.Err())
}

// readAs are the fields that are put together from other tables, and how.
var readAs = map[string]string{
	"people": `coalesce(people, (SELECT json_group_array(json_object('name', name, 'role', role, 'organisation', organisation, 'url', url))
		FROM (SELECT au.name, aa.role, au.organisation, au.url FROM article_authors aa JOIN authors au ON au.id = aa.author_id
			WHERE aa.article_id = articles.id ORDER BY aa.position)))`,
	"links": `(SELECT json_group_array(json_object('url', url, 'anchor', anchor, 'rel', rel))
		FROM (SELECT url, anchor, rel FROM links WHERE article_id = articles.id ORDER BY position))`,
}

// readFields are the fields that scanArticle reads: all that are stored, but those that follow from others.
var readFields = slices.DeleteFunc(article.StoredFields(), func(f *article.Field) bool { return f.Derived != nil })

// articleSQL selects what scanArticle reads.
var articleSQL = func() string {
	list := []string{
		"id", "source", "first_seen_at", "fetched_at", "version", "coalesce(story_id, 0)", "coalesce(robots_tag, '')", "coalesce(opt_out, '')",
		"coalesce(markdown, text)", "coalesce(page_id, 0)", "cleaner_version", "coalesce(image_url, '')",
	}
	for _, f := range readFields {
		list = append(list, cmp.Or(readAs[f.Name], f.Name))
	}
	return "SELECT " + strings.Join(list, ", ") + fromArticles
}()

const fromArticles = "\n\tFROM articles"

func scanArticle(rows *sql.Rows) (*Article, error) {
	a := &Article{}
	var seen, fetched, image string
	into := []any{&a.ID, &a.Source, &seen, &fetched, &a.Version, &a.StoryID, &a.RobotsTag, &a.OptOut, &a.Markdown, &a.PageID, &a.CleanerVersion, &image}
	for _, f := range readFields {
		into = append(into, sink{f.Ref(&a.Article)})
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	a.FirstSeenAt, a.FetchedAt = parseTime(seen), parseTime(fetched)
	a.IsArticle = true
	if image == "" {
		a.Image = nil
	} else {
		lead := article.Image{}
		if a.Image != nil {
			lead = *a.Image
		} else if i := imageOf(a.Images, image); i != nil {
			lead = *i
		}
		lead.URL, a.Image = image, &lead
	}
	article.DropControls(a) // an older newsmill kept some
	return a, nil
}

// imageOf returns the first of the images with an address, nil if there is none.
func imageOf(images []article.Image, address string) *article.Image {
	for i := range images {
		if images[i].URL == address {
			return &images[i]
		}
	}
	return nil
}

package storage

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"newsmill/cleaner"
)

// articleMatch is what the database has of an article.
type articleMatch struct {
	change Change
	id     int64 // 0: nothing
	story  int64
	text   bool // false: only metadata differs
	move   bool // the article is from now on kept from this address
	doubt  bool // what it becomes was doubtful at first: the version before is one to keep
}

// Different articles that claim one canonical URL, as careless templates make them, are told apart by this likeness.
const otherArticle = 0.2

// minTwinWords is the length from which on the same text from one source is the same article: shorter texts may be a
// notice that stands in place of many.
const minTwinWords = 60

// matchArticle finds the stored article that a is, by its canonical URL, its address, or its very text, and says what
// storing it will change.
func matchArticle(t *tx, a *packedArticle) (articleMatch, error) {
	m := articleMatch{change: New}
	var id int64
	var viaText bool
	// The article that is kept from this address, else the one that has its canonical URL, else the one it led to before.
	err := t.scan([]any{&id}, `SELECT u.article_id FROM article_urls u JOIN articles a ON a.id = u.article_id WHERE u.url IN (?1, ?2)
		ORDER BY a.url = ?1 DESC, u.url = ?2 DESC LIMIT 1`, a.url, a.canonical)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return m, err
	}
	if id == 0 && a.words >= minTwinWords {
		err := t.scan([]any{&id}, `SELECT id FROM articles WHERE content_hash = ? AND source = ? LIMIT 1`, a.contentHash, a.source)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return m, err
		}
		viaText = id != 0
	}
	if id == 0 {
		return m, nil
	}
	var url, canonical, title string
	var content, metadata, sig []byte
	if err := t.scan([]any{&url, &canonical, &title, &content, &metadata, &sig, &m.story}, `SELECT url, canonical_url, title, content_hash, metadata_hash,
		signature, coalesce(story_id, 0) FROM articles WHERE id = ?`, id); err != nil {
		return m, err
	}
	sameText := string(content) == string(a.contentHash)
	if url != a.url && !sameText && title != a.title {
		old, ok := readSignature(sig)
		if ok && a.signature != nil && old.similarity(&a.minhash) < otherArticle {
			return apart(t, a, id, url, canonical)
		}
	}
	m.id = id
	switch {
	case url != a.url && (viaText || a.url != canonical):
		m.change = Alias
	case sameText && string(metadata) == string(a.metadataHash) && url == a.url:
		m.change = Unchanged
	case sameText:
		m.change = Updated
	default:
		m.change, m.text = Changed, true
	}
	m.move = url != a.url && m.change != Alias
	return m, nil
}

// apart settles who of two different articles has the canonical URL that both claim: the one that is fetched from it.
func apart(t *tx, a *packedArticle, id int64, url, canonical string) (articleMatch, error) {
	if a.url != a.canonical {
		a.canonical = a.url
		return articleMatch{change: New}, nil
	}
	if canonical == a.canonical {
		if _, err := t.exec(`UPDATE OR IGNORE articles SET canonical_url = ?2 WHERE id = ?1`, id, url); err != nil {
			return articleMatch{}, err
		}
	}
	_, err := t.exec(`DELETE FROM article_urls WHERE url = ?`, a.canonical)
	return articleMatch{change: New}, err
}

// storeArticle writes the article as matchArticle found it to be new, changed or known.
func storeArticle(t *tx, p *packed, m articleMatch, pageID int64) (Stored, error) {
	a := p.article
	s := Stored{Change: m.change, ArticleID: m.id}
	var err error
	switch m.change {
	case New:
		s.ArticleID, err = insertArticle(t, a, pageID)
	case Changed, Updated:
		err = updateArticle(t, a, m, pageID, byPublisher)
	}
	if err == nil && m.move {
		// It is kept, and checked again, at one address: the one before ends as what leads to it.
		_, err = t.exec(`UPDATE frontier SET class = ?3, state = 'done', due_at = NULL
			WHERE class = 'stored' AND url <> ?2 AND url IN (SELECT url FROM article_urls WHERE article_id = ?1)`, m.id, p.rec.Job.URL, aliasClass)
	}
	if err != nil {
		return s, err
	}
	urls := []string{a.url, p.rec.Job.URL}
	if m.change != Alias || a.canonical == a.url {
		urls = append(urls, a.canonical)
	}
	for i, u := range urls {
		if u == "" || i > 0 && u == urls[i-1] {
			continue
		}
		if _, err := t.exec(`INSERT INTO article_urls (url, article_id, checked_at) VALUES (?1, ?2, ?3)
			ON CONFLICT (url) DO UPDATE SET article_id = excluded.article_id, checked_at = excluded.checked_at`, u, s.ArticleID, a.fetchedAt); err != nil {
			return s, err
		}
	}
	return s, nil
}

func insertArticle(t *tx, a *packedArticle, pageID int64) (int64, error) {
	var id int64
	var taken bool
	// Not AUTOINCREMENT: a story has the id of its first article, also when that is deleted later.
	err := t.scan([]any{&id, &taken}, `SELECT max(coalesce((SELECT max(id) FROM articles), 0), coalesce((SELECT max(id) FROM stories), 0)) + 1,
		EXISTS (SELECT 1 FROM articles WHERE canonical_url = ?)`, a.canonical)
	if err != nil {
		return 0, err
	}
	if taken {
		if a.canonical, err = freeCanonical(t, a, id); err != nil {
			return 0, err
		}
	}
	story, err := storyOf(t, a, id)
	if err != nil {
		return 0, err
	}
	if story == 0 {
		story = id
		if _, err := t.exec(`INSERT INTO stories (id, created_at) VALUES (?, ?)`, story, a.fetchedAt); err != nil {
			return 0, err
		}
	}
	if _, err := t.exec(insertArticleSQL, append(a.values(), id, a.fetchedAt, a.fetchedAt, story, orNull(pageID), t.run, cleaner.Version)...); err != nil {
		return 0, err
	}
	t.index(id, a)
	return id, storeParts(t, a, id, story)
}

// freeCanonical returns the canonical URL under which an article may be stored without taking another's.
func freeCanonical(t *tx, a *packedArticle, id int64) (string, error) {
	for _, u := range []string{a.canonical, a.url} {
		var taken bool
		if err := t.scan([]any{&taken}, `SELECT EXISTS (SELECT 1 FROM articles WHERE canonical_url = ? AND id <> ?)`, u, id); err != nil || !taken {
			return u, err
		}
	}
	return fmt.Sprintf("%s#article-%d", a.url, id), nil
}

// Who changed an article: the site, or our cleaner.
const (
	byPublisher = "publisher"
	byReclean   = "reclean"
)

// updateArticle writes what the page says now, and keeps the version before if title or text differ.
func updateArticle(t *tx, a *packedArticle, m articleMatch, pageID int64, cause string) error {
	if slices.Contains(t.ids, m.id) { // the trigger takes the old words out of the indexes
		if err := t.flushIndex(); err != nil {
			return err
		}
	}
	var err error
	if a.canonical, err = freeCanonical(t, a, m.id); err != nil {
		return err
	}
	story := m.story
	if m.text {
		if !m.move { // from another address it is the same version, seen better
			until := a.fetchedAt
			if cause == byReclean {
				until = timeText(time.Now())
			}
			if _, err := t.exec(`INSERT INTO article_versions (article_id, version, seen_from, seen_until, cause, title, byline, modified_at, description,
				content_hash, page_id, cleaner_version, text, markdown, is_good)
				SELECT id, version, fetched_at, ?2, ?3, title, byline, modified_at, description, content_hash, page_id, cleaner_version, text, markdown, ?4
				FROM articles WHERE id = ?1`, m.id, until, cause, m.doubt); err != nil {
				return err
			}
			if _, err := t.exec(`UPDATE articles SET version = version + 1, fetched_at = ?2 WHERE id = ?1`, m.id, a.fetchedAt); err != nil {
				return err
			}
		}
		if story == m.id || story == 0 { // alone or the first: it may have become like another
			joined, err := storyOf(t, a, m.id)
			if err != nil {
				return err
			}
			if joined != 0 && joined < m.id {
				if err := mergeStory(t, m.id, joined); err != nil {
					return err
				}
			}
		}
	}
	if _, err := t.exec(updateArticleSQL, append(a.values(), m.id, orNull(pageID), t.run, cleaner.Version)...); err != nil {
		return err
	}
	for _, stmt := range []string{
		`DELETE FROM article_authors WHERE article_id = ?`,
		`DELETE FROM article_tags WHERE article_id = ?`,
		`DELETE FROM links WHERE article_id = ?`,
		`DELETE FROM article_blocks WHERE article_id = ?`,
	} {
		if _, err := t.exec(stmt, m.id); err != nil {
			return err
		}
	}
	if err := removeFingerprints(t, m.id); err != nil {
		return err
	}
	return storeParts(t, a, m.id, cmp.Or(m.story, m.id))
}

// storeParts writes the rows of other tables that belong to an article.
func storeParts(t *tx, a *packedArticle, id, story int64) error {
	w := &t.db.warm
	w.remember()
	for i, person := range a.Authors {
		author, err := idOf(t, w.authors, person.Name, `INSERT OR IGNORE INTO authors (name, organisation, url) VALUES (?,?,?)`,
			`SELECT id FROM authors WHERE name = ?`, person.Name, orNull(person.Organisation), orNull(person.URL))
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO article_authors (article_id, position, author_id, role) VALUES (?,?,?,?)`,
			id, i, author, orNull(person.Role)); err != nil {
			return err
		}
	}
	for _, tag := range a.Tags {
		tagID, err := idOf(t, w.tags, tag, `INSERT OR IGNORE INTO tags (name) VALUES (?)`, `SELECT id FROM tags WHERE name = ?`, tag)
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT OR IGNORE INTO article_tags (article_id, tag_id) VALUES (?,?)`, id, tagID); err != nil {
			return err
		}
	}
	for i, l := range a.links {
		if _, err := t.exec(`INSERT INTO links (article_id, position, url, anchor, rel, internal) VALUES (?,?,?,?,?,?)`,
			id, i, l.url, l.anchor, orNull(l.rel), l.internal); err != nil {
			return err
		}
	}
	for _, b := range a.blocks {
		if err := storeBlock(t, id, b); err != nil {
			return err
		}
	}
	if a.signature == nil {
		return nil
	}
	return storeFingerprints(t, a, id, story)
}

func storeBlock(t *tx, article int64, b packedBlock) error {
	w := &t.db.warm
	// Not several rows in one INSERT: that keeps copies of all pages it touches, to undo it if a reference is wrong, and is slower.
	const insert = `INSERT INTO article_blocks (article_id, position, rule_id, block_id) VALUES (?,?,?,?)`
	rule, known := w.rules[b.rule]
	text, knownText := w.blocks[b.hash]
	if known && knownText { // most of them
		_, err := t.exec(insert, article, b.position, rule, text)
		return err
	}
	rule, err := idOf(t, w.rules, b.rule, `INSERT OR IGNORE INTO block_rules (label, reason) VALUES (?,?)`,
		`SELECT id FROM block_rules WHERE label = ? AND reason = ?`, b.rule.label, b.rule.reason)
	if err != nil {
		return err
	}
	text, err = idOf(t, w.blocks, b.hash, `INSERT OR IGNORE INTO block_texts (hash, text) VALUES (?,?)`,
		`SELECT id FROM block_texts WHERE hash = ?`, b.hash[:], b.text)
	if err != nil {
		return err
	}
	_, err = t.exec(insert, article, b.position, rule, text)
	return err
}

// idOf returns the id of a row that many articles share, which it inserts if it is not there. Of the arguments of insert,
// look takes as many as it has. Not an upsert with RETURNING, which opens a savepoint.
func idOf[K comparable](t *tx, known map[K]int64, key K, insert, look string, args ...any) (int64, error) {
	if id, ok := known[key]; ok {
		return id, nil
	}
	res, err := t.exec(insert, args...)
	if err != nil {
		return 0, err
	}
	var id int64
	n, err := res.RowsAffected()
	switch {
	case err != nil:
	case n > 0:
		id, err = res.LastInsertId()
	default:
		err = t.scan([]any{&id}, look, args[:strings.Count(look, "?")]...)
	}
	if err != nil {
		return 0, err
	}
	if len(known) >= maxKnown {
		clear(known)
	}
	known[key] = id
	return id, nil
}

// articleColumns are the columns of articles that hold what the page says, in the order of values.
var articleColumns = []string{
	"url", "canonical_url", "source", "site_name", "title", "byline", "authors", "published_at", "published_raw",
	"modified_at", "language", "section", "tags", "description", "dateline",
	"image_url", "images", "page_type", "confidence", "paywalled", "paywall_evidence", "robots_tag",
	"opt_out", "word_count", "content_hash", "metadata_hash", "signature", "editors_note", "corrections", "sign_off",
	"author_bio", "disclaimers", "ai_summary", "updates", "evidence", "text", "markdown", "modified_raw", "people", "lead_image", "fact_boxes",
}

// insertArticleSQL takes values, then id, first_seen_at, fetched_at, story_id, page_id, run_id, cleaner_version.
var insertArticleSQL = fmt.Sprintf(`INSERT INTO articles (%s, id, first_seen_at, fetched_at, story_id, page_id, run_id, cleaner_version) VALUES (?%s)`,
	strings.Join(articleColumns, ", "), strings.Repeat(",?", len(articleColumns)+6))

// updateArticleSQL takes values, then id, page_id, run_id, cleaner_version.
var updateArticleSQL = func() string {
	n := len(articleColumns)
	var set []string
	for i, c := range articleColumns {
		set = append(set, fmt.Sprintf("%s = ?%d", c, i+1))
	}
	return fmt.Sprintf(`UPDATE articles SET %s, page_id = ?%d, run_id = ?%d, cleaner_version = ?%d WHERE id = ?%d`,
		strings.Join(set, ", "), n+2, n+3, n+4, n+1)
}()

func (a *packedArticle) values() []any {
	paywalled := 0
	if a.Paywall.Closed {
		paywalled = 1
	}
	pageType := a.PageType
	if pageType == "" {
		pageType = cleaner.PageArticle
	}
	return []any{
		a.url, a.canonical, a.source, orNull(a.SiteName), a.title, orNull(a.Byline), a.authors, orNull(a.publishedAt), orNull(a.PublishedAt.Raw),
		orNull(a.modifiedAt), orNull(a.Language), orNull(a.Section), a.tags, orNull(a.Description), orNull(a.Dateline),
		orNull(a.imageURL), a.images, string(pageType), orNull(a.Confidence), paywalled, orNull(a.Paywall.Evidence), orNull(a.robotsTag),
		orNull(a.optOut), a.words, a.contentHash, a.metadataHash, a.signature, orNull(a.EditorsNote), a.corrections, orNull(a.SignOff),
		orNull(a.AuthorBio), a.disclaimers, orNull(a.AISummary), a.updates, a.evidence, a.Text, a.markdown,
		orNull(a.modifiedRaw), orNull(a.people), orNull(a.leadImage), a.factBoxes,
	}
}

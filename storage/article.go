package storage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// storeArticle writes the article as matchArticle found it to be new, changed or known.
func storeArticle(t *batch, p *packed, m articleMatch, pageID int64) (Stored, error) {
	a := p.article
	s := Stored{Change: m.change, ArticleID: m.id}
	var err error
	switch m.change {
	case New:
		s.ArticleID, err = insertArticle(t, a, m.near, pageID)
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
	for i, key := range a.keys {
		if i > 0 && key == a.keys[0] {
			continue
		}
		if _, err := t.exec(`INSERT OR IGNORE INTO article_keys (key, article_id) VALUES (?, ?)`, key, s.ArticleID); err != nil {
			return s, err
		}
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
	if a.publishedAt == "" && m.change != Unchanged {
		return s, t.dateLate(p.rec.Job.URL)
	}
	return s, nil
}

func insertArticle(t *batch, a *packedArticle, near []*likeness, pageID int64) (int64, error) {
	var id int64
	var taken bool
	// Not AUTOINCREMENT: a story has the id of its first article, also when that is deleted later.
	err := t.scan([]any{&id, &taken}, `SELECT max(coalesce((SELECT max(id) FROM articles), 0), coalesce((SELECT max(id) FROM stories), 0)) + 1,
		EXISTS (SELECT 1 FROM articles WHERE canonical_url = ?)`, a.canonical)
	if err != nil {
		return 0, err
	}
	if taken {
		if a.canonical, err = freeCanonical(t.tx, a, id); err != nil {
			return 0, err
		}
	}
	story, err := t.memory.stories.storyOf(t.tx, a, near, id)
	if err != nil {
		return 0, err
	}
	if story == 0 {
		story = id
		if _, err := t.exec(`INSERT INTO stories (id, created_at) VALUES (?, ?)`, story, a.fetchedAt); err != nil {
			return 0, err
		}
	}
	if _, err := t.exec(insertArticleSQL, append(a.values(), orNull(pageID), t.run, id, a.fetchedAt, a.fetchedAt, story)...); err != nil {
		return 0, err
	}
	t.index.add(id, a)
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
func updateArticle(t *batch, a *packedArticle, m articleMatch, pageID int64, cause string) error {
	if t.index.holds(m.id) { // the trigger takes the old words out of the indexes
		if err := t.index.flush(t.tx); err != nil {
			return err
		}
	}
	var err error
	if a.canonical, err = freeCanonical(t.tx, a, m.id); err != nil {
		return err
	}
	story := m.story
	if m.text {
		if !m.move || m.keepsOld { // else it is the same version, seen better
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
			joined, err := t.memory.stories.storyOf(t.tx, a, nil, m.id)
			if err != nil {
				return err
			}
			if joined != 0 && joined < m.id {
				if err := t.memory.stories.merge(t.tx, m.id, joined); err != nil {
					return err
				}
			}
		}
	}
	if _, err := t.exec(updateArticleSQL, append(a.values(), orNull(pageID), t.run, m.id)...); err != nil {
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
	if err := t.memory.stories.removeFingerprints(t.tx, m.id); err != nil {
		return err
	}
	return storeParts(t, a, m.id, cmp.Or(m.story, m.id))
}

// storeParts writes the rows of other tables that belong to an article.
func storeParts(t *batch, a *packedArticle, id, story int64) error {
	w := &t.memory.known
	w.remember()
	for i, person := range a.Authors {
		author, err := idOf(t.tx, w.authors, person.Name, `INSERT OR IGNORE INTO authors (name, organisation, url) VALUES (?,?,?)`,
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
		tagID, err := idOf(t.tx, w.tags, tag, `INSERT OR IGNORE INTO tags (name) VALUES (?)`, `SELECT id FROM tags WHERE name = ?`, tag)
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
	if err := w.storeSpellings(t.tx, &a.spellings); err != nil {
		return err
	}
	if a.signature == nil {
		return nil
	}
	return t.memory.stories.storeFingerprints(t.tx, a, id, story)
}

func storeBlock(t *batch, article int64, b packedBlock) error {
	w := &t.memory.known
	// Not several rows in one INSERT: that keeps copies of all pages it touches, to undo it if a reference is wrong, and is slower.
	const insert = `INSERT INTO article_blocks (article_id, position, rule_id, block_id) VALUES (?,?,?,?)`
	rule, known := w.rules[b.rule]
	text, knownText := w.blocks[b.hash]
	if known && knownText { // most of them
		_, err := t.exec(insert, article, b.position, rule, text)
		return err
	}
	rule, err := idOf(t.tx, w.rules, b.rule, `INSERT OR IGNORE INTO block_rules (label, reason) VALUES (?,?)`,
		`SELECT id FROM block_rules WHERE label = ? AND reason = ?`, b.rule.label, b.rule.reason)
	if err != nil {
		return err
	}
	text, err = idOf(t.tx, w.blocks, b.hash, `INSERT OR IGNORE INTO block_texts (hash, text) VALUES (?,?)`,
		`SELECT id FROM block_texts WHERE hash = ?`, b.hash[:], b.text)
	if err != nil {
		return err
	}
	_, err = t.exec(insert, article, b.position, rule, text)
	return err
}

var (
	// insertArticleSQL takes values, then page_id, run_id, id, first_seen_at, fetched_at, story_id.
	insertArticleSQL = fmt.Sprintf(`INSERT INTO articles (%s, page_id, run_id, id, first_seen_at, fetched_at, story_id) VALUES (?%s)`,
		strings.Join(articleColumns(), ", "), strings.Repeat(", ?", len(articleColumns())+5))
	// updateArticleSQL takes values, then page_id, run_id, id.
	updateArticleSQL = fmt.Sprintf(`UPDATE articles SET (%s, page_id, run_id) = (?%s) WHERE id = ?`,
		strings.Join(articleColumns(), ", "), strings.Repeat(", ?", len(articleColumns())+1))
)

// articleColumns are the columns in the order of values.
func articleColumns() []string {
	var names []string
	for _, f := range columns {
		names = append(names, f.Name)
	}
	return append(names, storingColumns...)
}

// values are what the columns of an article hold. Its addresses and its title may stand in for others, and its text is kept already.
func (a *packedArticle) values() []any {
	list := slices.Clone(a.fields)
	for i, f := range columns {
		switch f.Name {
		case "url":
			list[i] = a.url
		case "canonical_url":
			list[i] = a.canonical
		case "title":
			list[i] = a.title
		case "text":
			list[i] = a.Text
		}
	}
	return append(list, a.source, orNull(a.robotsTag), orNull(a.optOut), a.contentHash, a.metadataHash, a.signature, orNull(a.markdown), a.cleanerVersion)
}

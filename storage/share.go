package storage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// sharedTables are what a shared database keeps rows of: articles, and what makes them. The rest is emptied: the pages as they
// came and what was stripped from them, which together are copies of pages that may ask for none, and how this machine
// crawls: frontier, hosts, hubs, settings. Tables that a later schema adds are emptied until they stand here.
var sharedTables = []string{
	"articles", "article_urls", "article_versions", "article_authors", "authors", "article_tags", "tags", "links", "stories", "fingerprints", "article_keys",
	"pages", "runs", "word_spellings", "trigram_spellings",
}

// Share writes a database for others to a file: all articles with their versions and search indexes, without raw pages,
// stripped blocks and what only concerns whoever crawled. Of fetches and runs those rows stay that articles refer to, with
// their times and statuses, without arguments, hosts and validators.
func (db *DB) Share(ctx context.Context, target string) error {
	return db.copyTo(ctx, target, leaveOutPrivate)
}

func leaveOutPrivate(ctx context.Context, c *sql.DB) error {
	tables, err := texts(ctx, c, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return err
	}
	var steps []string
	for _, t := range tables {
		switch {
		case slices.Contains(sharedTables, t):
		case t == "settings":
			steps = append(steps, fmt.Sprintf(`DELETE FROM settings WHERE name <> '%s'`, spellingsSetting))
		default:
			steps = append(steps, fmt.Sprintf(`DELETE FROM "%s"`, t))
		}
	}
	steps = append(steps,
		`DELETE FROM pages WHERE id NOT IN (SELECT page_id FROM articles WHERE page_id IS NOT NULL UNION SELECT page_id FROM article_versions WHERE page_id IS NOT NULL)`,
		`UPDATE pages SET body_id = NULL, etag = NULL, last_modified = NULL`,
		`DELETE FROM runs WHERE id NOT IN (SELECT run_id FROM articles UNION SELECT run_id FROM pages)`,
		`UPDATE runs SET arguments = NULL, pid = NULL, hostname = NULL`,
		`DELETE FROM authors WHERE id NOT IN (SELECT author_id FROM article_authors)`, // of articles that are gone
		`DELETE FROM tags WHERE id NOT IN (SELECT tag_id FROM article_tags)`,
		`ANALYZE`, // statistics hold samples of what was there
		`VACUUM`,
	)
	for _, s := range steps {
		if _, err := c.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

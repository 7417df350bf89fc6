package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// PruneOptions say what to delete. The zero value deletes nothing but what no row refers to any more.
type PruneOptions struct {
	RawBefore    time.Time // raw pages that were fetched before; zero: none
	KeepVersions int       // earlier versions of an article to keep, the newest; -1: all
	Sources      []string  // only of these; empty: of all
}

// Pruned is what a prune deleted, or would.
type Pruned struct {
	RawPages     int   `json:"raw_pages"`    // pages that let go of their body
	Bodies       int   `json:"bodies"`       // bodies deleted; those stay that others are compressed against
	Bytes        int64 `json:"bytes"`        // compressed bytes of these
	Versions     int   `json:"versions"`     // earlier versions of articles
	Dictionaries int   `json:"dictionaries"` // sets of bodies that nothing is compressed against any more
}

// notLastGood leaves out the last version that was replaced by something doubtful, or by less than half of it, as before answers
// were doubted.
const notLastGood = ` AND v.version <> coalesce((SELECT max(w.version) FROM article_versions w
	WHERE w.article_id = a.id AND (w.is_good OR length(w.text) > 2 * length(a.text))), 0)`

// pruneBatch is how many rows a transaction deletes: short enough for a reader's or another command's patience.
const pruneBatch = 500

// rawPages and versions are what the options select to delete, with the arguments of the query.
func (opt *PruneOptions) rawPages() (query string, args []any) {
	ofSource, sources := opt.ofSource()
	return `SELECT id FROM pages WHERE body_id IS NOT NULL AND fetched_at < ?` + ofSource, append([]any{timeText(opt.RawBefore)}, sources...)
}

func (opt *PruneOptions) versions() (query string, args []any) {
	ofSource, sources := opt.ofSource()
	return `SELECT v.rowid FROM article_versions v JOIN articles a ON a.id = v.article_id WHERE v.version < a.version - ?` + notLastGood +
		strings.ReplaceAll(ofSource, "source", "a.source"), append([]any{opt.KeepVersions}, sources...)
}

func (opt *PruneOptions) ofSource() (condition string, args []any) {
	if len(opt.Sources) == 0 {
		return "", nil
	}
	for _, s := range opt.Sources {
		args = append(args, s)
	}
	return " AND source IN (?" + strings.Repeat(",?", len(opt.Sources)-1) + ")", args
}

// Prunable counts what Prune would delete.
func (db *DB) Prunable(ctx context.Context, opt PruneOptions) (Pruned, error) {
	var n Pruned
	if !opt.RawBefore.IsZero() {
		old, args := opt.rawPages()
		if err := db.read.QueryRowContext(ctx, `SELECT count(*), count(DISTINCT body_id), coalesce((SELECT sum(length(data)) FROM raw_bodies b
			WHERE b.id IN (SELECT body_id FROM pages WHERE id IN (`+old+`)) AND NOT EXISTS (SELECT 1 FROM dictionary_parts WHERE body_id = b.id)
			AND NOT EXISTS (SELECT 1 FROM pages WHERE body_id = b.id AND id NOT IN (`+old+`))), 0) FROM pages WHERE id IN (`+old+`)`,
			slices.Concat(args, args, args)...).Scan(&n.RawPages, &n.Bodies, &n.Bytes); err != nil {
			return n, db.explain(err)
		}
	}
	if opt.KeepVersions >= 0 {
		old, args := opt.versions()
		if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM (`+old+`)`, args...).Scan(&n.Versions); err != nil {
			return n, db.explain(err)
		}
	}
	return n, nil
}

// Prune deletes raw pages and versions as opt says, in many short transactions. The file doesn't get smaller, its room
// is used again; Vacuum gives it back.
func (w *Writer) Prune(ctx context.Context, run int64, opt PruneOptions) (Pruned, error) {
	var n Pruned
	if !opt.RawBefore.IsZero() {
		old, args := opt.rawPages()
		if err := w.inBatches(ctx, run, &n.RawPages, `UPDATE pages SET body_id = NULL, pruned_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id IN (`+old+fmt.Sprintf(` LIMIT %d)`, pruneBatch), args...); err != nil {
			return n, err
		}
	}
	if opt.KeepVersions >= 0 {
		old, args := opt.versions()
		if err := w.inBatches(ctx, run, &n.Versions, `DELETE FROM article_versions WHERE rowid IN (`+old+fmt.Sprintf(` LIMIT %d)`, pruneBatch), args...); err != nil {
			return n, err
		}
	}
	err := w.dropUnused(ctx, run, &n)
	// The packer may know bodies and dictionaries that are gone.
	w.memory.forget()
	if packer, e := newBodyPacker(w.DB); e == nil {
		w.packer = packer
	} else if err == nil {
		err = e
	}
	return n, err
}

// dropUnused deletes bodies that no page and no dictionary needs, then dictionaries that no body needs, and so on.
func (w *Writer) dropUnused(ctx context.Context, run int64, n *Pruned) error {
	for {
		var bytes int64
		count := 0
		unused := fmt.Sprintf(`SELECT id FROM raw_bodies b WHERE NOT EXISTS (SELECT 1 FROM pages WHERE body_id = b.id)
			AND NOT EXISTS (SELECT 1 FROM dictionary_parts WHERE body_id = b.id) LIMIT %d`, pruneBatch)
		err := w.update(ctx, run, func(t *tx) error {
			rows, err := t.query(`DELETE FROM raw_bodies WHERE id IN (` + unused + `) RETURNING length(data)`)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var size int64
				if err := rows.Scan(&size); err != nil {
					return err
				}
				bytes, count = bytes+size, count+1
			}
			return rows.Err()
		})
		if err != nil {
			return err
		}
		n.Bodies, n.Bytes = n.Bodies+count, n.Bytes+bytes
		if count == pruneBatch {
			continue
		}
		dictionaries := 0
		if err := w.inBatches(ctx, run, &dictionaries, fmt.Sprintf(`DELETE FROM dictionaries WHERE id IN (SELECT id FROM dictionaries d
			WHERE NOT EXISTS (SELECT 1 FROM raw_bodies WHERE dictionary_id = d.id) LIMIT %d)`, pruneBatch)); err != nil {
			return err
		}
		if n.Dictionaries += dictionaries; dictionaries == 0 {
			return nil
		}
	}
}

// inBatches runs a statement again and again, each in a transaction of its own, until it changes nothing more.
func (w *Writer) inBatches(ctx context.Context, run int64, total *int, query string, args ...any) error {
	for {
		var changed int64
		err := w.update(ctx, run, func(t *tx) error {
			res, err := t.exec(query, args...)
			if err != nil {
				return err
			}
			changed, err = res.RowsAffected()
			return err
		})
		if err != nil {
			return err
		}
		if *total += int(changed); changed == 0 {
			return nil
		}
		w.trimLog(ctx)
	}
}

// FreeBytes returns the room in the file that no row takes.
func (db *DB) FreeBytes(ctx context.Context) (int64, error) {
	var n int64
	err := db.read.QueryRowContext(ctx, `SELECT (SELECT freelist_count FROM pragma_freelist_count) * (SELECT page_size FROM pragma_page_size)`).Scan(&n)
	return n, db.explain(err)
}

// Vacuum gives unused room back, merges the full-text indexes, and drops texts, names and tags that no article has any
// more. It needs as much free disk as the database takes.
func (w *Writer) Vacuum(ctx context.Context, run int64) error {
	for _, q := range []string{
		`DELETE FROM block_texts WHERE id IN (SELECT id FROM block_texts b WHERE NOT EXISTS (SELECT 1 FROM article_blocks WHERE block_id = b.id) LIMIT 500)`,
		`DELETE FROM authors WHERE id IN (SELECT id FROM authors u WHERE NOT EXISTS (SELECT 1 FROM article_authors WHERE author_id = u.id) LIMIT 500)`,
		`DELETE FROM tags WHERE id IN (SELECT id FROM tags t WHERE NOT EXISTS (SELECT 1 FROM article_tags WHERE tag_id = t.id) LIMIT 500)`,
	} {
		n := 0
		if err := w.inBatches(ctx, run, &n, q); err != nil {
			return err
		}
	}
	w.memory.forget()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, q := range []string{
		`INSERT INTO articles_fts(articles_fts) VALUES ('optimize')`,
		`INSERT INTO articles_trigram(articles_trigram) VALUES ('optimize')`,
		`VACUUM`,
		`PRAGMA optimize`,
		`PRAGMA wal_checkpoint(TRUNCATE)`,
	} {
		if _, err := w.conn.ExecContext(ctx, q); err != nil {
			return w.explain(err)
		}
	}
	return nil
}

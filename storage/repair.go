package storage

import (
	"context"
	"fmt"
)

// Repair builds both search indexes anew from the articles, the other indexes from their tables, and drops rows whose
// article is gone. It returns what it did.
func (w *Writer) Repair(ctx context.Context) ([]string, error) {
	done, err := w.rebuild(ctx)
	if err != nil {
		return done, err
	}
	return append(done, "spellings learned anew"), w.relearnSpellings(ctx)
}

func (w *Writer) rebuild(ctx context.Context) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var done []string
	for _, step := range []struct{ about, sql string }{
		{"indexes built anew", `REINDEX`},
		{"words index built anew", `INSERT INTO articles_fts(articles_fts) VALUES ('rebuild')`},
		{"substring index built anew", `INSERT INTO articles_trigram(articles_trigram) VALUES ('rebuild')`},
		{"words index checked", `INSERT INTO articles_fts(articles_fts, rank) VALUES ('integrity-check', 1)`},
		{"substring index checked", `INSERT INTO articles_trigram(articles_trigram, rank) VALUES ('integrity-check', 1)`},
	} {
		if _, err := w.conn.ExecContext(ctx, step.sql); err != nil {
			return done, w.explain(err)
		}
		done = append(done, step.about)
	}
	ofArticles, err := texts(ctx, w.read, `SELECT t.name FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f
		WHERE t.type = 'table' AND f."table" = 'articles' AND f."from" = 'article_id' ORDER BY t.name`)
	if err != nil {
		return done, w.explain(err)
	}
	for _, table := range ofArticles {
		res, err := w.conn.ExecContext(ctx, `DELETE FROM `+table+` WHERE article_id NOT IN (SELECT id FROM articles)`)
		if err != nil {
			return done, w.explain(err)
		}
		if n, _ := res.RowsAffected(); n > 0 {
			done = append(done, fmt.Sprintf("%d rows of %s dropped, whose article is gone", n, table))
		}
	}
	return done, nil
}

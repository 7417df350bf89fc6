package storage

import "slices"

// indexQueue are new articles that are not in the full-text indexes yet. They come there at the end of a transaction: FTS5 collects
// terms in memory, and writes them out as a small segment whenever another statement opens a savepoint, as an UPDATE does. With the
// two mixed, storing took twice as long.
type indexQueue struct {
	articles []*packedArticle
	ids      []int64 // theirs
}

func (q *indexQueue) add(id int64, a *packedArticle) {
	q.articles, q.ids = append(q.articles, a), append(q.ids, id)
}

func (q *indexQueue) holds(id int64) bool { return slices.Contains(q.ids, id) }

// flush writes what waits.
func (q *indexQueue) flush(t *tx) error {
	for i, a := range q.articles {
		if _, err := t.exec(`INSERT INTO articles_fts (rowid, title, byline, text) VALUES (?,?,?,?)`, q.ids[i], a.title, orNull(a.Byline), a.Text); err != nil {
			return err
		}
	}
	for i, a := range q.articles {
		if _, err := t.exec(`INSERT INTO articles_trigram (rowid, title, text) VALUES (?,?,?)`, q.ids[i], a.title+"  ", a.Text+"  "); err != nil {
			return err
		}
	}
	*q = indexQueue{}
	return nil
}

package storage

import "strings"

// maxKnown bounds each of the maps: 50,000 ids take some 3 MB.
const maxKnown = 50_000

// known is what the writer remembers of rows that come again and again: their ids, and that spellings are there.
type known struct {
	rules     map[blockRule]int64
	blocks    map[[16]byte]int64
	authors   map[string]int64
	tags      map[string]int64
	spellings spellings
}

// remember makes the maps.
func (k *known) remember() {
	if k.rules == nil {
		k.rules, k.blocks, k.authors, k.tags = map[blockRule]int64{}, map[[16]byte]int64{}, map[string]int64{}, map[string]int64{}
	}
	if k.spellings.words == nil {
		k.spellings = newSpellings()
	}
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

// storeSpellings writes spellings that are new.
func (k *known) storeSpellings(t *tx, s *spellings) error {
	k.remember()
	for _, kind := range []struct {
		found  map[spelling]struct{}
		known  map[spelling]struct{}
		insert string
	}{
		{s.words, k.spellings.words, `INSERT OR IGNORE INTO word_spellings (folded, spelling) VALUES (?,?)`},
		{s.trigrams, k.spellings.trigrams, `INSERT OR IGNORE INTO trigram_spellings (folded, spelling) VALUES (?,?)`},
	} {
		for sp := range kind.found {
			if _, ok := kind.known[sp]; ok {
				continue
			}
			if _, err := t.exec(kind.insert, sp.folded, sp.as); err != nil {
				return err
			}
			if len(kind.known) >= maxKnown {
				clear(kind.known)
			}
			kind.known[sp] = struct{}{}
		}
	}
	return nil
}

package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The words index has words, and the substring index trigrams, as they were published, all but their case and the accents of Latin letters. Those that are
// otherwise than search compares them (fold.go) stand, each spelling once, beside what they are folded to in word_spellings
// and trigram_spellings, and a query asks for every spelling that there is.

// spellingMark stands between the spellings of a word in a query (fts5/synonyms.c).
const spellingMark = "\ue002"

const (
	// maxSpellings bounds the spellings of one word, or of one beginning of words. Greek has the most: some ten for a word in
	// a large corpus, accents and breathings forgotten or wrong.
	maxSpellings = 200
	// maxBeginnings is how many words a search for a beginning looks through for other spellings of it.
	maxBeginnings = 20_000
	// maxPhrases bounds what a phrase becomes in which several words are broken by marks.
	maxPhrases = 64
	// longestWord is in letters: what is longer is no word, but text in a script without spaces, or data.
	longestWord = 64
)

// spelling is a word or trigram as it stands in an index, and as search compares it.
type spelling struct{ folded, as string }

// spellings are those of an article, or of several.
type spellings struct{ words, trigrams map[spelling]struct{} }

func newSpellings() spellings {
	return spellings{map[spelling]struct{}{}, map[spelling]struct{}{}}
}

// read adds what an article has that is spelled otherwise than it is looked for.
func (s *spellings) read(title, byline, text string) {
	for _, field := range []string{title, byline, text} {
		if isASCII(field) {
			continue
		}
		t := foldText(field + "  ") // as the substring index has it
		t.words(s.words)
		if field != byline {
			t.trigrams(s.trigrams)
		}
	}
}

// words collects words that the index has otherwise than folded.
func (t *foldedText) words(into map[spelling]struct{}) {
	var indexed []rune
	for i := 0; i < len(t.text); i++ {
		if !isIndexedRune(t.text[i]) {
			continue
		}
		start, all := i, rune(0)
		for ; i < len(t.text) && isIndexedRune(t.text[i]); i++ {
			all |= t.text[i]
		}
		word, folded := t.text[start:i], t.folded[t.start[start]:t.start[i]]
		if all < utf8.RuneSelf || len(word) > longestWord || len(folded) == 0 || slices.ContainsFunc(word, isUnspaced) {
			continue
		}
		indexed = indexed[:0]
		for _, r := range word {
			indexed = appendIndexed(indexed, r)
		}
		if slices.Equal(folded, indexed) {
			continue
		}
		into[spelling{string(folded), string(indexed)}] = struct{}{}
	}
}

// trigrams collects trigrams that the index has otherwise than folded, by the three folded letters that begin in the first of
// them; by fewer where marks fold to nothing, or a text ends.
func (t *foldedText) trigrams(into map[spelling]struct{}) {
	var small [3]rune
	for i := range len(t.text) - 2 {
		if t.text[i]|t.text[i+1]|t.text[i+2] < utf8.RuneSelf {
			continue
		}
		for j := range small {
			small[j] = indexedLower(t.text[i+j])
		}
		from, next, end := t.start[i], t.start[i+1], t.start[i+3]
		if from == next || slices.Equal(t.folded[from:end], small[:]) {
			continue
		}
		as := string(small[:])
		for at := from; at < next; at++ {
			into[spelling{string(t.folded[at:min(at+3, end)]), as}] = struct{}{}
		}
	}
}

// storeSpellings writes spellings that are new.
func storeSpellings(t *tx, s *spellings) error {
	w := &t.db.warm
	w.remember()
	for _, kind := range []struct {
		found  map[spelling]struct{}
		known  map[spelling]struct{}
		insert string
	}{
		{s.words, w.spellings.words, `INSERT OR IGNORE INTO word_spellings (folded, spelling) VALUES (?,?)`},
		{s.trigrams, w.spellings.trigrams, `INSERT OR IGNORE INTO trigram_spellings (folded, spelling) VALUES (?,?)`},
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

const (
	// spellingsSetting is the id of the last article of an earlier schema whose spellings are known; without it all are.
	spellingsSetting = "spellings"
	// spellingsBatch is how many articles are read for it in a transaction: some 30 ms.
	spellingsBatch = 64
)

// learnSpellings reads the articles that an earlier schema stored, and notes their spellings, in short transactions from where an earlier
// run stopped. With rest it pauses after each, so that whatever else the run does goes on; nobody else waits for it, and a search
// finds meanwhile what it found before.
func (db *DB) learnSpellings(ctx context.Context, rest bool) error {
	for ctx.Err() == nil {
		last, pending, err := db.spellingsLeft(ctx)
		if err != nil || !pending {
			return err
		}
		start := time.Now()
		found := newSpellings()
		rows, err := db.read.QueryContext(ctx, `SELECT id, title, coalesce(byline, ''), text FROM articles WHERE id > ? ORDER BY id LIMIT ?`, last, spellingsBatch)
		if err != nil {
			return db.explain(err)
		}
		n := 0
		for ; rows.Next(); n++ {
			var title, byline, text string
			if err := rows.Scan(&last, &title, &byline, &text); err != nil {
				rows.Close()
				return db.explain(err)
			}
			found.read(title, byline, text)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return db.explain(err)
		}
		err = db.update(context.WithoutCancel(ctx), 0, func(t *tx) error {
			if err := storeSpellings(t, &found); err != nil {
				return err
			}
			if n < spellingsBatch {
				_, err := t.exec(`DELETE FROM settings WHERE name = ?`, spellingsSetting)
				return err
			}
			_, err := t.exec(`UPDATE settings SET value = ?2 WHERE name = ?1`, spellingsSetting, strconv.FormatInt(last, 10))
			return err
		})
		if err != nil {
			db.mu.Lock() // beside a writer that goes on
			db.warm.spellings = spellings{}
			db.mu.Unlock()
			return err
		}
		db.trimLog(ctx)
		if rest {
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Since(start)):
			}
		}
	}
	return ctx.Err()
}

// spellingsLeft returns the last article whose spellings are known, where some are not.
func (db *DB) spellingsLeft(ctx context.Context) (last int64, pending bool, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT CAST(value AS INTEGER) FROM settings WHERE name = ?`, spellingsSetting).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return last, true, db.explain(err)
}

// relearnSpellings notes the spellings of all articles anew, for those that were changed or inserted by hand.
func (db *DB) relearnSpellings(ctx context.Context) error {
	err := db.update(ctx, 0, func(t *tx) error {
		for _, s := range []string{`DELETE FROM word_spellings`, `DELETE FROM trigram_spellings`} {
			if _, err := t.exec(s); err != nil {
				return err
			}
		}
		db.warm.spellings = spellings{}
		_, err := t.exec(`INSERT OR REPLACE INTO settings (name, value) VALUES (?, '0')`, spellingsSetting)
		return err
	})
	if err != nil {
		return err
	}
	return db.learnSpellings(ctx, false)
}

// checkSpellings reads some articles, the newest and others, and returns how many, and how many of their spellings are not known.
func (db *DB) checkSpellings(ctx context.Context) (read, unknown int, err error) {
	rows, err := db.read.QueryContext(ctx, `SELECT title, coalesce(byline, ''), text FROM articles WHERE id IN (SELECT id FROM articles ORDER BY id DESC LIMIT 100)
		OR id IN (SELECT id FROM articles ORDER BY (id * 2654435761) % 4294967296 LIMIT 100)`)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	found := newSpellings()
	for ; rows.Next(); read++ {
		var title, byline, text string
		if err := rows.Scan(&title, &byline, &text); err != nil {
			return read, 0, err
		}
		found.read(title, byline, text)
	}
	if err := rows.Err(); err != nil {
		return read, 0, err
	}
	for table, all := range map[string]map[spelling]struct{}{"word_spellings": found.words, "trigram_spellings": found.trigrams} {
		for s := range all {
			var known bool
			if err := db.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+table+` WHERE folded = ? AND spelling = ?)`, s.folded, s.as).Scan(&known); err != nil {
				return read, unknown, err
			}
			if !known {
				unknown++
			}
		}
	}
	return read, unknown, nil
}

// learnInBackground goes on with learnSpellings until the database is closed.
func (db *DB) learnInBackground() {
	ctx, stop := context.WithCancel(context.Background())
	learned := make(chan struct{})
	db.stopLearning = func() {
		stop()
		<-learned
	}
	go func() {
		defer close(learned)
		_ = db.learnSpellings(ctx, true) // the next run goes on; what is wrong with the file, this one meets as well
	}()
}

// spell finds the spellings of all words that a query looks up in the words index.
func spell(ctx context.Context, conn *sql.Conn, n *queryNode, substring bool) error {
	for _, c := range n.children {
		if err := spell(ctx, conn, c, substring); err != nil {
			return err
		}
	}
	if n.op != leafOp || n.index(substring) != wordIndex {
		return nil
	}
	return spellLeaf(ctx, conn, n)
}

// spellLeaf makes the phrases of a leaf. The first has for each word all spellings that the index has as a word; each other
// one a spelling that the index breaks into several.
func spellLeaf(ctx context.Context, conn *sql.Conn, n *queryNode) error {
	phrases := []string{""}
	text := []rune(n.text)
	for i := 0; i < len(text); {
		start := i
		for ; i < len(text) && !isIndexedRune(text[i]); i++ {
		}
		if i > start {
			for j := range phrases {
				phrases[j] += " "
			}
			continue
		}
		for ; i < len(text) && isIndexedRune(text[i]); i++ {
		}
		whole, broken, err := spelledWords(ctx, conn, string(text[start:i]), n.isPrefix() && i == len(text))
		if err != nil {
			return err
		}
		before := phrases
		phrases = nil
		for _, p := range before {
			phrases = append(phrases, p+strings.Join(whole, spellingMark))
		}
		for _, b := range broken {
			for _, p := range before {
				if len(phrases) < maxPhrases {
					phrases = append(phrases, p+b)
				}
			}
		}
	}
	n.phrases = phrases
	return nil
}

// spelledWords returns the spellings of a word, or of a beginning of words: those that the index has as a word, and those that it
// breaks at marks.
func spelledWords(ctx context.Context, conn *sql.Conn, word string, beginning bool) (whole, broken []string, err error) {
	folded := foldWord(word)
	if folded == "" {
		return []string{word}, nil, nil
	}
	var indexed []rune
	for _, r := range word {
		indexed = appendIndexed(indexed, r)
	}
	add := func(s string) {
		list := &whole
		if strings.IndexFunc(s, breaksIndexed) >= 0 && s != folded {
			list = &broken
		}
		if len(whole)+len(broken) < maxSpellings && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	whole = []string{folded} // first: it may be the only one, and Indian scripts have marks in it
	add(string(indexed))
	query, args := `SELECT spelling FROM word_spellings WHERE folded = ?`, []any{folded}
	if beginning {
		query = fmt.Sprintf(`SELECT spelling FROM word_spellings WHERE folded >= ? AND folded < ? LIMIT %d`, maxBeginnings)
		args = append(args, folded+string(unicode.MaxRune))
	}
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, nil, err
		}
		if beginning {
			s = beginningOf(s, len([]rune(folded)))
		}
		if !strings.HasPrefix(s, folded) || !beginning {
			add(s)
		}
	}
	return whole, broken, rows.Err()
}

// beginningOf returns as much of a word as folds to so many letters or more.
func beginningOf(word string, letters int) string {
	t := foldText(word)
	for i := range t.text {
		if int(t.start[i+1]) >= letters {
			return string(t.text[:i+1])
		}
	}
	return word
}

// spelledTrigrams returns the spellings of a trigram, and of what it begins with where marks may follow; exact says that whatever
// has one of them has the trigram.
func spelledTrigrams(ctx context.Context, conn *sql.Conn, folded string) (as []string, exact bool, err error) {
	runes := []rune(folded)
	rows, err := conn.QueryContext(ctx, fmt.Sprintf(`SELECT spelling, folded = ?1 FROM trigram_spellings WHERE folded IN (?1, ?2, ?3) LIMIT %d`, maxExpansion),
		folded, string(runes[:2]), string(runes[:1]))
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	as, exact = []string{folded}, true
	for rows.Next() {
		var s string
		var same bool
		if err := rows.Scan(&s, &same); err != nil {
			return nil, false, err
		}
		as, exact = append(as, s), exact && same
	}
	return as, exact, rows.Err()
}

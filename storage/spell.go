package storage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// What search compares is found in the indexes by every spelling that these have of it (spelling.go).
const (
	// maxSpellings bounds the spellings of one word, or of one beginning of words. Greek has the most: some ten for a word in
	// a large corpus, accents and breathings forgotten or wrong.
	maxSpellings = 200
	// maxBeginnings is how many words a search for a beginning looks through for other spellings of it.
	maxBeginnings = 20_000
	// maxPhrases bounds what a phrase becomes in which several words are broken by marks.
	maxPhrases = 64
	// maxExpansion bounds the trigrams that a word of one or two characters stands for.
	maxExpansion = 2_000
)

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

package storage

import (
	"context"
	"database/sql"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// suggestLetters are the lengths of words that are corrected: of shorter ones too much else is one letter away.
	shortestSuggested, longestSuggested = 4, 24
	// suggestWords is how many words of a query are corrected at most: each costs some hundreds of look-ups of 10 µs.
	suggestWords = 3
	// suggestCounted bounds how often a candidate is counted.
	suggestCounted = 200
)

// Suggest returns a query that finds something in place of one that found nothing: words that no article has are replaced
// by the most frequent word that is one letter away (one dropped, one too many, one wrong, or two swapped). It returns ""
// where that finds nothing either.
func (db *DB) Suggest(ctx context.Context, query string, opt SearchOptions) (string, error) {
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return "", db.explain(err)
	}
	defer conn.Close()
	hits, err := conn.PrepareContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM articles_fts WHERE articles_fts MATCH ?1 LIMIT ?2)`)
	if err != nil {
		return "", db.explain(err)
	}
	defer hits.Close()
	suggested, corrected := query, 0
	for _, word := range queryWords(query) {
		better, err := correctWord(ctx, conn, hits, word)
		if err != nil {
			return "", db.explain(err)
		}
		if better == "" {
			continue
		}
		suggested = strings.Replace(suggested, word, better, 1)
		if corrected++; corrected == suggestWords {
			break
		}
	}
	if corrected == 0 {
		return "", nil
	}
	opt.Limit, opt.Offset = 1, 0
	found, err := db.Search(ctx, suggested, opt)
	if err != nil || len(found.Items) == 0 {
		return "", err
	}
	return suggested, nil
}

// queryWords are the words of a query that can be corrected.
func queryWords(query string) []string {
	var words []string
	for _, w := range strings.FieldsFunc(query, func(r rune) bool { return !isWordRune(r) }) {
		n := utf8.RuneCountInString(w)
		if n >= shortestSuggested && n <= longestSuggested && queryFields[strings.ToLower(w)] == "" && alphabetOf(w) != "" &&
			len(words) < maxQueryWords {
			words = append(words, w)
		}
	}
	return words
}

// correctWord returns the most frequent word that is one letter away from a word that no article has; "" if there is none.
func correctWord(ctx context.Context, conn *sql.Conn, hits *sql.Stmt, word string) (string, error) {
	count := func(w string, most int) (n int, err error) {
		leaf := &queryNode{text: w}
		if err := spellLeaf(ctx, conn, leaf); err != nil {
			return 0, err
		}
		return n, hits.QueryRowContext(ctx, leaf.words(), most).Scan(&n)
	}
	if n, err := count(word, 1); n > 0 || err != nil {
		return "", err
	}
	best, most := "", 0
	for _, candidate := range oneLetterAway(strings.ToLower(word), alphabetOf(word)) {
		n, err := count(candidate, suggestCounted)
		if err != nil {
			return "", err
		}
		if n > most {
			best, most = candidate, n
		}
	}
	return best, nil
}

// alphabetOf is the letters that a word may be mistyped with, by its first one. The words index has no accents.
func alphabetOf(word string) string {
	r, _ := utf8.DecodeRuneInString(word)
	switch {
	case unicode.Is(unicode.Latin, r):
		return "abcdefghijklmnopqrstuvwxyz"
	case unicode.Is(unicode.Cyrillic, r):
		return "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґ"
	case unicode.Is(unicode.Greek, r):
		return "αβγδεζηθικλμνξοπρσςτυφχψω"
	case unicode.Is(unicode.Arabic, r):
		return "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"
	}
	return ""
}

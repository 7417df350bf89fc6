package storage

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode"
)

// TestIndexedLettersAreAsFTS5HasThem: of every letter and mark, what we take the words index to make of it is what it makes, where
// search doesn't fold further: else a word would be found by no spelling.
func TestIndexedLettersAreAsFTS5HasThem(t *testing.T) {
	c, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetMaxOpenConns(1)
	for _, s := range []string{
		`CREATE VIRTUAL TABLE words USING fts5(text, content="", tokenize="unicode61 remove_diacritics 2")`,
		`CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, instance)`,
	} {
		if _, err := c.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := c.Begin()
	if err != nil {
		t.Fatal(err)
	}
	const again = 0x20_0000
	for r := rune(0x80); r < 0x1_1000; r++ {
		if !isIndexedRune(r) || unicode.Is(unicode.Co, r) || isUnspaced(r) {
			continue
		}
		word := "x" + string(r) + "y"
		for id, text := range map[rune]string{r: word, r + again: indexedWord(word)} {
			if _, err := tx.Exec(`INSERT INTO words (rowid, text) VALUES (?, ?)`, id, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	terms := map[rune]string{}
	rows, err := c.Query(`SELECT doc, group_concat(term, '|') FROM (SELECT doc, term FROM vocabulary ORDER BY doc, offset) GROUP BY doc`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r rune
		var term string
		if err := rows.Scan(&r, &term); err != nil {
			t.Fatal(err)
		}
		terms[r] = term
	}
	if err := rows.Err(); err != nil || len(terms) < 10_000 {
		t.Errorf("%d letters, %v", len(terms), err)
	}
	for r, term := range terms {
		if r >= again {
			continue
		}
		word := "x" + string(r) + "y"
		s := newSpellings()
		s.read(word, "", "")
		folded := foldWord(word)
		_, known := s.words[spelling{folded, indexedWord(word)}]
		isFound := term == folded || known && terms[r+again] == term // by its folded spelling, or the one that is kept
		if !isFound && !strings.Contains(term, "|") {
			t.Errorf("%U %c: the index has %q, search looks for %q, and knows %q: %v", r, r, term, folded, terms[r+again], known)
		}
	}
}

func indexedWord(s string) string {
	var out []rune
	for _, r := range s {
		out = appendIndexed(out, r)
	}
	return string(out)
}

func TestSnippetsOfOtherSpellings(t *testing.T) {
	db, run := openTemp(t)
	for i, text := range []string{
		"Die Straße war gesperrt.", "Η Ελλάδα μίλησε.", "قال محمّد ذلك.", "Cafe\u0301 und Dre\u0301ieck.", "The oﬃces of ﬁsh.",
	} {
		put(t, db, run, page(fmt.Sprint("https://a.example/", i), fmt.Sprint("Title ", i), text, noon))
	}
	for query, want := range map[string]string{
		"strasse": "Die [Straße] war gesperrt.", `"die strasse"`: "[Die Straße] war gesperrt.", "stras*": "Die [Straße] war gesperrt.",
		"ΕΛΛΑΔΑ": "Η [Ελλάδα] μίλησε.", "محمد": "قال [محمّد] ذلك.", "offices": "The [oﬃces] of ﬁsh.",
		"substring:trass": "Die S[traß]e war gesperrt.", "substring:sse": "Die Stra[ße] war gesperrt.", "substring:afe": "C[afe\u0301] und Dre\u0301ieck.",
		"substring:reieck": "Cafe\u0301 und D[re\u0301ieck].", "substring:ffi": "The o[ﬃ]ces of ﬁsh.",
	} {
		text, substring := strings.CutPrefix(query, "substring:")
		res, err := db.Search(context.Background(), text, SearchOptions{Substring: substring})
		if err != nil || len(res.Items) != 1 {
			t.Errorf("%s: %+v %v", query, res, err)
			continue
		}
		if got := strings.NewReplacer(Mark, "[", Unmark, "]").Replace(res.Items[0].Snippet); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// spellingless takes the spellings out of a database, as an earlier schema left it.
func spellingless(t *testing.T, db *Writer) {
	t.Helper()
	for _, s := range []string{`DELETE FROM word_spellings`, `DELETE FROM trigram_spellings`, `INSERT OR REPLACE INTO settings VALUES ('spellings', '0')`} {
		if _, err := db.conn.ExecContext(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	}
}

const killedLearner = "NEWSMILL_TEST_LEARNS"

// TestSpellingsAreLearnedBesideAllElse: articles of an earlier schema are found as before at once and by other spellings later;
// readers are never in the way nor kept waiting, runs that are killed in the middle are gone on with, and doctor knows how it stands.
func TestSpellingsAreLearnedBesideAllElse(t *testing.T) {
	if path := os.Getenv(killedLearner); path != "" { // the process that is killed
		if db, err := Open(context.Background(), path, Options{}); err == nil {
			_ = db.learnSpellings(context.Background(), false)
		}
		return
	}
	db, run := openTemp(t)
	ctx := context.Background()
	const articles = 12*spellingsBatch + 7
	records := make(chan Record)
	go func() {
		defer close(records)
		for i := range articles {
			rec := page(fmt.Sprint("https://a.example/", i), fmt.Sprint("Straße ", i), fmt.Sprintf("Η Ελλάδα μίλησε, Nr. %d.", i), noon)
			rec.Fetch.Body = nil
			records <- rec
		}
	}()
	if err := db.Write(ctx, run, records, nil); err != nil {
		t.Fatal(err)
	}
	db.stopLearning()
	spellingless(t, db)
	path := db.Path()
	check := func(of *DB, query string, substring bool, want func(int) bool) int {
		t.Helper()
		res, err := of.Search(ctx, query, SearchOptions{Substring: substring, All: true, Order: ByStored})
		if err != nil || !want(res.Total) {
			t.Errorf("%s finds %d, %v", query, res.Total, err)
			return 0
		}
		return res.Total
	}
	all := func(n int) bool { return n == articles }
	state := func() CheckState {
		for _, c := range Health(ctx, path, HealthOptions{Full: true}) {
			if c.Name == "search spellings" {
				return c.State
			}
			if c.State == CheckFailed {
				t.Errorf("%s: %s", c.Name, c.Message)
			}
		}
		return ""
	}
	check(db.DB, "straße", false, all)
	check(db.DB, "strasse", false, func(n int) bool { return n == 0 })
	db.Close()
	if got := state(); got != CheckWarning {
		t.Errorf("before: doctor says %s", got)
	}

	reader, err := OpenReader(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	kills, seen := 0, int64(0)
	for {
		last, pending, err := reader.spellingsLeft(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if last < seen && pending {
			t.Errorf("went back from %d to %d", seen, last)
		}
		if seen = last; !pending {
			break
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestSpellingsAreLearnedBesideAllElse$")
		cmd.Env = append(os.Environ(), killedLearner+"="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for now, deadline := last, time.Now().Add(20*time.Second); now == last && pending && time.Now().Before(deadline); { // until it is a step further
			check(reader, "straße", false, all)
			check(reader, "τραγούδι", false, func(n int) bool { return n == 0 })
			if now, pending, err = reader.spellingsLeft(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if kills < 5 {
			_ = cmd.Process.Kill()
			kills++
		}
		_ = cmd.Wait()
	}
	t.Logf("killed %d times", kills)
	check(reader, "strasse", false, all)
	check(reader, "ελλαδα", false, all)
	check(reader, "ΛΛΑΔ", true, all)
	check(reader, "traße", true, all)
	if got := state(); got != CheckOK {
		t.Errorf("after: doctor says %s", got)
	}

	// By hand: found as it is spelled, otherwise after a repair, and doctor says so.
	db, err = Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.conn.ExecContext(ctx, `UPDATE articles SET title = 'Łódź' WHERE id = (SELECT max(id) FROM articles)`); err != nil {
		t.Fatal(err)
	}
	one := func(n int) bool { return n == 1 }
	check(db.DB, "Łódź", false, one)
	if got := state(); got != CheckWarning {
		t.Errorf("changed by hand: doctor says %s", got)
	}
	if _, err := db.Repair(ctx); err != nil {
		t.Fatal(err)
	}
	check(db.DB, "lodz", false, one)
	check(db.DB, "odz", true, one)
	if got := state(); got != CheckOK {
		t.Errorf("repaired: doctor says %s", got)
	}
	checkIndexes(t, db)
}

// TestOtherSQLitesSearchAsBefore: the shell finds words as they are published, can change rows, and the indexes stay right.
func TestOtherSQLitesSearchAsBefore(t *testing.T) {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("no sqlite3 shell: apt-get install sqlite3")
	}
	db, run := openTemp(t)
	put(t, db, run, page("https://a.example/1", "Straße nach Sturm", "Η Ελλάδα μίλησε. Café in Łódź.", noon))
	db.Close()
	cmd := exec.Command(shell, "-bail", db.Path())
	cmd.Stdin = strings.NewReader(`.timeout 5000
SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'straße AND ελλάδα AND cafe AND łodz';
SELECT snippet(articles_fts, 0, '[', ']', '…', 9) FROM articles_fts WHERE articles_fts MATCH 'title : straße';
SELECT count(*) FROM articles_trigram WHERE text LIKE '%λλάδα%';
UPDATE articles SET title = 'Gasse nach Sturm' WHERE id = 1;
SELECT count(*) FROM articles_fts WHERE articles_fts MATCH 'straße';
INSERT INTO articles_fts(articles_fts, rank) VALUES ('integrity-check', 1);
INSERT INTO articles_trigram(articles_trigram, rank) VALUES ('integrity-check', 1);
DELETE FROM articles WHERE id = 1;
INSERT INTO articles_fts(articles_fts, rank) VALUES ('integrity-check', 1);
PRAGMA integrity_check;
`)
	out, err := cmd.CombinedOutput()
	if want := "1\n[Straße] nach Sturm\n1\n0\nok\n"; err != nil || string(out) != want {
		t.Errorf("%v: got\n%s\nwant\n%s", err, out, want)
	}
}

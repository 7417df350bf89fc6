package storage

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"newsmill/cleaner/article"
)

// articleMatch is what the database has of an article.
type articleMatch struct {
	change   Change
	id       int64 // 0: nothing
	story    int64
	text     bool        // false: only metadata differs
	move     bool        // the article is from now on kept from this address
	keepsOld bool        // what is stored has words that the page hasn't: on a move it becomes a version
	keepPage bool        // of an alias: it has words that what is stored hasn't
	near     []*likeness // of a new one: stored articles that share a band with it; nil: not looked for
	doubt    bool        // what it becomes was doubtful at first: the version before is one to keep
}

// maxTwins is how many stored articles under one key a page is compared with, the newest first: a careless template gives
// thousands of articles one canonical address.
const maxTwins = 24

// sameTwin is the estimated similarity from which on an article of the same source is compared word for word.
const sameTwin = 0.5

// mostLike is how many of these are compared: of a site whose articles are much alike, the likest.
const mostLike = 4

// stored is an article as a page is compared with it.
type stored struct {
	id, story                          int64
	url, canonical, title, publishedAt string
	content, metadata, signature       []byte
	led                                bool // the page's address led to it before
}

const storedColumns = `a.id, coalesce(a.story_id, 0), a.url, a.canonical_url, a.title, coalesce(a.published_at, ''), a.content_hash, a.metadata_hash, a.signature`

// matchArticle finds the stored article that a is, and says what storing it will change. An article that is kept from the
// same address is the one. Others are compared by their texts, where the addresses, the very text, or most of its
// fingerprint call for it.
func matchArticle(t *batch, a *packedArticle) (articleMatch, error) {
	known, err := byAddress(t.tx, a)
	if err != nil {
		return articleMatch{}, err
	}
	one, common, err := oneOf(t.tx, a, known)
	if err != nil {
		return articleMatch{}, err
	}
	if err := settleCanonical(t.tx, a, one, known); err != nil {
		return articleMatch{}, err
	}
	if one == nil {
		var near []*likeness
		if one, common, near, err = byText(t, a); err != nil || one == nil {
			return articleMatch{change: New, near: near}, err
		}
	}
	isSame := string(one.content) == string(a.contentHash)
	m := articleMatch{id: one.id, story: one.story, keepsOld: common.b.hasMore(common.a)}
	if one.url != a.url && !isKeptFrom(a, one, common) {
		m.change = Alias
		m.keepPage = !isSame && (common.a.hasMore(common.b) || a.EditorsNote != "" || len(a.Corrections) > 0)
		return m, nil
	}
	m.move = one.url != a.url
	switch {
	case isSame && string(one.metadata) == string(a.metadataHash) && !m.move:
		m.change = Unchanged
	case isSame:
		m.change = Updated
	default:
		m.change, m.text = Changed, true
	}
	return m, nil
}

// byAddress returns what is stored under the addresses of a page, and under those like them.
func byAddress(t *tx, a *packedArticle) ([]*stored, error) {
	var isKnown bool // a page in ten, at most: for the rest, this is quicker than to gather nothing
	err := t.scan([]any{&isKnown}, `SELECT EXISTS (SELECT 1 FROM article_urls WHERE url IN (?1, ?2))
		OR EXISTS (SELECT 1 FROM article_keys WHERE key IN (?3, ?4))`, a.url, a.canonical, a.keys[0], a.keys[1])
	if err != nil || !isKnown {
		return nil, err
	}
	return readStored(t, `SELECT `+storedColumns+`, max(c.led) FROM (
			SELECT article_id AS id, url = ?1 AS led FROM article_urls WHERE url IN (?1, ?2)
			UNION ALL SELECT * FROM (SELECT article_id, 0 FROM article_keys WHERE key = ?3 ORDER BY article_id DESC LIMIT ?5)
			UNION ALL SELECT * FROM (SELECT article_id, 0 FROM article_keys WHERE key = ?4 AND ?4 <> ?3 ORDER BY article_id DESC LIMIT ?5)
		) c JOIN articles a ON a.id = c.id GROUP BY a.id ORDER BY a.id`, a.url, a.canonical, a.keys[0], a.keys[1], maxTwins)
}

func readStored(t *tx, query string, args ...any) (all []*stored, err error) {
	rows, err := t.query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s stored
		if err := rows.Scan(&s.id, &s.story, &s.url, &s.canonical, &s.title, &s.publishedAt, &s.content, &s.metadata, &s.signature, &s.led); err != nil {
			return nil, err
		}
		all = append(all, &s)
	}
	return all, rows.Err()
}

// oneOf returns the one among stored articles that a page is, nil for none, and what their texts have in common. One that is
// kept from the page's very address is not compared.
func oneOf(t *tx, a *packedArticle, known []*stored) (one *stored, common overlap, err error) {
	for _, s := range known {
		if s.url == a.url {
			return s, overlap{}, nil
		}
	}
	best := noBond
	for _, s := range known {
		by := bondOf(a, s)
		if one != nil && by <= best {
			continue
		}
		isOne, c, err := compare(t, a, s, by)
		if err != nil {
			return nil, common, err
		}
		if isOne {
			one, common, best = s, c, by
		}
	}
	return one, common, nil
}

// bondOf says what the addresses of a page and of a stored article that share a key say of them.
func bondOf(a *packedArticle, s *stored) bond {
	bare, _ := article.BareURL(s.url)
	switch canonical, _ := article.BareURL(s.canonical); {
	case bare == a.bare:
		return sameAddress
	case canonical == a.bare, bare == a.bareCanonical:
		return namesOther
	case s.led:
		return sameAddress
	}
	return namesSame
}

// compare reports whether a page and a stored article are one, and what their texts have in common.
func compare(t *tx, a *packedArticle, s *stored, by bond) (isOne bool, common overlap, err error) {
	if sig, ok := readSignature(s.signature); ok && a.signature != nil && by < sameAddress && sig.similarity(&a.minhash) <= 1.0/signatureSize {
		return false, common, nil // of texts of which one has most of the other's words, 1 pair in 3,000 is so unlike
	}
	var text string
	if err := t.scan([]any{&text}, `SELECT text FROM articles WHERE id = ?`, s.id); err != nil {
		return false, common, err
	}
	common = compareTexts(a.Text, text)
	return common.isOne(by, sameTitle(a.title, s.title), otherDay(a.publishedAt, s.publishedAt)), common, nil
}

// sameTitle reports whether two titles have the same words, or one has those of the other and the site's name beside them.
func sameTitle(a, b string) bool {
	short, _ := wordsOf(a)
	long, _ := wordsOf(b)
	if len(short) == len(long) {
		return slices.Equal(short, long)
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	const between = "-–—|·•»«"
	after, isFirst := strings.CutPrefix(b, a)
	before, isLast := strings.CutSuffix(b, a)
	return isFirst && strings.ContainsAny(firstRune(strings.TrimSpace(after)), between) ||
		isLast && strings.ContainsAny(lastRune(strings.TrimSpace(before)), between)
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

func lastRune(s string) string {
	_, n := utf8.DecodeLastRuneInString(s)
	return s[len(s)-n:]
}

// otherDay reports whether two dates are more than a day apart: of one, pages may give the time with another zone, or without.
func otherDay(a, b string) bool {
	if len(a) < len(time.DateOnly) || len(b) < len(time.DateOnly) {
		return false
	}
	x, y := dayNumber(a[:len(time.DateOnly)]), dayNumber(b[:len(time.DateOnly)])
	return x != noDay && y != noDay && max(x-y, y-x) > 1
}

// byText finds an article of the same source that has the page's text, whatever their addresses and titles, and says what it found near
// it; nil: nothing had to be looked for.
func byText(t *batch, a *packedArticle) (one *stored, common overlap, near []*likeness, err error) {
	if a.WordCount < fewWords { // it may be a notice that stands in place of many
		return nil, overlap{}, near, nil
	}
	known, err := readStored(t.tx, `SELECT `+storedColumns+`, 0 FROM articles a WHERE content_hash = ? AND source = ? LIMIT 1`, a.contentHash, a.source)
	if err != nil || a.signature == nil {
		return nil, overlap{}, near, err
	}
	if len(known) == 0 {
		found, err := t.memory.stories.candidates(t.tx, a, 0)
		if err != nil {
			return nil, overlap{}, near, err
		}
		near = slices.Concat([]*likeness{}, found) // not nil: it need not be looked for again
		likest := slices.SortedFunc(slices.Values(near), func(x, y *likeness) int {
			return cmp.Compare(a.minhash.similarity(&y.minhash), a.minhash.similarity(&x.minhash))
		})
		for _, c := range likest { // of all sources: those of others cost a look-up
			if len(known) >= mostLike || a.minhash.similarity(&c.minhash) < sameTwin {
				break
			}
			more, err := readStored(t.tx, `SELECT `+storedColumns+`, 0 FROM articles a WHERE id = ? AND source = ?`, c.id, a.source)
			if err != nil {
				return nil, overlap{}, near, err
			}
			known = append(known, more...)
		}
	}
	for _, s := range known {
		if isOne, common, err := compare(t.tx, a, s, noBond); err != nil || isOne {
			return s, common, near, err
		}
	}
	return nil, overlap{}, near, nil
}

// isKeptFrom reports whether an article that is stored from another address is better kept from the page's: where the page
// has much more of it, else where that is the address that the other form names, or the plainer one.
func isKeptFrom(a *packedArticle, one *stored, common overlap) bool {
	bare, marks := article.BareURL(one.url)
	switch {
	case common.a.isFuller(common.b):
		return true
	case common.b.isFuller(common.a), a.canonical == one.url:
		return false
	case a.url == one.canonical:
		return true
	}
	return bare == a.bare && a.marks < marks
}

// settleCanonical sees to it that no article is known by an address that different ones claim, but the one that is fetched
// from it.
func settleCanonical(t *tx, a *packedArticle, one *stored, known []*stored) error {
	claimed := a.canonical
	for _, s := range known {
		if one != nil && s.id == one.id || bondOf(a, s) == sameAddress && s.canonical != claimed {
			continue
		}
		a.canonical = a.url
		if s.canonical != claimed || s.url == claimed {
			continue
		}
		if _, err := t.exec(`UPDATE OR IGNORE articles SET canonical_url = ?2 WHERE id = ?1`, s.id, s.url); err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM article_urls WHERE url = ? AND article_id = ?`, claimed, s.id); err != nil {
			return err
		}
	}
	return nil
}

package storage

import (
	"math"
	"slices"
	"strings"
	"time"
)

// storyOf returns the story that an article belongs to by its likeness to stored ones, 0 for none, and merges stories
// that it shows to be one. near are those that share a band with it; nil: they are not looked for yet.
func (w *storyMemory) storyOf(t *tx, a *packedArticle, near []*likeness, self int64) (int64, error) {
	if a.signature == nil {
		return 0, nil
	}
	if near == nil {
		var err error
		if near, err = w.candidates(t, a, self); err != nil {
			return 0, err
		}
	}
	matches := map[int64][]int64{} // story -> its articles that are like this one
	for _, c := range near {
		if a.minhash.similarity(&c.minhash) >= sameStory {
			story := w.current(c.story)
			matches[story] = append(matches[story], c.id)
		}
	}
	var joins []int64
	for story, ids := range matches {
		// Not to chain: like the story's first article, or like two of it.
		if len(ids) >= 2 || ids[0] == story {
			joins = append(joins, story)
		}
	}
	if len(joins) == 0 {
		return 0, nil
	}
	slices.Sort(joins)
	oldest := joins[0]
	for _, story := range joins[1:] {
		if err := w.merge(t, story, oldest); err != nil {
			return 0, err
		}
	}
	return oldest, nil
}

// merge makes one story part of another.
func (w *storyMemory) merge(t *tx, story, into int64) error {
	if _, err := t.exec(`UPDATE articles SET story_id = ? WHERE story_id = ?`, into, story); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE stories SET merged_into = ? WHERE id = ?`, into, story); err != nil {
		return err
	}
	if w.merged == nil {
		w.merged = map[int64]int64{}
	}
	w.merged[story] = into
	return nil
}

const (
	// maxLikenesses bounds how many articles the writer remembers to compare others with: 32,768 take 6 MB.
	maxLikenesses = 32_768
	// maxKnownBands bounds the bands whose members it remembers; the large ones of them would take 13 MB.
	maxKnownBands = 8_192
	// knownBand is from how many members on it remembers them: most bands have one article, ever.
	knownBand = 4
)

// storyMemory is what the writer remembers of fingerprints: the articles that others were compared with, and the
// members of bands that many share. Sites whose pages are much alike cost hundreds of comparisons a page.
type storyMemory struct {
	articles map[int64]*likeness
	bands    map[int64]*bandMembers
	merged   map[int64]int64 // story -> the one that it has become part of
	serial   int64           // of the last article that was compared
}

// likeness is an article as others are compared with it.
type likeness struct {
	id, story int64 // the story may have been merged since: see current
	day       int64 // since 1970; noDay: unknown
	minhash   signature
	compared  int64 // serial of the article that it was compared with last
}

const noDay = math.MinInt64

// dayNumber returns a date's number of days since 1970.
func dayNumber(day string) int64 {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return noDay
	}
	return at.Unix() / (24 * 60 * 60)
}

// bandMembers are the articles that share a band; of a crowd there are none.
type bandMembers struct {
	isCrowd  bool
	articles []*likeness
}

func (w *storyMemory) forget() { *w = storyMemory{serial: w.serial} }

// current returns the story that a story has become part of.
func (w *storyMemory) current(story int64) int64 {
	for {
		into, ok := w.merged[story]
		if !ok {
			return story
		}
		story = into
	}
}

// candidates returns the stored articles of about the same time that share a band with a, but for bands that a crowd
// shares.
func (w *storyMemory) candidates(t *tx, a *packedArticle, self int64) ([]*likeness, error) {
	if len(w.articles) > maxLikenesses || len(w.bands) > maxKnownBands || len(w.merged) > maxKnown {
		w.forget()
	}
	if w.bands == nil {
		w.articles, w.bands = map[int64]*likeness{}, map[int64]*bandMembers{}
	}
	w.serial++
	day := dayNumber(a.day)
	var found []*likeness
	consider := func(c *likeness) {
		if c.compared == w.serial {
			return
		}
		c.compared = w.serial
		if c.id != self && (day == noDay || c.day == noDay || max(day-c.day, c.day-day) <= storyDays) {
			found = append(found, c)
		}
	}
	var unknown []int64
	for _, key := range a.bands {
		known := w.bands[key]
		if known == nil {
			unknown = append(unknown, key)
			continue
		}
		for _, c := range known.articles {
			consider(c)
		}
	}
	read, err := w.readBands(t, unknown)
	if err != nil {
		return nil, err
	}
	for key, m := range read {
		for _, c := range m.articles {
			consider(c)
		}
		if m.isCrowd || len(m.articles) >= knownBand {
			w.bands[key] = m
		}
	}
	return found, nil
}

// readBands reads the members of bands.
func (w *storyMemory) readBands(t *tx, keys []int64) (map[int64]*bandMembers, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := make([]any, bands+1)
	for i := range bands {
		args[i] = keys[min(i, len(keys)-1)] // the statement has room for all
	}
	args[bands] = 2 * crowdedBand
	rows, err := bandRowsOf(t, inBands, args...)
	if err != nil {
		return nil, err
	}
	if len(rows) == 2*crowdedBand { // a crowd may have kept out the rest
		rows = nil
		for _, key := range keys {
			r, err := bandRowsOf(t, `SELECT band, article_id FROM fingerprints WHERE band = ? LIMIT ?`, key, crowdedBand+1)
			if err != nil {
				return nil, err
			}
			rows = append(rows, r...)
		}
	}
	size := map[int64]int{}
	for _, r := range rows {
		size[r.band]++
	}
	read := map[int64]*bandMembers{}
	for _, r := range rows {
		m := read[r.band]
		if m == nil {
			m = &bandMembers{isCrowd: size[r.band] > crowdedBand}
			read[r.band] = m
		}
		if m.isCrowd {
			continue
		}
		c, err := w.likenessOf(t, r.article)
		if err != nil {
			return nil, err
		}
		if c != nil {
			m.articles = append(m.articles, c)
		}
	}
	return read, nil
}

// likenessOf returns a stored article as others are compared with it; nil where it has no signature.
func (w *storyMemory) likenessOf(t *tx, id int64) (*likeness, error) {
	if c := w.articles[id]; c != nil {
		return c, nil
	}
	c := &likeness{id: id}
	var sig []byte
	var day string
	if err := t.scan([]any{&sig, &c.story, &day}, `SELECT signature, coalesce(story_id, id), coalesce(day, '') FROM articles WHERE id = ?`, id); err != nil {
		return nil, err
	}
	var ok bool
	if c.minhash, ok = readSignature(sig); !ok {
		return nil, nil
	}
	c.day = dayNumber(day)
	w.articles[id] = c
	return c, nil
}

// storeFingerprints writes under which keys an article is found by those like it. Bands of a crowd are left as they are: nothing
// is compared by them.
func (w *storyMemory) storeFingerprints(t *tx, a *packedArticle, id, story int64) error {
	var c *likeness
	for _, key := range a.bands {
		known := w.bands[key]
		if known != nil && known.isCrowd {
			continue
		}
		if _, err := t.exec(`INSERT OR IGNORE INTO fingerprints (band, article_id) VALUES (?,?)`, key, id); err != nil {
			return err
		}
		if known == nil {
			continue
		}
		if c == nil {
			c = &likeness{id: id, story: story, day: dayNumber(a.day), minhash: a.minhash}
			w.articles[id] = c
		}
		if known.articles = append(known.articles, c); len(known.articles) > crowdedBand {
			*known = bandMembers{isCrowd: true}
		}
	}
	return nil
}

// removeFingerprints undoes storeFingerprints.
func (w *storyMemory) removeFingerprints(t *tx, id int64) error {
	old, err := bandRowsOf(t, `SELECT band, article_id FROM fingerprints WHERE article_id = ?`, id)
	if err != nil {
		return err
	}
	for _, r := range old {
		delete(w.bands, r.band)
	}
	delete(w.articles, id)
	_, err = t.exec(`DELETE FROM fingerprints WHERE article_id = ?`, id)
	return err
}

var inBands = `SELECT band, article_id FROM fingerprints WHERE band IN (?` + strings.Repeat(",?", bands-1) + `) LIMIT ?`

// bandRow is a row of fingerprints.
type bandRow struct{ band, article int64 }

func bandRowsOf(t *tx, query string, args ...any) (all []bandRow, err error) {
	rows, err := t.query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r bandRow
		if err := rows.Scan(&r.band, &r.article); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

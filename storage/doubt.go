package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"newsmill/cleaner/article"
)

// DoubtReason says why an answer did not take the place of a stored article. The names are stored in the database, and never
// change their meaning.
type DoubtReason string

// The reasons.
const (
	DoubtOther     DoubtReason = "other_text" // next to nothing in common with what is stored
	DoubtShorter   DoubtReason = "shorter"    // most of the text is gone
	DoubtCut       DoubtReason = "cut"        // the end of the text is gone, and the page ends in the middle
	DoubtTeaser    DoubtReason = "teaser"     // the beginning of what is stored, for those who don't pay
	DoubtGarbled   DoubtReason = "garbled"    // characters that a wrong decoding makes
	DoubtNoArticle DoubtReason = "no_article" // a notice, a shell, a listing: see the message
)

// Bounds of what a new answer may do to a stored article at once. Measured on the true texts of 2,400 articles in 20 languages: of
// two articles the likeness of the vocabulary is under 0.26 in 99 of 100 pairs of one language, of the two halves of one
// article (which have nothing in common but their subject) over 0.18 in half of them; shared shingles are under 1 % and 100 %. The shares of what
// may be lost were chosen with 880 harmful answers and 269 real changes to 40 pages (make rechecks), the bounds of first lines by hand.
const (
	sameText       = 0.2  // of the stored shingles: so many are still there, and it is the same article
	sameSubject    = 0.27 // likeness of vocabularies, cosine
	sameSubjectToo = 0.2  // the same where the title is the same
	mostLost       = 0.5  // fewer words than this share of the stored ones, and all of them from it
	muchLost       = 0.35 // fewer than this share whatever they are; or the end of it is gone, and it is more than this
	someLost       = 0.15 // of a page that says that it is for subscribers
	littleLost     = 0.02 // of a page that ends in the middle
	mostKnown      = 0.8  // of the new shingles, where only the end of the text is gone
	sideLost       = 0.45 // of the text, at its beginning or its end
	stubWords      = 60   // the first lines of breaking news have no more
	stubKept       = 0.3  // of their vocabulary, in what they grow to
	stubShared     = 3    // words of it, at least
	agreeing       = 0.5  // shingles that two doubtful answers share, to say the same
)

// secondLook is how long after a doubtful answer another one has to agree with it to be believed.
const secondLook = 24 * time.Hour

// An address that shows another text at each look, and for days never the stored one again, as that of a daily briefing does, is
// believed though no two of them agree.
const (
	otherLooks = 3
	otherDays  = 72 * time.Hour
)

// mostDoubts is how many different doubtful answers are kept of an article: of a page that changes at every look, the newest, and the first that is open: it says since when.
const mostDoubts = 5

// Doubt is an answer to a check of a stored article that did not take its place.
type Doubt struct {
	URL         string      `json:"url"`
	Reason      DoubtReason `json:"reason"`
	Message     string      `json:"message"`
	State       string      `json:"state"` // open; accepted: a later look agreed, and it became a version; withdrawn: the article was there again
	FirstSeenAt time.Time   `json:"first_seen_at"`
	LastSeenAt  time.Time   `json:"last_seen_at"`
	Times       int         `json:"times"`           // looks at which it came
	Title       string      `json:"title,omitempty"` // empty: no article
	Text        string      `json:"text,omitempty"`
}

// Doubts returns the doubtful answers of an article that are kept, the first seen first.
func (db *DB) Doubts(ctx context.Context, articleID int64) ([]Doubt, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT url, reason, message, state, first_seen_at, last_seen_at, times, coalesce(title, ''), coalesce(text, '')
		FROM doubtful_answers WHERE article_id = ? ORDER BY id`, articleID)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var all []Doubt
	for rows.Next() {
		var d Doubt
		var first, last string
		if err := rows.Scan(&d.URL, &d.Reason, &d.Message, &d.State, &first, &last, &d.Times, &d.Title, &d.Text); err != nil {
			return nil, db.explain(err)
		}
		d.FirstSeenAt, d.LastSeenAt = parseTime(first), parseTime(last)
		all = append(all, d)
	}
	return all, db.explain(rows.Err())
}

// doubt is why an answer is not believed yet.
type doubt struct {
	reason  DoubtReason
	message string
}

// check is what a look at a stored article brought. The zero value is of an address that has none.
type check struct {
	article   int64
	doubt     *doubt    // nil: what came is the article, or nothing came
	known     int64     // row of the same doubtful answer at an earlier look; 0: none
	accepted  bool      // known for long enough to be believed
	firstSeen time.Time // of the same, or else of the first
	since     time.Time // of the first
	looks     int       // doubtful answers in a row before this one
}

// judge decides whether what came takes the place of the article that is stored from the same address, and changes match
// accordingly.
func judge(t *tx, p *packed, match *articleMatch) (check, error) {
	rec := &p.rec
	if p.article == nil {
		return judgeOther(t, p)
	}
	if match.id == 0 || match.change == Alias {
		return check{}, nil
	}
	c := check{article: match.id}
	if !match.text {
		return c, nil
	}
	var old storedText
	if err := t.scan([]any{&old.title, &old.text, &old.words, &old.isTeaser, &old.isBare}, `SELECT title, text, word_count, paywalled, published_at IS NULL AND authors = '[]' FROM articles WHERE id = ?`, match.id); err != nil {
		return c, err
	}
	if p.article.title == old.title && onlyCounters(old.text, p.article.Text) {
		match.change, match.text = Updated, false
		return c, nil
	}
	c.doubt = doubtOf(old, p.article, rec.IsCut)
	if c.doubt == nil {
		return c, nil
	}
	if match.move { // seen better from where it is kept
		*match = articleMatch{change: Alias, id: match.id, story: match.story, keepPage: true}
		return check{}, nil
	}
	if err := c.recall(t, p.article); err != nil {
		return c, err
	}
	now := rec.now()
	isSame := c.known != 0 && now.Sub(c.firstSeen) >= secondLook && c.doubt.reason != DoubtTeaser
	isOther := c.looks >= otherLooks && now.Sub(c.since) >= otherDays && c.doubt.reason == DoubtOther
	if isSame || isOther {
		match.doubt, c.accepted = true, true
		return c, nil
	}
	match.change = Doubtful
	return c, nil
}

// judgeOther is judge where no article came: what is stored stays in any case.
func judgeOther(t *tx, p *packed) (c check, err error) {
	switch rec := &p.rec; {
	case rec.Job.Kind != ArticleJob, rec.Job.ID == 0, rec.Job.Class == "": // never fetched before, so nothing is stored from it
		return c, nil
	case rec.Ending.Class == storedClass, rec.Ending.Class == aliasClass, rec.Ending.Class == "":
		return c, nil
	}
	err = t.scan([]any{&c.article}, `SELECT article_id FROM article_urls WHERE url = ?`, p.rec.Job.URL)
	if errors.Is(err, sql.ErrNoRows) {
		return check{}, nil
	}
	if err != nil || p.body == nil {
		return c, err
	}
	c.doubt = &doubt{DoubtNoArticle, fmt.Sprintf("%s: %s", p.rec.Ending.Class, p.rec.Ending.Message)}
	return c, c.recall(t, nil)
}

// isKept reports whether the page of a doubtful answer is kept already, from an earlier look.
func (c *check) isKept() bool { return c.known != 0 && !c.accepted }

// isDoubted reports whether what came does not take the place of what is stored.
func (c *check) isDoubted() bool { return c.doubt != nil && !c.accepted }

// recall looks for doubtful answers to earlier looks: how many there were, since when, and one that is the same as a (nil: no
// article).
func (c *check) recall(t *tx, a *packedArticle) error {
	rows, err := t.query(`SELECT id, first_seen_at, times, reason, message, content_hash, coalesce(text, '') FROM doubtful_answers
		WHERE article_id = ? AND state = 'open' ORDER BY id`, c.article)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var seen, reason, message, text string
		var hash []byte
		var times int
		if err := rows.Scan(&id, &seen, &times, &reason, &message, &hash, &text); err != nil {
			return err
		}
		c.looks += times
		if c.firstSeen.IsZero() {
			c.firstSeen, c.since = parseTime(seen), parseTime(seen)
		}
		if c.known == 0 && agrees(a, hash, text, reason == string(DoubtNoArticle) && message == c.doubt.message) {
			c.known, c.firstSeen = id, parseTime(seen)
		}
	}
	return rows.Err()
}

// agrees reports whether an answer says the same as an earlier one.
func agrees(a *packedArticle, hash []byte, text string, isSameNotice bool) bool {
	switch {
	case a == nil:
		return isSameNotice
	case string(hash) == string(a.contentHash):
		return true
	case text == "":
		return false
	}
	before, after := shinglesOf(text), shinglesOf(a.Text)
	return share(shared(before, after), max(len(before), len(after))) >= agreeing
}

// settle writes what judge found: the doubtful answer, and how the check of an address ended whose article stays.
func settle(t *tx, p *packed, c check, pageID int64) error {
	rec := &p.rec
	if c.article == 0 {
		return nil
	}
	now := rec.now()
	if p.article == nil || c.isDoubted() {
		rec.stay(c.doubt)
	}
	switch {
	case c.doubt == nil && p.article != nil:
		return closeDoubts(t, c.article, 0, now)
	case c.doubt == nil:
		return nil
	case c.accepted:
		return closeDoubts(t, c.article, c.known, now)
	}
	// Its validators would have the server say that nothing has changed.
	rec.Job.ETag, rec.Job.LastModified = "", ""
	if due := c.due(now); rec.Ending.DueAt.IsZero() || due.Before(rec.Ending.DueAt) {
		rec.Ending.DueAt = due
	}
	return c.keep(t, p, pageID, now)
}

// stay makes the ending that of an address whose article stays, whatever came.
func (rec *Record) stay(d *doubt) {
	e := &rec.Ending
	what := e.Class + ": " + e.Message
	e.checkClass = e.Class
	if d != nil {
		e.checkClass = doubtfulClass
		if d.reason != DoubtNoArticle {
			what = string(d.reason) + ": " + d.message
		}
	}
	e.Message = "the stored article stays, the last check brought " + what
	if e.Class = storedClass; rec.Job.Class == aliasClass {
		e.Class = aliasClass
	}
	e.State = JobDone
	if e.DueAt.IsZero() {
		e.DueAt = rec.NextCheck
	}
}

// due is when a doubtful answer is looked at again: after an hour, a day after it was seen first, and then after twice as long
// each time, a week at most.
func (c *check) due(now time.Time) time.Time {
	age := now.Sub(c.firstSeen)
	switch {
	case c.looks == 0:
		return now.Add(time.Hour)
	case age < secondLook:
		return c.firstSeen.Add(secondLook)
	}
	return now.Add(min(age, 7*24*time.Hour))
}

// keep writes the doubtful answer, or that it came again.
func (c *check) keep(t *tx, p *packed, pageID int64, now time.Time) error {
	if c.known != 0 {
		_, err := t.exec(`UPDATE doubtful_answers SET times = times + 1, last_seen_at = ?2 WHERE id = ?1`, c.known, timeText(now))
		return err
	}
	var hash, title, text any
	if a := p.article; a != nil {
		hash, title, text = a.contentHash, a.title, a.Text
	}
	if _, err := t.exec(`INSERT INTO doubtful_answers (article_id, url, reason, message, state, first_seen_at, last_seen_at, page_id, content_hash, title, text)
		VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?5, ?6, ?7, ?8, ?9)`, c.article, p.rec.Job.URL, string(c.doubt.reason), c.doubt.message, timeText(now),
		orNull(pageID), hash, title, text); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM doubtful_answers WHERE article_id = ?1 AND id NOT IN
		(SELECT id FROM doubtful_answers WHERE article_id = ?1 ORDER BY id DESC LIMIT ?2)
		AND id <> coalesce((SELECT min(id) FROM doubtful_answers WHERE article_id = ?1 AND state = 'open'), 0)`, c.article, mostDoubts)
	return err
}

// closeDoubts ends the open doubts of an article: one of them may have become a version, the others were of no importance.
func closeDoubts(t *tx, article, accepted int64, now time.Time) error {
	_, err := t.exec(`UPDATE doubtful_answers SET state = CASE WHEN id = ?2 THEN 'accepted' ELSE 'withdrawn' END,
		last_seen_at = CASE WHEN id = ?2 THEN ?3 ELSE last_seen_at END WHERE article_id = ?1 AND state = 'open'`, article, accepted, timeText(now))
	return err
}

// storedText is what of an article an answer is compared with.
type storedText struct {
	title, text string
	words       int
	isTeaser    bool
	isBare      bool // it has neither author nor date
}

// doubtOf compares what came with what is stored, and says why it should not take its place at once; nil: it should. A
// correction, an update, a rewritten part, another headline are changes as publishers make them, and so is whatever
// still speaks of the same.
func doubtOf(old storedText, a *packedArticle, isCut bool) *doubt {
	garbled := garbledRunes(a.Text)
	if isAsLong(a.WordCount, old.words) {
		garbled = max(garbled, misreadRunes(old.text, a.Text))
	}
	if garbled > 2 && garbled > 2*garbledRunes(old.text) {
		return &doubt{DoubtGarbled, fmt.Sprintf("%d characters as a wrong decoding makes them", garbled)}
	}
	before, after := shinglesOf(old.text), shinglesOf(a.Text)
	shared := shared(before, after)
	kept, from := share(shared, len(before)), share(shared, len(after))
	size := float64(a.WordCount) / float64(max(1, old.words))
	isCutPage := isCut && from > mostLost && size < 1-littleLost
	isMuchShorter := from > mostKnown && size < 1-muchLost
	lost := fmt.Sprintf("%d words where %d are stored", a.WordCount, old.words)
	switch {
	case old.words < stubWords && a.WordCount > old.words && old.growsTo(a):
		return nil
	case isAsLong(a.WordCount, old.words) && hasLostLetters(old.text, a.Text):
		return &doubt{DoubtGarbled, "most letters beyond ASCII are gone"}
	case a.Paywall.Closed && !old.isTeaser && size < 1-someLost && (from > mostLost || kept < sameText):
		return &doubt{DoubtTeaser, lost + ": the page is for subscribers now"}
	case size < mostLost && from > mostLost, size < muchLost:
		return &doubt{DoubtShorter, lost}
	case (isCutPage || isMuchShorter) && lacksEnd(old.text, after):
		return &doubt{DoubtCut, lost + ": the end is missing"}
	case size < 1 && a.PageType != article.PageLiveBlog && hasLostSide(old.text, a.Text, before, after):
		return &doubt{DoubtCut, lost + ": the end or the beginning is missing, and what came in its place is of something else"}
	case kept >= sameText || len(before) == 0 && len(after) == 0:
		return nil
	}
	likeness := vocabularyOf(old.title + "\n" + old.text).likeness(vocabularyOf(a.title + "\n" + a.Text))
	sameTitle := strings.EqualFold(fold(old.title), fold(a.title))
	if likeness >= sameSubject || sameTitle && likeness >= sameSubjectToo {
		return nil
	}
	return &doubt{DoubtOther, fmt.Sprintf("next to nothing of the stored text, but “%s”", firstLine(a.title, a.url))}
}

// growsTo reports whether an article speaks of the same as a short one that is stored: most of breaking news is written later. What is
// stored without an author and a date, and comes with them, was no article yet.
func (old *storedText) growsTo(a *packedArticle) bool {
	if old.isBare && (len(a.Authors) > 0 || a.publishedAt != "") && a.WordCount > 2*old.words {
		return true
	}
	before := vocabularyOf(old.title + "\n" + old.text)
	n := shared(before, vocabularyOf(a.title+"\n"+a.Text))
	return n >= stubShared && share(n, len(before)) >= stubKept
}

// hasLostSide reports whether the beginning or the end of a text is gone, a good part of it, for nothing, or for what has another
// vocabulary: teasers of other articles, or a further page. before and after are the shingles of both.
func hasLostSide(whole, part string, before, after map[uint64]bool) bool {
	total, head, tail, isKept := 0, 0, 0, false
	for paragraph := range strings.SplitSeq(whole, "\n") {
		own := shinglesOf(paragraph)
		total += len(own)
		switch {
		case len(own) == 0:
		case share(shared(own, after), len(own)) >= agreeing:
			isKept, tail = true, 0
		case isKept:
			tail += len(own)
		default:
			head += len(own)
		}
	}
	if !isKept || share(max(head, tail), total) < sideLost {
		return false
	}
	var rest strings.Builder
	for paragraph := range strings.SplitSeq(part, "\n") {
		if own := shinglesOf(paragraph); share(shared(own, before), len(own)) < agreeing {
			rest.WriteString(paragraph + "\n")
		}
	}
	return vocabularyOf(rest.String()).likeness(vocabularyOf(whole)) < sameSubject
}

// lacksEnd reports whether a text has little of the last tenth of another: chance phrases, up to 0.3 of it. What of the rest is
// kept may differ: the blocks of a page that ends too early get other labels here and there.
func lacksEnd(whole string, part map[uint64]bool) bool {
	at := len(whole) * 9 / 10
	for at > 0 && !utf8.RuneStart(whole[at]) {
		at--
	}
	end := shinglesOf(whole[at:])
	return share(shared(end, part), len(end)) < 0.4
}

// isAsLong reports whether a text is about as long as another: letters of both can be compared.
func isAsLong(words, as int) bool {
	size := float64(words) / float64(max(1, as))
	return size > 1-muchLost && size < 1+mostLost
}

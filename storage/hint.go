package storage

import (
	_ "embed"
	"time"

	"newsmill/cleaner/article"
)

//go:embed sql/late_date.sql
var lateDate string

// Hint is what a feed or sitemap says of an address before it is fetched.
type Hint struct {
	Title       string
	PublishedAt time.Time
	ModifiedAt  time.Time // newer than our last fetch: worth a re-check
	Language    string
}

// Date gives an article the date of its feed or news sitemap where its page has none: it would else count as one of the
// day on which it was fetched. A date that is later than the fetch is none.
func (h Hint) Date(a *article.Article, fetchedAt time.Time) {
	if h.PublishedAt.IsZero() || !a.PublishedAt.IsZero() || h.PublishedAt.After(fetchedAt.Add(24*time.Hour)) {
		return
	}
	a.PublishedAt = h.moment()
	if a.Sources == nil {
		a.Sources = map[string]string{}
	}
	a.Sources["published_at"] = "feed"
}

// moment is when the article was published: midnight in UTC is a day whose time nobody gave.
func (h Hint) moment() article.Moment {
	at := h.PublishedAt.UTC()
	hasClock := !at.Truncate(24 * time.Hour).Equal(at)
	return article.Moment{Time: at, HasClock: hasClock, HasZone: hasClock}
}

// dateLate gives an article without a date that of its feed, which may have been read after its job was handed out.
func (t *tx) dateLate(url string) error {
	var published string
	err := t.scan([]any{&published}, `SELECT coalesce((SELECT hint_published_at FROM frontier WHERE url = ?), '')`, url)
	if err != nil || published == "" {
		return err
	}
	h := Hint{PublishedAt: parseTime(published)}
	_, err = t.exec(lateDate, url, h.moment().UTC())
	return err
}

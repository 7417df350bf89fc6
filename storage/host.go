package storage

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

func (t *tx) saveHost(h *HostState) error {
	if h == nil {
		return nil
	}
	if _, err := t.exec(`INSERT INTO hosts (host, crawl_delay, next_fetch_at, failures, latency_ms) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (host) DO UPDATE SET crawl_delay = ?2, next_fetch_at = ?3, failures = ?4, latency_ms = ?5`,
		h.Host, orNull(h.CrawlDelay.Seconds()), orNull(timeText(h.NextFetchAt)), h.Failures, h.Latency.Milliseconds()); err != nil {
		return err
	}
	if !h.TDMFetchedAt.IsZero() {
		if _, err := t.exec(`UPDATE hosts SET tdm_rules = ?2, tdm_fetched_at = ?3 WHERE host = ?1`,
			h.Host, orNull(strings.ToValidUTF8(string(h.TDMBody), "\uFFFD")), timeText(h.TDMFetchedAt)); err != nil {
			return err
		}
	}
	if h.RobotsFetchedAt.IsZero() {
		return nil
	}
	var body any
	if h.RobotsBody != nil {
		body = strings.ToValidUTF8(string(h.RobotsBody), "\uFFFD")
	}
	_, err := t.exec(`UPDATE hosts SET robots_url = ?2, robots_status = ?4,
		robots_txt = CASE WHEN ?3 IS NULL AND ?4 BETWEEN 200 AND 299 THEN robots_txt ELSE ?3 END, robots_fetched_at = ?5, robots_expires_at = ?6,
		robots_failed_at = ?7 WHERE host = ?1`, h.Host, orNull(h.RobotsURL), body, h.RobotsStatus, timeText(h.RobotsFetchedAt),
		orNull(timeText(h.RobotsExpiresAt)), orNull(timeText(h.RobotsFailedAt)))
	return err
}

// SaveHosts keeps the state of hosts for the next run.
func (db *DB) SaveHosts(ctx context.Context, hosts []HostState) error {
	return db.update(ctx, 0, func(t *tx) error {
		for i := range hosts {
			if err := t.saveHost(&hosts[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Host returns what earlier runs knew of a host; ok is false where that is nothing.
func (db *DB) Host(ctx context.Context, host string) (h HostState, ok bool, err error) {
	var body sql.NullString
	var fetched, expires, failed, next, tdm, tdmAt string
	var delay float64
	var latency int64
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(robots_url, ''), robots_txt, coalesce(robots_status, 0), coalesce(robots_fetched_at, ''),
		coalesce(robots_expires_at, ''), coalesce(robots_failed_at, ''), coalesce(crawl_delay, 0), coalesce(next_fetch_at, ''), failures, latency_ms,
		coalesce(tdm_rules, ''), coalesce(tdm_fetched_at, '') FROM hosts WHERE host = ?`, host).
		Scan(&h.RobotsURL, &body, &h.RobotsStatus, &fetched, &expires, &failed, &delay, &next, &h.Failures, &latency, &tdm, &tdmAt)
	if errors.Is(err, sql.ErrNoRows) {
		return HostState{Host: host}, false, nil
	}
	if body.Valid {
		h.RobotsBody = []byte(body.String)
	}
	h.Host, h.RobotsFetchedAt, h.RobotsExpiresAt, h.NextFetchAt = host, parseTime(fetched), parseTime(expires), parseTime(next)
	h.RobotsFailedAt, h.TDMFetchedAt = parseTime(failed), parseTime(tdmAt)
	if tdm != "" {
		h.TDMBody = []byte(tdm)
	}
	h.CrawlDelay, h.Latency = time.Duration(delay*float64(time.Second)), time.Duration(latency)*time.Millisecond
	return h, err == nil, db.explain(err)
}

// ParameterCount says what pages were that differed in a parameter which on most sites only tracks.
type ParameterCount struct {
	Host, Shape, Parameter string
	Same, Other            int // pairs that were one article, and two
	Unclear                int // trials that brought no two articles to compare
}

// Parameters returns what is known of a host's parameters.
func (db *DB) Parameters(ctx context.Context, host string) ([]ParameterCount, error) {
	return readAll(ctx, db, func(rows *sql.Rows, c *ParameterCount) error {
		return rows.Scan(&c.Host, &c.Shape, &c.Parameter, &c.Same, &c.Other, &c.Unclear)
	}, `SELECT host, shape, parameter, same, other, unclear FROM host_parameters WHERE host = ?`, host)
}

// SaveParameters keeps what was learned of parameters.
func (db *DB) SaveParameters(ctx context.Context, all []ParameterCount) error {
	return db.update(ctx, 0, func(t *tx) error {
		for _, c := range all {
			if _, err := t.exec(`INSERT OR REPLACE INTO host_parameters (host, shape, parameter, same, other, unclear) VALUES (?, ?, ?, ?, ?, ?)`,
				c.Host, c.Shape, c.Parameter, c.Same, c.Other, c.Unclear); err != nil {
				return err
			}
		}
		return nil
	})
}

// ShapeCount says how often pages with addresses of one shape were articles, and how often not.
type ShapeCount struct {
	Host, Shape      string
	Articles, Others int
}

// Shapes returns what is known of a host's addresses.
func (db *DB) Shapes(ctx context.Context, host string) ([]ShapeCount, error) {
	return readAll(ctx, db, func(rows *sql.Rows, c *ShapeCount) error {
		return rows.Scan(&c.Host, &c.Shape, &c.Articles, &c.Others)
	}, `SELECT host, shape, articles, others FROM url_shapes WHERE host = ?`, host)
}

// SaveShapes keeps what was learned of addresses.
func (db *DB) SaveShapes(ctx context.Context, all []ShapeCount) error {
	return db.update(ctx, 0, func(t *tx) error {
		for _, c := range all {
			if _, err := t.exec(`INSERT OR REPLACE INTO url_shapes (host, shape, articles, others) VALUES (?, ?, ?, ?)`, c.Host, c.Shape, c.Articles, c.Others); err != nil {
				return err
			}
		}
		return nil
	})
}

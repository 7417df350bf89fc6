package storage

import "time"

// finishJob records how a record's job ended, and what was learned of its hub and host.
func finishJob(t *tx, rec *Record) error {
	now := time.Now()
	if rec.Fetch != nil {
		now = rec.Fetch.FetchedAt
	}
	if rec.Job.ID != 0 {
		if _, err := t.exec(`UPDATE frontier SET state = ?2, class = ?3, message = ?4, due_at = ?5, redirects_to = ?6, etag = ?7,
			last_modified = ?8, attempts = ?9, ended_at = ?10, run_id = ?11 WHERE id = ?1`, rec.Job.ID, string(rec.Ending.State),
			orNull(rec.Ending.Class), orNull(rec.Ending.Message), orNull(timeText(rec.Ending.DueAt)), orNull(rec.Ending.RedirectsTo),
			orNull(rec.Job.ETag), orNull(rec.Job.LastModified), rec.Job.Attempts, timeText(now), orNull(t.run)); err != nil {
			return err
		}
	}
	if h := rec.Hub; h != nil {
		if _, err := t.exec(`INSERT INTO hubs (url, format, entries, newest_at, checked_at, changed_at, interval_s, content_hash)
			VALUES (?1, ?2, ?3, ?4, ?5, iif(?6, ?5, NULL), ?7, ?8) ON CONFLICT (url) DO UPDATE SET format = coalesce(excluded.format, format),
			entries = excluded.entries, newest_at = coalesce(excluded.newest_at, newest_at), checked_at = excluded.checked_at,
			changed_at = coalesce(excluded.changed_at, changed_at), interval_s = excluded.interval_s,
			content_hash = coalesce(excluded.content_hash, content_hash)`, rec.Job.URL, orNull(h.Format), h.Entries, orNull(timeText(h.NewestAt)),
			timeText(now), h.Changed, int64(h.Interval/time.Second), orNull(h.ContentHash)); err != nil {
			return err
		}
	}
	if h := rec.Host; h != nil {
		if _, err := t.exec(`INSERT OR REPLACE INTO hosts (host, robots_body, robots_status, robots_fetched_at, robots_expires_at, robots_url,
			crawl_delay_ms, next_fetch_at, failures, latency_ms) VALUES (?,?,?,?,?,?,?,?,?,?)`, h.Host, h.RobotsBody, h.RobotsStatus,
			orNull(timeText(h.RobotsFetchedAt)), orNull(timeText(h.RobotsExpiresAt)), orNull(h.RobotsURL), orNull(h.CrawlDelay.Milliseconds()),
			orNull(timeText(h.NextFetchAt)), h.Failures, orNull(h.Latency.Milliseconds())); err != nil {
			return err
		}
	}
	return nil
}

// addJobs adds addresses to the frontier; known ones are left as they are.
func addJobs(t *tx, jobs []Job) error {
	for _, j := range jobs {
		if _, err := t.exec(`INSERT OR IGNORE INTO frontier (url, host, source, kind, state, priority, due_at, attempts, depth, hops, found_on, found_at,
			hint_title, hint_published_at, hint_language) VALUES (?,?,?,?,'waiting',?,?,?,?,?,?,?,?,?,?)`, j.URL, j.Host, j.Source, string(j.Kind),
			j.Priority, orNull(timeText(j.DueAt)), j.Attempts, j.Depth, j.Hops, orNull(j.FoundOn), timeText(j.FoundAt), orNull(j.Hint.Title),
			orNull(timeText(j.Hint.PublishedAt)), orNull(j.Hint.Language)); err != nil {
			return err
		}
	}
	return nil
}

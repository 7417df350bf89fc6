-- What "failed" means, in one place: the view failed_urls. Everything that says how sources and runs fare reads it.

ALTER TABLE frontier ADD COLUMN failure TEXT /* class of the failure that its last request ended in; null: it did not fail */;
UPDATE frontier SET failure = class
WHERE class IS NOT NULL AND (state = 'failed' OR state IN ('later', 'waiting') AND attempts > 0 AND check_class IS NULL AND class <> 'stored');
CREATE INDEX frontier_failure ON frontier(source, failure) WHERE failure IS NOT NULL;

CREATE TABLE sources ( -- how each source that a crawl was to visit fares
	source TEXT PRIMARY KEY, -- key in the configuration, or the bare domain
	runs INTEGER NOT NULL DEFAULT 0, -- crawls that were to visit it
	first_run_at TEXT NOT NULL,
	last_run_at TEXT NOT NULL,
	answered_at TEXT, -- when it last gave a page, feed or sitemap; null: never
	requests INTEGER NOT NULL DEFAULT 0 -- made for it by crawls that ended, robots.txt apart
) STRICT, WITHOUT ROWID;
INSERT INTO sources (source, runs, first_run_at, last_run_at)
	SELECT source, count(DISTINCT run_id), min(found_at), coalesce(max(ended_at), min(found_at)) FROM frontier GROUP BY source;

DROP VIEW failed_urls;
-- Addresses whose last request failed, so that what they should have brought is missing: for good, or until they are asked
-- again (due_at). Not among them: what only stands for another address that is asked instead; what we guessed and was
-- never there; articles that we have and whose publisher took them back.
CREATE VIEW failed_urls AS
SELECT url, source, host, kind, state, failure AS class, message, attempts, ended_at, due_at, run_id, fetch_url
FROM frontier f
WHERE failure IS NOT NULL AND state <> 'done' AND redirects_to IS NULL
	AND (check_class IS NULL OR failure <> 'http_4xx')
	AND (found_on IS NOT 'guess' OR EXISTS (SELECT 1 FROM hubs h WHERE h.frontier_id = f.id AND h.content_hash IS NOT NULL));

DROP VIEW source_health;
-- Whether each source still delivers.
CREATE VIEW source_health AS
SELECT s.source, coalesce(a.articles, 0) AS articles, a.newest, coalesce(a.last_24h, 0) AS last_24h, coalesce(a.last_7d, 0) AS last_7d,
	a.mean_words, coalesce(a.without_date, 0) AS without_date,
	(SELECT count(*) FROM failed_urls f WHERE f.source = s.source) AS failed,
	coalesce(r.runs, 0) AS runs, r.last_run_at, r.answered_at, coalesce(r.requests, 0) AS requests
FROM (SELECT source FROM sources UNION SELECT source FROM articles) s
LEFT JOIN sources r ON r.source = s.source
LEFT JOIN (SELECT source, count(*) AS articles, max(first_seen_at) AS newest,
		sum(first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')) AS last_24h,
		sum(first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 day')) AS last_7d,
		round(avg(word_count)) AS mean_words, sum(published_at IS NULL) AS without_date
	FROM articles GROUP BY source) a ON a.source = s.source;

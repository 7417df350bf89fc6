-- How probably a text is right. What was called confidence is that of the page's type.
ALTER TABLE articles RENAME COLUMN confidence TO page_type_confidence;
ALTER TABLE articles ADD COLUMN confidence REAL /* probability that text is right, 0 to 1; null: an older newsmill cleaned it, reclean fills it */;
CREATE INDEX articles_confidence ON articles(confidence) WHERE confidence IS NOT NULL;
DROP INDEX articles_health;
CREATE INDEX articles_health ON articles(source, first_seen_at, word_count, published_at, confidence);

DROP VIEW source_health;
-- Whether each source still delivers, and what its texts are worth: doubtful ones are likelier wrong than right.
CREATE VIEW source_health AS
SELECT s.source, coalesce(a.articles, 0) AS articles, a.newest, coalesce(a.last_24h, 0) AS last_24h, coalesce(a.last_7d, 0) AS last_7d,
	a.mean_words, coalesce(a.without_date, 0) AS without_date, a.mean_confidence, coalesce(a.doubtful, 0) AS doubtful,
	(SELECT count(*) FROM failed_urls f WHERE f.source = s.source) AS failed,
	coalesce(r.runs, 0) AS runs, r.last_run_at, r.answered_at, coalesce(r.requests, 0) AS requests
FROM (SELECT source FROM sources UNION SELECT source FROM articles) s
LEFT JOIN sources r ON r.source = s.source
LEFT JOIN (SELECT source, count(*) AS articles, max(first_seen_at) AS newest,
		sum(first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')) AS last_24h,
		sum(first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 day')) AS last_7d,
		round(avg(word_count)) AS mean_words, sum(published_at IS NULL) AS without_date,
		round(avg(confidence), 3) AS mean_confidence, sum(confidence < 0.5) AS doubtful
	FROM articles GROUP BY source) a ON a.source = s.source;

-- How each source fares, see SourceHealth.
WITH hub AS (
	SELECT f.source, count(*) AS hubs, count(*) FILTER (WHERE w.url IS NOT NULL AND (w.attempts > 1 OR w.state = 'failed')) AS dead
	FROM frontier f LEFT JOIN failed_urls w ON w.url = f.url
	WHERE f.kind <> 'article' AND f.ended_at IS NOT NULL AND f.redirects_to IS NULL AND (f.failure IS NULL OR w.url IS NOT NULL)
	GROUP BY f.source
)
SELECT s.source, s.articles, coalesce(s.newest, ''), s.runs, coalesce(s.last_run_at, ''), coalesce(s.answered_at, ''), s.requests, s.failed,
	coalesce(hub.hubs, 0), coalesce(hub.dead, 0)
FROM source_health s LEFT JOIN hub ON hub.source = s.source ORDER BY s.source

-- ?1 run
-- What of a source's addresses answered a run. A redirect alone is no answer, nor is what can't be read.
SELECT source, url, fetched_at FROM pages
WHERE run_id = ?1 AND error IS NULL AND (status NOT BETWEEN 300 AND 399 OR status = 304)
	AND url NOT IN (SELECT coalesce(fetch_url, url) FROM failed_urls WHERE run_id = ?1)

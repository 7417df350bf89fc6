-- ?1 run ?2 class
WITH RECURSIVE chain (id, first, url, hops) AS (
	SELECT id, url, redirects_to, 1 FROM frontier WHERE class = 'redirected' AND run_id = ?1 AND redirects_to IS NOT NULL
	UNION ALL
	SELECT c.id, c.first, f.redirects_to, c.hops + 1 FROM chain c JOIN frontier f ON f.url = c.url
	WHERE f.redirects_to IS NOT NULL AND c.url <> c.first AND c.hops < 12
)
UPDATE frontier SET state = iif(due_at IS NULL, 'failed', 'later'), class = ?2, failure = ?2, message = 'redirects in a circle, to ' || redirects_to,
	redirects_to = NULL
WHERE id IN (SELECT id FROM chain WHERE url = first)

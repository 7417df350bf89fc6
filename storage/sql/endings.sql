-- ?1 source ('': all) ?2 ended since ('': ever) ?3 run (0: all) ?4 class ('': all) ?5 only what failed
-- A redirect is followed to the address that does not redirect, through at most 12 hops. What failed is the view
-- failed_urls; beside it stands what was left out, or is no article.
WITH RECURSIVE ended AS (
	SELECT id, url, coalesce(fetch_url, url) AS asked, coalesce(check_class, class) AS class,
		message, source, kind, state, attempts, ended_at, due_at, redirects_to, found_on, failure, check_class,
		EXISTS (SELECT 1 FROM failed_urls w WHERE w.url = frontier.url) AS failed
	FROM frontier
	WHERE class IS NOT NULL AND ended_at IS NOT NULL AND (?1 = '' OR source = ?1) AND ended_at >= ?2 AND (?3 = 0 OR run_id = ?3)
), chain (id, url, hops) AS (
	SELECT id, redirects_to, 1 FROM ended WHERE class = 'redirected'
	UNION ALL
	SELECT c.id, f.redirects_to, c.hops + 1 FROM chain c JOIN frontier f ON f.url = c.url WHERE f.class = 'redirected' AND c.hops < 12
), last AS (
	SELECT id, url, max(hops) AS hops FROM chain GROUP BY id
), resolved AS (
	SELECT e.asked AS url, CASE
			WHEN e.class <> 'redirected' THEN e.class
			WHEN l.hops >= 12 THEN 'too_many_redirects'
			WHEN t.class IN ('stored', 'alias') THEN 'stored_as'
			ELSE coalesce(t.class, 'redirected') END AS class,
		CASE
			WHEN e.class <> 'redirected' THEN coalesce(e.message, '')
			WHEN l.hops >= 12 THEN 'redirects in a circle'
			ELSE 'redirects to ' || l.url || coalesce(': ' || t.message, '') END AS message,
		e.source, e.kind, e.state, e.attempts, e.ended_at, coalesce(e.due_at, '') AS due_at, coalesce(e.redirects_to, '') AS redirects_to
	FROM ended e LEFT JOIN last l ON l.id = e.id LEFT JOIN frontier t ON t.url = l.url
	WHERE e.failed OR NOT ?5 AND (e.failure IS NULL OR e.check_class IS NOT NULL) AND (e.found_on IS NOT 'guess' OR e.class = 'read') -- else nobody's failure
)
SELECT * FROM resolved WHERE class <> 'stored' AND (class <> 'read' OR ?4 = 'read') AND (?4 = '' OR class = ?4) ORDER BY ended_at, url

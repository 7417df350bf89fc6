-- ?1 source ?2 host ?3 since ?4 until ?5 how many. Only articles have an end of the window: a sitemap that was changed
-- after it may list older ones.
SELECT id, url, coalesce(fetch_url, ''), kind, coalesce(class, ''), priority, depth, hops, attempts, coalesce(found_on, ''), found_at, coalesce(etag, ''),
	coalesce(last_modified, ''), coalesce(hint_title, ''), coalesce(hint_published_at, ''), coalesce(hint_modified_at, ''), coalesce(hint_language, ''), verdicts
FROM frontier
WHERE state = 'waiting' AND source = ?1 AND host = ?2
	AND (hint_published_at IS NULL OR hint_published_at >= ?3 AND (kind <> 'article' OR hint_published_at < ?4))
ORDER BY priority DESC, id
LIMIT ?5

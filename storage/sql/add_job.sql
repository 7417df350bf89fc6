-- ?1 url ?2 host ?3 source ?4 kind ?5 state ?6 class ?7 priority ?8 depth ?9 hops ?10 found_on ?11 found_at ?12 due_at
-- ?13 hint_title ?14 hint_published_at ?15 hint_modified_at ?16 hint_language ?17 redirects_to ?18 fetch_url ?19 anew
INSERT INTO frontier (url, host, source, kind, state, class, priority, depth, hops, found_on, found_at, due_at,
	hint_title, hint_published_at, hint_modified_at, hint_language, redirects_to, fetch_url)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
ON CONFLICT (url) DO UPDATE SET
	state = CASE WHEN frontier.state = 'waiting' THEN 'waiting' ELSE excluded.state END,
	priority = excluded.priority,
	hops = CASE WHEN ?19 THEN excluded.hops ELSE hops END,
	redirects_to = CASE WHEN ?19 THEN NULL ELSE redirects_to END,
	hint_title = coalesce(excluded.hint_title, hint_title),
	hint_published_at = coalesce(excluded.hint_published_at, hint_published_at),
	hint_modified_at = coalesce(excluded.hint_modified_at, hint_modified_at)
WHERE frontier.state = 'waiting' AND excluded.state = 'waiting' AND excluded.priority > frontier.priority
	OR frontier.state IN ('later', 'done') AND excluded.state = 'waiting' AND frontier.redirects_to IS NULL
		AND excluded.hint_modified_at > frontier.ended_at
	OR frontier.state = 'later' AND excluded.state = 'waiting' AND excluded.depth < 0 -- what a listing names was no article where a link led to it
		AND frontier.depth >= 0 AND frontier.class = 'not_article' AND frontier.verdicts = 1
	OR ?19 AND frontier.state IN ('later', 'done') AND frontier.redirects_to IS NOT NULL

-- ?1 id ?2 state ?3 class ?4 message ?5 due_at ?6 now ?7 attempts ?8 etag ?9 last_modified ?10 redirects_to ?11 priority ?12 run
-- ?13 check_class ?14 verdicts ?15 failure
UPDATE frontier SET state = ?2, class = ?3, message = ?4, due_at = ?5, ended_at = ?6, attempts = ?7, etag = ?8,
	last_modified = ?9, redirects_to = ?10, priority = ?11, run_id = nullif(?12, 0), check_class = ?13, verdicts = ?14, deaths = 0, failure = ?15
WHERE id = ?1

-- ?1 run ?2 JSON list of its sources
-- What a run met with at each of its sources: how many of its addresses answered (the table answered, see answered.sql), and how
-- many failed, or may not be asked for, by kind and class. Sources of which nothing was due are not there.
SELECT source, '' AS kind, '' AS class, '' AS state, count(DISTINCT url) AS n FROM answered GROUP BY source
UNION ALL
SELECT source, kind, class, CASE state WHEN 'failed' THEN state ELSE 'later' END, count(*)
FROM failed_urls WHERE run_id = ?1 GROUP BY 1, 2, 3, 4
UNION ALL
SELECT f.source, f.kind, f.class, 'skipped', 0
FROM json_each(?2) s JOIN frontier f ON f.source = s.value AND f.kind <> 'article'
WHERE f.run_id = ?1 AND f.failure IS NULL AND f.class NOT IN ('redirected', 'bounded') AND f.found_on IS NOT 'guess' GROUP BY 1, 2, 3

-- Since when a robots.txt can't be had, and the tdmrep.json of each host. The table is made anew, so that .schema keeps
-- a comment at each column.
CREATE TABLE hosts_2 ( -- what a run must know of a host that another run asked
	host TEXT PRIMARY KEY, -- lower case, with a port unless default
	robots_url TEXT, -- of robots.txt, after redirects
	robots_txt TEXT, -- as fetched; null: none
	robots_status INTEGER, -- HTTP status of robots.txt; 0: no answer
	robots_fetched_at TEXT,
	robots_expires_at TEXT, -- not asked for again before
	robots_failed_at TEXT, -- since when it can't be had; null: it can
	tdm_rules TEXT, -- /.well-known/tdmrep.json as fetched; null: none
	tdm_fetched_at TEXT,
	crawl_delay REAL, -- seconds, from robots.txt; null: none
	next_fetch_at TEXT, -- polite earliest next request
	failures INTEGER NOT NULL DEFAULT 0, -- in a row
	latency_ms INTEGER NOT NULL DEFAULT 0 -- of its answers, smoothed
) STRICT, WITHOUT ROWID;
INSERT INTO hosts_2 (host, robots_url, robots_txt, robots_status, robots_fetched_at, robots_expires_at, crawl_delay, next_fetch_at, failures, latency_ms)
	SELECT host, robots_url, robots_txt, robots_status, robots_fetched_at, robots_expires_at, crawl_delay, next_fetch_at, failures, latency_ms FROM hosts;
DROP TABLE hosts;
ALTER TABLE hosts_2 RENAME TO hosts;

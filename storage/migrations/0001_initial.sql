-- The first schema. Times are ISO 8601 in UTC (2026-11-23T20:15:15Z) unless a comment says otherwise.
-- Ids are rowids; text columns come last in wide tables, so that lists don't read overflow pages.
-- Everything here opens in SQLite 3.40.

CREATE TABLE runs ( -- one row for each run of a command that writes
	id INTEGER PRIMARY KEY,
	command TEXT NOT NULL, -- crawl, scrape, reclean, prune, ...
	arguments TEXT, -- as typed, secrets removed
	version TEXT NOT NULL, -- of newsmill
	cleaner_version INTEGER NOT NULL, -- rises when the cleaner's output may change
	pid INTEGER, -- information only, never a lock
	hostname TEXT, -- the machine that ran it
	started_at TEXT NOT NULL,
	finished_at TEXT, -- null: still running, or killed
	exit_code INTEGER, -- null: still running, or killed
	pages_fetched INTEGER NOT NULL DEFAULT 0, -- requests made
	articles_new INTEGER NOT NULL DEFAULT 0,
	articles_changed INTEGER NOT NULL DEFAULT 0,
	articles_unchanged INTEGER NOT NULL DEFAULT 0,
	errors INTEGER NOT NULL DEFAULT 0 -- addresses that failed
) STRICT;

CREATE TABLE raw_bodies ( -- each distinct page body once
	id INTEGER PRIMARY KEY,
	sha256 BLOB NOT NULL UNIQUE, -- of the plain bytes
	size INTEGER NOT NULL, -- plain bytes
	encoding TEXT NOT NULL CHECK (encoding IN ('zstd', 'identity')), -- of data
	dictionary_id INTEGER REFERENCES dictionaries(id) ON DELETE RESTRICT, -- null: none
	data BLOB NOT NULL -- the body, compressed
) STRICT;
CREATE INDEX raw_bodies_dictionary ON raw_bodies(dictionary_id) WHERE dictionary_id IS NOT NULL;

CREATE TABLE dictionaries ( -- earlier pages that bodies were compressed against (zstd raw content); never changed
	id INTEGER PRIMARY KEY, -- also the dictionary id in the zstd frames
	host TEXT, -- null: made of pages of several hosts
	sha256 BLOB NOT NULL, -- of the content
	size INTEGER NOT NULL, -- bytes of the content
	created_at TEXT NOT NULL
) STRICT;

CREATE TABLE dictionary_parts ( -- a dictionary's content: the plain bytes of these bodies, one after the other
	dictionary_id INTEGER NOT NULL REFERENCES dictionaries(id) ON DELETE CASCADE,
	position INTEGER NOT NULL, -- 0 is the first
	body_id INTEGER NOT NULL REFERENCES raw_bodies(id) ON DELETE RESTRICT,
	length INTEGER NOT NULL, -- only so many of its first bytes
	PRIMARY KEY (dictionary_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX dictionary_parts_body ON dictionary_parts(body_id);

CREATE TABLE pages ( -- one row for each fetch
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES runs(id),
	url TEXT NOT NULL, -- as asked
	final_url TEXT, -- after redirects; null: same
	host TEXT NOT NULL,
	source TEXT NOT NULL, -- key in the configuration, or the bare domain
	fetched_at TEXT NOT NULL,
	status INTEGER, -- HTTP status; null: no answer, see error
	content_type TEXT, -- header
	etag TEXT, -- header
	last_modified TEXT, -- header
	charset TEXT, -- used to decode
	robots_tag TEXT, -- X-Robots-Tag header
	opt_out TEXT, -- evidence of a machine-readable opt-out of text mining
	body_id INTEGER REFERENCES raw_bodies(id) ON DELETE SET NULL, -- null: none, no article's page, the same article as before, or pruned
	duration_ms INTEGER,
	error TEXT -- class of what went wrong; null: fetched
) STRICT;
CREATE INDEX pages_url ON pages(url, fetched_at);
CREATE INDEX pages_body ON pages(body_id) WHERE body_id IS NOT NULL;
CREATE INDEX pages_fetched ON pages(fetched_at);
CREATE INDEX pages_run ON pages(run_id);

CREATE TABLE stories ( -- near-duplicates across sources share one
	id INTEGER PRIMARY KEY, -- the id of its first article
	merged_into INTEGER REFERENCES stories(id), -- null: alive
	created_at TEXT NOT NULL
) STRICT;

CREATE TABLE articles ( -- one row for each article, its latest version
	id INTEGER PRIMARY KEY, -- rises with the order of storing
	url TEXT NOT NULL, -- the address it was fetched from, normalised; others that led to it are in article_urls
	canonical_url TEXT NOT NULL UNIQUE, -- what the page calls its own address, else url: the article's identity
	source TEXT NOT NULL, -- key in the configuration, or the bare domain
	site_name TEXT, -- as the page says
	title TEXT NOT NULL,
	byline TEXT, -- as printed
	authors TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(authors)), -- JSON list of names
	published_at TEXT, -- UTC; only the day where the page gives no more, no Z where it gives no zone; null: unknown
	published_raw TEXT, -- as found
	modified_at TEXT, -- as the publisher says; written like published_at
	first_seen_at TEXT NOT NULL,
	fetched_at TEXT NOT NULL, -- when the latest version was fetched
	language TEXT, -- BCP 47
	section TEXT,
	tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)), -- JSON list
	description TEXT, -- the standfirst, else the meta description
	dateline TEXT, -- place only: TOKYO
	image_url TEXT, -- of the lead image
	images TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(images)), -- JSON list of {url, alt, caption, credit, width, height}
	page_type TEXT NOT NULL DEFAULT 'article', -- article, live-blog, gallery, ...
	confidence REAL, -- of page_type, 0 to 1
	paywalled INTEGER NOT NULL DEFAULT 0 CHECK (paywalled IN (0, 1)), -- 1: the page shows only a part
	paywall_evidence TEXT, -- why we think so
	robots_tag TEXT, -- directives of the X-Robots-Tag header and of meta robots
	opt_out TEXT, -- evidence of a machine-readable opt-out of text mining; null: none
	word_count INTEGER NOT NULL, -- words; for Chinese, Japanese, Thai: characters / 2
	version INTEGER NOT NULL DEFAULT 1, -- how many versions were seen, the latest being this one
	story_id INTEGER REFERENCES stories(id), -- same for near-duplicates; a story has the id of its first article
	content_hash BLOB NOT NULL, -- SHA-256 of title, text, editor's note and corrections, white space folded
	metadata_hash BLOB NOT NULL, -- SHA-256 of everything else that the page says
	signature BLOB, -- 32 MinHash values of 32 bits, big endian; null: too short to compare
	page_id INTEGER REFERENCES pages(id), -- the fetch it was cleaned from
	run_id INTEGER NOT NULL REFERENCES runs(id), -- that stored the latest version
	cleaner_version INTEGER NOT NULL,
	day TEXT GENERATED ALWAYS AS (substr(coalesce(published_at, first_seen_at), 1, 10)) VIRTUAL, -- for grouping
	editors_note TEXT,
	corrections TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(corrections)), -- JSON list
	sign_off TEXT, -- who reported and edited, or the agency, at the end
	author_bio TEXT,
	disclaimers TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(disclaimers)), -- JSON list
	ai_summary TEXT, -- a summary made by a machine, or key points marked as such
	updates TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(updates)), -- JSON list of {at, title, text} of a live blog
	evidence TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(evidence)), -- JSON: where each field's value came from
	text TEXT NOT NULL, -- the article; a blank line between paragraphs
	markdown TEXT -- with headings, lists, links and emphasis; null: same as text
) STRICT;
CREATE INDEX articles_day ON articles(day, source, word_count);
CREATE INDEX articles_source ON articles(source, published_at);
CREATE INDEX articles_published ON articles(published_at);
CREATE INDEX articles_story ON articles(story_id) WHERE story_id IS NOT NULL;
CREATE INDEX articles_health ON articles(source, first_seen_at, word_count, published_at);
CREATE INDEX articles_hash ON articles(content_hash);
CREATE INDEX articles_page ON articles(page_id);

CREATE TABLE article_urls ( -- every address that led to an article: its own, aliases, redirects
	url TEXT PRIMARY KEY,
	article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
	checked_at TEXT NOT NULL -- when it last did
) STRICT, WITHOUT ROWID;
CREATE INDEX article_urls_article ON article_urls(article_id);

CREATE TABLE article_versions ( -- earlier versions of changed articles
	article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
	version INTEGER NOT NULL, -- 1 is the first seen
	seen_from TEXT NOT NULL, -- first fetch that had it
	seen_until TEXT NOT NULL, -- fetch that found it replaced
	cause TEXT NOT NULL CHECK (cause IN ('publisher', 'reclean')), -- who changed it: the site, or our cleaner
	title TEXT NOT NULL,
	byline TEXT,
	modified_at TEXT,
	description TEXT,
	content_hash BLOB NOT NULL,
	page_id INTEGER REFERENCES pages(id), -- the fetch it was cleaned from
	cleaner_version INTEGER NOT NULL,
	text TEXT NOT NULL,
	markdown TEXT, -- null: same as text
	PRIMARY KEY (article_id, version)
) STRICT;
CREATE INDEX article_versions_page ON article_versions(page_id);

CREATE TABLE authors (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	organisation TEXT, -- where a page gives one
	url TEXT -- of the author's page
) STRICT;

CREATE TABLE article_authors (
	article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
	position INTEGER NOT NULL, -- 0 is the first named
	author_id INTEGER NOT NULL REFERENCES authors(id),
	role TEXT, -- e.g. photographer; null: writer
	PRIMARY KEY (article_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_authors_author ON article_authors(author_id);

CREATE TABLE tags (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE article_tags (
	article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
	tag_id INTEGER NOT NULL REFERENCES tags(id),
	PRIMARY KEY (article_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_tags_tag ON article_tags(tag_id);

CREATE TABLE links ( -- links inside the article's body
	article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
	position INTEGER NOT NULL, -- order in the text, from 0
	url TEXT NOT NULL, -- absolute
	anchor TEXT NOT NULL, -- the linked words
	internal INTEGER NOT NULL CHECK (internal IN (0, 1)), -- 1: same host
	PRIMARY KEY (article_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_url ON links(url);

CREATE TABLE block_texts ( -- each distinct stripped text once
	id INTEGER PRIMARY KEY,
	hash BLOB NOT NULL UNIQUE, -- first 16 bytes of the SHA-256 of text
	text TEXT NOT NULL
) STRICT;

CREATE TABLE block_rules (
	id INTEGER PRIMARY KEY,
	label TEXT NOT NULL, -- cookie-notice, navigation, ...
	reason TEXT NOT NULL, -- the rule that decided, or model
	UNIQUE (label, reason)
) STRICT;

CREATE TABLE article_blocks ( -- what was stripped from an article; read it through the view removed_blocks
	article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
	position INTEGER NOT NULL, -- order in the page, all blocks counted
	rule_id INTEGER NOT NULL REFERENCES block_rules(id),
	block_id INTEGER NOT NULL REFERENCES block_texts(id),
	PRIMARY KEY (article_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_blocks_block ON article_blocks(block_id);

CREATE TABLE fingerprints ( -- 16 bands of the MinHash signature, to find near-duplicates
	band INTEGER NOT NULL, -- 64-bit hash of the band's number and rows
	article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
	PRIMARY KEY (band, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fingerprints_article ON fingerprints(article_id);

CREATE TABLE hosts ( -- what a run must know of a host that another run asked
	host TEXT PRIMARY KEY, -- lower case, with a port unless default
	robots_url TEXT, -- of robots.txt, after redirects
	robots_txt TEXT, -- as fetched; null: none
	robots_status INTEGER, -- HTTP status of robots.txt; 0: no answer
	robots_fetched_at TEXT,
	robots_expires_at TEXT, -- not asked for again before
	crawl_delay REAL, -- seconds, from robots.txt; null: none
	next_fetch_at TEXT, -- polite earliest next request
	failures INTEGER NOT NULL DEFAULT 0, -- in a row
	latency_ms INTEGER NOT NULL DEFAULT 0 -- of its answers, smoothed
) STRICT, WITHOUT ROWID;

CREATE TABLE frontier ( -- every address known: what it leads to, how it ended last, when it is fetched next
	id INTEGER PRIMARY KEY, -- rises with the order of finding
	url TEXT NOT NULL UNIQUE, -- normalised: without what only tracks
	fetch_url TEXT, -- what is asked for, as it was found; null: url
	host TEXT NOT NULL, -- with a port unless default
	source TEXT NOT NULL, -- key in the configuration, or the bare domain
	kind TEXT NOT NULL CHECK (kind IN ('article', 'feed', 'sitemap', 'section')), -- what it is expected to be
	state TEXT NOT NULL CHECK (state IN ('waiting', 'later', 'done', 'failed', 'skipped')), -- later: see due_at
	class TEXT, -- how it ended last: stored, not_article, http_4xx, ...; null: never fetched
	message TEXT, -- how it ended last, for people
	priority REAL NOT NULL DEFAULT 0, -- greater is sooner
	depth INTEGER NOT NULL DEFAULT 0, -- links followed from the source's start; -1: listed by a feed or sitemap
	hops INTEGER NOT NULL DEFAULT 0, -- redirects followed to get here
	attempts INTEGER NOT NULL DEFAULT 0, -- failures in a row
	run_id INTEGER REFERENCES runs(id), -- that fetched it last
	found_at TEXT NOT NULL,
	ended_at TEXT, -- when it was fetched last; null: never
	due_at TEXT, -- in state later: not before
	etag TEXT, -- of the last answer, for conditional requests
	last_modified TEXT, -- of the last answer
	hint_published_at TEXT, -- what the feed or sitemap says
	hint_modified_at TEXT, -- what the feed or sitemap says
	hint_language TEXT, -- what the feed or sitemap says
	hint_title TEXT, -- what the feed or sitemap says
	found_on TEXT, -- feed, sitemap or page it came from
	redirects_to TEXT -- address of the frontier that it leads to; null: it doesn't redirect
) STRICT;
CREATE INDEX frontier_waiting ON frontier(source, host, priority DESC, id) WHERE state = 'waiting';
CREATE INDEX frontier_later ON frontier(due_at) WHERE state = 'later';
CREATE INDEX frontier_class ON frontier(class) WHERE class IS NOT NULL;
CREATE INDEX frontier_hubs ON frontier(source, kind) WHERE kind <> 'article';

CREATE TABLE hubs ( -- what polling a feed, sitemap or section page brought; its address and times are in frontier
	frontier_id INTEGER PRIMARY KEY REFERENCES frontier(id) ON DELETE CASCADE,
	format TEXT, -- rss, atom, json, sitemap, sitemap_index, news_sitemap, sitemap_text, section
	entries INTEGER NOT NULL DEFAULT 0, -- addresses that it held last
	articles_found INTEGER NOT NULL DEFAULT 0, -- ever, first found here
	newest_at TEXT, -- greatest date of its entries
	checked_at TEXT, -- when it was polled last
	changed_at TEXT, -- when it was last found changed
	interval_s INTEGER NOT NULL DEFAULT 0, -- seconds from poll to poll, by how often it changes
	content_hash TEXT -- of its addresses
) STRICT;

CREATE TABLE url_shapes ( -- per host, how often addresses of one shape led to articles
	host TEXT NOT NULL,
	shape TEXT NOT NULL, -- "/news/date/slug.html"
	articles INTEGER NOT NULL,
	others INTEGER NOT NULL,
	PRIMARY KEY (host, shape)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings ( -- what the program remembers about this file
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The words index. Datasette and sqlite-utils recognise it by content="articles" in double quotes.
CREATE VIRTUAL TABLE articles_fts USING fts5(
	title, byline, text,
	content="articles", content_rowid="id", tokenize="unicode61 remove_diacritics 2"
);

-- What the substring index holds. The spaces give even the last word of a field trigrams that start with it, by which
-- words of one or two characters are found.
CREATE VIEW articles_trigram_content AS
SELECT id, title || '  ' AS title, text || '  ' AS text FROM articles;

-- The substring index, for Chinese, Japanese, Thai and parts of words: text LIKE '%three or more characters%'.
CREATE VIRTUAL TABLE articles_trigram USING fts5(
	title, text,
	content='articles_trigram_content', content_rowid='id', tokenize='trigram', detail='none'
);

-- Rows changed or deleted by hand keep both indexes right. There is no trigger for inserts: the program fills the
-- indexes itself, which is faster; after inserting by hand run newsmill doctor --repair.
CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN
	INSERT INTO articles_fts(articles_fts, rowid, title, byline, text) VALUES ('delete', old.id, old.title, old.byline, old.text);
	INSERT INTO articles_trigram(articles_trigram, rowid, title, text) VALUES ('delete', old.id, old.title || '  ', old.text || '  ');
END;
CREATE TRIGGER articles_fts_update AFTER UPDATE OF title, byline, text ON articles
WHEN old.title IS NOT new.title OR old.byline IS NOT new.byline OR old.text IS NOT new.text BEGIN
	INSERT INTO articles_fts(articles_fts, rowid, title, byline, text) VALUES ('delete', old.id, old.title, old.byline, old.text);
	INSERT INTO articles_trigram(articles_trigram, rowid, title, text) VALUES ('delete', old.id, old.title || '  ', old.text || '  ');
	INSERT INTO articles_fts(rowid, title, byline, text) VALUES (new.id, new.title, new.byline, new.text);
	INSERT INTO articles_trigram(rowid, title, text) VALUES (new.id, new.title || '  ', new.text || '  ');
END;

-- What was stripped from each article, in the order of the page.
CREATE VIEW removed_blocks AS
SELECT b.article_id, b.position, r.label, r.reason, t.text
FROM article_blocks b
JOIN block_rules r ON r.id = b.rule_id
JOIN block_texts t ON t.id = b.block_id;

-- Articles, the last stored first.
CREATE VIEW recent_articles AS
SELECT id, coalesce(published_at, first_seen_at) AS at, source, title, byline, word_count, url
FROM articles ORDER BY id DESC;

-- How many articles and words a source had each day.
CREATE VIEW articles_by_day AS
SELECT day, source, count(*) AS articles, sum(word_count) AS words
FROM articles GROUP BY day, source;

-- Articles that their publishers changed after we first saw them.
CREATE VIEW changed_articles AS
SELECT a.id, a.source, v.version AS from_version, v.seen_until AS changed_at, v.title AS old_title, a.title AS new_title,
	length(a.text) - length(v.text) AS growth, a.url
FROM article_versions v JOIN articles a ON a.id = v.article_id
WHERE v.cause = 'publisher';

-- What a source repeats on its pages, and on how many of them.
CREATE VIEW boilerplate_by_site AS
SELECT a.source, r.label, t.text, count(DISTINCT b.article_id) AS pages
FROM article_blocks b
JOIN articles a ON a.id = b.article_id
JOIN block_rules r ON r.id = b.rule_id
JOIN block_texts t ON t.id = b.block_id
GROUP BY a.source, b.block_id, b.rule_id;

-- Stories that stand in more than one article.
CREATE VIEW duplicates AS
SELECT story_id, count(*) AS copies, count(DISTINCT source) AS sources, min(coalesce(published_at, first_seen_at)) AS first_at,
	json_group_array(source) AS source_list, min(title) AS title
FROM articles WHERE story_id IS NOT NULL
GROUP BY story_id HAVING count(*) > 1;

-- Addresses that did not become what they promised, and why.
CREATE VIEW failed_urls AS
SELECT url, source, host, kind, state, class, message, attempts, ended_at
FROM frontier WHERE class IS NOT NULL AND class NOT IN ('stored', 'stored_as', 'alias', 'read', 'not_modified', 'redirected');

-- Whether each source still delivers.
CREATE VIEW source_health AS
SELECT source, count(*) AS articles, max(first_seen_at) AS newest,
	sum(first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')) AS last_24h,
	sum(first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 day')) AS last_7d,
	round(avg(word_count)) AS mean_words,
	sum(published_at IS NULL) AS without_date
FROM articles GROUP BY source;

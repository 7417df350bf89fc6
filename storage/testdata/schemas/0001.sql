-- Rows as the program of schema 1 wrote them. A migration must keep them.
INSERT INTO runs (id, command, version, cleaner_version, started_at) VALUES (1, 'crawl', '0.1', 1, '2026-11-23T12:00:00Z');
INSERT INTO raw_bodies (id, sha256, size, encoding, data) VALUES (1, x'1a5db926797b9ae16ad56ec2c143e51a5172a862', 5, 'identity', x'706c61696e');
INSERT INTO pages (id, run_id, url, host, source, fetched_at, status, body_id) VALUES (1, 1, 'https://a.example/1', 'a.example', 'a', '2026-11-23T12:00:00Z', 200, 1);
INSERT INTO stories (id, created_at) VALUES (1, '2026-11-23T12:00:00Z');
INSERT INTO articles (id, url, canonical_url, source, title, byline, authors, published_at, first_seen_at, fetched_at, language, word_count, version, story_id,
	content_hash, metadata_hash, page_id, run_id, cleaner_version, text)
VALUES (1, 'https://a.example/1', 'https://a.example/1', 'a', 'Ferry returns', 'By Ada Quill', '["Ada Quill"]', '2026-11-23', '2026-11-23T12:00:00Z',
	'2026-11-23T13:00:00Z', 'en', 4, 2, 1, x'00', x'00', 1, 1, 1, 'The ferry came back. 北京');
INSERT INTO articles_fts (rowid, title, byline, text) SELECT id, title, byline, text FROM articles;
INSERT INTO articles_trigram (rowid, title, text) SELECT id, title, text FROM articles_trigram_content;
INSERT INTO article_urls VALUES ('https://a.example/1', 1, '2026-11-23T13:00:00Z');
INSERT INTO article_versions (article_id, version, seen_from, seen_until, cause, title, content_hash, page_id, cleaner_version, text)
VALUES (1, 1, '2026-11-23T12:00:00Z', '2026-11-23T13:00:00Z', 'publisher', 'Ferry', x'01', 1, 1, 'The ferry is late.');
INSERT INTO authors (id, name) VALUES (1, 'Ada Quill');
INSERT INTO article_authors (article_id, position, author_id) VALUES (1, 0, 1);
INSERT INTO tags VALUES (1, 'harbour');
INSERT INTO article_tags VALUES (1, 1);
INSERT INTO links VALUES (1, 0, 'https://b.example/', 'elsewhere', 0);
INSERT INTO block_texts VALUES (1, x'00', 'We use cookies.');
INSERT INTO block_rules VALUES (1, 'cookie-notice', 'model');
INSERT INTO article_blocks VALUES (1, 0, 1, 1);
INSERT INTO fingerprints VALUES (42, 1);
INSERT INTO frontier (id, url, host, source, kind, state, class, found_at) VALUES (1, 'https://a.example/1', 'a.example', 'a', 'article', 'done', 'stored', '2026-11-23T12:00:00Z');
INSERT INTO hosts (host, robots_txt, robots_status, crawl_delay, failures) VALUES ('a.example', 'Disallow:', 200, 2.5, 3);

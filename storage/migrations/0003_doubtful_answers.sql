-- What came in place of a stored article and did not replace it, and what the frontier must know to look again.
CREATE TABLE doubtful_answers ( -- what came at a check of a stored article and did not take its place; its raw page is in pages
	id INTEGER PRIMARY KEY,
	article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE, -- whose stored version stays current
	url TEXT NOT NULL, -- the address that was asked
	reason TEXT NOT NULL, -- other_text, shorter, cut, teaser, garbled, no_article
	message TEXT NOT NULL, -- for people
	state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'withdrawn')), -- accepted: a later look agreed, it is a version; withdrawn: the article was there again
	first_seen_at TEXT NOT NULL,
	last_seen_at TEXT NOT NULL,
	times INTEGER NOT NULL DEFAULT 1, -- looks at which it came
	page_id INTEGER REFERENCES pages(id) ON DELETE SET NULL, -- the first fetch that had it
	content_hash BLOB, -- as in articles; null: no article
	title TEXT, -- null: no article
	text TEXT -- null: no article
) STRICT;
CREATE INDEX doubtful_answers_article ON doubtful_answers(article_id);
CREATE INDEX doubtful_answers_page ON doubtful_answers(page_id) WHERE page_id IS NOT NULL;
CREATE INDEX doubtful_answers_open ON doubtful_answers(last_seen_at) WHERE state = 'open';

ALTER TABLE frontier ADD COLUMN check_class TEXT /* how the last check of a stored article ended where it brought none; null: well */;
ALTER TABLE frontier ADD COLUMN verdicts INTEGER NOT NULL DEFAULT 0 /* answers in a row that were no article */;
ALTER TABLE frontier ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0 /* runs in a row that died while they worked on it */;
ALTER TABLE article_versions ADD COLUMN is_good INTEGER NOT NULL DEFAULT 0 CHECK (is_good IN (0, 1)) /* 1: what replaced it was doubtful, so prune keeps it */;

-- How pages that may be the same article find each other, and which parameters tell a host's articles apart.
CREATE TABLE article_keys ( -- by what a page is found that may be the same article; several articles may share a key, their texts decide
	key INTEGER NOT NULL, -- 64-bit hash of an address that the article has or claims, without what only calls for a form of it (print, AMP, www)
	article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
	PRIMARY KEY (key, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_keys_article ON article_keys(article_id);

CREATE TABLE host_parameters ( -- what trial fetches taught of parameters that on most sites only track: whether they tell articles apart here
	host TEXT NOT NULL, -- lower case, with a port unless default
	shape TEXT NOT NULL, -- pattern of the path, as in url_shapes
	parameter TEXT NOT NULL, -- name, lower case
	same INTEGER NOT NULL DEFAULT 0, -- pages that differed in it and were one article
	other INTEGER NOT NULL DEFAULT 0, -- pages that differed in it and were different articles
	unclear INTEGER NOT NULL DEFAULT 0, -- trials that brought no two articles to compare
	PRIMARY KEY (host, shape, parameter)
) STRICT, WITHOUT ROWID;

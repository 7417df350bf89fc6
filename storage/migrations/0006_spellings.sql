-- The spellings that the search indexes have of a word or trigram, beside what search compares. The indexes stay as they are. What an
-- earlier schema stored is read bit by bit while the next runs write; setting spellings says how far that is.
CREATE TABLE word_spellings ( -- words of articles_fts that search finds by another spelling: straße by strasse
	folded TEXT NOT NULL, -- as search compares words: small, without accents, in letters that everybody types
	spelling TEXT NOT NULL, -- as the index has it
	PRIMARY KEY (folded, spelling)
) STRICT, WITHOUT ROWID;

CREATE TABLE trigram_spellings ( -- the same of articles_trigram
	folded TEXT NOT NULL, -- three letters; fewer where marks fold to nothing
	spelling TEXT NOT NULL, -- three characters as the index has them
	PRIMARY KEY (folded, spelling)
) STRICT, WITHOUT ROWID;

INSERT INTO settings (name, value) SELECT 'spellings', '0' WHERE EXISTS (SELECT 1 FROM articles);

ALTER TABLE pages ADD COLUMN pruned_at TEXT /* when prune let go of its body; null: it did not */;

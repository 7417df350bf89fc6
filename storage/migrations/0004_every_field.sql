-- What the cleaner finds and the database lost, and which copies of pages are for cleaning again alone. Added columns have their
-- comment in this form, since -- would hide what .schema puts after them; none has a CHECK, for which all rows would be read.
ALTER TABLE articles ADD COLUMN modified_raw TEXT /* what the page says of modified_at */;
ALTER TABLE articles ADD COLUMN people TEXT /* JSON list of {name, role, organisation, url, email}: the authors as this page names them; null: authors and article_authors have all */;
ALTER TABLE articles ADD COLUMN lead_image TEXT /* JSON: the image of image_url, where images does not have it as it is; null: it does */;
ALTER TABLE articles ADD COLUMN fact_boxes TEXT NOT NULL DEFAULT '[]' /* JSON list of texts, one a box */;
ALTER TABLE links ADD COLUMN rel TEXT /* as the page says: nofollow, sponsored, ...; null: nothing */;
ALTER TABLE pages ADD COLUMN noarchive INTEGER NOT NULL DEFAULT 0 /* 1: the page asks that no copy be shown: its body serves reclean alone */;

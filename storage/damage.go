package storage

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// mostNamed is how many damaged rows of a table are named; the rest is counted.
const mostNamed = 20

// damage collects what is wrong with the rows of a table.
type damage struct {
	named []string
	more  int
}

func (d *damage) add(row, address, what string) {
	if len(d.named) == mostNamed {
		d.more++
		return
	}
	if address != "" {
		row += " (" + address + ")"
	}
	d.named = append(d.named, row+": "+what)
}

func (d *damage) String() string {
	s := strings.Join(d.named, "; ")
	if d.more > 0 {
		s += fmt.Sprintf("; and %d more", d.more)
	}
	return s
}

// soundRows says for each table what no row of ours is like. A file that another program wrote to, or that a disk damaged in
// a way that SQLite doesn't see, has such. They are SQL: the row as people ask for it, its address, and conditions by what
// they mean.
var soundRows = []struct {
	table, row, address string
	never               [][2]string
}{
	{"articles", "id", "url", [][2]string{
		{"word_count is none", "word_count NOT BETWEEN 0 AND 1000000000"},
		{"version is none", fmt.Sprintf("version NOT BETWEEN 1 AND %d", maxVersion)},
		{"first_seen_at is no time", "julianday(first_seen_at) IS NULL"},
		{"fetched_at is no time", "julianday(fetched_at) IS NULL"},
		{"published_at is no time", "published_at NOT GLOB '[0-9][0-9][0-9][0-9]*' OR length(published_at) > 30"},
		{"content_hash is none", "length(content_hash) <> 32"},
		{"authors is no JSON list", noList("authors")},
		{"tags is no JSON list", noList("tags")},
		{"images is no JSON list", noList("images")},
		{"corrections is no JSON list", noList("corrections")},
		{"disclaimers is no JSON list", noList("disclaimers")},
		{"updates is no JSON list", noList("updates")},
		{"evidence is no JSON object", "CASE WHEN json_valid(evidence) THEN json_type(evidence) END IS NOT 'object'"},
	}},
	{"article_versions", "article_id || '/' || version", "(SELECT url FROM articles WHERE id = article_id)", [][2]string{
		{"version is none", fmt.Sprintf("version NOT BETWEEN 1 AND %d", maxVersion)},
	}},
	{"raw_bodies", "id", bodyAddress, [][2]string{
		{"size is none", fmt.Sprintf("size NOT BETWEEN 0 AND %d", maxBody)},
		{"data is too large", fmt.Sprintf("length(data) > %d", maxBody)},
		{"sha256 is none", "length(sha256) <> 32"},
		{"encoding is unknown", "encoding NOT IN ('zstd', 'identity')"},
		{"its dictionary is gone", "dictionary_id IS NOT NULL AND dictionary_id NOT IN (SELECT id FROM dictionaries)"},
	}},
	{"dictionaries", "id", "host", [][2]string{
		{"sha256 is none", "length(sha256) <> 32"},
		{"size is not that of its parts", "size IS NOT (SELECT sum(min(max(length, 0), 1000000000)) FROM dictionary_parts WHERE dictionary_id = id)"},
	}},
	{"dictionary_parts", "dictionary_id || '/' || position", "(SELECT host FROM dictionaries WHERE id = dictionary_id)", [][2]string{
		{"length is not that of a part of its raw page", "length NOT BETWEEN 1 AND coalesce((SELECT size FROM raw_bodies WHERE id = body_id), 0)"},
	}},
	{"pages", "id", "url", [][2]string{
		{"fetched_at is no time", "julianday(fetched_at) IS NULL"},
		{"its raw page is gone", "body_id IS NOT NULL AND body_id NOT IN (SELECT id FROM raw_bodies)"},
	}},
	{"block_texts", "id", "''", [][2]string{{"hash is none", "length(hash) <> 16"}}},
	{"frontier", "id", "url", [][2]string{
		{"found_at is no time", "julianday(found_at) IS NULL"},
		{"due_at is no time", "due_at IS NOT NULL AND julianday(due_at) IS NULL"},
		{"ended_at is no time", "ended_at IS NOT NULL AND julianday(ended_at) IS NULL"},
		{"attempts is none", "attempts NOT BETWEEN 0 AND 1000000000"},
	}},
	{"runs", "id", "command", [][2]string{{"started_at is no time", "julianday(started_at) IS NULL"}}},
}

// bodyAddress is the address of a page that a row of raw_bodies is the body of.
const bodyAddress = "(SELECT url FROM pages WHERE body_id = raw_bodies.id LIMIT 1)"

func noList(column string) string {
	return fmt.Sprintf("CASE WHEN json_valid(%s) THEN json_type(%[1]s) END IS NOT 'array'", column)
}

// rows looks at every row for values that can't be, and names them.
func (h *health) rows(ctx context.Context) {
	if !h.opt.Full {
		return
	}
	broken := false
	for _, t := range soundRows {
		var found damage
		if err := h.unsound(ctx, t.table, t.row, t.address, t.never, &found); err != nil {
			h.add("rows of "+t.table, CheckFailed, "%v", h.db.explain(err))
			broken = true
		}
		if len(found.named) > 0 {
			h.add("rows of "+t.table, CheckFailed, "%s: go back to a backup, or put them right by hand", found.String())
			broken = true
		}
	}
	if !broken {
		h.add("rows", CheckOK, "%d tables hold what they should", len(soundRows))
	}
}

func (h *health) unsound(ctx context.Context, table, row, address string, never [][2]string, found *damage) error {
	what, where := "CASE", "0"
	for _, n := range never {
		what += " WHEN " + n[1] + " THEN '" + n[0] + "'"
		where += " OR " + n[1]
	}
	rows, err := h.db.read.QueryContext(ctx, fmt.Sprintf(`SELECT %s, %s, %s END FROM %s WHERE %s`, row, address, what, table, where))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, at, about sql.NullString
		if err := rows.Scan(&id, &at, &about); err != nil {
			return err
		}
		found.add(table+" "+id.String, at.String, about.String)
	}
	return rows.Err()
}

// bodies reads all raw pages back.
func (h *health) bodies(ctx context.Context) {
	if !h.opt.Full {
		return
	}
	var found damage
	read := 0
	for after := int64(-1 << 62); ; {
		batch, err := h.bodyIDs(ctx, after)
		if err != nil {
			h.add("raw pages", CheckFailed, "%v", h.db.explain(err))
			return
		}
		if len(batch) == 0 {
			break
		}
		for _, b := range batch {
			_, err := h.db.Body(ctx, b.id)
			if ctx.Err() != nil {
				h.add("raw pages", CheckSkipped, "interrupted after %d", read)
				return
			}
			if err != nil {
				found.add(fmt.Sprintf("raw_bodies %d", b.id), b.address, strings.TrimPrefix(err.Error(), h.db.path+": "))
			}
			read++
		}
		after = batch[len(batch)-1].id
	}
	if len(found.named) > 0 {
		h.add("raw pages", CheckFailed, "%d of %d can't be read back: %s: reclean leaves their articles as they are; go back to a backup for the pages", len(found.named)+found.more, read, found.String())
		return
	}
	h.add("raw pages", CheckOK, "%d read back as they were fetched", read)
}

type bodyID struct {
	id      int64
	address string
}

func (h *health) bodyIDs(ctx context.Context, after int64) ([]bodyID, error) {
	rows, err := h.db.read.QueryContext(ctx, `SELECT id, coalesce(`+bodyAddress+`, '') FROM raw_bodies WHERE id > ? ORDER BY id LIMIT 500`, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var batch []bodyID
	for rows.Next() {
		var b bodyID
		if err := rows.Scan(&b.id, &b.address); err != nil {
			return nil, err
		}
		batch = append(batch, b)
	}
	return batch, rows.Err()
}

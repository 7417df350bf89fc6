package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
)

// packedBody is a raw body, ready to be stored.
type packedBody struct {
	sha256     [sha256.Size]byte
	size       int
	encoding   string
	dictionary *dictionary // nil: none
	host       string
	id         int64  // the writer's: of its row, once that is committed
	data       []byte // nil then
}

// dictionary is what bodies are compressed against. Bodies refer to it, so it holds little.
type dictionary struct {
	id     int64
	host   string // empty: for first pages
	sha256 [sha256.Size]byte
	size   int
	parts  []dictionaryPart // nil once it is stored
	stored bool             // the writer's
}

// dictionaryPart is the beginning of a body.
type dictionaryPart struct {
	body   *packedBody
	length int
	plain  []byte // of a first page that may come into a dictionary
	held   []byte // of a page that may come into its host's: that beginning, compressed quickly
}

func bytesOf(parts []dictionaryPart) int {
	n := 0
	for _, p := range parts {
		n += p.length
	}
	return n
}

// storedBodies are what a transaction has stored.
type storedBodies struct {
	dictionaries []*dictionary
	ids          map[*packedBody]int64
}

// store writes a body, unless the same bytes are stored, and what it is compressed against.
func (s *storedBodies) store(t *tx, b *packedBody) (id int64, err error) {
	if b.id != 0 {
		return b.id, nil
	}
	defer func() {
		if err == nil {
			s.ids[b] = id
		}
	}()
	var dict any
	if b.dictionary != nil {
		if err := s.storeDictionary(t, b.dictionary); err != nil {
			return 0, err
		}
		dict = b.dictionary.id
	}
	res, err := t.exec(`INSERT OR IGNORE INTO raw_bodies (sha256, size, encoding, dictionary_id, data) VALUES (?,?,?,?,?)`,
		b.sha256[:], b.size, b.encoding, dict, b.data)
	if err != nil {
		return 0, err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		id, _ := res.LastInsertId()
		return id, err
	}
	err = t.scan([]any{&id}, `SELECT id FROM raw_bodies WHERE sha256 = ?`, b.sha256[:])
	return id, err
}

// storeDictionary writes a dictionary, and those of its bodies that aren't stored for a page of their own.
func (s *storedBodies) storeDictionary(t *tx, d *dictionary) error {
	if d.stored || slices.Contains(s.dictionaries, d) {
		return nil
	}
	res, err := t.exec(`INSERT OR IGNORE INTO dictionaries (id, host, sha256, size, created_at) VALUES (?,?,?,?,?)`,
		d.id, orNull(d.host), d.sha256[:], d.size, timeText(time.Now()))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		for i, part := range d.parts {
			body, err := s.store(t, part.body)
			if err != nil {
				return err
			}
			if _, err := t.exec(`INSERT INTO dictionary_parts (dictionary_id, position, body_id, length) VALUES (?,?,?,?)`, d.id, i, body, part.length); err != nil {
				return err
			}
		}
	}
	s.dictionaries = append(s.dictionaries, d)
	return nil
}

// bodyReader reads raw bodies back.
type bodyReader struct{ db *DB }

// What a damaged or hostile file can make us allocate is bounded.
const (
	maxBody       = 64 << 20 // the cleaner takes no larger page
	maxDictionary = 16 << 20 // ours end at hostParts pages of maxHostBytes
	maxChain      = 10_000   // dictionaries made of pages compressed against dictionaries: that of 5 million pages of a host
)

// Body returns the bytes of a raw body, as they were fetched. An error that wraps ErrCorrupt is about this body alone.
func (db *DB) Body(ctx context.Context, id int64) ([]byte, error) {
	return bodyReader{db}.body(ctx, id, 0)
}

// damaged is an error about a body or dictionary that can't be as we wrote it.
func (r bodyReader) damaged(format string, args ...any) error {
	return fmt.Errorf("%s: %w: %w", r.db.path, ErrCorrupt, fmt.Errorf(format, args...))
}

// unreadable is an error of a query about one body or dictionary: a row that is gone or holds what it can't is damage.
func (r bodyReader) unreadable(ctx context.Context, err error, what string, id int64) error {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return r.damaged("%s %d is gone", what, id)
	case ctx.Err() == nil && sqliteCode(err) == 0:
		return r.damaged("%s %d: %w", what, id, err)
	}
	return r.db.explain(err)
}

func (r bodyReader) body(ctx context.Context, id int64, chain int) ([]byte, error) {
	var sum, data []byte
	var size, stored int64
	var encoding string
	var dict sql.NullInt64
	err := r.db.read.QueryRowContext(ctx, `SELECT sha256, size, encoding, dictionary_id, length(data), CASE WHEN length(data) <= ? THEN data END
		FROM raw_bodies WHERE id = ?`, maxBody, id).Scan(&sum, &size, &encoding, &dict, &stored, &data)
	if err != nil {
		return nil, r.unreadable(ctx, err, "raw page", id)
	}
	if size < 0 || size > maxBody || stored > maxBody {
		return nil, r.damaged("raw page %d: it has %d bytes, of %d", id, stored, size)
	}
	plain := data
	if encoding == "zstd" {
		d, err := r.reader(ctx, dict.Int64, chain)
		if err != nil {
			return nil, err
		}
		if plain, err = d.decode(data, size); err != nil {
			return nil, r.damaged("raw page %d: %w", id, err)
		}
	}
	if got := sha256.Sum256(plain); string(got[:]) != string(sum) {
		return nil, r.damaged("raw page %d: its checksum is wrong", id)
	}
	if int64(len(plain)) != size {
		return nil, r.damaged("raw page %d: its size is %d, not %d", id, len(plain), size)
	}
	return plain, nil
}

// dictionary returns a dictionary's content.
func (r bodyReader) dictionary(ctx context.Context, id int64) ([]byte, error) {
	d, err := r.reader(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	return d.content, nil
}

// reader returns the decompressor for a dictionary, 0 for none.
func (r bodyReader) reader(ctx context.Context, id int64, chain int) (*dictionaryReader, error) {
	d := r.db.decoders.get(id)
	if d != nil {
		return d, nil
	}
	d = &dictionaryReader{}
	opts := []zstd.DOption{zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecodeAllCapLimit(false)}
	if id != 0 {
		content, err := r.content(ctx, id, chain+1)
		if err != nil {
			return nil, err
		}
		d.content = content
		opts = append(opts, zstd.WithDecoderDictRaw(uint32(id), content))
	}
	var err error
	if d.dec, err = zstd.NewReader(nil, opts...); err != nil {
		return nil, r.damaged("dictionary %d: %w", id, err)
	}
	r.db.decoders.add(id, d)
	return d, nil
}

// content puts a dictionary together from its bodies. These were stored before it, so this ends.
func (r bodyReader) content(ctx context.Context, id int64, chain int) ([]byte, error) {
	if chain > maxChain {
		return nil, r.damaged("dictionary %d: more than %d stand behind it", id, maxChain)
	}
	var size int64
	var sum []byte
	err := r.db.read.QueryRowContext(ctx, `SELECT size, sha256 FROM dictionaries WHERE id = ?`, id).Scan(&size, &sum)
	if err != nil {
		return nil, r.unreadable(ctx, err, "dictionary", id)
	}
	parts, err := r.parts(ctx, id)
	if err != nil {
		return nil, err
	}
	var content []byte
	for _, p := range parts {
		b, err := r.body(ctx, p.body, chain)
		if err != nil {
			return nil, err
		}
		if p.length < 0 || p.length > int64(len(b)) || int64(len(content))+p.length > maxDictionary {
			return nil, r.damaged("dictionary %d: its part has %d bytes of the %d of raw page %d", id, p.length, len(b), p.body)
		}
		content = append(content, b[:p.length]...)
	}
	if got := sha256.Sum256(content); string(got[:]) != string(sum) {
		return nil, r.damaged("dictionary %d: its checksum is wrong", id)
	}
	return content, nil
}

// part is a dictionary's part as it stands in the database.
type part struct{ body, length, dictionary int64 }

func (r bodyReader) parts(ctx context.Context, id int64) ([]part, error) {
	rows, err := r.db.read.QueryContext(ctx, `SELECT p.body_id, p.length, coalesce(b.dictionary_id, 0) FROM dictionary_parts p
		JOIN raw_bodies b ON b.id = p.body_id WHERE p.dictionary_id = ? ORDER BY p.position`, id)
	if err != nil {
		return nil, r.db.explain(err)
	}
	defer rows.Close()
	var parts []part
	for rows.Next() {
		var p part
		if err := rows.Scan(&p.body, &p.length, &p.dictionary); err != nil {
			return nil, r.unreadable(ctx, err, "dictionary", id)
		}
		if p.dictionary >= id { // only a damaged file has one
			return nil, r.damaged("dictionary %d: it is made of itself", id)
		}
		parts = append(parts, p)
	}
	return parts, r.db.explain(rows.Err())
}

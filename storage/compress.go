package storage

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// Raw bodies are zstd frames against earlier pages of the same host as a raw-content dictionary: what pages of a site
// share is most of them. A dictionary costs no room of its own, since its content is the plain bytes of bodies that are
// stored anyway; it never changes, and its bodies stay while it is used. A host's first page is compressed
// against the first pages of other hosts.
const (
	// A host's dictionary is cut anew after 1, 2, 4, 8, … of its pages, from the last hostParts ones. Of 105 pages of hosts
	// with five or more, two parts save 4 % over one, and a third nothing more.
	hostParts     = 2
	maxHostBytes  = 2 << 20
	maxRecutPages = 500 // at the latest after so many pages: sites change
	// The dictionary for first pages is cut anew when 8, 32, 128, … hosts were seen, from their first pages.
	firstRecut = 8
	firstBytes = 1 << 20 // 4 MB would save 3 % more, for twice the time and 10 MB of memory
	firstPart  = 192 << 10

	// hostsBytes bounds what is held of hosts. It is some 60 kB each, and twice that until the page is written, so that a crawl of two hundred takes turns among them
	// without reading a dictionary back from the database for each page.
	hostsBytes = 20 << 20
	maxHosts   = 4096
	// Windows are history that an encoder keeps in memory: enough for a dictionary and a page. Where pages are small, filling the
	// tables of the usual level costs more than compressing; those of the fastest level are a fifth of the size.
	hostWindow      = 4 << 20
	smallWindow     = 1 << 19
	smallDictionary = 64 << 10
	cachedReader    = 8 // decompressors at hand
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

// compressor is a dictionary with what it takes to compress against it.
type compressor struct {
	dict  *dictionary
	pages int // compressed against it by earlier runs

	held [][]byte      // of a host: the content's parts, compressed quickly
	from []*packedBody // what it was cut from, for whose data there is room until it is stored

	build sync.Once // of first pages
	plain [][]byte  // until it is built
	enc   *zstd.Encoder
}

// dictionaryPart is the beginning of a body.
type dictionaryPart struct {
	body   *packedBody
	length int
	plain  []byte // of a first page that may come into a dictionary
	held   []byte // of a page that may come into its host's: that beginning, compressed quickly
}

// bodyPacker compresses raw bodies. Its pack may be called from many goroutines.
type bodyPacker struct {
	db *DB

	mu       sync.Mutex
	nextID   int64
	hosts    map[string]*list.Element // of order
	order    *list.List               // of *hostPacker, the one that was used last at the end
	bytes    int                      // held of hosts
	encoders []*hostEncoder
	uses     int64 // of encoders
	first    *compressor
	firsts   []dictionaryPart // first pages of hosts, to come into the next first dictionary
	seen     int              // hosts
	recut    int
	plain    *zstd.Encoder
}

// hostPacker is what is known of a host.
type hostPacker struct {
	host   string
	comp   *compressor      // nil: none yet
	recent []dictionaryPart // last pages, shortly before the dictionary is cut anew
	pages  int              // since the dictionary was cut
	recut  int              // cut anew after so many
	bytes  int              // held, as counted in the packer
}

// hostEncoder compresses against the dictionary of one host after the other: it takes 9 MB, and to fill its tables anew less
// than a millisecond.
type hostEncoder struct {
	enc   *zstd.Encoder
	small bool        // for small dictionaries
	dict  *dictionary // in its tables
	busy  bool
	used  int64 // when, in uses
}

func newBodyPacker(db *DB) (*bodyPacker, error) {
	p := &bodyPacker{db: db, hosts: map[string]*list.Element{}, order: list.New(), recut: firstRecut, plain: firstEncoder(nil)}
	ctx := context.Background()
	if err := db.read.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) + 1 FROM dictionaries`).Scan(&p.nextID); err != nil {
		return nil, db.explain(err)
	}
	var err error
	if p.first, err = p.load(ctx, ""); errors.Is(err, ErrCorrupt) {
		return p, nil // doctor and reclean say so; new pages do without it
	}
	return p, err
}

// firstEncoder returns a compressor against the dictionary of first pages (nil: against nothing).
func firstEncoder(d *dictionary, content ...[]byte) *zstd.Encoder {
	opts := []zstd.EOption{
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(2 * firstBytes), zstd.WithLowerEncoderMem(true),
	}
	if d != nil {
		opts = append(opts, zstd.WithEncoderDictRaw(uint32(d.id), slices.Concat(content...)))
	}
	return newEncoder(opts...)
}

func newEncoder(opts ...zstd.EOption) *zstd.Encoder {
	enc, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		panic(err) // only for wrong options
	}
	return enc
}

// load returns the compressor of a host's newest dictionary of an earlier run; nil if there is none.
func (p *bodyPacker) load(ctx context.Context, host string) (*compressor, error) {
	d := &dictionary{host: host, stored: true}
	c := &compressor{dict: d}
	var sum []byte
	err := p.db.read.QueryRowContext(ctx, `SELECT id, sha256, size, (SELECT count(*) FROM raw_bodies b WHERE b.dictionary_id = d.id)
		FROM dictionaries d WHERE host IS ? ORDER BY id DESC LIMIT 1`, orNull(host)).Scan(&d.id, &sum, &d.size, &c.pages)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, p.db.explain(err)
	}
	content, err := p.db.bodies.dictionary(ctx, d.id)
	if err != nil {
		return nil, err
	}
	if host == "" {
		c.plain = [][]byte{content}
	} else {
		c.held = [][]byte{bytes.Clone(s2.Encode(nil, content))}
	}
	return c, nil
}

// pack compresses a page of a host. An error means that the database can't be read.
func (p *bodyPacker) pack(host string, body []byte) *packedBody {
	b := &packedBody{sha256: sha256.Sum256(body), size: len(body), encoding: "zstd", host: host}
	p.mu.Lock()
	h := p.host(host)
	comp := h.comp
	if comp == nil {
		comp = p.first
	}
	keep := h.recut-h.pages <= hostParts
	p.mu.Unlock()
	switch {
	case comp == nil:
		b.data = p.plain.EncodeAll(body, make([]byte, 0, len(body)/4))
	case comp.held == nil:
		b.dictionary, b.data = comp.dict, comp.encoder().EncodeAll(body, make([]byte, 0, len(body)/4))
	default:
		b.dictionary, b.data = comp.dict, p.encode(comp, body)
	}
	if len(b.data) >= len(body) {
		b.encoding, b.data, b.dictionary = "identity", body, nil
	}
	part := dictionaryPart{body: b, length: min(len(body), maxHostBytes)}
	if keep {
		part.held, b.data = bytes.Clone(s2.Encode(nil, body[:part.length])), bytes.Clone(b.data) // without the room to spare that encoders leave
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	if h.comp == nil && h.pages == 0 {
		p.sawHost(b, body)
	}
	if keep {
		h.recent = append(h.recent, part)
		for len(h.recent) > hostParts || bytesOf(h.recent) > maxHostBytes {
			h.recent = slices.Delete(h.recent, 0, 1)
		}
	}
	if h.pages++; h.pages >= h.recut {
		if c := p.cutHost(host, h.recent); c != nil {
			h.comp = c
		}
		h.recent, h.pages, h.recut = nil, 0, min(max(1, 2*h.recut), maxRecutPages)
	}
	p.weigh(h)
	return b
}

// host returns what is known of a host. The caller holds mu.
func (p *bodyPacker) host(host string) *hostPacker {
	if e := p.hosts[host]; e != nil {
		p.order.MoveToBack(e)
		return e.Value.(*hostPacker)
	}
	h := &hostPacker{host: host, recut: 1}
	// What can't be read is done without: the next reader of those bodies will say what is wrong with them.
	if c, err := p.load(context.Background(), host); err == nil && c != nil {
		h.comp, h.pages = c, c.pages
		for h.recut <= h.pages {
			h.recut = 2 * h.recut
		}
		h.recut = min(h.recut, maxRecutPages)
	}
	p.hosts[host] = p.order.PushBack(h)
	return h
}

// weigh counts what is held of a host, and lets go of those that were used longest ago. The caller holds mu.
func (p *bodyPacker) weigh(h *hostPacker) {
	e := p.hosts[h.host]
	if e == nil || e.Value != any(h) {
		return // it was let go while its page was compressed
	}
	p.bytes -= h.bytes
	h.bytes = 1 << 10
	if h.comp != nil {
		for _, held := range h.comp.held {
			h.bytes += len(held)
		}
		for _, b := range h.comp.from {
			h.bytes += len(b.data)
		}
	}
	for _, part := range h.recent {
		h.bytes += len(part.held) + len(part.body.data)
	}
	p.bytes += h.bytes
	for p.order.Len() > 1 && (p.bytes > hostsBytes || p.order.Len() > maxHosts) {
		oldest := p.order.Remove(p.order.Front()).(*hostPacker)
		delete(p.hosts, oldest.host)
		p.bytes -= oldest.bytes
	}
}

// wrote says that bodies are in the database.
func (p *bodyPacker) wrote(bodies map[*packedBody]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for b, id := range bodies {
		b.id, b.data = id, nil
		if e := p.hosts[b.host]; e != nil {
			p.weigh(e.Value.(*hostPacker))
		}
	}
}

// encode compresses a page against the dictionary of its host.
func (p *bodyPacker) encode(c *compressor, body []byte) []byte {
	e := p.encoder(c.dict)
	defer func() {
		p.mu.Lock()
		e.busy = false
		p.mu.Unlock()
	}()
	out := bytes.NewBuffer(make([]byte, 0, len(body)/8))
	if e.dict == c.dict {
		e.enc.Reset(out)
	} else {
		if err := e.enc.ResetWithOptions(out, zstd.WithEncoderDictRaw(uint32(c.dict.id), c.content())); err != nil {
			panic(err) // only for wrong options
		}
		e.dict = c.dict
	}
	_, err := e.enc.Write(body)
	if err = errors.Join(err, e.enc.Close()); err != nil {
		panic(err) // a buffer can't fail
	}
	return out.Bytes()
}

// encoder returns an encoder, if possible one that has the dictionary in its tables already.
func (p *bodyPacker) encoder(d *dictionary) *hostEncoder {
	p.mu.Lock()
	defer p.mu.Unlock()
	small := d.size <= smallDictionary
	var best *hostEncoder
	alike := 0
	for _, e := range p.encoders {
		if e.small != small {
			continue
		}
		alike++
		switch {
		case e.busy:
		case e.dict == d:
			best = e
		case best == nil || best.dict != d && e.used < best.used:
			best = e
		}
	}
	if best == nil || best.dict != d && alike < runtime.GOMAXPROCS(0) {
		level, window := zstd.SpeedDefault, hostWindow
		if small {
			level, window = zstd.SpeedFastest, smallWindow
		}
		best = &hostEncoder{
			enc:   newEncoder(zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true)),
			small: small,
		}
		p.encoders = append(p.encoders, best)
	}
	p.uses++
	best.busy, best.used = true, p.uses
	return best
}

// sawHost counts a host's first page.
func (p *bodyPacker) sawHost(b *packedBody, body []byte) {
	length := min(len(body), firstPart)
	p.firsts = append(p.firsts, dictionaryPart{body: b, length: length, plain: body[:length]})
	for bytesOf(p.firsts) > firstBytes {
		p.firsts = slices.Delete(p.firsts, 0, 1)
	}
	// A run that comes to few hosts does not throw away the dictionary of one that came to many.
	if p.seen++; p.seen >= p.recut && (p.first == nil || bytesOf(p.firsts) >= p.first.dict.size/2) {
		var plain [][]byte
		for _, part := range p.firsts {
			plain = append(plain, part.plain)
		}
		p.first = &compressor{dict: p.cut("", p.firsts, plain), plain: plain}
		p.recut *= 4
	}
}

// cutHost makes a host's dictionary of its last pages; nil if there are none. The caller holds mu.
func (p *bodyPacker) cutHost(host string, parts []dictionaryPart) *compressor {
	if len(parts) == 0 {
		return nil
	}
	c := &compressor{}
	for _, part := range parts {
		c.held = append(c.held, part.held)
		c.from = append(c.from, part.body)
	}
	c.dict = p.cut(host, parts, [][]byte{c.content()})
	return c
}

// cut makes a dictionary. The caller holds mu.
func (p *bodyPacker) cut(host string, parts []dictionaryPart, content [][]byte) *dictionary {
	d := &dictionary{id: p.nextID, host: host, size: bytesOf(parts)}
	p.nextID++
	sum := sha256.New()
	for _, b := range content {
		sum.Write(b)
	}
	copy(d.sha256[:], sum.Sum(nil))
	for _, part := range parts {
		d.parts = append(d.parts, dictionaryPart{body: part.body, length: part.length})
	}
	return d
}

func bytesOf(parts []dictionaryPart) int {
	n := 0
	for _, p := range parts {
		n += p.length
	}
	return n
}

// encoder returns the encoder of first pages.
func (c *compressor) encoder() *zstd.Encoder {
	c.build.Do(func() {
		c.enc = firstEncoder(c.dict, c.plain...)
		c.plain = nil
	})
	return c.enc
}

// content returns the dictionary's bytes.
func (c *compressor) content() []byte {
	var all []byte
	for _, held := range c.held {
		plain, err := s2.Decode(nil, held)
		if err != nil {
			panic(err) // we compressed it
		}
		all = append(all, plain...)
	}
	return all
}

// storeBody writes a body, unless the same bytes are stored, and what it is compressed against.
func storeBody(t *tx, b *packedBody) (id int64, err error) {
	if b.id != 0 {
		return b.id, nil
	}
	defer func() {
		if err == nil {
			t.bodies[b] = id
		}
	}()
	var dict any
	if b.dictionary != nil {
		if err := storeDictionary(t, b.dictionary); err != nil {
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
func storeDictionary(t *tx, d *dictionary) error {
	if d.stored || slices.Contains(t.dictionaries, d) {
		return nil
	}
	res, err := t.exec(`INSERT OR IGNORE INTO dictionaries (id, host, sha256, size, created_at) VALUES (?,?,?,?,?)`,
		d.id, orNull(d.host), d.sha256[:], d.size, timeText(time.Now()))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		for i, part := range d.parts {
			body, err := storeBody(t, part.body)
			if err != nil {
				return err
			}
			if _, err := t.exec(`INSERT INTO dictionary_parts (dictionary_id, position, body_id, length) VALUES (?,?,?,?)`, d.id, i, body, part.length); err != nil {
				return err
			}
		}
	}
	t.dictionaries = append(t.dictionaries, d)
	return nil
}

// bodyReader reads raw bodies back.
type bodyReader struct {
	db *DB

	mu       sync.Mutex
	decoders map[int64]*dictionaryReader
	order    []int64
}

type dictionaryReader struct {
	content []byte
	dec     *zstd.Decoder
}

// What a damaged or hostile file can make us allocate is bounded.
const (
	maxBody       = 64 << 20 // the cleaner takes no larger page
	maxDictionary = 16 << 20 // ours end at hostParts pages of maxHostBytes
	maxChain      = 10_000   // dictionaries made of pages compressed against dictionaries: that of 5 million pages of a host
)

// Body returns the bytes of a raw body, as they were fetched. An error that wraps ErrCorrupt is about this body alone.
func (db *DB) Body(ctx context.Context, id int64) ([]byte, error) {
	return db.bodies.body(ctx, id, 0)
}

// decode returns what was compressed. Whatever the decoder does over bytes that only a damaged file has is an error.
func (d *dictionaryReader) decode(data []byte, size int64) (plain []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	const ratio = 64 // more is reserved as it comes
	return d.dec.DecodeAll(data, make([]byte, 0, min(size, ratio*int64(len(data)))))
}

// damaged is an error about a body or dictionary that can't be as we wrote it.
func (r *bodyReader) damaged(format string, args ...any) error {
	return fmt.Errorf("%s: %w: %w", r.db.path, ErrCorrupt, fmt.Errorf(format, args...))
}

// unreadable is an error of a query about one body or dictionary: a row that is gone or holds what it can't is damage.
func (r *bodyReader) unreadable(ctx context.Context, err error, what string, id int64) error {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return r.damaged("%s %d is gone", what, id)
	case ctx.Err() == nil && sqliteCode(err) == 0:
		return r.damaged("%s %d: %w", what, id, err)
	}
	return r.db.explain(err)
}

func (r *bodyReader) body(ctx context.Context, id int64, chain int) ([]byte, error) {
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
func (r *bodyReader) dictionary(ctx context.Context, id int64) ([]byte, error) {
	d, err := r.reader(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	return d.content, nil
}

// reader returns the decompressor for a dictionary, 0 for none.
func (r *bodyReader) reader(ctx context.Context, id int64, chain int) (*dictionaryReader, error) {
	r.mu.Lock()
	d := r.decoders[id]
	r.mu.Unlock()
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
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.decoders == nil {
		r.decoders = map[int64]*dictionaryReader{}
	}
	if len(r.order) >= cachedReader { // its users may still decode with it: the collector closes it
		delete(r.decoders, r.order[0])
		r.order = slices.Delete(r.order, 0, 1)
	}
	r.decoders[id], r.order = d, append(r.order, id)
	return d, nil
}

// content puts a dictionary together from its bodies. These were stored before it, so this ends.
func (r *bodyReader) content(ctx context.Context, id int64, chain int) ([]byte, error) {
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

func (r *bodyReader) parts(ctx context.Context, id int64) ([]part, error) {
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

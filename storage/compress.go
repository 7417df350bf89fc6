package storage

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"sync"

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
)

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
	content, err := bodyReader{p.db}.dictionary(ctx, d.id)
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

// wrote says that what a transaction stored is in the database.
func (p *bodyPacker) wrote(stored *storedBodies) {
	for _, d := range stored.dictionaries {
		d.stored, d.parts = true, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for b, id := range stored.ids {
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

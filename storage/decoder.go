package storage

import (
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

type dictionaryReader struct {
	content []byte
	dec     *zstd.Decoder
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

// cachedDecoders is how many decompressors are at hand.
const cachedDecoders = 8

// decoders are those that were made last, by the id of their dictionary.
type decoders struct {
	mu    sync.Mutex
	of    map[int64]*dictionaryReader
	order []int64
}

// get returns the decompressor for a dictionary, nil if it must be made.
func (c *decoders) get(id int64) *dictionaryReader {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[id]
}

// add keeps a decompressor, in place of the one that was made first.
func (c *decoders) add(id int64, d *dictionaryReader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[int64]*dictionaryReader{}
	}
	if len(c.order) >= cachedDecoders { // its users may still decode with it: the collector closes it
		delete(c.of, c.order[0])
		c.order = slices.Delete(c.order, 0, 1)
	}
	c.of[id], c.order = d, append(c.order, id)
}

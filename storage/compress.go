package storage

import (
	"crypto/sha256"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// packedBody is a raw body, ready to be stored.
type packedBody struct {
	sha256     [sha256.Size]byte
	size       int
	encoding   string
	dictionary int64 // 0: none
	data       []byte
}

// bodyPacker compresses raw bodies.
type bodyPacker struct{ enc *zstd.Encoder }

func newBodyPacker() *bodyPacker {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(2))
	if err != nil {
		panic(err) // only for wrong options
	}
	return &bodyPacker{enc}
}

func (p *bodyPacker) pack(body []byte) *packedBody {
	b := &packedBody{sha256: sha256.Sum256(body), size: len(body), encoding: "zstd", data: p.enc.EncodeAll(body, nil)}
	if len(b.data) >= len(body) {
		b.encoding, b.data = "identity", body
	}
	return b
}

func (p *bodyPacker) close() { _ = p.enc.Close() }

// unpackBody returns the plain bytes of a stored body.
func unpackBody(encoding string, data []byte) ([]byte, error) {
	switch encoding {
	case "identity":
		return data, nil
	case "zstd":
		dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer dec.Close()
		return dec.DecodeAll(data, nil)
	}
	return nil, fmt.Errorf("unknown encoding %q", encoding)
}

package cleaner

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"newsmill/cleaner/forest"
)

// Model is a boosted sum of decision trees that tells which blocks of a page are its article. The built-in one is
// trained by cmd/newsmill-train.
type Model struct {
	forest forest.Forest
	exits  []exit
}

// exit lets blocks go early: most of a page is plainly not its article, and most of the article plainly is.
type exit struct {
	Trees     uint32  // after so many
	Low, High float32 // blocks whose sum of leaves is below or above
}

const modelMagic = "newsmill model 3\n"

//go:embed model.bin
var builtInModel []byte

var defaultModel = sync.OnceValue(func() *Model {
	m, err := ReadModel(bytes.NewReader(builtInModel))
	if err != nil {
		panic(err) // an embedded file: a test reads it
	}
	return m
})

// ReadModel reads a model as cmd/newsmill-train writes it.
func ReadModel(r io.Reader) (*Model, error) {
	if !forest.Begins(r, modelMagic) {
		return nil, errors.New("not a newsmill model: train one with newsmill-train")
	}
	var head struct{ Features, Exits uint32 }
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if head.Features != featureCount {
		return nil, fmt.Errorf("model has %d features, this program %d: train it again", head.Features, featureCount)
	}
	m := &Model{exits: make([]exit, min(head.Exits, 16))}
	if err := binary.Read(r, binary.LittleEndian, m.exits); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	var err error
	if m.forest, err = forest.Read(r); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return m, nil
}

// probability returns that of a block to be body, and whether it was let go early: then only its side is right.
func (m *Model) probability(x []float32) (p float32, early bool) {
	exits := m.exits
	sum := float32(0)
	for i := range m.forest.Trees() {
		if len(exits) > 0 && i == int(exits[0].Trees) {
			if sum < exits[0].Low || sum > exits[0].High {
				early = true
				break
			}
			exits = exits[1:]
		}
		sum += m.forest.Value(i, x)
	}
	return float32(1 / (1 + math.Exp(-float64(sum)))), early
}

// score returns the probability of a block to be body.
func (m *Model) score(x []float32) float32 {
	p, _ := m.probability(x)
	return p
}

// Sample is a block as the model sees it.
type Sample struct {
	Text     string
	Path     string
	Features []float32
	Tokens   []uint16 // of lines
}

// Samples returns the blocks of a page with their features, for training.
func Samples(p Page) ([]Sample, error) {
	text, _, err := p.text()
	if err != nil {
		return nil, err
	}
	doc := &document{}
	if err := doc.segment(text, p); err != nil || doc.lines {
		return nil, err
	}
	f := featurize(doc, gather(doc))
	samples := make([]Sample, len(doc.blocks))
	for i := range doc.blocks {
		x := make([]float32, featureCount)
		f.row(i, x)
		samples[i] = Sample{Text: doc.blocks[i].text, Path: string(doc.appendPath(nil, doc.blocks[i].el)), Features: x}
	}
	return samples, nil
}

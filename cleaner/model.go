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
)

// Model is a boosted sum of decision trees that tells which blocks of a page are its article. The built-in one is
// trained by cmd/newsmill-train.
type Model struct {
	forest forest
	exits  []exit
}

// exit lets blocks go early: most of a page is plainly not its article, and most of the article plainly is.
type exit struct {
	Trees     uint32  // after so many
	Low, High float32 // blocks whose sum of leaves is below or above
}

// forest is a boosted sum of trees.
type forest []tree

// tree is small enough that what a page needs of its forest stays in the processor's first cache.
type tree struct {
	nodes  []node
	leaves []float32
}

// node is a decision: at most Split goes to Left. A child below zero is the leaf -1-child.
type node struct {
	Split       float32
	Feature     uint16
	Left, Right int8
}

const maxLeaves = 128 // of a tree

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
	if !begins(r, modelMagic) {
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
	if m.forest, err = readForest(r); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return m, nil
}

// begins reads the first bytes of a model, and reports whether they say which one it is.
func begins(r io.Reader, magic string) bool {
	head := make([]byte, len(magic))
	_, err := io.ReadFull(r, head)
	return err == nil && string(head) == magic
}

// decision is a node as files have it.
type decision struct {
	Feature     uint16
	Left, Right int16
	Split       float32
}

// readForest reads trees: the number of leaves, that many values less one decisions, the leaves.
func readForest(r io.Reader) (forest, error) {
	var f forest
	var trees uint32
	if err := binary.Read(r, binary.LittleEndian, &trees); err != nil {
		return f, err
	}
	for range trees {
		var leaves uint16
		if err := binary.Read(r, binary.LittleEndian, &leaves); err != nil {
			return f, err
		}
		if leaves > maxLeaves {
			return f, fmt.Errorf("a tree of %d leaves, of %d at most: train it again with fewer", leaves, maxLeaves)
		}
		decisions := make([]decision, max(1, int(leaves))-1)
		t := tree{make([]node, len(decisions)), make([]float32, leaves)}
		if err := binary.Read(r, binary.LittleEndian, decisions); err != nil {
			return f, err
		}
		if err := binary.Read(r, binary.LittleEndian, t.leaves); err != nil {
			return f, err
		}
		if leaves < 2 {
			continue
		}
		for i, d := range decisions {
			t.nodes[i] = node{d.Split, d.Feature, int8(d.Left), int8(d.Right)}
		}
		f = append(f, t)
	}
	return f, nil
}

// probability returns that of a block to be body, and whether it was let go early: then only its side is right.
func (m *Model) probability(x []float32) (p float32, early bool) {
	exits := m.exits
	sum := float32(0)
	for i := range m.forest {
		if len(exits) > 0 && i == int(exits[0].Trees) {
			if sum < exits[0].Low || sum > exits[0].High {
				early = true
				break
			}
			exits = exits[1:]
		}
		sum += m.forest[i].value(x)
	}
	return float32(1 / (1 + math.Exp(-float64(sum)))), early
}

// score returns the probability of a block to be body.
func (m *Model) score(x []float32) float32 {
	p, _ := m.probability(x)
	return p
}

// value returns the leaf that features lead to.
func (t *tree) value(x []float32) float32 {
	at := int8(0)
	for at >= 0 {
		n := &t.nodes[at]
		at = n.Right
		if x[n.Feature] <= n.Split {
			at = n.Left
		}
	}
	return t.leaves[-1-at]
}

// Sample is a block as the model sees it.
type Sample struct {
	Text     string
	Path     string
	Features []float32
}

// Samples returns the blocks of a page with their features, for training.
func Samples(p Page) ([]Sample, error) {
	text, _, err := decode(p)
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
		samples[i] = Sample{doc.blocks[i].text, string(doc.appendPath(nil, doc.blocks[i].el)), x}
	}
	return samples, nil
}

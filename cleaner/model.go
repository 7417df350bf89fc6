package cleaner

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
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

// forest is a boosted sum of trees, one behind the other: what a page needs of it stays in the processor's first cache.
type forest struct {
	nodes []node
	roots []int32   // by tree, where its nodes begin
	rest  []float32 // by tree, the most that it and those behind it can add
}

// node is a decision: what is at most Split goes on with the next node, all else Right nodes further on. Where Right is 0 it is a leaf, and
// Split its value.
type node struct {
	Split          float32
	Feature, Right uint16
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
		var count uint16
		if err := binary.Read(r, binary.LittleEndian, &count); err != nil {
			return f, err
		}
		if count > maxLeaves {
			return f, fmt.Errorf("a tree of %d leaves, of %d at most: train it again with fewer", count, maxLeaves)
		}
		decisions, leaves := make([]decision, max(1, count)-1), make([]float32, count)
		if err := binary.Read(r, binary.LittleEndian, decisions); err != nil {
			return f, err
		}
		if err := binary.Read(r, binary.LittleEndian, leaves); err != nil {
			return f, err
		}
		if count < 2 {
			continue
		}
		root := len(f.nodes)
		f.roots, f.rest = append(f.roots, int32(root)), append(f.rest, slices.Max(leaves))
		if !f.plant(decisions, leaves, 0, root+2*int(count)-1) {
			return f, errors.New("a tree whose branches grow together: train it again")
		}
	}
	for i := len(f.rest) - 2; i >= 0; i-- {
		f.rest[i] += f.rest[i+1]
	}
	return f, nil
}

// plant appends a decision or, below zero, the leaf -1-at of a tree, and all that is below it; false where that is more nodes than end.
func (f *forest) plant(decisions []decision, leaves []float32, at int16, end int) bool {
	if int(at) >= len(decisions) || -1-int(at) >= len(leaves) || len(f.nodes) == end {
		return false
	}
	if at < 0 {
		f.nodes = append(f.nodes, node{Split: leaves[-1-at]})
		return true
	}
	d, here := decisions[at], len(f.nodes)
	f.nodes = append(f.nodes, node{Split: d.Split, Feature: d.Feature})
	if !f.plant(decisions, leaves, d.Left, end) {
		return false
	}
	f.nodes[here].Right = uint16(len(f.nodes) - here)
	return f.plant(decisions, leaves, d.Right, end)
}

// value returns the leaf of a tree that features lead to.
func (f *forest) value(tree int, x []float32) float32 {
	at := int(f.roots[tree])
	n := &f.nodes[at]
	for n.Right != 0 {
		if x[n.Feature] <= n.Split {
			at++
		} else {
			at += int(n.Right)
		}
		n = &f.nodes[at]
	}
	return n.Split
}

// sum returns the sum of the leaves that features lead to. Where it can't reach least, more than it is but less than that will do.
func (f *forest) sum(x []float32, least float32) float32 {
	sum := float32(0)
	for i, rest := range f.rest {
		if sum+rest < least {
			return sum + rest
		}
		sum += f.value(i, x)
	}
	return sum
}

// probability returns that of a block to be body, and whether it was let go early: then only its side is right.
func (m *Model) probability(x []float32) (p float32, early bool) {
	exits := m.exits
	sum := float32(0)
	for i := range m.forest.roots {
		if len(exits) > 0 && i == int(exits[0].Trees) {
			if sum < exits[0].Low || sum > exits[0].High {
				early = true
				break
			}
			exits = exits[1:]
		}
		sum += m.forest.value(i, x)
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

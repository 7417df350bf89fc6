// Package forest evaluates boosted sums of decision trees, as cmd/newsmill-train writes them.
package forest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Forest is a boosted sum of trees, one behind the other: what a page needs of it stays in the processor's first cache.
type Forest struct {
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

// Begins reads the first bytes of a model, and reports whether they say which one it is.
func Begins(r io.Reader, magic string) bool {
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

// Read reads trees: the number of leaves, that many values less one decisions, the leaves.
func Read(r io.Reader) (Forest, error) {
	var f Forest
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
func (f *Forest) plant(decisions []decision, leaves []float32, at int16, end int) bool {
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

// Value returns the leaf of a tree that features lead to.
func (f *Forest) Value(tree int, x []float32) float32 {
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

// Sum returns the sum of the leaves that features lead to. Where it can't reach least, more than it is but less than that will do.
func (f *Forest) Sum(x []float32, least float32) float32 {
	sum := float32(0)
	for i, rest := range f.rest {
		if sum+rest < least {
			return sum + rest
		}
		sum += f.Value(i, x)
	}
	return sum
}

// Trees returns how many there are.
func (f *Forest) Trees() int { return len(f.roots) }

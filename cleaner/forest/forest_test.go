package forest

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// TestForest reads trees as files have them, and those that are none.
func TestForest(t *testing.T) {
	write := func(trees ...any) *bytes.Buffer {
		b := new(bytes.Buffer)
		for _, part := range trees {
			if err := binary.Write(b, binary.LittleEndian, part); err != nil {
				t.Fatal(err)
			}
		}
		return b
	}
	f, err := Read(write(uint32(3),
		uint16(2), decision{Feature: 1, Left: -1, Right: -2, Split: 0.5}, []float32{-1, 2},
		uint16(1), []float32{7}, // always the same: left out
		uint16(3), []decision{{Feature: 0, Left: 1, Right: -1, Split: 3}, {Feature: 1, Left: -3, Right: -2, Split: -1}}, []float32{10, 20, 30}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ first, second, want float32 }{{4, 0, 9}, {4, 1, 12}, {3, 0, 19}, {3, -1, 29}, {0, 0.5, 19}, {0, 0.6, 22}} {
		x := []float32{c.first, c.second}
		if got := f.Sum(x, float32(math.Inf(-1))); got != c.want {
			t.Errorf("sum of %v is %g, want %g", x, got, c.want)
		}
		if got := f.Sum(x, c.want); got != c.want {
			t.Errorf("sum of %v is %g where %g is asked for", x, got, c.want)
		}
		if got := f.Sum(x, c.want+0.5); got >= c.want+0.5 {
			t.Errorf("sum of %v is %g, more than it can be", x, got)
		}
	}
	for name, file := range map[string]*bytes.Buffer{
		"grown together": write(uint32(1), uint16(3), []decision{{Left: 1, Right: 1}, {Left: -1, Right: -2}}, []float32{1, 2, 3}),
		"a circle":       write(uint32(1), uint16(3), []decision{{Left: 1, Right: -1}, {Left: 0, Right: -2}}, []float32{1, 2, 3}),
		"no such branch": write(uint32(1), uint16(2), decision{Left: 1, Right: -2}, []float32{1, 2}),
		"no such leaf":   write(uint32(1), uint16(2), decision{Left: -1, Right: -3}, []float32{1, 2}),
		"cut off":        write(uint32(1), uint16(2), decision{Left: -1, Right: -2}),
	} {
		if _, err := Read(file); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

package forest_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"newsmill/cleaner/forest"
)

// A forest of one tree: is the second number above a half?
func ExampleRead() {
	var file bytes.Buffer
	for _, part := range []any{
		uint32(1),                                     // trees
		uint16(2),                                     // leaves of the first
		uint16(1), int16(-1), int16(-2), float32(0.5), // the feature, where to go at most and above, the split
		float32(-1), float32(2), // the leaves
	} {
		_ = binary.Write(&file, binary.LittleEndian, part)
	}
	f, err := forest.Read(&file)
	fmt.Println(f.Sum([]float32{0, 0.3}, float32(math.Inf(-1))), f.Sum([]float32{0, 0.7}, float32(math.Inf(-1))), err)
	// Output: -1 2 <nil>
}

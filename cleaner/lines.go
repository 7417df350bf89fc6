package cleaner

import "strings"

// segmentLines makes blocks of plain text: one a line.
func (d *document) segmentLines(text string) {
	d.lines = true
	for line := range strings.Lines(text) {
		if t := fold(line); t != "" {
			d.blocks = append(d.blocks, block{text: t, el: -1, figure: -1, kind: textBlock})
		}
	}
}

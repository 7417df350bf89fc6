package term

import (
	"io"
	"slices"
	"strings"
)

// Column says how a column of a table is laid out.
type Column struct {
	Name  string // as data has it: published_at
	Right bool   // at the right, as numbers are
	Grow  bool   // takes the width that the others leave
	Spare bool   // left out of a table that would else be too wide, the last first
}

// Table is rows of cells under the names of their columns. What is too long for its Width is cut with an ellipsis: the
// columns that grow share what the others leave.
type Table struct {
	Columns []Column
	Rows    [][]string // a cell for each column; foreign text is made fit for a terminal
	Width   int        // 0: as wide as it gets
	Colored bool       // the names stand out
}

// Print writes the table, a line a row.
func (t Table) Print(w io.Writer) error {
	t.Columns, t.Rows = slices.Clone(t.Columns), slices.Clone(t.Rows)
	widths := t.measure()
	if t.Width > 0 {
		widths = t.spareColumns(widths)
		fit(t.Columns, widths, t.Width)
	}
	names := make([]string, len(t.Columns))
	for j, c := range t.Columns {
		names[j] = strings.ToUpper(strings.ReplaceAll(c.Name, "_", " "))
	}
	head := tableLine(t.Columns, widths, names)
	if t.Colored {
		head = Bold + head + Reset
	}
	if _, err := io.WriteString(w, head+"\n"); err != nil {
		return err
	}
	for _, row := range t.Rows {
		if _, err := io.WriteString(w, tableLine(t.Columns, widths, row)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// measure makes the cells fit for a terminal, and returns how wide each column is.
func (t *Table) measure() []int {
	widths := make([]int, len(t.Columns))
	for j, c := range t.Columns {
		widths[j] = Width(c.Name)
	}
	for i, row := range t.Rows {
		t.Rows[i] = make([]string, len(t.Columns))
		for j, cell := range row {
			t.Rows[i][j] = OneLine(cell)
			widths[j] = max(widths[j], Width(t.Rows[i][j]))
		}
	}
	return widths
}

// spareColumns leaves out what may be, from the right, as long as no narrower columns would do, and returns the widths of the others.
func (t *Table) spareColumns(widths []int) []int {
	for j := len(t.Columns) - 1; j >= 0 && leastWidth(t.Columns, widths) > t.Width; j-- {
		if !t.Columns[j].Spare {
			continue
		}
		t.Columns, widths = slices.Delete(t.Columns, j, j+1), slices.Delete(widths, j, j+1)
		for i := range t.Rows {
			t.Rows[i] = slices.Delete(t.Rows[i], j, j+1)
		}
	}
	return widths
}

// tableLine is a row on one line, without white space at its end.
func tableLine(columns []Column, widths []int, cells []string) string {
	var sb strings.Builder
	for j, cell := range cells {
		if j > 0 {
			sb.WriteString("  ")
		}
		cell = Cut(cell, widths[j])
		if columns[j].Right {
			sb.WriteString(narrow.FillLeft(cell, widths[j]))
		} else {
			sb.WriteString(Pad(cell, widths[j]))
		}
	}
	return strings.TrimRight(sb.String(), " ")
}

// smallestColumn is how narrow a growing column may become.
const smallestColumn = 12

// leastWidth is the width of a line when the growing columns are as narrow as they may be.
func leastWidth(columns []Column, widths []int) int {
	total := 2 * (len(widths) - 1)
	for j, w := range widths {
		if columns[j].Grow {
			w = min(w, smallestColumn)
		}
		total += w
	}
	return total
}

// fit shrinks the growing columns so that a line fits into width, each to no less than smallestColumn.
func fit(columns []Column, widths []int, width int) {
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for total > width {
		widest := -1
		for j, c := range columns {
			if c.Grow && widths[j] > smallestColumn && (widest < 0 || widths[j] > widths[widest]) {
				widest = j
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
		total--
	}
}

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
	columns, rows := slices.Clone(t.Columns), make([][]string, len(t.Rows))
	widths := make([]int, len(columns))
	for j, c := range columns {
		widths[j] = Width(c.Name)
	}
	for i, row := range t.Rows {
		rows[i] = make([]string, len(columns))
		for j, cell := range row {
			rows[i][j] = OneLine(cell)
			widths[j] = max(widths[j], Width(rows[i][j]))
		}
	}
	if t.Width > 0 {
		for j := len(columns) - 1; j >= 0 && leastWidth(columns, widths) > t.Width; j-- {
			if !columns[j].Spare {
				continue
			}
			columns, widths = slices.Delete(columns, j, j+1), slices.Delete(widths, j, j+1)
			for i := range rows {
				rows[i] = slices.Delete(rows[i], j, j+1)
			}
		}
		fit(columns, widths, t.Width)
	}
	names := make([]string, len(columns))
	for j, c := range columns {
		names[j] = strings.ToUpper(strings.ReplaceAll(c.Name, "_", " "))
	}
	head := tableLine(columns, widths, names)
	if t.Colored {
		head = Bold + head + Reset
	}
	if _, err := io.WriteString(w, head+"\n"); err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := io.WriteString(w, tableLine(columns, widths, row)+"\n"); err != nil {
			return err
		}
	}
	return nil
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

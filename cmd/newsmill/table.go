package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/pflag"
)

// rowFormats are the formats of commands that print rows.
var rowFormats = []string{"table", "json", "jsonl", "csv"}

// rowFlags are --format and its short form --json, for commands that print rows.
type rowFlags struct {
	format string
	json   bool
}

func (f *rowFlags) add(flags *pflag.FlagSet) {
	choiceVar(flags, &f.format, "format", "table", rowFormats, "what to print")
	flags.BoolVar(&f.json, "json", false, "the same as --format json")
}

func (f *rowFlags) chosen() string {
	if f.json {
		return "json"
	}
	return f.format
}

// column is one column of rows of type T, in a table and in CSV. In JSON a row is T itself.
type column[T any] struct {
	name  string
	value func(T) string
	right bool // numbers
	grow  bool // takes the width that the others leave
	hide  bool // only in CSV
	spare bool // left out of a table that would else be wider than the terminal, the last first
}

// writeRows prints rows in one of rowFormats.
func writeRows[T any](a *app, w io.Writer, format string, columns []column[T], rows []T) error {
	switch format {
	case "json":
		return writeJSON(w, list(rows), true)
	case "jsonl":
		for _, row := range rows {
			if err := writeJSON(w, row, false); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return writeCSV(a, w, columns, rows)
	}
	return writeTable(a, w, columns, rows)
}

// streamRows prints rows as they come, in constant memory but for the formats that need all at once: a table, and a
// JSON list.
func streamRows[T any](a *app, w io.Writer, format string, columns []column[T], rows iter.Seq2[T, error]) error {
	if format == "table" || format == "json" {
		var all []T
		for row, err := range rows {
			if err != nil {
				return err
			}
			all = append(all, row)
		}
		return writeRows(a, w, format, columns, all)
	}
	out, printable := csv.NewWriter(w), a.printing()
	if format == "csv" {
		if err := writeCSV[T](a, w, columns, nil); err != nil {
			return err
		}
	}
	record := make([]string, len(columns))
	for row, err := range rows {
		if err == nil && format == "jsonl" {
			err = writeJSON(w, row, false)
		} else if err == nil {
			for i, c := range columns {
				record[i] = printable(c.value(row))
			}
			err = out.Write(record)
		}
		if err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func writeCSV[T any](a *app, w io.Writer, columns []column[T], rows []T) error {
	out, printable := csv.NewWriter(w), a.printing()
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.name
	}
	out.Write(record) // errors are kept until Flush
	for _, row := range rows {
		for i, c := range columns {
			record[i] = printable(c.value(row))
		}
		out.Write(record)
	}
	out.Flush()
	return out.Error()
}

// writeTable prints a table that fits the terminal: the columns that grow share what the others leave, and what
// is too long is cut with an ellipsis.
func writeTable[T any](a *app, w io.Writer, columns []column[T], rows []T) error {
	columns = slices.DeleteFunc(slices.Clone(columns), func(c column[T]) bool { return c.hide })
	widths := make([]int, len(columns))
	cells := make([][]string, len(rows))
	for j, c := range columns {
		widths[j] = textWidth(c.name)
	}
	for i, row := range rows {
		cells[i] = make([]string, len(columns))
		for j, c := range columns {
			cells[i][j] = oneCell(c.value(row))
			widths[j] = max(widths[j], textWidth(cells[i][j]))
		}
	}
	if width := a.columns(); width > 0 {
		for j := len(columns) - 1; j >= 0 && leastWidth(columns, widths) > width; j-- {
			if !columns[j].spare {
				continue
			}
			columns, widths = slices.Delete(columns, j, j+1), slices.Delete(widths, j, j+1)
			for i := range cells {
				cells[i] = slices.Delete(cells[i], j, j+1)
			}
		}
		fit(columns, widths, width)
	}
	colored := a.colored()
	var sb strings.Builder
	line := func(values []string) {
		sb.Reset()
		for j, v := range values {
			if j > 0 {
				sb.WriteString("  ")
			}
			v = cut(v, widths[j])
			pad := strings.Repeat(" ", max(0, widths[j]-textWidth(v)))
			if columns[j].right {
				sb.WriteString(pad + v)
			} else {
				sb.WriteString(v + pad)
			}
		}
	}
	names := make([]string, len(columns))
	for j, c := range columns {
		names[j] = strings.ToUpper(strings.ReplaceAll(c.name, "_", " "))
	}
	line(names)
	head := strings.TrimRight(sb.String(), " ")
	if colored {
		head = bold + head + reset
	}
	if _, err := fmt.Fprintln(w, head); err != nil {
		return err
	}
	for _, values := range cells {
		line(values)
		if _, err := fmt.Fprintln(w, strings.TrimRight(sb.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// smallestColumn is how narrow a growing column may become.
const smallestColumn = 12

// leastWidth is the width of a line when the growing columns are as narrow as they may be.
func leastWidth[T any](columns []column[T], widths []int) int {
	total := 2 * (len(widths) - 1)
	for j, w := range widths {
		if columns[j].grow {
			w = min(w, smallestColumn)
		}
		total += w
	}
	return total
}

// fit shrinks the growing columns so that a line fits into width, each to no less than smallestColumn.
func fit[T any](columns []column[T], widths []int, width int) {
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for total > width {
		widest := -1
		for j, c := range columns {
			if c.grow && widths[j] > smallestColumn && (widest < 0 || widths[j] > widths[widest]) {
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

// oneCell is foreign text made fit for a cell: one line, no control characters.
func oneCell(s string) string { return strings.Join(strings.Fields(stripControls(s)), " ") }

// cut shortens a text to a width, with an ellipsis where something is missing.
func cut(s string, width int) string {
	if textWidth(s) <= width {
		return s
	}
	return narrow.Truncate(s, width, "…")
}

// narrow measures text as terminals do; ambiguous characters (quotes, dashes, Greek) take one column, whatever
// the locale, so that output does not depend on it.
var narrow = func() *runewidth.Condition {
	c := runewidth.NewCondition()
	c.EastAsianWidth = false
	return c
}()

func textWidth(s string) int { return narrow.StringWidth(s) }

// ANSI escape codes.
const (
	bold      = "\x1b[1m"
	faint     = "\x1b[2m"
	italic    = "\x1b[3m"
	underline = "\x1b[4m"
	red       = "\x1b[31m"
	green     = "\x1b[32m"
	yellow    = "\x1b[33m"
	reset     = "\x1b[0m"
)

// plural is "1 article" or "7 articles".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return thousands(n) + " " + word + "s"
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

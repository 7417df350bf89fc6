package main

import (
	"encoding/csv"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"newsmill/cmd/newsmill/term"
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

// writeTable prints rows as a table that fits the terminal.
func writeTable[T any](a *app, w io.Writer, columns []column[T], rows []T) error {
	columns = slices.DeleteFunc(slices.Clone(columns), func(c column[T]) bool { return c.hide })
	t := term.Table{Columns: make([]term.Column, len(columns)), Rows: make([][]string, len(rows)), Width: a.columns(), Colored: a.colored()}
	for j, c := range columns {
		t.Columns[j] = term.Column{Name: c.name, Right: c.right, Grow: c.grow, Spare: c.spare}
	}
	for i, row := range rows {
		t.Rows[i] = make([]string, len(columns))
		for j, c := range columns {
			t.Rows[i][j] = c.value(row)
		}
	}
	return t.Print(w)
}

// whenSeen is a moment as a table has it; never for none.
func whenSeen(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

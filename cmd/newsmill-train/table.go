package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"newsmill/cleaner"
)

// table is what a trainer in Python reads: rows of float32 in one file, and what they are in another, an object of JSON a line.
type table struct {
	files []*os.File
	rows  *bufio.Writer
	list  *bufio.Writer
	enc   *json.Encoder
}

func newTable(opt options, rows, list string) (*table, error) {
	t := &table{}
	for _, name := range []string{rows, list} {
		file, err := os.Create(filepath.Join(opt.work, name))
		if err != nil {
			t.close()
			return nil, err
		}
		t.files = append(t.files, file)
	}
	t.rows, t.list = bufio.NewWriterSize(t.files[0], 1<<20), bufio.NewWriterSize(t.files[1], 1<<20)
	t.enc = json.NewEncoder(t.list)
	t.enc.SetEscapeHTML(false)
	return t, nil
}

// add writes what rows are, and them.
func (t *table) add(what any, rows ...[]float32) error {
	for _, row := range rows {
		raw := make([]byte, 0, 4*len(row))
		for _, v := range row {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
		if _, err := t.rows.Write(raw); err != nil {
			return err
		}
	}
	return t.enc.Encode(what)
}

func (t *table) flush() error { return errors.Join(t.rows.Flush(), t.list.Flush()) }

func (t *table) close() {
	for _, f := range t.files {
		f.Close()
	}
}

// dump writes the features of all blocks: features.f32, a row of float32 a block; blocks.jsonl, what the block is.
func dump(opt options, pages []truth, sample func(cleaner.Page) ([]cleaner.Sample, error)) error {
	table, err := newTable(opt, "features.f32", "blocks.jsonl")
	if err != nil {
		return err
	}
	defer table.close()
	for _, t := range pages {
		page, err := readPage(opt.corpus, t)
		if err != nil {
			return err
		}
		samples, err := sample(page)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s/%s: %v\n", t.set, t.ID, err)
			continue
		}
		for _, s := range samples {
			if err := table.add(map[string]any{"set": t.set, "id": t.ID, "text": s.Text, "path": s.Path, "tokens": s.Tokens}, s.Features); err != nil {
				return err
			}
		}
	}
	return table.flush()
}

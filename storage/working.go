package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
)

// working remembers beside the database which jobs the process is working on, so that the next one knows what killed it: a page
// that overflows the stack or takes all memory ends the process without a word, and would end each one after it. It is a file,
// not a table: a row for each page would be a transaction for each page. What is written to it is there after the process died,
// though not after a power failure, which no page causes.
//
// The file is made for the first job and removed at the end. After its head come the ids of jobs, eight bytes each, big endian;
// 0 is a free place.
type working struct {
	path string

	mu     sync.Mutex
	file   *os.File
	broken bool // it can't be written: nothing is remembered
	places []int64
}

const (
	workingHead = "newsmill at work"
	// mostWorking bounds what is read back: nobody works on more at once.
	mostWorking = 4096
	// mostDeaths is how many runs in a row a job may end before it is set aside.
	mostDeaths = 3
)

// Died is a job that a process was working on when it died.
type Died struct {
	URL        string
	Deaths     int  // processes in a row
	IsSetAside bool // and is left alone for a day, and twice as long each time
}

// leftover returns the jobs that a process before us was working on when it died.
func (w *working) leftover() (ids []int64) {
	f, err := openOwn(w.path, os.O_RDONLY)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(len(workingHead)+8*mostWorking)))
	places, isOurs := bytes.CutPrefix(b, []byte(workingHead))
	if err != nil || !isOurs {
		w.broken = true // it is somebody's
		return nil
	}
	for ; len(places) >= 8; places = places[8:] {
		if id := int64(binary.BigEndian.Uint64(places)); id > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// begin notes a job, and returns what takes it out again.
func (w *working) begin(id int64) (done func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil && !w.broken {
		f, err := openOwn(w.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
		if err == nil {
			_, err = f.WriteAt([]byte(workingHead), 0)
		}
		w.file, w.broken = f, err != nil
	}
	place := -1
	for i, taken := range w.places {
		if taken == 0 {
			place = i
			break
		}
	}
	if place < 0 {
		place = len(w.places)
		w.places = append(w.places, 0)
	}
	w.set(place, id)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.set(place, 0)
	}
}

func (w *working) set(place int, id int64) {
	w.places[place] = id
	if w.file == nil || w.broken {
		return
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(id))
	if _, err := w.file.WriteAt(b[:], int64(len(workingHead)+8*place)); err != nil {
		w.broken = true // as on a full disk, which the database tells of
	}
}

// close removes the file: the process ends in order.
func (w *working) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	err := errors.Join(w.file.Close(), os.Remove(w.path))
	w.file, w.broken = nil, true
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// What SQLite and we keep beside a database, as endings of its name.
const (
	logEnding     = "-wal"
	sharedEnding  = "-shm"
	journalEnding = "-journal"
	lockEnding    = ".lock"
	workingEnding = ".working"
)

// besides is all of them.
var besides = []string{logEnding, sharedEnding, journalEnding, lockEnding, workingEnding}

// RealPath returns where a file is, or will be once it is made: behind the symbolic links of its folder and its own, as SQLite
// goes. What can't be followed is returned as it is: whoever opens it will say why.
func RealPath(path string) string {
	const mostLinks = 40 // as Linux
	for range mostLinks {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
			break
		}
		link, err := os.Readlink(path)
		if err != nil {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return path
			}
			path = filepath.Join(dir, filepath.Base(path))
			break
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}

// PartOf reports whether a file is the database at path or one of the files beside it, by whatever name, and also whether it
// would become one of them if it were made.
func PartOf(path, name string) bool {
	for _, base := range []string{path, RealPath(path)} {
		for _, ending := range append([]string{""}, besides...) {
			if samePlace(base+ending, name) {
				return true
			}
		}
	}
	return false
}

// Remove removes a database that nobody uses, and the files beside it, but for the lock file: without it two processes could lock two
// files of one name.
func Remove(path string) error {
	real := RealPath(path)
	names := []string{real}
	for _, ending := range besides {
		if ending != lockEnding {
			names = append(names, real+ending)
		}
	}
	for _, name := range names {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// samePlace reports whether two names are one file, or would be.
func samePlace(a, b string) bool {
	fa, errA := os.Stat(a)
	fb, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(fa, fb)
	}
	if errA == nil || errB == nil { // one is there, the other is not
		return false
	}
	a, b = RealPath(a), RealPath(b)
	if filepath.Base(a) != filepath.Base(b) {
		return false
	}
	fa, errA = os.Stat(filepath.Dir(a))
	fb, errB = os.Stat(filepath.Dir(b))
	return errA == nil && errB == nil && os.SameFile(fa, fb) || a == b
}

// fileHeader is what a SQLite database begins with.
const fileHeader = "SQLite format 3\x00"

// sqliteMagics are what SQLite's files begin with: a database, its write-ahead log in both orders of bytes, its journal.
var sqliteMagics = [][]byte{
	[]byte(fileHeader), {0x37, 0x7f, 0x06, 0x82}, {0x37, 0x7f, 0x06, 0x83}, {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7},
}

// IsSQLite reports whether a file is a SQLite database, of whatever program, or one of the files beside such, or would become
// one of them if it were made. It opens the file: of a database that this process has open, closing it would drop
// SQLite's locks. PartOf tells those without.
func IsSQLite(name string) bool {
	if hasMagic(name, sqliteMagics...) {
		return true
	}
	real := RealPath(name)
	if fi, err := os.Stat(real + logEnding); err == nil && fi.Size() > 0 && hasMagic(real+logEnding, sqliteMagics[1:]...) {
		return true // all of it is in its log yet
	}
	for _, ending := range besides {
		if base, ok := strings.CutSuffix(real, ending); ok && hasMagic(base, sqliteMagics[0]) {
			return true
		}
	}
	return false
}

// hasMagic reports whether a regular file begins with one of a few things.
func hasMagic(name string, magics ...[]byte) bool {
	if fi, err := os.Stat(name); err != nil || !fi.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(fileHeader))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	for _, magic := range magics {
		if bytes.HasPrefix(head[:n], magic) {
			return true
		}
	}
	return false
}

// applicationAt is the offset of the application id in a database's header.
const applicationAt = 68

func hasApplicationID(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	var id [4]byte
	_, err = f.ReadAt(id[:], applicationAt)
	return err == nil && int(id[0])<<24|int(id[1])<<16|int(id[2])<<8|int(id[3]) == applicationID
}

// CreateBeside makes a new file in the folder of another, to be filled and to take its name then. It has the other's mode, or
// if that is not there yet, what the umask leaves.
func CreateBeside(name string) (*os.File, error) {
	dir, base := filepath.Split(name)
	base = base[:min(len(base), 200)] // names end at 255
	for {
		f, err := os.OpenFile(fmt.Sprintf("%s%s.tmp-%d", dir, base, rand.Uint32()), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if fi, err := os.Stat(name); err == nil && fi.Mode().IsRegular() {
			_ = f.Chmod(fi.Mode().Perm()) // not every file system has modes
		}
		return f, nil
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// applicationID marks the file as ours: "nwml".
const applicationID = 0x6E776D6C

// openOwn opens a file of ours beside the database, but no link: who may write to the folder could have us write elsewhere.
func openOwn(name string, flag int) (*os.File, error) { return os.OpenFile(name, flag|noFollow, 0o644) }

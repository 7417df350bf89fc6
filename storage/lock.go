package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/gofrs/flock"
)

// lock keeps a second writer out, by whatever name it reaches the database. It is two advisory locks, which the kernel drops when
// the process ends, however it ends; a row with a pid could not tell a dead process from a slow one.
//
// The first is on a file beside the database, behind symbolic links, and says who holds it. The second, where the system
// has such, is on the database file itself, which has one inode whatever it is called: by a hard link, or mounted elsewhere.
// It is far behind the bytes that SQLite locks, and never in its way.
type lock struct {
	file  *flock.Flock
	inode *os.File // nil: the system or the file system has no such locks
}

// acquire takes the lock of the database at path for a command (empty: the program's arguments), or says who has it still after a while.
// It makes an empty database if there is none.
func acquire(ctx context.Context, path, command string, wait time.Duration) (*lock, error) {
	real := RealPath(path)
	name := real + lockEnding
	if fi, err := os.Lstat(name); err == nil && !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %s is no file of ours but a %s: remove it, and run again", path, name, kindOf(fi.Mode()))
	}
	l := &lock{file: flock.New(name, flock.SetPermissions(0o644), flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow))}
	began := time.Now()
	deadline := began.Add(wait)
	for {
		who, err := l.try(real)
		if err != nil {
			if errors.Is(err, os.ErrPermission) || strings.Contains(err.Error(), "read-only") {
				return nil, fmt.Errorf("%s: %w: can't make %s: check the permissions of the folder", path, ErrReadOnly, name)
			}
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		if who == "" {
			break
		}
		pause := min(200*time.Millisecond, time.Until(deadline))
		if who == unknownHolder && time.Since(began) < noteTime {
			pause = noteTime / 30
		} else if pause <= 0 {
			return nil, fmt.Errorf("%s: %w (%s): wait for it to end, or give --lock-timeout", path, ErrLocked, who)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
	if command == "" {
		command = strings.Join(os.Args[min(1, len(os.Args)):], " ")
	}
	host, _ := os.Hostname()
	l.note(fmt.Sprintf("newsmill %s since %s, pid %d, on %s\n", oneLine(command), time.Now().Format("2006-01-02 15:04:05"), os.Getpid(), oneLine(host)))
	return l, nil
}

// try takes both locks, or returns who holds one of them.
func (l *lock) try(database string) (who string, err error) {
	ok, err := l.file.TryLock()
	if err != nil {
		return "", err
	}
	if !ok {
		return holder(l.file.Path()), nil
	}
	if l.inode, ok = lockInode(database); !ok {
		return byOtherName, l.file.Unlock()
	}
	return "", nil
}

const (
	unknownHolder = "unknown"
	byOtherName   = "unknown: it reached the file by another name"
)

// notePattern is what a note of ours looks like.
var notePattern = regexp.MustCompile(`^newsmill [^\n]* since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, pid \d+, on [^\n]*\n$`)

// noteTime is how long a holder is given to write who it is: it can only do so once it has the lock.
const noteTime = 300 * time.Millisecond

// maxNote bounds what is read of a lock file; commands can have many arguments.
const maxNote = 64 << 10

// note writes who holds the lock into the lock file, for people: the lock itself is the kernel's. What is not ours it leaves as it
// is, and that a note can't be written is no reason not to go on.
func (l *lock) note(text string) {
	f, err := openOwn(l.file.Path(), os.O_RDWR)
	if err != nil {
		return
	}
	defer f.Close()
	fi, err := f.Stat()
	held, err2 := l.file.Stat()
	if err != nil || err2 != nil || !os.SameFile(fi, held) || !isNoteFile(f, fi) {
		return
	}
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(text), 0)
	}
}

// isNoteFile reports whether a file is a lock file of ours: empty, or with a note of ours in it, and under no other name.
func isNoteFile(f *os.File, fi os.FileInfo) bool {
	if !fi.Mode().IsRegular() || links(fi) > 1 || fi.Size() > maxNote {
		return false
	}
	b, err := io.ReadAll(io.LimitReader(f, maxNote))
	return err == nil && (len(b) == 0 || notePattern.Match(b))
}

// oneLine drops what must not stand in a line for people.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 250 {
		s = string(r[:249]) + "…"
	}
	return s
}

// holder returns what the holder of a lock wrote into it.
func holder(name string) string {
	f, err := openOwn(name, os.O_RDONLY)
	if err != nil {
		return unknownHolder
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, maxNote))
	if !notePattern.Match(b) {
		return unknownHolder
	}
	return oneLine(strings.TrimSpace(string(b)))
}

// LockHolder returns who writes to the database now ("newsmill crawl since …, pid …"); "" for nobody.
func LockHolder(path string) string {
	real := RealPath(path)
	name := real + lockEnding
	if fi, err := os.Lstat(name); err == nil && fi.Mode().IsRegular() {
		f := flock.New(name, flock.SetFlag(os.O_RDONLY|noFollow))
		if ok, err := f.TryRLock(); err != nil || !ok {
			return holder(name)
		}
		_ = f.Unlock()
	}
	if inodeLocked(real) {
		return byOtherName
	}
	return ""
}

// release lets the next one in. The file stays: removing it would let two processes lock two files of one name.
func (l *lock) release() error {
	l.note("")
	unlockInode(l.inode)
	return l.file.Unlock()
}

func kindOf(mode os.FileMode) string {
	switch {
	case mode&os.ModeSymlink != 0:
		return "symbolic link"
	case mode.IsDir():
		return "folder"
	}
	return "pipe or device"
}

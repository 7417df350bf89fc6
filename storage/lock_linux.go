package storage

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// inodeLockAt is the byte of a database file that a writer locks. SQLite locks bytes from 2^30 on, some five hundred, and a
// file of it ends before 2^48; a lock may be behind the end.
const inodeLockAt = 1 << 61

// inodeLock is that byte, as a lock of an open file description: POSIX locks would be gone when SQLite closes the file.
func inodeLock(kind int16) *unix.Flock_t {
	return &unix.Flock_t{Type: kind, Whence: io.SeekStart, Start: inodeLockAt, Len: 1}
}

// lockInode locks the database file itself, which it makes if there is none. Without a file and without ok, another process has
// it; without a file and with ok, there can be no such lock here: whoever opens the file will say what is wrong with it.
func lockInode(path string) (f *os.File, ok bool) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, true
	}
	err = unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, inodeLock(unix.F_WRLCK))
	if err == nil {
		return f, true
	}
	closeIdle(f)
	return nil, !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES)
}

// inodeLocked reports whether another process has the lock on the database file itself.
func inodeLocked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer closeIdle(f)
	found := inodeLock(unix.F_WRLCK)
	return unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, found) == nil && found.Type != unix.F_UNLCK
}

func unlockInode(f *os.File) {
	if f == nil {
		return
	}
	_ = unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, inodeLock(unix.F_UNLCK))
	closeIdle(f)
}

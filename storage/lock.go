package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// lock keeps a second writer out. It is an advisory lock on a file beside the database, which the kernel drops when
// the process ends, however it ends; a row with a pid could not tell a dead process from a slow one. It is never on the
// database file itself: closing that would drop SQLite's own locks.
type lock struct{ file *flock.Flock }

// acquire takes the lock of the database at path, or says who has it.
func acquire(ctx context.Context, path string, opt Options) (*lock, error) {
	name := path + ".lock"
	f := flock.New(name, flock.SetPermissions(0o644))
	deadline := time.Now().Add(opt.LockTimeout)
	for {
		ok, err := f.TryLock()
		if err != nil {
			if errors.Is(err, os.ErrPermission) || strings.Contains(err.Error(), "read-only") {
				return nil, fmt.Errorf("%s: %w: can't make %s: check the permissions of the folder", path, ErrReadOnly, name)
			}
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		if ok {
			break
		}
		if !time.Now().Before(deadline) {
			return nil, fmt.Errorf("%s: %w (%s): wait for it to end, or give --lock-timeout", path, ErrLocked, holder(name))
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(200*time.Millisecond, time.Until(deadline))):
		}
	}
	command := opt.Command
	if command == "" {
		command = strings.Join(os.Args[min(1, len(os.Args)):], " ")
	}
	host, _ := os.Hostname()
	// For people: the lock itself is the kernel's.
	note := fmt.Sprintf("newsmill %s since %s, pid %d, on %s\n", command, time.Now().Format("2006-01-02 15:04:05"), os.Getpid(), host)
	if err := os.WriteFile(name, []byte(note), 0o644); err != nil {
		_ = f.Unlock()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return &lock{f}, nil
}

// holder returns what the holder of a lock wrote into it.
func holder(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, 300))
	if s := strings.TrimSpace(string(b)); s != "" {
		return s
	}
	return "unknown"
}

// LockHolder returns who writes to the database now ("newsmill crawl since …, pid …"); "" for nobody.
func LockHolder(path string) string {
	name := path + ".lock"
	if !exists(name) {
		return ""
	}
	f := flock.New(name)
	if ok, err := f.TryRLock(); err == nil && ok {
		_ = f.Unlock()
		return ""
	}
	return holder(name)
}

// release lets the next one in. The file stays: removing it would let two processes lock two files of one name.
func (l *lock) release() error {
	_ = os.Truncate(l.file.Path(), 0)
	return l.file.Unlock()
}

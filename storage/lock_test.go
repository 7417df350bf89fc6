package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// TestOneWriterByWhateverName opens a database that is being written to by each of its other names, of which some are made before
// the database is.
func TestOneWriterByWhateverName(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(
		os.Mkdir(filepath.Join(dir, "data"), 0o755), os.Mkdir(filepath.Join(dir, "other"), 0o755), os.Mkdir(filepath.Join(dir, "mounted"), 0o755),
		os.Symlink("data/news.db", filepath.Join(dir, "early.db")), // leads to nothing yet
		os.Symlink("data", filepath.Join(dir, "folder")),
	); err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(dir, "data", "news.db")
	db, err := Open(context.Background(), filepath.Join(dir, "early.db"), Options{Command: "crawl"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := errors.Join(
		os.Symlink("early.db", filepath.Join(dir, "late.db")),
		os.Link(real, filepath.Join(dir, "data", "hard.db")),
		os.Link(real, filepath.Join(dir, "other", "hard.db")),
		os.WriteFile(filepath.Join(dir, "mounted.db"), nil, 0o644),
	); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	names := []string{real, "early.db", "late.db", "folder/news.db", "./data/../data/news.db", "data//news.db"}
	mount := func(what, where string) {
		if err := exec.Command("mount", "--bind", what, where).Run(); err != nil {
			t.Logf("no bind mount here: %v", err)
			return
		}
		t.Cleanup(func() { _ = exec.Command("umount", "-l", where).Run() })
		name := where
		if fi, err := os.Stat(where); err == nil && fi.IsDir() {
			name = filepath.Join(where, "news.db")
		}
		names = append(names, name)
	}
	mount(filepath.Join(dir, "data"), filepath.Join(dir, "mounted"))
	known := len(names)
	if runtime.GOOS == "linux" {
		names = append(names, "data/hard.db", "other/hard.db")
		mount(real, filepath.Join(dir, "mounted.db"))
	}
	for i, name := range names {
		_, err := Open(context.Background(), name, Options{Command: "second"})
		if !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v, want that it is in use", name, err)
			continue
		}
		if i < known && !strings.Contains(err.Error(), "newsmill crawl since ") {
			t.Errorf("%s: %v doesn't say who holds it", name, err)
		}
		if who := LockHolder(name); who == "" {
			t.Errorf("%s: LockHolder says nobody", name)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if who := LockHolder(name); who != "" {
			t.Errorf("%s: held by %s after it was closed", name, who)
		}
	}
	again, err := Open(context.Background(), real, Options{})
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// TestLockLeavesWhatIsNotOurs puts things of others where the lock file should be.
func TestLockLeavesWhatIsNotOurs(t *testing.T) {
	const text = "precious\n"
	for name, c := range map[string]struct {
		put   func(lock, precious string) error
		opens bool
	}{
		"symbolic link":   {func(lock, precious string) error { return os.Symlink(precious, lock) }, false},
		"link to nothing": {func(lock, precious string) error { return os.Symlink(precious+"-not", lock) }, false},
		"pipe":            {func(lock, _ string) error { return syscall.Mkfifo(lock, 0o644) }, false},
		"folder":          {func(lock, _ string) error { return os.Mkdir(lock, 0o755) }, false},
		"hard link":       {func(lock, precious string) error { return os.Link(precious, lock) }, true},
		"file of another": {func(lock, _ string) error { return os.WriteFile(lock, []byte(text), 0o644) }, true},
		"like a note":     {func(lock, _ string) error { return os.WriteFile(lock, []byte("newsmill notes, mine\n"), 0o644) }, true},
		"an earlier note": {func(lock, _ string) error {
			return os.WriteFile(lock, []byte("newsmill crawl since 2026-11-23 03:00:00, pid 7, on here\n"), 0o644)
		}, true},
		"an earlier empty": {func(lock, _ string) error { return os.WriteFile(lock, nil, 0o644) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, precious := filepath.Join(dir, "news.db"), filepath.Join(dir, "precious.txt")
			if err := errors.Join(os.WriteFile(precious, []byte(text), 0o644), c.put(path+lockEnding, precious)); err != nil {
				t.Fatal(err)
			}
			var before []byte
			if strings.HasPrefix(name, "file") || strings.HasPrefix(name, "like") {
				before, _ = os.ReadFile(path + lockEnding)
			}
			db, err := Open(context.Background(), path, Options{Command: "crawl"})
			if (err == nil) != c.opens {
				t.Errorf("Open: %v", err)
			}
			if err == nil {
				if _, err := Open(context.Background(), path, Options{}); !errors.Is(err, ErrLocked) {
					t.Errorf("a second writer: %v", err)
				}
				db.Close()
			}
			if b, err := os.ReadFile(precious); err != nil || string(b) != text {
				t.Errorf("the other's file is %q now (%v)", b, err)
			}
			if before != nil {
				if b, err := os.ReadFile(path + lockEnding); err != nil || string(b) != string(before) {
					t.Errorf("the file that was there is %q now (%v)", b, err)
				}
			}
			if _, err := os.Lstat(precious + "-not"); err == nil {
				t.Error("the link was followed, and a file made")
			}
		})
	}
}

// TestLooksAtTheLockKeepSQLitesLocks: closing any descriptor of a file drops the POSIX locks of the process, by which other
// processes know that the log is in use.
func TestLooksAtTheLockKeepSQLitesLocks(t *testing.T) {
	db, _ := openTemp(t)
	path := db.Path()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := OpenReader(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if posixLocks(t, path) == 0 {
		t.Skip("no POSIX locks to be seen here")
	}
	LockHolder(path)
	l, err := acquire(context.Background(), path, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.release(); err != nil {
		t.Fatal(err)
	}
	if posixLocks(t, path) == 0 {
		t.Error("the reader's locks are gone")
	}
}

// posixLocks is how many POSIX locks this process has on a file.
func posixLocks(t *testing.T, path string) int {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("/proc/locks")
	if err != nil {
		return 0
	}
	stat, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, "POSIX") && strings.Contains(line, fmt.Sprintf(" %d ", os.Getpid())) && strings.Contains(line, fmt.Sprintf(":%d ", stat.Ino)) {
			n++
		}
	}
	return n
}

// TestHolderHasAMomentToSayWhoItIs: who takes the lock can only then write its name, and another who comes between is told it all the same.
func TestHolderHasAMomentToSayWhoItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	held := flock.New(path+lockEnding, flock.SetPermissions(0o644))
	if ok, err := held.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer held.Unlock()
	written := make(chan error, 1)
	time.AfterFunc(noteTime/3, func() {
		written <- os.WriteFile(path+lockEnding, []byte("newsmill crawl since 2026-11-23 12:00:00, pid 7, on harbour\n"), 0o644)
	})
	_, err := Open(t.Context(), path, Options{Command: "scrape"})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "newsmill crawl since") {
		t.Errorf("got %v, want who holds the lock", err)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}

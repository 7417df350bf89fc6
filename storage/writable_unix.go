//go:build unix

package storage

import (
	"os"

	"golang.org/x/sys/unix"
)

// writable reports whether files can be made in a folder.
func writable(dir string) bool { return unix.Access(dir, unix.W_OK) == nil }

// openOwn opens a file of ours beside the database, but no link: who may write to the folder could have us write elsewhere.
func openOwn(name string, flag int) (*os.File, error) {
	return os.OpenFile(name, flag|unix.O_NOFOLLOW, 0o644)
}

//go:build !unix

package storage

import "os"

// writable reports whether files can be made in a folder. Elsewhere than on Unix we only find out by trying.
func writable(string) bool { return true }

// openOwn opens a file of ours beside the database.
func openOwn(name string, flag int) (*os.File, error) { return os.OpenFile(name, flag, 0o644) }

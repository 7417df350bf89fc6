//go:build !unix

package storage

// writable reports whether files can be made in a folder. Elsewhere than on Unix we only find out by trying.
func writable(string) bool { return true }

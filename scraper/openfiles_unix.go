//go:build unix

package scraper

import "golang.org/x/sys/unix"

// mostFiles is how many files the process may have open.
func mostFiles() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return noFileLimit
	}
	return int(min(limit.Cur, noFileLimit))
}

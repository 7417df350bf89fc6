//go:build !linux

package storage

import "os"

// Elsewhere than on Linux there is no lock on the database file itself that would not be in SQLite's way or end with it: the
// lock file alone keeps a second writer out, and that is one file for symbolic links, relative paths and mounted folders.
func lockInode(string) (*os.File, bool) { return nil, true }

func inodeLocked(string) bool { return false }

func unlockInode(*os.File) {}

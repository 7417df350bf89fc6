//go:build !unix

package storage

import "os"

// writable reports whether files can be made in a folder. Elsewhere than on Unix we only find out by trying.
func writable(string) bool { return true }

// noFollow is for systems where a name can be a link to anything.
const noFollow = 0

// links is how many names a file has: one, as far as is known here.
func links(os.FileInfo) int { return 1 }

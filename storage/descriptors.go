package storage

import (
	"os"
	"sync"
)

// descriptors holds what this process has open of database files beside SQLite's connections. POSIX drops all locks that a process
// has on a file, also SQLite's, when it closes any descriptor of it. So these are closed when no database is open any more.
var descriptors struct {
	sync.Mutex
	databases int // open
	idle      []*os.File
}

// databaseOpened says that SQLite is about to open a file.
func databaseOpened() {
	descriptors.Lock()
	defer descriptors.Unlock()
	descriptors.databases++
}

// databaseClosed says that the connections of a database are closed.
func databaseClosed() {
	descriptors.Lock()
	defer descriptors.Unlock()
	if descriptors.databases--; descriptors.databases == 0 {
		for _, f := range descriptors.idle {
			f.Close()
		}
		descriptors.idle = nil
	}
}

// closeIdle closes a descriptor of a database file as soon as that does no harm.
func closeIdle(f *os.File) {
	descriptors.Lock()
	defer descriptors.Unlock()
	if descriptors.databases == 0 {
		f.Close()
		return
	}
	descriptors.idle = append(descriptors.idle, f)
}

//go:build cgo

package fts5

/*
#cgo CFLAGS: -O2 -std=gnu99
#cgo LDFLAGS: -lm

extern int sqlite3_auto_extension(void (*)(void)) __attribute__((weak));
extern int newsmill_relevance_init(void *, char **, const void *);

static int register_relevance(void) {
	return sqlite3_auto_extension ? sqlite3_auto_extension((void (*)(void))newsmill_relevance_init) : -1;
}
*/
import "C"

import "fmt"

// register adds the ranking function; FTS5, which it needs, comes first.
func register() {
	if rc := C.register_relevance(); rc != 0 {
		panic(fmt.Sprintf("fts5: SQLite refused the ranking function (code %d): the program was linked without go-sqlite3's SQLite", rc))
	}
}

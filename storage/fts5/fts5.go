//go:build cgo && !sqlite_fts5 && !fts5 && !libsqlite3

package fts5

/*
#cgo CFLAGS: -O2 -std=gnu99 -DHAVE_STDINT_H -DNDEBUG
#cgo LDFLAGS: -lm
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup

// Weak, so that this package links by itself; the program finds the driver's definition.
extern int sqlite3_auto_extension(void (*)(void)) __attribute__((weak));
extern int sqlite3_fts5_init(void *, char **, const void *);

static int register_fts5(void) {
	return sqlite3_auto_extension ? sqlite3_auto_extension((void (*)(void))sqlite3_fts5_init) : -1;
}
*/
import "C"

import "fmt"

func init() {
	if rc := C.register_fts5(); rc != 0 {
		panic(fmt.Sprintf("fts5: SQLite refused the extension (code %d): the program was linked without go-sqlite3's SQLite", rc))
	}
	register()
}

#!/bin/sh
# Cuts FTS5 out of the SQLite that go-sqlite3 carries. Run it after every upgrade of the driver, in this folder:
#
#	./update.sh
#
# TestSameSourceAsDriver fails until it was.
set -eu
cd "$(dirname "$0")"
driver=$(go list -m -f '{{.Dir}}' github.com/mattn/go-sqlite3)

cut() {
	# The amalgamation comments out the includes that its own beginning has made; a file of its own needs them.
	sed -n '/^\/\*\** Begin file fts5\.c \**\/$/,/^\/\*\** End of fts5\.c \**\/$/p' "$1" |
		sed -E 's%^/\* (#include ("sqlite3(ext)?\.h"|<(string|assert|stddef|stdint|stdio)\.h>)) \*/%\1%'
}
{
	echo '//go:build cgo && !sqlite_fts5 && !fts5 && !libsqlite3'
	echo
	echo '/* Cut from the SQLite amalgamation by update.sh. Do not edit. SQLite is in the public domain. */'
	cut "$driver/sqlite3-binding.c"
} >fts5.c
cat "$driver/sqlite3-binding.h" >sqlite3.h
sed 's/"sqlite3-binding\.h"/"sqlite3.h"/' "$driver/sqlite3ext.h" >sqlite3ext.h
chmod 644 fts5.c sqlite3.h sqlite3ext.h
[ "$(wc -l <fts5.c)" -gt 20000 ] || { echo "update.sh: fts5.c not found in $driver/sqlite3-binding.c" >&2; exit 1; }

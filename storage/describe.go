package storage

import (
	"context"
	"regexp"
	"strings"
)

// Table is a table or view with what its DDL says of it.
type Table struct {
	Name    string
	View    bool
	Comment string            // of a view: none, SQLite doesn't keep it
	Columns map[string]string // comments, by name; columns without one are left out
}

// Describe returns the tables and views of the file, but for the search indexes and their parts, with the comments of
// their columns as the schema has them.
func (db *DB) Describe(ctx context.Context) ([]Table, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT name, type = 'view', sql FROM sqlite_master
		WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'articles_fts%' AND name NOT LIKE 'articles_trigram%' ORDER BY rowid`)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var tables []Table
	for rows.Next() {
		t := Table{Columns: map[string]string{}}
		var ddl string
		if err := rows.Scan(&t.Name, &t.View, &ddl); err != nil {
			return nil, db.explain(err)
		}
		if !t.View {
			t.readComments(ddl)
		}
		tables = append(tables, t)
	}
	return tables, db.explain(rows.Err())
}

// addedColumn is a column that ALTER TABLE put behind the last one, wherever that stands on its line.
var addedColumn = regexp.MustCompile(`, (\w+) [A-Z][^,/]*/\* (.*?) \*/`)

// readComments takes the comments out of a CREATE TABLE, which has one column a line, but for those that were added later.
func (t *Table) readComments(ddl string) {
	for _, m := range addedColumn.FindAllStringSubmatch(ddl, -1) {
		t.Columns[m[1]] = m[2]
	}
	for i, line := range strings.Split(ddl, "\n") {
		code, comment, ok := strings.Cut(line, "--")
		if !ok {
			continue
		}
		comment = strings.TrimSpace(comment)
		if i == 0 {
			t.Comment = comment
			continue
		}
		if words := strings.Fields(code); len(words) > 0 {
			t.Columns[words[0]] = comment
		}
	}
}

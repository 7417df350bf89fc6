package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gocolly/colly/v2"

	"newsmill/storage"
)

// fetchAll fetches a list of addresses with bare Colly and drops the answers, or writes them to a file for newsmill clean.
func fetchAll(args []string) error {
	proxy, err := url.Parse(args[0])
	if err != nil {
		return err
	}
	urls, err := lines(args[1])
	if err != nil {
		return err
	}
	keep := func(string, []byte) error { return nil }
	if len(args) > 2 {
		file, err := os.Create(args[2])
		if err != nil {
			return err
		}
		defer file.Close()
		w := bufio.NewWriter(file)
		defer w.Flush()
		to := json.NewEncoder(w)
		to.SetEscapeHTML(false)
		keep = func(u string, body []byte) error {
			return to.Encode(struct {
				URL  string `json:"url"`
				HTML string `json:"html"`
			}{u, string(body)})
		}
	}
	var mu sync.Mutex
	var errs []error
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, err)
	}
	c := colly.NewCollector()
	c.WithTransport(&http.Transport{Proxy: http.ProxyURL(proxy), MaxIdleConnsPerHost: inFlight})
	c.OnResponse(func(r *colly.Response) {
		mu.Lock()
		defer mu.Unlock()
		if err := keep(r.Request.URL.String(), r.Body); err != nil {
			errs = append(errs, err)
		}
	})
	next := make(chan string)
	var workers sync.WaitGroup
	for range inFlight {
		workers.Go(func() {
			for u := range next {
				if err := c.Visit(u); err != nil {
					fail(fmt.Errorf("%s: %w", u, err))
				}
			}
		})
	}
	for _, u := range urls {
		next <- u
	}
	close(next)
	workers.Wait()
	return errors.Join(errs...)
}

// articlesPerBatch is how many articles go into a transaction, as the crawl does it.
const articlesPerBatch = 100

// insertAll copies all rows of one database into a new one with the same schema, by prepared statements, in transactions
// of a hundred articles, table by table: the least that storing them can cost. It prints the wall time and processor
// time of inserting, in nanoseconds, and how many articles there were.
func insertAll(args []string) error {
	ctx := context.Background()
	empty, err := storage.Open(ctx, args[1], storage.Options{}) // makes the tables
	if err != nil {
		return err
	}
	if err := empty.Close(); err != nil {
		return err
	}
	from, err := sql.Open("sqlite3", "file:"+args[0]+"?mode=ro")
	if err != nil {
		return err
	}
	defer from.Close()
	into, err := sql.Open("sqlite3", "file:"+args[1]+"?_foreign_keys=0&_synchronous=NORMAL&_cache_size=-65536")
	if err != nil {
		return err
	}
	defer into.Close()
	into.SetMaxOpenConns(1)
	articles, err := countRows(args[0], "articles")
	if err != nil {
		return err
	}
	c := copier{from: from, into: into, stmts: map[string]*sql.Stmt{}, batches: max(1, articles/articlesPerBatch)}
	if err := c.plan(); err != nil {
		return err
	}
	for i := range c.batches {
		if err := c.batch(i); err != nil {
			return err
		}
	}
	fmt.Println(c.wall.Nanoseconds(), c.cpu.Nanoseconds(), articles)
	return nil
}

// copier copies rows.
type copier struct {
	from, into *sql.DB
	stmts      map[string]*sql.Stmt
	batches    int
	tables     []table
	wall, cpu  time.Duration
}

// table is where rows are copied from and to.
type table struct {
	read, write string
	key         string // a number by which rows are dealt to batches; empty: all come with the first
	least, most int64
}

// plan lists the tables, as the database itself describes them.
func (c *copier) plan() error {
	names, err := firstColumn(c.from, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return err
	}
	for _, name := range names {
		columns, err := firstColumn(c.from, `SELECT name FROM pragma_table_info(?)`, name)
		if err != nil {
			return err
		}
		t := table{key: keyOf(columns)}
		list := strings.Join(columns, ", ")
		t.read = fmt.Sprintf("SELECT %s FROM %s", list, name)
		t.write = fmt.Sprintf("INSERT OR REPLACE INTO %s (%s) VALUES (?%s)", name, list, strings.Repeat(",?", len(columns)-1))
		c.tables = append(c.tables, t)
	}
	c.tables = append(c.tables,
		table{"SELECT id, title, byline, text FROM articles", "INSERT INTO articles_fts (rowid, title, byline, text) VALUES (?,?,?,?)", "id", 0, 0},
		table{"SELECT id, title, text FROM articles_trigram_content", "INSERT INTO articles_trigram (rowid, title, text) VALUES (?,?,?)", "id", 0, 0})
	for i := range c.tables {
		t := &c.tables[i]
		if t.key == "" {
			continue
		}
		_, what, _ := strings.Cut(t.read, " FROM ")
		if err := c.from.QueryRow(fmt.Sprintf("SELECT coalesce(min(%s), 0), coalesce(max(%[1]s), 0) FROM %s", t.key, what)).Scan(&t.least, &t.most); err != nil {
			return err
		}
		t.read += fmt.Sprintf(" WHERE %s BETWEEN ? AND ?", t.key)
	}
	return nil
}

// keyOf is the column by which a table's rows are dealt to batches in the order in which they were stored.
func keyOf(columns []string) string {
	for _, key := range []string{"id", "article_id", "dictionary_id", "frontier_id"} {
		if slices.Contains(columns, key) {
			return key
		}
	}
	return ""
}

// batch copies a share of the rows in one transaction.
func (c *copier) batch(i int) error {
	type row struct {
		write string
		args  []any
	}
	var rows []row
	for _, t := range c.tables {
		var args []any
		switch {
		case t.key == "" && i > 0:
			continue
		case t.key != "":
			n := t.most - t.least + 1
			args = []any{t.least + n*int64(i)/int64(c.batches), t.least + n*int64(i+1)/int64(c.batches) - 1}
		}
		err := eachRow(c.from, t.read, args, func(values []any) {
			rows = append(rows, row{t.write, values})
		})
		if err != nil {
			return err
		}
	}
	runtime.GC() // what reading left behind is not to be counted
	start, busy := time.Now(), processorTime()
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, r := range rows {
		if err := c.exec(r.write, r.args...); err != nil {
			return fmt.Errorf("%s: %w", r.write, err)
		}
	}
	if err := c.exec("COMMIT"); err != nil {
		return err
	}
	c.wall, c.cpu = c.wall+time.Since(start), c.cpu+processorTime()-busy
	return nil
}

func (c *copier) exec(query string, args ...any) error {
	s := c.stmts[query]
	if s == nil {
		var err error
		if s, err = c.into.Prepare(query); err != nil {
			return err
		}
		c.stmts[query] = s
	}
	_, err := s.Exec(args...)
	return err
}

// eachRow calls f with the values of each row.
func eachRow(db *sql.DB, query string, args []any, f func([]any)) error {
	rows, err := db.Query(query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			return err
		}
		f(values)
	}
	return rows.Err()
}

// firstColumn returns the first column of a query's rows.
func firstColumn(db *sql.DB, query string, args ...any) (all []string, err error) {
	err = eachRow(db, query, args, func(values []any) { all = append(all, fmt.Sprint(values[0])) })
	return all, err
}

func countRows(path, table string) (n int, err error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRow("SELECT count(*) FROM " + table).Scan(&n)
	return n, err
}

// processorTime is what this process has used of processors so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only for wrong arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

package storage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"newsmill/cleaner/article"
)

// exportRange is how many articles a statement reads: a snapshot held for long would let the write-ahead log grow.
const exportRange = 200

// ExportOptions say which articles are exported. The zero value is all.
type ExportOptions struct {
	Filter
	Query     string // as in Search; empty: all
	Substring bool
	SinceID   int64 // only articles with a greater id, to go on where an earlier export ended
}

// Articles returns articles in the order of their ids, in constant memory. The sequence ends with an error if there is
// one.
func (db *DB) Articles(ctx context.Context, opt ExportOptions) iter.Seq2[*Article, error] {
	return func(yield func(*Article, error) bool) {
		if opt.Query != "" {
			db.foundArticles(ctx, opt, yield)
			return
		}
		conds, args := opt.where()
		conds = append([]string{"a.id > ?"}, conds...)
		q := strings.Replace(articleSQL, fromArticles, fromArticles+" JOIN (SELECT a.id AS next FROM articles a WHERE "+strings.Join(conds, " AND ")+
			" ORDER BY a.id LIMIT ?) ON next = id ORDER BY id", 1)
		for after := opt.SinceID; ; {
			batch, err := db.articles(ctx, q, append(append([]any{after}, args...), exportRange)...)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, a := range batch {
				if !yield(a, nil) {
					return
				}
			}
			if len(batch) < exportRange {
				return
			}
			after = batch[len(batch)-1].ID
		}
	}
}

// foundArticles yields what a search finds. Ids are collected first, 8 bytes each.
func (db *DB) foundArticles(ctx context.Context, opt ExportOptions, yield func(*Article, error) bool) {
	var ids []int64
	seen := map[int64]bool{}
	err := db.SearchIDs(ctx, opt.Query, SearchOptions{Filter: opt.Filter, Substring: opt.Substring}, func(id int64) error {
		ids = append(ids, id)
		return nil
	})
	if err != nil {
		yield(nil, err)
		return
	}
	for _, id := range ids {
		if id <= opt.SinceID && !opt.Unique {
			continue
		}
		a, err := db.Article(ctx, id)
		if err != nil {
			yield(nil, err)
			return
		}
		if opt.Unique {
			if seen[a.StoryID] {
				continue
			}
			if seen[a.StoryID] = true; id <= opt.SinceID {
				continue
			}
		}
		if !yield(a, nil) {
			return
		}
	}
}

func (db *DB) articles(ctx context.Context, q string, args ...any) ([]*Article, error) {
	rows, err := db.read.QueryContext(ctx, q, args...)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var all []*Article
	for rows.Next() {
		a, err := scanArticle(rows)
		if err != nil {
			return nil, db.explain(err)
		}
		all = append(all, a)
	}
	return all, db.explain(rows.Err())
}

// storing is what is known of how an article was stored besides its id, as exports have it.
var storing = []struct {
	name  string
	value func(*Article) any
}{
	{"source", func(a *Article) any { return a.Source }},
	{"first_seen_at", func(a *Article) any { return a.FirstSeenAt }},
	{"fetched_at", func(a *Article) any { return a.FetchedAt }},
	{"version", func(a *Article) any { return a.Version }},
	{"story_id", func(a *Article) any { return a.StoryID }},
	{"robots_tag", func(a *Article) any { return optional(a.RobotsTag) }},
	{"opt_out", func(a *Article) any { return optional(a.OptOut) }},
}

// Record returns what is stored of an article as JSON shows it: its id, what the page says, how it was stored, the text and its Markdown.
func (a *Article) Record() article.Record {
	fields := a.StoredRecord() // the text comes last
	r := append(article.Record{{Name: "id", Value: a.ID}}, fields[:len(fields)-1]...)
	for _, s := range storing {
		v := s.value(a)
		switch value := v.(type) {
		case time.Time:
			v = value.UTC().Format(time.RFC3339)
		case *string:
			if v = any(nil); value != nil {
				v = *value
			}
		}
		r = append(r, article.Member{Name: s.name, Value: v})
	}
	return append(r, fields[len(fields)-1], article.Member{Name: "markdown", Value: a.Markdown})
}

// A row group is what a Parquet writer holds in memory.
const (
	parquetRows  = 2_000
	parquetBytes = 16 << 20
)

// WriteParquet writes articles as a Parquet file and returns how many there were and the greatest id.
func WriteParquet(w io.Writer, articles iter.Seq2[*Article, error]) (n int, lastID int64, err error) {
	pw := parquet.NewWriter(w, parquet.SchemaOf(reflect.New(parquetRow).Interface()), parquet.Compression(&zstd.Codec{}), parquet.CreatedBy("newsmill", "", ""))
	rows, size := 0, 0
	for a, err := range articles {
		if err != nil {
			return n, lastID, err
		}
		if err := pw.Write(parquetOf(a)); err != nil {
			return n, lastID, fmt.Errorf("write Parquet: %w", err)
		}
		n, lastID = n+1, a.ID
		rows, size = rows+1, size+len(a.Text)+len(a.Markdown)
		if rows >= parquetRows || size >= parquetBytes {
			if err := pw.Flush(); err != nil {
				return n, lastID, fmt.Errorf("write Parquet: %w", err)
			}
			rows, size = 0, 0
		}
	}
	if err := pw.Close(); err != nil {
		return n, lastID, fmt.Errorf("write Parquet: %w", err)
	}
	return n, lastID, nil
}

// parquetRow is the type of an article in a Parquet file, made from the table of its fields: DuckDB and pandas get lists as lists and times
// as times; what has a structure of its own is JSON.
var parquetRow = func() reflect.Type {
	var fields []reflect.StructField
	add := func(name string, value any, options string) {
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("F%d", len(fields)), Type: reflect.TypeOf(value), Tag: reflect.StructTag(fmt.Sprintf(`parquet:"%s%s"`, name, options)),
		})
	}
	none := &Article{}
	add("id", int64(0), "")
	for _, s := range storing {
		switch v := s.value(none).(type) {
		case time.Time:
			add(s.name, v, ",timestamp(millisecond)")
		case int:
			add(s.name, int32(0), "")
		case string:
			add(s.name, v, ",dict")
		case *string:
			add(s.name, v, ",optional")
		default:
			add(s.name, v, "")
		}
	}
	for _, f := range article.StoredFields() {
		options := ""
		if f.Few {
			options = ",dict"
		}
		switch v := parquetValue(f, &none.Article).(type) {
		case *string, *float64:
			add(f.Name, v, ",optional"+options)
		case *time.Time:
			add(f.Name, v, ",optional,timestamp(millisecond)")
		case []string:
			add(f.Name, v, ",list")
		default:
			add(f.Name, v, options)
		}
	}
	add("markdown", "", "")
	return reflect.StructOf(fields)
}()

// parquetValue is a field of an article as a Parquet file has it: a string, bool, int32 or float64, a pointer to one or to a time where it may
// be unknown, or a []string.
func parquetValue(f *article.Field, a *article.Article) any {
	if f.Derived == nil {
		switch ref := f.Ref(a).(type) {
		case *article.Moment:
			return optional(ref.Time)
		case *float64:
			if !f.Required {
				return optional(*ref)
			}
		}
	}
	switch v := f.Value(a).(type) {
	case bool, float64:
		return v
	case int:
		return bounded32(v)
	case article.Names:
		return []string(v)
	case []string:
		return v
	case string:
		if f.Required {
			return v
		}
		return optional(v)
	case nil:
		if f.Required {
			return ""
		}
		return (*string)(nil)
	default:
		return optional(article.Cell(v))
	}
}

func parquetOf(a *Article) any {
	row := reflect.New(parquetRow)
	i := 0
	set := func(v any) {
		row.Elem().Field(i).Set(reflect.ValueOf(v))
		i++
	}
	set(a.ID)
	for _, s := range storing {
		v := s.value(a)
		if n, ok := v.(int); ok {
			v = bounded32(n)
		}
		set(v)
	}
	for _, f := range article.StoredFields() {
		set(parquetValue(f, &a.Article))
	}
	set(a.Markdown)
	return row.Interface()
}

// bounded32 is a number as 32 bits hold it; only a damaged file has another.
func bounded32(n int) int32 { return int32(max(0, min(n, math.MaxInt32))) }

// optional returns nil for a zero value.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// IsParquet reports whether a file is one that WriteParquet made: its end names its maker.
func IsParquet(f *os.File) bool {
	fi, err := f.Stat()
	if err != nil || fi.Size() < 8 {
		return false
	}
	end := make([]byte, min(fi.Size(), 64<<10))
	if _, err := f.ReadAt(end, fi.Size()-int64(len(end))); err != nil {
		return false
	}
	return bytes.HasSuffix(end, []byte("PAR1")) && bytes.Contains(end, []byte("newsmill version"))
}

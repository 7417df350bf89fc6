package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"newsmill/cleaner/article"
	"newsmill/storage"
)

// setText sets every text of a value to one that is nowhere else, and calls seen with the path of its fields.
func setText(v reflect.Value, path string, seen func(path, text string)) {
	switch v.Kind() {
	case reflect.String:
		text := fmt.Sprintf("https://x.example/%s", strings.ReplaceAll(path, ".", "/"))
		v.SetString(text)
		seen(path, text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		setText(v.Elem(), path, seen)
	case reflect.Struct:
		if at, ok := v.Addr().Interface().(*time.Time); ok {
			*at = time.Date(2001, 1, 1, 0, 0, len(path), 0, time.UTC) // paths of moments differ in length
			seen(path, at.Format(time.RFC3339))
			return
		}
		for i := range v.NumField() {
			setText(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), seen)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		setText(v.Index(0), path, seen)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		setText(value, path, seen)
		v.SetMapIndex(reflect.ValueOf("key"), value)
	case reflect.Bool:
		v.SetBool(true)
	}
}

// rowsWithin are the names, in the table of fields, of what is kept in a field of the article.
func rowsWithin(field reflect.Value, art *article.Article) []string {
	from := field.Addr().Pointer()
	var names []string
	for _, row := range article.Fields() {
		if row.Ref == nil {
			continue
		}
		if at := reflect.ValueOf(row.Ref(art)).Pointer(); at >= from && at < from+field.Type().Size() {
			names = append(names, row.Name)
		}
	}
	return names
}

// TestExportsHaveEveryField: what a format leaves out is in the documentation's table, and nothing else is.
func TestExportsHaveEveryField(t *testing.T) {
	doc, err := os.ReadFile("../../docs/exports.md")
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| (`.*`) \\| (.*) \\| left out: .*$").FindAllStringSubmatch(string(doc), -1) {
		for _, format := range strings.Split(m[1], ", ") {
			left[strings.Trim(format, "`")] += m[2] + " "
		}
	}
	var art storage.Article
	texts, rows := map[string]string{}, map[string][]string{}
	for v, i := reflect.ValueOf(&art.Article).Elem(), 0; i < v.NumField(); i++ {
		rows[v.Type().Field(i).Name] = rowsWithin(v.Field(i), &art.Article)
		if name := v.Type().Field(i).Name; name != "Body" && name != "RunnersUp" { // which are not stored
			setText(v.Field(i), name, func(path, text string) { texts[path] = text })
		}
	}
	art.PublishedAt.HasClock, art.PublishedAt.HasZone = true, true
	art.Markdown, art.FirstSeenAt, art.FetchedAt = art.Text, time.Unix(1, 0), time.Unix(2, 0)
	articles := iter.Seq2[*storage.Article, error](func(yield func(*storage.Article, error) bool) { yield(&art, nil) })
	for format, write := range map[string]func(*bytes.Buffer) error{
		"show --json": func(b *bytes.Buffer) error { return writeJSON(b, art.Record(), true) },
		"jsonl": func(b *bytes.Buffer) error {
			_, _, err := writeJSONL(b, articles)
			return err
		},
		"csv": func(b *bytes.Buffer) error {
			_, _, err := writeCSVArticles(b, articles, false, func(s string) string { return s })
			return err
		},
		"parquet": func(b *bytes.Buffer) error {
			var file bytes.Buffer
			if _, _, err := storage.WriteParquet(&file, articles); err != nil {
				return err
			}
			rows, err := parquet.Read[any](bytes.NewReader(file.Bytes()), int64(file.Len()))
			if err != nil {
				return err
			}
			return json.NewEncoder(b).Encode(rows)
		},
		"markdown": func(b *bytes.Buffer) error {
			b.WriteString(markdownFile(&art))
			return nil
		},
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		got := strings.ReplaceAll(strings.ReplaceAll(b.String(), `""`, `"`), `\"`, `"`)
		for path, text := range texts {
			field, _, _ := strings.Cut(path, ".")
			documented := slices.ContainsFunc(rows[field], func(name string) bool { return strings.Contains(left[format], "`"+name+"`") })
			found := regexp.MustCompile(regexp.QuoteMeta(text) + `($|[^/\w])`).MatchString(got)
			if at, err := time.Parse(time.RFC3339, text); err == nil && format == "parquet" {
				found = found || strings.Contains(got, fmt.Sprint(at.UnixMilli()))
			}
			if !found && !documented {
				t.Errorf("%s has no %s: export it, or say in docs/exports.md why not", format, path)
			}
			if found && documented && path == field {
				t.Errorf("docs/exports.md says that %s leaves out %s, but it does not", format, path)
			}
		}
	}
}

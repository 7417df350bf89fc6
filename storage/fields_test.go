package storage

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"newsmill/cleaner/article"
)

// filler sets every field of a value, whatever is in it, to something that no other field has.
type filler struct{ n, nested int }

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch value := v.Addr().Interface().(type) {
	case *article.Moment: // as exact as one can be: then all of it counts
		*value = article.Moment{Time: noon.Add(time.Duration(f.n) * time.Minute), HasClock: true, HasZone: true, Raw: fmt.Sprintf("raw moment %d", f.n)}
		return
	case *article.PageType:
		types := []article.PageType{article.PageArticle, article.PageLiveBlog, article.PageGallery, article.PageVideo, article.PageListing}
		*value = types[f.n%len(types)]
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("https://fields.example/%d", f.n))
	case reflect.Int, reflect.Uint8:
		v.Set(reflect.ValueOf(f.n % 4).Convert(v.Type()))
		if v.Kind() == reflect.Int {
			v.SetInt(int64(1000 + f.n))
		}
	case reflect.Float64:
		v.SetFloat(1 / float64(f.n+1))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	case reflect.Slice:
		if f.nested > 3 { // a node holds nodes
			return
		}
		f.nested++
		defer func() { f.nested-- }()
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0))
		f.fill(v.Index(1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(key)
			f.fill(value)
			v.SetMapIndex(key, value)
		}
	default:
		panic("no way to fill " + v.Type().String())
	}
}

// leaves returns what a value holds, by the path of its fields.
func leaves(v reflect.Value, path string, into map[string]string) {
	if t, ok := v.Interface().(time.Time); ok {
		into[path] = t.UTC().Format(time.RFC3339Nano)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			leaves(v.Elem(), path, into)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), into)
		}
	case reflect.Slice:
		for i := range v.Len() {
			leaves(v.Index(i), fmt.Sprintf("%s.%d", path, i), into)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			leaves(v.MapIndex(key), path+"."+key.String(), into)
		}
	default:
		into[path] = fmt.Sprint(v.Interface())
	}
}

// filled returns an article of which every field says something that no other one does.
func filled(from int) article.Article {
	var a article.Article
	f := filler{n: from}
	f.fill(reflect.ValueOf(&a).Elem())
	a.IsArticle = true
	return a
}

// unstored are the fields that are not stored, with the reason, by their names in Go.
func unstored() map[string]string {
	var a article.Article
	why := map[string]string{}
	for i, v := 0, reflect.ValueOf(&a).Elem(); i < v.NumField(); i++ {
		for _, f := range article.Fields() {
			if f.Ref != nil && f.Ref(&a) == v.Field(i).Addr().Interface() && f.Unstored != "" && v.Type().Field(i).Name != "IsArticle" {
				why[v.Type().Field(i).Name] = f.Unstored
			}
		}
	}
	return why
}

// compareFields fails for each field that doesn't come back, but for those that the table says are not stored.
func compareFields(t *testing.T, how string, got *article.Article, want article.Article) {
	t.Helper()
	missing := unstored()
	have, wanted := map[string]string{}, map[string]string{}
	leaves(reflect.ValueOf(*got), "", have)
	leaves(reflect.ValueOf(want), "", wanted)
	lost := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(wanted)) {
		if have[path] == wanted[path] {
			continue
		}
		field, _, _ := strings.Cut(path, ".")
		if lost[field] = true; missing[field] == "" {
			t.Errorf("%s: %s is %q in the database, %q in the article: store it, or say in the table of fields why not", how, path, have[path], wanted[path])
		}
	}
	for field := range missing {
		if !lost[field] {
			t.Errorf("%s: the table of fields says that %s is not stored, but it is", how, field)
		}
	}
}

// TestEveryFieldIsStored: whatever the cleaner finds is in the database afterwards, when it is new, changed, or cleaned again.
func TestEveryFieldIsStored(t *testing.T) {
	db, run := openTemp(t)
	ctx := context.Background()
	const address = "https://fields.example/story"
	record := func(a article.Article, hour int) Record {
		rec := page(address, "", "", noon.Add(time.Duration(hour)*time.Hour))
		a.URL, a.CanonicalURL = address, "https://fields.example/canonical"
		rec.Cleaned.Article = a
		return rec
	}
	check := func(how string, rec Record, change Change) {
		t.Helper()
		s := put(t, db, run, rec)
		if s.Change != change {
			t.Errorf("%s: %s, want %s", how, s.Change, change)
		}
		got, err := db.Article(ctx, s.ArticleID)
		if err != nil {
			t.Fatal(err)
		}
		compareFields(t, how, &got.Article, rec.Cleaned.Article)
	}
	first := record(filled(0), 0)
	check("new", first, New)
	check("again", record(first.Cleaned.Article, 1), Unchanged)
	second := record(filled(1000), 2)
	check("changed", second, Changed)

	// Each field alone: one that no hash covers would never be seen to change.
	fields := reflect.TypeFor[article.Article]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		switch name {
		case "URL", "CanonicalURL", "IsArticle": // would make another article, or none
			continue
		case "Confidence", "PageTypeConfidence", "WordCount", "Sources", "Body", "RunnersUp": // say of the cleaner, or follow from the text
			continue
		}
		a := second.Cleaned.Article
		other := filled(3000 + 501*i)
		reflect.ValueOf(&a).Elem().Field(i).Set(reflect.ValueOf(other).Field(i))
		rec := record(a, 3+i)
		s := put(t, db, run, rec)
		if s.Change != Changed && s.Change != Updated {
			t.Errorf("another %s: %s", name, s.Change)
		}
		got, err := db.Article(ctx, s.ArticleID)
		if err != nil {
			t.Fatal(err)
		}
		compareFields(t, "another "+name, &got.Article, rec.Cleaned.Article)
		second = rec
	}

	third := record(filled(90_000), 0).Cleaned.Article
	err := db.Reclean(ctx, run, RecleanOptions{Clean: func(RawPage) (*Cleaned, error) { return &Cleaned{Article: third}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	for a, err := range db.Articles(ctx, ExportOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		compareFields(t, "cleaned again, to be exported", &a.Article, third)
	}

	// The lead image as one of the images, and authors of whom another page says more.
	fourth := record(filled(200_000), 80).Cleaned.Article
	fourth.Image = &fourth.Images[1]
	fourth.Authors = []article.Person{{Name: third.Authors[0].Name}}
	check("lead image among the images", record(fourth, 90), Changed)
	checkIndexes(t, db)
}

// TestHashesOfEarlierArticlesStay: an article that has nothing of what came later is not updated for it.
func TestHashesOfEarlierArticlesStay(t *testing.T) {
	rec := page("https://a.example/1", "T", "Text", noon)
	const want = "bbf19e32c64d9c6a2c314dc6fb9a7b1bc9bc20e41b77fd11986a5ea34dc75263" // as schema 2 made it
	if got := fmt.Sprintf("%x", packArticle(&rec).metadataHash); got != want {
		t.Errorf("metadata hash %s, want %s", got, want)
	}
}

// TestAddedColumnsHaveComments: a column that a later schema added says what it is, as the first ones do.
func TestAddedColumnsHaveComments(t *testing.T) {
	db, _ := openTemp(t)
	tables, err := db.Describe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		for column, want := range map[string]map[string]string{
			"articles": {"fact_boxes": "JSON list of texts, one a box", "modified_raw": "what the page says of modified_at"},
			"links":    {"rel": "as the page says: nofollow, sponsored, ...; null: nothing", "internal": "1: same host"},
		}[table.Name] {
			if got := table.Columns[column]; got != want {
				t.Errorf("%s.%s: comment %q, want %q", table.Name, column, got, want)
			}
		}
	}
}

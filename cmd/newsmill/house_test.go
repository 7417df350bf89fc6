package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms are the packages of the house: what each may import of ours, and what it may not import of others, since
// that is another package's trade.
var rooms = map[string]struct {
	ours   []string
	others []string
}{
	"cmd/newsmill":       {ours: []string{"cmd/newsmill/term", "scraper", "storage", "cleaner", "cleaner/article", "configs"}, others: []string{"database/sql", "github.com/mattn/go-sqlite3", "golang.org/x/net/html", "github.com/PuerkitoBio/goquery", "github.com/gocolly/colly/v2"}},
	"cmd/newsmill/term":  {others: []string{"net/http", "database/sql", "github.com/spf13/cobra"}},
	"cmd/newsmill-train": {ours: []string{"cleaner", "cleaner/article"}, others: []string{"net/http", "database/sql"}},
	"scraper":            {ours: []string{"storage", "configs", "cleaner", "cleaner/article", "cleaner/charset", "scraper/listing"}, others: []string{"database/sql", "github.com/mattn/go-sqlite3", "github.com/spf13/cobra"}},
	"scraper/listing":    {ours: []string{"cleaner", "cleaner/article", "cleaner/charset"}, others: impure},
	"storage":            {ours: []string{"cleaner/article", "cleaner/lexicon", "storage/fts5"}, others: []string{"net/http", "golang.org/x/net/html", "github.com/PuerkitoBio/goquery", "github.com/spf13/cobra"}},
	"storage/fts5":       {},
	"configs":            {ours: []string{"cleaner", "cleaner/article"}, others: []string{"net/http", "database/sql", "github.com/spf13/cobra"}},
	"cleaner/htmltree":   {}, // a package because its licence and its authors are others'
	"cleaner/lexicon":    {},
	"cleaner/script":     {},
	"cleaner/charset":    {ours: []string{"cleaner/script"}, others: impure},
	"cleaner/loosejson":  {others: impure},
	"cleaner/phrase":     {ours: []string{"cleaner/article", "cleaner/script"}, others: impure},
	"cleaner/article":    {ours: []string{"cleaner/lexicon", "cleaner/script"}, others: impure},
	"cleaner":            {ours: []string{"cleaner/article", "cleaner/charset", "cleaner/htmltree", "cleaner/lexicon", "cleaner/loosejson", "cleaner/phrase", "cleaner/script"}, others: impure},
}

// impure is what depends on anything but a page's bytes and its address.
var impure = []string{"net", "net/http", "database/sql", "log", "log/slog", "os", "context", "github.com/spf13/cobra"}

const root = "../.."

// TestTree keeps the tree flat and its names telling.
func TestTree(t *testing.T) {
	for _, file := range goFiles(t) {
		dir := path.Dir(file)
		if _, ok := rooms[dir]; !ok {
			t.Errorf("%s: %s is no package of the house; a helper lives in the file of its only user", file, dir)
		}
		name := strings.TrimSuffix(strings.TrimSuffix(path.Base(file), ".go"), "_test")
		for _, vague := range []string{"util", "utils", "common", "helper", "helpers", "misc", "types", "base", "shared"} {
			if name == vague || strings.HasSuffix(name, "_"+vague) {
				t.Errorf("%s: %q says nothing of what is inside", file, name)
			}
		}
	}
}

// TestImports keeps the packages' arrows pointing one way.
func TestImports(t *testing.T) {
	for _, file := range goFiles(t) {
		room, isTest := rooms[path.Dir(file)], strings.HasSuffix(file, "_test.go")
		parsed := parse(t, file, parser.ImportsOnly)
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if own, ok := strings.CutPrefix(imported, "newsmill/"); ok {
				if !slices.Contains(room.ours, own) && own != path.Dir(file) && !isTest {
					t.Errorf("%s imports %s: only %v are below it", file, own, room.ours)
				}
				continue
			}
			if slices.Contains(room.others, imported) && !isTest && !allowed[file+" "+imported] {
				t.Errorf("%s imports %s, which is another package's trade", file, imported)
			}
		}
	}
}

// allowed are the exceptions, with their reasons.
var allowed = map[string]bool{}

// TestCleanerIsPure looks for goroutines and clocks in the cleaner.
func TestCleanerIsPure(t *testing.T) {
	for _, file := range goFiles(t) {
		if !strings.HasPrefix(file, "cleaner/") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		ast.Inspect(parse(t, file, 0), func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: starts a goroutine", file)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && (n.Sel.Name == "Now" || n.Sel.Name == "Since" || n.Sel.Name == "Sleep") {
					t.Errorf("%s: time.%s: the result would depend on the clock", file, n.Sel.Name)
				}
			}
			return true
		})
	}
}

func parse(t *testing.T, file string, mode parser.Mode) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, mode)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// goFiles are the Go files of the module, without those of modules of their own (bench, .ci).
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() && rel != "." {
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" {
				return filepath.SkipDir
			}
		}
		if strings.HasSuffix(name, ".go") {
			files = append(files, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

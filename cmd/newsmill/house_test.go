package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime/debug"
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
	"scraper":            {ours: []string{"storage", "configs", "cleaner", "cleaner/article", "scraper/fetch", "scraper/listing"}, others: []string{"database/sql", "github.com/mattn/go-sqlite3", "github.com/spf13/cobra"}},
	"scraper/fetch":      {ours: []string{"cleaner/article", "cleaner/charset"}, others: []string{"database/sql", "github.com/spf13/cobra"}},
	"scraper/listing":    {ours: []string{"cleaner/article", "cleaner/charset", "cleaner/credittext", "cleaner/datetext"}, others: impure},
	"storage":            {ours: []string{"cleaner/article", "cleaner/lexicon", "storage/fts5"}, others: []string{"net/http", "golang.org/x/net/html", "github.com/PuerkitoBio/goquery", "github.com/spf13/cobra"}},
	"storage/fts5":       {},
	"configs":            {ours: []string{"cleaner/article"}, others: []string{"net/http", "database/sql", "github.com/spf13/cobra"}},
	"cleaner/htmltree":   {}, // a package because its licence and its authors are others'
	"cleaner/lexicon":    {},
	"cleaner/script":     {},
	"cleaner/charset":    {ours: []string{"cleaner/script"}, others: impure},
	"cleaner/credittext": {ours: []string{"cleaner/lexicon", "cleaner/script"}, others: impure},
	"cleaner/datetext":   {ours: []string{"cleaner/article", "cleaner/lexicon", "cleaner/script"}, others: impure},
	"cleaner/forest":     {others: impure},
	"cleaner/langid":     {ours: []string{"cleaner/lexicon", "cleaner/script"}, others: impure},
	"cleaner/loosejson":  {others: impure},
	"cleaner/nametext":   {ours: []string{"cleaner/article", "cleaner/datetext", "cleaner/lexicon", "cleaner/script"}, others: impure},
	"cleaner/phrase":     {ours: []string{"cleaner/article", "cleaner/script"}, others: impure},
	"cleaner/article":    {ours: []string{"cleaner/lexicon", "cleaner/script"}, others: impure},
	"cleaner":            {ours: []string{"cleaner/article", "cleaner/charset", "cleaner/credittext", "cleaner/datetext", "cleaner/forest", "cleaner/htmltree", "cleaner/langid", "cleaner/lexicon", "cleaner/loosejson", "cleaner/nametext", "cleaner/phrase", "cleaner/script"}, others: impure},
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

// circles are how many files of a package may use each other in a circle, where that is more than one: a file can be read
// and changed alone only if nothing that it uses uses it. The figures of packages that are being taken apart are today's: they
// only go down.
var circles = map[string]int{
	"cleaner":          37,
	"cleaner/htmltree": 6, // others' work
}

// TestCircles finds the files of each package that use each other, directly or by way of others, and those that the documentation has
// in another order than they use each other.
func TestCircles(t *testing.T) {
	compiled := compiledPackages(t)
	load := func(path string) (io.ReadCloser, error) { return os.Open(compiled[path].export) }
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", load)
	orders := documentedOrders(t)
	for dir := range rooms {
		pkg, ok := compiled["newsmill/"+dir]
		if !ok {
			t.Errorf("%s is in the table of rooms, and no package", dir)
			continue
		}
		uses := fileUses(t, fset, dir, pkg.files, imports)
		for i, file := range orders[dir] {
			for _, later := range orders[dir][i+1:] {
				if names := uses[file][later]; len(names) > 0 {
					t.Errorf("docs/developing/architecture.md has %s/%s before %s, of which it uses %v", dir, file, later, names)
				}
			}
		}
		for _, circle := range circlesOf(uses) {
			if allowed := max(1, circles[dir]); len(circle) > allowed {
				t.Errorf("%s: %d files use each other, at most %d may: move a helper to the file of its noun, below its users:%s", dir, len(circle), allowed, describe(circle, uses))
			}
		}
	}
}

// documentedOrders are the files of packages in the order in which docs/developing/architecture.md has them: rows of a table that begin
// with the package, and one for each part of it where it has many files.
func documentedOrders(t *testing.T) map[string][]string {
	t.Helper()
	orders := map[string][]string{}
	row := regexp.MustCompile("(?m)^\\| `([a-z/-]+)`[^|]*\\| (.*) \\|$")
	for _, m := range row.FindAllStringSubmatch(readDoc(t, filepath.Join(root, "docs", "developing", "architecture.md")), -1) {
		for _, file := range regexp.MustCompile("`([a-z0-9_]+\\.go)`").FindAllStringSubmatch(m[2], -1) {
			orders[m[1]] = append(orders[m[1]], file[1])
		}
	}
	if len(orders) < 5 {
		t.Errorf("only %d packages have their files in an order", len(orders))
	}
	return orders
}

// compiledPackage is what the go command knows of a package: the file with the compiler's account of what it exports, and its own
// files, without tests and what is for other systems.
type compiledPackage struct {
	export string
	files  []string
}

// compiledPackages are the module's packages and all that they use, of the kind that this test was built with, since those are
// compiled already.
func compiledPackages(t *testing.T) map[string]compiledPackage {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}\t{{join .GoFiles \" \"}} {{join .CgoFiles \" \"}}"}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(t.Context(), "go", append(args, "./...")...)
	cmd.Dir = root
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, problem.String())
	}
	packages := map[string]compiledPackage{}
	for line := range strings.Lines(string(out)) {
		parts := strings.Split(line, "\t")
		packages[parts[0]] = compiledPackage{parts[1], strings.Fields(parts[2])}
	}
	return packages
}

// fileUses are the names that each file of a package uses of each other one: declarations, methods and fields.
func fileUses(t *testing.T, fset *token.FileSet, dir string, names []string, imports types.Importer) map[string]map[string][]string {
	t.Helper()
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(fset, filepath.Join(root, dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	pkg, err := (&types.Config{Importer: imports, FakeImportC: true}).Check("newsmill/"+dir, fset, files, info)
	if err != nil {
		t.Fatal(err)
	}
	uses := map[string]map[string][]string{}
	for id, used := range info.Uses {
		if used.Pkg() != pkg || !used.Pos().IsValid() {
			continue
		}
		from, to := filepath.Base(fset.Position(id.Pos()).Filename), filepath.Base(fset.Position(used.Pos()).Filename)
		if uses[from] == nil {
			uses[from] = map[string][]string{}
		}
		if from != to && !slices.Contains(uses[from][to], used.Name()) {
			uses[from][to] = append(uses[from][to], used.Name())
		}
	}
	return uses
}

// circlesOf are the sets of files of which each reaches each other one: the strongly connected components (R. Tarjan, 1972).
func circlesOf(uses map[string]map[string][]string) [][]string {
	var circles [][]string
	var stack []string
	order, low := map[string]int{}, map[string]int{}
	var visit func(file string)
	visit = func(file string) {
		order[file] = len(order) + 1
		low[file] = order[file]
		stack = append(stack, file)
		for used := range uses[file] {
			switch {
			case order[used] == 0:
				visit(used)
				low[file] = min(low[file], low[used])
			case slices.Contains(stack, used):
				low[file] = min(low[file], order[used])
			}
		}
		if low[file] == order[file] {
			at := slices.Index(stack, file)
			circles = append(circles, slices.Sorted(slices.Values(stack[at:])))
			stack = stack[:at]
		}
	}
	for _, file := range slices.Sorted(maps.Keys(uses)) {
		if order[file] == 0 {
			visit(file)
		}
	}
	return circles
}

// describe writes who uses what within a circle, a line a pair of files.
func describe(circle []string, uses map[string]map[string][]string) string {
	var sb strings.Builder
	for _, from := range circle {
		for _, to := range circle {
			if names := uses[from][to]; len(names) > 0 {
				slices.Sort(names)
				fmt.Fprintf(&sb, "\n\t%s -> %s: %s", from, to, strings.Join(names, " "))
			}
		}
	}
	return sb.String()
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

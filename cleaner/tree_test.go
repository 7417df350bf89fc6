package cleaner

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestOneWayToElements holds the code to document.element: an index into the elements themselves would fail, one day,
// for a block that has none.
func TestOneWayToElements(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	found := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(set, f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if x, ok := n.(*ast.IndexExpr); ok {
				if sel, ok := x.X.(*ast.SelectorExpr); ok && sel.Sel.Name == "elements" {
					if found++; found > 1 {
						t.Errorf("%s: an index into the elements: ask document.element", set.Position(n.Pos()))
					}
				}
			}
			return true
		})
	}
	if found == 0 {
		t.Error("no index into the elements at all: the test looks for the wrong name")
	}
}

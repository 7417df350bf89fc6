package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"newsmill/cleaner/article"
	"newsmill/scraper"
)

// docFiles are README.md and what is in docs/, for users and, in a folder of its own, for those who work on the program.
func docFiles(t *testing.T) []string {
	t.Helper()
	files := []string{filepath.Join(root, "README.md")}
	for _, pattern := range []string{"docs/*.md", "docs/developing/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	return files
}

// TestDocs compares the tables in docs/ with what the program knows: the part of a file between
// "<!-- NAME: printed from the program -->" and "<!-- end -->". -update rewrites them.
func TestDocs(t *testing.T) {
	printed := map[string]func(io.Writer){
		"labels":        printLabels,
		"fields":        printFields,
		"error classes": printClasses,
		"commands":      printCommands,
		"configuration": printConfigKeys,
		"catalogue":     printCatalogue,
	}
	part := regexp.MustCompile(`(?s)(<!-- ([a-z ]+): printed from the program -->\n)(.*?)(<!-- end -->\n)`)
	seen := map[string]bool{}
	for _, file := range docFiles(t) {
		text := readDoc(t, file)
		fresh := part.ReplaceAllStringFunc(text, func(old string) string {
			m := part.FindStringSubmatch(old)
			write, ok := printed[m[2]]
			if !ok {
				t.Errorf("%s: nothing is called %q", file, m[2])
				return old
			}
			seen[m[2]] = true
			var sb strings.Builder
			write(&sb)
			return m[1] + sb.String() + m[4]
		})
		if fresh == text {
			continue
		}
		if !*update {
			t.Errorf("%s is not what the program says: run go test ./cmd/newsmill -run TestDocs -update", file)
			continue
		}
		if err := os.WriteFile(file, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name := range printed {
		if !seen[name] {
			t.Errorf("no file in docs has the part %q", name)
		}
	}
}

// TestDocLinks follows the links of the documentation that stay in the repository, to the heading that they name.
func TestDocLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^()\s]+)\)`)
	n := 0
	for _, file := range docFiles(t) {
		for _, m := range link.FindAllStringSubmatch(readDoc(t, file), -1) {
			target, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue
			}
			n++
			to := file
			if target != "" {
				to = filepath.Join(filepath.Dir(file), filepath.FromSlash(target))
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", file, m[1])
			} else if heading != "" && !slices.Contains(anchors(readDoc(t, to)), heading) {
				t.Errorf("%s: %s: no such heading, but %v", file, m[1], anchors(readDoc(t, to)))
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d links found", n)
	}
}

// anchors are the names by which links reach the headings of a page: small letters, hyphens for spaces, no other signs.
func anchors(text string) []string {
	var names []string
	for _, m := range regexp.MustCompile("(?m)^#+ (.*)$").FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

// TestDocsNameWhatIsThere looks for the files of Go, and for the tests and benchmarks, that the notes for those who work on the
// program name: what moves there is to be moved here, too.
func TestDocsNameWhatIsThere(t *testing.T) {
	files := goFiles(t)
	goFile := regexp.MustCompile("`((?:[a-z0-9_-]+/)*[a-z0-9_]+\\.go)`")
	goTest := regexp.MustCompile(`\bgo test ([^` + "`\n" + `]*)`)
	for _, file := range docFiles(t) {
		text := readDoc(t, file)
		for _, m := range goFile.FindAllStringSubmatch(text, -1) {
			if !slices.ContainsFunc(files, func(f string) bool { return strings.HasSuffix("/"+f, "/"+m[1]) }) {
				t.Errorf("%s: there is no %s", file, m[1])
			}
		}
		for _, m := range goTest.FindAllStringSubmatch(text, -1) {
			words := shellWords(m[1])
			for i, word := range words[:max(len(words)-1, 0)] {
				kind := map[string]string{"-run": "Test", "-bench": "Benchmark"}[word]
				if pattern, _, _ := strings.Cut(words[i+1], "/"); kind != "" && pattern != "-" && pattern != "^$" && !testsIn(t, words, kind, pattern) {
					t.Errorf("%s: go test %s: no %s of this name in this package", file, m[1], kind)
				}
			}
		}
	}
}

// TestDocsHaveEveryPackage: the tree in the notes has a line for each package.
func TestDocsHaveEveryPackage(t *testing.T) {
	text := readDoc(t, filepath.Join(root, "docs", "developing", "architecture.md"))
	for room := range rooms {
		if !strings.Contains(text, "\n| `"+room+"` | ") {
			t.Errorf("docs/developing/architecture.md has no line for %s", room)
		}
	}
}

// testsIn says whether a package among the words of a command has a test, or benchmark, whose name the pattern matches.
func testsIn(t *testing.T, words []string, kind, pattern string) bool {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for _, word := range words {
		dir, isPackage := strings.CutPrefix(word, "./")
		if !isPackage {
			continue
		}
		tests, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range tests {
			for _, m := range regexp.MustCompile("(?m)^func ("+kind+`\w*)\(`).FindAllStringSubmatch(readDoc(t, file), -1) {
				if re.MatchString(m[1]) {
					return true
				}
			}
		}
	}
	return false
}

func readDoc(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func printLabels(w io.Writer) {
	class := map[article.Class]string{article.Body: "body", article.Kept: "kept apart", article.Metadata: "metadata", article.Noise: "noise"}
	fmt.Fprint(w, "| label | class | meaning |\n|---|---|---|\n")
	for _, l := range article.Labels() {
		fmt.Fprintf(w, "| `%s` | %s | %s |\n", l, class[l.Class()], l.About())
	}
}

func printFields(w io.Writer) {
	fmt.Fprint(w, "| field | as JSON | what it is |\n|---|---|---|\n")
	for _, f := range article.Fields() {
		if f.Unshown {
			continue
		}
		about := f.About
		if f.Unstored != "" {
			about += "; not stored: " + f.Unstored
		}
		fmt.Fprintf(w, "| `%s` | %s | %s |\n", f.Name, f.Kind(), about)
	}
}

func printClasses(w io.Writer) {
	fmt.Fprint(w, "| class | meaning | then |\n|---|---|---|\n")
	for _, c := range scraper.Classes() {
		then := string(c.State)
		if c.Retry {
			then = "tried again, then " + then
		}
		fmt.Fprintf(w, "| `%s` | %s | %s |\n", c.Name, c.About, then)
	}
}

// printCommands writes each command's help, as --help prints it without the global flags.
func printCommands(w io.Writer) {
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
	root := newRootCmd(a)
	root.InitDefaultHelpCmd()
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if !cmd.IsAvailableCommand() && cmd != root {
			return
		}
		var help strings.Builder
		cmd.SetOut(&help)
		cmd.SetContext(context.Background())
		if err := cmd.Help(); err != nil {
			fmt.Fprintln(w, err)
		}
		text, _, _ := strings.Cut(help.String(), "\nGlobal flags:")
		if cmd != root {
			text, _, _ = strings.Cut(text, "\nExit codes:")
		}
		fmt.Fprintf(w, "\n## %s\n\n```\n%s\n```\n", cmd.CommandPath(), strings.TrimSpace(text))
		for _, sub := range cmd.Commands() {
			if sub.Name() != "help" {
				walk(sub)
			}
		}
	}
	walk(root)
}

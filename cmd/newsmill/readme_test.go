package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestReadme runs the examples of README.md and docs/*.md: code blocks that begin with "```console test". Those of
// one file run one after the other in a folder of their own, through a shell, with newsmill in the PATH. What follows
// a line "$ command" up to the next one, or the end of the block, is what must come out, standard error included;
// "..." stands for anything in a line, and a line of it for any lines. A line "$ command # exit 2" must end so.
func TestReadme(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append([]string{filepath.Join(root, "README.md")}, files...) {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		examples := consoleExamples(string(text))
		if len(examples) == 0 {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) { runExamples(t, examples) })
	}
}

// example is a command with its wanted output.
type example struct{ command, exit, want string }

var (
	consoleBlock = regexp.MustCompile("(?ms)^```console test\n(.*?)^```$")
	wantedExit   = regexp.MustCompile(` +# exit (\d+)$`)
)

func consoleExamples(text string) []example {
	var examples []example
	for _, block := range consoleBlock.FindAllStringSubmatch(text, -1) {
		for _, line := range strings.Split(strings.TrimSuffix(block[1], "\n"), "\n") {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				e := example{command: command, exit: "0"}
				if m := wantedExit.FindStringSubmatch(command); m != nil {
					e.command, e.exit = strings.TrimSuffix(command, m[0]), m[1]
				}
				examples = append(examples, e)
				continue
			}
			if len(examples) > 0 {
				e := &examples[len(examples)-1]
				if strings.HasSuffix(e.command, `\`) {
					e.command += "\n" + line
				} else {
					e.want += line + "\n"
				}
			}
		}
	}
	return examples
}

func runExamples(t *testing.T, examples []example) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "newsmill")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for _, e := range examples {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		cmd := exec.CommandContext(ctx, "sh", "-c", e.command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir, "COLUMNS=100",
			"LC_ALL=C.UTF-8", "NEWSMILL_DB=", "TERM=dumb")
		out, err := cmd.CombinedOutput()
		cancel()
		exit := "0"
		if err != nil {
			_, exit = cutLast(err.Error(), "exit status ")
		}
		if exit != e.exit {
			t.Fatalf("$ %s\nended with exit code %s, want %s:\n%s", e.command, exit, e.exit, out)
		}
		if !matchesExample(string(out), e.want) {
			t.Errorf("$ %s\nprinted\n%s\nwant\n%s", e.command, out, e.want)
		}
	}
}

// matchesExample compares output with what is wanted, white space at the ends of lines aside.
func matchesExample(got, want string) bool {
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	for _, line := range strings.Split(strings.TrimRight(want, "\n"), "\n") {
		if strings.TrimSpace(line) == "..." {
			re.WriteString(`(?:[^\n]*\n)*?`)
			continue
		}
		re.WriteString(strings.ReplaceAll(regexp.QuoteMeta(strings.TrimRight(line, " ")), regexp.QuoteMeta("..."), `[^\n]*`))
		re.WriteString(` *\n`)
	}
	re.WriteString(`\z`)
	got = strings.TrimRight(got, "\n") + "\n"
	if want == "" {
		return got == "\n"
	}
	return regexp.MustCompile(re.String()).MatchString(got)
}

func TestConsoleExamples(t *testing.T) {
	text := "text\n```console test\n$ one\na ... b\n...\nz\n$ two \\\n  --x # exit 2\n```\n```console\n$ three\n```\n"
	got := consoleExamples(text)
	want := []example{{"one", "0", "a ... b\n...\nz\n"}, {"two \\\n  --x # exit 2", "0", ""}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %q, want %q", got, want)
	}
	for out, ok := range map[string]bool{"a 1 b\nz\n": true, "a 1 b\nx\ny\nz": true, "a b\nz\n": false, "a  b\nz\n": true, "a 1 b\n": false, "a 1 b\nz\nq\n": false} {
		if matchesExample(out, want[0].want) != ok {
			t.Errorf("matchesExample(%q) is not %v", out, ok)
		}
	}
}

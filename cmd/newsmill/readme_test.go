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

	"github.com/spf13/cobra"
)

// TestReadme runs the examples of README.md and docs/: code blocks that begin with "```console test". Those of
// one file run one after the other in a folder of their own, through a shell, with newsmill in the PATH. What follows
// a line "$ command" up to the next one, or the end of the block, is what must come out, standard error included;
// "..." stands for anything in a line, and a line of it for any lines; the id before an article's day may be another, since it
// depends on which page came first. A line "$ command # exit 2" must end so. The sample
// site is at https://harbour-post.example/, through a proxy.
func TestReadme(t *testing.T) {
	for _, file := range docFiles(t) {
		examples := consoleExamples(readDoc(t, file))
		if len(examples) == 0 {
			continue
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.ToSlash(name), func(t *testing.T) { runExamples(t, examples) })
	}
}

// example is a command with its wanted output.
type example struct{ command, exit, want string }

var (
	consoleBlock = regexp.MustCompile("(?ms)^```console test\n(.*?)^```$")
	wantedExit   = regexp.MustCompile(` +# exit (\d+)$`)
	idOfRow      = regexp.MustCompile(`^ *\d+  (\d{4}-\d\d-\d\d  )`)
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
	site := sampleProxy(t)
	for _, e := range examples {
		if program, _, _ := strings.Cut(e.command, " "); program != "newsmill" {
			if _, err := exec.LookPath(program); err != nil {
				t.Logf("skipped: no %s here: %s", program, e.command)
				continue
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		cmd := exec.CommandContext(ctx, "sh", "-c", e.command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir, "COLUMNS=100",
			"LC_ALL=C.UTF-8", "NEWSMILL_DB=", "TERM=dumb")
		cmd.Env = append(cmd.Env, site...)
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
		line = strings.ReplaceAll(regexp.QuoteMeta(strings.TrimRight(line, " ")), regexp.QuoteMeta("..."), `[^\n]*`)
		re.WriteString(idOfRow.ReplaceAllString(line, ` *\d+  $1`))
		re.WriteString(` *\n`)
	}
	re.WriteString(`\z`)
	got = strings.TrimRight(got, "\n") + "\n"
	if want == "" {
		return got == "\n"
	}
	return regexp.MustCompile(re.String()).MatchString(got)
}

// TestCommandsWrittenDownParse reads every command in README.md, in docs/ and in the examples of the help: its
// subcommand and flags must be there. Commands that are printed with their output are run by TestReadme.
func TestCommandsWrittenDownParse(t *testing.T) {
	n := 0
	check := func(where, command string) {
		n++
		if err := parses(command); err != nil {
			t.Errorf("%s: %s: %v", where, command, err)
		}
	}
	for _, file := range docFiles(t) {
		if filepath.Base(file) == "commands.md" { // which is the help
			continue
		}
		for _, m := range writtenCommand.FindAllStringSubmatch(readDoc(t, file), -1) {
			check(filepath.Base(file), m[1])
		}
	}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, m := range writtenCommand.FindAllStringSubmatch(cmd.Example+"\n", -1) {
			check(cmd.CommandPath()+" --help", m[1])
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRootCmd(&app{getenv: func(string) string { return "" }, now: time.Now}))
	if n < 150 {
		t.Errorf("only %d commands found", n)
	}
}

// writtenCommand finds a command: in backquotes, or in a line of a block, after a prompt, a path, a pipe or a crontab's times.
var writtenCommand = regexp.MustCompile("(?m)(?:^|[ `=|&/])newsmill((?: [^`\n]*)?)(?:`|$)")

// parses finds the subcommand of a command line as it is written down, and reads its flags.
func parses(line string) error {
	line, _, _ = strings.Cut(line, "   ") // what it does is in a column beside it
	words := shellWords(line)
	if len(words) > 0 && !strings.HasPrefix(words[0], "-") && !regexp.MustCompile(`^[a-z-]+$`).MatchString(words[0]) {
		return nil // "newsmill COMMAND --help", prose
	}
	cmd, args, err := newRootCmd(&app{getenv: func(string) string { return "" }, now: time.Now}).Find(words)
	if err != nil {
		return err
	}
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	return cmd.ParseFlags(args)
}

// shellWords splits a line as a shell would, up to the end of its first command.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	for _, r := range strings.ReplaceAll(line, "\\|", "/") { // as tables have a bar
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ':
			end()
		case strings.ContainsRune("|;&>#)", r):
			end()
			return words
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	end()
	return words
}

// TestReadmeRunsAllItsCommands looks for commands in README.md that TestReadme doesn't run: but for make and a crontab's line
// there are none.
func TestReadmeRunsAllItsCommands(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?ms)^```([a-z ]+)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[2]) {
			target, isMake := strings.CutPrefix(line, "make ")
			target, _, _ = strings.Cut(strings.TrimSpace(target), " ")
			switch {
			case block[1] == "console test", block[1] == "cron":
			case !isMake:
				t.Errorf("not run: %s", line)
			case !strings.Contains(string(makefile), "\n"+target+":"):
				t.Errorf("the Makefile has no %s", target)
			}
		}
	}
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

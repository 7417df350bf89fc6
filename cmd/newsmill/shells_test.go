package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompletionInShells asks real shells what may follow, those that are here, with the scripts that newsmill completion prints.
func TestCompletionInShells(t *testing.T) {
	scripts := map[string]string{
		// Bash: what its programmable completion calls when Tab is pressed.
		"bash": `. /usr/share/bash-completion/bash_completion
. ./completion
COMP_WORDS=(%s) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE} COMP_TYPE=63
__start_newsmill
printf '%%s\n' "${COMPREPLY[@]}"`,
		// Zsh: its offers are caught instead of shown.
		"zsh": `autoload -U compinit && compinit -u -D
. ./completion
_describe() { print -l -- "${completions[@]}"; }
words=(%s) CURRENT=${#words}
_newsmill`,
		"fish": `source ./completion
complete --do-complete '%s'`,
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for shell, script := range scripts {
		t.Run(shell, func(t *testing.T) {
			if _, err := exec.LookPath(shell); err != nil {
				t.Skipf("no %s here", shell)
			}
			if _, err := os.Stat("/usr/share/bash-completion/bash_completion"); err != nil && shell == "bash" {
				t.Skip("no bash-completion here, which the script needs")
			}
			dir := t.TempDir()
			if err := os.Symlink(self, filepath.Join(dir, "newsmill")); err != nil {
				t.Skip(err)
			}
			ask := func(line string) string {
				cmd := exec.Command(shell, "-c", "newsmill completion "+shell+" > completion\n"+strings.Replace(strings.ReplaceAll(script, "%%", "%"), "%s", line, 1))
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir, "NEWSMILL_DB=")
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Logf("%s: %v", shell, err)
				}
				return string(out)
			}
			for line, want := range map[string]string{"newsmill sea": "search", "newsmill crawl der-st": "der-standard", "newsmill clean --format=mark": "markdown", "newsmill export --form": "--format"} {
				out := ask(line)
				if !strings.Contains(out, want) {
					t.Errorf("%s: %q, want %s", line, out, want)
				}
			}
		})
	}
}

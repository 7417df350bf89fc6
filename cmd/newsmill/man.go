package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newManCmd(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages into a folder",
		Long: `Man writes a manual page for newsmill and for each of its commands, made from the same text as --help.
A folder called man1 in a folder of MANPATH is where man looks for them.`,
		Example: `  newsmill man ~/.local/share/man/man1
  man newsmill-crawl`,
		Args: takes(1, 1, "the folder to write into"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.makeFolder(args[0]); err != nil {
				return err
			}
			return a.writeManPages(cmd.Root(), args[0], force)
		},
	}
	addForce(cmd, &force)
	return cmd
}

func (a *app) writeManPages(cmd *cobra.Command, dir string, force bool) error {
	ours := ".TH " + roff(strings.ToUpper(manName(cmd))) + " 1 "
	page, err := a.newTarget(filepath.Join(dir, manName(cmd)+".1"), targetOptions{force: force, wrote: func(file *os.File) bool { return beginsWith(file, ours) }})
	if err != nil {
		return err
	}
	if err := page.writeString(string(manPage(cmd))); err != nil {
		return err
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			if err := a.writeManPages(sub, dir, force); err != nil {
				return err
			}
		}
	}
	return nil
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manPage is the command's help in the man macros of roff.
func manPage(cmd *cobra.Command) []byte {
	var b bytes.Buffer
	name := manName(cmd)
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"newsmill %s\" \"newsmill\"\n", roff(strings.ToUpper(name)), roff(cmd.Root().Version))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(lowerFirst(cmd.Short)))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(cmd.UseLine()))
	b.WriteString(".SH DESCRIPTION\n")
	manText(&b, cmd.Long)
	manFlags(&b, "OPTIONS", cmd.LocalFlags())
	if cmd.HasParent() {
		manFlags(&b, "GLOBAL OPTIONS", cmd.InheritedFlags())
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(cmd.Example))
	}
	b.WriteString(".SH EXIT STATUS\n")
	for _, row := range strings.Split(exitHelp, "\n")[1:] {
		code, meaning, _ := strings.Cut(strings.TrimSpace(row), " ")
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", code, roff(strings.TrimSpace(meaning)))
	}
	b.WriteString(".SH SEE ALSO\n")
	var also []string
	if cmd.HasParent() {
		also = append(also, manName(cmd.Parent()))
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			also = append(also, manName(sub))
		}
	}
	for i, page := range also {
		fmt.Fprintf(&b, ".BR %s (1)", roff(page))
		if i < len(also)-1 {
			b.WriteString(" ,")
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// manText writes paragraphs; indented lines, which are examples and tables, keep their breaks.
func manText(b *bytes.Buffer, text string) {
	verbatim := false
	for _, l := range strings.Split(text, "\n") {
		if indented := strings.HasPrefix(l, "  "); indented != verbatim {
			verbatim = indented
			b.WriteString(map[bool]string{true: ".nf\n", false: ".fi\n"}[verbatim])
		}
		if l == "" {
			l = ".PP"
		} else {
			l = roff(l)
		}
		b.WriteString(l + "\n")
	}
	if verbatim {
		b.WriteString(".fi\n")
	}
}

func manFlags(b *bytes.Buffer, heading string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", heading)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		arg, usage := pflag.UnquoteUsage(f)
		b.WriteString(".TP\n\\fB")
		if f.Shorthand != "" {
			b.WriteString("\\-" + f.Shorthand + "\\fR, \\fB")
		}
		b.WriteString("\\-\\-" + roff(f.Name) + "\\fR")
		if arg != "" {
			b.WriteString(" \\fI" + roff(arg) + "\\fR")
		}
		if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "[]" {
			usage += " (default " + d + ")"
		}
		b.WriteString("\n" + roff(usage) + "\n")
	})
}

// roff escapes text: backslashes, hyphens that must stay ASCII, and dots and quotes at the beginning of a line,
// which would be requests.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'a' { // not an abbreviation
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

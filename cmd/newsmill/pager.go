package main

import (
	"cmp"
	"io"
	"os"

	"github.com/spf13/pflag"

	"newsmill/cmd/newsmill/term"
)

// pagerFlag is --no-pager, for commands whose output may be long.
type pagerFlag struct{ off bool }

func (p *pagerFlag) add(flags *pflag.FlagSet) {
	flags.BoolVar(&p.off, "no-pager", false, "print at once; else long output on a terminal goes through $NEWSMILL_PAGER, $PAGER or less")
}

// paged runs print with a writer whose output goes through a pager when standard output is a terminal that is too
// small for it.
func (a *app) paged(p pagerFlag, print func(io.Writer) error) error {
	stdout, ok := a.stdout.(*os.File)
	if p.off || !ok || !a.isTerminal(stdout) {
		return print(a.stdout)
	}
	return term.Page(stdout, cmp.Or(a.getenv("NEWSMILL_PAGER"), a.getenv("PAGER"), "less -FRX"), print)
}

// Command newsmill crawls news sites, strips everything that is not the article, and keeps clean articles in a
// SQLite file that people query.
package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"newsmill/configs"
)

// app is what the subcommands share: the standard streams, the global flags and the log. run makes one; each
// subcommand's constructor gets it.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time

	global globalFlags
	loaded *configs.Config // see config
	log    *slog.Logger    // set before a subcommand runs
	line   *progressLine

	running bool // a subcommand's own code has begun: errors from here on are not errors of usage
}

func main() {
	// The first signal asks for an orderly end, the second one gets it at once.
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// endSignals are the signals that ask for an end: but not those that were ignored when the program started, as nohup does
// with SIGHUP and a shell with SIGINT for what runs in the background.
func endSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
	return slices.DeleteFunc(signals, signal.Ignored)
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv, now: time.Now}
	defer func() {
		if p := recover(); p != nil {
			code = a.reportPanic(p, debug.Stack())
		}
	}()
	root := newRootCmd(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if a.log == nil && asksForJSON(args) {
		a.global.logFormat = jsonLog
	}
	if a.line != nil {
		a.line.clear()
	}
	return a.reportError(cmd, err)
}

func newRootCmd(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "newsmill",
		Short: "Crawl news sites, keep only the articles, query them in SQLite",
		Long: `newsmill crawls news sites, strips everything that is not the article (menus, banners, teasers, licence
lines), and keeps clean articles in one SQLite file.

Results go to standard output, logs and progress to standard error.`,
		Example: `  newsmill demo                                 see all of it work, on a sample site
  newsmill clean page.html                      strip a page that is on disk
  newsmill crawl bbc-news cgtn                  crawl two sources of the catalogue into news.db
  newsmill search 'climate AND (rain OR flood)' --since 7d
  newsmill show 42`,
		Version:       version(),
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.prepare(cmd)
		},
	}
	root.SuggestionsMinimumDistance = suggestionDistance
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("newsmill {{.Version}}\n")
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommandGroupID("other")
	root.SetCompletionCommandGroupID("other")
	root.AddGroup(
		&cobra.Group{ID: "crawl", Title: "Crawl and clean:"},
		&cobra.Group{ID: "read", Title: "Search and read:"},
		&cobra.Group{ID: "keep", Title: "Look after the database:"},
		&cobra.Group{ID: "other", Title: "Other:"},
	)
	a.global.add(root.PersistentFlags(), a.getenv)
	a.addGroup(root, "crawl",
		newCrawlCmd(a),
		newScrapeCmd(a),
		newDemoCmd(a),
		newCleanCmd(a),
		newErrorsCmd(a),
		newRunsCmd(a),
		newSourcesCmd(a),
	)
	a.addGroup(root, "read",
		newExportCmd(a),
		newListCmd(a),
		newSearchCmd(a),
		newShowCmd(a),
		newStatsCmd(a),
	)
	a.addGroup(root, "keep",
		newBackupCmd(a),
		newDatasetteCmd(a),
		newDoctorCmd(a),
		newPruneCmd(a),
		newRecleanCmd(a),
		newVacuumCmd(a),
	)
	a.addGroup(root, "other",
		newInitCmd(a),
		newManCmd(a),
	)
	a.addCompletion(root)
	return root
}

// suggestionDistance is how many letters of an unknown command may be wrong for another to be suggested.
const suggestionDistance = 2

// addGroup adds subcommands under a heading of the help, and marks the moment their own code begins.
func (a *app) addGroup(root *cobra.Command, group string, cmds ...*cobra.Command) {
	for _, cmd := range cmds {
		cmd.GroupID = group
		a.markRunning(cmd)
		root.AddCommand(cmd)
	}
}

func (a *app) markRunning(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = suggestionDistance
	if body := cmd.RunE; body != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			a.running = true
			return body(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		a.markRunning(sub)
	}
}

// version is the module's version, with the commit when it was built from a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := strings.Trim(info.Main.Version, "()")
	commit := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true" && commit != "":
			commit += ", modified"
		}
	}
	if commit != "" && !strings.Contains(v, commit[:12]) {
		v += " (" + commit + ")"
	}
	return v
}

// usageTemplate is cobra's own with the exit codes at the end.
const usageTemplate = `Usage:{{if .Runnable}}
  {{.UseLine}}{{end}}{{if and .HasAvailableSubCommands .HasParent}}
  {{.CommandPath}} [command]{{end}}{{if gt (len .Aliases) 0}}

Aliases:
  {{.NameAndAliases}}{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}{{$cmds := .Commands}}{{if eq (len .Groups) 0}}

Commands:{{range $cmds}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{else}}{{range $group := .Groups}}

{{.Title}}{{range $cmds}}{{if (and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help")))}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Global flags:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}

` + exitHelp + `{{if .HasAvailableSubCommands}}

Use "{{.CommandPath}} [command] --help" for more about a command.{{end}}
`

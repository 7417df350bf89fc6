package main

import (
	"github.com/spf13/cobra"

	"newsmill/cmd/newsmill/term"
)

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

// prepare checks the global flags and sets up the log.
func (a *app) prepare(cmd *cobra.Command) error {
	if a.global.quiet && a.global.verbose {
		return usageErrorf("--quiet and --verbose exclude each other")
	}
	if err := checkValues(cmd.Flags()); err != nil {
		return err
	}
	if err := a.checkStreams(); err != nil {
		return err
	}
	a.global.dbNamed = cmd.Flags().Changed("db")
	a.line = &term.Progress{Out: a.stderr, Shown: !a.global.quiet && a.isTerminal(a.stderr)}
	a.log = newLog(a.line, &a.global)
	return nil
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

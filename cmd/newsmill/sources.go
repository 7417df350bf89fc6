package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"newsmill/configs"
	"newsmill/scraper"
	"newsmill/storage"
)

func newSourcesCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "List, show and check sources",
		Long: `Sources lists the sources that the configuration names, or those of the built-in catalogue where there is no
configuration; show prints all that is known of one; check asks its feeds, sitemaps and start pages.`,
		Example: `  newsmill sources
  newsmill sources list --all
  newsmill sources show cgtn
  newsmill sources check cgtn example.org`,
		Args: cobra.NoArgs,
	}
	cmd.RunE = func(*cobra.Command, []string) error { return a.listSources(false, "table") }
	cmd.AddCommand(newSourcesListCmd(a), newSourcesShowCmd(a), newSourcesCheckCmd(a))
	return cmd
}

func newSourcesListCmd(a *app) *cobra.Command {
	var all bool
	var format string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List sources",
		Example: "  newsmill sources list --all | grep -i deutsch",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.listSources(all, format) },
	}
	cmd.Flags().BoolVar(&all, "all", false, "those of the catalogue too that the configuration does not use")
	choiceVar(cmd.Flags(), &format, "format", "table", []string{"table", "jsonl"}, "how to print")
	return cmd
}

func (a *app) listSources(all bool, format string) error {
	config, err := a.config()
	if err != nil {
		return err
	}
	sources := config.Sources
	if all {
		for _, s := range configs.Catalogue() {
			if !slices.ContainsFunc(sources, func(o configs.Source) bool { return o.Key == s.Key }) {
				sources = append(sources, s)
			}
		}
	}
	out := bufio.NewWriter(a.stdout)
	defer out.Flush()
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if format == "table" {
		fmt.Fprintln(table, "KEY\tNAME\tLANGUAGE\tCOUNTRY\tFEEDS\tSITEMAPS\tSTART")
	}
	for _, s := range sources {
		if format == "jsonl" {
			if err := writeJSON(out, sourceRecord(&s), false); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", s.Key, s.Name, s.Language, s.Country, len(s.Feeds), len(s.Sitemaps), strings.Join(s.Start, " "))
	}
	return table.Flush()
}

// sourceRecord is a source as JSON.
func sourceRecord(s *configs.Source) map[string]any {
	return map[string]any{
		"key": s.Key, "name": s.Name, "language": orNull(s.Language), "country": orNull(s.Country), "start": list(s.Start),
		"feeds": list(s.Feeds), "sitemaps": list(s.Sitemaps), "hosts": list(s.Hosts), "allow": list(s.Allow), "deny": list(s.Deny),
		"autodiscover": s.Autodiscover, "disabled": s.Disabled,
	}
}

func newSourcesShowCmd(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "show SOURCE",
		Short:   "Show all that is known of a source",
		Example: "  newsmill sources show cgtn",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.showSource(cmd, args[0], format) },
	}
	choiceVar(cmd.Flags(), &format, "format", "text", []string{"text", "json"}, "how to print")
	return cmd
}

func (a *app) showSource(cmd *cobra.Command, name, format string) error {
	config, err := a.config()
	if err != nil {
		return err
	}
	s, err := config.Resolve(name)
	if err != nil {
		return &codedError{exitUsage, err}
	}
	var hubs []storage.Hub
	db, err := storage.OpenReader(cmd.Context(), a.global.db)
	if err == nil {
		defer db.Close()
		if hubs, err = db.Hubs(cmd.Context(), s.Key); err != nil {
			return err
		}
	}
	if format == "json" {
		rec := sourceRecord(&s)
		rec["hubs"] = list(hubs)
		return writeJSON(a.stdout, rec, true)
	}
	out := bufio.NewWriter(a.stdout)
	defer out.Flush()
	line := func(name string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			fmt.Fprintf(out, "%-13s%s\n", name, strings.Join(values, "\n"+strings.Repeat(" ", 13)))
		}
	}
	line("key", s.Key)
	line("name", s.Name)
	line("language", s.Language)
	line("country", s.Country)
	line("start", s.Start...)
	line("feeds", s.Feeds...)
	line("sitemaps", s.Sitemaps...)
	line("hosts", s.Hosts...)
	line("allow", s.Allow...)
	line("deny", s.Deny...)
	if len(hubs) > 0 {
		fmt.Fprintf(out, "\nWhat is polled, as %s knows it:\n", a.global.db)
		return a.printHubs(out, hubs)
	}
	return nil
}

func newSourcesCheckCmd(a *app) *cobra.Command {
	var net netFlags
	var format string
	cmd := &cobra.Command{
		Use:   "check [SOURCE|DOMAIN|URL ...]",
		Short: "Ask feeds, sitemaps and start pages: do they answer, what do they hold?",
		Long: `Check asks the feeds, sitemaps and start pages of sources (all of the configuration without arguments), and tells
which answer, what they hold and when the newest entry is from. It needs no database and stores nothing. It exits with
1 if something a source names does not answer or holds nothing, with 3 if nothing does.`,
		Example: `  newsmill sources check cgtn
  newsmill sources check example.org --format jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.checkSources(cmd, &net, args, format) },
	}
	net.addFetching(cmd.Flags())
	choiceVar(cmd.Flags(), &format, "format", "table", []string{"table", "jsonl"}, "how to print")
	return cmd
}

func (a *app) checkSources(cmd *cobra.Command, net *netFlags, args []string, format string) error {
	config, err := a.config()
	if err != nil {
		return err
	}
	sources, err := a.crawlSources(config, "", args)
	if err != nil {
		return err
	}
	opt := net.options(cmd, a, config)
	opt.Sources = sources
	if a.line.on {
		opt.Progress = func(s scraper.Stats) {
			a.line.set(fmt.Sprintf("%d asked, %d hosts waiting", s.Fetched, s.HostsWaiting))
		}
	}
	hubs, err := scraper.Check(cmd.Context(), opt)
	a.line.clear()
	if err != nil {
		return err
	}
	slices.SortFunc(hubs, func(x, y storage.Hub) int {
		return cmp.Or(strings.Compare(x.Source, y.Source), strings.Compare(string(x.Kind), string(y.Kind)), strings.Compare(x.URL, y.URL))
	})
	out := bufio.NewWriter(a.stdout)
	defer out.Flush()
	if format == "jsonl" {
		for _, h := range hubs {
			if err := writeJSON(out, h, false); err != nil {
				return err
			}
		}
	} else if err := a.printHubs(out, hubs); err != nil {
		return err
	}
	bad := 0
	for _, h := range hubs {
		if h.Class != string(scraper.ClassRead) {
			bad++
		}
	}
	switch {
	case bad == len(hubs):
		return errNothing
	case bad > 0:
		return errPartial
	}
	return nil
}

// printHubs prints feeds, sitemaps and sections as a table.
func (a *app) printHubs(w io.Writer, hubs []storage.Hub) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SOURCE\tKIND\tSTATE\tENTRIES\tNEW\tNEWEST\tCHECKED\tURL\tMESSAGE")
	day := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.UTC().Format("2006-01-02 15:04")
	}
	for _, h := range hubs {
		message := h.Message
		if h.Class == string(scraper.ClassRead) {
			message = ""
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\n", a.printable(h.Source), cmp.Or(h.Format, string(h.Kind)), cmp.Or(h.Class, "waiting"),
			h.Entries, h.ArticlesFound, day(h.NewestAt), day(h.CheckedAt), a.printable(h.URL), a.printable(strings.Join(strings.Fields(message), " ")))
	}
	return table.Flush()
}

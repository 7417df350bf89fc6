package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
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
	cmd.RunE = func(*cobra.Command, []string) error { return a.listSources(false, "table", pagerFlag{}) }
	cmd.AddCommand(newSourcesListCmd(a), newSourcesShowCmd(a), newSourcesCheckCmd(a))
	return cmd
}

func newSourcesListCmd(a *app) *cobra.Command {
	var (
		all   bool
		rows  rowFlags
		pager pagerFlag
	)
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List sources",
		Example: "  newsmill sources list --all | grep -i deutsch",
		Args:    takes(0, 0, ""),
		RunE:    func(*cobra.Command, []string) error { return a.listSources(all, rows.chosen(), pager) },
	}
	cmd.Flags().BoolVar(&all, "all", false, "those of the catalogue too that the configuration does not use")
	rows.add(cmd.Flags())
	pager.add(cmd.Flags())
	return cmd
}

func (a *app) listSources(all bool, format string, pager pagerFlag) error {
	config, err := a.config()
	if err != nil {
		return err
	}
	sources := slices.Clip(config.Sources)
	if all {
		for _, s := range configs.Catalogue() {
			if !slices.ContainsFunc(sources, func(o configs.Source) bool { return o.Key == s.Key }) {
				sources = append(sources, s)
			}
		}
	}
	return a.paged(pager, func(w io.Writer) error {
		if format != "json" && format != "jsonl" {
			return writeRows(a, w, format, configColumns, sources)
		}
		records := make([]map[string]any, len(sources))
		for i := range sources {
			records[i] = sourceRecord(&sources[i])
		}
		return writeRows(a, w, format, nil, records)
	})
}

var configColumns = []column[configs.Source]{
	{name: "key", value: func(s configs.Source) string { return s.Key }},
	{name: "name", value: func(s configs.Source) string { return s.Name }, grow: true},
	{name: "language", value: func(s configs.Source) string { return s.Language }},
	{name: "country", value: func(s configs.Source) string { return s.Country }, spare: true},
	{name: "feeds", value: func(s configs.Source) string { return strconv.Itoa(len(s.Feeds)) }, right: true, spare: true},
	{name: "sitemaps", value: func(s configs.Source) string { return strconv.Itoa(len(s.Sitemaps)) }, right: true, spare: true},
	{name: "disabled", value: func(s configs.Source) string { return strconv.FormatBool(s.Disabled) }, hide: true},
	{name: "start", value: func(s configs.Source) string { return strings.Join(s.Start, " ") }, grow: true},
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
		Args:    takes(1, 1, "a source, by key, domain or address"),
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
		return writeRows(a, out, "table", hubColumns, hubs)
	}
	return nil
}

func newSourcesCheckCmd(a *app) *cobra.Command {
	var net netFlags
	var rows rowFlags
	cmd := &cobra.Command{
		Use:   "check [SOURCE|DOMAIN|URL ...]",
		Short: "Ask feeds, sitemaps and start pages: do they answer, what do they hold?",
		Long: `Check asks the feeds, sitemaps and start pages of sources (all of the configuration without arguments), and tells
which answer, what they hold and when the newest entry is from. It needs no database and stores nothing. It exits with
1 if something that a source names can't be read, or a source lists nothing at all, with 3 if nothing can be reached.`,
		Example: `  newsmill sources check cgtn
  newsmill sources check example.org --format jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.checkSources(cmd, &net, args, rows.chosen()) },
	}
	net.addFetching(cmd.Flags())
	rows.add(cmd.Flags())
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
	if a.line.Shown {
		opt.Progress = func(s scraper.Stats) {
			a.line.Set(fmt.Sprintf("%d asked, %d hosts waiting", s.Fetched, s.HostsWaiting))
		}
	}
	hubs, err := scraper.Check(cmd.Context(), opt)
	a.line.Clear()
	if err != nil {
		return err
	}
	slices.SortFunc(hubs, func(x, y storage.Hub) int {
		return cmp.Or(strings.Compare(x.Source, y.Source), strings.Compare(string(x.Kind), string(y.Kind)), strings.Compare(x.URL, y.URL))
	})
	if err := writeRows(a, a.stdout, format, hubColumns, hubs); err != nil {
		return err
	}
	return checkResult(hubs)
}

// checkResult is how a check ends that found hubs so: with an error if one failed or may not be read, or a source lists nothing.
func checkResult(hubs []storage.Hub) error {
	bad, unreached, asked := 0, 0, 0
	entries := map[string]int{}
	for _, h := range hubs {
		entries[h.Source] += h.Entries
		if h.RedirectsTo != "" { // another address is asked instead
			continue
		}
		asked++
		if h.Failed || h.State == storage.JobSkipped {
			bad++
		}
		if isUnreached(h.Kind, h.Class) {
			unreached++
		}
	}
	switch {
	case bad > 0 && unreached == asked:
		return toldError{&codedError{exitNothing, fmt.Errorf("none of %s can be reached: newsmill sources check without --quiet says why", hubsText(asked))}}
	case bad > 0:
		return toldError{partialErrorf("%d of %s can't be read: newsmill sources check without --quiet says why", bad, hubsText(asked))}
	}
	for _, h := range hubs {
		if entries[h.Source] == 0 {
			return toldError{partialErrorf("%s lists no address: newsmill sources check without --quiet says more", h.Source)}
		}
	}
	return nil
}

// hubsText is a number of what lists addresses.
func hubsText(n int) string {
	if n == 1 {
		return "1 feed, sitemap or page"
	}
	return fmt.Sprintf("%d feeds, sitemaps and pages", n)
}

// hubColumns are the columns of tables of feeds, sitemaps and sections.
var hubColumns = []column[storage.Hub]{
	{name: "source", value: func(h storage.Hub) string { return h.Source }},
	{name: "kind", value: func(h storage.Hub) string { return cmp.Or(h.Format, string(h.Kind)) }},
	{name: "state", value: func(h storage.Hub) string { return cmp.Or(h.Class, "waiting") }},
	{name: "entries", value: func(h storage.Hub) string { return strconv.Itoa(h.Entries) }, right: true, spare: true},
	{name: "new", value: func(h storage.Hub) string { return strconv.Itoa(h.ArticlesFound) }, right: true, spare: true},
	{name: "newest", value: func(h storage.Hub) string { return minuteOrDash(h.NewestAt) }},
	{name: "checked", value: func(h storage.Hub) string { return minuteOrDash(h.CheckedAt) }, spare: true},
	{name: "url", value: func(h storage.Hub) string { return h.URL }, grow: true},
	{name: "message", value: hubMessage, grow: true},
}

func minuteOrDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// hubMessage says what is wrong; nothing where all is well.
func hubMessage(h storage.Hub) string {
	if h.Class == string(scraper.ClassRead) && h.Entries > 0 {
		return ""
	}
	return h.Message
}

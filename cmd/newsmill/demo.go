package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

// demoDB is where the demo keeps its articles unless --db says otherwise. It is made anew each time.
const demoDB = "demo.db"

// demoAddress is where the sample site is served if nobody says otherwise: at one address always, so that a second demo into one database
// finds its articles again, unless another program is there.
const demoAddress = "127.0.0.1:8391"

func newDemoCmd(a *app) *cobra.Command {
	var listen string
	var serve bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See all of it work, on a sample news site served on this machine",
		Long: `Serves a small sample news site on loopback (24 articles in 8 languages, with cookie banners, language menus,
licence lines, teasers and advertisements around them), crawls it over HTTP into demo.db, and shows what was found, one
article, what was stripped from it, and a search. Each step prints the command that does the same.`,
		Example: `  newsmill demo
  newsmill demo --serve     only serve the site: look at it in a browser, crawl it yourself`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			site, stop, err := startDemoSite(ctx, listen)
			if err != nil && !cmd.Flags().Changed("listen") {
				site, stop, err = startDemoSite(ctx, "127.0.0.1:0")
			}
			if err != nil {
				return err
			}
			defer stop()
			if serve {
				fmt.Fprintf(a.stdout, "The sample site is at %s/ until you press Ctrl-C. In another terminal:\n  newsmill crawl --allow-private --delay 0 --db demo.db %s/\n", site.Base, site.Base)
				<-ctx.Done()
				return nil
			}
			db := demoDB
			if cmd.Flags().Changed("db") {
				db = a.global.db
			} else if err := removeDemoDB(ctx, db); err != nil {
				return err
			}
			return a.showDemo(ctx, site, db)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", demoAddress, "the `address` to serve the site at; port 0: any that is free")
	cmd.Flags().BoolVar(&serve, "serve", false, "only serve the site, until interrupted")
	return cmd
}

// startDemoSite serves the sample site until stop is called.
func startDemoSite(ctx context.Context, listen string) (site *demoSite, stop func(), err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, nil, fmt.Errorf("serve the sample site: %w: choose another address with --listen", err)
	}
	if site, err = loadDemoSite("http://" + l.Addr().String()); err != nil {
		l.Close()
		return nil, nil, err
	}
	server := &http.Server{Handler: site.handler(), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with ErrServerClosed
	}()
	return site, func() { server.Close(); <-done }, nil
}

// removeDemoDB removes the database of an earlier demo, and nothing else.
func removeDemoDB(ctx context.Context, path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	foreign := fmt.Errorf("%s is there and not from an earlier demo: move it away, or name another file with --db", path)
	db, err := storage.OpenReader(ctx, path)
	if err != nil {
		return foreign
	}
	items, err := db.List(ctx, storage.Filter{}, storage.ByStored, 0, 0)
	db.Close()
	if err != nil {
		return foreign
	}
	for _, item := range items {
		if !strings.HasPrefix(item.URL, "http://127.0.0.1:") {
			return foreign
		}
	}
	return storage.Remove(path)
}

// showDemo runs the steps, each as the command that a user would type.
func (a *app) showDemo(ctx context.Context, site *demoSite, db string) error {
	english := site.edition("en")
	opinion := english.Articles[0]
	for _, art := range english.Articles {
		if art.EditorsNote != "" {
			opinion = art
		}
	}
	steps := []struct {
		title string
		args  []string
	}{
		{"Crawl the site: robots.txt, sitemaps, feeds, sections, then the articles", []string{"crawl", "--quiet", "--allow-private", "--delay", "0", site.Base + "/"}},
		{"What was found", []string{"list"}},
		{"One article", []string{"show", site.Base + opinion.Path}},
		{"What was stripped from it, and why", []string{"show", "--removed", site.Base + opinion.Path}},
		{"A search", []string{"search", "herring AND quotas"}},
		{"A search in Chinese", []string{"search", "渔民"}},
	}
	fmt.Fprintf(a.stdout, "A sample news site of %d editions is at %s/ while this runs.\n", len(site.Editions), site.Base)
	for i, step := range steps {
		args := append(step.args[:1:1], append([]string{"--db", db}, step.args[1:]...)...)
		fmt.Fprintf(a.stdout, "\n== %d. %s\n   $ newsmill %s\n\n", i+1, step.title, quoteArgs(args))
		if code := a.command(ctx, args); code != 0 {
			return &codedError{code: code}
		}
		if i == 0 {
			if err := a.showDemoCounts(ctx, db); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(a.stdout, `
== Now yours
   $ newsmill crawl https://your-paper.example/        a site, without any configuration
   $ newsmill sources list                             the built-in catalogue
   $ sqlite3 -readonly %s 'SELECT language, count(*), sum(word_count) FROM articles GROUP BY 1'
`, db)
	return nil
}

// showDemoCounts prints how the crawl's run ended.
func (a *app) showDemoCounts(ctx context.Context, path string) error {
	db, err := storage.OpenReader(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	runs, err := db.Runs(ctx, 1)
	if err != nil || len(runs) == 0 {
		return err
	}
	r := runs[0]
	_, err = fmt.Fprintf(a.stdout, "%d pages fetched, %d articles stored, %d errors, in %.1f s\n",
		r.PagesFetched, r.ArticlesNew, r.Errors, r.FinishedAt.Sub(r.StartedAt).Seconds())
	return err
}

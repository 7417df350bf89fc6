package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"newsmill/configs"
	"newsmill/scraper"
	"newsmill/storage"
)

// netFlags are the flags of commands that fetch.
type netFlags struct {
	proxy, caFile string
	delay         time.Duration
	allowPrivate  bool
	ignoreRobots  bool
	optOuts       string
	keepRaw       string
	contact       string
	lockTimeout   time.Duration
}

func (n *netFlags) add(flags *pflag.FlagSet) {
	n.addFetching(flags)
	flags.DurationVar(&n.lockTimeout, "lock-timeout", 0, "how long to wait for another run on the same database")
}

// addFetching adds the flags of commands that fetch without a database.
func (n *netFlags) addFetching(flags *pflag.FlagSet) {
	flags.StringVar(&n.proxy, "proxy", "", "`address` of a proxy (http, https, socks5); the default is that of the environment")
	flags.StringVar(&n.caFile, "ca-file", "", "`file` with further certificate authorities (PEM)")
	flags.DurationVar(&n.delay, "delay", 0, "least time between requests to a host (default 1s, or the host's Crawl-delay if that is more)")
	flags.BoolVar(&n.allowPrivate, "allow-private", false, "reach private, loopback and link-local addresses too")
	flags.BoolVar(&n.ignoreRobots, "ignore-robots", false, "fetch what robots.txt forbids: for your own sites")
	choiceVar(flags, &n.optOuts, "opt-outs", "", []string{"record", "skip"}, "what to do with articles whose publisher reserves text mining: record the evidence (the default), or skip them")
	choiceVar(flags, &n.keepRaw, "keep-raw", "", []string{"always", "unless-noarchive", "never"}, "whether articles' pages are kept as they came, for reclean: always (the default), unless the page says noarchive, or never")
	flags.StringVar(&n.contact, "contact", "", "`address` or e-mail that the User-Agent names")
}

// options are the run's options as far as flags and configuration say.
func (n *netFlags) options(cmd *cobra.Command, a *app, c *configs.Config) scraper.Options {
	opt := scraper.Options{
		Contact: n.contact, Delay: n.delay, DelaySet: cmd.Flags().Changed("delay"), Proxy: n.proxy, CAFile: n.caFile,
		AllowPrivate: n.allowPrivate, IgnoreRobots: n.ignoreRobots, OptOuts: scraper.OptOuts(n.optOuts), KeepRaw: scraper.KeepRaw(n.keepRaw), Log: a.log,
		Concurrency: c.Crawl.Concurrency, PerAddress: c.Crawl.PerAddress, MaxPages: c.Crawl.MaxPages, MaxDuration: c.Crawl.MaxDuration, Recheck: c.Crawl.Recheck,
	}
	if opt.Contact == "" {
		opt.Contact = c.Contact
	}
	if !opt.DelaySet && c.Crawl.Delay > 0 {
		opt.Delay, opt.DelaySet = c.Crawl.Delay, true
	}
	return opt
}

// isUnreached reports whether the class of an ending speaks of the whole source: it can't be reached, or lets nobody in.
func isUnreached(kind storage.JobKind, class string) bool {
	return scraper.IsUnreached(scraper.Class(class), kind)
}

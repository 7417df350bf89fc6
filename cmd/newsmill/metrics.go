package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"newsmill/scraper"
	"newsmill/storage"
)

// metricsEvery is how often the metrics file is written while a run lasts: no scraper of it looks more often.
const metricsEvery = 10 * time.Second

// metricsFile is a file for node exporter's textfile collector, in OpenMetrics text. While a run lasts it says how the
// run stands, and what the last run before came to; afterwards what this one did.
type metricsFile struct {
	target  *target // nil: none is wanted
	before  string  // of the file as it was: the lines about the last run, and about sources
	written time.Time
	failed  bool
}

// newMetricsFile returns the file of that name, which need not exist. An empty name: none.
func (a *app) newMetricsFile(name string, force bool) (*metricsFile, error) {
	m := &metricsFile{}
	if name == "" {
		return m, nil
	}
	var err error
	if m.target, err = a.newTarget(name, targetOptions{force: force, wrote: isMetrics}); err != nil {
		return nil, err
	}
	if fi, err := os.Stat(name); err != nil || !fi.Mode().IsRegular() || fi.Size() > maxMetrics {
		return m, nil
	}
	if old, err := os.ReadFile(name); err == nil {
		for line := range strings.Lines(string(old)) {
			family := strings.TrimPrefix(strings.TrimPrefix(line, "# TYPE "), "# HELP ")
			if strings.HasPrefix(family, "newsmill_last_run_") || strings.HasPrefix(family, "newsmill_source_") {
				m.before += line
			}
		}
	}
	return m, nil
}

// maxMetrics is far more than a metrics file of ours holds.
const maxMetrics = 16 << 20

// isMetrics reports whether a file is what crawl --metrics writes.
func isMetrics(file *os.File) bool {
	return beginsWith(file, "# TYPE newsmill_", "# HELP newsmill_", "# EOF\n")
}

// show writes how a run stands, if it is time to.
func (m *metricsFile) show(s scraper.Stats, now time.Time, log *slog.Logger) {
	if m.target == nil || now.Sub(m.written).Abs() < metricsEvery {
		return
	}
	m.written = now
	var w metricsWriter
	w.gauge("running", "Whether a crawl is under way.", 1)
	w.gauge("run_requests", "Requests that the crawl under way has made.", float64(s.Fetched))
	w.articles("run", s)
	w.family("run_hosts", "Hosts of the crawl under way: being asked, or waiting for their turn.")
	w.sample("run_hosts", "state", "asked", float64(s.HostsActive))
	w.sample("run_hosts", "state", "waiting", float64(s.HostsWaiting))
	w.process()
	if err := m.write(m.before + w.String()); err != nil && !m.failed {
		m.failed = true
		log.Warn("the metrics can't be written", "error", err)
	}
}

// finish writes what a run came to, and how the sources fare.
func (m *metricsFile) finish(s scraper.Stats, out storage.RunOutcome, sources []storage.SourceHealth, exitCode int, now time.Time) error {
	var w metricsWriter
	w.gauge("last_run_timestamp_seconds", "When the last crawl ended.", float64(now.Unix()))
	w.gauge("last_run_duration_seconds", "How long it took.", s.Elapsed.Seconds())
	w.gauge("last_run_exit_code", "Its exit code.", float64(exitCode))
	w.gauge("last_run_requests", "Requests that it made.", float64(s.Fetched))
	w.articles("last_run", s)
	w.family("last_run_endings", "Addresses by how they ended.")
	failed := map[string]int{}
	for _, c := range out.Classes {
		failed[c.Class] = c.Count
	}
	for _, c := range scraper.Classes() {
		n := s.Classes[string(c.Name)]
		if c.State == storage.JobFailed { // by the one definition of it
			n = failed[string(c.Name)]
		}
		w.sample("last_run_endings", "class", string(c.Name), float64(n))
	}
	w.sources(sources)
	w.gauge("running", "Whether a crawl is under way.", 0)
	w.process()
	return m.write(w.String())
}

func (m *metricsFile) write(text string) error { return m.target.writeString(text + "# EOF\n") }

// metricsWriter collects lines of OpenMetrics.
type metricsWriter struct{ strings.Builder }

func (w *metricsWriter) family(name, help string) {
	fmt.Fprintf(w, "# TYPE newsmill_%s gauge\n# HELP newsmill_%[1]s %[2]s\n", name, help)
}

func (w *metricsWriter) gauge(name, help string, value float64) {
	w.family(name, help)
	fmt.Fprintf(w, "newsmill_%s %s\n", name, plainNumber(value))
}

func (w *metricsWriter) sample(name, label, of string, value float64) {
	fmt.Fprintf(w, "newsmill_%s{%s=\"%s\"} %s\n", name, label, escapeLabel.Replace(of), plainNumber(value))
}

// escapeLabel is what the text formats of Prometheus and OpenMetrics escape in the value of a label, and nothing else.
var escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// sources adds how each source fares; a time that there is none of is 0, so that an alert on its age fires.
func (w *metricsWriter) sources(all []storage.SourceHealth) {
	seconds := func(t time.Time) float64 {
		if t.IsZero() {
			return 0
		}
		return float64(t.Unix())
	}
	for _, f := range []struct {
		name, help string
		value      func(*storage.SourceHealth) float64
	}{
		{"last_article_timestamp_seconds", "When the source last gave a new article; 0: never.", func(s *storage.SourceHealth) float64 { return seconds(s.Newest) }},
		{"last_success_timestamp_seconds", "When the source last gave a page, feed or sitemap; 0: never.", func(s *storage.SourceHealth) float64 { return seconds(s.AnsweredAt) }},
		{"articles", "Articles of the source that are stored.", func(s *storage.SourceHealth) float64 { return float64(s.Articles) }},
		{"failures", "Addresses of the source that failed, for good or until they are tried again.", func(s *storage.SourceHealth) float64 { return float64(s.Failed) }},
		{"requests", "Requests that crawls made for the source.", func(s *storage.SourceHealth) float64 { return float64(s.Requests) }},
		{"crawls", "Crawls that were to visit the source.", func(s *storage.SourceHealth) float64 { return float64(s.Runs) }},
	} {
		if len(all) > 0 {
			w.family("source_"+f.name, f.help)
		}
		for i := range all {
			w.sample("source_"+f.name, "source", all[i].Source, f.value(&all[i]))
		}
	}
}

func (w *metricsWriter) articles(prefix string, s scraper.Stats) {
	w.family(prefix+"_articles", "Articles by what became of them.")
	w.sample(prefix+"_articles", "change", "new", float64(s.Stored))
	w.sample(prefix+"_articles", "change", "changed", float64(s.Changed))
	w.sample(prefix+"_articles", "change", "unchanged", float64(s.Unchanged))
}

// process adds what shows a leak.
func (w *metricsWriter) process() {
	w.gauge("goroutines", "Goroutines of the process.", float64(runtime.NumGoroutine()))
	if open, err := filepath.Glob("/proc/self/fd/*"); err == nil && len(open) > 0 {
		w.gauge("open_files", "Open file descriptors of the process.", float64(len(open)-1)) // but the one that lists them
	}
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		var size, resident int64
		if _, err := fmt.Sscan(string(b), &size, &resident); err == nil {
			w.gauge("resident_memory_bytes", "Memory of the process.", float64(resident*int64(os.Getpagesize())))
		}
	}
}

// plainNumber is a number without an exponent, which %g gives a time in seconds.
func plainNumber(v float64) string {
	s := fmt.Sprintf("%.3f", v)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

package storage

import (
	"cmp"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed sql/source_health.sql
var sourceHealth string

// Health looks at a database, whatever state it is in, and changes nothing. The checks come in the order of their table in the
// documentation; if the file can't be opened, the first is the only one.
func Health(ctx context.Context, path string, opt HealthOptions) []Check {
	if opt.Now.IsZero() {
		opt.Now = time.Now()
	}
	h := &health{opt: opt, path: path}
	db, err := OpenReader(ctx, path)
	if err != nil {
		h.add("database", CheckFailed, "%v", err)
		return h.checks
	}
	defer db.Close()
	h.db = db
	h.program(ctx)
	h.lock()
	h.log()
	h.disk()
	h.integrity(ctx)
	h.indexes(ctx)
	h.spellings(ctx)
	h.rows(ctx)
	h.bodies(ctx)
	h.runs(ctx)
	h.fresh(ctx)
	return h.checks
}

func articlesText[N int | int64](n N) string {
	if n == 1 {
		return "1 article"
	}
	return fmt.Sprintf("%d articles", n)
}

func (h *health) program(ctx context.Context) {
	var version string
	var articles, size int64
	if err := h.db.read.QueryRowContext(ctx, `SELECT sqlite_version(), (SELECT count(*) FROM articles),
		(SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)`).Scan(&version, &articles, &size); err != nil {
		h.add("database", CheckFailed, "%v", h.db.explain(err))
		return
	}
	h.add("database", CheckOK, "%s: schema %d, %s, %s, SQLite %s", h.path, SchemaVersion(), articlesText(articles), sizeText(size), version)
}

func (h *health) lock() {
	if who := LockHolder(h.path); who != "" {
		h.add("lock", CheckOK, "held by %s", who)
	} else {
		h.add("lock", CheckOK, "free")
	}
	if fi, err := os.Stat(h.path); err == nil && links(fi) > 1 {
		h.add("names", CheckWarning, "the file has %d names (hard links), and SQLite keeps its log beside the one that is used: use one of them only, and remove the others", links(fi))
	}
}

func (h *health) log() {
	size := int64(0)
	if fi, err := os.Stat(h.db.real + logEnding); err == nil {
		size = fi.Size()
	}
	if size > maxLogBytes {
		h.add("write-ahead log", CheckWarning, "%s: a reader holds an old state of the database for long: end it (open notebooks and shells are the usual ones)", sizeText(size))
		return
	}
	h.add("write-ahead log", CheckOK, "%s", sizeText(size))
}

func (h *health) disk() {
	dir := filepath.Dir(h.db.real)
	if fs := networkFS(dir); fs != "" {
		h.add("file system", CheckWarning, "%s is on %s: SQLite's locks are not safe over a network: keep the database on a local disk", dir, fs)
	}
	free, err := freeBytes(dir)
	fi, err2 := os.Stat(h.path)
	if err = errors.Join(err, err2); err != nil {
		h.add("free disk", CheckSkipped, "can't tell: %v", err)
		return
	}
	switch need := 2 * fi.Size(); {
	case free < 100<<20:
		h.add("free disk", CheckFailed, "only %s: free some space, or the next crawl will stop", sizeText(free))
	case free < need:
		h.add("free disk", CheckWarning, "%s, less than twice the database: vacuum and backup may not fit", sizeText(free))
	default:
		h.add("free disk", CheckOK, "%s", sizeText(free))
	}
}

func (h *health) integrity(ctx context.Context) {
	pragma := "quick_check(5)"
	if h.opt.Full {
		pragma = "integrity_check(5)"
	}
	problems, err := texts(ctx, h.db.read, `PRAGMA `+pragma)
	switch {
	case err != nil:
		h.add("integrity", CheckFailed, "%v", h.db.explain(err))
		return
	case len(problems) != 1 || problems[0] != "ok":
		h.add("integrity", CheckFailed, "%s: go back to a backup, or try newsmill doctor --repair on a copy", strings.Join(problems, "; "))
		return
	}
	h.add("integrity", CheckOK, "%s finds nothing", pragma[:strings.Index(pragma, "(")])
	if !h.opt.Full {
		return
	}
	broken, err := texts(ctx, h.db.read, `SELECT "table" || ' ' || coalesce(rowid, '') FROM pragma_foreign_key_check LIMIT 5`)
	switch {
	case err != nil:
		h.add("references", CheckFailed, "%v", h.db.explain(err))
	case len(broken) > 0:
		h.add("references", CheckFailed, "rows refer to rows that are gone: %s: run newsmill doctor --repair", strings.Join(broken, ", "))
	default:
		h.add("references", CheckOK, "all rows that rows refer to are there")
	}
}

// indexes compares the full-text indexes with the articles: by their number, and in full by their words.
func (h *health) indexes(ctx context.Context) {
	var articles, words, substrings int
	if err := h.db.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM articles_fts_docsize),
		(SELECT count(*) FROM articles_trigram_docsize)`).Scan(&articles, &words, &substrings); err != nil {
		h.add("search indexes", CheckFailed, "%v", h.db.explain(err))
		return
	}
	if articles != words || articles != substrings {
		h.add("search indexes", CheckFailed, "%d articles, but %d in the words index and %d in the substring index: run newsmill doctor --repair", articles, words, substrings)
		return
	}
	if !h.opt.Full {
		h.add("search indexes", CheckOK, "hold all of %s", articlesText(articles))
		return
	}
	// The check is an INSERT, and holds the write lock meanwhile: not beside a crawl, which would wait in vain.
	l, err := acquire(ctx, h.path, "doctor", 0)
	if err != nil {
		h.add("search indexes", CheckSkipped, "hold all of %s; the words were not compared: %v", articlesText(articles), err)
		return
	}
	defer func() { _ = l.release() }()
	w, err := sql.Open("sqlite3", dsn(h.db.real, "mode=rw"))
	if err != nil {
		h.add("search indexes", CheckFailed, "%v", h.db.explain(err))
		return
	}
	defer w.Close()
	for _, index := range []string{"articles_fts", "articles_trigram"} {
		_, err := w.ExecContext(ctx, `INSERT INTO `+index+`(`+index+`, rank) VALUES ('integrity-check', 1)`)
		switch {
		case sqliteCode(err) == codeCorrupt:
			h.add("search indexes", CheckFailed, "%s is not what the articles say: run newsmill doctor --repair", index)
		case err != nil:
			h.add("search indexes", CheckSkipped, "%s: %v", index, h.db.explain(err))
		default:
			h.add("search indexes", CheckOK, "%s is what the articles say", index)
		}
	}
}

// spellings compares what search knows of other spellings with some articles.
func (h *health) spellings(ctx context.Context) {
	const name = "search spellings"
	last, pending, err := h.db.spellingsLeft(ctx)
	switch {
	case err != nil:
		h.add(name, CheckFailed, "%v", err)
		return
	case pending:
		h.add(name, CheckWarning, "articles after %d are still found as they are spelled alone: the next crawl goes on, newsmill doctor --repair does it at once", last)
		return
	case !h.opt.Full:
		h.add(name, CheckOK, "known of all articles")
		return
	}
	read, unknown, err := h.db.checkSpellings(ctx)
	switch {
	case err != nil:
		h.add(name, CheckFailed, "%v", h.db.explain(err))
	case unknown > 0:
		h.add(name, CheckWarning, "%d spellings of %d articles are not known, as after changes by hand: run newsmill doctor --repair", unknown, read)
	default:
		h.add(name, CheckOK, "known of all articles, of %d compared", read)
	}
}

// runs tells of the last run of each command, the last crawl first: a crawl that fails must not hide behind a vacuum that didn't.
func (h *health) runs(ctx context.Context) {
	runs, err := h.db.LastRuns(ctx)
	if err != nil {
		h.add("last crawl", CheckFailed, "%v", err)
		return
	}
	slices.SortStableFunc(runs, func(x, y Run) int { // the others by when they were
		if (x.Command == crawlCommand) == (y.Command == crawlCommand) {
			return cmp.Compare(y.ID, x.ID)
		}
		if x.Command == crawlCommand {
			return -1
		}
		return 1
	})
	if len(runs) == 0 || runs[0].Command != crawlCommand {
		h.add("last crawl", CheckWarning, "none yet: run newsmill crawl")
	}
	holder := LockHolder(h.path)
	for i := range runs {
		state, message := h.ran(&runs[i], holder != "")
		h.add("last "+runs[i].Command, state, "%s", message)
	}
}

// crawlCommand is the command of a run that visits sources.
const crawlCommand = "crawl"

// ran says how a run ended, and how long ago; locked: some run is under way.
func (h *health) ran(r *Run, locked bool) (CheckState, string) {
	ago := func(t time.Time) string {
		return fmt.Sprintf("%s, %s ago", t.Format(time.RFC3339), ageText(h.opt.Now.Sub(t)))
	}
	again := ""
	if r.Command == crawlCommand {
		again = "; the next one goes on where it was"
	}
	switch {
	case r.FinishedAt.IsZero() && !locked:
		return CheckWarning, fmt.Sprintf("run %d, begun %s, was killed%s", r.ID, ago(r.StartedAt), again)
	case r.FinishedAt.IsZero():
		return CheckOK, fmt.Sprintf("run %d, begun %s, running", r.ID, ago(r.StartedAt))
	case r.ExitCode == 0:
		return CheckOK, fmt.Sprintf("run %d, ended %s, exit code 0", r.ID, ago(r.FinishedAt))
	}
	more := ""
	if r.Errors > 0 {
		more = fmt.Sprintf(", %d failed: see newsmill errors --failed --run %d", r.Errors, r.ID)
	}
	return CheckWarning, fmt.Sprintf("run %d, ended %s, exit code %d%s", r.ID, ago(r.FinishedAt), r.ExitCode, more)
}

// ageText is an age as people say it: "5 min", "26 h", "12 days".
func ageText(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 72*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// fresh tells which sources are not well. With a greatest age that is a failure, else a warning.
func (h *health) fresh(ctx context.Context) {
	known, err := h.db.SourceHealth(ctx)
	if err != nil {
		h.add("freshness", CheckFailed, "%v", err)
		return
	}
	of, watched := map[string]SourceHealth{}, h.opt.Sources
	for _, s := range known {
		of[s.Source] = s
		if len(h.opt.Sources) == 0 {
			watched = append(watched, s.Source)
		}
	}
	var troubled, young []string
	for _, key := range watched {
		s := of[key] // of a source that no crawl has visited nothing is known
		if why := s.Trouble(h.opt.MaxAge, h.opt.Now); why != "" {
			troubled = append(troubled, key+" ("+why+")")
		} else if s.Newest.IsZero() {
			young = append(young, key)
		}
		delete(of, key)
	}
	state, message := CheckOK, fmt.Sprintf("%d of %d sources deliver", len(watched)-len(troubled)-len(young), len(watched))
	switch {
	case len(troubled) > 0 && h.opt.MaxAge > 0:
		state, message = CheckFailed, "nothing new for "+h.opt.MaxAge.String()
	case len(troubled) > 0:
		state, message = CheckWarning, "not well"
	case h.opt.MaxAge > 0:
		message = fmt.Sprintf("%d of %d sources had an article in the last %s", len(watched)-len(young), len(watched), h.opt.MaxAge)
	}
	if len(young) > 0 && len(troubled) == 0 {
		state = CheckWarning
		message += "; crawled once, without an article: " + strings.Join(young, ", ")
	}
	if len(troubled) > 0 {
		message += fmt.Sprintf(" from %d of %d sources: %s: see newsmill sources check and newsmill errors --failed", len(troubled), len(watched), strings.Join(troubled, ", "))
	}
	if len(of) > 0 {
		message += "; not looked at, since the configuration does not name them: " + strings.Join(slices.Sorted(maps.Keys(of)), ", ")
	}
	h.add("freshness", state, "%s", message)
}

// SourceHealth is how a source fares. The zero value is that of one that no crawl was to visit.
type SourceHealth struct {
	Source     string
	Articles   int
	Newest     time.Time // first sight of its newest article; zero: it has none
	Runs       int       // crawls that were to visit it
	LastRunAt  time.Time // zero: never
	AnsweredAt time.Time // when it last gave a page, feed or sitemap; zero: never
	Requests   int       // made for it by crawls that ended
	Failed     int       // addresses in the view failed_urls
	Hubs       int       // feeds, sitemaps and section pages that were asked
	DeadHubs   int       // of these, those that failed twice in a row, or for good
}

// Trouble says why a source is not well; empty: it is. That is: no crawl has visited it, or two and more and it never gave
// an article, or all that lists its articles is dead, or its newest article is older than maxAge (0: however old).
func (s *SourceHealth) Trouble(maxAge time.Duration, now time.Time) string {
	switch {
	case s.Articles == 0 && s.Runs == 0:
		return "never crawled"
	case s.Articles == 0 && s.Runs > 1:
		return fmt.Sprintf("no article in %d crawls", s.Runs)
	case s.Hubs > 0 && s.DeadHubs == s.Hubs:
		return fmt.Sprintf("all %d of its feeds, sitemaps and pages fail", s.Hubs)
	case s.Articles > 0 && maxAge > 0 && now.Sub(s.Newest) > maxAge:
		return "last on " + s.Newest.Format(time.RFC3339)
	}
	return ""
}

// SourceHealth returns how each source fares that the database knows, sorted.
func (db *DB) SourceHealth(ctx context.Context) ([]SourceHealth, error) {
	rows, err := db.read.QueryContext(ctx, sourceHealth)
	if err != nil {
		return nil, db.explain(err)
	}
	defer rows.Close()
	var all []SourceHealth
	for rows.Next() {
		var s SourceHealth
		var newest, last, answered string
		if err := rows.Scan(&s.Source, &s.Articles, &newest, &s.Runs, &last, &answered, &s.Requests, &s.Failed, &s.Hubs, &s.DeadHubs); err != nil {
			return nil, db.explain(err)
		}
		s.Newest, s.LastRunAt, s.AnsweredAt = parseTime(newest), parseTime(last), parseTime(answered)
		all = append(all, s)
	}
	return all, db.explain(rows.Err())
}

func sizeText(n int64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%d KB", (n+1023)>>10)
	case n < 10<<30:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d GB", n>>30)
}

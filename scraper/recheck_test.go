package scraper

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
	"newsmill/configs"
	"newsmill/storage"
)

// recheckPages is how many pages of the corpus TestRecheck changes in each way: $NEWSMILL_RECHECK_PAGES (default 6).
func recheckPages() int {
	n, _ := strconv.Atoi(os.Getenv("NEWSMILL_RECHECK_PAGES"))
	return cmp.Or(n, 6)
}

// TestRecheck stores pages of the corpus, has their server answer a check in each way of harmfulAnswers and realChanges, and
// counts what became of the stored article. For figures:
//
//	NEWSMILL_RECHECK_PAGES=100 go test ./scraper -run Recheck -v -timeout 1h     make rechecks
//	NEWSMILL_RECHECK_PAGES=100 go test ./scraper -run 'Recheck/cut' -v           some kinds only
func TestRecheck(t *testing.T) {
	if testing.Short() {
		t.Skip("cleans each page forty times")
	}
	pages := changeablePages(t, recheckPages())
	t.Logf("%d pages: %s", len(pages), languagesOf(pages))
	start := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	s := newChangingSite(t, pages)
	s.answer = func(p *changeable) answerBytes { return whole(p.render(p.copy())) }
	s.run(start, false)
	stored := s.articles()
	if len(stored) < len(pages)*9/10 {
		t.Fatalf("%d of %d pages were stored", len(stored), len(pages))
	}
	base := s.snapshot()
	var harmful, replaced, changes, versions int
	t.Logf("%-28s %6s %6s %9s", "answer", "asked", "kept", "replaced")
	for _, kind := range slices.Concat(harmfulAnswers, realChanges) {
		t.Run(kind.name, func(t *testing.T) {
			r := s.check(base, stored, start, kind)
			t.Logf("%-28s %6d %6d %9d", kind.name, r.asked, len(r.kept), len(r.changed))
			if kind.isReal {
				changes, versions = changes+r.asked, versions+len(r.changed)
				r.log(t, r.kept, stored)
			} else {
				harmful, replaced = harmful+r.asked, replaced+len(r.changed)
				r.log(t, r.changed, stored)
			}
		})
	}
	t.Logf("harmful answers: %d of %d replaced the good version (%.2f %%); real changes: %d of %d became versions at once (%.2f %%)",
		replaced, harmful, percent(replaced, harmful), versions, changes, percent(versions, changes))
	wrong := 1.0 // per cent
	if len(pages) < 50 {
		wrong = 4 // in a small sample a single page weighs much
	}
	if percent(replaced, harmful) > wrong {
		t.Errorf("more than %.0f %% of harmful answers replaced the good version", wrong)
	}
	if percent(versions, changes) < 100-wrong {
		t.Errorf("less than %.0f %% of real changes became versions at once", 100-wrong)
	}
}

// TestFirstFetchInTrouble has each page fetched first from a server in trouble, which is well from then on: by two more
// runs of the schedule, or one with Again, the article must be stored.
func TestFirstFetchInTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("cleans each page twenty times")
	}
	pages := changeablePages(t, min(recheckPages(), 20))
	start := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	s := newChangingSite(t, pages)
	well := func(p *changeable) answerBytes { return whole(p.render(p.copy())) }
	s.answer = well
	s.run(start, false)
	can := s.articles()
	bad := func() (n int) {
		for p, a := range s.articles() {
			if !holds(a.text, can[p].text) {
				n++
			}
		}
		return n
	}
	t.Logf("%-28s %6s %14s %14s %8s", "first answer", "pages", "after an hour", "after a day", "--again")
	for _, kind := range troubles {
		count := func(again bool, after ...time.Duration) []int {
			s.empty()
			s.answer = func(p *changeable) answerBytes { return kind.make(p, s) }
			s.run(start, false)
			got := []int{bad()}
			s.answer = well
			for _, d := range after {
				s.run(start.Add(d), again)
				got = append(got, len(s.articles())-bad())
			}
			return got
		}
		scheduled := count(false, time.Hour+time.Minute, 25*time.Hour)
		again := count(true, time.Minute)
		t.Logf("%-28s %6d %14d %14d %8d", kind.name, len(can), scheduled[1], scheduled[2], again[1])
		if scheduled[0] != 0 {
			t.Errorf("%s: %d notices were stored as articles", kind.name, scheduled[0])
		}
		if scheduled[2] < len(can) || again[1] < len(can) {
			t.Errorf("%s: of %d articles %d are stored after two runs, %d with Again", kind.name, len(can), scheduled[2], again[1])
		}
	}
}

func percent(part, whole int) float64 { return 100 * float64(part) / float64(max(1, whole)) }

// changeable is a page of the corpus whose article's paragraphs were found in its tree.
type changeable struct {
	id, lang, host string
	url            string // http
	root           *html.Node
	title          string
	number         int           // among its kind, for taking turns
	paragraphs     []int         // of the tree's elements in document order, those that are paragraphs of the article
	article        int           // the element that holds the article, headline included if it is near
	headline       int           // -1: not found
	others         []*changeable // those in its language first
}

// changeablePages returns so many article pages of the corpus, one a host, in as many languages as there are.
func changeablePages(t *testing.T, most int) []*changeable {
	t.Helper()
	corpus := cmp.Or(os.Getenv("NEWSMILL_CORPUS"), "../../shared/corpus")
	byLang := map[string][]*changeable{}
	hosts := map[string]bool{}
	for _, set := range []string{"fundus-dev", "traf-dev", "wcxb-dev"} {
		for page := range corpusPages(t, filepath.Join(corpus, set)) {
			lang, _, _ := strings.Cut(page.Lang, "-")
			u, err := url.Parse(page.URL)
			if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" { // no article's address
				continue
			}
			if hosts[u.Host] || len(byLang[lang]) > most {
				continue
			}
			hosts[u.Host] = true
			byLang[lang] = append(byLang[lang], &changeable{id: set + "/" + page.ID, url: page.URL, lang: lang})
		}
	}
	langs := make([]string, 0, len(byLang))
	for l := range byLang {
		langs = append(langs, l)
	}
	slices.Sort(langs)
	var pages []*changeable
	for i := 0; len(pages) < most; i++ {
		left := false
		for _, l := range langs {
			if i >= len(byLang[l]) || len(pages) == most {
				continue
			}
			left = true
			p := byLang[l][i]
			if p.load(corpus) {
				p.number = len(pages)
				pages = append(pages, p)
			}
		}
		if !left {
			break
		}
	}
	if len(pages) < 2 {
		t.Skipf("no corpus in %s: set NEWSMILL_CORPUS", corpus)
	}
	for i, p := range pages {
		p.others = slices.Concat(pages[i+1:], pages[:i])
		slices.SortStableFunc(p.others, func(a, b *changeable) int { return cmp.Compare(truth(a.lang != p.lang), truth(b.lang != p.lang)) })
	}
	return pages
}

func truth(is bool) int {
	if is {
		return 1
	}
	return 0
}

type corpusPage struct {
	ID, URL, Lang string
	PageType      string `json:"page_type"`
}

// corpusPages yields the articles of a set.
func corpusPages(t *testing.T, set string) func(func(corpusPage) bool) {
	return func(yield func(corpusPage) bool) {
		f, err := os.Open(filepath.Join(set, "truth.jsonl"))
		if err != nil {
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var page corpusPage
			if err := json.Unmarshal(lines.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			if (page.PageType == "" || page.PageType == "article") && !yield(page) {
				return
			}
		}
	}
}

const (
	leastWords = 120 // of an article that is worth changing
	foundShare = 0.8 // of its words stand in elements that were found
)

// load reads the page, and reports whether its article can be found in its tree and is fit for changes.
func (p *changeable) load(corpus string) bool {
	set, id := filepath.Split(p.id)
	f, err := os.Open(filepath.Join(corpus, set, "pages", id+".html.gz"))
	if err != nil {
		return false
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return false
	}
	body, err := io.ReadAll(z)
	if err != nil {
		return false
	}
	served := p.clean(body, "text/html")
	if served == nil {
		return false
	}
	r, err := charset.NewReaderLabel(served.Encoding, bytes.NewReader(body))
	if err != nil {
		return false
	}
	if body, err = io.ReadAll(r); err != nil {
		return false
	}
	// Pages are served over plain HTTP, so they must not say that they belong elsewhere.
	p.url = strings.Replace(p.url, "https://", "http://", 1)
	body = bytes.ReplaceAll(body, []byte("https:"), []byte("http:"))
	if p.root, err = html.Parse(bytes.NewReader(body)); err != nil {
		return false
	}
	u, err := url.Parse(p.url)
	if err != nil {
		return false
	}
	p.host = u.Host
	res := p.clean(p.render(p.root), utf8HTML)
	if res == nil || !res.Article.IsArticle || res.Article.WordCount < leastWords || res.Article.Paywall.Closed || res.NextPage != "" {
		return false
	}
	if slices.ContainsFunc(res.RobotsMeta, func(d string) bool { return d == "noindex" || d == "none" || d == "nofollow" }) || res.RefreshURL != "" {
		return false
	}
	p.title = res.Article.Title
	if res.Article.Language != "" {
		p.lang, _, _ = strings.Cut(res.Article.Language, "-")
	}
	return p.find(&res.Article)
}

const utf8HTML = "text/html; charset=utf-8"

func (p *changeable) clean(body []byte, contentType string) *cleaner.Result {
	res, err := cleaner.Clean(cleaner.Page{Body: body, URL: p.url, ContentType: contentType}, cleaner.Options{})
	if err != nil {
		return nil
	}
	return res
}

// find looks for the article's paragraphs among the tree's elements.
func (p *changeable) find(a *article.Article) bool {
	wanted := map[string]bool{}
	for line := range strings.Lines(a.Text) {
		if line = foldSpace(strings.TrimPrefix(strings.TrimSpace(line), "- ")); line != "" {
			wanted[line] = true
		}
	}
	words := 0
	p.headline = -1
	all := elements(p.root)
	for i, n := range all {
		switch n.DataAtom {
		case atom.P, atom.Div, atom.Li, atom.Blockquote, atom.H2, atom.H3, atom.H4, atom.Span, atom.Section:
		case atom.H1:
			if p.headline < 0 && foldSpace(textIn(n)) == foldSpace(p.title) {
				p.headline = i
			}
			continue
		default:
			continue
		}
		if text := foldSpace(textIn(n)); wanted[text] && !inside(n, all, p.paragraphs) {
			p.paragraphs = append(p.paragraphs, i)
			words += len(strings.Fields(text))
		}
	}
	if len(p.paragraphs) < 4 || float64(words) < foundShare*float64(len(strings.Fields(a.Text))) {
		return false
	}
	holder := all[p.paragraphs[0]].Parent
	for _, i := range p.paragraphs {
		for !isAbove(holder, all[i]) {
			holder = holder.Parent
		}
	}
	for up := holder; up != nil && up.DataAtom != atom.Body; up = up.Parent {
		if p.headline >= 0 && isAbove(up, all[p.headline]) || up.DataAtom == atom.Article || up.DataAtom == atom.Main {
			holder = up
			break
		}
	}
	if holder.DataAtom == atom.Body || holder.DataAtom == atom.Html {
		return false
	}
	p.article = slices.Index(all, holder)
	return true
}

func inside(n *html.Node, all []*html.Node, those []int) bool {
	return len(those) > 0 && isAbove(all[those[len(those)-1]], n)
}

func isAbove(n, below *html.Node) bool {
	for ; below != nil; below = below.Parent {
		if below == n {
			return true
		}
	}
	return false
}

// elements lists a tree's elements in document order: the same index is the same element in a copy.
func elements(root *html.Node) []*html.Node {
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func foldSpace(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\u00ad' }), " ")
}

func textIn(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent.DataAtom != atom.Script && c.Parent.DataAtom != atom.Style {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// draft is a copy of a page that may be changed.
type draft struct {
	p    *changeable
	root *html.Node
	all  []*html.Node
}

func (p *changeable) copy() *html.Node { return copyOf(p.root) }

func copyOf(n *html.Node) *html.Node {
	c := &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Namespace: n.Namespace, Attr: slices.Clone(n.Attr)}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		c.AppendChild(copyOf(k))
	}
	return c
}

func (p *changeable) draft() *draft {
	root := p.copy()
	return &draft{p, root, elements(root)}
}

func (p *changeable) render(root *html.Node) []byte {
	var b bytes.Buffer
	if err := html.Render(&b, root); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (d *draft) bytes() []byte { return d.p.render(d.root) }

func (d *draft) paragraph(i int) *html.Node { return d.all[d.p.paragraphs[i]] }

// long are the paragraphs with some length, as indexes of paragraph.
func (d *draft) long() []int {
	var list []int
	for i := range d.p.paragraphs {
		if len(textIn(d.paragraph(i))) > 80 {
			list = append(list, i)
		}
	}
	return list
}

func setText(n *html.Node, text string) {
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
}

func element(tag atom.Atom, text string) *html.Node {
	n := &html.Node{Type: html.ElementNode, DataAtom: tag, Data: tag.String()}
	if text != "" {
		setText(n, text)
	}
	return n
}

// like returns an element as n is, with another text.
func like(n *html.Node, text string) *html.Node {
	c := &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Attr: slices.Clone(n.Attr)}
	setText(c, text)
	return c
}

// retitle changes the headline wherever the page states it.
func (d *draft) retitle(title string) {
	if d.p.headline >= 0 {
		setText(d.all[d.p.headline], title)
	}
	for _, n := range d.all {
		switch {
		case n.DataAtom == atom.Title && n.Namespace == "":
			setText(n, title)
		case n.DataAtom == atom.Meta:
			for _, a := range n.Attr {
				if strings.HasSuffix(a.Val, ":title") || a.Val == "title" {
					set(n, "content", title)
				}
			}
		case n.DataAtom == atom.Script && n.FirstChild != nil:
			old, _ := json.Marshal(d.p.title)
			now, _ := json.Marshal(title)
			n.FirstChild.Data = strings.ReplaceAll(n.FirstChild.Data, string(old), string(now))
		}
	}
}

func set(n *html.Node, key, val string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = val
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: val})
}

// anonymous takes away what the page says of its article in data: a page of another make of the same site.
func (d *draft) anonymous() {
	for _, n := range d.all {
		isData := n.DataAtom == atom.Script || n.DataAtom == atom.Link && attrOf(n, "rel") == "canonical"
		if n.DataAtom == atom.Meta && attrOf(n, "charset") == "" {
			isData = true
		}
		if isData && n.Parent != nil {
			n.Parent.RemoveChild(n)
		}
	}
}

func attrOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// replace puts other content where the article was.
func (d *draft) replace(heading string, content ...*html.Node) {
	holder := d.all[d.p.article]
	for holder.FirstChild != nil {
		holder.RemoveChild(holder.FirstChild)
	}
	if heading != "" {
		holder.AppendChild(element(atom.H1, heading))
	}
	for _, c := range content {
		holder.AppendChild(c)
	}
}

// answerBytes is how the server answers.
type answerBytes struct {
	body   []byte
	header http.Header
	isCut  bool // the connection is closed without a word on the length
}

func whole(body []byte) answerBytes { return answerBytes{body: body} }

// changingSite serves all pages, as a proxy: each has a host with a home page and a feed that lists it.
type changingSite struct {
	t      *testing.T
	pages  map[string]*changeable // by host
	answer func(*changeable) answerBytes
	server *httptest.Server
	path   string // of the database
	words  map[string][][]string

	mu    sync.Mutex
	asked map[*changeable]int
	now   time.Time
}

func newChangingSite(t *testing.T, pages []*changeable) *changingSite {
	s := &changingSite{t: t, pages: map[string]*changeable{}, path: filepath.Join(t.TempDir(), "x.db"), words: wordsOfServers(t), asked: map[*changeable]int{}}
	for _, p := range pages {
		s.pages[p.host] = p
	}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

func (s *changingSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := s.pages[r.Host]
	if p == nil || r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	switch u, _ := url.Parse(p.url); r.URL.Path {
	case u.Path:
	case "/":
		fmt.Fprintf(w, `<!doctype html><html><head><title>%s</title><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body><a href="%s">News</a></body></html>`, r.Host, html.EscapeString(p.url))
		return
	case "/feed.xml":
		fmt.Fprintf(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>%s</title><item><title>News</title><link>%s</link></item></channel></rss>`, r.Host, html.EscapeString(p.url))
		return
	default:
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	s.asked[p]++
	s.mu.Unlock()
	a := s.answer(p)
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", utf8HTML)
	if !a.isCut {
		w.Write(a.body)
		return
	}
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n%s", a.body)
}

// run crawls all pages at a moment.
func (s *changingSite) run(at time.Time, again bool) {
	s.t.Helper()
	s.mu.Lock()
	clear(s.asked)
	s.mu.Unlock()
	ctx := context.Background()
	db, err := storage.Open(ctx, s.path, storage.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	o := Options{Proxy: s.server.URL, AllowPrivate: true, DelaySet: true, Again: again}
	begun := time.Now()
	o.Now = func() time.Time { return at.Add(time.Since(begun)) }
	for _, p := range s.pages {
		c, err := configs.Default().Resolve("http://" + p.host + "/")
		if err != nil {
			s.t.Fatal(err)
		}
		o.Sources = append(o.Sources, c)
	}
	slices.SortFunc(o.Sources, func(a, b configs.Source) int { return strings.Compare(a.Key, b.Key) })
	if o.RunID, err = db.StartRun(ctx, storage.Run{Command: "crawl", StartedAt: at}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := Crawl(ctx, db, o); err != nil {
		s.t.Fatal(err)
	}
}

// storedState is an article as the database has it.
type storedState struct {
	version     int
	title, text string
	doubt       string // of the last check; empty: none
}

func (s *changingSite) articles() map[*changeable]storedState {
	s.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+s.path+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT url, version, title, text, coalesce((SELECT reason || ': ' || message FROM doubtful_answers d
		WHERE d.article_id = a.id ORDER BY d.id DESC LIMIT 1), '') FROM articles a`)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	all := map[*changeable]storedState{}
	for rows.Next() {
		var address string
		var a storedState
		if err := rows.Scan(&address, &a.version, &a.title, &a.text, &a.doubt); err != nil {
			s.t.Fatal(err)
		}
		if p := s.pages[hostOf(address)]; p != nil {
			all[p] = a
		}
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// empty starts with a new database, and snapshot and restore go back to one.
func (s *changingSite) empty() { s.path = filepath.Join(s.t.TempDir(), "x.db") }

func (s *changingSite) snapshot() []byte {
	s.t.Helper()
	b, err := os.ReadFile(s.path) // closing the last connection has put all of it into the one file
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *changingSite) restore(b []byte) {
	s.t.Helper()
	s.empty()
	if err := os.WriteFile(s.path, b, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// recheckResult is what became of the stored articles at one kind of answer.
type recheckResult struct {
	asked         int
	changed, kept []*changeable
	now           map[*changeable]storedState
}

// log writes what went wrong, an example a line.
func (r recheckResult) log(t *testing.T, list []*changeable, before map[*changeable]storedState) {
	t.Helper()
	const most = 12
	for _, p := range list[:min(len(list), most)] {
		t.Logf("    %s (%s): %d words, now %d: %s", p.id, p.lang, len(strings.Fields(before[p].text)), len(strings.Fields(r.now[p].text)), r.now[p].doubt)
	}
}

// check has every page answer in one way, and sees what is stored then.
func (s *changingSite) check(base []byte, stored map[*changeable]storedState, start time.Time, kind answerKind) recheckResult {
	s.t.Helper()
	s.restore(base)
	s.answer = func(p *changeable) answerBytes { return kind.make(p, s) }
	s.run(start.Add(2*time.Hour), true)
	now := s.articles()
	r := recheckResult{now: now}
	for _, p := range s.pages {
		old, wasStored := stored[p]
		if !wasStored || s.asked[p] == 0 || kind.isReal && !s.isVisible(kind, p, old) {
			continue
		}
		r.asked++
		a := now[p]
		isChanged := a.version != old.version || a.title != old.title || a.text != old.text
		if !kind.isReal && isChanged && holds(a.text, old.text) {
			isChanged = false // the page's data have the article, whatever it shows
		}
		if isChanged {
			r.changed = append(r.changed, p)
		} else {
			r.kept = append(r.kept, p)
		}
	}
	byID := func(a, b *changeable) int { return strings.Compare(a.id, b.id) }
	slices.SortFunc(r.changed, byID)
	slices.SortFunc(r.kept, byID)
	return r
}

// holds reports whether a text has most of the longer words of another.
func holds(text, part string) bool {
	in := map[string]bool{}
	for _, w := range strings.Fields(text) {
		in[w] = true
	}
	all, found := 0, 0
	for _, w := range strings.Fields(part) {
		if len(w) > 6 {
			all++
			if in[w] {
				found++
			}
		}
	}
	return found*5 >= all*4
}

// isVisible reports whether a change is one in what the cleaner makes of the page.
func (s *changingSite) isVisible(kind answerKind, p *changeable, old storedState) bool {
	res := p.clean(kind.make(p, s).body, utf8HTML)
	return res != nil && res.Article.IsArticle && (res.Article.Title != old.title || res.Article.Text != old.text)
}

// wordsOfServers reads testdata/recheck.txt: by "kind.language", a list of heading and paragraphs.
func wordsOfServers(t *testing.T) map[string][][]string {
	t.Helper()
	b, err := os.ReadFile("testdata/recheck.txt")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string][][]string{}
	for line := range strings.Lines(string(b)) {
		key, text, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && !strings.HasPrefix(line, "#") {
			words[key] = append(words[key], strings.Split(text, " | "))
		}
	}
	return words
}

// say returns what a server says to a page's readers: in their language or, for every third page, in English.
func (s *changingSite) say(kind string, p *changeable) (heading string, paragraphs []string) {
	lang := p.lang
	if lang == "nb" || lang == "nn" {
		lang = "no"
	}
	list := s.words[kind+"."+lang]
	if len(list) == 0 || p.number%3 == 2 {
		list = s.words[kind+".en"]
	}
	text := slices.Clone(list[(p.number/3)%len(list)])
	for i := range text {
		text[i] = strings.ReplaceAll(text[i], "%HOST%", p.host)
	}
	return text[0], text[1:]
}

// answerKind is one way to answer.
type answerKind struct {
	name   string
	isReal bool
	make   func(p *changeable, s *changingSite) answerBytes
}

// notice is a page that says something in place of the article: in the page's own template with all its data, in the
// template without them, or bare.
func notice(kind string, more func(p *changeable) []*html.Node) answerKind {
	return answerKind{name: kind, make: func(p *changeable, s *changingSite) answerBytes {
		heading, paragraphs := s.say(kind, p)
		var content []*html.Node
		for _, text := range paragraphs {
			content = append(content, element(atom.P, text))
		}
		if more != nil {
			content = append(content, more(p)...)
		}
		d := p.draft()
		switch p.number % 4 {
		case 0:
			d.anonymous()
			d.retitle(heading)
			d.replace(heading, content...)
		case 1:
			d.replace(heading, content...)
		default:
			return whole(barePage(p, heading, content))
		}
		return whole(d.bytes())
	}}
}

func barePage(p *changeable, heading string, content []*html.Node) []byte {
	title := heading
	if p.number%4 == 3 {
		title = p.host
	}
	body := element(atom.Body, "")
	body.AppendChild(element(atom.H1, heading))
	for _, c := range content {
		body.AppendChild(c)
	}
	return fmt.Appendf(nil, "<!doctype html><html lang=%q><head><title>%s</title></head>%s</html>", p.lang, html.EscapeString(title), p.render(body))
}

// mostRead is a list of links to other articles.
func mostRead(p *changeable) []*html.Node {
	list := element(atom.Ul, "")
	for _, d := range p.others[:min(len(p.others), 6)] {
		li, a := element(atom.Li, ""), element(atom.A, d.title)
		set(a, "href", "/news/"+strconv.Itoa(d.number)+"-other-story.html")
		li.AppendChild(a)
		list.AppendChild(li)
	}
	return []*html.Node{element(atom.H2, "Most read"), list}
}

func loginForm(*changeable) []*html.Node {
	form := element(atom.Form, "")
	for _, typ := range []string{"email", "password", "submit"} {
		in := element(atom.Input, "")
		set(in, "type", typ)
		form.AppendChild(in)
	}
	return []*html.Node{form}
}

// otherArticle puts the donor's article into the page's template.
func otherArticle(p *changeable, title string) answerBytes {
	d := p.draft()
	d.anonymous()
	d.retitle(title)
	d.replace(title, paragraphsOf(p.others[0])...)
	return whole(d.bytes())
}

func paragraphsOf(p *changeable) []*html.Node {
	var list []*html.Node
	for _, text := range textsOf(p) {
		list = append(list, element(atom.P, text))
	}
	return list
}

func textsOf(p *changeable) []string {
	d := &draft{p, p.root, elements(p.root)}
	var list []string
	for i := range p.paragraphs {
		list = append(list, foldSpace(textIn(d.paragraph(i))))
	}
	return list
}

// cut ends the page in the middle of its article.
func cut(part, of int) func(*changeable, *changingSite) answerBytes {
	return func(p *changeable, _ *changingSite) answerBytes {
		const mark = "cut-here-please"
		d := p.draft()
		n := d.paragraph(len(p.paragraphs) * part / of)
		n.InsertBefore(&html.Node{Type: html.CommentNode, Data: mark}, n.FirstChild)
		body, _, _ := bytes.Cut(d.bytes(), []byte("<!--"+mark))
		return answerBytes{body: body, isCut: true}
	}
}

// teasers is a page of headlines with the beginnings of articles.
func teasers(n int, heading string) func(*changeable, *changingSite) answerBytes {
	return func(p *changeable, _ *changingSite) answerBytes {
		var content []*html.Node
		for _, other := range p.others[:min(len(p.others), n)] {
			h, a := element(atom.H2, ""), element(atom.A, other.title)
			set(a, "href", "/news/"+strconv.Itoa(other.number)+"-other-story.html")
			h.AppendChild(a)
			text := []rune(textsOf(other)[0])
			content = append(content, h, element(atom.P, string(text[:min(len(text), 160)])))
		}
		d := p.draft()
		d.anonymous()
		d.retitle(cmp.Or(heading, p.host))
		d.replace(heading, content...)
		return whole(d.bytes())
	}
}

// garble makes each paragraph unreadable: read in a wrong encoding, with letters at random, or as dummy text.
func garble(p *changeable, _ *changingSite) answerBytes {
	const dummy = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua. "
	d := p.draft()
	for i := range p.paragraphs {
		text := textIn(d.paragraph(i))
		beyond := strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) >= 0
		switch {
		case beyond && p.number%3 != 1:
			var b strings.Builder
			for i := range len(text) { // UTF-8 taken for Latin-1
				b.WriteRune(rune(text[i]))
			}
			text = b.String()
		case p.number%2 == 0:
			text = strings.Map(func(r rune) rune {
				if unicode.IsLetter(r) {
					return 'a' + (r*31+rune(i)*17+rune(p.number))%26
				}
				return r
			}, text)
		default:
			text = strings.Repeat(dummy, 1+len(text)/len(dummy))
		}
		setText(d.paragraph(i), text)
	}
	return whole(d.bytes())
}

// harmfulAnswers are what servers send in place of an article that is as it was.
var harmfulAnswers = []answerKind{
	notice("maintenance", nil),
	notice("parked", nil),
	notice("for_sale", mostRead),
	notice("consent", nil),
	notice("region", nil),
	notice("ad_blocker", nil),
	notice("login", loginForm),
	notice("error", nil),
	notice("soft404", mostRead),
	notice("captcha", nil),
	{name: "subscription teaser", make: func(p *changeable, s *changingSite) answerBytes {
		d := p.draft()
		text, _ := s.say("subscribe", p)
		first := d.long()[0]
		wall := like(d.paragraph(first), text)
		if p.number%2 == 0 {
			set(wall, "class", "paywall")
		}
		d.paragraph(first).Parent.InsertBefore(wall, d.paragraph(first).NextSibling)
		for i := first + 1; i < len(p.paragraphs); i++ {
			if n := d.paragraph(i); n.Parent != nil {
				n.Parent.RemoveChild(n)
			}
		}
		return whole(d.bytes())
	}},
	{name: "spam in place of the text", make: func(p *changeable, s *changingSite) answerBytes {
		heading, paragraphs := s.say("spam", p)
		d := p.draft()
		var content []*html.Node
		for _, text := range paragraphs {
			content = append(content, element(atom.P, text))
		}
		if p.number%2 == 0 {
			d.retitle(heading)
		} else {
			heading = p.title
		}
		d.replace(heading, content...)
		return whole(d.bytes())
	}},
	{name: "cut at a third", make: cut(1, 3)},
	{name: "cut at two thirds", make: cut(2, 3)},
	{name: "another article", make: func(p *changeable, _ *changingSite) answerBytes { return otherArticle(p, p.others[0].title) }},
	{name: "another under its title", make: func(p *changeable, _ *changingSite) answerBytes { return otherArticle(p, p.title) }},
	{name: "the home page", make: teasers(12, "")},
	{name: "a section page", make: teasers(8, "Politics")},
	{name: "an empty shell", make: func(p *changeable, _ *changingSite) answerBytes {
		if p.number%2 == 0 {
			return whole(fmt.Appendf(nil, `<!doctype html><html><head><title>%s</title><meta property="og:type" content="article"></head><body><div id="root"></div><script src="/app.js"></script></body></html>`, html.EscapeString(p.title)))
		}
		return whole(fmt.Appendf(nil, `<html><head><title>%s</title></head><body></body></html>`, html.EscapeString(p.title)))
	}},
	{name: "noindex", make: func(p *changeable, _ *changingSite) answerBytes {
		if p.number%2 == 0 {
			a := otherArticle(p, p.title)
			a.header = http.Header{"X-Robots-Tag": {"noindex"}}
			return a
		}
		d := p.draft()
		m := element(atom.Meta, "")
		set(m, "name", "robots")
		set(m, "content", "noindex, nofollow")
		head := d.all[slices.IndexFunc(d.all, func(n *html.Node) bool { return n.DataAtom == atom.Head })]
		head.InsertBefore(m, head.FirstChild)
		d.replace("")
		return whole(d.bytes())
	}},
	{name: "gibberish or mojibake", make: garble},
	{name: "a template without text", make: func(p *changeable, _ *changingSite) answerBytes {
		d := p.draft()
		for i := range p.paragraphs {
			if n := d.paragraph(i); n.Parent != nil {
				n.Parent.RemoveChild(n)
			}
		}
		return whole(d.bytes())
	}},
}

// realChanges are what publishers do to their articles.
var realChanges = []answerKind{
	{name: "a word corrected", isReal: true, make: func(p *changeable, _ *changingSite) answerBytes {
		d := p.draft()
		long := d.long()
		n := d.paragraph(long[len(long)/2])
		words := strings.Fields(textIn(n))
		if i := len(words) / 2; len(words) > 3 {
			words[i] = "Quillmouth"
			setText(n, strings.Join(words, " "))
		} else {
			setText(n, "Quillmouth"+textIn(n))
		}
		return whole(d.bytes())
	}},
	{name: "a paragraph more", isReal: true, make: func(p *changeable, _ *changingSite) answerBytes {
		d := p.draft()
		long := d.long()
		last := d.paragraph(long[len(long)-1])
		last.Parent.InsertBefore(like(last, longText(p.others[0], 1)), last.NextSibling)
		return whole(d.bytes())
	}},
	{name: "a third rewritten", isReal: true, make: func(p *changeable, _ *changingSite) answerBytes {
		d := p.draft()
		long := d.long()
		from := p.number % 3 * len(long) / 3
		for i := range max(1, len(long)/3) {
			setText(d.paragraph(long[from+i]), longText(p.others[0], i))
		}
		return whole(d.bytes())
	}},
	{name: "a new headline", isReal: true, make: func(p *changeable, _ *changingSite) answerBytes {
		d := p.draft()
		d.retitle("Quillmouth: " + p.others[0].title)
		return whole(d.bytes())
	}},
	{name: "a live blog grows", isReal: true, make: func(p *changeable, _ *changingSite) answerBytes {
		d := p.draft()
		first := d.paragraph(d.long()[0])
		for i := range 3 + p.number%8 {
			first.Parent.InsertBefore(like(first, longText(p.others[0], i)), first)
		}
		return whole(d.bytes())
	}},
	{name: "a note of an update", isReal: true, make: func(p *changeable, _ *changingSite) answerBytes {
		d := p.draft()
		first := d.paragraph(d.long()[0])
		at := first
		if p.number%2 == 0 {
			long := d.long()
			at = d.paragraph(long[len(long)-1])
		}
		at.Parent.InsertBefore(like(first, "Update, 14:30: Quillmouth, "+longText(p.others[0], 2)), at)
		return whole(d.bytes())
	}},
	{name: "a paragraph taken out", isReal: true, make: func(p *changeable, _ *changingSite) answerBytes {
		d := p.draft()
		long := d.long()
		n := d.paragraph(long[len(long)/2])
		n.Parent.RemoveChild(n)
		return whole(d.bytes())
	}},
}

// longText is a long paragraph of a page.
func longText(p *changeable, i int) string {
	var long []string
	for _, text := range textsOf(p) {
		if len(text) > 80 {
			long = append(long, text)
		}
	}
	return long[i%len(long)]
}

// troubles are first answers of a server that is well later.
var troubles = append([]answerKind{
	{name: "database error", make: func(*changeable, *changingSite) answerBytes {
		return whole([]byte("<html><head><title>Error</title></head><body><h1>Error establishing a database connection</h1></body></html>"))
	}},
	{name: "blank page", make: func(p *changeable, _ *changingSite) answerBytes {
		return whole(fmt.Appendf(nil, "<html><head><title>%s</title></head><body></body></html>", html.EscapeString(p.title)))
	}},
	{name: "noindex on the article", make: func(p *changeable, _ *changingSite) answerBytes {
		return answerBytes{body: p.render(p.copy()), header: http.Header{"X-Robots-Tag": {"noindex"}}}
	}},
}, someOf(harmfulAnswers, "an empty shell", "login", "soft404", "maintenance", "captcha", "error", "consent", "region", "ad_blocker", "parked", "for_sale")...)

func someOf(all []answerKind, names ...string) []answerKind {
	var some []answerKind
	for _, name := range names {
		some = append(some, all[slices.IndexFunc(all, func(k answerKind) bool { return k.name == name })])
	}
	return some
}

func languagesOf(pages []*changeable) string {
	count := map[string]int{}
	for _, p := range pages {
		count[p.lang]++
	}
	var list []string
	for l, n := range count {
		list = append(list, fmt.Sprintf("%s %d", l, n))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

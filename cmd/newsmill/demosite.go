package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// The sample site's content is data: editions/*.yaml hold the words around the articles, articles/<edition>/*.md the
// articles, *.html the layouts. Everything in them is invented.
//
//go:embed demo
var demoFiles embed.FS

// demoSite is a small news site in several languages, with the nuisances that real ones have. Each edition leads to
// its articles in another way: a sitemap index, a gzipped sitemap, a news sitemap, a feed, or section pages alone.
type demoSite struct {
	Base     string // "http://127.0.0.1:8391", no final slash
	Editions []*demoEdition
	pages    *template.Template
}

// demoEdition is one language's newspaper.
type demoEdition struct {
	Key         string         `yaml:"-"`
	Feed        string         `yaml:"-"` // path of its feed; empty: none
	Lang        string         `yaml:"lang"`
	Dir         string         `yaml:"dir"`
	Name        string         `yaml:"name"`
	Layout      string         `yaml:"layout"`
	Sections    yaml.MapSlice  `yaml:"sections"`
	SectionList []demoSection  `yaml:"-"`
	Articles    []*demoArticle `yaml:"-"`
	Words       demoWords      `yaml:",inline"`
}

// demoWords are what the edition's pages say around the article.
type demoWords struct {
	Cookie           string   `yaml:"cookie"`
	CookieAccept     string   `yaml:"cookie_accept"`
	LanguageMenu     string   `yaml:"language_menu"`
	Licence          string   `yaml:"licence"`
	Hotline          string   `yaml:"hotline"`
	Contribute       string   `yaml:"contribute"`
	Related          string   `yaml:"related"`
	MostRead         string   `yaml:"most_read"`
	Newsletter       string   `yaml:"newsletter"`
	NewsletterButton string   `yaml:"newsletter_button"`
	Share            []string `yaml:"share"`
	Advertisement    string   `yaml:"advertisement"`
	Comments         string   `yaml:"comments"`
	ReadMore         string   `yaml:"read_more"`
	Updated          string   `yaml:"updated"`
	Topics           string   `yaml:"topics"`
	Skip             string   `yaml:"skip"`
	Copyright        string   `yaml:"copyright"`
	About            string   `yaml:"about"`
	Enlarge          string   `yaml:"enlarge"`
	Listen           string   `yaml:"listen"`
	Minutes          string   `yaml:"minutes"`
}

type demoSection struct{ Key, Title, Path string }

// demoArticle is an article file: front matter and blocks of text.
type demoArticle struct {
	Section     string    `yaml:"section"`
	Title       string    `yaml:"title"`
	Byline      string    `yaml:"byline"`
	Authors     []string  `yaml:"authors"`
	PublishedAt time.Time `yaml:"published"`
	ModifiedAt  time.Time `yaml:"modified"`
	Standfirst  string    `yaml:"standfirst"`
	EditorsNote string    `yaml:"editors_note"`
	Correction  string    `yaml:"correction"`
	SignOff     string    `yaml:"sign_off"`
	Image       struct {
		Caption string `yaml:"caption"`
		Credit  string `yaml:"credit"`
	} `yaml:"image"`
	Tags []string `yaml:"tags"`

	Path         string      `yaml:"-"`
	LeadImage    string      `yaml:"-"`
	SectionPath  string      `yaml:"-"`
	SectionTitle string      `yaml:"-"`
	First, Rest  []demoBlock `yaml:"-"` // before and after what stands in the middle of the text
	JSONLD       template.JS `yaml:"-"`
}

// demoBlock is a part of an article's text.
type demoBlock struct {
	Kind  string // "paragraph", "heading", "quote", "list", "photo", "more", "ad"
	Text  string
	Items []string
	Image string
	Path  string
}

// Published returns the publication time as a page writes it for machines.
func (a *demoArticle) Published() string { return a.PublishedAt.Format(time.RFC3339) }

// Modified returns the time of the last change, or "".
func (a *demoArticle) Modified() string {
	if a.ModifiedAt.IsZero() {
		return ""
	}
	return a.ModifiedAt.Format(time.RFC3339)
}

// Day, ModifiedDay and Clock are what readers see.
func (a *demoArticle) Day() string { return a.PublishedAt.Format("02.01.2006") }

// ModifiedDay returns the day and time of the last change.
func (a *demoArticle) ModifiedDay() string { return a.ModifiedAt.Format("02.01.2006 15:04") }

// Clock returns day and time of publication.
func (a *demoArticle) Clock() string { return a.PublishedAt.Format("2006-01-02 15:04") }

// AuthorNames returns the authors separated by commas.
func (a *demoArticle) AuthorNames() string { return strings.Join(a.Authors, ", ") }

// demoPage is what the layouts see.
type demoPage struct {
	Site     *demoSite
	Edition  *demoEdition
	Words    demoWords
	Title    string
	Article  *demoArticle
	Articles []*demoArticle
	Others   []*demoArticle
}

// loadDemoSite reads the embedded files. Base is the address the site will be served at.
func loadDemoSite(base string) (*demoSite, error) {
	s := &demoSite{Base: base}
	var err error
	if s.pages, err = template.ParseFS(demoFiles, "demo/*.html"); err != nil {
		return nil, err
	}
	files, err := fs.Glob(demoFiles, "demo/editions/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		e, err := s.loadEdition(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		s.Editions = append(s.Editions, e)
	}
	return s, nil
}

func (s *demoSite) loadEdition(file string) (*demoEdition, error) {
	text, err := demoFiles.ReadFile(file)
	if err != nil {
		return nil, err
	}
	e := &demoEdition{Key: strings.TrimSuffix(path.Base(file), ".yaml")}
	if err := yaml.UnmarshalWithOptions(text, e, yaml.Strict()); err != nil {
		return nil, err
	}
	if e.Key == "de" || e.Key == "fr" {
		e.Feed = "/" + e.Key + "/feed.xml"
	}
	titles := map[string]string{}
	for _, item := range e.Sections {
		key, title := fmt.Sprint(item.Key), fmt.Sprint(item.Value)
		titles[key] = title
		e.SectionList = append(e.SectionList, demoSection{key, title, "/" + e.Key + "/" + key + "/"})
	}
	articles, err := fs.Glob(demoFiles, "demo/articles/"+e.Key+"/*.md")
	if err != nil {
		return nil, err
	}
	for _, name := range articles {
		a, err := s.loadArticle(e, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if a.SectionTitle = titles[a.Section]; a.SectionTitle == "" {
			return nil, fmt.Errorf("%s: unknown section %q", name, a.Section)
		}
		e.Articles = append(e.Articles, a)
	}
	slices.SortFunc(e.Articles, func(a, b *demoArticle) int {
		return cmp.Or(b.PublishedAt.Compare(a.PublishedAt), cmp.Compare(a.Path, b.Path))
	})
	return e, nil
}

func (s *demoSite) loadArticle(e *demoEdition, name string) (*demoArticle, error) {
	text, err := demoFiles.ReadFile(name)
	if err != nil {
		return nil, err
	}
	head, body, ok := strings.Cut(string(text), "\n---\n")
	if !ok {
		return nil, fmt.Errorf("no line --- between front matter and text")
	}
	a := &demoArticle{}
	if err := yaml.UnmarshalWithOptions([]byte(head), a, yaml.Strict()); err != nil {
		return nil, err
	}
	slug := strings.TrimSuffix(path.Base(name), ".md")
	a.Path = fmt.Sprintf("/%s/%s/%s.html", e.Key, a.PublishedAt.Format("2006/01/02"), slug)
	a.LeadImage = "/media/" + slug + ".svg"
	a.SectionPath = "/" + e.Key + "/" + a.Section + "/"
	blocks := parseDemoBlocks(body, e, slug)
	middle := len(blocks) / 2
	a.First, a.Rest = blocks[:middle], blocks[middle:]
	a.JSONLD, err = s.jsonLD(e, a)
	return a, err
}

func parseDemoBlocks(body string, e *demoEdition, slug string) []demoBlock {
	var blocks []demoBlock
	for text := range strings.SplitSeq(strings.TrimSpace(body), "\n\n") {
		text = strings.TrimSpace(text)
		switch {
		case strings.HasPrefix(text, "## "):
			blocks = append(blocks, demoBlock{Kind: "heading", Text: text[3:]})
		case strings.HasPrefix(text, "> "):
			blocks = append(blocks, demoBlock{Kind: "quote", Text: text[2:]})
		case strings.HasPrefix(text, "- "):
			blocks = append(blocks, demoBlock{Kind: "list", Items: strings.Split(text[2:], "\n- ")})
		case strings.HasPrefix(text, "!"):
			blocks = append(blocks, demoBlock{Kind: "photo", Text: text[1:], Image: "/media/" + slug + "-2.svg"})
		case strings.HasPrefix(text, "~read-more: "):
			blocks = append(blocks,
				demoBlock{Kind: "more", Text: e.Words.ReadMore + " " + strings.TrimPrefix(text, "~read-more: "), Path: "/" + e.Key + "/"},
				demoBlock{Kind: "ad", Text: e.Words.Advertisement})
		default:
			blocks = append(blocks, demoBlock{Kind: "paragraph", Text: text})
		}
	}
	return blocks
}

func (s *demoSite) jsonLD(e *demoEdition, a *demoArticle) (template.JS, error) {
	people := []map[string]string{}
	for _, name := range a.Authors {
		people = append(people, map[string]string{"@type": "Person", "name": name})
	}
	data := map[string]any{
		"@context": "https://schema.org", "@type": "NewsArticle", "headline": a.Title, "author": people,
		"datePublished": a.Published(), "inLanguage": e.Lang, "image": s.Base + a.LeadImage,
		"publisher": map[string]string{"@type": "Organization", "name": e.Name},
	}
	if a.Modified() != "" {
		data["dateModified"] = a.Modified()
	}
	text, err := json.Marshal(data)
	return template.JS(text), err //nolint:gosec // because json.Marshal escapes < and > of our own data
}

// handler serves the site.
func (s *demoSite) handler() http.Handler {
	mux := http.NewServeMux()
	text := func(pattern, contentType, body string) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) { serveDemo(w, r, contentType, []byte(body)) })
	}
	text("/robots.txt", "text/plain", "User-agent: *\nDisallow: /tag/\nDisallow: /newsletter\n\nSitemap: "+s.Base+"/sitemap.xml\nSitemap: "+s.Base+"/news-sitemap.xml\n")
	text("/sitemap.xml", "application/xml", s.sitemapIndex("en", "es.gz", "ar"))
	css, _ := demoFiles.ReadFile("demo/style.css")
	text("/style.css", "text/css; charset=utf-8", string(css))
	mux.HandleFunc("GET /media/{name}", s.media)
	mux.HandleFunc("GET /about", s.page("about.html", demoPage{Edition: s.Editions[0], Title: "About us"}))
	mux.HandleFunc("GET /{$}", s.page("front.html", demoPage{Edition: s.edition("en"), Title: "The Harbour Post", Articles: s.edition("en").Articles}))
	text("/news-sitemap.xml", "application/xml", s.newsSitemap(s.edition("ru")))
	for _, e := range s.Editions {
		s.handleEdition(mux, e, text)
	}
	return mux
}

func (s *demoSite) handleEdition(mux *http.ServeMux, e *demoEdition, text func(pattern, contentType, body string)) {
	if e.Feed != "" {
		text(e.Feed, "application/rss+xml; charset=utf-8", s.feed(e))
	}
	text("/sitemap-"+e.Key+".xml", "application/xml", s.sitemap(e))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(s.sitemap(e))) // a bytes.Buffer cannot fail
	_ = z.Close()
	text("/sitemap-"+e.Key+".xml.gz", "application/gzip", zipped.String())
	mux.HandleFunc("GET /"+e.Key+"/{$}", s.page("front.html", demoPage{Edition: e, Title: e.Name, Articles: e.Articles}))
	for _, section := range e.SectionList {
		var in []*demoArticle
		for _, a := range e.Articles {
			if a.Section == section.Key {
				in = append(in, a)
			}
		}
		mux.HandleFunc("GET "+section.Path+"{$}", s.page("front.html", demoPage{Edition: e, Title: section.Title + " | " + e.Name, Articles: in}))
	}
	for i, a := range e.Articles {
		others := slices.Concat(e.Articles[:i], e.Articles[i+1:])
		mux.HandleFunc("GET "+a.Path, s.page(e.Layout+".html", demoPage{Edition: e, Title: a.Title, Article: a, Others: others}))
	}
}

func (s *demoSite) edition(key string) *demoEdition {
	i := slices.IndexFunc(s.Editions, func(e *demoEdition) bool { return e.Key == key })
	return s.Editions[i]
}

func (s *demoSite) page(layout string, p demoPage) http.HandlerFunc {
	p.Site, p.Words = s, p.Edition.Words
	return func(w http.ResponseWriter, r *http.Request) {
		var out bytes.Buffer
		if err := s.pages.ExecuteTemplate(&out, layout, p); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		serveDemo(w, r, "text/html; charset=utf-8", out.Bytes())
	}
}

// serveDemo answers with a body and a validator, so that a second visit costs nothing.
func serveDemo(w http.ResponseWriter, r *http.Request, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Etag", fmt.Sprintf(`"%x"`, crc32.ChecksumIEEE(body)))
	http.ServeContent(w, r, "", time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), bytes.NewReader(body))
}

// media draws a picture: two bands whose colours follow from the name.
func (s *demoSite) media(w http.ResponseWriter, r *http.Request) {
	hue := 0
	for _, c := range r.PathValue("name") {
		hue = (hue*31 + int(c)) % 360
	}
	serveDemo(w, r, "image/svg+xml", fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90"><rect width="160" height="90" fill="hsl(%d 45%% 72%%)"/><rect y="58" width="160" height="32" fill="hsl(%d 40%% 40%%)"/><circle cx="120" cy="28" r="10" fill="#fff8"/></svg>`, hue, (hue+40)%360))
}

func (s *demoSite) sitemapIndex(names ...string) string {
	var sb strings.Builder
	sb.WriteString(`<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
	for _, name := range names {
		key, zip, _ := strings.Cut(name, ".")
		file := "/sitemap-" + key + ".xml"
		if zip != "" {
			file += "." + zip
		}
		sb.WriteString("<sitemap><loc>" + s.Base + file + "</loc></sitemap>")
	}
	return sb.String() + "</sitemapindex>"
}

func (s *demoSite) sitemap(e *demoEdition) string {
	var sb strings.Builder
	sb.WriteString(`<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
	for _, a := range e.Articles {
		sb.WriteString("<url><loc>" + s.Base + a.Path + "</loc><lastmod>" + cmp.Or(a.Modified(), a.Published()) + "</lastmod></url>")
	}
	return sb.String() + "</urlset>"
}

func (s *demoSite) newsSitemap(e *demoEdition) string {
	var sb strings.Builder
	sb.WriteString(`<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">`)
	for _, a := range e.Articles {
		sb.WriteString("<url><loc>" + s.Base + a.Path + "</loc><news:news><news:publication><news:name>" + template.HTMLEscapeString(e.Name) +
			"</news:name><news:language>" + e.Lang + "</news:language></news:publication><news:publication_date>" + a.Published() +
			"</news:publication_date><news:title>" + template.HTMLEscapeString(a.Title) + "</news:title></news:news></url>")
	}
	return sb.String() + "</urlset>"
}

func (s *demoSite) feed(e *demoEdition) string {
	var sb strings.Builder
	sb.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>` + template.HTMLEscapeString(e.Name) + "</title><link>" + s.Base + "/" + e.Key + "/</link>")
	for _, a := range e.Articles {
		link := s.Base + a.Path + "?utm_source=feed"
		sb.WriteString("<item><title>" + template.HTMLEscapeString(a.Title) + "</title><link>" + link + "</link><guid>" + s.Base + a.Path + "</guid><pubDate>" +
			a.PublishedAt.Format(time.RFC1123Z) + "</pubDate></item>")
	}
	return sb.String() + "</channel></rss>"
}

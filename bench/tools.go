package main

import (
	"bytes"
	"net/url"
	"strings"

	"codeberg.org/readeck/go-readability/v2"
	distiller "github.com/markusmobius/go-domdistiller"
	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"newsmill/cleaner"
)

// tool is one way to read a page: either an extractor, or work that the others are compared with.
type tool struct {
	name    string
	extract func(page) prediction
	work    func(page)
}

const bareParsing = "bare parsing"

var tools = []tool{
	{name: bareParsing, work: parseBare},
	{name: "newsmill", extract: newsmill},
	{name: "go-trafilatura", extract: trafilaturaFallback},
	{name: "go-readability", extract: readable},
	{name: "go-domdistiller", extract: distill},
}

// parseBare decodes, parses and collects the text: what any extractor must do at the least.
func parseBare(p page) {
	decoded, err := charset.NewReader(bytes.NewReader(p.body), "text/html")
	if err != nil {
		return
	}
	root, err := html.Parse(decoded)
	if err != nil {
		return
	}
	var sb strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			sb.WriteString(n.Data)
		}
	}
}

func newsmill(p page) prediction {
	r, err := cleaner.Clean(cleaner.Page{Body: p.body, URL: p.url}, cleaner.Options{})
	if err != nil {
		return prediction{}
	}
	a := r.Article
	found := prediction{Text: a.Text, Title: a.Title, Date: a.PublishedAt.String(), Article: &a.IsArticle}
	for _, person := range a.Authors {
		found.Authors = append(found.Authors, person.Name)
	}
	return found
}

func trafilaturaFallback(p page) prediction {
	address, _ := url.Parse(p.url)
	r, err := trafilatura.Extract(bytes.NewReader(p.body), trafilatura.Options{OriginalURL: address, EnableFallback: true, ExcludeComments: true})
	if err != nil {
		return prediction{}
	}
	found := prediction{Text: r.ContentText, Title: r.Metadata.Title, Authors: splitNames(r.Metadata.Author)}
	if !r.Metadata.Date.IsZero() {
		found.Date = r.Metadata.Date.Format("2006-01-02")
	}
	return found
}

func readable(p page) prediction {
	decoded, err := charset.NewReader(bytes.NewReader(p.body), "text/html")
	if err != nil {
		return prediction{}
	}
	address, err := url.Parse(p.url)
	if err != nil || address.Host == "" {
		address = &url.URL{Scheme: "https", Host: "unknown.example", Path: "/"}
	}
	r, err := readability.FromReader(decoded, address)
	if err != nil {
		return prediction{}
	}
	var text bytes.Buffer
	if r.Node != nil {
		_ = r.RenderText(&text) // a bytes.Buffer cannot fail
	}
	found := prediction{Text: text.String(), Title: r.Title(), Authors: splitNames(r.Byline())}
	if at, err := r.PublishedTime(); err == nil {
		found.Date = at.Format("2006-01-02")
	}
	return found
}

func distill(p page) prediction {
	decoded, err := charset.NewReader(bytes.NewReader(p.body), "text/html")
	if err != nil {
		return prediction{}
	}
	address, _ := url.Parse(p.url)
	r, err := distiller.ApplyForReader(decoded, &distiller.Options{OriginalURL: address, SkipPagination: true})
	if err != nil {
		return prediction{}
	}
	found := prediction{Text: r.Text, Title: r.Title, Authors: r.MarkupInfo.Article.Authors}
	if at := r.MarkupInfo.Article.PublishedTime; len(at) >= 10 {
		found.Date = at[:10]
	}
	return found
}

// splitNames splits a byline into names.
func splitNames(byline string) []string {
	return strings.FieldsFunc(byline, func(r rune) bool { return r == ';' || r == ',' })
}

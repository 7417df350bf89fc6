package main

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"newsmill/cleaner"
)

// Pages whose worst mistake is a second body beside the article are few in a corpus, and many on the web. So more are made: into
// an article's page text of others is grafted, as comments, as a next article or as a ticker above, or what another page has besides its article, as it stands there. What is to come out of it
// stays the same; train.py finds it by the id, set and all.
const (
	grafted    = "graft"
	graftShare = 2 // of so many articles one is taken
)

// graftSets are the sets whose articles are grafted upon and from: those with a whole true text.
var graftSets = map[string]bool{"fundus-dev": true, "wcxb-dev": true, "aed-dev": true, "mic-dev": true, "omnivore-dev": true, "daniel-dev": true, "dragnet-dev": true}

// makeGrafts returns a page for each of a share of the articles. What is grafted, where and how depends on nothing but ids.
func makeGrafts(corpus string, pages []truth) ([]truth, error) {
	var articles []truth
	byLang := map[string][]truth{} // and fold: no model may see what stands on the pages that it is measured on
	for _, t := range pages {
		if graftSets[t.set] && len(t.Text) > 300 && (t.PageType == "" || t.PageType == "article") {
			articles = append(articles, t)
			byLang[t.kin()] = append(byLang[t.kin()], t)
		}
	}
	var made []truth
	for _, t := range articles {
		h := fnv.New64a()
		h.Write([]byte(t.set + "/" + t.ID))
		r := rand.New(rand.NewPCG(h.Sum64(), 12))
		if r.IntN(graftShare) != 0 {
			continue
		}
		page, err := readPage(corpus, t)
		if err != nil {
			return nil, err
		}
		body, err := graft(corpus, page, t, byLang[t.kin()], r)
		if err != nil || body == nil {
			continue // said when the page itself is dumped
		}
		made = append(made, truth{ID: t.set + "/" + t.ID, URL: t.URL, set: grafted, made: &cleaner.Page{Body: body, URL: t.URL}})
	}
	return made, nil
}

// kin is the language that a truth states, in two letters, and the fold of its site, as train.py has them.
func (t *truth) kin() string {
	return strings.ToLower(t.Lang[:min(2, len(t.Lang))]) + fmt.Sprint(crc32.ChecksumIEEE([]byte(t.site()))%folds)
}

const folds = 5

// twoParts are public suffixes' first halves, before a country's.
var twoParts = []string{"co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go"}

// site is the registrable domain of a page, near enough.
func (t *truth) site() string {
	host, _, _ := strings.Cut(t.ID, "_20")
	if u, err := url.Parse(t.URL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	parts := strings.Split(strings.TrimPrefix(strings.ToLower(host), "www."), ".")
	n := 2
	if last := len(parts) - 1; last > 1 && len(parts[last]) == 2 && slices.Contains(twoParts, parts[last-1]) {
		n = 3
	}
	return strings.Join(parts[max(0, len(parts)-n):], ".")
}

// graft returns the page with the text of others in it; nil if the article is not found in its tree.
func graft(corpus string, page cleaner.Page, t truth, others []truth, r *rand.Rand) ([]byte, error) {
	root, err := parse(page)
	if err != nil {
		return nil, err
	}
	holder, _ := holderOf(root, t.Text)
	if holder == nil || holder.Parent == nil || holder.DataAtom == atom.Body && holder.LastChild == nil {
		return nil, nil
	}
	piece := func() string { return others[r.IntN(len(others))].Text }
	switch r.IntN(8) {
	case 5, 6, 7:
		n, err := boxOf(corpus, others[r.IntN(len(others))], r)
		if n == nil || err != nil {
			return nil, err
		}
		putBeside(holder, n, r)
	case 0, 1:
		putAfter(holder, comments(piece, r), r)
	case 2:
		putAfter(holder, nextArticle(piece(), r), r)
	case 3:
		holder.InsertBefore(ticker(piece, r), holder.FirstChild)
	default:
		putAfter(holder, comments(piece, r), r)
		putAfter(holder, nextArticle(piece(), r), r)
	}
	out := bytes.NewBufferString("\ufeff") // whatever its <meta> says, it is UTF-8 now
	err = html.Render(out, root)
	return out.Bytes(), err
}

// putAfter puts a graft at the end of the article's element, or behind it.
func putAfter(holder, n *html.Node, r *rand.Rand) {
	if holder.DataAtom == atom.Body || r.IntN(2) == 0 {
		holder.AppendChild(n)
	} else {
		holder.Parent.InsertBefore(n, holder.NextSibling)
	}
}

// putBeside puts a graft before the article's element, behind it, at its end or among its children.
func putBeside(holder, n *html.Node, r *rand.Rand) {
	if holder.DataAtom == atom.Body || r.IntN(3) > 0 {
		putAfter(holder, n, r)
		return
	}
	if r.IntN(2) == 0 {
		holder.Parent.InsertBefore(n, holder)
		return
	}
	var children []*html.Node
	for c := holder.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			children = append(children, c)
		}
	}
	if len(children) == 0 {
		holder.AppendChild(n)
		return
	}
	holder.InsertBefore(n, children[r.IntN(len(children))])
}

func parse(page cleaner.Page) (*html.Node, error) {
	text, err := charset.NewReader(bytes.NewReader(page.Body), "")
	if err != nil {
		return nil, err
	}
	return html.Parse(text)
}

// What a page has besides its article is grafted as it stands there: dialogs, bios, forms, comments, teasers, terms.
const (
	leastBox = 150  // bytes of text outside of links
	mostBox  = 8000 // and of all
)

// boxOf returns an element of a page with text that is none of its article's; nil if there is none.
func boxOf(corpus string, t truth, r *rand.Rand) (*html.Node, error) {
	page, err := readPage(corpus, t)
	if err != nil {
		return nil, err
	}
	root, err := parse(page)
	if err != nil {
		return nil, err
	}
	_, found := holderOf(root, t.Text)
	if found == nil {
		return nil, nil
	}
	var boxes []*html.Node
	var walk func(n *html.Node, inLink bool) (all, prose int)
	walk = func(n *html.Node, inLink bool) (all, prose int) {
		switch n.DataAtom {
		case atom.Script, atom.Style, atom.Head, atom.Noscript, atom.Template, atom.Iframe:
			return 0, 0
		case atom.A:
			inLink = true
		}
		if n.Type == html.TextNode {
			all = len(strings.TrimSpace(n.Data))
			if !inLink {
				prose = all
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			a, p := walk(c, inLink)
			all, prose = all+a, prose+p
		}
		if found[n] == 0 && boxTags[n.DataAtom] && prose >= leastBox && all <= mostBox {
			boxes = append(boxes, n)
		}
		return all, prose
	}
	walk(root, false)
	if len(boxes) == 0 {
		return nil, nil
	}
	n := boxes[r.IntN(len(boxes))]
	n.Parent.RemoveChild(n)
	return n, nil
}

var boxTags = map[atom.Atom]bool{
	atom.Div: true, atom.Section: true, atom.Aside: true, atom.Ul: true, atom.Ol: true, atom.Form: true, atom.Footer: true, atom.Article: true,
	atom.Dialog: true, atom.Dl: true,
}

// holderOf returns the innermost element with most of the paragraphs of a text, and how much of it each node holds; nil where a page has less than half of it.
func holderOf(root *html.Node, text string) (*html.Node, map[*html.Node]int) {
	const long = 30 // bytes: shorter ones stand in a text by chance
	flat := strings.Join(strings.Fields(text), " ")
	found := map[*html.Node]int{}
	var count func(n *html.Node) int
	count = func(n *html.Node) int {
		sum := 0
		if n.Type == html.TextNode {
			if s := strings.Join(strings.Fields(n.Data), " "); len(s) >= long && strings.Contains(flat, s) {
				sum = len(s)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			sum += count(c)
		}
		found[n] = sum
		return sum
	}
	all := count(root)
	if all*2 < len(flat) {
		return nil, nil
	}
	best := root
	for {
		next := best.FirstChild
		for ; next != nil && found[next]*10 < all*8; next = next.NextSibling {
		}
		if next == nil || next.Type != html.ElementNode {
			break
		}
		best = next
	}
	if best.DataAtom == atom.P || best.Type != html.ElementNode {
		return nil, found
	}
	return best, found
}

func element(tag atom.Atom, class, text string, children ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, DataAtom: tag, Data: tag.String()}
	if class != "" {
		n.Attr = []html.Attribute{{Key: "class", Val: class}}
	}
	if text != "" {
		n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	}
	for _, c := range children {
		n.AppendChild(c)
	}
	return n
}

func oneOf(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// lines of a text that are long enough to say something.
func longLines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); len(line) > 40 {
			all = append(all, line)
		}
	}
	return all
}

// comments are what readers write: few sentences each, under a name and a day.
func comments(piece func() string, r *rand.Rand) *html.Node {
	list, item := atom.Div, atom.Div
	if r.IntN(2) == 0 {
		list, item = oneAtom(r, atom.Ol, atom.Ul), atom.Li
	}
	box := element(list, oneOf(r, "", "", "comments", "commentlist", "responses", "thread", "list", "kommentare", "c-list"), "")
	itemClass := oneOf(r, "", "", "comment", "entry", "reply", "item", "post")
	for range 2 + r.IntN(12) {
		lines := longLines(piece())
		if len(lines) == 0 {
			continue
		}
		at := r.IntN(len(lines))
		one := element(item, itemClass, "")
		if r.IntN(4) > 0 {
			one.AppendChild(element(oneAtom(r, atom.P, atom.Div, atom.Span, atom.Strong), oneOf(r, "", "author", "name", "meta"),
				oneOf(r, "Anna", "marco_77", "J. Novak", "Guest", "Петр", "小林", "Ευα", "Reader9")+oneOf(r, "", " says:", " · 3 March 2012", ", 12:41", " (2)")))
		}
		for _, line := range lines[at:min(len(lines), at+1+r.IntN(3))] {
			one.AppendChild(element(atom.P, "", line))
		}
		box.AppendChild(one)
	}
	heading := element(oneAtom(r, atom.H2, atom.H3, atom.H4), "", oneOf(r, "Comments", "Responses", "12 comments", "Kommentare", "Комментарии", "评论", "Σχόλια", "Komentarze"))
	if r.IntN(3) == 0 {
		return element(atom.Div, oneOf(r, "", "comments-area", "discussion", "section"), "", box)
	}
	return element(atom.Div, oneOf(r, "", "comments-area", "discussion", "section"), "", heading, box)
}

func oneAtom(r *rand.Rand, list ...atom.Atom) atom.Atom { return list[r.IntN(len(list))] }

// nextArticle is another article, whole, as endless pages load it.
func nextArticle(text string, r *rand.Rand) *html.Node {
	box := element(oneAtom(r, atom.Article, atom.Div, atom.Section, atom.Div), oneOf(r, "", "", "story", "next-article", "article", "post", "entry"), "")
	for i, line := range longLines(text) {
		if i == 0 {
			words := strings.Fields(line)
			box.AppendChild(element(oneAtom(r, atom.H1, atom.H2, atom.H2, atom.H3), "", strings.Join(words[:min(8, len(words))], " ")))
		}
		box.AppendChild(element(atom.P, "", line))
	}
	return box
}

// ticker is a list of short news, as it stands above articles.
func ticker(piece func() string, r *rand.Rand) *html.Node {
	box := element(oneAtom(r, atom.Ul, atom.Div), oneOf(r, "", "ticker", "latest", "news-list", "box"), "")
	for range 3 + r.IntN(8) {
		if lines := longLines(piece()); len(lines) > 0 {
			item := element(oneAtom(r, atom.Li, atom.P), "", "")
			a := element(atom.A, "", lines[0])
			a.Attr = []html.Attribute{{Key: "href", Val: "/news/" + oneOf(r, "a", "b", "c") + "-12345.html"}}
			if r.IntN(2) == 0 {
				item.AppendChild(a)
			} else {
				item.AppendChild(&html.Node{Type: html.TextNode, Data: lines[0]})
			}
			box.AppendChild(item)
		}
	}
	return box
}

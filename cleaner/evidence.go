package cleaner

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
	"newsmill/cleaner/loosejson"
	"newsmill/cleaner/script"
)

// rawEvidence is what the walk picks up besides text, before anything is understood.
type rawEvidence struct {
	page     *url.URL // address of the page, where it differs from the base of its links
	metas    []metaTag
	relLinks []relLink
	scripts  []scriptTag
	title    string // <title>
	marked   []marked
	data     []string // attributes that hold long JSON
	langs    int      // elements below <html> with a lang attribute
	count    tally
}

// metaTag is a <meta>; name is its name, property or itemprop, lower case.
type metaTag struct{ name, content string }

// relLink is a <link rel>.
type relLink struct{ rel, href, typ, title, lang string }

// script is a <script> that may hold data.
type scriptTag struct{ id, typ, text string }

// marked is an element that claims a meaning: <time>, rel=author, itemprop, a class like byline.
type marked struct {
	node  *html.Node
	block int // index of the first block at or after its start
	marks marks
	prop  string // itemprop or RDFa property
}

// tally counts elements that tell the kind of a page.
type tally struct {
	elements, articles, mains, headings1, headings, forms, inputs, images, videos, audios, iframes, tables, code, buttons, times, items, paragraphs, navs, asides, figures, selects int

	classes [classKinds]int // words of classes and ids
}

// Bounds on what is kept of a page. Beyond them lie listings and hostile pages, whose first ones say enough.
const (
	maxMarked   = 600
	maxMetas    = 1000
	maxRelLinks = 1000
	maxScripts  = 400 // scripts that may hold data, and so many attributes
	minData     = 400 // bytes; a JSON attribute that holds an article is longer
)

// marks are the meanings that an element's class, id, rel or tag claims.
type marks uint16

const (
	markAuthor marks = 1 << iota
	markDate
	markTime // <time>
	markProp // itemprop or property
	markRelAuthor
	markTags
	markSection
	markModified
)

// observe is called once for each element, with what its class says, in document order, before its children are walked.
func (d *document) observe(n *html.Node, class *classFacts, nextBlock int) {
	raw := &d.raw
	raw.count.elements++
	var m marks
	switch n.DataAtom {
	case atom.Html:
		d.lang = attr(n, "lang")
		if d.lang == "" {
			d.lang = attr(n, "xml:lang")
		}
		return
	case atom.Title:
		if raw.title == "" && n.Namespace == "" {
			raw.title = script.Fold(textOf(n))
		}
		return
	case atom.Meta:
		d.observeMeta(n)
		return
	case atom.Link:
		if len(raw.relLinks) < maxRelLinks {
			raw.relLinks = append(raw.relLinks, relLink{strings.ToLower(script.Cut(attr(n, "rel"), maxClassBytes)), attr(n, "href"), attr(n, "type"), attr(n, "title"), attr(n, "hreflang")})
		}
		return
	case atom.Base:
		if raw.page == nil {
			raw.page = d.base
			if u, err := url.Parse(d.resolve(attr(n, "href"))); err == nil && u.Host != "" {
				d.setBase(u)
			}
		}
		return
	case atom.Script:
		if n.FirstChild != nil && len(raw.scripts) < maxScripts {
			t := strings.ToLower(attr(n, "type"))
			if len(n.FirstChild.Data) > minData || strings.Contains(n.FirstChild.Data, "__next_f") || // a row may be cut anywhere
				strings.Contains(t, "json") {
				raw.scripts = append(raw.scripts, scriptTag{attr(n, "id"), t, n.FirstChild.Data})
			}
		}
		return
	case atom.Time:
		m = markTime
		raw.count.times++
	default:
		raw.count.add(n.DataAtom)
	}
	var prop string
	m |= raw.count.addClass(class.marks, class.kinds)
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "id", "data-testid", "data-qa":
			m |= raw.count.addClass(marksOf(script.Cut(a.Val, maxClassBytes)))
		case "itemprop", "property":
			if a.Val != "" {
				m |= markProp
				prop = script.Cut(a.Val, maxClassBytes)
			}
		case "lang":
			raw.langs++
		case "rel":
			if n.DataAtom == atom.A {
				rel := script.Cut(a.Val, maxClassBytes)
				m |= relMarks(rel)
				if len(raw.relLinks) < maxRelLinks && (strings.Contains(rel, "next") || strings.Contains(rel, "amphtml")) {
					raw.relLinks = append(raw.relLinks, relLink{strings.ToLower(rel), attr(n, "href"), "", "", ""})
				}
			}
		default:
			isData := len(a.Val) > minData && (a.Val[0] == '{' || a.Val[0] == '[') && strings.HasPrefix(a.Key, "data-")
			if isData && len(raw.data) < maxScripts {
				raw.data = append(raw.data, a.Val)
			}
		}
	}
	if m != 0 && len(raw.marked) < maxMarked {
		raw.marked = append(raw.marked, marked{n, nextBlock, m, prop})
	}
}

func (d *document) observeMeta(n *html.Node) {
	if len(d.raw.metas) >= maxMetas {
		return
	}
	var name, content string
	best := 5 // name, property, itemprop, http-equiv: the first of these that is there
	for i := range n.Attr {
		rank := 5
		switch n.Attr[i].Key {
		case "property":
			rank = 1
		case "name":
			rank = 2
		case "itemprop":
			rank = 3
		case "http-equiv":
			rank = 4
		case "content":
			content = n.Attr[i].Val
		case "value":
			if content == "" {
				content = n.Attr[i].Val
			}
		}
		if rank < best && n.Attr[i].Val != "" {
			best, name = rank, n.Attr[i].Val
		}
	}
	if name != "" {
		d.raw.metas = append(d.raw.metas, metaTag{strings.ToLower(strings.TrimSpace(name)), content})
	}
}

func relMarks(rel string) marks {
	switch {
	case strings.Contains(rel, "author"):
		return markRelAuthor
	case rel == "tag" || strings.HasPrefix(rel, "tag ") || strings.HasSuffix(rel, " tag"):
		return markTags
	}
	return 0
}

func (c *tally) add(tag atom.Atom) {
	switch tag {
	case atom.Article:
		c.articles++
	case atom.Main:
		c.mains++
	case atom.H1:
		c.headings1++
	case atom.H2, atom.H3, atom.H4:
		c.headings++
	case atom.Form:
		c.forms++
	case atom.Input, atom.Textarea:
		c.inputs++
	case atom.Select:
		c.selects++
	case atom.Img:
		c.images++
	case atom.Video:
		c.videos++
	case atom.Audio:
		c.audios++
	case atom.Iframe:
		c.iframes++
	case atom.Table:
		c.tables++
	case atom.Pre, atom.Code:
		c.code++
	case atom.Button:
		c.buttons++
	case atom.Li:
		c.items++
	case atom.P:
		c.paragraphs++
	case atom.Nav:
		c.navs++
	case atom.Aside:
		c.asides++
	case atom.Figure:
		c.figures++
	}
}

// addClass counts the words of a class or id and returns the marks that it claims.
func (c *tally) addClass(m marks, kinds []classKind) marks {
	for _, k := range kinds {
		c.classes[k]++
	}
	return m
}

// marksOf reads the words of a class or id: runs of letters, split at capitals ("articleAuthor", "post-date").
func marksOf(s string) (m marks, kinds []classKind) {
	start := true
	for i := 0; i < len(s); i++ {
		b := s[i]
		switch {
		case b >= 'a' && b <= 'z':
			if !start {
				continue
			}
		case b >= 'A' && b <= 'Z':
			if !start && (i+1 == len(s) || s[i+1] < 'a' || s[i+1] > 'z') {
				continue
			}
		default:
			start = true
			continue
		}
		start = false
		for _, w := range classWords[b|0x20] {
			end := i + len(w.prefix)
			if end > len(s) || s[end-1] != w.prefix[len(w.prefix)-1] || s[i+1:end] != w.prefix[1:] {
				continue
			}
			m |= w.marks
			if w.kind != plainClass {
				kinds = append(kinds, w.kind)
			}
		}
	}
	return m, kinds
}

// classKind is what a word in a class or id counts for.
type classKind uint8

const (
	plainClass classKind = iota
	priceClass
	cartClass
	pagerClass
	cardClass
	commentClass
	postClass
	productClass
	galleryClass
	playerClass
	liveClass
	classKinds
)

// classWords are the beginnings of words in classes and ids that claim a meaning, by first letter, with what they add.
var classWords = func() (table ['z' + 1][]classWord) {
	add := func(m marks, kind classKind, words ...string) {
		for _, w := range words {
			table[w[0]] = append(table[w[0]], classWord{w, m, kind})
		}
	}
	add(markAuthor, plainClass, "author", "autor", "auteur", "autore", "byline", "byl", "writer", "reporter", "journalist", "contributor",
		"redakteur", "verfasser", "forfatter", "skribent", "yazar", "muhabir", "creator", "signature", "firma", "writtenby", "schrijver",
		"penulis", "redaktor", "redactor", "autorzy", "upphov", "username")
	add(markDate, plainClass, "date", "datum", "datetime", "timestamp", "time", "published", "publish", "publication", "posted", "pubdate", "fecha",
		"tarih", "dateline", "heure", "uhrzeit", "dato", "entrydate")
	add(markDate|markModified, plainClass, "updated", "modified", "lastmod", "aktualis")
	add(markTags, plainClass, "tag", "tags", "keyword", "topic", "schlagw", "themen")
	add(markSection, plainClass, "breadcrumb", "kicker", "section", "category", "rubrik", "ressort", "channel")
	add(0, priceClass, "price", "preis", "prix", "precio")
	add(0, cartClass, "cart", "basket", "checkout", "addtocart")
	add(0, pagerClass, "pagination", "pager", "pagenav", "loadmore")
	add(0, cardClass, "card", "teaser", "tile", "promo", "grid")
	add(0, commentClass, "comment", "kommentar", "reply", "disqus")
	add(0, postClass, "thread", "forum", "topic", "message", "post")
	add(0, productClass, "product", "produkt", "sku", "variant", "buy")
	add(0, galleryClass, "gallery", "slideshow", "galerie", "carousel", "bilderstrecke", "fotostrecke")
	add(0, playerClass, "player", "video", "jwplayer", "brightcove")
	add(0, liveClass, "live", "liveblog", "ticker")
	return table
}()

type classWord struct {
	prefix string
	marks  marks
	kind   classKind
}

// evidence is rawEvidence understood: what the page says of itself.
type evidence struct {
	doc     *document
	page    *url.URL // address of the page; nil where unknown
	meta    [metaFieldCount][]metaValue
	ld      linkedData
	known   known
	values  []float32 // features of the page, once computed
	isState bool
	state   []stateSource    // read when asked for
	stated  *loosejson.Value // the object of the state that is the article, where its text was taken from there
}

// known is what was found out once and is asked for again.
type known struct {
	titleAt    int // of the block that shows the title, plus 2; 0: not looked for
	title      *article.Value
	titleRest  []article.Value
	titleWords []string
	home       *[]string
	site       map[string]bool
	titles     map[string]bool
	authors    *[]authorCandidate
	published  []dateCandidate
	modified   []dateCandidate
	dated      bool
	unglued    int // blocks that were taken apart
}

// gather understands the raw evidence. Embedded state is left alone until somebody needs it.
func gather(d *document) *evidence {
	ev := &evidence{doc: d, page: d.base, meta: readMetas(d.raw.metas)}
	if d.raw.page != nil {
		ev.page = d.raw.page
	}
	ev.ld = readLinkedData(d.raw.scripts, ev)
	return ev
}

// statedBody is an article's text as the page's data hold it.
type statedBody struct {
	source     string // "jsonld:articleBody", "state:__NEXT_DATA__"
	paragraphs []string
	size       int              // bytes of the paragraphs, of embedded data
	titled     bool             // it stands beside a headline that equals the page's
	article    *loosejson.Value // the object of embedded data that has that headline; nil: none
}

// bodies returns the article texts that the page's data hold, the most trusted first: evidence to compare with the
// blocks, and the article itself where the page shows none. It reads the embedded state, which may be most of the
// page: call it only where needed.
func (ev *evidence) bodies() []statedBody {
	list := ev.ld.bodies()
	for _, s := range ev.stateSources() {
		list = append(list, s.bodies(ev)...)
	}
	return list
}

// said returns the most trusted <meta> value of a field.
func (ev *evidence) said(f metaField) string {
	if len(ev.meta[f]) == 0 {
		return ""
	}
	return ev.meta[f][0].Value.Value
}

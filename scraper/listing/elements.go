package listing

import (
	"bufio"
	"errors"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// elementReader reads a feed or sitemap in markup. It goes by where an element stands, so that url>loc counts and
// url>image>loc doesn't, and forgives what isn't closed: an item ends where the next begins, a field where the next of
// its item begins.
type elementReader struct {
	*reader
	m      *markup
	spaces map[string]space // of prefixes, as declared
	root   string           // the root's prefix: what has it is of the format itself, whatever it is called
	junk   int              // tags before the root

	open   []openElement // root first
	isOpen map[string]int
	item   *item  // under way
	at     int    // how many elements are open within which it stands
	field  string // under way: what its text is
	within int    // how many are open within which that field stands
	text   []byte // of the field

	language string   // of the channel
	home     *url.URL // its page
	docBase  *url.URL // by xml:base of the root and the channel
}

// openElement is an element that is not over.
type openElement struct {
	name  string // with its prefix: what its end tag is called
	local string
	space space
}

// space is what a name belongs to.
type space uint8

const (
	coreSpace   space = iota // RSS, Atom, sitemaps: their names mean the same wherever they stand
	dublinCore               // dc:date, dcterms:issued
	burnerSpace              // feedburner:origLink
	prismSpace               // prism:publicationDate
	newsSpace                // of sitemaps
	rdfSpace
	foreignSpace // media:title is no title
)

// knownSpaces are parts of the names of name spaces, lower case.
var knownSpaces = []struct {
	part  string
	space space
}{
	{"w3.org/2005/atom", coreSpace},
	{"purl.org/atom", coreSpace},
	{"purl.org/rss/1.0/modules", foreignSpace},
	{"purl.org/rss", coreSpace},
	{"purl.org/net/rss", coreSpace},
	{"backend.userland.com/rss", coreSpace},
	{"law.harvard.edu/tech/rss", coreSpace},
	{"my.netscape.com/", coreSpace},
	{"channel.netscape.com/", coreSpace},
	{"schemas/sitemap-news", newsSpace},
	{"schemas/sitemap/", coreSpace},
	{"purl.org/dc/", dublinCore},
	{"rssnamespace.org/feedburner", burnerSpace},
	{"prismstandard.org/", prismSpace},
	{"22-rdf-syntax-ns", rdfSpace},
}

// usualSpaces are those of prefixes that nobody declared.
var usualSpaces = map[string]space{
	"": coreSpace, "atom": coreSpace, "atom10": coreSpace, "a10": coreSpace, "rss": coreSpace, "dc": dublinCore, "dcterms": dublinCore,
	"feedburner": burnerSpace, "prism": prismSpace, "news": newsSpace, "rdf": rdfSpace,
}

func newElementReader(r *reader, in *bufio.Reader) *elementReader {
	return &elementReader{reader: r, m: newMarkup(in), spaces: map[string]space{}, isOpen: map[string]int{}, docBase: r.base}
}

func (r *elementReader) read() error {
	for {
		kind, err := r.m.next()
		if err != nil {
			return r.end(err)
		}
		switch kind {
		case openTag:
			err = r.openTag()
		case closeTag:
			err = r.closeTag(r.m.name)
		case declaration:
			if r.Format == "" && htmlDoctype.Match(r.m.text) {
				err = ErrPage
			}
		case plainText:
			if r.field != "" && len(r.text) <= maxFieldBytes {
				r.text = appendDecoded(r.text, r.m.text[:min(len(r.m.text), maxFieldBytes)])
			}
		case cdataText:
			if r.field != "" && len(r.text) <= maxFieldBytes {
				r.text = append(r.text, r.m.text[:min(len(r.m.text), maxFieldBytes)]...)
			}
		}
		if err != nil {
			return err
		}
	}
}

var htmlDoctype = regexp.MustCompile(`(?i)^doctype\s+html\b`)

// maxFieldBytes bounds a field's text; an address of more is none, and a title is cut.
const maxFieldBytes = 8 << 10

// end is the end of the document: whole or not, what the last item said until then counts.
func (r *elementReader) end(err error) error {
	if r.Format == "" {
		if errors.Is(err, io.EOF) {
			return errNoListing
		}
		return err
	}
	if r.item != nil {
		if err := r.emit(); err != nil {
			return err
		}
	}
	return noEnd(err)
}

func (r *elementReader) openTag() error {
	prefix, local, ok := strings.Cut(r.m.name, ":")
	if !ok {
		prefix, local = "", prefix
	}
	if len(r.m.attrs) > 0 {
		r.declare()
	}
	e := openElement{name: r.m.name, local: local, space: r.spaceOf(prefix)}
	if r.Format == "" {
		return r.begin(e, prefix)
	}
	switch local { // elements of HTML that have no end
	case "br", "img", "hr", "input", "wbr":
		return nil
	}
	if err := r.makeRoom(e); err != nil {
		return err
	}
	if len(r.open) >= maxNesting {
		return errTooDeep
	}
	r.open = append(r.open, e)
	r.isOpen[e.name]++
	r.start(e)
	if r.m.closes {
		return r.closeTag(e.name)
	}
	return nil
}

// declare notes what prefixes mean.
func (r *elementReader) declare() {
	for _, a := range r.m.attrs {
		prefix, ok := strings.CutPrefix(a.name, "xmlns:")
		if !ok || len(r.spaces) >= maxAttrs {
			continue
		}
		is := foreignSpace
		uri := strings.ToLower(a.value)
		for _, k := range knownSpaces {
			if strings.Contains(uri, k.part) {
				is = k.space
				break
			}
		}
		r.spaces[prefix] = is
	}
}

func (r *elementReader) spaceOf(prefix string) space {
	if prefix == r.root && r.Format != "" && prefix != "rdf" {
		return coreSpace
	}
	if s, ok := r.spaces[prefix]; ok {
		return s
	}
	if s, ok := usualSpaces[prefix]; ok {
		return s
	}
	return foreignSpace
}

// maxJunk bounds the tags of what stands before the root: the warnings of the server's program.
const maxJunk = 500

// begin waits for the root element. What comes before it is passed over, unless it is a page's.
func (r *elementReader) begin(e openElement, prefix string) error {
	switch e.local {
	case "rss", "channel":
		r.Format = "rss"
	case "rdf":
		r.Format = "rss"
	case "feed":
		r.Format = "atom"
	case "urlset":
		r.Format = "sitemap"
	case "sitemapindex":
		r.Format = "sitemap_index"
	case "html", "head", "body", "article", "main", "svg", "opml":
		return ErrPage
	default:
		if r.junk++; r.junk > maxJunk {
			return errNoListing
		}
		return nil
	}
	r.root = prefix
	r.open = append(r.open, e)
	r.isOpen[e.name]++
	r.inherit(&r.docBase)
	r.language = r.m.attr("xml:lang")
	return nil
}

// inherit takes an element's xml:base into account.
func (r *elementReader) inherit(base **url.URL) {
	if b := r.m.attr("xml:base"); b != "" {
		if u, ok := Resolve(*base, b); ok {
			if parsed, err := url.Parse(u); err == nil {
				*base = parsed
			}
		}
	}
}

// isItem says whether an element is one of those that are listed.
func (r *elementReader) isItem(e openElement) bool {
	if e.space != coreSpace {
		return false
	}
	if r.isFeed() {
		return e.local == "item" || e.local == "entry"
	}
	return e.local == "url" || e.local == "sitemap"
}

// makeRoom closes what an element shows to be over, though nobody closed it.
func (r *elementReader) makeRoom(e openElement) error {
	if r.isItem(e) && r.item != nil && (r.isFeed() || len(r.open) <= r.at+2) {
		return r.closeTo(r.at)
	}
	if n := len(r.open); r.item != nil && n == r.at+2 && fieldOf(r.open[n-1]) != "" && fieldOf(e) != "" {
		return r.closeTo(n - 1)
	}
	if n := len(r.open); e.name == r.open[max(0, n-1)].name && (e.local == "p" || e.local == "li") {
		return r.closeTo(n - 1)
	}
	return nil
}

// fields are the elements of an item whose text says something. An element that is one has no elements, so the next
// ends it.
var fields = map[space]map[string]string{
	coreSpace: {
		"title": "title", "link": "link", "guid": "guid", "id": "id", "loc": "loc",
		"pubdate": "published", "published": "published", "issued": "issued", "created": "created", "date": "issued",
		"updated": "updated", "modified": "updated", "lastmod": "updated",
	},
	dublinCore: {
		"date": "issued", "issued": "issued", "created": "created", "available": "issued", "modified": "updated", "language": "language",
	},
	prismSpace:  {"publicationdate": "issued", "modificationdate": "updated"},
	burnerSpace: {"origlink": "original"},
}

func fieldOf(e openElement) string { return fields[e.space][e.local] }

// start looks at what an element says by itself, and whether its text is wanted.
func (r *elementReader) start(e openElement) {
	switch parent := r.open[len(r.open)-2]; {
	case r.isItem(e) && r.item == nil:
		r.item = &item{base: r.docBase, about: r.m.attr("rdf:about"), nested: e.local == "sitemap", language: r.m.attr("xml:lang")}
		r.inherit(&r.item.base)
		r.at = len(r.open) - 1
	case r.item == nil:
		r.startOfChannel(e, parent)
	case len(r.open) == r.at+2:
		r.startOfItem(e)
	default:
		r.startOfNews(e, parent)
	}
}

// want begins to collect the text of the element that was opened last, unless one around it is collected.
func (r *elementReader) want(field string) {
	if r.field == "" && field != "" {
		r.field, r.within, r.text = field, len(r.open), r.text[:0]
	}
}

// startOfChannel reads what the feed says of itself.
func (r *elementReader) startOfChannel(e, parent openElement) {
	isChannel := parent.local == "channel" || parent.local == "feed"
	switch {
	case e.space != coreSpace && !(e.space == dublinCore && e.local == "language"):
	case e.local == "channel":
		r.inherit(&r.docBase)
	case !isChannel:
	case e.local == "language":
		r.want("channel language")
	case e.local == "link" && r.m.attr("href") == "":
		r.want("channel link")
	case e.local == "link" && isAlternate(r.m.attr("rel")):
		r.setHome(r.m.attr("href"))
	}
}

func (r *elementReader) setHome(raw string) {
	if u, ok := Resolve(r.docBase, raw); ok && r.home == nil {
		r.home, _ = url.Parse(u)
	}
}

// startOfItem reads an element of an item.
func (r *elementReader) startOfItem(e openElement) {
	it := r.item
	field := fieldOf(e)
	switch {
	case r.isFeed() && field == "loc", !r.isFeed() && e.local != "loc" && e.local != "lastmod":
		return // of the other kind of document
	case field == "link":
		it.link(r.m)
	case field == "guid":
		it.isNoLink = strings.EqualFold(strings.TrimSpace(r.m.attr("ispermalink")), "false")
	}
	r.want(field)
}

// startOfNews reads the news extension of sitemaps: url>news:news>news:publication_date, and the language one deeper.
func (r *elementReader) startOfNews(e, parent openElement) {
	if r.isFeed() || e.space != newsSpace && e.space != coreSpace {
		return
	}
	switch news := r.open[r.at+1]; {
	case news.local != "news":
	case parent == news && e.local == "publication_date":
		r.Format = "news_sitemap"
		r.want("published")
	case parent == news && e.local == "title":
		r.want("title")
	case parent.local == "publication" && e.local == "language":
		r.want("language")
	}
}

func (r *elementReader) closeTag(name string) error {
	if r.isOpen[name] == 0 {
		return nil // of nothing
	}
	for n := len(r.open) - 1; ; n-- {
		if r.open[n].name == name {
			return r.closeTo(n)
		}
	}
}

// closeTo closes all elements but the first n.
func (r *elementReader) closeTo(n int) error {
	for len(r.open) > max(n, 1) {
		last := len(r.open)
		if r.field != "" && r.within == last {
			field := r.field
			r.field = ""
			if err := r.set(field, cleanText(r.text)); err != nil {
				return err
			}
		}
		e := r.open[last-1]
		if r.isOpen[e.name]--; r.isOpen[e.name] == 0 && len(r.isOpen) > maxNesting {
			delete(r.isOpen, e.name)
		}
		r.open = r.open[:last-1]
		if r.item != nil && last-1 == r.at {
			if err := r.emit(); err != nil {
				return err
			}
		}
	}
	return nil
}

// set takes the text of a field.
func (r *elementReader) set(field, value string) error {
	switch {
	case len(r.text) > maxFieldBytes && field != "title" || value == "":
	case field == "channel language":
		r.language = value
	case field == "channel link":
		r.setHome(value)
	case r.item == nil:
	case field == "loc" && r.item.texts[field] != "": // two addresses in one <url>
		nested := r.item.nested
		if err := r.emit(); err != nil {
			return err
		}
		r.item = &item{base: r.docBase, nested: nested}
		r.item.set(field, value)
	default:
		r.item.set(field, value)
	}
	return nil
}

// item is one of the things that a feed or sitemap lists, with the texts of its fields.
type item struct {
	base     *url.URL
	nested   bool
	about    string
	language string
	isNoLink bool // its guid says so
	texts    map[string]string
}

// set keeps the first text of a field.
func (it *item) set(field, value string) {
	if it.texts == nil {
		it.texts = map[string]string{}
	}
	if it.texts[field] == "" && value != "" {
		it.texts[field] = value
	}
}

// isAlternate says whether a link of such a relation leads to the thing itself (RFC 4287, 4.2.7.2, which names it in
// short and in full).
func isAlternate(rel string) bool {
	if strings.TrimSpace(rel) == "" {
		return true
	}
	return slices.ContainsFunc(strings.Fields(strings.ToLower(rel)), func(word string) bool {
		return word[strings.LastIndexAny(word, "/:")+1:] == "alternate"
	})
}

// link reads a link with an address in an attribute.
func (it *item) link(m *markup) {
	href := m.attr("href")
	if href == "" {
		href = m.attr("rdf:resource")
	}
	if href == "" {
		return
	}
	if base := m.attr("xml:base"); base != "" {
		if b, ok := Resolve(it.base, base); ok {
			if u, err := url.Parse(b); err == nil {
				if a, ok := Resolve(u, href); ok {
					href = a
				}
			}
		}
	}
	rel := strings.ToLower(m.attr("rel"))
	switch media := strings.ToLower(m.attr("type")); {
	case isAlternate(rel) && (media == "" || strings.Contains(media, "html")):
		it.set("alternate", href)
	case isAlternate(rel):
		it.set("alternate of another type", href)
	case strings.Contains(rel, "canonical"):
		it.set("canonical", href)
	case rel == "self":
		it.set("self", href)
	}
}

// candidates are the addresses that an item gives, the likeliest first.
func (it *item) candidates() []string {
	t := it.texts
	// FeedBurner puts a counter in place of the address, and the address beside it. A guid is a permalink unless it says
	// otherwise (RSS 2.0), and even so rather the address of the thing than nothing.
	all := []string{t["original"], t["link"], t["alternate"], t["canonical"], t["alternate of another type"]}
	for _, name := range []string{"guid", "id"} {
		if v := t[name]; hasScheme([]byte(v)) || name == "guid" && !it.isNoLink && strings.HasPrefix(v, "/") {
			all = append(all, v)
		}
	}
	return append(all, it.about, t["self"])
}

// emit hands on the item that is under way.
func (r *elementReader) emit() error {
	it := r.item
	r.item = nil
	if it.texts == nil && it.about == "" {
		return nil
	}
	e, ok := r.entryOf(it), false
	if !r.isFeed() {
		if e.URL, ok = Resolve(r.docBase, it.texts["loc"]); ok {
			e.IsNested = it.nested
			return r.add(e)
		}
		return nil
	}
	for _, raw := range it.candidates() {
		if e.URL, ok = Resolve(r.baseOf(it), raw); ok {
			return r.add(e)
		}
	}
	return nil
}

// baseOf is what an item's address is relative to. A feed that another host carries means the page that it is of.
func (r *elementReader) baseOf(it *item) *url.URL {
	if r.home == nil || it.base != r.base || r.base == nil || r.home.Host == r.base.Host {
		return it.base
	}
	return r.home
}

// entryOf is what an item says of its article, but for the address.
func (r *elementReader) entryOf(it *item) Entry {
	e := Entry{Title: titleText(it.texts["title"]), Language: it.language}
	for _, language := range []string{it.texts["language"], r.language} {
		if e.Language == "" {
			e.Language = language
		}
	}
	if len(e.Language) > 35 { // the longest that RFC 5646 asks to keep
		e.Language = ""
	}
	for _, field := range []string{"published", "issued", "created"} {
		if e.PublishedAt.IsZero() {
			e.PublishedAt = r.time(it.texts[field], e.Language)
		}
	}
	e.ModifiedAt = r.time(it.texts["updated"], e.Language)
	if e.PublishedAt.IsZero() && r.isFeed() {
		e.PublishedAt = e.ModifiedAt // Atom needs no other: published then at the latest
	}
	return e
}

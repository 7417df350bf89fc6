package cleaner

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"iter"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/unicode/norm"

	"newsmill/cleaner/article"
	"newsmill/cleaner/charset"
	"newsmill/cleaner/htmltree"
	"newsmill/cleaner/script"
)

// document is a page after its one walk: blocks in order, the elements that hold them, and the raw evidence.
type document struct {
	work

	base     *url.URL           // for relative links; nil when the page has no address
	origin   string             // scheme and host of base, "https://post.example"; "" where they are not plain
	folder   string             // base up to the last solidus, "https://post.example/sport/"; "" where it is not plain
	source   Page               // as it came
	queries  *encoding.Encoding // in which the queries of its links are written, that being UTF-8 where it is a nil one; nil: nobody asked yet
	lang     string             // <html lang>
	lines    bool               // made from plain text
	root     *html.Node
	blocks   []block
	elements []element
	links    []article.Link
	linkAt   []int32 // for each of links, the index of the block that it stands in, or that follows it
	figures  []figure
	raw      rawEvidence

	measures []measure   // by block of the page, once they have labels
	features *featurizer // of a page, then
}

// element is a block-level element of the tree, without its text. Index 0 is the root; parents come first.
type element struct {
	parent int32
	depth  int32
	tag    atom.Atom // 0: a custom element
	node   *html.Node
	class  string // the first of its classes

	words      vocabulary // what its class, id and the like speak of
	sig        uint64     // hash of tag and class, digits folded
	firstBlock int32      // its blocks are [firstBlock, endBlock)
	endBlock   int32
	flags      elementFlags
	lists      uint16 // around it, itself among them
}

// nowhere is the element of what has none: no tag, no class, nothing around it.
var nowhere = element{parent: -1, node: &html.Node{}}

// element returns an element by its index. It is the only way to one, and total: a block that the page's data or a plain
// text gave has no element, and stands nowhere.
func (d *document) element(i int32) *element {
	if i < 0 {
		return &nowhere
	}
	return &d.elements[i]
}

// elementFlags are what attributes and ancestors say of an element; they are inherited.
type elementFlags uint16

const (
	hiddenElement   elementFlags = 1 << iota // hidden, aria-hidden, display:none
	noscriptElement                          // shown only where scripts don't run
	inForm
	inNav
	inAside
	inFooter
	inHeader
	inArticle
	inMain
	inFigure
	inTable
	inList
	inQuote
	inButton
	inSection
	isArticleBody // itemprop=articleBody or the like, on the element or above it
)

// block is a run of text between two block boundaries.
type block struct {
	text      string         // white space folded, as a reader sees it; "\n" where a BreakSpan says so
	spans     []article.Span // inline structure of text
	el        int32          // the innermost block-level element around it
	kind      blockKind
	level     int   // of a heading; depth of a list item
	figure    int32 // index into figures when inside one; else -1
	linkChars int   // runes inside links
	boldChars int   // runes inside strong and b
	chars     int   // runes

	tight bool // of a line of plain text: no empty line above it, in a text that has such

	wrap  vocabulary // what the inline elements around the whole of it speak of
	opens vocabulary // what the inline elements that it begins with speak of
	links int32      // number of links
	imgs  int32      // number of pictures since the block before

	start, end int // in the walker's text

	label  article.Label
	reason string
	score  float64
	lang   string // where it is not the article's
}

// blockKind is what the markup claims a block to be.
type blockKind uint8

const (
	textBlock blockKind = iota
	paragraphBlock
	headingBlock
	itemBlock
	quoteBlock
	cellBlock
	captionBlock
	preBlock
	listedBlock // of plain text: an address in the list that text browsers print after a page
)

// figure is a picture, frame or embedded post with the index of the block that follows it.
type figure struct {
	node   *html.Node
	el     int32
	holder int32 // the <figure> around it; -1: none
	before int   // index of the block that follows it
}

// Bytes of a page for each of its blocks and block-level elements: half of the pages have more. Room for them from the
// start spares copies while they grow.
const (
	blockBytes   = 750
	elementBytes = 330
)

// segment parses the page and walks it once.
func (d *document) segment(text string, p Page) error {
	d.source = p
	if u, err := url.Parse(p.URL); err == nil && u.Host != "" {
		d.setBase(u)
	}
	if p.Input == TextInput || p.Input == DetectInput && !charset.IsHTML(text, p.ContentType) {
		return d.segmentLines(text)
	}
	root, err := htmltree.Parse(text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTooManyTags, err)
	}
	d.root = root
	d.blocks = make([]block, 0, 16+len(text)/blockBytes)
	d.elements = make([]element, 0, elementsIn(text))
	w := walker{doc: d, figure: -1, buf: make([]byte, 0, len(text)/4)}
	if w.walk(root); !w.full() {
		w.finish()
	}
	if w.full() {
		return fmt.Errorf("%w: more than %d", ErrTooLong, maxBlocks)
	}
	return nil
}

// walker turns the tree into blocks. All text goes into one buffer; blocks are cut from it at the end.
type walker struct {
	pictures int // short <noscript> elements so far
	doc      *document
	buf      []byte
	start    int // where the current block begins in buf
	spans    []article.Span
	stack    []int32      // block-level elements open
	inlines  []openInline // inline elements open
	linked   int          // inline links open
	bold     int          // strong elements open
	hidden   int          // inline elements open that are hidden
	marked   int          // inline elements open that make spans
	verse    int          // pre elements open
	quoted   int          // quotations open
	lined    *html.Node   // the pre that is open and holds lines as elements

	chars, linkChars, boldChars int
	links, imgs                 int32
	space                       bool // white space seen since the last letter
	brs                         int  // line breaks seen since the last letter
	high                        bool // the block has letters that may need composing

	coverEnd int        // where the outermost inline element that began with the block ended
	cover    vocabulary // what such elements speak of
	opens    vocabulary
	figure   int32 // the <figure> element that is open; -1: none

	classes   classCache
	linkBytes int // of the addresses of links so far
}

type openInline struct {
	node  *html.Node
	kind  article.SpanKind
	span  bool // makes a span
	start int  // in buf; where its part in the current block begins
	begin bool // began with the block
	words vocabulary
	url   string
	link  int32 // index into links; -1: none
	block int32 // the block in which it opened
	hid   bool

	closing string // of a quotation: its mark
}

// tagKind is how the walk treats an element.
type tagKind uint8

const (
	blockTag  tagKind = iota
	inlineTag         // its text flows with its neighbours'
	skipTag           // its text is not shown
	holdTag           // void or replaced: no text, but it may be a picture
)

// kindOfTag: what browsers show as inline (HTML standard, section 15.3), what they never show as text, and the rest.
func kindOfTag(tag atom.Atom) tagKind {
	switch tag {
	case atom.A, atom.Abbr, atom.Acronym, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Cite, atom.Code, atom.Data, atom.Del, atom.Dfn,
		atom.Em, atom.Font, atom.I, atom.Ins, atom.Kbd, atom.Label, atom.Mark, atom.Math, atom.Meter, atom.Nobr, atom.Option, atom.Optgroup,
		atom.Output, atom.Q, atom.Rb, atom.Ruby, atom.S, atom.Samp, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub,
		atom.Sup, atom.Time, atom.Tt, atom.U, atom.Var, atom.Picture:
		return inlineTag
	case atom.Script, atom.Style, atom.Template, atom.Svg, atom.Object, atom.Iframe, atom.Canvas, atom.Audio, atom.Video, atom.Title,
		atom.Datalist, atom.Noembed, atom.Noframes, atom.Progress,
		atom.Rp, atom.Rt, atom.Rtc: // how a word is read stands above it, and is no part of it
		return skipTag
	case atom.Img, atom.Source, atom.Wbr, atom.Input, atom.Meta, atom.Link, atom.Embed, atom.Track, atom.Area, atom.Base, atom.Param, atom.Col:
		return holdTag
	}
	return blockTag
}

func (w *walker) current() int32 {
	if len(w.stack) == 0 {
		return -1
	}
	return w.stack[len(w.stack)-1]
}

// walk visits the tree without recursion, so that depth costs no stack.
func (w *walker) walk(root *html.Node) {
	n := root
	for {
		if w.full() {
			return
		}
		if w.enter(n) && n.FirstChild != nil {
			n = n.FirstChild
			continue
		}
		w.leave(n)
		for n != root && n.NextSibling == nil {
			n = n.Parent
			w.leave(n)
		}
		if n == root {
			return
		}
		n = n.NextSibling
	}
}

// full reports whether the page has more blocks than any may have.
func (w *walker) full() bool { return len(w.doc.blocks) > maxBlocks }

// enter reports whether to go into the node's children.
func (w *walker) enter(n *html.Node) bool {
	if w.lined != nil {
		return w.enterLine(n)
	}
	switch n.Type {
	case html.TextNode:
		w.text(n.Data)
		return false
	case html.DocumentNode:
		return true
	case html.ElementNode:
	default:
		return false
	}
	class := w.classes.facts(attr(n, "class"))
	w.doc.observe(n, class, len(w.doc.blocks))
	switch n.DataAtom {
	case atom.Br:
		w.brs++
		if w.verse > 0 {
			w.text("\n")
		} else if w.brs >= 2 {
			w.flush()
		}
		return false
	case atom.Noscript:
		if !w.openNoscript(n) {
			return false
		}
	case atom.Img:
		if isFormulaImage(n) {
			w.text(script.Cut(attr(n, "alt"), maxFormulaBytes))
		} else {
			w.picture(n)
		}
		return false
	case atom.Math:
		w.formula(n)
		return false
	case atom.Script:
		if strings.HasPrefix(attr(n, "type"), "math/tex") && !isRendered(n) {
			w.text(textUpTo(n, maxFormulaBytes))
		}
		return false
	case 0:
		switch n.Data {
		case "amp-img", "amp-youtube":
			w.picture(n)
		case "mjx-container":
			if w.drawn(n) {
				return false
			}
		}
	case atom.Iframe, atom.Blockquote:
		w.embed(n)
	case atom.Td, atom.Span:
		if (w.verse > 0 || n.DataAtom == atom.Td) && isLineNumber(n) {
			return false
		}
	}
	switch w.kindOf(n) {
	case skipTag:
		return false
	case holdTag:
		return false
	case inlineTag:
		if n.DataAtom == atom.Span {
			switch spanUse(n) {
			case forEars:
				return false
			case lineBreak:
				w.brs++
				return false
			case formulaSpan:
				if w.drawn(n) {
					return false
				}
			}
		}
		w.openInline(n, class)
	default:
		w.flush()
		w.open(n, class)
	}
	return true
}

// spanUses are what a class can make of a <span> besides text.
type spanUses uint8

const (
	plainSpan   spanUses = iota
	forEars              // read out by screen readers, not shown: "opens in a new window"
	lineBreak            // empty, and shown as a line break
	formulaSpan          // a formula, as a script shows it and once more as MathML
)

func spanUse(n *html.Node) spanUses {
	for class := range strings.FieldsSeq(classList(n)) {
		switch class {
		case "sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader", "u-visually-hidden", "is-visually-hidden", "u-sr-only":
			return forEars // the names of Bootstrap, Tailwind, WordPress and Drupal, and their common prefixes
		case "br":
			if n.FirstChild == nil {
				return lineBreak
			}
		case "katex", "MathJax", "MathJax_CHTML", "MathJax_SVG", "mwe-math-element":
			return formulaSpan
		case "MathJax_Preview":
			return forEars
		}
	}
	return plainSpan
}

func (w *walker) kindOf(n *html.Node) tagKind {
	k := kindOfTag(n.DataAtom)
	switch {
	case n.DataAtom == 0:
		if n.Namespace == "math" || strings.HasPrefix(n.Data, "mjx-") {
			return inlineTag
		}
		if n.Data == "amp-img" { // what follows an unclosed one stands inside it
			return inlineTag
		}
	case n.DataAtom == atom.Template && (attr(n, "shadowrootmode") != "" || attr(n, "shadowroot") != ""):
		return blockTag // declarative shadow trees are shown
	}
	return k
}

// openNoscript parses what a noscript element holds when it is more than a picture or a tracking pixel: some sites
// put whole articles there. It reports whether there is anything to read.
func (w *walker) openNoscript(n *html.Node) bool {
	c := n.FirstChild
	if c == nil || c.Type != html.TextNode || c.NextSibling != nil {
		return c != nil
	}
	isPicture, isShort := strings.Contains(c.Data, "<img"), len(c.Data) < minNoscriptBytes
	if isShort {
		if w.pictures++; !isPicture || w.pictures > maxNoscriptPictures {
			return false
		}
		if _, isKnown := pictureBeside(n); isKnown {
			return false
		}
	}
	nodes, err := htmltree.ParseFragment(c.Data)
	if err != nil {
		return false
	}
	if isPicture {
		if img, alone := pictureAlone(nodes); alone {
			w.pictureOf(n, img)
			return false
		} else if isShort {
			return false
		}
	}
	n.RemoveChild(c)
	for _, m := range nodes {
		n.AppendChild(m)
	}
	return true
}

// pictureAlone returns the last picture of a fragment, and whether that holds nothing else.
func pictureAlone(nodes []*html.Node) (img *html.Node, alone bool) {
	visited := 0
	for _, top := range nodes {
		for n := range withDescendants(top) {
			if visited++; visited > maxVisited || n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
				return nil, false
			}
			if n.DataAtom == atom.Img {
				img = n
			}
		}
	}
	return img, img != nil
}

// withDescendants goes through a node and what is below it.
func withDescendants(n *html.Node) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		if !yield(n) {
			return
		}
		for d := range n.Descendants() {
			if !yield(d) {
				return
			}
		}
	}
}

// pictureOf records the picture of a <noscript> that stands in for one beside it, which a script would load, and that says
// its address nowhere else. Other pictures there count visits.
func (w *walker) pictureOf(noscript, img *html.Node) {
	if hides(attr(img, "style")) || tiny(pixels(attr(img, "width"))) || tiny(pixels(attr(img, "height"))) {
		return
	}
	isBeside, isKnown := pictureBeside(noscript)
	if isBeside = isBeside || w.figure >= 0 || attr(img, "alt") != "" || attr(img, "srcset") != ""; isBeside && !isKnown {
		w.doc.figures = append(w.doc.figures, figure{node: img, el: w.current(), holder: w.figure, before: len(w.doc.blocks)})
	}
}

// pictureBeside reports whether a picture stands beside an element, and whether one says its address.
func pictureBeside(of *html.Node) (isBeside, isKnown bool) {
	for _, n := range [...]*html.Node{elementBefore(of), elementAfter(of)} {
		if n == nil {
			continue
		}
		visited := 0
		for d := range withDescendants(n) {
			if d.DataAtom == atom.Img {
				if isBeside = true; pictureSource(d) != "" {
					return true, true
				}
			}
			if visited++; visited > maxSources {
				break
			}
		}
	}
	return isBeside, false
}

// elementBefore and elementAfter return the element beside a node with nothing but white space between; nil if there is none.
func elementBefore(n *html.Node) *html.Node {
	for n = n.PrevSibling; n != nil && n.Type != html.ElementNode; n = n.PrevSibling {
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
			return nil
		}
	}
	return n
}

func elementAfter(n *html.Node) *html.Node {
	for n = n.NextSibling; n != nil && n.Type != html.ElementNode; n = n.NextSibling {
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
			return nil
		}
	}
	return n
}

// elementsIn is about how many elements a page has: growing the list of a million, step by step, takes longer than reading
// the page.
func elementsIn(text string) int {
	usual := 32 + len(text)/elementBytes
	if strings.Count(text, "<") < 16*usual {
		return usual
	}
	return strings.Count(text, "<") - strings.Count(text, "</")
}

func (w *walker) open(n *html.Node, class *classFacts) {
	d, parent := w.doc, w.current()
	e := element{parent: parent, depth: int32(len(w.stack)), tag: n.DataAtom, node: n, class: class.first, firstBlock: int32(len(d.blocks))}
	around := d.element(parent)
	e.flags, e.lists = around.flags, around.lists
	switch n.DataAtom {
	case atom.Ul, atom.Ol, atom.Dl:
		e.lists++
	}
	e.flags |= tagFlags(n.DataAtom)
	e.read(n, class)
	i := int32(len(d.elements))
	d.elements = append(d.elements, e)
	w.stack = append(w.stack, i)
	switch n.DataAtom {
	case atom.Figure:
		if w.figure < 0 {
			w.figure = i
		}
	case atom.Pre, atom.Textarea:
		w.verse++
		if n.DataAtom == atom.Pre && w.hasLines(n) {
			w.lined = n
		}
	}
}

func tagFlags(tag atom.Atom) elementFlags {
	switch tag {
	case atom.Form:
		return inForm
	case atom.Nav:
		return inNav
	case atom.Aside:
		return inAside
	case atom.Footer:
		return inFooter
	case atom.Header:
		return inHeader
	case atom.Article:
		return inArticle
	case atom.Main:
		return inMain
	case atom.Figure, atom.Figcaption:
		return inFigure
	case atom.Table:
		return inTable
	case atom.Ul, atom.Ol, atom.Dl, atom.Menu:
		return inList
	case atom.Blockquote:
		return inQuote
	case atom.Button, atom.Select, atom.Textarea:
		return inButton
	case atom.Section:
		return inSection
	case atom.Noscript:
		return noscriptElement
	}
	return 0
}

// read takes in the attributes that say something about an element's role.
func (e *element) read(n *html.Node, class *classFacts) {
	e.words = class.words
	e.sig = (uint64(e.tag)*0x9e3779b97f4a7c15 + 1) ^ class.hash
	if e.tag == 0 {
		e.words |= wordsIn(n.Data)
		e.sig = mix(e.sig, n.Data)
	}
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "id", "data-testid", "data-component", "data-qa", "data-type", "data-module", "aria-label", "role", "data-module-name", "name":
			e.words |= wordsIn(a.Val)
		case "itemprop":
			e.words |= wordsIn(a.Val)
			if strings.Contains(strings.ToLower(script.Cut(a.Val, maxClassBytes)), "articlebody") {
				e.flags |= isArticleBody
			}
		case "hidden":
			e.flags |= hiddenElement
		case "aria-hidden":
			if a.Val == "true" {
				e.flags |= hiddenElement
			}
		case "style":
			if hides(a.Val) {
				e.flags |= hiddenElement
			}
		}
	}
}

// hides reports whether a style attribute takes the element off the screen.
func hides(style string) bool {
	style = script.Cut(style, maxStyleBytes)
	for declaration := range strings.SplitSeq(style, ";") {
		name, value, ok := strings.Cut(declaration, ":")
		if !ok {
			continue
		}
		value = strings.ToLower(strings.TrimSpace(value))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "display":
			ok = strings.HasPrefix(value, "none")
		case "visibility":
			ok = strings.HasPrefix(value, "hidden")
		case "font-size":
			ok = value == "0" || strings.HasPrefix(value, "0px")
		case "left", "top", "text-indent":
			ok = strings.HasPrefix(value, "-9999") || strings.HasPrefix(value, "-10000")
		default:
			ok = false
		}
		if ok {
			return true
		}
	}
	return false
}

// classFacts is what a class list says.
type classFacts struct {
	words vocabulary
	hash  uint64 // digits folded; 0: no class
	marks marks
	kinds []classKind
	first string // of its classes
}

// classCache remembers what a page's class lists say: two in three are those of an element before. One that falls together
// with another takes its place.
type classCache [256]struct {
	class string
	facts classFacts
}

var classSeed = maphash.MakeSeed() // decides only which classes fall together

func (c *classCache) facts(class string) *classFacts {
	class = script.Cut(class, maxClassBytes)
	entry := &c[0] // that of no class, all zero
	if class != "" {
		entry = &c[1+maphash.String(classSeed, class)%(uint64(len(c))-1)]
	}
	if entry.class != class {
		entry.class = class
		entry.facts = classFacts{words: wordsIn(class), hash: mix(0, class), first: firstClass(class)}
		entry.facts.marks, entry.facts.kinds = marksOf(class)
	}
	return &entry.facts
}

func firstClass(class string) string {
	const space = " \t\n"
	class = strings.TrimLeft(class, space)
	if end := strings.IndexAny(class, space); end >= 0 {
		return class[:end]
	}
	return class
}

// mix hashes a class list into h; digits count as one sign, so that "teaser-12" and "teaser-13" are alike.
func mix(h uint64, s string) uint64 {
	digit := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= '0' && c <= '9' {
			if digit {
				continue
			}
			digit, c = true, '#'
		} else {
			digit = false
		}
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	return h
}

func (w *walker) openInline(n *html.Node, class *classFacts) {
	in := openInline{node: n, words: class.words, start: w.next(), begin: len(w.buf) == w.start, link: -1, block: int32(len(w.doc.blocks))}
	switch n.DataAtom {
	case atom.A:
		w.linked++
		in.kind = article.LinkSpan
		if len(w.doc.links) < maxLinks && w.linkBytes < maxLinkBytes {
			in.url = w.doc.resolve(attr(n, "href"))
			w.linkBytes += len(in.url)
		}
		if in.url != "" {
			in.span = true
			in.link = int32(len(w.doc.links))
			w.doc.links = append(w.doc.links, article.Link{URL: in.url, Rel: script.Cut(attr(n, "rel"), maxClassBytes)})
			w.doc.linkAt = append(w.doc.linkAt, in.block)
		}
		w.links++
	case atom.B, atom.Strong:
		w.bold++
		in.kind, in.span = article.StrongSpan, true
	case atom.I, atom.Em:
		in.kind, in.span = article.EmphasisSpan, true
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt:
		in.kind, in.span = article.CodeSpan, true
	case atom.Sup:
		in.kind, in.span = article.SuperscriptSpan, true
	case atom.Sub:
		in.kind, in.span = article.SubscriptSpan, true
	case atom.Q:
		in.closing = w.openQuote(n)
	case atom.Option:
		w.space = true
	}
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "id", "itemprop", "data-testid", "rel", "data-component":
			in.words |= wordsIn(a.Val)
		case "hidden":
			in.hid = true
		case "style":
			in.hid = in.hid || hides(a.Val)
		}
	}
	if in.hid {
		w.hidden++
	}
	if in.begin {
		w.opens |= in.words
	}
	if in.span = in.span && w.marked < maxSpansOpen; in.span {
		w.marked++
	}
	w.inlines = append(w.inlines, in)
}

// next is where the next letter will stand in buf.
func (w *walker) next() int {
	if len(w.buf) > w.start && (w.space || w.brs > 0) {
		return len(w.buf) + 1
	}
	return len(w.buf)
}

func (w *walker) leave(n *html.Node) {
	if n.Type != html.ElementNode {
		return
	}
	if k := len(w.inlines) - 1; k >= 0 && w.inlines[k].node == n {
		w.closeInline(k)
		return
	}
	k := len(w.stack) - 1
	if k < 0 || w.doc.element(w.stack[k]).node != n {
		if w.lined != nil && isLine(n) {
			w.newLine()
		}
		return
	}
	if w.lined == n {
		w.lined = nil
	}
	w.flush()
	i := w.stack[k]
	w.doc.element(i).endBlock = int32(len(w.doc.blocks))
	w.stack = w.stack[:k]
	if w.figure == i {
		w.figure = -1
	}
	if n.DataAtom == atom.Pre || n.DataAtom == atom.Textarea {
		w.verse--
	}
}

func (w *walker) closeInline(k int) {
	in := &w.inlines[k]
	if in.closing != "" {
		w.closeQuote(in.closing)
	}
	w.endSpan(in)
	if in.span {
		w.marked--
	}
	switch in.kind {
	case article.LinkSpan:
		if in.node.DataAtom == atom.A {
			w.linked--
		}
	case article.StrongSpan:
		w.bold--
	}
	if in.hid {
		w.hidden--
	}
	if in.begin && len(w.buf) > w.start {
		if w.coverEnd < len(w.buf) {
			w.coverEnd, w.cover = len(w.buf), 0
		}
		w.cover |= in.words
	}
	if in.link >= 0 && in.block < int32(len(w.doc.blocks)) {
		w.anchorAcross(in)
	}
	w.inlines = w.inlines[:k]
}

// endSpan records the part of an inline element that stands in the current block.
func (w *walker) endSpan(in *openInline) {
	if in.span && len(w.buf) > in.start {
		s := article.Span{Kind: in.kind, Start: in.start, End: len(w.buf), URL: in.url}
		w.spans = append(w.spans, s)
		if in.link >= 0 && w.doc.links[in.link].Anchor == "" && in.block == int32(len(w.doc.blocks)) {
			w.doc.links[in.link].Anchor = w.words(in.start, maxAnchorBytes)
		}
	}
}

// anchorAcross gives a link around whole blocks its words.
func (w *walker) anchorAcross(in *openInline) {
	d := w.doc
	from := w.start
	if int(in.block) < len(d.blocks) {
		from = d.blocks[in.block].start
	}
	d.links[in.link].Anchor = script.Fold(w.words(from, maxAcrossBytes))
}

// words returns what is in the buffer from a byte on, up to so many bytes.
func (w *walker) words(from, most int) string {
	return script.Cut(string(w.buf[from:min(len(w.buf), from+most+utf8.UTFMax)]), most)
}

// text adds a text node to the current block.
func (w *walker) text(s string) {
	if w.verse > 0 {
		w.verbatim(s)
		return
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c <= ' ' || c == deleteByte {
			w.space = true
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			switch spacing(r) {
			case spaceRune:
				w.space = true
				i += size
				continue
			case noRune:
				i += size
				continue
			}
		}
		w.gap()
		// A run of visible text up to the next white space.
		j, chars := i, 0
		for j < len(s) && s[j] > ' ' && s[j] != deleteByte {
			if s[j] < utf8.RuneSelf {
				j++
				chars++
				continue
			}
			r, size := utf8.DecodeRuneInString(s[j:])
			if spacing(r) != plainRune {
				break
			}
			if r >= 0x300 {
				w.high = true
			}
			j += size
			chars++
		}
		w.buf = append(w.buf, s[i:j]...)
		w.count(chars)
		i = j
	}
}

// verbatim keeps line breaks and indentation.
func (w *walker) verbatim(s string) {
	if len(w.buf) == w.start {
		s = strings.TrimLeft(s, "\r\n")
	}
	for _, r := range s {
		switch {
		case r == '\r' || spacing(r) == noRune:
			continue
		case r == '\t', r == '\n':
		case r < ' ', r >= deleteByte && r < 0xa0:
			r = ' '
		}
		if r >= 0x300 {
			w.high = true
		}
		w.buf = utf8.AppendRune(w.buf, r)
		w.count(1)
	}
}

func (w *walker) count(chars int) {
	w.chars += chars
	if w.linked > 0 {
		w.linkChars += chars
	}
	if w.bold > 0 {
		w.boldChars += chars
	}
}

// gap writes the space or line break that stands before the next letter.
func (w *walker) gap() {
	if len(w.buf) > w.start {
		if w.brs > 0 {
			w.spans = append(w.spans, article.Span{Kind: article.BreakSpan, Start: len(w.buf), End: len(w.buf) + 1})
			w.buf = append(w.buf, '\n')
			w.count(1)
		} else if w.space {
			w.buf = append(w.buf, ' ')
			w.count(1)
		}
	}
	w.space, w.brs = false, 0
}

const deleteByte = 0x7f // the control character DEL

// runeKind is what a character is to the walk.
type runeKind uint8

const (
	plainRune runeKind = iota
	spaceRune
	noRune // not there for a reader
)

func spacing(r rune) runeKind {
	switch {
	case r < 0xa0:
		if r > 0x7e {
			return spaceRune // delete and the C1 controls
		}
	case r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a, r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000:
		return spaceRune
	case r == 0xad, r == 0x200b, r == 0x2060, r == 0xfeff:
		return noRune
	}
	return plainRune
}

// flush ends the current block.
func (w *walker) flush() {
	w.doc.spend(1 + len(w.inlines))
	end := len(w.buf)
	if w.verse > 0 {
		for end > w.start && w.buf[end-1] <= ' ' {
			end--
		}
		w.buf = w.buf[:end]
	}
	for k := range w.inlines {
		w.endSpan(&w.inlines[k])
	}
	if end > w.start {
		w.addBlock(end)
		end = len(w.buf) // composing may have made it shorter
	}
	w.start = end
	w.spans = w.spans[:0]
	w.chars, w.linkChars, w.boldChars, w.links = 0, 0, 0, 0
	w.space, w.brs, w.high = false, 0, false
	w.coverEnd, w.cover, w.opens = 0, 0, 0
	for k := range w.inlines {
		in := &w.inlines[k]
		in.start, in.begin = end, true
		w.opens |= in.words
		if in.kind == article.LinkSpan && in.node.DataAtom == atom.A {
			w.links++
		}
	}
}

func (w *walker) addBlock(end int) {
	d, el := w.doc, w.current()
	b := block{
		start: w.start, end: end, el: el, figure: -1, chars: w.chars, linkChars: w.linkChars, boldChars: w.boldChars,
		links: w.links, imgs: w.imgs, opens: w.opens,
	}
	if w.coverEnd == end {
		b.wrap = w.cover
	}
	for k := range w.inlines { // these hold all of the block and more
		b.wrap |= w.inlines[k].words
	}
	if len(w.spans) > 0 {
		b.spans = make([]article.Span, 0, len(w.spans))
		for _, s := range w.spans {
			s.Start, s.End = s.Start-w.start, min(s.End, end)-w.start
			if s.Kind != article.BreakSpan && s.Start < s.End && w.buf[w.start+s.Start] == ' ' {
				s.Start++
			}
			if s.Start < s.End {
				b.spans = append(b.spans, s)
			}
		}
		sortSpans(b.spans)
	}
	if w.figure >= 0 {
		b.figure = w.figure // an element for now; finish turns it into a figure
	}
	b.kind, b.level = w.markup(el)
	if w.high && !norm.NFC.IsNormal(w.buf[w.start:end]) {
		w.compose(&b)
	}
	w.imgs = 0
	d.blocks = append(d.blocks, b)
}

// compose puts the block's text into Unicode NFC, span by span so that the spans stay where they are.
func (w *walker) compose(b *block) {
	text := append([]byte(nil), w.buf[b.start:b.end]...)
	moved := make(map[int]int, 2*len(b.spans)+2) // old offset to new
	for _, s := range b.spans {
		moved[s.Start], moved[s.End] = 0, 0
	}
	var out []byte // apart: a mark that begins the block must not join the letter that ends the one before
	from := 0
	for i := 0; i <= len(text); i++ {
		if _, cut := moved[i]; cut || i == len(text) {
			out = norm.NFC.Append(out, text[from:i]...)
			from = i
			moved[i] = len(out)
		}
	}
	spans := b.spans[:0]
	for _, s := range b.spans {
		s.Start, s.End = letterAt(out, moved[s.Start]), letterAt(out, moved[s.End])
		if s.Start < s.End {
			spans = append(spans, s)
		}
	}
	b.spans = spans
	w.buf = append(w.buf[:b.start], out...)
	b.end = len(w.buf)
}

// letterAt returns the beginning of the letter that byte i is in: a mark inside a span may have joined a letter before it.
func letterAt(text []byte, i int) int {
	i = min(i, len(text))
	for i > 0 && i < len(text) && !utf8.RuneStart(text[i]) {
		i--
	}
	return i
}

// sortSpans orders spans by start, outer before inner.
func sortSpans(spans []article.Span) {
	slices.SortStableFunc(spans, func(a, b article.Span) int { return cmp.Or(a.Start-b.Start, b.End-a.End) })
}

// finish cuts the texts of the blocks out of the buffer and ties blocks to pictures.
func (w *walker) finish() {
	d := w.doc
	w.flush()
	all := string(w.buf)
	firstIn := map[int32]int32{}
	for i := len(d.figures) - 1; i >= 0; i-- {
		if h := d.figures[i].holder; h >= 0 {
			firstIn[h] = int32(i)
		}
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		b.text = all[b.start:b.end]
		if b.figure >= 0 {
			if f, ok := firstIn[b.figure]; ok {
				b.figure = f
			} else {
				b.figure = -1
			}
		}
	}
}

// markup says what the elements around a block claim it to be.
func (w *walker) markup(el int32) (blockKind, int) {
	d := w.doc
	for hops := 0; el >= 0 && hops < 4; el, hops = d.element(el).parent, hops+1 {
		e := d.element(el)
		switch e.tag {
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			return headingBlock, int(e.node.Data[1] - '0')
		case atom.Li, atom.Dd, atom.Dt:
			return itemBlock, max(1, int(e.lists))
		case atom.Blockquote:
			return quoteBlock, 0
		case atom.Td, atom.Th:
			return cellBlock, 0
		case atom.Figcaption, atom.Figure:
			return captionBlock, 0
		case atom.Pre:
			return preBlock, 0
		case atom.P:
			if e.parent >= 0 {
				if k, l := w.markup(e.parent); k == quoteBlock || k == itemBlock || k == captionBlock {
					return k, l
				}
			}
			return paragraphBlock, 0
		}
	}
	return textBlock, 0
}

// picture records an image; what it shows is read when the article is known (figure.go).
func (w *walker) picture(n *html.Node) {
	w.imgs++
	if attr(n, "width") == "1" || attr(n, "height") == "1" { // a tracking pixel
		return
	}
	w.doc.figures = append(w.doc.figures, figure{node: n, el: w.current(), holder: w.figure, before: len(w.doc.blocks)})
}

// embed records a frame, or a quote that a script turns into a post of another site.
func (w *walker) embed(n *html.Node) {
	if n.DataAtom == atom.Iframe || embedClass(classList(n)) != "" {
		if n.DataAtom == atom.Blockquote { // a block of its own: the text above it ends here
			w.flush()
		}
		w.doc.figures = append(w.doc.figures, figure{node: n, el: w.current(), holder: w.figure, before: len(w.doc.blocks)})
	}
}

// pixels reads a width or height; 0 means unknown.
func pixels(s string) int {
	n := 0
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9' && n < 100_000; i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// setBase sets the address that links are relative to.
func (d *document) setBase(u *url.URL) {
	d.base, d.origin, d.folder = u, "", ""
	if origin := u.Scheme + "://" + u.Host; u.User != nil || !article.IsPlainURL(origin+"/") {
		return
	}
	d.origin = u.Scheme + "://" + u.Host
	path := u.EscapedPath()
	if folder := path[:strings.LastIndexByte(path, '/')+1]; folder == "" {
		d.folder = d.origin + "/"
	} else if isPlainPath(path) {
		d.folder = d.origin + folder
	}
}

// resolve returns the absolute http(s) address of a reference, without its fragment; "" if it has none.
func (d *document) resolve(ref string) string {
	if len(ref) > article.MaxURLBytes {
		return ""
	}
	ref, _, _ = strings.Cut(strings.TrimSpace(ref), "#")
	if ref == "" {
		return ""
	}
	if whole, ok := d.resolvePlain(ref); ok {
		return whole
	}
	return d.resolveAny(ref)
}

func (d *document) resolveAny(ref string) string {
	s, err := article.ResolveURLIn(d.base, ref, d.queryEncoding(ref))
	if err != nil {
		return ""
	}
	return s
}

// queryEncoding is the encoding in which browsers write the query of a reference: that of the page. Nil is UTF-8.
func (d *document) queryEncoding(ref string) encoding.Encoding {
	query := strings.IndexByte(ref, '?')
	if query < 0 || script.IsASCII(ref[query:]) {
		return nil
	}
	if d.queries == nil {
		d.queries = linkEncoding(d.source)
	}
	return *d.queries
}

// linkEncoding is the encoding in which a page's links are written; nil: UTF-8.
func linkEncoding(p Page) *encoding.Encoding {
	name := p.decodedAs
	if name == "utf-8" && script.IsASCII(string(p.Body)) { // any encoding has those bytes: what counts is what the page says
		if claims := charset.Declared(p.Body, p.ContentType, p.Input == TextInput); len(claims) > 0 {
			name = claims[0]
		}
	}
	enc, err := htmlindex.Get(name)
	if err != nil || enc == encoding.Replacement || strings.HasPrefix(name, "utf-") {
		enc = nil
	}
	return &enc
}

// resolvePlain does what resolveAny does, if ok, for the references that most links are: those in which nothing would have to
// be escaped or taken away. Pages have hundreds, and the parser takes its time.
func (d *document) resolvePlain(ref string) (whole string, ok bool) {
	path, query, hasQuery := strings.Cut(ref, "?")
	if !isPlainPath(path) || hasQuery && !isPlainQuery(query) {
		return "", isForeign(ref)
	}
	scheme, host, hasHost := strings.Cut(path, "//")
	slash := ""
	if !hasQuery && !strings.Contains(host, "/") { // a host alone
		slash = "/"
	}
	switch {
	case hasHost && scheme == "" && d.origin != "":
		whole = d.base.Scheme + ":" + ref + slash
		return whole, article.IsPlainURL(whole)
	case hasHost && (scheme == "https:" || scheme == "http:"):
		whole = ref + slash
		return whole, article.IsPlainURL(whole)
	case strings.HasPrefix(path, "/"):
		return d.origin + ref, d.origin != "" && !strings.HasPrefix(path, "//")
	case path != "" && path[0] != '.' && !strings.Contains(path, ":"):
		return d.folder + ref, d.folder != ""
	}
	return "", isForeign(ref)
}

// isForeign reports whether a reference has a scheme that is none of the web: "mailto:", "javascript:", … A feed reader's
// "feed:" is.
func isForeign(ref string) bool {
	for i := range len(ref) {
		switch c := ref[i]; {
		case c == ':':
			scheme := strings.ToLower(ref[:i])
			return i > 0 && scheme != "http" && scheme != "https" && scheme != "feed"
		case 'a' <= c|0x20 && c|0x20 <= 'z', i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return false
}

// isPlainPath reports whether a path, or what comes before it, stands in an address as it is.
func isPlainPath(path string) bool {
	for i := range len(path) {
		switch c := path[i]; {
		case c == '%':
			if i+2 >= len(path) || !script.IsHex(path[i+1]) || !script.IsHex(path[i+2]) || path[i+1:i+3] == "2e" || path[i+1:i+3] == "2E" {
				return false
			}
		case !plainURL[c] || c == '.' && i > 0 && path[i-1] == '/':
			return false
		}
	}
	return true
}

// isPlainQuery reports whether a query stands in an address as it is.
func isPlainQuery(query string) bool {
	for i := range len(query) {
		switch c := query[i]; {
		case c <= ' ', c >= 0x7f, c == '"', c == '\'', c == '<', c == '>':
			return false
		}
	}
	return query != ""
}

// plainURL are the characters that stand in paths as they are.
var plainURL = func() (t [256]bool) {
	for c := '0'; c <= 'z'; c++ {
		t[c] = c <= '9' || c >= 'a' || c >= 'A' && c <= 'Z'
	}
	for _, c := range "-_.~/=&,:;+!@" {
		t[c] = true
	}
	return t
}()

// classList returns the classes of an element, as far as they are looked at.
func classList(n *html.Node) string { return script.Cut(attr(n, "class"), maxClassBytes) }

func attr(n *html.Node, name string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == name {
			return n.Attr[i].Val
		}
	}
	return ""
}

// textOf returns the text of an element that names something, as far as anything has a name.
func textOf(n *html.Node) string { return textUpTo(n, maxVisited) }

// textUpTo returns the text of an element up to so many bytes or nodes.
func textUpTo(n *html.Node, limit int) string {
	var sb strings.Builder
	visited := 0
	for c := n.FirstChild; c != nil; {
		if visited++; visited > limit || sb.Len() > limit {
			break
		}
		if c.Type == html.TextNode {
			sb.WriteString(script.Cut(c.Data, max(0, limit-sb.Len())))
		}
		if c.FirstChild != nil {
			c = c.FirstChild
			continue
		}
		for c != n && c.NextSibling == nil {
			c = c.Parent
		}
		if c == n {
			break
		}
		c = c.NextSibling
	}
	return sb.String()
}

// plain returns the text of a block in the same way.
func (b *block) plain() string { return (&article.Node{Text: b.text, Spans: b.spans}).PlainText() }

// appendRaised gives what stands in a line from a byte on, in a <sup> or <sub>, its sign.
func appendRaised(line []byte, start int, tag atom.Atom) []byte {
	from := letterAt(line, max(0, start-article.MaxRaised))
	s := article.Span{Kind: article.SuperscriptSpan, Start: start - from, End: len(line) - from}
	if tag == atom.Sub {
		s.Kind = article.SubscriptSpan
	}
	return append(line[:start], s.Plain(string(line[from:]))...)
}

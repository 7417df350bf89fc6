package cleaner

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// structure makes the article's body and the fields that stand beside it (pictures, notes, live updates, links) out
// of the labelled blocks. It runs after describe, so it knows the page's type and lead image.
func structure(r *Result, d *document) {
	a := &r.Article
	s := newStructurer(d)
	s.acceptMedia()
	s.attachCaptions()
	for i := range d.blocks {
		s.mediaBefore(i)
		if d.blocks[i].label.Class() == Body {
			s.body(i)
		}
	}
	s.mediaBefore(len(d.blocks) + 1)
	s.closeTo(0)
	s.placePending()
	a.Body = s.nodes
	a.Text = plainText(a.Body)
	s.notes(a)
	s.images(a)
	a.Links = collectLinks(nil, a.Body)
	if a.PageType == PageLiveBlog && len(a.Updates) == 0 {
		a.Updates = s.updates()
	}
}

// structurer builds nodes from blocks in order. Containers (lists, items, quotes) stay open while blocks of the
// same element follow.
type structurer struct {
	doc    *document
	places []place
	nodes  []Node
	open   []frame
	media  []medium // the pictures and embeds that belong to the article, in order
	next   int      // index into media of the next one to place
	held   []Node   // figures met inside an open container, placed after it

	tables map[int32]*tableGrid // by element; nil grid: a table of layout
	lone   map[int]int          // captions without a picture: block -> index into media
}

// place is what the structurer knows of an element.
type place struct {
	container int32 // the nearest list, item, quote or table at or above it; -1: none
	figure    int32 // the nearest <figure> at or above it; -1: none
	last      int32 // the last element inside it
	lo, hi    int32 // the blocks inside it: [lo, hi)
	body      int32 // how many of them are body
}

// frame is an open container.
type frame struct {
	el   int32
	node Node
}

// maxNesting bounds how deep lists and quotes nest; what is deeper stays at that depth. News nests at most three.
const maxNesting = 12

func newStructurer(d *document) *structurer {
	s := &structurer{doc: d, places: make([]place, len(d.elements))}
	for i := range d.elements {
		e, p := &d.elements[i], &s.places[i]
		p.container, p.figure, p.last = -1, -1, int32(i)
		p.lo, p.hi = int32(len(d.blocks)), 0
		if e.parent >= 0 {
			p.container, p.figure = s.places[e.parent].container, s.places[e.parent].figure
		}
		switch e.tag {
		case atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Blockquote, atom.Table:
			p.container = int32(i)
		case atom.Figure:
			p.figure = int32(i)
		}
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.el < 0 {
			continue
		}
		p := &s.places[b.el]
		p.lo, p.hi = min(p.lo, int32(i)), max(p.hi, int32(i)+1)
		if b.label.Class() == Body {
			p.body++
		}
	}
	for i := len(d.elements) - 1; i > 0; i-- {
		parent := d.elements[i].parent
		if parent < 0 {
			continue
		}
		c, p := &s.places[i], &s.places[parent]
		p.last = max(p.last, c.last)
		p.lo, p.hi = min(p.lo, c.lo), max(p.hi, c.hi)
		p.body += c.body
	}
	return s
}

// outer returns the container around a container, -1 if there is none.
func (s *structurer) outer(el int32) int32 {
	if p := s.doc.elements[el].parent; p >= 0 {
		return s.places[p].container
	}
	return -1
}

// body adds block i to the nodes.
func (s *structurer) body(i int) {
	b := &s.doc.blocks[i]
	if grid, ok := s.gridOf(b.el); ok && grid != nil {
		if grid.done {
			return
		}
		grid.done = true
		s.closeTo(0)
		s.placePending()
		s.add(grid.node(s.doc))
		return
	}
	if s.doc.lines && b.tight && s.joinLine(i) {
		return
	}
	s.enter(b)
	n := Node{Kind: ParagraphNode, Text: b.text, Spans: b.spans, Block: i}
	switch b.label {
	case Heading:
		n.Kind, n.Level = HeadingNode, min(max(b.level, 2), 6)
	case Preformatted:
		n.Kind = PreformattedNode
	case ListItem:
		s.item(n)
		return
	}
	s.add(n)
}

// joinLine adds a line of plain text to the node of the line above it, where no empty line is between them.
func (s *structurer) joinLine(i int) bool {
	b := &s.doc.blocks[i]
	if b.label != Paragraph && b.label != Standfirst || len(s.nodes) == 0 || len(s.open) > 0 {
		return false
	}
	n := &s.nodes[len(s.nodes)-1]
	if n.Kind != ParagraphNode || n.Block < 0 || s.doc.blocks[i-1].label.Class() != Body {
		return false
	}
	at := len(n.Text)
	n.Text += "\n" + b.text
	n.Spans = append(slices.Clip(n.Spans), Span{Kind: BreakSpan, Start: at, End: at + 1})
	for _, sp := range b.spans {
		sp.Start, sp.End = sp.Start+at+1, sp.End+at+1
		n.Spans = append(n.Spans, sp)
	}
	return true
}

// enter opens and closes containers so that the innermost open one is where the block goes.
func (s *structurer) enter(b *block) {
	var chain [maxNesting]int32
	depth := 0
	el := int32(-1)
	if b.el >= 0 {
		el = s.places[b.el].container
	}
	wanted := func(el int32) bool {
		if slices.ContainsFunc(s.open, func(f frame) bool { return f.el == el }) {
			return true
		}
		switch s.doc.elements[el].tag {
		case atom.Blockquote:
			return b.label == Quote
		case atom.Table:
			return false
		}
		return b.label == ListItem
	}
	for ; el >= 0; el = s.outer(el) {
		if !wanted(el) {
			continue
		}
		if depth == maxNesting {
			copy(chain[:], chain[1:])
			depth--
		}
		chain[depth] = el
		depth++
	}
	slices.Reverse(chain[:depth])
	same := 0
	for same < depth && same < len(s.open) && s.open[same].el == chain[same] {
		same++
	}
	s.closeTo(same)
	if depth == 0 {
		switch {
		case b.label == ListItem: // a list without markup: "• " lines
			if s.looseList() {
				return
			}
			s.placePending()
			s.push(-1, Node{Kind: ListNode, Block: -1})
			return
		case b.label == Quote:
			s.placePending()
			s.push(-2, Node{Kind: QuoteNode, Block: -1})
			return
		}
		s.placePending()
		return
	}
	for _, el := range chain[same:depth] {
		if len(s.open) == 0 {
			s.placePending()
		}
		switch tag := s.doc.elements[el].tag; tag {
		case atom.Ul, atom.Ol, atom.Dl:
			s.push(el, Node{Kind: ListNode, Ordered: tag == atom.Ol, Block: -1})
		case atom.Blockquote:
			s.push(el, Node{Kind: QuoteNode, Block: -1})
		default:
			if len(s.open) == 0 || s.open[len(s.open)-1].node.Kind != ListNode {
				s.push(-1, Node{Kind: ListNode, Block: -1})
			}
			s.push(el, Node{Kind: ItemNode, Block: -1})
		}
	}
}

// looseList reopens the list without markup that the last node is, if it is one.
func (s *structurer) looseList() bool {
	last := len(s.nodes) - 1
	if last < 0 || s.nodes[last].Kind != ListNode || s.nodes[last].Block != -1 || len(s.held) > 0 {
		return false
	}
	list := s.nodes[last]
	if !s.loose(&list) {
		return false
	}
	s.nodes = s.nodes[:last]
	s.open = append(s.open, frame{-1, list})
	return true
}

// loose reports whether a list was made of blocks outside any list element.
func (s *structurer) loose(list *Node) bool {
	if len(list.Children) == 0 {
		return false
	}
	b := list.Children[0].Block
	if b < 0 {
		return false
	}
	el := s.doc.blocks[b].el
	return el < 0 || s.places[el].container < 0
}

// item adds a list item's text to the open item, or a new item to the open list.
func (s *structurer) item(n Node) {
	top := &s.open[len(s.open)-1].node
	if top.Kind == ItemNode {
		if top.Text == "" && len(top.Children) == 0 {
			top.Text, top.Spans, top.Block = n.Text, n.Spans, n.Block
			return
		}
		top.Children = append(top.Children, n)
		return
	}
	n.Kind = ItemNode
	if s.open[len(s.open)-1].el < 0 {
		n.Text, n.Spans = withoutBullet(n.Text, n.Spans)
	}
	if top.Kind != ListNode { // a quote that ends a chain of its own
		s.push(-1, Node{Kind: ListNode, Block: -1})
		top = &s.open[len(s.open)-1].node
	}
	top.Children = append(top.Children, n)
}

// withoutBullet cuts the bullet off a line of a list, so that its rendering adds no second one.
func withoutBullet(text string, spans []Span) (string, []Span) {
	r, size := utf8.DecodeRuneInString(text)
	if !strings.ContainsRune("•●▪■◦‣⁃*-–—·▶►➤✓✔", r) || len(text) <= size || text[size] != ' ' {
		return text, spans
	}
	size++
	moved := make([]Span, 0, len(spans))
	for _, sp := range spans {
		if sp.End > size {
			sp.Start, sp.End = max(0, sp.Start-size), sp.End-size
			moved = append(moved, sp)
		}
	}
	return text[size:], moved
}

func (s *structurer) push(el int32, n Node) { s.open = append(s.open, frame{el, n}) }

// closeTo closes containers until n are open.
func (s *structurer) closeTo(n int) {
	for len(s.open) > n {
		last := s.open[len(s.open)-1].node
		s.open = s.open[:len(s.open)-1]
		s.add(last)
	}
}

// add puts a node into the innermost open container.
func (s *structurer) add(n Node) {
	if len(s.open) == 0 {
		s.nodes = append(s.nodes, n)
		return
	}
	top := &s.open[len(s.open)-1].node
	if top.Kind == ListNode && n.Kind != ItemNode {
		n = Node{Kind: ItemNode, Children: []Node{n}, Block: -1}
	}
	top.Children = append(top.Children, n)
}

// A table of data becomes a TableNode; one of layout is read through as if it were not there.

// tableGrid is a table of data.
type tableGrid struct {
	rows   [][]gridCell
	header bool
	done   bool
}

type gridCell struct{ lo, hi int32 } // blocks [lo, hi)

// Bounds on a table, since colspan="9007199254740991" costs a byte and would cost us the memory.
const (
	maxColumns = 100  // news tables have at most a few dozen
	maxCells   = 1e5  // 1,000 rows of 100: a whole election by ward
	longCell   = 400  // runes: a cell longer than that is a column of prose
	maxSpan    = 1000 // as browsers bound colspan (HTML Living Standard 4.9.11)
)

// gridOf returns the outermost table of data around an element; ok is false where there is no table.
func (s *structurer) gridOf(el int32) (*tableGrid, bool) {
	if el < 0 {
		return nil, false
	}
	found := false
	for c := s.places[el].container; c >= 0; c = s.outer(c) {
		if s.doc.elements[c].tag != atom.Table {
			continue
		}
		found = true
		grid, known := s.tables[c]
		if !known {
			grid = s.readTable(c)
			if s.tables == nil {
				s.tables = map[int32]*tableGrid{}
			}
			s.tables[c] = grid
		}
		if grid != nil {
			return grid, true
		}
	}
	return nil, found
}

// readTable returns the grid of a table of data, nil for one of layout: one that says so, holds other tables or
// long prose, or has fewer than two rows or columns of article text.
func (s *structurer) readTable(table int32) *tableGrid {
	node := s.doc.elements[table].node
	if role := attr(node, "role"); role == "presentation" || role == "none" {
		return nil
	}
	grid := &tableGrid{}
	var below []int // how many more rows a cell above covers each column
	cells, filled, heads, wide := 0, 0, 0, 0
	for el := table + 1; el <= s.places[table].last; el++ {
		switch s.doc.elements[el].tag {
		case atom.Table:
			return nil
		case atom.Tr:
			grid.rows = append(grid.rows, nil)
			heads = 0
		case atom.Td, atom.Th:
			if len(grid.rows) == 0 {
				continue
			}
			last := len(grid.rows) - 1
			row := grid.rows[last]
			for len(row) < len(below) && below[len(row)] > 0 {
				below[len(row)]--
				row = append(row, gridCell{})
			}
			cell := gridCell{s.places[el].lo, s.places[el].hi}
			size := 0
			for i := cell.lo; i < cell.hi; i++ {
				if b := &s.doc.blocks[i]; b.label.Class() == Body {
					size += utf8.RuneCountInString(b.text)
				}
			}
			if size > longCell {
				return nil
			}
			if size > 0 {
				filled++
			}
			across, down := spanOf(s.doc.elements[el].node, "colspan"), spanOf(s.doc.elements[el].node, "rowspan")
			for c := range across {
				if len(row) >= maxColumns {
					break
				}
				if c == 0 {
					row = append(row, cell)
				} else {
					row = append(row, gridCell{})
				}
				for len(below) < len(row) {
					below = append(below, 0)
				}
				below[len(row)-1] = down - 1
			}
			if s.doc.elements[el].tag == atom.Th {
				heads++
			}
			if last == 0 {
				grid.header = heads > 0 && heads >= len(row)-1
			}
			grid.rows[last] = row
			wide = max(wide, len(row))
			if cells++; cells > maxCells {
				return nil
			}
		}
	}
	grid.rows = slices.DeleteFunc(grid.rows, func(row []gridCell) bool { return !s.hasBody(row) })
	if len(grid.rows) < 2 || wide < 2 || filled < 3 {
		return nil
	}
	return grid
}

func (s *structurer) hasBody(row []gridCell) bool {
	for _, c := range row {
		for i := c.lo; i < c.hi; i++ {
			if s.doc.blocks[i].label.Class() == Body {
				return true
			}
		}
	}
	return false
}

func spanOf(n *html.Node, name string) int {
	v, err := strconv.Atoi(strings.TrimSpace(attr(n, name)))
	if err != nil || v < 1 {
		return 1
	}
	return min(v, maxSpan)
}

func (g *tableGrid) node(d *document) Node {
	n := Node{Kind: TableNode, Header: g.header, Block: -1, Rows: make([][]Node, len(g.rows))}
	for i, row := range g.rows {
		n.Rows[i] = make([]Node, len(row))
		for j, c := range row {
			cell := Node{Block: -1}
			for k := c.lo; k < c.hi; k++ {
				b := &d.blocks[k]
				if b.label.Class() != Body {
					continue
				}
				if cell.Block < 0 {
					cell.Text, cell.Spans, cell.Block = b.text, b.spans, int(k)
					continue
				}
				at := len(cell.Text) + 1
				cell.Text += " " + b.text
				cell.Spans = slices.Clip(cell.Spans)
				for _, sp := range b.spans {
					sp.Start, sp.End = sp.Start+at, sp.End+at
					cell.Spans = append(cell.Spans, sp)
				}
			}
			n.Rows[i][j] = cell
		}
	}
	return n
}

// Pictures and embeds.

// medium is a picture or an embed of the article.
type medium struct {
	image  Image
	embed  string // address of what is embedded; empty: a picture
	title  string // of the embed
	el     int32
	before int // it stands before this block
}

// observeMedia notes pictures and embedded players and posts as the walk meets them; acceptMedia judges them when
// the labels are known.
func (d *document) observeMedia(n *html.Node, el int32, nextBlock int) {
	switch n.DataAtom {
	case atom.Img, atom.Iframe, atom.Embed:
	case atom.Blockquote:
		if embedClass(attr(n, "class")) == "" {
			return
		}
	case 0:
		if n.Data != "amp-img" && n.Data != "amp-youtube" {
			return
		}
	default:
		return
	}
	if len(d.figures) < maxFigures {
		d.figures = append(d.figures, figure{node: n, el: el, before: nextBlock})
	}
}

// maxFigures bounds the pictures noted on a page. The largest galleries measured have a few hundred.
const maxFigures = 5000

// acceptMedia picks the pictures and embeds that belong to the article: those among its blocks, and those between
// its title and its first block, unless they stand in a teaser, a link to elsewhere, or are too small to show anything.
func (s *structurer) acceptMedia() {
	if s.doc.lines || len(s.doc.figures) == 0 {
		return
	}
	first, last, head := -1, -1, 0
	for i := range s.doc.blocks {
		switch b := &s.doc.blocks[i]; {
		case b.label.Class() == Body || b.label == Caption:
			if first < 0 {
				first = i
			}
			last = i
		case first < 0 && (b.label == Title || b.label == Byline || b.label == Date) && head == 0:
			head = i
		}
	}
	if first < 0 {
		return
	}
	inner := s.bodyElement()
	seen := map[string]bool{}
	for _, f := range s.doc.figures {
		inside := inner >= 0 && f.el >= inner && f.el <= s.places[inner].last && f.before >= first && f.before <= last+1
		if !inside && (f.before < head || f.before > last) {
			continue
		}
		if !s.belongs(f, inner) {
			continue
		}
		m, ok := s.read(f)
		if !ok {
			continue
		}
		key := m.embed
		if key == "" {
			key = pictureKey(m.image.URL)
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		s.media = append(s.media, m)
	}
}

// bodyElement returns the innermost element that holds all of the body, -1 if there is none.
func (s *structurer) bodyElement() int32 {
	if len(s.places) == 0 || s.places[0].body == 0 {
		return -1
	}
	total := s.places[0].body
	for i := len(s.places) - 1; i > 0; i-- {
		if s.places[i].body == total {
			return int32(i)
		}
	}
	return 0
}

// belongs reports whether the text closest to a picture is the article's, and not a teaser's or a banner's.
func (s *structurer) belongs(f figure, inner int32) bool {
	if link := linkAround(f.node); link != "" && s.places0(f.el).figure < 0 && !isPictureURL(link) {
		return false
	}
	for el := f.el; el >= 0 && el != inner; el = s.doc.elements[el].parent {
		switch s.doc.elements[el].tag {
		case atom.Nav, atom.Footer, atom.Aside, atom.Form:
			if s.places[el].body == 0 {
				return false
			}
		}
		p := &s.places[el]
		if p.body > 0 {
			return true
		}
		noise := 0
		for i := p.lo; i < p.hi; i++ {
			switch l := s.doc.blocks[i].label; {
			case l == Caption || l == Credit || l == Title || l == Standfirst:
				return true
			case l.Class() == Noise && l != GalleryControl:
				noise++
			}
		}
		if noise > 0 {
			return false
		}
	}
	return true
}

func (s *structurer) places0(el int32) place {
	if el < 0 {
		return place{container: -1, figure: -1}
	}
	return s.places[el]
}

// linkAround returns the href of the link that holds a node, looking three levels up.
func linkAround(n *html.Node) string {
	for i := 0; i < 3 && n.Parent != nil; i++ {
		n = n.Parent
		if n.DataAtom == atom.A {
			return attr(n, "href")
		}
	}
	return ""
}

func isPictureURL(u string) bool {
	if i := strings.IndexAny(u, "?#"); i >= 0 {
		u = u[:i]
	}
	dot := strings.LastIndexByte(u, '.')
	if dot < 0 {
		return false
	}
	switch strings.ToLower(u[dot+1:]) {
	case "jpg", "jpeg", "png", "gif", "webp", "avif", "tif", "tiff":
		return true
	}
	return false
}

// pictureKey is the same for the sizes and formats of a picture that differ in the query only.
func pictureKey(u string) string {
	if i := strings.IndexAny(u, "?#"); i > 0 {
		q := u[i:]
		u = u[:i]
		// Resizing services carry the picture's own address in the query.
		if j := strings.Index(q, "http"); j >= 0 {
			return q[j:]
		}
	}
	return strings.TrimPrefix(strings.TrimPrefix(u, "https:"), "http:")
}

// read turns a noted element into a picture or embed; ok is false where it shows nothing.
func (s *structurer) read(f figure) (medium, bool) {
	m := medium{el: f.el, before: f.before}
	switch f.node.DataAtom {
	case atom.Iframe, atom.Embed:
		src := attr(f.node, "src")
		for _, name := range [...]string{"data-src", "data-lazy-src", "data-url"} {
			if src == "" || src == "about:blank" {
				src = attr(f.node, name)
			}
		}
		m.embed = publicEmbed(s.doc.resolve(src))
		m.title = fold(attr(f.node, "title"))
		return m, m.embed != ""
	case atom.Blockquote:
		m.embed = s.doc.resolve(firstOf(attr(f.node, "cite"), attr(f.node, "data-instgrm-permalink"), lastHref(f.node)))
		m.title = embedClass(attr(f.node, "class"))
		return m, m.embed != ""
	}
	if f.node.Data == "amp-youtube" {
		if id := attr(f.node, "data-videoid"); id != "" {
			m.embed, m.title = "https://www.youtube.com/watch?v="+url.QueryEscape(id), "YouTube"
		}
		return m, m.embed != ""
	}
	m.image.Width, m.image.Height = pixels(attr(f.node, "width")), pixels(attr(f.node, "height"))
	if tiny(m.image.Width) || tiny(m.image.Height) || isOrnament(f.node) {
		return m, false
	}
	m.image.URL = s.doc.resolve(pictureSource(f.node))
	m.image.Alt = fold(attr(f.node, "alt"))
	return m, m.image.URL != ""
}

func tiny(px int) bool { return px > 0 && px < 64 } // icons and portraits of authors

func pixels(v string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(v), "px"))
	if err != nil || n < 0 || n > 1e5 {
		return 0
	}
	return n
}

// isOrnament reports whether an image is of the page, not of the article, by what its markup and address say.
func isOrnament(n *html.Node) bool {
	for _, name := range [...]string{"class", "id", "src", "alt", "data-src"} {
		v := strings.ToLower(attr(n, name))
		if len(v) > 512 || strings.HasPrefix(v, "data:") {
			continue
		}
		for _, word := range [...]string{"avatar", "logo", "icon", "emoji", "spacer", "sprite", "pixel", "tracking", "wp-smiley", "badge", "author-photo", "gravatar"} {
			if i := strings.Index(v, word); i >= 0 && (i == 0 || !isWordByte(v[i-1])) && (i+len(word) == len(v) || !isWordByte(v[i+len(word)]) || v[i+len(word)] == 's') {
				return true
			}
		}
	}
	return false
}

// pictureSource returns the address of an image, past the placeholders of lazy loading.
func pictureSource(n *html.Node) string {
	for _, name := range [...]string{"data-src", "data-original", "data-lazy-src", "data-lazy", "data-full-src", "data-image", "data-original-src", "src"} {
		if v := strings.TrimSpace(attr(n, name)); v != "" && !isPlaceholder(v) {
			return v
		}
	}
	for _, name := range [...]string{"data-srcset", "data-lazy-srcset", "srcset"} {
		if v := largestOf(attr(n, name)); v != "" {
			return v
		}
	}
	if n.Parent != nil && n.Parent.DataAtom == atom.Picture {
		for c := n.Parent.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom != atom.Source {
				continue
			}
			if v := largestOf(firstOf(attr(c, "data-srcset"), attr(c, "srcset"))); v != "" {
				return v
			}
		}
	}
	return ""
}

func isPlaceholder(src string) bool {
	if strings.HasPrefix(src, "data:") || strings.HasPrefix(src, "{") || strings.HasPrefix(src, "[") {
		return true
	}
	name := strings.ToLower(src[strings.LastIndexByte(src, '/')+1:])
	for _, word := range [...]string{"placeholder", "blank.", "spacer", "1x1", "transparent", "loading.", "lazy.", "grey.", "gray.", "dummy."} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// largestOf returns the widest candidate of a srcset (HTML Living Standard 4.8.4.2.1).
func largestOf(srcset string) string {
	best, bestSize := "", -1.0
	for srcset = strings.TrimSpace(srcset); srcset != ""; srcset = strings.TrimLeft(srcset, " \t\n\r\f,") {
		end := strings.IndexFunc(srcset, unicode.IsSpace)
		if end < 0 {
			end = len(srcset)
		}
		address := strings.TrimRight(srcset[:end], ",")
		descriptor := ""
		comma := len(address) < end // no descriptor: the comma ends it
		srcset = srcset[end:]
		if !comma {
			if end = strings.IndexByte(srcset, ','); end < 0 {
				end = len(srcset)
			}
			descriptor = strings.TrimSpace(srcset[:end])
			srcset = srcset[end:]
		}
		size := 1.0
		if d := strings.TrimRight(descriptor, "wx"); d != descriptor {
			if v, err := strconv.ParseFloat(d, 64); err == nil {
				size = v
			}
		}
		if address != "" && !isPlaceholder(address) && size > bestSize {
			best, bestSize = address, size
		}
	}
	return best
}

// embedHosts are the hosts whose frames are content: players, posts, charts and maps. Other frames are mostly
// advertisements and trackers.
var embedHosts = map[string]string{
	"youtube.com": "YouTube", "youtube-nocookie.com": "YouTube", "youtu.be": "YouTube", "vimeo.com": "Vimeo", "dailymotion.com": "Dailymotion",
	"twitter.com": "X", "x.com": "X", "instagram.com": "Instagram", "tiktok.com": "TikTok", "facebook.com": "Facebook",
	"bsky.app": "Bluesky", "threads.net": "Threads", "reddit.com": "Reddit", "t.me": "Telegram",
	"spotify.com": "Spotify", "soundcloud.com": "SoundCloud", "podcasts.apple.com": "Apple Podcasts", "acast.com": "Acast",
	"datawrapper.de": "Datawrapper", "dwcdn.net": "Datawrapper", "flourish.studio": "Flourish", "infogram.com": "Infogram",
	"documentcloud.org": "DocumentCloud", "bilibili.com": "Bilibili", "youku.com": "Youku", "v.qq.com": "Tencent Video",
	"vk.com": "VK", "rutube.ru": "RUTUBE", "ok.ru": "OK", "twitch.tv": "Twitch", "nicovideo.jp": "Niconico", "naver.com": "Naver",
	"openstreetmap.org": "OpenStreetMap", "google.com/maps": "Google Maps",
}

// publicEmbed returns the address at which a reader can see what a frame shows; empty for frames that are no content.
func publicEmbed(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	name := embedName(host, u.Path)
	if name == "" {
		return ""
	}
	switch name {
	case "YouTube":
		if id, ok := strings.CutPrefix(u.Path, "/embed/"); ok && id != "" && id != "videoseries" {
			return "https://www.youtube.com/watch?v=" + url.QueryEscape(id)
		}
	case "Vimeo":
		if id, ok := strings.CutPrefix(u.Path, "/video/"); ok && id != "" {
			return "https://vimeo.com/" + url.PathEscape(id)
		}
	case "Facebook":
		if href := u.Query().Get("href"); href != "" {
			return href
		}
		if !strings.Contains(u.Path, "video") && !strings.Contains(u.Path, "post") {
			return "" // like buttons
		}
	}
	return address
}

func embedName(host, path string) string {
	if strings.HasSuffix(host, "google.com") && strings.HasPrefix(path, "/maps") {
		return "Google Maps"
	}
	for h := host; h != ""; {
		if name := embedHosts[h]; name != "" {
			return name
		}
		_, rest, ok := strings.Cut(h, ".")
		if !ok {
			break
		}
		h = rest
	}
	return ""
}

// embedClass names the service whose script turns a quote into an embedded post.
func embedClass(class string) string {
	for c := range strings.FieldsSeq(class) {
		switch c {
		case "twitter-tweet", "twitter-video":
			return "X"
		case "instagram-media":
			return "Instagram"
		case "tiktok-embed":
			return "TikTok"
		case "bluesky-embed":
			return "Bluesky"
		case "reddit-embed-bq":
			return "Reddit"
		case "text-post-media":
			return "Threads"
		}
	}
	return ""
}

// lastHref returns the target of the last link in an element: in an embedded post, the post's own address.
func lastHref(n *html.Node) string {
	href := ""
	for d := range n.Descendants() {
		if d.DataAtom == atom.A {
			if v := attr(d, "href"); v != "" {
				href = v
			}
		}
	}
	return href
}

// mediaBefore places the pictures that stand before block i.
func (s *structurer) mediaBefore(i int) {
	for ; s.next < len(s.media) && s.media[s.next].before <= i; s.next++ {
		m := &s.media[s.next]
		if m.embed != "" {
			name := firstOf(m.title, m.embed)
			s.held = append(s.held, Node{Kind: EmbedNode, Text: name, Spans: []Span{{Kind: LinkSpan, End: len(name), URL: m.embed}}, Block: -1})
			continue
		}
		s.held = append(s.held, Node{Kind: FigureNode, Image: &m.image, Block: -1})
	}
	if len(s.open) == 0 {
		s.placePending()
	}
}

// placePending puts the pictures held back by an open container into the body.
func (s *structurer) placePending() {
	if len(s.open) > 0 || len(s.held) == 0 {
		return
	}
	s.nodes = append(s.nodes, s.held...)
	s.held = s.held[:0]
}

// attachCaptions gives each caption and credit to its picture: the one in the same <figure>, else the one right
// before it, else the one right after it. A caption without a picture, as in plain text, makes one without an address.
func (s *structurer) attachCaptions() {
	for i := range s.doc.blocks {
		b := &s.doc.blocks[i]
		if b.label != Caption && b.label != Credit {
			continue
		}
		caption, credit := "", ""
		if b.label == Credit {
			credit = trimCredit(b.text)
		} else {
			caption, credit = splitCredit(b.text)
		}
		m := s.pictureOf(i)
		if m == nil {
			if caption == "" {
				continue
			}
			at, _ := slices.BinarySearchFunc(s.media, i, func(m medium, i int) int { return m.before - i })
			for at < len(s.media) && s.media[at].before <= i {
				at++
			}
			s.media = slices.Insert(s.media, at, medium{el: b.el, before: i})
			m = &s.media[at]
		}
		m.image.Caption = joinOnce(m.image.Caption, caption)
		m.image.Credit = joinOnce(m.image.Credit, credit)
	}
}

func joinOnce(have, more string) string {
	switch {
	case more == "" || strings.Contains(have, more):
		return have
	case have == "" || strings.Contains(more, have):
		return more
	}
	return have + " " + more
}

// pictureOf returns the picture that caption or credit block i is about, nil if there is none.
func (s *structurer) pictureOf(i int) *medium {
	b := &s.doc.blocks[i]
	fig := s.places0(b.el).figure
	if fig >= 0 {
		for j := range s.media {
			if m := &s.media[j]; m.embed == "" && s.places0(m.el).figure == fig {
				return m
			}
		}
	}
	near := -1
	for j := range s.media {
		if m := &s.media[j]; m.embed == "" && m.before <= i && (fig < 0 || s.places0(m.el).figure < 0) {
			near = j
		}
	}
	if near >= 0 && s.noBodyIn(s.media[near].before, i) {
		return &s.media[near]
	}
	for j := range s.media {
		if m := &s.media[j]; m.embed == "" && m.before == i+1 && m.image.URL != "" && m.image.Caption == "" {
			return m
		}
	}
	return nil
}

// noBodyIn reports whether only captions, credits and noise are among blocks [from, to).
func (s *structurer) noBodyIn(from, to int) bool {
	for i := from; i < to; i++ {
		if c := s.doc.blocks[i].label.Class(); c == Body {
			return false
		}
	}
	return true
}

// images fills the article's pictures: all of them in reading order, the lead image first.
func (s *structurer) images(a *Article) {
	for i := range s.media {
		if m := &s.media[i]; m.embed == "" {
			a.Images = append(a.Images, m.image)
		}
	}
	if len(a.Images) == 0 {
		return
	}
	if a.Image == nil {
		if i := slices.IndexFunc(a.Images, func(m Image) bool { return m.URL != "" }); i >= 0 {
			lead := a.Images[i]
			a.Image = &lead
			if a.Sources == nil {
				a.Sources = map[string]string{}
			}
			a.Sources["image"] = "figure"
		}
		return
	}
	key := pictureKey(a.Image.URL)
	at := slices.IndexFunc(a.Images, func(m Image) bool { return m.URL != "" && pictureKey(m.URL) == key })
	if at >= 0 {
		lead := a.Images[at]
		a.Images = slices.Insert(slices.Delete(a.Images, at, at+1), 0, lead)
	} else if len(s.media) > 0 && s.media[0].embed == "" && s.media[0].image.URL != "" && s.noBodyIn(0, s.media[0].before) {
		at = 0 // another crop of the picture above the text
	}
	if at < 0 {
		return
	}
	from := s.imageAt(a, at, key)
	lead := *a.Image
	lead.Caption, lead.Credit = firstOf(lead.Caption, from.Caption), firstOf(lead.Credit, from.Credit)
	lead.Alt = firstOf(lead.Alt, from.Alt)
	a.Image = &lead
}

func (s *structurer) imageAt(a *Article, at int, key string) Image {
	if at == 0 || pictureKey(a.Images[0].URL) != key {
		return a.Images[at]
	}
	return a.Images[0]
}

// notes fills the fields of the blocks that are kept apart from the body.
func (s *structurer) notes(a *Article) {
	box := int32(-2)
	lastBox := -2
	for i := range s.doc.blocks {
		b := &s.doc.blocks[i]
		switch b.label {
		case EditorsNote:
			a.EditorsNote = joinLines(a.EditorsNote, b.text)
		case Correction:
			a.Corrections = append(a.Corrections, b.text)
		case SignOff:
			a.SignOff = joinLines(a.SignOff, b.text)
		case AuthorBio:
			a.AuthorBio = joinLines(a.AuthorBio, b.text)
		case Disclaimer:
			a.Disclaimers = append(a.Disclaimers, b.text)
		case AISummary:
			a.AISummary = joinLines(a.AISummary, b.text)
		case FactBox:
			if lastBox == i-1 || box >= 0 && box == s.boxOf(b.el) {
				last := len(a.FactBoxes) - 1
				a.FactBoxes[last] = joinLines(a.FactBoxes[last], b.text)
			} else {
				a.FactBoxes = append(a.FactBoxes, b.text)
			}
			box, lastBox = s.boxOf(b.el), i
		}
	}
}

// boxOf returns the aside, section or div right around an element.
func (s *structurer) boxOf(el int32) int32 {
	for ; el >= 0; el = s.doc.elements[el].parent {
		switch s.doc.elements[el].tag {
		case atom.Aside, atom.Section, atom.Details:
			return el
		}
	}
	return -1
}

func joinLines(have, more string) string {
	if have == "" {
		return more
	}
	return have + "\n" + more
}

// collectLinks appends the links of nodes in order.
func collectLinks(links []Link, nodes []Node) []Link {
	for i := range nodes {
		n := &nodes[i]
		for _, sp := range n.Spans {
			if sp.Kind == LinkSpan && sp.URL != "" {
				links = append(links, Link{URL: sp.URL, Anchor: strings.TrimSpace(n.Text[sp.Start:sp.End])})
			}
		}
		links = collectLinks(links, n.Children)
		for _, row := range n.Rows {
			links = collectLinks(links, row)
		}
	}
	return links
}

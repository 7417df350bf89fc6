package cleaner

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
)

// structure makes the article's body and the fields that stand beside it (pictures, notes, live updates, links) out
// of the labelled blocks. It runs after describe, so it knows the page's type and lead image.
func structure(r *Result, d *document) {
	a := &r.Article
	s := newStructurer(d)
	s.gatherMedia()
	for i := range d.blocks {
		if s.next < len(s.media) && s.media[s.next].before <= i {
			s.endLine()
		}
		s.mediaBefore(i)
		if d.blocks[i].label.Class() == article.Body {
			s.body(i)
		}
	}
	s.endLine()
	s.mediaBefore(len(d.blocks) + 1)
	s.closeTo(0)
	s.placePending()
	a.Body = s.nodes
	a.Text = article.PlainText(a.Body)
	s.notes(a)
	s.images(a)
	a.Links = collectLinks(nil, a.Body)
	if a.PageType == article.PageLiveBlog {
		if shown := d.updates(); len(shown) > len(a.Updates) {
			a.Updates = shown
		}
	}
}

// structurer builds nodes from blocks in order. Containers (lists, items, quotes) stay open while blocks of the
// same element follow.
type structurer struct {
	doc    *document
	places []place
	nodes  []article.Node
	open   []frame
	media  []medium             // the pictures and embeds that belong to the article, in order
	twins  map[int32]int        // <figure> elements that show a picture of media again
	next   int                  // index into media of the next one to place
	held   []article.Node       // figures met inside an open container, placed after it
	line   strings.Builder      // the text of the last node, while lines of plain text are joined to it
	shown  []shownBlocks        // see shownBefore
	tables map[int32]*tableGrid // by element; nil: a table of layout
}

// place is what the structurer knows of an element.
type place struct {
	container int32 // the nearest list, item, quote or table at or above it; -1: none
	nested    int32 // such elements at or above it
	last      int32 // the last element inside it
	body      int32 // how many of its blocks are body
}

// frame is an open container.
type frame struct {
	el   int32
	node article.Node
}

// maxNesting bounds how deep lists and quotes nest; what is deeper stays at that depth. News nests at most three.
const maxNesting = 12

// maxFirst is the greatest number of a list's item: CommonMark reads nine digits.
const maxFirst = 1e6

// maxContainers bounds how deep the elements of lists, quotes and tables are told from what is around them.
const maxContainers = 64

func newStructurer(d *document) *structurer {
	s := &structurer{doc: d, places: make([]place, len(d.elements)), twins: map[int32]int{}}
	for i := range d.elements {
		e, p := d.element(int32(i)), &s.places[i]
		p.container, p.last = -1, int32(i)
		if e.parent >= 0 {
			p.container, p.nested = s.places[e.parent].container, s.places[e.parent].nested
		}
		switch e.tag {
		case atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Blockquote, atom.Table:
			if p.nested < maxContainers {
				p.container = int32(i)
				p.nested++
			}
		}
	}
	for i := range d.blocks {
		if b := &d.blocks[i]; b.el >= 0 && b.label.Class() == article.Body {
			s.places[b.el].body++
		}
	}
	for i := len(d.elements) - 1; i > 0; i-- {
		if parent := d.element(int32(i)).parent; parent >= 0 {
			s.places[parent].last = max(s.places[parent].last, s.places[i].last)
			s.places[parent].body += s.places[i].body
		}
	}
	return s
}

// outer returns the container around a container, -1 if there is none.
func (s *structurer) outer(el int32) int32 {
	if p := s.doc.element(el).parent; p >= 0 {
		return s.places[p].container
	}
	return -1
}

// body adds block i to the nodes.
func (s *structurer) body(i int) {
	b := &s.doc.blocks[i]
	if grid, ok := s.gridOf(b.el); ok && grid != nil && grid.holds(i) {
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
	s.endLine()
	s.enter(b)
	n := article.Node{Kind: article.ParagraphNode, Text: b.text, Spans: b.spans, Language: b.lang, Block: i}
	switch b.label {
	case article.Heading:
		n.Kind, n.Level = article.HeadingNode, min(max(b.level, 2), 6)
	case article.Preformatted:
		n.Kind = article.PreformattedNode
	case article.ListItem:
		s.item(n)
		return
	}
	s.add(n)
}

// joinLine adds a line of plain text to the node of the line above it, where no empty line is between them.
func (s *structurer) joinLine(i int) bool {
	b := &s.doc.blocks[i]
	if b.label != article.Paragraph && b.label != article.Standfirst || len(s.nodes) == 0 || len(s.open) > 0 {
		return false
	}
	n := &s.nodes[len(s.nodes)-1]
	if n.Kind != article.ParagraphNode || n.Block < 0 || s.doc.blocks[i-1].label.Class() != article.Body {
		return false
	}
	if s.line.Len() == 0 {
		s.line.WriteString(n.Text)
		n.Spans = slices.Clip(n.Spans)
	}
	at := s.line.Len()
	s.line.WriteByte('\n')
	s.line.WriteString(b.text)
	n.Spans = append(n.Spans, article.Span{Kind: article.BreakSpan, Start: at, End: at + 1})
	for _, sp := range b.spans {
		sp.Start, sp.End = sp.Start+at+1, sp.End+at+1
		n.Spans = append(n.Spans, sp)
	}
	return true
}

// endLine gives the last node the text that joinLine put together.
func (s *structurer) endLine() {
	if s.line.Len() > 0 {
		s.nodes[len(s.nodes)-1].Text = s.line.String()
		s.line = strings.Builder{}
	}
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
		switch s.doc.element(el).tag {
		case atom.Blockquote:
			return b.label == article.Quote
		case atom.Table:
			return false
		}
		return b.label == article.ListItem
	}
	for ; el >= 0; el = s.outer(el) {
		s.doc.spend(1 + len(s.open))
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
		case b.label == article.ListItem: // a list without markup: "• " lines
			if s.looseList() {
				return
			}
			s.placePending()
			s.push(-1, article.Node{Kind: article.ListNode, Block: -1})
			return
		case b.label == article.Quote:
			s.placePending()
			s.push(-2, article.Node{Kind: article.QuoteNode, Block: -1})
			return
		}
		s.placePending()
		return
	}
	for _, el := range chain[same:depth] {
		if len(s.open) == 0 {
			s.placePending()
		}
		switch tag := s.doc.element(el).tag; tag {
		case atom.Ul, atom.Ol, atom.Dl:
			s.push(el, article.Node{Kind: article.ListNode, Ordered: tag == atom.Ol, First: s.firstNumber(el), Block: -1})
		case atom.Blockquote:
			s.push(el, article.Node{Kind: article.QuoteNode, Block: -1})
		default:
			if len(s.open) == 0 || s.open[len(s.open)-1].node.Kind != article.ListNode {
				s.push(-1, article.Node{Kind: article.ListNode, Block: -1})
			}
			s.push(el, article.Node{Kind: article.ItemNode, Block: -1})
		}
	}
}

// firstNumber returns the number that an ordered list begins with where it says another than 1, else 0.
func (s *structurer) firstNumber(list int32) int {
	e := s.doc.element(list)
	if e.tag != atom.Ol {
		return 0
	}
	first, last := list+1, s.places[list].last
	number := attr(e.node, "start")
	if first <= last && s.doc.element(first).tag == atom.Li {
		number = cmp.Or(attr(s.doc.element(first).node, "value"), number)
	}
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n == 1 || n < 0 || n > maxFirst {
		return 0
	}
	return n
}

// looseList reopens the list without markup that the last node is, if it is one.
func (s *structurer) looseList() bool {
	last := len(s.nodes) - 1
	if last < 0 || s.nodes[last].Kind != article.ListNode || s.nodes[last].Block != -1 || len(s.held) > 0 {
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
func (s *structurer) loose(list *article.Node) bool {
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
func (s *structurer) item(n article.Node) {
	top := &s.open[len(s.open)-1].node
	if top.Kind == article.ItemNode {
		if top.Text == "" && len(top.Children) == 0 {
			top.Text, top.Spans, top.Block = n.Text, n.Spans, n.Block
			return
		}
		top.Children = append(top.Children, n)
		return
	}
	n.Kind = article.ItemNode
	if s.open[len(s.open)-1].el < 0 {
		n.Text, n.Spans = withoutBullet(n.Text, n.Spans)
	}
	if top.Kind != article.ListNode { // a quote that ends a chain of its own
		s.push(-1, article.Node{Kind: article.ListNode, Block: -1})
		top = &s.open[len(s.open)-1].node
	}
	top.Children = append(top.Children, n)
}

// withoutBullet cuts the bullet off a line of a list, so that its rendering adds no second one.
func withoutBullet(text string, spans []article.Span) (string, []article.Span) {
	r, size := utf8.DecodeRuneInString(text)
	if !strings.ContainsRune("•●▪■◦○‣⁃*+-–—·▶►➤✓✔", r) || len(text) <= size || text[size] != ' ' {
		return text, spans
	}
	size++
	moved := make([]article.Span, 0, len(spans))
	for _, sp := range spans {
		if sp.End > size {
			sp.Start, sp.End = max(0, sp.Start-size), sp.End-size
			moved = append(moved, sp)
		}
	}
	return text[size:], moved
}

func (s *structurer) push(el int32, n article.Node) { s.open = append(s.open, frame{el, n}) }

// closeTo closes containers until n are open.
func (s *structurer) closeTo(n int) {
	for len(s.open) > n {
		last := s.open[len(s.open)-1].node
		s.open = s.open[:len(s.open)-1]
		s.add(last)
	}
}

// add puts a node into the innermost open container.
func (s *structurer) add(n article.Node) {
	if len(s.open) == 0 {
		s.nodes = append(s.nodes, n)
		return
	}
	top := &s.open[len(s.open)-1].node
	if top.Kind == article.ListNode && n.Kind != article.ItemNode {
		n = article.Node{Kind: article.ItemNode, Children: []article.Node{n}, Block: -1}
	}
	top.Children = append(top.Children, n)
}

// A table of data becomes a TableNode; one of layout is read through as if it were not there.

// tableGrid is a table of data.
type tableGrid struct {
	rows   [][]gridCell
	span   gridCell // from the first cell's blocks to the last one's
	header bool
	done   bool
}

type gridCell struct{ lo, hi int32 } // blocks [lo, hi)

// take joins the next cell to this one.
func (c *gridCell) take(next gridCell) {
	if c.lo == c.hi {
		*c = next
	} else if next.lo < next.hi {
		c.hi = next.hi
	}
}

// holds reports whether block i stands in a cell, not in the table's caption.
func (g *tableGrid) holds(i int) bool { return int32(i) >= g.span.lo && int32(i) < g.span.hi }

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
		s.doc.spend(1)
		if s.doc.element(c).tag != atom.Table {
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

// readTable returns the grid of a table of data, nil for one of layout.
func (s *structurer) readTable(table int32) *tableGrid {
	if !s.doc.isDataTable(table) {
		return nil
	}
	grid := &tableGrid{}
	var below []int // how many more rows a cell above covers each column
	cells, heads := 0, 0
	s.doc.spend(int(s.places[table].last - table))
	for el := table + 1; el <= s.places[table].last; el++ {
		switch s.doc.element(el).tag {
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
			cell := gridCell{s.doc.element(el).firstBlock, s.doc.element(el).endBlock}
			across, down := spanOf(s.doc.element(el).node, "colspan"), spanOf(s.doc.element(el).node, "rowspan")
			for c := range across {
				if len(row) >= maxColumns {
					if c == 0 {
						row[len(row)-1].take(cell)
					}
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
			if s.doc.element(el).tag == atom.Th {
				heads++
			}
			if last == 0 {
				grid.header = heads > 0 && heads >= len(row)-1
			}
			grid.rows[last] = row
			if cells++; cells > maxCells {
				return nil
			}
		}
	}
	grid.close()
	grid.rows = slices.DeleteFunc(grid.rows, func(row []gridCell) bool { return !s.hasBody(row) })
	if len(grid.rows) < 2 {
		return nil
	}
	return grid
}

// close gives blocks between two cells, such as a caption that stands between rows, to the first of the two.
func (g *tableGrid) close() {
	var before *gridCell
	for _, row := range g.rows {
		for i := range row {
			c := &row[i]
			if c.lo == c.hi {
				continue
			}
			if before != nil {
				before.hi = c.lo
			}
			g.span.take(*c)
			before = c
		}
	}
}

func (s *structurer) hasBody(row []gridCell) bool {
	for _, c := range row {
		for i := c.lo; i < c.hi; i++ {
			if s.doc.blocks[i].label.Class() == article.Body {
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

func (g *tableGrid) node(d *document) article.Node {
	n := article.Node{Kind: article.TableNode, Header: g.header, Block: -1, Rows: make([][]article.Node, len(g.rows))}
	for i, row := range g.rows {
		n.Rows[i] = make([]article.Node, len(row))
		for j, c := range row {
			n.Rows[i][j] = c.node(d)
		}
	}
	return n
}

// node returns the text of a cell.
func (c gridCell) node(d *document) article.Node {
	cell := article.Node{Block: -1}
	var more strings.Builder // the text, where it is of several blocks
	for k := c.lo; k < c.hi; k++ {
		b := &d.blocks[k]
		if b.label.Class() != article.Body {
			continue
		}
		if cell.Block < 0 {
			cell.Text, cell.Spans, cell.Block = b.text, slices.Clip(b.spans), int(k)
			continue
		}
		if more.Len() == 0 {
			more.WriteString(cell.Text)
		}
		at := more.Len() + 1
		more.WriteByte(' ')
		more.WriteString(b.text)
		for _, sp := range b.spans {
			sp.Start, sp.End = sp.Start+at, sp.End+at
			cell.Spans = append(cell.Spans, sp)
		}
	}
	if more.Len() > 0 {
		cell.Text = more.String()
	}
	return cell
}

// notes fills the fields of the blocks that are kept apart from the body.
func (s *structurer) notes(a *article.Article) {
	var editors, signOff, bio, summary, box joinedLines
	around := int32(-2)
	lastBox := -2
	for i := range s.doc.blocks {
		b := &s.doc.blocks[i]
		switch b.label {
		case article.EditorsNote:
			editors.add(b.plain())
		case article.Correction:
			a.Corrections = append(a.Corrections, b.plain())
		case article.SignOff:
			signOff.add(b.plain())
		case article.AuthorBio:
			bio.add(b.plain())
		case article.Disclaimer:
			a.Disclaimers = append(a.Disclaimers, b.plain())
		case article.AISummary:
			summary.add(b.plain())
		case article.FactBox:
			here := s.boxOf(b.el)
			if lastBox >= 0 && lastBox != i-1 && (around < 0 || around != here) {
				a.FactBoxes = append(a.FactBoxes, box.take())
			}
			box.add(b.plain())
			around, lastBox = here, i
		}
	}
	if lastBox >= 0 {
		a.FactBoxes = append(a.FactBoxes, box.take())
	}
	a.EditorsNote, a.SignOff, a.AuthorBio, a.AISummary = editors.take(), signOff.take(), bio.take(), summary.take()
}

// boxOf returns the aside, section or div right around an element.
func (s *structurer) boxOf(el int32) int32 {
	for ; el >= 0; el = s.doc.element(el).parent {
		s.doc.spend(1)
		switch s.doc.element(el).tag {
		case atom.Aside, atom.Section, atom.Details:
			return el
		}
	}
	return -1
}

// joinedLines puts texts together, each on a line.
type joinedLines struct{ sb strings.Builder }

func (l *joinedLines) add(s string) {
	if l.sb.Len() > 0 {
		l.sb.WriteByte('\n')
	}
	l.sb.WriteString(s)
}

// take returns the lines so far and begins anew.
func (l *joinedLines) take() string {
	s := l.sb.String()
	l.sb = strings.Builder{}
	return s
}

// collectLinks appends the links of nodes in order.
func collectLinks(links []article.Link, nodes []article.Node) []article.Link {
	for i := range nodes {
		n := &nodes[i]
		for _, sp := range n.Spans {
			if sp.Kind == article.LinkSpan && sp.URL != "" {
				links = append(links, article.Link{URL: sp.URL, Anchor: strings.TrimSpace(n.Text[sp.Start:sp.End])})
			}
		}
		links = collectLinks(links, n.Children)
		for _, row := range n.Rows {
			links = collectLinks(links, row)
		}
	}
	return links
}

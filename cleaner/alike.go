package cleaner

import (
	"math"

	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
)

// Lists and tables of data are kept or stripped whole: half a table is worse than none. Their blocks are short, so
// that the model is unsure of each, and the mean over all of them is surer. Thresholds by cross-validation: articles of
// wcxb-dev 0.9463 -> 0.9507 by shingles, all of its pages 0.8427 -> 0.8470, fundus-dev and traf-dev as before.
const (
	tableKept     = 0.30 // tables of at least this mean score are kept, the others stripped
	tableWithin   = 0.08 // the same between paragraphs of the article, whatever phrases stand in the cells
	listKept      = 0.45 // lists of at least this mean score are kept whole
	listStripped  = 0.25 // lists of at most this mean score are stripped whole
	minAlikeGroup = 3    // blocks: fewer are no pattern
)

// evenOut gives the blocks of each list and each table of data one verdict, where it was the model that decided.
func (f *featurizer) evenOut() {
	d := f.d
	done := int32(0)
	for el := range int32(len(d.elements)) {
		e := d.element(el)
		if e.firstBlock < done || e.endBlock-e.firstBlock < minAlikeGroup {
			continue
		}
		switch e.tag {
		case atom.Ul, atom.Ol, atom.Dl:
			done = e.endBlock
			switch mean, links := f.meanScore(e.firstBlock, e.endBlock); {
			case f.isAnnounced(el):
				f.turn(e, article.Noise, f.bodyLabel)
			case mean >= listKept && links < 0.5:
				f.turn(e, article.Noise, f.bodyLabel)
			case mean < listStripped, e.words&aboutComment != 0 && !f.onBest[el]:
				f.turn(e, article.Body, f.noiseLabel)
			}
		case atom.Table:
			if !d.isDataTable(el) {
				continue
			}
			done = e.endBlock
			isHeaded := f.isHeaded(el)
			keep, within := tableKept, isHeaded || int(e.firstBlock) > f.firstP && int(e.endBlock) <= f.lastP
			switch {
			case f.isSetInProse(el):
				keep = 0
			case within:
				keep = tableWithin
			}
			if mean, links := f.meanScore(e.firstBlock, e.endBlock); mean < keep || links >= 0.5 {
				f.turn(e, article.Body, f.noiseLabel)
				continue
			}
			if h := &d.blocks[max(0, e.firstBlock-1)]; isHeaded && h.reason == "model" && h.label.Class() == article.Noise {
				h.label, h.reason = f.bodyLabel(int(e.firstBlock)-1), "model:alike"
			}
			for i := e.firstBlock; i < e.endBlock; i++ {
				b := &d.blocks[i]
				isWord := b.label == article.Interface || b.label == article.Navigation // "Name" heads a column here
				if b.label.Class() != article.Body && (within || isWord || b.reason == "model") {
					b.label, b.reason = article.TableCell, "model:alike"
				}
			}
		}
	}
}

// Headings of one kind are kept or stripped alike, where each has text of the article below it: a heading is short, so that
// the model is unsure of one, and the mean over all is surer.
const headingsKept = 0.4

// evenHeadings keeps the headings of the article that the model doubts where it keeps others of their kind, and where they, or lines like
// the paragraphs around, stand between what it keeps.
func (f *featurizer) evenHeadings() {
	d := f.d
	type kind struct {
		sum   float64
		found []int
	}
	kinds := map[*signature]*kind{}
	for i := max(f.firstP-1, 0); i < f.lastP; i++ {
		b := &d.blocks[i]
		if b.reason == "model" && b.label.Class() != article.Body && f.isBetweenParagraphs(i) {
			b.label, b.reason = f.bodyLabel(i), "model:alike"
			continue
		}
		if b.kind != headingBlock || b.reason != "model" || d.blocks[i+1].label.Class() != article.Body || d.blocks[i+1].kind == headingBlock {
			continue
		}
		k := kinds[f.blockSig[i]]
		if k == nil {
			k = &kind{}
			kinds[f.blockSig[i]] = k
		}
		k.sum += b.score
		k.found = append(k.found, i)
	}
	for _, k := range kinds {
		if len(k.found) < minAlikeGroup || k.sum < headingsKept*float64(len(k.found)) {
			continue
		}
		for _, i := range k.found {
			if b := &d.blocks[i]; b.label.Class() != article.Body {
				b.label, b.reason = article.Heading, "model:alike"
			}
		}
	}
}

// A paragraph that the model doubts goes with those that are marked up as it is: entries of a live blog, items of a review.
const (
	paragraphDoubt = 0.35 // of a score from here on
	kinKept        = 0.85 // of the characters of its kind that are body, so many at least
	minKin         = 3    // paragraphs of its kind
)

// evenParagraphs keeps the paragraphs that the model doubts where it keeps nearly all of their kind.
func (f *featurizer) evenParagraphs() {
	d := f.d
	type kind struct{ all, kept, blocks int }
	kinds := map[*signature]*kind{}
	for i := range d.blocks {
		if b := &d.blocks[i]; f.m[i].prose(b) {
			k := kinds[f.blockSig[i]]
			if k == nil {
				k = &kind{}
				kinds[f.blockSig[i]] = k
			}
			k.blocks++
			k.all += b.chars
			if b.label.Class() == article.Body {
				k.kept += b.chars
			}
		}
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.reason != "model" || b.label.Class() == article.Body || b.score < paragraphDoubt || !f.m[i].prose(b) {
			continue
		}
		if k := kinds[f.blockSig[i]]; k.blocks > minKin && float64(k.kept) >= kinKept*float64(k.all-b.chars) {
			b.label, b.reason = f.bodyLabel(i), "model:alike"
		}
	}
}

// isBetweenParagraphs reports whether a heading stands between blocks of the article, or a line between paragraphs of it in elements like
// its own: it heads what follows, however short it is.
func (f *featurizer) isBetweenParagraphs(i int) bool {
	d := f.d
	line := &d.blocks[i]
	if i == 0 || line.linkChars > 0 || line.imgs > 0 || line.kind != headingBlock && line.kind != paragraphBlock {
		return false
	}
	for _, j := range [...]int{i - 1, i + 1} {
		b := &d.blocks[j]
		isLike := b.kind == line.kind && f.blockSig[i] == f.blockSig[j] && d.element(b.el).parent == d.element(line.el).parent
		if b.label.Class() != article.Body || b.kind == headingBlock || line.kind != headingBlock && !isLike {
			return false
		}
	}
	return true
}

// meanScore returns the mean score of blocks [from, to), each weighing the root of its length, and their link density.
func (f *featurizer) meanScore(from, to int32) (mean, links float64) {
	f.d.spend(int(to - from))
	sum, weight, chars, linked := 0.0, 0.0, 0, 0
	for i := from; i < to; i++ {
		b := &f.d.blocks[i]
		w := math.Sqrt(float64(b.chars))
		sum, weight = sum+w*b.score, weight+w
		chars, linked = chars+b.chars, linked+b.linkChars
	}
	return sum / max(weight, 1), float64(linked) / float64(max(chars, 1))
}

// turn gives the blocks of an element that the model put into a class another label.
func (f *featurizer) turn(e *element, from article.Class, label func(i int) article.Label) {
	for i := e.firstBlock; i < e.endBlock; i++ {
		if b := &f.d.blocks[i]; b.reason == "model" && b.label.Class() == from {
			b.label, b.reason = label(int(i)), "model:alike"
		}
	}
}

// isDataTable reports whether a table shows data, by its markup: it doesn't say that it is of layout, holds no other
// table and no prose, and has at least two rows and columns.
func (d *document) isDataTable(table int32) bool {
	if role := attr(d.element(table).node, "role"); role == "presentation" || role == "none" {
		return false
	}
	rows, columns, column, filled := 0, 0, 0, 0
	for el := table + 1; el < int32(len(d.elements)) && d.element(el).depth > d.element(table).depth; el++ {
		e := d.element(el)
		d.spend(1)
		switch e.tag {
		case atom.Table:
			return false
		case atom.Tr:
			rows++
			column = 0
		case atom.Td, atom.Th:
			column++
			columns = max(columns, column)
			size := 0
			for i := e.firstBlock; i < e.endBlock; i++ {
				if size += d.blocks[i].chars; size > longCell {
					return false
				}
			}
			if size > 0 {
				filled++
			}
		}
	}
	return rows >= 2 && columns >= 2 && filled >= 3
}

// isSetInProse reports whether a table, or the figure that holds it alone, stands right between paragraphs of the article.
func (f *featurizer) isSetInProse(table int32) bool {
	d := f.d
	e := d.element(table)
	holder := e
	for holder.parent >= 0 && !f.onBest[holder.parent] {
		around := d.element(holder.parent)
		if isAlone := around.firstBlock == e.firstBlock && around.endBlock == e.endBlock; !isAlone && around.tag != atom.Figure {
			break
		}
		holder = around
	}
	first, end := int(holder.firstBlock)-1, int(holder.endBlock)
	if first < 0 || end >= len(d.blocks) {
		return false
	}
	for _, i := range [...]int{first, end} {
		b := &d.blocks[i]
		if b.label.Class() != article.Body || b.el < 0 || d.element(b.el).parent != holder.parent {
			return false
		}
	}
	return true
}

const maxAnnounced = 40 // characters of an item, in the mean; headlines are longer

// isAnnounced reports whether a list of short items follows a line of the article that ends in a colon, and stands in its element.
func (f *featurizer) isAnnounced(list int32) bool {
	d := f.d
	e := d.element(list)
	i := int(e.firstBlock) - 1
	if i <= f.h1 || i < 0 || e.parent < 0 || !f.onBest[e.parent] || e.flags&(inNav|inFooter|inAside|inForm) != 0 {
		return false
	}
	t := &f.tree[list]
	return d.element(d.blocks[i].el).parent == e.parent && f.announces(i) && t.chars <= maxAnnounced*t.blocks
}

// announces reports whether a block is a line of the article that ends in a colon.
func (f *featurizer) announces(i int) bool {
	b := &f.d.blocks[i]
	return b.label.Class() == article.Body && f.m[i].last == colonClass && f.m[i].words >= 4
}

// isHeaded reports whether a table without links in the article's element has a heading of its own, or is announced by the text.
func (f *featurizer) isHeaded(table int32) bool {
	d := f.d
	e := d.element(table)
	i := int(e.firstBlock) - 1
	isBelow := i >= 0 && f.h1 >= 0 && i > f.h1
	if !isBelow || e.parent < 0 || !f.onBest[e.parent] || 5*f.tree[table].linkChars > f.tree[table].chars {
		return false
	}
	b := &d.blocks[i]
	return b.el >= 0 && d.element(b.el).parent == e.parent && (b.kind == headingBlock && b.links == 0 || f.announces(i))
}

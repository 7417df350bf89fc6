package cleaner

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// decide gives each block its label, reason and score.
func decide(d *document, ev *evidence, site Site) {
	if d.lines {
		decideLines(d, site)
		return
	}
	// The element with the most paragraph text among its children and grandchildren is the body.
	weight := make([]int, len(d.elements)+1)
	for _, b := range d.blocks {
		if b.kind != paragraphBlock || b.linkChars*2 > len(b.text) || b.el < 0 {
			continue
		}
		p := d.elements[b.el].parent
		for share := 4; p >= 0 && share > 0; share-- {
			weight[p] += len(b.text) * share / 4
			p = d.elements[p].parent
		}
	}
	best := int32(-1)
	for i := range d.elements {
		if best < 0 || weight[i] > weight[best] {
			best = int32(i)
		}
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		b.label, b.reason, b.score = Boilerplate, "outside", 0.1
		if best < 0 || weight[best] == 0 || !d.inside(b.el, best) || b.linkChars*2 > len(b.text) || d.insideTag(b.el, atom.Nav, atom.Aside, atom.Footer, atom.Form) {
			continue
		}
		switch b.kind {
		case paragraphBlock:
			b.label = Paragraph
		case headingBlock:
			if b.level > 1 {
				b.label = Heading
			} else {
				b.label = Title
			}
		case quoteBlock:
			b.label = Quote
		case itemBlock:
			b.label = ListItem
		case captionBlock:
			b.label = Caption
		default:
			if utf8.RuneCountInString(b.text) < 80 {
				continue
			}
			b.label = Paragraph
		}
		b.reason, b.score = "container", 0.9
	}
}

func (d *document) inside(el, ancestor int32) bool {
	for ; el >= 0; el = d.elements[el].parent {
		if el == ancestor {
			return true
		}
	}
	return false
}

func (d *document) insideTag(el int32, tags ...atom.Atom) bool {
	for ; el >= 0; el = d.elements[el].parent {
		for _, t := range tags {
			if d.elements[el].tag == t {
				return true
			}
		}
	}
	return false
}

// path names the block's place in the tree: "article>div.content>p".
func (d *document) path(el int32) string {
	var parts []string
	for ; el >= 0 && len(parts) < 5; el = d.elements[el].parent {
		n := d.elements[el].node
		part := n.Data
		if c := strings.Fields(attr(n, "class")); len(c) > 0 {
			part += "." + c[0]
		}
		parts = append(parts, part)
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ">")
}

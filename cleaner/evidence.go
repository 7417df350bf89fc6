package cleaner

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// rawEvidence is what the walk picks up besides text, before anything is understood.
type rawEvidence struct {
	metas    []metaTag
	relLinks []relLink
	scripts  []script
	title    string // <title>
	marked   []marked
}

// metaTag is a <meta>; name is its name, property or itemprop, lower case.
type metaTag struct{ name, content string }

// relLink is a <link rel>.
type relLink struct{ rel, href, typ, title string }

// script is a <script> that may hold data.
type script struct{ id, typ, text string }

// marked is an element that claims a meaning: <time>, rel=author, itemprop, a class like byline.
type marked struct {
	node  *html.Node
	block int // index of the first block at or after its start
}

// evidence is rawEvidence understood.
type evidence struct {
	meta map[string]string
}

// observe is called once for each element, in document order, before its children are walked.
func (d *document) observe(n *html.Node, el int32, nextBlock int) {
	switch n.DataAtom {
	case atom.Html:
		d.lang = attr(n, "lang")
	case atom.Title:
		if d.raw.title == "" && n.Namespace == "" {
			d.raw.title = fold(textOf(n))
		}
	case atom.Meta:
		name := attr(n, "name")
		if name == "" {
			name = attr(n, "property")
		}
		if name == "" {
			name = attr(n, "itemprop")
		}
		if name == "" {
			name = attr(n, "http-equiv")
		}
		d.raw.metas = append(d.raw.metas, metaTag{strings.ToLower(name), attr(n, "content")})
	case atom.Link:
		d.raw.relLinks = append(d.raw.relLinks, relLink{strings.ToLower(attr(n, "rel")), attr(n, "href"), attr(n, "type"), attr(n, "title")})
	case atom.Script:
		if t := attr(n, "type"); strings.Contains(t, "json") {
			d.raw.scripts = append(d.raw.scripts, script{attr(n, "id"), t, textOf(n)})
		}
	case atom.Time:
		d.raw.marked = append(d.raw.marked, marked{n, nextBlock})
	}
}

// gather understands the raw evidence.
func gather(d *document) *evidence {
	ev := &evidence{meta: map[string]string{}}
	for _, m := range d.raw.metas {
		if _, seen := ev.meta[m.name]; !seen {
			ev.meta[m.name] = m.content
		}
	}
	return ev
}

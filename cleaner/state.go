package cleaner

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// stateSource is a piece of data that a page carries for its own scripts.
type stateSource struct {
	name   string // "__NEXT_DATA__", "Fusion.globalContent", "data attribute"
	values []jsonValue
	texts  []string // texts that stand outside the values, as React Server Components send them
}

// maxStateBytes bounds how much data is parsed; the largest of 1,891 pages has 3.5 MB.
const maxStateBytes = 16 << 20

// stateSources parses the page's embedded data, once.
func (ev *evidence) stateSources() []stateSource {
	if ev.isState {
		return ev.state
	}
	ev.isState = true
	budget := maxStateBytes
	var flight strings.Builder
	for _, s := range ev.doc.raw.scripts {
		if strings.Contains(s.typ, "ld+json") || len(s.text) > budget {
			continue
		}
		if strings.Contains(s.typ, "json") {
			budget -= len(s.text)
			ev.state = append(ev.state, stateSource{name: nameOr(s.id, "json"), values: parseJSON(s.text)})
			continue
		}
		if strings.Contains(s.text[:min(len(s.text), 200)], "__next_f") {
			budget -= len(s.text)
			if at := strings.Index(s.text, "push("); at >= 0 {
				for _, v := range parseJSON(s.text[at:]) {
					if len(v.items) == 2 {
						flight.WriteString(v.items[1].string())
					}
				}
			}
			continue
		}
		if name, at := assignedJSON(s.text); at > 0 {
			budget -= len(s.text)
			p := jsonParser{s: s.text, i: at}
			v := p.value(0)
			if v.kind == jsonString { // JSON.parse("…")
				ev.state = append(ev.state, stateSource{name: name, values: parseJSON(v.text)})
			} else {
				ev.state = append(ev.state, stateSource{name: name, values: []jsonValue{v}})
			}
		}
	}
	if flight.Len() > 0 {
		ev.state = append(ev.state, readFlight(flight.String()))
	}
	for _, a := range ev.doc.raw.data {
		if len(a) <= budget {
			budget -= len(a)
			ev.state = append(ev.state, stateSource{name: "data attribute", values: parseJSON(a)})
		}
	}
	return ev.state
}

func nameOr(name, other string) string {
	if name == "" {
		return other
	}
	return name
}

// assignedJSON finds the first long object or array that a script assigns to a name, and returns the name and where
// the value starts; 0 where there is none.
func assignedJSON(s string) (name string, at int) {
	for from, tries := 0, 0; tries < 40; tries++ {
		eq := strings.IndexByte(s[from:], '=')
		if eq < 0 {
			return "", 0
		}
		eq += from
		from = eq + 1
		rest := strings.TrimLeft(s[from:min(len(s), from+64)], " \t\r\n")
		rest = strings.TrimPrefix(rest, "JSON.parse(")
		if rest == "" || strings.IndexByte(`{["'`, rest[0]) < 0 {
			continue
		}
		start := strings.Index(s[from:], rest) + from
		if len(s)-start < 2*minData { // what is left is too short to hold an article
			return "", 0
		}
		if c := s[start]; c == '"' || c == '\'' {
			if !strings.HasPrefix(strings.TrimLeft(s[start+1:min(len(s), start+8)], " "), "{") {
				continue
			}
		} else if inner := strings.TrimLeft(s[start+1:min(len(s), start+40)], " \t\r\n"); inner == "" || strings.IndexByte(`"{['`, inner[0]) < 0 {
			continue // code, or an object with bare keys as programs write it
		}
		left := strings.TrimRight(s[max(0, eq-60):eq], " ")
		if cut := strings.LastIndexAny(left, " \t\n;,(){}"); cut >= 0 {
			left = left[cut+1:]
		}
		return strings.TrimPrefix(left, "window."), start
	}
	return "", 0
}

// readFlight reads the rows of React Server Components: "id:json", and "id:Tlength,text" with the length in hex bytes.
func readFlight(s string) stateSource {
	src := stateSource{name: "__next_f"}
	for s != "" {
		colon := strings.IndexByte(s[:min(len(s), 16)], ':')
		if colon < 0 {
			nl := strings.IndexByte(s, '\n')
			if nl < 0 {
				break
			}
			s = s[nl+1:]
			continue
		}
		s = s[colon+1:]
		if strings.HasPrefix(s, "T") {
			if comma := strings.IndexByte(s[:min(len(s), 12)], ','); comma > 0 {
				if n, err := strconv.ParseInt(s[1:comma], 16, 32); err == nil && comma+1+int(n) <= len(s) {
					src.texts = append(src.texts, s[comma+1:comma+1+int(n)])
					s = s[comma+1+int(n):]
					continue
				}
			}
		}
		nl := strings.IndexByte(s, '\n')
		row := s
		if nl >= 0 {
			row, s = s[:nl], s[nl+1:]
		} else {
			s = ""
		}
		if len(row) > 100 && (row[0] == '[' || row[0] == '{') {
			src.values = append(src.values, parseJSON(row)...)
		}
	}
	return src
}

// bodyKeys are members that hold an article's text or its parts.
var bodyKeys = map[string]bool{
	"articlebody": true, "body": true, "bodytext": true, "content": true, "text": true, "html": true, "bodyhtml": true, "paragraphs": true,
	"content_elements": true, "contentelements": true, "blocks": true, "story": true, "fulltext": true, "article": true, "maintext": true, "value": true, "copy": true,
	"richtext": true, "elements": true, "components": true, "children": true, "model": true, "data": true, "articletext": true, "contenthtml": true, "rendered": true,
	"body_html": true, "description_html": true, "main": true, "items": true, "nodes": true, "contents": true, "articlecontent": true, "storybody": true, "parts": true,
}

// bodies finds the article texts in the data: members named like a body whose strings, in order, are prose.
func (s *stateSource) bodies(ev *evidence) []statedBody {
	titles := ev.titles()
	var found []statedBody
	for _, t := range s.texts {
		if p := paragraphsOf(t); len(p) > 1 {
			found = append(found, statedBody{source: "state:" + s.name, paragraphs: p})
		}
	}
	var visit func(v, titled *jsonValue)
	visit = func(v, titled *jsonValue) {
		switch v.kind {
		case jsonArray:
			for i := range v.items {
				visit(&v.items[i], titled)
			}
		case jsonObject:
			for _, key := range [...]string{"headline", "headlines", "title", "name"} {
				if t := v.get(key); t.kind == jsonString && titles[foldTitle(t.text)] {
					titled = v
				} else if basic := t.get("basic"); basic.kind == jsonString && titles[foldTitle(basic.text)] {
					titled = v
				}
			}
			for i, key := range v.keys {
				child := &v.items[i]
				if child.kind != jsonBare && bodyKeys[strings.ToLower(key)] {
					if p := prose(child); len(p) > 0 {
						found = append(found, statedBody{source: "state:" + s.name, paragraphs: p, titled: titled != nil, article: titled})
						if child.kind == jsonString {
							continue
						}
					}
				}
				visit(child, titled)
			}
		}
	}
	for i := range s.values {
		visit(&s.values[i], nil)
	}
	kept := found[:0]
	for _, b := range found {
		for _, p := range b.paragraphs {
			b.size += len(p)
		}
		if b.size >= minData {
			kept = append(kept, b)
		}
	}
	slices.SortStableFunc(kept, func(a, b statedBody) int {
		if a.titled != b.titled {
			if a.titled {
				return -1
			}
			return 1
		}
		return b.size - a.size
	})
	return kept[:min(len(kept), 3)]
}

// prose returns the paragraphs of a value: a string of HTML or text, or an array whose elements hold one each. An array
// of articles (elements with addresses and headlines of their own) has none.
func prose(v *jsonValue) []string {
	switch v.kind {
	case jsonString:
		if len(v.text) < 40 {
			return nil
		}
		return paragraphsOf(v.text)
	case jsonArray:
		var all []string
		for i := range v.items {
			if len(all) > maxBlocks {
				return nil
			}
			item := &v.items[i]
			if item.kind == jsonString {
				if looksLikeProse(item.text) {
					all = append(all, paragraphsOf(item.text)...)
				}
				continue
			}
			if item.kind != jsonObject {
				continue
			}
			if (item.get("headline").kind != jsonNull || item.get("title").kind != jsonNull) && (item.get("url").kind == jsonString || item.get("link").kind == jsonString || item.get("slug").kind == jsonString) {
				continue
			}
			all = append(all, elementProse(item, 0)...)
		}
		return all
	}
	return nil
}

// elementProse returns the text of one element of a body: its first member that is prose, however deep.
func elementProse(v *jsonValue, depth int) []string {
	if depth > 6 {
		return nil
	}
	for _, key := range [...]string{"content", "text", "html", "value", "body", "paragraph", "model", "data", "children", "blocks", "items", "list_items"} {
		child := v.get(key)
		switch child.kind {
		case jsonString:
			if looksLikeProse(child.text) || v.get("type").string() == "header" {
				return paragraphsOf(child.text)
			}
		case jsonObject:
			if p := elementProse(child, depth+1); len(p) > 0 {
				return p
			}
		case jsonArray:
			var all []string
			for i := range child.items {
				if child.items[i].kind == jsonObject {
					all = append(all, elementProse(&child.items[i], depth+1)...)
				} else if looksLikeProse(child.items[i].string()) {
					all = append(all, paragraphsOf(child.items[i].string())...)
				}
			}
			if len(all) > 0 {
				return all
			}
		}
	}
	return nil
}

// looksLikeProse tells sentences from identifiers, addresses and code.
func looksLikeProse(s string) bool {
	if len(s) < 20 || strings.HasPrefix(s, "http") || s[0] == '{' {
		return false
	}
	spaces, wide := 0, 0
	for _, r := range s[:min(len(s), 400)] {
		if r == ' ' {
			spaces++
		} else if r >= 0x2e80 && unicode.IsLetter(r) || r >= 0x0e00 && r < 0x1000 {
			wide++
		}
	}
	return spaces >= 3 || wide >= 10
}

// paragraphsOf splits a text from data, plain or HTML, into paragraphs as a reader would see them. One with more than a
// page may have is no article.
func paragraphsOf(s string) []string {
	if strings.Contains(s, "&lt;") && strings.Contains(s, "&gt;") {
		s = html.UnescapeString(s)
	}
	if !strings.Contains(s, "<") || !strings.Contains(s, ">") {
		s = unescapeHTML(s)
		sep := "\n"
		if strings.Contains(s, "\n\n") {
			sep = "\n\n"
		}
		var out []string
		for p := range strings.SplitSeq(s, sep) {
			if p = tidy(withoutControls(p)); p != "" {
				out = append(out, p)
			}
			if len(out) > maxBlocks {
				return nil
			}
		}
		return out
	}
	var out []string
	var sb strings.Builder
	end := func() {
		if p := tidy(sb.String()); p != "" && strings.IndexFunc(p, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0 {
			out = append(out, p)
		}
		sb.Reset()
	}
	z := html.NewTokenizer(strings.NewReader(s))
	breaks, hidden := 0, 0
	for {
		if len(out) > maxBlocks {
			return nil
		}
		switch z.Next() {
		case html.ErrorToken:
			end()
			return out
		case html.TextToken:
			if hidden > 0 {
				continue
			}
			text := z.Text()
			if utf8.Valid(text) {
				sb.Write(text)
			}
			if len(strings.TrimSpace(string(text))) > 0 {
				breaks = 0
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch tag := atom.Lookup(name); {
			case tag == atom.Br:
				if breaks++; breaks == 2 {
					end()
				} else {
					sb.WriteByte(' ')
				}
			case tag == atom.Script || tag == atom.Style:
				hidden++
			case kindOfTag(tag) != inlineTag:
				end()
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			tag := atom.Lookup(name)
			if tag == atom.Script || tag == atom.Style {
				hidden = max(0, hidden-1)
			} else if kindOfTag(tag) != inlineTag {
				end()
			}
		}
	}
}

// titles returns the names that the page gives itself, folded.
func (ev *evidence) titles() map[string]bool {
	if ev.known.titles != nil {
		return ev.known.titles
	}
	set := map[string]bool{}
	ev.known.titles = set
	add := func(s string) {
		if t := foldTitle(s); len(t) > 8 {
			set[t] = true
		}
	}
	for _, v := range ev.meta[metaTitle] {
		add(v.Value.Value)
	}
	add(ev.ld.article.get("headline").string())
	add(ev.doc.raw.title)
	add(withoutSite(ev.doc.raw.title, ev.siteWords()))
	for _, b := range ev.doc.blocks {
		if b.kind == headingBlock && b.level == 1 {
			add(b.text)
		}
	}
	return set
}

// foldTitle reduces a title to its letters and digits, lower case, so that two ways to write it are equal.
func foldTitle(s string) string {
	if len(s) > 600 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, unescapeHTML(s))
}

// takeState lets the object of embedded data that holds the article's text speak for its authors and dates too.
func (ev *evidence) takeState(article *jsonValue) {
	if article != nil {
		ev.stated = article
		ev.known.authors, ev.known.dated = nil, false
	}
}

// authorKeys are members of an article in embedded data that hold its authors.
var authorKeys = [...]string{"authors", "author", "bylines", "byline", "credits", "contributors", "writers", "creator", "authorName", "author_name"}

// stateAuthors reads the authors of the article in the page's embedded data.
func (ev *evidence) stateAuthors() (c authorCandidate) {
	if ev.stated == nil {
		return c
	}
	for _, key := range authorKeys {
		v := ev.stated.get(key)
		if by := v.get("by"); by.kind != jsonNull { // Arc: {"by": [{"type": "author", "name": …}], "photos_by": …}
			v = by
		}
		for _, a := range v.few(maxNames) {
			name := a.string()
			for _, member := range [...]string{"name", "fullName", "full_name", "displayName", "display_name", "title"} {
				if name == "" {
					name = a.get(member).first().string()
				}
			}
			for _, p := range people(name, said) {
				c.people = appendPerson(c.people, p)
			}
			c.raw = joinRaw(c.raw, name)
		}
		if len(c.people) > 0 {
			c.source = "state:" + key
			return c
		}
	}
	return c
}

// stateDate returns when the article in the page's embedded data was published, and the member that says so.
func (ev *evidence) stateDate() (raw, key string) {
	if ev.stated == nil {
		return "", ""
	}
	for _, key := range publishedKeys {
		if v := ev.stated.get(key); v.text != "" {
			return v.text, key
		}
	}
	return "", ""
}

// stateText returns the first short string that the page's scripts hold under one of the keys, as text: reading the
// few bytes after a key is enough for a date or a name, and costs no parse.
func (ev *evidence) stateText(keys []string) string {
	for _, key := range keys {
		for _, s := range ev.doc.raw.scripts {
			if v := memberText(s.text, key); v != "" {
				return v
			}
		}
		for _, s := range ev.doc.raw.data {
			if v := memberText(s, key); v != "" {
				return v
			}
		}
	}
	return ""
}

// memberText finds "key": "value" in a text, also where the quotes are escaped.
func memberText(s, key string) string {
	for from := 0; ; {
		i := strings.Index(s[from:], key)
		if i < 0 {
			return ""
		}
		from += i + len(key)
		rest := strings.TrimLeft(s[from:min(len(s), from+120)], `\"' `)
		if !strings.HasPrefix(rest, ":") {
			continue
		}
		rest = strings.TrimLeft(rest[1:], " ")
		value := strings.TrimLeft(rest, `\"'`)
		if value == rest {
			continue // no string
		}
		if end := strings.IndexAny(value, `\"'`); end > 0 {
			return value[:end]
		}
	}
}

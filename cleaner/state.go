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

	"newsmill/cleaner/article"
	"newsmill/cleaner/loosejson"
	"newsmill/cleaner/nametext"
	"newsmill/cleaner/script"
)

// stateSource is a piece of data that a page carries for its own scripts.
type stateSource struct {
	name   string // "__NEXT_DATA__", "Fusion.globalContent", "data attribute"
	values []loosejson.Value
	texts  []string // texts that stand outside the values, as React Server Components send them
}

// flightName is the variable in which Next.js puts what React Server Components send.
const flightName = "__next_f"

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
			values := loosejson.Parse(s.text)
			if s.id == "__NUXT_DATA__" {
				values = unflatten(values)
			}
			ev.state = append(ev.state, stateSource{name: nameOr(s.id, "json"), values: values})
			continue
		}
		if strings.Contains(s.text[:min(len(s.text), 200)], flightName) {
			budget -= len(s.text)
			if at := strings.Index(s.text, "push("); at >= 0 {
				for _, v := range loosejson.Parse(s.text[at:]) {
					if len(v.Items) == 2 {
						flight.WriteString(v.Items[1].String())
					}
				}
			}
			continue
		}
		if name, at := assignedJSON(s.text); at > 0 {
			budget -= len(s.text)
			p := loosejson.Parser{Source: s.text, Pos: at}
			v := p.Value(0)
			if called := calledWith(s.text[:at], s.text[p.Pos:]); called != nil {
				v = called.fill(v)
			}
			if v.Kind == loosejson.String { // JSON.parse("…")
				if text, err := url.PathUnescape(v.Text); err == nil && strings.HasPrefix(v.Text, "%7B") { // decodeURIComponent("%7B…")
					v.Text = text
				}
				ev.state = append(ev.state, stateSource{name: name, values: loosejson.Parse(v.Text)})
			} else {
				ev.state = append(ev.state, stateSource{name: name, values: []loosejson.Value{v}})
			}
		}
	}
	if flight.Len() > 0 {
		ev.state = append(ev.state, readFlight(flight.String()))
	}
	for _, a := range ev.doc.raw.data {
		if len(a) <= budget {
			budget -= len(a)
			ev.state = append(ev.state, stateSource{name: "data attribute", values: loosejson.Parse(a)})
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
// the value starts; 0 where there is none. Of Nuxt 2's "__NUXT__=(function(a,b){return {…}}(…))" that is what is returned.
func assignedJSON(s string) (name string, at int) {
	for from, tries := 0, 0; tries < 40; tries++ {
		eq := strings.IndexByte(s[from:], '=')
		if eq < 0 {
			return "", 0
		}
		eq += from
		from = eq + 1
		left := strings.TrimRight(s[max(0, eq-60):eq], " ")
		if cut := strings.LastIndexAny(left, " \t\n;,(){}"); cut >= 0 {
			left = left[cut+1:]
		}
		name = strings.TrimPrefix(left, "window.")
		rest := strings.TrimLeft(s[from:min(len(s), from+64)], " \t\r\n")
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "JSON.parse("), "decodeURIComponent(")
		if isStateName(name) && (strings.HasPrefix(rest, "(function(") || strings.HasPrefix(rest, "function(") || strings.HasPrefix(rest, "((")) {
			if at := returned(s, from); at > 0 {
				return name, at
			}
			continue
		}
		if rest == "" || strings.IndexByte(`{["'`, rest[0]) < 0 {
			continue
		}
		start := strings.Index(s[from:], rest) + from
		if len(s)-start < minData { // what is left is too short to hold an article
			return "", 0
		}
		if c := s[start]; c == '"' || c == '\'' {
			if inner := strings.TrimLeft(s[start+1:min(len(s), start+8)], " "); !strings.HasPrefix(inner, "{") && !strings.HasPrefix(inner, "%7B") {
				continue
			}
		} else if inner := strings.TrimLeft(s[start+1:min(len(s), start+40)], " \t\r\n"); inner == "" || strings.IndexByte(`"{['`, inner[0]) < 0 && !isStateName(name) {
			continue // code, or an object with bare keys as programs write it
		}
		return name, start
	}
	return "", 0
}

// isStateName reports whether a script's variable is called as frameworks call the data of a page: __NUXT__,
// __INITIAL_STATE__, pageData.
func isStateName(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(name, "__") || strings.Contains(lower, "state") || strings.Contains(lower, "data") || strings.Contains(lower, "props")
}

// returned finds the object or array that the function which begins at a byte returns, "return {" or "=>({"; 0 if there is
// none.
func returned(s string, from int) int {
	for tries := 0; tries < 40; tries++ {
		i, word := strings.Index(s[from:], "return"), "return"
		if arrow := strings.Index(s[from:min(len(s), from+maxHead)], "=>"); arrow >= 0 && (i < 0 || arrow < i) {
			i, word = arrow, "=>"
		}
		if i < 0 {
			return 0
		}
		from += i + len(word)
		rest := strings.TrimLeft(s[from:min(len(s), from+8)], " \t\r\n(")
		if rest != "" && (rest[0] == '{' || rest[0] == '[') && (word == "return" || s[from] == '(') {
			return from + strings.IndexByte(s[from:], rest[0])
		}
	}
	return 0
}

const maxHead = 4_000 // bytes of the names of a function's parameters

// arguments are the values that a function is called with, by the names that it has for them.
type arguments map[string]loosejson.Value

// calledWith reads the names of a function's parameters before what it returns, "(function(a,b){" or "((a,b)=>", and the
// values behind it, "}(1,2))"; nil if there is no function.
func calledWith(head, tail string) arguments {
	i, word := strings.LastIndex(head, "function("), "function("
	if i < 0 {
		i, word = strings.LastIndex(head, "(("), "(("
	}
	if i < 0 {
		return nil
	}
	names, _, ok := strings.Cut(head[i+len(word):], ")")
	open := strings.Index(tail[:min(len(tail), 64)], "(")
	if !ok || open < 0 || names == "" {
		return nil
	}
	args := arguments{}
	p := loosejson.Parser{Source: tail, Pos: open + 1}
	for name := range strings.SplitSeq(names, ",") {
		if len(args) == loosejson.MaxMembers {
			break
		}
		for p.Space(); p.Pos < len(p.Source) && p.Source[p.Pos] == ','; p.Space() {
			p.Pos++
		}
		if p.Pos >= len(p.Source) || p.Source[p.Pos] == ')' {
			break
		}
		before := p.Pos
		args[strings.TrimSpace(name)] = argumentAt(&p)
		if p.Pos == before {
			break
		}
	}
	return args
}

// argumentAt reads a value of a call: "void 0" and "Array(3)" are none of JSON's.
func argumentAt(p *loosejson.Parser) loosejson.Value {
	v := p.Value(0)
	if v.Kind > loosejson.Bare {
		return v
	}
	for p.Space(); p.Pos < len(p.Source) && strings.IndexByte(",)", p.Source[p.Pos]) < 0; p.Pos++ {
		if p.Source[p.Pos] == '(' {
			if end := strings.IndexByte(p.Source[p.Pos:], ')'); end > 0 {
				p.Pos += end
			}
		}
	}
	if v.Text == "void" {
		return loosejson.Value{}
	}
	return v
}

// fill puts the arguments in the place of their names.
func (args arguments) fill(v loosejson.Value) loosejson.Value {
	if v.Kind == loosejson.Bare {
		if arg, ok := args[v.Text]; ok {
			return arg
		}
		return v
	}
	for i := range v.Items {
		v.Items[i] = args.fill(v.Items[i])
	}
	return v
}

// maxUnflat bounds the values of Nuxt 3's data, whose parts may be named again and again.
const maxUnflat = 200_000

// unflatten reads the data of Nuxt 3: an array of values in which objects and arrays name their members by their place in it
// (github.com/Rich-Harris/devalue), and ["Reactive", 2] names another value. Other data stay as they are.
func unflatten(values []loosejson.Value) []loosejson.Value {
	if len(values) != 1 || values[0].Kind != loosejson.Array {
		return values
	}
	flat, left := values[0].Items, maxUnflat
	var read func(ref *loosejson.Value, depth int) loosejson.Value
	read = func(ref *loosejson.Value, depth int) loosejson.Value {
		at, err := strconv.Atoi(ref.Text)
		isPlace := ref.Kind == loosejson.Bare && err == nil && at >= 0 && at < len(flat)
		if !isPlace || depth > loosejson.MaxDepth || left == 0 {
			return loosejson.Value{}
		}
		left--
		v := flat[at]
		switch {
		case v.Kind == loosejson.Array && len(v.Items) > 0 && v.Items[0].Kind == loosejson.String: // ["Ref", 3], ["Date", "2026-…"]
			if len(v.Items) < 2 {
				return loosejson.Value{}
			}
			if v.Items[1].Kind == loosejson.String {
				return v.Items[1]
			}
			return read(&v.Items[1], depth+1)
		case v.Kind == loosejson.Array || v.Kind == loosejson.Object:
			full := loosejson.Value{Kind: v.Kind}
			for i := range v.Items {
				item := read(&v.Items[i], depth+1)
				if v.Kind == loosejson.Object {
					full.Add(v.Keys[i], item)
				} else {
					full.Items = append(full.Items, item)
				}
			}
			return full
		}
		return v
	}
	return []loosejson.Value{read(&loosejson.Value{Kind: loosejson.Bare, Text: "0"}, 0)}
}

// readFlight reads the rows of React Server Components: "id:json", and "id:Tlength,text" with the length in hex bytes.
// A value "$id" is the text of that row.
func readFlight(s string) stateSource {
	src := stateSource{name: flightName}
	named := map[string]string{}
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
		id := s[:colon]
		s = s[colon+1:]
		if strings.HasPrefix(s, "T") {
			if comma := strings.IndexByte(s[:min(len(s), 12)], ','); comma > 0 {
				if n, err := strconv.ParseInt(s[1:comma], 16, 32); err == nil && n >= 0 && comma+1+int(n) <= len(s) {
					text := s[comma+1 : comma+1+int(n)]
					src.texts = append(src.texts, text)
					named["$"+id] = text
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
		if len(row) > 20 && (row[0] == '[' || row[0] == '{') {
			src.values = append(src.values, loosejson.Parse(row)...)
		}
	}
	budget := maxStateBytes
	for i := range src.values {
		putTexts(&src.values[i], named, &budget)
	}
	return src
}

// name puts texts in the place of their names, as many bytes as the budget has.
func putTexts(v *loosejson.Value, texts map[string]string, budget *int) {
	if text, ok := texts[v.Text]; ok && v.Kind == loosejson.String && len(text) <= *budget {
		*budget -= len(text)
		v.Text = text
	}
	for i := range v.Items {
		putTexts(&v.Items[i], texts, budget)
	}
}

// An element of React's is an array: ["$", "p", key, {"children": …}].
func reactElement(v *loosejson.Value) (tag string, props *loosejson.Value) {
	if v.Kind != loosejson.Array || len(v.Items) < 4 || v.Items[0].Text != "$" || v.Items[3].Kind != loosejson.Object {
		return "", loosejson.Nothing
	}
	return v.Items[1].Text, &v.Items[3]
}

// rendered collects the paragraphs that React's elements show, and the headings of the first level. What frames the page is
// left out.
type rendered struct {
	paragraphs []string
	titles     []string
	left       int // values that may still be looked at
}

func (r *rendered) read(v *loosejson.Value, depth int) {
	if r.left--; r.left < 0 || depth > loosejson.MaxDepth || v.Kind < loosejson.Array {
		return
	}
	switch tag, props := reactElement(v); tag {
	case "header", "footer", "nav", "aside", "form", "button", "script", "style", "title":
	case "h1":
		r.titles = append(r.titles, reactText(props.Get("children"), 0))
	case "p", "li", "h2", "h3", "h4", "blockquote", "pre":
		if text := script.Tidy(reactText(props.Get("children"), 0)); text != "" {
			r.paragraphs = append(r.paragraphs, text)
		}
	default:
		if html := props.Get("dangerouslySetInnerHTML").Get("__html").String(); html != "" && tag != "" {
			r.paragraphs = append(r.paragraphs, paragraphsOf(html)...)
			return
		}
		for i := range v.Items {
			r.read(&v.Items[i], depth+1)
		}
	}
}

// shown returns the text that a value of React's shows.
func reactText(v *loosejson.Value, depth int) string {
	if depth > loosejson.MaxDepth {
		return ""
	}
	if v.Kind == loosejson.String && !strings.HasPrefix(v.Text, "$") {
		return v.Text
	}
	if tag, props := reactElement(v); tag != "" {
		return reactText(props.Get("children"), depth+1)
	}
	if v.Kind != loosejson.Array {
		return ""
	}
	var sb strings.Builder
	for i := range v.Items {
		sb.WriteString(reactText(&v.Items[i], depth+1))
	}
	return sb.String()
}

// elements finds the text that the elements of a flight show.
func (s *stateSource) elements(titles map[string]bool) (b statedBody, ok bool) {
	r := rendered{left: maxUnflat}
	for i := range s.values {
		r.read(&s.values[i], 0)
	}
	b = statedBody{source: "state:" + s.name, paragraphs: r.paragraphs}
	for _, t := range r.titles {
		b.titled = b.titled || titles[foldTitle(t)]
	}
	return b, len(r.paragraphs) > 1 && len(r.paragraphs) <= maxBlocks
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
	if s.name == flightName {
		if b, ok := s.elements(titles); ok {
			found = append(found, b)
		}
	}
	var visit func(v, titled *loosejson.Value)
	visit = func(v, titled *loosejson.Value) {
		switch v.Kind {
		case loosejson.Array:
			for i := range v.Items {
				visit(&v.Items[i], titled)
			}
		case loosejson.Object:
			for _, key := range [...]string{"headline", "headlines", "title", "name"} {
				if t := v.Get(key); t.Kind == loosejson.String && titles[foldTitle(t.Text)] {
					titled = v
				} else if basic := t.Get("basic"); basic.Kind == loosejson.String && titles[foldTitle(basic.Text)] {
					titled = v
				}
			}
			for i, key := range v.Keys {
				child := &v.Items[i]
				if child.Kind != loosejson.Bare && bodyKeys[strings.ToLower(key)] {
					if p := prose(child); len(p) > 0 {
						found = append(found, statedBody{source: "state:" + s.name, paragraphs: p, titled: titled != nil, article: titled})
						if child.Kind == loosejson.String {
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
func prose(v *loosejson.Value) []string {
	switch v.Kind {
	case loosejson.String:
		if len(v.Text) < 40 {
			return nil
		}
		return paragraphsOf(v.Text)
	case loosejson.Array:
		var all []string
		for i := range v.Items {
			if len(all) > maxBlocks {
				return nil
			}
			item := &v.Items[i]
			if item.Kind == loosejson.String {
				if looksLikeProse(item.Text) {
					all = append(all, paragraphsOf(item.Text)...)
				}
				continue
			}
			if item.Kind != loosejson.Object {
				continue
			}
			if (item.Get("headline").Kind != loosejson.Null || item.Get("title").Kind != loosejson.Null) && (item.Get("url").Kind == loosejson.String || item.Get("link").Kind == loosejson.String || item.Get("slug").Kind == loosejson.String) {
				continue
			}
			all = append(all, elementProse(item, 0)...)
		}
		return all
	}
	return nil
}

// elementProse returns the text of one element of a body: its first member that is prose, however deep.
func elementProse(v *loosejson.Value, depth int) []string {
	if depth > 6 {
		return nil
	}
	if line := spansLine(v.Get("children")); line != "" {
		return []string{line}
	}
	for _, key := range [...]string{"content", "text", "html", "value", "body", "paragraph", "model", "data", "children", "blocks", "items", "list_items"} {
		child := v.Get(key)
		switch child.Kind {
		case loosejson.String:
			if looksLikeProse(child.Text) || v.Get("type").String() == "header" {
				return paragraphsOf(child.Text)
			}
		case loosejson.Object:
			if p := elementProse(child, depth+1); len(p) > 0 {
				return p
			}
		case loosejson.Array:
			var all []string
			for i := range child.Items {
				if child.Items[i].Kind == loosejson.Object {
					all = append(all, elementProse(&child.Items[i], depth+1)...)
				} else if looksLikeProse(child.Items[i].String()) {
					all = append(all, paragraphsOf(child.Items[i].String())...)
				}
			}
			if len(all) > 0 {
				return all
			}
		}
	}
	return nil
}

// line joins the spans of a paragraph, objects with a text each and nothing else to read, as editors of rich text write
// them; "" where a value is something else.
func spansLine(v *loosejson.Value) string {
	if v.Kind != loosejson.Array {
		return ""
	}
	var sb strings.Builder
	for i := range v.Items {
		span := &v.Items[i]
		text := span.Get("text")
		if text.Kind != loosejson.String || strings.Contains(text.Text, "<") {
			return ""
		}
		for _, member := range span.Items {
			if member.Kind == loosejson.Object || member.Kind == loosejson.Array && len(member.Items) > 0 && member.Items[0].Kind >= loosejson.Array {
				return ""
			}
		}
		sb.WriteString(text.Text)
	}
	if line := script.Tidy(sb.String()); looksLikeProse(line) {
		return line
	}
	return ""
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
		s = script.UnescapeHTML(s)
		sep := "\n"
		if strings.Contains(s, "\n\n") {
			sep = "\n\n"
		}
		var out []string
		for p := range strings.SplitSeq(s, sep) {
			if p = script.Tidy(article.WithoutControls(p)); p != "" {
				out = append(out, p)
			}
			if len(out) > maxBlocks {
				return nil
			}
		}
		return out
	}
	var out []string
	var line []byte
	end := func() {
		if p := script.Tidy(string(line)); p != "" && strings.IndexFunc(p, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0 {
			out = append(out, p)
		}
		line = line[:0]
	}
	z := html.NewTokenizer(strings.NewReader(s))
	breaks, hidden, raised := 0, 0, -1
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
				line = append(line, text...)
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
					line = append(line, ' ')
				}
			case isUnread(tag):
				hidden++
			case tag == atom.Rb:
				hidden = 0 // readings may be left open
			case tag == atom.Sup || tag == atom.Sub:
				raised = len(line)
			case kindOfTag(tag) != inlineTag:
				end()
				hidden, raised = 0, -1
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch tag := atom.Lookup(name); {
			case isUnread(tag):
				hidden = max(0, hidden-1)
			case tag == atom.Ruby:
				hidden = 0
			case tag == atom.Sup || tag == atom.Sub:
				if raised >= 0 && raised < len(line) {
					line = appendRaised(line, raised, tag)
				}
				raised = -1
			case kindOfTag(tag) != inlineTag:
				end()
			}
		}
	}
}

// isUnread reports whether what stands in an element is no part of the text around it.
func isUnread(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Rt, atom.Rp, atom.Rtc:
		return true
	}
	return false
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
	add(ev.ld.article.Get("headline").String())
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
	}, script.UnescapeHTML(s))
}

// foldsTo reports whether that of a text is a folded title.
func foldsTo(s, folded string) bool {
	if len(s) > 600 {
		return folded == ""
	}
	for _, r := range script.UnescapeHTML(s) {
		if isNoTitle(r) {
			continue
		}
		want, size := utf8.DecodeRuneInString(folded)
		if size == 0 || unicode.ToLower(r) != want {
			return false
		}
		folded = folded[size:]
	}
	return folded == ""
}

// takeState lets the object of embedded data that holds the article's text speak for its authors and dates too.
func (ev *evidence) takeState(article *loosejson.Value) {
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
		v := ev.stated.Get(key)
		if by := v.Get("by"); by.Kind != loosejson.Null { // Arc: {"by": [{"type": "author", "name": …}], "photos_by": …}
			v = by
		}
		for _, a := range v.Few(nametext.MaxNames) {
			name := a.String()
			for _, member := range [...]string{"name", "fullName", "full_name", "displayName", "display_name", "title"} {
				if name == "" {
					name = a.Get(member).First().String()
				}
			}
			for _, p := range ev.people(name, nametext.Said) {
				c.people = nametext.AppendPerson(c.people, p)
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
		if v := ev.stated.Get(key); v.Text != "" {
			return v.Text, key
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

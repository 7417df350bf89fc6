package storage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The query language. What a user types never reaches SQLite's MATCH as it is: there C++, a-b, it's, foo:bar, and a lone
// quote are errors. It is parsed into a tree, and each word is printed as a quoted string.
//
//	harbour ferry      both words
//	"harbour ferry"    one after the other
//	ferry OR boat      either
//	ferry -boat        without; also ferry NOT boat
//	harb*              words that begin so
//	title:ferry        in the title; also byline: and text:, and before a phrase
//	(a OR b) c         grouping
//
// Operators are upper case. What can't be read is taken as plain words.

const (
	maxQueryBytes = 2000 // longer ones are cut
	maxQueryWords = 40   // further ones are left out: FTS5 merges them all
	maxQueryDepth = 20   // of parentheses
)

// queryNode is a part of a parsed query: a leaf, or an operator over children.
type queryNode struct {
	op       queryOp
	children []*queryNode // of and, or: two or more; of not: what must match, what must not

	field  string // of a leaf: "title", "byline", "text"; "" any
	text   string // of a leaf: a word, or words of a phrase
	prefix bool   // of a leaf: words that begin with text

	phrases []string // of a leaf in the words index: what it is looked up as, any of them (see spellLeaf); nil: text
}

type queryOp uint8

const (
	leafOp queryOp = iota
	andOp
	orOp
	notOp
	negOp // only while parsing: its one child must not match
)

var queryFields = map[string]string{"title": "title", "byline": "byline", "author": "byline", "text": "text"}

// parseQuery reads a query. The tree is nil if there is nothing to find; note says what could not be read as meant.
func parseQuery(q string) (tree *queryNode, note string) {
	q = strings.ToValidUTF8(q, " ")
	if len(q) > maxQueryBytes {
		q, note = strings.ToValidUTF8(q[:maxQueryBytes], ""), fmt.Sprintf("only the first %d bytes of the query are used", maxQueryBytes)
	}
	q = norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == '“' || r == '”' || r == '„' || r == '«' || r == '»': // as editors and phones type them
			return '"'
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || string(r) == spellingMark:
			return ' '
		}
		return r
	}, q))
	tokens, unknown := queryTokens(q)
	p := queryParser{tokens: tokens}
	tree, problem := p.parse()
	if problem == "" {
		return tree, cmp.Or(note, unknown)
	}
	return plainWords(q), problem + ": searched for the plain words instead"
}

// plainWords is the query of all words of q, whatever marks stand between them.
func plainWords(q string) *queryNode {
	var leaves []*queryNode
	for _, w := range strings.FieldsFunc(q, func(r rune) bool { return !isWordRune(r) }) {
		if w != "AND" && w != "OR" && w != "NOT" && len(leaves) < maxQueryWords {
			leaves = append(leaves, &queryNode{text: w})
		}
	}
	return join(andOp, leaves)
}

func join(op queryOp, nodes []*queryNode) *queryNode {
	switch len(nodes) {
	case 0:
		return nil
	case 1:
		return nodes[0]
	}
	return &queryNode{op: op, children: nodes}
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func hasWord(s string) bool { return strings.IndexFunc(s, isWordRune) >= 0 }

// queryToken is a word, a phrase or a mark of a query.
type queryToken struct {
	kind   byte // 'w' word, 'p' phrase, '(' ')' '|' '&' '!' (NOT), '-' (before a word)
	text   string
	open   bool // of a phrase: its end is missing
	prefix bool // of a word or phrase: a star follows
	field  string
}

// filterFields are words before a colon that people try and that are no fields of the index, with the flag that does it.
var filterFields = map[string]string{
	"source": "--source", "site": "--source", "lang": "--lang", "language": "--lang", "section": "--section", "since": "--since", "until": "--until",
	"date": "--since", "after": "--since", "before": "--until",
}

// unknownField says what "word:" may have been meant for; "" if for nothing that we know.
func unknownField(name, rest string) string {
	name = strings.ToLower(name)
	if flag := filterFields[name]; flag != "" {
		return fmt.Sprintf("%s: is no field of the search: did you mean %s %s?", name, flag, rest)
	}
	if len(name) < 4 {
		return ""
	}
	for _, near := range oneLetterAway(name, "abcdefghijklmnopqrstuvwxyz") {
		if queryFields[near] != "" {
			return fmt.Sprintf("%s: is no field of the search: did you mean %s:?", name, near)
		}
	}
	return ""
}

// queryTokens splits a query; note says if a field in it is none.
func queryTokens(q string) (tokens []queryToken, note string) {
	field := ""
	add := func(t queryToken) {
		t.field, field = field, ""
		tokens = append(tokens, t)
	}
	for q != "" {
		r, size := utf8.DecodeRuneInString(q)
		switch {
		case unicode.IsSpace(r):
			q, field = q[size:], ""
			continue
		case r == '(' || r == ')':
			add(queryToken{kind: byte(r)})
			q = q[1:]
			continue
		case r == '"':
			end := strings.IndexByte(q[1:], '"')
			t := queryToken{kind: 'p', open: end < 0}
			if end < 0 {
				t.text, q = q[1:], ""
			} else {
				t.text, q = q[1:1+end], q[end+2:]
			}
			if strings.HasPrefix(q, "*") {
				t.prefix, q = true, q[1:]
			}
			add(t)
			continue
		case r == '-' && len(q) > 1 && !unicode.IsSpace(rune(q[1])) && q[1] != '-':
			add(queryToken{kind: '-'})
			q = q[1:]
			continue
		}
		end := strings.IndexFunc(q, func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' || r == '"' })
		if end < 0 {
			end = len(q)
		}
		word := q[:end]
		if name, rest, ok := strings.Cut(word, ":"); ok && queryFields[strings.ToLower(name)] != "" {
			field = queryFields[strings.ToLower(name)]
			if rest == "" {
				q = q[end:]
				continue
			}
			word = rest
		} else if ok {
			note = cmp.Or(note, unknownField(name, rest))
		}
		q = q[end:]
		switch word {
		case "AND", "&&":
			add(queryToken{kind: '&'})
		case "OR", "||", "|":
			add(queryToken{kind: '|'})
		case "NOT":
			add(queryToken{kind: '!'})
		default:
			t := queryToken{kind: 'w', text: word}
			if trimmed := strings.TrimRight(word, "*"); trimmed != word {
				t.text, t.prefix = trimmed, true
			}
			add(t)
		}
	}
	return tokens, note
}

// queryParser is a recursive descent over the tokens.
type queryParser struct {
	tokens []queryToken
	leaves int
	depth  int
}

func (p *queryParser) parse() (*queryNode, string) {
	n, problem := p.or()
	switch {
	case problem != "":
		return nil, problem
	case len(p.tokens) > 0:
		return nil, "a parenthesis is closed that was not opened"
	case n != nil && n.op == negOp:
		return nil, "a word to leave out needs one to find"
	}
	return n, ""
}

func (p *queryParser) or() (*queryNode, string) {
	var parts []*queryNode
	for {
		n, problem := p.and()
		if problem != "" {
			return nil, problem
		}
		more := len(p.tokens) > 0 && p.tokens[0].kind == '|'
		if n == nil && (more || len(parts) > 0) {
			return nil, "OR needs a word on both sides"
		}
		if n != nil {
			parts = append(parts, n)
		}
		if !more {
			break
		}
		p.tokens = p.tokens[1:]
	}
	if len(parts) > 1 {
		for _, n := range parts {
			if n.op == negOp {
				return nil, "a word to leave out can't stand beside OR"
			}
		}
	}
	return join(orOp, parts), ""
}

func (p *queryParser) and() (*queryNode, string) {
	var must, mustNot []*queryNode
	for len(p.tokens) > 0 && p.tokens[0].kind != ')' && p.tokens[0].kind != '|' {
		if p.tokens[0].kind == '&' {
			p.tokens = p.tokens[1:]
			if len(must)+len(mustNot) == 0 || len(p.tokens) == 0 || strings.IndexByte(")|&", p.tokens[0].kind) >= 0 {
				return nil, "AND needs a word on both sides"
			}
			continue
		}
		n, problem := p.unary()
		switch {
		case problem != "":
			return nil, problem
		case n == nil: // marks without a word
		case n.op == negOp:
			mustNot = append(mustNot, n.children[0])
		default:
			must = append(must, n)
		}
	}
	switch {
	case len(mustNot) == 0:
		return join(andOp, must), ""
	case len(must) == 0:
		return &queryNode{op: negOp, children: []*queryNode{join(orOp, mustNot)}}, ""
	}
	return &queryNode{op: notOp, children: []*queryNode{join(andOp, must), join(orOp, mustNot)}}, ""
}

func (p *queryParser) unary() (*queryNode, string) {
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	switch t.kind {
	case '!', '-':
		if len(p.tokens) == 0 || strings.IndexByte("wp(", p.tokens[0].kind) < 0 {
			return nil, "NOT needs a word after it"
		}
		n, problem := p.unary()
		if problem != "" || n == nil {
			return nil, problem
		}
		if n.op == negOp {
			return nil, "NOT twice"
		}
		return &queryNode{op: negOp, children: []*queryNode{n}}, ""
	case '(':
		if p.depth++; p.depth > maxQueryDepth {
			return nil, "too many parentheses"
		}
		n, problem := p.or()
		if problem != "" {
			return nil, problem
		}
		if len(p.tokens) == 0 {
			return nil, "a parenthesis is not closed"
		}
		p.tokens = p.tokens[1:]
		p.depth--
		return inField(n, t.field), ""
	}
	if t.open {
		return nil, "a quotation mark is not closed"
	}
	if !hasWord(t.text) {
		return nil, ""
	}
	if p.leaves++; p.leaves > maxQueryWords {
		return nil, fmt.Sprintf("more than %d words", maxQueryWords)
	}
	return &queryNode{text: fold(t.text), prefix: t.prefix, field: t.field}, ""
}

// inField applies a field that stands before a parenthesis.
func inField(n *queryNode, field string) *queryNode {
	if n == nil || field == "" {
		return n
	}
	if n.op == leafOp && n.field == "" {
		n.field = field
	}
	for _, c := range n.children {
		inField(c, field)
	}
	return n
}

// indexUse says which index a leaf is looked up in.
type indexUse uint8

const (
	wordIndex      indexUse = 1 << iota // articles_fts
	substringIndex                      // articles_trigram
)

// index returns the index that finds a leaf. The words index takes a run of characters without spaces for one word,
// so scripts that have none need the substring index. A byline is only in the words index.
func (n *queryNode) index(substring bool) indexUse {
	if n.field != "byline" && (substring || strings.IndexFunc(n.text, isUnspaced) >= 0) {
		return substringIndex
	}
	return wordIndex
}

// uses returns all indexes that a query needs.
func (n *queryNode) uses(substring bool) indexUse {
	if n.op == leafOp {
		return n.index(substring)
	}
	var u indexUse
	for _, c := range n.children {
		u |= c.uses(substring)
	}
	return u
}

// words prints a tree of leaves of the words index for MATCH.
func (n *queryNode) words() string {
	switch n.op {
	case andOp:
		return n.join(" AND ")
	case orOp:
		return n.join(" OR ")
	case notOp:
		return "(" + n.children[0].words() + ") NOT (" + n.children[1].words() + ")"
	}
	var parts []string
	for _, p := range n.lookups() {
		s := quoteFTS(p)
		if n.isPrefix() {
			s += " *"
		}
		if n.field != "" {
			s = n.field + " : " + s
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " OR ")
}

// lookups are the phrases of a leaf.
func (n *queryNode) lookups() []string {
	if n.phrases == nil {
		return []string{n.text}
	}
	return n.phrases
}

// isPrefix reports whether the words index is asked for words that begin with a leaf. Korean writes its particles at the end
// of words, and bylines in scripts without spaces are one word.
func (n *queryNode) isPrefix() bool {
	return n.prefix || strings.IndexFunc(n.text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) || isUnspaced(r) }) >= 0
}

// hasPrefix reports whether any leaf is one.
func (n *queryNode) hasPrefix() bool {
	return n.op == leafOp && n.isPrefix() || slices.ContainsFunc(n.children, (*queryNode).hasPrefix)
}

// counted has a character for each phrase, in the order of words: 1 if it is cheap to find out how rare it is.
func (n *queryNode) counted() string {
	if n.op == leafOp {
		if n.isPrefix() || strings.IndexFunc(n.text, func(r rune) bool { return !isWordRune(r) }) >= 0 {
			return strings.Repeat("0", len(n.lookups()))
		}
		return "1" + strings.Repeat("0", len(n.lookups())-1)
	}
	var sb strings.Builder
	for _, c := range n.children {
		sb.WriteString(c.counted())
	}
	return sb.String()
}

func (n *queryNode) join(op string) string {
	parts := make([]string, len(n.children))
	for i, c := range n.children {
		parts[i] = "(" + c.words() + ")"
	}
	return strings.Join(parts, op)
}

// quoteFTS makes a string of FTS5's of any text.
func quoteFTS(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// leaves calls f for each leaf that must match, not for those that must not.
func (n *queryNode) leafNodes(f func(*queryNode)) {
	if n.op == leafOp {
		f(n)
		return
	}
	for i, c := range n.children {
		if n.op != notOp || i == 0 {
			c.leafNodes(f)
		}
	}
}

// spellingMark stands between the spellings of a word in a query (fts5/synonyms.c).
const spellingMark = "\ue002"

// oneLetterAway are the words that a single slip of the fingers makes of a word, or of which it is one.
func oneLetterAway(word, alphabet string) []string {
	w := []rune(word)
	var all []string
	for i := range w {
		all = append(all, string(w[:i])+string(w[i+1:]))
		if i > 0 && w[i-1] != w[i] {
			all = append(all, string(w[:i-1])+string(w[i])+string(w[i-1])+string(w[i+1:]))
		}
		for _, r := range alphabet {
			if r != w[i] {
				all = append(all, string(w[:i])+string(r)+string(w[i+1:]))
			}
			all = append(all, string(w[:i])+string(r)+string(w[i:]))
		}
	}
	for _, r := range alphabet {
		all = append(all, word+string(r))
	}
	return all
}

package cleaner

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
)

// Formulas. MathML becomes a line of text within its sentence: F=ma, x², (a+b)/c, √2. Scripts that draw formulas leave MathML
// beside what they draw; that is read, and the drawing is not.

const (
	maxFormulaBytes = 4_000 // of a formula's source
	maxFormulaDepth = 50    // of its elements; what is deeper is text in a row
	maxFormulaNodes = 5_000 // around a formula that are looked through for it
)

// drawn adds the formula that an element shows by its MathML, and reports whether it has any.
func (w *walker) drawn(n *html.Node) bool {
	visited := 0
	for d := range n.Descendants() {
		w.doc.spend(1)
		if d.DataAtom == atom.Math {
			w.formula(d)
			return true
		}
		if visited++; visited > maxFormulaNodes {
			break
		}
	}
	return false
}

// isFormulaImage reports whether a picture stands for a formula, whose source is its alternative text.
func isFormulaImage(n *html.Node) bool {
	for class := range strings.FieldsSeq(classList(n)) {
		switch class {
		case "latex", "tex", "mwe-math-fallback-image-inline", "mwe-math-fallback-image-display":
			return attr(n, "alt") != ""
		}
	}
	return false
}

// isRendered reports whether the formula that a <script type="math/tex"> holds stands before it.
func isRendered(n *html.Node) bool {
	e := elementBefore(n)
	if e == nil {
		return false
	}
	class := classList(e)
	return strings.HasPrefix(class, "MathJax") && class != "MathJax_Preview" || strings.HasPrefix(class, "mjx-")
}

// formula adds a formula to the current block.
func (w *walker) formula(n *html.Node) {
	display := attr(n, "display") == "block"
	w.space = w.space || display
	w.term(n, 0)
	w.space = w.space || display
}

// term adds a part of a formula.
func (w *walker) term(n *html.Node, depth int) {
	w.doc.spend(1)
	if depth > maxFormulaDepth {
		w.token(textUpTo(n, maxFormulaBytes))
		return
	}
	var parts []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data != "annotation" && c.Data != "annotation-xml" && c.Data != "none" {
			parts = append(parts, c)
		}
	}
	part := func(i int) { w.term(parts[i], depth+1) }
	switch {
	case n.Data == "mtext":
		w.text(textUpTo(n, maxFormulaBytes))
	case isToken(n.Data) || len(parts) == 0:
		w.token(textUpTo(n, maxFormulaBytes))
	case n.Data == "mfrac" && len(parts) == 2:
		w.factor(parts[0], depth+1)
		w.sign("/")
		w.factor(parts[1], depth+1)
	case n.Data == "msqrt":
		w.sign("√")
		w.bracketed(n, depth)
	case n.Data == "mroot" && len(parts) == 2:
		w.script(article.SuperscriptSpan, parts[1], depth+1)
		w.sign("√")
		w.factor(parts[0], depth+1)
	case (n.Data == "msup" || n.Data == "mover") && len(parts) == 2:
		part(0)
		w.script(article.SuperscriptSpan, parts[1], depth+1)
	case (n.Data == "msub" || n.Data == "munder") && len(parts) == 2:
		part(0)
		w.script(article.SubscriptSpan, parts[1], depth+1)
	case (n.Data == "msubsup" || n.Data == "munderover") && len(parts) == 3:
		part(0)
		w.script(article.SubscriptSpan, parts[1], depth+1)
		w.script(article.SuperscriptSpan, parts[2], depth+1)
	default:
		for i, p := range parts {
			if i > 0 && (p.Data == "mtr" || p.Data == "mtd") {
				w.space = true
			}
			part(i)
		}
	}
}

// factor adds a part of a formula, in brackets where it is of several.
func (w *walker) factor(n *html.Node, depth int) {
	for n.Data == "mrow" && n.FirstChild != nil && n.FirstChild == n.LastChild {
		n = n.FirstChild
	}
	if n.Data == "mrow" || n.Data == "mstyle" || n.Data == "mpadded" {
		w.bracketed(n, depth)
		return
	}
	w.term(n, depth)
}

// bracketed adds what an element holds, in brackets where that is several elements.
func (w *walker) bracketed(n *html.Node, depth int) {
	if depth > maxFormulaDepth {
		w.term(n, depth)
		return
	}
	var parts []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			parts = append(parts, c)
		}
	}
	if len(parts) == 1 && parts[0].Data == "mrow" {
		w.bracketed(parts[0], depth+1)
		return
	}
	if len(parts) > 1 {
		w.sign("(")
		defer w.sign(")")
	}
	for _, p := range parts {
		w.term(p, depth+1)
	}
}

// script adds a part above or below the line.
func (w *walker) script(kind article.SpanKind, n *html.Node, depth int) {
	start := len(w.buf)
	w.term(n, depth)
	if start > w.start && len(w.buf) > start {
		w.spans = append(w.spans, article.Span{Kind: kind, Start: start, End: len(w.buf)})
	}
}

// isToken reports whether an element of MathML holds text, not further elements (MathML 3, section 3.2).
func isToken(tag string) bool {
	switch tag {
	case "mi", "mn", "mo", "ms":
		return true
	}
	return false
}

// token adds the text of a formula's element. White space around it is the source's.
func (w *walker) token(s string) {
	s = strings.Map(func(r rune) rune {
		if r >= 0x2061 && r <= 0x2064 { // signs for multiplication and the like that nobody sees
			return -1
		}
		return r
	}, s)
	if s = strings.TrimSpace(s); s != "" {
		w.text(s)
		w.space = false
	}
}

// sign adds a mark of our own to the current block.
func (w *walker) sign(mark string) {
	w.gap()
	w.buf = append(w.buf, mark...)
	w.high = true
	w.count(utf8.RuneCountInString(mark))
}

// Quotation marks that browsers set around <q>, by language: outer and inner ones (Unicode CLDR, delimiters).
var quoteMarks = map[string][4]string{
	"":   {"“", "”", "‘", "’"},
	"bg": {"„", "“", "„", "“"}, "cs": {"„", "“", "‚", "‘"}, "da": {"“", "”", "‘", "’"}, "de": {"„", "“", "‚", "‘"}, "el": {"«", "»", "“", "”"},
	"es": {"«", "»", "“", "”"}, "et": {"„", "“", "‚", "‘"}, "fa": {"«", "»", "‹", "›"}, "fi": {"”", "”", "’", "’"}, "fr": {"« ", " »", "« ", " »"},
	"hr": {"„", "“", "‚", "‘"}, "hu": {"„", "”", "»", "«"}, "it": {"«", "»", "“", "”"}, "ja": {"「", "」", "『", "』"}, "lt": {"„", "“", "„", "“"},
	"nb": {"«", "»", "‘", "’"}, "no": {"«", "»", "‘", "’"}, "pl": {"„", "”", "«", "»"}, "pt": {"“", "”", "‘", "’"}, "ro": {"„", "”", "«", "»"},
	"ru": {"«", "»", "„", "“"}, "sk": {"„", "“", "‚", "‘"}, "sl": {"„", "“", "‚", "‘"}, "sr": {"„", "“", "’", "’"}, "sv": {"”", "”", "’", "’"},
	"uk": {"«", "»", "„", "“"},
}

const maxQuoteStart = 40 // bytes of a quotation that are looked at for its first letter

// openQuote sets the mark that begins a <q>, and returns the one that ends it; "" where the text has marks of its own.
func (w *walker) openQuote(n *html.Node) (closing string) {
	text := strings.TrimSpace(textUpTo(n, maxQuoteStart))
	if first, _ := utf8.DecodeRuneInString(text); text == "" || classOf(first) == quoteClass {
		return ""
	}
	language, _, _ := strings.Cut(strings.ToLower(cmp.Or(attr(n, "lang"), w.doc.lang)), "-")
	marks, known := quoteMarks[language]
	if !known {
		marks = quoteMarks[""]
	}
	at := 0
	if w.quoted > 0 {
		at = 2
	}
	w.quoted++
	w.sign(marks[at])
	return marks[at+1]
}

// closeQuote sets the mark that ends a <q>: right after its last letter, unless another block has begun.
func (w *walker) closeQuote(mark string) {
	w.quoted--
	if len(w.buf) == w.start {
		return
	}
	space, brs := w.space, w.brs
	w.space, w.brs = false, 0
	w.sign(mark)
	w.space, w.brs = space, brs
}

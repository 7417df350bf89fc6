package cleaner

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"newsmill/cleaner/article"
)

// ExplainOptions tune Explain. The zero value is plain text for 100 columns.
type ExplainOptions struct {
	Width int  // columns; 0 means 100
	Color bool // ANSI colours
}

// Explain writes, for a terminal, what the page says of itself and where from, and then every block of the page in
// order: number, what became of it, label, score and reason, and as much of its text as the width holds. The sign
// before the label tells the class: "+" body, "=" kept apart from the body, "@" metadata, "-" stripped.
func Explain(w io.Writer, r *Result, opt ExplainOptions) error {
	if opt.Width <= 0 {
		opt.Width = 100
	}
	e := explainer{width: max(opt.Width, 40), color: opt.Color}
	e.summary(r)
	e.fields(r)
	e.blocks(r)
	_, err := io.WriteString(w, e.sb.String())
	return err
}

type explainer struct {
	sb    strings.Builder
	width int
	color bool
}

// classMarks are the sign and the colour of each class of blocks.
var classMarks = [...]struct{ sign, color, name string }{
	article.Noise:    {"-", "2", "stripped"},
	article.Body:     {"+", "32", "body"},
	article.Kept:     {"=", "36", "kept apart"},
	article.Metadata: {"@", "34", "metadata"},
}

func (e *explainer) paint(color, s string) string {
	if !e.color || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

func (e *explainer) summary(r *Result) {
	a := &r.Article
	e.sb.WriteString(e.paint("1", fit(cmp.Or(a.Title, "(no title)"), e.width)) + "\n")
	facts := []string{fmt.Sprintf("%s %.2f", a.PageType, a.PageTypeConfidence)}
	if !a.IsArticle {
		facts = append(facts, "not an article")
	}
	if a.Language != "" {
		facts = append(facts, a.Language)
	}
	facts = append(facts, fmt.Sprintf("%d words", a.WordCount), r.Encoding)
	if a.Paywall.Closed {
		facts = append(facts, "behind a paywall: "+a.Paywall.Evidence)
	}
	var counts [len(classMarks)]int
	for i := range r.Blocks {
		counts[r.Blocks[i].Label.Class()]++
	}
	for _, c := range [...]article.Class{article.Body, article.Kept, article.Metadata, article.Noise} {
		facts = append(facts, e.paint(classMarks[c].color, fmt.Sprintf("%s %d %s", classMarks[c].sign, counts[c], classMarks[c].name)))
	}
	e.sb.WriteString(strings.Join(facts, " · ") + "\n")
	e.sb.WriteString(e.paint("1", "confidence "+confidenceWords(a.Confidence)) + "\n")
	for _, doubt := range r.judged.doubts() {
		e.sb.WriteString("  " + fit(doubt, e.width-2) + "\n")
	}
	e.sb.WriteByte('\n')
}

// confidenceWords is a confidence with what it means.
func confidenceWords(p float64) string {
	if p < article.Doubtful {
		return fmt.Sprintf("%.2f: the text is doubtful", p)
	}
	return fmt.Sprintf("%.2f", p)
}

// explainField is a metadata field with its winner and the values that lost.
type explainField struct {
	Name, Value, Source string
	Others              []article.Value
}

// explainFields returns the article's metadata that is known, or has runners-up, in the order of Article.
func explainFields(a *article.Article) []explainField {
	var authors []string
	for _, p := range a.Authors {
		name := p.Name
		if p.Role != "" || p.Organisation != "" {
			name += " (" + strings.Trim(p.Role+", "+p.Organisation, ", ") + ")"
		}
		authors = append(authors, name)
	}
	image := ""
	if a.Image != nil {
		image = a.Image.URL
	}
	all := []explainField{
		{Name: "title", Value: a.Title},
		{Name: "byline", Value: a.Byline},
		{Name: "authors", Value: strings.Join(authors, "; ")},
		{Name: "published_at", Value: a.PublishedAt.String()},
		{Name: "modified_at", Value: a.ModifiedAt.String()},
		{Name: "language", Value: a.Language},
		{Name: "site_name", Value: a.SiteName},
		{Name: "section", Value: a.Section},
		{Name: "tags", Value: strings.Join(a.Tags, ", ")},
		{Name: "canonical_url", Value: a.CanonicalURL},
		{Name: "image_url", Value: image},
		{Name: "description", Value: a.Description},
		{Name: "dateline", Value: a.Dateline},
		{Name: "page_type", Value: string(a.PageType)},
	}
	for i := range all {
		all[i].Source, all[i].Others = a.Sources[all[i].Name], a.RunnersUp[all[i].Name]
	}
	return slices.DeleteFunc(all, func(f explainField) bool { return f.Value == "" && len(f.Others) == 0 })
}

func (e *explainer) fields(r *Result) {
	const nameWidth, sourceWidth = 13, 26
	room := max(e.width-nameWidth-sourceWidth-4, 20)
	for _, f := range explainFields(&r.Article) {
		e.line(e.paint("1", pad(f.Name, nameWidth)), pad(cmp.Or(f.Value, "(none)"), room), e.paint("2", fit(f.Source, sourceWidth)))
		for _, v := range f.Others {
			word := "not "
			if v.Value == f.Value {
				word = "also "
			}
			e.line(pad("", nameWidth), e.paint("2", pad(word+v.Value, room)), e.paint("2", fit(v.Source, sourceWidth)))
		}
	}
	e.sb.WriteByte('\n')
}

func (e *explainer) blocks(r *Result) {
	number, label, reason := len(fmt.Sprint(len(r.Blocks))), 0, 0
	for i := range r.Blocks {
		label = max(label, len(r.Blocks[i].Label.String()))
		reason = max(reason, runewidth.StringWidth(r.Blocks[i].Reason))
	}
	reason = min(reason, 32, e.width/4)
	room := max(e.width-number-label-reason-12, 16)
	for i := range r.Blocks {
		b := &r.Blocks[i]
		mark := classMarks[b.Label.Class()]
		text := fit(b.Text, room)
		if b.Label.Class() == article.Noise {
			text = e.paint(mark.color, text)
		}
		e.line(fmt.Sprintf("%*d", number, i), e.paint(mark.color, mark.sign+" "+pad(b.Label.String(), label)), fmt.Sprintf("%.2f", b.Score),
			e.paint("2", pad(b.Reason, reason)), text)
	}
}

// line writes columns with a space between them and no white space at the end.
func (e *explainer) line(columns ...string) {
	e.sb.WriteString(strings.TrimRight(strings.Join(columns, "  "), " ") + "\n")
}

// columns measures text as terminals outside East Asia show it, whatever the environment says: the cleaner's output
// depends on nothing but its input.
var columns = &runewidth.Condition{}

// fit cuts s to a width in columns, on one line, without characters that would change how the terminal shows the rest.
func fit(s string, width int) string {
	// Four bytes a column and a cushion for combining marks: no need to look at the rest of a long text.
	if len(s) > 8*width+64 {
		s = strings.ToValidUTF8(s[:8*width+64], "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0:
			return ' '
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1 // overrides of the direction of writing
		}
		return r
	}, s)
	return columns.Truncate(s, width, "…")
}

func pad(s string, width int) string { return columns.FillRight(fit(s, width), width) }

//go:embed explain.html
var explainSource string

var explainTemplate = template.Must(template.New("explain").Parse(explainSource))

// ExplainHTML writes one self-contained page (no scripts, styles or pictures from elsewhere): what the page says of
// itself and where from, and the whole page in order, the article as kept, what was stripped greyed in its place, each
// block with its label, score and reason.
func ExplainHTML(w io.Writer, r *Result) error {
	return explainTemplate.Execute(w, newExplainPage(r))
}

// explainPage is what explain.html shows.
type explainPage struct {
	Title, Language, URL string
	Summary              []string
	Paywall              string
	Confidence           string
	Doubts               []string // why it is no higher
	Fields               []explainField
	Classes              []explainClass
	Runs                 []explainRun
}

// explainClass is a class of labels that occurs on the page, and how much of the page's text it has.
type explainClass struct {
	Name, Class, About    string
	Count, Chars, Percent int
	Labels                []explainLabel
}

// explainLabel is a label that occurs on the page.
type explainLabel struct {
	Name, Class, About string
	Count              int
}

// explainRun is a run of blocks that are all stripped, or all not.
type explainRun struct {
	Stripped bool
	Folded   bool   // long: shown closed
	What     string // "navigation 12, share 3"
	Blocks   []explainBlock
}

type explainBlock struct {
	Number       int
	Label, Class string
	Reason, Path string
	Score        string
	Percent      int
	Tag          string // how the block's text is set: p, h, li, quote, cell, pre
	Depth        int    // of a list item
	Text         template.HTML
}

// foldedRun is the number of stripped blocks in a row from which on they are shown closed.
const foldedRun = 5

func newExplainPage(r *Result) *explainPage {
	a := &r.Article
	p := &explainPage{Title: cmp.Or(a.Title, "(no title)"), Language: a.Language, URL: a.URL, Fields: explainFields(a)}
	p.Confidence, p.Doubts = confidenceWords(a.Confidence), r.judged.doubts()
	p.Summary = []string{fmt.Sprintf("%s %.2f", a.PageType, a.PageTypeConfidence), fmt.Sprintf("%d words", a.WordCount), r.Encoding}
	if a.Paywall.Closed {
		p.Paywall = cmp.Or(a.Paywall.Evidence, "closed")
	}
	nodes := map[int]*article.Node{}
	indexNodes(nodes, a.Body)
	for i := range r.Blocks {
		b := &r.Blocks[i]
		class := b.Label.Class()
		stripped := class == article.Noise
		if last := len(p.Runs) - 1; last < 0 || p.Runs[last].Stripped != stripped {
			p.Runs = append(p.Runs, explainRun{Stripped: stripped})
		}
		run := &p.Runs[len(p.Runs)-1]
		run.Blocks = append(run.Blocks, newExplainBlock(i, b, nodes[i]))
	}
	for i := range p.Runs {
		p.Runs[i].describe()
	}
	p.Classes = explainClasses(r.Blocks)
	return p
}

// classAbouts say what becomes of the blocks of a class.
var classAbouts = [...]string{
	article.Noise: "not the article: stripped", article.Body: "the article's text", article.Kept: "beside the text: fields of their own", article.Metadata: "what fields are read from",
}

func explainClasses(blocks []article.Block) []explainClass {
	var counts, chars [article.LabelCount]int
	total := 0
	for i := range blocks {
		n := utf8.RuneCountInString(blocks[i].Text)
		counts[blocks[i].Label]++
		chars[blocks[i].Label] += n
		total += n
	}
	var classes []explainClass
	for _, class := range [...]article.Class{article.Body, article.Kept, article.Metadata, article.Noise} {
		c := explainClass{Name: classMarks[class].name, Class: classNames[class], About: classAbouts[class]}
		for _, l := range article.Labels() {
			if l.Class() == class && counts[l] > 0 {
				c.Labels = append(c.Labels, explainLabel{l.String(), c.Class, l.About(), counts[l]})
				c.Count += counts[l]
				c.Chars += chars[l]
			}
		}
		if c.Percent = (100*c.Chars + total/2) / max(1, total); c.Count > 0 {
			classes = append(classes, c)
		}
	}
	return classes
}

// classNames are the classes as explain.html's style sheet calls them.
var classNames = [...]string{article.Noise: "noise", article.Body: "body", article.Kept: "kept", article.Metadata: "metadata"}

// indexNodes maps blocks to the nodes that were made of them.
func indexNodes(index map[int]*article.Node, nodes []article.Node) {
	for i := range nodes {
		n := &nodes[i]
		if n.Block >= 0 && n.Text != "" {
			index[n.Block] = n
		}
		indexNodes(index, n.Children)
		for _, row := range n.Rows {
			indexNodes(index, row)
		}
	}
}

func newExplainBlock(i int, b *article.Block, n *article.Node) explainBlock {
	e := explainBlock{
		Number: i, Label: b.Label.String(), Class: classNames[b.Label.Class()], Reason: b.Reason, Path: b.Path,
		Score: fmt.Sprintf("%.2f", b.Score), Percent: int(100*min(max(b.Score, 0), 1) + 0.5), Tag: blockTags[b.Label],
	}
	if n == nil || n.Text != b.Text {
		n = &article.Node{Text: b.Text}
	}
	var sb strings.Builder
	article.WriteInlineHTML(&sb, n)
	e.Text = template.HTML(sb.String()) // writeInlineHTML escapes all text and passes no address but http(s) and mailto
	if e.Tag == "" {
		e.Tag = "p"
	}
	return e
}

// blockTags are how blocks of a label are set, where not as paragraphs.
var blockTags = [article.LabelCount]string{article.Heading: "h", article.ListItem: "li", article.Quote: "quote", article.TableCell: "cell", article.Preformatted: "pre", article.Title: "h"}

// describe counts the labels of a run of stripped blocks.
func (r *explainRun) describe() {
	if !r.Stripped {
		return
	}
	r.Folded = len(r.Blocks) >= foldedRun
	counts := map[string]int{}
	var order []string
	for i := range r.Blocks {
		l := r.Blocks[i].Label
		if counts[l] == 0 {
			order = append(order, l)
		}
		counts[l]++
	}
	slices.SortStableFunc(order, func(a, b string) int { return counts[b] - counts[a] })
	for i, l := range order {
		if i > 0 {
			r.What += ", "
		}
		r.What += fmt.Sprintf("%s %d", l, counts[l])
	}
}

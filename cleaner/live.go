package cleaner

import (
	"cmp"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
	"newsmill/cleaner/datetext"
	"newsmill/cleaner/lexicon"
	"newsmill/cleaner/script"
)

// Live blogs: a stream of entries, each with its time. The page shows it, or its data hold it, or both.

// minUpdates is the least number of like elements with a time each that makes a live blog's stream.
const minUpdates = 3

// liveEntry is an entry of a live blog.
type liveEntry struct {
	el    int32
	stamp *html.Node // its <time>
}

// liveStream finds the elements that hold one <time> each and stand side by side, and the element around most of them;
// -1 if there are too few.
func (d *document) liveStream() (stream int32, entries []liveEntry) {
	times := make([]int32, len(d.elements)) // blocks with a time in each element
	var stamps []marked                     // the first time of each such block
	for _, m := range d.raw.marked {
		if m.node.DataAtom != atom.Time || m.block >= len(d.blocks) || d.blocks[m.block].el < 0 {
			continue
		}
		if n := len(stamps); n == 0 || stamps[n-1].block != m.block {
			stamps = append(stamps, m)
			times[d.blocks[m.block].el]++
		}
	}
	for i := len(d.elements) - 1; i > 0; i-- {
		if p := d.element(int32(i)).parent; p >= 0 {
			times[p] += times[i]
		}
	}
	count := map[int32]int{} // of entries, by the element around them
	at := make([]int32, len(stamps))
	stream = -1
	for i, m := range stamps {
		el := d.blocks[m.block].el
		for d.element(el).parent >= 0 && times[d.element(el).parent] == 1 {
			el = d.element(el).parent
		}
		at[i] = el
		p := d.element(el).parent
		if count[p]++; p >= 0 && (stream < 0 || count[p] > count[stream]) {
			stream = p
		}
	}
	if stream < 0 || count[stream] < minUpdates {
		return -1, nil
	}
	read := map[int32]bool{}
	for i, m := range stamps {
		if d.element(at[i]).parent == stream && !read[at[i]] {
			read[at[i]] = true
			entries = append(entries, liveEntry{at[i], m.node})
		}
	}
	return stream, entries
}

// updates reads the entries of a live blog that the page shows.
func (d *document) updates() []article.Update {
	var updates []article.Update
	stream, entries := d.liveStream()
	for i, entry := range entries {
		u := d.update(entry, d.element(entry.el).endBlock)
		if u.Text == "" { // its time stands alone or in its heading, and the text follows
			end := d.element(stream).endBlock
			if i+1 < len(entries) {
				end = d.element(entries[i+1].el).firstBlock
			}
			u = d.update(entry, end)
		}
		if u.Text != "" {
			updates = append(updates, u)
		}
	}
	return updates
}

// update reads the entry whose last block stands before end.
func (d *document) update(entry liveEntry, end int32) article.Update {
	u := article.Update{At: stampOf(entry.stamp)}
	var text joinedLines
	first := d.element(entry.el).firstBlock
	d.spend(int(end - first))
	for i := first; i < end; i++ {
		switch b := &d.blocks[i]; {
		case b.kind == headingBlock && u.Title == "" && text.sb.Len() == 0 && b.label.Class() != article.Noise:
			u.Title = b.plain()
		case b.label.Class() == article.Body:
			text.add(b.plain())
		}
	}
	u.Text = text.take()
	return u
}

// stampOf reads the datetime attribute of a <time>.
func stampOf(n *html.Node) article.Moment {
	raw := strings.TrimSpace(attr(n, "datetime"))
	if m, ok := datetext.ParseISO(raw); ok {
		m.Raw = raw
		return m
	}
	return article.Moment{Raw: cmp.Or(raw, script.Fold(textOf(n)))}
}

// statedUpdates reads the entries of the live blog in the page's JSON-LD.
func (ld *linkedData) statedUpdates() []article.Update {
	list := ld.article.Get("liveBlogUpdate").List()
	for _, t := range ld.things {
		if more := t.value.Get("liveBlogUpdate").List(); len(list) == 0 {
			list = more
		}
	}
	var updates []article.Update
	for i := range list[:min(len(list), maxBlocks)] {
		v := &list[i]
		u := article.Update{Title: script.CleanValue(v.Get("headline").String())}
		u.Text = strings.Join(paragraphsOf(cmp.Or(v.Get("articleBody").String(), v.Get("text").String(), v.Get("description").String())), "\n")
		raw := strings.TrimSpace(v.Get("datePublished").String())
		if m, ok := datetext.ParseISO(raw); ok {
			u.At = m
		}
		if u.At.Raw = raw; u.Text != "" {
			updates = append(updates, u)
		}
	}
	return updates
}

// liveTitles and liveClasses are the words that live blogs go by, in titles and in class names.
var liveTitles, liveClasses = readLive(lexicon.Lines("live"))

func readLive(lines iter.Seq[string]) (titles []string, classes map[string]bool) {
	classes = map[string]bool{}
	ofClasses := false
	for line := range lines {
		switch line {
		case "[title]", "[class]":
			ofClasses = line == "[class]"
			continue
		}
		for word := range strings.SplitSeq(line, ",") {
			if word = strings.TrimSpace(word); word == "" {
				continue
			}
			if ofClasses {
				classes[word] = true
			} else {
				titles = append(titles, word)
			}
		}
	}
	return titles, classes
}

// showsStream reports whether a page without data is a live blog by what it shows: a stream of entries that are most of the
// text, called live in its markup or in the title, one time after the other.
func (ev *evidence) showsStream(a *article.Article) bool {
	d := ev.doc
	stream, entries := d.liveStream()
	if stream < 0 || !d.isCalledLive(stream, entries) && !saysLive(a.Title) {
		return false
	}
	inside, all := 0, 0
	e := d.element(stream)
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.label.Class() != article.Body {
			continue
		}
		all += b.chars
		if int32(i) >= e.firstBlock && int32(i) < e.endBlock {
			inside += b.chars
		}
	}
	updates := d.updates()
	falls, rises := 0, 0
	for i := 1; i < len(updates); i++ {
		switch before, at := updates[i-1].At, updates[i].At; {
		case before.IsZero() || at.IsZero():
		case at.Time.After(before.Time):
			rises++
		case at.Time.Before(before.Time):
			falls++
		}
	}
	return len(updates) >= minUpdates && 2*inside > all && min(rises, falls)*10 <= len(updates)
}

const liveParents = 3 // elements around a stream that may name it

// isCalledLive reports whether the classes or ids of a stream, of what is right around it or of its entries name a live blog.
func (d *document) isCalledLive(stream int32, entries []liveEntry) bool {
	for el, level := stream, 0; el >= 0 && level <= liveParents; el, level = d.element(el).parent, level+1 {
		if d.element(el).tag == atom.Body {
			break
		}
		if namesLive(d.element(el).node) {
			return true
		}
	}
	return namesLive(d.element(entries[0].el).node) && namesLive(d.element(entries[1].el).node)
}

func namesLive(n *html.Node) bool {
	for _, key := range [...]string{"class", "id", "data-testid", "data-component", "data-type", "itemtype", "itemprop"} {
		for word := range nameWords(script.Cut(attr(n, key), maxClassBytes)) {
			if liveClasses[word] {
				return true
			}
		}
	}
	return false
}

// nameWords goes through the words of a class list or the like, lower case: of "live-blog__entryBody" they are "live", "blog",
// "entry" and "body".
func nameWords(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		from := 0
		for i := 0; i <= len(s); i++ {
			isLetter := i < len(s) && signOf[s[i]] != border
			isNew := isLetter && i > from && s[i] <= 'Z' && s[i-1] >= 'a'
			if isLetter && !isNew {
				continue
			}
			if i > from && !yield(strings.ToLower(s[from:i])) {
				return
			}
			if from = i; !isLetter {
				from++
			}
		}
	}
}

// saysLive reports whether a title says that the page is a live blog.
func saysLive(title string) bool {
	lower := strings.ToLower(title)
	for _, word := range liveTitles {
		if at := strings.Index(lower, word); at >= 0 {
			before, _ := utf8.DecodeLastRuneInString(lower[:at])
			after, _ := utf8.DecodeRuneInString(lower[at+len(word):])
			first, _ := utf8.DecodeRuneInString(word)
			if wideRune(first) || !unicode.IsLetter(before) && !unicode.IsLetter(after) {
				return true
			}
		}
	}
	return false
}

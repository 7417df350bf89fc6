package cleaner

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
	"newsmill/cleaner/datetext"
	"newsmill/cleaner/loosejson"
	"newsmill/cleaner/script"
)

// dateCandidate is what one place of the page says of when it was published or changed.
type dateCandidate struct {
	article.Moment
	source string
}

// dateReader returns a reader for the page's language and country.
func (ev *evidence) dateReader() datetext.Reader {
	tag := ev.doc.lang
	if tag == "" {
		tag = ev.said(metaLanguage)
	}
	return datetext.Reader{Lang: ev.lang(), Order: datetext.OrderOf(tag, ev.page)}
}

// dateCandidates lists when the page says it was published and when it was changed, the most trusted place first.
func (ev *evidence) dateCandidates() (published, modified []dateCandidate) {
	if !ev.known.dated {
		ev.known.published, ev.known.modified = ev.findDates()
		ev.known.dated = true
	}
	return ev.known.published, ev.known.modified
}

func (ev *evidence) findDates() (published, modified []dateCandidate) {
	r := ev.dateReader()
	add := func(list *[]dateCandidate, raw, source string) bool {
		raw = strings.TrimSpace(raw)
		if raw == "" || len(raw) > 200 {
			return false
		}
		m, ok := r.Parse(raw)
		if ok {
			*list = append(*list, dateCandidate{m, source})
		}
		return ok
	}
	article := ev.ld.article
	add(&published, article.Get("datePublished").First().String(), "jsonld:datePublished")
	add(&modified, article.Get("dateModified").First().String(), "jsonld:dateModified")
	if raw, key := ev.stateDate(); raw != "" {
		add(&published, raw, "state:"+key)
	}
	for _, m := range ev.meta[metaPublished] {
		add(&published, m.Value.Value, m.Source)
	}
	for _, m := range ev.meta[metaModified] {
		add(&modified, m.Value.Value, m.Source)
	}
	from, to := ev.nearTitle()
	title := ev.titleBlock()
	lead := ev.leadAfter(title, to)
	var near, above, late, far []dateCandidate
	for i := range ev.doc.raw.marked {
		m := &ev.doc.raw.marked[i]
		if m.marks&(markTime|markDate|markProp) == 0 {
			continue
		}
		prop := m.prop[strings.LastIndexByte(m.prop, ':')+1:]
		switch prop {
		case "datePublished", "dateCreated", "uploadDate", "date", "created", "published":
			if v := machineDate(m.node); v != "" && (title < 0 || m.block <= to) {
				add(&published, v, "itemprop:"+prop)
			}
			continue
		case "dateModified", "modified":
			if v := machineDate(m.node); v != "" {
				add(&modified, v, "itemprop:"+prop)
			}
			continue
		}
		list := &far
		switch {
		case m.block > lead && m.block < to:
			list = &late
		case m.block >= title && m.block >= from && m.block < to:
			list = &near
		case m.block >= from && m.block < to:
			list = &above
		}
		if m.marks&(markTime|markDate) == 0 || len(*list) >= 12 || inComments(m.node) || inQuotation(m.node) {
			continue
		}
		if list != &far && ev.inTeaser(m.node) {
			list = &far
		}
		source := "class:date"
		raw := ""
		if m.marks&markTime != 0 {
			source = "time"
			raw = attr(m.node, "datetime")
			if raw == "" {
				raw = attr(m.node, "title")
			}
		}
		text := shortText(m.node, 120)
		if raw == "" {
			raw = text
		}
		if m.marks&markTime == 0 { // <abbr class=published title="2026-03-05T23:12">23:12</abbr>
			if _, _, ok := r.Find(raw); !ok {
				raw = cmp.Or(attr(m.node, "title"), attr(m.node, "datetime"), attr(m.node, "data-datetime"), attr(m.node, "content"), raw)
			}
		}
		if raw == "" {
			continue
		}
		said := ev.saidBefore(m, text)
		if (m.marks&markModified != 0 || datetext.ModifiedFirst(text, len(text)) || datetext.IsChange(said)) && !datetext.IsPublication(said) {
			if found := r.DaysIn(text); len(found) > 1 && raw == text { // "Updated …, first published …" in one element
				for _, d := range found {
					if list != &far {
						addDay(d, &published, &modified, source)
					}
				}
			} else if list != &far {
				add(&modified, raw, source)
			}
			continue
		}
		if isEvent(text) || ev.inProse(m, text) {
			continue
		}
		if !add(list, raw, source) && raw != text {
			add(list, text, source)
		}
	}
	published = append(append(published, near...), above...)
	if len(published) == 0 { // "Council backs barrier | Harbour Post | 05.03.2024"
		if cut := strings.LastIndexAny(ev.doc.raw.title, "|–—-"); cut >= 0 && len(ev.doc.raw.title)-cut < 30 {
			add(&published, strings.Trim(ev.doc.raw.title[cut:], "|–—- "), "title")
		}
	}
	for i := max(0, from); i < to && i < len(ev.doc.blocks); i++ {
		b := &ev.doc.blocks[i]
		if b.kind == captionBlock || b.kind == quoteBlock || i == title || b.kind == headingBlock && len(b.text) > 60 {
			continue
		}
		if !script.HasDigit(datetext.AsciiDigits(dateLine(b.text))) {
			continue
		}
		text := dateLine(ev.unglued(b))
		if isEvent(text) || ev.inTeaser(ev.doc.element(b.el).node) || ev.isOthers(i) {
			continue
		}
		if i > 0 && ev.isDateLabel(i-1) { // "Updated" in a block of its own
			text = ev.doc.blocks[i-1].text + " " + text
		}
		for _, d := range r.DaysIn(text) {
			addDay(d, &published, &modified, "text")
		}
	}
	published = append(published, late...)
	if m, ok := datetext.UrlDate(ev.page); ok {
		published = append(published, dateCandidate{m, "url"})
	}
	for _, c := range far {
		c.source += ":far"
		published = append(published, c)
	}
	if len(published) == 0 {
		var changes []dateCandidate
		published, changes = ev.distantDates(r)
		modified = append(modified, changes...)
	}
	add(&published, article.Get("dateCreated").First().String(), "jsonld:dateCreated")
	add(&published, article.Get("uploadDate").First().String(), "jsonld:uploadDate")
	if article.Get("datePublished").Kind == loosejson.Null {
		add(&published, ev.ld.page.Get("datePublished").First().String(), "jsonld:WebPage")
	}
	if article.Get("dateModified").Kind == loosejson.Null {
		add(&modified, ev.ld.page.Get("dateModified").First().String(), "jsonld:WebPage")
	}
	ev.settle(r, published, modified)
	return published, modified
}

// settle reads dates that can be of two days, as 3/4/2024, as the one that another place of the page says outright, or
// that a line of it calls the day of publication.
func (ev *evidence) settle(r datetext.Reader, published, modified []dateCandidate) {
	asRead := r
	r.Swap = true
	isSaid := func(t time.Time) bool {
		says := func(c dateCandidate) bool {
			if !datetext.SameDay(c.Time, t) {
				return false
			}
			other, ok := r.Parse(c.Raw)
			return !ok || datetext.SameDay(other.Time, t)
		}
		return slices.ContainsFunc(published, says) || slices.ContainsFunc(modified, says)
	}
	for _, list := range [...][]dateCandidate{published, modified} {
		for i := range list {
			c := &list[i]
			if c.Time.Day() > 12 || c.Time.Day() == int(c.Time.Month()) {
				continue
			}
			other, ok := r.Parse(c.Raw)
			if !ok || isSaid(c.Time) || datetext.SameDay(other.Time, c.Time) {
				continue
			}
			if isSaid(other.Time) || i == 0 && ev.isPublicationDay(asRead, other.Time) {
				c.Moment = other
			}
		}
	}
}

// inProse reports whether an element with a date stands inside a sentence of the text.
func (ev *evidence) inProse(m *marked, text string) bool {
	if m.block >= len(ev.doc.blocks) {
		return false
	}
	before, after, ok := strings.Cut(ev.doc.blocks[m.block].text, text)
	return ok && text != "" && datetext.IsProse(before+text+after, before, after)
}

// saidBefore returns the words before an element with a date, since the date before it in its block; those of the block
// above, where that only says what the day is of.
func (ev *evidence) saidBefore(m *marked, text string) string {
	if m.block >= len(ev.doc.blocks) || text == "" {
		return ""
	}
	block := ev.doc.blocks[m.block].text
	at := strings.Index(block, text)
	if at < 0 || len(block) > 250 {
		return ""
	}
	before := block[:at]
	if i := strings.LastIndexFunc(before, unicode.IsDigit); i >= 0 {
		before = before[i:]
	}
	if strings.TrimSpace(before) == "" && m.block > 0 && ev.isDateLabel(m.block-1) {
		return ev.doc.blocks[m.block-1].text
	}
	return before
}

// isDateLabel reports whether a block does no more than say what the day below it is of: "Last updated".
func (ev *evidence) isDateLabel(i int) bool {
	s := ev.doc.blocks[i].text
	return len(s) < 40 && !script.HasDigit(s) && (datetext.IsChange(s) || datetext.IsPublication(s))
}

// leadAfter returns the index of the first block of prose below the title: dates marked further down are of the text, or
// of what stands below a short one.
func (ev *evidence) leadAfter(title, to int) int {
	for i := title + 1; i < to && i < len(ev.doc.blocks); i++ {
		if b := &ev.doc.blocks[i]; len(b.text) > 120 && b.linkChars*2 < b.chars {
			return i
		}
	}
	return to
}

// isPublicationDay reports whether a line of the page says that it was published on a day: "Erstellt am: 01.11.2023".
func (ev *evidence) isPublicationDay(r datetext.Reader, day time.Time) bool {
	for i := range ev.doc.blocks {
		s := ev.doc.blocks[i].text
		if len(s) > 80 || !script.HasDigit(s) {
			continue
		}
		if m, _, ok := r.Find(s); ok && datetext.SameDay(m.Time, day) {
			if datetext.IsPublication(s) {
				return true
			}
		}
	}
	return false
}

// isEvent reports whether the date in a short text is that of a meeting, as a span of hours says, or of a member's
// joining, which forums show beside each post.
func isEvent(s string) bool {
	for i := 5; i+6 <= len(s); i++ { // 10:00-11:30
		dash := strings.TrimPrefix(s[i:], " ")
		isDash := dash[0] == '-' || strings.HasPrefix(dash, "–")
		if len(dash) < len(s)-i { // a space before it, so one behind, too
			isDash = strings.HasPrefix(dash, "- ") || strings.HasPrefix(dash, "– ")
		}
		if isDash && datetext.IsClock(s[i-5:i]) && datetext.IsClock(strings.TrimLeft(s[i:], " -–")) {
			return true
		}
	}
	return datetext.JoinedWords.Leads(strings.ToLower(s))
}

// inQuotation reports whether an element stands in a quotation, which is how posts from elsewhere are embedded.
func inQuotation(n *html.Node) bool {
	for hops := 0; n != nil && hops < 6; n, hops = n.Parent, hops+1 {
		if n.DataAtom == atom.Blockquote {
			return true
		}
	}
	return false
}

// isOthers reports whether a block stands in a quotation, or in comments that the title is no part of.
func (ev *evidence) isOthers(block int) bool {
	d, title := ev.doc, int32(ev.titleBlock())
	for el := d.blocks[block].el; el >= 0; el = d.element(el).parent {
		e := d.element(el)
		d.spend(1)
		// "date comments-link" is of the article, and so is <article class=commentary>.
		isComment := e.words&aboutComment != 0 && e.words&aboutDate == 0 && e.tag != atom.Article && e.tag != atom.Main
		if e.tag == atom.Blockquote || isComment && (title < e.firstBlock || title >= e.endBlock) {
			return true
		}
	}
	return false
}

// dateLine returns the part of a block's text in which a date is of the article, not of what it tells: all of a short
// line, the start of a paragraph.
func dateLine(s string) string {
	if len(s) <= 110 {
		return s
	}
	if !script.HasDigit(s[:40]) {
		return ""
	}
	cut := 90
	for cut < len(s) && !utf8.RuneStart(s[cut]) {
		cut++
	}
	return s[:cut]
}

// machineDate returns the date of a microdata or <time> element: its attribute, else its text.
func machineDate(n *html.Node) string {
	for _, name := range [...]string{"content", "datetime", "title"} {
		if v := attr(n, name); v != "" {
			return v
		}
	}
	return shortText(n, 120)
}

// distantDates looks where a date stands when it isn't near the title: a block that says little else, the page's title,
// the data of the page's scripts.
// A day of change that stands there is better than none.
func (ev *evidence) distantDates(r datetext.Reader) (list, modified []dateCandidate) {
	for i := range ev.doc.blocks {
		b := &ev.doc.blocks[i]
		if len(list) > 0 && (len(modified) > 0 || len(b.text) > 110 || !datetext.IsChange(b.text)) {
			continue
		}
		if !script.HasDigit(datetext.AsciiDigits(b.text)) || b.kind == captionBlock && len(b.text) > 60 {
			continue
		}
		if ev.isOthers(i) {
			continue
		}
		text := dateLine(ev.unglued(b))
		if strings.Contains(text, "©") {
			continue
		}
		if isEvent(text) {
			continue
		}
		var first, changed []dateCandidate
		for _, d := range r.DaysIn(text) {
			addDay(d, &first, &changed, "text:far")
		}
		if len(modified) == 0 {
			modified = changed[:min(len(changed), 1)]
		}
		if len(list) == 0 {
			list = first
		}
	}
	for _, title := range []string{ev.doc.raw.title, ev.said(metaTitle)} {
		if m, _, ok := r.Find(title); ok {
			m.Raw = title
			list = append(list, dateCandidate{m, "title"})
			break
		}
	}
	if raw := ev.stateText(publishedKeys); raw != "" {
		if m, ok := r.Parse(raw); ok {
			list = append(list, dateCandidate{m, "state"})
		}
	}
	return list, modified
}

// publishedKeys are members of embedded data that say when an article was published.
var publishedKeys = []string{
	"datePublished", "publishedAt", "published_at", "publishDate", "publish_date", "publicationDate", "publication_date", "firstPublishDate", "first_publish_date", "pubDate", "datetimePublished",
	"published_time", "publishedDate", "deployDt", "pubDt", "regDt", "display_date", "createdAt", "created_at", "dateCreated", "publishTime", "publish_time", "firstPublished", "pubdate", "publication_time",
}

// weakDates are sources that often say when the page, not the article, was made.
func isWeakDate(source string) bool {
	return strings.HasPrefix(source, "meta:dc") || source == "meta:date" || source == "meta:created" || source == "meta:pubdate" || source == "meta:datecreated"
}

func isStatedDate(source string) bool {
	return strings.HasPrefix(source, "jsonld:date") || strings.HasPrefix(source, "meta:") || strings.HasPrefix(source, "itemprop:")
}

// dates chooses when the article was published and changed. The page's data come first, unless what it shows beside
// the title explains them better: the same instant in local time, an earlier day that it shows throughout (data are
// rewritten when a site moves to another system; of 22 pages that differ so, the shown day was right in 15), or a later
// day that it shows throughout without calling it a change, which its readers take for the article's date (17 of 22
// where JSON-LD differs so; tickers apart).
func (ev *evidence) dates() (published, modified dateCandidate, rest []dateCandidate) {
	all, changes := ev.dateCandidates()
	if len(changes) > 0 {
		modified = changes[0]
	}
	if len(all) == 0 || all[0].source == "state" && len(changes) > 0 {
		published = modified
		return published, modified, all
	}
	at := 0
	published = all[0]
	if published.source == "text:far" && len(changes) > 0 { // of something else more often than the stated change
		return modified, modified, all
	}
	if datetext.IsUTC(published.Moment) {
		published.Moment = asElsewhere(published.Moment, all)
	}
	if isStatedDate(published.source) {
		var shown []int
		same := true
		for i, c := range all {
			if datetext.IsUTC(c.Moment) && c.Time.Equal(published.Time) { // said, not shown
				continue
			}
			if c.source == "time" || c.source == "class:date" || c.source == "text" || c.source == "url" && len(shown) > 0 {
				shown = append(shown, i)
				same = same && datetext.SameDay(c.Time, all[shown[0]].Time)
			}
		}
		if len(shown) == 0 && isWeakDate(published.source) {
			isShown := func(c dateCandidate) bool {
				return (c.source == "text" || c.source == "time" || c.source == "class:date") && datetext.DayNumber(c.Time) < datetext.DayNumber(published.Time)
			}
			if i := slices.IndexFunc(changes, isShown); i >= 0 { // what it was changed before, it wasn't published after
				return changes[i], modified, all
			}
		}
		if len(shown) > 0 {
			s := all[shown[0]]
			local, explained := localTime(published.Moment, s.Moment)
			apart := datetext.DayNumber(s.Time) - datetext.DayNumber(published.Time)
			stated := published.Moment
			isNext := apart == 1 || apart == -1
			isVague := !published.HasClock && !s.HasZone
			isRestated := published.source == "jsonld:datePublished" && len(changes) > 0 && datetext.DayNumber(modified.Time) >= datetext.DayNumber(s.Time)
			isClockless := !s.HasZone && (datetext.IsUTC(stated) || !published.HasClock)
			switch {
			case explained:
				published.Moment = local
			case apart == 0:
			case same && isNext && datetext.IsUTC(stated) && datetext.IsNextDoor(stated, apart):
				published.Moment = datetext.OnDay(stated, apart)
			case same && isWeakDate(published.source),
				same && len(shown) > 1 && isNext && isClockless,
				same && apart < -1 && (len(shown) > 1 || isVague && s.Raw != ""):
				at, published = shown[0], s
				if local, ok := inZone(all, stated, s.Moment); ok {
					published.Moment = local
				}
			case apart > 1 && same && isRestated && !ev.isTicker():
				at, published = shown[0], s
			}
		}
	}
	return published, modified, append(append(rest, all[:at]...), all[at+1:]...)
}

// asElsewhere returns an instant in the zone in which another place of the page gives it.
func asElsewhere(m article.Moment, all []dateCandidate) article.Moment {
	for _, c := range all {
		if c.HasZone && c.HasClock && datetext.OffsetOf(c.Time) != 0 && c.Time.Truncate(time.Minute).Equal(m.Time.Truncate(time.Minute)) {
			return c.Moment
		}
	}
	return m
}

// isInstant reports whether a moment is known to the minute, wherever one is.
func isInstant(m article.Moment) bool { return m.HasZone && m.HasClock }

// inZone returns the stated instant as another place of the page writes it, with the zone in which it is of the shown day.
func inZone(all []dateCandidate, stated, shown article.Moment) (article.Moment, bool) {
	for _, c := range all {
		if !isInstant(c.Moment) || !isInstant(stated) || !datetext.SameDay(c.Time, shown.Time) {
			continue
		}
		if c.Time.Truncate(time.Minute).Equal(stated.Time.Truncate(time.Minute)) {
			return c.Moment, true
		}
	}
	return article.Moment{}, false
}

// isTicker reports whether the page is written to again and again, and so shows when that was last: a live blog, or one
// with the "+++" of tickers between the parts of its headline.
func (ev *evidence) isTicker() bool {
	if hasType(ev.ld.article, "LiveBlogPosting") || ev.hasType("LiveBlogPosting") {
		return true
	}
	for _, v := range ev.titleCandidates() {
		if strings.Contains(v.Value, "+++") {
			return true
		}
	}
	return false
}

// localTime returns an instant that is stated in UTC in the zone in which the page shows it, where the clock that it
// shows differs from UTC by an offset that zones have.
func localTime(stated, shown article.Moment) (article.Moment, bool) {
	if !stated.HasZone || !stated.HasClock || !shown.HasClock || shown.HasZone || datetext.OffsetOf(stated.Time) != 0 {
		return article.Moment{}, false
	}
	utc := time.Date(shown.Time.Year(), shown.Time.Month(), shown.Time.Day(), shown.Time.Hour(), shown.Time.Minute(), 0, 0, time.UTC)
	offset := utc.Sub(stated.Time.Truncate(time.Minute))
	if offset == 0 || offset < -12*time.Hour || offset > 14*time.Hour || offset%(30*time.Minute) != 0 {
		return article.Moment{}, false
	}
	return article.Moment{Time: stated.Time.In(time.FixedZone("", int(offset.Seconds()))), HasClock: true, HasZone: true, Raw: stated.Raw}, true
}

func addDay(d datetext.SaidDay, published, modified *[]dateCandidate, source string) {
	if d.IsChange {
		*modified = append(*modified, dateCandidate{d.Moment, source})
	} else {
		*published = append(*published, dateCandidate{d.Moment, source})
	}
}

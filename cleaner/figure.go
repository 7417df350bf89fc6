package cleaner

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"newsmill/cleaner/article"
	"newsmill/cleaner/credittext"
	"newsmill/cleaner/script"
)

// medium is a picture or an embed of the article.
type medium struct {
	image  article.Image
	embed  string // address of what is embedded; empty: a picture
	title  string // of the embed
	holder int32  // the <figure> around it; -1: none
	before int    // it stands before this block
}

// maxMedia bounds the pictures of an article. The largest galleries measured have a few hundred.
const maxMedia = 2000

// gatherMedia picks the pictures and embeds that belong to the article and gives them their captions.
func (s *structurer) gatherMedia() {
	s.acceptMedia()
	if lone := s.attachCaptions(); len(lone) > 0 {
		s.media = append(s.media, lone...)
		slices.SortStableFunc(s.media, func(a, b medium) int { return a.before - b.before })
	}
}

// acceptMedia picks pictures and embeds: those among the article's blocks, and those between its title and its first
// block, unless they stand in a teaser, a link to elsewhere, or are too small to show anything.
func (s *structurer) acceptMedia() {
	if len(s.doc.figures) == 0 {
		return
	}
	head, first, last := s.extent()
	if first < 0 {
		return
	}
	inner := s.bodyElement()
	seen := map[string]int{} // addresses; where they are in media
	for i := range s.doc.figures {
		f := &s.doc.figures[i]
		inside := inner >= 0 && f.el >= inner && f.el <= s.places[inner].last && f.before >= first && f.before <= last+1
		if !inside && (f.before < head || f.before > last) || !s.belongs(f, inner) {
			continue
		}
		m, ok := s.read(f)
		if !ok {
			continue
		}
		key := cmp.Or(m.embed, pictureKey(m.image.URL))
		if at, twin := seen[key]; twin { // the same for another width of screen
			if f.holder >= 0 {
				s.twins[f.holder] = at
			}
			continue
		}
		seen[key] = len(s.media)
		if s.media = append(s.media, m); len(s.media) == maxMedia {
			return
		}
	}
}

// extent returns the block of the title or byline above the article (0 without one), and its first and last block,
// captions counting where nothing else is; -1 where it has none.
func (s *structurer) extent() (head, first, last int) {
	first, last = -1, -1
	captions := len(s.places) > 0 && s.places[0].body == 0
	for i := range s.doc.blocks {
		switch b := &s.doc.blocks[i]; {
		case b.label.Class() == article.Body || captions && b.label == article.Caption:
			if first < 0 {
				first = i
			}
			last = i
		case first < 0 && head == 0 && (b.label == article.Title || b.label == article.Byline || b.label == article.Date):
			head = i
		}
	}
	for i := last + 1; last >= 0 && i < len(s.doc.blocks); i++ { // pictures with captions go on below the text
		switch s.doc.blocks[i].label {
		case article.Caption:
			last = i
		case article.Credit, article.GalleryControl, article.Separator, article.MediaPlayer:
		default:
			return head, first, last
		}
	}
	return head, first, last
}

// bodyElement returns the innermost element that holds all of the body, -1 if there is none.
func (s *structurer) bodyElement() int32 {
	if len(s.places) == 0 || s.places[0].body == 0 {
		return -1
	}
	total := s.places[0].body
	for i := len(s.places) - 1; i > 0; i-- {
		if s.places[i].body == total {
			return int32(i)
		}
	}
	return 0
}

// belongs reports whether the text closest to a picture is the article's, and not a teaser's or a banner's.
func (s *structurer) belongs(f *figure, inner int32) bool {
	if link := linkAround(f.node); link != "" && f.holder < 0 && !isPictureURL(link) {
		return false
	}
	for el := f.el; el >= 0 && el != inner; el = s.doc.element(el).parent {
		s.doc.spend(1)
		e := s.doc.element(el)
		if s.places[el].body > 0 {
			return true
		}
		switch e.tag {
		case atom.Nav, atom.Footer, atom.Aside, atom.Form:
			return false
		}
		switch first, end := s.shownBefore(e.firstBlock), s.shownBefore(e.endBlock); {
		case end.ours > first.ours:
			return true
		case end.noise > first.noise:
			return false
		}
	}
	return true
}

// shownBlocks counts blocks that speak for a picture beside them, and such that speak against it.
type shownBlocks struct{ ours, noise int32 }

// shownBefore counts those before block i. All are counted once, when first asked for.
func (s *structurer) shownBefore(i int32) shownBlocks {
	if s.shown == nil {
		s.shown = make([]shownBlocks, len(s.doc.blocks)+1)
		for i := range s.doc.blocks {
			n := s.shown[i]
			switch l := s.doc.blocks[i].label; {
			case l == article.Caption || l == article.Credit || l == article.Title:
				n.ours++
			case l.Class() == article.Noise && l != article.GalleryControl:
				n.noise++
			}
			s.shown[i+1] = n
		}
	}
	return s.shown[i]
}

// linkAround returns the href of the link that holds a node, looking three levels up.
func linkAround(n *html.Node) string {
	for i := 0; i < 3 && n.Parent != nil; i++ {
		n = n.Parent
		if n.DataAtom == atom.A {
			return attr(n, "href")
		}
	}
	return ""
}

func isPictureURL(u string) bool {
	if i := strings.IndexAny(u, "?#"); i >= 0 {
		u = u[:i]
	}
	dot := strings.LastIndexByte(u, '.')
	if dot < 0 {
		return false
	}
	switch strings.ToLower(u[dot+1:]) {
	case "jpg", "jpeg", "png", "gif", "webp", "avif", "tif", "tiff":
		return true
	}
	return false
}

// pictureKey is the same for the sizes and formats of a picture that differ in the query only.
func pictureKey(u string) string {
	if i := strings.IndexAny(u, "?#"); i > 0 {
		q := u[i:]
		u = u[:i]
		// Resizing services carry the picture's own address in the query.
		if j := strings.Index(q, "http"); j >= 0 {
			return q[j:]
		}
	}
	return strings.TrimPrefix(strings.TrimPrefix(u, "https:"), "http:")
}

// read turns a noted element into a picture or embed; ok is false where it shows nothing.
func (s *structurer) read(f *figure) (medium, bool) {
	m := medium{holder: f.holder, before: f.before}
	switch f.node.DataAtom {
	case atom.Iframe, atom.Embed:
		src := attr(f.node, "src")
		for _, name := range [...]string{"data-src", "data-lazy-src", "data-url"} {
			if src == "" || src == "about:blank" {
				src = attr(f.node, name)
			}
		}
		m.embed = publicEmbed(s.doc.resolve(src))
		m.title = script.Fold(attr(f.node, "title"))
		return m, m.embed != ""
	case atom.Blockquote:
		m.embed = s.doc.resolve(postAddress(f.node))
		m.title = embedClass(classList(f.node))
		return m, m.embed != ""
	}
	if f.node.Data == "amp-youtube" {
		if id := attr(f.node, "data-videoid"); id != "" {
			m.embed, m.title = "https://www.youtube.com/watch?v="+url.QueryEscape(id), "YouTube"
		}
		return m, m.embed != ""
	}
	m.image.Width, m.image.Height = pixels(attr(f.node, "width")), pixels(attr(f.node, "height"))
	if tiny(m.image.Width) || tiny(m.image.Height) || isOrnament(f.node) {
		return m, false
	}
	m.image.URL = s.doc.resolve(pictureSource(f.node))
	m.image.Alt = script.Fold(attr(f.node, "alt"))
	return m, m.image.URL != ""
}

func tiny(px int) bool { return px > 0 && px < 64 } // icons and portraits of authors

// isOrnament reports whether an image is of the page, not of the article, by what its markup and address say.
func isOrnament(n *html.Node) bool {
	for _, name := range [...]string{"class", "id", "src", "alt", "data-src"} {
		v := strings.ToLower(attr(n, name))
		if len(v) > 512 || strings.HasPrefix(v, "data:") {
			continue
		}
		for _, word := range [...]string{"avatar", "logo", "icon", "emoji", "spacer", "sprite", "pixel", "tracking", "wp-smiley", "badge", "author-photo", "gravatar"} {
			before, after, ok := strings.Cut(v, word)
			if !ok || before != "" && script.IsWordByte(before[len(before)-1]) {
				continue
			}
			if after == "" || after[0] == 's' || !script.IsWordByte(after[0]) {
				return true
			}
		}
	}
	return false
}

// maxSources of a <picture> are looked at; responsive ones have some ten.
const maxSources = 50

// pictureSource returns the address of an image, past the placeholders of lazy loading.
func pictureSource(n *html.Node) string {
	for _, name := range [...]string{"data-src", "data-original", "data-lazy-src", "data-lazy", "data-full-src", "data-image", "data-original-src", "src"} {
		if v := strings.TrimSpace(attr(n, name)); v != "" && !isPlaceholder(v) {
			return v
		}
	}
	for _, name := range [...]string{"data-srcset", "data-lazy-srcset", "srcset"} {
		if v := largestOf(attr(n, name)); v != "" {
			return v
		}
	}
	if n.Parent != nil && n.Parent.DataAtom == atom.Picture {
		for c, seen := n.Parent.FirstChild, 0; c != nil && seen < maxSources; c, seen = c.NextSibling, seen+1 {
			if c.DataAtom != atom.Source {
				continue
			}
			if v := largestOf(cmp.Or(attr(c, "data-srcset"), attr(c, "srcset"))); v != "" {
				return v
			}
		}
	}
	return ""
}

func isPlaceholder(src string) bool {
	if strings.HasPrefix(src, "data:") || strings.HasPrefix(src, "{") || strings.HasPrefix(src, "[") {
		return true
	}
	name := strings.ToLower(src[strings.LastIndexByte(src, '/')+1:])
	for _, word := range [...]string{"placeholder", "blank.", "spacer", "1x1", "transparent", "loading.", "lazy.", "grey.", "gray.", "dummy.", "leer.", "empty.", "pixel."} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// largestOf returns the widest candidate of a srcset (HTML Living Standard 4.8.4.2.1).
func largestOf(srcset string) string {
	best, bestSize := "", -1.0
	for srcset = strings.TrimSpace(srcset); srcset != ""; srcset = strings.TrimLeft(srcset, " \t\n\r\f,") {
		end := strings.IndexFunc(srcset, unicode.IsSpace)
		if end < 0 {
			end = len(srcset)
		}
		address := strings.TrimRight(srcset[:end], ",")
		descriptor := ""
		comma := len(address) < end // no descriptor: the comma ends it
		srcset = srcset[end:]
		if !comma {
			if end = strings.IndexByte(srcset, ','); end < 0 {
				end = len(srcset)
			}
			descriptor = strings.TrimSpace(srcset[:end])
			srcset = srcset[end:]
		}
		size := 1.0
		if d := strings.TrimRight(descriptor, "wx"); d != descriptor {
			if v, err := strconv.ParseFloat(d, 64); err == nil {
				size = v
			}
		}
		if address != "" && !isPlaceholder(address) && size > bestSize {
			best, bestSize = address, size
		}
	}
	return best
}

// embedHosts are the hosts whose frames are content: players, posts, charts and maps. Other frames are mostly
// advertisements and trackers.
var embedHosts = map[string]string{
	"youtube.com": "YouTube", "youtube-nocookie.com": "YouTube", "youtu.be": "YouTube", "vimeo.com": "Vimeo", "dailymotion.com": "Dailymotion",
	"twitter.com": "X", "x.com": "X", "instagram.com": "Instagram", "tiktok.com": "TikTok", "facebook.com": "Facebook",
	"bsky.app": "Bluesky", "threads.net": "Threads", "reddit.com": "Reddit", "t.me": "Telegram",
	"spotify.com": "Spotify", "soundcloud.com": "SoundCloud", "podcasts.apple.com": "Apple Podcasts", "acast.com": "Acast",
	"datawrapper.de": "Datawrapper", "dwcdn.net": "Datawrapper", "flourish.studio": "Flourish", "infogram.com": "Infogram",
	"documentcloud.org": "DocumentCloud", "bilibili.com": "Bilibili", "youku.com": "Youku", "v.qq.com": "Tencent Video",
	"vk.com": "VK", "rutube.ru": "RUTUBE", "ok.ru": "OK", "twitch.tv": "Twitch", "nicovideo.jp": "Niconico", "naver.com": "Naver",
	"openstreetmap.org": "OpenStreetMap", "google.com/maps": "Google Maps",
}

// publicEmbed returns the address at which a reader can see what a frame shows; empty for frames that are no content.
func publicEmbed(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	name := embedName(host, u.Path)
	if name == "" {
		return ""
	}
	switch name {
	case "YouTube":
		if id, ok := strings.CutPrefix(u.Path, "/embed/"); ok && id != "" && id != "videoseries" {
			return "https://www.youtube.com/watch?v=" + url.QueryEscape(id)
		}
	case "Vimeo":
		if id, ok := strings.CutPrefix(u.Path, "/video/"); ok && id != "" {
			return "https://vimeo.com/" + url.PathEscape(id)
		}
	case "Facebook":
		if href := u.Query().Get("href"); article.SafeURL(href) {
			return href
		}
		if !strings.Contains(u.Path, "video") && !strings.Contains(u.Path, "post") {
			return "" // like buttons
		}
	}
	return address
}

func embedName(host, path string) string {
	if strings.HasSuffix(host, "google.com") && strings.HasPrefix(path, "/maps") {
		return "Google Maps"
	}
	for h := host; h != ""; {
		if name := embedHosts[h]; name != "" {
			return name
		}
		_, rest, ok := strings.Cut(h, ".")
		if !ok {
			break
		}
		h = rest
	}
	return ""
}

// embedClass names the service whose script turns a quote into an embedded post.
func embedClass(class string) string {
	for c := range strings.FieldsSeq(class) {
		switch c {
		case "twitter-tweet", "twitter-video":
			return "X"
		case "instagram-media":
			return "Instagram"
		case "tiktok-embed":
			return "TikTok"
		case "bluesky-embed":
			return "Bluesky"
		case "reddit-embed-bq":
			return "Reddit"
		case "text-post-media":
			return "Threads"
		}
	}
	return ""
}

// postAddress returns where an embedded post is to be read.
func postAddress(n *html.Node) string {
	return cmp.Or(attr(n, "cite"), attr(n, "data-instgrm-permalink"), lastHref(n))
}

// lastHref returns the target of the last link in an element: in an embedded post, the post's own address.
func lastHref(n *html.Node) string {
	href, visited := "", 0
	for d := range n.Descendants() {
		if visited++; visited > maxVisited {
			break
		}
		if d.DataAtom == atom.A {
			if v := attr(d, "href"); v != "" {
				href = v
			}
		}
	}
	return href
}

// mediaBefore places the pictures that stand before block i.
func (s *structurer) mediaBefore(i int) {
	for ; s.next < len(s.media) && s.media[s.next].before <= i; s.next++ {
		m := &s.media[s.next]
		if m.embed != "" {
			name := cmp.Or(m.title, m.embed)
			link := []article.Span{{Kind: article.LinkSpan, End: len(name), URL: m.embed}}
			s.held = append(s.held, article.Node{Kind: article.EmbedNode, Text: name, Spans: link, Children: s.embedded(s.next), Block: -1})
			continue
		}
		s.held = append(s.held, article.Node{Kind: article.FigureNode, Image: &m.image, Block: -1})
	}
	if len(s.open) == 0 {
		s.placePending()
	}
}

// embedded returns what the page shows of an embedded post: the paragraphs of the quotation that its script would draw anew.
func (s *structurer) embedded(at int) (paragraphs []article.Node) {
	m, d := &s.media[at], s.doc
	if d.features == nil || m.before >= len(d.blocks) || d.blocks[m.before].el < 0 {
		return nil
	}
	branches := d.features.branches
	quote := branches[d.blocks[m.before].el].quote
	if quote < 0 || d.resolve(postAddress(d.element(quote).node)) != m.embed { // of another post, beside a frame
		return nil
	}
	for i := m.before; i < len(d.blocks) && d.blocks[i].label == article.Embed; i++ {
		b := &d.blocks[i]
		if b.el < 0 || branches[b.el].quote != quote {
			break
		}
		paragraphs = append(paragraphs, article.Node{Kind: article.ParagraphNode, Text: b.text, Spans: b.spans, Language: b.lang, Block: i})
	}
	return paragraphs
}

// placePending puts the pictures held back by an open container into the body.
func (s *structurer) placePending() {
	if len(s.open) > 0 || len(s.held) == 0 {
		return
	}
	s.nodes = append(s.nodes, s.held...)
	s.held = s.held[:0]
}

// attachCaptions gives each caption and credit to its picture: the one in the same <figure>, else the one before it
// with no text of the article between, else the one right after it. It returns the captions without a picture, as in
// plain text, as media of their own.
func (s *structurer) attachCaptions() (lone []medium) {
	inHolder := map[int32]*medium{}
	for i := range s.media {
		if m := &s.media[i]; m.holder >= 0 && m.embed == "" && inHolder[m.holder] == nil {
			inHolder[m.holder] = m
		}
	}
	for holder, at := range s.twins {
		if inHolder[holder] == nil {
			inHolder[holder] = &s.media[at]
		}
	}
	lastBody, next := -1, 0 // next: the first of media after block i
	var near *medium
	for i := range s.doc.blocks {
		b := &s.doc.blocks[i]
		for ; next < len(s.media) && s.media[next].before <= i; next++ {
			if s.media[next].embed == "" {
				near = &s.media[next]
			}
		}
		if b.label != article.Caption && b.label != article.Credit {
			if b.label.Class() == article.Body {
				lastBody, near = i, nil
			}
			continue
		}
		caption, credit := "", ""
		if caption, credit = credittext.Split(b.plain()); b.label == article.Credit && credit == "" {
			caption, credit = "", credittext.Trim(b.plain())
		}
		m := near
		if b.figure >= 0 {
			m = inHolder[s.doc.figures[b.figure].holder]
		}
		if m == nil && next < len(s.media) && s.media[next].before == i+1 && s.media[next].embed == "" && s.media[next].holder < 0 {
			m = &s.media[next]
		}
		if m == nil {
			if last := len(lone) - 1; last >= 0 && lone[last].before > lastBody && (caption == "" || lone[last].image.Caption == "") {
				m = &lone[last]
			} else if caption != "" && (s.doc.lines || b.reason == creditTailReason || s.doc.element(b.el).flags&inFigure != 0) {
				lone = append(lone, medium{holder: -1, before: i})
				m = &lone[last+1]
			} else {
				continue
			}
		}
		m.image.Caption = joinOnce(m.image.Caption, caption)
		m.image.Credit = joinOnce(m.image.Credit, credit)
	}
	return lone
}

// maxCaptionBytes: what is longer has all that a caption can say.
const maxCaptionBytes = 10_000

func joinOnce(have, more string) string {
	switch {
	case more == "" || len(have) > maxCaptionBytes || strings.Contains(have, more):
		return have
	case have == "" || strings.Contains(more, have):
		return more
	}
	return have + " " + more
}

// images fills the article's pictures: all of them in reading order, the lead image first.
func (s *structurer) images(a *article.Article) {
	for i := range s.media {
		if m := &s.media[i]; m.embed == "" {
			a.Images = append(a.Images, m.image)
		}
	}
	if len(a.Images) == 0 {
		return
	}
	if a.Image == nil {
		if i := slices.IndexFunc(a.Images, func(m article.Image) bool { return m.URL != "" }); i >= 0 {
			lead := a.Images[i]
			a.Image = &lead
			if a.Sources == nil {
				a.Sources = map[string]string{}
			}
			a.Sources["image_url"] = "figure"
		}
		return
	}
	key := pictureKey(a.Image.URL)
	at := slices.IndexFunc(a.Images, func(m article.Image) bool { return m.URL != "" && pictureKey(m.URL) == key })
	if at > 0 {
		lead := a.Images[at]
		copy(a.Images[1:], a.Images[:at])
		a.Images[0] = lead
	}
	if _, first, _ := s.extent(); at < 0 && (s.media[0].embed != "" || s.media[0].image.URL == "" || s.media[0].before > first) {
		return
	}
	// The first picture is the lead image, or stands above the text: another crop of it.
	lead, from := *a.Image, a.Images[0]
	lead.Caption, lead.Credit, lead.Alt = cmp.Or(lead.Caption, from.Caption), cmp.Or(lead.Credit, from.Credit), cmp.Or(lead.Alt, from.Alt)
	a.Image = &lead
}

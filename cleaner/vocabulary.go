package cleaner

// vocabulary is a set of the subjects that class names, ids and the like speak of.
type vocabulary uint64

// The subjects. Each is a bit, in the order of subjects below.
const (
	aboutArticle vocabulary = 1 << iota
	aboutBody
	aboutText
	aboutMain
	aboutPost
	aboutTitle
	aboutStandfirst
	aboutCaption
	aboutCredit
	aboutImage
	aboutGallery
	aboutAuthor
	aboutBio
	aboutDate
	aboutRelated
	aboutTeaser
	aboutPromo
	aboutNewsletter
	aboutShare
	aboutAd
	aboutNav
	aboutFooter
	aboutHeader
	aboutSidebar
	aboutComment
	aboutTags
	aboutConsent
	aboutPaywall
	aboutPlayer
	aboutQuote
	aboutBox
	aboutPopular
	aboutPopup
	aboutHidden
	aboutButton
	aboutForm
	aboutTools
	aboutLive
	aboutNote
	aboutEmbed
	aboutLink
	aboutList
	aboutMeta
	aboutLead
	aboutPrint
	aboutProduct
	aboutFacts

	subjectCount = iota
)

// subjects lists the words of each subject as they stand in class names: a hyphen is the border of a word, of
// camelCase too; what has none matches anywhere.
var subjects = [subjectCount][]string{
	{"article", "artikel", "articulo", "artigo", "articolo", "-story", "noticia", "-news-", "beitrag"},
	{"body", "-content", "inhalt", "contenido", "conteudo", "contenuto", "brodtext"},
	{"text", "-copy-", "paragraph", "prose", "-rte-", "richtext", "wysiwyg", "-para-", "absatz", "-txt-", "texte"},
	{"-main", "-center", "primary"},
	{"post-", "-post", "-entry", "-single-", "blog"},
	{"title", "titel", "titre", "titulo", "headline", "-heading", "-hed-", "-kicker", "uberschrift", "overline", "dachzeile"},
	{"standfirst", "summary", "-dek-", "-deck-", "excerpt", "-abstract", "subtitle", "subhead", "subline", "vorspann", "chapo", "sommario", "bajada", "entradilla", "subtitulo", "teaser-text", "ingress", "strapline", "-lede-", "-sub-"},
	{"caption", "legend", "bildunterschrift", "-cutline", "imagetext", "bildtext", "-desc-", "description"},
	{"credit", "-source-", "copyright", "-fotograf", "photographer", "-quelle", "attribution", "rights"},
	{"image", "-img-", "-img", "picture", "photo", "-bild", "-foto", "figure", "-media-", "thumb"},
	{"gallery", "galerie", "slide", "carousel", "slick", "swiper", "-fotos", "-bilder", "lightbox", "diashow"},
	{"author", "autor", "byline", "-writer", "redakteur", "-contributor", "auteur", "autore", "verfasser", "journalist", "-reporter"},
	{"-bio-", "biograph", "about-", "-profile", "-vcard", "-about"},
	{"date", "-time-", "timestamp", "publish", "datum", "-fecha", "-updated", "modified", "-datetime", "datetime"},
	{"related", "-read-more", "readmore", "read-also", "-more-", "recommend", "-see-also", "recirc", "-mehr-", "outbrain", "taboola", "similar", "-also-", "verwandt", "relacionad", "weiterlesen", "correlat", "further", "-next-", "-prev", "under-", "-below"},
	{"teaser", "-card", "-tile", "-item", "-stream", "-feed", "-river", "-grid"},
	{"promo", "-cta-", "-cta", "offer", "-campaign", "-banner", "upsell", "marketing", "-deal", "donat", "-app-", "appdownload", "shop", "-abo-", "angebot"},
	{"newsletter", "signup", "sign-up", "subscri", "-email", "mailing", "-mail-", "optin", "abonn"},
	{"share", "social", "sharing", "facebook", "twitter", "whatsapp", "-teilen", "addthis", "addtoany", "follow", "partage", "compartir"},
	{"-ad-", "-ads-", "-adv-", "advert", "sponsor", "werbung", "anzeige", "-dfp", "publicid", "publicit", "-adslot", "-adunit", "ad-container", "-gpt-", "-promoted", "-mpu", "reklam", "-paid"},
	{"-nav-", "navi", "-menu", "breadcrumb", "brotkrume", "-pager", "pagination", "-skip", "-nav", "sitemap"},
	{"footer", "-foot-", "-bottom", "imprint", "impressum", "-legal", "-terms", "colophon"},
	{"header", "-head-", "masthead", "-top-", "topbar", "-intro", "-opener", "hero", "-logo"},
	{"sidebar", "-aside", "widget", "-side-", "-rail", "marginal", "-secondary", "-right-", "complementary"},
	{"comment", "kommentar", "disqus", "discuss", "-reply", "respond", "-replies", "-forum", "-thread", "-feedback", "comentario"},
	{"-tag-", "-tags", "topic", "categor", "keyword", "schlagw", "-label", "-etiquet", "hashtag", "-themen", "taxonomy", "-term-"},
	{"cookie", "consent", "gdpr", "privacy", "-cmp-", "datenschutz", "onetrust", "-notice"},
	{"paywall", "premium", "-locked", "-gate", "-meter", "-plus-", "-barrier", "-login", "register", "-account", "-user"},
	{"video", "player", "audio", "podcast", "-vid-", "jwplayer", "-listen", "vorlesen", "-speech"},
	{"quote", "-zitat", "-citation", "blockquote", "-cita-"},
	{"infobox", "factbox", "-box", "-fact", "-info-", "infokasten", "kasten", "-glossar", "-panel", "callout", "highlight", "-callout"},
	{"popular", "trending", "-most-", "-top10", "meistgelesen", "-latest", "-recent", "-hot-", "ticker", "-ranking", "mostread"},
	{"modal", "popup", "overlay", "-toast", "tooltip", "dialog", "-alert", "-layer", "offcanvas", "drawer"},
	{"hidden", "sr-only", "visuall", "invisible", "screenreader", "screen-reader", "-hide", "a11y", "unsichtbar", "-print-only", "d-none"},
	{"button", "-btn", "-toggle", "-expand", "-collapse", "-control", "-icon"},
	{"-form", "search", "-suche", "-input", "-field", "-select", "-survey", "-poll", "-vote", "quiz"},
	{"tools", "toolbar", "action", "utility", "-util", "-service", "bookmark", "merkliste", "-save", "-rating", "-font", "-reading", "lesezeit", "-duration"},
	{"live", "-update", "-timeline", "-event", "-liveblog"},
	{"-note", "-correction", "disclaimer", "-hinweis", "-editor", "transparen", "-disclosure", "footnote", "reference", "-trust"},
	{"embed", "tweet", "instagram", "youtube", "-oembed", "iframe", "opta", "-external", "-widget", "social-embed"},
	{"-link", "-url-", "-anchor", "-href"},
	{"-list", "-liste", "bullet", "-ul-", "-table", "-index", "-toc"},
	{"-meta", "-info", "-details", "-data-", "-stats"},
	{"-lead", "-intro", "-first", "-opening", "-lede", "-einstieg"},
	{"-print", "-pdf", "-copy-link", "permalink", "-trackback"},
	{"product", "-price", "-cart", "-buy", "-sku", "-rating", "review", "-stock", "-shipping"},
	{"factbox", "fact-box", "infobox", "info-box", "faktabox", "fakta-box", "faktaboks", "fakta-boks", "faktenbox", "fakten-box", "faktaruta", "infokasten", "info-kasten", "faktakasten", "-fakta-", "boxinfo", "background-box"},
}

// machine is an Aho-Corasick automaton over 27 signs: the letters a to z and the border of a word.
type machine struct {
	next [][signs]uint16
	out  []vocabulary
}

const (
	signs  = 32 // of which 27 are used: the transitions of a state are one cache line
	border = 26
)

var subjectWords = newMachine(subjects[:])

func newMachine(lists [][]string) *machine {
	m := &machine{next: make([][signs]uint16, 1), out: make([]vocabulary, 1)}
	for subject, words := range lists {
		for _, word := range words {
			state := uint16(0)
			for i := range len(word) {
				s := signOf[word[i]]
				if m.next[state][s] == 0 {
					m.next = append(m.next, [signs]uint16{})
					m.out = append(m.out, 0)
					m.next[state][s] = uint16(len(m.next) - 1)
				}
				state = m.next[state][s]
			}
			m.out[state] |= 1 << subject
		}
	}
	m.complete()
	return m
}

// complete adds the transitions of failed matches, breadth first.
func (m *machine) complete() {
	fail := make([]uint16, len(m.next))
	var queue []uint16
	for _, s := range m.next[0] {
		if s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		m.out[state] |= m.out[fail[state]]
		for s, to := range m.next[state] {
			if to == 0 {
				m.next[state][s] = m.next[fail[state]][s]
				continue
			}
			fail[to] = m.next[fail[state]][s]
			queue = append(queue, to)
		}
	}
}

// signOf maps bytes to signs; upper-case letters count as their lower case.
var signOf = func() (t [256]uint8) {
	for i := range t {
		t[i] = border
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = uint8(c-'a'), uint8(c-'a')
	}
	return t
}()

// wordsIn returns the subjects that a class list, id or the like speaks of.
func wordsIn(s string) vocabulary {
	if len(s) > maxClassBytes {
		s = s[:maxClassBytes]
	}
	m := subjectWords
	state := m.next[0][border]
	var found vocabulary
	lower, wasBorder := false, true
	for i := range len(s) {
		c := s[i]
		sign := signOf[c]
		if sign == border {
			if wasBorder {
				continue
			}
			wasBorder = true
		} else {
			if c <= 'Z' && lower {
				state = m.next[state][border]
				found |= m.out[state]
			}
			wasBorder = false
		}
		lower = c >= 'a' && c <= 'z'
		state = m.next[state][sign%signs]
		found |= m.out[state]
	}
	if !wasBorder {
		state = m.next[state][border]
		found |= m.out[state]
	}
	return found
}

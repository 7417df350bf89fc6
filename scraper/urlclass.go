package scraper

import (
	"math"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"newsmill/storage"
)

// urlKind is what an address alone says of its page.
type urlKind uint8

const (
	urlUnknown urlKind = iota // may be an article
	urlArticle                // looks like one
	urlHub                    // looks like a section, topic or home page: fetched for its links
	urlService                // about, contact, privacy: neither
	urlNever                  // a picture, a script, a login, an action: never fetched
)

// urlGuess is the judgement of an address: a kind, and how likely it is an article, 0 to 1.
type urlGuess struct {
	Kind  urlKind
	Score float64
}

// words of paths that say what a page is, in the languages of the catalogue. Compared with whole segments, lower case.
var (
	hubWords = wordSet(`tag tags topic topics thema themen tema temas topico topicos sujet sujets category categories categoria categorias
		kategorie kategorien kategori rubrik rubrique rubriques rubrica rubriky section sections seccion secciones ressort sezione channel channels
		author authors autor autoren autores auteur auteurs autore profile profil people person archive archives archiv archivo archivio
		search suche buscar recherche cerca hledat szukaj sok page pages seite pagina feed feeds rss sitemap index latest trending popular
		newsticker live-ticker schlagwort stichwort dossier dossiers serie series label labels collection collections list listing`)
	serviceWords = wordSet(`about about-us ueber-uns uber-uns a-propos quienes-somos chi-siamo o-nas contact contact-us contacts kontakt contacto
		contatti kontakty privacy privacy-policy datenschutz datenschutzerklaerung privacidad confidentialite impressum imprint mentions-legales aviso-legal
		terms terms-of-use terms-of-service agb nutzungsbedingungen cgu cgv condiciones cookies cookie-policy help faq hilfe ayuda aide newsletter newsletters
		subscribe subscription subscriptions abo abonnement abonnieren suscripcion suscripciones abbonamenti shop store werbung advertise advertising
		mediadaten jobs careers karriere stellenmarkt accessibility barrierefreiheit sitemap-page legal disclaimer`)
	neverWords = wordSet(`login log-in signin sign-in signup sign-up register registrieren anmelden logout account my-account mein-konto konto cart
		warenkorb checkout wp-admin wp-login.php wp-json xmlrpc.php cgi-bin oauth auth sso comment-page share print-friendly trackback
		apple-touch-icon.png favicon.ico`)
	articleWords = wordSet(`article articles artikel articolo articulo artigo artykul story stories nachricht meldung noticia noticias actualite
		actualites notizia clanek statja beitrag`)
	// twinWords mark another form of a page that is there anyway: fetched last, since it ends as an alias.
	twinWords = wordSet(`amp print drucken imprimir imprimer stampa mobile`)
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// pageExtensions are those of pages.
var pageExtensions = wordSet(`.html .htm .shtml .aspx .php .jsp`)

// neverExtensions are files that hold no article.
var neverExtensions = wordSet(`.jpg .jpeg .png .gif .webp .avif .svg .ico .bmp .tif .tiff .css .js .mjs .map .json .woff .woff2 .ttf .eot .mp3 .m4a
	.ogg .wav .aac .flac .mp4 .m4v .webm .mov .avi .mkv .m3u8 .ts .pdf .doc .docx .xls .xlsx .ppt .pptx .odt .epub .zip .gz .tgz .rar .7z .exe
	.dmg .apk .iso .ics .vcf .csv .txt .xml .rss .atom .rdf .swf`)

var (
	datePath   = regexp.MustCompile(`(?:^|[/_-])(?:19|20)\d\d[/_-]?(?:0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[/_-]?(?:[0-3]?\d)?(?:[/_.-]|$)`)
	archiveEnd = regexp.MustCompile(`/(?:19|20)\d\d(?:/\d{1,2}){0,2}$`)
	longID     = regexp.MustCompile(`\d{5,}|(?:^|[-_.,])[a-z]{0,4}\d{4,}|[0-9a-f]{8}-[0-9a-f]{4}-|(?:^|[-/.])[0-9a-f]{20,}(?:$|\.)`)
	idQuery    = regexp.MustCompile(`(?i)^(?:id|p|aid|nid|article|article_?id|art|artid|story|storyid|news_?id|newsid|cid|docid|idarticle|idnoticia|sid)$`)
	wordBreak  = regexp.MustCompile(`[-_+~ ]|%20`)
	sessionKey = regexp.MustCompile(`(?i)^(?:jsessionid|phpsessid|aspsessionid\w*|sessionid|session_id|sid|cfid|cftoken|zenid|oscsid|s_id)$`)
	pageParam  = regexp.MustCompile(`(?i)^(?:page|paged|p|pg|seite|pagina|start|offset|from)$`)
)

// pathParts is the path of an address, as guessURL looks at it.
type pathParts struct {
	path           string // lower case, unescaped, without slashes at its ends; empty: the home page
	segments       []string
	ext            string // of the last segment
	slug           string // the segment that names the page
	isIndex        bool   // the last segment names its folder's index page
	words, letters int    // of the slug
}

func pathPartsOf(u *url.URL) pathParts {
	p := strings.ToLower(strings.Trim(u.EscapedPath(), "/"))
	if d, err := url.PathUnescape(p); err == nil {
		p = d
	}
	a := pathParts{path: p, segments: strings.Split(p, "/")}
	last := a.segments[len(a.segments)-1]
	a.ext = path.Ext(last)
	a.slug = strings.TrimSuffix(last, a.ext)
	a.isIndex = a.slug == "index" || a.slug == "default" || a.slug == "home" || len(a.slug) < 3 && a.ext != ""
	if a.isIndex && len(a.segments) > 1 { // /news/some-words-1234/index.html is about its folder
		a.slug = a.segments[len(a.segments)-2]
	}
	a.words, a.letters = slugWords(a.slug)
	return a
}

// isNever says whether a path leads to no article and to nothing that links to one.
func (a *pathParts) isNever() bool {
	return neverExtensions[a.ext] || slices.ContainsFunc(a.segments, func(s string) bool { return neverWords[s] })
}

// slugScore is what the words of the slug say.
func (a *pathParts) slugScore() float64 {
	switch {
	case a.words >= 5:
		return 0.5
	case a.words >= 3:
		return 0.35
	case a.letters >= 24 && a.words > 1:
		return 0.2
	}
	return 0
}

// isService says whether one of the last segments names a page about the site.
func (a *pathParts) isService() bool {
	n := len(a.segments)
	return a.words < 3 && slices.ContainsFunc(a.segments[max(0, n-2):], func(s string) bool { return serviceWords[strings.TrimSuffix(s, path.Ext(s))] })
}

// segmentScore is what single segments say.
func (a *pathParts) segmentScore(score float64, hasID bool) float64 {
	n := len(a.segments)
	for i, s := range a.segments {
		switch {
		case hubWords[s] && a.words < 5 && (i < n-1 || n == 1):
			score -= 0.3
		case articleWords[s] && hasID:
			score += 0.15
		case twinWords[s]:
			score -= 0.1
		}
	}
	return score
}

// guessURL judges an address by its shape. Scores are set so that a slug of four words with a date or an id comes
// near 1 and a bare short word near 0.
func guessURL(u *url.URL) urlGuess {
	a := pathPartsOf(u)
	switch {
	case a.path == "" && u.RawQuery == "":
		return urlGuess{urlHub, 0}
	case a.isNever():
		return urlGuess{urlNever, 0}
	}
	score := 0.15 + a.slugScore()
	if datePath.MatchString("/" + a.path) {
		score += 0.3
		if archiveEnd.MatchString("/"+a.path) && a.ext == "" {
			return urlGuess{urlHub, 0.05} // an archive's day, month or year
		}
	}
	hasID := longID.MatchString(a.slug)
	if hasID {
		score += 0.3
	}
	if !a.isIndex && a.words > 0 && pageExtensions[a.ext] {
		score += 0.1
	}
	if len(a.segments) >= 3 {
		score += 0.05
	}
	if hasIDQuery(u) {
		score += 0.35
		hasID = true
	}
	if a.isService() {
		return urlGuess{urlService, 0.05}
	}
	score = a.segmentScore(score, hasID)
	if u.RawQuery != "" && !hasID {
		score -= 0.15
	}
	score = math.Max(0, math.Min(1, score))
	switch {
	case score >= 0.5:
		return urlGuess{urlArticle, score}
	case hasID, a.words >= 3, a.ext != "" && !a.isIndex:
		return urlGuess{urlUnknown, score}
	}
	return urlGuess{urlHub, score}
}

func hasIDQuery(u *url.URL) bool {
	for k := range u.Query() {
		if idQuery.MatchString(k) {
			return true
		}
	}
	return false
}

// slugWords counts the words of letters in the last part of a path, and its letters in all. In scripts without
// spaces four letters count as a word.
func slugWords(s string) (words, letters int) {
	for _, w := range wordBreak.Split(s, -1) {
		n, wide := 0, 0
		for _, c := range w {
			if unicode.IsLetter(c) {
				n++
				if unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
					wide++
				}
			}
		}
		letters += n
		if n >= 2 {
			words++
		}
		if wide > 4 {
			words += wide/4 - 1
		}
	}
	return words, letters
}

// urlShape is the pattern that an address shares with its like on a host: numbers, slugs and dates stand for
// themselves, a first segment that is a plain word stays. "/news/2026-03-01/some-title-3312.html" is
// "/news/date/slug.html".
func urlShape(u *url.URL) string {
	p := strings.Trim(u.Path, "/")
	segments := strings.Split(p, "/")
	var b strings.Builder
	for i, s := range segments {
		if i > 5 {
			b.WriteString("/…")
			break
		}
		b.WriteByte('/')
		ext := ""
		if i == len(segments)-1 {
			if ext = path.Ext(s); len(ext) > 6 {
				ext = ""
			}
			s = strings.TrimSuffix(s, ext)
		}
		words, letters := slugWords(s)
		digits := strings.ContainsAny(s, "0123456789")
		switch {
		case s == "":
		case letters == 0:
			b.WriteByte('0')
		case words >= 3 || utf8.RuneCountInString(s) > 24:
			b.WriteString("slug")
		case digits:
			b.WriteString("a0")
		case i == 0 && len(segments) > 1:
			b.WriteString(strings.ToLower(s))
		default:
			b.WriteString("a")
		}
		b.WriteString(ext)
	}
	if q := u.Query(); len(q) > 0 {
		keys := make([]string, 0, len(q))
		for k := range q {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		b.WriteString("?" + strings.Join(keys[:min(len(keys), 8)], "&"))
	}
	return b.String()
}

// Bounds of traps that the address alone shows.
const (
	maxPathSegments  = 16 // the deepest article of a thousand in the corpus has 9
	maxQueryKeys     = 8
	maxRepeatedParts = 3 // /a/b/a/b/a/b: relative links gone wrong
)

// trapReason says why an address looks like one of an endless series; empty: it doesn't.
func trapReason(u *url.URL) string {
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(segments) > maxPathSegments {
		return "its path is too deep"
	}
	if strings.Count(u.RawQuery, "&") >= maxQueryKeys {
		return "it has too many parameters"
	}
	counts := map[string]int{}
	for _, s := range segments {
		if s == "" {
			continue
		}
		if counts[s]++; counts[s] > maxRepeatedParts {
			return "its path repeats itself"
		}
	}
	return ""
}

// withoutSession drops session ids, which make a new address of the same page each time.
func withoutSession(u *url.URL) {
	if i := strings.IndexByte(u.Path, ';'); i >= 0 {
		if k, _, ok := strings.Cut(u.Path[i+1:], "="); ok && sessionKey.MatchString(k) {
			u.Path, u.RawPath = u.Path[:i], ""
		}
	}
	if u.RawQuery == "" {
		return
	}
	var keep []string
	for _, kv := range strings.Split(u.RawQuery, "&") {
		k, v, _ := strings.Cut(kv, "=")
		// "sid" is also a story's number: only a long value is a session
		if kv != "" && (!sessionKey.MatchString(k) || strings.EqualFold(k, "sid") && len(v) < 16) {
			keep = append(keep, kv)
		}
	}
	u.RawQuery = strings.Join(keep, "&")
}

// sessionless is an address without session ids.
func sessionless(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	withoutSession(u)
	return u.String()
}

// site is the registrable domain of a host ("news.bbc.co.uk" -> "bbc.co.uk"), or the host itself where there is
// none: an IP address, localhost, a name with a port.
func site(host string) string {
	h := host
	if i := strings.LastIndexByte(h, ':'); i > 0 && !strings.HasSuffix(h, "]") {
		h = h[:i]
	}
	if d, err := publicsuffix.EffectiveTLDPlusOne(h); err == nil {
		return d
	}
	return host
}

// shapes learns per host which shapes of address turn out to be articles.
type shapes struct {
	mu    sync.Mutex
	hosts map[string]map[string]*shapeCount
}

type shapeCount struct{ articles, others int }

// Bounds of what is learned: a host has few shapes that matter, and the rest stay unknown.
const (
	maxShapesPerHost = 400
	shapeEvidence    = 12 // so many others and no article close a shape: at a true share of 1 in 4, a chance of 3 %
)

// learn counts a page that was fetched and judged.
func (s *shapes) learn(u *url.URL, isArticle bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.count(u.Host, urlShape(u))
	switch {
	case c == nil:
	case isArticle:
		c.articles++
	default:
		c.others++
	}
}

func (s *shapes) count(host, shape string) *shapeCount {
	if s.hosts == nil {
		s.hosts = map[string]map[string]*shapeCount{}
	}
	own := s.hosts[host]
	if own == nil {
		own = map[string]*shapeCount{}
		s.hosts[host] = own
	}
	c := own[shape]
	if c == nil && len(own) < maxShapesPerHost {
		c = &shapeCount{}
		own[shape] = c
	}
	return c
}

// adjust corrects a guess by what the host's pages of the same shape were.
func (s *shapes) adjust(u *url.URL, g urlGuess) urlGuess {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.hosts[u.Host][urlShape(u)]
	if c == nil || c.articles+c.others < 3 || g.Kind == urlNever {
		return g
	}
	share := float64(c.articles) / float64(c.articles+c.others)
	g.Score = (g.Score + 2*share) / 3
	if share > 0.5 && g.Kind != urlArticle {
		g.Kind = urlArticle
	}
	return g
}

// closed reports whether pages of this shape have shown often enough that they are no articles.
func (s *shapes) closed(u *url.URL) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.hosts[u.Host][urlShape(u)]
	return c != nil && c.articles == 0 && c.others >= shapeEvidence
}

// all is what was learned, to be kept.
func (s *shapes) all() []storage.ShapeCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []storage.ShapeCount
	for host, own := range s.hosts {
		for shape, c := range own {
			if c.articles+c.others > 0 {
				all = append(all, storage.ShapeCount{Host: host, Shape: shape, Articles: c.articles, Others: c.others})
			}
		}
	}
	return all
}

// restore brings back what earlier runs learned.
func (s *shapes) restore(known []storage.ShapeCount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range known {
		if c := s.count(k.Host, k.Shape); c != nil {
			c.articles, c.others = k.Articles, k.Others
		}
	}
}

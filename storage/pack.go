package storage

import (
	"crypto/sha256"
	"hash/fnv"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"newsmill/cleaner/article"
)

// packed is a record with everything computed that a transaction needs, so that it holds nothing but SQL.
type packed struct {
	rec     Record
	body    *packedBody    // nil: not kept
	article *packedArticle // nil: none to store
}

// bytes is about how much memory the record holds until it is written.
func (p *packed) bytes() int {
	n := 1 << 10
	if p.body != nil {
		n += len(p.body.data)
	}
	if p.article != nil {
		n += 4 * len(p.article.Text)
		for i := range p.article.blocks {
			n += 64 + len(p.article.blocks[i].text)
		}
	}
	return n
}

// packedArticle is an article as the tables want it. It holds none of the page's memory: an article's strings are parts of
// the page, and a batch of articles would keep a hundred pages.
type packedArticle struct {
	*article.Article       // what own keeps of it
	fields           []any // what the columns of fields hold
	url, canonical   string
	source           string
	title            string // never empty
	fetchedAt        string
	publishedAt      string
	day              string
	markdown         string // "": same as the text
	cleanerVersion   int
	robotsTag        string
	optOut           string
	contentHash      []byte
	metadataHash     []byte
	minhash          signature
	signature        []byte // nil: too short to compare
	bands            [bands]int64
	bare             string // its address as all its forms share it
	bareCanonical    string
	marks            int      // what its address has that only calls for a form of the page
	keys             [2]int64 // of both: by what other forms of it are found
	links            []packedLink
	blocks           []packedBlock
	spellings        spellings
}

type packedLink struct {
	url, anchor, rel string
	internal         bool
}

type packedBlock struct {
	position int
	rule     blockRule
	hash     [16]byte
	text     string
}

type blockRule struct{ label, reason string }

// pack computes what a record needs. It is called from many goroutines at once.
func pack(packer *bodyPacker, rec Record) *packed {
	p := &packed{rec: rec}
	// An article may come of what looked like a section; what comes in place of a stored one may be no article.
	isRecheck := rec.Job.Kind == ArticleJob && rec.Job.Class != ""
	if f := rec.Fetch; f != nil && len(f.Body) > 0 && (rec.Cleaned != nil || isRecheck) {
		p.body = packer.pack(f.Host, f.Body)
	}
	p.rec.Fetch = withoutBody(rec.Fetch)
	if rec.Cleaned != nil && rec.Ending.Class == storedClass {
		p.article = packArticle(&p.rec)
	}
	p.rec.Cleaned = nil
	return p
}

// withoutBody returns a copy of f that lets go of the page's bytes.
func withoutBody(f *Fetch) *Fetch {
	if f == nil {
		return nil
	}
	c := *f
	c.Body = nil
	return &c
}

func packArticle(rec *Record) *packedArticle {
	a := &rec.Cleaned.Article
	p := &packedArticle{
		Article: a, url: a.URL, canonical: a.CanonicalURL, source: rec.Job.Source, title: a.Title, publishedAt: a.PublishedAt.UTC(),
		cleanerVersion: rec.Cleaned.Version,
	}
	fetched := time.Time{}
	if f := rec.Fetch; f != nil {
		fetched, p.robotsTag, p.optOut = f.FetchedAt, f.RobotsTag, f.OptOut
		if p.url == "" {
			p.url = f.FinalURL
		}
	}
	if p.url == "" {
		p.url = rec.Job.URL
	}
	if p.canonical == "" {
		p.canonical = p.url
	}
	if p.source == "" {
		p.source = hostOf(p.url)
	}
	if p.title == "" {
		p.title = firstLine(a.Text, p.url)
	}
	p.fetchedAt = timeText(fetched)
	p.day = p.publishedAt
	if p.day == "" {
		p.day = p.fetchedAt
	}
	p.day = p.day[:min(10, len(p.day))]
	if rec.Cleaned.TDMOptOut != "" && p.optOut == "" {
		p.optOut = rec.Cleaned.TDMOptOut
	}
	p.robotsTag = strings.Join(append(nonEmpty(p.robotsTag), rec.Cleaned.RobotsMeta...), ", ")
	if md := article.Markdown(a); md != a.Text {
		p.markdown = md
	}
	if sig, ok := minHash(a.Text); ok {
		p.minhash, p.signature, p.bands = sig, sig.bytes(), sig.bandKeys()
	}
	p.bare, p.marks = article.BareURL(p.url)
	p.bareCanonical, _ = article.BareURL(p.canonical)
	p.keys = [2]int64{keyOf(p.bare), keyOf(p.bareCanonical)}
	p.contentHash = hashFolded(p.title, a.Text, a.EditorsNote, strings.Join(a.Corrections, " "))
	p.metadataHash = metadataHash(p)
	host := strings.TrimPrefix(hostOf(p.url), "www.")
	for _, l := range a.Links {
		p.links = append(p.links, packedLink{
			strings.Clone(l.URL), strings.Clone(l.Anchor), strings.Clone(l.Rel), strings.TrimPrefix(hostOf(l.URL), "www.") == host,
		})
	}
	for i, b := range rec.Cleaned.Blocks {
		if b.Label.Class() == article.Body || b.Text == "" {
			continue
		}
		sum := sha256.Sum256([]byte(b.Text))
		p.blocks = append(p.blocks, packedBlock{i, blockRule{b.Label.String(), b.Reason}, [16]byte(sum[:16]), strings.Clone(b.Text)})
	}
	p.spellings = newSpellings()
	p.spellings.read(p.title, a.Byline, a.Text)
	p.url, p.canonical, p.title, p.day = strings.Clone(p.url), strings.Clone(p.canonical), strings.Clone(p.title), strings.Clone(p.day)
	p.bare, p.bareCanonical = strings.Clone(p.bare), strings.Clone(p.bareCanonical)
	p.Article, p.fields = own(a), bindAll(a)
	return p
}

// keyOf is the hash under which an address is looked up; what collides is told apart by its text.
func keyOf(bare string) int64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, bare)
	return int64(h.Sum64())
}

// own returns a copy, in memory of its own, of what the writer looks at in an article besides its columns.
func own(a *article.Article) *article.Article {
	c := &article.Article{
		Byline: strings.Clone(a.Byline), EditorsNote: strings.Clone(a.EditorsNote), PageType: a.PageType, Paywall: article.Paywall{Closed: a.Paywall.Closed},
		Confidence: a.Confidence, PageTypeConfidence: a.PageTypeConfidence, WordCount: a.WordCount, Text: strings.Clone(a.Text),
		Authors: slices.Clone(a.Authors), Tags: slices.Clone(a.Tags), Corrections: slices.Clone(a.Corrections),
	}
	for i, p := range c.Authors {
		c.Authors[i] = article.Person{Name: strings.Clone(p.Name), Role: strings.Clone(p.Role), Organisation: strings.Clone(p.Organisation), URL: strings.Clone(p.URL)}
	}
	for _, list := range [][]string{c.Tags, c.Corrections} {
		for i, s := range list {
			list[i] = strings.Clone(s)
		}
	}
	return c
}

// hashOf returns the SHA-256 of strings, told apart from their concatenation. An empty one at the end is as none.
func hashOf(parts ...string) []byte {
	h := sha256.New()
	if n := len(parts); parts[n-1] == "" {
		parts = parts[:n-1]
	}
	var buf []byte // one for all
	for _, s := range parts {
		buf = append(append(buf[:0], s...), 0)
		h.Write(buf)
	}
	return h.Sum(nil)
}

// hashFolded is hashOf strings with each run of white space as one space, and none at the ends.
func hashFolded(parts ...string) []byte {
	h := sha256.New()
	var buf []byte
	for _, s := range parts {
		buf = buf[:0]
		for word := range strings.FieldsSeq(s) {
			if len(buf) > 0 {
				buf = append(buf, ' ')
			}
			buf = append(buf, word...)
		}
		h.Write(append(buf, 0))
	}
	return h.Sum(nil)
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// firstLine stands in for a title that a page doesn't have.
func firstLine(text, otherwise string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if r := []rune(line); len(r) > 80 {
		line = strings.TrimSpace(string(r[:79])) + "…"
	}
	if line == "" {
		return otherwise
	}
	return line
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// metadataHash is the SHA-256 of everything that a page says but title and text: what is hashed always, in the order of the table, and
// what later versions of the table brought, as one string more where it says something.
func metadataHash(p *packedArticle) []byte {
	var parts []string
	var late strings.Builder
	fields := article.Fields()
	for i := range fields {
		switch f := &fields[i]; f.Hash {
		case article.HashAlways:
			parts = append(parts, f.HashOf(p.Article))
		case article.HashLate:
			late.WriteString(f.HashOf(p.Article))
		}
	}
	return hashOf(append(parts, p.robotsTag, p.optOut, p.Text, p.markdown, late.String())...)
}

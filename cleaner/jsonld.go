package cleaner

import (
	"slices"
	"strings"
)

// linkedData is the page's JSON-LD.
type linkedData struct {
	things  []ldThing
	article *jsonValue            // the thing that is this page's article; null where there is none
	page    *jsonValue            // the WebPage
	byID    map[string]*jsonValue // things that others refer to
	types   []string              // all types, in order, without repeats, up to maxTypes
	stated  *[]statedBody         // texts of the article, once read
}

// ldThing is an object with a type.
type ldThing struct {
	value *jsonValue
	depth int    // of objects around it
	via   string // member that holds it: "" at the top, "mainEntity", "itemListElement", …
}

// Bounds on what is read; larger data is a catalogue.
const (
	maxThings = 3000
	maxTypes  = 100 // of a thing, and all different ones of a page
)

// articleTypes are the schema.org types that are articles, with how strongly they say so.
var articleTypes = map[string]int{
	"NewsArticle": 6, "ReportageNewsArticle": 6, "AnalysisNewsArticle": 6, "OpinionNewsArticle": 6, "BackgroundNewsArticle": 6,
	"AskPublicNewsArticle": 6, "ReviewNewsArticle": 6, "LiveBlogPosting": 6, "Article": 5, "BlogPosting": 5, "AdvertiserContentArticle": 5,
	"SatiricalArticle": 5, "ScholarlyArticle": 5, "Report": 5, "TechArticle": 5, "SocialMediaPosting": 3, "CreativeWork": 2,
	"Review": 2, "CriticReview": 3, "MedicalScholarlyArticle": 5, "Recipe": 2, "VideoObject": 1, "WebPage": 1, "ItemPage": 1, "ImageGallery": 1, "MediaGallery": 1,
}

func readLinkedData(scripts []scriptTag, ev *evidence) linkedData {
	ld := linkedData{article: nullJSON, page: nullJSON}
	for _, s := range scripts {
		if !strings.Contains(s.typ, "ld+json") {
			continue
		}
		roots := parseJSON(s.text)
		for i := range roots {
			ld.collect(&roots[i], 0, "")
		}
	}
	ld.choose(ev)
	return ld
}

// collect lists the typed objects inside v.
func (ld *linkedData) collect(v *jsonValue, depth int, via string) {
	switch v.kind {
	case jsonArray:
		for i := range v.items {
			ld.collect(&v.items[i], depth, via)
		}
	case jsonObject:
		if len(ld.things) >= maxThings {
			return
		}
		if types := v.types(); len(types) > 0 {
			ld.things = append(ld.things, ldThing{v, depth, via})
			for i := range types {
				ld.addType(schemaName(types[i].string()))
			}
		}
		if id := v.get("@id").string(); id != "" && len(v.keys) > 1 {
			if ld.byID == nil {
				ld.byID = map[string]*jsonValue{}
			}
			if old := ld.byID[id]; old == nil || len(old.keys) < len(v.keys) {
				ld.byID[id] = v
			}
		}
		for i, key := range v.keys {
			if child := &v.items[i]; child.kind >= jsonArray {
				next := key
				if key == "@graph" {
					next = via
				}
				ld.collect(child, depth+1, next)
			}
		}
	}
}

func (ld *linkedData) addType(name string) {
	if name != "" && len(ld.types) < maxTypes && !slices.Contains(ld.types, name) {
		ld.types = append(ld.types, name)
	}
}

// schemaName strips the vocabulary's address from a type.
func schemaName(s string) string {
	if i := strings.LastIndexAny(s, "/#:"); i >= 0 {
		s = s[i+1:]
	}
	return s
}

// follow resolves a reference to another thing of the page.
func (ld *linkedData) follow(v *jsonValue) *jsonValue {
	if v.kind == jsonObject && len(v.keys) <= 2 {
		if id := v.get("@id").string(); id != "" {
			if full := ld.byID[id]; full != nil {
				return full
			}
		}
	}
	return v
}

// types returns what a thing says it is.
func (v *jsonValue) types() []jsonValue { return v.get("@type").few(maxTypes) }

// hasType reports whether the thing has one of the types.
func (v *jsonValue) hasType(names ...string) bool {
	types := v.types()
	for i := range types {
		t := schemaName(types[i].string())
		for _, name := range names {
			if t == name {
				return true
			}
		}
	}
	return false
}

// apart are members whose values are other things than the article of the page.
var apart = map[string]bool{
	"itemListElement": true, "hasPart": true, "liveBlogUpdate": true, "blogPost": true, "blogPosts": true, "relatedLink": true, "citation": true,
	"comment": true, "review": true, "reviews": true, "isPartOf": true, "about": true, "mentions": true, "isBasedOn": true, "video": true, "associatedMedia": true,
	"subjectOf": true, "item": true, "dataFeedElement": true, "significantLink": true, "workExample": true, "publisher": true, "author": true, "image": true, "sharedContent": true,
}

// choose finds the things that are the page's article and the page itself.
func (ld *linkedData) choose(ev *evidence) {
	best := 0
	for _, t := range ld.things {
		if ld.page.kind == jsonNull && t.depth <= 2 && t.value.hasType("WebPage", "ItemPage", "CollectionPage", "AboutPage", "ContactPage", "FAQPage", "ProfilePage") {
			ld.page = t.value
		}
		rank := 0
		types := t.value.types()
		for i := range types {
			rank = max(rank, articleTypes[schemaName(types[i].string())])
		}
		if rank == 0 {
			continue
		}
		score := rank * 4
		if apart[t.via] {
			score -= 16
		}
		if ev.isThisPage(t.value) {
			score += 8
		}
		for _, key := range []string{"headline", "datePublished", "author", "articleBody"} {
			if v := t.value.get(key); v.kind != jsonNull && (v.kind != jsonString || v.text != "") {
				score += 2
			}
		}
		if score > best {
			best, ld.article = score, t.value
		}
	}
}

// isThisPage reports whether a thing's address is the page's, or its headline the page's title.
func (ev *evidence) isThisPage(v *jsonValue) bool {
	if head := v.get("headline").string(); len(head) > 8 && len(ev.meta[metaTitle]) > 0 && strings.HasPrefix(ev.meta[metaTitle][0].Value.Value, cleanValue(head)) {
		return true
	}
	if ev.page == nil || len(ev.page.Path) < 2 {
		return false
	}
	for _, key := range []string{"url", "mainEntityOfPage", "@id"} {
		u := v.get(key)
		if u.kind == jsonObject {
			u = u.get("@id")
		}
		if s := u.string(); s != "" && strings.Contains(s, ev.page.Path) {
			return true
		}
	}
	return false
}

// bodies returns the article texts of the page's JSON-LD.
func (ld *linkedData) bodies() []statedBody {
	if ld.stated == nil {
		list := slices.Clip(ld.readBodies())
		ld.stated = &list
	}
	return *ld.stated
}

// liveUpdates is the source of a text that is the updates of a live blog.
const liveUpdates = "jsonld:liveBlogUpdate"

func (ld *linkedData) readBodies() []statedBody {
	var list []statedBody
	for _, key := range []string{"articleBody", "text", "reviewBody"} {
		if p := paragraphsOf(ld.article.get(key).string()); len(p) > 0 {
			list = append(list, statedBody{source: "jsonld:" + key, paragraphs: p, titled: true})
			break
		}
	}
	if ld.article.hasType("LiveBlogPosting") {
		var all []string
		updates := ld.article.get("liveBlogUpdate").list()
		for i := range updates {
			if len(all) > maxBlocks {
				return list
			}
			if head := cleanValue(updates[i].get("headline").string()); head != "" {
				all = append(all, head)
			}
			all = append(all, paragraphsOf(updates[i].get("articleBody").string())...)
		}
		if len(all) > 0 {
			list = append(list, statedBody{source: liveUpdates, paragraphs: all, titled: true})
		}
	}
	return list
}

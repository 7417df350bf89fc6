package cleaner

import (
	"slices"
	"strings"

	"newsmill/cleaner/loosejson"
	"newsmill/cleaner/script"
)

// linkedData is the page's JSON-LD.
type linkedData struct {
	things  []ldThing
	article *loosejson.Value            // the thing that is this page's article; null where there is none
	page    *loosejson.Value            // the WebPage
	byID    map[string]*loosejson.Value // things that others refer to
	types   []string                    // all types, in order, without repeats, up to maxTypes
	stated  *[]statedBody               // texts of the article, once read
}

// ldThing is an object with a type.
type ldThing struct {
	value *loosejson.Value
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
	ld := linkedData{article: loosejson.Nothing, page: loosejson.Nothing}
	for _, s := range scripts {
		if !strings.Contains(s.typ, "ld+json") {
			continue
		}
		roots := loosejson.Parse(s.text)
		for i := range roots {
			ld.collect(&roots[i], 0, "")
		}
	}
	ld.choose(ev)
	return ld
}

// collect lists the typed objects inside v.
func (ld *linkedData) collect(v *loosejson.Value, depth int, via string) {
	switch v.Kind {
	case loosejson.Array:
		for i := range v.Items {
			ld.collect(&v.Items[i], depth, via)
		}
	case loosejson.Object:
		if len(ld.things) >= maxThings {
			return
		}
		if types := typesOf(v); len(types) > 0 {
			ld.things = append(ld.things, ldThing{v, depth, via})
			for i := range types {
				ld.addType(schemaName(types[i].String()))
			}
		}
		if id := v.Get("@id").String(); id != "" && len(v.Keys) > 1 {
			if ld.byID == nil {
				ld.byID = map[string]*loosejson.Value{}
			}
			if old := ld.byID[id]; old == nil || len(old.Keys) < len(v.Keys) {
				ld.byID[id] = v
			}
		}
		for i, key := range v.Keys {
			if child := &v.Items[i]; child.Kind >= loosejson.Array {
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
func (ld *linkedData) follow(v *loosejson.Value) *loosejson.Value {
	if v.Kind == loosejson.Object && len(v.Keys) <= 2 {
		if id := v.Get("@id").String(); id != "" {
			if full := ld.byID[id]; full != nil {
				return full
			}
		}
	}
	return v
}

// types returns what a thing says it is.
func typesOf(v *loosejson.Value) []loosejson.Value { return v.Get("@type").Few(maxTypes) }

// hasType reports whether the thing has one of the types.
func hasType(v *loosejson.Value, names ...string) bool {
	types := typesOf(v)
	for i := range types {
		t := schemaName(types[i].String())
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
		if ld.page.Kind == loosejson.Null && t.depth <= 2 && hasType(t.value, "WebPage", "ItemPage", "CollectionPage", "AboutPage", "ContactPage", "FAQPage", "ProfilePage") {
			ld.page = t.value
		}
		rank := 0
		types := typesOf(t.value)
		for i := range types {
			rank = max(rank, articleTypes[schemaName(types[i].String())])
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
			if v := t.value.Get(key); v.Kind != loosejson.Null && (v.Kind != loosejson.String || v.Text != "") {
				score += 2
			}
		}
		if score > best {
			best, ld.article = score, t.value
		}
	}
}

// isThisPage reports whether a thing's address is the page's, or its headline the page's title.
func (ev *evidence) isThisPage(v *loosejson.Value) bool {
	if head := v.Get("headline").String(); len(head) > 8 && len(ev.meta[metaTitle]) > 0 && strings.HasPrefix(ev.meta[metaTitle][0].Value.Value, script.CleanValue(head)) {
		return true
	}
	if ev.page == nil || len(ev.page.Path) < 2 {
		return false
	}
	for _, key := range []string{"url", "mainEntityOfPage", "@id"} {
		u := v.Get(key)
		if u.Kind == loosejson.Object {
			u = u.Get("@id")
		}
		if s := u.String(); s != "" && strings.Contains(s, ev.page.Path) {
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
		if p := paragraphsOf(ld.article.Get(key).String()); len(p) > 0 {
			list = append(list, statedBody{source: "jsonld:" + key, paragraphs: p, titled: true})
			break
		}
	}
	if hasType(ld.article, "LiveBlogPosting") {
		var all []string
		updates := ld.article.Get("liveBlogUpdate").List()
		for i := range updates {
			if len(all) > maxBlocks {
				return list
			}
			if head := script.CleanValue(updates[i].Get("headline").String()); head != "" {
				all = append(all, head)
			}
			all = append(all, paragraphsOf(updates[i].Get("articleBody").String())...)
		}
		if len(all) > 0 {
			list = append(list, statedBody{source: liveUpdates, paragraphs: all, titled: true})
		}
	}
	return list
}

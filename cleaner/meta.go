package cleaner

import (
	"slices"
	"strings"

	"newsmill/cleaner/article"
	"newsmill/cleaner/lexicon"
	"newsmill/cleaner/loosejson"
	"newsmill/cleaner/script"
)

// metaField is what a <meta> tag speaks of, whatever its vocabulary calls it.
type metaField uint8

const (
	metaNone metaField = iota
	metaTitle
	metaAuthor
	metaTwitterCreator
	metaPublished
	metaModified
	metaSiteName
	metaDescription
	metaSection
	metaTags
	metaImage
	metaImageAlt
	metaImageWidth
	metaImageHeight
	metaURL
	metaLanguage
	metaType
	metaRobots
	metaTier
	metaFree
	metaFieldCount
)

var metaFieldNames = map[string]metaField{
	"title": metaTitle, "author": metaAuthor, "twittercreator": metaTwitterCreator, "published": metaPublished,
	"modified": metaModified, "sitename": metaSiteName, "description": metaDescription, "section": metaSection,
	"tags": metaTags, "image": metaImage, "imagealt": metaImageAlt, "imagewidth": metaImageWidth,
	"imageheight": metaImageHeight, "url": metaURL, "language": metaLanguage, "type": metaType, "robots": metaRobots,
	"tier": metaTier, "free": metaFree,
}

// metaNames says for each name of a tag which field it speaks of, and how far back in the order of trust it stands.
var metaNames = func() map[string]struct {
	field metaField
	rank  int
} {
	names := map[string]struct {
		field metaField
		rank  int
	}{}
	for line := range lexicon.Lines("meta") {
		key, list, _ := strings.Cut(line, ":")
		for rank, name := range strings.Fields(list) {
			names[name] = struct {
				field metaField
				rank  int
			}{metaFieldNames[key], rank}
		}
	}
	return names
}()

// metaValue is one <meta> tag that speaks of a known field.
type metaValue struct {
	article.Value
	rank int
}

// maxValues bounds the values of a field that are kept, the most trusted first. Papers have a tag for each of their authors.
const maxValues = 200

// readMetas sorts the tags by field and, within a field, by trust; equal ones stay in page order.
func readMetas(tags []metaTag) (fields [metaFieldCount][]metaValue) {
	for _, tag := range tags {
		if tag.name == "parsely-page" {
			tags = append(slices.Clip(tags), parselyPage(tag.content)...)
			break
		}
	}
	for _, tag := range tags {
		known, ok := metaNames[tag.name]
		if !ok {
			continue
		}
		text := script.CleanValue(tag.content)
		if text == "" {
			continue
		}
		list := fields[known.field]
		at := len(list)
		for at > 0 && list[at-1].rank > known.rank {
			at--
		}
		list = append(list, metaValue{})
		copy(list[at+1:], list[at:])
		list[at] = metaValue{article.Value{Value: text, Source: "meta:" + tag.name}, known.rank}
		fields[known.field] = list[:min(len(list), maxValues)]
	}
	return fields
}

// parselyPage reads the JSON that Parse.ly's first kind of <meta> holds, as the tags of its second.
func parselyPage(content string) (tags []metaTag) {
	pages := loosejson.Parse(content)
	for i := range pages[:min(len(pages), 1)] {
		page := &pages[i]
		for _, member := range [...][2]string{{"title", "parsely-title"}, {"author", "parsely-author"}, {"authors", "parsely-author"}, {"pub_date", "parsely-pub-date"}, {"section", "parsely-section"}, {"tags", "parsely-tags"}, {"image_url", "parsely-image-url"}, {"link", "parsely-link"}} {
			for _, v := range page.Get(member[0]).Few(maxValues) {
				if s := v.String(); s != "" {
					tags = append(tags, metaTag{member[1], s})
				}
			}
		}
	}
	return tags
}

package cleaner

import (
	"cmp"
	"strings"

	"newsmill/cleaner/article"
	"newsmill/cleaner/loosejson"
	"newsmill/cleaner/script"
)

// leadImage returns the picture that the page gives for itself; nil where it gives none but a logo or a placeholder.
// Its caption and credit are found among the figures later.
func (ev *evidence) leadImage() (best *article.Image, source string, rest []article.Value) {
	var list []article.Value
	images := map[string]article.Image{}
	add := func(m article.Image, source string) {
		m.URL = ev.doc.resolve(strings.TrimSpace(m.URL))
		if m.URL == "" {
			return
		}
		if _, seen := images[m.URL]; !seen {
			images[m.URL] = m
			list = append(list, article.Value{Value: m.URL, Source: source})
		}
	}
	for _, m := range ev.meta[metaImage] {
		im := article.Image{URL: m.Value.Value}
		if strings.HasPrefix(m.Source, "meta:og:") {
			im.Alt = ev.said(metaImageAlt)
			im.Width, im.Height = pixels(ev.said(metaImageWidth)), pixels(ev.said(metaImageHeight))
		}
		add(im, m.Source)
	}
	for _, key := range [...]string{"image", "thumbnailUrl"} {
		items := ev.ld.article.Get(key).Few(maxValues)
		for i := range items {
			v := ev.ld.follow(&items[i])
			if v.Kind == loosejson.String {
				add(article.Image{URL: v.Text}, "jsonld:"+key)
				continue
			}
			add(article.Image{
				URL: cmp.Or(v.Get("url").First().String(), v.Get("contentUrl").First().String()), Alt: script.CleanValue(v.Get("name").String()),
				Caption: script.CleanValue(v.Get("caption").String()), Credit: script.CleanValue(cmp.Or(v.Get("creditText").String(), ev.ld.follow(v.Get("creator").First()).Get("name").String())),
				Width: pixels(v.Get("width").String()), Height: pixels(v.Get("height").String()),
			}, "jsonld:"+key)
		}
	}
	for _, l := range ev.doc.raw.relLinks {
		if l.rel == "image_src" {
			add(article.Image{URL: l.href}, "link:image_src")
		}
	}
	value, rest := firstPlausible(list, func(s string) bool { return isPicture(s, images[s]) })
	if value.Value == "" {
		return nil, "", rest
	}
	m := images[value.Value]
	return &m, value.Source, rest
}

// placeholders are words in the names of files that are no picture of what happened.
var placeholders = []string{
	"logo", "placeholder", "default-image", "default_image", "defaultimage", "default-share", "default-og", "default_og", "og-default", "og_default", "fallback", "favicon", "apple-touch", "sprite",
	"blank.", "spacer", "1x1", "pixel.", "no-image", "noimage", "no_image", "avatar", "social-share", "share-default", "social-default", "facebook-share", "fb-share", "/icon", "touch-icon",
}

func isPicture(address string, m article.Image) bool {
	if m.Width > 0 && m.Width < 100 || m.Height > 0 && m.Height < 60 {
		return false
	}
	path := address[strings.Index(address, "://")+3:]
	if i := strings.IndexByte(path, '?'); i >= 0 {
		path = path[:i]
	}
	path = strings.ToLower(path)
	if i := strings.IndexByte(path, '/'); i >= 0 {
		path = path[i:]
	}
	return !containsAny(path, placeholders) && !strings.HasSuffix(path, ".svg") && !strings.HasSuffix(path, ".ico")
}

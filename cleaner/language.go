package cleaner

import "strings"

// lang returns the primary subtag of the language that the page declares: "pt" of "pt-BR".
func (ev *evidence) lang() string {
	tag := ev.doc.lang
	if tag == "" {
		tag = ev.said(metaLanguage)
	}
	return primarySubtag(tag)
}

func primarySubtag(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(tag))
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	return tag
}

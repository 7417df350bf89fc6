package cleaner

import (
	"fmt"
	"strings"

	"newsmill/cleaner/article"
	"newsmill/cleaner/loosejson"
)

// paywall says whether the page shows only a part of its article: its data say that it isn't free, or a notice asks
// to subscribe and the text is short.
func (ev *evidence) paywall(words int) article.Paywall {
	stated := ""
	for _, v := range []*loosejson.Value{ev.ld.article, ev.ld.page} {
		if free := strings.ToLower(v.Get("isAccessibleForFree").First().String()); free == "false" || free == "no" {
			stated = "jsonld:isAccessibleForFree"
			break
		}
	}
	if stated == "" {
		switch tier := strings.ToLower(ev.said(metaTier)); tier {
		case "locked", "metered", "premium", "true", "paid", "subscriber":
			stated = ev.meta[metaTier][0].Source
		}
	}
	if free := strings.ToLower(ev.said(metaFree)); stated == "" && free == "false" {
		stated = ev.meta[metaFree][0].Source
	}
	notice := ""
	last := len(ev.doc.blocks)
	for last > 0 && ev.doc.blocks[last-1].label.Class() != article.Body {
		last--
	}
	// A notice follows the teaser, and is a sentence: "Subscribe" in a menu or under a newsletter's form says nothing.
	for i := last; i < min(len(ev.doc.blocks), last+8); i++ {
		if b := &ev.doc.blocks[i]; b.label == article.PaywallNotice && b.weight() > 24 {
			notice = fmt.Sprintf("block %d: %s", i, b.reason)
			break
		}
	}
	switch {
	case stated != "":
		return article.Paywall{Closed: true, Evidence: stated}
	case notice != "" && words < shortArticle:
		return article.Paywall{Closed: true, Evidence: notice}
	}
	return article.Paywall{}
}

// shortArticle: beside a notice to subscribe, fewer words are the teaser of an article.
const shortArticle = 180

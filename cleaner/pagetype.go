package cleaner

import "strings"

// classify says what kind of page it is.
func (ev *evidence) classify(r *Result) {
	a := &r.Article
	a.PageType, a.Confidence = PageOther, 0.5
	if a.WordCount > 60 && ev.page != nil && strings.Trim(ev.page.Path, "/") != "" {
		a.PageType, a.IsArticle = PageArticle, true
	}
}

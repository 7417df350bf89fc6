package article

// Site is what the caller knows about the page's site. The zero value knows nothing.
type Site struct {
	Language    string // BCP 47, where the page itself doesn't say
	Body        string // CSS selector of the element that holds the article
	Remove      string // CSS selector of elements to strip
	Boilerplate []Phrase
}

// Phrase is a site's own rule for boilerplate: blocks whose text matches are stripped.
type Phrase struct {
	ID    string
	Match string // RE2, matched against the whole block, lower-cased, white space folded
	Label Label  // Unlabelled means Boilerplate
}

package cleaner_test

import (
	"fmt"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
)

const ferryPage = `<!doctype html><html lang="en"><head><title>Ferry sails again - The Harbour Post</title><meta property="og:site_name" content="The Harbour Post"></head>
<body><div class="cookie">We use cookies to improve your experience. <a href="/cookies">Accept all</a></div><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Ferry sails again</h1><p class="byline">By Ada Moss, 3 March 2024</p>
<p>The ferry to the outer islands sails again from Monday, the harbour office said on Sunday, after a winter in dock.</p>
<p>Islanders had waited eleven weeks for the repairs, which cost twice what the council had set aside for them.</p></article>
<footer>© 2024 The Harbour Post. All rights reserved.</footer></body></html>`

func ExampleClean() {
	r, err := cleaner.Clean(cleaner.Page{Body: []byte(ferryPage), URL: "https://harbour-post.example/ferry", ContentType: "text/html"}, cleaner.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Article.Title, "/", r.Article.AuthorNames(), "/", r.Article.PublishedAt)
	fmt.Println(r.Article.Text)
	// Output:
	// Ferry sails again / [Ada Moss] / 2024-03-03
	// The ferry to the outer islands sails again from Monday, the harbour office said on Sunday, after a winter in dock.
	//
	// Islanders had waited eleven weeks for the repairs, which cost twice what the council had set aside for them.
}

// What was stripped, and why.
func ExampleClean_stripped() {
	r, err := cleaner.Clean(cleaner.Page{Body: []byte(ferryPage), URL: "https://harbour-post.example/ferry"}, cleaner.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range r.Blocks {
		if b.Label.Class() == article.Noise {
			fmt.Printf("%s (%s): %s\n", b.Label, b.Reason, b.Text)
		}
	}
	// Output:
	// cookie-notice (cookie-notice.en.uses): We use cookies to improve your experience. Accept all
	// navigation (model): Home Sport
	// copyright (copyright.en.reserved): © 2024 The Harbour Post. All rights reserved.
}

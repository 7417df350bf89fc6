package cleaner

import (
	_ "embed"
	"strings"
	"testing"

	"newsmill/cleaner/article"
	"newsmill/cleaner/lexicon"
)

//go:embed testdata/titles.txt
var titles string

func TestTitlesLoseTheSitesName(t *testing.T) {
	for line := range lexicon.Entries(titles) {
		row := strings.Split(line, "\t")
		site := map[string]bool{}
		for name := range strings.SplitSeq(row[0], ", ") {
			site[foldTitle(name)] = true
		}
		if got := withoutSite(row[1], site); got != row[2] {
			t.Errorf("%s: %q becomes %q, want %q", row[0], row[1], got, row[2])
		}
	}
}

func TestPageModelFitsTheFeatures(t *testing.T) {
	names, values, err := PageSample(Page{Body: []byte("<html><title>x</title><p>y</p></html>"), Input: HTMLInput})
	if err != nil {
		t.Fatal(err)
	}
	if m := defaultPageModel(); len(values) != m.features || len(names) != len(values) {
		t.Errorf("a page has %d features with %d names, the model has %d: train it again", len(values), len(names), m.features)
	}
}

func TestMetadataOfThePage(t *testing.T) {
	const text = `<h1>Council backs tidal barrier</h1><p>After nine hours of debate the council of Port Alder voted for the barrier on Tuesday night. The gates will close the harbour mouth whenever a surge is forecast.</p>
		<p>Work is to begin in the spring and to last for six years. The fishing fleet had asked for a lock beside the gates, which the engineers say they can build within the same budget.</p>`
	for name, c := range map[string]struct {
		url, head string
		want      func(*Result) (got, want string)
	}{
		"canonical of the same site": {"https://www.harbour.example/a/barrier-vote?utm_source=x", `<link rel=canonical href="https://harbour.example/a/barrier-vote">`, func(r *Result) (string, string) {
			return r.Article.CanonicalURL, "https://harbour.example/a/barrier-vote"
		}},
		"canonical of another site": {"https://harbour.example/a/barrier-vote", `<link rel=canonical href="https://other.example/a/barrier-vote">`, func(r *Result) (string, string) {
			return r.Article.CanonicalURL, "https://harbour.example/a/barrier-vote"
		}},
		"canonical is the home page": {"https://harbour.example/a/barrier-vote", `<link rel=canonical href="/"><meta property="og:url" content="https://harbour.example/">`, func(r *Result) (string, string) {
			return r.Article.CanonicalURL, "https://harbour.example/a/barrier-vote"
		}},
		"canonical is the section": {"https://harbour.example/a/council-backs-tidal-barrier-vote", `<link rel=canonical href="/a/">`, func(r *Result) (string, string) {
			return r.Article.CanonicalURL, "https://harbour.example/a/council-backs-tidal-barrier-vote"
		}},
		"robots": {"https://harbour.example/a", `<meta name="robots" content="NOINDEX, follow"><meta name=newsmill content=nofollow><meta name=otherbot content=none>`, func(r *Result) (string, string) {
			return strings.Join(r.RobotsMeta, " "), "noindex follow nofollow"
		}},
		"reservation against text mining": {"https://harbour.example/a", `<meta name="tdm-reservation" content="1">`, func(r *Result) (string, string) {
			return r.TDMOptOut, "meta:tdm-reservation"
		}},
		"no reservation": {"https://harbour.example/a", `<meta name="tdm-reservation" content="0">`, func(r *Result) (string, string) {
			return r.TDMOptOut, ""
		}},
		"noai": {"https://harbour.example/a", `<meta name="robots" content="noai, noimageai">`, func(r *Result) (string, string) {
			return r.TDMOptOut, "meta:robots noai"
		}},
		"a logo is no lead image": {"https://harbour.example/a", `<meta property="og:image" content="https://harbour.example/img/logo.png"><meta name="twitter:image" content="/img/barrier.jpg">`, func(r *Result) (string, string) {
			return r.Article.Image.URL, "https://harbour.example/img/barrier.jpg"
		}},
		"paywall as stated": {"https://harbour.example/a", `<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Council backs tidal barrier", "isAccessibleForFree": "False",}</script>`, func(r *Result) (string, string) {
			return r.Article.Paywall.Evidence, "jsonld:isAccessibleForFree"
		}},
		"authors by reference": {"https://harbour.example/a", `<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "headline": "Council backs tidal barrier", "author": {"@id": "#ada"}}, {"@type": "Person", "@id": "#ada", "name": "Ada Moss", "jobTitle": "Editor", "url": "/ada"}]}</script>`, func(r *Result) (string, string) {
			p := r.Article.Authors[0]
			return p.Name + " " + p.Role + " " + p.URL, "Ada Moss Editor https://harbour.example/ada"
		}},
		"login in the data, name on the page": {"https://harbour.example/a", `<script type="application/ld+json">{"@type":"NewsArticle","headline":"Council backs tidal barrier","author":{"@type":"Person","name":"ada.moss2"}}</script></head><body><p class=byline>Ada Moss</p>`, func(r *Result) (string, string) {
			return r.Article.Authors[0].Name, "Ada Moss"
		}},
		"pseudonym near the title": {"https://harbour.example/a", `</head><body><span class="author vcard"><a rel=author href="/author/oz">oz</a></span>`, func(r *Result) (string, string) {
			return r.Article.Authors[0].Name, "oz"
		}},
		"time in UTC, shown in local time": {"https://harbour.example/a", `<meta property="article:published_time" content="2026-03-05T03:37:00Z"></head><body><p class=date>4 March 2026, 11:37 pm</p>`, func(r *Result) (string, string) {
			return r.Article.PublishedAt.String(), "2026-03-04T23:37:00-04:00"
		}},
		"language of the text, not of the template": {"https://harbour.example/a", `<meta property="og:locale" content="de_DE">`, func(r *Result) (string, string) {
			return r.Article.Language, "en"
		}},
		"byline as printed": {"https://harbour.example/a", `<script type="application/ld+json">{"@type":"NewsArticle","headline":"Council backs tidal barrier","author":[{"name":"Ada Moss"},{"name":"Ben Okafor"}]}</script></head><body><h1>Council backs tidal barrier</h1><p class=byline>By Ada Moss and Ben Okafor</p>`, func(r *Result) (string, string) {
			return r.Article.Byline, "By Ada Moss and Ben Okafor"
		}},
		"keywords": {"https://harbour.example/a", `<meta name=keywords content="harbour, floods , Harbour">`, func(r *Result) (string, string) {
			return strings.Join(r.Article.Tags, "|"), "harbour|floods"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Clean(Page{Body: []byte("<html><head>" + c.head + text), URL: c.url}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := c.want(r); got != want {
				t.Errorf("got %q, want %q; sources %v", got, want, r.Article.Sources)
			}
		})
	}
}

// A page names itself in several places; which of them is the headline depends on what the page shows.
func TestTitleChoice(t *testing.T) {
	const body = `<p>The council voted on Monday to build the barrier after nine hours of debate, and the first piles are to be driven in May, the mayor said.</p>
<p>Farmers upstream fear for their meadows and have asked the county to pay for higher banks before the work begins in the outer harbour.</p>`
	for name, c := range map[string]struct{ head, h1, want string }{
		"data that the page has outgrown": {
			`<script type="application/ld+json">{"@type":"NewsArticle","headline":"Council backs barrier: piles in March"}</script>`,
			"Council backs barrier: piles in May", "Council backs barrier: piles in May",
		},
		"data of another wording": {
			`<script type="application/ld+json">{"@type":"NewsArticle","headline":"Nine hours for a wall"}</script>`,
			"Council backs barrier: piles in May", "Nine hours for a wall",
		},
		"kicker in an element": {"", `<span class="art__kicker">Flood defence</span> Council backs barrier`, "Council backs barrier"},
		"kicker that only og:title leaves out": {
			`<script type="application/ld+json">{"@type":"NewsArticle","headline":"Flood defence: Council backs barrier"}</script><meta property="og:title" content="Council backs barrier">`,
			"Flood defence: Council backs barrier", "Flood defence: Council backs barrier",
		},
		"name of a column that og:title leaves out": {
			`<script type="application/ld+json">{"@type":"NewsArticle","headline":"Comment: Council backs barrier"}</script><meta property="og:title" content="Council backs barrier">`,
			"Comment: Council backs barrier", "Council backs barrier",
		},
		"section in the path, said as in the title": {
			`<title>Council backs barrier at last - Local news</title><script type="application/ld+json">[{"@type":"NewsArticle","articleSection":"Local news"}]</script>`,
			"", "Council backs barrier at last",
		},
		"last step of the path": {
			`<meta property="og:title" content="Flood defence: Council backs the tidal barrier">`,
			`</h1><ol class="breadcrumbs"><li><h1>Council backs tidal barrier</h1></li></ol><h1>`, "Flood defence: Council backs the tidal barrier",
		},
		"kicker tied by a colon": {
			`<script type="application/ld+json">{"@type":"NewsArticle","headline":"Flood defence: Council backs barrier"}</script>`,
			`<span class="topline">Flood defence</span> Council backs barrier`, "Flood defence: Council backs barrier",
		},
		"section behind the title": {
			`<title>Council backs barrier-Local</title><meta property="og:title" content="Council backs barrier-Local"><meta name="headline" content="Council backs barrier">`,
			"", "Council backs barrier",
		},
	} {
		page := `<html lang="en"><head>` + c.head + `</head><body><article><h1>` + c.h1 + `</h1>` + body + `</article></body></html>`
		r, err := Clean(Page{Body: []byte(page), URL: "https://harbour.example/a", Input: HTMLInput}, Options{})
		if err != nil || r.Article.Title != c.want {
			t.Errorf("%s: title %q (%v), want %q", name, r.Article.Title, err, c.want)
		}
	}
}

// The day beside the title wins over the data's where readers take it for the article's date.
func TestShownDate(t *testing.T) {
	const body = `<p>The council voted on Monday to build the barrier after nine hours of debate, and the first piles are to be driven in May, the mayor said. Farmers upstream fear for their meadows and have asked the county to pay for higher banks.</p>
<p>Work in the outer harbour begins once the last of the winter storms has passed, and the ferry will then leave from the northern quay for two summers, the port's master said at the same meeting.</p>`
	const data = `<script type="application/ld+json">{"@type":"NewsArticle","headline":"Council backs barrier","datePublished":"2023-11-02T08:00:00Z","dateModified":"2024-03-06T09:30:00Z"}</script>`
	for name, c := range map[string]struct{ title, data, shown, want string }{
		"a later day":                            {"Council backs barrier", data, "6 March 2024", "2024-03-06"},
		"a day of change":                        {"Council backs barrier", data, "Updated 6 March 2024", "2023-11-02T08:00:00Z"},
		"a day after the last change":            {"Council backs barrier", data, "Available until 6 May 2024", "2023-11-02T08:00:00Z"},
		"a ticker":                               {"Council backs barrier +++ Farmers to sue", data, "6 March 2024", "2023-11-02T08:00:00Z"},
		"a day of which the data know no hour":   {"Council backs barrier", `<script type="application/ld+json">{"@type":"BlogPosting","headline":"Council backs barrier","datePublished":"Mar 6, 2024"}</script>`, "2 November 2023", "2023-11-02"},
		"a day that can be read in two ways":     {"Council backs barrier", `<meta name="date" content="2024-06-03">`, "06/03/2024", "2024-06-03"},
		"one that a line below the text settles": {"Council backs barrier", `<meta name="date" content="06/03/2024 08:00:00">`, `Piles at the old quay</p><p>First published 3 June 2024`, "2024-06-03T08:00:00"},
		"only a day of change":                   {"Council backs barrier", "", "Last updated: 6 March 2024", "2024-03-06"},
		"a change before the date of the page":   {"Council backs barrier", `<meta name="date" content="2024-03-07">`, "Updated 6 March 2024", "2024-03-06"},
		"a meeting beside it":                    {"Council backs barrier", "", "19 March 2024, 10:00-11:30</p><p>6 March 2024", "2024-03-06"},
		"the end of the title":                   {"Council backs barrier | Harbour Post | 05.03.2024", "", "Piles at the old quay, 1 February 2024", "2024-03-05"},
	} {
		page := `<html lang="en-GB"><head><title>` + c.title + `</title>` + c.data + `</head><body><article><h1>Council backs barrier</h1><p>` + c.shown + `</p>` + body + `</article></body></html>`
		r, err := Clean(Page{Body: []byte(page), URL: "https://harbour.example/a", Input: HTMLInput}, Options{})
		if err != nil || r.Article.PublishedAt.String() != c.want {
			t.Errorf("%s: published %q (%v), want %q", name, r.Article.PublishedAt.String(), err, c.want)
		}
	}
}

// Blocks in another language than the article's say which.
func TestLanguageOfABlock(t *testing.T) {
	const english = `<p>After nine hours of debate the council of Port Alder voted for the barrier on Tuesday night, and the mayor thanked the engineers who had drawn it.</p>`
	for name, c := range map[string]struct{ block, want string }{
		"declared":                       {`<blockquote lang="fr"><p>Nous avons attendu ce vote pendant dix ans, et nos enfants verront enfin un port où dormir.</p></blockquote>`, "fr"},
		"declared by a template":         {`<div lang="de"><p>The gates will close the harbour mouth whenever a surge is forecast, which was twice in the last winter.</p></div>`, ""},
		"by its words":                   {`<p>„Wir haben zehn Jahre auf diese Abstimmung gewartet, und unsere Kinder werden endlich einen Hafen sehen“, sagte er.</p>`, "de"},
		"by its script":                  {`<p>Мы ждали этого голосования десять лет, и наши дети наконец увидят гавань, в которой можно спать.</p>`, "ru"},
		"the article's own":              {`<p>The gates will close the harbour mouth whenever a surge is forecast, which was twice in the last winter.</p>`, ""},
		"a title and a name in a line":   {`<p>Published by Verlag der Nation, “Die Flut”, 224 pages, 19 pounds; reviewed by Ada Moss for us.</p>`, ""},
		"a short line says too little":   {`<p>Guten Abend, meine Damen und Herren!</p>`, ""},
		"words that two languages share": {`<p>In die, war, an, so, was, am, man: eight words that two languages spell alike, in one line of a puzzle.</p>`, ""},
	} {
		page := `<html lang="en"><head><title>Council backs tidal barrier</title></head><body><article><h1>Council backs tidal barrier</h1>` + english + c.block + english + `</article></body></html>`
		r, err := Clean(Page{Body: []byte(page), URL: "https://harbour.example/a", Input: HTMLInput}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, b := range r.Blocks {
			got += b.Language
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if html := article.HTML(&r.Article); c.want != "" && !strings.Contains(html, `<p lang="`+c.want+`">`) {
			t.Errorf("%s: the HTML doesn't say lang=%q:\n%s", name, c.want, html)
		}
	}
}

// What a page says of itself is understood in whatever form it says it, broken ones included.
func TestFormsOfEvidence(t *testing.T) {
	const body = `<p>After nine hours of debate the council of Port Alder voted for the barrier on Thursday night. The gates will close the harbour mouth whenever a surge is forecast, the mayor said.</p>
<p>Work is to begin in the spring and to last for six years. The fishing fleet had asked for a lock beside the gates, which the engineers say they can build within the same budget.</p>`
	const all, day = "Council backs barrier; Ada Moss; 2026-03-05T23:12:00+01:00", "Council backs barrier; Ada Moss; 2026-03-05"
	for name, c := range map[string]struct{ head, top, want string }{
		"JSON-LD in an array":           {`<script type="application/ld+json">[{"@type":"BreadcrumbList"},{"@type":["NewsArticle","Article"],"headline":"Council backs barrier","datePublished":"2026-03-05T23:12:00+01:00","author":["Ada Moss"]}]</script>`, "", all},
		"JSON-LD in a graph":            {`<script type="application/ld+json">{"@graph":[{"@type":"WebSite","name":"Harbour Post"},{"@type":"NewsArticle","headline":"Council backs barrier","datePublished":"2026-03-05","author":{"@id":"#a"}},{"@id":"#a","@type":"Person","name":"Ada Moss"}]}</script>`, "", day},
		"a comma too many, a raw break": {"<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"headline\":\"Council backs\n barrier\",\"datePublished\":\"2026-03-05\",\"author\":{\"name\":\"Ada Moss\",},}</script>", "", day},
		"in CDATA":                      {"<script type=\"application/ld+json\">//<![CDATA[\n{\"@type\":\"NewsArticle\",\"headline\":\"Council backs barrier\",\"datePublished\":\"2026-03-05\",\"author\":{\"name\":\"Ada Moss\"}}\n//]]></script>", "", day},
		"in a comment":                  {"<script type=\"application/ld+json\"><!--\n{\"@type\":\"NewsArticle\",\"headline\":\"Council backs barrier\",\"datePublished\":\"2026-03-05\",\"author\":{\"name\":\"Ada Moss\"}}\n--></script>", "", day},
		"objects in a row":              {`<script type="application/ld+json">{"@type":"WebSite"}{"@type":"NewsArticle","headline":"Council backs barrier","datePublished":"2026-03-05","author":{"name":"Ada Moss"}}</script>`, "", day},
		"with entities for quotes":      {`<script type="application/ld+json">{&quot;@type&quot;:&quot;NewsArticle&quot;,&quot;headline&quot;:&quot;Council backs barrier&quot;,&quot;datePublished&quot;:&quot;2026-03-05&quot;,&quot;author&quot;:{&quot;name&quot;:&quot;Ada Moss&quot;}}</script>`, "", day},
		"cut off":                       {`<script type="application/ld+json">{"@type":"NewsArticle","headline":"Council backs barrier","datePublished":"2026-03-05","author":{"name":"Ada Moss"},"articleBody":"After nine</script>`, "", day},
		"type in capitals":              {`<script type="APPLICATION/LD+JSON">{"@type":"NewsArticle","headline":"Council backs barrier","datePublished":"2026-03-05","author":{"name":"Ada Moss"}}</script>`, "", day},
		"Open Graph":                    {`<meta property="og:title" content="Council backs barrier"><meta property="article:author" content="https://social.example/ada"><meta property="article:author" content="Ada Moss"><meta property="article:published_time" content="2026-03-05T23:12:00+01:00">`, "", all},
		"Dublin Core":                   {`<meta name="DC.title" content="Council backs barrier"><meta name="DC.creator" content="Moss, Ada"><meta name="DC.date.issued" content="2026-03-05">`, "", day},
		"Parse.ly tags":                 {`<meta name="parsely-title" content="Council backs barrier"><meta name="parsely-author" content="Ada Moss"><meta name="parsely-pub-date" content="2026-03-05T23:12:00+01:00">`, "", all},
		"Parse.ly JSON":                 {`<meta name="parsely-page" content='{"title":"Council backs barrier","authors":["Ada Moss"],"pub_date":"2026-03-05T23:12:00+01:00"}'>`, "", all},
		"microdata":                     {"", `<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Council backs barrier</h1><span itemprop="author" itemscope><b itemprop="name">Ada Moss</b>, <i itemprop="jobTitle">editor</i></span><meta itemprop="datePublished" content="2026-03-05T23:12:00+01:00"></div>`, all},
		"RDFa":                          {"", `<div vocab="https://schema.org/" typeof="NewsArticle"><h1 property="headline">Council backs barrier</h1><span property="author" typeof="Person"><b property="name">Ada Moss</b></span><time property="datePublished" datetime="2026-03-05T23:12:00+01:00">Thursday</time></div>`, all},
		"<time>":                        {"", `<h1>Council backs barrier</h1><p>By Ada Moss <time datetime="2026-03-05T23:12:00+01:00">Thursday</time></p>`, all},
		"hNews":                         {"", `<div class=hentry><h1 class=entry-title>Council backs barrier</h1><abbr class=published title="2026-03-05T23:12:00+01:00">Thursday</abbr> <span class="author vcard"><b class=fn>Ada Moss</b></span></div>`, all},
	} {
		top := c.top
		if top == "" {
			top = "<h1>Council backs barrier</h1>"
		}
		page := `<html lang="en"><head>` + c.head + `</head><body><main><article>` + top + body + `</article></main></body></html>`
		r, err := Clean(Page{Body: []byte(page), URL: "https://harbour.example/a", Input: HTMLInput}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		names := make([]string, len(r.Article.Authors))
		for i, p := range r.Article.Authors {
			names[i] = p.Name
		}
		if got := r.Article.Title + "; " + strings.Join(names, ", ") + "; " + r.Article.PublishedAt.String(); got != c.want {
			t.Errorf("%s: %q, want %q; sources %v", name, got, c.want, r.Article.Sources)
		}
	}
}

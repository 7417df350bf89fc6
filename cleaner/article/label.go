package article

// Label says what a block is. Every block of a page gets exactly one.
type Label uint8

// Class says what becomes of the blocks of a label.
type Class uint8

const (
	// Noise is stripped and recorded.
	Noise Class = iota
	// Body is the article's own text, in reading order.
	Body
	// Kept belongs to the article but not in its running text; it becomes a field of its own (caption, editor's note, …).
	Kept
	// Metadata says something about the article that a field holds (title, byline, date, …).
	Metadata
)

// The labels, in the order of the table below.
const (
	Unlabelled Label = iota

	// Body.
	Paragraph
	Heading
	ListItem
	Quote
	TableCell
	Preformatted
	Standfirst

	// Kept apart.
	Caption
	EditorsNote
	Correction
	SignOff
	AuthorBio
	Disclaimer
	AISummary
	FactBox
	Embed

	// Metadata.
	Title
	Byline
	Date
	Credit
	Tags
	Breadcrumb
	ReadingTime

	// Noise.
	CookieNotice
	LanguageMenu
	Licence
	Hotline
	Copyright
	GalleryControl
	Related
	Newsletter
	Share
	Advertisement
	PaywallNotice
	AppPromo
	Follow
	Contact
	Comment
	SkipLink
	MediaPlayer
	Separator
	PullQuote
	Navigation
	Footer
	Interface
	Boilerplate

	LabelCount
)

// labels is the whole truth about each label: documentation, JSON and SQL take the names from here.
var labels = [LabelCount]struct {
	name  string
	class Class
	about string
}{
	Unlabelled:     {"", Noise, "not decided; never seen outside the package"},
	Paragraph:      {"body", Body, "a paragraph of the article"},
	Heading:        {"heading", Body, "a heading inside the article"},
	ListItem:       {"list-item", Body, "an item of a list that belongs to the article"},
	Quote:          {"quote", Body, "a block quotation"},
	TableCell:      {"table", Body, "a cell of a table of data"},
	Preformatted:   {"preformatted", Body, "text whose line breaks matter: code, verse"},
	Standfirst:     {"standfirst", Body, "the summary that leads into the article"},
	Caption:        {"caption", Kept, "what a picture or video shows"},
	EditorsNote:    {"editors-note", Kept, "a note of the editors about the article or its author"},
	Correction:     {"correction", Kept, "what was corrected or changed since publication"},
	SignOff:        {"sign-off", Kept, "who reported and edited, or the agency, at the end"},
	AuthorBio:      {"author-bio", Kept, "who the author is"},
	Disclaimer:     {"disclaimer", Kept, "opinion, funding and affiliate notices"},
	AISummary:      {"ai-summary", Kept, "a summary or key points beside the text, made by a machine or marked as such"},
	FactBox:        {"fact-box", Kept, "a box of facts beside the text"},
	Embed:          {"embed", Kept, "a post or player embedded from elsewhere"},
	Title:          {"title", Metadata, "the article's headline"},
	Byline:         {"byline", Metadata, "who wrote it"},
	Date:           {"date", Metadata, "when it was published or changed"},
	Credit:         {"credit", Metadata, "whose picture it is"},
	Tags:           {"tags", Metadata, "topics and keywords"},
	Breadcrumb:     {"breadcrumb", Metadata, "the section path to the page"},
	ReadingTime:    {"reading-time", Metadata, "how long it takes to read"},
	CookieNotice:   {"cookie-notice", Noise, "consent banners and privacy lines"},
	LanguageMenu:   {"language-menu", Noise, "a choice of languages or editions"},
	Licence:        {"licence", Noise, "licence, registry and tax numbers of the publisher"},
	Hotline:        {"hotline", Noise, "numbers and addresses to report content to"},
	Copyright:      {"copyright", Noise, "rights reserved"},
	GalleryControl: {"gallery-control", Noise, "enlarge, next picture, 1 of 9"},
	Related:        {"related", Noise, "teasers of and links to other articles, most read lists"},
	Newsletter:     {"newsletter", Noise, "sign up for mail"},
	Share:          {"share", Noise, "share, save, print, font size"},
	Advertisement:  {"advertisement", Noise, "advertisements and their labels"},
	PaywallNotice:  {"paywall", Noise, "subscribe or log in to read on"},
	AppPromo:       {"app-promo", Noise, "get the app, turn on notifications"},
	Follow:         {"follow", Noise, "follow us elsewhere"},
	Contact:        {"contact", Noise, "send us tips, articles or errors"},
	Comment:        {"comment", Noise, "readers' comments and their form"},
	SkipLink:       {"skip-link", Noise, "jump to the content"},
	MediaPlayer:    {"media-player", Noise, "controls and fallbacks of audio and video"},
	Separator:      {"separator", Noise, "stars, rules and other marks between parts"},
	PullQuote:      {"pull-quote", Noise, "a sentence of the article shown once more"},
	Navigation:     {"navigation", Noise, "menus and links of the site"},
	Footer:         {"footer", Noise, "imprint, company and terms"},
	Interface:      {"interface", Noise, "other words of the page's controls"},
	Boilerplate:    {"boilerplate", Noise, "other text that is not the article"},
}

// String returns the label's name as stored and printed: "cookie-notice".
func (l Label) String() string { return labels[l].name }

// Class returns what becomes of blocks with the label.
func (l Label) Class() Class { return labels[l].class }

// About returns a phrase that says what the label means.
func (l Label) About() string { return labels[l].about }

// MarshalText writes the label's name.
func (l Label) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Labels returns all labels in the order of their table.
func Labels() []Label {
	all := make([]Label, 0, LabelCount-1)
	for l := Unlabelled + 1; l < LabelCount; l++ {
		all = append(all, l)
	}
	return all
}

package scraper

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"newsmill/cleaner"
	"newsmill/cleaner/article"
)

// maxParts bounds the pages of one article.
const maxParts = 20

// nextPart is the address of an article's next page, if it has one that is nothing else: some sites call the next
// article of the day "next", too.
func (r *run) nextPart(ctx context.Context, t task, res *cleaner.Result) (string, bool) {
	current := t.URL
	if n := len(t.parts); n > 0 {
		current = t.parts[n-1].next
	}
	a, ok := addressOf(res.NextPage)
	next := a.url
	if !ok || len(t.parts)+1 >= maxParts || !strings.EqualFold(a.u.Host, t.Host) || !isPageOf(next, t.URL) || next == current {
		return "", false
	}
	for _, p := range t.parts {
		if p.next == next {
			return "", false
		}
	}
	known, err := r.db.KnownJobs(ctx, []string{next})
	return next, err == nil && !known[next]
}

var pagePath = regexp.MustCompile(`^(.*?)(?:/(?:page|seite|pagina|p)[/-]?(\d{1,4})|[-_,](?:page|seite|p)?(\d{1,3})(\.\w{2,5}))?/?$`)

// isPageOf says whether an address is a further page of another: the same but for a number that counts pages, in the
// path or in a parameter.
func isPageOf(address, of string) bool {
	a, n, ok := pageNumber(address)
	b, m, ok2 := pageNumber(of)
	return ok && ok2 && a == b && n > 1 && n != m
}

// pageNumber splits an address into what all pages share and the number of the page, 1 where it has none.
func pageNumber(address string) (base string, number int, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", 0, false
	}
	number = 1
	q := u.Query()
	for k := range q {
		if n, err := strconv.Atoi(q.Get(k)); err == nil && pageParam.MatchString(k) && n > 0 && n < 10_000 {
			number = n
			q.Del(k)
			break
		}
	}
	p := u.Path
	if number == 1 {
		if m := pagePath.FindStringSubmatch(p); m != nil && (m[2] != "" || m[3] != "") {
			number, _ = strconv.Atoi(m[2] + m[3])
			p = m[1] + m[4]
		}
	}
	return strings.ToLower(u.Host) + strings.TrimSuffix(p, "/") + "?" + q.Encode(), number, true
}

// joinParts makes one article of its pages: metadata of the first, bodies one after the other.
func joinParts(parts []part) *cleaner.Result {
	whole := *parts[0].result
	a := &whole.Article
	for _, p := range parts[1:] {
		if p.result == nil {
			continue
		}
		b := p.result.Article
		offset := len(whole.Blocks)
		whole.Blocks = append(slices.Clip(whole.Blocks), p.result.Blocks...)
		a.Body = append(slices.Clip(a.Body), shifted(b.Body, offset)...)
		a.Text = strings.TrimSpace(a.Text + "\n\n" + b.Text)
		a.WordCount += b.WordCount
		a.Images = append(slices.Clip(a.Images), b.Images...)
		a.Links = append(slices.Clip(a.Links), b.Links...)
		a.Corrections = append(slices.Clip(a.Corrections), b.Corrections...)
		if a.AuthorBio == "" {
			a.AuthorBio = b.AuthorBio
		}
		if a.SignOff == "" {
			a.SignOff = b.SignOff
		}
	}
	return &whole
}

// shifted is the nodes with their block numbers moved by n.
func shifted(nodes []article.Node, n int) []article.Node {
	all := slices.Clone(nodes)
	for i := range all {
		if all[i].Block >= 0 {
			all[i].Block += n
		}
		all[i].Children = shifted(all[i].Children, n)
		for j, row := range all[i].Rows {
			all[i].Rows[j] = shifted(row, n)
		}
	}
	return all
}

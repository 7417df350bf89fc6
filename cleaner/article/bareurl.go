package article

import (
	"net/url"
	"slices"
	"strings"

	"newsmill/cleaner/lexicon"
)

// views are the words of addresses that call for another form of the same page.
var views = func() map[string]bool {
	words := map[string]bool{}
	for line := range lexicon.Lines("views") {
		words[line] = true
	}
	return words
}()

// viewHosts are the first labels of hosts that have the pages of another.
var viewHosts = []string{"www.", "m.", "mobile.", "mobil.", "amp.", "wap.", "touch.", "print."}

// BareURL returns what the addresses of all forms of a page have in common: an address without scheme, "www.", a slash at the
// end, and what calls for its form for print, phones or AMP. Pages that share it are likely one, which their texts must
// confirm. marks is how many such calls were left out, plain http being one: the form with the fewest is the page itself.
// What can't be read is returned as it is.
func BareURL(address string) (bare string, marks int) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address, 0
	}
	if u.Scheme != "https" {
		marks++
	}
	host := strings.ToLower(u.Host)
	for _, label := range viewHosts {
		if rest, ok := strings.CutPrefix(host, label); ok && strings.Contains(rest, ".") {
			host = rest
			if label != "www." {
				marks++
			}
		}
	}
	path, n := barePath(u.EscapedPath())
	query, k := bareQuery(u.RawQuery)
	return host + path + query, marks + n + k
}

func barePath(path string) (bare string, marks int) {
	parts := slices.DeleteFunc(strings.Split(path, "/"), func(p string) bool { return p == "" })
	if n := len(parts); n > 0 {
		last := parts[n-1]
		for _, ending := range [...]string{".amp", "-amp", "_amp"} {
			if i := strings.LastIndex(last, ending); i > 0 && (i+len(ending) == len(last) || last[i+len(ending)] == '.') {
				last = last[:i] + last[i+len(ending):]
				marks++
			}
		}
		parts[n-1] = last
		if name, _, _ := strings.Cut(last, "."); name == "index" || name == "default" {
			parts = parts[:n-1]
		}
	}
	isView := func(p string) bool {
		name, _, _ := strings.Cut(strings.ToLower(p), ".")
		return views[name]
	}
	if len(parts) > 1 && isView(parts[0]) {
		parts = parts[1:]
		marks++
	}
	if n := len(parts); n > 1 && isView(parts[n-1]) {
		parts = parts[:n-1]
		marks++
	}
	return "/" + strings.Join(parts, "/"), marks
}

func bareQuery(query string) (bare string, marks int) {
	if query == "" {
		return "", 0
	}
	params := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		name, value, _ := strings.Cut(strings.ToLower(p), "=")
		isView := views[name] && value != "0" && value != "false" || views[value] || p == "m=1"
		if isView {
			marks++
		}
		return isView
	})
	if len(params) == 0 {
		return "", marks
	}
	return "?" + strings.Join(params, "&"), marks
}

package configs

import (
	"slices"
	"strings"
	"sync"
)

// Catalogue returns the built-in sources, sorted by key.
func Catalogue() []Source {
	sources := slices.Clone(catalogue())
	for i := range sources { // the lists are shared: nobody may append to them in place
		s := &sources[i]
		for _, l := range []*[]string{&s.Start, &s.Feeds, &s.Sitemaps, &s.Allow, &s.Deny, &s.Hosts} {
			*l = slices.Clip(*l)
		}
	}
	return sources
}

var catalogue = sync.OnceValue(func() []Source {
	files, err := catalogueFiles.ReadDir("sources")
	if err != nil {
		panic(err) // embedded: a broken build
	}
	var sources []Source
	for _, file := range files {
		text, err := catalogueFiles.ReadFile("sources/" + file.Name())
		if err != nil {
			panic(err)
		}
		s, err := parseSource(file.Name(), text)
		if err != nil {
			panic(err) // TestCatalogue shows it before a user can
		}
		sources = append(sources, s)
	}
	slices.SortFunc(sources, func(a, b Source) int { return strings.Compare(a.Key, b.Key) })
	return sources
})

// parseSource reads a file of the catalogue; its name is the key.
func parseSource(name string, text []byte) (Source, error) {
	root, err := check(name, text, "#/$defs/source")
	if err != nil {
		return Source{}, err
	}
	s := Source{Key: strings.TrimSuffix(name, ".yaml")}
	r := reader{name: name}
	r.source(&s, root)
	return s, r.err
}

func catalogued(key string) (Source, bool) {
	for _, s := range Catalogue() {
		if s.Key == key {
			return s, true
		}
	}
	return Source{}, false
}

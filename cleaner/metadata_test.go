package cleaner

import (
	"path"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestMetadata cleans the short pages of metadata.txtar: each begins with the values that must come out, a line a field,
// and has "{prose}" where its language's paragraphs go.
func TestMetadata(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/metadata.txtar")
	if err != nil {
		t.Fatal(err)
	}
	prose := map[string]string{}
	for _, f := range archive.Files {
		page := string(f.Data)
		if path.Dir(f.Name) == "prose" {
			prose[path.Base(f.Name)] = page
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			wants, page, _ := strings.Cut(page, "\n\n")
			_, lang, _ := strings.Cut(f.Name, ".")
			page = `<!doctype html><html lang="` + lang + `"><meta charset="utf-8">` + strings.ReplaceAll(page, "{prose}", prose[lang])
			r, err := Clean(Page{Body: []byte(page), URL: "https://saltmere.example/2/fish", Input: HTMLInput}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			a := &r.Article
			var names []string
			for _, p := range a.Authors {
				names = append(names, p.Name)
			}
			got := map[string]string{"title": a.Title, "authors": strings.Join(names, ", "), "published": a.PublishedAt.String(), "modified": a.ModifiedAt.String(), "language": a.Language}
			for line := range strings.Lines(wants) {
				field, want, _ := strings.Cut(strings.TrimSpace(line), ": ")
				if have, known := got[strings.TrimSuffix(field, ":")]; !known || have != want {
					t.Errorf("%s %q, want %q; sources %v, also %v", field, have, want, a.Sources, a.RunnersUp)
				}
			}
		})
	}
}

package configs

import (
	"embed"
	"strings"
)

// The catalogue, one source a file. A key is the publication's usual name in small ASCII letters, words joined by
// hyphens (der-standard, the-guardian), or its usual abbreviation (cgtn, nzz). A key is stored in people's
// databases, so it is never renamed and never given to another publication.
//
//go:embed sources/*.yaml
var catalogueFiles embed.FS

// allSources in `use` means the whole catalogue.
const allSources = "all"

// catalogueKeys reads no file: their names are the keys.
func catalogueKeys() []string {
	files, err := catalogueFiles.ReadDir("sources")
	if err != nil {
		panic(err) // embedded: a broken build
	}
	keys := make([]string, len(files))
	for i, file := range files {
		keys[i] = strings.TrimSuffix(file.Name(), ".yaml")
	}
	return keys
}

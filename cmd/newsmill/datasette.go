package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"newsmill/storage"
)

func newDatasetteCmd(a *app) *cobra.Command {
	var f outputFlags
	cmd := &cobra.Command{
		Use:   "datasette-metadata",
		Short: "Print metadata that makes Datasette show the database well",
		Long: `Datasette-metadata prints a metadata file for Datasette (https://datasette.io): what each table and column means, what to
sort and filter by, and which tables are only plumbing.`,
		Example: `  newsmill datasette-metadata --output metadata.json
  datasette serve news.db --metadata metadata.json`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out, err := f.target(a, isDatasetteMetadata)
			if err != nil {
				return err
			}
			db, err := a.reader(cmd.Context())
			if err != nil {
				return err
			}
			defer db.Close()
			tables, err := db.Describe(cmd.Context())
			if err != nil {
				return err
			}
			return out.write(func(w io.Writer) error { return writeJSON(w, datasetteMetadata(db.Path(), tables), true) })
		},
	}
	f.add(cmd)
	return cmd
}

// isDatasetteMetadata reports whether a file is what datasette-metadata writes.
func isDatasetteMetadata(file *os.File) bool {
	var m struct{ Description string }
	return json.NewDecoder(io.LimitReader(file, 16<<20)).Decode(&m) == nil && m.Description == datasetteAbout
}

// datasetteAbout is the description of every database of ours.
const datasetteAbout = "Collected and cleaned by newsmill"

// datasetteTable is what Datasette may know about a table or view.
type datasetteTable struct {
	Description string            `json:"description,omitempty"`
	Columns     map[string]string `json:"columns,omitempty"`
	LabelColumn string            `json:"label_column,omitempty"`
	SortDesc    string            `json:"sort_desc,omitempty"`
	Facets      []string          `json:"facets,omitempty"`
	Size        int               `json:"size,omitempty"`
	Hidden      bool              `json:"hidden,omitempty"`
}

// datasetteViews says for tables and views what the schema can't.
var datasetteViews = map[string]datasetteTable{
	"articles":            {LabelColumn: "title", SortDesc: "id", Facets: []string{"source", "language", "section", "page_type"}, Size: 50},
	"recent_articles":     {Description: "Articles, the last stored first", Facets: []string{"source"}},
	"articles_by_day":     {Description: "How many articles and words a source had each day", SortDesc: "day", Facets: []string{"source"}},
	"changed_articles":    {Description: "Articles that their publishers changed after we first saw them", SortDesc: "changed_at", Facets: []string{"source"}},
	"boilerplate_by_site": {Description: "What a source repeats on its pages, and on how many of them", SortDesc: "pages", Facets: []string{"source", "label"}},
	"duplicates":          {Description: "Stories that stand in more than one article", SortDesc: "copies"},
	"failed_urls":         {Description: "Addresses that did not become what they promised, and why", SortDesc: "ended_at", Facets: []string{"class", "source"}},
	"source_health":       {Description: "Whether each source still delivers", SortDesc: "articles"},
	"removed_blocks":      {Description: "What was stripped from each article, in the order of the page", Facets: []string{"label", "reason"}},
	"runs":                {SortDesc: "id", Facets: []string{"command", "exit_code"}},
	"pages":               {SortDesc: "id", Facets: []string{"host", "status", "error"}},
	"article_versions":    {SortDesc: "seen_until", Facets: []string{"cause"}},
	"doubtful_answers":    {SortDesc: "last_seen_at", Facets: []string{"state", "reason"}},
	"authors":             {LabelColumn: "name"},
	"tags":                {LabelColumn: "name"},
	"frontier":            {Facets: []string{"state", "class", "kind", "source"}},
	"article_blocks":      {Hidden: true},
	"block_texts":         {Hidden: true},
	"block_rules":         {Hidden: true},
	"dictionaries":        {Hidden: true},
	"dictionary_parts":    {Hidden: true},
	"fingerprints":        {Hidden: true},
	"raw_bodies":          {Hidden: true},
	"settings":            {Hidden: true},
	"stories":             {Hidden: true},
	"trigram_spellings":   {Hidden: true},
	"url_shapes":          {Hidden: true},
	"word_spellings":      {Hidden: true},
}

func datasetteMetadata(path string, tables []storage.Table) map[string]any {
	known := map[string]datasetteTable{
		"articles_trigram":         {Hidden: true},
		"articles_trigram_content": {Hidden: true},
	}
	for _, t := range tables {
		d := datasetteViews[t.Name]
		if d.Description == "" && t.Comment != "" {
			d.Description = strings.ToUpper(t.Comment[:1]) + t.Comment[1:]
		}
		d.Columns = t.Columns
		known[t.Name] = d
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return map[string]any{
		"title":       "News articles",
		"description": datasetteAbout,
		"databases":   map[string]any{name: map[string]any{"tables": known}},
	}
}

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"

	"newsmill/configs"
)

// printConfigKeys writes the keys of newsmill.yaml as schema.json has them, in its order.
func printConfigKeys(w io.Writer) {
	var schema yaml.MapSlice // JSON is YAML, and this keeps the order
	if err := yaml.UnmarshalWithOptions(configs.Schema(), &schema, yaml.UseOrderedMap()); err != nil {
		fmt.Fprintln(w, err)
		return
	}
	defs, _ := get(schema, "$defs").(yaml.MapSlice)
	fmt.Fprint(w, "| key | value | meaning |\n|---|---|---|\n")
	var walk func(path string, rule yaml.MapSlice)
	walk = func(path string, rule yaml.MapSlice) {
		if ref, ok := get(rule, "$ref").(string); ok {
			rule, _ = get(defs, strings.TrimPrefix(ref, "#/$defs/")).(yaml.MapSlice)
		}
		if path != "" {
			fmt.Fprintf(w, "| `%s` | %s | %s |\n", path, valueText(rule), strings.ReplaceAll(fmt.Sprint(get(rule, "description")), "|", `\|`))
			path += "."
		}
		properties, _ := get(rule, "properties").(yaml.MapSlice)
		for _, p := range properties {
			inner, _ := p.Value.(yaml.MapSlice)
			walk(path+fmt.Sprint(p.Key), inner)
		}
		if more, ok := get(rule, "additionalProperties").(yaml.MapSlice); ok {
			walk(path+"KEY", more)
		}
		if items, ok := get(rule, "items").(yaml.MapSlice); ok && get(items, "properties") != nil {
			for _, p := range get(items, "properties").(yaml.MapSlice) {
				inner, _ := p.Value.(yaml.MapSlice)
				walk(path+fmt.Sprint(p.Key), inner)
			}
		}
	}
	walk("", schema)
}

func get(m yaml.MapSlice, key string) any {
	for _, item := range m {
		if item.Key == key {
			return item.Value
		}
	}
	return nil
}

// valueText says what a key takes.
func valueText(rule yaml.MapSlice) string {
	format, _ := get(rule, "format").(string)
	names := map[string]string{
		"uri": "address", "regex": "pattern", "css": "selector", "duration": "time, such as 2h", "bytes": "size, such as 5MB", "language": "language",
		"hostname": "host", "label": "label", "catalogue-key": "key",
	}
	if name := names[format]; name != "" {
		return name
	}
	switch get(rule, "type") {
	case "array":
		items, _ := get(rule, "items").(yaml.MapSlice)
		if get(items, "properties") != nil {
			return "list"
		}
		return "list of: " + valueText(items)
	case "object":
		return "mapping"
	case "integer":
		return "number"
	case "boolean":
		return "true or false"
	}
	return "text"
}

// printCatalogue writes the built-in sources.
func printCatalogue(w io.Writer) {
	fmt.Fprint(w, "| key | name | language | country | feeds | sitemaps |\n|---|---|---|---|---:|---:|\n")
	for _, s := range configs.Catalogue() {
		note := ""
		if s.Disabled {
			note = " (crawled only when named)"
		}
		fmt.Fprintf(w, "| `%s` | %s%s | %s | %s | %d | %d |\n", s.Key, s.Name, note, s.Language, s.Country, len(s.Feeds), len(s.Sitemaps))
	}
}

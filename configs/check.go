package configs

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"golang.org/x/text/language"

	"newsmill/cleaner/article"
)

//go:embed schema.json
var schemaText []byte

// Schema is the JSON Schema of the configuration file.
func Schema() []byte { return slices.Clone(schemaText) }

// rule is a JSON Schema, as much of it as schema.json uses. TestSchemaIsWhatTheCheckerKnows fails when schema.json
// says something that is not here.
type rule struct {
	Type                 words            `json:"type"`
	Properties           map[string]*rule `json:"properties"`
	AdditionalProperties *additional      `json:"additionalProperties"`
	PropertyNames        *rule            `json:"propertyNames"`
	Required             []string         `json:"required"`
	Items                *rule            `json:"items"`
	Pattern              string           `json:"pattern"`
	Format               string           `json:"format"`
	Minimum              *int64           `json:"minimum"`
	Maximum              *int64           `json:"maximum"`
	Ref                  string           `json:"$ref"`
	Defs                 map[string]*rule `json:"$defs"`
	Title                string           `json:"title"`
	Description          string           `json:"description"`
	Schema               string           `json:"$schema"`
}

// words is a JSON string, or a list of them.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(w))
}

// additional is false, or a rule.
type additional struct{ rule *rule }

func (a *additional) UnmarshalJSON(b []byte) error {
	if string(b) == "false" {
		return nil
	}
	return json.Unmarshal(b, &a.rule)
}

var schema = func() *rule {
	var r rule
	if err := json.Unmarshal(schemaText, &r); err != nil {
		panic("schema.json: " + err.Error()) // embedded: a broken build
	}
	return &r
}()

// resolve follows a reference into $defs.
func (r *rule) resolve() *rule {
	if name, ok := strings.CutPrefix(r.Ref, "#/$defs/"); ok {
		return schema.Defs[name]
	}
	return r
}

// check parses a file and compares it with the schema, or with one of its definitions ("#/$defs/source"). It
// returns the root mapping, nil for a file without content.
func check(name string, text []byte, ref string) (ast.Node, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			return nil, &Error{name, line(doc.Body), "a second document begins here: write all in one"}
		}
		root = doc.Body
	}
	if root == nil {
		return nil, nil
	}
	c := checker{name: name}
	start := schema
	if ref != "#" {
		start = (&rule{Ref: ref}).resolve()
	}
	c.check("the file", root, start)
	if c.err != nil {
		return nil, c.err
	}
	return root, nil
}

func syntaxError(name string, err error) error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		return &Error{name, syntax.Token.Position.Line, "not valid YAML: " + syntax.Message}
	}
	return &Error{name, 0, "not valid YAML: " + strings.SplitN(err.Error(), "\n", 2)[0]}
}

// checker keeps the first thing that is wrong.
type checker struct {
	name string
	err  error
}

func (c *checker) fail(at ast.Node, format string, args ...any) {
	if c.err == nil {
		c.err = &Error{c.name, line(at), fmt.Sprintf(format, args...)}
	}
}

func (c *checker) check(what string, node ast.Node, r *rule) {
	r = r.resolve()
	kind := typeOf(node)
	if kind == "" {
		c.fail(node, "%s: anchors, aliases, tags and merge keys are not read here: write the value out", what)
		return
	}
	if !slices.Contains(r.Type, kind) {
		if r.Format == "duration" {
			c.fail(node, "%s must be a length of time such as 90m, 24h or 7d, not %s", what, typeNames(words{kind})[0])
		}
		c.fail(node, "%s must be %s, not %s", what, strings.Join(typeNames(r.Type), " or "), typeNames(words{kind})[0])
		return
	}
	switch kind {
	case "object":
		c.object(node, r)
	case "array":
		for i, item := range items(node) {
			c.check(fmt.Sprintf("%s[%d]", what, i), item, r.Items)
		}
	default:
		c.scalar(what, node, r)
	}
}

func (c *checker) object(node ast.Node, r *rule) {
	seen := map[string]bool{}
	each(node, func(key string, value ast.Node) {
		at := keyNode(node, key)
		seen[key] = true
		if prop := r.Properties[key]; prop != nil {
			c.check(key, value, prop)
			return
		}
		if r.AdditionalProperties == nil || r.AdditionalProperties.rule == nil {
			c.unknownKey(at, key, r)
			return
		}
		if r.PropertyNames != nil && !regexp.MustCompile(r.PropertyNames.Pattern).MatchString(key) {
			c.fail(at, "%q is no key for a source: use small letters, digits and single hyphens", key)
		}
		c.check(key, value, r.AdditionalProperties.rule)
	})
	for _, key := range r.Required {
		if !seen[key] {
			c.fail(node, "%q is missing", key)
		}
	}
}

func (c *checker) unknownKey(at ast.Node, key string, r *rule) {
	known := make([]string, 0, len(r.Properties))
	for name := range r.Properties {
		known = append(known, name)
	}
	slices.Sort(known)
	if near := Nearest(key, known); near != "" {
		c.fail(at, "unknown key %q: did you mean %q?", key, near)
		return
	}
	c.fail(at, "unknown key %q: use one of %s", key, strings.Join(known, ", "))
}

func (c *checker) scalar(what string, node ast.Node, r *rule) {
	value := scalar(node)
	if r.Pattern != "" && !regexp.MustCompile(r.Pattern).MatchString(value) {
		c.fail(node, "%s: %q does not match %s", what, value, r.Pattern)
		return
	}
	if n, ok := node.(*ast.IntegerNode); ok && r.Minimum != nil {
		v, fits := integer(n)
		if !fits || v < *r.Minimum || r.Maximum != nil && v > *r.Maximum {
			c.fail(node, "%s: %s is out of range: %s", what, value, rangeOf(r))
			return
		}
	}
	if r.Format != "" {
		if err := formats[r.Format](value); err != nil {
			c.fail(node, "%s: %q: %v", what, value, err)
		}
	}
}

func rangeOf(r *rule) string {
	if r.Maximum == nil {
		return fmt.Sprintf("at least %d", *r.Minimum)
	}
	return fmt.Sprintf("from %d to %d", *r.Minimum, *r.Maximum)
}

// formats checks the values of each "format" in the schema.
var formats = map[string]func(string) error{
	"uri":      checkAddress,
	"regex":    func(s string) error { _, err := regexp.Compile(s); return plainRegexpError(err) },
	"css":      func(s string) error { _, err := cascadia.ParseGroup(s); return err },
	"duration": func(s string) error { _, err := ParseDuration(s); return err },
	"bytes":    func(s string) error { _, err := parseBytes(s); return err },
	"language": func(s string) error {
		if _, err := language.Parse(s); err != nil {
			return errors.New("not a language code such as en or pt-BR")
		}
		return nil
	},
	"hostname": func(s string) error {
		if !hostname.MatchString(s) {
			return errors.New("write a host such as news.example.org, without https:// and path")
		}
		return nil
	},
	"label": func(s string) error {
		if _, ok := label(s); ok {
			return nil
		}
		return fmt.Errorf("no such label%s", didYouMean(s, labelNames()))
	},
	"catalogue-key": func(s string) error {
		if s == allSources || slices.Contains(catalogueKeys(), s) {
			return nil
		}
		return fmt.Errorf("not in the catalogue%s", didYouMean(s, catalogueKeys()))
	},
}

var hostname = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?(:[0-9]{1,5})?$`)

// checkAddress takes what a browser takes in its address bar, but no address without scheme, and none with a password.
func checkAddress(s string) error {
	_, err := article.NormalizeURL(s)
	if err == nil {
		_, rest, _ := strings.Cut(s, ":")
		if authority := strings.FieldsFunc(rest, func(c rune) bool { return strings.ContainsRune(`/\?#`, c) }); len(authority) == 0 || !strings.Contains(authority[0], "@") {
			return nil
		}
	}
	return errors.New("not an address: write it with https:// and the host")
}

func plainRegexpError(err error) error {
	if err == nil {
		return nil
	}
	return errors.New("not a pattern: " + strings.TrimPrefix(err.Error(), "error parsing regexp: "))
}

func labelNames() []string {
	var names []string
	for _, l := range article.Labels() {
		names = append(names, l.String())
	}
	return names
}

func typeNames(types words) []string {
	names := map[string]string{
		"object": "a mapping (key: value)", "array": "a list", "string": "text", "integer": "a whole number",
		"number": "a number", "boolean": "true or false", "null": "nothing",
	}
	var out []string
	for _, t := range types {
		out = append(out, names[t])
	}
	return out
}

// label finds a label by its name.
func label(name string) (article.Label, bool) {
	for _, l := range article.Labels() {
		if l.String() == name {
			return l, true
		}
	}
	return article.Unlabelled, false
}

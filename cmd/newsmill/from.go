package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"newsmill/configs"
)

// crawlSources are the sources that arguments and list name, or all of the configuration.
func (a *app) crawlSources(config *configs.Config, from string, args []string) ([]configs.Source, error) {
	if len(args) == 0 && from == "" {
		if all := config.Enabled(); len(all) > 0 {
			return all, nil
		}
		return nil, usageErrorf("nothing to crawl: name a source, a domain or an address, or write a newsmill.yaml: newsmill init")
	}
	return a.named(config, from, args)
}

// named are the sources that the words of a command line mean, and those of the list that --from names.
func (a *app) named(config *configs.Config, from string, args []string) ([]configs.Source, error) {
	var sources []configs.Source
	for _, arg := range args {
		s, err := config.Resolve(arg)
		if err != nil {
			return nil, &codedError{exitUsage, err}
		}
		sources = append(sources, s)
	}
	if from == "" {
		return sources, nil
	}
	lines, err := a.readList(from)
	if err != nil {
		return nil, err
	}
	for i, line := range lines {
		word, err := listed(line)
		if word == "" && err == nil {
			continue
		}
		var s configs.Source
		if err == nil {
			s, err = config.Resolve(word)
		}
		if err != nil {
			return nil, &codedError{exitUsage, fmt.Errorf("%s:%d: %w", from, i+1, err)}
		}
		sources = append(sources, s)
	}
	if len(sources) == len(args) {
		return nil, usageErrorf("%s: names no source, domain or address: write one a line", from)
	}
	return sources, nil
}

// crawled are the keys of the sources whose health counts: those of the configuration that are crawled. None without a
// configuration, or with one that can't be read: then all that the database knows count.
func (a *app) crawled() []string {
	c, err := a.config()
	if err != nil || c.Path == "" {
		return nil
	}
	return sourceKeys(c.Enabled())
}

// sourceKeys are the different sources: several addresses of one host are one.
func sourceKeys(sources []configs.Source) []string {
	keys := make([]string, len(sources))
	for i := range sources {
		keys[i] = sources[i].Key
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// readList reads the lines of a file, as editors of any system write them: with a byte order mark or in UTF-16 too.
func (a *app) readList(name string) ([]string, error) {
	in := a.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, &codedError{exitUsage, fileError(name, err)}
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, fileError(name, err)
	}
	decoder := unicode.BOMOverride(encoding.Nop.NewDecoder())
	switch bytes.IndexByte(text, 0) { // UTF-16 without its mark: each ASCII letter has an empty byte
	case 0:
		decoder = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()
	case 1:
		decoder = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
	}
	if text, _, err = transform.Bytes(decoder, text); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n"), nil
}

// quotes are what lists put around an address.
const quotes = `<>"'“”„«»‘’` + "`"

// separators are what lists put between addresses: at the end of a line, or at the beginning of the next.
const separators = ",;，；、 \t"

var errMoreWords = errors.New("more than one word: write one source, domain or address a line, a space within it as %20, a comment behind #")

// listed is the source, domain or address of a line, without what else a list has: quotes, commas between them, the brackets of
// JSON, comments; empty: it has none. What stands within quotes is the address's own.
func listed(line string) (string, error) {
	word, _, _ := strings.Cut(" "+line, " #")
	if at := strings.Index(word, "\t#"); at >= 0 {
		word = word[:at]
	}
	word = withoutBrackets(strings.Trim(strings.TrimSpace(strings.ReplaceAll(word, "\ufeff", "")), separators))
	if word != "" && strings.ContainsAny(word[:1], `"'`) && (strings.Contains(word, word[:1]+",") || strings.Contains(word, word[:1]+";")) {
		return "", errMoreWords
	}
	if word = strings.TrimSpace(strings.Trim(word, quotes)); strings.ContainsAny(word, " \t") {
		return "", errMoreWords
	}
	return word, nil
}

// withoutBrackets is a word without the brackets of a JSON list, which stand alone or outside of quotes: those of an address are around
// the numbers of its host.
func withoutBrackets(word string) string {
	if rest, ok := strings.CutPrefix(word, "["); ok && strings.IndexAny(rest+"]", ` "]`) == 0 {
		word = strings.TrimSpace(rest)
	}
	if rest, ok := strings.CutSuffix(word, "]"); ok && (rest == "" || strings.ContainsAny(rest[len(rest)-1:], ` "`)) {
		word = strings.Trim(rest, separators)
	}
	return word
}

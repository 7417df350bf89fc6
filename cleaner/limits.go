package cleaner

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds on input. A page beyond one is an error or is cut where the comment says so; nothing grows without limit.
const (
	maxBodyBytes     = 64 << 20 // larger pages are an error
	maxTags          = 400_000  // start tags; more are an error. The HTML standard on one page has 300,000.
	maxBlocks        = 100_000  // blocks; more are an error. The longest live blogs measured have 5,000.
	maxDepth         = 400      // elements open at once; what is deeper is flattened. x/net/html refuses 512.
	maxReopened      = 200_000  // formatting elements that unclosed ones would make the parser open again; more are an error
	maxAnchorBytes   = 400      // of a link around whole blocks; its words are cut there
	maxClassBytes    = 1_000    // of a class list, id and the like; what is beyond is not looked at
	minNoscriptBytes = 400      // shorter noscript elements hold pictures and pixels, no text worth a parse
)

// Errors of pages beyond the bounds, for errors.Is.
var (
	ErrTooManyTags = errors.New("page has too many tags")
	ErrTooDeep     = errors.New("page is nested too deeply")
	ErrTooLong     = errors.New("page has too many paragraphs")
)

// checkMarkup refuses pages that no reader could want and that would cost seconds or gigabytes to parse.
func checkMarkup(text string) error {
	tags := strings.Count(text, "<")
	if tags < 20_000 { // nothing can go wrong: 20,000 times 512 open elements stay within bounds
		return nil
	}
	tags = 0
	open, reopened := 0, 0
	for i := strings.IndexByte(text, '<'); i >= 0 && i+1 < len(text); {
		rest := text[i+1:]
		closing := rest[0] == '/'
		name := tagName(strings.TrimPrefix(rest, "/"))
		if name != "" {
			switch {
			case formatting[name] && closing:
				open = max(0, open-1)
			case formatting[name]:
				open++
				tags++
			case !closing:
				tags++
				reopened += min(open, 512)
			}
		}
		if tags > maxTags {
			return fmt.Errorf("%w: more than %d", ErrTooManyTags, maxTags)
		}
		if reopened > maxReopened*10 {
			return fmt.Errorf("%w: unclosed formatting elements around thousands of others", ErrTooManyTags)
		}
		next := strings.IndexByte(rest, '<')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return nil
}

// formatting are the elements that the parser opens again in each new block until they are closed.
var formatting = map[string]bool{
	"a": true, "b": true, "big": true, "code": true, "em": true, "font": true, "i": true, "nobr": true, "s": true,
	"small": true, "strike": true, "strong": true, "tt": true, "u": true,
}

// tagName returns the letters that a tag begins with, in lower case; "" where no tag begins.
func tagName(s string) string {
	n := 0
	for n < len(s) && n < 16 && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
		n++
	}
	return strings.ToLower(s[:n])
}

// flatten drops the tags that open elements beyond maxDepth, and those that close them. Text stays.
func flatten(text string) (string, error) {
	var sb strings.Builder
	sb.Grow(len(text))
	z := html.NewTokenizer(strings.NewReader(text))
	depth := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return sb.String(), nil
		case html.StartTagToken:
			raw := z.Raw()
			name, _ := z.TagName()
			if void[atom.Lookup(name)] {
				break
			}
			depth++
			if depth > maxDepth {
				sb.WriteByte(' ')
				continue
			}
			sb.Write(raw)
			continue
		case html.EndTagToken:
			raw := z.Raw()
			name, _ := z.TagName()
			if void[atom.Lookup(name)] {
				break
			}
			if depth--; depth >= maxDepth {
				sb.WriteByte(' ')
				continue
			}
			depth = max(depth, 0)
			sb.Write(raw)
			continue
		}
		sb.Write(z.Raw())
	}
}

// void elements never hold others; those whose end tag may be left out are closed by the next of their kind.
var void = map[atom.Atom]bool{
	atom.Area: true, atom.Base: true, atom.Br: true, atom.Col: true, atom.Embed: true, atom.Hr: true, atom.Img: true, atom.Input: true,
	atom.Link: true, atom.Meta: true, atom.Param: true, atom.Source: true, atom.Track: true, atom.Wbr: true,
	atom.P: true, atom.Li: true, atom.Dt: true, atom.Dd: true, atom.Option: true, atom.Tr: true, atom.Td: true, atom.Th: true,
}

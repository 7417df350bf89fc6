package cleaner

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

// construction is a way to make a page of any size, a line of testdata/hostile.txt.
type construction struct {
	name, place string
	parts       []hostilePart
}

// hostilePart is a text that stands in the page so many times; -1: as often as its size asks for.
type hostilePart struct {
	text  string
	times int
}

var (
	repeatedPart  = regexp.MustCompile(`«(?:(\d+):)?([^»]*)»`)
	countInPart   = regexp.MustCompile(`\{i(?:%(\d+))?\}`)
	hostileEscape = regexp.MustCompile(`\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[nft\\])`)
)

// constructions reads testdata/hostile.txt.
func constructions(tb testing.TB) []construction {
	tb.Helper()
	file, err := os.ReadFile("testdata/hostile.txt")
	if err != nil {
		tb.Fatal(err)
	}
	var list []construction
	seen := map[string]bool{}
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "# ") || line == "#" {
			continue
		}
		name, rest, _ := strings.Cut(line, ": ")
		place, template, ok := strings.Cut(rest, ": ")
		if !ok || !slices.Contains([]string{"head", "body", "after", "page", "text", "utf16"}, place) || seen[name] {
			tb.Fatalf("testdata/hostile.txt: %q: want “name: place: template”, each name once", line)
		}
		seen[name] = true
		c := construction{name: name, place: place}
		for template != "" {
			m := repeatedPart.FindStringSubmatchIndex(template)
			if m == nil {
				m = []int{len(template), len(template)}
			}
			if m[0] > 0 {
				c.parts = append(c.parts, hostilePart{unescaped(template[:m[0]]), 1})
			}
			if len(m) > 2 {
				p := hostilePart{unescaped(template[m[4]:m[5]]), -1}
				if m[2] >= 0 {
					p.times, _ = strconv.Atoi(template[m[2]:m[3]])
				}
				c.parts = append(c.parts, p)
			}
			template = template[m[1]:]
		}
		list = append(list, c)
	}
	return list
}

func unescaped(s string) string {
	return hostileEscape.ReplaceAllStringFunc(s, func(e string) string {
		if e[1] == 'x' {
			n, _ := strconv.ParseUint(e[2:], 16, 8)
			return string([]byte{byte(n)})
		}
		out, err := strconv.Unquote(`"` + e + `"`)
		if err != nil {
			panic(err)
		}
		return out
	})
}

const (
	hostileHead = "<html><head><title>Council repairs the quay after the storm</title>"
	hostileBody = "</head><body><article><h1>Council repairs the quay after the storm</h1>" +
		"<p>The harbour council voted on Tuesday to repair the old ferry quay after the storm damaged its wall and two boats sank near it.</p>" +
		"<p>Work is to begin in March and to cost four million crowns, of which most will come from a fund for towns on the coast.</p>" +
		"<p>“We have waited long enough,” said Marta Ilvonen, who runs a bakery beside the landing and had water in it three times.</p>" +
		"<p>Opponents say that the money should have gone to the roof of the school, which has leaked since a storm last autumn.</p>"
)

// page returns the page of about so many bytes.
func (c *construction) page(size int) Page {
	before, after := "", ""
	switch c.place {
	case "head":
		before, after = hostileHead, hostileBody+"</article></body></html>"
	case "body", "utf16":
		before, after = hostileHead+hostileBody, "</article></body></html>"
	case "after":
		before, after = hostileHead+hostileBody+"</article>", "</body></html>"
	}
	room, unit := size-len(before)-len(after), 0
	for _, p := range c.parts {
		if p.times >= 0 {
			room -= p.times * len(p.text)
			continue
		}
		unit += len(countInPart.ReplaceAllString(p.text, "12345"))
	}
	var sb bytes.Buffer
	sb.Grow(size + size/4)
	sb.WriteString(before)
	for _, p := range c.parts {
		p.write(&sb, max(1, room/max(1, unit)))
	}
	sb.WriteString(after)
	out := Page{Body: sb.Bytes(), URL: "https://a.example/news/2026/11/quay", Input: HTMLInput}
	switch c.place {
	case "text":
		out.Input = TextInput
	case "utf16":
		wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(out.Body[:len(out.Body)/2])
		if err != nil {
			panic(err)
		}
		out.Body = wide
	}
	return out
}

// write writes the part as often as it stands in the page.
func (p *hostilePart) write(sb *bytes.Buffer, often int) {
	if p.times >= 0 {
		often = p.times
	}
	counts := countInPart.FindAllStringSubmatchIndex(p.text, -1)
	for i := range often {
		at := 0
		for _, m := range counts {
			n := i
			if m[2] >= 0 {
				modulus, _ := strconv.Atoi(p.text[m[2]:m[3]])
				n %= modulus
			}
			sb.WriteString(p.text[at:m[0]])
			sb.WriteString(strconv.Itoa(n))
			at = m[1]
		}
		sb.WriteString(p.text[at:])
	}
}

// TestHostileWork cleans each construction at two sizes and compares what it takes by counts, not by the clock: steps,
// and memory that is asked for. Both may grow with the page and little more.
func TestHostileWork(t *testing.T) {
	const small, times = 24 << 10, 4
	most, mostOf := 0.0, ""
	for n, c := range constructions(t) {
		if testing.Short() && n%4 != 0 {
			continue
		}
		var steps, bytes [2]float64
		for i, size := range [...]int{small, small * times} {
			p := c.page(size)
			if i == 0 {
				Clean(p, Options{}) // makes what is made once
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, n, err := clean(p, Options{})
			runtime.ReadMemStats(&after)
			if errors.Is(err, ErrTooComplex) { // so it ends, too
				continue
			}
			if err != nil {
				t.Errorf("%s: a page of %d kB: %v", c.name, size>>10, err)
			}
			steps[i], bytes[i] = float64(n), float64(after.TotalAlloc-before.TotalAlloc)
			if perByte := steps[i] / float64(len(p.Body)); perByte > most {
				most, mostOf = perByte, c.name
			}
		}
		if steps[1] > 1.5*times*steps[0]+50_000 {
			t.Errorf("%s: a page of %d times the size takes %.1f times the steps: %.0f, %.0f", c.name, times, steps[1]/steps[0], steps[0], steps[1])
		}
		if bytes[1] > 1.5*times*bytes[0]+8<<20 {
			t.Errorf("%s: a page of %d times the size asks for %.1f times the memory: %.1f MB, %.1f MB", c.name, times, bytes[1]/bytes[0], bytes[0]/(1<<20), bytes[1]/(1<<20))
		}
	}
	t.Logf("%.1f steps a byte at most, by %s", most, mostOf)
	if most > 0.7*stepsPerByte {
		t.Errorf("%s takes %.1f steps a byte, of %d that are allowed", mostOf, most, stepsPerByte)
	}
}

// TestOutOfSteps cleans a page with fewer steps than it takes: it ends as too complex, wherever that is.
func TestOutOfSteps(t *testing.T) {
	for _, g := range goldenPages(t) {
		_, all, err := clean(g.page, Options{})
		if err != nil {
			t.Fatal(err)
		}
		text, _, err := g.page.text()
		if err != nil {
			t.Fatal(err)
		}
		for limit := 1; limit < all; limit += 1 + all/7 {
			doc := &document{work: work{limit: limit}}
			err := func() (err error) {
				defer boundedWork(&err)
				if err := doc.segment(text, g.page); err != nil {
					return err
				}
				ev, r := gather(doc), &Result{}
				if err := decide(doc, ev, Options{}); err != nil {
					return err
				}
				describe(r, doc, ev, Options{})
				structure(r, doc)
				return nil
			}()
			if !errors.Is(err, ErrTooComplex) {
				t.Errorf("%s: with %d steps of %d: %v", g.name, limit, all, err)
			}
		}
	}
}

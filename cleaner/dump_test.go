package cleaner

import (
	"slices"
	"strings"
	"testing"
)

// The same paragraphs come out of every form that people have texts in.
func TestFormsOfText(t *testing.T) {
	const (
		title = "Harbour closed for a week"
		first = "The harbour was closed on Monday after a ship ran into the pier and lost most of its cargo of oranges, which now float in the bay."
		quote = "“Nobody was hurt,” said the harbour master, Wilma Tarn, who had seen the ship come in much too fast."
		last  = "The council of Northport will decide on Thursday whether the pier can be mended before the herring season begins."
	)
	want := []string{title, first, quote, last}
	for name, text := range map[string]string{
		"a block a line":            strings.Join(want, "\n"),
		"empty lines between":       strings.Join(want, "\n\n"),
		"Windows line ends":         strings.Join(want, "\r\n\r\n"),
		"indents and spaces at end": "    " + strings.Join(want, "  \n\n\t") + "\n",
		"hard-wrapped": `Harbour closed for a week

The harbour was closed on Monday after a ship ran into the pier and lost
most of its cargo of oranges, which now float in the bay.

“Nobody was hurt,” said the harbour master, Wilma Tarn, who had seen the
ship come in much too fast.

The council of Northport will decide on Thursday whether the pier can be
mended before the herring season begins.
`,
		"hard-wrapped, no empty lines": `Harbour closed for a week
The harbour was closed on Monday after a ship ran into the pier and lost
most of its cargo of oranges, which now float in the bay.
“Nobody was hurt,” said the harbour master, Wilma Tarn, who had seen the
ship come in much too fast.
The council of Northport will decide on Thursday whether the pier can be
mended before the herring season begins.
`,
		"hard-wrapped by a program that fills lines evenly": `Harbour closed for a week

The harbour was closed on Monday after a ship ran into
the pier and lost most of its cargo of oranges, which
now float in the bay.

“Nobody was hurt,” said the harbour master, Wilma Tarn,
who had seen the ship come in much too fast.

The council of Northport will decide on Thursday
whether the pier can be mended before the herring
season begins.
`,
		"of a text browser": `                           Harbour closed for a week

   The harbour was closed on Monday after a [1]ship ran into the pier and
   lost most of its cargo of oranges, which now float in the bay.

   “Nobody was hurt,” said the harbour master, [2]Wilma Tarn, who had seen
   the ship come in much too fast.

   The council of [3]Northport will decide on Thursday whether the pier can
   be mended before the herring season begins.

References

   Visible links
   1. https://gazette.example/ships/marigold
   2. https://gazette.example/people/tarn
   3. file:///northport
`,
		"Markdown": "# Harbour closed for a week\n\n" +
			"The harbour was closed on Monday after a [ship](https://gazette.example/ships/marigold) ran into the pier and **lost most of its cargo** of oranges, which now float in the bay.\n\n" +
			"![The bay](https://gazette.example/bay.jpg)\n\n" +
			"> “Nobody was hurt,” said the harbour master, [Wilma Tarn](/people/tarn \"Her page\"), who had seen the ship come in *much* too fast.\n\n" +
			"The council of __Northport__, will decide on Thursday whether the pier can be mended before the herring season begins\\.\n",
		"Markdown with named links, hard-wrapped": `# Harbour closed for a week #

The harbour was closed on Monday after a [ship][1] ran into the pier and
lost most of its cargo of oranges, which now float in the bay.

“Nobody was hurt,” said the harbour master, [Wilma Tarn][2], who had seen
the ship come in much too fast.

The council of Northport will decide on Thursday whether the pier can be
mended before the herring season begins.

[1]: https://gazette.example/ships/marigold
[2]: https://gazette.example/people/tarn "Her page"
`,
		"a line a text node": `Harbour closed for a week
The harbour was closed on Monday after a ship ran into the pier and
lost most of its cargo
of oranges, which now float in the bay.
“Nobody was hurt,” said the harbour master,
Wilma Tarn
, who had seen the ship come in much too fast.
The council of Northport will decide on Thursday whether the pier can be mended before the
herring season
begins.
`,
		"letters apart from their accents, and marks of no width": "\ufeff" + strings.Join(want, "\n"),
	} {
		var got []string
		for _, l := range plainLines(text) {
			if !l.listed {
				got = append(got, strings.Replace(l.text, "Northport, will", "Northport will", 1))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

// Lines that only look as if they were broken or marked stay as they are.
func TestLinesThatStay(t *testing.T) {
	for name, lines := range map[string][]string{
		"headlines of much the same length": {
			"Ministers meet in the capital for a third day of talks",
			"Ferries to the islands run again after a week of storms",
			"Council of Northport votes for a new library at the pier",
			"Fishermen ask for a longer season and for cheaper diesel",
			"School in Eastgate closes its doors after ninety-one years",
		},
		"verse":                {"The sea is calm tonight.", "The tide is full, the moon lies fair", "upon the straits; on the French coast the light", "gleams and is gone."},
		"a menu in lower case": {"sport", "politics", "culture", "about us", "contact", "help", "jobs", "terms"},
		"numbers in brackets":  {"The figures [1] are those of the harbour office [2].", "Others [3] differ."},
		"hashes and asterisks": {"#harbour is what people write under their pictures.", "5 * 3 is 15, and snake_case_names stay.", "* one star"},
		"Chinese":              {"港口周一关闭。", "市长表示，码头将在鲱鱼季节之前修复。", "议会周四决定。"},
	} {
		var got []string
		for _, l := range plainLines(strings.Join(lines, "\n")) {
			got = append(got, l.text)
		}
		if !slices.Equal(got, lines) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestMarksOfMarkdownAreKept(t *testing.T) {
	lines := plainLines("## Tides\n\n> High water at noon.\n\nSee the [table](https://gazette.example/tides?a=1_2_3) and [the other](https://gazette.example/b).\n\n| Day | Noon |\n|---|---|\n| Monday | 3.1 |\n")
	if len(lines) != 5 || lines[0].heading != 2 || !lines[1].quote || lines[3].text != "Day | Noon" || lines[4].text != "Monday | 3.1" {
		t.Fatalf("got %+v", lines)
	}
	l := lines[2]
	if len(l.spans) != 2 || l.text[l.spans[0].Start:l.spans[0].End] != "table" || l.spans[0].URL != "https://gazette.example/tides?a=1_2_3" || l.text[l.spans[1].Start:l.spans[1].End] != "the other" {
		t.Errorf("got %q with %+v", l.text, l.spans)
	}
}

func TestTextIsComposed(t *testing.T) {
	lines := plainLines("Ca\u0301dix y Ma\u0301la\u00adga\u200b")
	if len(lines) != 1 || lines[0].text != "Cádix y Málaga" {
		t.Errorf("got %+v", lines)
	}
}

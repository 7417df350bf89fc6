package cleaner

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHardWrapsAreJoined(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"one block a line": {
			"A short line\nThe harbour was closed on Monday.\nIt opened on Tuesday.\n",
			[]string{"A short line", "The harbour was closed on Monday.", "It opened on Tuesday."},
		},
		"blank lines between unwrapped paragraphs": {
			"The harbour was closed on Monday.\n\nIt opened on Tuesday.\r\n\r\nNobody came.",
			[]string{"The harbour was closed on Monday.", "It opened on Tuesday.", "Nobody came."},
		},
		"wrapped": {
			"HARBOUR CLOSED\n\nThe harbour was closed on Monday after a ship ran into\nthe pier and lost most of its cargo of oranges, which\nnow float in the bay.\n\n" +
				"“Nobody was hurt,” said the harbour master, who had\nseen the ship come in much too fast from his window\nand had run down to the pier.\n",
			[]string{
				"HARBOUR CLOSED",
				"The harbour was closed on Monday after a ship ran into the pier and lost most of its cargo of oranges, which now float in the bay.",
				"“Nobody was hurt,” said the harbour master, who had seen the ship come in much too fast from his window and had run down to the pier.",
			},
		},
		"verse stays in lines": {
			"The sea is calm tonight.\nThe tide is full.\nThe moon lies fair.\nUpon the straits.\nCome to the window.\n\nSweet is the night-air!",
			[]string{"The sea is calm tonight.", "The tide is full.", "The moon lies fair.", "Upon the straits.", "Come to the window.", "Sweet is the night-air!"},
		},
	} {
		d := &document{}
		d.segmentLines(c.in)
		if len(d.blocks) != len(c.want) {
			t.Errorf("%s: got %d blocks, want %d: %q", name, len(d.blocks), len(c.want), texts(d.blocks))
			continue
		}
		for i, b := range d.blocks {
			if b.text != c.want[i] {
				t.Errorf("%s: block %d is %q, want %q", name, i, b.text, c.want[i])
			}
		}
	}
}

func TestSplitCredit(t *testing.T) {
	for text, want := range map[string][2]string{
		"A car leaves the base, May 26, 2024. /VCG": {"A car leaves the base, May 26, 2024.", "VCG"},
		"The harbour was closed on Monday.":         {"The harbour was closed on Monday.", ""},
	} {
		if caption, credit := splitCredit(text); caption != want[0] || credit != want[1] {
			t.Errorf("splitCredit(%q) = %q, %q, want %q", text, caption, credit, want)
		}
	}
}

// The dump of an opinion page that the project began with, kept beside the checkout.
func TestOpinionDump(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "seed")
	data, err := os.ReadFile(filepath.Join(dir, "cgtn-opinion.txt"))
	if err != nil {
		t.Skipf("no seed page: %v", err)
	}
	want, err := os.ReadFile(filepath.Join(dir, "cgtn-opinion.want.txt"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Clean(Page{Body: data}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Article.Text + "\n"; got != string(want) {
		t.Errorf("text is\n%s\nwant\n%s", got, want)
	}
	labels, err := os.ReadFile(filepath.Join(dir, "cgtn-opinion.labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(labels)), "\n") {
		var l struct{ Label, Text string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if b := r.Blocks[i]; b.Label.String() != l.Label || b.Text != l.Text || b.Reason == "" {
			t.Errorf("line %d is %s (%s) %q, want %s %q", i+1, b.Label, b.Reason, b.Text, l.Label, l.Text)
		}
	}
}

func texts(blocks []block) []string {
	var out []string
	for _, b := range blocks {
		out = append(out, b.text)
	}
	return out
}

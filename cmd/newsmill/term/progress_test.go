package term

import (
	"strings"
	"testing"
)

func TestLogAppearsAboveProgress(t *testing.T) {
	var out strings.Builder
	p := Progress{Out: &out, Shown: true}
	p.Set("7 of\n\x1b[2J 12")
	p.Write([]byte("fetched\n"))
	p.Set("8 of 12")
	p.Clear()
	p.Write([]byte("done\n"))
	const erase = "\r\x1b[K"
	if want := erase + "7 of [2J 12" + erase + "fetched\n7 of [2J 12" + erase + "8 of 12" + erase + "done\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	out.Reset()
	p = Progress{Out: &out}
	p.Set("7 of 12")
	p.Write([]byte("fetched\n"))
	if want := "fetched\n"; out.String() != want {
		t.Errorf("where it is not shown: %q, want %q", out.String(), want)
	}
}

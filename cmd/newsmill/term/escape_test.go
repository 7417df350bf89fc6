package term

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestStripControls(t *testing.T) {
	if got := StripControls("a\x1b[31mb\x07\u202ec\u2066d\u009b31me\tf\n\x7f"); got != "a[31mbcd31me\tf\n" {
		t.Errorf("got %q", got)
	}
}

func TestEscapeJSON(t *testing.T) {
	const text = "a\x7fb\u009bc\u202ed\te"
	var sb strings.Builder
	if err := json.NewEncoder(EscapeJSON(&sb)).Encode(text); err != nil {
		t.Fatal(err)
	}
	if want := `"a\u007fb\u009bc\u202ed\te"` + "\n"; sb.String() != want {
		t.Errorf("got %s, want %s", sb.String(), want)
	}
	var back string
	if err := json.Unmarshal([]byte(sb.String()), &back); err != nil || back != text {
		t.Errorf("it comes back as %q, %v", back, err)
	}
}

func TestVisibleWidth(t *testing.T) {
	if got := VisibleWidth("a" + Bold + Red + "渔民" + Reset + "b"); got != 6 {
		t.Errorf("got %d, want 6", got)
	}
}

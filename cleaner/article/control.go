package article

import (
	"reflect"
	"strings"
	"unicode"

	"newsmill/cleaner/script"
)

// DropControls takes the control characters out of every text that v points to, of whatever field: pages carry escape codes as
// they stand, as entities and in data, and a terminal would act on them. Line breaks and tabs stay, other white space becomes a
// space; spans of a [Node] move with its text. It is what [Clean] ends with, and for texts that an older newsmill stored.
func DropControls(v any) { dropControls(reflect.ValueOf(v).Elem()) }

func dropControls(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); HasControl(s) { // setting is dearer than looking
			v.SetString(WithoutControls(s))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			dropControls(v.Elem())
		}
	case reflect.Slice:
		switch list := v.Addr().Interface().(type) { // the long ones at first hand: finding a field takes longer than looking
		case *[]Block:
			for i := range *list {
				b := &(*list)[i]
				dropControlsOf(&b.Text, &b.Reason, &b.Path, &b.Language)
			}
			return
		case *[]Link:
			for i := range *list {
				l := &(*list)[i]
				dropControlsOf(&l.URL, &l.Anchor, &l.Rel)
			}
			return
		}
		if k := v.Type().Elem().Kind(); k == reflect.Uint8 || k == reflect.Float64 {
			return
		}
		for i := range v.Len() {
			dropControls(v.Index(i))
		}
	case reflect.Map:
		dropControlsOfMap(v)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Node]() {
			v.Addr().Interface().(*Node).moveSpans()
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() { // that is, it is exported
				dropControls(f)
			}
		}
	}
}

func dropControlsOf(texts ...*string) {
	for _, s := range texts {
		if HasControl(*s) {
			*s = WithoutControls(*s)
		}
	}
}

// dropControlsOfMap does it for the values of a map; its keys are ours.
func dropControlsOfMap(m reflect.Value) {
	for _, key := range m.MapKeys() {
		value := reflect.New(m.Type().Elem()).Elem()
		value.Set(m.MapIndex(key))
		dropControls(value)
		m.SetMapIndex(key, value)
	}
}

// moveSpans moves a node's spans to where their text is once its control characters are gone.
func (n *Node) moveSpans() {
	if len(n.Spans) == 0 || !HasControl(n.Text) {
		return
	}
	to := make([]int, len(n.Text)+1) // of each byte
	length := 0
	for i, r := range n.Text {
		width := len(WithoutControls(string(r)))
		for j := i; j < len(n.Text) && (j == i || n.Text[j]&0xc0 == 0x80); j++ {
			to[j] = length
		}
		length += width
	}
	to[len(n.Text)] = length
	spans := n.Spans[:0:0]
	for _, s := range n.Spans {
		if s.Start < 0 || s.End > len(n.Text) || s.Start > s.End {
			continue
		}
		if s.Start, s.End = to[s.Start], to[s.End]; s.Start < s.End {
			spans = append(spans, s)
		}
	}
	n.Spans = spans
}

// HasControl reports whether a text has control characters but for line breaks and tabs: C0, DEL or C1.
func HasControl(s string) bool {
	for i := 0; i < len(s); {
		end := min(i+8, len(s))
		if end == i+8 {
			x := script.Eight(s[i:end])
			if del, c1 := x^0x7f*script.Ones, x^0xc2*script.Ones; ((x-' '*script.Ones)&^x|(del-script.Ones)&^del|(c1-script.Ones)&^c1)&script.Highs == 0 {
				i = end
				continue
			}
		}
		for ; i < end; i++ {
			if beginsControl[s[i]] && (s[i] != 0xc2 || i+1 < len(s) && s[i+1] < 0xa0) {
				return true
			}
		}
	}
	return false
}

// beginsControl are the bytes that control characters begin with: those of C1 with one that begins others, too.
var beginsControl = func() (t [256]bool) {
	for c := range byte(' ') {
		t[c] = c != '\n' && c != '\t'
	}
	t[0x7f], t[0xc2] = true, true
	return t
}()

// WithoutControls is a text without them.
func WithoutControls(s string) string {
	if !HasControl(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case !unicode.IsControl(r), r == '\n', r == '\t':
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, s)
}

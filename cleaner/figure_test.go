package cleaner

import "testing"

func TestLargestOfSrcset(t *testing.T) {
	for set, want := range map[string]string{
		"a.jpg 320w, b.jpg 1280w, c.jpg 640w":     "b.jpg",
		"a.jpg, b.jpg 2x":                         "b.jpg",
		"a,b.jpg 1x,c.jpg 3x":                     "c.jpg",
		"data:image/gif;base64,AAAA 1w, b.jpg 2w": "b.jpg",
		"":         "",
		" , ,":     "",
		"a.jpg":    "a.jpg",
		"a.jpg xw": "a.jpg",
	} {
		if got := largestOf(set); got != want {
			t.Errorf("largest of %q is %q, want %q", set, got, want)
		}
	}
}

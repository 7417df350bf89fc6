package storage

import "testing"

func TestIsCounter(t *testing.T) {
	for line, want := range map[string]bool{
		"1,234 views":         true,
		"Views: 1234":         true,
		"👁 12 345 просмотров": true,
		"阅读 1024":             true,
		"このページは 1,024 回閲覧されました": true,
		"조회수 512":                  true,
		"Updated 3 hours ago":      true,
		"Gelesen: 88":              true,
		"Bu haber 512 kez okundu.": true,
		"views":                    false,
		"Dead: 14":                 false,
		"14 people were hurt.":     false,
		"The council counted 1,234 views of the harbour in the paintings that it sold last week to pay for it.": false,
	} {
		if got := isCounter(line); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

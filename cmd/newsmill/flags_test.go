package main

import (
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 11, 24, 7, 30, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"2026-11-01":                "2026-11-01T00:00:00Z",
		"2026-11-01T15:04":          "2026-11-01T15:04:00Z",
		"2026-11-01 15:04:05":       "2026-11-01T15:04:05Z",
		"2026-11-01T15:04:05+02:00": "2026-11-01T13:04:05Z",
		"24h":                       "2026-11-23T07:30:00Z",
		"7d":                        "2026-11-17T07:30:00Z",
		"2w":                        "2026-11-10T07:30:00Z",
		"today":                     "2026-11-24T00:00:00Z",
		"yesterday":                 "2026-11-23T00:00:00Z",
	} {
		got, err := parseMoment(in, now, false)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q is %v, %v; want %s", in, got, err, want)
		}
	}
	if got, _ := parseMoment("2026-11-01", now, true); got.Format(time.RFC3339) != "2026-11-02T00:00:00Z" {
		t.Errorf("until a day should mean its end: %v", got)
	}
	for _, in := range []string{"", "x", "-3h", "2026-13-01", "2026-02-30", "7", "1e9d"} {
		if got, err := parseMoment(in, now, false); err == nil {
			t.Errorf("%q is taken as %v", in, got)
		}
	}
}

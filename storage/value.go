package storage

import (
	"encoding/json"
	"time"

	"newsmill/cleaner/article"
)

// timeText returns a moment as the database keeps it; "" for none.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// parseTime reads what timeText wrote; the zero time for anything else.
func parseTime(s string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05Z", s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// orNull makes NULL of a zero value.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// readList reads a JSON list; people may have changed it by hand, so anything else is an empty one.
func readList[T any](s string) []T {
	list := []T{}
	if json.Unmarshal([]byte(s), &list) != nil {
		return []T{}
	}
	return list
}

func jsonList[T any](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	return article.JSONText(list)
}

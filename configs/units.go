package configs

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a length of time as [time.ParseDuration] does, with days ("7d") and weeks ("2w") besides.
func ParseDuration(s string) (time.Duration, error) {
	days := map[byte]time.Duration{'d': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if n := len(s); n > 1 && days[s[n-1]] > 0 {
		if v, err := strconv.ParseFloat(s[:n-1], 64); err == nil && v >= 0 && v < 40_000 { // 40,000 weeks overflow
			return time.Duration(v * float64(days[s[n-1]])), nil
		}
	} else if v, err := time.ParseDuration(s); err == nil && v >= 0 {
		return v, nil
	}
	return 0, errors.New("write a length of time such as 90m, 24h, 7d or 2w")
}

// parseBytes reads a number of bytes: 5000000, 5MB, 5 MiB.
func parseBytes(s string) (int64, error) {
	number := strings.TrimRight(s, " kKMGiB")
	units := map[string]int64{
		"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
	}
	unit, known := units[strings.TrimSpace(s[len(number):])]
	n, err := strconv.ParseFloat(number, 64)
	if !known || err != nil || n < 0 || n*float64(unit) > 1<<40 {
		return 0, errors.New("write a number of bytes such as 5000000 or 5MB")
	}
	return int64(n * float64(unit)), nil
}

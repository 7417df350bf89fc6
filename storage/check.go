package storage

import (
	"fmt"
	"time"
)

// CheckState is the result of a check.
type CheckState string

// The results.
const (
	CheckOK      CheckState = "ok"
	CheckWarning CheckState = "warning"
	CheckFailed  CheckState = "failed"
	CheckSkipped CheckState = "skipped"
)

// Check is one thing that was looked at.
type Check struct {
	Name    string     `json:"name"` // "integrity", "word index", …
	State   CheckState `json:"state"`
	Message string     `json:"message"` // what is, and what to do if that is wrong
}

// HealthOptions tune Health. The zero value is the default.
type HealthOptions struct {
	Full    bool          // read everything: all rows, both indexes, all raw pages
	MaxAge  time.Duration // a source whose newest article is older fails, and one that is not well otherwise; 0: that is a warning
	Sources []string      // those to look at; none: all that the database knows
	Now     time.Time     // zero: the time now
}

type health struct {
	opt    HealthOptions
	path   string
	db     *DB
	checks []Check
}

func (h *health) add(name string, state CheckState, format string, args ...any) {
	h.checks = append(h.checks, Check{name, state, fmt.Sprintf(format, args...)})
}

package term

// Escape codes: each holds until Reset.
const (
	Bold      = "\x1b[1m"
	Faint     = "\x1b[2m"
	Italic    = "\x1b[3m"
	Underline = "\x1b[4m"
	Struck    = "\x1b[9m"
	Red       = "\x1b[31m"
	Green     = "\x1b[32m"
	Yellow    = "\x1b[33m"
	Reset     = "\x1b[0m"
)

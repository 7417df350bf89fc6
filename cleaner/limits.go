package cleaner

// Bounds on input. A page beyond one is an error or is cut where the comment says so; nothing grows without limit.
const (
	maxBodyBytes = 64 << 20 // larger pages are an error
)

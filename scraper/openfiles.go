package scraper

// noFileLimit is more files than we ever open.
const noFileLimit = 1 << 20

// affordable is how many pages may be under way at once where so many files may be open: for each a connection, another for
// the resolver, and four that are kept for the next request; the database and the rest take 40.
func affordable(concurrency, files int) int {
	return max(1, min(concurrency, (files-40)/6))
}

//go:build !unix

package scraper

// mostFiles is how many files the process may have open.
func mostFiles() int { return noFileLimit }

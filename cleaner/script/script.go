// Package script answers questions about letters and bytes: which script they are of, and what that means for words and lines.
package script

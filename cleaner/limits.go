package cleaner

import "errors"

// Bounds on input. A page beyond one is an error or is cut where the comment says so; nothing grows without limit.
// Those on markup (elements, depth, unclosed formatting) are in htmltree.
const (
	maxBodyBytes     = 64 << 20 // larger pages are an error
	maxBlocks        = 100_000  // blocks; more are an error. The longest live blogs measured have 5,000.
	maxLinks         = 20_000   // links; further ones are text like any other. Of 2,021 captured pages one has 3,861, the most.
	maxAnchorBytes   = 400      // of a link around whole blocks; its words are cut there
	maxClassBytes    = 1_000    // of a class list, id and the like; what is beyond is not looked at
	minNoscriptBytes = 400      // shorter noscript elements hold pictures and pixels, no text worth a parse
)

// Errors of pages beyond the bounds, for errors.Is.
var (
	ErrTooManyTags = errors.New("page has too many tags")
	ErrTooLong     = errors.New("page has too many paragraphs")
)

package cleaner

import (
	"errors"
	"fmt"

	"newsmill/cleaner/charset"
)

// Bounds on input. A page beyond one is an error or is cut where the comment says so; nothing grows without limit.
// Those on markup (elements, depth, unclosed formatting) are in htmltree.
const (
	maxBlocks           = 50_000   // blocks; more are an error: each takes some 20 µs. The longest live blogs measured have 5,000.
	maxLinks            = 20_000   // links; further ones are text like any other. Of 2,021 captured pages one has 3,861, the most.
	maxLinkBytes        = 16 << 20 // of the addresses of links, as maxLinks; a long <base> makes long ones of short ones
	maxAnchorBytes      = 4_000    // of the words of a link
	maxAcrossBytes      = 400      // of those of a link around whole blocks
	maxSpansOpen        = 16       // marks of emphasis and links, one inside the other; further ones mark nothing. News nests three.
	maxClassBytes       = 1_000    // of a class list, id and the like; what is beyond is not looked at
	maxStyleBytes       = 4_000    // of a style attribute, likewise
	maxNameBytes        = 100      // of a tag's name and of a class in a block's path
	maxNoscriptPictures = 500      // short noscript elements that are parsed for the picture in them
	minNoscriptBytes    = 400      // shorter noscript elements hold pictures and pixels, no text worth a parse
)

// Errors of pages of which nothing can be read, for errors.Is.
var (
	ErrBinary   = charset.ErrBinary
	ErrTooLarge = charset.ErrTooLarge
	ErrEmpty    = charset.ErrEmpty
)

// Errors of pages beyond the bounds, for errors.Is. ErrTooManyTags and ErrTooLong are kinds of ErrTooComplex.
var (
	ErrTooComplex  = errors.New("page is too complex")
	ErrTooManyTags = fmt.Errorf("%w: too many tags", ErrTooComplex)
	ErrTooLong     = fmt.Errorf("%w: too many paragraphs", ErrTooComplex)
)

// The work for a page is counted in steps, each of a few nanoseconds, wherever the page chooses how often a loop runs inside
// another: through the elements around a block, through the blocks of an element, through names that are compared with
// others. The bounds above keep it linear; this one holds also where one was forgotten.
const (
	freeSteps    = 10_000_000 // of any page, some 0.05 s
	stepsPerByte = 100        // and for each of its bytes. Of 1,891 captured pages none takes 0.1, of testdata/hostile.txt none 70.
)

// work counts the steps of a page. Its zero value has no limit.
type work struct{ spent, limit int }

func workFor(bytes int) work { return work{limit: freeSteps + stepsPerByte*bytes} }

// outOfSteps is the panic of a page that takes more than its share; see boundedWork.
type outOfSteps struct{}

// spend counts steps that are to be taken.
func (w *work) spend(steps int) {
	w.spent += steps
	if w.spent > w.limit && w.limit > 0 {
		panic(outOfSteps{})
	}
}

// boundedWork turns the end of a page's steps into an error: deferred, it is the way out of whatever loop they ended in, as
// in go/parser. Other panics go on.
func boundedWork(err *error) {
	switch r := recover(); r {
	case nil:
	case outOfSteps{}:
		*err = fmt.Errorf("%w: it takes more than %d steps and %d a byte", ErrTooComplex, freeSteps, stepsPerByte)
	default:
		panic(r)
	}
}

package fetch

// limits bound a body.
type limits struct {
	wire  int64 // bytes as sent
	plain int64 // bytes once decoded
	cut   bool  // what is over is left unread, and that is no error
}

const (
	pageBytes    = 10 << 20 // the longest live blog of 258 captured pages has 3.1 MB
	sitemapBytes = 64 << 20 // sitemaps.org allows 50 MB
	maxRatio     = 200      // text that repeats itself shrinks to a thirtieth; deflate can make a thousandth
	ratioFrom    = 1 << 20  // decoded bytes from which the ratio counts
	maxEncodings = 2        // one is usual, two happen by mistake
	headBytes    = 64 << 10 // of an error page, which is only searched for a challenge
	largeBodies  = 4        // so many of them are read at once, so that 32 at once can't take all memory
)

// MaxRobotsBytes is how much of a robots.txt is read: RFC 9309 2.5 asks for 500 KiB at least.
const MaxRobotsBytes = 512 << 10

// LargeBody is the size from which bodies are rare, and wait for one another.
const LargeBody = 1 << 20

func limitsOf(r Request) limits {
	l := limits{wire: pageBytes, plain: pageBytes}
	switch r.Kind {
	case Sitemap:
		l = limits{wire: sitemapBytes, plain: sitemapBytes}
	case Robots:
		return limits{wire: MaxRobotsBytes, plain: MaxRobotsBytes, cut: true}
	}
	if r.MaxBytes > 0 {
		l = limits{wire: r.MaxBytes, plain: r.MaxBytes}
	}
	return l
}

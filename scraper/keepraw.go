package scraper

import (
	"slices"

	"newsmill/storage"
)

// KeepRaw says which articles' pages are kept as they came, so that a better cleaner can clean them again.
type KeepRaw string

// The ways. "noarchive" asks search engines to show no copy of a page beside their results. A copy that nothing shows and that
// serves cleaning again alone is none of these, so it is kept unless the user chooses otherwise.
const (
	KeepAlways          KeepRaw = "always" // the default
	KeepUnlessNoArchive KeepRaw = "unless-noarchive"
	KeepNever           KeepRaw = "never"
)

// keepRaw is how the source's raw pages are treated: as the run says, or else the source.
func (r *run) keepRaw(key string) KeepRaw {
	if src := r.sources[key]; src != nil && r.KeepRaw == "" {
		return KeepRaw(src.Crawl.KeepRaw)
	}
	return r.KeepRaw
}

// keepPage lets go of a page's bytes where no copy is to be kept, and marks a copy that must not be shown, by the directives of
// its robots meta elements and headers.
func (r *run) keepPage(rec *storage.Record, directives []string) {
	// nocache is Bing's name for it.
	rec.Fetch.NoArchive = slices.ContainsFunc(directives, func(d string) bool { return d == "noarchive" || d == "nocache" })
	switch r.keepRaw(rec.Job.Source) {
	case KeepNever:
		rec.Fetch.Body = nil
	case KeepUnlessNoArchive:
		if rec.Fetch.NoArchive {
			rec.Fetch.Body = nil
		}
	}
}

package scraper

import (
	"slices"

	"newsmill/storage"
)

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

// keepRaw is how the source's raw pages are treated: as the run says, or else the source.
func (r *run) keepRaw(key string) KeepRaw {
	if src := r.sources[key]; src != nil && r.KeepRaw == "" {
		return KeepRaw(src.Crawl.KeepRaw)
	}
	return r.KeepRaw
}

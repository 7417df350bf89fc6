package storage

// storePage writes the fetch, with its body if it is to be kept, and returns the row's id.
func storePage(t *batch, p *packed, keepBody bool) (int64, error) {
	var body any
	if p.body != nil && keepBody {
		id, err := t.bodies.store(t.tx, p.body)
		if err != nil {
			return 0, err
		}
		body = id
	}
	f := p.rec.Fetch
	source := p.rec.Job.Source
	if source == "" {
		source = f.Host
	}
	final := f.FinalURL
	if final == f.URL {
		final = ""
	}
	res, err := t.exec(`INSERT INTO pages (run_id, url, final_url, host, source, fetched_at, status, content_type, etag, last_modified, charset,
		robots_tag, opt_out, body_id, noarchive, duration_ms, error) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		t.run, f.URL, orNull(final), f.Host, source, timeText(f.FetchedAt), orNull(f.Status), orNull(f.ContentType), orNull(f.ETag),
		orNull(f.LastModified), orNull(f.Charset), orNull(f.RobotsTag), orNull(f.OptOut), body, f.NoArchive, f.Duration.Milliseconds(), orNull(f.Error))
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

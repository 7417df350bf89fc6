package fetch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"newsmill/cleaner/charset"
)

const raiseLimit = ": raise page_bytes for this source if that is right"

// open makes the answer that Colly sees: the body decoded and limited, and of the headers only those that
// http.Client needs, so that neither acts upon the others.
func (ex *exchange) open(ctx context.Context, r *http.Response) *http.Response {
	seen := *r
	seen.Uncompressed, seen.ContentLength = true, -1 // turns Colly's own gunzip off
	seen.Header = http.Header{"Content-Type": {"application/octet-stream; charset=utf-8"}}
	if c := r.Header["Set-Cookie"]; c != nil {
		seen.Header["Set-Cookie"] = c
	}
	seen.Body = http.NoBody
	if r.StatusCode/100 == 3 || r.StatusCode == http.StatusNoContent || r.StatusCode == http.StatusResetContent {
		drained(r.Body, r.ContentLength)
		ex.clock.stop()
		return &seen
	}
	b := newBody(ctx, ex, r)
	if r.StatusCode/100 != 2 {
		ex.head, _ = io.ReadAll(io.LimitReader(b, headBytes)) // best effort: the status says enough
		_ = b.Close()
		return &seen
	}
	ex.refusal = ex.refuse(r)
	seen.Body = b
	return &seen
}

// refuse says why a body isn't worth reading, by its headers.
func (ex *exchange) refuse(r *http.Response) error {
	if ex.limits.cut {
		return nil
	}
	if r.ContentLength > ex.limits.wire {
		return &tooLargeError{fmt.Sprintf("%s, more than %s", size(r.ContentLength), size(ex.limits.wire)) + raiseLimit}
	}
	if media := MediaType(contentType(r.Header)); !worthReading(ex.request.Kind, media) {
		return &notHTMLError{media}
	}
	return nil
}

// body is a body as its reader sees it: decoded, limited, and with an error that says what went wrong.
type body struct {
	ctx      context.Context
	ex       *exchange
	wire     *wireReader
	r        io.Reader
	encoding string // the innermost
	length   int64
	err      error
	large    bool // it has one of the fetcher's places for large bodies
	closed   bool
}

func newBody(ctx context.Context, ex *exchange, r *http.Response) *body {
	b := &body{ctx: ctx, ex: ex, length: r.ContentLength}
	b.wire = &wireReader{ex: ex, r: r.Body}
	in := bufio.NewReaderSize(b.wire, 4<<10)
	b.r = in
	encodings := contentEncodings(r.Header)
	if len(encodings) > maxEncodings {
		b.err = &decodeError{strings.Join(encodings, ", "), errors.New("too many encodings in one another")}
		return b
	}
	for i := len(encodings) - 1; i >= 0; i-- {
		b.decode(encodings[i], in)
		in = bufio.NewReaderSize(b.r, 4<<10)
		b.r = in
	}
	if ex.request.Kind != Article && ex.request.Kind != Robots && startsWith(in, "\x1f\x8b") { // a .gz file
		b.decode("gzip", in)
	}
	return b
}

// Read gives decoded bytes. Its error is one of this file, or a timeoutError.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.ex.plainBytes > LargeBody && !b.large {
		if b.err = b.waitLarge(); b.err != nil {
			return 0, b.err
		}
	}
	n, err := b.r.Read(p)
	b.ex.plainBytes += int64(n)
	if over := b.ex.plainBytes - b.ex.limits.plain; over > 0 {
		if b.ex.limits.cut {
			b.err = io.EOF
			return n - int(over), io.EOF
		}
		b.err = &tooLargeError{fmt.Sprintf("more than %s once decoded", size(b.ex.limits.plain)) + raiseLimit}
		return 0, b.err
	}
	if b.ex.plainBytes > ratioFrom && b.ex.plainBytes/maxRatio > b.ex.wireBytes && !b.ex.limits.cut {
		b.err = &tooLargeError{fmt.Sprintf("%s that were sent as %s: a decompression bomb", size(b.ex.plainBytes), size(b.ex.wireBytes))}
		return 0, b.err
	}
	if err != nil {
		b.err = b.explain(err)
	}
	return n, b.err
}

// waitLarge takes a place for large bodies. While it waits, the server is not to blame for silence.
func (b *body) waitLarge() error {
	b.ex.clock.pause()
	select {
	case b.ex.largeBodies <- struct{}{}:
		b.large = true
		return nil
	case <-b.ctx.Done():
		return causeOf(b.ctx, b.ctx.Err())
	}
}

// explain says what an error of reading means.
func (b *body) explain(err error) error {
	if b.ctx.Err() != nil {
		return causeOf(b.ctx, err)
	}
	var large *tooLargeError
	var slow *timeoutError
	switch w := b.wire.err; {
	case errors.As(w, &large), errors.As(w, &slow):
		return w
	case w != nil && strings.Contains(w.Error(), "chunk"): // net/http has no type for it
		return &decodeError{"chunks", w}
	case w != nil && b.length > 0:
		return &truncatedError{fmt.Sprintf("the connection ended after %s of %s", size(b.ex.wireBytes), size(b.length))}
	case w != nil:
		return &truncatedError{fmt.Sprintf("the connection ended after %s, before the end of the page (%v)", size(b.ex.wireBytes), w)}
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &truncatedError{fmt.Sprintf("the %s data ends in the middle, after %s", b.encoding, size(b.ex.wireBytes))}
	}
	return &decodeError{b.encoding, err}
}

// Close ends the exchange. What little is left of the body is read, to keep the connection.
func (b *body) Close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	if b.large {
		<-b.ex.largeBodies
	}
	left := b.length - b.ex.wireBytes
	if b.length < 0 || b.ctx.Err() != nil || b.err != nil && !errors.Is(b.err, io.EOF) {
		left = -1
	}
	drained(b.wire.r, left)
	b.ex.clock.stop()
	return nil
}

// stream lets the request's reader have the body. What went wrong in the transfer explains more than what the reader
// thought of it.
func (ex *exchange) stream(b io.ReadCloser) error {
	defer b.Close()
	err := ex.request.Stream(b)
	if b, ok := b.(*body); ok && b.err != nil && !errors.Is(b.err, io.EOF) {
		return b.err
	}
	if err != nil {
		return &streamError{err}
	}
	return nil
}

// wireReader counts and bounds what comes in, and how fast.
type wireReader struct {
	ex     *exchange
	r      io.ReadCloser
	err    error         // other than io.EOF
	waited time.Duration // in this window, for the network only
	got    int64         // in this window
}

func (w *wireReader) Read(p []byte) (int, error) {
	t := w.ex.timeouts
	w.ex.clock.again(t.Idle)
	began := time.Now()
	n, err := w.r.Read(p)
	w.waited += time.Since(began)
	w.got += int64(n)
	w.ex.wireBytes += int64(n)
	switch {
	case err != nil:
	case w.ex.wireBytes > w.ex.limits.wire && w.ex.limits.cut:
		err = io.EOF
	case w.ex.wireBytes > w.ex.limits.wire:
		err = &tooLargeError{fmt.Sprintf("more than %s", size(w.ex.limits.wire)) + raiseLimit}
	case w.waited >= t.Window:
		if w.got < t.Rate*int64(t.Window/time.Second) {
			err = &timeoutError{fmt.Sprintf("%d bytes of the body a second over %v, less than %d", w.got*int64(time.Second)/int64(w.waited), t.Window, t.Rate)}
		}
		w.waited, w.got = 0, 0
	}
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// contentEncodings lists the encodings in the order in which they were applied, without those that do nothing.
func contentEncodings(h http.Header) []string {
	var all []string
	for _, v := range h["Content-Encoding"] {
		for e := range strings.SplitSeq(v, ",") {
			switch e = strings.ToLower(strings.TrimSpace(e)); e {
			case "", "identity", "none", "utf-8", "utf8", "binary", "8bit", "7bit", "aws-chunked": // nonsense that is common
			default:
				all = append(all, e)
			}
		}
	}
	return all
}

// decode puts the decoder of encoding before in. Where the bytes plainly are not so encoded but text, they are
// taken as they are, since servers behind caches label wrongly now and then.
func (b *body) decode(encoding string, in *bufio.Reader) {
	b.encoding = encoding
	var err error
	switch encoding {
	case "gzip", "x-gzip":
		if !startsWith(in, "\x1f\x8b") {
			b.asText(in, errors.New("no gzip header"))
			return
		}
		b.r = &gunzip{in: in}
	case "deflate":
		b.r, err = inflate(in)
	case "br":
		if looksLikeText(in) && startsWith(in, "<") { // '<' begins no brotli stream of text
			return
		}
		b.r = brotli.NewReader(in)
	case "zstd":
		if !startsWith(in, "\x28\xb5\x2f\xfd") {
			b.asText(in, errors.New("no zstd header"))
			return
		}
		// RFC 9659: 8 MB is the largest window of the web.
		var z *zstd.Decoder
		z, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
		b.r = z
	default:
		b.asText(in, errors.New("an encoding that was not asked for"))
		return
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = b.explain(err)
	}
}

func (b *body) asText(in *bufio.Reader, why error) {
	switch head, err := in.Peek(1); {
	case len(head) == 0 && err == io.EOF: // nothing at all is nothing in any encoding
	case len(head) == 0:
		b.err = b.explain(err)
	case !looksLikeText(in):
		b.err = &decodeError{b.encoding, why}
	}
}

func startsWith(in *bufio.Reader, magic string) bool {
	head, _ := in.Peek(len(magic))
	return string(head) == magic
}

func looksLikeText(in *bufio.Reader) bool {
	head, _ := in.Peek(512)
	return len(head) > 0 && !charset.IsBinary(head)
}

// inflate reads "deflate", which is zlib's format (RFC 9110 8.4.1.2) or, from servers that misread it, without frame.
func inflate(in *bufio.Reader) (io.Reader, error) {
	head, err := in.Peek(2)
	if len(head) < 2 {
		return in, err
	}
	if head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(in)
	}
	return flate.NewReader(in), nil
}

// gunzip reads gzip members until something else follows, which browsers ignore.
type gunzip struct {
	in *bufio.Reader
	z  *gzip.Reader
}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.z == nil {
		z, err := gzip.NewReader(g.in)
		if err != nil {
			return 0, noEOF(err)
		}
		z.Multistream(false)
		g.z = z
	}
	n, err := g.z.Read(p)
	if errors.Is(err, io.EOF) && startsWith(g.in, "\x1f\x8b") {
		if err = noEOF(g.z.Reset(g.in)); err == nil {
			g.z.Multistream(false)
		}
	}
	return n, err
}

// noEOF turns an end where there must be more into an error.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}

// worthReading says whether a body that is labelled so may be what a request of this kind wants. Labels are wrong often, and
// a page is known by its first bytes; but a film or an archive need not be sent for that.
func worthReading(kind Kind, media string) bool {
	if kind == Feed || kind == Sitemap || kind == Robots {
		return true
	}
	switch major, minor, _ := strings.Cut(media, "/"); major {
	case "image", "video", "audio", "font", "model":
		return false
	case "application":
		return !slices.ContainsFunc(binaries, func(part string) bool { return strings.Contains(minor, part) })
	}
	return true
}

// binaries are parts of the names of application/… types that are no text. The unspecific octet-stream is none of them.
var binaries = []string{
	"pdf", "zip", "gzip", "tar", "rar", "7z", "compressed", "msword", "ms-excel", "powerpoint", "officedocument", "opendocument", "epub", "postscript", "rtf",
	"flash", "java-archive", "msdownload", "diskimage", "executable", "android", "font", "ogg", "mp4", "mpegurl", "sqlite", "wasm", "protobuf", "pkcs",
}

// readable says whether a body of this type may be what a request of this kind wants. Feeds and sitemaps come under
// any name; what they are, their readers see.
func readable(kind Kind, media string) bool {
	if kind == Feed || kind == Sitemap || kind == Robots {
		return true
	}
	switch media {
	case "", "text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml", "application/octet-stream",
		"application/unknown", "text/x-html", "application/vnd.wap.xhtml+xml":
		return true
	}
	// A section may turn out to be a feed or a sitemap. A type that nobody knows is looked at, too.
	major, minor, _ := strings.Cut(media, "/")
	if strings.HasSuffix(minor, "xml") || strings.HasSuffix(minor, "json") || strings.HasSuffix(minor, "gzip") {
		return kind == Section
	}
	switch major {
	case "image", "video", "audio", "font", "model", "application", "text", "multipart":
		return false
	}
	return true
}

// signatures are first bytes of files that are no pages.
var signatures = []struct{ magic, media string }{
	{"%PDF-", "application/pdf"},
	{"\x89PNG\r\n\x1a\n", "image/png"},
	{"\xff\xd8\xff", "image/jpeg"},
	{"GIF87a", "image/gif"},
	{"GIF89a", "image/gif"},
	{"RIFF", "image/webp"},
	{"\x00\x00\x01\x00", "image/x-icon"},
	{"PK\x03\x04", "application/zip"},
	{"\x1f\x8b", "application/gzip"},
	{"\x28\xb5\x2f\xfd", "application/zstd"},
	{"BZh", "application/x-bzip2"},
	{"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{"Rar!\x1a\x07", "application/vnd.rar"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"},
	{"{\\rtf", "application/rtf"},
	{"%!PS", "application/postscript"},
	{"ID3", "audio/mpeg"},
	{"OggS", "application/ogg"},
	{"fLaC", "audio/flac"},
	{"\x1a\x45\xdf\xa3", "video/webm"},
	{"wOFF", "font/woff"},
	{"wOF2", "font/woff2"},
	{"\x7fELF", "application/x-executable"},
	{"MZ\x90", "application/x-executable"},
	{"\x00asm", "application/wasm"},
	{"SQLite format 3\x00", "application/vnd.sqlite3"},
}

// roots are first tags, and what they make of a body.
var roots = []struct{ tag, media string }{
	{"<!doctype html", "text/html"},
	{"<html", "text/html"},
	{"<rss", "application/rss+xml"},
	{"<rdf:rdf", "application/rdf+xml"},
	{"<feed", "application/atom+xml"},
	{"<urlset", "application/sitemap+xml"},
	{"<sitemapindex", "application/sitemap+xml"},
	{"<svg", "image/svg+xml"},
	{"<head", "text/html"},
	{"<body", "text/html"},
	{"<title", "text/html"},
	{"<div", "text/html"},
	{"<p>", "text/html"},
	{"<p ", "text/html"},
	{"<h1", "text/html"},
	{"<a ", "text/html"},
	{"<table", "text/html"},
	{"<script", "text/html"},
	{"<meta", "text/html"},
	{"<article", "text/html"},
}

// sniff says what a body is: by its first bytes, then by its label.
func sniff(b []byte, contentType string) string {
	for _, s := range signatures {
		if bytes.HasPrefix(b, []byte(s.magic)) {
			return s.media
		}
	}
	if len(b) > 12 && string(b[4:8]) == "ftyp" {
		return "video/mp4"
	}
	label := MediaType(contentType)
	head := b[:min(len(b), 4<<10)]
	if isUTF16(head, contentType) {
		head = bytes.ReplaceAll(bytes.TrimLeft(head, "\xff\xfe"), []byte{0}, nil)
	}
	lower := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n\f\x00"))
	if bytes.HasPrefix(lower, []byte("<")) {
		if m := rootMedia(lower); m != "" {
			return m
		}
	} else if charset.IsBinary(head) {
		return "binary data"
	}
	if bytes.HasPrefix(lower, []byte(`{`)) && json.Valid(b) {
		return "application/json"
	}
	switch label {
	case "text/plain", "application/octet-stream", "application/unknown", "":
		if bytes.Contains(lower, []byte("<html")) || bytes.Contains(lower, []byte("<!doctype html")) {
			return "text/html"
		}
		return "text/plain"
	}
	return label
}

// rootMedia finds the first tag that says what the document is.
func rootMedia(lower []byte) string {
	best, media := len(lower), ""
	for _, r := range roots {
		if i := bytes.Index(lower[:min(len(lower), best+len(r.tag))], []byte(r.tag)); i >= 0 && i < best {
			best, media = i, r.media
		}
	}
	return media
}

func isUTF16(b []byte, contentType string) bool {
	return charset.IsUTF16(b) || strings.Contains(strings.ToLower(contentType), "utf-16")
}

// drained reads what little is left of a body, so that the connection can be used again.
func drained(body io.ReadCloser, length int64) {
	const most = 64 << 10
	if length >= 0 && length <= most {
		_, _ = io.CopyN(io.Discard, body, most)
	}
	_ = body.Close()
}

// Package charset turns a page's bytes into UTF-8, whatever its header and its <meta> say of them.
package charset

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"mime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	utf16 "golang.org/x/text/encoding/unicode"

	"newsmill/cleaner/script"
)

// Errors of Decode that callers tell apart with errors.Is.
var (
	ErrBinary   = errors.New("not text")
	ErrTooLarge = errors.New("page is too large")
	ErrEmpty    = errors.New("page is empty")
)

// maxBytes is the size of the largest page.
const maxBytes = 64 << 20

// Decode returns a page's bytes as UTF-8 and the name of the encoding they came in. contentType is the value of its header, "" for none; a
// plain text has no <meta> that declares one. The error wraps ErrBinary, ErrTooLarge or ErrEmpty.
//
// The order is that of the WHATWG: byte order mark, HTTP, meta, detection. Then the bytes have the last word: what is
// valid UTF-8 is UTF-8 whatever the label says (three in two hundred captured pages carry a wrong one), and a label
// under which the bytes make no sense loses to the encoding under which they do.
func Decode(body []byte, contentType string, isText bool) (text, name string, err error) {
	if len(body) > maxBytes {
		return "", "", fmt.Errorf("%w: %d bytes, and the limit is %d", ErrTooLarge, len(body), maxBytes)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return "", "", ErrEmpty
	}
	if what := fileType(body); what != "" {
		return "", "", fmt.Errorf("%w but %s", ErrBinary, what)
	}
	if enc, name, skip := byteOrderMark(body); enc != nil {
		return finish(decodeBytes(enc, body[skip:]), name)
	}
	body, marked := bytes.CutPrefix(body, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(body, 0) >= 0 {
		if enc, name := utf16WithoutMark(body); enc != nil {
			return finish(decodeBytes(enc, body), name)
		}
		if bytes.Count(body, []byte{0})*200 > len(body) {
			return "", "", fmt.Errorf("%w but binary data: it is full of zero bytes", ErrBinary)
		}
		body = bytes.ReplaceAll(body, []byte{0}, nil)
	}
	if utf8.Valid(body) {
		if jp := isISO2022JP(body); jp != nil {
			return finish(decodeBytes(jp, body), "iso-2022-jp")
		}
		return finish(string(body), "utf-8")
	}
	if name = "utf-8"; !marked {
		name = pickEncoding(body, Declared(body, contentType, isText), htmlLanguage(body))
	}
	if name == "utf-8" {
		return finish(mendUTF8(body), name)
	}
	enc, _ := lookupEncoding(name)
	return finish(decodeBytes(enc, body), name)
}

// finish refuses what decoded to something that nobody reads.
func finish(text, name string) (string, string, error) {
	if strings.TrimSpace(text) == "" {
		return "", "", ErrEmpty
	}
	broken := 0
	if name != "utf-8" || strings.Contains(text, "\ufffd") {
		broken = strings.Count(text, "\ufffd")
	}
	// Text has a stray control sign now and then; compressed data has 24 in 256 bytes, and few of its bytes decode.
	if countControls(text)*50 > len(text) || broken*3*4 > len(text) {
		return "", "", fmt.Errorf("%w but binary data of an unknown kind", ErrBinary)
	}
	return text, name, nil
}

// usualControls are the control signs that texts have, as bits.
const usualControls = 1<<'\n' | 1<<'\t' | 1<<'\r' | 1<<'\f' | 1<<'\v' | 1<<'\b' | 1<<0x1b

// countControls counts the control signs that no text has. It looks at eight bytes at once: nearly none hold one.
func countControls(text string) (controls int) {
	for len(text) > 0 {
		n := min(8, len(text))
		if n == 8 {
			if x := script.Eight(text); (x-' '*script.Ones)&^x&script.Highs == 0 { // no byte below the space
				text = text[8:]
				continue
			}
		}
		for i := range n {
			if c := text[i]; c < ' ' && usualControls>>c&1 == 0 {
				controls++
			}
		}
		text = text[n:]
	}
	return controls
}

func decodeBytes(enc encoding.Encoding, body []byte) string {
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil { // no decoder of ours fails on bytes; what it made so far is what there is
		return string(out)
	}
	return string(out)
}

// mendUTF8 puts U+FFFD in the place of each byte that is part of no character.
func mendUTF8(body []byte) string {
	var sb strings.Builder
	sb.Grow(len(body) + 16)
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size <= 1 {
			sb.WriteString("\ufffd")
		} else {
			sb.Write(body[i : i+size])
		}
		i += size
	}
	return sb.String()
}

// fileTypes are the beginnings of files that are no pages.
var fileTypes = []struct{ magic, what string }{
	{"%PDF-", "a PDF document"},
	{"\x89PNG\r\n\x1a\n", "a PNG image"},
	{"\xff\xd8\xff", "a JPEG image"},
	{"GIF87a", "a GIF image"},
	{"GIF89a", "a GIF image"},
	{"RIFF????WEBP", "a WebP image"},
	{"RIFF????WAVE", "a WAV recording"},
	{"RIFF????AVI ", "an AVI video"},
	{"????ftypavif", "an AVIF image"},
	{"????ftyp", "an MP4 video"},
	{"\x1aE\xdf\xa3", "a Matroska or WebM video"},
	{"OggS\x00", "an Ogg recording"},
	{"ID3\x02", "an MP3 recording"},
	{"ID3\x03", "an MP3 recording"},
	{"ID3\x04", "an MP3 recording"},
	{"fLaC\x00", "a FLAC recording"},
	{"PK\x03\x04", "a zip archive or an office document"},
	{"PK\x05\x06", "an empty zip archive"},
	{"\x1f\x8b\x08", "gzip data (decompress it first)"},
	{"BZh", "bzip2 data (decompress it first)"},
	{"\xfd7zXZ\x00", "xz data (decompress it first)"},
	{"\x28\xb5\x2f\xfd", "zstd data (decompress it first)"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
	{"Rar!\x1a\x07", "a RAR archive"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"},
	{"SQLite format 3\x00", "an SQLite database"},
	{"\x7fELF", "a program"},
	{"MZ\x90\x00", "a program"},
	{"\x00\x00\x01\x00", "an icon"},
	{"II*\x00", "a TIFF image"},
	{"MM\x00*", "a TIFF image"},
	{"wOFF\x00", "a font"},
	{"wOF2\x00", "a font"},
	{"\x00\x01\x00\x00\x00", "a font"},
	{"\x00asm", "a WebAssembly module"},
	{"{\\rtf", "an RTF document"},
}

// fileType names the kind of file that the bytes are when they are no page; "" otherwise.
func fileType(body []byte) string {
	for _, t := range fileTypes {
		if len(body) < len(t.magic) {
			continue
		}
		found := true
		for i := 0; i < len(t.magic) && found; i++ {
			found = t.magic[i] == '?' || t.magic[i] == body[i]
		}
		if found && (t.magic != "BZh" || len(body) > 10 && bytes.HasPrefix(body[4:], []byte("1AY&SY"))) {
			return t.what
		}
	}
	return ""
}

// byteOrderMark returns the encoding that a mark announces and the mark's length; nil for UTF-8 and none.
func byteOrderMark(body []byte) (encoding.Encoding, string, int) {
	switch {
	case bytes.HasPrefix(body, []byte{0xff, 0xfe}):
		return utf16.UTF16(utf16.LittleEndian, utf16.IgnoreBOM), "utf-16le", 2
	case bytes.HasPrefix(body, []byte{0xfe, 0xff}):
		return utf16.UTF16(utf16.BigEndian, utf16.IgnoreBOM), "utf-16be", 2
	}
	return nil, "", 0
}

// utf16WithoutMark returns the UTF-16 that the bytes are, nil if they are something else. Markup, spaces and line
// ends have their zero bytes all on one side.
func utf16WithoutMark(body []byte) (encoding.Encoding, string) {
	sample := body[:min(len(body), 8192)&^1]
	var zeros [2]int
	for i, c := range sample {
		if c == 0 {
			zeros[i%2]++
		}
	}
	order, name, most, least := utf16.LittleEndian, "utf-16le", zeros[1], zeros[0]
	if zeros[0] > zeros[1] {
		order, name, most, least = utf16.BigEndian, "utf-16be", zeros[0], zeros[1]
	}
	if most < 2 || least*16 > most || most*100 < len(sample) {
		return nil, ""
	}
	enc := utf16.UTF16(order, utf16.IgnoreBOM)
	bad := 0
	runes := []rune(decodeBytes(enc, sample))
	for _, r := range runes {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) {
			bad++
		}
	}
	if bad > 1+len(runes)/100 {
		return nil, ""
	}
	return enc, name
}

// isISO2022JP returns the decoder if the bytes hold its escape sequences, which no other text has.
func isISO2022JP(body []byte) encoding.Encoding {
	if bytes.IndexByte(body, 0x1b) < 0 {
		return nil
	}
	if !bytes.Contains(body, []byte("\x1b$B")) && !bytes.Contains(body, []byte("\x1b$@")) || bytes.IndexFunc(body, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		return nil
	}
	enc, _ := lookupEncoding("iso-2022-jp")
	return enc
}

// lookupEncoding returns the encoding with a WHATWG label and its canonical name; nil for none that we decode.
func lookupEncoding(label string) (encoding.Encoding, string) {
	enc, err := htmlindex.Get(strings.TrimSpace(label))
	if err != nil || enc == encoding.Replacement {
		return nil, ""
	}
	name, err := htmlindex.Name(enc)
	if err != nil || name == "replacement" {
		return nil, ""
	}
	if name == "gbk" { // WHATWG: gbk's decoder is gb18030's decoder
		return simplifiedchinese.GB18030, name
	}
	return enc, name
}

// Declared lists the names of the encodings that the page claims, the claim that counts most first.
func Declared(body []byte, contentType string, isText bool) []string {
	var names []string
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		if _, name := lookupEncoding(params["charset"]); name != "" {
			names = append(names, name)
		}
	}
	if !isText {
		if _, name := lookupEncoding(metaCharset(body[:min(len(body), prescanBytes)])); name != "" {
			switch {
			case strings.HasPrefix(name, "utf-16"): // WHATWG prescan: a page that says so in ASCII is no UTF-16
				name = "utf-8"
			case name == "x-user-defined":
				name = "windows-1252"
			}
			names = append(names, name)
		}
	}
	return names
}

// prescanBytes is how far into a page a <meta charset> is looked for. The standard asks for 1024; browsers go on to
// the end of the head, and heads with long comments or scripts first are real.
const prescanBytes = 16 << 10

// metaCharset finds the label in the first <meta charset>, <meta http-equiv=content-type> or XML declaration.
func metaCharset(head []byte) string {
	if bytes.HasPrefix(head, []byte("<?xml")) {
		if end := bytes.Index(head, []byte("?>")); end > 0 {
			if label := attribute(head[5:end], "encoding"); label != "" {
				return label
			}
		}
	}
	for {
		i := bytes.IndexByte(head, '<')
		if i < 0 {
			return ""
		}
		head = head[i:]
		switch {
		case bytes.HasPrefix(head, []byte("<!--")):
			end := bytes.Index(head, []byte("-->"))
			if end < 0 {
				return ""
			}
			head = head[end+3:]
		case hasPrefixFold(head, "<meta") && len(head) > 5 && bytes.IndexByte([]byte(" \t\r\n\f/"), head[5]) >= 0:
			end := bytes.IndexByte(head, '>')
			if end < 0 {
				end = len(head)
			}
			if label := metaLabel(head[5:end]); label != "" {
				return label
			}
			head = head[end:]
		case hasPrefixFold(head, "<script"), hasPrefixFold(head, "<style"):
			end := bytes.Index(head[1:], []byte("</"))
			if end < 0 {
				return ""
			}
			head = head[end+1:]
		case hasPrefixFold(head, "<body"):
			return ""
		default:
			head = head[1:]
		}
	}
}

func metaLabel(attrs []byte) string {
	if label := attribute(attrs, "charset"); label != "" {
		return label
	}
	if !strings.EqualFold(attribute(attrs, "http-equiv"), "content-type") {
		return ""
	}
	content := strings.ToLower(attribute(attrs, "content"))
	_, label, _ := strings.Cut(content, "charset=")
	label, _, _ = strings.Cut(label, ";")
	return strings.Trim(label, " \t'\"")
}

// attribute returns the value of an attribute in the inside of a tag, "" if it is not there.
func attribute(tag []byte, name string) string {
	const space = " \t\r\n\f/"
	for {
		tag = bytes.TrimLeft(tag, space)
		if len(tag) == 0 {
			return ""
		}
		end := bytes.IndexAny(tag[1:], space+"=") + 1 // a name may begin with any sign
		if end == 0 {
			return ""
		}
		key := tag[:end]
		tag = bytes.TrimLeft(tag[end:], " \t\r\n\f")
		if len(tag) == 0 || tag[0] != '=' {
			continue
		}
		tag = bytes.TrimLeft(tag[1:], " \t\r\n\f")
		var value []byte
		if len(tag) > 0 && (tag[0] == '"' || tag[0] == '\'') {
			end := bytes.IndexByte(tag[1:], tag[0])
			if end < 0 {
				return ""
			}
			value, tag = tag[1:end+1], tag[end+2:]
		} else if end := bytes.IndexAny(tag, " \t\r\n\f"); end >= 0 {
			value, tag = tag[:end], tag[end:]
		} else {
			value, tag = tag, nil
		}
		if strings.EqualFold(string(key), name) {
			return string(value)
		}
	}
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}

// htmlLanguage returns the base language that the page's <html lang> claims, "" if none.
func htmlLanguage(body []byte) string {
	head := body[:min(len(body), prescanBytes)]
	for i := 0; ; {
		j := bytes.IndexByte(head[i:], '<')
		if j < 0 {
			return ""
		}
		i += j + 1
		if hasPrefixFold(head[i:], "html") {
			tag := head[i+4:]
			if end := bytes.IndexByte(tag, '>'); end >= 0 {
				tag = tag[:end]
			}
			return strings.ToLower(attribute(tag, "lang"))
		}
	}
}

// Detection: each language is a distribution over the letters beyond ASCII, each encoding turns the same bytes into
// different letters, and the pair under which the letters are likeliest wins. Claims of the page count like evidence.
const (
	sampleBytes = 8 << 10 // high bytes and what stands around them; more changes no verdict

	// Natural logarithms of likelihoods.
	punctuationLog = -5.5  // a typographic quote, a dash
	strangerLog    = -9.5  // a letter of the language's script that its alphabet has not
	alienLog       = -13.0 // any other sign
	brokenLog      = -18.0 // no character at all
	besideLog      = -3.0  // a letter of a script other than Latin touches an ASCII letter
	pairLog        = -1.6  // two letters beyond ASCII in a row, in Latin script
	caseLog        = -3.0  // a capital after a small letter
	capitalLog     = -3.0  // a capital where the alphabet lists the small letter

	httpClaim, metaClaim = 12.0, 10.0 // what a label weighs, and per letter:
	claimPerLetter       = 0.25       // labels are right nine times in ten, so a close call is theirs
	langClaim            = 12.0       // what <html lang> weighs
	commonClaim          = 4.0        // what counts for broken UTF-8 and windows-1252 from the start
)

// writing is a kind of script as detection sees it.
type writing uint8

const (
	latinScript writing = iota
	otherAlphabet
	ideographs
)

// charsetLanguage is a line of charsets.txt.
type charsetLanguage struct {
	name      string
	encodings []string
	script    writing
	letters   script.Script
	logs      map[rune]float64
	tables    []*unicode.RangeTable
}

//go:embed charsets.txt
var charsetData string

var charsetLanguages = sync.OnceValue(func() []charsetLanguage {
	var all []charsetLanguage
	for line := range strings.Lines(charsetData) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		part := strings.SplitN(line, ":", 3)
		l := charsetLanguage{name: part[0], encodings: strings.Fields(part[1]), logs: map[rune]float64{}}
		switch base, _, _ := strings.Cut(l.name, "-"); base {
		case "zh":
			l.script, l.letters, l.tables = ideographs, script.Han, []*unicode.RangeTable{unicode.Han}
		case "ja":
			l.script, l.letters, l.tables = ideographs, script.Han, []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana}
		case "ko":
			l.script, l.letters, l.tables = ideographs, script.Hangul, []*unicode.RangeTable{unicode.Hangul}
		}
		if l.script == ideographs {
			l.rank(strings.TrimSpace(part[2]))
		} else {
			l.count(strings.Fields(part[2]))
		}
		all = append(all, l)
	}
	return all
})

// charsetNames are the encodings of the languages in charsets.txt.
var charsetNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, l := range charsetLanguages() {
		for _, name := range l.encodings {
			names[name] = true
		}
	}
	return names
})

// isBroken reports whether a rune is what a decoder makes of bytes that no text has.
func isBroken(r rune) bool { return r == utf8.RuneError || r >= 0x7f && r < 0xa0 }

// rank gives letters in order of frequency their likelihoods: 1/(rank+9), as Zipf and Mandelbrot found.
func (l *charsetLanguage) rank(letters string) {
	var order []rune
	total := 0.0
	for _, r := range letters {
		if _, seen := l.logs[r]; !seen {
			l.logs[r] = 0
			order = append(order, r)
			total += 1 / float64(len(order)+9)
		}
	}
	for i, r := range order {
		l.logs[r] = math.Log(0.8 / float64(i+10) / total)
	}
}

// count reads "65 ü 57 ä": each letter after a number is that frequent.
func (l *charsetLanguage) count(fields []string) {
	counts, total, n := map[rune]float64{}, 0.0, 0.0
	for _, f := range fields {
		if v, err := strconv.ParseFloat(f, 64); err == nil {
			n = v
			continue
		}
		r, _ := utf8.DecodeRuneInString(f)
		if strings.HasPrefix(f, `\u`) {
			v, _ := strconv.ParseUint(f[2:], 16, 32)
			r = rune(v)
		}
		counts[r] += n
		total += n
		if unicode.IsLetter(r) {
			l.letters = detectionScript(r)
		}
		for _, t := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Hebrew, unicode.Arabic, unicode.Thai} {
			if unicode.Is(t, r) && (len(l.tables) == 0 || l.tables[0] == t) {
				l.tables = []*unicode.RangeTable{t}
			}
		}
	}
	if l.tables[0] != unicode.Latin {
		l.script = otherAlphabet
	}
	for r, c := range counts {
		l.logs[r] = math.Log(0.95 * c / total)
	}
}

func (l *charsetLanguage) letter(r rune) bool { return unicode.In(r, l.tables...) }

// pickEncoding returns the name of the encoding under which the bytes, no valid UTF-8, are likeliest.
func pickEncoding(body []byte, claims []string, lang string) string {
	sample := highSample(body)
	if len(claims) > 0 && !charsetNames()[claims[0]] && claims[0] != "utf-8" {
		// Nobody says so by accident, and detection cannot judge it.
		if enc, _ := lookupEncoding(claims[0]); enc != nil && !strings.ContainsFunc(decodeBytes(enc, sample), isBroken) {
			return claims[0]
		}
	}
	sample = nearHigh(sample)
	best, bestScore := "windows-1252", math.Inf(-1)
	tried := map[string]bool{}
	try := func(name string) {
		enc, _ := lookupEncoding(name)
		if tried[name] || enc == nil {
			return
		}
		tried[name] = true
		text := ""
		if name == "utf-8" {
			text = fewerAccidents(mendUTF8(sample))
		} else {
			text = decodeBytes(enc, sample)
		}
		score, letters := likelihood(text, name, lang)
		for i, claim := range claims {
			if claim == name {
				score += []float64{httpClaim, metaClaim}[i] + claimPerLetter*float64(letters)/float64(i+1)
				break
			}
		}
		if name == "utf-8" || name == "windows-1252" {
			score += commonClaim
		}
		if score > bestScore {
			best, bestScore = name, score
		}
	}
	for _, name := range claims {
		try(name)
	}
	try("utf-8")
	try("windows-1252")
	for _, l := range charsetLanguages() {
		for _, name := range l.encodings {
			try(name)
		}
	}
	return best
}

// highSample returns the runs of text that hold bytes beyond ASCII, up to a limit. It cuts only at line ends and
// angle brackets, which are part of no character in any encoding.
func highSample(body []byte) []byte {
	var sample []byte
	start, high := 0, false
	for i, c := range body {
		if c >= 0x80 {
			high = true
			continue
		}
		if c != '<' && c != '>' && c != '\n' && i-start < 4096 {
			continue
		}
		if high {
			sample = append(append(sample, body[start:i]...), '\n')
			if len(sample) > sampleBytes {
				return sample
			}
		}
		start, high = i+1, false
	}
	if high {
		sample = append(sample, body[start:]...)
	}
	return sample[:min(len(sample), 2*sampleBytes)]
}

// nearHigh drops what stands far from bytes beyond ASCII, in place. It says nothing of the encoding, and is four fifths
// of a German text. A character has at most three bytes after its first, and its neighbours count.
func nearHigh(sample []byte) []byte {
	const before, after = 2, 4
	near, last := sample[:0], -after-1
	dropped := false
	for i, c := range sample {
		if c >= utf8.RuneSelf {
			last = i
		}
		if i-last <= after || i+1 < len(sample) && sample[i+1] >= utf8.RuneSelf || i+before < len(sample) && sample[i+before] >= utf8.RuneSelf {
			if dropped {
				near, dropped = append(near, '\n'), false
			}
			near = append(near, c)
			continue
		}
		dropped = true
	}
	return near
}

// fewerAccidents makes one of two broken bytes side by side: that is one accident in good UTF-8, such as a character
// that was cut. Text in another encoding has longer runs of them, or single ones.
func fewerAccidents(text string) string {
	const broken = "\ufffd"
	var sb strings.Builder
	for {
		i := strings.Index(text, broken)
		if i < 0 {
			break
		}
		sb.WriteString(text[:i])
		run := len(text[i:]) - len(strings.TrimLeft(text[i:], broken))
		if run == 2*len(broken) {
			sb.WriteString(broken)
		} else {
			sb.WriteString(text[i : i+run])
		}
		text = text[i+run:]
	}
	sb.WriteString(text)
	return sb.String()
}

// signCounts holds what the likelihood of a text depends on.
type signCounts struct {
	runes  []runeCount   // sorted: sums of fractions depend on their order
	beside int           // letters beyond ASCII that touch an ASCII letter
	pairs  int           // two letters beyond ASCII in a row
	cases  int           // a capital after a small letter
	high   int           // signs beyond ASCII
	script script.Script // of most letters beyond ASCII
}

type runeCount struct {
	r rune
	n int
}

func countSigns(text string) signCounts {
	var s signCounts
	counts := map[rune]int{}
	var prev rune
	for _, r := range text {
		high := r >= utf8.RuneSelf
		if high {
			counts[r]++
			s.high++
		}
		if (high || prev >= utf8.RuneSelf) && unicode.IsLetter(r) && unicode.IsLetter(prev) {
			switch {
			case high != (prev >= utf8.RuneSelf):
				s.beside++
			default:
				s.pairs++
			}
			if unicode.IsUpper(r) && unicode.IsLower(prev) {
				s.cases++
			}
		}
		prev = r
	}
	var scripts [script.Count]int
	for r, n := range counts {
		s.runes = append(s.runes, runeCount{r, n})
		if unicode.IsLetter(r) {
			scripts[detectionScript(r)] += n
		}
	}
	for i, n := range scripts {
		if n > scripts[s.script] {
			s.script = script.Script(i)
		}
	}
	slices.SortFunc(s.runes, func(a, b runeCount) int { return cmp.Compare(a.r, b.r) })
	return s
}

// detectionScript is script.Of with kana, which stand among ideographs, counted as those.
func detectionScript(r rune) script.Script {
	if s := script.Of(r); s != script.Kana {
		return s
	}
	return script.Han
}

// likelihood returns the logarithm of how likely the text's signs beyond ASCII are in the best of the languages that
// are written in the encoding, and their number.
func likelihood(text, encoding, lang string) (best float64, letters int) {
	s := countSigns(text)
	best = math.Inf(-1)
	if s.script == script.Devanagari { // no legacy encoding here has it: it can only be UTF-8 with broken bytes
		return float64(s.high) * strangerLog, s.high
	}
	for _, l := range charsetLanguages() {
		if l.letters != s.script {
			continue
		}
		score := l.likelihood(s)
		if !l.writtenIn(encoding) {
			score -= 6
		}
		if lang != "" && (lang == l.name || strings.HasPrefix(lang, l.name+"-") || strings.HasPrefix(l.name, lang+"-") ||
			l.name == "zh-hant" && (lang == "zh-tw" || lang == "zh-hk") || l.name == "zh-hans" && (lang == "zh-cn" || lang == "zh-sg")) {
			score += langClaim
		}
		best = max(best, score)
	}
	return best, s.high
}

func (l *charsetLanguage) writtenIn(encoding string) bool {
	for _, e := range l.encodings {
		if e == encoding {
			return true
		}
	}
	return encoding == "utf-8"
}

func (l *charsetLanguage) likelihood(s signCounts) float64 {
	score := float64(s.cases) * caseLog
	switch l.script {
	case latinScript:
		score += float64(s.pairs) * pairLog
	case otherAlphabet:
		score += float64(s.beside) * besideLog
	case ideographs:
	}
	for _, c := range s.runes {
		score += float64(c.n) * l.log(c.r)
	}
	return score
}

// log returns the logarithm of a sign's likelihood among those beyond ASCII.
func (l *charsetLanguage) log(r rune) float64 {
	if v, ok := l.logs[r]; ok {
		return v
	}
	if lower := unicode.ToLower(r); lower != r {
		if v, ok := l.logs[lower]; ok {
			return v + capitalLog
		}
	}
	switch {
	case r == utf8.RuneError || r < 0xa0 || 0xe000 <= r && r <= 0xf8ff:
		return brokenLog
	case l.letter(r):
		return strangerLog
	case strings.ContainsRune("\u00a0“”‘’–—…«»„‚°§©·•€™®´", r):
		return punctuationLog
	case l.script == ideographs && (0x3000 <= r && r <= 0x303f || 0xff00 <= r && r <= 0xff5e || r == '・' || r == '“' || r == '”'):
		return punctuationLog + 1
	case l.script == otherAlphabet && strings.ContainsRune("،؟؛№", r):
		return punctuationLog
	}
	return alienLog
}

// IsHTML tells HTML from plain text. Plain text may speak of tags, and servers call anything text/html.
func IsHTML(text, contentType string) bool {
	head := strings.TrimLeft(text[:min(len(text), 64<<10)], "\ufeff \t\r\n\f\v")
	for _, start := range []string{"<!doctype html", "<html", "<head", "<body"} {
		if len(head) >= len(start) && strings.EqualFold(head[:len(start)], start) {
			return true
		}
	}
	tags := countTags(head)
	switch media, _, _ := mime.ParseMediaType(contentType); {
	case tags == 0:
		return false
	case media == "text/html" || media == "application/xhtml+xml":
		return true
	case media == "text/plain":
		return false
	case strings.HasPrefix(head, "<"):
		return true
	}
	// A fragment, or a page after some stray text: tags all along. An article that quotes a few has more words to each.
	return tags >= 3 && tags*400 > len(head)
}

// markupTags are the tags that pages and fragments of pages are made of.
var markupTags = map[string]bool{
	"html": true, "head": true, "title": true, "meta": true, "link": true, "script": true, "style": true, "body": true, "div": true,
	"p": true, "br": true, "span": true, "a": true, "img": true, "ul": true, "ol": true, "li": true, "h1": true, "h2": true, "h3": true,
	"h4": true, "article": true, "section": true, "header": true, "footer": true, "nav": true, "main": true, "aside": true, "table": true,
	"tr": true, "td": true, "b": true, "strong": true, "i": true, "em": true, "blockquote": true, "figure": true, "figcaption": true,
	"font": true, "center": true, "pre": true, "hr": true, "form": true, "iframe": true, "noscript": true, "!doctype": true,
}

// countTags counts what looks like HTML tags: a known name between angle brackets, closed within reason.
func countTags(s string) int {
	n := 0
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return n
		}
		s = s[i+1:]
		name := strings.TrimPrefix(s, "/")
		end := strings.IndexAny(name[:min(len(name), 12)], " \t\r\n/>")
		if end < 0 || !markupTags[strings.ToLower(name[:end])] {
			continue
		}
		if strings.IndexByte(s[:min(len(s), 2048)], '>') >= 0 {
			n++
		}
	}
}

// IsUTF16 says whether a body begins as UTF-16 does: with its mark, or with a tag in it.
func IsUTF16(head []byte) bool {
	if len(head) < 2 {
		return false
	}
	switch [2]byte(head) {
	case [2]byte{0xff, 0xfe}, [2]byte{0xfe, 0xff}, [2]byte{'<', 0}, [2]byte{0, '<'}:
		return true
	}
	return false
}

// IsBinary says whether the beginning of a body has more control bytes than text ever does: pages with a stray NUL in each
// paragraph exist.
func IsBinary(head []byte) bool {
	if IsUTF16(head) {
		return false
	}
	odd := 0
	for _, c := range head {
		if c == 0x7f || c < 0x20 && strings.IndexByte("\t\n\r\f\x1b", c) < 0 { // ESC: ISO-2022-JP
			odd++
		}
	}
	return odd*20 > len(head)
}

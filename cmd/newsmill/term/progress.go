package term

import (
	"bytes"
	"io"
	"sync"
)

// Progress is the last line of a terminal's standard error, drawn again and again. Logs are written through
// it, so that they appear above the line instead of in its middle. Where standard error is no terminal, only the
// logs come through.
type Progress struct {
	Out   io.Writer
	Shown bool // Out is a terminal

	mu   sync.Mutex
	text string
}

// Set replaces the line; foreign text is made fit for a terminal.
func (p *Progress) Set(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text = OneLine(text)
	if !p.Shown || text == p.text {
		return
	}
	if columns := Columns(p.Out); columns > 1 {
		text = Cut(text, columns-1) // a line that wraps can't be erased
	}
	p.text = text
	io.WriteString(p.Out, eraseLine+text)
}

// Clear removes the line.
func (p *Progress) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text != "" {
		io.WriteString(p.Out, eraseLine)
		p.text = ""
	}
}

// Write writes whole lines of log.
func (p *Progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text == "" {
		return p.Out.Write(b)
	}
	var sb bytes.Buffer
	sb.WriteString(eraseLine)
	sb.Write(b)
	sb.WriteString(p.text)
	if _, err := p.Out.Write(sb.Bytes()); err != nil {
		return 0, err
	}
	return len(b), nil
}

const eraseLine = "\r\x1b[K"

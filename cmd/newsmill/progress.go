package main

import (
	"bytes"
	"io"
	"sync"
)

// progressLine is the last line of a terminal's standard error, drawn again and again. Logs are written through
// it, so that they appear above the line instead of in its middle. Where standard error is no terminal, only the
// logs come through.
type progressLine struct {
	mu   sync.Mutex
	w    io.Writer
	on   bool
	text string
}

// set replaces the line.
func (p *progressLine) set(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text = oneCell(text) // hosts and addresses are foreign
	if !p.on || text == p.text {
		return
	}
	if columns := terminalWidth(p.w); columns > 1 {
		text = cut(text, columns-1) // a line that wraps can't be erased
	}
	p.text = text
	io.WriteString(p.w, eraseLine+text)
}

// clear removes the line.
func (p *progressLine) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text != "" {
		io.WriteString(p.w, eraseLine)
		p.text = ""
	}
}

// Write writes whole lines of log.
func (p *progressLine) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text == "" {
		return p.w.Write(b)
	}
	var sb bytes.Buffer
	sb.WriteString(eraseLine)
	sb.Write(b)
	sb.WriteString(p.text)
	if _, err := p.w.Write(sb.Bytes()); err != nil {
		return 0, err
	}
	return len(b), nil
}

const eraseLine = "\r\x1b[K"

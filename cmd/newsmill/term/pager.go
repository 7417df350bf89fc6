package term

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// Page runs print with a writer whose output goes through a pager, a command of the shell, when it is longer than the
// terminal. Leaving the pager early is no error.
func Page(terminal *os.File, command string, print func(io.Writer) error) error {
	_, height, err := term.GetSize(int(terminal.Fd()))
	if err != nil {
		return print(terminal)
	}
	out := &pagedWriter{terminal: terminal, rows: height - 1, command: command}
	err = print(out)
	if closing := out.close(); err == nil {
		err = closing
	}
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// pagedWriter holds output back until it is longer than the terminal; then it starts the pager.
type pagedWriter struct {
	terminal *os.File
	rows     int
	command  string
	held     bytes.Buffer
	pager    *exec.Cmd
	in       io.WriteCloser
}

func (p *pagedWriter) Write(b []byte) (int, error) {
	if p.in != nil {
		return p.in.Write(b)
	}
	p.held.Write(b)
	if bytes.Count(p.held.Bytes(), []byte{'\n'}) < p.rows {
		return len(b), nil
	}
	if err := p.start(); err != nil { // no such pager: the text matters more
		p.in = keepOpen{p.terminal}
	}
	if _, err := p.in.Write(p.held.Bytes()); err != nil {
		return 0, err
	}
	p.held.Reset()
	return len(b), nil
}

func (p *pagedWriter) start() error {
	// The shell would tell only when the text has been handed over.
	if words := strings.Fields(p.command); len(words) > 0 && !strings.ContainsAny(words[0], "=$'\"`(") {
		if _, err := exec.LookPath(words[0]); err != nil {
			return err
		}
	}
	cmd := exec.Command("sh", "-c", p.command) //nolint:noctx // because an interrupt is for the pager to answer, not for us to end it
	cmd.Stdout, cmd.Stderr = p.terminal, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.pager, p.in = cmd, in
	return nil
}

func (p *pagedWriter) close() error {
	if p.in == nil {
		_, err := p.terminal.Write(p.held.Bytes())
		return err
	}
	err := p.in.Close()
	if p.pager != nil {
		_ = p.pager.Wait() // how a pager ends is its own affair
	}
	return err
}

// keepOpen is a writer whose Close does nothing.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

package fetch

import (
	"errors"
	"fmt"
	"net/http"
)

// tooLargeError is a body over a limit.
type tooLargeError struct{ why string }

func (e *tooLargeError) Error() string { return e.why }

// truncatedError is a body that ends too early.
type truncatedError struct{ why string }

func (e *truncatedError) Error() string { return e.why }

// decodeError is a body that is not encoded as it says.
type decodeError struct {
	encoding string
	err      error
}

func (e *decodeError) Error() string { return fmt.Sprintf("not valid %s: %v", e.encoding, e.err) }

func (e *decodeError) Unwrap() error { return e.err }

// notHTMLError is an answer of another kind than was asked for.
type notHTMLError struct{ media string }

func (e *notHTMLError) Error() string { return "not a web page but " + e.media }

// streamError is what the reader of a stream made of it.
type streamError struct{ err error }

func (e *streamError) Error() string { return e.err.Error() }

func (e *streamError) Unwrap() error { return e.err }

// timeoutError ends a request whose phase took too long.
type timeoutError struct{ why string }

func (e *timeoutError) Error() string { return e.why }

// proxyRefusedError is a proxy's answer to CONNECT that is not 200.
type proxyRefusedError struct{ status int }

func (e *proxyRefusedError) Error() string {
	if e.status == http.StatusProxyAuthRequired {
		return "the proxy wants a user and password (407): put them in its address, http://user:password@host:port"
	}
	return fmt.Sprintf("the proxy can't connect to it (%d %s)", e.status, http.StatusText(e.status))
}

// errLostConnection is a kept connection that ended after the request was sent on it. net/http would ask again at
// once; but then the host is asked twice without the delay that was promised to it.
var errLostConnection = errors.New("the server closed the connection before it answered")

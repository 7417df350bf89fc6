package fetch

import (
	"container/list"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// exchange is what the layers of the transport note about one request.
type exchange struct {
	request  Request
	limits   limits
	timeouts Timeouts
	clock    *clock

	largeBodies chan struct{}    // of the fetcher
	now         func() time.Time // of the fetcher
	idle        *idleConns       // of the fetcher

	mu         sync.Mutex
	tlsErr     error
	sentAt     time.Time // the whole request; zero: never
	firstAt    time.Time // first byte of the answer
	asked      int       // attempts by net/http that got as far as a connection
	conn       net.Conn  // the last one's
	answered   bool
	status     int
	header     http.Header // as sent
	refusal    error       // why the body was left unread
	head       []byte      // of the body of an answer that is an error
	wireBytes  int64
	plainBytes int64
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	ex, _ := ctx.Value(exchangeKey{}).(*exchange)
	return ex
}

// clock ends a request whose phase takes too long, with the reason as cause.
type clock struct {
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	timer  *time.Timer
	done   bool
}

// enter ends the phase before and starts one of at most limit; missing is what its end would have brought.
func (c *clock) enter(missing string, limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
	if !c.done {
		c.timer = time.AfterFunc(limit, func() { c.cancel(&timeoutError{fmt.Sprintf("%s within %v", missing, limit)}) })
	}
}

// again starts the present phase anew.
func (c *clock) again(limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.done {
		c.timer.Reset(limit)
	}
}

// pause ends the present phase's limit until it starts anew.
func (c *clock) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
}

func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.cancel(nil)
}

// idleConns bounds the connections that are kept for the next request. MaxIdleConns of net/http doesn't count those of HTTP/2,
// which take some 60 kB each: a crawl of 1,500 hosts kept 900 of them.
type idleConns struct {
	most int

	mu   sync.Mutex
	conn *list.List // the one that was used last at the end
	at   map[net.Conn]*list.Element
}

func newIdleConns(most int) *idleConns {
	return &idleConns{most: most, conn: list.New(), at: map[net.Conn]*list.Element{}}
}

// take says that a connection is in use.
func (i *idleConns) take(c net.Conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if e := i.at[c]; e != nil {
		i.conn.Remove(e)
		delete(i.at, c)
	}
}

// put says that a request is done with a connection, and closes the one that was used longest ago if there are too many.
func (i *idleConns) put(c net.Conn) {
	if c == nil {
		return
	}
	i.mu.Lock()
	if i.at[c] == nil {
		i.at[c] = i.conn.PushBack(c)
	}
	var oldest net.Conn
	if i.conn.Len() > i.most {
		oldest = i.conn.Remove(i.conn.Front()).(net.Conn)
		delete(i.at, oldest)
	}
	i.mu.Unlock()
	if oldest != nil {
		oldest.Close()
	}
}

// release says that the request is over.
func (ex *exchange) release() {
	ex.mu.Lock()
	c := ex.conn
	ex.mu.Unlock()
	ex.idle.put(c)
}

// causeOf is why a request was ended, where it was we who ended it.
func causeOf(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil && ctx.Err() != nil {
		return c
	}
	return err
}

// trace follows the phases of the request.
func (ex *exchange) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			if ex.asked > 0 {
				ex.clock.cancel(errLostConnection)
			}
		},
		DNSStart: func(httptrace.DNSStartInfo) { ex.clock.enter("no answer of a name server", ex.timeouts.Resolve) },
		DNSDone:  func(httptrace.DNSDoneInfo) { ex.clock.enter("no connection", ex.timeouts.Connect) },
		GotConn: func(i httptrace.GotConnInfo) {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			ex.asked++
			ex.conn = i.Conn
			ex.idle.take(i.Conn)
			// The dialer's deadline, which a connection may still have that was dialled for another request and
			// never used. That this one may be dead, it says soon enough.
			_ = i.Conn.SetDeadline(time.Time{})
			ex.clock.enter("no answer", ex.timeouts.Headers)
		},
		WroteRequest: func(httptrace.WroteRequestInfo) {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			ex.sentAt = ex.now()
		},
		GotFirstResponseByte: func() {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			ex.firstAt = ex.now()
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			ex.mu.Lock()
			defer ex.mu.Unlock()
			ex.tlsErr = err
		},
	}
}

// answer notes status and headers.
func (ex *exchange) answer(r *http.Response) {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	ex.answered, ex.status, ex.header = true, r.StatusCode, r.Header
}

// arrived is a time at which the request had surely come to the server, since that had begun to answer or would not;
// zero: it was never sent.
func (ex *exchange) arrived() time.Time {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	if ex.firstAt.IsZero() && !ex.sentAt.IsZero() {
		return ex.now()
	}
	return ex.firstAt
}

// reached says whether there was a connection to ask over.
func (ex *exchange) reached() bool {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	return ex.asked > 0
}

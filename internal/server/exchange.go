package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// An exchange is one request and its response, on the way through the
// middleware. It is the http.ResponseWriter that handlers write to and the
// context.Context of the request, so that a request costs one allocation for
// all of them. It is never reused: a goroutine that outlives its handler may
// still hold it.
type exchange struct {
	server  *Server
	live    *live // one snapshot for the whole request
	rw      http.ResponseWriter
	request *http.Request
	start   time.Time

	// Other goroutines read these (see OpenRequests); they never change.
	method string
	path   string // of the request target, as it was sent
	remote string // host and port of the peer
	identity

	entry
	limited

	route  string // template of the route, or empty
	client string // address that a trusted proxy vouches for, or empty
	failed string // what the handler put into gin.Context.Errors

	status   int
	bytes    int64
	wrote    bool        // the final header is on its way
	answered bool        // around Gin, which will want to write a header too
	hijacked bool        // the connection is the handler's
	probe    bool        // for an endpoint of the Server that machines ask: logged at debug
	quiet    bool        // one of many of its kind: success is logged at debug
	stream   bool        // a response without an end: the handler says so, never the client
	deadline bool        // the handler set a write deadline of its own
	late     bool        // a write failed because its time was up
	ending   ending      // how it ended, if not well
	tooLarge atomic.Bool // the body went over the limit

	writeWithin time.Duration // with deadline: how long after start it is; 0: there is none
}

// Unwrap lets http.ResponseController reach what the exchange does not offer.
func (x *exchange) Unwrap() http.ResponseWriter { return x.rw }

// Header implements http.ResponseWriter.
func (x *exchange) Header() http.Header { return x.rw.Header() }

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(code int) {
	if code >= 100 && code <= 199 && code != http.StatusSwitchingProtocols {
		x.rw.WriteHeader(code)
		return
	}
	if x.wrote {
		if !x.answered {
			x.server.complainAboutHeader(x.status, code)
		}
		return
	}
	x.wrote = true
	x.status = code
	if isStream(x.rw.Header()) {
		x.becomeStream()
	}
	if x.server.lastCall.Load() != nil {
		x.server.sayClose(x)
	}
	x.rw.WriteHeader(code)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(p []byte) (int, error) {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	x.boundWrite()
	n, err := x.rw.Write(p)
	x.bytes += int64(n)
	if err != nil {
		x.writeFailed(err)
	}
	return n, err
}

// WriteString spares Gin's string responses a copy.
func (x *exchange) WriteString(p string) (int, error) {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	x.boundWrite()
	n, err := io.WriteString(x.rw, p)
	x.bytes += int64(n)
	if err != nil {
		x.writeFailed(err)
	}
	return n, err
}

// ReadFrom keeps sendfile(2) possible for files.
func (x *exchange) ReadFrom(src io.Reader) (int64, error) {
	rf, ok := x.rw.(io.ReaderFrom)
	if !ok {
		return io.Copy(writerOnly{x}, src)
	}
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	x.boundWrite()
	n, err := rf.ReadFrom(src)
	x.bytes += n
	return n, err
}

// writerOnly hides ReadFrom, so that io.Copy does not come back to it.
type writerOnly struct{ io.Writer }

// Flush implements http.Flusher, for handlers that ask for it by type.
func (x *exchange) Flush() { _ = x.FlushError() }

// FlushError is what http.ResponseController calls.
func (x *exchange) FlushError() error {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	x.boundWrite()
	err := http.NewResponseController(x.rw).Flush()
	if err != nil {
		x.writeFailed(err)
	}
	x.unboundWrite()
	return err
}

// Hijack implements http.Hijacker.
func (x *exchange) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buf, err := http.NewResponseController(x.rw).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if !x.wrote {
		x.status = http.StatusSwitchingProtocols
	}
	x.hijacked, x.wrote, x.answered = true, true, true
	x.free()
	return conn, buf, nil
}

// Push implements http.Pusher.
func (x *exchange) Push(target string, opts *http.PushOptions) error {
	p, ok := x.rw.(http.Pusher)
	if !ok {
		return http.ErrNotSupported
	}
	return p.Push(target, opts)
}

// CloseNotify implements http.CloseNotifier, which Gin's writer asks for: it is
// how Context.Stream begins, which may wait long before it writes.
func (x *exchange) CloseNotify() <-chan bool {
	x.becomeStream()
	//nolint:staticcheck // Gin's Context.Stream still uses it.
	if n, ok := x.rw.(http.CloseNotifier); ok {
		return n.CloseNotify()
	}
	gone := make(chan bool, 1)
	go func() {
		<-x.base.Done()
		gone <- true
	}()
	return gone
}

// SetWriteDeadline is what http.ResponseController calls. A handler that sets
// a deadline keeps it.
func (x *exchange) SetWriteDeadline(t time.Time) error {
	x.deadline, x.writeWithin = true, 0
	if !t.IsZero() {
		x.writeWithin = max(t.Sub(x.start), 1)
	}
	return http.NewResponseController(x.rw).SetWriteDeadline(t)
}

// isStream tells whether a handler answers with a stream of events.
func isStream(h http.Header) bool {
	v := h["Content-Type"]
	return len(v) == 1 && strings.HasPrefix(v[0], "text/event-stream")
}

// becomeStream takes the limits away that a response without an end can't have.
func (x *exchange) becomeStream() {
	if !x.stream {
		x.stream = true
		x.free()
		x.unboundWrite()
	}
}

// boundWrite gives the next write of an event stream the whole write timeout,
// where other responses have it for all their writes together.
func (x *exchange) boundWrite() {
	if x.stream && !x.deadline && !x.hijacked && x.live.WriteTimeout > 0 {
		_ = http.NewResponseController(x.rw).SetWriteDeadline(time.Now().Add(x.live.WriteTimeout))
	}
}

// unboundWrite lets an event stream be silent for as long as it likes.
func (x *exchange) unboundWrite() {
	if x.stream && !x.deadline && !x.hijacked {
		_ = http.NewResponseController(x.rw).SetWriteDeadline(time.Time{})
	}
}

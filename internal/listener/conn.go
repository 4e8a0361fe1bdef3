package listener

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Conn is an accepted or adopted connection. It behaves as the connection it
// wraps, and can be taken out of a running http.Server between two requests
// without a byte lost and without the peer noticing (see [Set.Freeze]).
//
// For that the server's ConnState hook has to call [Set.ConnState]. A Conn of a
// TLS listener is tracked only.
type Conn struct {
	raw      net.Conn
	listener *Listener
	accepted time.Time
	adopted  bool
	tuned    atomic.Bool // TCP options may differ from those of a new connection
	parked   atomic.Bool // on its way to a Keeper: silent from now on

	mu       sync.Mutex
	boundary boundary
	clock    clock
	replay   []byte    // read by a process before, not yet by this server
	applied  time.Time // the raw connection's read deadline
	reading  int       // Reads under way
	blocked  bool      // a Read is under way that may be interrupted
	woken    bool      // its deadline is in the past, to park it
	reserved bool      // the Keeper has room for it
	settled  bool      // what becomes of it does not keep a freeze waiting
	closed   bool
}

var _ interface {
	net.Conn
	io.ReaderFrom
	syscall.Conn
	CloseWrite() error
} = (*Conn)(nil)

// errParked ends the Read of a connection that is being parked. It has to be an
// error on which net/http closes the connection without an answer.
var errParked error = &net.OpError{Op: "read", Net: "park", Err: os.ErrDeadlineExceeded}

// errSilent is what any write to a connection that is being parked gets.
var errSilent = errors.New("listener: the connection is being parked")

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// ListenerName is the name of the listener that the connection came by.
func (c *Conn) ListenerName() string { return c.listener.name }

// Accepted is when the connection was accepted, in whichever process.
func (c *Conn) Accepted() time.Time { return c.accepted }

// Adopted reports whether a process before this one accepted the connection.
func (c *Conn) Adopted() bool { return c.adopted }

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if c.listener.tls || len(p) == 0 {
		return c.raw.Read(p)
	}
	for {
		n, err := c.beginRead(p)
		if n > 0 || err != nil {
			return n, err
		}
		n, err = c.raw.Read(p)
		n, err = c.endRead(p, n, err)
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// beginRead parks the connection if it is time to, or gives what a process
// before had already read.
func (c *Conn) beginRead(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parked.Load() {
		return 0, errParked // net/http may try again when it has half a line
	}
	parkable := c.boundary.beginRead(len(p))
	if parkable && c.listener.set.frozen() && c.reserve() {
		return 0, c.park()
	}
	if len(c.replay) > 0 {
		n := copy(p, c.replay)
		c.replay = c.replay[n:]
		if n = c.deliver(p, n); n > 0 {
			return n, nil
		}
	}
	c.clock.start()
	c.applyReadDeadline()
	c.reading++
	c.blocked = parkable
	return 0, nil
}

// endRead parks the connection if the Read was interrupted to that end.
func (c *Conn) endRead(p []byte, n int, err error) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.blocked = false
	c.reading--
	if c.woken && n == 0 && !c.closed && errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, c.park()
	}
	c.woken = false
	if n > 0 {
		n = c.deliver(p, n)
	}
	return n, err
}

// deliver accounts for the n bytes of p that net/http is about to get.
func (c *Conn) deliver(p []byte, n int) int {
	if c.clock.waiting && len(c.boundary.head) == 0 {
		n = dropEmptyLines(p, n)
	}
	if n == 0 {
		return 0
	}
	c.clock.firstByte()
	c.boundary.endRead(p[:n])
	return n
}

// dropEmptyLines removes line ends before a request. net/http does so only
// after a POST that it has served itself (RFC 9112, section 2.2), and the POST
// may have been served by a process before.
func dropEmptyLines(p []byte, n int) int {
	empty := 0
	for empty < n && (p[empty] == '\r' || p[empty] == '\n') {
		empty++
	}
	return copy(p, p[empty:n])
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	if c.parked.Load() {
		return 0, errSilent
	}
	return c.raw.Write(p)
}

// ReadFrom implements io.ReaderFrom, which lets net/http use sendfile(2) and splice(2).
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	if c.parked.Load() {
		return 0, errSilent
	}
	if from, ok := c.raw.(io.ReaderFrom); ok {
		return from.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c.raw}, r)
}

// CloseWrite shuts down the sending side.
func (c *Conn) CloseWrite() error {
	if c.parked.Load() {
		return errSilent
	}
	if half, ok := c.raw.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SyscallConn implements syscall.Conn. Socket options that are changed through
// it survive parking.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	socket, ok := c.raw.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	c.mu.Lock()
	c.tuned.Store(true)
	c.applyReadDeadline()
	c.mu.Unlock()
	return socket.SyscallConn()
}

// Close implements net.Conn. A connection that is being parked stays open and
// goes to the Keeper.
func (c *Conn) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return net.ErrClosed
	}
	c.closed = true
	parked, reserved := c.parked.Load(), c.reserved
	c.mu.Unlock()

	defer c.listener.set.forget(c)
	if parked {
		c.listener.set.keeper().Keep(c.leave())
		return nil
	}
	if reserved {
		c.listener.set.keeper().Release()
	}
	return c.raw.Close()
}

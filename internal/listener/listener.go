package listener

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// socket is what TCP and Unix listeners have in common.
type socket interface {
	net.Listener
	SetDeadline(time.Time) error
}

// Listener is a named listening socket. Its Accept returns a *[Conn]. Its
// methods may be called concurrently.
type Listener struct {
	set    *Set
	name   string
	addr   net.Addr
	tls    bool
	stays  bool // Spec.Unparked
	own    bool // bound by the service, here or in a process before
	socket socket

	mu        sync.Mutex
	change    sync.Cond // of accepting and gone
	mode      mode
	accepting int  // how many calls of socket.Accept are under way
	woken     bool // they have been interrupted
	adopted   []*Conn
	outlives  bool // another process has the socket too
	retired   bool // to be closed when its queue is empty
	gone      bool
}

type mode uint8

const (
	serving  mode = iota
	emptying      // what is in the queue is accepted, then the socket is closed
	resting       // nothing is accepted
)

// A queue from which nothing came for emptyAfter is empty. One that fills up
// faster is given up after emptyWithin.
const (
	emptyAfter  = time.Millisecond
	emptyWithin = time.Second
)

// newListener adds a listener to the set. A socket that is not the service's
// own is the service manager's, which keeps it.
func (s *Set) newListener(spec Spec, socket socket, own bool) *Listener {
	l := &Listener{
		set: s, name: spec.Name, addr: socket.Addr(), tls: spec.TLS, stays: spec.Unparked,
		own: own, socket: socket, outlives: !own,
	}
	l.change.L = &l.mu
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, l)
	return l
}

// Name is the listener's name.
func (l *Listener) Name() string { return l.name }

// Addr is the address that the socket is bound to.
func (l *Listener) Addr() net.Addr { return l.addr }

// TLS reports whether connections are to be served with TLS. The listener
// itself does not encrypt.
func (l *Listener) TLS() bool { return l.tls }

// Activated reports whether the socket is the service manager's, and was passed.
func (l *Listener) Activated() bool { return !l.own }

// unparked reports whether connections end with the process.
func (l *Listener) unparked() bool { return l.tls || l.stays }

// Accept returns adopted connections first, then new ones. In a freeze it
// blocks until the listener is closed. Its error is then net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		if c, err := l.begin(); c != nil || err != nil {
			return c, err
		}
		raw, err := l.socket.Accept()
		if c, err := l.end(raw, err); c != nil || err != nil {
			return c, err
		}
	}
}

// begin decides what an Accept does next: return what begin returns or, if that
// is nothing, accept from the socket.
func (l *Listener) begin() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		switch {
		case l.gone:
			return nil, net.ErrClosed
		case len(l.adopted) > 0:
			c := l.adopted[0]
			l.adopted = l.adopted[1:]
			return c, nil
		case l.mode == resting:
			l.change.Wait()
			continue
		case l.mode == emptying:
			_ = l.socket.SetDeadline(time.Now().Add(emptyAfter))
		case l.woken:
			_ = l.socket.SetDeadline(time.Time{})
		}
		l.woken = false
		l.accepting++
		return nil, nil
	}
}

// end takes what came from the socket. It returns nothing when Accept has to
// decide anew.
func (l *Listener) end(raw net.Conn, err error) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.change.Broadcast()
	l.accepting--
	switch {
	case err == nil:
		return l.set.track(&Conn{raw: raw, listener: l, accepted: time.Now()}), nil
	case l.gone:
		return nil, net.ErrClosed
	case l.mode == resting, l.woken:
		return nil, nil
	case l.mode == emptying && errors.Is(err, os.ErrDeadlineExceeded):
		l.emptied()
		return nil, nil
	case l.own && l.outlives && errors.Is(err, syscall.EINVAL): // a successor has ended the socket, see Unfit.End
		return nil, net.ErrClosed
	default:
		return nil, err
	}
}

// wake interrupts the calls of socket.Accept. l.mu is held.
func (l *Listener) wake() {
	l.woken = true
	_ = l.socket.SetDeadline(longAgo)
}

// adopt makes Accept return c.
func (l *Listener) adopt(c *Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return net.ErrClosed
	}
	l.adopted = append(l.adopted, c)
	if len(l.adopted) == 1 { // else Accept has been woken and takes them all
		l.wake()
		l.change.Broadcast()
	}
	return nil
}

// freeze stops accepting. When it returns, no further connection comes from a
// socket that outlives the process.
func (l *Listener) freeze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stays || l.gone || l.mode != serving {
		return
	}
	if !l.outlives {
		l.empty()
		return
	}
	l.rest()
}

// rest accepts nothing more from the socket, from when it returns. l.mu is held.
func (l *Listener) rest() {
	l.mode = resting
	l.wake()
	for l.accepting > 0 {
		l.change.Wait()
	}
}

// empty begins the emptying of the queue, which a freeze waits for. l.mu is held.
func (l *Listener) empty() {
	l.set.open.Add(1)
	l.mode = emptying
	l.wake()
	time.AfterFunc(emptyWithin, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.emptied()
	})
}

// emptied closes the socket. l.mu is held.
func (l *Listener) emptied() {
	if l.mode == emptying {
		l.mode = resting
		_ = l.socket.Close()
		l.set.settle()
	}
	if l.retired && !l.gone {
		_ = l.close()
	}
}

// handedOn notes that another process has the socket too.
func (l *Listener) handedOn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outlives = true
	if unix, ok := l.socket.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false)
	}
}

// Close closes the socket and takes the listener out of the set. Adopted
// connections that were not accepted are closed; others stay open. What waits
// in the kernel's queue is reset unless another process has the socket.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return net.ErrClosed
	}
	return l.close()
}

// close does what Close says. l.mu is held.
func (l *Listener) close() error {
	l.gone = true
	l.change.Broadcast()
	l.set.part(l)
	for _, c := range l.adopted {
		_ = c.Close()
	}
	l.adopted = nil
	l.emptied()
	if err := l.socket.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

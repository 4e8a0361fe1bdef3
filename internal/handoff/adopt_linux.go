package handoff

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/listener"
)

// boxPatience is how long is waited for a frame of a box that somebody still
// has the other end of: a process that did not end.
const boxPatience = 2 * time.Second

// Adopt empties the boxes and serves their connections by the listeners of set.
// It closes the boxes; afterwards they are to be removed from the file
// descriptor store. The error has everything for which a connection was closed;
// those that could be served are.
func Adopt(set *listener.Set, boxes []*os.File) (Adoption, error) {
	a := adopter{set: set}
	for _, f := range boxes {
		ch, err := openChannel(f)
		if err != nil {
			a.count(Adoption{}, err)
			continue
		}
		a.empty(ch, boxPatience)
		_ = ch.close()
	}
	return a.result()
}

// adopter serves the connections in frames.
type adopter struct {
	set *listener.Set

	mu     sync.Mutex
	counts Adoption
	errors map[string]error // by text: ten thousand connections may have the same
}

// empty adopts until the channel ends, or no frame has come for a time; zero
// means that there is no limit. Frames are taken side by side, for most
// of the work is the kernel's.
func (a *adopter) empty(ch *channel, patience time.Duration) {
	var busy sync.WaitGroup
	defer busy.Wait()
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for {
		if patience > 0 {
			_ = ch.conn.SetReadDeadline(time.Now().Add(patience))
		}
		m, err := ch.receive()
		switch {
		case errors.Is(err, io.EOF), err == nil && m.version == version && m.kind == kindDone:
			m.close()
			return
		case err != nil:
			a.count(Adoption{Refused: m.descriptors}, fmt.Errorf("handoff: parked connections: %w", err))
			return
		}
		free <- struct{}{}
		busy.Go(func() {
			a.take(m)
			<-free
		})
	}
}

// take adopts the connections of one frame.
func (a *adopter) take(m *message) {
	conns, err := readConns(m)
	if err != nil {
		m.close()
		a.count(Adoption{Refused: m.descriptors}, fmt.Errorf("handoff: %w", err))
		return
	}
	if missing := m.descriptors - len(m.fds); missing > 0 {
		a.count(Adoption{Lost: missing}, errors.New("handoff: parked connections: more than this process may open files (LimitNOFILE=)"))
	}
	for i, fd := range m.fds {
		a.count(a.adopt(fd, conns[i]))
	}
}

func readConns(m *message) ([]listener.Parked, error) {
	if m.version != version {
		return nil, fmt.Errorf("connections in format %d; this release knows %d", m.version, version)
	}
	if m.kind != kindConns {
		return nil, fmt.Errorf("a frame of kind %d among connections", m.kind)
	}
	return decodeConns(m.data, m.descriptors)
}

// adopt serves one connection.
func (a *adopter) adopt(fd int, p listener.Parked) (Adoption, error) {
	conn, err := openConn(fd, p.Tuned)
	if err != nil {
		return Adoption{Refused: 1}, fmt.Errorf("handoff: a parked connection: %w", err)
	}
	if conn.RemoteAddr() == nil {
		_ = conn.Close()
		return Adoption{Gone: 1}, nil
	}
	p.Conn = conn
	if err := a.set.Adopt(p); err != nil {
		_ = conn.Close()
		return Adoption{Refused: 1}, err
	}
	return Adoption{Adopted: 1}, nil
}

func (a *adopter) count(more Adoption, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts.Adopted += more.Adopted
	a.counts.Gone += more.Gone
	a.counts.Refused += more.Refused
	a.counts.Lost += more.Lost
	if err == nil {
		return
	}
	if a.errors == nil {
		a.errors = make(map[string]error)
	}
	a.errors[err.Error()] = err
}

func (a *adopter) result() (Adoption, error) {
	return a.counts, errors.Join(slices.Collect(maps.Values(a.errors))...)
}

// openConn makes a connection of a descriptor, which it closes. Package net
// sets the options of a new connection; tuned ones are restored.
func openConn(fd int, tuned bool) (net.Conn, error) {
	// A file of a descriptor that blocks is not put into the runtime's poller;
	// net.FileConn makes it non-blocking again.
	_ = unix.SetNonblock(fd, false)
	f := os.NewFile(uintptr(fd), "parked connection")
	defer func() { _ = f.Close() }()
	var kept []option
	if tuned {
		kept = options(fd)
	}
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	for _, o := range kept {
		o.set(fd)
	}
	return c, nil
}

// option is a socket option that net.FileConn overwrites.
type option struct{ level, name, value int }

func options(fd int) []option {
	all := []option{
		{level: unix.IPPROTO_TCP, name: unix.TCP_NODELAY},
		{level: unix.SOL_SOCKET, name: unix.SO_KEEPALIVE},
		{level: unix.IPPROTO_TCP, name: unix.TCP_KEEPIDLE},
		{level: unix.IPPROTO_TCP, name: unix.TCP_KEEPINTVL},
		{level: unix.IPPROTO_TCP, name: unix.TCP_KEEPCNT},
	}
	var kept []option
	for _, o := range all {
		value, err := unix.GetsockoptInt(fd, o.level, o.name)
		if err == nil { // a Unix socket has none of TCP's
			o.value = value
			kept = append(kept, o)
		}
	}
	return kept
}

func (o option) set(fd int) { _ = unix.SetsockoptInt(fd, o.level, o.name, o.value) }

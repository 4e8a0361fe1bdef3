package listener

import (
	"net"
	"os"
	"slices"
	"time"
)

// Unfit is a socket of the service's own, by the name under which it was passed, that
// no listener has a use for any more.
type Unfit struct {
	Name string
	file *os.File
	addr net.Addr
}

// Fit tells which passed sockets the listeners of specs have a use for. Of the service's
// own that is one for each name, bound to the address that is wanted now; and none where
// the service manager passes a socket of that name, which takes the place of an address.
// What does not fit has to be ended: as long as anybody has it open, it listens, and a
// part of its address cannot be bound.
func Fit(specs []Spec, passed []Inherited) (fitting []Inherited, unfit []Unfit) {
	taken := map[string]bool{}
	for _, socket := range passed {
		if socket.fromStore(); !socket.Own {
			taken[socket.Name] = true
		}
	}
	for _, socket := range passed {
		own := socket
		own.fromStore()
		wanted := func(s Spec) bool { return s.Name == own.Name && own.wanted(s) }
		switch {
		case !own.Own:
			fitting = append(fitting, socket)
		case !taken[own.Name] && slices.ContainsFunc(specs, wanted):
			taken[own.Name] = true
			fitting = append(fitting, socket)
		default:
			unfit = append(unfit, unfitted(socket))
		}
	}
	return fitting, unfit
}

func unfitted(socket Inherited) Unfit {
	u := Unfit{Name: socket.Name, file: socket.File}
	if l, err := net.FileListener(socket.File); err == nil {
		u.addr = l.Addr()
		_ = l.Close()
	}
	return u
}

// End has the socket listen no more, whoever has it open, and closes it here. What
// waits in its queue is reset.
func (u Unfit) End() {
	stopListening(u.file)
	_ = u.file.Close()
	if unix, ok := u.addr.(*net.UnixAddr); ok {
		_ = removeStale(unix.Name)
	}
}

// Await waits until nobody has the socket open any more: systemd closes what it is told
// to forget a little later. After limit it waits no longer; what is bound then says why not.
func (u Unfit) Await(limit time.Duration) {
	tcp, ok := u.addr.(*net.TCPAddr)
	if !ok {
		return
	}
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if l, err := net.ListenTCP("tcp", tcp); err == nil {
			_ = l.Close()
			return
		}
	}
}

package listener

import (
	"net"
	"slices"
	"time"
)

// Unfit is a socket of the service's own, by the name under which it was passed, that is
// bound to an address that is not wanted any more.
type Unfit struct {
	Name string
	addr net.Addr
}

// Fit tells which passed sockets the listeners of specs have a use for. One that does not
// fit is closed: as long as anybody has it open, a part of its address cannot be bound.
func Fit(specs []Spec, passed []Inherited) (fitting []Inherited, unfit []Unfit) {
	for _, socket := range passed {
		own := socket
		own.fromStore()
		wanted := func(s Spec) bool { return s.Name == own.Name && own.wanted(s) }
		if !own.Own || slices.ContainsFunc(specs, wanted) {
			fitting = append(fitting, socket)
			continue
		}
		u := Unfit{Name: socket.Name}
		if l, err := net.FileListener(socket.File); err == nil {
			u.addr = l.Addr()
			_ = l.Close()
		}
		unfit = append(unfit, u)
		_ = socket.File.Close()
	}
	return fitting, unfit
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

package listener

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// bind opens a listener at the address of spec.
func (s *Set) bind(spec Spec) (*Listener, error) {
	e, err := parse(spec.Address)
	if err != nil {
		return nil, err
	}
	bound, err := listen(e, spec)
	if err != nil {
		return nil, s.explain(e, err)
	}
	return s.newListener(spec, bound, true), nil
}

func listen(e endpoint, spec Spec) (socket, error) {
	if e.network == "unix" {
		return listenUnix(e.address, spec.Mode)
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), e.network, e.address)
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}

// explain says who has an address that is in use, if it is this service.
func (s *Set) explain(e endpoint, err error) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	for _, l := range s.Listeners() {
		if e.fits(l.addr) || samePort(e, l.addr) {
			return fmt.Errorf("%w: listener %q has it", err, l.name)
		}
	}
	return fmt.Errorf("%w: another process has it", err)
}

func samePort(e endpoint, addr net.Addr) bool {
	bound, ok := addr.(*net.TCPAddr)
	if !ok || e.network != "tcp" {
		return false
	}
	_, port, _ := net.SplitHostPort(e.address)
	want, err := net.LookupPort("tcp", port)
	return err == nil && want == bound.Port
}

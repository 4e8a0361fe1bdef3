package listener

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
)

// Spec is a listener that the service wants.
type Spec struct {
	// Name of the listener, and of the socket that the service manager may pass
	// for it (FileDescriptorName=, systemd.socket(5)).
	Name string
	// Address to bind where none is passed: "host:port", ":port", or "unix:"
	// and a path ("unix:@name" in Linux's abstract namespace).
	Address string
	// TLS says that connections will be served with TLS. They cannot be parked.
	TLS bool
	// Unparked says that the listener serves this process alone, as a control
	// socket does: a freeze does not touch it, and its connections are not parked.
	Unparked bool
	// Mode is the permission of a Unix socket's file. 0 leaves it to the umask.
	Mode fs.FileMode
}

// Inherited is a listening socket that was passed to this process.
type Inherited struct {
	Name string
	File *os.File
	// Own says that the service had bound the socket itself, in a process
	// before this one. It is used only if it fits the address that is wanted
	// now, and closed otherwise.
	Own bool
}

// endpoint is a parsed address.
type endpoint struct{ network, address string }

func parse(address string) (endpoint, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		if path == "" {
			return endpoint{}, errors.New(`address "unix:" has no path`)
		}
		return endpoint{"unix", path}, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return endpoint{}, fmt.Errorf("address %q: %s (write host:port, :port or unix:/path)", address, reason(err))
	}
	if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
		return endpoint{}, fmt.Errorf("address %q: %q is no port", address, port)
	}
	return endpoint{"tcp", net.JoinHostPort(host, port)}, nil
}

func reason(err error) string {
	var addr *net.AddrError
	if errors.As(err, &addr) {
		return addr.Err
	}
	return err.Error()
}

// fits reports whether a socket bound to addr is what e asks for.
func (e endpoint) fits(addr net.Addr) bool {
	bound, ok := addr.(*net.TCPAddr)
	if !ok || e.network != "tcp" {
		return e.network == addr.Network() && e.address == addr.String()
	}
	want, err := net.ResolveTCPAddr("tcp", e.address)
	if err != nil {
		return false
	}
	samePort := want.Port == 0 || want.Port == bound.Port
	if len(want.IP) == 0 || want.IP.IsUnspecified() {
		return samePort && bound.IP.IsUnspecified()
	}
	return samePort && want.IP.Equal(bound.IP) && want.Zone == bound.Zone
}

// Overlap reports whether two addresses can't be bound at the same time.
func Overlap(one, other string) bool {
	a, err := parse(one)
	if err != nil {
		return false
	}
	b, err := parse(other)
	if err != nil || a.network != b.network {
		return false
	}
	if a.network == "unix" {
		return a == b
	}
	first, err := net.ResolveTCPAddr("tcp", a.address)
	if err != nil {
		return false
	}
	second, err := net.ResolveTCPAddr("tcp", b.address)
	if err != nil || first.Port == 0 || first.Port != second.Port {
		return false
	}
	return isAny(first.IP) || isAny(second.IP) || first.IP.Equal(second.IP)
}

// isAny address of the machine, of both families.
func isAny(ip net.IP) bool { return len(ip) == 0 || ip.IsUnspecified() }

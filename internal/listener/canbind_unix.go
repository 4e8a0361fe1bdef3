//go:build unix

package listener

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// CanBind reports why a TCP address could not be listened on now: somebody else does, or
// the machine does not have it. Nobody notices: it is bound for a moment, and not listened
// on. Of a Unix socket, and of a port that is for root, nothing is said.
func CanBind(address string) error {
	e, err := parse(address)
	if err != nil || e.network != "tcp" {
		return err
	}
	at, err := net.ResolveTCPAddr("tcp", e.address)
	if err != nil || at.Port == 0 {
		return err
	}
	switch err := bindForAMoment(at); err {
	case unix.EADDRINUSE, unix.EADDRNOTAVAIL: //nolint:errorlint // they come from the kernel as they are
		return fmt.Errorf("address %q: %w", address, err)
	default:
		return nil
	}
}

func bindForAMoment(at *net.TCPAddr) error {
	family, address := unix.AF_INET6, sockaddr(at)
	if _, four := address.(*unix.SockaddrInet4); four {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	unix.CloseOnExec(fd)
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	return unix.Bind(fd, address)
}

// sockaddr of an address; without a host it is every one, of both families.
func sockaddr(at *net.TCPAddr) unix.Sockaddr {
	if ip := at.IP.To4(); ip != nil {
		a := &unix.SockaddrInet4{Port: at.Port}
		copy(a.Addr[:], ip)
		return a
	}
	a := &unix.SockaddrInet6{Port: at.Port}
	copy(a.Addr[:], at.IP.To16())
	if at.Zone != "" {
		if i, err := net.InterfaceByName(at.Zone); err == nil {
			a.ZoneId = uint32(i.Index)
		}
	}
	return a
}

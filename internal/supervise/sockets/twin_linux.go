package sockets

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// twin is a second socket that listens on the address of one in use, for the
// process that is to take over. Both are a group whose program says which of
// the two a new connection belongs to: SO_REUSEPORT and
// SO_ATTACH_REUSEPORT_CBPF of socket(7).
//
// With one socket for both, the old process would go on to accept until the
// very moment in which it is told to stop, and most servers close what they
// have accepted then and not read yet; http.Server.Shutdown is one of them.
type twin struct {
	first *os.File // a duplicate of the socket in use
	file  *os.File
}

// settleTime is for requests that are on their way on connections which have
// been made, and for the handshakes of clients that are far.
const settleTime = 300 * time.Millisecond

// Places in the group: who joined first is 0, and when it leaves the other one
// is. A place that nobody has means any of them.
const (
	firstPlace  = 0
	secondPlace = 1
)

// newTwin gives a twin to a socket of TCP, which gets no connection yet. It
// fails for other sockets, and for one that has joined a group of others.
func newTwin(first *os.File, alone bool) (*twin, error) {
	fd, err := duplicate(first)
	if err != nil {
		return nil, err
	}
	t := &twin{first: os.NewFile(uintptr(fd), first.Name())}
	if !alone {
		if member, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT); err != nil || member != 0 {
			return nil, errors.Join(errors.New("it is in a group of others"), err, t.close())
		}
	}
	if t.file, err = t.listen(fd); err != nil {
		return nil, errors.Join(err, t.close())
	}
	if err := t.steer(always(firstPlace)); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func (t *twin) listen(first int) (*os.File, error) {
	address, err := unix.Getsockname(first)
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	family := unix.AF_INET
	switch address.(type) {
	case *unix.SockaddrInet4:
	case *unix.SockaddrInet6:
		family = unix.AF_INET6
	default:
		return nil, errors.New("it is no socket of TCP")
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), t.first.Name())
	if err := join(first, fd, address); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// join has fd listen where first does.
func join(first, fd int, address unix.Sockaddr) error {
	if _, isV6 := address.(*unix.SockaddrInet6); isV6 {
		only, err := unix.GetsockoptInt(first, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)
		if err == nil {
			err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only)
		}
		if err != nil {
			return os.NewSyscallError("IPV6_V6ONLY", err)
		}
	}
	for _, option := range []struct{ fd, name int }{{fd, unix.SO_REUSEADDR}, {first, unix.SO_REUSEPORT}, {fd, unix.SO_REUSEPORT}} {
		if err := unix.SetsockoptInt(option.fd, unix.SOL_SOCKET, option.name, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	if err := unix.Bind(fd, address); err != nil {
		return os.NewSyscallError("bind", err)
	}
	return os.NewSyscallError("listen", unix.Listen(fd, math.MaxInt16)) // the system has a lower limit
}

// takeOver gives the twin all connections that are to come.
func (t *twin) takeOver() error { return t.steer(always(secondPlace)) }

// dial connects to the twin, while all others get to the first.
func (t *twin) dialer() (*net.Dialer, error) {
	free, err := net.Listen("tcp", ":0")
	if err != nil {
		return nil, err
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		return nil, err
	}
	return &net.Dialer{LocalAddr: &net.TCPAddr{Port: port}}, t.steer(secondFrom(port))
}

// settle returns when the first process has accepted all that is its, and has
// had the time to read it.
func (t *twin) settle(deadline time.Time) {
	for ; time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if waiting, err := queued(t.first); err != nil || waiting == 0 {
			break
		}
	}
	time.Sleep(min(settleTime, time.Until(deadline)))
}

// queued is how many connections wait to be accepted, which tcp_info has in
// tcpi_unacked for a socket that listens.
func queued(f *os.File) (n uint32, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	err2 := raw.Control(func(fd uintptr) {
		var info *unix.TCPInfo
		if info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n = info.Unacked
		}
	})
	return n, errors.Join(err, err2)
}

// close lets go of what this process needed for the replacement. The twin
// itself is somebody else's by then, or closed by them.
func (t *twin) close() error { return t.first.Close() }

func (t *twin) steer(program []unix.SockFilter) error {
	raw, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	err2 := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF, &fprog)
	})
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("SO_ATTACH_REUSEPORT_CBPF: %w", err)
	}
	return nil
}

func always(place uint32) []unix.SockFilter {
	return []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: place}}
}

// network is SKF_NET_OFF of <linux/filter.h>: from here on offsets are those
// in the IP packet.
const network = 0xfff00000

// secondFrom gives what comes from a port to the second. The port is the first
// field of TCP's header, 20 bytes into a packet of IPv4, whose options nobody
// uses, and 40 into one of IPv6.
func secondFrom(port int) []unix.SockFilter {
	return []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: network},
		{Code: unix.BPF_ALU | unix.BPF_RSH | unix.BPF_K, K: 4},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 4, Jf: 2},
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: network + 20},
		{Code: unix.BPF_JMP | unix.BPF_JA, K: 1},
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: network + 40},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(port), Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: secondPlace},
		{Code: unix.BPF_RET | unix.BPF_K, K: firstPlace},
	}
}

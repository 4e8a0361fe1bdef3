package socketunit

import (
	"net"
	"slices"
)

// Socket is a socket unit, as systemd has read it.
type Socket struct {
	Unit   string // its name, as gind.socket
	Name   string // of the sockets that it passes: FileDescriptorName=
	Active bool   // systemd listens
	Stale  bool   // files have changed since systemd read them
	// Streams are the addresses of ListenStream=, as "[::]:8080", "/run/gind/x.sock", "@name".
	Streams []string
	// Files are the unit's own and its drop-ins, in the order in which they count.
	Files []string
}

// Has reports whether systemd listens at an address for this unit.
func (s Socket) Has(addr net.Addr) bool {
	return s.Active && slices.Contains(s.Streams, addr.String())
}

// IsTCP reports whether any of its sockets has a port.
func (s Socket) IsTCP() bool { return slices.ContainsFunc(s.Streams, isTCP) }

// FirstTCP is the first address with a port; empty if there is none.
func (s Socket) FirstTCP() string {
	if i := slices.IndexFunc(s.Streams, isTCP); i >= 0 {
		return s.Streams[i]
	}
	return ""
}

func isTCP(stream string) bool {
	_, port, err := net.SplitHostPort(stream)
	return err == nil && port != "" && stream[0] != '/' && stream[0] != '@'
}

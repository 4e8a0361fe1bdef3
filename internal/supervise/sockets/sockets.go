package sockets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/supervise/process"
)

// Sockets are the listening sockets of one program. They are opened once and
// never accept here: what connects while no process has them waits in the
// kernel's queue.
type Sockets struct {
	inherited *Inherited
	open      map[string]Socket
	ahead     map[string]Socket // opened for a change to come
}

// Socket is a socket with the address that it was opened for.
type Socket struct {
	address string
	file    *os.File
	grouped bool // alone in a group of twins, as the first
	foreign bool // inherited: the service manager has it too, and will keep it
}

func (s Socket) close() { s.file.Close() }

// Wanted is a socket that a program is to have.
type Wanted struct {
	Address string
	Mode    os.FileMode // of the file of a Unix socket
}

// New has none. inherited are those that the service manager has passed; it
// may be nil.
func New(inherited *Inherited) Sockets { return Sockets{inherited: inherited} }

// Change opens what want has and s has not, unless it was prepared, and returns the
// whole. Those that are in s stay there: keep then says which ones remain.
func (s *Sockets) Change(want map[string]Wanted) (map[string]Socket, error) {
	all := map[string]Socket{}
	var failed []error
	for name, spec := range want {
		have, open := s.open[name]
		if !open || have.address != spec.Address {
			var err error
			if have, err = s.prepared(name, spec); err != nil {
				failed = append(failed, fmt.Errorf("socket %q: %w", name, err))
				continue
			}
		}
		all[name] = have
	}
	if failed == nil {
		return all, nil
	}
	closeExcept(all, s.open)
	return nil, errors.Join(failed...)
}

// Keep makes those the sockets, and closes the others that were.
func (s *Sockets) Keep(these map[string]Socket) {
	closeExcept(s.open, these)
	s.open = these
}

// Dismiss closes those that were opened beside the ones in use.
func (s *Sockets) Dismiss(these map[string]Socket) { closeExcept(these, s.open) }

func closeExcept(all, kept map[string]Socket) {
	for name, one := range all {
		if kept[name].file != one.file {
			one.close()
		}
	}
}

// Passed are the sockets in the order of their names.
func Passed(these map[string]Socket) []process.Socket {
	var list []process.Socket
	for _, name := range slices.Sorted(maps.Keys(these)) {
		list = append(list, process.Socket{Name: name, File: these[name].file})
	}
	return list
}

// listen opens a socket, unless one of that name was inherited.
func (s *Sockets) listen(name, address string, mode os.FileMode) (Socket, error) {
	if f := s.inherited.take(name); f != nil {
		return Socket{address: address, file: f, foreign: true}, nil
	}
	l, err := listen(address, mode)
	if err != nil {
		return Socket{}, err
	}
	defer l.Close()
	f, err := l.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		return Socket{}, err
	}
	if err := blocking(f); err != nil {
		f.Close()
		return Socket{}, err
	}
	return Socket{address: address, file: f}, nil
}

// listen opens a socket whose file, if it has one, stays when it is closed.
func listen(address string, mode os.FileMode) (net.Listener, error) {
	path, isUnix := strings.CutPrefix(address, "unix:")
	if !isUnix {
		// No MPTCP, which Go would choose: the program may not be one of Go.
		config := net.ListenConfig{}
		config.SetMultipathTCP(false)
		return config.Listen(context.Background(), "tcp", address)
	}
	l, err := listener.ListenUnix(path, mode)
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if mode == 0 && !strings.HasPrefix(path, "@") { // which means nobody, and there no mode at all
		if err := os.Chmod(path, 0); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

package supervise

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gind/gind/internal/supervise/process"
)

// sockets are the listening sockets of one program. They are opened once and
// never accept here: what connects while no process has them waits in the
// kernel's queue.
type sockets struct {
	inherited func(name string) *os.File // may be nil
	open      map[string]openSocket
}

// openSocket is a socket with the address that it was opened for.
type openSocket struct {
	address string
	file    *os.File
	grouped bool // alone in a group of twins, as the first
	foreign bool // inherited: the service manager has it too, and will keep it
}

func (s openSocket) close() { s.file.Close() }

// change opens what want has and s has not, and returns the whole. Those that
// are in s stay there: keep then says which ones remain.
func (s *sockets) change(want *plan) (map[string]openSocket, error) {
	all := map[string]openSocket{}
	var failed []error
	for name, spec := range want.Sockets {
		have, open := s.open[name]
		if !open || have.address != spec.Address {
			var err error
			if have, err = s.listen(name, spec.Address, want.modes[name]); err != nil {
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

// keep makes those the sockets, and closes the others that were.
func (s *sockets) keep(these map[string]openSocket) {
	closeExcept(s.open, these)
	s.open = these
}

func closeExcept(all, kept map[string]openSocket) {
	for name, one := range all {
		if kept[name].file != one.file {
			one.close()
		}
	}
}

// passed are the sockets in the order of their names.
func passed(these map[string]openSocket) []process.Socket {
	var list []process.Socket
	for _, name := range slices.Sorted(maps.Keys(these)) {
		list = append(list, process.Socket{Name: name, File: these[name].file})
	}
	return list
}

// listen opens a socket, unless one of that name was inherited.
func (s *sockets) listen(name, address string, mode os.FileMode) (openSocket, error) {
	if s.inherited != nil {
		if f := s.inherited(name); f != nil {
			return openSocket{address: address, file: f, foreign: true}, nil
		}
	}
	// No MPTCP, which Go would choose: the program may not be one of Go.
	config := net.ListenConfig{}
	config.SetMultipathTCP(false)
	network, where := "tcp", address
	path, isUnix := strings.CutPrefix(address, "unix:")
	if isUnix {
		network, where = "unix", path
		if err := removeStale(path); err != nil {
			return openSocket{}, err
		}
	}
	l, err := config.Listen(context.Background(), network, where)
	if err != nil {
		return openSocket{}, err
	}
	defer l.Close()
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
		if !strings.HasPrefix(path, "@") {
			err = os.Chmod(path, mode)
		}
	}
	f, err2 := l.(interface{ File() (*os.File, error) }).File()
	if err := errors.Join(err, err2); err != nil {
		return openSocket{}, err
	}
	if err := blocking(f); err != nil {
		f.Close()
		return openSocket{}, err
	}
	return openSocket{address: address, file: f}, nil
}

// removeStale removes the file of a Unix socket that nobody listens on any more.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if strings.HasPrefix(path, "@") || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there and is not a socket", path)
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		c.Close()
		return fmt.Errorf("%s: another process listens there", path)
	}
	return os.Remove(path)
}

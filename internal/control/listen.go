package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"strconv"
	"time"
)

// DefaultMode is the mode of the control socket: its owner and its group.
const DefaultMode fs.FileMode = 0o660

// Socket is a control socket to create.
type Socket struct {
	// Path of the socket, in a directory that exists.
	Path string

	// Group that may connect, by name. If there is no such group, or this
	// process may not give the socket to it, the socket keeps the group that
	// it was created with: narrower, never wider.
	Group string

	// Mode of the socket, [DefaultMode] when 0.
	Mode fs.FileMode
}

// Listen creates the socket. One that a dead process left behind is replaced;
// one that somebody answers on, or a file of another type, is an error.
//
// At no instant does the socket have a wider mode than it will have in the
// end, whatever the umask is. Closing the listener removes the socket, unless
// SetUnlinkOnClose(false) is called, as for a successor that goes on with it.
//
// That two processes do not start on one path at the same instant is the
// service manager's business.
func Listen(s Socket) (*net.UnixListener, error) {
	if len(s.Path) > maxPath {
		return nil, tooLong(s.Path)
	}
	if err := removeStale(s.Path); err != nil {
		return nil, fmt.Errorf("control: %s: %w", s.Path, err)
	}
	l, err := listenPrivate(s.Path)
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("control: %w", err), l.Close())
	}
	return l, nil
}

func tooLong(path string) error {
	return fmt.Errorf("control: %s: the path has %d bytes, a socket's may have %d", path, len(path), maxPath)
}

// open lets the group in, to a socket that so far was its owner's only.
func (s Socket) open() error {
	if gid, ok := groupID(s.Group); ok {
		_ = os.Chown(s.Path, -1, gid)
	}
	mode := s.Mode
	if mode == 0 {
		mode = DefaultMode
	}
	return os.Chmod(s.Path, mode.Perm())
}

func groupID(name string) (int, bool) {
	if name == "" {
		return 0, false
	}
	group, err := user.LookupGroup(name)
	if err != nil {
		return 0, false
	}
	gid, err := strconv.Atoi(group.Gid)
	return gid, err == nil
}

// removeStale removes a socket that nobody listens on.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("there is a file of that name that is not a socket")
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		holder := peerOf(c)
		return errors.Join(inUse(holder), c.Close())
	}
	if !refused(err) {
		return fmt.Errorf("there is a socket of that name already (if nobody has it any more: rm %s): %w", path, err)
	}
	return os.Remove(path)
}

func inUse(holder Caller) error {
	if holder.PID <= 0 {
		return errors.New("another process answers on it")
	}
	return fmt.Errorf("process %d answers on it", holder.PID)
}

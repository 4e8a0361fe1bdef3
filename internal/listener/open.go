package listener

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/hashicorp/go-multierror"
)

// Open opens the listeners that specs ask for, all or none. A socket in
// inherited that has a listener's name takes the place of its address; several
// of one name (IPv4 and IPv6, say) become as many listeners. Open owns the
// inherited files and closes them.
//
// The error is a *multierror.Error with all mistakes: addresses that don't
// parse or can't be bound, names used twice, passed sockets that no listener
// wants or that are not listening stream sockets.
func Open(specs []Spec, inherited []Inherited) (*Set, error) {
	s := New()
	if err := s.Take(specs, inherited); err != nil {
		return nil, err
	}
	return s, nil
}

// Take opens listeners in the set as [Open] does: all of specs, or none. It owns
// the inherited files and closes them.
func (s *Set) Take(specs []Spec, inherited []Inherited) error {
	defer func() {
		for _, passed := range inherited {
			_ = passed.File.Close()
		}
	}()
	for i := range inherited {
		inherited[i].fromStore()
	}
	mistakes := multierror.Append(&multierror.Error{ErrorFormat: onLines}, unwanted(specs, inherited)...)
	for i, spec := range specs {
		err := checkName(spec.Name, specs[:i])
		if err == nil {
			err = s.openSpec(spec, inherited)
		}
		if err != nil {
			mistakes = multierror.Append(mistakes, fmt.Errorf("listener: %q: %w", spec.Name, err))
		}
	}
	if mistakes.ErrorOrNil() != nil {
		_ = s.Close()
		return mistakes
	}
	return nil
}

// onLines shows mistakes as lines, without go-multierror's count and bullets.
func onLines(mistakes []error) string { return errors.Join(mistakes...).Error() }

// Open binds a further listener at run time. It can be undone with
// [Listener.Close]; connections are accepted when something calls Accept.
func (s *Set) Open(spec Spec) (*Listener, error) {
	l, err := s.bind(spec)
	if err != nil {
		return nil, fmt.Errorf("listener: %q: %w", spec.Name, err)
	}
	return l, nil
}

// Retire ends a listener at run time: what waits in its queue is still
// accepted, then its Accept returns net.ErrClosed. Its connections live on.
func (l *Listener) Retire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone || l.mode != serving {
		return
	}
	l.retired = true
	l.empty()
}

func (s *Set) openSpec(spec Spec, inherited []Inherited) error {
	var passed []Inherited
	for _, socket := range inherited {
		if socket.Name == spec.Name && socket.wanted(spec) {
			passed = append(passed, socket)
		}
	}
	if len(passed) == 0 {
		_, err := s.bind(spec)
		return err
	}
	var mistakes []error
	for _, socket := range passed {
		if err := s.take(spec, socket); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	return errors.Join(mistakes...)
}

// wanted reports whether the socket serves spec. What the service manager
// passes always does.
func (i Inherited) wanted(spec Spec) bool {
	if !i.Own {
		return true
	}
	e, err := parse(spec.Address)
	if err != nil {
		return false
	}
	l, err := net.FileListener(i.File)
	if err != nil {
		return false
	}
	defer func() { _ = l.Close() }()
	return e.fits(l.Addr())
}

// take makes a listener of a passed socket.
func (s *Set) take(spec Spec, passed Inherited) error {
	if err := checkListening(passed.File); err != nil {
		return fmt.Errorf("the socket that was passed for it %w", err)
	}
	l, err := net.FileListener(passed.File)
	if err != nil {
		return fmt.Errorf("the socket that was passed for it: %w", err)
	}
	sock, ok := l.(socket)
	if !ok {
		_ = l.Close()
		return fmt.Errorf("the socket that was passed for it is of the family %s", l.Addr().Network())
	}
	s.newListener(spec, sock, passed.Own)
	return nil
}

// maxName leaves room for StoredPrefix in the name of a stored descriptor.
const maxName = 200

// CheckName reports why a name can't be that of a listener: systemd passes sockets by
// name, with colons between (sd_listen_fds_with_names(3)).
func CheckName(name string) error {
	bad := func(r rune) bool { return r < '!' || r > '~' || r == ':' }
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("a name is 1 to %d printable ASCII characters without a colon", maxName)
	}
	return nil
}

// maxSocketPath is the room for a path in the address of a Unix socket.
const maxSocketPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// CheckSocketPath reports why a Unix socket can't be bound to a path, or to the name
// behind an @, wherever that can be told before. What may come yet, as a folder that
// systemd makes for the service, does not count.
func CheckSocketPath(path string) error {
	if len(path) > maxSocketPath {
		return fmt.Errorf("the path has %d bytes, a socket's may have %d", len(path), maxSocketPath)
	}
	if strings.HasPrefix(path, "@") {
		return nil
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is no socket", path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is no folder", filepath.Dir(path))
	}
	return nil
}

// checkName reports why a name can't be that of a listener, or is another's.
func checkName(name string, others []Spec) error {
	if slices.ContainsFunc(others, func(s Spec) bool { return s.Name == name }) {
		return errors.New("another listener has the same name")
	}
	return CheckName(name)
}

func unwanted(specs []Spec, inherited []Inherited) []error {
	known := make([]string, len(specs))
	for i, spec := range specs {
		known[i] = spec.Name
	}
	slices.Sort(known)
	known = slices.Compact(known)
	var mistakes []error
	for _, socket := range inherited {
		if !socket.Own && !slices.Contains(known, socket.Name) {
			mistakes = append(mistakes, fmt.Errorf("listener: socket %q (systemd) matches no listener; known: %s",
				socket.Name, strings.Join(known, ", ")))
		}
	}
	return mistakes
}

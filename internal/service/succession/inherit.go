package succession

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
)

// inherited is what a process before this one has left with systemd.
type inherited struct {
	boxes  []*os.File       // of parked connections, until Adopt
	stored []string         // names of sockets that came from systemd's store
	unfit  []listener.Unfit // sockets that a predecessor still needs, until Adopt
}

// Inherit has the sockets that systemd or a predecessor passed, for listeners to be. What
// else systemd passed are boxes of parked connections. A socket that the service had
// bound itself, for an address that it has no more, ends and is taken out of systemd's
// store at once: the new address may be a part of the old one. One that a predecessor
// serves from ends when this process has taken over. What listeners are to be bound to
// comes back with them, see asUnits.
func (s *Succession) Inherit(specs []listener.Spec) ([]listener.Spec, []listener.Inherited, error) {
	files, err := sdnotify.Inherited()
	if err != nil {
		return nil, nil, err
	}
	sockets, boxes := sortInherited(files)
	if s.Predecessor != nil {
		sockets = append(sockets, s.Predecessor.Sockets()...)
	} else {
		specs = s.asUnits(specs, sockets)
	}
	sockets, unfit := listener.Fit(specs, sockets)
	s.inherited = inherited{boxes: boxes, stored: storedNames(sockets)}
	if s.IsSuccessor() {
		s.inherited.unfit = unfit
		return specs, sockets, nil
	}
	s.forget(unfit)
	return specs, sockets, nil
}

// closeTime is how long systemd may take to close what it was told to forget.
const closeTime = 2 * time.Second

func (s *Succession) forget(unfit []listener.Unfit) {
	var names []string
	for _, u := range unfit {
		u.End()
		names = append(names, u.Name)
	}
	s.Unit.Forget(names)
	for _, u := range unfit {
		u.Await(closeTime)
	}
}

// NotOpened explains an upgrade that fails at an address of which the predecessor has a
// part: only one of the two can have it.
func (s *Succession) NotOpened(err error) error {
	if len(s.inherited.unfit) == 0 || !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	return fmt.Errorf("%w; if it is the running process, restart the service instead: an upgrade can't make an address wider or narrower, nor another listener's", err)
}

// Opened takes the sockets out of systemd's store that listeners have.
func (s *Succession) Opened() {
	for _, name := range s.inherited.stored {
		s.Unit.RemoveFD(name)
	}
}

// sortInherited tells listening sockets from boxes.
func sortInherited(all []sdnotify.File) (sockets []listener.Inherited, boxes []*os.File) {
	for _, file := range all {
		if file.Name == handoff.BoxName {
			boxes = append(boxes, file.File)
			continue
		}
		sockets = append(sockets, listener.Inherited{Name: file.Name, File: file.File})
	}
	return sockets, boxes
}

// storedNames are the names of sockets that came from systemd's store.
func storedNames(sockets []listener.Inherited) []string {
	var names []string
	for _, socket := range sockets {
		if strings.HasPrefix(socket.Name, listener.StoredPrefix) {
			names = append(names, socket.Name)
		}
	}
	return names
}

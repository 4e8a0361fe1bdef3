package listener

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// StoredPrefix comes before the listener's name in the name of a listening
// socket in the file descriptor store. [Open] knows a socket so named as the
// service's own.
const StoredPrefix = "bound-"

// fromStore recognizes a socket that [Set.Store] has stored.
func (i *Inherited) fromStore() {
	if name, ok := strings.CutPrefix(i.Name, StoredPrefix); ok {
		i.Name, i.Own = name, true
	}
}

// Files returns duplicates of all listening sockets, for a successor. The
// caller closes them, and when the successor has them calls [Set.HandedOn].
// They share their blocking mode with the sockets in service, so File.Fd, which
// may change it, must not be called on them.
func (s *Set) Files() ([]Inherited, error) {
	var files []Inherited
	for _, l := range s.Listeners() {
		f, err := l.file()
		if err != nil {
			closeFiles(files)
			return nil, fmt.Errorf("listener: %q: %w", l.name, err)
		}
		files = append(files, Inherited{Name: l.name, File: f, Own: l.own})
	}
	return files, nil
}

// HandedOn says that a successor has all listening sockets, and accepts from
// them: to close them here neither resets what waits in their queues nor removes
// Unix sockets' files. When it returns, every new connection is the successor's,
// but for those of listeners with [Spec.Unparked].
func (s *Set) HandedOn() {
	for _, l := range s.Listeners() {
		l.handedOn()
		l.freeze()
	}
}

// Stored is listening sockets that the service bound itself, and that were given to
// the service manager's file descriptor store.
type Stored struct{ listeners []*Listener }

// Alone notes which of the sockets that were passed nobody else has any more: what
// waits in their queues at a freeze is accepted, since no next process will.
func (s *Set) Alone(is func(*Listener) bool) {
	for _, l := range s.Listeners() {
		if !l.own && is(l) {
			l.mu.Lock()
			l.outlives = false
			l.mu.Unlock()
		}
	}
}

// Store gives the listening sockets that the service bound itself to the
// service manager's file descriptor store, so that a restart finds them with
// what has queued up meanwhile. The next process passes them to [Open], under
// the names they have here, and removes those names from the store. The manager does
// not say whether it has kept them: that they do outlive this process counts from
// [Stored.Kept] on, which belongs before [Set.Freeze]. A socket whose name is among
// passed is not kept: the manager is about to pass another one of that name, whose
// address may not be bound as long as this one is open.
func (s *Set) Store(store func(name string, f *os.File) error, passed ...string) (Stored, error) {
	var stored Stored
	var mistakes []error
	for _, l := range s.Listeners() {
		if !l.own || slices.Contains(passed, l.name) {
			continue
		}
		if err := l.store(store); err != nil {
			mistakes = append(mistakes, fmt.Errorf("listener: %q: store: %w", l.name, err))
			continue
		}
		stored.listeners = append(stored.listeners, l)
	}
	return stored, errors.Join(mistakes...)
}

func (l *Listener) store(store func(name string, f *os.File) error) error {
	f, err := l.file()
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return store(StoredPrefix+l.name, f)
}

// Kept says that the manager has kept the sockets: a freeze leaves their queues to the
// next process.
func (s Stored) Kept() {
	for _, l := range s.listeners {
		l.handedOn()
	}
}

// Names are those that the sockets have in the store.
func (s Stored) Names() []string {
	names := make([]string, len(s.listeners))
	for i, l := range s.listeners {
		names[i] = StoredPrefix + l.name
	}
	return names
}

func closeFiles(files []Inherited) {
	for _, f := range files {
		_ = f.File.Close()
	}
}

package sockets

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// Prepare opens what want has and s has not, so that the Change to it finds all open. A
// socket of spare, by its address, is taken from there. Where one fails none is opened.
func (s *Sockets) Prepare(want map[string]Wanted, spare map[string]Socket) error {
	s.Forget()
	s.ahead = map[string]Socket{}
	var failed []error
	for name, spec := range want {
		if have, open := s.open[name]; open && have.address == spec.Address {
			continue
		}
		one, err := s.moved(name, spec, spare)
		if err != nil {
			failed = append(failed, fmt.Errorf("socket %q: %w", name, err))
			continue
		}
		s.ahead[name] = one
	}
	if failed != nil {
		s.Forget()
	}
	return errors.Join(failed...)
}

func (s *Sockets) moved(name string, spec Wanted, spare map[string]Socket) (Socket, error) {
	if one, found := spare[spec.Address]; found {
		delete(spare, spec.Address)
		return one, nil
	}
	return s.listen(name, spec.Address, spec.Mode)
}

// prepared is the socket that was opened ahead, or a new one.
func (s *Sockets) prepared(name string, spec Wanted) (Socket, error) {
	one, found := s.ahead[name]
	if !found || one.address != spec.Address {
		return s.listen(name, spec.Address, spec.Mode)
	}
	delete(s.ahead, name)
	return one, nil
}

// Forget lets go of what was prepared and not used.
func (s *Sockets) Forget() {
	for name, one := range s.ahead {
		if one.foreign {
			s.inherited.giveBack(name, one.file)
			continue
		}
		one.close()
	}
	s.ahead = nil
}

// Spare adds to spare, by address, what s has and want has not: somebody else may have
// it from there, under whatever name, without that it is closed in between.
func (s *Sockets) Spare(want map[string]Wanted, spare map[string]Socket) error {
	for name, one := range s.open {
		if one.foreign || want[name].Address == one.address {
			continue
		}
		fd, err := duplicate(one.file)
		if err != nil {
			return fmt.Errorf("socket %q: %w", name, err)
		}
		one.file = os.NewFile(uintptr(fd), one.file.Name())
		spare[one.address] = one
	}
	return nil
}

// CloseAll closes what nobody has taken.
func CloseAll(spare map[string]Socket) { closeExcept(spare, nil) }

// Inherited are the sockets that the service manager has passed, each for the first who
// asks for its name. A nil one has none.
type Inherited struct {
	from func(name string) *os.File
	mu   sync.Mutex
	back map[string]*os.File // were given, and came back
}

// NewInherited has those that from gives away. from may be nil.
func NewInherited(from func(name string) *os.File) *Inherited {
	return &Inherited{from: from, back: map[string]*os.File{}}
}

func (i *Inherited) take(name string) *os.File {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if f, found := i.back[name]; found {
		delete(i.back, name)
		return f
	}
	if i.from == nil {
		return nil
	}
	return i.from(name)
}

func (i *Inherited) giveBack(name string, f *os.File) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.back[name] = f
}

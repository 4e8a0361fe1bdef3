package sockets

import (
	"net"
	"strconv"
	"time"
)

// drainQueue bounds how long the old process may take to accept what waits for
// it, before it is told to stop.
const drainQueue = 2 * time.Second

// Twins are the sockets of a process that is to take over, where they are not
// the very ones of the process before it.
type Twins []*twin

// TakeOver gives them all connections that are to come.
func (all Twins) TakeOver() (failed error) {
	for _, t := range all {
		if err := t.takeOver(); err != nil {
			failed = err
		}
	}
	return failed
}

// Settle returns when the process before has got all that is its, and lets go.
func (all Twins) Settle() {
	deadline := time.Now().Add(drainQueue)
	for _, t := range all {
		t.settle(deadline)
	}
	all.Close()
}

// Close lets go of the twins.
func (all Twins) Close() {
	for _, t := range all {
		_ = t.close() // a duplicate
	}
}

// Dialer reaches the process that is to take over at the address, if it has a
// socket of its own there.
func (all Twins) Dialer(address string) (*net.Dialer, error) {
	_, port, _ := net.SplitHostPort(address)
	for _, t := range all {
		if t.port() == port {
			return t.dialer()
		}
	}
	return &net.Dialer{}, nil
}

// port is the one that the twin listens on, "" if it can't be told.
func (t *twin) port() string {
	l, err := net.FileListener(t.file)
	if err != nil {
		return ""
	}
	defer l.Close()
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	return strconv.Itoa(address.Port)
}

// Twin gives the sockets of these that are in use already twins, where that is
// possible; the others are shared, as those that somebody else holds, who would
// not leave the group. It must not be called while a process before
// the one in service still runs, which would have a place in the group.
func (s *Sockets) Twin(these map[string]Socket) (all Twins) {
	for name, one := range these {
		have, inUse := s.open[name]
		if !inUse || have.file != one.file || have.foreign {
			continue
		}
		t, err := newTwin(have.file, have.grouped)
		if err != nil {
			continue
		}
		have.grouped = true
		s.open[name] = have
		these[name] = Socket{address: one.address, file: t.file, grouped: true}
		all = append(all, t)
	}
	return all
}

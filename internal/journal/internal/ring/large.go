package ring

import (
	"bytes"
	"encoding/binary"
	"sync"
)

// large holds the few strings that would fill too much of the ring. An entry of
// eight bytes in the ring keeps their place.
type large struct {
	mu    sync.Mutex
	next  uint64
	held  map[uint64][]byte
	bytes int
	bound int // of all of them together, in bytes
}

const ticketSize = 8

func (l *large) hold(r []byte) (ticket []byte, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bytes+len(r) > l.bound {
		return nil, false
	}
	l.next++
	l.held[l.next] = bytes.Clone(r)
	l.bytes += len(r)
	return binary.LittleEndian.AppendUint64(nil, l.next), true
}

// redeem returns the string that an entry of the ring stands for: itself, or a
// large one.
func (l *large) redeem(entry []byte) []byte {
	if len(entry) != ticketSize {
		return entry
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	ticket := binary.LittleEndian.Uint64(entry)
	r := l.held[ticket]
	delete(l.held, ticket)
	l.bytes -= len(r)
	return r
}

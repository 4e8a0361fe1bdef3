package handoff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gind/gind/internal/listener"
)

// Flags of a parked connection.
const (
	flagUsed  = 1 << iota // a request has been served on it
	flagTuned             // its socket options may not be a new connection's
	flagHead              // bytes of a request go along
	flagsKnown
)

// appendNames writes the table of names that entries refer to by index.
func appendNames(b []byte, names []string) []byte {
	b = append(b, byte(len(names)))
	for _, name := range names {
		b = append(b, byte(len(name)))
		b = append(b, name...)
	}
	return b
}

// encodeConns writes the payload for conns. It takes as many as fit limit
// bytes, at least one, and returns how many.
func encodeConns(conns []listener.Parked, limit int) (payload []byte, count int) {
	var names []string
	var entries []byte
	size := 1
	for _, c := range conns[:min(len(conns), maxDescriptors)] {
		index, grown := slices.Index(names, c.Listener), size
		if index < 0 {
			index, grown = len(names), size+1+len(c.Listener)
		}
		entry := appendConn(entries, byte(index), c)
		if count > 0 && grown+len(entry) > limit {
			break
		}
		if index == len(names) {
			names = append(names, c.Listener)
		}
		entries, size = entry, grown
		count++
	}
	return append(appendNames(nil, names), entries...), count
}

func appendConn(b []byte, name byte, c listener.Parked) []byte {
	var flags byte
	if c.Used {
		flags |= flagUsed
	}
	if c.Tuned {
		flags |= flagTuned
	}
	if len(c.Head) > 0 {
		flags |= flagHead
	}
	b = append(b, name, flags)
	b = binary.BigEndian.AppendUint32(b, uint32(c.Accepted.Unix()))
	if len(c.Head) > 0 {
		b = binary.BigEndian.AppendUint16(b, uint16(len(c.Head)))
		b = append(b, c.Head...)
	}
	return b
}

// decodeConns reads the payload for count connections, which are returned
// without their Conn.
func decodeConns(payload []byte, count int) ([]listener.Parked, error) {
	p := parser{rest: payload}
	names := p.names()
	conns := make([]listener.Parked, 0, count)
	for range count {
		conns = append(conns, p.conn(names))
	}
	return conns, p.end()
}

func (p *parser) conn(names []string) listener.Parked {
	name, flags := p.name(names), p.uint8()
	c := listener.Parked{
		Listener: name,
		Accepted: time.Unix(int64(p.uint32()), 0),
		Used:     flags&flagUsed != 0,
		Tuned:    flags&flagTuned != 0,
	}
	if flags >= flagsKnown {
		p.fail(fmt.Errorf("unknown flags %#x", flags))
	}
	if flags&flagHead != 0 {
		c.Head = slices.Clone(p.bytes(int(p.uint16())))
		if len(c.Head) == 0 {
			p.fail(errors.New("an empty head"))
		}
	}
	return c
}

package handoff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gind/gind/internal/listener"
)

// The format of docs/handoff-format.md. A change that an older release can't
// read gets a new version.
const (
	magic      = "gind"
	version    = 1
	headerSize = 12
	maxPayload = 64 << 10
	// batchPayload bounds a frame of several connections, so that the kernel
	// takes it in one piece or not at all.
	batchPayload = 8<<10 - headerSize
	// maxDescriptors is SCM_MAX_FD, the most that one message carries.
	maxDescriptors = 253
)

// kind is what a frame is about.
type kind uint8

const (
	kindConns   kind = 1 // parked connections
	kindSockets kind = 2 // listening sockets, standard error
	kindReady   kind = 3 // the successor can serve
	kindFailed  kind = 4 // the successor can't, and why
	kindMain    kind = 5 // the successor is the main process now
	kindDone    kind = 6 // nothing more comes
)

// header begins every frame, in every version.
type header struct {
	version     uint8
	kind        kind
	descriptors int
	payload     int // bytes
}

// frame is one message without its descriptors.
func frame(k kind, descriptors int, payload []byte) []byte {
	b := make([]byte, 0, headerSize+len(payload))
	b = append(b, magic...)
	b = append(b, version, byte(k))
	b = binary.BigEndian.AppendUint16(b, uint16(descriptors))
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	return append(b, payload...)
}

func parseHeader(b [headerSize]byte) (header, error) {
	h := header{
		version:     b[4],
		kind:        kind(b[5]),
		descriptors: int(binary.BigEndian.Uint16(b[6:])),
		payload:     int(binary.BigEndian.Uint32(b[8:])),
	}
	switch {
	case string(b[:4]) != magic:
		return h, fmt.Errorf("%q is not the beginning of a frame", b[:4])
	case h.descriptors > maxDescriptors:
		return h, fmt.Errorf("a frame with %d descriptors; at most %d fit", h.descriptors, maxDescriptors)
	case h.payload > maxPayload:
		return h, fmt.Errorf("a frame of %d bytes; at most %d are allowed", h.payload, maxPayload)
	}
	return h, nil
}

// Flags of a parked connection.
const (
	flagUsed  = 1 << iota // a request has been served on it
	flagTuned             // its socket options may not be a new connection's
	flagHead              // bytes of a request go along
	flagsKnown
)

var errShort = errors.New("the payload ends early")

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

// role is what a descriptor in a frame of kindSockets is for.
type role uint8

const (
	roleActivated role = 0 // a listening socket of the service manager's
	roleOwn       role = 1 // one that the service bound itself
	roleStderr    role = 2 // standard error, as the successor is to have it
)

// passed describes one descriptor in a frame of kindSockets.
type passed struct {
	name string
	role role
}

func encodeSockets(sockets []passed, last bool) []byte {
	b := []byte{0}
	if last {
		b[0] = 1
	}
	for _, s := range sockets {
		b = append(b, byte(s.role), byte(len(s.name)))
		b = append(b, s.name...)
	}
	return b
}

func decodeSockets(payload []byte, count int) (sockets []passed, last bool, err error) {
	p := parser{rest: payload}
	last = p.uint8() != 0
	for range count {
		r := role(p.uint8())
		if r > roleStderr {
			p.fail(fmt.Errorf("unknown role %d of a descriptor", r))
		}
		sockets = append(sockets, passed{string(p.bytes(int(p.uint8()))), r})
	}
	return sockets, last, p.end()
}

// parser reads a payload. After its first error it returns zeros.
type parser struct {
	rest []byte
	err  error
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *parser) bytes(n int) []byte {
	if p.err != nil || n > len(p.rest) {
		p.fail(errShort)
		return make([]byte, min(n, 4))
	}
	b := p.rest[:n]
	p.rest = p.rest[n:]
	return b
}

func (p *parser) uint8() uint8   { return p.bytes(1)[0] }
func (p *parser) uint16() uint16 { return binary.BigEndian.Uint16(p.bytes(2)) }
func (p *parser) uint32() uint32 { return binary.BigEndian.Uint32(p.bytes(4)) }

func (p *parser) names() []string {
	names := make([]string, p.uint8())
	for i := range names {
		names[i] = string(p.bytes(int(p.uint8())))
	}
	return names
}

func (p *parser) name(names []string) string {
	i := int(p.uint8())
	if i >= len(names) {
		p.fail(fmt.Errorf("name %d of %d", i, len(names)))
		return ""
	}
	return names[i]
}

func (p *parser) end() error {
	if p.err == nil && len(p.rest) > 0 {
		p.err = fmt.Errorf("%d bytes too many", len(p.rest))
	}
	return p.err
}

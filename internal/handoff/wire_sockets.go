package handoff

import "fmt"

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

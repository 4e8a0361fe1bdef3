package handoff

import (
	"encoding/binary"
	"fmt"
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

package journal

import (
	"encoding/binary"
	"log/slog"
	"math"
	"time"
	"unsafe"
)

func (p packed) timeless() bool { return p.flags()&flagTimeless != 0 }

func (p packed) nanos() int64 { return int64(binary.LittleEndian.Uint64(p[atTime:])) }

func (p packed) time() time.Time {
	if p.timeless() {
		return time.Time{}
	}
	return time.Unix(0, p.nanos())
}

func (p packed) pc() uintptr { return uintptr(binary.LittleEndian.Uint64(p[atPC:])) }

func (p packed) level() slog.Level { return slog.Level(int16(binary.LittleEndian.Uint16(p[atLevel:]))) }

func (p packed) event() bool { return p.flags()&flagEvent != 0 }

func (p packed) replayed() bool { return p.flags()&flagReplayed != 0 }

func (p packed) flags() uint16 { return binary.LittleEndian.Uint16(p[atFlags:]) }

func (p packed) message() []byte {
	n := binary.LittleEndian.Uint32(p[atMessage:])
	return p[atTokens : atTokens+n]
}

func (p packed) tokens() tokens {
	n := binary.LittleEndian.Uint32(p[atMessage:])
	return tokens(p[atTokens+n:])
}

// tokens are those of a record that have not been read yet.
type tokens []byte

// token is one of them; its slices are parts of the record. What its kind does
// not have is not set.
type token struct {
	kind   kind
	key    []byte
	text   []byte // of kindString and kindJSON
	number uint64 // of the others
}

// next reads the next token into t and reports whether there was one.
func (ts *tokens) next(t *token) bool {
	b := *ts
	if len(b) == 0 {
		return false
	}
	t.kind, t.key = kind(b[0]), nil
	b = b[1:]
	if t.kind != kindClose && t.kind != kindErrno {
		t.key, b = split(b)
	}
	switch t.kind {
	case kindString, kindJSON:
		t.text, b = split(b)
	case kindInt, kindUint, kindFloat, kindDuration, kindErrno:
		t.number, b = binary.LittleEndian.Uint64(b), b[8:]
	}
	*ts = b
	return true
}

// split cuts off the bytes whose length stands before them.
func split(b []byte) (head, rest []byte) {
	n, w := uint64(b[0]), 1
	if n >= 0x80 {
		n, w = binary.Uvarint(b)
	}
	return b[w : w+int(n)], b[w+int(n):]
}

func (t *token) float() float64 { return math.Float64frombits(t.number) }

func (t *token) duration() time.Duration { return time.Duration(t.number) }

// stringOf is b as a string that lives no longer than b does.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

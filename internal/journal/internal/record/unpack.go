package record

import (
	"encoding/binary"
	"log/slog"
	"math"
	"time"
	"unsafe"
)

// Timeless is whether the record's time was zero, and is not to be shown.
func (p Packed) Timeless() bool { return p.Flags()&flagTimeless != 0 }

// Nanos is its time in nanoseconds since 1970.
func (p Packed) Nanos() int64 { return int64(binary.LittleEndian.Uint64(p[atTime:])) }

// Time is when it was logged, zero if it has no time.
func (p Packed) Time() time.Time {
	if p.Timeless() {
		return time.Time{}
	}
	return time.Unix(0, p.Nanos())
}

// PC is the place in this program that logged it; zero if there is none.
func (p Packed) PC() uintptr { return uintptr(binary.LittleEndian.Uint64(p[atPC:])) }

// Level is its level.
func (p Packed) Level() slog.Level { return slog.Level(int16(binary.LittleEndian.Uint16(p[atLevel:]))) }

// Event is whether it has a MESSAGE_ID.
func (p Packed) Event() bool { return p.Flags()&flagEvent != 0 }

// Replayed is whether it comes out of the mirror.
func (p Packed) Replayed() bool { return p.Flags()&FlagReplayed != 0 }

// Flags are its flags.
func (p Packed) Flags() uint16 { return binary.LittleEndian.Uint16(p[atFlags:]) }

// Message is its message, a part of it.
func (p Packed) Message() []byte {
	n := binary.LittleEndian.Uint32(p[atMessage:])
	return p[atTokens : atTokens+n]
}

// Tokens are those of its attributes, a part of it.
func (p Packed) Tokens() Tokens {
	n := binary.LittleEndian.Uint32(p[atMessage:])
	return Tokens(p[atTokens+n:])
}

// Tokens are those of a record that have not been read yet.
type Tokens []byte

// Token is one of them; its slices are parts of the record. What its kind does
// not have is not set.
type Token struct {
	Kind   Kind
	Key    []byte
	Text   []byte // of KindString and KindJSON
	Number uint64 // of the others
}

// Next reads the next token into t and reports whether there was one.
func (ts *Tokens) Next(t *Token) bool {
	b := *ts
	if len(b) == 0 {
		return false
	}
	t.Kind, t.Key = Kind(b[0]), nil
	b = b[1:]
	if t.Kind != KindClose && t.Kind != KindErrno {
		t.Key, b = split(b)
	}
	switch t.Kind {
	case KindString, KindJSON:
		t.Text, b = split(b)
	case KindInt, KindUint, KindFloat, KindDuration, KindErrno:
		t.Number, b = binary.LittleEndian.Uint64(b), b[8:]
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

// Float is the number of a token of KindFloat.
func (t *Token) Float() float64 { return math.Float64frombits(t.Number) }

// Duration is the number of a token of KindDuration.
func (t *Token) Duration() time.Duration { return time.Duration(t.Number) }

// Text is b as a string that lives no longer than b does.
func Text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

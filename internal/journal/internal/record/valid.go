package record

import (
	"encoding/binary"
	"slices"
)

// Valid is whether a record that comes from outside of this process is one, so
// that nobody reads beyond its end.
func (p Packed) Valid() bool {
	if len(p) < atTokens || uint64(binary.LittleEndian.Uint32(p[atMessage:])) > uint64(len(p)-atTokens) {
		return false
	}
	open := 0
	for b := []byte(p.Tokens()); len(b) > 0; {
		k := Kind(b[0])
		ok := true
		if b = b[1:]; k != KindClose && k != KindErrno {
			b, ok = skipText(b)
		}
		switch k {
		case KindString, KindJSON:
			if ok {
				b, ok = skipText(b)
			}
		case KindInt, KindUint, KindFloat, KindDuration, KindErrno:
			if ok = ok && len(b) >= 8; ok {
				b = b[8:]
			}
		case KindOpen:
			open++
		case KindClose:
			open--
		case KindTrue, KindFalse:
		default:
			return false
		}
		if !ok || open < 0 {
			return false
		}
	}
	return true
}

// skipText cuts off bytes whose length stands before them, if all of them are there.
func skipText(b []byte) (rest []byte, ok bool) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)-w) {
		return nil, false
	}
	return b[w+int(n):], true
}

// Of is a record of another process as this one logs it: with that one's number
// outside of all groups, and without the place in that one's program.
func (p Packed) Of(pid int) Packed {
	open := 0
	ts := p.Tokens()
	for t := new(Token); ts.Next(t); {
		switch t.Kind {
		case KindOpen:
			open++
		case KindClose:
			open--
		}
	}
	r := slices.Clone(p)
	binary.LittleEndian.PutUint64(r[atPC:], 0)
	binary.LittleEndian.PutUint16(r[atFlags:], r.Flags()|FlagInherited)
	for range open {
		r = append(r, byte(KindClose))
	}
	return appendNumber(r, KindInt, "previous_pid", uint64(pid))
}

package journal

import (
	"encoding/binary"
	"slices"
)

// valid is whether a record that comes from outside of this process is one, so
// that nobody reads beyond its end.
func (p packed) valid() bool {
	if len(p) < atTokens || uint64(binary.LittleEndian.Uint32(p[atMessage:])) > uint64(len(p)-atTokens) {
		return false
	}
	open := 0
	for b := []byte(p.tokens()); len(b) > 0; {
		k := kind(b[0])
		ok := true
		if b = b[1:]; k != kindClose && k != kindErrno {
			b, ok = skipText(b)
		}
		switch k {
		case kindString, kindJSON:
			if ok {
				b, ok = skipText(b)
			}
		case kindInt, kindUint, kindFloat, kindDuration, kindErrno:
			if ok = ok && len(b) >= 8; ok {
				b = b[8:]
			}
		case kindOpen:
			open++
		case kindClose:
			open--
		case kindTrue, kindFalse:
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

// of is a record of another process as this one logs it: with that one's number
// outside of all groups, and without the place in that one's program.
func (p packed) of(pid int) packed {
	open := 0
	ts := p.tokens()
	for t := new(token); ts.next(t); {
		switch t.kind {
		case kindOpen:
			open++
		case kindClose:
			open--
		}
	}
	r := slices.Clone(p)
	binary.LittleEndian.PutUint64(r[atPC:], 0)
	binary.LittleEndian.PutUint16(r[atFlags:], r.flags()|flagInherited)
	for range open {
		r = append(r, byte(kindClose))
	}
	return appendNumber(r, kindInt, "previous_pid", uint64(pid))
}

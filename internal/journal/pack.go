package journal

import (
	"encoding/binary"
	"log/slog"
	"math"
	"time"
)

// packed is a record as the ring holds it: complete, in one piece, and in no
// format yet, so that the caller pays for a few copies and the writer for the
// format of whatever takes the record.
//
//	time int64 | pc uint64 | level int16 | flags uint16 | message length uint32 | message | tokens
//
// A token is a kind and, but for close and errno, a key with its length before
// it; then the value: eight bytes, or bytes with their length before them.
// Numbers are little-endian, lengths of keys and values uvarints.
type packed []byte

const (
	atTime    = 0
	atPC      = 8
	atLevel   = 16
	atFlags   = 18
	atMessage = 20
	atTokens  = 24 // behind a message of no length
)

// The flags of a record.
const (
	flagTimeless  uint16 = 1 << iota // the time was zero and is not to be shown
	flagReplayed                     // it comes out of the mirror
	flagOwn                          // this package logged it
	flagInherited                    // a process before this one logged it
	flagEvent                        // it has a MESSAGE_ID
)

// kind is what a token is.
type kind uint8

const (
	kindString kind = iota + 1
	kindJSON        // bytes that are JSON
	kindInt
	kindUint
	kindFloat
	kindDuration
	kindTrue
	kindFalse
	kindOpen  // a group begins
	kindClose // it ends; those open at the end of the record end with it
	kindErrno // the number of the system's error inside an error
)

const (
	// maxRecord bounds what one record may hold, in bytes. What is beyond is
	// cut: nobody reads it, and it is somebody's request body.
	maxRecord = 8 << 20
	// maxKey bounds a key.
	maxKey = 1 << 10

	cutMark = "…[cut]"
)

// appendHead appends everything of a record but its tokens.
func appendHead(b []byte, t time.Time, level slog.Level, pc uintptr, flags uint16, message string) []byte {
	var nanos int64
	if t.IsZero() {
		flags |= flagTimeless
	} else {
		nanos = t.UnixNano()
	}
	level = min(max(level, math.MinInt16), math.MaxInt16)
	cut := ""
	if len(message) > maxRecord {
		message, cut = message[:maxRecord], cutMark
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(nanos))
	b = binary.LittleEndian.AppendUint64(b, uint64(pc))
	b = binary.LittleEndian.AppendUint16(b, uint16(level))
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(message)+len(cut)))
	b = append(b, message...)
	return append(b, cut...)
}

// markEvent notes that the record at the beginning of b has a MESSAGE_ID.
func markEvent(b []byte) { b[atFlags] |= byte(flagEvent) }

// appendAttrs appends the tokens of attrs.
func appendAttrs(b []byte, attrs []slog.Attr) []byte {
	for _, a := range attrs {
		b = appendAttr(b, a)
	}
	return b
}

// appendAttr appends the tokens of one attribute: none for an empty attribute
// or a group of nothing, those of its members for a group without a name.
func appendAttr(b []byte, a slog.Attr) []byte {
	v := a.Value
	if v.Kind() == slog.KindLogValuer {
		v = v.Resolve()
	}
	switch v.Kind() {
	case slog.KindString:
		return appendText(b, kindString, a.Key, v.String())
	case slog.KindInt64:
		return appendNumber(b, kindInt, a.Key, uint64(v.Int64()))
	case slog.KindUint64:
		return appendNumber(b, kindUint, a.Key, v.Uint64())
	case slog.KindFloat64:
		return appendNumber(b, kindFloat, a.Key, math.Float64bits(v.Float64()))
	case slog.KindDuration:
		return appendNumber(b, kindDuration, a.Key, uint64(v.Duration()))
	case slog.KindBool:
		if v.Bool() {
			return appendKey(b, kindTrue, a.Key)
		}
		return appendKey(b, kindFalse, a.Key)
	case slog.KindTime:
		return appendTime(b, a.Key, v.Time())
	case slog.KindGroup:
		return appendGroup(b, a.Key, v.Group())
	}
	return appendAny(b, a.Key, v.Any())
}

func appendGroup(b []byte, key string, attrs []slog.Attr) []byte {
	if key == "" {
		return appendAttrs(b, attrs)
	}
	start := len(b)
	b = appendKey(b, kindOpen, key)
	inside := len(b)
	b = appendAttrs(b, attrs)
	if len(b) == inside {
		return b[:start]
	}
	return append(b, byte(kindClose))
}

// appendTime appends a time as text, because that keeps its zone.
func appendTime(b []byte, key string, t time.Time) []byte {
	var text [len(time.RFC3339Nano) + 8]byte
	return appendText(b, kindString, key, t.AppendFormat(text[:0], time.RFC3339Nano))
}

func appendKey(b []byte, k kind, key string) []byte {
	if len(key) > maxKey {
		key = key[:maxKey]
	}
	b = append(b, byte(k))
	b = binary.AppendUvarint(b, uint64(len(key)))
	return append(b, key...)
}

func appendNumber(b []byte, k kind, key string, n uint64) []byte {
	return binary.LittleEndian.AppendUint64(appendKey(b, k, key), n)
}

// appendText appends a token with the bytes of a value, cut where the record
// would get too long. JSON that was cut is text.
func appendText[T string | []byte](b []byte, k kind, key string, value T) []byte {
	cut := ""
	if room := maxRecord - len(b); len(value) > room {
		value, cut, k = value[:max(room, 0)], cutMark, kindString
	}
	b = appendKey(b, k, key)
	b = binary.AppendUvarint(b, uint64(len(value)+len(cut)))
	b = append(b, value...)
	return append(b, cut...)
}

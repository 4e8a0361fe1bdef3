package record

import (
	"encoding/binary"
	"log/slog"
	"math"
	"time"
)

// Packed is a record as the ring holds it: complete, in one piece, and in no
// format yet, so that the caller pays for a few copies and the writer for the
// format of whatever takes the record.
//
//	time int64 | pc uint64 | level int16 | flags uint16 | message length uint32 | message | tokens
//
// A token is a kind and, but for close and errno, a key with its length before
// it; then the value: eight bytes, or bytes with their length before them.
// Numbers are little-endian, lengths of keys and values uvarints.
type Packed []byte

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
	FlagReplayed                     // it comes out of the mirror
	FlagOwn                          // the journal logged it
	FlagInherited                    // a process before this one logged it
	flagEvent                        // it has a MESSAGE_ID
)

// Kind is what a token is.
type Kind uint8

// The kinds of tokens.
const (
	KindString Kind = iota + 1
	KindJSON        // bytes that are JSON
	KindInt
	KindUint
	KindFloat
	KindDuration
	KindTrue
	KindFalse
	KindOpen  // a group begins
	KindClose // it ends; those open at the end of the record end with it
	KindErrno // the number of the system's error inside an error
)

const (
	// Most bounds what one record may hold, in bytes. What is beyond is
	// cut: nobody reads it, and it is somebody's request body.
	Most = 8 << 20
	// MostKey bounds a key.
	MostKey = 1 << 10

	// Cut is what stands where the rest was cut off.
	Cut = "…[cut]"
)

// AppendHead appends everything of a record but its tokens.
func AppendHead(b []byte, t time.Time, level slog.Level, pc uintptr, flags uint16, message string) []byte {
	var nanos int64
	if t.IsZero() {
		flags |= flagTimeless
	} else {
		nanos = t.UnixNano()
	}
	level = min(max(level, math.MinInt16), math.MaxInt16)
	cut := ""
	if len(message) > Most {
		message, cut = message[:Most], Cut
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(nanos))
	b = binary.LittleEndian.AppendUint64(b, uint64(pc))
	b = binary.LittleEndian.AppendUint16(b, uint16(level))
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(message)+len(cut)))
	b = append(b, message...)
	return append(b, cut...)
}

// MarkEvent notes that the record at the beginning of b has a MESSAGE_ID.
func MarkEvent(b []byte) { b[atFlags] |= byte(flagEvent) }

// AppendAttrs appends the tokens of attrs.
func AppendAttrs(b []byte, attrs []slog.Attr) []byte {
	for _, a := range attrs {
		b = AppendAttr(b, a)
	}
	return b
}

// AppendAttr appends the tokens of one attribute: none for an empty attribute
// or a group of nothing, those of its members for a group without a name.
func AppendAttr(b []byte, a slog.Attr) []byte {
	v := a.Value
	if v.Kind() == slog.KindLogValuer {
		v = v.Resolve()
	}
	switch v.Kind() {
	case slog.KindString:
		return AppendText(b, KindString, a.Key, v.String())
	case slog.KindInt64:
		return appendNumber(b, KindInt, a.Key, uint64(v.Int64()))
	case slog.KindUint64:
		return appendNumber(b, KindUint, a.Key, v.Uint64())
	case slog.KindFloat64:
		return appendNumber(b, KindFloat, a.Key, math.Float64bits(v.Float64()))
	case slog.KindDuration:
		return appendNumber(b, KindDuration, a.Key, uint64(v.Duration()))
	case slog.KindBool:
		if v.Bool() {
			return AppendKey(b, KindTrue, a.Key)
		}
		return AppendKey(b, KindFalse, a.Key)
	case slog.KindTime:
		return appendTime(b, a.Key, v.Time())
	case slog.KindGroup:
		return appendGroup(b, a.Key, v.Group())
	}
	return appendAny(b, a.Key, v.Any())
}

func appendGroup(b []byte, key string, attrs []slog.Attr) []byte {
	if key == "" {
		return AppendAttrs(b, attrs)
	}
	start := len(b)
	b = AppendKey(b, KindOpen, key)
	inside := len(b)
	b = AppendAttrs(b, attrs)
	if len(b) == inside {
		return b[:start]
	}
	return append(b, byte(KindClose))
}

// appendTime appends a time as text, because that keeps its zone.
func appendTime(b []byte, key string, t time.Time) []byte {
	var text [len(time.RFC3339Nano) + 8]byte
	return AppendText(b, KindString, key, t.AppendFormat(text[:0], time.RFC3339Nano))
}

// AppendKey appends a token that is a key and no value, such as the beginning of a group.
func AppendKey(b []byte, k Kind, key string) []byte {
	if len(key) > MostKey {
		key = key[:MostKey]
	}
	b = append(b, byte(k))
	b = binary.AppendUvarint(b, uint64(len(key)))
	return append(b, key...)
}

func appendNumber(b []byte, k Kind, key string, n uint64) []byte {
	return binary.LittleEndian.AppendUint64(AppendKey(b, k, key), n)
}

// AppendText appends a token with the bytes of a value, cut where the record
// would get too long. JSON that was cut is text.
func AppendText[T string | []byte](b []byte, k Kind, key string, value T) []byte {
	cut := ""
	if room := Most - len(b); len(value) > room {
		value, cut, k = value[:max(room, 0)], Cut, KindString
	}
	b = AppendKey(b, k, key)
	b = binary.AppendUvarint(b, uint64(len(value)+len(cut)))
	b = append(b, value...)
	return append(b, cut...)
}

package record

import (
	"encoding"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"syscall"
)

// redactor is what *url.URL is: a value that knows how to show itself without
// what is secret in it.
type redactor interface{ Redacted() string }

// appendAny appends a value of a type that slog has no kind for. It is turned
// to text here and now, because it may change as soon as the call returns.
// A method of the value that panics is a fault of the value's, not of the caller's.
func appendAny(b []byte, key string, v any) (out []byte) {
	start := len(b)
	defer func() {
		if r := recover(); r != nil {
			out = appendPanic(b[:start], key, v, r)
		}
	}()
	switch v := v.(type) {
	case nil:
		if key == "" {
			return b
		}
		return AppendText(b, KindJSON, key, "null")
	case redactor:
		return AppendText(b, KindString, key, v.Redacted())
	case error:
		return appendErrno(AppendText(b, KindString, key, v.Error()), v)
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		if err != nil {
			return AppendText(b, KindString, key, "!ERROR: "+err.Error())
		}
		return AppendText(b, KindString, key, text)
	case []byte:
		return AppendText(b, KindString, key, v)
	case *slog.Source:
		return AppendText(b, KindString, key, fmt.Sprintf("%s:%d", v.File, v.Line))
	case json.Marshaler: // knows better than String
	case fmt.Stringer:
		return AppendText(b, KindString, key, v.String())
	}
	return appendMarshaled(b, key, v)
}

// appendMarshaled appends a value as JSON. What JSON cannot say is named, not
// printed: %v would show fields that their owner keeps to himself.
func appendMarshaled(b []byte, key string, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return AppendText(b, KindString, key, "!ERROR: "+err.Error())
	}
	return AppendText(b, KindJSON, key, text)
}

func appendPanic(b []byte, key string, v, panicked any) []byte {
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
		return AppendText(b, KindJSON, key, "null")
	}
	return AppendText(b, KindString, key, fmt.Sprintf("!PANIC: %v", panicked))
}

// appendErrno appends the number of the system's error that err is or wraps.
func appendErrno(b []byte, err error) []byte {
	n := errnoIn(err, 0)
	if n == 0 {
		return b
	}
	b = append(b, byte(KindErrno))
	return binary.LittleEndian.AppendUint64(b, uint64(n))
}

// errnoIn is errors.As for a syscall.Errno, without its reflection.
func errnoIn(err error, depth int) syscall.Errno {
	const deepest = 32 // an error may wrap itself
	for ; err != nil && depth < deepest; depth++ {
		switch e := err.(type) { //nolint:errorlint // this is what unwraps
		case syscall.Errno:
			return e
		case interface{ Unwrap() error }:
			err = e.Unwrap()
			continue
		case interface{ Unwrap() []error }:
			for _, wrapped := range e.Unwrap() {
				if n := errnoIn(wrapped, depth+1); n != 0 {
					return n
				}
			}
		}
		return 0
	}
	return 0
}

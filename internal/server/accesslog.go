package server

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// Bounds of what a client can write into a record, in bytes.
const (
	maxLoggedPath   = 2048
	maxLoggedAgent  = 512
	maxLoggedError  = 2048
	maxLoggedMethod = 32
)

// log writes the one record of the request: err for 5xx and panics, warning
// for 4xx and connections that had to be cut, info for the rest, also where the
// client went away, debug for probes.
func (x *exchange) log(now time.Time, took time.Duration, caught *caughtPanic, aborted bool) {
	level := x.level(caught != nil, aborted)
	if caught == nil && !x.live.AccessLog {
		return
	}
	handler := x.server.log.Handler()
	ctx := context.Background() // the record says itself which request it is about
	if !handler.Enabled(ctx, level) {
		return
	}
	path := printable(x.path, maxLoggedPath)
	b := accessBuffers.Get().(*accessBuffer)
	b.line = x.line(b.line[:0], path, took, caught, aborted)
	b.attrs = x.rare(x.usual(b.attrs[:0], path, took), caught, aborted)
	if direct, ok := handler.(attrsHandler); ok {
		line := unsafe.String(unsafe.SliceData(b.line), len(b.line))     // not kept
		_ = direct.HandleAttrs(now, level, line, caught.site(), b.attrs) // there is nobody to tell
	} else {
		record := slog.NewRecord(now, level, string(b.line), caught.site())
		record.AddAttrs(b.attrs...)
		_ = handler.Handle(ctx, record)
	}
	clear(b.attrs)
	accessBuffers.Put(b)
}

// accessBuffer is where a record stands until it is logged.
type accessBuffer struct {
	line  []byte
	attrs []slog.Attr
}

var accessBuffers = sync.Pool{New: func() any {
	return &accessBuffer{make([]byte, 0, 128), make([]slog.Attr, 0, 16)}
}}

// attrsHandler is a handler that takes a record in pieces, and keeps neither
// message nor attrs. A slog.Record has room for five attributes; the others cost
// an allocation.
type attrsHandler interface {
	HandleAttrs(t time.Time, level slog.Level, message string, pc uintptr, attrs []slog.Attr) error
}

// usual appends the attributes of every request.
func (x *exchange) usual(attrs []slog.Attr, path string, took time.Duration) []slog.Attr {
	attrs = append(attrs,
		slog.String("request_id", x.id),
		slog.String("method", printable(x.method, maxLoggedMethod)),
		slog.String("path", path),
		slog.Int("status", x.status),
		slog.Duration("duration", took),
		slog.Int64("bytes", x.bytes),
		slog.String("remote", x.peer()),
	)
	if v := x.request.Header["User-Agent"]; len(v) > 0 {
		attrs = append(attrs, slog.String("user_agent", printable(v[0], maxLoggedAgent)))
	}
	if x.route != "" {
		attrs = append(attrs, slog.String("route", x.route))
	}
	return attrs
}

// rare appends the attributes that most requests do not have.
func (x *exchange) rare(attrs []slog.Attr, caught *caughtPanic, aborted bool) []slog.Attr {
	if x.trace != "" {
		attrs = append(attrs, slog.String("trace_id", x.trace), slog.String("span_id", x.span))
	}
	if x.failed != "" {
		attrs = append(attrs, slog.String("error", x.failed))
	}
	if aborted || x.cutOff() {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	if caught == nil {
		return attrs
	}
	attrs = append(attrs, slog.String("panic", caught.value), slog.String("stack", caught.stack))
	if id := x.server.options.ErrorIDs.Panic; id != "" {
		attrs = append(attrs, slog.String("message_id", id))
	}
	return attrs
}

// cutOff tells whether the client wanted the response and has not got all of it.
func (x *exchange) cutOff() bool { return x.ending == endedLate || x.ending == endedByUs }

func (x *exchange) level(panicked, aborted bool) slog.Level {
	switch {
	case panicked:
		return slog.LevelError
	case x.cutOff() && x.status < http.StatusInternalServerError:
		return slog.LevelWarn
	case x.ending == endedByPeer && !x.probe:
		return slog.LevelInfo
	case x.probe, x.quiet && x.status < http.StatusBadRequest:
		return slog.LevelDebug
	case x.status >= http.StatusInternalServerError:
		return slog.LevelError
	case x.status >= http.StatusBadRequest, aborted:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// line appends the record's message, for people:
//
//	GET /users/7 200 512B 1.2ms
//	GET /users/8 500 0B 1.2s: database: connection refused
//	GET /users/9 499 0B 1.2s: the client went away
//	GET /report cut off 0B 60.1s: it was not sent within the write timeout
//	GET /users/7 panic: runtime error: index out of range [3] with length 3
func (x *exchange) line(b []byte, path string, took time.Duration, caught *caughtPanic, aborted bool) []byte {
	b = append(b, printable(x.method, maxLoggedMethod)...)
	b = append(b, ' ')
	b = append(b, path...)
	if caught != nil {
		b = append(b, " panic: "...)
		return append(b, caught.value...)
	}
	b = append(b, ' ')
	switch {
	case x.cutOff():
		b = append(b, "cut off"...)
	case aborted && !x.wrote && x.ending == endedWell:
		b = append(b, "aborted"...)
	default:
		b = strconv.AppendInt(b, int64(x.status), 10)
	}
	b = append(b, ' ')
	b = strconv.AppendInt(b, x.bytes, 10)
	b = append(b, "B "...)
	b = appendDuration(b, took)
	if x.failed != "" {
		b = append(append(b, ": "...), x.failed...)
	}
	return b
}

// appendDuration appends d in the unit that suits it: 870µs, 1.2ms, 45.6ms, 2.1s.
func appendDuration(b []byte, d time.Duration) []byte {
	switch {
	case d < time.Millisecond:
		return append(strconv.AppendInt(b, d.Microseconds(), 10), "µs"...)
	case d < time.Second:
		return append(appendTenths(b, d/(time.Millisecond/10)), "ms"...)
	}
	return append(appendTenths(b, d/(time.Second/10)), 's')
}

func appendTenths(b []byte, tenths time.Duration) []byte {
	b = strconv.AppendInt(b, int64(tenths/10), 10)
	return append(b, '.', byte('0'+tenths%10))
}

// peer is the client's address: what a trusted proxy says, or the connection's.
func (x *exchange) peer() string {
	if x.client != "" {
		return x.client
	}
	return x.remote
}

// site is the program counter of the panic, or 0 for a record that no line of
// code is to blame for.
func (c *caughtPanic) site() uintptr {
	if c == nil {
		return 0
	}
	return c.pc
}

// printable returns s, cut to limit bytes, with everything escaped that could
// end a line, hide text or break an encoding. It costs nothing for plain ASCII.
func printable(s string, limit int) string {
	if len(s) <= limit && plain(s) {
		return s
	}
	b := make([]byte, 0, min(len(s), limit)+16)
	for i := 0; i < len(s); {
		if len(b) >= limit {
			return string(append(b, "…"...))
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		b = appendPrintable(b, r, s[i:i+size])
		i += size
	}
	return string(b)
}

func appendPrintable(b []byte, r rune, raw string) []byte {
	const hex = "0123456789abcdef"
	switch {
	case r == utf8.RuneError && len(raw) == 1, r < ' ', r == 0x7f:
		return append(b, '\\', 'x', hex[raw[0]>>4], hex[raw[0]&15])
	case !unicode.IsPrint(r):
		quoted := strconv.QuoteRuneToASCII(r)
		return append(b, quoted[1:len(quoted)-1]...)
	}
	return append(b, raw...)
}

func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

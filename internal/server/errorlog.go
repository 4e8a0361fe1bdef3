package server

import (
	"context"
	"log"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// newErrorLog makes what net/http complains about records. Most of it is the
// clients' doing, so that nothing is an err but what net/http itself caught.
func newErrorLog(l *slog.Logger) *log.Logger {
	return log.New(&errorLog{l}, "", 0)
}

type errorLog struct{ log *slog.Logger }

func (e *errorLog) Write(p []byte) (int, error) {
	text := strings.TrimSpace(string(p))
	e.log.LogAttrs(context.Background(), complaintLevel(text), printable(text, maxStack))
	return len(p), nil
}

func complaintLevel(text string) slog.Level {
	switch {
	case strings.Contains(text, "panic serving"):
		return slog.LevelError
	case strings.Contains(text, "TLS handshake error"),
		strings.HasPrefix(text, "http2:"):
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// complainAboutHeader is net/http's complaint about a second WriteHeader, with
// the place of the call as the record's source.
func (s *Server) complainAboutHeader(first, second int) {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])]) // the caller of WriteHeader
	var pc uintptr
	for {
		frame, more := frames.Next()
		if pc = frame.PC + 1; !more || !strings.HasPrefix(frame.Function, "net/http.") {
			break
		}
	}
	text := "superfluous WriteHeader(" + strconv.Itoa(second) + ") after " + strconv.Itoa(first)
	_ = s.log.Handler().Handle(context.Background(), slog.NewRecord(time.Now(), slog.LevelWarn, text, pc))
}

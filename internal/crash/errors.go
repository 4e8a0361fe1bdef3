package crash

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// LastErrors remembers the last errors that were logged. Its methods may be called
// concurrently; the zero value is ready.
type LastErrors struct {
	mu   sync.Mutex
	ring [20]string
	next int
}

// Watch returns a handler that passes every record on to another one. It takes
// records in pieces (HandleAttrs) if the other one does.
func (l *LastErrors) Watch(next slog.Handler) slog.Handler {
	if pieces, ok := next.(attrsHandler); ok {
		return watchingPieces{watching{next, l}, pieces}
	}
	return watching{next, l}
}

// List has them, the oldest first.
func (l *LastErrors) List() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Concat(l.ring[l.next:], l.ring[:l.next])
	return slices.DeleteFunc(all, func(line string) bool { return line == "" })
}

func (l *LastErrors) add(t time.Time, message string) {
	line := fmt.Sprintf("%s %s", t.Format(time.RFC3339Nano), oneLine(message))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring[l.next] = line
	l.next = (l.next + 1) % len(l.ring)
}

type watching struct {
	slog.Handler
	last *LastErrors
}

// Handle implements slog.Handler.
func (w watching) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		w.last.add(r.Time, r.Message)
	}
	return w.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (w watching) WithAttrs(attrs []slog.Attr) slog.Handler {
	return w.last.Watch(w.Handler.WithAttrs(attrs))
}

// WithGroup implements slog.Handler.
func (w watching) WithGroup(name string) slog.Handler {
	return w.last.Watch(w.Handler.WithGroup(name))
}

// attrsHandler takes a record in pieces, for those who log so much that the memory
// of a slog.Record counts.
type attrsHandler interface {
	HandleAttrs(t time.Time, level slog.Level, message string, pc uintptr, attrs []slog.Attr) error
}

type watchingPieces struct {
	watching
	pieces attrsHandler
}

// HandleAttrs is Handle of a record with these attributes.
func (w watchingPieces) HandleAttrs(t time.Time, level slog.Level, message string, pc uintptr, attrs []slog.Attr) error {
	if level >= slog.LevelError {
		w.last.add(t, message)
	}
	return w.pieces.HandleAttrs(t, level, message, pc, attrs)
}

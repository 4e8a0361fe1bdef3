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

// Watch returns a handler that passes every record on to another one.
func (l *LastErrors) Watch(next slog.Handler) slog.Handler { return watching{next, l} }

// List has them, the oldest first.
func (l *LastErrors) List() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Concat(l.ring[l.next:], l.ring[:l.next])
	return slices.DeleteFunc(all, func(line string) bool { return line == "" })
}

func (l *LastErrors) add(r slog.Record) {
	line := fmt.Sprintf("%s %s", r.Time.Format(time.RFC3339Nano), oneLine(r.Message))
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
		w.last.add(r)
	}
	return w.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (w watching) WithAttrs(attrs []slog.Attr) slog.Handler {
	return watching{w.Handler.WithAttrs(attrs), w.last}
}

// WithGroup implements slog.Handler.
func (w watching) WithGroup(name string) slog.Handler {
	return watching{w.Handler.WithGroup(name), w.last}
}
